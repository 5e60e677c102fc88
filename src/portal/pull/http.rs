//! Requests over HTTP and TLS, and the machine's clock. The token leaves in one header and goes nowhere else.

use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::path::Path;
use std::thread;
use std::time::Duration;

use chrono::{DateTime, Utc};
use ureq::http::HeaderMap;
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Proxy};

use super::transport::{Clock, Failure, Method, Request, Response, Transport};
use crate::error::{Error, Result};

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
    /// `Token …`, where there is one.
    authorization: Option<String>,
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl HttpTransport {
    /// `address` says by its scheme which of the environment's proxies is used. `ca_file` names the only
    /// certificates (PEM) that are trusted; without it, those of Mozilla are.
    pub fn new(address: &str, token: Option<&str>, ca_file: Option<&Path>) -> Result<Self> {
        let mut tls = TlsConfig::builder();
        if let Some(path) = ca_file {
            tls = tls.root_certs(certificates(path)?);
        }
        let config = Agent::config_builder()
            .http_status_as_error(false)
            // A redirect could lead to another host, and the token with it.
            .max_redirects(0)
            .tls_config(tls.build())
            .proxy(proxy(address)?)
            .user_agent(concat!("usagebook/", env!("CARGO_PKG_VERSION")))
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .timeout_recv_response(Some(RESPONSE_TIMEOUT))
            .timeout_per_read(Some(READ_TIMEOUT))
            .timeout_per_call(Some(REQUEST_TIMEOUT))
            .build();
        let authorization = token.map(|token| format!("Token {token}"));
        Ok(Self { agent: config.new_agent(), authorization })
    }
}

impl Transport for HttpTransport {
    fn send(&self, request: &Request) -> Result<Response, Failure> {
        let mut builder = match request.method {
            Method::Get => self.agent.get(&request.url),
            Method::Head => self.agent.head(&request.url),
        };
        builder = builder.header("Accept", "application/json");
        if request.method == Method::Head {
            builder = builder.header("Accept-Encoding", "identity");
        }
        if let Some(authorization) = &self.authorization {
            builder = builder.header("Authorization", authorization);
        }
        let mut response = builder.call().map_err(|error| failure(&error))?;
        let headers = response.headers();
        let text = |name| text(headers, name);
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
        Ok(answer)
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
    let (text, what, need) = match file {
        Some(path) => {
            let text = fs::read_to_string(path)
                .map_err(|source| Error::Unreadable { path: path.to_owned(), source })?;
            (text, "--token-file", "a file that holds one word, the token")
        }
        None => match std::env::var("WALDUR_TOKEN") {
            Ok(text) => (text, "WALDUR_TOKEN", "one word, the token"),
            Err(_) => return Ok(None),
        },
    };
    let token = text.trim();
    match token.bytes().all(|byte| byte.is_ascii_graphic()) && (file.is_none() || !token.is_empty()) {
        true => Ok(Some(token.to_owned()).filter(|token| !token.is_empty())),
        false => Err(Error::Incompatible { what, need }),
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
        true => Err(Error::Incompatible { what: "--ca-file", need: "a file of certificates in PEM" }),
        false => Ok(certificates.into()),
    }
}

/// The proxy that the environment names for an address, as other programs read it.
fn proxy(address: &str) -> Result<Option<Proxy>> {
    let names: &[&str] = match address.starts_with("https:") {
        true => &["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"],
        // In capitals a web server could be made to set it, by a header "Proxy".
        false => &["http_proxy", "all_proxy", "ALL_PROXY"],
    };
    let variable = |name: &&str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
    let Some((name, value)) = names.iter().find_map(|name| Some((*name, variable(name)?))) else {
        return Ok(None);
    };
    let wrong =
        || Error::Incompatible { what: named(name), need: "the address of a proxy, as http://proxy:3128" };
    let proxy = Proxy::new(&value).map_err(|_| wrong())?;
    let mut builder = Proxy::builder(proxy.protocol()).host(proxy.host()).port(proxy.port());
    if let Some(username) = proxy.username() {
        builder = builder.username(username);
    }
    if let Some(password) = proxy.password() {
        builder = builder.password(password);
    }
    let exceptions = ["no_proxy", "NO_PROXY"].iter().find_map(variable).unwrap_or_default();
    for exception in exceptions.split(',').map(str::trim).filter(|exception| !exception.is_empty()) {
        builder = builder.no_proxy(exception);
    }
    builder.build().map(Some).map_err(|_| wrong())
}

fn named(variable: &str) -> &'static str {
    match variable.to_ascii_lowercase().as_str() {
        "https_proxy" => "$HTTPS_PROXY",
        "http_proxy" => "$http_proxy",
        _ => "$ALL_PROXY",
    }
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

/// `Mon, 23 Nov 2026 16:07:52 GMT`
fn http_date(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc2822(text).ok().map(|date| date.with_timezone(&Utc))
}

fn failure(error: &ureq::Error) -> Failure {
    Failure { reason: error.to_string() }
}
