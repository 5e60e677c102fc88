//! A [`Pack`] as a workbook: typed cells, formulas with their results, names that stay, nothing that runs.
//!
//! ```text
//! Cover · Amounts · Amounts by month · Summary · By project · By offering · Users · Budget · Trend · Checks · Late · Detail · Exceptions · Inputs · Notes
//! ```

mod amounts;
pub(super) mod bill;
mod checks;
mod cover;
mod detail;
mod looks;
mod number;
mod paper;
mod prose;
mod sheet;
pub(super) mod statement;
mod summary;
mod table;
mod text;
mod trend;

use std::borrow::Cow;
use std::io::{ErrorKind, Write};

use chrono::NaiveDate;
use rust_xlsxwriter::{DocProperties, Image, Workbook, Worksheet};

use self::checks::Tables;
use self::cover::Listed;
use self::detail::Detail;
use self::sheet::Placed;
use crate::dimension::Dimension;
use crate::error::{Error, Result};
use crate::letterhead::Logo;
use crate::pack::Pack;
use crate::quiet::quietly;
use crate::report::ColumnId::{Amount, Currency, MeasuredUnit, Usage};
use crate::report::{ColumnId, Measure};
use crate::statement::Statement as _;
use crate::text::grouped;

/// Whether a workbook can hold the picture: its size is known.
pub(super) fn is_drawable(logo: &Logo) -> bool {
    Image::new_from_buffer(&logo.bytes).is_ok()
}

/// Draws a pack.
pub(super) fn write(pack: &Pack, out: &mut dyn Write) -> Result<()> {
    write_detail(pack, &Detail::new(&pack.detail), out)
}

fn write_detail(pack: &Pack, detail: &Detail<'_>, out: &mut dyn Write) -> Result<()> {
    let workbook = match detail.is_on_disk() {
        true => with_disk(|| drawn(pack, detail))?,
        false => drawn(pack, detail)?,
    };
    super::put(&workbook, out)
}

/// Draws by what needs room on disk, of which the library panics if there is none.
fn with_disk<T>(draw: impl FnOnce() -> Result<T>) -> Result<T> {
    let full = || Error::Unwritable { path: std::env::temp_dir(), source: ErrorKind::StorageFull.into() };
    quietly(draw).unwrap_or_else(|| Err(full()))
}

fn drawn(pack: &Pack, detail: &Detail<'_>) -> Result<Vec<u8>> {
    let mut book = Book::default();
    let mut amounts_at = None;
    if let Some(amounts) = &pack.amounts {
        let (page, placed) = amounts::amounts(pack, amounts, "Amounts")?;
        book.name_columns(
            &placed,
            &[
                ColumnId::Label(Dimension::Customer),
                Currency,
                Amount,
                ColumnId::AmountBefore,
                ColumnId::AmountChange,
                ColumnId::AmountToDate,
                ColumnId::Budget(Measure::Amount),
            ],
        );
        book.add(
            page,
            "amounts without VAT by customer, compared with the previous period; a total per currency",
        );
        if let Some(page) = amounts::by_month(pack, amounts, "Amounts by month")? {
            book.add(page, "amounts without VAT month by month, with a chart for each currency");
        }
        amounts_at = Some(placed);
    }
    let (summary, summary_at) = summary::summary(pack, "Summary")?;
    book.add(
        summary,
        match pack.addressee {
            Some(_) => "components, compared with the previous period; a total per unit",
            None => {
                "customers and components, compared with the previous period; a total per unit; the largest customers"
            }
        },
    );
    let title = "Usage by customer, project and component";
    let (projects, projects_at) = summary::grouped(pack, &pack.projects, "By project", title)?;
    book.add(projects, "projects and components, with the totals of each customer");
    let title = "Usage by offering, customer and component";
    let (offerings, offerings_at) = summary::grouped(pack, &pack.offerings, "By offering", title)?;
    book.add(offerings, "customers and components of each offering, with what it comes to");
    if let Some(users) = &pack.users {
        let (page, placed) = summary::users(pack, users, "Users")?;
        book.name_columns(
            &placed,
            &[ColumnId::Label(Dimension::User), MeasuredUnit, Usage, Currency, Amount],
        );
        book.add(page, "single users");
    }
    if let Some(budget) = &pack.budget {
        let (page, placed) = summary::budget(pack, budget, "Budget")?;
        book.name_columns(
            &placed,
            &[
                MeasuredUnit,
                Usage,
                ColumnId::Budget(Measure::Usage),
                ColumnId::Budget(Measure::Amount),
                ColumnId::Remaining(Measure::Usage),
                ColumnId::Remaining(Measure::Amount),
            ],
        );
        book.add(page, "usage beside budgets; what is over is marked");
    }
    book.add(trend::trend(pack, "Trend")?, "components month by month, with a chart for each unit");
    let tables = Tables {
        detail,
        summary: &summary_at,
        projects: &projects_at,
        offerings: &offerings_at,
        amounts: amounts_at.as_ref(),
    };
    let mut checks = None;
    // What a customer is sent says nothing about checks.
    if pack.addressee.is_none() {
        let (page, made) = checks::checks(pack, "Checks", &tables)?;
        book.add(page, "warnings and notes, where every record went, that all sheets add up");
        checks = Some(made);
    }
    if let Some(checked) = pack.checked.as_ref().filter(|checked| !checked.worklist.is_empty()) {
        let (pages, rows) = (statement::sheets(pack, &checked.worklist, "Worklist")?, checked.worklist.len());
        for page in pages {
            book.add(page, &format!("every warning and note line by line, {} in all", grouped(rows as u64)));
        }
    }
    if let Some(late) = &pack.late {
        book.add(
            summary::late(pack, late, "Late")?,
            "what changed after months were closed, and is not billed",
        );
    }
    let mut workbook = Workbook::new();
    for (page, part) in detail.sheets(pack, &mut workbook)?.into_iter().zip(&detail.parts) {
        let rows = grouped(part.rows.len() as u64);
        book.add(page, &format!("every figure, in {rows} rows: the Excel table {}", part.table));
    }
    if !pack.faults.is_empty() {
        book.add(
            prose::exceptions(pack, "Exceptions")?,
            "records that could not be used, each with the reason",
        );
    }
    if pack.inputs.len() > cover::INPUTS_MAX {
        book.add(prose::inputs(pack, "Inputs")?, "the files that were read, with their SHA-256");
    }
    book.add(prose::notes(pack, "Notes")?, "what the words mean, units, rounding");

    for placed in [&summary_at, &projects_at, &offerings_at] {
        book.name_columns(
            placed,
            &[
                ColumnId::Label(Dimension::Customer),
                ColumnId::Label(Dimension::Project),
                ColumnId::Label(Dimension::Offering),
                ColumnId::Label(Dimension::Component),
                MeasuredUnit,
                Usage,
                Currency,
                Amount,
            ],
        );
    }
    book.name_columns(&summary_at, &[ColumnId::UsageBefore, ColumnId::Change]);
    let (page, names) = cover::cover(pack, "Cover", checks.as_ref(), &book.listed, &said(detail))?;
    let records = checks.into_iter().flat_map(|checks| checks.records);
    let records = records.map(|(name, cell)| (Cow::from(name), cell));
    book.names.extend(names.into_iter().chain(records).map(|(name, cell)| (name.to_string(), cell)));
    book.sheets.insert(0, page);
    book.saved(workbook, pack)
}

/// What the cover says about the detail.
fn said(detail: &Detail<'_>) -> Vec<String> {
    match detail.parts.len() {
        1 => Vec::new(),
        parts => vec![format!(
            "the detail has {} rows, more than a sheet holds; it is on {parts} sheets",
            grouped(detail.report.rows.len() as u64)
        )],
    }
}

/// Sheets in their order, with what the cover says of them.
#[derive(Default)]
struct Book {
    sheets: Vec<Worksheet>,
    listed: Vec<Listed>,
    /// Defined names and what they stand for.
    names: Vec<(String, String)>,
}

impl Book {
    fn add(&mut self, sheet: Worksheet, text: &str) {
        self.listed.push(Listed { name: sheet.name(), text: text.to_owned() });
        self.sheets.push(sheet);
    }

    /// `By_project_usage` for the rows of a column, of those columns that there are.
    fn name_columns(&mut self, placed: &Placed, columns: &[ColumnId]) {
        let is_there = |column: &&ColumnId| placed.columns.iter().any(|(id, _)| id == *column);
        for column in columns.iter().filter(is_there) {
            let name = format!("{}_{column}", placed.sheet.replace(' ', "_"));
            self.names.push((name, placed.range(*column)));
        }
    }

    fn saved(self, mut workbook: Workbook, pack: &Pack) -> Result<Vec<u8>> {
        workbook.set_zip_compression_level(LEVEL);
        for sheet in self.sheets {
            workbook.push_worksheet(sheet);
        }
        for (name, cell) in &self.names {
            workbook.define_name(name, &format!("={cell}"))?;
        }
        let day = pack.provenance.as_of;
        // The clock is never asked: the same input gives the same bytes.
        let created = number::date(if number::is_date(day) { day } else { NaiveDate::default() })?;
        let mut properties = DocProperties::new()
            .set_title(format!("Usage {}", sheet::period(pack)))
            .set_author(format!("usagebook {}", pack.provenance.tool_version))
            .set_creation_datetime(&created);
        if let Some(organisation) = &pack.letterhead.organisation {
            properties = properties.set_company(text::shown(organisation));
        }
        workbook.set_properties(&properties);
        Ok(workbook.save_to_buffer()?)
    }
}

/// Level 6 makes files a seventh smaller and takes twice the time.
const LEVEL: u8 = 3;

#[cfg(test)]
mod tests;
