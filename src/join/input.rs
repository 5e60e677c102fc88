//! A file of the user's own: its bytes, and what a manifest says of it.

use std::fs;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::error::Result;
use crate::ingest::{FileIdentity, InputFile, read_plain_file};
use crate::price::SourceText;
use crate::tabular::Locale;
use crate::text::hex;

/// A file as it was given, to be understood later or kept; `locale` says how a table is written.
///
/// # Errors
/// A file that cannot be read.
pub fn read_source(path: &Path, locale: Option<Locale>) -> Result<SourceText> {
    Ok(SourceText { path: path.to_owned(), bytes: read_plain_file(path)?, locale })
}

pub(crate) fn read(path: &Path) -> Result<(InputFile, Vec<u8>)> {
    let bytes = read_plain_file(path)?;
    let file = InputFile {
        path: path.display().to_string(),
        bytes: bytes.len() as u64,
        sha256: Some(hex(&Sha256::digest(&bytes))),
        records: 0,
        identity: fs::metadata(path).ok().as_ref().and_then(FileIdentity::of),
    };
    Ok((file, bytes))
}
