//! Typed columns for BI tools: flat, snappy, dictionary and plain encodings only.
//!
//! ```text
//! billing_period  DATE             2026-10-01
//! period          STRING           2026-10
//! customer_uuid   STRING           0a1b2c3d0a1b2c3d0a1b2c3d0a1b2c3d
//! customer_name   STRING           Acme
//! measured_unit   STRING           hour
//! usage           DECIMAL(18,2)    1012.50
//! records         INT64            2
//! ```

use std::borrow::Cow;
use std::sync::Arc;

use ::parquet::basic::{Compression, ConvertedType, LogicalType, Repetition, Type as PhysicalType};
use ::parquet::data_type::{
    ByteArray, ByteArrayType, DataType, FixedLenByteArray, FixedLenByteArrayType, Int32Type, Int64Type,
};
use ::parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use ::parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter, SerializedRowGroupWriter};
use ::parquet::schema::types::{PrimitiveTypeBuilder, Type, TypePtr};
use chrono::NaiveDate;

use super::footer::{metadata, sorting_columns};
use crate::amount::{AMOUNT_DECIMALS, AMOUNT_LIMIT, Amount};
use crate::dimension::Dimension;
use crate::error::{Error, Result};
use crate::period::BillingPeriod;
use crate::report::{Cell, Cells, ColumnId, ColumnKind, Report};

/// Choices for columns of decimals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ParquetOptions {
    /// Of usage and percentages; amounts have 20 digits.
    pub decimal: DecimalWidth,
}

/// The digits of a decimal, two of them behind the point.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DecimalWidth {
    /// Fits every BI tool.
    #[default]
    Digits18,
    /// Fits every sum.
    Digits38,
}

const ROW_GROUP_ROWS: usize = 1 << 17;
/// One more than the largest number of 18 digits.
const DIGITS_18_LIMIT: i128 = 1_000_000_000_000_000_000;

/// The report as the bytes of a Parquet file.
///
/// [`Error::DecimalTooLarge`] where a figure needs more than 18 digits and was not given 38.
pub(crate) fn encode(report: &Report, options: &ParquetOptions) -> Result<Vec<u8>> {
    let rows: Vec<usize> = (0..report.rows.len()).collect();
    encode_rows(report, &fields(report, options), &rows, None)
}

/// One column of the file.
pub(super) struct Field {
    pub(super) name: Cow<'static, str>,
    /// The report's column that it is made from.
    pub(super) source: usize,
    pub(super) kind: FieldKind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum FieldKind {
    Text,
    /// The first day of a month.
    Date,
    Count,
    Decimal(DecimalWidth),
    Amount,
}

/// The file's columns, the same for the same columns of a report whatever it holds.
pub(super) fn fields(report: &Report, options: &ParquetOptions) -> Vec<Field> {
    fields_of(&report.columns, options)
}

/// The fields that go with columns.
pub(super) fn fields_of(columns: &[ColumnId], options: &ParquetOptions) -> Vec<Field> {
    let mut fields = Vec::with_capacity(columns.len() + 1);
    for (source, column) in columns.iter().enumerate() {
        let field = |name: Cow<'static, str>, kind| Field { name, source, kind };
        if *column == ColumnId::Time(Dimension::Period) {
            fields.push(field("billing_period".into(), FieldKind::Date));
        }
        let kind = match column.kind() {
            ColumnKind::Usage | ColumnKind::Percent => FieldKind::Decimal(options.decimal),
            ColumnKind::Amount => FieldKind::Amount,
            ColumnKind::Count => FieldKind::Count,
            _ => FieldKind::Text,
        };
        fields.push(field(column.name(), kind));
    }
    fields
}

/// The fields without the text of the period, which a partition's folder tells.
pub(super) fn partition_fields(report: &Report, options: &ParquetOptions) -> Vec<Field> {
    let mut fields = fields(report, options);
    fields.retain(|field| {
        report.columns[field.source] != ColumnId::Time(Dimension::Period) || field.kind == FieldKind::Date
    });
    fields
}

/// The schema that goes with the fields. Every column is optional, so that it never depends on the data.
pub(super) fn schema(fields: &[Field]) -> Result<TypePtr> {
    let columns = fields.iter().map(|field| Ok(Arc::new(field.schema()?))).collect::<Result<_>>()?;
    Ok(Arc::new(Type::group_type_builder("usage").with_fields(columns).build()?))
}

/// Some rows of a report as a file; those of one period where it is named.
pub(super) fn encode_rows(
    report: &Report,
    fields: &[Field],
    rows: &[usize],
    period: Option<BillingPeriod>,
) -> Result<Vec<u8>> {
    let cells = report.rows.cells();
    let properties = WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_compression(Compression::SNAPPY)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true)
        .set_sorting_columns(Some(sorting_columns(report, fields, rows)))
        .set_key_value_metadata(Some(metadata(report, period)))
        .build();
    let mut file = SerializedFileWriter::new(Vec::new(), schema(fields)?, Arc::new(properties))?;
    for rows in rows.chunks(ROW_GROUP_ROWS) {
        let mut group = file.next_row_group()?;
        for field in fields {
            field.write(&cells, rows, &mut group)?;
        }
        group.close()?;
    }
    Ok(file.into_inner()?)
}

impl Field {
    fn schema(&self) -> Result<Type> {
        let physical_type = match self.kind {
            FieldKind::Text => PhysicalType::BYTE_ARRAY,
            FieldKind::Date => PhysicalType::INT32,
            FieldKind::Count | FieldKind::Decimal(DecimalWidth::Digits18) => PhysicalType::INT64,
            FieldKind::Amount | FieldKind::Decimal(DecimalWidth::Digits38) => {
                PhysicalType::FIXED_LEN_BYTE_ARRAY
            }
        };
        let builder =
            Type::primitive_type_builder(&self.name, physical_type).with_repetition(Repetition::OPTIONAL);
        let decimal = |precision| (LogicalType::decimal(2, precision), ConvertedType::DECIMAL, precision);
        let (logical_type, converted_type, precision) = match self.kind {
            FieldKind::Count => return Ok(builder.build()?),
            FieldKind::Amount => return Ok(amount_type(builder).build()?),
            FieldKind::Text => (LogicalType::String, ConvertedType::UTF8, 0),
            FieldKind::Date => (LogicalType::Date, ConvertedType::DATE, 0),
            FieldKind::Decimal(DecimalWidth::Digits18) => decimal(18),
            FieldKind::Decimal(DecimalWidth::Digits38) => decimal(38),
        };
        let builder = builder.with_logical_type(Some(logical_type)).with_converted_type(converted_type);
        Ok(match precision {
            0 => builder,
            18 => builder.with_precision(precision).with_scale(2),
            _ => builder.with_precision(precision).with_scale(2).with_length(16),
        }
        .build()?)
    }

    fn write(
        &self,
        cells: &Cells<'_>,
        rows: &[usize],
        group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    ) -> Result<()> {
        let writer = group.next_column()?.expect("the schema has a column for each field");
        let values = rows.iter().map(|row| (*row, cells.get(*row, self.source)));
        match self.kind {
            FieldKind::Text => write_column::<ByteArrayType>(writer, values, text_values()),
            FieldKind::Date => write_column::<Int32Type>(writer, values, |_, cell| Ok(days(cell))),
            FieldKind::Count => write_column::<Int64Type>(writer, values, |row, cell| match cell {
                Cell::Count(count) => i64::try_from(count).map(Some).map_err(|_| self.too_large(cell, row)),
                _ => Ok(None),
            }),
            FieldKind::Amount => {
                write_column::<FixedLenByteArrayType>(writer, values, |row, cell| match cell {
                    Cell::Amount(amount) => amount_bytes(amount, &self.name, row + 1).map(Some),
                    _ => Ok(None),
                })
            }
            FieldKind::Decimal(DecimalWidth::Digits18) => {
                write_column::<Int64Type>(writer, values, |row, cell| self.narrow(row, cell))
            }
            FieldKind::Decimal(DecimalWidth::Digits38) => {
                write_column::<FixedLenByteArrayType>(writer, values, |_, cell| Ok(wide(cell)))
            }
        }
    }

    fn narrow(&self, row: usize, cell: Cell<'_>) -> Result<Option<i64>> {
        let Cell::Quantity(quantity) = cell else { return Ok(None) };
        let hundredths = quantity.hundredths();
        match -DIGITS_18_LIMIT < hundredths && hundredths < DIGITS_18_LIMIT {
            true => Ok(Some(hundredths as i64)),
            false => Err(self.too_large(cell, row)),
        }
    }

    pub(super) fn too_large(&self, cell: Cell<'_>, row: usize) -> Error {
        let value = match cell {
            Cell::Quantity(quantity) => quantity.to_string(),
            Cell::Amount(amount) => amount.to_string(),
            Cell::Count(count) => count.to_string(),
            Cell::Text(_) | Cell::Empty => String::new(),
        };
        Error::DecimalTooLarge { column: self.name.to_string(), value, row: row + 1 }
    }
}

/// The digits of an amount, three of them after the point: the same whatever the currencies of a file are.
const AMOUNT_DIGITS: i32 = 20;
/// The bytes that this many digits need.
const AMOUNT_BYTES: usize = 9;

/// The type of a column of amounts, `DECIMAL(20,3)`.
pub(super) fn amount_type(builder: PrimitiveTypeBuilder<'_>) -> PrimitiveTypeBuilder<'_> {
    let scale = i32::from(AMOUNT_DECIMALS);
    builder
        .with_length(AMOUNT_BYTES as i32)
        .with_logical_type(Some(LogicalType::decimal(scale, AMOUNT_DIGITS)))
        .with_converted_type(ConvertedType::DECIMAL)
        .with_precision(AMOUNT_DIGITS)
        .with_scale(scale)
}

/// An amount as a column of them holds it; rows are counted from 1.
pub(super) fn amount_bytes(amount: Amount, column: &str, row: usize) -> Result<FixedLenByteArray> {
    let thousandths = amount.thousandths();
    if thousandths.unsigned_abs() >= AMOUNT_LIMIT.unsigned_abs() {
        return Err(Error::AmountTooWide { column: column.to_owned(), value: amount.to_string(), row });
    }
    let bytes = thousandths.to_be_bytes();
    Ok(FixedLenByteArray::from(bytes[bytes.len() - AMOUNT_BYTES..].to_vec()))
}

/// Writes a column's values, and where there are none.
fn write_column<'a, T: DataType>(
    mut writer: SerializedColumnWriter<'_>,
    cells: impl Iterator<Item = (usize, Cell<'a>)>,
    mut value: impl FnMut(usize, Cell<'a>) -> Result<Option<T::T>>,
) -> Result<()> {
    let (mut values, mut levels) = (Vec::new(), Vec::new());
    for (row, cell) in cells {
        let value = value(row, cell)?;
        levels.push(i16::from(value.is_some()));
        values.extend(value);
    }
    writer.typed::<T>().write_batch(&values, Some(&levels), None)?;
    Ok(writer.close()?)
}

/// Gives texts; equal neighbours share their bytes.
fn text_values<'a>() -> impl FnMut(usize, Cell<'a>) -> Result<Option<ByteArray>> {
    let mut last = ByteArray::from("");
    move |_, cell| {
        let Cell::Text(text) = cell else { return Ok(None) };
        if last.data() != text.as_bytes() {
            last = ByteArray::from(text);
        }
        Ok(Some(last.clone()))
    }
}

/// The first day of a month, in days since 1970-01-01.
pub(super) fn days(cell: Cell<'_>) -> Option<i32> {
    let Cell::Text(text) = cell else { return None };
    let period: BillingPeriod = text.parse().ok()?;
    let days = period.first_day().signed_duration_since(NaiveDate::default()).num_days();
    Some(i32::try_from(days).expect("years have four digits"))
}

fn wide(cell: Cell<'_>) -> Option<FixedLenByteArray> {
    let Cell::Quantity(quantity) = cell else { return None };
    Some(FixedLenByteArray::from(quantity.hundredths().to_be_bytes().to_vec()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs::File;
    use std::io::Write;

    use ::parquet::basic::Encoding;
    use ::parquet::file::reader::{FileReader, SerializedFileReader};
    use ::parquet::record::Field as Value;
    use insta::assert_snapshot;

    use super::*;
    use crate::write::sample::{ACME, TOKYO, rows_only, sample};

    const WIDE: ParquetOptions = ParquetOptions { decimal: DecimalWidth::Digits38 };

    fn reader(bytes: Vec<u8>) -> SerializedFileReader<File> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&bytes).unwrap();
        SerializedFileReader::new(file).unwrap()
    }

    fn encoded(report: &Report) -> Vec<u8> {
        encode(report, &ParquetOptions::default()).unwrap()
    }

    fn printed_schema(bytes: Vec<u8>) -> String {
        let mut text = Vec::new();
        let reader = reader(bytes);
        ::parquet::schema::printer::print_schema(&mut text, reader.metadata().file_metadata().schema());
        String::from_utf8(text).unwrap()
    }

    fn rows(bytes: Vec<u8>) -> Vec<Vec<(String, Value)>> {
        let reader = reader(bytes);
        let rows = reader.get_row_iter(None).unwrap();
        rows.map(|row| row.unwrap().into_columns()).collect()
    }

    fn printed_rows(bytes: Vec<u8>) -> String {
        let line = |row: &Vec<(String, Value)>| {
            row.iter().map(|(_, value)| value.to_string()).collect::<Vec<_>>().join(" | ")
        };
        rows(bytes).iter().map(line).collect::<Vec<_>>().join("\n")
    }

    /// The names of the columns that a file says it is sorted by.
    fn sorted_by(bytes: Vec<u8>) -> Vec<String> {
        let reader = reader(bytes);
        let group = reader.metadata().row_group(0);
        let columns = group.sorting_columns().into_iter().flatten();
        columns.map(|column| group.column(column.column_idx as usize).column_path().string()).collect()
    }

    #[test]
    fn the_columns_are_flat_and_of_types_that_every_reader_knows() {
        assert_snapshot!(printed_schema(encoded(&sample())), @"
        message usage {
          OPTIONAL INT32 billing_period (DATE);
          OPTIONAL BYTE_ARRAY period (STRING);
          OPTIONAL BYTE_ARRAY customer_uuid (STRING);
          OPTIONAL BYTE_ARRAY customer_name (STRING);
          OPTIONAL BYTE_ARRAY component_type (STRING);
          OPTIONAL BYTE_ARRAY measured_unit (STRING);
          OPTIONAL INT64 usage (DECIMAL(18,2));
          OPTIONAL INT64 records;
          OPTIONAL INT64 users;
        }
        ");
    }

    #[test]
    fn wide_decimals_change_the_decimals_only() {
        let schema = printed_schema(encode(&sample(), &WIDE).unwrap());
        assert!(schema.contains("FIXED_LEN_BYTE_ARRAY (16) usage (DECIMAL(38,2))"), "{schema}");
        assert!(schema.contains("INT64 records"), "{schema}");
    }

    #[test]
    fn what_was_written_reads_back() {
        assert_snapshot!(printed_rows(encoded(&sample())).escape_debug().to_string().replace(r"\n20", "\n20"), @r#"
        2026-10-01 | \"2026-10\" | \"c0c0c0c000000000000000000000000c\" | \"=1+1;\"x\"\" | \"cpu\" | \"hour\" | 1012.50 | 2 | 2
        2026-10-01 | \"2026-10\" | \"0a1b2c3d00000000000000000000000a\" | \"Acme\" | \"cpu\" | \"hour\" | 2.00 | 1 | 1
        2026-10-01 | \"2026-10\" | \"0a1b2c3d00000000000000000000000a\" | \"Acme\" | \"storage\" | \"GB\" | -5.00 | 1 | 1
        2026-10-01 | \"2026-10\" | \"b0b0b0b000000000000000000000000b\" | \"Acme\" | \"cpu\" | \"hour\" | 3.25 | 1 | 1
        2026-11-01 | \"2026-11\" | \"d0d0d0d000000000000000000000000d\" | \"a\u{202e}b\nc, <d>\" | \"-x|y\" | \"hour\" | 0.25 | 1 | 1
        2026-11-01 | \"2026-11\" | \"e0e0e0e000000000000000000000000e\" | \"東京 👩\u{200d}🔬\" | \"cpu\" | \"\" | 7.00 | 1 | 1
        "#);
        let narrow = printed_rows(encoded(&sample()));
        assert_eq!(printed_rows(encode(&sample(), &WIDE).unwrap()), narrow);
    }

    #[test]
    fn no_value_reads_back_as_null_and_the_schema_does_not_depend_on_it() {
        let columns = "customer_uuid customer_name measured_unit usage usage_before";
        let full = rows_only(&[Dimension::Customer], columns, &[&[ACME, "Acme", "", "1.00", "2.00"]]);
        let others = rows_only(&[Dimension::Customer], columns, &[&["~", "Others", "hour", "1.00", "~"]]);
        let empty = rows_only(&[Dimension::Customer], columns, &[]);
        assert_eq!(printed_rows(encoded(&others)), r#"null | "Others" | "hour" | 1.00 | null"#);
        let schema = printed_schema(encoded(&full));
        assert_eq!(schema, printed_schema(encoded(&others)));
        assert_eq!(schema, printed_schema(encoded(&empty)));
        assert_eq!(rows(encoded(&full))[0][2].1, Value::Str(String::new()), "the empty unit is a unit");
    }

    #[test]
    fn a_figure_of_nineteen_digits_names_the_way_out() {
        let columns = "customer_uuid customer_name measured_unit usage";
        let of = |usage| rows_only(&[Dimension::Customer], columns, &[&[ACME, "Acme", "hour", usage]]);
        assert!(printed_rows(encoded(&of("9999999999999999.99"))).ends_with("9999999999999999.99"));
        assert!(printed_rows(encoded(&of("-9999999999999999.99"))).ends_with("-9999999999999999.99"));
        let error = encode(&of("10000000000000000.00"), &ParquetOptions::default()).unwrap_err();
        assert_snapshot!(error, @"usage is 10000000000000000.00 in row 1; it does not fit DECIMAL(18,2)");
        let wide = encode(&of("10000000000000000.00"), &WIDE).unwrap();
        assert!(printed_rows(wide).ends_with("10000000000000000.00"));
    }

    #[test]
    fn only_plain_and_dictionary_encodings_and_snappy_are_used() {
        let reader = reader(encoded(&sample()));
        let known = BTreeSet::from([
            Encoding::PLAIN,
            Encoding::RLE,
            Encoding::RLE_DICTIONARY,
            Encoding::PLAIN_DICTIONARY,
        ]);
        for column in reader.metadata().row_group(0).columns() {
            assert!(column.encodings().all(|encoding| known.contains(&encoding)), "{column:?}");
            assert_eq!(column.compression(), Compression::SNAPPY);
            let statistics = column.statistics().expect("every column has statistics");
            assert!(statistics.min_bytes_opt().is_some() && statistics.null_count_opt().is_some());
        }
    }

    #[test]
    fn statistics_of_decimals_are_numbers_and_not_bytes() {
        for options in [ParquetOptions::default(), WIDE] {
            let reader = reader(encode(&sample(), &options).unwrap());
            let group = reader.metadata().row_group(0);
            let usage =
                group.columns().iter().find(|column| column.column_path().string() == "usage").unwrap();
            let statistics = usage.statistics().unwrap();
            let number = |bytes: &[u8]| match bytes.len() {
                8 => i128::from(i64::from_le_bytes(bytes.try_into().unwrap())),
                _ => i128::from_be_bytes(bytes.try_into().unwrap()),
            };
            assert_eq!(number(statistics.min_bytes_opt().unwrap()), -500);
            assert_eq!(number(statistics.max_bytes_opt().unwrap()), 101_250);
        }
    }

    #[test]
    fn a_file_says_what_it_is_sorted_by_as_far_as_it_is() {
        let order = ["billing_period", "customer_name", "customer_uuid", "component_type", "measured_unit"];
        assert_eq!(sorted_by(encoded(&sample())), order);
        let columns = "customer_uuid customer_name measured_unit usage";
        let others_last = rows_only(
            &[Dimension::Customer],
            columns,
            &[&[TOKYO, "東京", "hour", "1.00"], &["~", "Others", "hour", "1.00"]],
        );
        assert_eq!(sorted_by(encoded(&others_last)), [""; 0]);
    }

    #[test]
    fn a_file_says_where_its_figures_come_from() {
        let reader = reader(encoded(&sample()));
        let entries = reader.metadata().file_metadata().key_value_metadata().unwrap();
        let lines = entries.iter().map(|entry| format!("{} {}", entry.key, entry.value.as_deref().unwrap()));
        assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @r#"
        usagebook.schema_version 2
        usagebook.tool_version 0.1.0
        usagebook.period 2026-10..2026-11
        usagebook.as_of 2026-11-23
        usagebook.timezone UTC
        usagebook.by period,customer,component
        usagebook.partial_periods 2026-11
        usagebook.filters {"type":["cpu","\u001b[31m"]}
        usagebook.totals [{"period":"2026-10","customer_uuid":null,"customer_name":null,"component_type":null,"measured_unit":"GB","usage":"-5.00","records":1,"users":1},{"period":"2026-10","customer_uuid":null,"customer_name":null,"component_type":null,"measured_unit":"hour","usage":"1017.75","records":4,"users":3},{"period":"2026-11","customer_uuid":null,"customer_name":null,"component_type":null,"measured_unit":"","usage":"7.00","records":1,"users":1},{"period":"2026-11","customer_uuid":null,"customer_name":null,"component_type":null,"measured_unit":"hour","usage":"0.25","records":1,"users":1},{"period":null,"customer_uuid":null,"customer_name":null,"component_type":null,"measured_unit":"","usage":"7.00","records":1,"users":1},{"period":null,"customer_uuid":null,"customer_name":null,"component_type":null,"measured_unit":"GB","usage":"-5.00","records":1,"users":1},{"period":null,"customer_uuid":null,"customer_name":null,"component_type":null,"measured_unit":"hour","usage":"1018.00","records":5,"users":3}]
        "#);
    }

    #[test]
    fn the_same_report_gives_the_same_bytes() {
        assert_eq!(encoded(&sample()), encoded(&sample()));
    }
}
