//! The records of a frame as Arrow batches, for programs that share memory: the columns of [`UsageFrame::to_polars`], some rows at
//! a time.

use std::sync::Arc;

use arrow_array::builder::{StringBuilder, StringDictionaryBuilder};
use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, Date32Array, Decimal128Array, RecordBatch, RecordBatchReader, TimestampMicrosecondArray,
};
use arrow_schema::{ArrowError, DataType as ArrowType, Field as ArrowField, Schema, SchemaRef, TimeUnit};
use polars::prelude::{ChunkedArray, Column, DataFrame, DataType, PolarsPhysicalType};

use super::{Field, UsageFrame};
use crate::error::{Error, Result};

/// As many rows as a batch has.
const BATCH_ROWS: usize = 1 << 16;

/// Records as batches, each made when it is taken.
#[derive(Debug)]
pub struct RecordBatches {
    frame: DataFrame,
    schema: SchemaRef,
    next: usize,
}

impl UsageFrame {
    /// The records as Arrow batches: the columns and rows of [`to_polars`](Self::to_polars). Texts are dictionaries, but for
    /// `uuid`, which has another value in each row; times are microseconds of UTC.
    ///
    /// # Errors
    /// Two columns of the user's own that come to one name.
    pub fn to_arrow(&self) -> Result<RecordBatches> {
        let frame = self.to_polars()?;
        let fields: Result<Vec<ArrowField>> = frame.columns().iter().map(field).collect();
        Ok(RecordBatches { schema: Arc::new(Schema::new(fields?)), frame, next: 0 })
    }
}

fn field(column: &Column) -> Result<ArrowField> {
    let name = column.name().as_str();
    let kind = match column.dtype() {
        DataType::String if name == Field::Uuid.name() => ArrowType::Utf8,
        DataType::String => ArrowType::Dictionary(Box::new(ArrowType::Int32), Box::new(ArrowType::Utf8)),
        DataType::Date => ArrowType::Date32,
        DataType::Datetime(..) => ArrowType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        DataType::Decimal(precision, scale) => ArrowType::Decimal128(*precision as u8, *scale as i8),
        other => return Err(Error::Frame { reason: format!("{name} is {other}") }),
    };
    Ok(ArrowField::new(name, kind, true))
}

impl RecordBatches {
    fn array(&self, column: &Column, kind: &ArrowType) -> Result<ArrayRef, ArrowError> {
        let column = column.slice(self.next as i64, BATCH_ROWS);
        let refused = |error: polars::prelude::PolarsError| ArrowError::ExternalError(Box::new(error));
        Ok(match kind {
            ArrowType::Utf8 => {
                let mut texts = StringBuilder::new();
                column.str().map_err(refused)?.iter().for_each(|text| texts.append_option(text));
                Arc::new(texts.finish())
            }
            ArrowType::Dictionary(..) => {
                let mut texts = StringDictionaryBuilder::<Int32Type>::new();
                for text in column.str().map_err(refused)?.iter() {
                    match text {
                        Some(text) => drop(texts.append(text)?),
                        None => texts.append_null(),
                    }
                }
                Arc::new(texts.finish())
            }
            ArrowType::Date32 => {
                Arc::new(physical::<polars::prelude::Int32Type>(&column).iter().collect::<Date32Array>())
            }
            ArrowType::Timestamp(..) => {
                let times = physical::<polars::prelude::Int64Type>(&column);
                Arc::new(times.iter().collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
            }
            ArrowType::Decimal128(precision, scale) => {
                let decimals = physical::<polars::prelude::Int128Type>(&column);
                let decimals = decimals.iter().collect::<Decimal128Array>();
                Arc::new(decimals.with_precision_and_scale(*precision, *scale)?)
            }
            other => return Err(ArrowError::NotYetImplemented(other.to_string())),
        })
    }
}

/// The numbers behind a column whose type is known.
fn physical<T: PolarsPhysicalType>(column: &Column) -> ChunkedArray<T> {
    let physical = column.as_materialized_series().to_physical_repr().into_owned();
    let physical: &ChunkedArray<T> = (*physical).as_ref();
    physical.clone()
}

impl Iterator for RecordBatches {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.next >= self.frame.height() {
            return None;
        }
        let columns = self.frame.columns().iter().zip(self.schema.fields());
        let columns = columns.map(|(column, field)| self.array(column, field.data_type()));
        let columns: Result<Vec<ArrayRef>, ArrowError> = columns.collect();
        let batch = columns.and_then(|columns| RecordBatch::try_new(Arc::clone(&self.schema), columns));
        self.next += BATCH_ROWS;
        Some(batch)
    }
}

impl RecordBatchReader for RecordBatches {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }
}

#[cfg(test)]
mod tests {
    use crate::ingest::{ReadRequest, read};

    #[test]
    fn batches_have_the_rows_and_columns_of_the_polars_frame() {
        let mut request = ReadRequest::new(["fixtures/real/complete"]);
        request.reading.keeps_details = true;
        let frame = read(&request, &Default::default()).unwrap().frame;
        let batches: Vec<_> = frame.to_arrow().unwrap().map(Result::unwrap).collect();
        let polars = frame.to_polars().unwrap();
        assert_eq!(batches.iter().map(|batch| batch.num_rows()).sum::<usize>(), polars.height());
        let schema = batches[0].schema();
        let named = schema.fields().iter().map(|field| field.name().as_str());
        assert!(named.eq(polars.get_column_names().into_iter().map(|name| name.as_str())));
    }
}
