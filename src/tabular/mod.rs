//! Small tables as spreadsheets and programs save them: text between separators, and workbooks. Also what larger
//! tables share with them: encodings, cells, headers, line numbers and the ways of writing a number.
//!
//! Knows no field of any table, and opens no file.

pub mod cells;
pub mod days;
pub mod encoding;
pub mod escapes;
pub mod failed;
pub mod foreign;
pub mod header;
pub mod lines;
pub mod magic;
pub mod numbers;
pub mod preamble;
mod table;
pub mod text;
pub mod workbook;

pub use self::table::{
    Cell, DOUBLE_QUOTES, HEADER_ROWS_MAX, MONTH, Problem, Row, SINGLE_QUOTES, Table, expected_number,
    has_single_quoted_cell, has_single_quotes, title_above,
};
