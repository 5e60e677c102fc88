//! Arrow arrays to the values of records: which types a field can have, and what their values mean.

use std::fmt::Write;
use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::{
    Array, ArrowPrimitiveType, BinaryViewArray, FixedSizeBinaryArray, Int32Array, StringArray,
    StringViewArray,
};
use arrow_schema::{DataType, TimeUnit};
use memchr::memchr;

use crate::ingest::records::collector::Pending;
use crate::ingest::records::raw::Raw;
use crate::quantity::Quantity;
use crate::usage::Field;

/// One column of a batch, ready to be asked for its values.
pub(crate) enum Column<'a> {
    Null,
    Text(&'a StringViewArray),
    Binary(&'a BinaryViewArray),
    Dictionary(&'a Int32Array, &'a StringArray),
    Uuid(&'a FixedSizeBinaryArray),
    Values { values: Vec<Value>, tokens: String },
}

/// A number or a time.
#[derive(Clone, Copy)]
pub(crate) enum Value {
    Null,
    Quantity(Quantity),
    Time(i64),
    ZonelessTime(i64),
    Day(i32),
    /// A part of the column's tokens: the digits of a float, or what no record can have.
    Token {
        start: u32,
        end: u32,
    },
    /// The same of a float of 32 bits.
    Single {
        start: u32,
        end: u32,
    },
}

/// What a field's column has to be, in words; nothing where the type will do.
pub(crate) fn expected_instead(field: Field, found: &DataType) -> Option<&'static str> {
    use Field::*;
    if is_text(found) || matches!(found, DataType::Null) {
        return None;
    }
    if let DataType::Dictionary(_, values) = found {
        return expected_instead(field, values);
    }
    let (is_fine, expected) = match field {
        Uuid | ResourceUuid | OfferingUuid | ProjectUuid | CustomerUuid => {
            (*found == DataType::FixedSizeBinary(16), "text or 16 bytes")
        }
        Usage => (is_number(found), "text, an integer, DECIMAL of at most 38 digits, FLOAT or DOUBLE"),
        Created | Modified | Date | BillingPeriod => (
            matches!(found, DataType::Timestamp(..) | DataType::Date32 | DataType::Date64 | DataType::Int64),
            "text, TIMESTAMP, DATE, or an INT64 of seconds, milliseconds, microseconds or nanoseconds since 1970",
        ),
        User | Username | ComponentUsage | MeasuredUnit | Description | BackendId | ResourceName
        | OfferingName | ProjectName | CustomerName | ComponentType => (false, "text"),
    };
    (!is_fine).then_some(expected)
}

fn is_text(data_type: &DataType) -> bool {
    use DataType::*;
    matches!(data_type, Utf8 | LargeUtf8 | Utf8View | Binary | LargeBinary | BinaryView)
}

fn is_time(field: Field) -> bool {
    matches!(field, Field::Created | Field::Modified | Field::Date | Field::BillingPeriod)
}

fn is_number(data_type: &DataType) -> bool {
    use DataType::*;
    match data_type {
        Decimal32(digits, _) | Decimal64(digits, _) | Decimal128(digits, _) | Decimal256(digits, _) => {
            *digits <= 38
        }
        Float32 | Float64 => true,
        other => other.is_integer(),
    }
}

/// The type to decode a column to: the one that needs the fewest bytes copied.
///
/// Text that the decoder does not check to be UTF-8 comes as bytes; see [`Column::rows_not_utf8`].
pub(crate) fn decoded_type(found: &DataType, is_utf8: bool, has_dictionary: bool) -> DataType {
    use DataType::*;
    match found {
        Utf8 | LargeUtf8 | Utf8View if is_utf8 && has_dictionary => {
            Dictionary(Box::new(Int32), Box::new(Utf8))
        }
        Utf8 | LargeUtf8 | Utf8View if is_utf8 => Utf8View,
        Dictionary(_, values) => decoded_type(values, is_utf8, has_dictionary),
        text if is_text(text) => BinaryView,
        other => other.clone(),
    }
}

impl<'a> Column<'a> {
    /// The values of an array; nothing where its type is none that [`expected_instead`] lets through.
    pub(crate) fn of(array: &'a dyn Array, field: Field) -> Option<Self> {
        use DataType::*;
        let column = match array.data_type() {
            Null => Self::Null,
            Utf8View => Self::Text(array.as_string_view()),
            BinaryView => Self::Binary(array.as_binary_view()),
            FixedSizeBinary(16) => Self::Uuid(array.as_fixed_size_binary()),
            Dictionary(..) => {
                let dictionary = array.as_dictionary_opt::<Int32Type>()?;
                Self::Dictionary(dictionary.keys(), dictionary.values().as_string_opt()?)
            }
            Int64 if is_time(field) => {
                values::<Int64Type>(array, |epoch, tokens| tokens.add(|text| write!(text, "{epoch}")))
            }
            Timestamp(..) | Date32 | Date64 => times(array, field == Field::BillingPeriod)?,
            _ => numbers(array)?,
        };
        Some(column)
    }

    /// Writes the values of some rows into as many records.
    pub(crate) fn fill(&'a self, field: Field, rows: Range<usize>, batch: &mut [Pending<'a>]) {
        match self {
            Self::Null => fill(field, rows, batch, |_| Some(Raw::Null)),
            Self::Text(array) => fill(field, rows, batch, |row| {
                array.is_valid(row).then(|| text(field, array.value(row).as_bytes()))
            }),
            Self::Binary(array) => {
                fill(field, rows, batch, |row| array.is_valid(row).then(|| text(field, array.value(row))))
            }
            Self::Dictionary(keys, values) => fill(field, rows, batch, |row| {
                keys.is_valid(row).then(|| text(field, values.value(keys.value(row) as usize).as_bytes()))
            }),
            Self::Uuid(array) => fill(field, rows, batch, |row| {
                let bytes = array.is_valid(row).then(|| array.value(row))?;
                Some(Raw::Uuid(u128::from_be_bytes(bytes.try_into().ok()?)))
            }),
            Self::Values { values, tokens } => {
                fill(field, rows, batch, |row| match values[row] {
                    Value::Null => None,
                    Value::Quantity(quantity) => Some(Raw::Quantity(quantity)),
                    Value::Time(micros) => Some(Raw::Time(micros)),
                    Value::ZonelessTime(micros) => Some(Raw::ZonelessTime(micros)),
                    Value::Single { start, end } => {
                        Some(Raw::Single(&tokens.as_bytes()[start as usize..end as usize]))
                    }
                    Value::Day(days) => Some(Raw::Day(days)),
                    Value::Token { start, end } => {
                        Some(Raw::Number(&tokens.as_bytes()[start as usize..end as usize]))
                    }
                });
            }
        }
    }

    /// The rows whose bytes are no text.
    pub(crate) fn rows_not_utf8(&self) -> Vec<usize> {
        let Self::Binary(array) = self else { return Vec::new() };
        let is_text = |row: usize| array.is_null(row) || simdutf8::basic::from_utf8(array.value(row)).is_ok();
        (0..array.len()).filter(|&row| !is_text(row)).collect()
    }
}

/// A usage with a comma and no point is no cell: no other row tells what its comma means.
fn text(field: Field, text: &[u8]) -> Raw<'_> {
    let is_cell = || memchr(b',', text).is_none() || memchr(b'.', text).is_some();
    if field == Field::Usage && is_cell() { Raw::Cell(text) } else { Raw::Text(text) }
}

fn fill<'a>(
    field: Field,
    rows: Range<usize>,
    batch: &mut [Pending<'a>],
    value: impl Fn(usize) -> Option<Raw<'a>>,
) {
    for (row, pending) in rows.zip(batch) {
        pending.record.set(field, value(row).unwrap_or(Raw::Null));
    }
}

fn numbers<'a>(array: &dyn Array) -> Option<Column<'a>> {
    use DataType::*;
    Some(match array.data_type() {
        Int8 => integers::<Int8Type>(array),
        Int16 => integers::<Int16Type>(array),
        Int32 => integers::<Int32Type>(array),
        Int64 => integers::<Int64Type>(array),
        UInt8 => integers::<UInt8Type>(array),
        UInt16 => integers::<UInt16Type>(array),
        UInt32 => integers::<UInt32Type>(array),
        UInt64 => integers::<UInt64Type>(array),
        Float32 => values::<Float32Type>(array, single),
        Float64 => values::<Float64Type>(array, |float, tokens| tokens.add(|text| write!(text, "{float:?}"))),
        Decimal32(_, scale) => decimals::<Decimal32Type>(array, *scale),
        Decimal64(_, scale) => decimals::<Decimal64Type>(array, *scale),
        Decimal128(_, scale) => decimals::<Decimal128Type>(array, *scale),
        Decimal256(_, scale) => values::<Decimal256Type>(array, |decimal, tokens| match decimal.to_i128() {
            Some(decimal) => decimal_value(decimal, *scale, tokens),
            None => tokens.add(|text| write!(text, "{decimal}e{}", -i32::from(*scale))),
        }),
        _ => return None,
    })
}

fn integers<'a, T: ArrowPrimitiveType<Native: Into<i128>>>(array: &dyn Array) -> Column<'a> {
    values::<T>(array, |integer, _| Value::Quantity(Quantity::from_hundredths(integer.into() * 100)))
}

fn decimals<'a, T: ArrowPrimitiveType<Native: Into<i128>>>(array: &dyn Array, scale: i8) -> Column<'a> {
    values::<T>(array, |decimal, tokens| decimal_value(decimal.into(), scale, tokens))
}

/// A float of 32 bits: by its shortest digits up to the seven that it holds for sure; beyond by its own value, to the
/// hundredth.
fn single(float: f32, tokens: &mut Tokens) -> Value {
    let shortest = format!("{float:?}");
    let has_thousandths = shortest.split_once('.').is_some_and(|(_, decimals)| decimals.len() > 2);
    let is_exact = float.abs() < 100_000.0 || !float.is_finite() || has_thousandths;
    let token = tokens.add(|text| match is_exact {
        true => text.write_str(&shortest),
        false => write!(text, "{:.2}", f64::from(float)),
    });
    match token {
        Value::Token { start, end } => Value::Single { start, end },
        other => other,
    }
}

/// The decimal in hundredths; one that is no whole number of hundredths by its digits.
fn decimal_value(decimal: i128, scale: i8, tokens: &mut Tokens) -> Value {
    let power = 10_i128.checked_pow(u32::from((2 - i32::from(scale)).unsigned_abs() as u8));
    let hundredths = match (scale <= 2, power) {
        (true, Some(power)) => decimal.checked_mul(power),
        (false, Some(power)) if decimal % power == 0 => Some(decimal / power),
        _ if decimal == 0 => Some(0),
        _ => None,
    };
    match hundredths {
        Some(hundredths) => Value::Quantity(Quantity::from_hundredths(hundredths)),
        None => tokens.add(|text| write_decimal(text, decimal, scale)),
    }
}

fn write_decimal(text: &mut String, decimal: i128, scale: i8) -> std::fmt::Result {
    let Ok(decimals @ 1..) = usize::try_from(scale) else {
        return write!(text, "{decimal}e{}", -i32::from(scale));
    };
    let digits = format!("{:0>width$}", decimal.unsigned_abs(), width = decimals + 1);
    let (whole, rest) = digits.split_at(digits.len() - decimals);
    write!(text, "{}{whole}.{rest}", if decimal < 0 { "-" } else { "" })
}

fn times<'a>(array: &dyn Array, is_period: bool) -> Option<Column<'a>> {
    use TimeUnit::*;
    let is_zoneless = matches!(array.data_type(), DataType::Timestamp(_, None));
    let time = |micros: Option<i64>, tokens: &mut Tokens| match time_value(micros, is_period, tokens) {
        Value::Time(micros) if is_zoneless => Value::ZonelessTime(micros),
        value => value,
    };
    Some(match array.data_type() {
        DataType::Timestamp(Second, _) => {
            values::<TimestampSecondType>(array, |time_s, tokens| time(time_s.checked_mul(1_000_000), tokens))
        }
        DataType::Timestamp(Millisecond, _) => {
            values::<TimestampMillisecondType>(array, |ms, tokens| time(ms.checked_mul(1000), tokens))
        }
        DataType::Timestamp(Microsecond, _) => {
            values::<TimestampMicrosecondType>(array, |us, tokens| time(Some(us), tokens))
        }
        DataType::Timestamp(Nanosecond, _) => {
            values::<TimestampNanosecondType>(array, |ns, tokens| time(Some(ns.div_euclid(1000)), tokens))
        }
        DataType::Date64 => values::<Date64Type>(array, |ms, tokens| time(ms.checked_mul(1000), tokens)),
        DataType::Date32 => {
            values::<Date32Type>(array, |days, tokens| match i64::from(days).checked_mul(MICROS_OF_DAY) {
                Some(micros) if TIMES.contains(&micros) => Value::Day(days),
                micros => time(micros, tokens),
            })
        }
        _ => return None,
    })
}

const MICROS_OF_DAY: i64 = 86_400_000_000;

/// The times of the years 1 to 9999, as text could write them.
const TIMES: Range<i64> = -62_135_596_800_000_000..253_402_300_800_000_000;

fn time_value(micros: Option<i64>, is_period: bool, tokens: &mut Tokens) -> Value {
    match micros {
        Some(micros) if !TIMES.contains(&micros) => {
            tokens.add(|text| write!(text, "{micros} microseconds since 1970"))
        }
        Some(micros) if is_period && micros % MICROS_OF_DAY == 0 => {
            Value::Day((micros / MICROS_OF_DAY) as i32)
        }
        Some(micros) => Value::Time(micros),
        None => tokens.add(|text| write!(text, "a time beyond the calendar")),
    }
}

/// Texts of one column, one behind the other.
struct Tokens {
    text: String,
}

impl Tokens {
    fn add(&mut self, write: impl FnOnce(&mut String) -> std::fmt::Result) -> Value {
        let start = self.text.len() as u32;
        write(&mut self.text).expect("a string takes any text");
        Value::Token { start, end: self.text.len() as u32 }
    }
}

fn values<'a, T: ArrowPrimitiveType>(
    array: &dyn Array,
    mut value: impl FnMut(T::Native, &mut Tokens) -> Value,
) -> Column<'a> {
    let array = array.as_primitive::<T>();
    let mut tokens = Tokens { text: String::new() };
    let values = match array.nulls() {
        None => array.values().iter().map(|&native| value(native, &mut tokens)).collect(),
        Some(_) => array.iter().map(|native| native.map_or(Value::Null, |n| value(n, &mut tokens))).collect(),
    };
    Column::Values { values, tokens: tokens.text }
}
