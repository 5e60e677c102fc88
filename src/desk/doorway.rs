//! Who is let in: one browser of this machine, by a token that is good once, and no page but the desk's own.

use std::fmt;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard};

use hyper::header::{AsHeaderName, COOKIE, HOST, HeaderMap, ORIGIN};
use hyper::http::request::Parts;
use hyper::{Method, StatusCode};

use crate::connections::is_local;
use crate::error::{Error, Result};

/// Where the start address leads.
pub(crate) const START: &str = "/start";

/// The folder of what has no secret in it.
pub(crate) const ASSETS: &str = "/assets/";

/// Random bytes of a secret.
const BYTES: usize = 32;

/// Hex digits that nobody guesses. They are never shown but where they are handed over.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

/// A browser that was let in.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    cookie: Secret,
    /// What forms of the desk's own pages bring along.
    pub form: Secret,
}

/// The one way in.
#[derive(Debug)]
pub(crate) struct Doorway {
    /// The values of the header `Host` that name this desk.
    hosts: Vec<String>,
    cookie_name: String,
    inside: Mutex<Inside>,
}

#[derive(Debug)]
struct Inside {
    /// `None` once it was used.
    start: Option<Secret>,
    session: Option<Session>,
}

/// Who asks.
#[derive(Clone, Debug)]
pub(crate) enum Visitor {
    /// A browser that was let in.
    Known(Session),
    /// Anybody, who sees only what is for everybody.
    Anybody,
}

/// Why a request is not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The name by which the desk is asked could belong to another machine.
    Host,
    /// Another page sends it.
    Origin,
    Method,
    /// No browser that was let in.
    Stranger,
    /// A page of another site led here, and the browser keeps its cookie back then.
    Outside,
    /// The start address was used, or never was one.
    Start,
    /// No form of this session.
    Form,
    /// The desk only reads.
    ReadOnly,
}

impl Secret {
    fn new() -> Result<Self> {
        let mut bytes = [0; BYTES];
        getrandom::fill(&mut bytes).map_err(|source| Error::Output { source: source.into() })?;
        Ok(Self(bytes.iter().map(|byte| format!("{byte:02x}")).collect()))
    }

    /// The secret itself, to be handed over.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether a text is the secret. It takes as long for every text of its length, right or wrong.
    pub(crate) fn is(&self, text: &str) -> bool {
        let (own, other) = (self.0.as_bytes(), text.as_bytes());
        own.len() == other.len()
            && own.iter().zip(other).fold(0, |all, (one, other)| all | (one ^ other)) == 0
    }
}

/// Shows nothing of it.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl Refusal {
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Self::Host => StatusCode::MISDIRECTED_REQUEST,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Origin | Self::Stranger | Self::Outside | Self::Start | Self::Form | Self::ReadOnly => {
                StatusCode::FORBIDDEN
            }
        }
    }

    /// What is wrong, and what to do.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Host => {
                "The desk is asked by a name that is not this machine's. Use the address that the terminal shows."
            }
            Self::Origin => "Another page sent this request. Only pages of the desk itself may.",
            Self::Method => "The desk answers GET, HEAD and POST.",
            Self::Stranger => {
                "This browser was not let in. Open the address that the terminal showed when the desk was started; it is \
                 good once. If it was used, stop the desk and start it again."
            }
            Self::Outside => {
                "A page of another site led here. The browser says only from here that it was let in."
            }
            Self::Start => {
                "This start address was used already, or is not complete. Stop the desk and start it again to get another one."
            }
            Self::ReadOnly => {
                "This desk only reads. Start it without the option that says so to change the book."
            }
            Self::Form => {
                "This form is of another session of the desk. Go back, reload the page and send it again."
            }
        }
    }
}

impl Doorway {
    pub(crate) fn new(address: SocketAddr) -> Result<Self> {
        let port = address.port();
        let mut hosts = vec![
            address.to_string(),
            format!("127.0.0.1:{port}"),
            format!("localhost:{port}"),
            format!("[::1]:{port}"),
        ];
        hosts.retain(|host| is_local(host));
        Ok(Self {
            hosts,
            // Cookies do not know ports; two desks have two.
            cookie_name: format!("usagebook_desk_{port}"),
            inside: Mutex::new(Inside { start: Some(Secret::new()?), session: None }),
        })
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().expect("nobody panics while holding the doorway")
    }

    /// The path that lets the first browser in that asks for it; `None` once one did.
    pub(crate) fn start_path(&self) -> Option<String> {
        self.inside().start.as_ref().map(|start| format!("{START}?token={}", start.reveal()))
    }

    /// Looks at a request before anything else does.
    pub(crate) fn admit(&self, request: &Parts) -> Result<Visitor, Refusal> {
        let host = self.host(request)?;
        match request.method {
            Method::GET | Method::HEAD => check_reading(&request.headers)?,
            Method::POST => check_origin(&request.headers, host)?,
            _ => return Err(Refusal::Method),
        }
        if let Some(session) = self.session(&request.headers) {
            return Ok(Visitor::Known(session));
        }
        let path = request.uri.path();
        let is_public = request.method != Method::POST && (path == START || path.starts_with(ASSETS));
        match is_public {
            true => Ok(Visitor::Anybody),
            false if is_foreign(&request.headers) => Err(Refusal::Outside),
            false => Err(Refusal::Stranger),
        }
    }

    /// The header `Host`, which names this desk and nothing else.
    fn host<'r>(&self, request: &'r Parts) -> Result<&'r str, Refusal> {
        let is_own = |host: &str| self.hosts.iter().any(|own| own.eq_ignore_ascii_case(host));
        let host = only(&request.headers, HOST).ok_or(Refusal::Host)?;
        let is_elsewhere = request.uri.authority().is_some_and(|named| !is_own(named.as_str()));
        if is_own(host) && !is_elsewhere { Ok(host) } else { Err(Refusal::Host) }
    }

    fn session(&self, headers: &HeaderMap) -> Option<Session> {
        let session = self.inside().session.clone()?;
        let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut cookies =
            cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let is_known = cookies.any(|(name, value)| name == self.cookie_name && session.cookie.is(value));
        is_known.then_some(session)
    }

    /// Lets a browser in by the token of the start address, which is good once. Returns the header `Set-Cookie`.
    pub(crate) fn start(&self, token: &str) -> Result<String, Refusal> {
        let mut inside = self.inside();
        if !inside.start.as_ref().is_some_and(|start| start.is(token)) {
            return Err(Refusal::Start);
        }
        let secret = || Secret::new().map_err(|_| Refusal::Start);
        let session = Session { cookie: secret()?, form: secret()? };
        let cookie =
            format!("{}={}; Path=/; HttpOnly; SameSite=Strict", self.cookie_name, session.cookie.reveal());
        *inside = Inside { start: None, session: Some(session) };
        Ok(cookie)
    }
}

/// A header that is there once.
fn only(headers: &HeaderMap, name: impl AsHeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

/// Whether a page of another site, or of another port, leads here.
fn is_foreign(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site" || site == "same-site")
}

/// Other pages may lead here, and may not take anything of the desk into themselves.
fn check_reading(headers: &HeaderMap) -> Result<(), Refusal> {
    let is = |name: &str, value: &str| headers.get(name).is_some_and(|found| found == value);
    let is_visit = is("sec-fetch-mode", "navigate") && is("sec-fetch-dest", "document");
    if is_foreign(headers) && !is_visit { Err(Refusal::Origin) } else { Ok(()) }
}

/// Only a page of the desk itself may send a form, and only as forms are sent.
fn check_origin(headers: &HeaderMap, host: &str) -> Result<(), Refusal> {
    let is_own = only(headers, ORIGIN).is_some_and(|origin| origin.strip_prefix("http://") == Some(host));
    let is_foreign = headers.get("sec-fetch-site").is_some_and(|site| site != "same-origin");
    if is_own && !is_foreign { Ok(()) } else { Err(Refusal::Origin) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doorway() -> Doorway {
        Doorway::new("127.0.0.1:8765".parse().unwrap()).unwrap()
    }

    fn request(method: &str, path: &str, headers: &[(&str, &str)]) -> Parts {
        let mut request = hyper::Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    fn cookie(doorway: &Doorway) -> String {
        let path = doorway.start_path().unwrap();
        let cookie = doorway.start(path.split_once('=').unwrap().1).unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }

    #[test]
    fn a_host_that_could_be_another_machine_is_refused() {
        let doorway = doorway();
        let cookie = cookie(&doorway);
        let admitted = |host: &str| {
            doorway.admit(&request("GET", "/", &[("host", host), ("cookie", &cookie)])).map(drop)
        };
        for host in ["127.0.0.1:8765", "localhost:8765", "LOCALHOST:8765", "[::1]:8765"] {
            assert_eq!(admitted(host), Ok(()), "{host}");
        }
        for host in [
            "evil.example:8765",
            "127.0.0.1",
            "localhost:80",
            "127.0.0.1.evil.example:8765",
            "",
            "127.0.0.1:8765@x",
        ] {
            assert_eq!(admitted(host), Err(Refusal::Host), "{host}");
        }
        let twice = [("host", "localhost:8765"), ("host", "evil.example:8765"), ("cookie", cookie.as_str())];
        assert_eq!(doorway.admit(&request("GET", "/", &twice)).map(drop), Err(Refusal::Host));
        let absolute =
            request("GET", "http://evil.example/", &[("host", "localhost:8765"), ("cookie", &cookie)]);
        assert_eq!(doorway.admit(&absolute).map(drop), Err(Refusal::Host));
    }

    #[test]
    fn the_start_token_is_good_once() {
        let doorway = doorway();
        let path = doorway.start_path().unwrap();
        let token = path.split_once('=').unwrap().1;
        assert_eq!(doorway.start(&token[1..]), Err(Refusal::Start));
        assert!(doorway.start(token).unwrap().ends_with("; Path=/; HttpOnly; SameSite=Strict"));
        assert_eq!(doorway.start(token), Err(Refusal::Start));
        assert_eq!(doorway.start(""), Err(Refusal::Start));
        assert_eq!(doorway.start_path(), None);
    }

    #[test]
    fn a_form_is_taken_from_a_page_of_the_desk_alone() {
        let doorway = doorway();
        let cookie = cookie(&doorway);
        let posted = |headers: &[(&str, &str)]| {
            let own = [("host", "localhost:8765"), ("cookie", cookie.as_str())];
            doorway.admit(&request("POST", "/stop", &[&own, headers].concat())).map(drop)
        };
        assert_eq!(posted(&[("origin", "http://localhost:8765")]), Ok(()));
        for origin in [
            "null",
            "http://localhost",
            "http://127.0.0.1:8765",
            "https://localhost:8765",
            "http://evil.example",
        ] {
            assert_eq!(posted(&[("origin", origin)]), Err(Refusal::Origin), "{origin}");
        }
        assert_eq!(posted(&[]), Err(Refusal::Origin));
        let other_port = [("origin", "http://localhost:8765"), ("sec-fetch-site", "same-site")];
        assert_eq!(posted(&other_port), Err(Refusal::Origin));
    }

    #[test]
    fn other_pages_may_lead_here_and_take_nothing() {
        let doorway = doorway();
        let cookie = cookie(&doorway);
        let read = |headers: &[(&str, &str)]| {
            let own = [("host", "localhost:8765"), ("cookie", cookie.as_str())];
            doorway.admit(&request("GET", "/", &[&own, headers].concat())).map(drop)
        };
        let of =
            |site, mode, dest| [("sec-fetch-site", site), ("sec-fetch-mode", mode), ("sec-fetch-dest", dest)];
        assert_eq!(read(&of("none", "navigate", "document")), Ok(()));
        assert_eq!(read(&of("cross-site", "navigate", "document")), Ok(()));
        assert_eq!(read(&of("cross-site", "navigate", "iframe")), Err(Refusal::Origin));
        assert_eq!(read(&of("same-site", "no-cors", "script")), Err(Refusal::Origin));
        assert_eq!(read(&of("cross-site", "cors", "empty")), Err(Refusal::Origin));
    }

    #[test]
    fn secrets_are_never_shown() {
        let doorway = doorway();
        let cookie = cookie(&doorway);
        let shown = format!("{doorway:?} {:?}", doorway.inside().session);
        assert!(!shown.contains(cookie.split_once('=').unwrap().1), "{shown}");
    }
}
