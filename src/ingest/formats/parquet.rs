//! Parquet to records, a row group at a time. Damaged files give faults, never a panic.

pub(crate) mod columns;
pub(crate) mod other_months;
mod source;

use std::fs::File;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{Schema, SchemaRef};
use chrono::{DateTime, SecondsFormat};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::basic::{ConvertedType, Encoding};
use parquet::errors::ParquetError;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};
use parquet::file::reader::{ChunkReader as _, Length};
use serde_json::{Map, Value as Json};

use self::columns::{Column, decoded_type, expected_instead};
use self::source::Source;
use super::csv::fields;
use super::sniff;
use crate::fault::Reason;
use crate::ingest::records::collector::{BATCH_RECORDS_MAX, Collector, Pending, RecordFault};
use crate::ingest::records::raw::{Raw, RawRecord};
use crate::ingest::staged::MARKER;
use crate::quiet::quietly;
use crate::tabular::magic::ENCRYPTED;
use crate::text::{shorten, uuid_text};
use crate::usage::Field;

/// A Parquet file whose metadata is read; can be shared between threads.
pub(crate) struct ParquetInput {
    source: Source,
    metadata: Arc<ParquetMetaData>,
    schema: SchemaRef,
    columns: Vec<FieldColumn>,
    unknown: Vec<String>,
    respelled: Vec<String>,
}

/// A column that is a field of the record.
struct FieldColumn {
    field: Field,
    /// Its place among the file's columns.
    root: usize,
    /// Its place among the file's leaves: the columns with those inside nested ones.
    leaf: usize,
}

impl ParquetInput {
    pub(crate) fn open(file: File) -> Result<Self, RecordFault> {
        let source = Source::of_file(file).map_err(|error| damaged(&error.to_string()))?;
        Self::of(source)
    }

    pub(crate) fn from_bytes(bytes: Vec<u8>) -> Result<Self, RecordFault> {
        Self::of(Source::Bytes(bytes.into()))
    }

    /// The columns that are no field of the record.
    pub(crate) fn unknown_columns(&self) -> &[String] {
        &self.unknown
    }

    /// Names of columns that are spelled in another way than their fields.
    pub(crate) fn respelled_columns(&self) -> &[String] {
        &self.respelled
    }

    pub(crate) fn row_groups(&self) -> usize {
        self.metadata.num_row_groups()
    }

    /// Feeds all records of a row group; where it is damaged, those before the damage.
    pub(crate) fn read_row_group(&self, row_group: usize, collector: &mut Collector) {
        let rows = self.metadata.row_group(row_group).num_rows() as u64;
        let before = collector.records_in_chunk();
        let outcome = self.read_batches(row_group, collector);
        let read = collector.records_in_chunk() - before;
        let fault = match outcome {
            Err(_) if self.has_encrypted_column(row_group) => encrypted(),
            Err(fault) => fault,
            Ok(()) if read != rows => damaged(&format!("{read} rows instead of {rows}")),
            Ok(()) => return,
        };
        collector.push_file_fault(in_row_group(fault, row_group), String::new());
    }

    fn of(source: Source) -> Result<Self, RecordFault> {
        let loaded = decoded(|| load(&source))?;
        let metadata = loaded.metadata().clone();
        let schema = loaded.schema().clone();
        let mut input = Self {
            source,
            metadata,
            schema,
            columns: Vec::new(),
            unknown: Vec::new(),
            respelled: Vec::new(),
        };
        input.check_places()?;
        input.check_end()?;
        input.find_columns()?;
        Ok(input)
    }

    /// Whether all that the metadata points to lies in the file.
    fn check_places(&self) -> Result<(), RecordFault> {
        let length = self.source.len();
        let is_inside = |chunk: &ColumnChunkMetaData| {
            let start = chunk.dictionary_page_offset().unwrap_or(chunk.data_page_offset());
            let end = start.checked_add(chunk.compressed_size());
            start >= 0 && chunk.compressed_size() >= 0 && end.is_some_and(|end| end as u64 <= length)
        };
        for (number, row_group) in self.metadata.row_groups().iter().enumerate() {
            if row_group.num_rows() < 0 || !row_group.columns().iter().all(is_inside) {
                return Err(in_row_group(damaged("columns outside of the file"), number));
            }
        }
        Ok(())
    }

    /// Whether the metadata is of the whole file. If files of one layout were joined, the metadata of the last one points
    /// into the first.
    fn check_end(&self) -> Result<(), RecordFault> {
        /// The end of one file and the start of the next.
        const JOINT: &[u8] = b"PAR1PAR1";
        const BLOCK_BYTES: u64 = 1 << 20;
        let end_of = |chunk: &ColumnChunkMetaData| chunk.byte_range().0 + chunk.byte_range().1;
        let chunks = self.metadata.row_groups().iter().flat_map(|row_group| row_group.columns());
        let mut at = chunks.map(end_of).max().unwrap_or_default();
        while at < self.source.len() {
            let end = self.source.len().min(at + BLOCK_BYTES + JOINT.len() as u64);
            let bytes = decoded(|| self.source.get_bytes(at, (end - at) as usize))?;
            if memchr::memmem::find(&bytes, JOINT).is_some() {
                return Err(damaged("several files that were joined; give each by itself"));
            }
            at += BLOCK_BYTES;
        }
        Ok(())
    }

    fn find_columns(&mut self) -> Result<(), RecordFault> {
        let parquet_schema = self.metadata.file_metadata().schema_descr();
        let names: Vec<String> = self.schema.fields().iter().map(|column| column.name().clone()).collect();
        for ((root, column), field) in self.schema.fields().iter().enumerate().zip(fields(&names)) {
            let Some(field) = field else {
                self.unknown.push(column.name().clone());
                continue;
            };
            if column.name() != field.name() {
                self.respelled.push(column.name().clone());
            }
            if let Some(expected) = expected_instead(field, column.data_type()) {
                let value = format!("a column of the type {}", column.data_type());
                return Err(fault(Reason::NotRecords, Some(field), &value, expected));
            }
            if self.columns.iter().any(|known| known.field == field) {
                let value = "the name of two columns";
                return Err(fault(Reason::DuplicateField, Some(field), value, "one column of that name"));
            }
            let leaf = (0..parquet_schema.num_columns())
                .find(|&leaf| parquet_schema.get_column_root_idx(leaf) == root)
                .ok_or_else(|| damaged("a column without values"))?;
            self.columns.push(FieldColumn { field, root, leaf });
        }
        if self.has_metadata(MARKER) {
            let value = "a part of a staged dump";
            return Err(fault(Reason::NotRecords, None, value, "the folder of the staged dump as a whole"));
        }
        let has_uuid = self.columns.iter().any(|column| column.field == Field::Uuid);
        if !has_uuid && self.is_report() {
            return Err(sniff::report());
        }
        match self.columns.is_empty() {
            true => {
                let value = format!("a table of the columns {}", self.unknown.join(", "));
                Err(fault(Reason::NotRecords, None, &value, "records: columns with the fields' names"))
            }
            false => Ok(()),
        }
    }

    /// Whether usagebook wrote the file as a report, which says so beside its columns.
    fn is_report(&self) -> bool {
        self.has_metadata("usagebook.")
    }

    /// Whether the file has an entry whose key begins so beside its columns.
    fn has_metadata(&self, start: &str) -> bool {
        let entries = self.metadata.file_metadata().key_value_metadata();
        entries.is_some_and(|entries| entries.iter().any(|entry| entry.key.starts_with(start)))
    }

    fn read_batches(&self, row_group: usize, collector: &mut Collector) -> Result<(), RecordFault> {
        let mut reader = decoded(|| self.reader(row_group, |_| true))?;
        while let Some(batch) = decoded(|| reader.next().transpose().map_err(Into::into))? {
            let columns = self.columns_of(&batch)?;
            push_rows(&columns, batch.num_rows(), collector);
        }
        Ok(())
    }

    /// Whether a column of a row group is encrypted: a series of modules, each with its length before it.
    fn has_encrypted_column(&self, row_group: usize) -> bool {
        /// The nonce and the tag of a module.
        const MODULE_BYTES_MIN: u32 = 12 + 16;
        let chunks = self.metadata.row_group(row_group).columns();
        self.columns.iter().any(|column| {
            let (mut at, length) = chunks[column.leaf].byte_range();
            let end = at + length;
            while at < end {
                let bytes = self.source.get_bytes(at, size_of::<u32>()).ok();
                let length = bytes.and_then(|bytes| bytes.as_ref().try_into().ok()).map(u32::from_le_bytes);
                let Some(length) = length.filter(|length| *length >= MODULE_BYTES_MIN) else { return false };
                at += size_of::<u32>() as u64 + u64::from(length);
            }
            length > 0 && at == end
        })
    }

    /// Reads the columns of some fields.
    fn reader(
        &self,
        row_group: usize,
        is_wanted: impl Fn(Field) -> bool,
    ) -> Result<ParquetRecordBatchReader, ParquetError> {
        let options = ArrowReaderOptions::new().with_schema(self.decoded_schema(row_group));
        let metadata = ArrowReaderMetadata::try_new(self.metadata.clone(), options)?;
        let wanted = self.columns.iter().filter(|column| is_wanted(column.field));
        let roots = wanted.map(|column| column.root);
        let mask = ProjectionMask::roots(metadata.parquet_schema(), roots);
        ParquetRecordBatchReaderBuilder::new_with_metadata(self.source.clone(), metadata)
            .with_row_groups(vec![row_group])
            .with_projection(mask)
            .with_batch_size(BATCH_ROWS)
            .build()
    }

    /// The schema to decode a row group with: dictionaries stay where all of a column is written by one.
    fn decoded_schema(&self, row_group: usize) -> SchemaRef {
        let chunks = self.metadata.row_group(row_group).columns();
        let mut columns = self.schema.fields().to_vec();
        for FieldColumn { root, leaf, .. } in &self.columns {
            let chunk = &chunks[*leaf];
            let is_utf8 = chunk.column_descr().converted_type() == ConvertedType::UTF8;
            let column = &columns[*root];
            let decoded = decoded_type(column.data_type(), is_utf8, is_dictionary(chunk));
            columns[*root] = Arc::new(column.as_ref().clone().with_data_type(decoded));
        }
        Arc::new(Schema::new_with_metadata(columns, self.schema.metadata().clone()))
    }

    fn columns_of<'a>(&self, batch: &'a RecordBatch) -> Result<Vec<(Field, Column<'a>)>, RecordFault> {
        // A projection keeps the order of the file's columns, which these are in.
        let columns = self.columns.iter().zip(batch.columns());
        let columns =
            columns.map(|(FieldColumn { field, .. }, array)| Some((*field, Column::of(array, *field)?)));
        let columns: Option<Vec<_>> = columns.collect();
        columns.ok_or_else(|| damaged("a column changed its type"))
    }
}

/// Rows that are decoded at a time.
const BATCH_ROWS: usize = 8192;

/// Characters of a faulty record that are kept.
const RAW_MAX: usize = 64 * 1024;

fn load(source: &Source) -> Result<ArrowReaderMetadata, ParquetError> {
    let options = ArrowReaderOptions::new();
    let skipping = || ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    // The schema that Arrow writers add is a hint; the file can be read without.
    ArrowReaderMetadata::load(source, options).or_else(|_| ArrowReaderMetadata::load(source, skipping()))
}

fn is_dictionary(chunk: &ColumnChunkMetaData) -> bool {
    let is_set = |encoding| chunk.encodings_mask().is_set(encoding);
    match chunk.page_encoding_stats_mask() {
        Some(pages) => pages.is_only(Encoding::RLE_DICTIONARY) || pages.is_only(Encoding::PLAIN_DICTIONARY),
        None => {
            (is_set(Encoding::RLE_DICTIONARY) || is_set(Encoding::PLAIN_DICTIONARY))
                && !is_set(Encoding::PLAIN)
        }
    }
}

fn push_rows<'a>(columns: &'a [(Field, Column<'a>)], rows: usize, collector: &mut Collector) {
    let mut not_utf8: Vec<(usize, Field)> = columns
        .iter()
        .flat_map(|(field, column)| column.rows_not_utf8().into_iter().map(|row| (row, *field)))
        .collect();
    not_utf8.sort_unstable();
    let mut batch = [Pending::default(); BATCH_RECORDS_MAX];
    for start in (0..rows).step_by(batch.len()) {
        let end = (start + batch.len()).min(rows);
        for (field, column) in columns {
            column.fill(*field, start..end, &mut batch);
        }
        let batch = &mut batch[..end - start];
        if not_utf8.is_empty() {
            collector.push_batch(batch, |pending| raw_text(&pending.record));
            continue;
        }
        for (row, Pending { record, .. }) in (start..end).zip(batch) {
            let found = not_utf8.binary_search_by_key(&row, |(row, _)| *row);
            match found {
                Err(_) => collector.push(record, None, || raw_text(record)),
                Ok(found) => {
                    let field = Some(not_utf8[found].1);
                    let fault = fault(Reason::NotUtf8, field, "bytes that are not UTF-8", "UTF-8 text");
                    collector.push_fault(fault, None, raw_text(record));
                }
            }
        }
    }
}

/// A row as the text of a JSON object.
pub(crate) fn raw_text(record: &RawRecord) -> String {
    let mut object = Map::new();
    for field in Field::ALL {
        let value = match record.get(field) {
            Raw::Missing => continue,
            Raw::Null => Json::Null,
            Raw::Text(bytes)
            | Raw::Cell(bytes)
            | Raw::Escaped(bytes)
            | Raw::Number(bytes)
            | Raw::Single(bytes)
            | Raw::Failed(bytes)
            | Raw::Other(bytes) => String::from_utf8_lossy(bytes).into(),
            Raw::Quantity(quantity) | Raw::Staged(quantity, _) => quantity.to_string().into(),
            Raw::Uuid(uuid) => uuid_text(uuid).into(),
            Raw::Time(micros) | Raw::ZonelessTime(micros) => time_text(micros).into(),
            Raw::Day(days) => time_text(i64::from(days) * 86_400_000_000)[..10].into(),
        };
        object.insert(field.name().to_owned(), value);
    }
    shorten(&Json::Object(object).to_string(), RAW_MAX)
}

fn time_text(micros: i64) -> String {
    let time = DateTime::from_timestamp_micros(micros).expect("times are of four-digit years");
    time.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// What the decoder gives; an error, or a panic in it, as a fault.
fn decoded<T>(decode: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, RecordFault> {
    match quietly(decode) {
        Some(outcome) => outcome.map_err(|error| damaged(&error.to_string())),
        None => Err(damaged("bytes that the decoder gives up on")),
    }
}

fn damaged(value: &str) -> RecordFault {
    fault(Reason::DamagedParquet, None, value, "a whole Parquet file")
}

fn encrypted() -> RecordFault {
    sniff::fault(ENCRYPTED.0, ENCRYPTED.1)
}

fn in_row_group(fault: RecordFault, row_group: usize) -> RecordFault {
    RecordFault { value: format!("row group {}: {}", row_group + 1, fault.value), ..fault }
}

fn fault(reason: Reason, field: Option<Field>, value: &str, expected: &'static str) -> RecordFault {
    RecordFault { reason, field, value: shorten(value, 120), expected: expected.into() }
}

#[cfg(test)]
mod tests;
