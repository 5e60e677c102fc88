//! Pulls by the command over real sockets, from the portal of the model behind a small server that misbehaves.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::TempDir;
use usagebook::portal::pull::transport::{Method, Request, Response, Transport as _};

use crate::binary::{Outcome, command, run};
use crate::portal_model::{Habits, Model};

const TOKEN: &str = "0123456789abcdef-secret";

/// A portal on a port of this machine.
struct Portal {
    address: String,
    state: Arc<State>,
}

struct State {
    model: Model,
    /// Where it sends everybody.
    redirects_to: Option<String>,
    delay: Duration,
    requests: AtomicU64,
    connections: AtomicU64,
    compressed: AtomicU64,
    tunnels: AtomicU64,
}

impl Portal {
    fn open(model: Model, redirects_to: Option<String>, delay: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let counter = AtomicU64::default;
        let state = Arc::new(State {
            model,
            redirects_to,
            delay,
            requests: counter(),
            connections: counter(),
            compressed: counter(),
            tunnels: counter(),
        });
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                state.connections.fetch_add(1, Ordering::Relaxed);
                // A client that goes away ends its connection.
                thread::spawn(move || drop(state.serve(stream)));
            }
        });
        Self { address, state }
    }

    fn of(habits: Habits) -> Self {
        Self::open(Model::new(11, habits), None, Duration::ZERO)
    }

    fn count(&self, counter: fn(&State) -> &AtomicU64) -> u64 {
        counter(&self.state).load(Ordering::Relaxed)
    }
}

impl State {
    /// Answers all requests of a connection.
    fn serve(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut reader = BufReader::new(stream.try_clone()?);
        let mut stream = stream;
        loop {
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") {
                if reader.read_line(&mut head)? == 0 {
                    return Ok(());
                }
            }
            if head.starts_with("CONNECT ") {
                self.tunnels.fetch_add(1, Ordering::Relaxed);
                stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
                continue;
            }
            thread::sleep(self.delay);
            self.requests.fetch_add(1, Ordering::Relaxed);
            if !self.answer(&head, &mut stream)? {
                return Ok(());
            }
        }
    }

    /// Answers a request; gives whether the connection goes on.
    fn answer(&self, head: &str, stream: &mut TcpStream) -> std::io::Result<bool> {
        let lower = head.to_lowercase();
        let mut words = head.split_whitespace();
        let (verb, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let method = if verb == "HEAD" { Method::Head } else { Method::Get };
        let response = if !head.contains(&format!("Token {TOKEN}\r\n")) {
            let body = br#"{"detail":"Invalid token."}"#.to_vec();
            Response { status: 401, body, ..Response::default() }
        } else if let Some(location) = &self.redirects_to {
            Response { status: 302, location: Some(location.clone()), ..Response::default() }
        } else {
            match self.model.send(&Request { method, url: format!("http://h{target}") }) {
                Ok(response) => response,
                Err(_) => {
                    // Ends in the middle of what it promised, byte by byte.
                    stream
                        .write_all(b"HTTP/1.1 200 OK\r\nX-Result-Count: 3\r\nContent-Length: 500\r\n\r\n")?;
                    for byte in b"[{\"uuid\"" {
                        stream.write_all(&[*byte])?;
                        thread::sleep(Duration::from_millis(5));
                    }
                    return Ok(false);
                }
            }
        };
        let mut body = response.body;
        let mut headers = format!("HTTP/1.1 {} Said\r\n", response.status);
        if lower.contains("accept-encoding: gzip") && response.status == 200 {
            self.compressed.fetch_add(1, Ordering::Relaxed);
            let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(&body)?;
            body = encoder.finish()?;
            headers += "Content-Encoding: gzip\r\n";
        }
        if let Some(count) = response.count {
            headers += &format!("X-Result-Count: {count}\r\n");
        }
        if let Some(date) = response.date {
            headers += &format!("Date: {}\r\n", date.format("%a, %d %b %Y %H:%M:%S GMT"));
        }
        if let Some(location) = response.location {
            headers += &format!("Location: {location}\r\n");
        }
        // Nobody shall wait in a test.
        if response.retry_after.is_some() {
            headers += "Retry-After: 0\r\n";
        }
        headers += &format!("Content-Length: {}\r\n\r\n", body.len());
        stream.write_all(headers.as_bytes())?;
        if method == Method::Get {
            stream.write_all(&body)?;
        }
        Ok(true)
    }
}

/// A folder with a file that holds the token.
fn folder() -> TempDir {
    let folder = TempDir::new().expect("a folder");
    fs::write(folder.path().join("token"), format!("{TOKEN}\n")).expect("a file");
    folder
}

fn line(portal: &str, folder: &Path, flags: &str) -> String {
    let folder = folder.display();
    format!("pull --url {portal} --to '{folder}/dump' --token-file '{folder}/token' {flags}")
}

fn pulled(portal: &Portal, folder: &Path, flags: &str) -> Outcome {
    run(&line(&portal.address, folder, flags))
}

fn start(portal: &str, folder: &Path) -> Child {
    let words = crate::binary::words(&line(portal, folder, ""));
    command().args(words).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the command starts")
}

/// All that lies in the dump, the index apart.
fn pages(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut pages = Vec::new();
    for entry in fs::read_dir(folder.join("dump")).expect("a dump") {
        let path = entry.expect("a file").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if name != "index.json" {
            pages.push((name, fs::read(&path).expect("a page")));
        }
    }
    pages.sort();
    pages
}

#[test]
fn the_command_pulls_over_bad_connections_and_reports_what_it_pulled() {
    let portal = Portal::of(Habits { page_size_max: 100, records: 800, failures: 30, ..Habits::default() });
    let folder = folder();
    let outcome = pulled(&portal, folder.path(), "--jobs 3");
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let truth = portal.state.model.truth();
    let line = format!("whole: {} records, proved", truth.len());
    assert!(outcome.stderr.contains(&line), "{}", outcome.stderr);
    assert!(portal.count(|state| &state.compressed) > 0, "it takes gzip");
    let report = run(&format!("report '{}/dump' --by period --format csv", folder.path().display()));
    assert_eq!(report.code, 0, "{}", report.stderr);
    let kept = format!("kept {} +", truth.len());
    assert!(report.stderr.contains(&kept), "{}", report.stderr);
    let usage: i64 = truth.values().map(|(usage, _)| usage).sum();
    let reported: i64 =
        report.stdout.lines().skip(1).map(|row| hundredths(row.split(',').nth(2).expect("usage"))).sum();
    assert_eq!(reported, usage);
}

fn hundredths(usage: &str) -> i64 {
    usage.replace('.', "").parse().expect("two places")
}

#[test]
fn connections_are_kept() {
    let portal = Portal::of(Habits { page_size_max: 30, records: 600, ..Habits::default() });
    let folder = folder();
    assert_eq!(pulled(&portal, folder.path(), "--jobs 1").code, 0);
    assert!(portal.count(|state| &state.requests) > 20);
    assert_eq!(portal.count(|state| &state.connections), 1);
}

#[test]
fn the_token_stands_nowhere_but_in_the_request() {
    let portal = Portal::of(Habits::default());
    let folder = folder();
    let outcome = pulled(&portal, folder.path(), "");
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let said = format!("{}{}", outcome.stdout, outcome.stderr);
    assert!(!said.contains(TOKEN), "{said}");
    let index = fs::read_to_string(folder.path().join("dump/index.json")).expect("an index");
    assert!(index.contains("page_size=300") && !index.contains(TOKEN));
    for (name, page) in pages(folder.path()) {
        assert!(!String::from_utf8_lossy(&page).contains(TOKEN), "{name}");
    }
}

#[test]
fn a_token_that_is_refused_at_once_leaves_nothing_and_is_not_repeated() {
    let portal = Portal::of(Habits::default());
    let folder = folder();
    fs::write(folder.path().join("token"), "another-secret").expect("a file");
    let outcome = pulled(&portal, folder.path(), "");
    assert_eq!(outcome.code, 1);
    assert!(outcome.stderr.contains("the server refused the token (401)"), "{}", outcome.stderr);
    assert!(!outcome.stderr.contains("another-secret"));
}

#[test]
fn a_server_that_nobody_reaches_is_given_up_after_seconds() {
    let closed = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
    let folder = folder();
    let start = Instant::now();
    let outcome = run(&line(&format!("http://{closed}"), folder.path(), ""));
    assert_eq!(outcome.code, 1);
    assert!(outcome.stderr.contains("4 attempts"), "{}", outcome.stderr);
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}

#[test]
fn a_token_that_expires_leaves_what_is_there_and_resume_goes_on() {
    let habits = Habits { page_size_max: 50, token_lasts: Some(12), ..Habits::default() };
    let portal = Portal::of(habits.clone());
    let folder = folder();
    let outcome = pulled(&portal, folder.path(), "");
    assert_eq!(outcome.code, 3, "{}", outcome.stderr);
    assert!(outcome.stderr.contains("finding: incomplete"), "{}", outcome.stderr);
    let report = run(&format!("report '{}/dump' --format csv", folder.path().display()));
    assert_eq!(report.code, 3, "{}", report.stderr);
    assert!(
        report.stderr.contains("the pull is incomplete: the server refused the token"),
        "{}",
        report.stderr
    );

    let renewed = Portal::of(Habits { token_lasts: None, ..habits });
    let index = folder.path().join("dump/index.json");
    let text = fs::read_to_string(&index).expect("an index").replace(&portal.address, &renewed.address);
    fs::write(&index, text).expect("the index can be written");
    let outcome = pulled(&renewed, folder.path(), "--resume");
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
}

#[test]
fn the_token_does_not_follow_a_redirect() {
    let elsewhere = Portal::of(Habits::default());
    let target = format!("{}/api/marketplace-component-user-usages/", elsewhere.address);
    let portal = Portal::open(Model::new(1, Habits::default()), Some(target), Duration::ZERO);
    let folder = folder();
    let outcome = pulled(&portal, folder.path(), "");
    assert_eq!(outcome.code, 1);
    assert!(outcome.stderr.contains("the server redirects to http://127.0.0.1"), "{}", outcome.stderr);
    assert_eq!(elsewhere.count(|state| &state.connections), 0);
}

#[test]
fn killed_by_force_and_resumed_it_leaves_the_same_pages() {
    let habits = Habits { page_size_max: 20, records: 800, ..Habits::default() };
    let whole = folder();
    assert_eq!(pulled(&Portal::of(habits.clone()), whole.path(), "").code, 0);
    let killed = folder();
    let portal = Portal::open(Model::new(11, habits), None, Duration::from_millis(15));
    for wanted in [3, 9, 25] {
        let mut child = match killed.path().join("dump/index.json").exists() {
            false => start(&portal.address, killed.path()),
            true => {
                let words = crate::binary::words(&line(&portal.address, killed.path(), "--resume"));
                command().args(words).stderr(Stdio::null()).spawn().expect("the command starts")
            }
        };
        while child.try_wait().expect("a child").is_none()
            && portal.count(|state| &state.requests) < wanted * 3
        {
            thread::sleep(Duration::from_millis(5));
        }
        // It may have come to its end before.
        let _ = child.kill();
        child.wait().expect("a child");
    }
    let outcome = pulled(&portal, killed.path(), "--resume");
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert_eq!(pages(killed.path()), pages(whole.path()));
}

#[test]
fn the_environment_names_the_proxy_and_what_goes_without_it() {
    let portal = Portal::of(Habits::default());
    let through = |exceptions: &str| {
        let folder = folder();
        let words = crate::binary::words(&line("http://portal.invalid:8000", folder.path(), "--rate 1000"));
        let mut child = command()
            .args(words)
            .env("http_proxy", &portal.address)
            .env("no_proxy", exceptions)
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command starts");
        let mut said = String::new();
        if exceptions.is_empty() {
            child.stderr.take().expect("a pipe").read_to_string(&mut said).expect("text");
        } else {
            // A name that nobody has is asked for again and again.
            thread::sleep(Duration::from_millis(500));
            child.kill().expect("it still tries");
        }
        (child.wait().expect("a child").code(), said)
    };
    let (code, said) = through("");
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("unencrypted"), "{said}");
    let tunnels = portal.count(|state| &state.tunnels);
    assert!(tunnels > 0);
    through("portal.invalid");
    assert_eq!(portal.count(|state| &state.tunnels), tunnels);
}

#[test]
fn one_folder_takes_one_pull_at_a_time() {
    let portal = Portal::open(Model::new(11, Habits::default()), None, Duration::from_millis(300));
    let folder = folder();
    let mut first = start(&portal.address, folder.path());
    while !folder.path().join("dump/index.json").exists() {
        thread::sleep(Duration::from_millis(5));
    }
    let second = pulled(&portal, folder.path(), "--resume");
    assert_eq!(second.code, 2);
    assert!(second.stderr.contains("is being written by another pull"), "{}", second.stderr);
    first.kill().expect("it runs");
    first.wait().expect("a child");
}
