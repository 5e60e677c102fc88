//! Answers the endpoint's list and retrieve over HTTP, as the portal does, from records that were read once; and those
//! of component usages.
//!
//! [`Site`] says what is answered and knows nothing of connections, which [`connections`](crate::connections) keeps. A
//! request sees one catalogue from its first byte to its last, whatever is put on the [`Shelf`] meanwhile.
//! Nothing here writes to the disk, and no path of a request ever names a file.

mod access;
mod answering;
mod component_usages;
mod cors;
mod links;
mod log;
mod negotiation;
mod openapi;
mod parameters;
mod reply;
mod shelf;
mod site;
mod tokens;

pub use self::answering::{Log, Served};
pub use self::component_usages::ComponentUsageList;
pub use self::links::BaseUrl;
pub use self::shelf::Shelf;
pub use self::site::{Settings, Site};
pub use self::tokens::Tokens;

/// The path of the list of records; each record is below it.
pub const LIST_PATH: &str = "/api/marketplace-component-user-usages/";
/// The path of the list of component usages, if there are any to serve.
pub const COMPONENT_USAGES_PATH: &str = "/api/marketplace-component-usages/";
