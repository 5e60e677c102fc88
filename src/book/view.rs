//! `months`: the current state as plain Parquet files for other programs, where the file system has links.
//!
//! A convenience and never a condition: usagebook itself does not read it, and a writer builds it again if it is lost.

use std::io;
use std::path::Path;

use super::disk::is_unsupported;
use super::manifest::{Manifest, Month};
use super::store::{MONTHS, Store, is_own_file, unreadable, unwritable};
use crate::error::Result;
use crate::period::BillingPeriod;

impl Store {
    /// Gives the months' files of a generation second names under its folder. Returns whether the file system lets us.
    ///
    /// # Errors
    /// A disk that fails.
    pub fn write_view(&self, name: &str, manifest: &Manifest) -> Result<bool> {
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
    pub fn is_shown(&self, name: &str, manifest: &Manifest) -> bool {
        let months = self.generations().join(name).join(MONTHS);
        let is_there = |(period, month): (&BillingPeriod, &Month)| {
            let Some(file) = &month.now.file else { return true };
            self.disk.modified(&months.join(format!("period={period}")).join(file.name())).is_ok()
        };
        self.is_linked(name) && manifest.months.iter().all(is_there)
    }

    /// Whether `months` points to a generation.
    pub fn is_linked(&self, name: &str) -> bool {
        self.disk.read_link(&self.folder.join(MONTHS)).is_ok_and(|found| found == Self::link_target(name))
    }

    /// Lets `months` point to a generation.
    ///
    /// # Errors
    /// A disk that fails; a folder of other files in the link's place.
    pub fn show_view(&self, name: &str) -> Result<()> {
        let link = self.folder.join(MONTHS);
        let target = Self::link_target(name);
        if self.is_linked(name) {
            return Ok(());
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
        if self.is_folder(&link) {
            self.remove_copy(&link)?;
        }
        self.disk.rename(&temporary, &link).map_err(unwritable(&link))?;
        self.sync(&self.folder)
    }

    /// Removes a `months` that shows an earlier state: a copy made by a program that follows links.
    pub fn hide_view(&self) -> Result<()> {
        let link = self.folder.join(MONTHS);
        match self.disk.read_link(&link) {
            Ok(_) => self.remove(&link),
            Err(_) if self.is_folder(&link) => self.remove_copy(&link),
            Err(_) => Ok(()),
        }
    }

    fn is_folder(&self, path: &Path) -> bool {
        self.disk.read_link(path).is_err() && self.disk.list(path).is_ok()
    }

    /// Removes a folder in the place of the link `months`, if the book has each of its files elsewhere.
    fn remove_copy(&self, months: &Path) -> Result<()> {
        for partition in self.list(months)? {
            for file in self
                .list(&months.join(&partition))?
                .iter()
                .filter(|name| name.to_str().is_some_and(is_own_file))
            {
                let path = self.files().join(file);
                self.disk.modified(&path).map_err(unreadable(&path))?;
            }
        }
        self.remove_view(months)
    }

    /// Removes the months' files of a view, and the folders that are empty then.
    ///
    /// # Errors
    /// Files of others: they stay, and so do their folders.
    pub fn remove_view(&self, months: &Path) -> Result<()> {
        for partition in self.list(months)? {
            let is_own = partition.to_str().is_some_and(is_partition);
            let partition = months.join(partition);
            if is_own {
                for file in
                    self.list(&partition)?.iter().filter(|name| name.to_str().is_some_and(is_own_file))
                {
                    self.remove(&partition.join(file))?;
                }
                self.remove_folder(&partition)?;
            }
        }
        self.remove_folder(months)
    }

    /// Removes a folder that is empty; none is as well.
    pub fn remove_folder(&self, folder: &Path) -> Result<()> {
        match self.disk.remove_folder(folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(unwritable(folder)(error)),
            _ => Ok(()),
        }
    }
}

/// Whether a name is that of a month's folder.
pub fn is_partition(name: &str) -> bool {
    name.strip_prefix("period=").is_some_and(|month| month.parse::<BillingPeriod>().is_ok())
}
