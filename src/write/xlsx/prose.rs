//! Sheets of words: what was rejected, and what the words mean.

use rust_xlsxwriter::Worksheet;

use super::looks::{self, CellKind, LineKind};
use super::paper;
use super::sheet::{self, HEADER_ROW};
use super::text::shown;
use crate::error::Result;
use crate::fault::Fault;
use crate::ingest::InputFile;
use crate::pack::Pack;
use crate::quantity::Quantity;
use crate::text::grouped;

/// Characters that a line of prose holds.
const PROSE_WIDTH: usize = 119;

/// What the words and figures mean.
pub(super) fn notes(pack: &Pack, name: &str) -> Result<Worksheet> {
    let mut page = sheet::sheet(pack, name, "Notes", "")?;
    page.set_column_width(0, 26)?;
    page.set_column_width(1, PROSE_WIDTH as u32 - 9)?;
    paper::fit(&mut page, sheet::pixels(&[26, PROSE_WIDTH as u32 - 9]), 0)?;
    headings(&mut page, &["Term", "Meaning"])?;
    let mut at = HEADER_ROW + 1;
    let long = "A figure in brown italics has more than 15 significant digits. A spreadsheet cannot hold it as a number, so it is \
                text, digit by digit; sums that would need it are written as figures and not as formulas.";
    let own = [("Figures that are text", long)];
    let notes = pack.notes.iter().map(|note| (note.term.as_str(), note.text.as_str()));
    for (term, text) in notes.chain(own) {
        page.write_string_with_format(at, 0, shown(term), &looks::strong())?;
        at = sheet::write_prose(&mut page, at, 1, &shown(text), PROSE_WIDTH)?;
    }
    Ok(page)
}

/// Records and files that could not be used, each with its place and the reason.
pub(super) fn exceptions(pack: &Pack, name: &str) -> Result<Worksheet> {
    let mut page = sheet::sheet(pack, name, "Exceptions: rejected, and not in any figure", "")?;
    let columns = [
        ("File", 44),
        ("Record", 10),
        ("Byte", 12),
        ("Field", 18),
        ("Found", 36),
        ("Expected", 52),
        ("Reason", 22),
    ];
    headings(&mut page, &columns.map(|(heading, _)| heading))?;
    for (column, (_, width)) in (0..).zip(columns) {
        page.set_column_width(column, width)?;
    }
    paper::fit(&mut page, sheet::pixels(&columns.map(|(_, width)| width)), 1)?;
    let shown = pack.faults.first().len();
    for (at, fault) in (HEADER_ROW + 1..).zip(pack.faults.first()) {
        write_fault(&mut page, at, fault)?;
    }
    let last = HEADER_ROW + shown.max(1) as u32;
    page.autofilter(HEADER_ROW, 0, last, columns.len() as u16 - 1)?;
    let more = pack.faults.count() - shown as u64;
    if more > 0 {
        let more = grouped(more);
        let text = format!("{more} more are in the file of rejected records");
        page.write_string_with_format(last + 1, 0, text, &looks::subtitle())?;
    }
    Ok(page)
}

fn write_fault(page: &mut Worksheet, at: u32, fault: &Fault) -> Result<()> {
    let reason = fault.reason.code().replace('_', " ");
    let texts = [
        (0, fault.file.as_str(), CellKind::Text),
        (3, fault.field.unwrap_or_default(), CellKind::Id),
        (4, &fault.value, CellKind::Text),
        (5, &fault.expected, CellKind::Text),
        (6, &reason, CellKind::Text),
    ];
    for (column, text, kind) in texts {
        // In lines that do not wrap: only the reader's program could tell how high others would be.
        page.write_string_with_format(at, column, shown(text), looks::cell(LineKind::Row, kind))?;
    }
    for (column, number) in [(1, fault.record), (2, fault.offset)] {
        number.map_or(Ok(()), |number| count(page, at, column, number))?;
    }
    Ok(())
}

/// What was read, file by file.
pub(super) fn inputs(pack: &Pack, name: &str) -> Result<Worksheet> {
    let mut page = sheet::sheet(pack, name, "Inputs: the files that were read", "")?;
    headings(&mut page, &INPUT_HEADINGS)?;
    let widths = [60, 16, 14, 70];
    for (column, width) in (0..).zip(widths) {
        page.set_column_width(column, width)?;
    }
    paper::fit(&mut page, sheet::pixels(&widths), 1)?;
    for (at, file) in (HEADER_ROW + 1..).zip(&pack.inputs) {
        write_input(&mut page, at, 0, file)?;
    }
    Ok(page)
}

pub(super) const INPUT_HEADINGS: [&str; 4] = ["File", "Bytes", "Records", "SHA-256"];

/// What stands below a heading.
pub(super) fn kind(heading: &str) -> CellKind {
    match heading {
        "Bytes" | "Records" | "Record" | "Byte" => CellKind::Count,
        "SHA-256" | "Field" => CellKind::Id,
        _ => CellKind::Text,
    }
}

/// A file in four columns.
pub(super) fn write_input(page: &mut Worksheet, at: u32, first: u16, file: &InputFile) -> Result<()> {
    page.write_string_with_format(at, first, shown(&file.path), looks::cell(LineKind::Row, CellKind::Text))?;
    count(page, at, first + 1, file.bytes)?;
    count(page, at, first + 2, file.records)?;
    let sha256 = file.sha256.as_deref().unwrap_or("not taken");
    page.write_string_with_format(at, first + 3, sha256, looks::cell(LineKind::Row, CellKind::Id))?;
    Ok(())
}

pub(super) fn count(page: &mut Worksheet, at: u32, column: u16, count: u64) -> Result<()> {
    let quantity = Quantity::from_hundredths(i128::from(count) * 100);
    sheet::write_figure(page, (at, column), quantity.into(), LineKind::Row, CellKind::Count).map(|_| ())
}

fn headings(page: &mut Worksheet, headings: &[&str]) -> Result<()> {
    for (column, heading) in (0..).zip(headings) {
        page.write_string_with_format(HEADER_ROW, column, *heading, &looks::heading(kind(heading)))?;
    }
    sheet::keep_header(page, HEADER_ROW, 0)
}
