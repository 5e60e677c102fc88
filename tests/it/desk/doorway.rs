//! What nobody but the browser that was let in can do: read, send a form, or learn a secret.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::running::{Desk, ask};
use crate::binary::run;
use crate::month::Office;
use crate::records::Dumps;

const PATHS: [&str; 7] = [
    "/",
    "/figures?period=2026-10",
    "/behind?period=2026-10",
    "/warnings",
    "/changes",
    "/log",
    "/download/figures.csv",
];

#[test]
fn the_start_address_lets_one_browser_in_and_no_other() {
    let office = Office::new().begun();
    let desk = Desk::of(&office);
    // Looking alone lets nobody in.
    let looked = ask(&desk.address, "HEAD", &desk.start, &[], "");
    assert_eq!((looked.status, looked.header("set-cookie")), (200, ""));
    let answer = ask(&desk.address, "GET", &desk.start, &[], "");
    assert_eq!(answer.status, 200);
    let cookie = answer.header("set-cookie");
    assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Strict"), "{cookie}");
    assert!(answer.text().contains("content=\"0; url=/\""), "{}", answer.text());
    let token = desk.start.split_once('=').unwrap().1;
    assert!(!answer.text().contains(token) && !cookie.contains(token));
    let again = ask(&desk.address, "GET", &desk.start, &[], "");
    assert_eq!((again.status, again.header("set-cookie")), (403, ""));
    let session = cookie.split(';').next().unwrap();
    let own = ask(&desk.address, "GET", &desk.start, &[("Cookie", session)], "");
    assert_eq!((own.status, own.header("location")), (303, "/"));
    for guess in ["/start", "/start?token=", "/start?token=0", &desk.start[..desk.start.len() - 1]] {
        assert_eq!(ask(&desk.address, "GET", guess, &[], "").status, 403, "{guess}");
    }
}

#[test]
fn without_the_cookie_nothing_is_shown() {
    let office = Office::new().begun();
    let desk = Desk::of(&office);
    let browser = desk.enter();
    for path in PATHS {
        assert_eq!(browser.get(path).status, 200, "{path}");
        for cookie in [
            "",
            "usagebook_desk=1",
            &browser.cookie[..browser.cookie.len() - 1],
            &format!("{}0", browser.cookie),
        ] {
            let answer = ask(&desk.address, "GET", path, &[("Cookie", cookie)], "");
            assert_eq!(answer.status, 403, "{path}");
            assert!(!answer.text().contains("acme") && !answer.text().contains("October"), "{path}");
        }
    }
    assert_eq!(ask(&desk.address, "GET", "/assets/desk.css", &[], "").status, 200);
    assert_eq!(ask(&desk.address, "GET", "/assets/../", &[], "").status, 403);
}

#[test]
fn a_name_that_is_made_to_lead_here_is_refused() {
    let office = Office::new().begun();
    let desk = Desk::of(&office);
    let browser = desk.enter();
    let port = desk.address.split_once(':').unwrap().1;
    for host in [
        "evil.example",
        &format!("evil.example:{port}"),
        "127.0.0.1",
        "localhost:1",
        &format!("127.0.0.1.nip.io:{port}"),
    ] {
        let answer = ask(&desk.address, "GET", "/", &[("Host", host), ("Cookie", &browser.cookie)], "");
        assert_eq!(answer.status, 421, "{host}");
        assert!(!answer.text().contains("October"), "{host}");
    }
    let local = format!("localhost:{port}");
    assert_eq!(
        ask(&desk.address, "GET", "/", &[("Host", &local), ("Cookie", &browser.cookie)], "").status,
        200
    );
}

#[test]
fn other_pages_cannot_send_a_form() {
    let office = Office::new().begun();
    let desk = Desk::of(&office);
    let browser = desk.enter();
    let own = format!("http://{}", desk.address);
    let form = "application/x-www-form-urlencoded";
    let good = format!("token={}", browser.token);
    let cookie = browser.cookie.as_str();
    let attacks: [(&str, &str, &str, &str); 9] = [
        (cookie, "http://evil.example", form, &good),
        (cookie, "null", form, &good),
        (cookie, "", form, &good),
        (cookie, "http://127.0.0.1:1", form, &good),
        (cookie, &own, "text/plain", &good),
        (cookie, &own, "multipart/form-data; boundary=x", &good),
        (cookie, &own, form, "token=0"),
        (cookie, &own, form, ""),
        ("", &own, form, &good),
    ];
    for (cookie, origin, media_type, body) in attacks {
        let mut headers = vec![("Cookie", cookie), ("Content-Type", media_type)];
        headers.extend((!origin.is_empty()).then_some(("Origin", origin)));
        let answer = ask(&desk.address, "POST", "/stop", &headers, body);
        assert_eq!(answer.status, 403, "{origin} {media_type} {body}");
        assert_eq!(answer.header("access-control-allow-origin"), "");
    }
    let get = ask(&desk.address, "GET", &format!("/stop?{good}"), &[("Cookie", cookie)], "");
    assert_eq!(get.status, 405);
    assert_eq!(ask(&desk.address, "DELETE", "/", &[("Cookie", cookie)], "").status, 405);
    assert_eq!(ask(&desk.address, "OPTIONS", "/stop", &[("Origin", "http://evil.example")], "").status, 405);
    assert_eq!(browser.get("/").status, 200, "it runs on");
}

#[test]
fn the_token_of_another_session_opens_nothing() {
    let office = Office::new().begun();
    let (one, other) = (Desk::of(&office), Desk::of(&office));
    let (browser, foreign) = (one.enter(), other.enter());
    let forged = super::running::Browser { token: foreign.token.clone(), ..browser.clone() };
    assert_eq!(forged.post("/stop", "").status, 403);
    let port = one.address.split_once(':').unwrap().1;
    let cookie = format!("usagebook_desk_{port}={}", foreign.cookie.split_once('=').unwrap().1);
    assert_eq!(ask(&one.address, "GET", "/", &[("Cookie", &cookie)], "").status, 403);
    assert_eq!(browser.post("/stop", "").status, 200);
}

#[test]
fn every_answer_forbids_scripts_frames_and_other_sites() {
    let office = Office::new().begun();
    let desk = Desk::of(&office);
    let browser = desk.enter();
    for path in PATHS.into_iter().chain(["/assets/desk.css", "/start", "/nowhere"]) {
        for answer in [browser.get(path), ask(&desk.address, "GET", path, &[], "")] {
            let policy = answer.header("content-security-policy");
            assert!(policy.starts_with("default-src 'none'; style-src 'self';"), "{path}: {policy}");
            assert!(
                policy.contains("frame-ancestors 'none'") && !policy.contains("script"),
                "{path}: {policy}"
            );
            assert!(!policy.contains("unsafe"), "{path}: {policy}");
            assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
            assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
            assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin", "{path}");
            assert_eq!(answer.header("cache-control"), "no-store", "{path}");
            assert_eq!(answer.header("access-control-allow-origin"), "", "{path}");
            if path != "/download/figures.csv" {
                let text = answer.text();
                assert!(
                    !text.contains("<script") && !text.contains("<style") && !text.contains(" style="),
                    "{path}"
                );
            }
        }
    }
}

#[test]
fn a_page_of_another_site_that_leads_here_can_be_opened_again() {
    let office = Office::new().begun();
    let desk = Desk::of(&office);
    let answer = ask(&desk.address, "GET", "/figures?period=2026-10", &[], "");
    assert_eq!(answer.status, 403);
    assert_eq!(answer.links("/figures"), ["/figures?period=2026-10"]);
    let foreign =
        [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document")];
    let answer = ask(&desk.address, "GET", "/figures?period=2026-10", &foreign, "");
    assert_eq!((answer.status, answer.links("/figures")), (403, vec!["/figures?period=2026-10".to_owned()]));
    let words = answer.words();
    assert!(words.contains("another site led here") && !words.contains("start it again"), "{words}");
}

#[test]
fn paths_lead_to_pages_and_never_to_files() {
    let office = Office::new().begun();
    let desk = Desk::of(&office);
    let browser = desk.enter();
    for path in [
        "/etc/passwd",
        "/../../etc/passwd",
        "/download/..%2f..%2fetc%2fpasswd",
        "/download/figures.csv/../../../etc/passwd",
        "/download/figures.exe",
        "/download/.csv",
        "/assets/../usagebook.toml",
        "//etc/passwd",
        "/%00",
    ] {
        let answer = browser.get(path);
        assert!(matches!(answer.status, 400 | 404), "{path}: {}", answer.status);
        assert!(!answer.text().contains("root:"), "{path}");
    }
}

#[test]
fn other_machines_are_never_answered() {
    for listen in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let outcome = run(&format!("desk --book usage.book --no-browser --listen {listen}"));
        assert_eq!(outcome.code, 2, "{}", outcome.stderr);
        assert!(outcome.stderr.contains("an address of this machine alone"), "{}", outcome.stderr);
    }
}

#[test]
fn the_button_and_a_signal_end_it_and_no_secret_is_left_behind() {
    let office = Office::new().begun();
    let desk = Desk::of(&office);
    let browser = desk.enter();
    PATHS.iter().for_each(|path| drop(browser.page(path)));
    let answer = browser.post("/stop", "");
    assert!(answer.words().contains("The desk has stopped"), "{}", answer.words());
    let start = desk.start.clone();
    let (code, said) = desk.end();
    assert_eq!(code, Some(0), "{said}");
    let secrets = [browser.cookie.split_once('=').unwrap().1, &browser.token];
    assert!(!secrets.iter().any(|secret| said.contains(secret)), "{said}");
    assert_eq!(said.matches(start.as_str()).count(), 1, "{said}");
    let desk = Desk::of(&office);
    let browser = desk.enter();
    assert!(!browser.page("/").text().contains(browser.cookie.split_once('=').unwrap().1));
    assert_eq!(desk.stop().0, Some(0));
}

#[test]
fn the_browser_gets_a_file_and_no_argument_has_the_secret() {
    let office = Office::new().begun();
    let programs = Dumps::new();
    let opener = programs.write("xdg-open", "#!/bin/sh\necho \"$@\" > \"$SEEN.arguments\"; stat -c %a \"$1\" > \"$SEEN.mode\"; cp \"$1\" \"$SEEN\"\n");
    fs::set_permissions(&opener, fs::Permissions::from_mode(0o755)).unwrap();
    let (seen, config) = (programs.path("seen"), office.0.path("usagebook.toml").display().to_string());
    let path = format!("{}:{}", programs.text(), std::env::var("PATH").unwrap_or_default());
    let desk = Desk::start(&["--config", &config], |command| {
        command.env("PATH", path).env("SEEN", &seen);
    });
    for _ in 0..200 {
        if seen.is_file() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let page = fs::read_to_string(&seen).expect("a page was opened");
    let arguments = fs::read_to_string(programs.path("seen.arguments")).unwrap();
    let token = desk.start.split_once('=').unwrap().1;
    assert!(page.contains(&format!("url=http://{}{}", desk.address, desk.start)), "{page}");
    assert!(!arguments.contains(token) && arguments.trim_end().ends_with(".html"), "{arguments}");
    assert_eq!(fs::read_to_string(programs.path("seen.mode")).unwrap().trim_end(), "600");
    let (code, _) = desk.stop();
    assert_eq!(code, Some(0));
    assert!(!Path::new(arguments.trim_end()).exists(), "the page goes with the desk");
}

#[test]
fn a_desk_without_a_book_says_how_to_name_one() {
    let outcome = run("desk --no-browser");
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("--book DIR"), "{}", outcome.stderr);
    let missing = run("desk --book nowhere.book --no-browser");
    assert_eq!(missing.code, 1, "{}", missing.stderr);
}
