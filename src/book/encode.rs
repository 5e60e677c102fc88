//! Records of one month as the bytes of a Parquet file that any engine reads.
//!
//! ```text
//! uuid             STRING              000d36a39d0642349e0d0e8c1c0b9f4a
//! user             STRING              null, or a URI
//! usage            DECIMAL(18,2)       12.50
//! modified         TIMESTAMP(us, UTC)  2026-10-05T10:00:00.123456Z
//! billing_period   DATE                2026-10-01
//! ```

use std::sync::Arc;

use ::parquet::basic::{
    Compression, ConvertedType, LogicalType, Repetition, TimeUnit, Type as Physical, ZstdLevel,
};
use ::parquet::data_type::{
    ByteArray, ByteArrayType, DataType, FixedLenByteArray, FixedLenByteArrayType, Int32Type, Int64Type,
};
use ::parquet::file::metadata::{KeyValue, SortingColumn};
use ::parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use ::parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use ::parquet::schema::types::{ColumnPath, Type};
use chrono::NaiveDate;

use super::manifest::FORMAT_VERSION;
use super::rows::{Parent, Record, Rows, TextId, Texts};
use crate::error::Result;
use crate::period::BillingPeriod;
use crate::text::uuid_text;
use crate::usage::Field;

/// Large enough that a month is one group, small enough that a writer's memory is bounded.
const ROW_GROUP_ROWS: usize = 1 << 20;
const PAGE_ROWS: usize = 1 << 17;
/// Large enough for the names of a row group: without its dictionary a column is many times as large.
const DICTIONARY_BYTES_MAX: usize = 1 << 26;
/// One more than the largest number of 18 digits.
const DIGITS_18_LIMIT: i128 = 1_000_000_000_000_000_000;

/// The bytes of a file of these records, in the order that they have.
///
/// Usage has 18 digits, the most that every BI tool reads; 38 where a record's usage needs more.
pub(crate) fn encode(rows: &Rows, texts: &Texts, period: BillingPeriod) -> Result<Vec<u8>> {
    let is_wide = rows.records.iter().any(|record| record.usage.hundredths().abs() >= DIGITS_18_LIMIT);
    let mut file =
        SerializedFileWriter::new(Vec::new(), Arc::new(schema(is_wide)?), Arc::new(properties(period)))?;
    let columns = Columns { rows, texts, period, is_wide };
    for records in rows.records.chunks(ROW_GROUP_ROWS) {
        let mut group = file.next_row_group()?;
        for field in Field::ALL {
            columns.write(field, records, &mut group)?;
        }
        group.close()?;
    }
    Ok(file.into_inner()?)
}

fn properties(period: BillingPeriod) -> WriterProperties {
    let entry = |key: &str, value: String| KeyValue { key: key.to_owned(), value: Some(value) };
    let sorted =
        |field: Field| SortingColumn { column_idx: field as i32, descending: false, nulls_first: false };
    WriterProperties::builder()
        .set_created_by("usagebook".to_owned())
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true)
        .set_dictionary_page_size_limit(DICTIONARY_BYTES_MAX)
        .set_data_page_row_count_limit(PAGE_ROWS)
        // Every value is another one.
        .set_column_dictionary_enabled(ColumnPath::from(Field::Uuid.name()), false)
        .set_column_dictionary_enabled(ColumnPath::from(Field::Usage.name()), false)
        .set_column_dictionary_enabled(ColumnPath::from(Field::Modified.name()), false)
        .set_column_dictionary_enabled(ColumnPath::from(Field::Created.name()), false)
        .set_sorting_columns(Some(vec![sorted(Field::BillingPeriod)]))
        .set_key_value_metadata(Some(vec![
            entry("usagebook.book_format", FORMAT_VERSION.to_string()),
            entry("usagebook.period", period.to_string()),
        ]))
        .build()
}

/// Whether a field may be null.
fn is_optional(field: Field) -> bool {
    matches!(field, Field::User | Field::Created | Field::Date)
}

fn schema(is_wide: bool) -> Result<Type> {
    let columns = Field::ALL.map(|field| column(field, is_wide).map(Arc::new));
    let columns = columns.into_iter().collect::<Result<Vec<_>>>()?;
    Ok(Type::group_type_builder("usage").with_fields(columns).build()?)
}

fn column(field: Field, is_wide: bool) -> Result<Type> {
    let repetition = if is_optional(field) { Repetition::OPTIONAL } else { Repetition::REQUIRED };
    let of = |physical| Type::primitive_type_builder(field.name(), physical).with_repetition(repetition);
    let decimal = |physical, precision| {
        of(physical)
            .with_logical_type(Some(LogicalType::decimal(2, precision)))
            .with_converted_type(ConvertedType::DECIMAL)
            .with_precision(precision)
            .with_scale(2)
    };
    let builder = match field {
        Field::Usage if is_wide => decimal(Physical::FIXED_LEN_BYTE_ARRAY, 38).with_length(16),
        Field::Usage => decimal(Physical::INT64, 18),
        Field::Modified | Field::Created | Field::Date => of(Physical::INT64)
            .with_logical_type(Some(LogicalType::timestamp(true, TimeUnit::MICROS)))
            .with_converted_type(ConvertedType::TIMESTAMP_MICROS),
        Field::BillingPeriod => of(Physical::INT32)
            .with_logical_type(Some(LogicalType::Date))
            .with_converted_type(ConvertedType::DATE),
        _ => of(Physical::BYTE_ARRAY)
            .with_logical_type(Some(LogicalType::String))
            .with_converted_type(ConvertedType::UTF8),
    };
    Ok(builder.build()?)
}

struct Columns<'a> {
    rows: &'a Rows,
    texts: &'a Texts,
    period: BillingPeriod,
    is_wide: bool,
}

type Group<'a> = SerializedRowGroupWriter<'a, Vec<u8>>;

impl Columns<'_> {
    fn write(&self, field: Field, records: &[Record], group: &mut Group) -> Result<()> {
        match field {
            Field::Uuid => {
                let values = records.iter().map(|record| uuid_bytes(record.uuid)).collect::<Vec<_>>();
                write::<ByteArrayType>(group, &values, None)
            }
            Field::User => {
                let values: Vec<ByteArray> =
                    records.iter().filter_map(|record| record.user).map(self.text()).collect();
                write::<ByteArrayType>(group, &values, Some(levels(records, |record| record.user.is_some())))
            }
            Field::Username => self.texts(records, group, |record| record.username),
            Field::Description => self.texts(records, group, |record| record.description),
            Field::BackendId => self.texts(records, group, |record| record.backend_id),
            Field::Usage if self.is_wide => {
                let wide = |record: &Record| record.usage.hundredths().to_be_bytes().to_vec();
                let values: Vec<_> = records.iter().map(wide).map(FixedLenByteArray::from).collect();
                write::<FixedLenByteArrayType>(group, &values, None)
            }
            Field::Usage => {
                let values: Vec<i64> =
                    records.iter().map(|record| record.usage.hundredths() as i64).collect();
                write::<Int64Type>(group, &values, None)
            }
            Field::Modified => self.times(records, group, false, |record| Some(record.modified)),
            Field::Created => self.times(records, group, true, |record| record.created),
            Field::Date => self.times(records, group, true, |record| self.rows.parent(record).date),
            Field::BillingPeriod => {
                let days = self.period.first_day().signed_duration_since(NaiveDate::default()).num_days();
                write::<Int32Type>(group, &vec![days as i32; records.len()], None)
            }
            Field::ComponentUsage => self.parent_texts(records, group, |parent| parent.component_usage),
            Field::MeasuredUnit => self.parent_texts(records, group, |parent| parent.measured_unit),
            Field::ComponentType => self.parent_texts(records, group, |parent| parent.component_type),
            Field::CustomerName => self.parent_texts(records, group, |parent| parent.customer.name),
            Field::ProjectName => self.parent_texts(records, group, |parent| parent.project.name),
            Field::OfferingName => self.parent_texts(records, group, |parent| parent.offering.name),
            Field::ResourceName => self.parent_texts(records, group, |parent| parent.resource.name),
            Field::CustomerUuid => self.parent_uuids(records, group, |parent| parent.customer.uuid),
            Field::ProjectUuid => self.parent_uuids(records, group, |parent| parent.project.uuid),
            Field::OfferingUuid => self.parent_uuids(records, group, |parent| parent.offering.uuid),
            Field::ResourceUuid => self.parent_uuids(records, group, |parent| parent.resource.uuid),
        }
    }

    /// Gives the bytes of texts; equal neighbours share them.
    fn text(&self) -> impl FnMut(TextId) -> ByteArray {
        let mut last = None;
        move |id| match &last {
            Some((known, bytes)) if *known == id => ByteArray::clone(bytes),
            _ => {
                let bytes = ByteArray::from(self.texts.get(id));
                last = Some((id, bytes.clone()));
                bytes
            }
        }
    }

    fn texts(&self, records: &[Record], group: &mut Group, text: fn(&Record) -> TextId) -> Result<()> {
        let values: Vec<ByteArray> = records.iter().map(text).map(self.text()).collect();
        write::<ByteArrayType>(group, &values, None)
    }

    fn times(
        &self,
        records: &[Record],
        group: &mut Group,
        is_optional: bool,
        time: impl Fn(&Record) -> Option<i64>,
    ) -> Result<()> {
        let values: Vec<i64> = records.iter().filter_map(&time).collect();
        let levels = is_optional.then(|| levels(records, |record| time(record).is_some()));
        write::<Int64Type>(group, &values, levels)
    }

    fn parent_texts(&self, records: &[Record], group: &mut Group, text: fn(&Parent) -> TextId) -> Result<()> {
        let bytes: Vec<ByteArray> = self.rows.parents.iter().map(text).map(self.text()).collect();
        let values: Vec<ByteArray> =
            records.iter().map(|record| bytes[record.parent as usize].clone()).collect();
        write::<ByteArrayType>(group, &values, None)
    }

    fn parent_uuids(&self, records: &[Record], group: &mut Group, uuid: fn(&Parent) -> u128) -> Result<()> {
        let bytes: Vec<ByteArray> = self.rows.parents.iter().map(uuid).map(uuid_bytes).collect();
        let values: Vec<ByteArray> =
            records.iter().map(|record| bytes[record.parent as usize].clone()).collect();
        write::<ByteArrayType>(group, &values, None)
    }
}

fn uuid_bytes(uuid: u128) -> ByteArray {
    ByteArray::from(uuid_text(uuid).into_bytes())
}

fn levels(records: &[Record], is_there: impl Fn(&Record) -> bool) -> Vec<i16> {
    records.iter().map(|record| i16::from(is_there(record))).collect()
}

fn write<T: DataType>(group: &mut Group, values: &[T::T], levels: Option<Vec<i16>>) -> Result<()> {
    let mut writer = group.next_column()?.expect("the schema has a column for each field");
    writer.typed::<T>().write_batch(values, levels.as_deref(), None)?;
    Ok(writer.close()?)
}
