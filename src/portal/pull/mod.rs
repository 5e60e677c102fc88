//! A dump from the portal, byte for byte, and proved whole or called what it is.
//!
//! The list's order has ties, so pages overlap and lose records; what is written meanwhile moves records across
//! pages. A pull slices the list until what it saw is as much as the server counted: by month, then by customer,
//! project, offering, resource and type where a month still lacks records, and in several orders where no filter is
//! left. It knows nothing of threads, sockets and clocks but the two seams in [`transport`].

mod endpoint;
mod fetch;
mod folder;
mod http;
mod index;
mod ledger;
mod page;
mod progress;
mod server;
mod share;
mod shares;
mod slice;
mod stop;
pub mod transport;
mod verdict;
mod walk;

use std::path::PathBuf;

use self::endpoint::Endpoint;
pub use self::folder::PARENTS;
pub use self::http::{HttpTransport, SystemClock, read_token};
pub use self::progress::PullProgress;
use self::transport::{Clock, Transport};
pub use self::verdict::{Lacking, Verdict, Wholeness};
use crate::error::{Error, Result};
use crate::period::BillingPeriod;

/// What to pull, and how.
#[derive(Clone, Debug)]
pub struct PullRequest {
    /// The portal's address, with or without `/api/` or the list behind it.
    pub url: String,
    pub to: PathBuf,
    /// All there are where none is named.
    pub periods: Vec<BillingPeriod>,
    /// The endpoint's filters by name, and the values that each may have; no two values have a record in common.
    pub filters: Vec<(String, Vec<String>)>,
    /// Pulls the component usages, too, into [`PARENTS`].
    pub parents: bool,
    /// How many requests are under way at a time.
    pub jobs: usize,
    /// How many requests a second are sent at most.
    pub rate: Option<u32>,
    /// A slice of more records is split before it is read: far pages are slow to make, and much may change while
    /// they are made.
    pub direct_max: u64,
    pub is_resumed: bool,
}

/// What to set [`PullRequest::direct_max`] to.
pub const DIRECT_MAX: u64 = 100_000;

/// What came of a pull.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pulled {
    pub records: Verdict,
    /// Where they were asked for.
    pub parents: Option<Verdict>,
}

/// Pulls, and says how sure it is.
///
/// # Errors
/// Nothing was pulled, or the disk said no, or it was interrupted. That records are missing is no error, but a
/// [verdict](Verdict).
pub fn pull(
    request: &PullRequest,
    transport: &dyn Transport,
    clock: &dyn Clock,
    progress: &PullProgress,
) -> Result<Pulled> {
    let records = walk::walk(request, Endpoint::UserUsages, &request.to, transport, clock, progress)?;
    let parents = match request.parents {
        true => {
            let to = request.to.join(PARENTS);
            Some(walk::walk(request, Endpoint::ComponentUsages, &to, transport, clock, progress)?)
        }
        false => None,
    };
    Ok(Pulled { records, parents })
}

impl Pulled {
    pub fn is_whole(&self) -> bool {
        self.records.is_whole() && self.parents.as_ref().is_none_or(Verdict::is_whole)
    }
}

impl PullRequest {
    /// Scheme and host: what stands before `/api/`.
    ///
    /// # Errors
    /// What is no address of a web server. It is not repeated, because it may hold a password.
    pub fn address(&self) -> Result<String> {
        let mut address = self.url.trim().trim_end_matches('/');
        for end in ["/marketplace-component-user-usages", "/api"] {
            address = address.strip_suffix(end).unwrap_or(address);
        }
        let rest = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"));
        let is_text = |character: char| character.is_ascii_graphic() && !matches!(character, '?' | '#' | '@');
        match rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/') && rest.chars().all(is_text))
        {
            true => Ok(address.to_owned()),
            false => Err(Error::Incompatible {
                what: "--url",
                need: "an address as https://portal.example.org, without a password or parameters",
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(url: &str) -> Result<String> {
        let request = PullRequest {
            url: url.to_owned(),
            to: PathBuf::new(),
            periods: Vec::new(),
            filters: Vec::new(),
            parents: false,
            jobs: 1,
            rate: None,
            direct_max: DIRECT_MAX,
            is_resumed: false,
        };
        request.address()
    }

    #[test]
    fn the_address_is_found_however_much_of_the_url_is_given() {
        let urls = [
            "https://p.example.org",
            "https://p.example.org/",
            "https://p.example.org/api/",
            " https://p.example.org/api/marketplace-component-user-usages/",
        ];
        for url in urls {
            assert_eq!(address(url).unwrap(), "https://p.example.org", "{url}");
        }
        assert_eq!(address("http://127.0.0.1:8080/waldur/api").unwrap(), "http://127.0.0.1:8080/waldur");
    }

    #[test]
    fn what_is_no_address_is_refused_and_not_repeated() {
        let urls = [
            "",
            "p.example.org",
            "ftp://p",
            "https://",
            "https:///p",
            "https://p/?key=secret",
            "https://me:secret@p",
        ];
        for url in urls {
            let error = address(url).unwrap_err();
            assert!(error.is_usage() && !error.to_string().contains("secret"), "{url}: {error}");
        }
    }
}
