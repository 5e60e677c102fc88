//! Answers, and the portal's words for what is refused.

use bytes::Bytes;
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, VARY, WWW_AUTHENTICATE};
use hyper::{Response, StatusCode};
use serde_json::{Value, json};

/// What a path of the endpoint takes.
pub(crate) const METHODS: &str = "GET, HEAD, OPTIONS";

/// Why a request is not done.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// Parameters and what is wrong with each.
    Invalid(Vec<(&'static str, String)>),
    InvalidPage,
    NotFound,
    /// By the portal's name for what there is none of.
    NoSuchRecord(&'static str),
    NotAcceptable,
    Unauthorized(&'static str),
    MethodNotAllowed(String),
    BadHost,
    /// The answer could not be made, and why. The client learns no more than that; the log has the cause.
    Internal(String),
}

impl Refusal {
    /// Keeps the error and its sources for the log.
    pub(crate) fn internal(error: impl std::error::Error) -> Self {
        let sources = std::iter::successors(error.source(), |error| error.source());
        Self::Internal(sources.fold(error.to_string(), |text, source| format!("{text}: {source}")))
    }

    pub(crate) fn response(self) -> Response<Bytes> {
        let (status, detail) = match self {
            Self::Invalid(mistakes) => {
                // Written by hand, for the order of the names is the portal's.
                let mistake = |(name, message): (&str, String)| format!("\"{name}\":{}", json!([message]));
                let mistakes: Vec<String> = mistakes.into_iter().map(mistake).collect();
                return response(StatusCode::BAD_REQUEST, format!("{{{}}}", mistakes.join(",")).into());
            }
            Self::InvalidPage => (StatusCode::NOT_FOUND, "Invalid page.".into()),
            Self::NotFound => (StatusCode::NOT_FOUND, "Not found.".into()),
            Self::NoSuchRecord(model) => {
                (StatusCode::NOT_FOUND, format!("No {model} matches the given query."))
            }
            Self::NotAcceptable => {
                (StatusCode::NOT_ACCEPTABLE, "Could not satisfy the request Accept header.".into())
            }
            Self::Unauthorized(detail) => (StatusCode::UNAUTHORIZED, detail.into()),
            Self::MethodNotAllowed(method) => {
                (StatusCode::METHOD_NOT_ALLOWED, format!("Method \"{method}\" not allowed."))
            }
            Self::BadHost => (StatusCode::BAD_REQUEST, "The Host header does not name this server.".into()),
            Self::Internal(cause) => {
                let detail = json!({ "detail": "The request could not be answered." });
                let mut response = json_response(StatusCode::INTERNAL_SERVER_ERROR, &detail);
                response.extensions_mut().insert(Cause(cause));
                return response;
            }
        };
        let mut response = json_response(status, &json!({ "detail": detail }));
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Token"));
        }
        response
    }
}

/// Why a request could not be answered. It stays in this process: no header or body shows it.
#[derive(Clone, Debug)]
pub(crate) struct Cause(pub String);

pub(crate) fn json_response(status: StatusCode, body: &Value) -> Response<Bytes> {
    response(status, body.to_string().into())
}

/// An answer of JSON with the headers that all of them have.
pub(crate) fn response(status: StatusCode, body: Bytes) -> Response<Bytes> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(VARY, HeaderValue::from_static("Accept, Origin"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    response
}

/// Adds what a path of the endpoint takes.
pub(crate) fn allow(mut response: Response<Bytes>) -> Response<Bytes> {
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(METHODS));
    response
}

/// Adds a header whose value was made from checked parts.
pub(crate) fn with(mut response: Response<Bytes>, name: HeaderName, value: &str) -> Response<Bytes> {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    #[test]
    fn the_cause_of_an_answer_that_could_not_be_made_is_for_the_log_alone() {
        let source = std::io::Error::other("disk on fire");
        let response = Refusal::internal(Error::Output { source }).response();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(response.body(), r#"{"detail":"The request could not be answered."}"#);
        let Cause(cause) = response.extensions().get().expect("a cause");
        assert!(cause.ends_with(": disk on fire"), "{cause}");
    }
}
