//! A bill as a workbook: one sheet, to be read and printed on A4.

use std::borrow::Cow;
use std::io::Write;

use chrono::NaiveDate;
use rust_xlsxwriter::{DocProperties, Format, FormatAlign, Workbook, Worksheet};
use unicode_width::UnicodeWidthStr as _;

use super::looks::{self, CellKind, LineKind};
use super::number::{self, Figure};
use super::text;
use crate::amount::Amount;
use crate::bill::{Bill, BillPart, BillSpec};
use crate::error::Result;
use crate::write::bill::words;
use crate::write::{put, refused};

/// The widths of description, quantity, unit, price and amount.
const WIDTHS: [u16; 5] = [38, 14, 14, 29, 16];

const LAST: u16 = WIDTHS.len() as u16 - 1;

const A4: u8 = 9;

/// In points.
const LINE_HEIGHT: u32 = 15;

/// The highest row that there can be has 409 points.
const LINES_MAX: u32 = 27;

/// Draws a bill.
pub(in crate::write) fn write(bill: &Bill, spec: &BillSpec, out: &mut dyn Write) -> Result<()> {
    put(&drawn(bill, spec)?, out)?;
    out.flush().map_err(refused)
}

fn drawn(bill: &Bill, spec: &BillSpec) -> Result<Vec<u8>> {
    let mut workbook = Workbook::new();
    for part in &bill.parts {
        workbook.push_worksheet(sheet(part, bill, spec)?);
    }
    // The clock is never asked: the same input gives the same bytes.
    let day = if number::is_date(spec.date) { spec.date } else { NaiveDate::default() };
    let mut properties = DocProperties::new()
        .set_title(words::full_title(bill, spec))
        .set_creation_datetime(&number::date(day)?);
    if let Some(organisation) = &spec.sender.letterhead.organisation {
        properties = properties.set_author(seen(organisation)).set_company(seen(organisation));
    }
    workbook.set_properties(&properties);
    Ok(workbook.save_to_buffer()?)
}

/// A sheet of one currency.
fn sheet(part: &BillPart, bill: &Bill, spec: &BillSpec) -> Result<Worksheet> {
    let mut rows = Rows { sheet: Worksheet::new(), at: 0 };
    let name = if bill.parts.len() == 1 { "Bill".to_owned() } else { format!("Bill {}", part.currency) };
    rows.sheet.set_name(name)?;
    for (column, width) in (0..).zip(WIDTHS) {
        rows.sheet.set_column_width(column, width)?;
    }
    head(&mut rows, bill, spec)?;
    of_part(&mut rows, part, bill, spec)?;
    for line in words::payment(bill, std::slice::from_ref(part), spec) {
        rows.line(&line, &Format::new())?;
    }
    let mut sheet = rows.sheet;
    sheet.set_paper_size(A4);
    sheet.set_print_fit_to_pages(1, 0);
    sheet.set_margins(0.6, 0.6, 0.7, 0.8, 0.3, 0.35);
    if bill.issued.is_none() {
        sheet.set_header(format!("&R&8{}", words::DRAFT));
    }
    sheet.set_footer("&R&8Page &P of &N");
    sheet.set_screen_gridlines(false);
    Ok(sheet)
}

/// A sheet that is filled from above.
struct Rows {
    sheet: Worksheet,
    at: u32,
}

impl Rows {
    /// Text over all columns.
    fn line(&mut self, text: &str, format: &Format) -> Result<()> {
        let format = format.clone().set_text_wrap().set_align(FormatAlign::Top);
        self.sheet.merge_range(self.at, 0, self.at, LAST, &seen(text), &format)?;
        self.finish(lines(text, WIDTHS.iter().sum()))?;
        Ok(())
    }

    /// Ends a row that has that many lines. No program finds the height of merged cells by itself.
    fn finish(&mut self, lines: u32) -> Result<()> {
        if lines > 1 {
            self.sheet.set_row_height(self.at, LINE_HEIGHT * lines)?;
        }
        self.at += 1;
        Ok(())
    }

    fn text(&mut self, column: u16, text: &str, format: &Format) -> Result<()> {
        self.sheet.write_string_with_format(self.at, column, seen(text), format)?;
        Ok(())
    }

    /// A number, or text if a spreadsheet's number cannot hold it.
    fn figure(&mut self, column: u16, figure: impl Into<Figure>, line: LineKind) -> Result<()> {
        let figure = figure.into();
        match number::number(figure) {
            Some(value) => {
                let kind = match figure {
                    Figure::Quantity(_) => CellKind::Usage(2),
                    Figure::Amount(amount) => CellKind::Amount(amount.places()),
                };
                let format = looks::cell(line, kind).clone().set_align(FormatAlign::Top);
                self.sheet.write_number_with_format(self.at, column, value, &format)?;
            }
            None => self.text(column, &figure.to_string(), looks::cell(line, CellKind::LongUsage))?,
        }
        Ok(())
    }

    /// Words over all columns but the last, and an amount there.
    fn sum(&mut self, words: &str, amount: Amount, line: LineKind) -> Result<()> {
        let format = looks::cell(line, CellKind::Text).clone().set_text_wrap().set_align(FormatAlign::Top);
        self.sheet.merge_range(self.at, 0, self.at, LAST - 1, &seen(words), &format)?;
        self.figure(LAST, amount, line)?;
        self.finish(lines(words, WIDTHS.iter().sum::<u16>() - WIDTHS[usize::from(LAST)]))
    }
}

/// How many lines a text needs in a width, which is measured in digits.
fn lines(text: &str, width: u16) -> u32 {
    let width = usize::from(width - 2);
    seen(text).split('\n').map(|line| line.width().div_ceil(width).max(1) as u32).sum::<u32>().min(LINES_MAX)
}

fn head(rows: &mut Rows, bill: &Bill, spec: &BillSpec) -> Result<()> {
    let letterhead = &spec.sender.letterhead;
    if let Some(organisation) = &letterhead.organisation {
        rows.line(organisation, &looks::section())?;
    }
    for line in spec.sender.address.iter().chain(&letterhead.contact) {
        rows.line(line, &looks::subtitle())?;
    }
    rows.at += 1;
    let recipient = &bill.recipient;
    rows.line(recipient.addressee(), &looks::strong())?;
    let name = recipient.bill_to.as_ref().map(|_| &recipient.name);
    for line in name.into_iter().chain(&recipient.address) {
        rows.line(line, &Format::new())?;
    }
    rows.at += 1;
    for (term, text) in words::facts(bill, spec) {
        rows.text(0, term, &looks::term())?;
        let format = Format::new().set_text_wrap().set_align(FormatAlign::Top);
        rows.sheet.merge_range(rows.at, 1, rows.at, LAST, &seen(&text), &format)?;
        rows.finish(lines(&text, WIDTHS[1..].iter().sum()))?;
    }
    rows.at += 1;
    rows.line(&words::title(bill, spec), &looks::title())?;
    rows.sheet.set_row_height(rows.at - 1, 24)?;
    if bill.issued.is_none() {
        rows.line(words::DRAFT_SENTENCE, &looks::subtitle())?;
    }
    rows.at += 1;
    Ok(())
}

fn of_part(rows: &mut Rows, part: &BillPart, bill: &Bill, spec: &BillSpec) -> Result<()> {
    let headings = ["Description", "Quantity", "Unit", "Price", &format!("Amount ({})", part.currency)];
    for (column, heading) in (0..).zip(headings) {
        let kind = match column {
            1 | LAST => CellKind::Amount(2),
            2 => CellKind::Code,
            _ => CellKind::Text,
        };
        rows.text(column, heading, &looks::heading(kind))?;
    }
    rows.sheet.set_repeat_rows(rows.at, rows.at)?;
    rows.at += 1;
    let text = looks::cell(LineKind::Row, CellKind::Text).clone().set_text_wrap().set_align(FormatAlign::Top);
    for project in &part.projects {
        let name = match bill.recipient.uuid {
            Some(_) => project.name.clone(),
            None => format!("{} ({})", project.name, project.customer),
        };
        rows.line(&name, &looks::strong())?;
        for offering in &project.offerings {
            rows.sum(&offering.name, offering.subtotal, LineKind::Row)?;
            for line in &offering.lines {
                let description = format!("{}, {}", words::description(line, spec), line.resource);
                rows.text(0, &description, &text.clone().set_indent(1))?;
                rows.figure(1, line.quantity, LineKind::Row)?;
                rows.text(2, &line.unit, &text.clone().set_indent(1))?;
                rows.text(3, &line.price, &text)?;
                rows.figure(LAST, line.amount, LineKind::Row)?;
                let texts = [(&description, 0), (&line.unit, 2), (&line.price, 3)];
                let of_texts = texts.map(|(text, column)| lines(text, WIDTHS[column]));
                rows.finish(of_texts.into_iter().max().unwrap_or(1))?;
            }
        }
        rows.sum(&format!("Subtotal {}", project.name), project.subtotal, LineKind::Subtotal)?;
    }
    if !part.credits.is_empty() {
        rows.line(words::credits(part), &looks::strong())?;
    }
    for credit in &part.credits {
        let project = credit.project.iter().map(|project| format!(" ({project})")).collect::<String>();
        rows.sum(&format!("{}{project}", words::reason(credit)), credit.amount, LineKind::Row)?;
    }
    rows.at += 1;
    if let Some(net) = words::net(part) {
        rows.sum(&net, part.net, LineKind::Row)?;
    }
    for vat in &part.vat {
        rows.sum(&words::vat(vat), vat.amount, LineKind::Row)?;
    }
    let total = format!("{} ({})", words::total(part), part.currency);
    rows.sum(&total, part.total, LineKind::Total)?;
    for note in &part.vat_notes {
        rows.line(note, &Format::new())?;
    }
    rows.at += 1;
    Ok(())
}

/// Text as a cell holds it; nothing stays nothing.
fn seen(text: &str) -> Cow<'_, str> {
    if text.is_empty() { Cow::Borrowed("") } else { text::shown(text) }
}
