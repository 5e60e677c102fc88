//! Sources that are to be staged, and those that were.

use std::path::Path;
use std::sync::Arc;

use super::{Dump, EntryKind, Place, Source, Sources, entries, is_hidden};
use crate::error::Result;
use crate::ingest::staged::{Kind, check_whole, is_staged_dump, staged_dumps};

impl Sources {
    /// The files of one dump.
    pub(crate) fn of_dump(dump: Dump, files: Vec<Source>) -> Self {
        Self { files, dumps: vec![dump], ..Self::default() }
    }

    /// Each dump by itself, with the files that were passed over beside it.
    pub(crate) fn by_dump(self) -> Vec<Self> {
        let mut dumps: Vec<Self> =
            self.dumps.into_iter().map(|dump| Self::of_dump(dump, Vec::new())).collect();
        for source in self.files {
            dumps[source.dump].files.push(Source { dump: 0, ..source });
        }
        for (label, why) in self.skipped {
            let label_of = |dump: &Self| dump.dumps[0].label.clone();
            let is_beside = |at: &usize| Path::new(&label).starts_with(label_of(&dumps[*at]));
            // The nearest folder around it, else the last dump.
            let nearest = (0..dumps.len()).filter(is_beside).max_by_key(|at| label_of(&dumps[*at]).len());
            if let Some(at) = nearest.or(dumps.len().checked_sub(1)) {
                dumps[at].skipped.push((label, why));
            }
        }
        dumps
    }

    /// The staged dumps that a folder is or has in it. What else is in it is passed over.
    pub(super) fn add_staged(&mut self, folder: &Path) -> Result<()> {
        let kind = if self.takes_others { Kind::ComponentUsages } else { Kind::Records };
        for dump in staged_dumps(folder, kind)? {
            let dump = Arc::new(dump);
            let place = self.add_dump(dump.label().to_owned(), dump.index().cloned());
            for (at, input) in (0..).zip(dump.inputs()) {
                let copy = match kind {
                    Kind::Records => Place::Staged(dump.clone(), at),
                    Kind::ComponentUsages => Place::Packed(dump.copy(at as usize)?),
                };
                let source = Source::at(input.path.clone(), copy, place);
                self.files.push(Source { bytes: input.bytes, ..source });
            }
            let skipped = dump.skipped().iter().cloned();
            self.skipped.extend(skipped.map(|(label, why)| (label, why.into())));
        }
        if !is_staged_dump(folder) {
            for (path, kind) in entries(folder)? {
                if kind == EntryKind::Folder {
                    check_whole(&path)?;
                }
                if !is_hidden(&path) && !is_staged_dump(&path) {
                    self.skipped.push((
                        path.display().to_string(),
                        "it is in a folder of staged dumps and is none".into(),
                    ));
                }
            }
        }
        Ok(())
    }
}
