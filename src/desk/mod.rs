//! The month-end in a browser: pages over a book, for one person on this machine.
//!
//! [`Desk`] answers requests; [`connections`](crate::connections) keeps them. The doorway lets one browser in, by a token
//! that is good once. Each page asks one use case and draws what it answers: no figure is computed here, no page needs a
//! script, no file is named that a request names, and only `answer` writes to a book.

mod answer;
mod asked;
mod behind;
mod changes;
mod doorway;
mod download;
mod figures;
mod form;
mod history;
mod looked;
mod months;
mod narrowed;
mod opened;
mod page;
mod parameters;
mod reply;
mod site;
mod table;
mod warnings;

pub use self::asked::{Asked, FiguresAsked};
pub use self::opened::Settings;
pub use self::site::{Desk, Surroundings};
