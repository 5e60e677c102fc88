//! The canonical records of a month: what the digest of a closed version is taken over.
//!
//! One line a record, in the order of the uuids, as `usagebook list --all --format ndjson --usage-as string` prints it:
//!
//! ```text
//! {"uuid":"000d36a39d0642349e0d0e8c1c0b9f4a","user":null,"username":"alice","component_usage":"https://…
//! ```

use std::io::{self, Write};

use sha2::{Digest as _, Sha256};

use crate::error::{Error, Result};
use crate::listing::{ListFormat, RecordReader, Rendering, UsageStyle};
use crate::text::hex;
use crate::usage::UsageFrame;

/// SHA-256 over the canonical records, in hex.
pub(super) fn digest(frame: &UsageFrame) -> Result<String> {
    let uuids = frame.records.details()?.uuid();
    let mut rows: Vec<(u128, u32)> = uuids.iter().copied().zip(0..).collect();
    rows.sort_unstable();
    let rows: Vec<u32> = rows.into_iter().map(|(_, row)| row).collect();
    let rendering = Rendering { usage: UsageStyle::String, ..Rendering::default() };
    let mut sink = Sink(Sha256::new());
    RecordReader::new(frame)?
        .write(&rows, ListFormat::Ndjson, &rendering, &mut sink)
        .map_err(|source| Error::Output { source })?;
    Ok(hex(&sink.0.finalize()))
}

struct Sink(Sha256);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
