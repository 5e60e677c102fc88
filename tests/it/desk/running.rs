//! A desk that runs, and a browser that was let in.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::Duration;

use crate::binary::{command, run};
use crate::month::Office;

/// An answer, its body as it came.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("text")
    }

    /// The text without thin spaces in figures and without tags.
    pub fn words(&self) -> String {
        let mut words = String::new();
        for part in self.text().split('<') {
            let text = part.split_once('>').map_or(part, |(_, text)| text);
            words += &text.replace('\u{202f}', "").replace('\n', " ");
            words.push(' ');
        }
        let words =
            words.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
        words.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Where links lead that begin so.
    pub fn links(&self, start: &str) -> Vec<String> {
        let links = self.text().split("href=\"").skip(1).filter_map(|part| part.split('"').next());
        links.filter(|link| link.starts_with(start)).map(|link| link.replace("&amp;", "&")).collect()
    }
}

/// The command; it ends with this value.
pub struct Desk {
    child: Child,
    stderr: BufReader<ChildStderr>,
    pub address: String,
    /// The path that lets one browser in.
    pub start: String,
    pub said: String,
}

/// The cookie of a browser that was let in, and what its forms bring along.
#[derive(Clone, Debug)]
pub struct Browser {
    pub address: String,
    pub cookie: String,
    pub token: String,
}

impl Desk {
    pub fn of(office: &Office) -> Self {
        let config = office.0.path("usagebook.toml");
        Self::start(&["--no-browser", "--config", &config.display().to_string()], |_| {})
    }

    pub fn start(arguments: &[&str], change: impl FnOnce(&mut Command)) -> Self {
        let mut command = command();
        command.args(["desk", "--listen", "127.0.0.1:0"]).args(arguments);
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        change(&mut command);
        let mut child = command.spawn().expect("the command starts");
        let mut stderr = BufReader::new(child.stderr.take().expect("standard error is piped"));
        let mut said = String::new();
        let (address, start) = loop {
            let mut line = String::new();
            assert!(stderr.read_line(&mut line).expect("text") > 0, "it ended: {said}");
            said += &line;
            if let Some((_, rest)) = line.trim_end().split_once("the desk is open at http://") {
                let (address, path) = rest.split_once('/').expect("a path");
                break (address.to_owned(), format!("/{path}"));
            }
        };
        Self { child, stderr, address, start, said }
    }

    /// Lets a browser in.
    pub fn enter(&self) -> Browser {
        let answer = ask(&self.address, "GET", &self.start, &[], "");
        assert_eq!(answer.status, 200, "{answer:?}");
        let cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();
        let mut browser = Browser { address: self.address.clone(), cookie, token: String::new() };
        let page = browser.get("/");
        let token = page.text().split("name=\"token\" value=\"").nth(1).expect("a form").split('"').next();
        browser.token = token.unwrap().to_owned();
        browser
    }

    /// Asks it to stop; gives its exit code and all that it said.
    pub fn stop(self) -> (Option<i32>, String) {
        let killed = Command::new("kill").arg(self.child.id().to_string()).status().expect("kill runs");
        assert!(killed.success());
        self.end()
    }

    /// Waits until it has ended by itself.
    pub fn end(mut self) -> (Option<i32>, String) {
        let mut said = std::mem::take(&mut self.said);
        self.stderr.read_to_string(&mut said).expect("text");
        (self.child.wait().expect("it ends").code(), said)
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Browser {
    pub fn get(&self, path: &str) -> Answer {
        ask(&self.address, "GET", path, &[("Cookie", &self.cookie)], "")
    }

    /// A page that is there.
    pub fn page(&self, path: &str) -> Answer {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.words());
        answer
    }

    /// Sends a form as a page of the desk does.
    pub fn post(&self, path: &str, form: &str) -> Answer {
        let origin = format!("http://{}", self.address);
        let headers = [
            ("Cookie", self.cookie.as_str()),
            ("Origin", &origin),
            ("Content-Type", "application/x-www-form-urlencoded"),
        ];
        ask(&self.address, "POST", path, &headers, &format!("token={}&{form}", self.token))
    }
}

/// Sends a request with some headers. `Host` is the desk's, unless one is given.
pub fn ask(address: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut stream = TcpStream::connect(address).expect("somebody listens");
    stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a time limit");
    let mut request = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
    if !headers.iter().any(|(name, _)| *name == "Host") {
        request += &format!("Host: {address}\r\n");
    }
    headers.iter().for_each(|(name, value)| request += &format!("{name}: {value}\r\n"));
    if !body.is_empty() {
        request += &format!("Content-Length: {}\r\n", body.len());
    }
    request += "\r\n";
    stream.write_all((request + body).as_bytes()).expect("it is taken");
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).expect("an answer");
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("headers");
    let head = std::str::from_utf8(&bytes[..end]).expect("text");
    let (status, headers) = head.split_once("\r\n").expect("headers");
    let header =
        |line: &str| line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned()));
    Answer {
        status: status.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status"),
        headers: headers.split("\r\n").filter_map(header).collect(),
        body: bytes[end + 4..].to_vec(),
    }
}

/// A month that was closed with prices, and changed since; and one that is open.
pub fn office() -> Office {
    let office = Office::new().begun();
    let card = office.0.path("card.toml").display().to_string();
    let closed = office.on_book(&format!("close 2026-10 --by-whom Mari --note seen --prices '{card}'"));
    assert_eq!(closed.code, 0, "{}", closed.stderr);
    let later = office
        .on_book("add later.json --complete 2026-10 --retire-up-to 1 --pulled-at 2026-11-09T08:00:00Z -q");
    assert_eq!(later.code, 0, "{}", later.stderr);
    let november = crate::records::records(
        "acme  cpu  hour  2026-11  alice  20.00\nbeta  cpu  hour  2026-11  dora  -1.00",
    );
    let file = office.0.write("november.json", crate::records::page(&november));
    let book = office.0.path("usage.book").display().to_string();
    let added =
        run(&format!("add '{file}' --book '{book}' --pulled-at 2026-12-01T08:00:00Z --accept-future -q"));
    assert_eq!(added.code, 0, "{}", added.stderr);
    office
}
