//! Columns that are checked when they come in, and cannot fail afterwards.

use std::fmt;
use std::ops::Deref;

use polars::prelude::{
    BooleanChunked, ChunkFilter, ChunkTake, ChunkedArray, Column, DataFrame, DataType, Int64Chunked,
    Int128Chunked, IntoColumn, IntoSeries, NumericNative, PolarsDataType, PolarsNumericType,
    PolarsPhysicalType, TimeUnit,
};

use crate::amount::AMOUNT_DECIMALS;
use crate::error::{Error, Result};

/// A column without nulls, in one piece: a slice.
#[derive(Clone)]
pub(crate) struct Values<N: NumericNative>(ChunkedArray<N::PolarsType>);

impl<N: NumericNative> Default for Values<N> {
    fn default() -> Self {
        Self(ChunkedArray::default())
    }
}

impl<N: NumericNative> fmt::Debug for Values<N> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<N: NumericNative<PolarsType: PolarsNumericType<Native = N>>> From<Vec<N>> for Values<N> {
    fn from(values: Vec<N>) -> Self {
        Self(ChunkedArray::from_vec("".into(), values))
    }
}

impl<N: NumericNative<PolarsType: PolarsNumericType<Native = N>>> Deref for Values<N> {
    type Target = [N];

    fn deref(&self) -> &[N] {
        self.0.cont_slice().expect("values have no nulls and are in one piece")
    }
}

impl<N: NumericNative> Values<N> {
    /// The column as polars', which shares its memory.
    pub(crate) fn physical(&self) -> ChunkedArray<N::PolarsType> {
        self.0.clone()
    }

    pub(super) fn keep(&mut self, kept: Kept<'_>) {
        kept.of(&mut self.0);
    }
}

/// Which rows are kept.
#[derive(Clone, Copy)]
pub(super) enum Kept<'a> {
    /// Those where this is true.
    Where(&'a BooleanChunked),
    /// Those with these numbers, in this order.
    Rows(&'a [u32]),
}

impl Kept<'_> {
    pub(super) fn of<T: PolarsDataType>(self, column: &mut ChunkedArray<T>)
    where
        ChunkedArray<T>: ChunkFilter<T> + ChunkTake<[u32]>,
    {
        let kept = match self {
            Self::Where(mask) => column.filter(mask).expect("each row is either kept or not"),
            Self::Rows(rows) => column.take(rows).expect("only rows that are there are asked for"),
        };
        *column = kept.rechunk().into_owned();
    }

    pub(super) fn of_list<T: Copy>(self, list: &mut Vec<T>) {
        *list = match self {
            Self::Where(mask) => {
                let kept = list.iter().zip(mask.iter()).filter(|(_, is_kept)| *is_kept == Some(true));
                kept.map(|(value, _)| *value).collect()
            }
            Self::Rows(rows) => rows.iter().map(|row| list[*row as usize]).collect(),
        };
    }
}

/// A frame from elsewhere, of which nothing is known yet.
pub(super) struct Unchecked<'a> {
    /// What its rows are.
    pub rows: &'static str,
    pub frame: &'a DataFrame,
}

impl Unchecked<'_> {
    pub(super) fn has(&self, column: &str) -> bool {
        self.frame.column(column).is_ok()
    }

    /// A column of a type that may have nulls, in one piece.
    pub(super) fn optional<T: PolarsPhysicalType>(
        &self,
        column: &'static str,
        dtype: &DataType,
    ) -> Result<ChunkedArray<T>> {
        let found = self.frame.column(column).map_err(|_| self.refused(column, "missing", dtype))?;
        if found.dtype() != dtype {
            return Err(self.refused(column, &found.dtype().to_string(), dtype));
        }
        let physical = found.as_materialized_series().to_physical_repr();
        let physical: &ChunkedArray<T> = (**physical).as_ref();
        Ok(physical.rechunk().into_owned())
    }

    /// A column of a type without nulls, in one piece.
    pub(super) fn whole<T: PolarsPhysicalType>(
        &self,
        column: &'static str,
        dtype: &DataType,
    ) -> Result<ChunkedArray<T>> {
        let values = self.optional(column, dtype)?;
        match values.null_count() {
            0 => Ok(values),
            _ => Err(self.refused(column, "null in some rows", dtype)),
        }
    }

    pub(super) fn values<N: NumericNative>(
        &self,
        column: &'static str,
        dtype: &DataType,
    ) -> Result<Values<N>> {
        self.whole(column, dtype).map(Values)
    }

    fn refused(&self, column: &'static str, found: &str, dtype: &DataType) -> Error {
        Error::BadFrame { rows: self.rows, column, found: found.to_owned(), expected: dtype.to_string() }
    }
}

pub(super) const USAGE_SCALE: usize = 2;
pub(super) const AMOUNT_SCALE: usize = AMOUNT_DECIMALS as usize;

/// The type of every time.
pub(super) const TIME: DataType = DataType::Datetime(TimeUnit::Microseconds, None);

pub(super) fn named(column: impl IntoSeries, name: &str) -> Column {
    column.into_series().with_name(name.into()).into_column()
}

/// `Decimal(38, scale)`.
pub(super) fn decimals(physical: Int128Chunked, scale: usize, name: &str) -> Column {
    named(physical.into_decimal_unchecked(38, scale), name)
}

/// `Datetime` in microseconds, UTC.
pub(super) fn times(micros: Int64Chunked, name: &str) -> Column {
    named(micros.into_datetime(TimeUnit::Microseconds, None), name)
}
