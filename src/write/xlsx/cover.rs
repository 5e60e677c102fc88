//! The cover: what this is, of when, made of what, and whether it ties out.

use std::borrow::Cow;

use rust_xlsxwriter::{Format, FormatAlign, Image, Worksheet};

use super::checks::{Checks, word};
use super::looks::{self, CellKind, LineKind};
use super::number::{self, Figure};
use super::paper;
use super::prose;
use super::sheet;
use super::text::shown;
use crate::error::Result;
use crate::letterhead::Letterhead;
use crate::pack::Pack;
use crate::report::{Pricing, ranges_in_words};
use crate::text::grouped;
use crate::write::instants::in_words;

/// More files than this stand on a sheet of their own.
pub(super) const INPUTS_MAX: usize = 20;

/// A sheet as the cover names it.
pub(super) struct Listed {
    pub name: String,
    pub text: String,
}

/// The box that a logo is fitted into, in pixels.
const LOGO_WIDTH: u32 = 320;
const LOGO_HEIGHT: u32 = 80;

/// How wide values are, in characters.
const VALUE_WIDTH: u32 = 100;

/// How many letters of prose that is.
const VALUE_TEXT: usize = 112;

const LABEL: u16 = 0;
const VALUE: u16 = 1;

/// A name of the workbook, and the cell that it is of.
pub(super) type DefinedName = (Cow<'static, str>, String);

pub(super) fn cover(
    pack: &Pack,
    name: &str,
    checks: Option<&Checks>,
    sheets: &[Listed],
    notes: &[String],
) -> Result<(Worksheet, Vec<DefinedName>)> {
    let mut page = Worksheet::new();
    page.set_name(name)?;
    sheet::print_setup(&mut page, pack, name);
    let widths = [(LABEL, 24), (VALUE, VALUE_WIDTH), (2, 12), (3, 10), (4, 70)];
    for (column, width) in widths {
        page.set_column_width(column, width)?;
    }
    paper::fit(&mut page, sheet::pixels(&[24, VALUE_WIDTH]), 0)?;
    let mut drawing = Drawing { page, at: 0, name, names: Vec::new() };
    drawing.head(pack)?;
    drawing.period(pack)?;
    drawing.amounts(pack)?;
    drawing.made_of(pack)?;
    if let Some(checks) = checks {
        drawing.verdict(pack, checks)?;
    }
    for note in notes {
        drawing.line("Note", note)?;
    }
    drawing.at += 1;
    drawing.sheets(sheets)?;
    drawing.inputs(pack)?;
    let Drawing { page, names, .. } = drawing;
    Ok((page, names))
}

struct Drawing<'a> {
    page: Worksheet,
    at: u32,
    name: &'a str,
    /// Defined names and the cells that they stand for.
    names: Vec<DefinedName>,
}

impl Drawing<'_> {
    /// Who sends it, and what it is.
    fn head(&mut self, pack: &Pack) -> Result<()> {
        let Letterhead { organisation, contact, logo, .. } = &pack.letterhead;
        if let Some(logo) = logo {
            self.page.set_row_height_pixels(self.at, LOGO_HEIGHT + 12)?;
            let alt = organisation.as_deref().map_or("Logo".to_owned(), |name| format!("Logo of {name}"));
            let image = Image::new_from_buffer(&logo.bytes)?
                .set_scale_to_size(LOGO_WIDTH, LOGO_HEIGHT, true)
                .set_alt_text(alt);
            self.page.insert_image_with_offset(self.at, LABEL, &image, 4, 4)?;
            self.at += 1;
        }
        if let Some(organisation) = organisation {
            self.title(&shown(organisation), 24, &looks::title())?;
        }
        match &pack.addressee {
            Some(customer) => {
                self.title("Usage statement", 42, &looks::large_title())?;
                self.title(&shown(&customer.name), 24, &looks::title())?;
            }
            None => self.title("Usage report", 42, &looks::large_title())?,
        }
        self.title(&sheet::period(pack), 24, &looks::title())?;
        self.at += 1;
        contact.as_deref().map_or(Ok(()), |contact| self.line("Contact", contact))
    }

    fn title(&mut self, text: &str, height: u32, format: &Format) -> Result<()> {
        self.page.set_row_height(self.at, height)?;
        self.page.write_string_with_format(self.at, LABEL, text, format)?;
        self.at += 1;
        Ok(())
    }

    fn period(&mut self, pack: &Pack) -> Result<()> {
        if let Some(range) = pack.period {
            self.date("First day", "Period_First_Day", range.start.first_day())?;
            let last = range.end.first_day().pred_opt().unwrap_or_default();
            self.date("Last day", "Period_Last_Day", last)?;
        }
        self.date("As of", "As_Of", pack.provenance.as_of)?;
        self.line("Time zone", pack.provenance.timezone.name())?;
        let months = [
            (&pack.provenance.partial_periods, "more usage may come"),
            (&pack.lacking, "records are missing"),
        ];
        let incomplete = months.into_iter().filter(|(months, _)| !months.is_empty());
        let incomplete: Vec<String> =
            incomplete.map(|(months, why)| format!("{}: {why}", ranges_in_words(months))).collect();
        let none = || "none".to_owned();
        self.line("Incomplete months", &if incomplete.is_empty() { none() } else { incomplete.join("; ") })?;
        for month in &pack.provenance.states {
            self.line(
                &format!("Status of {}", month.period.in_words()),
                &in_words(&month.state.to_string()),
            )?;
        }
        for text in pack.closed_texts() {
            self.line("Closed", &text)?;
        }
        for text in pack.replaced_texts() {
            self.line("Replaced", &text)?;
        }
        Ok(())
    }

    fn made_of(&mut self, pack: &Pack) -> Result<()> {
        let filters = pack.provenance.filters.iter();
        let filters: Vec<String> =
            filters.map(|(name, values)| format!("{name} = {}", values.join(" or "))).collect();
        self.line("Filters", &if filters.is_empty() { "none".to_owned() } else { filters.join("; ") })?;
        let by: Vec<&str> = pack.detail.by.iter().map(|dimension| dimension.name()).collect();
        self.line("Detail is by", &by.join(", "))?;
        if let Some(based) = pack.provenance.shown_basis() {
            self.line("Figures are made of", &based.to_string())?;
        }
        self.line("Made by", &format!("usagebook {}", pack.provenance.tool_version))
    }

    /// What all checks found, and whether the sheets add up.
    fn verdict(&mut self, pack: &Pack, checks: &Checks) -> Result<()> {
        self.at += 1;
        self.line("Checks", &pack.verdict_text())?;
        for text in pack.not_checked() {
            self.line("Not checked", &text)?;
        }
        let notices = pack.notices();
        let count = |kind| notices.iter().filter(|(notice, _)| notice.kind() == kind).count() as u32;
        let kinds = [
            ("Warnings", "Warnings", "Warning"),
            ("Acknowledged warnings", "Acknowledged_Warnings", "Acknowledged"),
            ("Notes", "Notes", "Note"),
        ];
        for (label, name, kind) in kinds {
            self.label(label)?;
            let format = looks::cell(LineKind::Row, CellKind::Count).clone().set_align(FormatAlign::Left);
            self.page.write_number_with_format(self.at, VALUE, count(kind), &format)?;
            self.name(name);
            self.at += 1;
        }
        self.label("Every sheet")?;
        let formula = format!(
            "=IF(COUNTIF({},\"{}\")=0,\"{}\",\"{}\")",
            checks.verdicts,
            word(false),
            word(true),
            word(false)
        );
        let verdict = looks::verdict().set_align(FormatAlign::Left);
        sheet::write_formula(&mut self.page, (self.at, VALUE), &formula, word(checks.is_tied), &verdict)?;
        looks::color_verdicts(&mut self.page, (self.at, VALUE), (self.at, VALUE))?;
        self.name("Tie_Out");
        self.at += 1;
        self.line("Records", &pack.provenance.accounting.to_string())
    }

    fn amounts(&mut self, pack: &Pack) -> Result<()> {
        for total in pack.provenance.pricing.iter().flat_map(|pricing| &pricing.totals) {
            self.label(&format!("Amount in {}", total.currency))?;
            let kind = CellKind::Amount(total.amount.places());
            let (at, figure) = ((self.at, VALUE), Figure::from(total.amount));
            match number::number(figure) {
                Some(number) => {
                    let format =
                        looks::cell(LineKind::Row, kind).clone().set_bold().set_align(FormatAlign::Left);
                    self.page.write_number_with_format(at.0, at.1, number, &format)?;
                }
                None => sheet::write_figure(&mut self.page, at, figure, LineKind::Row, kind).map(|_| ())?,
            }
            self.name(format!("Amount_{}", total.currency));
            self.at += 1;
        }
        let frozen = pack.provenance.pricing.as_ref().and_then(Pricing::frozen_text);
        frozen.map_or(Ok(()), |months| self.line("Amounts frozen", &months))
    }

    fn sheets(&mut self, sheets: &[Listed]) -> Result<()> {
        self.headings(&["Sheet", "Shows"])?;
        for listed in sheets {
            sheet::link(&mut self.page, self.at, LABEL, &listed.name, &listed.name)?;
            let text = looks::cell(LineKind::Row, CellKind::Text);
            self.page.write_string_with_format(self.at, VALUE, &listed.text, text)?;
            self.at += 1;
        }
        self.at += 1;
        Ok(())
    }

    /// What was read, where it is few; else there is a sheet of its own.
    fn inputs(&mut self, pack: &Pack) -> Result<()> {
        if pack.inputs.is_empty() {
            return Ok(());
        }
        if pack.inputs.len() > INPUTS_MAX {
            let bytes = pack.inputs.iter().map(|file| file.bytes).sum();
            let text = format!("{} files, {} bytes", grouped(pack.inputs.len() as u64), grouped(bytes));
            return self.line("Inputs", &text);
        }
        let page = &mut self.page;
        page.write_string_with_format(self.at, LABEL, "Inputs", &looks::term())?;
        let count = pack.inputs.len();
        let files = if count == 1 { "1 file".to_owned() } else { format!("{count} files") };
        let text = format!("{files}, folded away here: unfold the rows below");
        page.write_string_with_format(self.at, VALUE, text, &looks::subtitle())?;
        self.at += 1;
        let folded = self.at;
        for (column, heading) in (1..).zip(prose::INPUT_HEADINGS) {
            page.write_string_with_format(self.at, column, heading, &looks::heading(prose::kind(heading)))?;
        }
        page.write_string_with_format(self.at, 0, "Inputs", &looks::heading(CellKind::Text))?;
        page.set_row_height(self.at, 20)?;
        self.at += 1;
        for file in &pack.inputs {
            prose::write_input(&mut self.page, self.at, 1, file)?;
            self.at += 1;
        }
        self.page.group_symbols_above(true);
        self.page.group_rows_collapsed(folded, self.at - 1)?;
        // What is folded away is no part of the cover on paper.
        self.page.set_print_area(0, LABEL, folded - 1, VALUE)?;
        Ok(())
    }

    fn headings(&mut self, headings: &[&str]) -> Result<()> {
        for (column, heading) in (0..).zip(headings) {
            self.page.write_string_with_format(self.at, column, *heading, &looks::heading(CellKind::Text))?;
        }
        self.page.set_row_height(self.at, 20)?;
        self.at += 1;
        Ok(())
    }

    fn label(&mut self, text: &str) -> Result<()> {
        self.page.write_string_with_format(self.at, LABEL, text, &looks::term())?;
        Ok(())
    }

    fn line(&mut self, label: &str, text: &str) -> Result<()> {
        self.label(label)?;
        self.at = sheet::write_prose(&mut self.page, self.at, VALUE, &shown(text), VALUE_TEXT)?;
        Ok(())
    }

    fn date(&mut self, label: &str, name: &'static str, date: chrono::NaiveDate) -> Result<()> {
        self.label(label)?;
        let format = looks::cell(LineKind::Row, CellKind::Date);
        if number::is_date(date) {
            self.page.write_datetime_with_format(self.at, VALUE, number::date(date)?, format)?;
        } else {
            self.page.write_string_with_format(self.at, VALUE, date.to_string(), format)?;
        }
        self.name(name);
        self.at += 1;
        Ok(())
    }

    fn name(&mut self, name: impl Into<Cow<'static, str>>) {
        let cell =
            rust_xlsxwriter::utility::worksheet_range_absolute(self.name, self.at, VALUE, self.at, VALUE);
        self.names.push((name.into(), cell));
    }
}
