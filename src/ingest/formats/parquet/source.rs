//! The bytes of a Parquet file, for many threads at once.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::sync::Arc;

use bytes::Bytes;
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::{ChunkReader, Length};

use crate::system;

/// A file or bytes in memory.
///
/// Unlike a cloned file handle it has no position that threads would share.
#[derive(Clone)]
pub(crate) enum Source {
    File { file: Arc<File>, length: u64 },
    Bytes(Bytes),
}

impl Source {
    pub(crate) fn of_file(file: File) -> io::Result<Self> {
        let length = file.metadata()?.len();
        Ok(Self::File { file: Arc::new(file), length })
    }
}

impl Length for Source {
    fn len(&self) -> u64 {
        match self {
            Self::File { length, .. } => *length,
            Self::Bytes(bytes) => bytes.len() as u64,
        }
    }
}

impl ChunkReader for Source {
    type T = BufReader<SourceReader>;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        // Page headers are short; the pages themselves come by `get_bytes`.
        Ok(BufReader::with_capacity(512, SourceReader { source: self.clone(), position: start }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        // Checked first: what a damaged file claims is never allocated.
        let end = start.checked_add(length as u64).filter(|end| *end <= self.len());
        let Some(end) = end else {
            return Err(ParquetError::EOF(format!("{length} bytes at {start} are not in the file")));
        };
        match self {
            Self::File { file, .. } => {
                let mut bytes = vec![0; length];
                system::read_exact_at(file, &mut bytes, start)?;
                Ok(bytes.into())
            }
            Self::Bytes(bytes) => Ok(bytes.slice(start as usize..end as usize)),
        }
    }
}

/// Reads on from a position of its own.
pub(crate) struct SourceReader {
    source: Source,
    position: u64,
}

impl Read for SourceReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = match &self.source {
            Source::File { file, .. } => system::read_at(file, buffer, self.position)?,
            Source::Bytes(bytes) => {
                let start = self.position.min(bytes.len() as u64) as usize;
                (&bytes[start..]).read(buffer)?
            }
        };
        self.position += read as u64;
        Ok(read)
    }
}
