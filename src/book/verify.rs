//! Every byte of a book against its checksum, and every figure that it keeps against the records.

use std::collections::BTreeSet;
use std::io::ErrorKind::{InvalidData, NotADirectory};
use std::path::{Path, PathBuf};

use super::add::totals;
use super::collect::{REPAIRED, is_own_temporary};
use super::decode::read_rows;
use super::frames::{self, Names};
use super::history::History;
use super::manifest::{Month, Retraction, State, StoredFile};
use super::root::{SUPERSEDED, number_of};
use super::rows::{Rows, Texts};
use super::store::{
    BLOCK_BYTES, MANIFEST, MARKER, MONTHS, NOT_A_FOLDER, NOT_PLAIN, damaged, is_own_file, sha256,
};
use super::view::is_partition;
use super::writer::{is_clutter, stored_files};
use super::{Book, Version, canonical};
use crate::error::{Error, Result};
use crate::period::BillingPeriod;

/// What was proved, and what is wrong.
#[derive(Clone, Debug, Default)]
pub struct Verification {
    /// How many files were read to the end.
    pub files: u64,
    /// The size of all of them.
    pub bytes: u64,
    /// In the order of the paths.
    pub damage: Vec<Damage>,
    /// Files of others in the book's folder, in the order of the paths. The book passes them over.
    pub foreign: Vec<Foreign>,
}

/// A file or folder that is not the book's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Foreign {
    /// Below the book's folder.
    pub path: PathBuf,
    /// Whether other programs read it as usage: a file among the months that is not hidden.
    pub is_among_months: bool,
}

/// A file that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Damage {
    /// The file or folder at fault.
    pub path: PathBuf,
    /// What is wrong with it, in words.
    pub reason: String,
}

impl Book {
    /// Reads everything, and names what is not as it was written.
    ///
    /// # Errors
    /// A book that cannot even be opened; files that the system does not let us read stand among the damage.
    pub fn verify(&self) -> Result<Verification> {
        let mut verification = Verification::default();
        let mut seen = BTreeSet::new();
        for file in stored_files(&self.generation.manifest).filter(|file| seen.insert(file.name())) {
            verification.note(self.verify_bytes(&self.store.path(file), file), file.bytes)?;
        }
        // Twice: others may have committed between the two looks of the first.
        if self.check_newest().is_err()
            && let Err(Error::RootLost { path, reason, .. }) = self.check_newest()
        {
            verification.damage.push(Damage { path, reason });
        }
        self.find_obstacles(&mut verification);
        self.verify_view(&mut verification)?;
        self.find_foreign(&mut verification)?;
        if verification.damage.is_empty() {
            self.verify_retractions(&mut verification)?;
            let broken = self.generation.manifest.broken_chain();
            verification
                .damage
                .extend(broken.map(|reason| Damage { path: self.folder().to_owned(), reason }));
            for reason in self.generation.manifest.broken_log() {
                verification.damage.push(Damage { path: self.folder().to_owned(), reason });
            }
            for (period, month) in self.months() {
                verification.note(self.verify_month(period, month), 0)?;
            }
            let outcome = self.broken_issues().and_then(|broken| match broken {
                Some(reason) => Err(damaged(self.folder(), reason)),
                None => Ok(()),
            });
            verification.note(outcome, 0)?;
        }
        verification.damage.sort();
        verification.damage.dedup();
        Ok(verification)
    }

    /// Whether the book has no later commit than the one that `book.json` names by now.
    fn check_newest(&self) -> Result<()> {
        let current = self.store.generation()?;
        self.store.check_no_newer(current.map_or(0, |current| current.manifest.generation))
    }

    /// Names what stops every writer.
    fn find_obstacles(&self, verification: &mut Verification) {
        let (lock, temporary) = (self.store.inner().join("lock"), self.store.temporary());
        let is_plain = self.store.disk.open(&lock).err().is_none_or(|error| error.kind() != InvalidData);
        let is_folder =
            self.store.disk.list(&temporary).err().is_none_or(|error| error.kind() != NotADirectory);
        for (path, is_fine, reason) in [(lock, is_plain, NOT_PLAIN), (temporary, is_folder, NOT_A_FOLDER)] {
            if !is_fine {
                verification.damage.push(Damage { path, reason: reason.to_owned() });
            }
        }
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

    /// The files that other programs see, where the file system lets them see any.
    fn verify_view(&self, verification: &mut Verification) -> Result<()> {
        let months = self.store.generations().join(&self.generation.name).join(MONTHS);
        if !self.store.is_linked(&self.generation.name) {
            return Ok(());
        }
        for (period, month) in self.months() {
            if let Some(file) = &month.now.file {
                let path = months.join(format!("period={period}")).join(file.name());
                verification.note(self.verify_bytes(&path, file), file.bytes)?;
            }
        }
        Ok(())
    }

    /// Names every file and folder that the book does not know.
    fn find_foreign(&self, verification: &mut Verification) -> Result<()> {
        let own = |folder: PathBuf, is_own: &dyn Fn(&str) -> bool| {
            let names = self.store.list(&folder)?;
            let foreign = names.into_iter().filter(|name| !name.to_str().is_some_and(is_own));
            Ok::<_, Error>(foreign.map(|name| folder.join(name)).collect::<Vec<_>>())
        };
        let one_of = |names: &'static [&'static str]| move |name: &str| names.contains(&name);
        let store = &self.store;
        let mut found = own(store.folder.clone(), &one_of(&[".book", MARKER, MONTHS]))?;
        found.extend(own(
            store.inner(),
            &one_of(&["files", "generations", "holder.json", "lock", REPAIRED, "tmp"]),
        )?);
        found.extend(own(store.files(), &is_own_file)?);
        // What a writer that was killed left there is the book's own; the next writer removes it.
        found.extend(own(store.temporary(), &is_own_temporary)?);
        found.extend(own(store.generations(), &|name| number_of(name).is_some())?);
        if store.disk.read_link(&store.folder.join(MONTHS)).is_err() {
            // A folder in the place of the link: a copy of what it showed, or somebody else's.
            self.find_foreign_months(&store.folder.join(MONTHS), true, verification)?;
        }
        for generation in store.list(&store.generations())? {
            let folder = store.generations().join(&generation);
            if number_of(&generation.to_string_lossy()).is_some() {
                found.extend(own(folder.clone(), &one_of(&[MANIFEST, MONTHS, SUPERSEDED]))?);
                let is_current = generation.to_str() == Some(&self.generation.name);
                self.find_foreign_months(&folder.join(MONTHS), is_current, verification)?;
            }
        }
        let foreign = |path| Foreign { path, is_among_months: false };
        verification.foreign.extend(found.into_iter().map(foreign));
        verification.foreign.sort();
        Ok(())
    }

    /// Among the months of the current generation everything is foreign that the manifest does not name.
    fn find_foreign_months(
        &self,
        months: &Path,
        is_current: bool,
        verification: &mut Verification,
    ) -> Result<()> {
        let expected: BTreeSet<PathBuf> = self
            .months()
            .filter_map(|(period, month)| Some((period, month.now.file.as_ref()?)))
            .map(|(period, file)| months.join(format!("period={period}")).join(file.name()))
            .collect();
        for partition in self.store.list(months)? {
            let name = partition.to_string_lossy().into_owned();
            let path = months.join(&partition);
            let is_named = expected.iter().any(|file| file.starts_with(&path));
            let files = self.store.list(&path)?;
            if is_partition(&name) && (is_named || !is_current) {
                let foreign = files.iter().filter(|file| match is_current {
                    true => !expected.contains(&path.join(file)),
                    false => !is_own_file(&file.to_string_lossy()),
                });
                verification.foreign.extend(foreign.map(|file| Foreign {
                    path: path.join(file),
                    is_among_months: is_current && !is_clutter(&file.to_string_lossy()),
                }));
            } else {
                verification
                    .foreign
                    .push(Foreign { path, is_among_months: is_current && !is_clutter(&name) });
            }
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
            let frame = frames::of_rows([(period, &folded.rows, Names::default())], &texts);
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
                Damage { path, reason: format!("it cannot be read ({source})") }
            }
            Err(error) => return Err(error),
        };
        self.damage.push(damage);
        Ok(())
    }
}
