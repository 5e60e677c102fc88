//! The two seams of a pull: what carries a request to the server, and what time it is.

use std::time::Duration;

use chrono::{DateTime, Utc};

/// Carries one request to the server and brings its answer, or says why not. Never repeats or redirects it.
pub trait Transport: Sync {
    /// Sends one request.
    fn send(&self, request: &Request) -> Result<Response, Failure>;
}

/// The time, the passing of it, and chance: everything in which two runs of a pull could differ.
pub trait Clock: Sync {
    /// The time now.
    fn now(&self) -> DateTime<Utc>;

    /// Waits. A pull asks for short naps, so that it can be stopped in a long pause.
    fn sleep(&self, duration: Duration);

    /// Any number; pauses are scattered by it.
    fn random(&self) -> u64;
}

/// What is asked of a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// The page itself.
    Get,
    /// For the count alone.
    Head,
}

/// One request, without its token.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Request {
    /// Whether the page or its count is asked for.
    pub method: Method,
    /// The whole URL, parameters included.
    pub url: String,
}

/// What the server answered, whatever the status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// The status of HTTP.
    pub status: u16,
    /// `X-Result-Count`.
    pub count: Option<u64>,
    /// `Retry-After`: seconds or a date.
    pub retry_after: Option<String>,
    /// `Date`: the server's clock.
    pub date: Option<DateTime<Utc>>,
    /// `Location`: where a redirect leads. It is not followed.
    pub location: Option<String>,
    /// Decoded, if it came compressed; otherwise byte for byte.
    pub body: Vec<u8>,
}

/// No whole answer came: the connection failed, broke or took too long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Why, in words without secrets.
    pub reason: String,
    /// It is no use to send the request again.
    pub is_lasting: bool,
}

impl Failure {
    /// One that may pass.
    pub fn passing(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), is_lasting: false }
    }
}

impl Request {
    /// A request for a page.
    pub fn get(url: impl Into<String>) -> Self {
        Self { method: Method::Get, url: url.into() }
    }

    /// A request for the count alone.
    pub fn head(url: impl Into<String>) -> Self {
        Self { method: Method::Head, url: url.into() }
    }
}
