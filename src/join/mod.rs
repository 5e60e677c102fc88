//! Tables of the user's own beside the records, as spreadsheets save them.

pub mod attributes;
pub mod budget;
mod budgeted;
mod entities;
mod rows;
mod table;

pub use self::attributes::Attributes;
pub use self::budget::Budget;
