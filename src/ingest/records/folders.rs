//! What the names of folders say of the records in them, as Spark, DuckDB and Hive name partitions: their month, and
//! fields that the files may not have.

use std::path::Path;

use percent_encoding::percent_decode_str;

use super::folder_month::FolderMonth;
use super::raw::{Raw, RawRecord};
use crate::usage::Field;

/// What the folders of a file are called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Folders {
    pub month: Option<FolderMonth>,
    /// The innermost folder of a field counts.
    fields: Vec<(Field, String)>,
    /// Names with a number or a date that are neither a field nor a month: `y=2026`.
    pub unknown: Vec<String>,
}

/// What Hive writes for a field without a value.
const NO_VALUE: &str = "__HIVE_DEFAULT_PARTITION__";

impl Folders {
    pub(crate) fn of(file: &Path) -> Self {
        let mut folders = Self { month: FolderMonth::of(file), ..Self::default() };
        let names = file.parent().into_iter().flat_map(Path::iter).map(|name| name.to_string_lossy());
        for folder in names {
            let Some((name, value)) = folder.split_once('=') else { continue };
            match Field::named(name.to_lowercase().as_bytes()) {
                Some(Field::BillingPeriod) => {}
                Some(field) => {
                    let value = percent_decode_str(value).decode_utf8_lossy();
                    folders.fields.retain(|(known, _)| *known != field);
                    if value != NO_VALUE {
                        folders.fields.push((field, value.into_owned()));
                    }
                }
                None if FolderMonth::is_name(name) || name.eq_ignore_ascii_case("page") => {}
                None if value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') => {
                    folders.unknown.push(folder.into_owned());
                }
                None => {}
            }
        }
        folders
    }

    /// What the names tell of records, to be compared with that of other folders.
    pub(crate) fn told(&self) -> String {
        format!("{:?} {:?}", self.month, self.fields)
    }

    /// Whether the names tell the value of a field.
    pub(crate) fn tell(&self, field: Field) -> bool {
        match field {
            Field::BillingPeriod => self.month.as_ref().is_some_and(|month| month.period().is_some()),
            field => self.fields.iter().any(|(known, _)| *known == field),
        }
    }

    /// Whether a record in them may need to be filled.
    pub(crate) fn has_fields(&self) -> bool {
        !self.fields.is_empty()
    }

    /// Sets the fields that a record does not have. A field of its own counts.
    pub(crate) fn fill<'a>(&'a self, record: &mut RawRecord<'a>) {
        for (field, value) in &self.fields {
            if record.get(*field) == Raw::Missing {
                record.set(*field, Raw::Text(value.as_bytes()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_named_by_a_field_fills_it_where_the_record_has_none() {
        let path =
            "customer_name=a/Component_Type=cpu/customer_name=A%2FS %C3%98st/billing_period=2026-10/x.csv";
        let folders = Folders::of(Path::new(path));
        let mut record = RawRecord::default();
        record.set(Field::ComponentType, Raw::Text(b"gpu"));
        folders.fill(&mut record);
        assert_eq!(record.get(Field::CustomerName), Raw::Text("A/S Øst".as_bytes()));
        assert_eq!(record.get(Field::ComponentType), Raw::Text(b"gpu"));
        assert_eq!(record.get(Field::BillingPeriod), Raw::Missing);
        assert!(folders.tell(Field::BillingPeriod) && folders.tell(Field::CustomerName));
        assert!(!folders.tell(Field::Uuid) && folders.unknown.is_empty());
    }

    #[test]
    fn a_field_without_a_value_and_an_unknown_name_fill_nothing() {
        let folders = Folders::of(Path::new(
            "component_type=__HIVE_DEFAULT_PARTITION__/y=2026/m=10/kind=x/page=1/x.csv",
        ));
        assert!(!folders.has_fields());
        assert_eq!(folders.unknown, ["y=2026", "m=10"]);
    }
}
