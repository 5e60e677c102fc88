//! Every byte of a book against its checksum, and every figure that it keeps against the records.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::add::totals;
use super::decode::read_rows;
use super::frames::{self, Names};
use super::history::History;
use super::manifest::{Month, Retraction, State, StoredFile};
use super::rows::{Rows, Texts};
use super::store::{BLOCK_BYTES, MONTHS, damaged, sha256};
use super::writer::stored_files;
use super::{Book, Version, canonical};
use crate::error::{Error, Result};
use crate::period::BillingPeriod;

/// What was proved, and what is wrong.
#[derive(Clone, Debug, Default)]
pub struct Verification {
    pub files: u64,
    pub bytes: u64,
    /// In the order of the paths.
    pub damage: Vec<Damage>,
}

/// A file that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Damage {
    pub path: PathBuf,
    pub reason: String,
}

impl Book {
    /// Reads everything, and names what is not as it was written.
    ///
    /// # Errors
    /// A book that can not even be opened; files that the system does not let us read stand among the damage.
    pub fn verify(&self) -> Result<Verification> {
        let mut verification = Verification::default();
        let mut seen = BTreeSet::new();
        for file in stored_files(&self.generation.manifest).filter(|file| seen.insert(file.name())) {
            verification.note(self.verify_bytes(&self.store.path(file), file), file.bytes)?;
        }
        self.verify_partitions(&mut verification)?;
        if verification.damage.is_empty() {
            self.verify_retractions(&mut verification)?;
            for (period, month) in self.months() {
                verification.note(self.verify_month(period, month), 0)?;
            }
        }
        verification.damage.sort();
        verification.damage.dedup();
        Ok(verification)
    }

    fn verify_bytes(&self, path: &Path, file: &StoredFile) -> Result<()> {
        let bytes = match self.store.read_whole(path) {
            Err(Error::Unreadable { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
                return Err(damaged(path, "it is not there"));
            }
            outcome => outcome?,
        };
        let blocks = bytes.chunks(BLOCK_BYTES).map(crc32fast::hash);
        match sha256(&bytes) == file.sha256 && blocks.eq(file.blocks.iter().copied()) {
            true => Ok(()),
            false => Err(damaged(path, "its bytes do not match their SHA-256")),
        }
    }

    /// The files that foreign readers see: one for each month, and nothing else.
    fn verify_partitions(&self, verification: &mut Verification) -> Result<()> {
        let months = self.store.generations().join(&self.generation.name).join(MONTHS);
        let mut expected = BTreeSet::new();
        for (period, month) in self.months() {
            let Some(file) = &month.now.file else { continue };
            let partition = months.join(format!("period={period}"));
            expected.insert(partition.clone());
            let path = partition.join(file.name());
            verification.note(self.verify_bytes(&path, file), file.bytes)?;
            self.verify_names(&partition, &BTreeSet::from([path]), verification)?;
        }
        self.verify_names(&months, &expected, verification)
    }

    fn verify_names(
        &self,
        folder: &Path,
        expected: &BTreeSet<PathBuf>,
        verification: &mut Verification,
    ) -> Result<()> {
        let names = match self.store.disk.list(folder) {
            Ok(names) => names,
            Err(error) => {
                let reason = format!("it can not be read ({error})");
                return verification.note(Err(damaged(folder, reason)), 0);
            }
        };
        for path in names.iter().map(|name| folder.join(name)).filter(|path| !expected.contains(path)) {
            let reason = "it is none of the book's files, and every reader of the months meets it";
            verification.note(Err(damaged(&path, reason)), 0)?;
        }
        Ok(())
    }

    fn verify_retractions(&self, verification: &mut Verification) -> Result<()> {
        for Retraction { delivery, .. } in self.retractions() {
            let outcome = match self.place(delivery) {
                Some(_) => Ok(()),
                None => {
                    Err(damaged(self.folder(), format!("delivery {delivery} is retracted and not there")))
                }
            };
            verification.note(outcome, 0)?;
        }
        Ok(())
    }

    /// The kept figures, and the state itself, follow from what the deliveries showed.
    fn verify_month(&self, period: BillingPeriod, month: &Month) -> Result<()> {
        let mut texts = Texts::default();
        let history = History::read(&self.store, month, &mut texts)?;
        let now = self.fold(period, &history, &Version::Now, &texts)?;
        self.verify_state(&month.now, &now.rows, &mut texts)?;
        for closing in &month.closings {
            let version = Version::Closed(closing.version);
            let folded = self.fold(period, &history, &version, &texts)?;
            self.verify_state(&closing.state, &folded.rows, &mut texts)?;
            let frame = frames::of_rows([(period, &folded.rows, Names::default())], &texts)?;
            if canonical::digest(&frame)? != closing.digest {
                let what = format!(
                    "the records of {period} {version} do not have the digest that it was closed with"
                );
                return Err(damaged(self.folder(), what));
            }
        }
        Ok(())
    }

    fn verify_state(&self, state: &State, folded: &Rows, texts: &mut Texts) -> Result<()> {
        let Some(file) = &state.file else {
            return match folded.records.is_empty() {
                true => Ok(()),
                false => Err(damaged(self.folder(), "a month without a file has records")),
            };
        };
        let rows = read_rows(self.store.open(file)?, texts)?;
        match rows == *folded
            && totals(&rows, texts) == state.totals
            && rows.records.len() as u64 == state.records
        {
            true => Ok(()),
            false => {
                Err(damaged(&self.store.path(file), "its records are not those that the deliveries make"))
            }
        }
    }
}

impl Verification {
    /// Keeps damage; passes other errors on.
    fn note(&mut self, outcome: Result<()>, bytes: u64) -> Result<()> {
        let damage = match outcome {
            Ok(()) => {
                self.files += u64::from(bytes > 0);
                self.bytes += bytes;
                return Ok(());
            }
            Err(Error::DamagedBook { path, reason }) => Damage { path, reason },
            Err(Error::Unreadable { path, source }) => {
                Damage { path, reason: format!("it can not be read ({source})") }
            }
            Err(error) => return Err(error),
        };
        self.damage.push(damage);
        Ok(())
    }
}
