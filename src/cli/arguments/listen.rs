//! The address that a server listens on.

pub fn parse_listen(text: &str) -> Result<std::net::SocketAddr, &'static str> {
    let mut addresses = std::net::ToSocketAddrs::to_socket_addrs(text).ok().into_iter().flatten();
    addresses.next().ok_or("expected an address and a port, as 127.0.0.1:8080 or [::1]:8080")
}
