//! A bill as a workbook: one sheet, to be read and printed on A4.

use std::borrow::Cow;
use std::io::Write;

use chrono::NaiveDate;
use rust_xlsxwriter::{DocProperties, Format, FormatAlign, Workbook, Worksheet};
use unicode_width::UnicodeWidthStr as _;

use super::looks::{self, CellKind, LineKind};
use super::number::{self, Figure};
use super::sheet::{column_range, name_of, write_formula};
use super::text;
use crate::amount::Amount;
use crate::bill::{Bill, BillPart, BillSpec};
use crate::error::Result;
use crate::write::bill::words;
use crate::write::{put, refused};

/// The widths of description, quantity, unit and price.
const WIDTHS: [u16; 4] = [38, 14, 14, 29];

/// That of the rates of VAT, which a bill of several rates has.
const RATE_WIDTH: u16 = 8;

/// Those of amounts, and of what they come to.
const AMOUNT_WIDTH: u16 = 16;

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
    let has_rates = words::has_rates(part);
    let rates = has_rates.then_some(RATE_WIDTH);
    let widths: Vec<u16> = WIDTHS.into_iter().chain(rates).chain([AMOUNT_WIDTH; 2]).collect();
    let mut rows = Rows { sheet: Worksheet::new(), at: 0, widths, has_rates, has_long: false };
    let name = if bill.parts.len() == 1 { "Bill".to_owned() } else { format!("Bill {}", part.currency) };
    rows.sheet.set_name(name)?;
    for (column, width) in (0..).zip(rows.widths.clone()) {
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
    let foot = seen(&words::foot(bill, spec)).replace('&', "&&");
    sheet.set_footer(format!("&L&8{foot}&R&8Page &P of &N"));
    sheet.set_screen_gridlines(false);
    Ok(sheet)
}

/// A sheet that is filled from above.
///
/// Amounts of lines and credits are in one column, which adds up to the net total; subtotals and totals are formulas in
/// the column after it.
struct Rows {
    sheet: Worksheet,
    at: u32,
    widths: Vec<u16>,
    has_rates: bool,
    /// Whether an amount is text, because it has too many digits for a number: sums are no formulas then.
    has_long: bool,
}

impl Rows {
    /// The column of what amounts come to.
    fn last(&self) -> u16 {
        self.widths.len() as u16 - 1
    }

    /// The column of amounts.
    fn amounts(&self) -> u16 {
        self.last() - 1
    }

    /// Text over all columns.
    fn line(&mut self, text: &str, format: &Format) -> Result<()> {
        self.over(0, self.last(), text, format)?;
        self.finish(lines(text, self.widths.iter().sum()))
    }

    /// Text over some columns.
    fn over(&mut self, first: u16, last: u16, text: &str, format: &Format) -> Result<()> {
        let format = format.clone().set_text_wrap().set_align(FormatAlign::Top);
        self.sheet.merge_range(self.at, first, self.at, last, &seen(text), &format)?;
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

    /// The rate of a line or credit, if there is a column of them, and its amount.
    fn amount(&mut self, rate: Option<&str>, amount: Amount) -> Result<()> {
        if self.has_rates {
            let format = looks::cell(LineKind::Row, CellKind::Text).clone();
            let format = format.set_align(FormatAlign::Right).set_align(FormatAlign::Top);
            self.text(self.amounts() - 1, &words::rate(rate), &format)?;
        }
        self.has_long |= number::number(amount).is_none();
        self.figure(self.amounts(), amount, LineKind::Row)
    }

    /// Words, and an amount in the last column, with the cells that it is the sum of.
    fn sum(&mut self, words: &str, amount: Amount, of: Option<&str>, line: LineKind) -> Result<()> {
        let (last, text) = (self.last(), looks::cell(line, CellKind::Text));
        self.over(0, last - 1, words, text)?;
        match of.filter(|_| !self.has_long && number::number(amount).is_some()) {
            Some(cells) => {
                let kind = CellKind::Amount(amount.places());
                let format = looks::cell(line, kind).clone().set_align(FormatAlign::Top);
                let formula = format!("=ROUND(SUM({cells}),{})", amount.places());
                write_formula(&mut self.sheet, (self.at, last), &formula, amount.to_string(), &format)?;
            }
            None => self.figure(last, amount, line)?,
        }
        self.finish(lines(words, self.widths[..usize::from(last)].iter().sum()))
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
        rows.over(1, rows.last(), &text, &Format::new())?;
        rows.finish(lines(&text, rows.widths[1..].iter().sum()))?;
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
    headings(rows, part)?;
    let (amounts, first) = (rows.amounts(), rows.at);
    let text = looks::cell(LineKind::Row, CellKind::Text).clone().set_text_wrap().set_align(FormatAlign::Top);
    for project in &part.projects {
        let name = match bill.recipient.uuid {
            Some(_) => project.name.clone(),
            None => format!("{} ({})", project.name, project.customer),
        };
        rows.line(&name, &looks::strong())?;
        let first_of_project = rows.at;
        for offering in &project.offerings {
            rows.line(&offering.name, &text)?;
            for line in &offering.lines {
                let description = format!("{}, {}", words::description(line, spec), line.resource);
                rows.text(0, &description, &text.clone().set_indent(1))?;
                rows.figure(1, line.quantity, LineKind::Row)?;
                rows.text(2, &line.unit, &text.clone().set_indent(1))?;
                rows.text(3, &line.price, &text)?;
                rows.amount(line.vat_rate.as_deref(), line.amount)?;
                let texts = [(&description, 0), (&line.unit, 2), (&line.price, 3)];
                let of_texts = texts.map(|(text, column)| lines(text, WIDTHS[column]));
                rows.finish(of_texts.into_iter().max().unwrap_or(1))?;
            }
        }
        let of = column_range(amounts, first_of_project, rows.at);
        rows.sum(&format!("Subtotal {}", project.name), project.subtotal, Some(&of), LineKind::Subtotal)?;
    }
    if !part.credits.is_empty() {
        rows.line(words::credits(part), &looks::strong())?;
    }
    for credit in &part.credits {
        let words = words::reason(credit) + &words::of_credit(credit, &bill.recipient);
        let last = WIDTHS.len() as u16 - 1;
        rows.over(0, last, &words, looks::cell(LineKind::Row, CellKind::Text))?;
        rows.amount(credit.vat_rate.as_deref(), credit.amount)?;
        rows.finish(lines(&words, WIDTHS.iter().sum()))?;
    }
    let net = column_range(amounts, first, rows.at);
    rows.at += 1;
    totals(rows, part, &net)?;
    for note in &part.vat_notes {
        rows.line(note, &Format::new())?;
    }
    if let Some(rounding) = &part.rounding {
        rows.line(rounding, &looks::subtitle())?;
    }
    rows.at += 1;
    Ok(())
}

fn headings(rows: &mut Rows, part: &BillPart) -> Result<()> {
    let (amount, total) = (format!("Amount ({})", part.currency), format!("Total ({})", part.currency));
    let figures = CellKind::Amount(2);
    let texts = [
        ("Description", CellKind::Text),
        ("Quantity", figures),
        ("Unit", CellKind::Code),
        ("Price", CellKind::Text),
    ];
    let rate = rows.has_rates.then_some((words::RATE, figures));
    let all = texts.into_iter().chain(rate).chain([(&*amount, figures), (&*total, figures)]);
    for (column, (heading, kind)) in (0..).zip(all) {
        rows.text(column, heading, &looks::heading(kind))?;
    }
    rows.sheet.set_repeat_rows(rows.at, rows.at)?;
    rows.at += 1;
    Ok(())
}

/// Net, VAT and what is to be paid; the net total is the sum of cells.
fn totals(rows: &mut Rows, part: &BillPart, net: &str) -> Result<()> {
    let (first, last) = (rows.at, rows.last());
    if let Some(words) = words::net(part) {
        rows.sum(&words, part.net, Some(net), LineKind::Row)?;
    }
    for vat in &part.vat {
        rows.sum(&words::vat(vat), vat.amount, None, LineKind::Row)?;
    }
    if let Some((words, vat)) = words::without_vat(part) {
        rows.sum(&words, vat.amount, None, LineKind::Row)?;
    }
    let above = format!("{}:{}", name_of(first, last), name_of(rows.at.saturating_sub(1), last));
    let of = if rows.at > first { above.as_str() } else { net };
    let total = format!("{} ({})", words::total(part), part.currency);
    rows.sum(&total, part.total, Some(of), LineKind::Total)
}

/// Text as a cell holds it; nothing stays nothing.
fn seen(text: &str) -> Cow<'_, str> {
    if text.is_empty() { Cow::Borrowed("") } else { text::shown(text) }
}
