//! Pulls over TLS: by the certificates of `--ca-file`, and by no others.

use std::io::{BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::thread;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use tempfile::TempDir;

use crate::binary::run;
use crate::serve::running::{RECORDS, Running};

fn file(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/tls").join(name)
}

/// A server that speaks TLS before one that does not; its address.
fn tls_before(upstream: String) -> String {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let certificate = CertificateDer::from_pem_file(file("server.pem")).expect("a certificate");
    let key = PrivateKeyDer::from_pem_file(file("server-key.pem")).expect("a key");
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .expect("a certificate and its key");
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address").to_string();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (config, upstream) = (Arc::clone(&config), upstream.clone());
            // A client that does not trust it goes away.
            thread::spawn(move || drop(forward(stream, config, &upstream)));
        }
    });
    address
}

/// Hands each request on, and its answer back.
fn forward(stream: TcpStream, config: Arc<ServerConfig>, upstream: &str) -> std::io::Result<()> {
    let connection = ServerConnection::new(config).map_err(std::io::Error::other)?;
    let mut client = BufReader::new(StreamOwned::new(connection, stream));
    let mut server = BufReader::new(TcpStream::connect(upstream)?);
    loop {
        let request = head(&mut client)?;
        if request.is_empty() {
            return Ok(());
        }
        server.get_mut().write_all(request.as_bytes())?;
        let answer = head(&mut server)?;
        let length = answer.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
        });
        let mut body = vec![0; if request.starts_with("HEAD") { 0 } else { length.unwrap_or(0) }];
        server.read_exact(&mut body)?;
        client.get_mut().write_all(answer.as_bytes())?;
        client.get_mut().write_all(&body)?;
        client.get_mut().flush()?;
    }
}

fn head(reader: &mut impl std::io::BufRead) -> std::io::Result<String> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head)? == 0 {
            return Ok(String::new());
        }
    }
    Ok(head)
}

#[test]
fn a_pull_over_tls_trusts_the_authority_that_is_named_and_no_other() {
    let server = Running::start(RECORDS);
    let address = tls_before(server.address.to_string());
    let pull = |authority: &str| {
        let folder = TempDir::new().expect("a folder");
        let line = format!(
            "pull --url https://{address} --to '{}' --period 2026-09 {authority}",
            folder.path().join("dump").display()
        );
        run(&line)
    };
    let trusted = pull(&format!("--ca-file '{}'", file("authority.pem").display()));
    assert_eq!(trusted.code, 0, "{}", trusted.stderr);
    assert!(trusted.stderr.contains("whole: "), "{}", trusted.stderr);
    for authority in [format!("--ca-file '{}'", file("other-authority.pem").display()), String::new()] {
        let refused = pull(&authority);
        assert_eq!(refused.code, 1, "{}", refused.stderr);
        assert!(refused.stderr.contains("certificate"), "{}", refused.stderr);
    }
    server.stop();
}
