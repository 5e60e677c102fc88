//! Tables of the user's own beside the records, as spreadsheets save them.

mod attributes;
mod budget;
mod budgeted;
mod dump;
mod entities;
mod frozen;
mod input;
mod journal;
pub mod mapping;
mod money;
mod rows;

pub use self::attributes::Attributes;
pub use self::budget::Budget;
pub use self::frozen::{AttributeValues, FrozenAttributes, FrozenMonth};
pub use self::input::read_source;
pub use self::journal::Journal;
pub use self::mapping::Mapping;
