//! The columns of staged records: where a record is from, what was known of it, and its 21 fields as it shows them.
//!
//! | column | Parquet type |
//! |---|---|
//! | `file`, `record` | INT32 |
//! | `piece`, `offset` | INT64 |
//! | `is_exact` and other marks | BOOLEAN |
//! | `usage` | DECIMAL(38,2) |
//! | `created`, `modified`, `date` | TIMESTAMP of microseconds, UTC |
//! | `billing_period` | DATE |
//! | other fields | STRING |

use std::str::from_utf8;
use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, DictionaryArray, Int32Array, Int64Array,
    StringArray, TimestampMicrosecondArray,
};
use arrow_buffer::{Buffer, OffsetBuffer};
use arrow_schema::{DataType, Field as Column, Schema, TimeUnit};
use chrono::NaiveDate;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::schema::types::ColumnPath;
use uuid::Uuid;

use super::manifest::FORMAT_VERSION;
use crate::ingest::records::collector::{ChunkKey, NO_TEXT, Rows};
use crate::ingest::records::interner::Interner;
use crate::ingest::records::parents::{Attributes, EntityTable, OptionalTime};
use crate::ingest::records::values::{DERIVED, EXACT, IMPRECISE, SINGLE, ZONELESS};
use crate::period::BillingPeriod;
use crate::text::uuid_text;
use crate::usage::Field;

/// The number of the input in the dump, from 0.
pub(super) const FILE: &str = "file";
/// The piece of the file, which orders the records of a file together with `record`.
pub(super) const PIECE: &str = "piece";
/// The number of the record in its piece, from 0.
pub(super) const RECORD: &str = "record";
/// Bytes before the record in its unpacked file; null in Parquet and workbooks.
pub(super) const OFFSET: &str = "offset";

/// What was known of a record when it was read, each as a column.
pub(super) const MARKS: [(&str, u8); 5] = [
    ("is_exact", EXACT),
    ("is_imprecise", IMPRECISE),
    ("is_single", SINGLE),
    ("is_derived", DERIVED),
    ("is_zoneless", ZONELESS),
];

/// The entry of a file's metadata that says that it is a part of a staged dump.
pub(crate) const MARKER: &str = "usagebook.staged";

/// Large enough for the names of a row group: without its dictionary a column is many times as large.
const DICTIONARY_BYTES_MAX: usize = 1 << 24;

/// The columns as Arrow has them; texts as numbers of texts.
pub(super) fn schema() -> Schema {
    let place = [
        Column::new(FILE, DataType::Int32, false),
        Column::new(PIECE, DataType::Int64, false),
        Column::new(RECORD, DataType::Int32, false),
        Column::new(OFFSET, DataType::Int64, true),
    ];
    let marks = MARKS.map(|(name, _)| Column::new(name, DataType::Boolean, false));
    let fields = Field::ALL.map(|field| Column::new(field.name(), data_type(field), is_optional(field)));
    Schema::new([place.as_slice(), &marks, &fields].concat())
}

/// The columns as they are decoded, with the fewest bytes copied.
pub(super) fn decoded_schema() -> Schema {
    let written = schema();
    let columns = written.fields().iter().map(|column| match column.data_type() {
        DataType::Utf8 => column.as_ref().clone().with_data_type(DataType::Utf8View),
        _ => column.as_ref().clone(),
    });
    Schema::new(columns.collect::<Vec<_>>())
}

fn data_type(field: Field) -> DataType {
    match field {
        Field::Uuid => DataType::Utf8,
        Field::Usage => DataType::Decimal128(38, 2),
        Field::Created | Field::Modified | Field::Date => {
            DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
        }
        Field::BillingPeriod => DataType::Date32,
        _ => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
    }
}

fn is_optional(field: Field) -> bool {
    matches!(field, Field::User | Field::Created | Field::Date)
}

/// How the files are written.
pub(crate) fn properties() -> WriterProperties {
    let path = |name: &str| ColumnPath::from(name);
    let mut properties = WriterProperties::builder()
        .set_created_by("usagebook".to_owned())
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true)
        .set_dictionary_page_size_limit(DICTIONARY_BYTES_MAX)
        .set_key_value_metadata(Some(vec![KeyValue::new(MARKER.to_owned(), FORMAT_VERSION.to_string())]));
    // Every value is another one.
    for field in [Field::Uuid, Field::Usage, Field::Modified, Field::Created] {
        properties = properties.set_column_dictionary_enabled(path(field.name()), false);
    }
    for name in [RECORD, OFFSET] {
        properties = properties
            .set_column_dictionary_enabled(path(name), false)
            .set_column_encoding(path(name), Encoding::DELTA_BINARY_PACKED);
    }
    properties.build()
}

/// The place of a piece as one number, which orders the pieces of a file.
pub(super) fn piece_number(key: ChunkKey) -> i64 {
    (i64::from(key.piece) << 32) | i64::from(key.part)
}

/// The key of a piece of the file with this number.
pub(super) fn piece_key(file: u32, piece: i64) -> ChunkKey {
    ChunkKey { file, piece: (piece >> 32) as u32, part: piece as u32 }
}

/// Records that are written as one row group.
pub(super) struct Table<'r> {
    rows: &'r Rows,
    /// Of each record.
    places: Vec<(ChunkKey, u64)>,
}

impl<'r> Table<'r> {
    pub(super) fn new(rows: &'r Rows) -> Self {
        let mut places = Vec::with_capacity(rows.columns.uuid.len());
        let ends = rows.chunks.iter().skip(1).map(|chunk| chunk.start).chain([rows.columns.uuid.len()]);
        for (chunk, end) in rows.chunks.iter().zip(ends) {
            let mut faulty = chunk.faulty.iter().peekable();
            let mut number = 0;
            for _ in chunk.start..end {
                while let Some(range) = faulty.next_if(|range| range.start == number) {
                    number = range.end;
                }
                places.push((chunk.key, number));
                number += 1;
            }
        }
        Self { rows, places }
    }

    /// The columns in the order of [`schema`], each made when it is asked for.
    pub(super) fn columns(&self) -> impl Iterator<Item = ArrayRef> {
        let place: [fn(&Self) -> ArrayRef; 4] = [
            |table| {
                Arc::new(Int32Array::from_iter_values(table.places.iter().map(|(key, _)| key.file as i32)))
            },
            |table| {
                Arc::new(Int64Array::from_iter_values(table.places.iter().map(|(key, _)| piece_number(*key))))
            },
            |table| {
                Arc::new(Int32Array::from_iter_values(table.places.iter().map(|(_, number)| *number as i32)))
            },
            |table| {
                let offsets = table.rows.columns.offset.iter();
                Arc::new(offsets.map(|offset| offset.map(|offset| offset as i64)).collect::<Int64Array>())
            },
        ];
        let places = place.into_iter().map(|column| column(self));
        let marks = MARKS.into_iter().map(|(_, mark)| self.mark(mark));
        places.chain(marks).chain(Field::ALL.into_iter().map(|field| self.field(field)))
    }

    fn mark(&self, mark: u8) -> ArrayRef {
        Arc::new(
            self.rows.columns.flags.iter().map(|flags| Some(flags & mark != 0)).collect::<BooleanArray>(),
        )
    }

    fn field(&self, field: Field) -> ArrayRef {
        let Rows { columns, parents, usernames, texts, component_usages, .. } = self.rows;
        let details = &columns.details;
        match field {
            Field::Uuid => Arc::new(uuids(&columns.uuid)),
            Field::User => {
                let numbers = details.user.iter().map(|user| (*user != NO_TEXT).then_some(*user as i32));
                dictionary(numbers.collect(), names(texts))
            }
            Field::Username => of_numbers(&columns.username, names(usernames)),
            Field::Description => of_numbers(&details.description, names(texts)),
            Field::BackendId => of_numbers(&details.backend_id, names(texts)),
            Field::Usage => {
                let hundredths = columns.usage.iter().map(|usage| usage.hundredths());
                let usage = Decimal128Array::from_iter_values(hundredths);
                Arc::new(usage.with_precision_and_scale(38, 2).expect("usage has at most 20 digits"))
            }
            Field::Modified => times(columns.modified.iter().map(|modified| Some(*modified))),
            Field::Created => times(details.created.iter().map(|created| created.get())),
            Field::Date => times(self.attributes().map(|shown| OptionalTime::get(shown.date))),
            Field::BillingPeriod => {
                let days = self.attributes().map(|shown| first_day(shown.billing_period));
                Arc::new(Date32Array::from_iter_values(days))
            }
            Field::ComponentUsage => {
                let uris = component_usages.iter().map(|uri| &**uri);
                of_numbers(&columns.parent, StringArray::from_iter_values(uris))
            }
            Field::MeasuredUnit => {
                self.of_parents(|shown| shown.measured_unit, names(&parents.measured_units))
            }
            Field::ComponentType => {
                self.of_parents(|shown| shown.component_type, names(&parents.component_types))
            }
            Field::CustomerName => self.of_parents(|shown| shown.customer, entity_names(&parents.customers)),
            Field::ProjectName => self.of_parents(|shown| shown.project, entity_names(&parents.projects)),
            Field::OfferingName => self.of_parents(|shown| shown.offering, entity_names(&parents.offerings)),
            Field::ResourceName => self.of_parents(|shown| shown.resource, entity_names(&parents.resources)),
            Field::CustomerUuid => self.of_parents(|shown| shown.customer, entity_uuids(&parents.customers)),
            Field::ProjectUuid => self.of_parents(|shown| shown.project, entity_uuids(&parents.projects)),
            Field::OfferingUuid => self.of_parents(|shown| shown.offering, entity_uuids(&parents.offerings)),
            Field::ResourceUuid => self.of_parents(|shown| shown.resource, entity_uuids(&parents.resources)),
        }
    }

    /// What each record shows of its parent.
    fn attributes(&self) -> impl Iterator<Item = &'r Attributes> {
        let Rows { columns, parents, .. } = self.rows;
        columns.parent.iter().map(|parent| &parents.parents[*parent as usize].attributes)
    }

    fn of_parents(&self, number: fn(&Attributes) -> u32, texts: StringArray) -> ArrayRef {
        dictionary(Int32Array::from_iter_values(self.attributes().map(|shown| number(shown) as i32)), texts)
    }
}

fn of_numbers(numbers: &[u32], texts: StringArray) -> ArrayRef {
    dictionary(Int32Array::from_iter_values(numbers.iter().map(|number| *number as i32)), texts)
}

fn dictionary(numbers: Int32Array, texts: StringArray) -> ArrayRef {
    Arc::new(DictionaryArray::<Int32Type>::new(numbers, Arc::new(texts)))
}

fn names(texts: &Interner) -> StringArray {
    StringArray::from_iter_values(texts.iter().map(text))
}

fn entity_names(entities: &EntityTable) -> StringArray {
    StringArray::from_iter_values(entities.iter().map(|entity| text(entity.name())))
}

fn entity_uuids(entities: &EntityTable) -> StringArray {
    StringArray::from_iter_values(entities.iter().map(|entity| uuid_text(entity.uuid)))
}

fn text(bytes: &[u8]) -> &str {
    from_utf8(bytes).expect("readers pass on UTF-8")
}

fn times(micros: impl Iterator<Item = Option<i64>>) -> ArrayRef {
    Arc::new(micros.collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
}

fn first_day(period: i32) -> i32 {
    let day = BillingPeriod::from_number(period).first_day();
    day.signed_duration_since(NaiveDate::default()).num_days() as i32
}

/// The digits of a uuid.
const UUID_DIGITS: usize = 32;

fn uuids(uuids: &[u128]) -> StringArray {
    let mut digits = vec![0; uuids.len() * UUID_DIGITS];
    for (uuid, digits) in uuids.iter().zip(digits.chunks_exact_mut(UUID_DIGITS)) {
        Uuid::from_u128(*uuid).simple().encode_lower(digits);
    }
    let lengths = std::iter::repeat_n(UUID_DIGITS, uuids.len());
    StringArray::new(OffsetBuffer::from_lengths(lengths), Buffer::from(digits), None)
}
