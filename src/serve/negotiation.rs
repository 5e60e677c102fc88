//! In which form a client wants its answer. There is one: JSON.

use hyper::HeaderMap;
use hyper::header::ACCEPT;

use super::parameters::Parameters;
use super::reply::Refusal;

/// Refuses a client that does not take JSON.
///
/// What takes HTML alone gets JSON too: the portal shows such a client a page to browse, and there is none here.
pub(crate) fn check(headers: &HeaderMap, parameters: &Parameters) -> Result<(), Refusal> {
    match parameters.last("format") {
        None | Some("" | "json") => {}
        Some("api") => return Err(Refusal::NotAcceptable),
        Some(_) => return Err(Refusal::NotFound),
    }
    let accepted: Vec<&[u8]> = headers.get_all(ACCEPT).iter().map(|value| value.as_bytes()).collect();
    let ranges = accepted.iter().flat_map(|value| value.split(|byte| *byte == b','));
    let mut kinds =
        ranges.map(|range| range.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii());
    let is_taken = |kind: &[u8]| {
        let takes = |known: &str| kind.eq_ignore_ascii_case(known.as_bytes());
        ["application/json", "application/*", "*/*", "text/html", "text/*", ""].into_iter().any(takes)
    };
    match accepted.is_empty() || kinds.any(is_taken) {
        true => Ok(()),
        false => Err(Refusal::NotAcceptable),
    }
}
