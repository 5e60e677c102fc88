//! The register of issued documents: a row for each document and currency.
//!
//! ```text
//! version,number,kind,recipient,name,date,due_date,corrects,currency,net,vat,total,file_pdf,sha256_pdf
//! v1,2026-00001,bill,0a1b…,Acme,2026-11-05,2026-12-05,,EUR,100.00,24.00,124.00,2026-00001-acme-0a1b….pdf,9f86…
//! ```

use std::io::Write;

use chrono::NaiveDate;

use crate::amount::Amount;
use crate::bill::DocumentKind;
use crate::error::Result;
use crate::report::Cell;
use crate::write::csv::{CsvOptions, Dialect};

/// The name of the register.
pub(crate) const ISSUED_REGISTER: &str = "register.csv";

/// What a document comes to in one currency.
#[derive(Clone, Debug)]
pub(crate) struct RegisterRow<'a> {
    pub(crate) version: u32,
    pub(crate) number: &'a str,
    pub(crate) kind: DocumentKind,
    pub(crate) recipient: &'a str,
    pub(crate) name: &'a str,
    pub(crate) date: NaiveDate,
    pub(crate) due: Option<NaiveDate>,
    pub(crate) corrects: &'a [String],
    pub(crate) currency: &'a str,
    /// Net, VAT and total.
    pub(crate) amounts: [Amount; 3],
    /// Name and SHA-256 of each file, in the order of the formats; `None` for a format that it was not issued in.
    pub(crate) files: Vec<Option<(&'a str, &'a str)>>,
}

const COLUMNS: [&str; 12] = [
    "version",
    "number",
    "kind",
    "recipient",
    "name",
    "date",
    "due_date",
    "corrects",
    "currency",
    "net",
    "vat",
    "total",
];

/// Writes the register.
pub(crate) fn write_register(
    rows: &[RegisterRow<'_>],
    formats: &[&str],
    options: &CsvOptions,
    out: &mut dyn Write,
) -> Result<()> {
    let dialect = Dialect::new(options)?;
    let mut columns: Vec<String> = COLUMNS.map(str::to_owned).to_vec();
    columns.extend(formats.iter().flat_map(|format| [format!("file_{format}"), format!("sha256_{format}")]));
    dialect.write_named(&columns, out)?;
    for row in rows {
        let (version, date) = (format!("v{}", row.version), row.date.to_string());
        let due = row.due.map(|due| due.to_string()).unwrap_or_default();
        let corrects = row.corrects.join(" ");
        let texts = [
            &*version,
            row.number,
            row.kind.name(),
            row.recipient,
            row.name,
            &date,
            &due,
            &corrects,
            row.currency,
        ];
        let mut cells: Vec<Cell<'_>> = texts.map(Cell::Text).to_vec();
        cells.extend(row.amounts.map(Cell::Amount));
        cells.extend(row.files.iter().flat_map(|file| match file {
            Some((name, sha256)) => [Cell::Text(name), Cell::Text(sha256)],
            None => [Cell::Empty, Cell::Empty],
        }));
        dialect.write_cells(&columns, &cells, out)?;
    }
    Ok(())
}
