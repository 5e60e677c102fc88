//! Who may ask: a good token where tokens are kept, a name of this machine where none are.

use hyper::HeaderMap;
use hyper::header::{AUTHORIZATION, HOST};

use super::reply::Refusal;
use super::tokens::Tokens;
use crate::connections::is_local;

/// How a token may be sent: as a login token, and as a personal access token.
const SCHEMES: [&[u8]; 2] = [b"Token", b"Bearer"];

/// Reads the header `Authorization: Token …` or `Bearer …` with the server's own words for what is wrong with it.
pub(crate) fn authorize(headers: &HeaderMap, tokens: &Tokens) -> Result<(), Refusal> {
    if tokens.is_empty() {
        return Ok(());
    }
    let given = headers.get(AUTHORIZATION).map(|value| value.as_bytes()).unwrap_or_default();
    let words: Vec<&[u8]> = given.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).collect();
    let refuse = |detail| Err(Refusal::Unauthorized(detail));
    match words[..] {
        [scheme, ..] if !SCHEMES.iter().any(|known| scheme.eq_ignore_ascii_case(known)) => {
            refuse("Authentication credentials were not provided.")
        }
        [] => refuse("Authentication credentials were not provided."),
        [_] => refuse("Invalid token. No credentials provided."),
        [_, token] if !token.is_ascii() => {
            refuse("Invalid token header. Token string should not contain invalid characters.")
        }
        [_, token] if tokens.contains(token) => Ok(()),
        [_, _] => refuse("Invalid token."),
        _ => refuse("Invalid token. Token string should not contain spaces."),
    }
}

/// The host that a request names, checked.
///
/// Without tokens a request must name this machine itself: a page of the web that has its own name lead here would
/// else read what only local programs may.
pub(crate) fn host<'a>(
    headers: &'a HeaderMap,
    is_open: bool,
    known: Option<&str>,
) -> Result<Option<&'a str>, Refusal> {
    let Some(host) = headers.get(HOST) else { return Ok(None) };
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b".-:[]_".contains(byte);
    let host = host.to_str().ok().filter(|host| !host.is_empty() && host.as_bytes().iter().all(is_part));
    let host = host.ok_or(Refusal::BadHost)?;
    match is_open && !is_local(host) && known != Some(host) {
        true => Err(Refusal::BadHost),
        false => Ok(Some(host)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(host: &str) -> bool {
        let headers = HeaderMap::from_iter([(HOST, host.parse().unwrap())]);
        super::host(&headers, true, Some("portal.example.org")).is_ok()
    }

    #[test]
    fn without_tokens_a_request_names_this_machine() {
        for host in [
            "localhost",
            "localhost:8080",
            "127.0.0.1:80",
            "127.8.8.8",
            "[::1]",
            "[::1]:8080",
            "portal.example.org",
        ] {
            assert!(found(host), "{host}");
        }
        for host in [
            "evil.example.org",
            "localhost.evil.org",
            "127.0.0.1.evil.org",
            "10.0.0.1",
            "[::2]",
            "a b",
            "<>",
            "127.0.0.1@x",
        ] {
            assert!(!found(host), "{host}");
        }
    }
}
