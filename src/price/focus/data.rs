//! What every data set of FOCUS is made of: columns of a kind, and values.

use std::borrow::Cow;
use std::fmt;

use chrono::{DateTime, Utc};

use super::FocusVersion;
use crate::amount::Amount;

/// A data set: rows of values in columns.
pub trait FocusData: Sync {
    /// The version of the specification that it follows.
    fn version(&self) -> FocusVersion;

    /// How many rows there are.
    fn row_count(&self) -> usize;

    /// The names of its columns, in their order.
    fn names(&self) -> Vec<&'static str> {
        self.fields().iter().map(|field| field.name).collect()
    }

    /// Its columns, in their order.
    fn fields(&self) -> Vec<FocusField>;

    /// The value of a row in the column with that index.
    fn value(&self, row: usize, field: usize) -> FocusValue<'_>;
}

/// A column of a data set.
#[derive(Clone, Copy, Debug)]
pub struct FocusField {
    pub(crate) name: &'static str,
    pub(crate) kind: FocusKind,
    /// Whether every row has a value.
    pub(crate) is_required: bool,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FocusKind {
    Text,
    /// A moment in UTC.
    Time,
    /// A number of 38 digits at most, with this many decimals.
    Decimal(u8),
    /// An amount of money.
    Amount,
}

/// The value of a column in one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FocusValue<'a> {
    /// Nothing is known.
    Null,
    /// As it is.
    Text(Cow<'a, str>),
    /// To the second.
    Time(DateTime<Utc>),
    /// With the decimals that it needs, two at least.
    Decimal(FocusDecimal),
    /// With the decimals of its currency.
    Amount(Amount),
}

/// A whole number of the last of some decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FocusDecimal {
    pub(crate) value: i128,
    pub(crate) decimals: u8,
}

/// Plain digits, two decimals at least: `0.05`, `20.00`, `0.0123`.
impl fmt::Display for FocusDecimal {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let scale = 10_u128.pow(self.decimals.into());
        let (whole, fraction) = (self.value.unsigned_abs() / scale, self.value.unsigned_abs() % scale);
        let sign = if self.value < 0 { "-" } else { "" };
        let fraction = format!("{fraction:0width$}", width = self.decimals.into());
        let kept = fraction.trim_end_matches('0').len().max(2);
        write!(f, "{sign}{whole}.{}", &fraction[..kept])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_have_two_places_at_least_and_no_zeros_behind() {
        for (value, decimals, text) in
            [(5, 2, "0.05"), (-2_000, 2, "-20.00"), (12_300, 6, "0.0123"), (0, 20, "0.00")]
        {
            assert_eq!(FocusDecimal { value, decimals }.to_string(), text);
        }
        let largest = FocusDecimal { value: -(10_i128.pow(38) - 1), decimals: 20 };
        assert_eq!(largest.to_string(), format!("-{}.{}", "9".repeat(18), "9".repeat(20)));
    }
}
