//! Requests over HTTP and TLS, and the machine's clock. The token leaves in one header and goes nowhere else.
//!
//! The portal's login tokens travel as `Token …`, personal access tokens as `Bearer …`, and nothing in a token tells
//! which it is. So the first request says `Token`; if the portal refuses it (401), it is sent once more with `Bearer`.
//! Whatever is answered first without a 401 holds for the rest. Both go to the host of `--url` alone: redirects are
//! not followed.

use std::ffi::OsString;
use std::hash::{BuildHasher, RandomState};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;
use std::{fmt, fs};

use chrono::{DateTime, Utc};
use ureq::http::HeaderMap;
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Proxy};

use super::address::PortalAddress;
use super::redaction::Secrets;
use super::transport::{Clock, Failure, Method, Request, Response, Transport};
use crate::error::{Error, Result};
use crate::ingest::read_plain_file;

/// A page of 300 records has some 300 kB.
const BODY_MAX: u64 = 256 << 20;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

/// A far page of a large list takes a server long to begin with.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(180);

/// Longest silence in the middle of an answer.
const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// However slowly the bytes drip.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(300);

/// A client of one server that keeps its connections open.
pub struct HttpTransport {
    agent: Agent,
    token: Option<String>,
    /// The place in [`SCHEMES`] of the one to use, and whether the portal took it.
    scheme: AtomicUsize,
    is_settled: AtomicBool,
    secrets: Secrets,
}

/// Shows neither the token nor the agent, which knows the password of a proxy.
impl fmt::Debug for HttpTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpTransport").field("has_token", &self.token.is_some()).finish_non_exhaustive()
    }
}

/// How a token may be sent.
const SCHEMES: [&str; 2] = ["Token", "Bearer"];

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl HttpTransport {
    /// `portal` says by its scheme which of the environment's proxies is used. `ca_file` names the only
    /// certificates (PEM) that are trusted; without it, those of Mozilla are.
    pub fn new(portal: &PortalAddress, token: Option<&str>, ca_file: Option<&Path>) -> Result<Self> {
        let mut secrets = Secrets::default();
        token.into_iter().for_each(|token| secrets.add(token));
        let proxy = proxy(portal.as_str())?;
        proxy.iter().filter_map(Proxy::password).for_each(|password| secrets.add(password));
        let mut tls = TlsConfig::builder();
        if let Some(path) = ca_file {
            tls = tls.root_certs(certificates(path)?);
        }
        let config = Agent::config_builder()
            .http_status_as_error(false)
            // A redirect could lead to another host, and the token with it.
            .max_redirects(0)
            .tls_config(tls.build())
            .proxy(proxy)
            .user_agent(concat!("usagebook/", env!("CARGO_PKG_VERSION")))
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .timeout_recv_response(Some(RESPONSE_TIMEOUT))
            .timeout_per_read(Some(READ_TIMEOUT))
            .timeout_per_call(Some(REQUEST_TIMEOUT))
            .build();
        Ok(Self {
            agent: config.new_agent(),
            token: token.map(str::to_owned),
            scheme: AtomicUsize::new(0),
            is_settled: AtomicBool::new(false),
            secrets,
        })
    }

    /// Sends a request with the token in one of the schemes.
    fn send_as(&self, scheme: usize, request: &Request) -> Result<Response, Failure> {
        let failure = |error: &ureq::Error| Failure::passing(self.secrets.redact(&cause(error)));
        let mut builder = match request.method {
            Method::Get => self.agent.get(&request.url),
            Method::Head => self.agent.head(&request.url),
        };
        builder = builder.header("Accept", "application/json");
        if request.method == Method::Head {
            builder = builder.header("Accept-Encoding", "identity");
        }
        if let Some(token) = &self.token {
            builder = builder.header("Authorization", format!("{} {token}", SCHEMES[scheme]));
        }
        let mut response = builder.call().map_err(|error| failure(&error))?;
        let headers = response.headers();
        let text = |name| text(headers, name).map(|text| self.secrets.redact(&text));
        let mut answer = Response {
            status: response.status().as_u16(),
            count: text("X-Result-Count").and_then(|count| count.trim().parse().ok()),
            retry_after: text("Retry-After"),
            date: text("Date").and_then(|date| http_date(&date)),
            location: text("Location"),
            body: Vec::new(),
        };
        let body = response.body_mut().with_config().limit(BODY_MAX).read_to_vec();
        answer.body = match request.method {
            Method::Get => body.map_err(|error| failure(&error))?,
            // Some servers say that nothing is compressed by gzip, which nothing is not.
            Method::Head => Vec::new(),
        };
        if answer.status != 200 {
            answer.body = self.secrets.redact_bytes(&answer.body);
        } else if self.secrets.are_certainly_in(&answer.body) {
            return Err(Failure {
                reason: "the server repeats the token in its answers; nothing of such an answer is kept"
                    .to_owned(),
                is_lasting: true,
            });
        }
        Ok(answer)
    }
}

impl Transport for HttpTransport {
    fn send(&self, request: &Request) -> Result<Response, Failure> {
        let scheme = self.scheme.load(Ordering::Relaxed);
        let response = self.send_as(scheme, request)?;
        if self.token.is_none() || self.is_settled.load(Ordering::Relaxed) {
            return Ok(response);
        }
        if response.status != 401 {
            self.is_settled.store(true, Ordering::Relaxed);
            return Ok(response);
        }
        let other = self.send_as(1, request)?;
        if other.status == 401 {
            return Ok(response);
        }
        self.scheme.store(1, Ordering::Relaxed);
        self.is_settled.store(true, Ordering::Relaxed);
        Ok(other)
    }
}

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    fn sleep(&self, duration: Duration) {
        thread::sleep(duration);
    }

    fn random(&self) -> u64 {
        // Every state of the standard hasher begins with random keys.
        RandomState::new().hash_one(0)
    }
}

/// The token: the only word of a file, or of the environment's `WALDUR_TOKEN`.
///
/// # Errors
/// What can be no token. It is not repeated, because it may be a secret of another kind.
pub fn read_token(file: Option<&Path>) -> Result<Option<String>> {
    let unusable = |expected| match file {
        Some(path) => Error::UnusableFile { path: path.to_owned(), expected },
        None => Error::UnusableVariable { name: "WALDUR_TOKEN", expected },
    };
    let text = match file {
        Some(path) => String::from_utf8_lossy(&read_plain_file(path)?).into_owned(),
        None => match std::env::var("WALDUR_TOKEN") {
            Ok(text) => text,
            Err(_) => return Ok(None),
        },
    };
    let token = text.trim();
    match token.bytes().all(|byte| byte.is_ascii_graphic()) && (file.is_none() || !token.is_empty()) {
        true => Ok(Some(token.to_owned()).filter(|token| !token.is_empty())),
        false => Err(unusable("one word, the token")),
    }
}

fn certificates(path: &Path) -> Result<RootCerts> {
    let pem = fs::read(path).map_err(|source| Error::Unreadable { path: path.to_owned(), source })?;
    let mut certificates = Vec::new();
    for item in parse_pem(&pem) {
        if let Ok(PemItem::Certificate(certificate)) = item {
            certificates.push(certificate);
        }
    }
    match certificates.is_empty() {
        true => Err(Error::UnusableFile { path: path.to_owned(), expected: "certificates in PEM" }),
        false => Ok(certificates.into()),
    }
}

/// The proxy that the environment names for an address, as other programs read it.
fn proxy(address: &str) -> Result<Option<Proxy>> {
    proxy_of(address, |name| std::env::var_os(name))
}

fn proxy_of(address: &str, variable: impl Fn(&str) -> Option<OsString>) -> Result<Option<Proxy>> {
    let names: &[&str] = match address.starts_with("https:") {
        true => &["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"],
        // In capitals a web server could be made to set it, by a header "Proxy".
        false => &["http_proxy", "all_proxy", "ALL_PROXY"],
    };
    let variable = |name: &&str| {
        let value = variable(name)?.to_string_lossy().trim().to_owned();
        (!value.is_empty()).then_some(value)
    };
    let Some((name, value)) = names.iter().find_map(|name| Some((*name, variable(name)?))) else {
        return Ok(None);
    };
    let exceptions = ["no_proxy", "NO_PROXY"].iter().find_map(variable).unwrap_or_default();
    if is_excepted(address, &exceptions) {
        return Ok(None);
    }
    let is_text = value.bytes().all(|byte| byte.is_ascii_graphic());
    let proxy = Proxy::new(&value).ok().filter(|_| is_text);
    let expected = "the address of a proxy, as http://proxy:3128 or socks5://proxy:1080";
    proxy.map(Some).ok_or(Error::UnusableVariable { name: named(name), expected })
}

/// Whether a list of hosts, `portal.example.org,.internal,*`, has the one of an address.
fn is_excepted(address: &str, exceptions: &str) -> bool {
    let authority = address.split("://").nth(1).unwrap_or(address).split('/').next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    let host = host.to_ascii_lowercase();
    exceptions.split([',', ' ']).map(str::trim).filter(|exception| !exception.is_empty()).any(|exception| {
        let exception = exception.to_ascii_lowercase();
        if exception == "*" {
            return true;
        }
        let exception = exception.trim_start_matches('*').trim_matches(['[', ']']);
        let exception = if exception.matches(':').count() == 1 {
            exception.split(':').next().unwrap_or_default()
        } else {
            exception
        };
        let domain = exception.trim_start_matches('.');
        !domain.is_empty()
            && (host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.')))
    })
}

fn named(variable: &str) -> &'static str {
    match variable.to_ascii_lowercase().as_str() {
        "https_proxy" => "$HTTPS_PROXY",
        "http_proxy" => "$http_proxy",
        _ => "$ALL_PROXY",
    }
}

/// What went wrong, as somebody who looks after the server needs it.
fn cause(error: &ureq::Error) -> String {
    match error.to_string() {
        text if text.ends_with("invalid header value") => {
            "an answer that is not valid HTTP: a header, for instance Location, has a control character"
                .to_owned()
        }
        text => text,
    }
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// `Mon, 23 Nov 2026 16:07:52 GMT`
fn http_date(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc2822(text).ok().map(|date| date.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy_with(address: &str, variables: &[(&str, &str)]) -> Result<Option<Proxy>> {
        proxy_of(address, |name| {
            variables.iter().find(|(variable, _)| *variable == name).map(|(_, value)| OsString::from(value))
        })
    }

    #[test]
    fn a_transport_shows_no_token() {
        let portal = "https://portal.example.org".parse().unwrap();
        let transport = HttpTransport::new(&portal, Some("a-token-of-some-length"), None).unwrap();
        assert_eq!(format!("{transport:?}"), "HttpTransport { has_token: true, .. }");
    }

    #[test]
    fn the_environment_names_a_proxy_of_any_kind() {
        for value in [
            "http://proxy:3128",
            "proxy:3128",
            "socks5://u:p@proxy:1080",
            "socks4a://proxy",
            "SOCKS5://proxy",
        ] {
            let proxy = proxy_with("https://portal.example.org", &[("ALL_PROXY", value)]);
            assert!(matches!(proxy, Ok(Some(_))), "{value}: {proxy:?}");
        }
    }

    #[test]
    fn what_is_no_proxy_is_refused_with_its_variable_unless_the_host_is_excepted() {
        let hostile = [
            "ftp://proxy",
            "://",
            "http://",
            "http://a b",
            "socks5://",
            "http://[::1",
            "h\u{1f600}ttp://é",
            "a\nb",
            "http://proxy:99999",
            "%",
            "@",
            "socks5://u:%ff@",
        ];
        for value in hostile {
            for name in ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
                let refused = proxy_with("https://portal.example.org/api", &[(name, value)]);
                let text = refused.err().map(|error| error.to_string());
                if let Some(text) = text {
                    assert!(
                        text.to_lowercase().contains("_proxy") && text.contains("http://proxy:3128"),
                        "{text}"
                    );
                }
                let excepted = [(name, value), ("NO_PROXY", "x, PORTAL.example.org")];
                assert!(
                    matches!(proxy_with("https://portal.example.org/api", &excepted), Ok(None)),
                    "{value}"
                );
            }
        }
    }

    #[test]
    fn hosts_are_excepted_as_other_programs_except_them() {
        for exceptions in [
            "*",
            "portal.example.org",
            ".example.org",
            "*.example.org",
            "example.org",
            "a,portal.example.org:443",
            "a portal.example.org",
        ] {
            assert!(is_excepted("https://portal.example.org:443/api", exceptions), "{exceptions}");
        }
        for exceptions in
            ["", ",", "tal.example.org", "portal.example.com", "example", "portal.example.org.evil"]
        {
            assert!(!is_excepted("https://portal.example.org", exceptions), "{exceptions}");
        }
        assert!(is_excepted("http://[::1]:80", "::1") && is_excepted("http://[::1]:80", "[::1]"));
        assert!(is_excepted("http://127.0.0.1:8080", "127.0.0.1"));
    }
}
