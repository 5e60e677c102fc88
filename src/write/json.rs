//! The report as one JSON object, or as one object a row.
//!
//! ```text
//! {
//! "schema_version":2,
//! "tool":"usagebook",
//! …
//! "totals":[
//! {"period":null,"customer_uuid":null,"customer_name":null,"measured_unit":"hour","usage":"12.50","records":2}
//! ],
//! "rows":[
//! {"period":"2026-10","customer_uuid":"0a1b…","customer_name":"Acme","measured_unit":"hour","usage":"12.50","records":2}
//! ]
//! }
//! ```

use std::borrow::Cow;
use std::io::{self, Write};

use serde::Serialize;
use serde::ser::SerializeMap;
use serde_json::ser::{CompactFormatter, Formatter};

use super::figures::{Figures, Spelling};
use super::totals::TotalLabels;
use super::{SCHEMA_VERSION, TOOL};
use crate::period::BillingPeriod;
use crate::report::{Cell, Cells, ColumnId, ColumnKind, Compared, MoneyTotal, Pricing, Report, Section};
use crate::text::visible::is_hazard;

/// Choices for one object a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NdjsonOptions {
    /// Whether totals follow the rows. Every object then begins with `"total"`, true or false.
    pub has_totals: bool,
}

pub(super) fn write(report: &Report, out: &mut impl Write) -> io::Result<()> {
    out.write_all(b"{\n")?;
    write_facts(report, out)?;
    let mut rows = RowWriter::new(&report.columns);
    write_member(out, "totals")?;
    write_array(&mut rows, &report.totals, out)?;
    out.write_all(b",\n")?;
    write_member(out, "rows")?;
    write_array(&mut rows, &report.rows, out)?;
    out.write_all(b"\n}\n")
}

pub(super) fn write_lines(report: &Report, options: &NdjsonOptions, out: &mut impl Write) -> io::Result<()> {
    let mut rows = RowWriter::new(&report.columns);
    rows.write_lines(&report.rows, options.has_totals.then_some(false), out)?;
    if options.has_totals && TotalLabels::new(&report.columns).is_some() {
        rows.write_lines(&report.totals, Some(true), out)?;
    }
    Ok(())
}

/// The rows of a section as JSON, on one line.
pub(super) fn section_json(
    columns: &[ColumnId],
    section: &Section,
    rows: impl IntoIterator<Item = usize>,
) -> String {
    let mut writer = RowWriter::new(columns);
    let cells = section.cells();
    let mut json = Vec::from(b"[");
    for (index, row) in rows.into_iter().enumerate() {
        if index > 0 {
            json.push(b',');
        }
        writer.write(&cells, row, None, &mut json).expect("memory takes all bytes");
    }
    json.push(b']');
    String::from_utf8(json).expect("JSON is UTF-8")
}

/// The filters as a JSON object, in their order.
pub(super) fn filters_json(report: &Report) -> String {
    let mut json = Vec::new();
    write_value(&mut json, &Filters(&report.provenance.filters)).expect("memory takes all bytes");
    String::from_utf8(json).expect("JSON is UTF-8")
}

/// What usage is compared with as JSON.
pub(super) fn comparison_json(comparison: &Compared) -> String {
    let mut json = Vec::new();
    write_value(&mut json, comparison).expect("memory takes all bytes");
    String::from_utf8(json).expect("JSON is UTF-8")
}

/// Where amounts come from as JSON; of one period, what they come to there.
pub(super) fn pricing_json(pricing: &Pricing, period: Option<BillingPeriod>) -> String {
    let mut pricing = pricing.clone();
    if let Some(period) = period {
        pricing.months.retain(|month| month.period == Some(period));
        pricing.totals =
            pricing.months.iter().map(|month| MoneyTotal { period: None, ..month.clone() }).collect();
    }
    let mut json = Vec::new();
    write_value(&mut json, &pricing).expect("memory takes all bytes");
    String::from_utf8(json).expect("JSON is UTF-8")
}

/// What is known about the figures, one member a line.
fn write_facts(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let provenance = &report.provenance;
    let texts = |items: &[&dyn ToString]| items.iter().map(|item| item.to_string()).collect::<Vec<_>>();
    let partial: Vec<&dyn ToString> = provenance.partial_periods.iter().map(|period| period as _).collect();
    write_fact(out, "schema_version", &SCHEMA_VERSION)?;
    write_fact(out, "tool", TOOL)?;
    write_fact(out, "tool_version", provenance.tool_version)?;
    write_fact(out, "period", &provenance.period.map(|period| period.to_string()))?;
    write_fact(out, "as_of", &provenance.as_of.to_string())?;
    write_fact(out, "timezone", provenance.timezone.name())?;
    write_fact(out, "filters", &Filters(&provenance.filters))?;
    write_fact(out, "by", &report.by.iter().map(|dimension| dimension.name()).collect::<Vec<_>>())?;
    write_columns(out, &report.columns)?;
    write_fact(out, "partial_periods", &texts(&partial))?;
    if let Some(comparison) = &provenance.comparison {
        write_fact(out, "comparison", comparison)?;
    }
    // Where the report is made from a book.
    if !provenance.states.is_empty() {
        write_fact(out, "states", &provenance.states)?;
    }
    if let Some(pricing) = &provenance.pricing {
        write_fact(out, "pricing", pricing)?;
    }
    if let Some(based) = provenance.shown_basis() {
        write_fact(out, "basis", based)?;
    }
    write_fact(out, "accounting", &provenance.accounting)?;
    write_fact(out, "notices", &provenance.notices)
}

pub(super) fn write_columns(out: &mut dyn Write, columns: &[ColumnId]) -> io::Result<()> {
    write_fact(out, "columns", &columns.iter().map(ColumnFact::new).collect::<Vec<_>>())
}

pub(super) fn write_fact(
    out: &mut dyn Write,
    name: &str,
    value: &(impl Serialize + ?Sized),
) -> io::Result<()> {
    write_member(out, name)?;
    write_value(out, value)?;
    out.write_all(b",\n")
}

pub(super) fn write_member(out: &mut dyn Write, name: &str) -> io::Result<()> {
    write_value(out, name)?;
    out.write_all(b":")
}

fn write_array(rows: &mut RowWriter, section: &Section, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(b"[")?;
    let cells = section.cells();
    for row in 0..section.len() {
        out.write_all(if row == 0 { b"\n" } else { b",\n" })?;
        rows.write(&cells, row, None, out)?;
    }
    out.write_all(if section.is_empty() { b"]" } else { b"\n]" })
}

pub(super) fn write_value(
    out: &mut (impl Write + ?Sized),
    value: &(impl Serialize + ?Sized),
) -> io::Result<()> {
    let mut serializer = serde_json::Serializer::with_formatter(out, Harmless);
    Ok(value.serialize(&mut serializer)?)
}

/// Writes rows as objects; usage as text, so that no reader rounds it.
pub(super) struct RowWriter {
    /// `"usage":`, one for each column.
    names: Vec<Vec<u8>>,
    figures: Figures,
}

impl RowWriter {
    pub(crate) fn new(columns: &[ColumnId]) -> Self {
        let name = |column: &ColumnId| {
            let mut name = Vec::new();
            write_member(&mut name, &column.name()).expect("memory takes all bytes");
            name
        };
        Self { names: columns.iter().map(name).collect(), figures: Figures::new(Spelling::PLAIN) }
    }

    pub(crate) fn write_lines(
        &mut self,
        section: &Section,
        is_total: Option<bool>,
        out: &mut impl Write,
    ) -> io::Result<()> {
        let cells = section.cells();
        (0..section.len()).try_for_each(|row| {
            self.write(&cells, row, is_total, out)?;
            out.write_all(b"\n")
        })
    }

    pub(crate) fn write(
        &mut self,
        cells: &Cells<'_>,
        row: usize,
        is_total: Option<bool>,
        out: &mut (impl Write + ?Sized),
    ) -> io::Result<()> {
        out.write_all(match is_total {
            None => b"{",
            Some(true) => br#"{"total":true,"#,
            Some(false) => br#"{"total":false,"#,
        })?;
        for (column, name) in self.names.iter().enumerate() {
            if column > 0 {
                out.write_all(b",")?;
            }
            out.write_all(name)?;
            match cells.get(row, column) {
                Cell::Empty => out.write_all(b"null")?,
                Cell::Text(text) => write_value(out, text)?,
                Cell::Quantity(quantity) => write!(out, "\"{}\"", self.figures.quantity(quantity))?,
                Cell::Amount(amount) => write!(out, "\"{}\"", self.figures.amount(amount))?,
                Cell::Count(count) => out.write_all(self.figures.count(count).as_bytes())?,
            }
        }
        out.write_all(b"}")
    }
}

/// A column's name and the kind of its values.
#[derive(Serialize)]
struct ColumnFact {
    name: Cow<'static, str>,
    r#type: &'static str,
}

impl ColumnFact {
    fn new(column: &ColumnId) -> Self {
        let r#type = match column.kind() {
            ColumnKind::Uuid => "uuid",
            ColumnKind::Usage | ColumnKind::Amount | ColumnKind::Percent => "decimal",
            ColumnKind::Count => "integer",
            _ => "text",
        };
        Self { name: column.name(), r#type }
    }
}

struct Filters<'a>(&'a [(&'static str, Vec<String>)]);

impl Serialize for Filters<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, values) in self.0 {
            map.serialize_entry(name, values)?;
        }
        map.end()
    }
}

/// Spells what could act on a terminal as `\u009b`: the same text to every reader.
struct Harmless;

impl Formatter for Harmless {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        // Nothing is left to escape in most text; whole bytes tell that faster than characters.
        if fragment.bytes().all(|byte| byte < 0x7f) {
            return CompactFormatter.write_string_fragment(writer, fragment);
        }
        while let Some(at) = rest.find(is_hazard) {
            let (harmless, hazard) = rest.split_at(at);
            let character = hazard.chars().next().expect("a hazard was found");
            CompactFormatter.write_string_fragment(writer, harmless)?;
            for unit in character.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = &hazard[character.len_utf8()..];
        }
        CompactFormatter.write_string_fragment(writer, rest)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use insta::assert_snapshot;
    use serde::Deserialize;
    use serde_json::Value;

    use super::*;
    use crate::dimension::Dimension;
    use crate::write::sample::{drawn, drawn_with, rows_only, sample};
    use crate::write::{Format, FormatOptions};

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Document {
        schema_version: u32,
        tool: String,
        tool_version: String,
        period: Option<String>,
        as_of: String,
        timezone: String,
        filters: BTreeMap<String, Vec<String>>,
        by: Vec<String>,
        columns: Vec<NamedColumn>,
        partial_periods: Vec<String>,
        accounting: BTreeMap<String, u64>,
        notices: Vec<NamedNotice>,
        totals: Vec<Row>,
        rows: Vec<Row>,
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct NamedColumn {
        name: String,
        r#type: String,
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct NamedNotice {
        severity: String,
        code: String,
        count: u64,
        message: String,
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Row {
        period: Option<String>,
        customer_uuid: Option<String>,
        customer_name: Option<String>,
        component_type: Option<String>,
        measured_unit: String,
        usage: String,
        records: u64,
        users: u64,
    }

    #[test]
    fn the_document_looks_like_this() {
        assert_snapshot!(drawn(&sample(), Format::Json), @r#"
        {
        "schema_version":2,
        "tool":"usagebook",
        "tool_version":"0.1.0",
        "period":"2026-10..2026-11",
        "as_of":"2026-11-23",
        "timezone":"UTC",
        "filters":{"type":["cpu","\u001b[31m"]},
        "by":["period","customer","component"],
        "columns":[{"name":"period","type":"text"},{"name":"customer_uuid","type":"uuid"},{"name":"customer_name","type":"text"},{"name":"component_type","type":"text"},{"name":"measured_unit","type":"text"},{"name":"usage","type":"decimal"},{"name":"records","type":"integer"},{"name":"users","type":"integer"}],
        "partial_periods":["2026-11"],
        "accounting":{"read":8,"kept":7,"older_versions":0,"exact_repeats":1,"rejected":0,"filtered_out":0,"not_opened":0},
        "notices":[{"severity":"note","code":"partial_period","count":1,"message":"2026-11 is not over"}],
        "totals":[
        {"period":"2026-10","customer_uuid":null,"customer_name":null,"component_type":null,"measured_unit":"GB","usage":"-5.00","records":1,"users":1},
        {"period":"2026-10","customer_uuid":null,"customer_name":null,"component_type":null,"measured_unit":"hour","usage":"1017.75","records":4,"users":3},
        {"period":"2026-11","customer_uuid":null,"customer_name":null,"component_type":null,"measured_unit":"","usage":"7.00","records":1,"users":1},
        {"period":"2026-11","customer_uuid":null,"customer_name":null,"component_type":null,"measured_unit":"hour","usage":"0.25","records":1,"users":1},
        {"period":null,"customer_uuid":null,"customer_name":null,"component_type":null,"measured_unit":"","usage":"7.00","records":1,"users":1},
        {"period":null,"customer_uuid":null,"customer_name":null,"component_type":null,"measured_unit":"GB","usage":"-5.00","records":1,"users":1},
        {"period":null,"customer_uuid":null,"customer_name":null,"component_type":null,"measured_unit":"hour","usage":"1018.00","records":5,"users":3}
        ],
        "rows":[
        {"period":"2026-10","customer_uuid":"c0c0c0c000000000000000000000000c","customer_name":"=1+1;\"x\"","component_type":"cpu","measured_unit":"hour","usage":"1012.50","records":2,"users":2},
        {"period":"2026-10","customer_uuid":"0a1b2c3d00000000000000000000000a","customer_name":"Acme","component_type":"cpu","measured_unit":"hour","usage":"2.00","records":1,"users":1},
        {"period":"2026-10","customer_uuid":"0a1b2c3d00000000000000000000000a","customer_name":"Acme","component_type":"storage","measured_unit":"GB","usage":"-5.00","records":1,"users":1},
        {"period":"2026-10","customer_uuid":"b0b0b0b000000000000000000000000b","customer_name":"Acme","component_type":"cpu","measured_unit":"hour","usage":"3.25","records":1,"users":1},
        {"period":"2026-11","customer_uuid":"d0d0d0d000000000000000000000000d","customer_name":"a\u202eb\nc, <d>","component_type":"-x|y","measured_unit":"hour","usage":"0.25","records":1,"users":1},
        {"period":"2026-11","customer_uuid":"e0e0e0e000000000000000000000000e","customer_name":"東京 👩‍🔬","component_type":"cpu","measured_unit":"","usage":"7.00","records":1,"users":1}
        ]
        }
        "#);
    }

    #[test]
    fn a_reader_finds_every_fact_and_nothing_unknown() {
        let document: Document = serde_json::from_str(&drawn(&sample(), Format::Json)).unwrap();
        assert_eq!((document.schema_version, document.tool.as_str()), (SCHEMA_VERSION, "usagebook"));
        assert_eq!((document.tool_version.as_str(), document.timezone.as_str()), ("0.1.0", "UTC"));
        assert_eq!(
            (document.period.as_deref(), document.as_of.as_str()),
            (Some("2026-10..2026-11"), "2026-11-23")
        );
        assert_eq!(document.filters["type"], ["cpu", "\u{1b}[31m"]);
        assert_eq!(document.by, ["period", "customer", "component"]);
        let types: Vec<&str> = document.columns.iter().map(|column| column.r#type.as_str()).collect();
        assert_eq!(types, ["text", "uuid", "text", "text", "text", "decimal", "integer", "integer"]);
        assert_eq!(document.columns[5].name, "usage");
        assert_eq!(document.partial_periods, ["2026-11"]);
        assert_eq!((document.accounting["read"], document.accounting["exact_repeats"]), (8, 1));
        let notice = &document.notices[0];
        assert_eq!(
            (notice.severity.as_str(), notice.code.as_str(), notice.count),
            ("note", "partial_period", 1)
        );
        assert_eq!(notice.message, "2026-11 is not over");
        let row = &document.rows[4];
        assert_eq!(row.customer_name.as_deref(), Some("a\u{202e}b\nc, <d>"));
        assert_eq!((row.period.as_deref(), row.component_type.as_deref()), (Some("2026-11"), Some("-x|y")));
        assert_eq!((row.usage.as_str(), row.records, row.users), ("0.25", 1, 1));
        let total = document.totals.last().unwrap();
        assert_eq!((total.period.as_ref(), total.customer_uuid.as_ref()), (None, None));
        assert_eq!((total.measured_unit.as_str(), total.usage.as_str()), ("hour", "1018.00"));
    }

    #[test]
    fn one_row_is_one_line() {
        let text = drawn(&sample(), Format::Ndjson);
        let rows: Vec<Row> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(rows.len(), 6);
        assert_eq!(rows[5].customer_name.as_deref(), Some("東京 👩\u{200d}🔬"));
    }

    #[test]
    fn totals_among_lines_say_that_they_are() {
        let text = drawn_with(&sample(), &FormatOptions::Ndjson(NdjsonOptions { has_totals: true }));
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let (rows, totals) = lines.split_at(6);
        assert!(rows.iter().all(|row| row["total"] == false));
        assert!(totals.iter().all(|total| total["total"] == true));
        assert_eq!(totals.len(), 7);
    }

    #[test]
    fn nothing_in_json_acts_on_a_terminal() {
        let text = drawn(&sample(), Format::Json);
        assert!(!text.replace('\n', "").contains(is_hazard));
        assert!(text.contains(r"a\u202eb\nc"));
    }

    #[test]
    fn no_rows_are_an_empty_list() {
        let report = rows_only(&[Dimension::User], "username measured_unit usage", &[]);
        assert!(drawn(&report, Format::Json).ends_with("\"totals\":[],\n\"rows\":[]\n}\n"));
        assert_eq!(drawn(&report, Format::Ndjson), "");
    }
}
