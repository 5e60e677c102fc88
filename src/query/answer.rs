//! The rows that polars returns, as a report that every writer can draw.

use polars::prelude::{Column as FrameColumn, DataFrame, DataType, TimeUnit};

use super::sql::Sql;
use crate::amount::{AMOUNT_DECIMALS, Amount};
use crate::error::Result;
use crate::listing::time_text;
use crate::quantity::Quantity;
use crate::report::{
    ColumnId, ColumnKind, Provenance, Report, Section, SectionColumn, count_column, decimal_column,
    text_column,
};

/// Text, truth, dates and times become text; counts stay counts; whole numbers with a sign and decimals are exact decimals.
pub(super) fn report(rows: &DataFrame, provenance: &Provenance, sql: &Sql) -> Result<Report> {
    let (mut columns, mut values) = (Vec::new(), Vec::new());
    for column in rows.columns() {
        let (kind, value) = value(column, sql)?;
        columns.push(ColumnId::answer(column.name(), kind));
        values.push(value);
    }
    for (column, value) in columns.iter().zip(&mut values) {
        value.rename(&column.name());
    }
    Ok(Report {
        by: Vec::new(),
        columns,
        rows: Section::of_columns(rows.height(), values)?,
        subtotals: Section::default(),
        totals: Section::default(),
        provenance: provenance.clone(),
    })
}

fn value(column: &FrameColumn, sql: &Sql) -> Result<(ColumnKind, SectionColumn)> {
    let cast = |dtype: &DataType| column.strict_cast(dtype).map_err(|error| sql.error(&error));
    let text = |texts: Vec<Option<String>>| (ColumnKind::Name, text_column(texts.into_iter()).into());
    Ok(match column.dtype() {
        DataType::String => (ColumnKind::Name, text_column(column.str()?.iter()).into()),
        DataType::Decimal(_, 2) => {
            let hundredths = column.decimal()?.physical().iter();
            let quantities = hundredths.map(|value| value.map(Quantity::from_hundredths));
            (ColumnKind::Usage, decimal_column(quantities).into())
        }
        DataType::Decimal(_, scale) => {
            let unit = 10_i128.pow(u32::from(AMOUNT_DECIMALS) - *scale as u32);
            let physical = column.decimal()?.physical().iter();
            let amount = |value: i128| Amount::new(value * unit, *scale as u8);
            (ColumnKind::Amount, SectionColumn::amounts(physical.map(|value| value.map(amount))))
        }
        dtype if dtype.is_unsigned_integer() => {
            let counts = cast(&DataType::UInt64)?;
            (ColumnKind::Count, count_column(counts.u64()?.iter()).into())
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
            (ColumnKind::Name, text_column(texts.str()?.iter()).into())
        }
    })
}
