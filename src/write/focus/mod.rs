//! Draws data sets of FOCUS. Nothing here computes.

mod csv;
mod parquet;

use std::fmt;
use std::io::Write;

use crate::error::Result;
use crate::price::FocusData;
use crate::report::Report;

/// How a data set of FOCUS can be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FocusFormat {
    /// Text with a header, for programs.
    Csv,
    /// Typed columns.
    Parquet,
}

impl FocusFormat {
    /// In the order in which messages list them.
    pub const ALL: [Self; 2] = [Self::Csv, Self::Parquet];

    /// The word on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "focus-csv",
            Self::Parquet => "focus-parquet",
        }
    }
}

impl fmt::Display for FocusFormat {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Draws rows; Parquet says in its metadata what the report of the same records says of itself.
pub fn write_focus(
    data: &impl FocusData,
    report: &Report,
    format: FocusFormat,
    out: &mut dyn Write,
) -> Result<()> {
    match format {
        FocusFormat::Csv => csv::write(data, out),
        FocusFormat::Parquet => super::put(&parquet::encode(data, report)?, out),
    }?;
    out.flush().map_err(super::refused)
}
