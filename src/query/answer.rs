//! The rows that polars returns, as a report that every writer can draw.

use polars::prelude::{Column, DataFrame, DataType, PolarsResult, TimeUnit};

use super::sql::Sql;
use crate::amount::{AMOUNT_DECIMALS, Amount};
use crate::error::Result;
use crate::listing::time_text;
use crate::quantity::Quantity;
use crate::report::{ColumnId, ColumnKind, Provenance, Report, Section, SectionColumn};

/// Text, truth, dates and times become text; counts stay counts; whole numbers with a sign and decimals are exact decimals.
pub(super) fn report(rows: &DataFrame, provenance: &Provenance, sql: &Sql) -> Result<Report> {
    let (mut columns, mut values) = (Vec::new(), Vec::new());
    for column in rows.columns() {
        let (kind, value) = value(column).map_err(|error| sql.error(&error))?;
        columns.push(ColumnId::answer(column.name(), kind));
        values.push(value);
    }
    Ok(Report {
        by: Vec::new(),
        columns,
        rows: Section::new(rows.height(), values),
        subtotals: Section::default(),
        totals: Section::default(),
        provenance: provenance.clone(),
    })
}

fn value(column: &Column) -> PolarsResult<(ColumnKind, SectionColumn)> {
    let cast = |dtype: &DataType| column.strict_cast(dtype);
    let text = |texts: Vec<Option<String>>| (ColumnKind::Name, SectionColumn::texts(texts.into_iter()));
    Ok(match column.dtype() {
        DataType::String => (ColumnKind::Name, SectionColumn::texts(column.str()?.iter())),
        DataType::Decimal(_, 2) => {
            let hundredths = column.decimal()?.physical().iter();
            let quantities = hundredths.map(|value| value.map(Quantity::from_hundredths));
            (ColumnKind::Usage, SectionColumn::quantities(quantities))
        }
        DataType::Decimal(_, scale) => {
            let unit = 10_i128.pow(u32::from(AMOUNT_DECIMALS) - *scale as u32);
            let physical = column.decimal()?.physical().iter();
            let amount = |value: i128| Amount::new(value * unit, *scale as u8);
            (ColumnKind::Amount, SectionColumn::amounts(physical.map(|value| value.map(amount))))
        }
        dtype if dtype.is_unsigned_integer() => {
            let counts = cast(&DataType::UInt64)?;
            (ColumnKind::Count, SectionColumn::counts(counts.u64()?.iter()))
        }
        dtype if dtype.is_integer() => {
            let numbers = cast(&DataType::Int64)?;
            let amount = |number: i64| Amount::new(i128::from(number) * 1_000, 0);
            (
                ColumnKind::Amount,
                SectionColumn::amounts(numbers.i64()?.iter().map(|number| number.map(amount))),
            )
        }
        DataType::Datetime(..) => {
            let times = cast(&DataType::Datetime(TimeUnit::Microseconds, None))?;
            let times = times.datetime()?.physical().iter();
            text(times.map(|time| time.and_then(time_text)).collect())
        }
        DataType::Date => {
            let day = |days: i32| chrono::NaiveDate::from_epoch_days(days).map(|day| day.to_string());
            let days = cast(&DataType::Int32)?;
            text(days.i32()?.iter().map(|days| days.and_then(day)).collect())
        }
        DataType::Boolean => {
            text(column.bool()?.iter().map(|value| value.map(|value| value.to_string())).collect())
        }
        DataType::Null => text(vec![None; column.len()]),
        _ => {
            let texts = cast(&DataType::String)?;
            (ColumnKind::Name, SectionColumn::texts(texts.str()?.iter()))
        }
    })
}
