//! The folder of a month's results: whole or not at all, and left as it is if nothing differs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{MonthQuestion, MonthResults, Steps};
use crate::amount::Amount;
use crate::error::{Error, Result};
use crate::files::folder::NewFolder;
use crate::files::hashing::Digest;
use crate::files::leftovers::remove_leftovers;
use crate::pack::Pack;
use crate::usecase::bills::{BillForms, MadeBills};
use crate::usecase::report::{Answer, Rejected};
use crate::usecase::watch::Watch as _;
use crate::verdict::Verdict;
use crate::write::bill::BillFormat;
use crate::write::csv::CsvOptions;
use crate::write::output::OutputEntry;
use crate::write::table::TableOptions;
use crate::write::verdict::{VerdictFormat, write_verdict};
use crate::write::{Format, PackFormat, write, write_pack};

/// The results that are on disk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outputs {
    /// The folder.
    pub folder: PathBuf,
    /// How many files it has.
    pub files: usize,
    /// How many records that cannot be used are kept in it.
    pub rejected: u64,
    /// What an earlier run wrote; `None` if there was none.
    pub earlier: Option<EarlierOutputs>,
}

/// How results differ from those of an earlier run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EarlierOutputs {
    /// The files that differ, by their paths; none if the folder was left as it is.
    pub changed: Vec<(String, FileChange)>,
    /// What the month came to, by currency, as decimals.
    pub totals: Vec<(String, String)>,
}

/// What became of a file since an earlier run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileChange {
    /// It says something else, or was removed by somebody and is there again.
    Changed,
    /// There was none.
    New,
    /// There is none any more.
    Gone,
}

/// What an earlier run wrote.
#[derive(Debug, Default)]
pub(super) struct Earlier(Option<Manifest>);

const MANIFEST: &str = "manifest.json";
const BILLS: &str = "bills";

/// What the folder says of itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Manifest {
    tool: String,
    tool_version: String,
    period: String,
    as_of: String,
    state: String,
    records: u64,
    totals: Vec<Total>,
    bills: usize,
    /// Records that cannot be used and are kept beside.
    #[serde(default, skip_serializing_if = "is_none")]
    rejected: u64,
    outputs: Vec<Entry>,
}

fn is_none(count: &u64) -> bool {
    *count == 0
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Total {
    currency: String,
    amount: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    path: String,
    bytes: u64,
    sha256: String,
}

impl Earlier {
    /// Reads what the folder says of itself, and compares it with its files.
    ///
    /// # Errors
    /// Files that usagebook did not write, or not so.
    pub(super) fn read(folder: &Path) -> Result<Self> {
        if fs::symlink_metadata(folder).is_err() {
            return Ok(Self::default());
        }
        let changed = |file: &str| Error::FolderChanged { folder: folder.to_owned(), file: file.to_owned() };
        let text = fs::read(folder.join(MANIFEST)).map_err(|_| changed(MANIFEST))?;
        let manifest: Manifest = serde_json::from_slice(&text).map_err(|_| changed(MANIFEST))?;
        let mut found = BTreeSet::new();
        list(folder, "", &mut found)?;
        found.remove(MANIFEST);
        for Entry { path, sha256, .. } in &manifest.outputs {
            let bytes = fs::read(folder.join(path)).unwrap_or_default();
            // One that somebody removed is made again.
            if found.remove(path.as_str()) && Digest::of(&bytes).sha256.as_ref() != Some(sha256) {
                return Err(changed(path));
            }
        }
        match found.first() {
            Some(file) => Err(changed(file)),
            None => Ok(Self(Some(manifest))),
        }
    }

    /// How these results differ from what is there.
    fn compared(&self, folder: &Path, outputs: &[Entry]) -> Option<EarlierOutputs> {
        let Self(Some(manifest)) = self else { return None };
        let by_path = |entries: &[Entry]| {
            entries.iter().map(|entry| (entry.path.clone(), entry.sha256.clone())).collect()
        };
        let (before, after): (BTreeMap<String, String>, BTreeMap<String, String>) =
            (by_path(&manifest.outputs), by_path(outputs));
        let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        let change = |path: &&String| match (before.get(*path), after.get(*path)) {
            (None, _) => Some(FileChange::New),
            (_, None) => Some(FileChange::Gone),
            (one, other) => (one != other || !folder.join(path).is_file()).then_some(FileChange::Changed),
        };
        let changed = paths.iter().filter_map(|path| Some(((*path).clone(), change(path)?))).collect();
        let total = |total: &Total| (total.currency.clone(), total.amount.clone());
        Some(EarlierOutputs { changed, totals: manifest.totals.iter().map(total).collect() })
    }

    /// The rejected records that the folder has, if nothing was done to them: how many, and their bytes.
    fn rejects(&self, folder: &Path, name: &str) -> Option<(u64, Vec<u8>)> {
        let manifest = self.0.as_ref().filter(|manifest| manifest.rejected > 0)?;
        Some((manifest.rejected, fs::read(folder.join(name)).ok()?))
    }
}

/// The paths of all files below a folder, with `/` between names.
fn list(folder: &Path, start: &str, found: &mut BTreeSet<String>) -> Result<()> {
    let unreadable = |source| Error::Unreadable { path: folder.to_owned(), source };
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = format!("{start}{}", entry.file_name().to_string_lossy());
        match entry.file_type().map_err(unreadable)?.is_dir() {
            true => list(&entry.path(), &format!("{name}/"), found)?,
            false => {
                found.insert(name);
            }
        }
    }
    Ok(())
}

impl MonthQuestion<'_> {
    /// Writes all results; the folder is replaced if they differ from what is there.
    pub(super) fn write(
        &self,
        results: &MonthResults,
        (verdict, answer, bills): (&Verdict, &Answer<Pack>, Option<&MadeBills>),
        (earlier, rejected): (&Earlier, Option<&mut Rejected>),
        watch: &Steps<'_>,
    ) -> Result<Outputs> {
        remove_leftovers(&self.to);
        let folder = NewFolder::temporary(&self.to, self.access)?;
        let mut outputs = Vec::new();
        let mut put = |name: String, digest: Digest| {
            let sha256 = digest.sha256.clone().unwrap_or_default();
            outputs.push(Entry { path: name, bytes: digest.bytes, sha256 });
        };
        for format in PackFormat::available() {
            let name = format!("report-{}.{}", self.period, format.name());
            let digest = folder.write(&name, |out| write_pack(&answer.result, format, out))?;
            put(name, digest);
            watch.check()?;
        }
        let name = format!("check-{}.txt", self.period);
        let options = TableOptions { width: None, has_color: false };
        let format = VerdictFormat::Table { options, hides_notes: false };
        let digest = folder.write(&name, |out| write_verdict(verdict, format, out))?;
        put(name, digest);
        let rejected = self.write_rejects(&folder, (earlier, rejected), &mut put)?;
        if let Some(journal) = &answer.journal {
            let name = format!("journal-{}.csv", self.period);
            let digest =
                folder.write(&name, |out| write(&journal.report, &Format::Csv.with_defaults(), out))?;
            put(name, digest);
        }
        if let Some(bills) = bills {
            let inner = NewFolder::create(&folder.path().join(BILLS), self.access)?;
            let formats: Vec<BillFormat> = BillFormat::available().collect();
            let forms = BillForms { formats: &formats, csv: &CsvOptions::default(), has_mail: self.has_mail };
            let drawn = bills.draw(forms, &inner, watch)?;
            inner.commit()?;
            let entries = drawn.bills.into_iter().flat_map(|bill| bill.entries).chain(drawn.beside);
            outputs.extend(entries.map(|OutputEntry { path, bytes, sha256, .. }| Entry {
                path: format!("{BILLS}/{path}"),
                bytes,
                sha256: sha256.unwrap_or_default(),
            }));
        }
        outputs.sort_by(|a, b| a.path.cmp(&b.path));
        let files = outputs.len();
        let compared = earlier.compared(&self.to, &outputs);
        let manifest = Manifest { rejected, ..Manifest::new(results, self, outputs) };
        folder.write(MANIFEST, |out| {
            let mut text = serde_json::to_vec_pretty(&manifest).expect("a manifest is text and numbers");
            text.push(b'\n');
            out.write_all(&text).map_err(|source| Error::Output { source })
        })?;
        watch.check()?;
        match &compared {
            None => folder.commit()?,
            Some(compared) if compared.changed.is_empty() => drop(folder),
            Some(_) => folder.replace()?,
        }
        Ok(Outputs { folder: self.to.clone(), files, rejected, earlier: compared })
    }

    /// Keeps the records that cannot be used: those of what was read, else those that the folder has.
    fn write_rejects(
        &self,
        folder: &NewFolder,
        (earlier, rejected): (&Earlier, Option<&mut Rejected>),
        put: &mut impl FnMut(String, Digest),
    ) -> Result<u64> {
        let name = self.rejects_name();
        let refused = |source| Error::Output { source };
        let (count, digest) = match rejected {
            Some(Rejected { count: 0, .. }) => return Ok(0),
            Some(Rejected { count, records }) => {
                let write = |out: &mut dyn Write| {
                    records.as_mut().map_or(Ok(()), |records| records.write(out)).map_err(refused)
                };
                (*count, folder.write(&name, write)?)
            }
            None => match earlier.rejects(&self.to, &name) {
                Some((count, bytes)) => {
                    (count, folder.write(&name, |out| out.write_all(&bytes).map_err(refused))?)
                }
                None => return Ok(0),
            },
        };
        put(name, digest);
        Ok(count)
    }
}

impl Manifest {
    fn new(results: &MonthResults, question: &MonthQuestion<'_>, outputs: Vec<Entry>) -> Self {
        let total = |(currency, amount): &(String, Amount)| Total {
            currency: currency.clone(),
            amount: amount.to_string(),
        };
        Self {
            tool: "usagebook".to_owned(),
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            period: question.period.to_string(),
            as_of: results.as_of.to_string(),
            state: results.state.to_string(),
            records: results.records,
            totals: results.totals.iter().map(total).collect(),
            bills: results.bills,
            rejected: 0,
            outputs,
        }
    }
}
