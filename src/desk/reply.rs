//! What a page of the desk comes to: a page, a file, or what is wrong.

use axum::body::Body;
use hyper::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION};
use hyper::{Response, StatusCode};
use maud::Markup;

use crate::error::Error;
use crate::write::html::put;

/// What is answered.
#[derive(Debug)]
pub(crate) enum Reply {
    /// A whole page.
    Page(StatusCode, Markup),
    /// A file to keep.
    File { name: String, media_type: &'static str, bytes: Vec<u8> },
    /// Something to look at instead, on this desk.
    Elsewhere(String),
}

/// Why there is no page.
#[derive(Debug)]
pub(crate) enum Problem {
    /// The library cannot answer.
    Library(Error),
    /// There is no such page.
    Nowhere,
    /// The address says what it cannot.
    Address(String),
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self::Library(error)
    }
}

impl Problem {
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Nowhere => StatusCode::NOT_FOUND,
            Self::Address(_) => StatusCode::BAD_REQUEST,
            Self::Library(error) => status_of(error),
        }
    }

    /// What is wrong and what caused it, in a line.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Nowhere => "There is no such page.".to_owned(),
            Self::Address(text) => text.clone(),
            Self::Library(error) => in_words(error),
        }
    }
}

/// What an error is in HTTP.
fn status_of(error: &Error) -> StatusCode {
    match error {
        Error::NoSuchMonth { .. } | Error::NoSuchVersion { .. } | Error::NoSuchDelivery { .. } => {
            StatusCode::NOT_FOUND
        }
        Error::BookLocked { .. } => StatusCode::LOCKED,
        Error::Interrupted => StatusCode::SERVICE_UNAVAILABLE,
        error if error.is_usage() => StatusCode::BAD_REQUEST,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// An error with its causes.
pub(crate) fn in_words(error: &Error) -> String {
    let causes = std::iter::successors(std::error::Error::source(error), |error| error.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

impl Reply {
    pub(crate) fn page(page: Markup) -> Self {
        Self::Page(StatusCode::OK, page)
    }

    /// The same page, which shows what is wrong; nothing may be.
    pub(crate) fn about(self, error: Option<&Error>) -> Self {
        match (self, error) {
            (Self::Page(_, page), Some(error)) => Self::Page(status_of(error), page),
            (reply, _) => reply,
        }
    }

    pub(crate) fn response(self) -> Response<Body> {
        match self {
            Self::Page(status, page) => {
                let mut text = Vec::with_capacity(page.0.len());
                put(&page, &mut text).expect("memory takes what is written to it");
                let mut response = with_type("text/html; charset=utf-8", text);
                *response.status_mut() = status;
                response
            }
            Self::File { name, media_type, bytes } => {
                let place = format!("attachment; filename=\"{}\"", harmless(&name));
                with(with_type(media_type, bytes), CONTENT_DISPOSITION, &place)
            }
            Self::Elsewhere(address) => {
                let mut response = Response::new(Body::empty());
                *response.status_mut() = StatusCode::SEE_OTHER;
                with(response, LOCATION, &address)
            }
        }
    }
}

/// Letters, digits and what file systems take everywhere.
fn harmless(name: &str) -> String {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
    name.chars().map(|character| if is_plain(character) { character } else { '-' }).collect()
}

/// An answer of a type.
pub(crate) fn with_type(media_type: &'static str, bytes: impl Into<Body>) -> Response<Body> {
    let mut response = Response::new(bytes.into());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}

/// Adds a header whose value was made from checked parts.
pub(crate) fn with(mut response: Response<Body>, name: HeaderName, value: &str) -> Response<Body> {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
    response
}
