//! Dumps of other lists than records: a table for engines, and the files as they came, which are read like the dump.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::manifest::{Input, Kind, Manifest, NAME, StoredFile, damaged};
use super::{NAME_DIGITS, StageRequest, Staged, Staging, TEMPORARY};
use crate::error::{Error, Result};
use crate::files::atomic::unwritable;
use crate::files::folder::NewFolder;
use crate::ingest::Progress;
use crate::ingest::dumps::source::{self, Place, Source, Sources};
use crate::ingest::dumps::stream::unreadable;
use crate::text::hex;

/// How many rows a table has, and how many objects are rejected.
pub(crate) struct Rows {
    pub written: u64,
    pub rejected: u64,
}

/// Stages dumps of component usages, one folder a dump. `write` reads a dump and writes its table.
///
/// # Errors
/// Those of [`stage`](super::stage).
pub(crate) fn stage_others(
    inputs: &[String],
    request: &StageRequest,
    progress: &Arc<Progress>,
    write: impl Fn(&Sources, &mut dyn std::io::Write) -> Result<Rows>,
) -> Result<Vec<Staged>> {
    let sources = source::list_others(inputs)?;
    super::check_unstaged(&sources)?;
    super::prepare(request)?;
    let mut dumps: Vec<Staged> = Vec::new();
    for sources in sources.by_dump() {
        let after = super::folder_name(dumps.last());
        let staging = Staging { request, kind: Kind::ComponentUsages, sources, after, progress };
        dumps.push(staging.run_others(&write)?);
    }
    Ok(dumps)
}

impl Staging<'_> {
    fn run_others(
        &self,
        write: impl FnOnce(&Sources, &mut dyn std::io::Write) -> Result<Rows>,
    ) -> Result<Staged> {
        if let Some(known) = self.known()? {
            return Ok(known);
        }
        let folder = NewFolder::temporary(&self.request.to.join(TEMPORARY), self.request.access)?;
        let (mut inputs, mut files, mut copies) = (Vec::new(), Vec::new(), Vec::new());
        for source in &self.sources.files {
            self.progress.check()?;
            let name = format!("input-{:05}.zst", inputs.len());
            let (input, file) = copy(source, &folder, name)?;
            let place = Place::Packed(folder.path().join(&file.name));
            copies.push(Source { place, bytes: input.bytes, ..source.clone() });
            inputs.push(input);
            files.push(file);
        }
        let dump = &self.sources.dumps[0];
        let copied = Sources::of_dump(dump.clone(), copies);
        let mut rows = Rows { written: 0, rejected: 0 };
        let table = folder.write(self.kind.mark(), |out| {
            rows = write(&copied, out)?;
            Ok(())
        })?;
        files.push(StoredFile {
            name: self.kind.mark().to_owned(),
            bytes: table.bytes,
            sha256: table.sha256.expect("files of a folder are hashed"),
            records: rows.written,
        });
        let manifest = Manifest {
            records: rows.written + rows.rejected,
            rejected: rows.rejected,
            faults: rows.rejected,
            inputs,
            files,
            ..self.described(dump.index.as_ref().map(|index| index.claim_of_pages()))?
        };
        let manifest = self.named(manifest)?;
        let bytes = manifest.to_bytes().map_err(|error| damaged(Path::new(NAME), &error.to_string()))?;
        folder.write(NAME, |out| out.write_all(&bytes).map_err(|source| Error::Output { source }))?;
        let is_new = folder.commit_as(&manifest.digest[..NAME_DIGITS])?;
        self.placed(&manifest, is_new)
    }
}

/// Packs a file into a folder.
fn copy(source: &Source, folder: &NewFolder, name: String) -> Result<(Input, StoredFile)> {
    let refused = |error| unwritable(Path::new(&name), error);
    let mut original = source.place.open().map_err(|error| unreadable(source, error))?;
    let mut packer = zstd::Encoder::new(folder.file(&name)?, 0).map_err(refused)?;
    let (mut digest, mut bytes) = (Sha256::new(), 0);
    let mut buffer = vec![0; 1 << 18];
    loop {
        match original.read(&mut buffer).map_err(|error| unreadable(source, error))? {
            0 => break,
            read => {
                digest.update(&buffer[..read]);
                bytes += read as u64;
                packer.write_all(&buffer[..read]).map_err(refused)?;
            }
        }
    }
    let (packed, sha256) = super::digest_of(packer.finish().map_err(refused)?, &name)?;
    let input = Input {
        path: source.label.clone(),
        bytes,
        sha256: hex(&digest.finalize()),
        is_stream: source.place.is_stream(),
        has_component_usages: true,
        records: 0,
    };
    Ok((input, StoredFile { name, bytes: packed, sha256, records: 0 }))
}
