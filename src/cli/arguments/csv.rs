//! What can be typed for csv and tsv.

use clap::{Args, ValueEnum};

/// Who reads csv and tsv.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Output")]
pub struct CsvArguments {
    /// The reader of csv or tsv: a program, or a spreadsheet (byte order mark, no text that runs as a formula)
    /// [default: pipeline]
    #[arg(long, value_name = "PROFILE")]
    pub csv_profile: Option<CsvProfileChoice>,

    /// The separator of csv for a spreadsheet [default: comma]
    #[arg(long, value_name = "SEPARATOR")]
    pub csv_separator: Option<CsvSeparatorChoice>,

    /// The decimal mark of csv or tsv for a spreadsheet [default: point]
    #[arg(long, value_name = "MARK")]
    pub csv_decimal: Option<CsvDecimalChoice>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CsvProfileChoice {
    Pipeline,
    Excel,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CsvSeparatorChoice {
    Comma,
    Semicolon,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CsvDecimalChoice {
    Point,
    Comma,
}
