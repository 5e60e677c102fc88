//! A month's Parquet back to records: all of them, or only what sums are made of.
//!
//! The files are the book's own and proved by their checksums, so that nothing is checked again.

use std::sync::Arc;

use ::parquet::arrow::ProjectionMask;
use ::parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use ::parquet::errors::ParquetError;
use ::parquet::file::reader::{ChunkReader, Length};
use arrow_array::cast::AsArray as _;
use arrow_array::types::{Decimal128Type, Int32Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef, RecordBatch, StringArray};
use arrow_schema::{DataType, Schema};
use bytes::{Buf, Bytes};

use super::rows::{Named, Parent, Record, Rows, TextId, Texts};
use super::store::{CheckedFile, damaged};
use crate::error::Result;
use crate::quantity::Quantity;
use crate::quiet::quietly;
use crate::text::{parse_uri_uuid, parse_uuid, uuid_text};
use crate::usage::Field;

const BATCH_ROWS: usize = 1 << 17;

/// What sums are made of: for each record its parent, username and usage.
#[derive(Default)]
pub(crate) struct Figures {
    pub parents: Vec<Parent>,
    /// The place in `parents` of each record.
    pub parent: Vec<u32>,
    /// What parents are numbered by.
    pub texts: Texts,
    pub users: Users,
}

/// Who used how much, record by record.
#[derive(Default)]
pub(crate) struct Users {
    pub username: Vec<TextId>,
    /// In hundredths.
    pub usage: Vec<i128>,
    /// What usernames are numbered by.
    pub texts: Texts,
}

/// All records of a file, in its order.
pub(crate) fn read_rows(file: CheckedFile, texts: &mut Texts) -> Result<Rows> {
    let mut rows = Rows::default();
    read(file, &Field::ALL, |batch| {
        let mut of = Batch::new(batch);
        for row in 0..batch.num_rows() {
            let parent = of.parent(row, &mut rows.parents, texts)?;
            rows.records.push(of.record(row, parent, texts)?);
        }
        Some(())
    })?;
    Ok(rows)
}

/// Whether a file has a record.
pub(crate) fn has_record(file: CheckedFile, uuid: u128) -> Result<bool> {
    let wanted = uuid_text(uuid);
    let mut is_found = false;
    read(file, &[Field::Uuid], |batch| {
        let uuids = batch.column(0).as_string_opt::<i32>()?;
        is_found |= uuids.iter().flatten().any(|uuid| uuid == wanted);
        Some(())
    })?;
    Ok(is_found)
}

/// What sums are made of, on two threads: the file is opened twice.
pub(crate) fn read_figures(open: impl Fn() -> Result<CheckedFile> + Sync) -> Result<Figures> {
    let (figures, users) = rayon::join(|| read_parents(open()?), || read_users(open()?));
    Ok(Figures { users: users?, ..figures? })
}

fn read_parents(file: CheckedFile) -> Result<Figures> {
    // The month is that of the file.
    let is_read = |field: &Field| field.is_of_parent() && *field != Field::BillingPeriod;
    let fields: Vec<Field> = Field::ALL.into_iter().filter(is_read).collect();
    let mut figures = Figures::default();
    read(file, &fields, |batch| {
        let mut of = Batch::new(batch);
        for row in 0..batch.num_rows() {
            figures.parent.push(of.parent(row, &mut figures.parents, &mut figures.texts)?);
        }
        Some(())
    })?;
    Ok(figures)
}

fn read_users(file: CheckedFile) -> Result<Users> {
    let mut users = Users::default();
    read(file, &[Field::Username, Field::Usage], |batch| {
        let usage = batch.column_by_name(Field::Usage.name())?.as_primitive_opt::<Decimal128Type>()?;
        users.usage.extend_from_slice(usage.values());
        let mut of = Batch::new(batch);
        let usernames = of.texts(Field::Username)?;
        for row in 0..batch.num_rows() {
            users.username.push(usernames.get(row, &mut users.texts)?);
        }
        Some(())
    })?;
    Ok(users)
}

/// Reads some columns of a file; the sink gives nothing where they are not as they were written.
fn read(file: CheckedFile, fields: &[Field], mut sink: impl FnMut(&RecordBatch) -> Option<()>) -> Result<()> {
    let path = file.path.clone();
    let wrong =
        |reason: &dyn std::fmt::Display| damaged(&path, format!("it is not a month as Parquet ({reason})"));
    let source = Source { file: Arc::new(file), pieces: Arc::default() };
    let decode = || -> std::result::Result<(), ParquetError> {
        for batch in source.reader(fields)? {
            sink(&batch?).ok_or_else(|| ParquetError::General("other columns".to_owned()))?;
        }
        Ok(())
    };
    match quietly(decode) {
        Some(Ok(())) => Ok(()),
        Some(Err(ParquetError::External(error))) => match error.downcast() {
            Ok(error) => Err(*error),
            Err(error) => Err(wrong(&error)),
        },
        Some(Err(error)) => Err(wrong(&error)),
        None => Err(wrong(&"the decoder gives up on it")),
    }
}

/// A checked file with the columns that are wanted of it in memory.
#[derive(Clone)]
struct Source {
    file: Arc<CheckedFile>,
    /// Each with its place in the file.
    pieces: Arc<Vec<(u64, Bytes)>>,
}

impl Source {
    fn reader(&self, fields: &[Field]) -> std::result::Result<ParquetRecordBatchReader, ParquetError> {
        let metadata = ArrowReaderMetadata::load(self, ArrowReaderOptions::new())?;
        let columns = metadata.schema().fields().iter().map(|column| {
            let is_dictionary = !matches!(Field::named(column.name().as_bytes()), Some(Field::Uuid));
            match column.data_type() {
                DataType::Utf8 if is_dictionary => Arc::new(column.as_ref().clone().with_data_type(
                    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
                )),
                _ => column.clone(),
            }
        });
        let schema = Arc::new(Schema::new(columns.collect::<Vec<_>>()));
        let options = ArrowReaderOptions::new().with_schema(schema).with_skip_arrow_metadata(true);
        let metadata = ArrowReaderMetadata::try_new(metadata.metadata().clone(), options)?;
        let wanted = fields.iter().map(|field| *field as usize);
        let mut pieces = Vec::new();
        for group in metadata.metadata().row_groups() {
            for leaf in wanted.clone() {
                let column = group.columns().get(leaf);
                let column = column.ok_or_else(|| ParquetError::General("too few columns".to_owned()))?;
                let (start, length) = column.byte_range();
                pieces.push((start, self.checked(start, start.saturating_add(length))?));
            }
        }
        let mask = ProjectionMask::leaves(metadata.parquet_schema(), wanted);
        let source = Self { pieces: Arc::new(pieces), ..self.clone() };
        ParquetRecordBatchReaderBuilder::new_with_metadata(source, metadata)
            .with_projection(mask)
            .with_batch_size(BATCH_ROWS)
            .build()
    }

    fn checked(&self, start: u64, end: u64) -> std::result::Result<Bytes, ParquetError> {
        self.file.read(start..end).map_err(|error| ParquetError::External(Box::new(error)))
    }

    /// What is in memory from a place on, or, where nothing is, what is in the file from there on.
    fn from(&self, start: u64) -> std::result::Result<Bytes, ParquetError> {
        let holds = |(at, bytes): &&(u64, Bytes)| (*at..at + bytes.len() as u64).contains(&start);
        match self.pieces.iter().find(holds) {
            Some((at, bytes)) => Ok(bytes.slice((start - at) as usize..)),
            None => self.checked(start, self.len()),
        }
    }
}

impl Length for Source {
    fn len(&self) -> u64 {
        self.file.stored.bytes
    }
}

impl ChunkReader for Source {
    type T = bytes::buf::Reader<Bytes>;

    fn get_read(&self, start: u64) -> std::result::Result<Self::T, ParquetError> {
        Ok(self.from(start)?.reader())
    }

    fn get_bytes(&self, start: u64, length: usize) -> std::result::Result<Bytes, ParquetError> {
        let bytes = self.from(start)?;
        match length <= bytes.len() {
            true => Ok(bytes.slice(..length)),
            false => Err(ParquetError::EOF("a column ends early".to_owned())),
        }
    }
}

/// Some rows of a file, column by column; columns that were not asked for are not there.
struct Batch<'a> {
    batch: &'a RecordBatch,
    texts: [Option<TextColumn<'a>>; Field::COUNT],
    /// The URI of the parent that was met last, and the parent's place.
    last_parent: Option<(TextId, u32)>,
}

impl<'a> Batch<'a> {
    fn new(batch: &'a RecordBatch) -> Self {
        let texts = Field::ALL.map(|field| batch.column_by_name(field.name()).and_then(TextColumn::of));
        Self { batch, texts, last_parent: None }
    }

    fn texts(&mut self, field: Field) -> Option<&mut TextColumn<'a>> {
        self.texts[field as usize].as_mut()
    }

    /// The place of a row's parent, which is read where it is not the parent of the row before.
    fn parent(&mut self, row: usize, parents: &mut Vec<Parent>, texts: &mut Texts) -> Option<u32> {
        let uri = self.texts(Field::ComponentUsage)?.get(row, texts)?;
        match self.last_parent {
            Some((known, place)) if known == uri => return Some(place),
            _ => {}
        }
        if parents.last().is_none_or(|last| last.component_usage != uri) {
            parents.push(self.read_parent(row, uri, texts)?);
        }
        let place = parents.len() as u32 - 1;
        self.last_parent = Some((uri, place));
        Some(place)
    }

    fn read_parent(&mut self, row: usize, component_usage: TextId, texts: &mut Texts) -> Option<Parent> {
        Some(Parent {
            uuid: parse_uri_uuid(texts.get(component_usage).as_bytes())?,
            component_usage,
            customer: self.named(row, Field::CustomerUuid, Field::CustomerName, texts)?,
            project: self.named(row, Field::ProjectUuid, Field::ProjectName, texts)?,
            offering: self.named(row, Field::OfferingUuid, Field::OfferingName, texts)?,
            resource: self.named(row, Field::ResourceUuid, Field::ResourceName, texts)?,
            component_type: self.texts(Field::ComponentType)?.get(row, texts)?,
            measured_unit: self.texts(Field::MeasuredUnit)?.get(row, texts)?,
            date: self.time(Field::Date, row)?,
        })
    }

    fn named(&mut self, row: usize, uuid: Field, name: Field, texts: &mut Texts) -> Option<Named> {
        let uuid = self.texts(uuid)?.get(row, texts)?;
        Some(Named {
            uuid: parse_uuid(texts.get(uuid).as_bytes())?,
            name: self.texts(name)?.get(row, texts)?,
        })
    }

    fn record(&mut self, row: usize, parent: u32, texts: &mut Texts) -> Option<Record> {
        let uuids = self.batch.column(Field::Uuid as usize).as_string_opt::<i32>()?;
        let usages = self.batch.column(Field::Usage as usize).as_primitive_opt::<Decimal128Type>()?;
        Some(Record {
            uuid: parse_uuid(uuids.value(row).as_bytes())?,
            parent,
            username: self.texts(Field::Username)?.get(row, texts)?,
            usage: Quantity::from_hundredths(usages.value(row)),
            modified: self.time(Field::Modified, row)??,
            created: self.time(Field::Created, row)?,
            user: self.texts(Field::User)?.get(row, texts),
            description: self.texts(Field::Description)?.get(row, texts)?,
            backend_id: self.texts(Field::BackendId)?.get(row, texts)?,
        })
    }

    fn time(&self, field: Field, row: usize) -> Option<Option<i64>> {
        let column = self.batch.column_by_name(field.name())?;
        let times = column.as_primitive_opt::<TimestampMicrosecondType>()?;
        Some(times.is_valid(row).then(|| times.value(row)))
    }
}

/// A column of text, and the numbers that the texts of its dictionary have been given.
struct TextColumn<'a> {
    column: &'a ArrayRef,
    has_nulls: bool,
    keys: &'a [i32],
    values: &'a StringArray,
    ids: Vec<Option<TextId>>,
}

impl<'a> TextColumn<'a> {
    fn of(column: &'a ArrayRef) -> Option<Self> {
        let dictionary = column.as_dictionary_opt::<Int32Type>()?;
        let values = dictionary.values().as_string_opt::<i32>()?;
        let has_nulls = dictionary.null_count() > 0;
        Some(Self {
            column,
            has_nulls,
            keys: dictionary.keys().values(),
            values,
            ids: vec![None; values.len()],
        })
    }

    /// The number of a row's text; none if it is null.
    fn get(&mut self, row: usize, texts: &mut Texts) -> Option<TextId> {
        if self.has_nulls && self.column.is_null(row) {
            return None;
        }
        let key = self.keys[row] as usize;
        let id = &mut self.ids[key];
        Some(*id.get_or_insert_with(|| texts.intern(self.values.value(key))))
    }
}
