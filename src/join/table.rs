//! A CSV file with a header, as a spreadsheet or a program writes it: byte order mark, semicolons, quotes and all.

use std::fs;
use std::path::Path;

use csv::{ByteRecord, ReaderBuilder};
use sha2::{Digest as _, Sha256};

use crate::error::{Error, Result};
use crate::ingest::{FileIdentity, InputFile};
use crate::quantity::Quantity;

const SEPARATORS: [u8; 3] = *b",;\t";
const BOM: &[u8] = b"\xef\xbb\xbf";

/// A file's cells.
pub struct Table {
    pub file: InputFile,
    /// What stands between cells.
    separator: u8,
    /// Each name once.
    pub columns: Vec<String>,
    pub rows: Vec<Row>,
}

/// One row: a cell for each column.
pub struct Row {
    /// Where it begins; the header is line 1.
    pub line: u64,
    pub cells: Vec<String>,
}

impl Table {
    /// Reads a file; `is_known` tells the names of columns that files of this kind have, and so which separator it is.
    ///
    /// Rows without any text are passed over, and so are columns without a name and any text.
    pub fn read(path: &Path, is_known: impl Fn(&str) -> bool) -> Result<Self> {
        let bytes = fs::read(path).map_err(|source| Error::Unreadable { path: path.to_owned(), source })?;
        let identity = fs::metadata(path).ok().as_ref().and_then(FileIdentity::of);
        let file = InputFile {
            path: path.display().to_string(),
            bytes: bytes.len() as u64,
            sha256: Some(Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect()),
            records: 0,
            identity,
        };
        Self::parse(file, &bytes, is_known)
    }

    fn parse(file: InputFile, bytes: &[u8], is_known: impl Fn(&str) -> bool) -> Result<Self> {
        let text = bytes.strip_prefix(BOM).unwrap_or(bytes);
        let known = |separator: &u8| {
            let header = lines(text, *separator).next().and_then(|line| line.ok());
            header.map_or(0, |(_, cells)| cells.iter().filter(|cell| names(cell, &is_known)).count())
        };
        // Of equals the first one.
        let separator = SEPARATORS.into_iter().rev().max_by_key(known).expect("there are separators");
        let mut table = Self { file, separator, columns: Vec::new(), rows: Vec::new() };
        for line in lines(text, separator) {
            let (line, cells) = line.map_err(|error| table.malformed(&error))?;
            let cells = table.texts(line, &cells)?;
            match table.columns.is_empty() {
                true => table.columns = cells.iter().map(|name| name.trim().to_owned()).collect(),
                false => table.add(line, cells)?,
            }
        }
        table.check_columns()?;
        Ok(table)
    }

    /// Reads a decimal of at most two places, without separators of thousands; its mark may be a comma where commas do
    /// not separate cells.
    pub fn quantity(&self, line: u64, name: &str, cell: &str) -> Result<Quantity> {
        let text = cell.trim();
        let point = match self.separator {
            b',' => text.to_owned(),
            _ => text.replacen(',', ".", 1),
        };
        // One that a third decimal might make a thousand of is nobody's to guess.
        let is_short = point.split_once('.').is_none_or(|(_, decimals)| decimals.len() <= 2);
        let quantity = Quantity::parse(point.as_bytes()).ok().filter(|_| is_short);
        let found = || self.error(line, format!("{name} is {cell:?}"), "a decimal of two places, as 1500.00");
        quantity.ok_or_else(found)
    }

    /// An error in a line.
    pub fn error(&self, line: u64, found: impl Into<String>, expected: impl Into<String>) -> Error {
        Error::BadTable { path: self.file.path.clone(), line, found: found.into(), expected: expected.into() }
    }

    fn add(&mut self, line: u64, cells: Vec<String>) -> Result<()> {
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            return Ok(());
        }
        if cells.len() != self.columns.len() {
            let found = format!("{} cells", cells.len());
            return Err(self.error(line, found, format!("{}, as in the header", self.columns.len())));
        }
        self.rows.push(Row { line, cells });
        Ok(())
    }

    /// Takes away columns of nothing; refuses other columns without a name, and names that stand twice.
    fn check_columns(&mut self) -> Result<()> {
        for column in (0..self.columns.len()).rev() {
            let name = &self.columns[column];
            let is_text = |row: &&Row| !row.cells[column].trim().is_empty();
            let first = self.rows.iter().find(is_text).map(|row| row.line);
            if name.is_empty() && first.is_none() {
                self.columns.remove(column);
                self.rows.iter_mut().for_each(|row| drop(row.cells.remove(column)));
            } else if let Some(line) = first.filter(|_| name.is_empty()) {
                let found = format!("text in column {}, which has no name", column + 1);
                return Err(self.error(line, found, "a name for it in the header"));
            } else if self.columns[..column].contains(name) {
                return Err(self.error(1, format!("two columns {name}"), "each name once"));
            }
        }
        match self.columns.is_empty() {
            true => Err(self.error(1, "no header", "the names of the columns")),
            false => Ok(()),
        }
    }

    fn texts(&self, line: u64, cells: &ByteRecord) -> Result<Vec<String>> {
        let text = |cell: &[u8]| match std::str::from_utf8(cell) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => {
                let found = format!("{:?}, which is not UTF-8", String::from_utf8_lossy(cell));
                Err(self.error(line, found, "UTF-8; of a spreadsheet save it as \"CSV UTF-8\""))
            }
        };
        cells.iter().map(text).collect()
    }

    fn malformed(&self, error: &csv::Error) -> Error {
        let line = error.position().map_or(1, csv::Position::line);
        self.error(line, "no line of a table", "cells between commas, semicolons or tabs")
    }
}

fn names(cell: &[u8], is_known: impl Fn(&str) -> bool) -> bool {
    std::str::from_utf8(cell).is_ok_and(|name| is_known(name.trim()))
}

/// The rows with the lines that they begin in.
fn lines(text: &[u8], separator: u8) -> impl Iterator<Item = Result<(u64, ByteRecord), csv::Error>> {
    let reader =
        ReaderBuilder::new().delimiter(separator).has_headers(false).flexible(true).from_reader(text);
    let (mut line, mut counted) = (1, 0);
    reader.into_byte_records().map(move |record| {
        let record = record?;
        // The reader's own count is one short where lines end in two bytes.
        let end = record.position().map_or(counted, |position| position.byte() as usize);
        let breaks = text[end..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        line += line_ends(&text[counted..end + breaks]);
        counted = end + breaks;
        Ok((line, record))
    })
}

/// How many lines end: in LF, CRLF, or CR alone.
fn line_ends(text: &[u8]) -> u64 {
    let is_end = |at: &usize| match text[*at] {
        b'\n' => true,
        b'\r' => text.get(at + 1) != Some(&b'\n'),
        _ => false,
    };
    (0..text.len()).filter(is_end).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(bytes: &[u8]) -> Result<Table, String> {
        let file = InputFile { path: "a.csv".to_owned(), bytes: 0, sha256: None, records: 0, identity: None };
        Table::parse(file, bytes, |name| name == "key").map_err(|error| error.to_string())
    }

    fn shown(bytes: &[u8]) -> String {
        let table = parsed(bytes).unwrap();
        let rows = table.rows.iter().map(|row| format!("{}: {}", row.line, row.cells.join("|")));
        [table.columns.join("|")].into_iter().chain(rows).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn what_spreadsheets_save_is_read() {
        let expected = "key|note\n2: a|x, \"y\"\n3: b|two\nlines\n5: c|";
        let plain = "key,note\na,\"x, \"\"y\"\"\"\nb,\"two\nlines\"\nc,\n";
        assert_eq!(shown(plain.as_bytes()), expected);
        let excel = "\u{feff}key;note;\r\na;\"x, \"\"y\"\"\";\r\nb;\"two\nlines\";\r\nc;;\r\n;;\r\n";
        assert_eq!(shown(excel.as_bytes()), expected);
        assert_eq!(shown(plain.replace('\n', "\r").as_bytes()), expected.replace("two\nlines", "two\rlines"));
        assert_eq!(shown(b"note\tkey\n1,5\ta"), "note|key\n2: 1,5|a");
    }

    #[test]
    fn what_is_no_table_is_refused_with_its_line() {
        let refused = |bytes: &[u8]| parsed(bytes).err().unwrap();
        assert_eq!(refused(b"key,a\n1,2\n1\n"), "a.csv: line 3: 1 cells; expected 2, as in the header");
        assert_eq!(
            refused(b"key,\n1,2\n"),
            "a.csv: line 2: text in column 2, which has no name; expected a name for it in the header"
        );
        assert_eq!(refused(b"key,key\n"), "a.csv: line 1: two columns key; expected each name once");
        assert_eq!(refused(b""), "a.csv: line 1: no header; expected the names of the columns");
        assert!(refused(b"key,a\n1,\xe4\n").starts_with("a.csv: line 2: \"\u{fffd}\", which is not UTF-8"));
    }
}
