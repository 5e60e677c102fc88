//! A descriptor beside files of figures: what their columns are called, hold and identify, as
//! [Data Package](https://datapackage.org) 2.0 has it.
//!
//! ```text
//! {
//!   "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
//!   "name": "october",
//!   "resources": [{"name": "october", "type": "table", "path": "october.csv", "format": "csv", "bytes": 1024,
//!                  "hash": "sha256:…", "schema": {"fields": [{"name": "period", "type": "yearmonth", …}, …]}}]
//! }
//! ```

use std::borrow::Cow;
use std::path::Path;

use serde::Serialize;

use super::FormatOptions;
use super::csv::{CsvOptions, CsvProfile, CsvSeparator, DecimalMark};
use super::output::OutputEntry;
use super::parquet::{FieldKind, fields, partition_fields};
use crate::conflict::Conflict;
use crate::dimension::Dimension;
use crate::error::{Error, Result};
use crate::report::{ColumnId, ColumnKind, Report};

const SCHEMA: &str = "https://datapackage.org/profiles/2.0/datapackage.json";

/// The descriptor; serialised, it is the file.
#[derive(Debug, Serialize)]
pub struct DataPackage {
    #[serde(rename = "$schema")]
    schema: &'static str,
    name: String,
    resources: Vec<Resource>,
}

/// A file.
#[derive(Debug, Serialize)]
struct Resource {
    name: String,
    /// `table`, or `file` for Parquet, which says itself what its columns are: Frictionless reads it through pandas, which
    /// turns whole numbers with gaps into floating-point ones, and then refuses them.
    r#type: &'static str,
    /// Below the descriptor's folder.
    path: String,
    scheme: &'static str,
    format: &'static str,
    mediatype: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    encoding: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dialect: Option<Dialect>,
    bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    hash: Option<String>,
    schema: TableSchema,
}

#[derive(Clone, Debug, Serialize)]
struct Dialect {
    delimiter: &'static str,
    #[serde(rename = "lineTerminator")]
    line_terminator: &'static str,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct TableSchema {
    fields: Vec<Field>,
    /// The columns whose values together are in one row only.
    primary_key: Vec<Cow<'static, str>>,
    missing_values: [&'static str; 1],
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Field {
    name: Cow<'static, str>,
    title: Cow<'static, str>,
    r#type: &'static str,
    description: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    decimal_char: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    constraints: Option<Constraints>,
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
enum Constraints {
    Pattern(&'static str),
    Minimum(u64),
}

/// Which files of a report are described.
#[derive(Clone, Copy, Debug)]
pub enum Described<'a> {
    /// One file in a format.
    File(&'a FormatOptions),
    /// A Parquet file for each month.
    Partitions,
}

impl Described<'_> {
    /// Whether files of this kind can be described.
    ///
    /// # Errors
    /// A format that is no table of one kind of rows.
    pub fn check(self) -> Result<()> {
        match self {
            Self::Partitions => Ok(()),
            Self::File(FormatOptions::Csv(options) | FormatOptions::Tsv(options)) if options.has_totals => {
                Err(Conflict::DescribedTotals.into())
            }
            Self::File(FormatOptions::Csv(_) | FormatOptions::Tsv(_) | FormatOptions::Parquet(_)) => Ok(()),
            Self::File(_) => Err(Conflict::DescribedRows.into()),
        }
    }
}

impl DataPackage {
    /// The descriptor of a report's files.
    ///
    /// # Errors
    /// A format that cannot be described, and a file that is not below the descriptor's folder.
    pub fn new(
        report: &Report,
        described: Described<'_>,
        files: &[OutputEntry],
        descriptor: &Path,
    ) -> Result<Self> {
        described.check()?;
        let resources = files.iter().map(|file| {
            let path = below(file, descriptor)?;
            Ok(described.resource(report, file, path))
        });
        let resources: Vec<Resource> = resources.collect::<Result<_>>()?;
        let of_first = || resources.first().map_or_else(|| "usage".to_owned(), |first| first.name.clone());
        let name = match described {
            Described::File(_) => of_first(),
            Described::Partitions => "usage".to_owned(),
        };
        Ok(Self { schema: SCHEMA, name, resources })
    }
}

impl Described<'_> {
    fn resource(self, report: &Report, file: &OutputEntry, path: String) -> Resource {
        let csv = |format, mediatype, delimiter, options: &CsvOptions| {
            let line_terminator = if options.profile == CsvProfile::Excel { "\r\n" } else { "\n" };
            let encoding = if options.profile == CsvProfile::Excel { "utf-8-sig" } else { "utf-8" };
            (format, mediatype, Some(encoding), Some(Dialect { delimiter, line_terminator }))
        };
        let (format, mediatype, encoding, dialect) = match self {
            Self::File(FormatOptions::Csv(options)) => {
                let delimiter = if options.separator == CsvSeparator::Semicolon { ";" } else { "," };
                csv("csv", "text/csv", delimiter, options)
            }
            Self::File(FormatOptions::Tsv(options)) => csv("tsv", "text/tab-separated-values", "\t", options),
            _ => ("parquet", "application/vnd.apache.parquet", None, None),
        };
        Resource {
            name: resource_name(&path),
            r#type: if format == "parquet" { "file" } else { "table" },
            path,
            scheme: "file",
            format,
            mediatype,
            encoding,
            dialect,
            bytes: file.bytes,
            hash: file.sha256.as_ref().map(|digest| format!("sha256:{digest}")),
            schema: self.schema(report),
        }
    }

    fn schema(self, report: &Report) -> TableSchema {
        let columns = &report.columns;
        let of_columns = |mark| columns.iter().map(|column| Field::of(*column, mark)).collect();
        let fields: Vec<Field> = match self {
            Self::File(FormatOptions::Csv(options) | FormatOptions::Tsv(options)) => {
                of_columns((options.decimal == DecimalMark::Comma).then_some(","))
            }
            Self::File(FormatOptions::Parquet(options)) => of_parquet(&fields(report, options), columns),
            Self::Partitions => of_parquet(&partition_fields(report, &Default::default()), columns),
            Self::File(_) => of_columns(None),
        };
        let is_key = |column: &ColumnId| {
            column.is_time()
                || column.is_uuid()
                || matches!(column, ColumnId::Label(dimension) if dimension.columns().len() == 1)
                || matches!(column, ColumnId::MeasuredUnit | ColumnId::Currency)
                || column.is_of_charge()
        };
        let is_there = |name: &Cow<'_, str>| fields.iter().any(|field| field.name == *name);
        let keys = columns.iter().filter(|column| is_key(column)).map(|column| column.name());
        TableSchema {
            // A partition's file has the first day of the month instead of the month.
            primary_key: keys
                .map(|name| if is_there(&name) { name } else { "billing_period".into() })
                .collect(),
            missing_values: [""],
            fields,
        }
    }
}

fn of_parquet(fields: &[super::parquet::Field], columns: &[ColumnId]) -> Vec<Field> {
    let field = |field: &super::parquet::Field| match field.kind {
        FieldKind::Date => Field {
            name: field.name.clone(),
            title: "Billing period".into(),
            r#type: "date",
            description: "The first day of the month.",
            decimal_char: None,
            constraints: None,
        },
        _ => Field::of(columns[field.source], None),
    };
    fields.iter().map(field).collect()
}

impl Field {
    fn of(column: ColumnId, decimal_char: Option<&'static str>) -> Self {
        let kind = column.kind();
        let (r#type, description) = match (column, kind) {
            (ColumnId::Time(Dimension::Period), _) => ("yearmonth", "The calendar month of the usage."),
            (ColumnId::Time(Dimension::Year), _) => ("year", "The calendar year of the usage."),
            (ColumnId::Time(Dimension::Quarter), _) => {
                ("string", "The calendar quarter of the usage, as 2026-Q4.")
            }
            (ColumnId::Time(_), _) => (
                "string",
                "The fiscal year of the usage, named after the calendar year in which it ends, as fy2026.",
            ),
            (_, ColumnKind::Time | ColumnKind::Text) => ("string", "A word of usagebook's own."),
            (_, ColumnKind::Uuid) => ("string", "Identifies what the name behind it calls: 32 hex digits."),
            (_, ColumnKind::Name) => ("string", "As the data has it, byte for byte."),
            (_, ColumnKind::Attribute) => ("string", "From the organisation's own table of attributes."),
            (_, ColumnKind::Unit) => {
                ("string", "The unit of all usage in the row. Usage of different units must not be added.")
            }
            (_, ColumnKind::Usage) => ("number", "An exact decimal in the unit of the row's measured_unit."),
            (_, ColumnKind::Amount) => ("number", "An exact decimal in the currency of the row."),
            (_, ColumnKind::Currency) => (
                "string",
                "The ISO 4217 code of all amounts in the row. Amounts of different currencies must not be added.",
            ),
            (_, ColumnKind::Percent) => ("number", "Per cent, rounded to two places, halves away from zero."),
            (ColumnId::Users, _) => {
                ("integer", "Different usernames. It does not add up: one may be in several rows.")
            }
            (_, ColumnKind::Count) => ("integer", "A number of records."),
        };
        let constraints = match kind {
            ColumnKind::Uuid => Some(Constraints::Pattern("[0-9a-f]{32}")),
            ColumnKind::Count => Some(Constraints::Minimum(0)),
            _ => None,
        };
        Self {
            name: column.name(),
            title: column.heading(),
            r#type,
            description,
            decimal_char: decimal_char.filter(|_| r#type == "number"),
            constraints,
        }
    }
}

/// The file's path from the folder of the descriptor, with `/` between its parts.
fn below(file: &OutputEntry, descriptor: &Path) -> Result<String> {
    let refused =
        || Error::NotBelowDescriptor { path: file.path.clone().into(), descriptor: descriptor.into() };
    let absolute = |path: &Path| std::path::absolute(path).map_err(|_| refused());
    let folder = absolute(descriptor)?;
    let file_path = absolute(Path::new(&file.path))?;
    let path = folder.parent().and_then(|folder| file_path.strip_prefix(folder).ok()).ok_or_else(refused)?;
    let parts = path.iter().map(|part| part.to_str().filter(|part| *part != ".."));
    Ok(parts.collect::<Option<Vec<_>>>().ok_or_else(refused)?.join("/"))
}

/// A name as the specification wants it: small letters, digits, `.`, `_` and `-`.
fn resource_name(path: &str) -> String {
    let stem = path.rsplit_once('.').map_or(path, |(stem, _)| stem);
    let allowed = |letter: char| match letter.to_ascii_lowercase() {
        letter @ ('a'..='z' | '0'..='9' | '.' | '_') => letter,
        _ => '-',
    };
    stem.chars().map(allowed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::sample::sample;

    fn entry(path: &str) -> OutputEntry {
        OutputEntry { path: path.to_owned(), rows: 2, bytes: 10, sha256: Some("ab".to_owned()) }
    }

    fn described(options: FormatOptions, path: &str, descriptor: &str) -> Result<serde_json::Value> {
        let package =
            DataPackage::new(&sample(), Described::File(&options), &[entry(path)], Path::new(descriptor))?;
        Ok(serde_json::to_value(package).expect("text and numbers"))
    }

    #[test]
    fn columns_have_the_names_and_types_of_the_file() {
        let package = described(FormatOptions::Csv(CsvOptions::default()), "out/Mai 2026.csv", "out/d.json");
        let package = package.expect("a descriptor");
        let resource = &package["resources"][0];
        assert_eq!((&resource["path"], &resource["name"]), (&"Mai 2026.csv".into(), &"mai-2026".into()));
        assert_eq!(resource["hash"], "sha256:ab");
        let fields = resource["schema"]["fields"].as_array().expect("fields");
        let named: Vec<_> =
            fields.iter().map(|field| (field["name"].as_str(), field["type"].as_str())).collect();
        assert!(named.contains(&(Some("period"), Some("yearmonth"))), "{named:?}");
        assert!(named.contains(&(Some("usage"), Some("number"))), "{named:?}");
        assert!(named.contains(&(Some("records"), Some("integer"))), "{named:?}");
    }

    #[test]
    fn a_row_is_known_by_its_uuids_not_by_its_names() {
        let package = described(FormatOptions::Parquet(Default::default()), "a.parquet", "d.json");
        let keys = package.expect("a descriptor")["resources"][0]["schema"]["primaryKey"].to_string();
        assert!(keys.contains("customer_uuid") && keys.contains("measured_unit"), "{keys}");
        assert!(!keys.contains("customer_name") && !keys.contains("usage"), "{keys}");
    }

    #[test]
    fn totals_among_the_rows_and_files_elsewhere_are_refused() {
        let totals = CsvOptions { has_totals: true, ..CsvOptions::default() };
        assert!(described(FormatOptions::Csv(totals), "a.csv", "d.json").is_err());
        assert!(described(FormatOptions::Json, "a.json", "d.json").is_err());
        let csv = || FormatOptions::Csv(CsvOptions::default());
        assert!(described(csv(), "elsewhere/a.csv", "here/d.json").is_err());
        assert!(described(csv(), "here/../a.csv", "here/d.json").is_err());
    }
}
