//! Component usages as a table for engines: each dump as it is, none settled against others.

use std::io::Write;
use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow_schema::{DataType, Field as Column, Schema, TimeUnit};
use chrono::NaiveDate;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;

use super::component_usages::{ComponentUsage, ComponentUsageReading, ComponentUsages, read_from};
use crate::error::Result;
use crate::ingest::{OtherRows, Progress, StageRequest, Staged, stage_others, staged_properties};
use crate::text::uuid_text;

/// Stages dumps of component usages beside dumps of records: a folder each, which is read like the dump.
///
/// # Errors
/// Inputs that are not there or cannot be read, an index that is none, an interruption, a disk that says no.
pub fn stage_component_usages(
    inputs: &[String],
    request: &StageRequest,
    progress: &Arc<Progress>,
) -> Result<Vec<Staged>> {
    stage_others(inputs, request, progress, |sources, out| {
        let reading = ComponentUsageReading {
            timezone: request.timezone,
            accepts_incomplete: true,
            keeps_fields: false,
        };
        let usages = read_from(sources, reading, progress)?;
        write(&usages, out)?;
        Ok(OtherRows { written: usages.rows.len() as u64, rejected: usages.faults.count() })
    })
}

/// A column: its name and whether it may be null, and its values.
type Values = (&'static str, bool, ArrayRef);

fn write(usages: &ComponentUsages, out: &mut dyn Write) -> Result<()> {
    let columns = columns(&usages.rows);
    let schema = columns
        .iter()
        .map(|(name, is_optional, values)| Column::new(*name, values.data_type().clone(), *is_optional));
    let schema = Arc::new(Schema::new(schema.collect::<Vec<_>>()));
    let options = ArrowWriterOptions::new()
        .with_properties(staged_properties())
        .with_schema_root("component_usages".to_owned())
        .with_skip_arrow_metadata(true);
    // The writer of Parquet wants to be sent between threads; the bytes of these few rows can wait.
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new_with_options(&mut bytes, schema.clone(), options)?;
    let values = columns.into_iter().map(|(_, _, values)| values).collect();
    writer.write(&RecordBatch::try_new(schema, values).map_err(parquet::errors::ParquetError::from)?)?;
    writer.close()?;
    out.write_all(&bytes).map_err(|source| crate::error::Error::Output { source })
}

fn columns(rows: &[ComponentUsage]) -> Vec<Values> {
    let text = |of: fn(&ComponentUsage) -> &str| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(rows.iter().map(of)))
    };
    let uuid = |of: fn(&ComponentUsage) -> Option<u128>| -> ArrayRef {
        Arc::new(rows.iter().map(|row| of(row).map(uuid_text)).collect::<StringArray>())
    };
    let mark = |of: fn(&ComponentUsage) -> bool| -> ArrayRef {
        Arc::new(rows.iter().map(|row| Some(of(row))).collect::<BooleanArray>())
    };
    let usage = Decimal128Array::from_iter_values(rows.iter().map(|row| row.usage.hundredths()));
    let usage = usage.with_data_type(DataType::Decimal128(38, 2));
    let date: TimestampMicrosecondArray = rows.iter().map(|row| row.date).collect();
    let date = date.with_data_type(DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())));
    let day = |row: &ComponentUsage| {
        row.billing_period.first_day().signed_duration_since(NaiveDate::default()).num_days() as i32
    };
    vec![
        ("uuid", false, uuid(|row| Some(row.uuid))),
        ("usage", false, Arc::new(usage)),
        ("is_imprecise", false, mark(|row| row.is_imprecise)),
        ("component_type", false, text(|row| &row.component_type)),
        ("measured_unit", false, text(|row| &row.measured_unit)),
        ("billing_period", false, Arc::new(Date32Array::from_iter_values(rows.iter().map(day)))),
        ("date", true, Arc::new(date)),
        ("resource_uuid", false, uuid(|row| Some(row.resource_uuid))),
        ("resource_name", false, text(|row| &row.resource_name)),
        ("offering_uuid", true, uuid(|row| row.offering_uuid)),
        ("offering_name", false, text(|row| &row.offering_name)),
        ("project_uuid", true, uuid(|row| row.project_uuid)),
        ("project_name", false, text(|row| &row.project_name)),
        ("customer_uuid", true, uuid(|row| row.customer_uuid)),
        ("customer_name", false, text(|row| &row.customer_name)),
        ("reuses_missing_usage", false, mark(|row| row.reuses_missing_usage)),
    ]
}
