//! Tidy rows with a header, for pipelines or for a spreadsheet.
//!
//! ```text
//! period,customer_uuid,customer_name,measured_unit,usage,records
//! 2026-10,0a1b2c3d0a1b2c3d0a1b2c3d0a1b2c3d,Acme,hour,1012.50,2
//! ```

use std::borrow::Cow;
use std::io::Write;
use std::ops::Range;
use std::sync::mpsc;

use super::figures::{Figures, Spelling};
use super::put;
use super::spreadsheet::{harmless, kept};
use super::totals::TotalLabels;
use crate::conflict::Conflict;
use crate::error::Result;
use crate::report::{Cell, ColumnId, ColumnKind, Report, Section};

/// Choices that a reader's program asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CsvOptions {
    /// A program or a spreadsheet.
    pub profile: CsvProfile,
    /// Between the fields of CSV; TSV has its tabs.
    pub separator: CsvSeparator,
    /// Within figures.
    pub decimal: DecimalMark,
    /// Whether totals follow the rows, marked "Total" in the first free label column.
    pub has_totals: bool,
}

/// Who reads the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CsvProfile {
    /// A program: RFC 4180 with LF, no byte order mark, every value as it is.
    #[default]
    Pipeline,
    /// A spreadsheet: byte order mark, CRLF, and no text that it would run as a formula or read another value from.
    Excel,
}

/// What separates the fields of CSV.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CsvSeparator {
    /// As RFC 4180 has it.
    #[default]
    Comma,
    /// As spreadsheets of a decimal comma read it.
    Semicolon,
}

/// What separates the decimals of a figure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DecimalMark {
    /// The only one that programs read.
    #[default]
    Point,
    /// For spreadsheets of such a language; it needs another separator than the comma.
    Comma,
}

impl CsvOptions {
    /// Whether the choices go together: only a spreadsheet asks for another separator or mark.
    pub fn check(&self) -> Result<()> {
        match (self.profile, self.separator, self.decimal) {
            (CsvProfile::Pipeline, CsvSeparator::Semicolon, _) => Err(Conflict::SemicolonForPrograms.into()),
            (CsvProfile::Pipeline, _, DecimalMark::Comma) => Err(Conflict::DecimalCommaForPrograms.into()),
            _ => Ok(()),
        }
    }

    fn separator(&self) -> u8 {
        match self.separator {
            CsvSeparator::Comma => b',',
            CsvSeparator::Semicolon => b';',
        }
    }

    fn spelling(&self) -> Spelling {
        match self.decimal {
            DecimalMark::Point => Spelling::PLAIN,
            DecimalMark::Comma => Spelling { mark: b',', separator: None },
        }
    }
}

pub(super) fn write(report: &Report, dialect: &Dialect<'_>, out: &mut dyn Write) -> Result<()> {
    dialect.write_header(&report.columns, out)?;
    dialect.write_rows(&report.columns, &report.rows, None, out)?;
    match TotalLabels::new(&report.columns) {
        Some(labels) if dialect.options.has_totals => {
            dialect.write_rows(&report.columns, &report.totals, Some(&labels), out)
        }
        _ => Ok(()),
    }
}

/// How many rows are spelled at a time, by one core.
const ROWS_AT_A_TIME: usize = 4 << 10;

/// One way to spell rows.
#[derive(Clone, Copy)]
pub(super) struct Dialect<'a> {
    pub options: &'a CsvOptions,
    separator: u8,
}

impl<'a> Dialect<'a> {
    /// # Errors
    /// Choices that do not go together.
    pub(crate) fn new(options: &'a CsvOptions) -> Result<Self> {
        options.check()?;
        Ok(Self { options, separator: options.separator() })
    }

    pub(crate) fn with_tabs(options: &'a CsvOptions) -> Result<Self> {
        Ok(Self { separator: b'\t', ..Self::new(options)? })
    }

    pub(crate) fn write_header(&self, columns: &[ColumnId], out: &mut dyn Write) -> Result<()> {
        let names: Vec<Cow<'_, str>> = columns.iter().map(|column| column.name()).collect();
        self.write_named(&names, out)
    }

    /// Writes a header of columns that no report has.
    pub(crate) fn write_named(&self, names: &[impl AsRef<str>], out: &mut dyn Write) -> Result<()> {
        let mut writer = self.writer();
        writer.write_record(names.iter().map(AsRef::as_ref).map(str::as_bytes)).expect(IN_MEMORY);
        if self.is_excel() {
            put("\u{feff}".as_bytes(), out)?;
        }
        put(&writer.into_inner().expect(IN_MEMORY), out)
    }

    /// Writes a row of columns that no report has; text is kept as it is by spreadsheets, months aside.
    pub(crate) fn write_cells(
        &self,
        names: &[impl AsRef<str>],
        cells: &[Cell<'_>],
        out: &mut dyn Write,
    ) -> Result<()> {
        let is_time = |name: &str| ["period", "date", "due_date"].contains(&name);
        let kind = |name: &str| if is_time(name) { ColumnKind::Time } else { ColumnKind::Name };
        let guards: Vec<Guard> = names.iter().map(|name| self.guard(kind(name.as_ref()))).collect();
        let mut writer = RowWriter {
            writer: self.writer(),
            record: ::csv::ByteRecord::new(),
            figures: Figures::new(self.options.spelling()),
            guards: &guards,
        };
        cells.iter().enumerate().for_each(|(column, cell)| writer.push(column, *cell));
        writer.writer.write_byte_record(&writer.record).expect(IN_MEMORY);
        put(&writer.writer.into_inner().expect(IN_MEMORY), out)
    }

    /// Writes rows of these columns.
    pub(crate) fn write_rows(
        &self,
        columns: &[ColumnId],
        section: &Section,
        labels: Option<&TotalLabels>,
        out: &mut dyn Write,
    ) -> Result<()> {
        let guards: Vec<Guard> = columns.iter().map(|column| self.guard(column.kind())).collect();
        self.rows(&guards, section, labels, &mut |rows| put(rows, out))
    }

    fn is_excel(&self) -> bool {
        self.options.profile == CsvProfile::Excel
    }

    fn guard(&self, kind: ColumnKind) -> Guard {
        match kind {
            _ if !self.is_excel() => |text| Cow::Borrowed(text),
            // Months are to be dates, and texts of our own are chosen for a reader.
            ColumnKind::Time | ColumnKind::Text => harmless,
            _ => kept,
        }
    }

    /// Puts all rows of a section: the cores spell pieces of it, in their order they are put.
    fn rows(
        &self,
        guards: &[Guard],
        section: &Section,
        labels: Option<&TotalLabels>,
        put: &mut dyn FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        let starts = (0..section.len()).step_by(ROWS_AT_A_TIME);
        let mut ranges = starts.map(|start| start..section.len().min(start + ROWS_AT_A_TIME));
        // A core that waits for a piece may be the one that has to spell it.
        if rayon::current_thread_index().is_some() {
            return ranges.try_for_each(|rows| put(&self.spelled(guards, section, rows, labels)));
        }
        rayon::in_place_scope(|scope| {
            let pieces: Vec<_> = ranges
                .map(|rows| {
                    let (sender, piece) = mpsc::sync_channel(1);
                    // Nobody waits for a piece behind one that could not be put.
                    scope.spawn(move |_| drop(sender.send(self.spelled(guards, section, rows, labels))));
                    piece
                })
                .collect();
            pieces.into_iter().try_for_each(|piece| put(&piece.recv().expect("every piece is spelled")))
        })
    }

    fn spelled(
        &self,
        guards: &[Guard],
        section: &Section,
        rows: Range<usize>,
        labels: Option<&TotalLabels>,
    ) -> Vec<u8> {
        let mut writer = RowWriter {
            writer: self.writer(),
            record: ::csv::ByteRecord::new(),
            figures: Figures::new(self.options.spelling()),
            guards,
        };
        writer.write(section, rows, labels);
        writer.writer.into_inner().expect(IN_MEMORY)
    }

    fn writer(&self) -> ::csv::Writer<Vec<u8>> {
        let terminator =
            if self.is_excel() { ::csv::Terminator::CRLF } else { ::csv::Terminator::Any(b'\n') };
        ::csv::WriterBuilder::new().delimiter(self.separator).terminator(terminator).from_writer(Vec::new())
    }
}

const IN_MEMORY: &str = "writing to memory does not fail";

/// What text becomes in a column.
type Guard = fn(&str) -> Cow<'_, str>;

struct RowWriter<'a> {
    writer: ::csv::Writer<Vec<u8>>,
    /// The row being written; kept for its memory.
    record: ::csv::ByteRecord,
    figures: Figures,
    /// One for each column.
    guards: &'a [Guard],
}

impl RowWriter<'_> {
    fn write(&mut self, section: &Section, rows: Range<usize>, labels: Option<&TotalLabels>) {
        let cells = section.cells();
        let columns = cells.width();
        for row in rows {
            self.record.clear();
            let label = labels.map(|labels| labels.of(&cells, row));
            let label = label.map(|label| (label.column, label.to_string()));
            for column in 0..columns {
                match &label {
                    Some((at, label)) if *at == column => self.push(column, Cell::Text(label)),
                    _ => self.push(column, cells.get(row, column)),
                }
            }
            self.writer.write_byte_record(&self.record).expect(IN_MEMORY);
        }
    }

    fn push(&mut self, column: usize, cell: Cell<'_>) {
        match cell {
            Cell::Empty => self.record.push_field(b""),
            Cell::Text(text) => self.record.push_field(self.guards[column](text).as_bytes()),
            Cell::Quantity(quantity) => self.record.push_field(self.figures.quantity(quantity).as_bytes()),
            Cell::Amount(amount) => self.record.push_field(self.figures.amount(amount).as_bytes()),
            Cell::Count(count) => self.record.push_field(self.figures.count(count).as_bytes()),
        }
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::dimension::Dimension;
    use crate::text::visible::visible;
    use crate::write::sample::{ACME, drawn, drawn_with, rows_only, sample};
    use crate::write::{Format, FormatOptions};

    const EXCEL: CsvOptions = CsvOptions {
        profile: CsvProfile::Excel,
        separator: CsvSeparator::Semicolon,
        decimal: DecimalMark::Comma,
        has_totals: false,
    };

    /// What cannot be seen spelled out, but for the ends of lines.
    fn shown(text: &str) -> String {
        visible(text).replace("\\u{9}", " → ").replace("\\u{a}", "\n").replace("\\u{d}", "\\r")
    }

    /// The records that a CSV reader finds.
    fn read_back(text: &str, separator: u8) -> Vec<Vec<String>> {
        let mut reader =
            ::csv::ReaderBuilder::new().delimiter(separator).has_headers(false).from_reader(text.as_bytes());
        let fields = |record: ::csv::StringRecord| record.iter().map(str::to_owned).collect();
        reader.records().map(|record| fields(record.unwrap())).collect()
    }

    #[test]
    fn a_pipeline_gets_every_value_as_it_is() {
        assert_snapshot!(shown(&drawn(&sample(), Format::Csv)), @r#"
        period,customer_uuid,customer_name,component_type,measured_unit,usage,records,users
        2026-10,c0c0c0c000000000000000000000000c,"=1+1;""x""",cpu,hour,1012.50,2,2
        2026-10,0a1b2c3d00000000000000000000000a,Acme,cpu,hour,2.00,1,1
        2026-10,0a1b2c3d00000000000000000000000a,Acme,storage,GB,-5.00,1,1
        2026-10,b0b0b0b000000000000000000000000b,Acme,cpu,hour,3.25,1,1
        2026-11,d0d0d0d000000000000000000000000d,"a\u{202e}b
        c, <d>",-x|y,hour,0.25,1,1
        2026-11,e0e0e0e000000000000000000000000e,東京 👩‍🔬,cpu,,7.00,1,1
        "#);
    }

    #[test]
    fn a_spreadsheet_gets_no_text_that_runs_as_a_formula() {
        let text = drawn_with(&sample(), &FormatOptions::Csv(EXCEL));
        let text = text.strip_prefix('\u{feff}').expect("a byte order mark comes first");
        assert_snapshot!(shown(text), @r#"
        period;customer_uuid;customer_name;component_type;measured_unit;usage;records;users\r
        2026-10;c0c0c0c000000000000000000000000c;"'=1+1;""x""";cpu;hour;1012,50;2;2\r
        2026-10;0a1b2c3d00000000000000000000000a;Acme;cpu;hour;2,00;1;1\r
        2026-10;0a1b2c3d00000000000000000000000a;Acme;storage;GB;-5,00;1;1\r
        2026-10;b0b0b0b000000000000000000000000b;Acme;cpu;hour;3,25;1;1\r
        2026-11;d0d0d0d000000000000000000000000d;"a\u{202e}b
        c, <d>";'-x|y;hour;0,25;1;1\r
        2026-11;e0e0e0e000000000000000000000000e;東京 👩‍🔬;cpu;;7,00;1;1\r
        "#);
    }

    #[test]
    fn tabs_separate_when_asked_and_totals_follow_when_asked() {
        let options = CsvOptions { has_totals: true, ..CsvOptions::default() };
        assert_snapshot!(shown(&drawn_with(&sample(), &FormatOptions::Tsv(options))), @r#"
        period → customer_uuid → customer_name → component_type → measured_unit → usage → records → users
        2026-10 → c0c0c0c000000000000000000000000c → "=1+1;""x""" → cpu → hour → 1012.50 → 2 → 2
        2026-10 → 0a1b2c3d00000000000000000000000a → Acme → cpu → hour → 2.00 → 1 → 1
        2026-10 → 0a1b2c3d00000000000000000000000a → Acme → storage → GB → -5.00 → 1 → 1
        2026-10 → b0b0b0b000000000000000000000000b → Acme → cpu → hour → 3.25 → 1 → 1
        2026-11 → d0d0d0d000000000000000000000000d → "a\u{202e}b
        c, <d>" → -x|y → hour → 0.25 → 1 → 1
        2026-11 → e0e0e0e000000000000000000000000e → 東京 👩‍🔬 → cpu →  → 7.00 → 1 → 1
        2026-10 →  → Total →  → GB → -5.00 → 1 → 1
        2026-10 →  → Total →  → hour → 1017.75 → 4 → 3
        2026-11 →  → Total →  →  → 7.00 → 1 → 1
        2026-11 →  → Total →  → hour → 0.25 → 1 → 1
        Total →  →  →  →  → 7.00 → 1 → 1
        Total →  →  →  → GB → -5.00 → 1 → 1
        Total →  →  →  → hour → 1018.00 → 5 → 3
        "#);
    }

    #[test]
    fn every_field_reads_back_whatever_the_separator_and_the_decimal_mark() {
        let separators = [(CsvSeparator::Comma, b','), (CsvSeparator::Semicolon, b';')];
        for (separator, byte) in separators {
            let text = drawn_with(&sample(), &FormatOptions::Csv(CsvOptions { separator, ..EXCEL }));
            let records = read_back(text.trim_start_matches('\u{feff}'), byte);
            assert_eq!(records.len(), 7);
            assert_eq!(records[1][2], "'=1+1;\"x\"");
            assert_eq!(records[1][5], "1012,50");
            assert_eq!(records[3][5], "-5,00", "a negative number is a number");
        }
    }

    #[test]
    fn a_spreadsheet_reads_the_text_that_is_written_and_figures_stay_figures() {
        let report = rows_only(
            &[Dimension::Period, Dimension::Customer],
            "period customer_uuid customer_name measured_unit usage",
            &[
                &["2026-10", "1234567890123456789012345678e123", "0042", "1-2", "-1.50"],
                &["2026-10", ACME, "4711", "hour", "1000000.00"],
            ],
        );
        assert_snapshot!(shown(drawn_with(&report, &FormatOptions::Csv(EXCEL)).trim_start_matches('\u{feff}')), @r"
        period;customer_uuid;customer_name;measured_unit;usage\r
        2026-10;'1234567890123456789012345678e123;'0042;'1-2;-1,50\r
        2026-10;0a1b2c3d00000000000000000000000a;4711;hour;1000000,00\r
        ");
    }

    #[test]
    fn the_empty_unit_and_no_value_are_both_empty_fields() {
        let report = rows_only(
            &[Dimension::Customer],
            "customer_uuid customer_name measured_unit usage",
            &[&["~", "Others", "", "1.00"]],
        );
        assert_snapshot!(drawn(&report, Format::Csv), @"
        customer_uuid,customer_name,measured_unit,usage
        ,Others,,1.00
        ");
    }

    #[test]
    fn a_pipeline_is_not_given_another_separator_or_mark() {
        for options in [
            CsvOptions { separator: CsvSeparator::Semicolon, ..CsvOptions::default() },
            CsvOptions { decimal: DecimalMark::Comma, ..CsvOptions::default() },
        ] {
            assert!(options.check().unwrap_err().is_usage());
        }
        assert!(EXCEL.check().is_ok());
    }

    #[test]
    fn a_core_that_draws_does_not_wait_for_itself() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        let drawn = pool.install(|| drawn(&sample(), Format::Csv));
        assert_eq!(drawn, super::super::sample::drawn(&sample(), Format::Csv));
    }
}
