//! Sessions over TLS: by the certificates of the authorities that are named, and by no others.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection};

use super::fake::{Act, Fake, numbers};
use super::{column, failure, quick};
use crate::cluster::{EngineAddress, connect::Session};
use crate::error::EngineFailure;

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/tls").join(name)
}

/// A server that speaks TLS before one that does not; its address.
fn tls_before(upstream: SocketAddr) -> String {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let certificate = CertificateDer::from_pem_file(file("server.pem")).expect("a certificate");
    let key = PrivateKeyDer::from_pem_file(file("server-key.pem")).expect("a key");
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .expect("a certificate and its key");
    config.alpn_protocols = vec![b"h2".to_vec()];
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address").to_string();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let config = Arc::clone(&config);
            // A client that does not trust it goes away.
            thread::spawn(move || drop(forward(stream, config, upstream)));
        }
    });
    address
}

/// Passes bytes on, both ways, until one side is done.
fn forward(mut client: TcpStream, config: Arc<ServerConfig>, upstream: SocketAddr) -> std::io::Result<()> {
    let mut tls = ServerConnection::new(config).map_err(std::io::Error::other)?;
    let mut server = TcpStream::connect(upstream)?;
    client.set_nonblocking(true)?;
    let mut buffer = vec![0; 1 << 16];
    // One side waits a moment, so that nobody spins.
    server.set_read_timeout(Some(Duration::from_millis(1)))?;
    loop {
        match tls.read_tls(&mut client) {
            Ok(0) => return Ok(()),
            Ok(_) => {
                tls.process_new_packets().map_err(std::io::Error::other)?;
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
        while let Ok(count @ 1..) = tls.reader().read(&mut buffer) {
            server.write_all(&buffer[..count])?;
        }
        match server.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => tls.writer().write_all(&buffer[..count])?,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(error) => return Err(error),
        }
        while tls.wants_write() {
            match tls.write_tls(&mut client) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => thread::yield_now(),
                Err(error) => return Err(error),
            }
        }
    }
}

#[test]
fn a_session_over_tls_trusts_the_authority_that_is_named_and_no_other() {
    let fake = Fake::start_with(numbers(50), vec![vec![Act::Next(99)]], Some("right"));
    let address: EngineAddress =
        format!("sc://{}/;use_ssl=true;token=right", tls_before(fake.address)).parse().expect("an address");
    let connect = |address: &EngineAddress| Session::connect_with(address, Box::new(|| false), quick());
    let mut session = connect(&address.clone().trusting(file("authority.pem"))).expect("a session");
    assert_eq!(column(&session.query("SELECT n").expect("rows")).len(), 500);
    session.end().expect("an end");
    for untrusting in [address.clone().trusting(file("other-authority.pem")), address.clone()] {
        let found = failure(connect(&untrusting));
        assert!(matches!(&found, EngineFailure::Untrusted { .. }), "{found}");
    }
    let error = connect(&address.trusting(file("server-key.pem"))).expect_err("a refusal").to_string();
    assert!(error.ends_with("server-key.pem: holds something else than certificates in PEM"), "{error}");
}
