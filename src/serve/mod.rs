//! Answers the endpoint's list and retrieve over HTTP, as the portal does, from records that were read once; and those
//! of component usages.
//!
//! [`Site`] says what is answered and knows nothing of connections; [`Server`] keeps the connections and knows nothing
//! of records. A request sees one catalogue from its first byte to its last, whatever is put on the [`Shelf`] meanwhile.
//! Nothing here writes to the disk, and no path of a request ever names a file.

mod access;
mod component_usages;
mod connections;
mod cors;
mod crowd;
mod links;
mod log;
mod negotiation;
mod openapi;
mod parameters;
mod patience;
mod reply;
mod shelf;
mod site;
mod tokens;

pub use self::component_usages::ComponentUsageList;
pub use self::connections::{Limits, Log, Server};
pub use self::links::BaseUrl;
pub use self::shelf::Shelf;
pub use self::site::{Settings, Site};
pub use self::tokens::Tokens;

/// The path of the list of records; each record is below it.
pub const LIST_PATH: &str = "/api/marketplace-component-user-usages/";
/// The path of the list of component usages, if there are any to serve.
pub const COMPONENT_USAGES_PATH: &str = "/api/marketplace-component-usages/";
