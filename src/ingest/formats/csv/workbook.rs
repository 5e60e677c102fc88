//! Workbooks (.xlsx) whose sheets have records as rows under a header of the fields' names.

use super::header::{Header, fields, foreign, unreadable};
use crate::ingest::formats::parquet::raw_text;
use crate::ingest::formats::sniff;
use crate::ingest::records::collector::{Collector, Found, RecordFault};
use crate::ingest::records::folders::Folders;
use crate::ingest::records::raw::{Raw, RawRecord};
use crate::ingest::records::values::bad_usage;
use crate::tabular::numbers::{Fault, plain};
use crate::tabular::workbook::Workbook;
use crate::tabular::{Cell, HEADER_ROWS_MAX, IN_COLUMN, Row, title_above};
use crate::usage::Field;

/// Sheets that every workbook of ours has.
const REPORT_SHEETS: [&str; 4] = ["Cover", "Summary", "By project", "By offering"];

/// Feeds the records of all sheets that have a header of records; other sheets are passed over.
pub(crate) fn read_workbook(bytes: Vec<u8>, collector: &mut Collector) {
    if let Err(fault) = read_sheets(bytes, collector) {
        collector.push_file_fault(fault, String::new());
    }
}

fn read_sheets(bytes: Vec<u8>, collector: &mut Collector) -> Result<(), RecordFault> {
    let mut workbook = Workbook::open(bytes).map_err(unreadable)?;
    let sheets = workbook.sheets();
    if REPORT_SHEETS.iter().all(|name| sheets.iter().any(|sheet| sheet == name)) {
        return Err(sniff::report());
    }
    let mut has_records = false;
    for sheet in &sheets {
        collector.begin_sheet(sheet);
        let mut header = None;
        let mut refused = None;
        // The rows before a header, by their lines, how many fields they name, and what they say.
        let mut above: Vec<(u64, usize, Vec<String>)> = Vec::new();
        let read = workbook.rows(sheet, |row| {
            if let Some(header) = &header {
                Header::push_row(header, &row, collector);
                return true;
            }
            let names = row.texts();
            above.push((row.line, fields(&names).iter().flatten().count(), names));
            let lines = above.iter().map(|(line, fields, _)| (*line, *fields));
            refused = title_above(lines, || above[0].2.clone()).map(unreadable);
            if refused.is_none() && above.len() == 1 {
                match Header::of_row(&row, collector.folders()) {
                    Ok(found) => header = found,
                    Err(fault) => refused = Some(fault),
                }
            }
            refused.is_none() && above.len() < HEADER_ROWS_MAX
        });
        read.map_err(unreadable)?;
        if let Some(fault) = refused {
            return Err(RecordFault { value: format!("the sheet {sheet:?} with {}", fault.value), ..fault });
        }
        if let Some(header) = header {
            has_records = true;
            header.unknown_columns().iter().for_each(|column| collector.note_unknown_field(column));
            collector.respelled_columns.extend(header.respelled_columns().iter().cloned());
        }
    }
    match has_records {
        true => Ok(()),
        false => Err(foreign("a workbook without a sheet of records".to_owned())),
    }
}

impl Header {
    /// The header in a row; none in a row that names no field.
    fn of_row(row: &Row, folders: &Folders) -> Result<Option<Self>, RecordFault> {
        let names = row.texts();
        match fields(&names).iter().any(Option::is_some) {
            true => Self::of(&names, 0, folders).map(Some),
            false => Ok(None),
        }
    }

    fn push_row(&self, row: &Row, collector: &mut Collector) {
        let mut values = RawRecord::default();
        let empty = Cell::default();
        let place = |(at, cell): (usize, &Cell)| match cell.is_failed() {
            true => format!("{} in cell {}", &**cell, row.place(at)),
            false => String::new(),
        };
        let failed: Vec<String> = row.cells.iter().enumerate().map(place).collect();
        for (at, column) in self.columns.iter().enumerate() {
            let Some(column) = column else { continue };
            let cell = row.cells.get(at).unwrap_or(&empty);
            let value = match cell.number() {
                _ if cell.is_failed() => Raw::Failed(failed[at].as_bytes()),
                Some(number) if column.field == Field::Usage => Raw::Cell(number.as_bytes()),
                Some(number) if cell.is_number() => Raw::Number(number.as_bytes()),
                _ => column.value(cell.as_bytes()),
            };
            values.set(column.field, value);
        }
        let usage = match values.get(Field::Usage) {
            Raw::Cell(text) => String::from_utf8_lossy(text).into_owned(),
            _ => String::new(),
        };
        // A workbook's own numbers have a point; texts have to show what they have.
        let written = match row.cells.iter().zip(&self.columns).any(|(cell, column)| {
            cell.number().is_some() && column.is_some_and(|column| column.field == Field::Usage)
        }) {
            true => Err(Fault::NotANumber),
            false => plain(&usage, None),
        };
        let found = |values: &RawRecord| Found { raw: raw_text(values), line: Some(row.line) };
        match &written {
            Err(fault @ (Fault::Ambiguous | Fault::OtherMark)) => {
                collector.push_fault(bad_usage(&usage, *fault, None, IN_COLUMN), None, found(&values));
            }
            Ok(plain) => {
                values.set(Field::Usage, Raw::Cell(plain.as_bytes()));
                collector.push(&values, None, || found(&values));
            }
            Err(Fault::NotANumber) => collector.push(&values, None, || found(&values)),
        }
    }
}
