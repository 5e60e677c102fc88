//! Parquet as databases and data frames write it, and as disks damage it.

use std::io::Write;

use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::types::Int32Type;
use arrow_array::*;
use arrow_schema::{DataType, Field as ArrowField};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;

use super::*;
use crate::ingest::records::collector::tests::collector;
use crate::ingest::records::token::{parse_day, parse_time};

const UUID: &str = "3b5259228a484b45b2c6b1f876076310";
const TIME: &str = "2026-10-31T21:56:43Z";
const DAY: &str = "2026-10-01";

type Columns = Vec<(&'static str, ArrayRef)>;

/// Two records, all of it text.
fn columns() -> Columns {
    let uri = format!("https://x/y/{UUID}/");
    Field::ALL
        .into_iter()
        .map(|field| {
            let value = match field {
                Field::Usage => return (field.name(), text(["1.00", "-2.00"])),
                Field::Created | Field::Modified | Field::Date => TIME,
                Field::BillingPeriod => DAY,
                Field::ComponentUsage => &uri,
                _ if field.name().ends_with("uuid") => UUID,
                _ => "é",
            };
            (field.name(), text([value, value]))
        })
        .collect()
}

fn text<const N: usize>(values: [&str; N]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

fn with(field: Field, array: impl Array + 'static) -> Columns {
    let mut columns = columns();
    columns[field as usize].1 = Arc::new(array);
    columns
}

fn file(columns: Columns, rows_per_group: usize) -> Vec<u8> {
    let columns = columns.into_iter().map(|(name, array)| {
        let is_nullable = array.logical_null_count() > 0;
        (name, array, is_nullable)
    });
    let batch = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(rows_per_group)).build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

fn read(bytes: Vec<u8>) -> Result<Collector, RecordFault> {
    let input = ParquetInput::from_bytes(bytes)?;
    let mut collector = collector();
    for row_group in 0..input.row_groups() {
        input.read_row_group(row_group, &mut collector);
    }
    Ok(collector)
}

/// All that figures and lists depend on.
fn records(collector: &Collector) -> String {
    let columns = &collector.columns;
    let parents = &collector.parents;
    format!(
        "{:?} {:?} {:?} {:?} {:?} {:?} {:?}",
        columns.uuid,
        columns.modified,
        columns.usage,
        collector.details(),
        parents.parents,
        parents.customers.get(0),
        collector.usernames.get(0),
    )
}

fn same_records(field: Field, array: impl Array + 'static) {
    let found = array.data_type().clone();
    let collector = read(file(with(field, array), 100)).unwrap();
    assert!(collector.faults().is_empty(), "{found}: {:?}", collector.faults());
    assert_eq!(records(&collector), records(&read(file(columns(), 100)).unwrap()), "{found}");
}

/// The faults of records, and those of files, where only the field's column is another one.
fn faults(field: Field, array: impl Array + 'static) -> String {
    faults_of(read(file(with(field, array), 100)))
}

fn faults_of(outcome: Result<Collector, RecordFault>) -> String {
    let line = |place: &str, fault: &RecordFault| {
        let field = fault.field.map_or("", Field::name);
        format!("{place}: {} {field} {}\n", fault.reason.code(), fault.value)
    };
    match outcome {
        Err(fault) => line("file", &fault),
        Ok(collector) => collector
            .faults()
            .iter()
            .map(|placed| line(&placed.record.map_or("rest".to_owned(), |n| n.to_string()), &placed.fault))
            .collect(),
    }
}

#[test]
fn usage_may_be_any_exact_number() {
    same_records(Field::Usage, Int8Array::from(vec![1, -2]));
    same_records(Field::Usage, Int16Array::from(vec![1, -2]));
    same_records(Field::Usage, Int32Array::from(vec![1, -2]));
    same_records(Field::Usage, Int64Array::from(vec![1, -2]));
    let decimal = |scale| move |value: i128| value * 10_i128.pow(scale);
    for scale in [0_i8, 1, 2, 5, 37] {
        let values = [1, -2].map(decimal(scale as u32)).to_vec();
        let array = Decimal128Array::from(values).with_precision_and_scale(38, scale).unwrap();
        same_records(Field::Usage, array);
    }
    same_records(Field::Usage, Decimal32Array::from(vec![100, -200]).with_precision_and_scale(9, 2).unwrap());
    same_records(
        Field::Usage,
        Decimal64Array::from(vec![1000, -2000]).with_precision_and_scale(18, 3).unwrap(),
    );
    let wide = Decimal256Array::from_iter_values([100, -200].map(Into::into));
    same_records(Field::Usage, wide.with_precision_and_scale(38, 2).unwrap());
}

#[test]
fn unsigned_usage_reaches_the_largest_integer() {
    let usage = |array: ArrayRef| {
        let mut columns = columns();
        columns[Field::Usage as usize].1 = array;
        read(file(columns, 100)).unwrap().columns.usage.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(usage(Arc::new(UInt8Array::from(vec![255, 0]))), ["255.00", "0.00"]);
    assert_eq!(usage(Arc::new(UInt16Array::from(vec![65_535, 0]))), ["65535.00", "0.00"]);
    assert_eq!(usage(Arc::new(UInt32Array::from(vec![u32::MAX, 0]))), ["4294967295.00", "0.00"]);
    let large = 999_999_999_999_999_999;
    assert_eq!(usage(Arc::new(UInt64Array::from(vec![large, 0]))), ["999999999999999999.00", "0.00"]);
}

#[test]
fn a_float_counts_by_its_shortest_digits() {
    let read = |array: ArrayRef| {
        let mut columns = columns();
        columns[Field::Usage as usize].1 = array;
        let collector = read(file(columns, 100)).unwrap();
        let usage: Vec<_> = collector.columns.usage.iter().map(ToString::to_string).collect();
        (usage, collector.columns.flags.clone())
    };
    let (usage, flags) = read(Arc::new(Float64Array::from(vec![0.12, 1e16])));
    assert_eq!(usage, ["0.12", "10000000000000000.00"]);
    assert_eq!(flags, [0, crate::ingest::records::values::IMPRECISE]);
    assert_eq!(read(Arc::new(Float32Array::from(vec![0.1, -5.25]))).0, ["0.10", "-5.25"]);
}

#[test]
fn a_number_that_is_no_usage_costs_only_its_record() {
    let decimals = Decimal128Array::from(vec![-5, 1250]).with_precision_and_scale(20, 3).unwrap();
    assert_eq!(faults(Field::Usage, decimals), "0: bad_value usage -0.005\n");
    let floats = Float64Array::from(vec![f64::NAN, f64::NEG_INFINITY]);
    assert_eq!(faults(Field::Usage, floats), "0: bad_value usage NaN\n1: bad_value usage -inf\n");
    assert_eq!(
        faults(Field::Usage, Int64Array::from(vec![1, i64::MAX])),
        "1: bad_value usage 9223372036854775807.00\n"
    );
}

#[test]
fn a_time_may_be_a_timestamp_of_any_unit_with_or_without_zone() {
    let micros = parse_time(TIME.as_bytes()).unwrap();
    for zone in [None, Some("UTC"), Some("+02:00")] {
        let zone = zone.map(Arc::<str>::from);
        for field in [Field::Created, Field::Modified, Field::Date] {
            let at = |time: i64| vec![time, time];
            let seconds = TimestampSecondArray::from(at(micros / 1_000_000));
            same_records(field, seconds.with_timezone_opt(zone.clone()));
            let millis = TimestampMillisecondArray::from(at(micros / 1000));
            same_records(field, millis.with_timezone_opt(zone.clone()));
            same_records(field, TimestampMicrosecondArray::from(at(micros)).with_timezone_opt(zone.clone()));
            let nanos = TimestampNanosecondArray::from(at(micros * 1000 + 999));
            same_records(field, nanos.with_timezone_opt(zone.clone()));
        }
    }
}

#[test]
fn a_billing_period_may_be_a_date_or_a_timestamp() {
    let days = parse_day(DAY.as_bytes()).unwrap();
    let millis = i64::from(days) * 86_400_000;
    same_records(Field::BillingPeriod, Date32Array::from(vec![days, days]));
    same_records(Field::BillingPeriod, Date64Array::from(vec![millis, millis]));
    same_records(Field::BillingPeriod, TimestampMillisecondArray::from(vec![millis, millis]));
    assert_eq!(
        faults(Field::BillingPeriod, Date32Array::from(vec![days, days + 1])),
        "1: bad_value billing_period day 20728 since 1970\n"
    );
}

#[test]
fn a_time_beyond_the_calendar_costs_only_its_record() {
    let time = parse_time(TIME.as_bytes()).unwrap();
    assert_eq!(
        faults(Field::Modified, TimestampMicrosecondArray::from(vec![time, i64::MAX])),
        "1: bad_value modified 9223372036854775807 microseconds since 1970\n"
    );
    assert_eq!(
        faults(Field::Date, TimestampSecondArray::from(vec![i64::MAX, time / 1_000_000])),
        "0: bad_value date a time beyond the calendar\n"
    );
    assert_eq!(
        faults(Field::Date, Date32Array::from(vec![i32::MIN, 0])).lines().count(),
        1,
        "only the first is beyond"
    );
}

#[test]
fn text_may_be_of_any_kind() {
    for field in [Field::Username, Field::CustomerName, Field::Usage, Field::Uuid, Field::Date] {
        let array = columns().swap_remove(field as usize).1;
        let values: Vec<_> = array.as_any().downcast_ref::<StringArray>().unwrap().iter().flatten().collect();
        same_records(field, LargeStringArray::from(values.clone()));
        same_records(field, StringViewArray::from(values.clone()));
        same_records(field, BinaryArray::from_iter_values(values.iter().copied()));
        same_records(field, LargeBinaryArray::from_iter_values(values.iter().copied()));
        same_records(field, BinaryViewArray::from_iter_values(values.iter().copied()));
        same_records(field, values.into_iter().collect::<DictionaryArray<Int32Type>>());
    }
}

#[test]
fn a_uuid_may_be_sixteen_bytes_or_have_dashes() {
    let bytes = crate::text::parse_uuid(UUID.as_bytes()).unwrap().to_be_bytes();
    for field in [Field::Uuid, Field::CustomerUuid] {
        let rows = [bytes, bytes].into_iter();
        same_records(field, FixedSizeBinaryArray::try_from_iter(rows).unwrap());
        let dashed = "3B525922-8A48-4B45-B2C6-B1F876076310";
        same_records(field, StringArray::from(vec![dashed, dashed]));
    }
}

#[test]
fn nulls_are_null_whatever_their_type() {
    let user = StringArray::from(vec![None, Some("u")]);
    let collector = read(file(with(Field::User, user), 100)).unwrap();
    let users: Vec<_> = collector.details().iter().map(|detail| detail.user).collect();
    assert_eq!(users, [None, Some("u")]);
    let collector = read(file(with(Field::User, NullArray::new(2)), 100)).unwrap();
    assert_eq!((collector.columns.uuid.len(), collector.faults().len()), (2, 0));
    assert_eq!(
        faults(Field::Username, StringArray::from(vec![Some("a"), None])),
        "1: null_field username null\n"
    );
    assert_eq!(faults(Field::Usage, Int64Array::from(vec![None, Some(1)])), "0: null_field usage null\n");
}

#[test]
fn bytes_that_are_not_utf8_cost_only_their_record() {
    let names = BinaryArray::from(vec![&b"a\xff"[..], b"b"]);
    assert_eq!(faults(Field::Username, names), "0: not_utf8 username bytes that are not UTF-8\n");
}

#[test]
fn a_faulty_row_is_kept_as_json() {
    let collector = read(file(with(Field::Usage, Float64Array::from(vec![0.125, 1.0])), 100)).unwrap();
    let row: Json = serde_json::from_str(&collector.faults()[0].raw).unwrap();
    assert_eq!((&row["usage"], &row["uuid"]), (&Json::from("0.125"), &Json::from(UUID)));
    assert_eq!(row.as_object().unwrap().len(), Field::COUNT);
}

#[test]
fn a_column_that_can_not_be_its_field_is_a_fault_of_the_file() {
    assert_eq!(
        faults(Field::Usage, BooleanArray::from(vec![true, false])),
        "file: not_records usage a column of the type Boolean\n"
    );
    assert_eq!(
        faults(Field::Username, Int64Array::from(vec![1, 2])),
        "file: not_records username a column of the type Int64\n"
    );
    let mut list = ListBuilder::new(StringBuilder::new());
    list.append(true);
    list.append(true);
    assert!(
        faults(Field::Uuid, list.finish()).starts_with("file: not_records uuid a column of the type List")
    );
    let wide = Decimal256Array::from_iter_values([1, 2].map(Into::into));
    assert_eq!(
        faults(Field::Usage, wide.with_precision_and_scale(39, 2).unwrap()),
        "file: not_records usage a column of the type Decimal256(39, 2)\n"
    );
}

#[test]
fn unknown_columns_are_passed_over_even_nested_ones() {
    let mut list = ListBuilder::new(StringBuilder::new());
    list.append_value([Some("a"), Some("b")]);
    list.append(true);
    let mut wider: Columns = vec![("tags", Arc::new(list.finish())), ("flag", text(["x", "y"]))];
    wider.extend(columns());
    let bytes = file(wider, 1);
    assert_eq!(ParquetInput::from_bytes(bytes.clone()).unwrap().unknown_columns(), ["tags", "flag"]);
    assert_eq!(records(&read(bytes).unwrap()), records(&read(file(columns(), 100)).unwrap()));
}

#[test]
fn other_tables_missing_columns_and_columns_twice_are_told_apart() {
    let foreign = vec![("a", text(["1"])), ("b", text(["2"]))];
    assert_eq!(faults_of(read(file(foreign, 100))), "file: not_records  a table of the columns a, b\n");
    let mut fewer = columns();
    fewer.remove(Field::Modified as usize);
    fewer.push(("note", text(["n", "n"])));
    let input = ParquetInput::from_bytes(file(fewer.clone(), 100)).unwrap();
    assert_eq!(input.unknown_columns(), ["note"]);
    assert_eq!(
        faults_of(read(file(fewer, 100))),
        "0: missing_field modified missing\n1: missing_field modified missing\n"
    );
    let mut twice = columns();
    twice.push(("date", text([TIME, TIME])));
    let fields: Vec<_> =
        twice.iter().map(|(name, _)| ArrowField::new(*name, DataType::Utf8, false)).collect();
    let arrays = twice.into_iter().map(|(_, array)| array).collect();
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    assert_eq!(
        faults_of(read(writer.into_inner().unwrap())),
        "file: duplicate_field date the name of two columns\n"
    );
}

#[test]
fn a_damaged_row_group_costs_no_other() {
    let mut bytes = file(columns(), 1);
    let input = ParquetInput::from_bytes(bytes.clone()).unwrap();
    let (start, length) = input.metadata.row_group(1).column(0).byte_range();
    bytes[start as usize..(start + length) as usize].fill(0xff);
    let collector = read(bytes).unwrap();
    assert_eq!(collector.columns.usage.iter().map(ToString::to_string).collect::<Vec<_>>(), ["1.00"]);
    let faults = faults_of(Ok(collector));
    assert!(faults.starts_with("rest: damaged_parquet  row group 2: "), "{faults}");
}

#[test]
fn a_file_cut_short_is_damaged() {
    let bytes = file(columns(), 100);
    for length in [0, 4, 11, bytes.len() / 2, bytes.len() - 1] {
        let faults = faults_of(read(bytes[..length].to_vec()));
        assert!(faults.starts_with("file: damaged_parquet"), "{faults}");
    }
}

#[test]
fn files_of_one_layout_that_were_joined_are_refused() {
    let bytes = file(columns(), 100);
    let faults = faults_of(read([&bytes[..], &bytes].concat()));
    assert_eq!(faults, "file: damaged_parquet  several files that were joined; give each by itself\n");
}

#[test]
fn threads_share_one_file() {
    let rows = 64;
    let usage: Vec<_> = (0..rows).collect();
    let columns = columns().into_iter().map(|(name, array)| match name {
        "usage" => (name, Arc::new(Int64Array::from(usage.clone())) as ArrayRef),
        _ => {
            let value = array.as_any().downcast_ref::<StringArray>().unwrap().value(0);
            (name, Arc::new(StringArray::from_iter_values((0..rows).map(|_| value))) as ArrayRef)
        }
    });
    let mut named = tempfile::tempfile().unwrap();
    named.write_all(&file(columns.collect(), 1)).unwrap();
    let input = ParquetInput::open(named).unwrap();
    let read = |odd: usize| {
        let mut collector = collector();
        (odd..input.row_groups()).step_by(2).for_each(|group| input.read_row_group(group, &mut collector));
        assert!(collector.faults().is_empty());
        collector.columns.usage.iter().map(|usage| usage.hundredths() as i64 / 100).collect::<Vec<_>>()
    };
    let (even, odd) = std::thread::scope(|scope| {
        let even = scope.spawn(|| read(0));
        (even.join().unwrap(), read(1))
    });
    assert_eq!(even, (0..rows).step_by(2).collect::<Vec<_>>());
    assert_eq!(odd, (1..rows).step_by(2).collect::<Vec<_>>());
}

#[test]
fn no_mutation_of_a_file_panics() {
    let bytes = file(with(Field::Usage, Float64Array::from(vec![1.5, 2.25])), 1);
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    let mut intact = 0;
    for _ in 0..400 {
        let mut mutant = bytes.clone();
        for _ in 0..=random(3) {
            let at = random(mutant.len());
            match random(8) {
                0 => mutant.truncate(at.max(1)),
                _ => mutant[at] = random(256) as u8,
            }
        }
        intact += usize::from(read(mutant).is_ok_and(|collector| collector.faults().is_empty()));
    }
    assert!(intact < 400);
}
