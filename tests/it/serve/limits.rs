//! What a client cannot do: reach in without a token, take more than its share, or find a file.

use std::io::{Read as _, Write as _};
use std::time::{Duration, Instant};

use usagebook::connections::Limits;

use super::client::{LIST, ask, connect, get, send};
use super::running::{RECORDS, Running, Within};
use crate::binary::run;
use crate::records::Dumps;

const MONTH: &str = "fixtures/real/complete/2026-08";

#[test]
fn other_machines_are_only_answered_with_a_token() {
    let outcome = run(&format!("serve {RECORDS} --listen 0.0.0.0:0"));
    assert_eq!(outcome.code, 2, "{}", outcome.stderr);
    assert!(outcome.stderr.contains("needs a token"), "{}", outcome.stderr);
    let folder = Dumps::new();
    let tokens = folder.write("tokens", "secret\n");
    let server = Running::start(&format!("{MONTH} --token-file '{tokens}'"));
    assert_eq!(get(server.address, LIST).status, 401);
    assert_eq!(ask(server.address, "GET", LIST, "Authorization: Token secret").status, 200);
    assert_eq!(run(&format!("serve {MONTH} --token-file /nowhere/tokens")).code, 1);
}

#[test]
fn a_port_that_is_taken_is_said() {
    let server = Running::start(MONTH);
    let outcome = run(&format!("serve {MONTH} --listen {}", server.address));
    assert_eq!(outcome.code, 1);
    assert!(outcome.stderr.contains("cannot listen on 127.0.0.1:"), "{}", outcome.stderr);
}

#[test]
fn no_token_is_ever_printed() {
    let server = Running::start_with(MONTH, |command| {
        command.env("USAGEBOOK_TOKEN", "sesame-1");
    });
    let said = server.said.clone();
    ask(server.address, "GET", &format!("{LIST}?page=2&token=sesame-2"), "Authorization: Token sesame-1");
    ask(server.address, "GET", LIST, "Authorization: Token sesame-3");
    let (code, log) = server.stop();
    assert_eq!(code, Some(0));
    assert!(!(said + &log).contains("sesame"), "{log}");
    let lines: Vec<&str> = log.lines().collect();
    assert_eq!((lines.len(), lines[2]), (3, "stopped"), "{log}");
    assert!(lines[0].contains(&format!(" GET {LIST}?page=2&token=… 200 ")), "{}", lines[0]);
    assert!(lines[1].contains(&format!(" GET {LIST} 401 ")), "{}", lines[1]);
}

#[test]
fn a_web_page_whose_name_leads_here_reads_nothing() {
    let server = Within::start(MONTH, Limits::default());
    assert_eq!(ask(server.address, "GET", LIST, "Host: evil.example.org").status, 400);
    assert_eq!(ask(server.address, "GET", LIST, "Host: localhost").status, 200);
}

#[test]
fn paths_lead_to_records_and_never_to_files() {
    let server = Within::start(MONTH, Limits::default());
    for target in [
        "/",
        "/etc/passwd",
        "/../../etc/passwd",
        "/..%2f..%2fetc%2fpasswd",
        "//etc/passwd",
        "/api/",
        "/openapi.json/",
        "/api/marketplace-component-user-usages/../../../etc/passwd",
        "/api/marketplace-component-user-usages/..%2f..%2fetc%2fpasswd/",
        "/api/marketplace-component-user-usages/%00/",
        "/api/marketplace-component-user-usages/%ff%fe/",
        "/api/marketplace-component-user-usages/.git/config",
    ] {
        let answer = get(server.address, target);
        assert_eq!(answer.status, 404, "{target}: {answer:?}");
        assert!(answer.json()["detail"].is_string());
    }
}

#[test]
fn what_is_too_long_is_refused() {
    let server = Within::start(MONTH, Limits { header_bytes: 8192, ..Limits::default() });
    let request =
        |line: &str, headers: &str| format!("GET {line} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n");
    let long = "x".repeat(70_000);
    let many: String = (0..100).map(|number| format!("X-{number}: 1\r\n")).collect();
    for (line, headers) in
        [(&*format!("{LIST}?username={long}"), ""), (LIST, &*format!("X-Long: {long}\r\n")), (LIST, &*many)]
    {
        let answer = send(server.address, request(line, headers).as_bytes()).expect("an answer");
        assert!(matches!(answer.status, 414 | 431), "{}", answer.status);
    }
    for nonsense in
        ["\0\0\0\0\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET / HTTP/1.1\r\nHost\r\n\r\n"]
    {
        assert_eq!(send(server.address, nonsense.as_bytes()).map(|answer| answer.status).unwrap_or(400), 400);
    }
    assert_eq!(get(server.address, LIST).status, 200);
}

#[test]
fn slow_clients_are_let_go() {
    let patience = Duration::from_millis(300);
    let limits = Limits { request_patience: patience, answer_patience: patience, ..Limits::default() };
    let server = Within::start(RECORDS, limits);
    let start = Instant::now();
    // One that never ends its request, one that never begins, one that thinks for ever about the next.
    let mut trickle = connect(server.address);
    for byte in format!("GET {LIST} HTTP/1.1\r\nHost: loc").bytes() {
        if trickle.write_all(&[byte]).is_err() {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let silent = connect(server.address);
    let mut idle = connect(server.address);
    idle.write_all(format!("HEAD {LIST} HTTP/1.1\r\nHost: localhost\r\n\r\n").as_bytes()).expect("a request");
    for mut stream in [trickle, silent, idle] {
        // Reset or closed: either way there is an end.
        let _ = stream.read_to_end(&mut Vec::new());
    }
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

#[test]
fn who_does_not_take_an_answer_loses_it() {
    let limits = Limits { answer_patience: Duration::from_millis(300), connections: 1, ..Limits::default() };
    let server = Within::start(RECORDS, limits);
    let mut greedy = connect(server.address);
    // Far more than the buffers between here and there hold.
    let request = format!("GET {LIST}?page_size=5000 HTTP/1.1\r\nHost: localhost\r\n\r\n").repeat(10);
    greedy.write_all(request.as_bytes()).expect("requests");
    // There is one place, and it is free again.
    assert_eq!(get(server.address, "/healthz").status, 200);
}

#[test]
fn six_hundred_silent_connections_make_nobody_wait() {
    let server = Within::start(MONTH, Limits::default());
    let mut silent: Vec<_> = (0..600).map(|_| connect(server.address)).collect();
    let start = Instant::now();
    for _ in 0..20 {
        assert_eq!(get(server.address, "/healthz").status, 200);
    }
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    // The oldest had to go; the newest may still ask.
    let mut oldest = silent.swap_remove(0);
    assert_eq!(oldest.read(&mut [0]).unwrap_or(0), 0);
    let newest = silent.last_mut().expect("connections");
    newest
        .write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .expect("a request");
    let mut answer = String::new();
    newest.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn a_client_whose_connections_are_all_being_answered_gets_no_more_of_them() {
    let patience = Duration::from_secs(3);
    let limits = Limits { answer_patience: patience, connections_per_client: 1, ..Limits::default() };
    let server = Within::start(RECORDS, limits);
    let mut greedy = connect(server.address);
    let request = format!("GET {LIST}?page_size=5000 HTTP/1.1\r\nHost: localhost\r\n\r\n").repeat(10);
    greedy.write_all(request.as_bytes()).expect("requests");
    // Its answers have begun.
    greedy.read_exact(&mut [0]).expect("an answer");
    let mut refused = connect(server.address);
    let mut answer = String::new();
    refused.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("retry-after: 1"), "{answer}");
}

#[test]
fn web_pages_of_any_origin_are_only_answered_with_a_token() {
    for origin in ["*", "null"] {
        let outcome = run(&format!("serve {MONTH} --cors-origin {origin}"));
        assert_eq!(outcome.code, 2, "{}", outcome.stderr);
        assert!(
            outcome.stderr.contains("lets any web page that is open on this machine read"),
            "{}",
            outcome.stderr
        );
    }
    let origin = "Origin: https://evil.example.org";
    let server = Running::start_with(&format!("{MONTH} --cors-origin *"), |command| {
        command.env("USAGEBOOK_TOKEN", "sesame");
    });
    assert_eq!(ask(server.address, "GET", LIST, origin).status, 401);
    let server = Running::start(&format!("{MONTH} --cors-origin https://app.example.org"));
    assert_eq!(ask(server.address, "GET", LIST, origin).header("access-control-allow-origin"), None);
}

#[test]
fn a_server_that_stops_lets_nobody_hold_it() {
    let server = Within::start(MONTH, Limits { farewell: Duration::from_millis(300), ..Limits::default() });
    let mut half = connect(server.address);
    half.write_all(b"GET /healthz HT").expect("half a request");
    assert_eq!(get(server.address, "/healthz").status, 200);
    let start = Instant::now();
    server.join();
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}
