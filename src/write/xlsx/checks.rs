//! The tie-out: where every record went, and that all sheets come to one usage in every unit, by live formulas.

use rust_xlsxwriter::Worksheet;

use super::detail::Detail;
use super::looks::{self, CellKind, LineKind};
use super::number::{self, Figure};
use super::paper;
use super::sheet::{self, HEADER_ROW, Placed};
use super::text::shown;
use crate::error::Result;
use crate::pack::Pack;
use crate::quantity::Quantity;
use crate::report::Measure;
use crate::text::grouped_decimal;
use crate::write::instants::in_words;

/// Every verdict stands here, so that one formula finds what is not well.
const CHECK: u16 = 1;

/// Usage with every digit.
const EXACT_USAGE: CellKind = CellKind::Usage(looks::EXACT);

/// More usage that is text than this is not brought into a formula.
const LONG_MAX: usize = 20;

/// Where the checks stand, for the cover and for defined names.
pub(super) struct Checks {
    /// `Checks!$B$6:$B$20`.
    pub verdicts: String,
    pub is_tied: bool,
    /// Cells of the accounting by the names they bear.
    pub records: Vec<(&'static str, String)>,
}

/// The tables whose sums are compared.
pub(super) struct Tables<'a> {
    pub detail: &'a Detail<'a>,
    pub summary: &'a Placed,
    pub projects: &'a Placed,
    pub offerings: &'a Placed,
    pub amounts: Option<&'a Placed>,
}

pub(super) fn checks(pack: &Pack, name: &str, tables: &Tables<'_>) -> Result<(Worksheet, Checks)> {
    let mut page = sheet::sheet(pack, name, "Checks", "")?;
    let widths = [30, 16, 22, 22, 22, 22, 22, 22, 18, 14];
    for (column, width) in (0..).zip(widths) {
        page.set_column_width(column, width)?;
    }
    paper::fit(&mut page, sheet::pixels(&widths), 0)?;
    page.set_freeze_panes(HEADER_ROW, 0)?;
    let mut drawing = Drawing { page, name, at: HEADER_ROW, is_tied: true };
    let records = drawing.records(pack, tables.detail)?;
    drawing.usage(pack, tables)?;
    drawing.amounts(pack, tables)?;
    let last = drawing.at;
    drawing.notices(pack)?;
    let Drawing { mut page, is_tied, .. } = drawing;
    looks::color_verdicts(&mut page, (HEADER_ROW, CHECK), (last, CHECK))?;
    let verdicts = rust_xlsxwriter::utility::worksheet_range_absolute(name, HEADER_ROW, CHECK, last, CHECK);
    Ok((page, Checks { verdicts, is_tied, records }))
}

/// What one unit or currency comes to: in all; and in the detail, the summary, by project, by offering, and of money on the
/// sheet of amounts.
struct Tied<'a> {
    measure: Measure,
    key: &'a str,
    total: Figure,
    results: Vec<Figure>,
    is_tied: bool,
}

struct Drawing<'a> {
    page: Worksheet,
    name: &'a str,
    at: u32,
    is_tied: bool,
}

impl Drawing<'_> {
    /// Where every record went.
    fn records(&mut self, pack: &Pack, detail: &Detail<'_>) -> Result<Vec<(&'static str, String)>> {
        self.section("Records: nothing is lost on the way")?;
        self.headings(&[("", CellKind::Text), ("Check", CellKind::Text), ("Records", CellKind::Count)])?;
        let accounting = pack.provenance.accounting;
        let lines = [
            ("Read", "Records_Read", accounting.read),
            ("– replaced by newer versions", "Records_Older_Versions", accounting.older_versions),
            ("– repeated", "Records_Exact_Repeats", accounting.exact_repeats),
            ("– rejected", "Records_Rejected", accounting.rejected),
            ("– not asked for (other months or filters)", "Records_Filtered_Out", accounting.filtered_out),
            ("= used", "Records_Kept", accounting.kept),
        ];
        let first = self.at;
        let mut names = Vec::new();
        for (label, name, count) in lines {
            let line = if name == "Records_Kept" { LineKind::Total } else { LineKind::Row };
            self.label(label, line)?;
            let count = Quantity::from_hundredths(i128::from(count) * 100);
            sheet::write_figure(&mut self.page, (self.at, 2), count.into(), line, CellKind::Count)?;
            names.push((name, self.reference(2)));
            self.at += 1;
        }
        let cell = |row: u32| sheet::name_of(row, 2);
        let difference = accounting.is_balanced();
        let formula = format!(
            "=IF({}-SUM({}:{})={},\"adds up\",\"does not add up\")",
            cell(first),
            cell(first + 1),
            cell(first + 4),
            cell(first + 5)
        );
        self.verdict_at(first + 5, &formula, difference)?;

        self.label("Records in Detail", LineKind::Row)?;
        let counted: u64 = pack.ties.iter().map(|tie| tie.detail.records).sum();
        let count = looks::cell(LineKind::Row, CellKind::Count);
        let formula = format!("={}", detail.sum_of("records"));
        sheet::write_formula(&mut self.page, (self.at, 2), &formula, counted.to_string(), count)?;
        let formula = format!("=IF({}={},\"adds up\",\"does not add up\")", cell(self.at), cell(first + 5));
        self.verdict_at(self.at, &formula, counted == accounting.kept)?;
        self.at += 2;
        Ok(names)
    }

    /// That all sheets come to one usage in every unit.
    fn usage(&mut self, pack: &Pack, tables: &Tables<'_>) -> Result<()> {
        self.section("Usage: every sheet comes to the total, added up again by live formulas")?;
        self.tie_headings("Unit", &TABLES)?;
        for tie in &pack.ties {
            let results = [tie.detail, tie.summary, tie.projects, tie.offerings];
            let tied = Tied {
                measure: Measure::Usage,
                key: &tie.measured_unit,
                total: tie.total.usage.into(),
                results: results.iter().map(|total| total.usage.into()).collect(),
                is_tied: tie.is_tied(),
            };
            self.tie(&tied, tables)?;
        }
        self.at += 1;
        Ok(())
    }

    /// That all sheets come to one amount in every currency, and what rounding did to it.
    fn amounts(&mut self, pack: &Pack, tables: &Tables<'_>) -> Result<()> {
        let Some(pricing) = &pack.provenance.pricing else { return Ok(()) };
        self.section("Amounts: every sheet comes to the total, added up again by live formulas")?;
        let own = pack.amounts.as_ref().filter(|_| tables.amounts.is_some());
        let headings = TABLES.iter().copied().chain(own.map(|_| "Amounts")).collect::<Vec<_>>();
        self.tie_headings("Currency", &headings)?;
        for tie in &pack.money_ties {
            let results = [tie.detail, tie.summary, tie.projects, tie.offerings].into_iter();
            let results = results.chain(own.map(|amounts| amounts.total(&tie.currency)));
            let tied = Tied {
                measure: Measure::Amount,
                key: &tie.currency,
                total: tie.total.into(),
                results: results.map(Figure::from).collect(),
                is_tied: tie.is_tied() && own.is_none_or(|amounts| amounts.is_tied(tie)),
            };
            self.tie(&tied, tables)?;
        }
        for total in &pricing.totals {
            let Some(difference) = &total.rounding_difference else { continue };
            let difference = grouped_decimal(difference);
            let text = format!(
                "Rounding difference {} {difference}: rounded {}",
                total.currency,
                pricing.rounding_of(&total.currency)
            );
            self.page.write_string_with_format(self.at, 0, text, &looks::subtitle())?;
            self.at += 1;
        }
        self.at += 1;
        Ok(())
    }

    fn tie_headings(&mut self, key: &str, tables: &[&str]) -> Result<()> {
        let figures =
            std::iter::once("Total").chain(tables.iter().copied()).chain(["Largest difference", "Allowed"]);
        let headings = [(key, CellKind::Text), ("Check", CellKind::Text)].into_iter();
        let headings = headings.chain(figures.map(|heading| (heading, EXACT_USAGE)));
        self.headings(&headings.collect::<Vec<_>>())
    }

    fn tie(&mut self, tie: &Tied<'_>, tables: &Tables<'_>) -> Result<()> {
        let line = LineKind::Row;
        let total = tie.total;
        self.label(&shown(tie.key), line)?;
        let kind = kind_of(total);
        sheet::write_figure(&mut self.page, (self.at, 2), total, line, kind)?;
        let own = format!("$A{}", self.at + 1);
        let of_detail =
            (tables.detail.sum_of_key(tie.measure, &own), tables.detail.long(tie.measure, tie.key));
        let of_blocks = |placed: &Placed| {
            let condition = placed.rows_only(|name| placed.range(name));
            (placed_sum(placed, tie.measure, &own, &condition), long(placed, tie))
        };
        let of_summary = (placed_sum(tables.summary, tie.measure, &own, ""), long(tables.summary, tie));
        let of_amounts = tables.amounts.filter(|_| tie.measure == Measure::Amount);
        let of_amounts =
            of_amounts.map(|placed| (placed_sum(placed, tie.measure, &own, ""), long(placed, tie)));
        let sums = [of_detail, of_summary, of_blocks(tables.projects), of_blocks(tables.offerings)];
        let sums: Vec<_> = sums.into_iter().chain(of_amounts).collect();
        if sums.iter().any(|(_, long)| long.len() > LONG_MAX) {
            let text =
                format!("not checked by formula: more than {LONG_MAX} figures have more than 15 digits");
            self.page.write_string_with_format(self.at, 3, text, &looks::subtitle())?;
            self.verdict_at(self.at, &format!("=\"{}\"", word(tie.is_tied)), tie.is_tied)?;
            self.at += 1;
            return Ok(());
        }
        let format = looks::cell(line, kind);
        let decimals = total.decimals();
        for (column, ((sum, long), result)) in (3..).zip(sums.into_iter().zip(&tie.results)) {
            let formula = std::iter::once(sum).chain(long.iter().map(|cell| number_value(cell)));
            let formula = format!("=ROUND({},{decimals})", formula.collect::<Vec<_>>().join("+"));
            sheet::write_formula(&mut self.page, (self.at, column), &formula, result.to_string(), format)?;
        }
        self.difference(tie, tables)
    }

    /// How far the sheets are apart, how far they may be, and what follows.
    fn difference(&mut self, tie: &Tied<'_>, tables: &Tables<'_>) -> Result<()> {
        let total = tie.total;
        let own = match number::is_number(total) {
            true => format!("$C{}", self.at + 1),
            false => number_value(&format!("$C{}", self.at + 1)),
        };
        let end = 3 + tie.results.len() as u16;
        let parts: Vec<String> =
            (3..end).map(|column| format!("ABS({}-{own})", sheet::name_of(self.at, column))).collect();
        let formula = format!("=ROUND(MAX({}),{})", parts.join(","), total.decimals());
        let differences = tie.results.iter().map(|result| result.distance(total));
        let difference = differences.max_by_key(|difference| difference.magnitude());
        let difference = difference.map_or_else(String::new, |difference| difference.to_string());
        let kind = kind_of(total);
        let format = looks::cell(LineKind::Row, kind);
        sheet::write_formula(&mut self.page, (self.at, end), &formula, difference, format)?;
        let largest = tables.detail.largest(tie.measure, tie.key).unwrap_or(total);
        let largest = if largest.magnitude() > total.magnitude() { largest } else { total };
        let allowed = number::tolerance(largest);
        sheet::write_figure(&mut self.page, (self.at, end + 1), allowed, LineKind::Row, kind)?;
        let [difference, allowed] = [end, end + 1].map(|column| sheet::name_of(self.at, column));
        let formula = format!("=IF({difference}<={allowed},\"adds up\",\"does not add up\")");
        self.verdict_at(self.at, &formula, tie.is_tied)?;
        self.at += 1;
        Ok(())
    }

    /// What the checks found, the most important first, and what could not be checked.
    fn notices(&mut self, pack: &Pack) -> Result<()> {
        self.section("Warnings may make the figures wrong; notes are worth knowing")?;
        self.headings(&[("What", CellKind::Text), ("Kind", CellKind::Text), ("Message", CellKind::Text)])?;
        for column in 3..=9 {
            self.page.write_blank(self.at - 1, column, &looks::heading(CellKind::Text))?;
        }
        let (notices, not_checked) = (pack.notices(), pack.not_checked());
        if notices.is_empty() && not_checked.is_empty() {
            self.page.write_string_with_format(self.at, 0, "Nothing was noticed.", &looks::subtitle())?;
        }
        for (notice, stake) in notices {
            let what = notice.code.name().replace('_', " ");
            let text = format!("{} {stake} {}", in_words(&notice.message), notice.answers());
            self.notice(&what, &notice.kind().to_lowercase(), text.trim_end())?;
        }
        for text in not_checked {
            self.notice("", "not checked", &text)?;
        }
        Ok(())
    }

    fn notice(&mut self, what: &str, kind: &str, text: &str) -> Result<()> {
        let format = looks::cell(LineKind::Row, CellKind::Text);
        self.page.write_string_with_format(self.at, 0, what, format)?;
        self.page.write_string_with_format(self.at, 1, kind, format)?;
        self.at = sheet::write_prose(&mut self.page, self.at, 2, &shown(text), MESSAGE_WIDTH)?;
        Ok(())
    }

    fn section(&mut self, text: &str) -> Result<()> {
        self.page.write_string_with_format(self.at, 0, text, &looks::section())?;
        self.at += 1;
        Ok(())
    }

    fn headings(&mut self, headings: &[(&str, CellKind)]) -> Result<()> {
        for (column, (heading, kind)) in (0..).zip(headings) {
            self.page.write_string_with_format(self.at, column, *heading, &looks::heading(*kind))?;
        }
        self.page.set_row_height(self.at, 20)?;
        self.at += 1;
        Ok(())
    }

    fn label(&mut self, text: &str, line: LineKind) -> Result<()> {
        self.page.write_string_with_format(self.at, 0, text, looks::cell(line, CellKind::Text))?;
        Ok(())
    }

    fn verdict_at(&mut self, row: u32, formula: &str, is_ok: bool) -> Result<()> {
        self.is_tied &= is_ok;
        sheet::write_formula(&mut self.page, (row, CHECK), formula, word(is_ok), &looks::verdict())
    }

    fn reference(&self, column: u16) -> String {
        rust_xlsxwriter::utility::worksheet_range_absolute(self.name, self.at, column, self.at, column)
    }
}

/// The sheets whose sums are compared with the total.
const TABLES: [&str; 4] = ["Detail", "Summary", "By project", "By offering"];

/// The columns that a message runs over.
const MESSAGE_WIDTH: usize = 124;

pub(super) fn word(is_ok: bool) -> &'static str {
    if is_ok { "adds up" } else { "does not add up" }
}

fn placed_sum(placed: &Placed, measure: Measure, own: &str, condition: &str) -> String {
    let (keys, values) = (placed.range(measure.key()), placed.range(measure.value()));
    sheet::sum_of_key(&keys, own, condition, &values).trim_start_matches('=').to_owned()
}

/// The cells of a unit's usage, or of a currency's amounts, that are text.
fn long(placed: &Placed, tie: &Tied<'_>) -> Vec<String> {
    let value = placed.column(tie.measure.value());
    let cells = placed.long.iter().filter(|(key, _, column)| key == tie.key && *column == value);
    cells
        .map(|(_, row, column)| {
            rust_xlsxwriter::utility::worksheet_range_absolute(&placed.sheet, *row, *column, *row, *column)
        })
        .collect()
}

/// Text of digits as the nearest number, whatever decimal mark the reader's country has.
fn number_value(cell: &str) -> String {
    format!("_xlfn.NUMBERVALUE({cell},\".\",\",\")")
}

/// Proofs show every digit.
fn kind_of(figure: Figure) -> CellKind {
    match figure {
        Figure::Quantity(_) => EXACT_USAGE,
        Figure::Amount(amount) => CellKind::Amount(amount.places()),
    }
}
