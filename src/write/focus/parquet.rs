//! FOCUS as Parquet: strings, `TIMESTAMP(MICROS, UTC)`, and decimals of 38 digits.

use std::ops::Range;
use std::sync::Arc;

use crate::error::Result;
use crate::price::{FocusData, FocusField, FocusKind, FocusValue, FocusVersion};
use crate::report::Report;
use crate::write::footer::{SCHEMA_VERSION_KEY, metadata};
use crate::write::parquet::{amount_bytes, amount_type};
use ::parquet::basic::{Compression, ConvertedType, LogicalType, Repetition, TimeUnit, Type as PhysicalType};
use ::parquet::data_type::{
    ByteArray, ByteArrayType, DataType, FixedLenByteArray, FixedLenByteArrayType, Int64Type,
};
use ::parquet::file::metadata::KeyValue;
use ::parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use ::parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use ::parquet::schema::types::{Type, TypePtr};

const ROW_GROUP_ROWS: usize = 1 << 17;
const DECIMAL_DIGITS: i32 = 38;

/// The rows as the bytes of a Parquet file.
pub(super) fn encode(data: &impl FocusData, report: &Report) -> Result<Vec<u8>> {
    let properties = WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_compression(Compression::SNAPPY)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true)
        .set_key_value_metadata(Some(described(data.version(), report)))
        .build();
    let mut file = SerializedFileWriter::new(Vec::new(), schema(data)?, Arc::new(properties))?;
    let fields = data.fields();
    for start in (0..data.row_count()).step_by(ROW_GROUP_ROWS) {
        let rows = start..data.row_count().min(start + ROW_GROUP_ROWS);
        let mut group = file.next_row_group()?;
        for field in fields.iter().enumerate() {
            write_column(data, field, rows.clone(), &mut group)?;
        }
        group.close()?;
    }
    Ok(file.into_inner()?)
}

/// What the file says about itself; what it says of a report's own columns is left out.
fn described(version: FocusVersion, report: &Report) -> Vec<KeyValue> {
    let focus = [
        ("FocusVersion", version.to_string()),
        ("DataGenerator", format!("usagebook {}", report.provenance.tool_version)),
    ];
    let of_columns = [SCHEMA_VERSION_KEY, "usagebook.by", "usagebook.totals"];
    let entries =
        metadata(report, None).into_iter().filter(|entry| !of_columns.contains(&entry.key.as_str()));
    focus.into_iter().map(|(key, value)| KeyValue::new(key.to_owned(), value)).chain(entries).collect()
}

fn schema(data: &impl FocusData) -> Result<TypePtr> {
    let columns = data.fields().into_iter().map(|field| Ok(Arc::new(typed(&field)?)));
    let columns = columns.collect::<Result<_>>()?;
    Ok(Arc::new(Type::group_type_builder("focus").with_fields(columns).build()?))
}

fn typed(column: &FocusField) -> Result<Type> {
    let repetition = if column.is_required { Repetition::REQUIRED } else { Repetition::OPTIONAL };
    let of_type =
        |physical_type| Type::primitive_type_builder(column.name, physical_type).with_repetition(repetition);
    let builder = match column.kind {
        FocusKind::Text => of_type(PhysicalType::BYTE_ARRAY)
            .with_logical_type(Some(LogicalType::String))
            .with_converted_type(ConvertedType::UTF8),
        FocusKind::Time => of_type(PhysicalType::INT64)
            .with_logical_type(Some(LogicalType::timestamp(true, TimeUnit::MICROS)))
            .with_converted_type(ConvertedType::TIMESTAMP_MICROS),
        FocusKind::Amount => amount_type(of_type(PhysicalType::FIXED_LEN_BYTE_ARRAY)),
        FocusKind::Decimal(decimals) => of_type(PhysicalType::FIXED_LEN_BYTE_ARRAY)
            .with_length(16)
            .with_logical_type(Some(LogicalType::decimal(decimals.into(), DECIMAL_DIGITS)))
            .with_converted_type(ConvertedType::DECIMAL)
            .with_precision(DECIMAL_DIGITS)
            .with_scale(decimals.into()),
    };
    Ok(builder.build()?)
}

fn write_column(
    data: &impl FocusData,
    (index, column): (usize, &FocusField),
    rows: Range<usize>,
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
) -> Result<()> {
    let values = rows.map(|row| data.value(row, index));
    match column.kind {
        FocusKind::Text => write_values::<ByteArrayType>(
            group,
            column,
            values.map(|value| match value {
                FocusValue::Text(text) => Some(ByteArray::from(&*text)),
                _ => None,
            }),
        ),
        FocusKind::Time => write_values::<Int64Type>(
            group,
            column,
            values.map(|value| match value {
                FocusValue::Time(time) => Some(time.timestamp_micros()),
                _ => None,
            }),
        ),
        FocusKind::Amount => {
            let values = (1..).zip(values).map(|(row, value)| match value {
                FocusValue::Amount(amount) => amount_bytes(amount, column.name, row).map(Some),
                _ => Ok(None),
            });
            let values: Vec<_> = values.collect::<Result<_>>()?;
            write_values::<FixedLenByteArrayType>(group, column, values.into_iter())
        }
        FocusKind::Decimal(_) => write_values::<FixedLenByteArrayType>(
            group,
            column,
            values.map(|value| match value {
                FocusValue::Decimal(decimal) => {
                    Some(FixedLenByteArray::from(decimal.value.to_be_bytes().to_vec()))
                }
                _ => None,
            }),
        ),
    }
}

fn write_values<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    column: &FocusField,
    values: impl Iterator<Item = Option<T::T>>,
) -> Result<()> {
    let values: Vec<Option<T::T>> = values.collect();
    let levels: Vec<i16> = values.iter().map(|value| i16::from(value.is_some())).collect();
    let levels = (!column.is_required).then_some(levels.as_slice());
    let values: Vec<T::T> = values.into_iter().flatten().collect();
    let mut writer = group.next_column()?.expect("the schema has every column");
    writer.typed::<T>().write_batch(&values, levels, None)?;
    Ok(writer.close()?)
}
