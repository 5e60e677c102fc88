//! A folder of Parquet files, one for each month.
//!
//! ```text
//! FOLDER/period=2026-09/usage.parquet
//! FOLDER/period=2026-10/usage.parquet
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::foreign::own_periods;
use super::parquet::{ParquetOptions, encode_rows, partition_fields};
use crate::conflict::Conflict;
use crate::dimension::Dimension;
use crate::error::Result;
use crate::files::access::Access;
use crate::files::atomic::{AtomicFile, PreparedFile, sync_folder, unwritable};
use crate::files::hashing::Digest;
use crate::files::leftovers::remove_leftovers;
use crate::period::{BillingPeriod, PeriodRange};
use crate::report::{Cell, ColumnId, Report};

/// The one file of a partition.
pub(super) const FILE: &str = "usage.parquet";
/// What a partition's folder begins with; its period follows.
pub(super) const PREFIX: &str = "period=";

/// A file that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenPartition {
    /// The month of all its rows.
    pub period: BillingPeriod,
    /// Below the folder, with the folder's name first.
    pub path: PathBuf,
    /// Rows of the report.
    pub rows: usize,
    /// Its size and, if asked for, its SHA-256.
    pub digest: Digest,
}

/// Files that are on disk, but not yet under their names. Dropped, they leave no trace.
#[derive(Debug)]
#[must_use = "prepared partitions appear when they are committed"]
pub struct PreparedPartitions {
    folder: PathBuf,
    files: Vec<(WrittenPartition, PreparedFile)>,
    removed: Vec<BillingPeriod>,
    left: Vec<BillingPeriod>,
    created: CreatedFolders,
}

/// The months of a folder that a report takes the place of. Those that it has no rows of are removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replaced {
    /// Those that it has rows of.
    Written,
    /// Those that lie in a range of months.
    Range(PeriodRange),
    /// Every month that the folder has.
    All,
}

impl Replaced {
    fn contains(self, period: BillingPeriod) -> bool {
        match self {
            Self::Written => false,
            Self::Range(range) => range.contains(period),
            Self::All => true,
        }
    }
}

/// Writes one file for each month of the report.
///
/// A folder that holds files of other columns, another schema's version or another maker is refused with
/// [`Error::ForeignFolder`](crate::error::Error::ForeignFolder) before anything is written.
pub fn write_partitions(
    report: &Report,
    options: &ParquetOptions,
    folder: &Path,
    replaced: Replaced,
) -> Result<Vec<WrittenPartition>> {
    prepare_partitions(report, options, folder, replaced)?.commit()
}

/// Does all of [`write_partitions`] but for the renames and removals.
pub fn prepare_partitions(
    report: &Report,
    options: &ParquetOptions,
    folder: &Path,
    replaced: Replaced,
) -> Result<PreparedPartitions> {
    let rows = rows_by_period(report)?;
    let fields = partition_fields(report, options);
    let present = own_periods(folder, &fields)?;

    let encoded = rows
        .iter()
        .map(|(period, rows)| Ok((*period, rows.len(), encode_rows(report, &fields, rows, Some(*period))?)));
    let encoded = encoded.collect::<Result<Vec<_>>>()?;
    let mut prepared = PreparedPartitions {
        folder: folder.to_owned(),
        files: Vec::with_capacity(encoded.len()),
        removed: Vec::new(),
        left: Vec::new(),
        created: CreatedFolders::default(),
    };
    for (period, rows, bytes) in encoded {
        prepared.add(period, rows, &bytes)?;
    }
    let absent = present.iter().filter(|period| !rows.contains_key(period));
    (prepared.removed, prepared.left) = absent.partition(|period| replaced.contains(**period));
    Ok(prepared)
}

impl PreparedPartitions {
    /// Puts each file under its name, in one step each, then takes away the months without rows.
    pub fn commit(mut self) -> Result<Vec<WrittenPartition>> {
        let mut written = Vec::with_capacity(self.files.len());
        for (partition, file) in self.files.drain(..) {
            file.commit()?;
            written.push(partition);
        }
        for period in &self.removed {
            let folder = partition(&self.folder, *period);
            remove_partition(&folder).map_err(|source| unwritable(&folder, source))?;
        }
        if self.folder.exists() {
            sync_folder(&self.folder).map_err(|source| unwritable(&self.folder, source))?;
        }
        Ok(written)
    }

    /// The files that a commit writes.
    pub fn files(&self) -> impl Iterator<Item = &WrittenPartition> {
        self.files.iter().map(|(written, _)| written)
    }

    /// The months without rows whose folders a commit removes.
    pub fn removed(&self) -> &[BillingPeriod] {
        &self.removed
    }

    /// The months of the folder that stay as they are.
    pub fn left(&self) -> &[BillingPeriod] {
        &self.left
    }

    fn add(&mut self, period: BillingPeriod, rows: usize, bytes: &[u8]) -> Result<()> {
        let folder = partition(&self.folder, period);
        self.created.ensure(&folder).map_err(|source| unwritable(&folder, source))?;
        let path = folder.join(FILE);
        remove_leftovers(&path);
        let mut file = AtomicFile::create(&path, Access::Public)?;
        file.write_all(bytes).map_err(|source| unwritable(&path, source))?;
        let written = WrittenPartition { period, path, rows, digest: Digest::of(bytes) };
        self.files.push((written, file.prepare()?));
        Ok(())
    }
}

impl Drop for PreparedPartitions {
    fn drop(&mut self) {
        // The temporary files first, so that the folders are empty.
        self.files.clear();
        self.created.remove_empty();
    }
}

/// Folders that were not there before.
#[derive(Debug, Default)]
struct CreatedFolders(Vec<PathBuf>);

impl CreatedFolders {
    fn ensure(&mut self, folder: &Path) -> io::Result<()> {
        let missing: Vec<&Path> = folder
            .ancestors()
            .take_while(|ancestor| !ancestor.as_os_str().is_empty() && !ancestor.exists())
            .collect();
        for ancestor in missing.into_iter().rev() {
            fs::create_dir(ancestor)?;
            self.0.push(ancestor.to_owned());
        }
        Ok(())
    }

    fn remove_empty(&mut self) {
        for folder in self.0.drain(..).rev() {
            // One that holds a committed file stays.
            let _ = fs::remove_dir(folder);
        }
    }
}

fn rows_by_period(report: &Report) -> Result<BTreeMap<BillingPeriod, Vec<usize>>> {
    let column = report.column(ColumnId::Time(Dimension::Period));
    let column = column.ok_or(Conflict::PartitionsWithoutPeriod)?;
    let cells = report.rows.cells();
    let mut rows: BTreeMap<BillingPeriod, Vec<usize>> = BTreeMap::new();
    for row in 0..report.rows.len() {
        let text = match cells.get(row, column) {
            Cell::Text(text) => text,
            _ => "",
        };
        rows.entry(text.parse()?).or_default().push(row);
    }
    Ok(rows)
}

pub(super) fn partition(folder: &Path, period: BillingPeriod) -> PathBuf {
    folder.join(format!("{PREFIX}{period}"))
}

/// Takes away a partition's file, what an interrupted run left beside it, and the folder.
fn remove_partition(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name == FILE || (name.starts_with(&format!(".{FILE}.")) && name.ends_with(".tmp")) {
            fs::remove_file(entry.path())?;
        }
    }
    match fs::remove_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use ::parquet::file::reader::{FileReader, SerializedFileReader};

    use super::*;
    use crate::write::parquet::DecimalWidth;
    use crate::write::sample::{ACME, report, rows_only, sample};

    const COLUMNS: &str = "period customer_uuid customer_name measured_unit usage";
    const BY: [Dimension; 2] = [Dimension::Period, Dimension::Customer];

    fn months(months: &[&str]) -> Report {
        let rows: Vec<[&str; 5]> =
            months.iter().map(|month| [*month, ACME, "Acme", "hour", "1.00"]).collect();
        rows_only(&BY, COLUMNS, &rows.iter().map(|row| row.as_slice()).collect::<Vec<_>>())
    }

    fn range(text: &str) -> Replaced {
        let (first, last) = text.split_once("..").unwrap();
        let month = |text: &str| PeriodRange::month(text.parse().unwrap());
        Replaced::Range(month(first).joined(&month(last)))
    }

    fn write(report: &Report, folder: &Path, replaced: Replaced) -> Result<Vec<WrittenPartition>> {
        write_partitions(report, &ParquetOptions::default(), folder, replaced)
    }

    /// Every file and empty folder, with its bytes.
    fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
        let mut found = BTreeMap::new();
        for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            let name = entry.file_name().unwrap().to_str().unwrap().to_owned();
            if entry.is_dir() {
                let inner = tree(&entry);
                found.extend(inner.into_iter().map(|(inner, bytes)| (format!("{name}/{inner}"), bytes)));
            } else {
                found.insert(name, fs::read(&entry).unwrap());
            }
        }
        found
    }

    fn names(folder: &Path) -> Vec<String> {
        tree(folder).into_keys().collect()
    }

    #[test]
    fn each_month_has_a_folder_with_one_file() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("new/usage");
        let written = write(&sample(), &root, Replaced::Written).unwrap();
        assert_eq!(names(&root), ["period=2026-10/usage.parquet", "period=2026-11/usage.parquet"]);
        assert_eq!(written.iter().map(|partition| partition.rows).collect::<Vec<_>>(), [4, 2]);
        let bytes = fs::read(&written[0].path).unwrap();
        assert_eq!(written[0].digest, Digest::of(&bytes));
    }

    #[test]
    fn the_folder_tells_the_period_and_the_file_the_date() {
        let folder = tempfile::tempdir().unwrap();
        let written = write(&months(&["2026-10"]), folder.path(), Replaced::Written).unwrap();
        let reader = SerializedFileReader::new(fs::File::open(&written[0].path).unwrap()).unwrap();
        let columns = reader.metadata().file_metadata().schema_descr().columns();
        let names: Vec<&str> = columns.iter().map(|column| column.name()).collect();
        assert_eq!(names, ["billing_period", "customer_uuid", "customer_name", "measured_unit", "usage"]);
    }

    #[test]
    fn a_file_holds_the_totals_of_its_own_month() {
        let report = report(
            &BY,
            COLUMNS,
            &[&["2026-10", ACME, "Acme", "hour", "1.00"], &["2026-11", ACME, "Acme", "hour", "2.00"]],
            &[],
            &[
                &["2026-10", "~", "~", "hour", "1.00"],
                &["2026-11", "~", "~", "hour", "2.00"],
                &["~", "~", "~", "hour", "3.00"],
            ],
        );
        let folder = tempfile::tempdir().unwrap();
        let written = write(&report, folder.path(), Replaced::Written).unwrap();
        let reader = SerializedFileReader::new(fs::File::open(&written[1].path).unwrap()).unwrap();
        let entries = reader.metadata().file_metadata().key_value_metadata().unwrap();
        let value = |key: &str| entries.iter().find(|entry| entry.key == key).unwrap().value.clone().unwrap();
        let total = r#"{"period":"2026-11","customer_uuid":null,"customer_name":null,"measured_unit":"hour","usage":"2.00"}"#;
        assert_eq!(value("usagebook.totals"), format!("[{total}]"));
        assert_eq!(value("usagebook.period"), "2026-11");
    }

    #[test]
    fn months_of_the_range_without_rows_go_and_others_stay() {
        let folder = tempfile::tempdir().unwrap();
        write(&months(&["2026-07", "2026-08", "2026-09", "2026-10"]), folder.path(), Replaced::Written)
            .unwrap();
        fs::write(folder.path().join("period=2026-08/.usage.parquet.x.tmp"), "interrupted").unwrap();
        fs::write(folder.path().join("README"), "keep").unwrap();
        write(&months(&["2026-09"]), folder.path(), range("2026-08..2026-09")).unwrap();
        let expected = [
            "README",
            "period=2026-07/usage.parquet",
            "period=2026-09/usage.parquet",
            "period=2026-10/usage.parquet",
        ];
        assert_eq!(names(folder.path()), expected);
        assert!(!folder.path().join("period=2026-08").exists());
    }

    #[test]
    fn a_month_that_a_later_report_no_longer_has_stays_and_is_named_or_goes_when_all_are_replaced() {
        let folder = tempfile::tempdir().unwrap();
        write(&months(&["2026-08", "2026-09", "2026-10"]), folder.path(), Replaced::Written).unwrap();
        let prepare = |replaced| {
            let options = ParquetOptions::default();
            prepare_partitions(&months(&["2026-10"]), &options, folder.path(), replaced).unwrap()
        };
        let texts = |periods: &[BillingPeriod]| periods.iter().map(ToString::to_string).collect::<Vec<_>>();
        let prepared = prepare(Replaced::Written);
        assert_eq!(
            (texts(prepared.left()), prepared.removed().len()),
            (vec!["2026-08".into(), "2026-09".into()], 0)
        );
        prepared.commit().unwrap();
        assert_eq!(names(folder.path()).len(), 3);
        let prepared = prepare(Replaced::All);
        assert_eq!(
            (prepared.left().len(), texts(prepared.removed())),
            (0, vec!["2026-08".into(), "2026-09".into()])
        );
        prepared.commit().unwrap();
        assert_eq!(names(folder.path()), ["period=2026-10/usage.parquet"]);
    }

    #[test]
    fn writing_again_gives_the_same_bytes() {
        let folder = tempfile::tempdir().unwrap();
        write(&sample(), folder.path(), Replaced::Written).unwrap();
        let before = tree(folder.path());
        write(&sample(), folder.path(), Replaced::Written).unwrap();
        assert_eq!(tree(folder.path()), before);
    }

    /// What is said of a folder that is refused, and that it stays as it was.
    fn refused(folder: &Path, report: &Report, options: &ParquetOptions) -> String {
        let before = tree(folder);
        let error = write_partitions(report, options, folder, range("2026-01..2026-12")).unwrap_err();
        assert_eq!(tree(folder), before);
        match error {
            crate::Error::ForeignFolder { found, expected, .. } => format!("{found}; expected {expected}"),
            other => other.to_string(),
        }
    }

    #[test]
    fn a_folder_of_another_schema_is_refused_and_left_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        write(&months(&["2026-09"]), folder.path(), Replaced::Written).unwrap();
        let october = months(&["2026-10"]);
        let wide = ParquetOptions { decimal: DecimalWidth::Digits38 };
        let usual = ParquetOptions::default();
        assert_eq!(
            refused(folder.path(), &october, &wide),
            "usage DECIMAL(18,2); expected usage DECIMAL(38,2)"
        );
        assert_eq!(
            refused(folder.path(), &sample(), &usual),
            "measured_unit UTF8; expected component_type UTF8"
        );
        fs::write(folder.path().join("all.parquet"), "").unwrap();
        let message = refused(folder.path(), &october, &usual);
        assert_eq!(message, "\"all.parquet\"; expected period=2026-10 and the like");
        fs::remove_file(folder.path().join("all.parquet")).unwrap();
        let file = folder.path().join("period=2026-09/usage.parquet");
        fs::write(&file, "PAR1").unwrap();
        assert_eq!(refused(folder.path(), &october, &usual), "not Parquet; expected Parquet");
        fs::remove_file(&file).unwrap();
        fs::write(folder.path().join("period=2026-09/part-0.parquet"), "").unwrap();
        let message = refused(folder.path(), &october, &usual);
        assert_eq!(message, "\"part-0.parquet\"; expected usage.parquet alone");
    }

    #[test]
    fn a_figure_that_does_not_fit_leaves_every_month_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        write(&months(&["2026-09", "2026-10"]), folder.path(), Replaced::Written).unwrap();
        let large = rows_only(
            &BY,
            COLUMNS,
            &[
                &["2026-09", ACME, "Acme", "hour", "2.00"],
                &["2026-11", ACME, "Acme", "hour", "10000000000000000.00"],
            ],
        );
        assert!(refused(folder.path(), &large, &ParquetOptions::default()).contains("DECIMAL(18,2)"));
    }

    #[test]
    fn what_is_prepared_and_dropped_leaves_no_trace() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("usage");
        let prepared =
            prepare_partitions(&sample(), &ParquetOptions::default(), &root, Replaced::Written).unwrap();
        assert_eq!(prepared.files().count(), 2);
        drop(prepared);
        assert!(!root.exists());
    }

    #[test]
    fn a_report_without_months_has_no_partitions() {
        let report =
            rows_only(&[Dimension::Customer], "customer_uuid customer_name measured_unit usage", &[]);
        let folder = tempfile::tempdir().unwrap();
        assert!(write(&report, folder.path(), Replaced::Written).unwrap_err().is_usage());
    }
}
