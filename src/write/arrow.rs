//! Rows as Arrow columns, for programs that share memory: the columns of the Parquet file, in the types that hold every sum.
//!
//! ```text
//! billing_period  date32                       2026-10-01
//! period          dictionary<int32, utf8>      2026-10
//! customer_name   dictionary<int32, utf8>      Acme
//! usage           decimal128(38, 2)            1012.50
//! amount          decimal128(38, 3)            81.000
//! records         int64                        2
//! ```

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::builder::StringDictionaryBuilder;
use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, Date32Array, Decimal128Array, Int64Array, RecordBatch};
use arrow_schema::{ArrowError, DataType, Field as ArrowField, Schema, SchemaRef};

use super::footer::metadata;
use super::parquet::{self, DecimalWidth, Field, FieldKind, ParquetOptions};
use crate::amount::AMOUNT_DECIMALS;
use crate::error::{Error, Result};
use crate::report::{Cell, Cells, ColumnId, Report, Section};

/// Every sum of usage has room in it.
const USAGE: (u8, i8) = (38, 2);
/// And every sum of amounts.
const AMOUNT: (u8, i8) = (38, AMOUNT_DECIMALS as i8);

/// The rows of a report, without subtotals and totals, as one batch. Every column can be null, and the schema's metadata says
/// what a Parquet file's does. Equal texts of a column are there once.
///
/// # Errors
/// A count beyond 63 bits.
pub fn report_batch(report: &Report) -> Result<RecordBatch> {
    let options = ParquetOptions { decimal: DecimalWidth::Digits38 };
    let entries = metadata(report, None).into_iter();
    let entries = entries.map(|entry| (entry.key, entry.value.unwrap_or_default())).collect();
    batch(&parquet::fields(report, &options), &report.rows, entries)
}

/// Rows of a statement as one batch, by the same rules.
///
/// # Errors
/// A count beyond 63 bits.
pub fn section_batch(columns: &[ColumnId], rows: &Section) -> Result<RecordBatch> {
    let options = ParquetOptions { decimal: DecimalWidth::Digits38 };
    batch(&parquet::fields_of(columns, &options), rows, HashMap::new())
}

fn batch(fields: &[Field], rows: &Section, metadata: HashMap<String, String>) -> Result<RecordBatch> {
    let refused = |error: ArrowError| Error::Frame { reason: error.to_string() };
    let named = fields.iter().map(|field| ArrowField::new(&*field.name, data_type(field.kind), true));
    let schema: SchemaRef = Arc::new(Schema::new_with_metadata(named.collect::<Vec<_>>(), metadata));
    let (cells, len) = (rows.cells(), rows.len());
    let columns: Result<Vec<ArrayRef>> = fields.iter().map(|field| column(field, &cells, len)).collect();
    RecordBatch::try_new(schema, columns?).map_err(refused)
}

fn data_type(kind: FieldKind) -> DataType {
    match kind {
        FieldKind::Text => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
        FieldKind::Date => DataType::Date32,
        FieldKind::Count => DataType::Int64,
        FieldKind::Decimal(_) => DataType::Decimal128(USAGE.0, USAGE.1),
        FieldKind::Amount => DataType::Decimal128(AMOUNT.0, AMOUNT.1),
    }
}

fn column(field: &Field, cells: &Cells<'_>, len: usize) -> Result<ArrayRef> {
    let refused = |error: ArrowError| Error::Frame { reason: error.to_string() };
    let values = (0..len).map(|row| cells.get(row, field.source));
    let decimals = |values: Vec<Option<i128>>, (precision, scale)| {
        let array = Decimal128Array::from(values).with_precision_and_scale(precision, scale);
        array.map(|array| Arc::new(array) as ArrayRef).map_err(refused)
    };
    match field.kind {
        FieldKind::Text => {
            let mut texts = StringDictionaryBuilder::<Int32Type>::new();
            for cell in values {
                match cell {
                    Cell::Text(text) => drop(texts.append(text).map_err(refused)?),
                    _ => texts.append_null(),
                }
            }
            Ok(Arc::new(texts.finish()))
        }
        FieldKind::Date => Ok(Arc::new(values.map(parquet::days).collect::<Date32Array>())),
        FieldKind::Count => {
            let count = |(row, cell)| match cell {
                Cell::Count(count) => i64::try_from(count).map(Some).map_err(|_| field.too_large(cell, row)),
                _ => Ok(None),
            };
            Ok(Arc::new(values.enumerate().map(count).collect::<Result<Int64Array>>()?))
        }
        FieldKind::Decimal(_) => {
            let hundredths = |cell| match cell {
                Cell::Quantity(quantity) => Some(quantity.hundredths()),
                _ => None,
            };
            decimals(values.map(hundredths).collect(), USAGE)
        }
        FieldKind::Amount => {
            let thousandths = |cell| match cell {
                Cell::Amount(amount) => Some(amount.thousandths()),
                _ => None,
            };
            decimals(values.map(thousandths).collect(), AMOUNT)
        }
    }
}

#[cfg(test)]
mod tests {
    use arrow_array::Array as _;
    use arrow_array::cast::AsArray as _;
    use arrow_array::types::{Date32Type, Decimal128Type};

    use super::*;
    use crate::write::sample::sample;

    #[test]
    fn a_report_has_the_columns_of_its_parquet_file_in_exact_types() {
        let batch = report_batch(&sample()).unwrap();
        let schema = batch.schema();
        let columns: Vec<String> =
            schema.fields().iter().map(|field| format!("{} {}", field.name(), field.data_type())).collect();
        insta::assert_snapshot!(columns.join("\n"), @"
        billing_period Date32
        period Dictionary(Int32, Utf8)
        customer_uuid Dictionary(Int32, Utf8)
        customer_name Dictionary(Int32, Utf8)
        component_type Dictionary(Int32, Utf8)
        measured_unit Dictionary(Int32, Utf8)
        usage Decimal128(38, 2)
        records Int64
        users Int64
        ");
        assert!(schema.metadata().contains_key("usagebook.totals"));
    }

    #[test]
    fn usage_is_its_digits_and_a_month_its_first_day() {
        let batch = report_batch(&sample()).unwrap();
        let usage = batch.column_by_name("usage").unwrap().as_primitive::<Decimal128Type>();
        assert_eq!((usage.value(0), usage.scale()), (101_250, 2));
        let month = batch.column_by_name("billing_period").unwrap().as_primitive::<Date32Type>();
        assert_eq!(month.value_as_date(0).unwrap().to_string(), "2026-10-01");
    }

    #[test]
    fn equal_texts_are_there_once() {
        let batch = report_batch(&sample()).unwrap();
        let periods = batch.column_by_name("period").unwrap().as_dictionary::<Int32Type>();
        assert!(periods.values().len() < periods.len());
        assert_eq!(periods.values().as_string::<i32>().value(0), "2026-10");
    }
}
