//! Records to Parquet while they are read: each worker encodes its own row groups, which go to the file one by one.

use std::fs::File;
use std::io::BufWriter;
use std::mem;
use std::sync::{Arc, Mutex};

use arrow_schema::SchemaRef;
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::file::properties::WriterPropertiesPtr;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::TypePtr;
use serde::{Deserialize, Serialize};

use super::manifest::StoredFile;
use super::table::{self, Table};
use crate::error::Result;
use crate::files::folder::NewFolder;
use crate::files::hashing::HashingWriter;
use crate::ingest::Progress;
use crate::ingest::records::collector::{Chunk, ChunkKey, Rows, Sink};
use crate::ingest::records::values::DERIVED;

/// How many row groups a file has, at most: what is known of them stays in memory until the file is whole. Few in debug
/// builds, so that tests of small dumps see many files.
const ROW_GROUPS_MAX: usize = if cfg!(debug_assertions) { 4 } else { 64 };

/// A piece of an input: the records between two cuts, rejected ones included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Piece {
    pub file: u32,
    pub piece: i64,
    /// Records of the file before the piece.
    pub before: u64,
    /// Rejected ones included.
    pub records: u64,
    /// The rejected ones among them, from 0, as ranges without their ends.
    pub rejected: Vec<(u64, u64)>,
    /// How many lines it has, in formats whose lines people look up.
    pub lines: u64,
}

/// What the records of a dump are written to.
pub(super) struct Writer {
    pub folder: NewFolder,
    progress: Arc<Progress>,
    schema: SchemaRef,
    columns: ArrowRowGroupWriterFactory,
    files: Mutex<Files>,
    pieces: Mutex<Pieces>,
}

struct Files {
    root: TypePtr,
    properties: WriterPropertiesPtr,
    /// The file that row groups go to, with the records in it.
    current: Option<(Output, u64)>,
    written: Vec<StoredFile>,
    /// Why a file could not be written.
    failure: Option<crate::error::Error>,
}

type Output = SerializedFileWriter<HashingWriter<BufWriter<File>>>;

#[derive(Default)]
struct Pieces {
    pieces: Vec<(ChunkKey, Piece)>,
    derived: u64,
}

/// What was written of a dump's records.
pub(super) struct Written {
    pub files: Vec<StoredFile>,
    /// In the order of files and records.
    pub pieces: Vec<Piece>,
    /// How many records have a billing period that was derived.
    pub derived: u64,
}

impl Writer {
    pub(super) fn new(folder: NewFolder, progress: Arc<Progress>) -> Result<Self> {
        let schema: SchemaRef = Arc::new(table::schema());
        let root = ArrowSchemaConverter::new().schema_root("usage").convert(&schema)?.root_schema_ptr();
        let properties: WriterPropertiesPtr = Arc::new(table::properties());
        let template = SerializedFileWriter::new(Vec::new(), root.clone(), properties.clone())?;
        let columns = ArrowRowGroupWriterFactory::new(&template, schema.clone());
        let files = Files { root, properties, current: None, written: Vec::new(), failure: None };
        let (files, pieces) = (Mutex::new(files), Mutex::default());
        Ok(Self { folder, progress, schema, columns, files, pieces })
    }

    /// Ends the last file.
    ///
    /// # Errors
    /// What went wrong while records were taken.
    pub(super) fn finish(&self) -> Result<Written> {
        let mut files = self.files.lock().expect("files are left whole");
        files.close()?;
        if let Some(failure) = files.failure.take() {
            return Err(failure);
        }
        let Pieces { mut pieces, derived } = mem::take(&mut *self.pieces.lock().expect("a list of pieces"));
        pieces.sort_unstable_by_key(|(key, _)| *key);
        let mut pieces: Vec<Piece> = pieces.into_iter().map(|(_, piece)| piece).collect();
        let (mut file, mut before) = (0, 0);
        for piece in &mut pieces {
            if piece.file != file {
                (file, before) = (piece.file, 0);
            }
            piece.before = before;
            before += piece.records;
        }
        Ok(Written { files: mem::take(&mut files.written), pieces, derived })
    }

    /// Why records could not be written, if so.
    pub(super) fn failure(&self) -> Option<crate::error::Error> {
        self.files.lock().expect("files are left whole").failure.take()
    }

    fn write(&self, rows: &Rows) -> Result<()> {
        let records = rows.columns.uuid.len() as u64;
        if records == 0 {
            return Ok(());
        }
        let chunks = self.encoded(rows)?;
        let mut files = self.files.lock().expect("files are left whole");
        if files.failure.is_some() {
            return Ok(());
        }
        files.append(&self.folder, chunks, records)
    }

    fn encoded(&self, rows: &Rows) -> Result<Vec<ArrowColumnChunk>> {
        let table = Table::new(rows);
        let writers = self.columns.create_column_writers(0)?;
        let mut chunks = Vec::with_capacity(writers.len());
        for ((mut writer, field), column) in
            writers.into_iter().zip(self.schema.fields()).zip(table.columns())
        {
            for leaf in compute_leaves(field, &column)? {
                writer.write(&leaf)?;
            }
            chunks.push(writer.close()?);
        }
        Ok(chunks)
    }
}

impl Files {
    fn append(&mut self, folder: &NewFolder, chunks: Vec<ArrowColumnChunk>, records: u64) -> Result<()> {
        if self.current.is_none() {
            let file = folder.file(&self.next_name())?;
            let writer = SerializedFileWriter::new(file, self.root.clone(), self.properties.clone())?;
            self.current = Some((writer, 0));
        }
        let (writer, count) = self.current.as_mut().expect("it was opened");
        let mut group = writer.next_row_group()?;
        for chunk in chunks {
            chunk.append_to_row_group(&mut group)?;
        }
        group.close()?;
        *count += records;
        if writer.flushed_row_groups().len() >= ROW_GROUPS_MAX {
            self.close()?;
        }
        Ok(())
    }

    /// Ends the current file, if there is one.
    fn close(&mut self) -> Result<()> {
        let Some((writer, records)) = self.current.take() else { return Ok(()) };
        let name = self.next_name();
        let (bytes, sha256) = super::digest_of(writer.into_inner()?, &name)?;
        self.written.push(StoredFile { name, bytes, sha256, records });
        Ok(())
    }

    fn next_name(&self) -> String {
        format!("part-{:05}.parquet", self.written.len())
    }
}

impl Sink for Writer {
    /// Takes records. If that fails, the reading is asked to stop.
    fn take(&self, rows: Rows) {
        if let Err(error) = self.write(&rows) {
            self.files.lock().expect("files are left whole").failure.get_or_insert(error);
            self.progress.interrupt();
        }
        let mut pieces = self.pieces.lock().expect("a list of pieces");
        pieces.derived += rows.columns.flags.iter().filter(|flags| **flags & DERIVED != 0).count() as u64;
        pieces.pieces.extend(rows.chunks.into_iter().map(|chunk| (chunk.key, piece(chunk))));
    }
}

/// What is kept of a chunk; how many records are before it is known once all are there.
fn piece(Chunk { key, records, faulty, lines, .. }: Chunk) -> Piece {
    let rejected = faulty.into_iter().map(|range| (range.start, range.end)).collect();
    Piece { file: key.file, piece: table::piece_number(key), before: 0, records, rejected, lines }
}
