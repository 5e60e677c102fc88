//! What a server or the network says, as one clear failure.

use std::error::Error as StdError;

use tonic::{Code, Status};

use crate::cluster::address::Target;
use crate::error::EngineFailure;
use crate::text::visible_line;

/// More of a server's sentence than this helps nobody.
const SENTENCE_MAX: usize = 500;

/// Of how an answer failed, what is to be done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outlook {
    /// The way to the server, or the server for a while: ask again.
    Passing,
    /// The operation never came to the server, or it has forgotten it or its rows.
    Forgotten,
    /// It will say the same again.
    Lasting,
}

pub(super) fn outlook(status: &Status) -> Outlook {
    let says = |part: &&str| status.message().contains(*part);
    // Another call took the stream over: a lost one that the server had not yet noticed.
    let is_taken_over = says(&"INVALID_CURSOR.DISCONNECTED");
    if FORGOTTEN.iter().any(says) {
        Outlook::Forgotten
    } else if status.source().is_some() || status.code() == Code::Unavailable || is_taken_over {
        Outlook::Passing
    } else {
        Outlook::Lasting
    }
}

/// What Spark and Sail say of an operation of which they know nothing, or no more.
const FORGOTTEN: [&str; 4] = [
    "INVALID_HANDLE.OPERATION_NOT_FOUND",
    "INVALID_CURSOR.POSITION_NOT_AVAILABLE",
    "operation not found:",
    "task context not found for operation",
];

/// What they say of a session that is over.
const SESSION_OVER: [&str; 4] = [
    "INVALID_HANDLE.SESSION_CHANGED",
    "INVALID_HANDLE.SESSION_CLOSED",
    "INVALID_HANDLE.SESSION_NOT_FOUND",
    "is not running",
];

/// Of a file that is not there: at once, or when its rows are read. To Sail it is a table without columns.
const PATH_UNSEEN: [&str; 6] = [
    "cannot resolve wildcard",
    "PATH_NOT_FOUND",
    "FAILED_READ_FILE.FILE_NOT_EXIST",
    "FileNotFoundException",
    "No such file or directory",
    "No files found",
];

/// Of a function or a kind of statement.
const LACKING: [&str; 7] = [
    "UNRESOLVED_ROUTINE",
    "UNSUPPORTED_",
    "FEATURE_NOT_",
    "NOT_SUPPORTED",
    "unknown function",
    "not supported",
    "not implemented",
];

/// Says what is wrong, in words without secrets.
pub(super) struct Speaker {
    secrets: Vec<String>,
    has_token: bool,
}

impl Speaker {
    pub(super) fn new(target: &Target) -> Self {
        let values = target.headers.iter().map(|(_, value)| value.clone());
        let secrets = target.token.iter().cloned().chain(values).filter(|secret| !secret.is_empty());
        Self { secrets: secrets.collect(), has_token: target.token.is_some() }
    }

    /// Of an answer that will not get better.
    pub(super) fn failure(&self, status: &Status) -> EngineFailure {
        let sentence = self.sentence(status);
        let says = |parts: &[&str]| parts.iter().any(|part| status.message().contains(*part));
        match status.code() {
            Code::Unauthenticated if self.has_token => EngineFailure::TokenRefused { sentence },
            Code::Unauthenticated => EngineFailure::TokenMissing { sentence },
            Code::Unimplemented => EngineFailure::Lacking { sentence },
            _ if says(&SESSION_OVER) || says(&FORGOTTEN) => EngineFailure::Lost { reason: sentence },
            _ if says(&PATH_UNSEEN) => EngineFailure::PathUnseen { sentence },
            _ if says(&LACKING) || is_kind_of_plan(status.message()) => EngineFailure::Lacking { sentence },
            _ => EngineFailure::Refused { sentence },
        }
    }

    /// The reason for a failure on the way, or the server's own first line.
    pub(super) fn sentence(&self, status: &Status) -> String {
        match status.source() {
            Some(source) => self.root(source),
            None => self.words(status.message()).unwrap_or_else(|| format!("{:?}", status.code())),
        }
    }

    /// The innermost reason.
    pub(super) fn root(&self, error: &(dyn StdError + 'static)) -> String {
        let mut innermost = error;
        while let Some(source) = innermost.source() {
            innermost = source;
        }
        self.words(&innermost.to_string()).unwrap_or_else(|| "no reason given".to_owned())
    }

    /// The first line with words, harmless on a terminal.
    fn words(&self, text: &str) -> Option<String> {
        let mut line = text.lines().map(str::trim).find(|line| !line.is_empty())?.to_owned();
        for secret in &self.secrets {
            line = line.replace(secret.as_str(), "[redacted]");
        }
        let line = line.trim_end_matches(['.', ';', ':', ' ']);
        let cut = line.char_indices().nth(SENTENCE_MAX).map(|(at, _)| at);
        let shown = visible_line(&line[..cut.unwrap_or(line.len())]);
        Some(if cut.is_some() { format!("{shown}…") } else { shown.into_owned() })
    }
}

/// Sail names a statement that it does not know by the kind of its plan alone.
fn is_kind_of_plan(message: &str) -> bool {
    message.starts_with("PlanNode::")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn speaker() -> Speaker {
        let address: crate::cluster::EngineAddress =
            "sc://localhost/;token=a-token;x-key=a-key".parse().unwrap();
        Speaker::new(&address.target().unwrap())
    }

    fn said(message: &str) -> EngineFailure {
        speaker().failure(&Status::internal(message))
    }

    #[test]
    fn what_spark_and_sail_say_is_told_apart() {
        let sentence = |text: &str| text.to_owned();
        for (message, expected) in [
            (
                "[PATH_NOT_FOUND] Path does not exist: file:/nope/x.parquet. SQLSTATE: 42K03",
                EngineFailure::PathUnseen {
                    sentence: sentence(
                        "[PATH_NOT_FOUND] Path does not exist: file:/nope/x.parquet. SQLSTATE: 42K03",
                    ),
                },
            ),
            ("unknown function: f", EngineFailure::Lacking { sentence: sentence("unknown function: f") }),
            ("PlanNode::CacheTable", EngineFailure::Lacking { sentence: sentence("PlanNode::CacheTable") }),
            (
                "[UNRESOLVED_ROUTINE] Cannot resolve routine `f`. SQLSTATE: 42883; line 1 pos 7",
                EngineFailure::Lacking {
                    sentence: sentence(
                        "[UNRESOLVED_ROUTINE] Cannot resolve routine `f`. SQLSTATE: 42883; line 1 pos 7",
                    ),
                },
            ),
            (
                "invalid argument: session 9a1f866a is not running",
                EngineFailure::Lost { reason: sentence("invalid argument: session 9a1f866a is not running") },
            ),
            (
                "\n[UNRESOLVED_COLUMN] no column. SQLSTATE: 42703; line 1 pos 7;\n'Project ['FROM AS WHERE#13]\n",
                EngineFailure::Refused {
                    sentence: sentence("[UNRESOLVED_COLUMN] no column. SQLSTATE: 42703; line 1 pos 7"),
                },
            ),
        ] {
            assert_eq!(said(message), expected);
        }
    }

    #[test]
    fn a_server_can_neither_act_on_the_terminal_nor_repeat_a_secret() {
        let expected = r"\u{1b}[31m[redacted] and [redacted]\u{9}".to_owned();
        let message = "\u{1b}[31ma-token and a-key\u{9}\u{7}\u{8}";
        let expected = EngineFailure::Refused { sentence: format!(r"{expected}\u{{7}}\u{{8}}") };
        assert_eq!(said(message), expected);
        let EngineFailure::Refused { sentence } = said(&"ä".repeat(100_000)) else { panic!("a refusal") };
        assert_eq!(sentence.chars().count(), SENTENCE_MAX + 1);
        assert_eq!(said(" \n "), EngineFailure::Refused { sentence: "Internal".to_owned() });
    }

    #[test]
    fn a_token_is_refused_or_missing() {
        let status = Status::unauthenticated("Invalid authentication token");
        assert!(matches!(speaker().failure(&status), EngineFailure::TokenRefused { .. }));
        let speaker = Speaker { secrets: Vec::new(), has_token: false };
        assert!(matches!(speaker.failure(&status), EngineFailure::TokenMissing { .. }));
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        let lost = Status::from_error(Box::new(std::io::Error::other("connection reset")));
        assert_eq!(outlook(&lost), Outlook::Passing);
        assert_eq!(outlook(&Status::unavailable("starting")), Outlook::Passing);
        assert_eq!(outlook(&Status::internal("operation not found: 7")), Outlook::Forgotten);
        assert_eq!(outlook(&Status::internal("boom")), Outlook::Lasting);
        assert_eq!(outlook(&Status::unauthenticated("no")), Outlook::Lasting);
    }
}
