//! Why a pull stops before its end.

use thiserror::Error;

use crate::error;

/// What keeps a pull from going on. What was read stays.
#[derive(Debug, Error)]
pub(crate) enum Stop {
    #[error("the server refused the token ({}); renew it", said(*.status, .detail))]
    TokenRefused { status: u16, detail: String },

    #[error("the server refused a request ({})", said(*.status, .detail))]
    Refused { status: u16, detail: String },

    #[error(
        "the server redirects to {location}; nothing is sent there: pull from that address if it is right"
    )]
    Redirected { location: String },

    #[error("the server redirects (status {status}) without saying where; check the address of the portal")]
    RedirectedNowhere { status: u16 },

    #[error("no answer after {attempts} attempts; the last one gave {reason}")]
    NoAnswer { attempts: u32, reason: String },

    #[error("there is no list at {path}; give the address of the portal itself")]
    NotTheEndpoint { path: &'static str },

    #[error(
        "asked for a {filter} that no record has, the server counts records: it does not know that filter, or its counts are wrong"
    )]
    UnknownFilter { filter: String },

    #[error("the server gave a record that {query} does not ask for")]
    WrongRecord { query: String },

    #[error("{reason}")]
    Unusable { reason: String },

    #[error("gave up after {requests} requests that brought no new record")]
    NothingNew { requests: u64 },

    /// Records of a share were deleted while it was read: it is read anew, and nobody ever sees this.
    #[error("the server deleted records while they were read")]
    Shrunk,

    #[error("interrupted")]
    Interrupted,

    #[error("{0}")]
    Failed(#[from] error::Error),
}

/// The status, and what the body says where there is one.
fn said(status: u16, detail: &str) -> String {
    format!("{status} {detail}").trim_end().to_owned()
}
