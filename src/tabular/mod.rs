//! Small tables as spreadsheets and programs save them: text between separators, and workbooks. Also what larger
//! tables share with them: encodings, cells, headers, line numbers and the ways of writing a number.
//!
//! Knows no field of any table, and opens no file.

pub(crate) mod cells;
pub(crate) mod days;
pub(crate) mod encoding;
pub(crate) mod escapes;
pub(crate) mod failed;
pub(crate) mod foreign;
pub(crate) mod header;
pub(crate) mod lines;
mod locale;
pub(crate) mod magic;
pub(crate) mod numbers;
pub(crate) mod preamble;
mod table;
pub(crate) mod text;
pub(crate) mod workbook;

pub use self::locale::Locale;
pub(crate) use self::locale::Writing;
pub use self::table::Problem;
pub(crate) use self::table::{
    Cell, DOUBLE_QUOTES, HEADER_ROWS_MAX, IN_COLUMN, Row, SINGLE_QUOTES, Table, expected_number,
    has_single_quoted_cell, has_single_quotes, title_above,
};
pub use self::text::utf8;
