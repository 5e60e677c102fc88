//! Tables of the user's own beside the records, as spreadsheets save them.

pub mod attributes;
mod table;

pub use self::attributes::Attributes;
