//! `months`: the current state as plain Parquet files for other programs, where the file system has links.
//!
//! A convenience and never a condition: usagebook itself does not read it, and a writer builds it again if it is lost.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

use super::disk::is_unsupported;
use super::manifest::{Manifest, Month};
use super::store::{MONTHS, Store, damaged, is_own_file, unwritable};
use crate::error::Result;
use crate::period::BillingPeriod;

impl Store {
    /// Gives the months' files of a generation second names under its folder. Returns whether the file system lets us.
    ///
    /// # Errors
    /// A disk that fails.
    pub(crate) fn write_view(&self, name: &str, manifest: &Manifest) -> Result<bool> {
        let months = self.generations().join(name).join(MONTHS);
        self.make_folder(&months)?;
        for (period, month) in &manifest.months {
            let Some(file) = &month.now.file else { continue };
            let partition = months.join(format!("period={period}"));
            self.make_folder(&partition)?;
            let path = partition.join(file.name());
            match self.disk.link(&self.path(file), &path) {
                // A copied book has a copy here.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && self.is_proved(&path, file) => {
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    self.remove(&path)?;
                    self.disk.link(&self.path(file), &path).map_err(unwritable(&path))?;
                }
                Err(error)
                    if error.kind() == io::ErrorKind::NotFound
                        && self.disk.modified(&self.path(file)).is_err() =>
                {
                    return Err(damaged(&self.path(file), "it is not there"));
                }
                Err(error) if is_unsupported(&error) => {
                    // Copies that a copied book has stay; they may be needed for a repair.
                    let _ = self.remove_folder(&partition);
                    let _ = self.remove_folder(&months);
                    return Ok(false);
                }
                outcome => outcome.map_err(unwritable(&path))?,
            }
            self.sync(&partition)?;
        }
        self.sync(&months)?;
        Ok(true)
    }

    /// Whether `months` points to a generation, and every month's file is there.
    pub(crate) fn is_shown(&self, name: &str, manifest: &Manifest) -> bool {
        let months = self.generations().join(name).join(MONTHS);
        let is_there = |(period, month): (&BillingPeriod, &Month)| {
            let Some(file) = &month.now.file else { return true };
            self.disk.modified(&months.join(format!("period={period}")).join(file.name())).is_ok()
        };
        self.is_linked(name) && manifest.months.iter().all(is_there)
    }

    /// Whether `months` points to a generation.
    pub(crate) fn is_linked(&self, name: &str) -> bool {
        self.disk.read_link(&self.folder.join(MONTHS)).is_ok_and(|found| found == Self::link_target(name))
    }

    /// Lets `months` point to a generation. Returns where files are kept that were in the link's place and are not the
    /// book's.
    ///
    /// # Errors
    /// A disk that fails.
    pub(crate) fn show_view(&self, name: &str) -> Result<Option<PathBuf>> {
        let link = self.folder.join(MONTHS);
        let target = Self::link_target(name);
        if self.is_linked(name) {
            return Ok(None);
        }
        if self.disk.list(&self.generations().join(name).join(MONTHS)).is_err() {
            return self.hide_view();
        }
        self.make_folder(&self.temporary())?;
        let temporary = self.temporary().join(MONTHS);
        // An earlier attempt may have left one.
        let _ = self.disk.remove_file(&temporary);
        match self.disk.symlink(&target, &temporary) {
            Err(error) if is_unsupported(&error) => return self.hide_view(),
            outcome => outcome.map_err(unwritable(&link))?,
        }
        let aside = self.put_aside(&link)?;
        self.disk.rename(&temporary, &link).map_err(unwritable(&link))?;
        self.sync(&self.folder)?;
        Ok(aside.filter(|aside| !self.is_removed(aside)))
    }

    /// Removes a `months` that shows an earlier state: a copy made by a program that follows links.
    pub(crate) fn hide_view(&self) -> Result<Option<PathBuf>> {
        let link = self.folder.join(MONTHS);
        if self.disk.read_link(&link).is_ok() {
            self.remove(&link)?;
        }
        Ok(self.put_aside(&link)?.filter(|aside| !self.is_removed(aside)))
    }

    /// Gives a folder in the place of the link `months` another name.
    fn put_aside(&self, link: &Path) -> Result<Option<PathBuf>> {
        if self.disk.read_link(link).is_ok() || self.disk.list(link).is_err() {
            return Ok(None);
        }
        let names = (1..).map(|number| match number {
            1 => "months.foreign".to_owned(),
            _ => format!("months.foreign-{number}"),
        });
        let mut paths = names.map(|name| self.folder.join(name));
        let aside = paths.find(|path| self.disk.modified(path).is_err()).expect("one name is free");
        self.disk.rename(link, &aside).map_err(unwritable(&aside))?;
        self.sync(&self.folder)?;
        Ok(Some(aside))
    }

    /// Whether nothing is left of a copy of `months` without the files that the book has elsewhere.
    fn is_removed(&self, copy: &Path) -> bool {
        let is_elsewhere = |file: &OsStr| self.disk.modified(&self.files().join(file)).is_ok();
        self.remove_view(copy, is_elsewhere).is_ok()
    }

    /// Removes those of the months' files of a view that are superfluous, and the folders that are empty then.
    ///
    /// # Errors
    /// Other files: they stay, and so do their folders.
    pub(crate) fn remove_view(&self, months: &Path, is_superfluous: impl Fn(&OsStr) -> bool) -> Result<()> {
        let mut outcome = Ok(());
        for partition in self.list(months)? {
            if !partition.to_str().is_some_and(is_partition) {
                continue;
            }
            let partition = months.join(partition);
            for file in self.list(&partition)? {
                if file.to_str().is_some_and(is_own_file) && is_superfluous(&file) {
                    self.remove(&partition.join(file))?;
                }
            }
            outcome = outcome.and(self.remove_folder(&partition));
        }
        outcome.and(self.remove_folder(months))
    }

    /// Removes a folder that is empty; none is as well.
    pub(crate) fn remove_folder(&self, folder: &Path) -> Result<()> {
        match self.disk.remove_folder(folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(unwritable(folder)(error)),
            _ => Ok(()),
        }
    }
}

/// Whether a name is that of a month's folder.
pub(crate) fn is_partition(name: &str) -> bool {
    name.strip_prefix("period=").is_some_and(|month| month.parse::<BillingPeriod>().is_ok())
}
