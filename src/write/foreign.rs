//! Tells a folder of partitions that can be added to from one that a reader could not read afterwards.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::Path;

use ::parquet::basic::ConvertedType;
use ::parquet::file::metadata::FileMetaData;
use ::parquet::file::reader::{FileReader, SerializedFileReader};
use ::parquet::schema::types::{Type, TypePtr};

use super::SCHEMA_VERSION;
use super::footer::SCHEMA_VERSION_KEY;
use super::parquet::{Field, schema};
use super::partitions::{FILE, PREFIX, partition};
use crate::error::{Error, Result};
use crate::period::BillingPeriod;

/// What was found where something else was expected.
struct Difference {
    found: String,
    expected: String,
}

/// The months that the folder has partitions of, all of the given columns.
///
/// [`Error::ForeignFolder`] where it holds other data too.
pub(super) fn own_periods(folder: &Path, fields: &[Field]) -> Result<BTreeSet<BillingPeriod>> {
    let expected = schema(fields)?;
    let mut periods = BTreeSet::new();
    for name in names(folder)? {
        let is_data = name.starts_with(PREFIX) || name.ends_with(".parquet");
        match name.strip_prefix(PREFIX).map(str::parse::<BillingPeriod>) {
            Some(Ok(period)) => periods.insert(period),
            _ if is_data => {
                return Err(foreign(folder, difference(format!("{name:?}"), "period=2026-10 and the like")));
            }
            _ => continue,
        };
    }
    periods.iter().try_for_each(|period| check_partition(&partition(folder, *period), &expected))?;
    Ok(periods)
}

/// The names in a folder but for the hidden ones, in order; none if there is no folder.
fn names(folder: &Path) -> Result<Vec<String>> {
    let unreadable = |source| Error::Unreadable { path: folder.to_owned(), source };
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(unreadable)?,
    };
    let name = |entry: io::Result<fs::DirEntry>| Ok(entry?.file_name().to_string_lossy().into_owned());
    let mut names = entries.map(name).collect::<io::Result<Vec<_>>>().map_err(unreadable)?;
    names.retain(|name| !name.starts_with('.'));
    names.sort();
    Ok(names)
}

fn check_partition(folder: &Path, expected: &Type) -> Result<()> {
    let names = names(folder)?;
    if let Some(name) = names.iter().find(|name| *name != FILE) {
        return Err(foreign(folder, difference(format!("{name:?}"), format!("{FILE} alone"))));
    }
    if names.is_empty() {
        return Ok(());
    }
    let path = folder.join(FILE);
    let file = File::open(&path).map_err(|source| Error::Unreadable { path, source })?;
    let difference = match SerializedFileReader::new(file) {
        Ok(reader) => first_difference(reader.metadata().file_metadata(), expected),
        Err(_) => Some(difference("not Parquet", "Parquet")),
    };
    difference.map_or(Ok(()), |difference| Err(foreign(folder, difference)))
}

/// The schema's version, else the first column, that is not the same.
fn first_difference(metadata: &FileMetaData, expected: &Type) -> Option<Difference> {
    let version = schema_version(metadata).unwrap_or("none");
    if version != SCHEMA_VERSION.to_string() {
        return Some(difference(
            format!("schema version {version}"),
            format!("schema version {SCHEMA_VERSION}"),
        ));
    }
    let (found, expected) = (metadata.schema_descr().root_schema().get_fields(), expected.get_fields());
    let mut pairs = (0..found.len().max(expected.len())).map(|at| (found.get(at), expected.get(at)));
    let (found, expected) = pairs.find(|(found, expected)| found != expected)?;
    Some(difference(described(found), described(expected)))
}

fn schema_version(metadata: &FileMetaData) -> Option<&str> {
    let entry = metadata.key_value_metadata()?.iter().find(|entry| entry.key == SCHEMA_VERSION_KEY)?;
    entry.value.as_deref()
}

/// `usage DECIMAL(18,2)`
fn described(column: Option<&TypePtr>) -> String {
    match column.map(|column| &**column) {
        None => "no column".to_owned(),
        Some(Type::GroupType { basic_info, .. }) => format!("{} of nested columns", basic_info.name()),
        Some(Type::PrimitiveType { basic_info, physical_type, scale, precision, .. }) => {
            let name = basic_info.name();
            match basic_info.converted_type() {
                ConvertedType::NONE => format!("{name} {physical_type}"),
                ConvertedType::DECIMAL => format!("{name} DECIMAL({precision},{scale})"),
                converted_type => format!("{name} {converted_type}"),
            }
        }
    }
}

fn difference(found: impl Into<String>, expected: impl Into<String>) -> Difference {
    Difference { found: found.into(), expected: expected.into() }
}

fn foreign(folder: &Path, Difference { found, expected }: Difference) -> Error {
    Error::ForeignFolder { path: folder.to_owned(), found, expected }
}
