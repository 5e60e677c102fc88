//! A dump from the portal, byte for byte, and proved whole or called what it is.
//!
//! The list's order has ties, so pages overlap and lose records; what is written meanwhile moves records across
//! pages. A pull slices the list until what it saw is as much as the server counted: by month, then by customer,
//! project, offering, resource and type where a month still lacks records, and in several orders where no filter is
//! left. It knows nothing of threads, sockets and clocks but the two seams in [`transport`].

mod address;
mod contradictions;
mod effort;
mod endpoint;
mod fetch;
mod folder;
#[cfg(feature = "pull")]
mod http;
mod index;
mod ledger;
mod page;
mod progress;
#[cfg(feature = "pull")]
mod redaction;
mod scope;
mod server;
mod share;
mod shares;
mod slice;
mod stop;
pub mod transport;
mod verdict;
mod verify;
mod walk;

use std::fmt;
use std::path::PathBuf;

pub use self::address::PortalAddress;
pub use self::endpoint::Endpoint;
use self::fetch::Fetcher;
#[cfg(feature = "pull")]
pub use self::http::{HttpTransport, SystemClock, read_token};
pub use self::progress::PullProgress;
use self::transport::{Clock, Transport};
pub use self::verdict::{Lacking, Verdict, Wholeness};
pub use self::verify::{PullVerification, verify};
use crate::error::Result;
use crate::files::access::Access;
use crate::ingest::SeenAs;
use crate::period::BillingPeriod;

/// What to pull, and how.
#[derive(Clone, Debug)]
pub struct PullRequest {
    /// The portal to pull from.
    pub portal: PortalAddress,
    /// The folder of the pull; it is made if it is not there.
    pub to: PathBuf,
    /// All there are where none is named.
    pub periods: Vec<BillingPeriod>,
    /// The endpoint's filters by name, and the values that each may have; no two values have a record in common.
    pub filters: Vec<(String, Vec<String>)>,
    /// The lists to pull beside the records, each into a folder of its own.
    pub others: Vec<Endpoint>,
    /// How many requests are under way at a time.
    pub jobs: usize,
    /// How many requests a second are sent at most.
    pub rate: Option<u32>,
    /// A slice of more records is split before it is read: far pages are slow to make, and much may change while
    /// they are made.
    pub direct_max: u64,
    /// Whether an earlier pull in the folder is continued.
    pub is_resumed: bool,
    /// Who can read the folder and its files.
    pub access: Access,
}

/// What [`PullRequest::direct_max`] is in most cases.
pub const DIRECT_MAX: u64 = 100_000;

impl PullRequest {
    /// All records of a portal, asked for one after the other, into a folder that only its owner can read.
    pub fn new(portal: PortalAddress, to: impl Into<PathBuf>) -> Self {
        Self {
            portal,
            to: to.into(),
            periods: Vec::new(),
            filters: Vec::new(),
            others: Vec::new(),
            jobs: 1,
            rate: None,
            direct_max: DIRECT_MAX,
            is_resumed: false,
            access: Access::Private,
        }
    }
}

/// What came of a pull: the records first, then the other lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pulled {
    /// The records first, then the other lists in the order of the request.
    pub lists: Vec<PulledList>,
}

/// What came of a pull of one list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PulledList {
    /// Which list it is.
    pub endpoint: Endpoint,
    /// How sure it is that the folder has all of it.
    pub verdict: Verdict,
    /// How much of the portal the token showed; `None` if the portal does not say.
    pub seen_as: Option<SeenAs>,
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
    let fetcher = Fetcher::new(transport, clock, progress, request.jobs, request.rate);
    let mut scope = None;
    let endpoints = [Endpoint::UserUsages].into_iter().chain(request.others.iter().copied());
    let lists = endpoints.map(|endpoint| walk::walk(request, endpoint, &fetcher, &mut scope, progress));
    Ok(Pulled { lists: lists.collect::<Result<_>>()? })
}

impl Pulled {
    /// Whether all lists are whole, none is empty for want of rights, and none shows a state that never was.
    pub fn is_sound(&self) -> bool {
        self.lists.iter().all(PulledList::is_sound)
    }
}

impl PulledList {
    /// Whether nothing of the list is missing, and what is there can be believed.
    pub fn is_sound(&self) -> bool {
        self.verdict.is_whole() && self.verdict.contradictions.is_empty() && !self.is_empty_for_rights()
    }

    /// Nothing is listed, and whoever sees nothing is no proof that there is nothing.
    pub fn is_empty_for_rights(&self) -> bool {
        self.verdict.records == 0 && self.seen_as != Some(SeenAs::All)
    }
}

/// `whole: 4,500 records, proved`, or what else there is to say.
impl fmt::Display for PulledList {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.verdict.write(f, self.endpoint.noun())?;
        match (self.verdict.is_whole(), self.seen_as) {
            (true, Some(SeenAs::All)) => f.write_str(", proved"),
            (true, _) => f.write_str(", proved for what this token sees"),
            (false, _) => Ok(()),
        }
    }
}
