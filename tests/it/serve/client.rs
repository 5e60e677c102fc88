//! The least client there can be: it sends what it is told, byte for byte.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

pub const LIST: &str = "/api/marketplace-component-user-usages/";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| &**value)
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Where the header `Link` leads.
    pub fn link(&self, relation: &str) -> Option<&str> {
        let ending = format!(">; rel=\"{relation}\"");
        let mut links = self.header("link")?.split(", ");
        links.find_map(|link| link.strip_prefix('<')?.strip_suffix(&ending))
    }
}

pub fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("somebody listens");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a time limit");
    stream
}

/// Sends a request with some headers, one a line, and takes the answer.
pub fn ask(address: SocketAddr, method: &str, target: &str, headers: &str) -> Answer {
    let host =
        if headers.to_lowercase().contains("host:") { String::new() } else { format!("Host: {address}\r\n") };
    let headers: String = headers.lines().map(|line| format!("{line}\r\n")).collect();
    let request = format!("{method} {target} HTTP/1.1\r\n{host}{headers}Connection: close\r\n\r\n");
    send(address, request.as_bytes()).expect("an answer")
}

pub fn get(address: SocketAddr, target: &str) -> Answer {
    ask(address, "GET", target, "")
}

/// Sends bytes and takes what comes until the server closes.
pub fn send(address: SocketAddr, bytes: &[u8]) -> io::Result<Answer> {
    let mut stream = connect(address);
    stream.write_all(bytes)?;
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        // The server closed before it had read everything; what it said before counts.
        Err(error) if error.kind() == io::ErrorKind::ConnectionReset && !answer.is_empty() => {}
        outcome => drop(outcome?),
    }
    parse(&answer).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

fn parse(answer: &[u8]) -> Option<Answer> {
    let text = std::str::from_utf8(answer).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let (status, headers) = head.split_once("\r\n")?;
    let header =
        |line: &str| line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned()));
    Some(Answer {
        status: status.split(' ').nth(1)?.parse().ok()?,
        headers: headers.split("\r\n").filter_map(header).collect(),
        body: body.to_owned(),
    })
}
