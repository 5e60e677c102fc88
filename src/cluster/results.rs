//! Rows that an engine returned. Nothing is believed: a column of another type, a null or a number out of range is an error.

use arrow_array::cast::AsArray as _;
use arrow_array::types::{Decimal128Type, Int64Type};
use arrow_array::{Array as _, RecordBatch};
use arrow_schema::DataType;

use crate::error::{Error, Result};
use crate::period::BillingPeriod;
use crate::text::parse_uuid;

/// The rows of one query.
pub(super) struct Results {
    name: String,
    batches: Vec<RecordBatch>,
}

/// One row; columns are numbered from 0.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    of: &'a Results,
    batch: &'a RecordBatch,
    at: usize,
}

impl Results {
    /// # Errors
    /// Another number of columns.
    pub(super) fn new(name: &str, batches: Vec<RecordBatch>, columns: usize) -> Result<Self> {
        match batches.iter().find(|batch| batch.num_columns() != columns) {
            None => Ok(Self { name: name.to_owned(), batches }),
            Some(batch) => {
                let found = batch.num_columns();
                let reason = format!("{name} has {found} columns, expected {columns}");
                Err(Error::EngineDisagrees { reason })
            }
        }
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.batches.iter().flat_map(|batch| (0..batch.num_rows()).map(|at| Row { of: self, batch, at }))
    }
}

impl<'a> Row<'a> {
    fn refused(&self, column: usize, expected: &str) -> Error {
        let schema = self.batch.schema();
        let field = schema.field(column);
        let (name, found) = (field.name(), field.data_type());
        let null = if self.batch.column(column).is_null(self.at) { ", null" } else { "" };
        let reason = format!("{name} in {} is {found}{null}; expected {expected}", self.of.name);
        Error::EngineDisagrees { reason }
    }

    pub(super) fn text(&self, column: usize) -> Result<&'a str> {
        let array = self.batch.column(column);
        let text = match array.data_type() {
            _ if array.is_null(self.at) => None,
            DataType::Utf8 => array.as_string_opt::<i32>().map(|texts| texts.value(self.at)),
            DataType::LargeUtf8 => array.as_string_opt::<i64>().map(|texts| texts.value(self.at)),
            DataType::Utf8View => array.as_string_view_opt().map(|texts| texts.value(self.at)),
            _ => None,
        };
        text.ok_or_else(|| self.refused(column, "a text"))
    }

    /// `None` of null.
    pub(super) fn optional_number(&self, column: usize) -> Result<Option<i64>> {
        let array = self.batch.column(column);
        let numbers = array.as_primitive_opt::<Int64Type>();
        let numbers = numbers.ok_or_else(|| self.refused(column, "a whole number"))?;
        Ok(array.is_valid(self.at).then(|| numbers.value(self.at)))
    }

    pub(super) fn number(&self, column: usize) -> Result<i64> {
        self.optional_number(column)?.ok_or_else(|| self.refused(column, "a whole number"))
    }

    pub(super) fn count(&self, column: usize) -> Result<u64> {
        u64::try_from(self.number(column)?).map_err(|_| self.refused(column, "a count"))
    }

    pub(super) fn is_set(&self, column: usize) -> Result<bool> {
        Ok(self.number(column)? != 0)
    }

    /// In hundredths.
    pub(super) fn usage(&self, column: usize) -> Result<i128> {
        let array = self.batch.column(column);
        let expected = "a decimal of two places";
        let usage = match array.data_type() {
            DataType::Decimal128(_, 2) if array.is_valid(self.at) => {
                array.as_primitive_opt::<Decimal128Type>().map(|usage| usage.value(self.at))
            }
            _ => None,
        };
        usage.ok_or_else(|| self.refused(column, expected))
    }

    pub(super) fn uuid(&self, column: usize) -> Result<u128> {
        parse_uuid(self.text(column)?.as_bytes()).ok_or_else(|| self.refused(column, "a uuid"))
    }

    /// A month from its year times twelve and its number from 1.
    pub(super) fn month(&self, column: usize) -> Result<BillingPeriod> {
        let number = self.number(column)? - 1;
        let year = i32::try_from(number.div_euclid(12)).ok();
        let month = year.and_then(|year| BillingPeriod::new(year, number.rem_euclid(12) as u32 + 1));
        month.ok_or_else(|| self.refused(column, "a month"))
    }
}
