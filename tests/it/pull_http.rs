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
use usagebook::pull::transport::{Method, Request, Response, Transport as _};

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
    manner: Manner,
    /// Requests that brought the token as `Token …`.
    as_token: AtomicU64,
    requests: AtomicU64,
    connections: AtomicU64,
    compressed: AtomicU64,
    tunnels: AtomicU64,
}

/// How it treats its clients.
#[derive(Clone, Default)]
struct Manner {
    /// Where it sends everybody; `Some(None)` if it does not say where.
    redirects_to: Option<Option<String>>,
    delay: Duration,
    /// It takes personal access tokens, as `Bearer …`, and no others.
    is_for_bearers: bool,
    /// It answers with this status, and with the token in every header and word.
    echoes: Option<u16>,
}

impl Manner {
    fn slow(delay: Duration) -> Self {
        Self { delay, ..Self::default() }
    }
}

impl Portal {
    fn open(model: Model, manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let counter = AtomicU64::default;
        let state = Arc::new(State {
            model,
            manner,
            as_token: counter(),
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
        Self::open(Model::new(11, habits), Manner::default())
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
            thread::sleep(self.manner.delay);
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
        let is_token = head.contains(&format!("Token {TOKEN}\r\n"));
        self.as_token.fetch_add(u64::from(is_token), Ordering::Relaxed);
        let is_good = match self.manner.is_for_bearers {
            true => head.contains(&format!("Bearer {TOKEN}\r\n")),
            false => is_token,
        };
        if let Some(status) = self.manner.echoes {
            let escaped: String = TOKEN.bytes().map(|byte| format!("\\u{byte:04x}")).collect();
            let percent: String = TOKEN.bytes().map(|byte| format!("%{byte:02x}")).collect();
            let body = match status {
                200 => format!(r#"[{{"uuid":"{TOKEN}","name":"{escaped}"}}]"#),
                _ => format!(r#"{{"detail":"no {escaped}, {percent} or {TOKEN}"}}"#),
            };
            let headers = format!(
                "HTTP/1.1 {status} {TOKEN}\r\nX-Result-Count: 3\r\nX-Token: {TOKEN}\r\nLocation: /{percent}/{TOKEN}\r\nRetry-After: {TOKEN}\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            stream.write_all(headers.as_bytes())?;
            if method == Method::Get {
                stream.write_all(body.as_bytes())?;
            }
            return Ok(true);
        }
        let response = if !is_good {
            let body = br#"{"detail":"Invalid token."}"#.to_vec();
            Response { status: 401, body, ..Response::default() }
        } else if let Some(location) = &self.manner.redirects_to {
            Response { status: 302, location: location.clone(), ..Response::default() }
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
    let kept = format!(" read: {} used, ", truth.len());
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
    assert!(outcome.stderr.contains("warning: incomplete"), "{}", outcome.stderr);
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
    let refused = {
        fs::write(&index, &text).expect("the index can be written");
        pulled(&renewed, folder.path(), "--resume")
    };
    assert_eq!(refused.code, 1);
    assert!(refused.stderr.contains("its checksum differs"), "{}", refused.stderr);
    // As an older pull wrote it, without a checksum.
    let text = text.replace("\"version\":2,\n", "");
    let text = format!("{}}}\n", text.split(",\n\"sha256\":").next().expect("an index"));
    fs::write(&index, text).expect("the index can be written");
    let outcome = pulled(&renewed, folder.path(), "--resume");
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
}

/// What a pull says to a redirect; `None` for one that does not say where.
fn redirected(location: Option<String>) -> String {
    let manner = Manner { redirects_to: Some(location), ..Manner::default() };
    let outcome = pulled(&Portal::open(Model::new(1, Habits::default()), manner), folder().path(), "");
    assert_eq!(outcome.code, 1);
    outcome.stderr
}

#[test]
fn the_token_does_not_follow_a_redirect_and_what_cannot_be_read_of_it_is_said() {
    let elsewhere = Portal::of(Habits::default());
    let target = format!("{}/api/marketplace-component-user-usages/", elsewhere.address);
    assert!(redirected(Some(target)).contains("the server redirects to http://127.0.0.1"));
    assert_eq!(elsewhere.count(|state| &state.connections), 0);
    let said = redirected(Some("http://h/\u{e9}\u{200b}".to_owned()));
    assert!(said.contains("redirects to http://h/\u{e9}\\u{200b};"), "{said}");
    let said = redirected(Some("http://h/\u{1b}[31m".to_owned()));
    assert!(said.contains("a header, for instance Location, has a control character"), "{said}");
    assert!(redirected(None).contains("the server redirects (status 302) without saying where"));
}

#[test]
fn killed_by_force_and_resumed_it_leaves_the_same_pages() {
    let habits = Habits { page_size_max: 20, records: 800, ..Habits::default() };
    let whole = folder();
    assert_eq!(pulled(&Portal::of(habits.clone()), whole.path(), "").code, 0);
    let killed = folder();
    let portal = Portal::open(Model::new(11, habits), Manner::slow(Duration::from_millis(15)));
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
fn a_personal_access_token_is_sent_as_the_portal_wants_it() {
    let manner = Manner { is_for_bearers: true, ..Manner::default() };
    let portal = Portal::open(Model::new(11, Habits::default()), manner);
    let folder = folder();
    let outcome = pulled(&portal, folder.path(), "");
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert_eq!(portal.count(|state| &state.as_token), 1, "the first request alone tried the other way");
}

#[test]
fn a_token_that_the_server_repeats_leaves_in_no_message_and_no_file() {
    for status in [200, 301, 400, 401, 403, 404, 418, 429, 500] {
        let manner = Manner { echoes: Some(status), ..Manner::default() };
        let portal = Portal::open(Model::new(11, Habits::default()), manner);
        let folder = folder();
        let mut child = start_heard(&portal.address, folder.path());
        if matches!(status, 429 | 500) {
            thread::sleep(Duration::from_millis(1_500));
            child.kill().expect("it tries again and again");
        }
        let mut said = String::new();
        child.stderr.take().expect("a pipe").read_to_string(&mut said).expect("text");
        child.wait().expect("a child");
        let percent: String = TOKEN.bytes().map(|byte| format!("%{byte:02x}")).collect();
        for text in [TOKEN, &percent, "\\u0030"] {
            assert!(!said.contains(text), "{status}: {said}");
            let dump = folder.path().join("dump");
            for entry in fs::read_dir(&dump).into_iter().flatten() {
                let path = entry.expect("a file").path();
                let bytes = fs::read(&path).expect("a file");
                assert!(!String::from_utf8_lossy(&bytes).contains(text), "{status}: {}", path.display());
            }
        }
        assert_ne!(said, "", "{status}");
    }
}

fn start_heard(portal: &str, folder: &Path) -> Child {
    let words = crate::binary::words(&line(portal, folder, ""));
    command().args(words).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the command starts")
}

#[test]
fn no_proxy_of_the_environment_makes_it_panic() {
    let portal = Portal::of(Habits { records: 20, ..Habits::default() });
    let hostile = [
        "socks5://127.0.0.1:1",
        "socks4://x:y@[::1",
        "://",
        "http://",
        "a b",
        "\u{1f600}",
        "%00",
        "socks5://",
    ];
    for name in ["http_proxy", "all_proxy", "ALL_PROXY"] {
        for value in hostile {
            for exceptions in ["127.0.0.1", "*", "é*,*é,[,:,.", ""] {
                // What reaches no proxy tries for minutes.
                if exceptions != "127.0.0.1" && exceptions != "*" && value == "socks5://127.0.0.1:1" {
                    continue;
                }
                let folder = folder();
                let words = crate::binary::words(&line(&portal.address, folder.path(), ""));
                let mut command = command();
                command.args(words).env(name, value).env("NO_PROXY", exceptions);
                let output = command.output().expect("the command starts");
                let said = String::from_utf8_lossy(&output.stderr).into_owned();
                let code = output.status.code();
                let is_excepted = matches!(exceptions, "127.0.0.1" | "*");
                assert!(matches!(code, Some(0..=3)), "{name}={value}: {said}");
                assert!(!is_excepted || code == Some(0), "{name}={value} {exceptions}: {said}");
                assert!(!said.contains("panicked"), "{said}");
            }
        }
    }
}

#[cfg(unix)]
#[test]
fn a_pull_is_for_its_owner_alone_and_a_token_that_others_can_read_is_reported() {
    use std::os::unix::fs::PermissionsExt as _;
    let portal = Portal::of(Habits { records: 20, ..Habits::default() });
    for (flags, folder_mode, file_mode) in [("", 0o700, 0o600), ("--group-readable", 0o750, 0o640)] {
        let folder = folder();
        let token = folder.path().join("token");
        fs::set_permissions(&token, fs::Permissions::from_mode(0o644)).expect("a mode");
        let outcome = pulled(&portal, folder.path(), flags);
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        assert!(
            outcome.stderr.contains("warning: other users of this machine can read the secret"),
            "{}",
            outcome.stderr
        );
        let dump = folder.path().join("dump");
        let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
        assert_eq!(mode(&dump), folder_mode);
        for entry in fs::read_dir(&dump).expect("a folder") {
            let path = entry.expect("a file").path();
            assert_eq!(mode(&path), file_mode, "{}", path.display());
        }
    }
}

#[test]
fn verify_finds_a_pull_that_is_not_as_it_was_written() {
    let portal = Portal::of(Habits { records: 20, ..Habits::default() });
    let folder = folder();
    assert_eq!(pulled(&portal, folder.path(), "").code, 0);
    let dump = folder.path().join("dump");
    let verify = || run(&format!("verify --pull '{}'", dump.display()));
    assert_eq!(verify().code, 0, "{}", verify().stderr);
    for name in ["index.json", "page-all-0001.json"] {
        let path = dump.join(name);
        let sound = fs::read(&path).expect("a file");
        for at in (0..sound.len()).step_by(sound.len() / 7) {
            let mut less = sound.clone();
            less.remove(at);
            fs::write(&path, less).expect("a file");
            let outcome = verify();
            assert_eq!(outcome.code, 1, "{name} without byte {at}");
            assert!(outcome.stderr.contains(name), "{}", outcome.stderr);
        }
        fs::write(&path, &sound).expect("a file");
    }
    fs::copy(dump.join("page-all-0001.json"), dump.join("page-all-0002.json")).expect("a file");
    assert_eq!(verify().code, 1, "a page that no index lists");
    fs::remove_file(dump.join("page-all-0002.json")).expect("a file");
    assert_eq!(verify().code, 0);
}

#[test]
fn an_index_that_is_nonsense_is_refused_without_a_panic() {
    let portal = Portal::of(Habits { records: 20, ..Habits::default() });
    let folder = folder();
    assert_eq!(pulled(&portal, folder.path(), "").code, 0);
    let path = folder.path().join("dump/index.json");
    let sound = fs::read_to_string(&path).expect("an index");
    let sound = sound.replace("\"version\":2,\n", "");
    let sound = format!("{}}}\n", sound.split(",\n\"sha256\":").next().expect("an index"));
    for (what, instead) in [
        ("\"X-Result-Count\":20", "\"X-Result-Count\":null"),
        ("\"started\":\"", "\"started\":null,\"was\":\""),
        ("\"verdict\":{", "\"verdict\":null,\"was\":{"),
        ("\"pages\":[", "\"pages\":null,\"was\":["),
        ("\"rows\":20", "\"rows\":-1"),
    ] {
        let damaged = sound.replacen(what, instead, 1);
        assert_ne!(damaged, sound, "{what}");
        fs::write(&path, damaged).expect("the index can be written");
        let dump = folder.path().join("dump");
        for line in [
            line(&portal.address, folder.path(), "--resume"),
            format!("verify --pull '{}'", dump.display()),
            format!("report '{}' --format csv", dump.display()),
        ] {
            let outcome = run(&line);
            assert!((0..=3).contains(&outcome.code), "{instead}: {line}: {}", outcome.stderr);
            assert!(!outcome.stderr.contains("panicked"), "{instead}: {line}: {}", outcome.stderr);
            fs::remove_file(&path).expect("an index");
            fs::write(&path, sound.replacen(what, instead, 1)).expect("the index can be written");
        }
    }
}

#[test]
fn one_folder_takes_one_pull_at_a_time() {
    let portal = Portal::open(Model::new(11, Habits::default()), Manner::slow(Duration::from_millis(300)));
    let folder = folder();
    let mut first = start(&portal.address, folder.path());
    while !folder.path().join("dump/index.json").exists() {
        thread::sleep(Duration::from_millis(5));
    }
    let second = pulled(&portal, folder.path(), "--resume");
    assert!(
        second.code == 2 && second.stderr.contains("is being written by another pull"),
        "{}",
        second.stderr
    );
    first.kill().expect("it runs");
    first.wait().expect("a child");
}
