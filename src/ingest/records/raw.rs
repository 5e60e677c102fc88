//! One record as a format's reader found it: 21 values, borrowed, not yet understood.

use crate::quantity::Quantity;
use crate::usage::Field;

/// One value of a record, as its format holds it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Raw<'a> {
    /// The field is not there; in CSV also an empty cell of a field that cannot be the empty text.
    #[default]
    Missing,
    Null,
    /// Text, as it is meant. UTF-8 is guaranteed by the reader.
    Text(&'a [u8]),
    /// A number as text in a cell or a column of text, which a spreadsheet or data frame may have written.
    Cell(&'a [u8]),
    /// Text of JSON between its quotes, with backslashes still to be resolved.
    Escaped(&'a [u8]),
    /// The digits of a number token of JSON, or of a float column by their shortest round-trip digits.
    Number(&'a [u8]),
    /// The digits of a float of 32 bits.
    Single(&'a [u8]),
    /// A number that its format holds exactly.
    Quantity(Quantity),
    /// A usage that was checked when it was staged, and what was known of its record then, as flags.
    Staged(Quantity, u8),
    Uuid(u128),
    /// Microseconds since 1970, UTC.
    Time(i64),
    /// The same of a time that names no zone, read as UTC.
    ZonelessTime(i64),
    /// Days since 1970.
    Day(i32),
    /// A cell of a spreadsheet without a value, and why it has none.
    Failed(&'a [u8]),
    /// Something that no field can be: true, false, an array, an object.
    Other(&'a [u8]),
}

/// One record as its format holds it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct RawRecord<'a> {
    values: [Raw<'a>; Field::COUNT],
}

impl<'a> RawRecord<'a> {
    pub(crate) fn get(&self, field: Field) -> Raw<'a> {
        self.values[field as usize]
    }

    pub(crate) fn set(&mut self, field: Field, value: Raw<'a>) {
        self.values[field as usize] = value;
    }
}
