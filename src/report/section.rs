//! Rows of a report, column by column, and the cells that are read from them.

use polars::prelude::{
    ChunkTake, ChunkedArray, Column as FrameColumn, DataFrame, DataType, Int128Chunked, Int128Type,
    IntoColumn, IntoSeries, NewChunkedArray, StringChunked, UInt32Chunked, UInt64Chunked,
};

use crate::amount::{AMOUNT_DECIMALS, Amount};
use crate::error::Result;
use crate::quantity::Quantity;

/// Rows of a report.
#[derive(Clone, Debug, Default)]
pub struct Section {
    /// `String` for text, or `UInt32` for its place in the texts; `Decimal(38, 3)` for amounts, `Decimal(38, 2)` for
    /// other decimals, `UInt64` for counts.
    frame: DataFrame,
    /// One for each column.
    besides: Vec<Beside>,
}

/// What a column needs beside its values.
#[derive(Clone, Debug)]
enum Beside {
    Nothing,
    /// The texts of a column whose rows share few.
    Texts(StringChunked),
    /// The decimals that each amount is shown with.
    Places(Vec<u8>),
}

/// A column on its way into a section.
pub(crate) struct SectionColumn {
    values: FrameColumn,
    beside: Beside,
}

/// One value of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cell<'a> {
    /// There is no value: not zero, and not the empty text.
    Empty,
    /// Text as the data has it: not harmless on a terminal, nor in a spreadsheet.
    Text(&'a str),
    /// Usage in the row's unit, or a percentage.
    Quantity(Quantity),
    /// Money in the row's currency.
    Amount(Amount),
    /// Records, users or other whole numbers.
    Count(u64),
}

impl From<FrameColumn> for SectionColumn {
    fn from(values: FrameColumn) -> Self {
        Self { values, beside: Beside::Nothing }
    }
}

impl SectionColumn {
    /// Text of which many rows share few: each row has a place in the texts.
    pub(crate) fn shared<'t>(
        places: impl Iterator<Item = Option<u32>>,
        texts: impl Iterator<Item = Option<&'t str>>,
    ) -> Self {
        let places: UInt32Chunked = places.collect();
        let texts = StringChunked::from_iter_options("".into(), texts);
        Self { values: places.into_column(), beside: Beside::Texts(texts) }
    }

    pub(crate) fn amounts(amounts: impl Iterator<Item = Option<Amount>>) -> Self {
        let mut places = Vec::with_capacity(amounts.size_hint().0);
        let thousandths = amounts.map(|amount| {
            places.push(amount.map_or(0, Amount::places));
            amount.map(Amount::thousandths)
        });
        let thousandths: Int128Chunked = thousandths.collect();
        let decimals = thousandths.into_decimal_unchecked(38, AMOUNT_DECIMALS.into());
        Self { values: decimals.into_series().into_column(), beside: Beside::Places(places) }
    }

    pub(crate) fn rename(&mut self, name: &str) {
        self.values.rename(name.into());
    }
}

impl Section {
    /// Rows of `String`, `Decimal(38, 2)` and `UInt64`, for text, decimals other than amounts, and counts.
    pub fn new(frame: DataFrame) -> Self {
        Self { besides: vec![Beside::Nothing; frame.width()], frame }
    }

    pub(crate) fn of_columns(rows: usize, columns: Vec<SectionColumn>) -> Result<Self> {
        let (values, besides) = columns.into_iter().map(|column| (column.values, column.beside)).unzip();
        Ok(Self { frame: DataFrame::new(rows, values)?, besides })
    }

    /// The rows as a frame: `String` for text, `Decimal(38, 3)` for amounts, `Decimal(38, 2)` for other decimals,
    /// `UInt64` for counts.
    ///
    /// # Errors
    /// Memory that there is not.
    pub fn to_frame(&self) -> Result<DataFrame> {
        let spelled = |(column, beside): (&FrameColumn, &Beside)| match beside {
            Beside::Texts(texts) => {
                Ok(texts.take(column.u32()?)?.with_name(column.name().clone()).into_column())
            }
            Beside::Nothing | Beside::Places(_) => Ok(column.clone()),
        };
        let columns = self.frame.columns().iter().zip(&self.besides).map(spelled);
        Ok(DataFrame::new(self.len(), columns.collect::<Result<_>>()?)?)
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.frame.height()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A reader of the cells, column by column in the order of the report's columns.
    pub fn cells(&self) -> Cells<'_> {
        let columns = self.frame.columns().iter().zip(&self.besides).map(|(column, beside)| {
            let series = column.as_materialized_series();
            match (beside, series.dtype()) {
                (Beside::Texts(texts), _) => {
                    CellColumn::Shared(series.u32().expect("places are whole numbers"), texts)
                }
                (Beside::Places(places), _) => {
                    CellColumn::Amount(series.decimal().expect("amounts are decimals").physical(), places)
                }
                (Beside::Nothing, DataType::String) => CellColumn::Text(series.str().expect("text")),
                (Beside::Nothing, DataType::UInt64) => CellColumn::Count(series.u64().expect("counts")),
                (Beside::Nothing, _) => CellColumn::Quantity(
                    series.decimal().expect("a report holds text, counts and decimals").physical(),
                ),
            }
        });
        Cells { columns: columns.collect() }
    }
}

/// A column of a section, of text.
pub(crate) fn text_column<T: AsRef<str>>(texts: impl Iterator<Item = Option<T>>) -> FrameColumn {
    StringChunked::from_iter_options("".into(), texts).into_column()
}

/// A column of a section, of decimals.
pub(crate) fn decimal_column(quantities: impl Iterator<Item = Option<Quantity>>) -> FrameColumn {
    let hundredths: Int128Chunked = quantities.map(|quantity| quantity.map(Quantity::hundredths)).collect();
    hundredths.into_decimal_unchecked(38, 2).into_series().into_column()
}

/// A column of a section, of counts.
pub(crate) fn count_column(counts: impl Iterator<Item = Option<u64>>) -> FrameColumn {
    let counts: UInt64Chunked = counts.collect();
    counts.into_column()
}

/// Gives the cells of a [`Section`].
#[derive(Debug)]
pub struct Cells<'a> {
    columns: Vec<CellColumn<'a>>,
}

#[derive(Debug)]
enum CellColumn<'a> {
    Text(&'a StringChunked),
    Shared(&'a UInt32Chunked, &'a StringChunked),
    Count(&'a UInt64Chunked),
    Quantity(&'a ChunkedArray<Int128Type>),
    Amount(&'a ChunkedArray<Int128Type>, &'a [u8]),
}

impl<'a> Cells<'a> {
    /// The number of columns.
    pub fn width(&self) -> usize {
        self.columns.len()
    }

    /// The value in a row and column, both from 0.
    pub fn get(&self, row: usize, column: usize) -> Cell<'a> {
        match &self.columns[column] {
            CellColumn::Text(text) => text.get(row).map_or(Cell::Empty, Cell::Text),
            CellColumn::Shared(places, texts) => {
                places.get(row).and_then(|place| texts.get(place as usize)).map_or(Cell::Empty, Cell::Text)
            }
            CellColumn::Count(count) => count.get(row).map_or(Cell::Empty, Cell::Count),
            CellColumn::Quantity(quantity) => quantity
                .get(row)
                .map_or(Cell::Empty, |value| Cell::Quantity(Quantity::from_hundredths(value))),
            CellColumn::Amount(amounts, places) => {
                amounts.get(row).map_or(Cell::Empty, |value| Cell::Amount(Amount::new(value, places[row])))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_rows_share_is_text_in_cells_and_in_a_frame() {
        let shared = SectionColumn::shared(
            [Some(1), None, Some(1), Some(2)].into_iter(),
            [Some("a"), Some("b"), None].into_iter(),
        );
        let section = Section::of_columns(4, vec![shared]).unwrap();
        let cells = section.cells();
        let shown: Vec<_> = (0..4).map(|row| cells.get(row, 0)).collect();
        assert_eq!(shown, [Cell::Text("b"), Cell::Empty, Cell::Text("b"), Cell::Empty]);
        let frame = section.to_frame().unwrap();
        let texts: Vec<_> = frame.columns()[0].str().unwrap().iter().collect();
        assert_eq!(texts, [Some("b"), None, Some("b"), None]);
    }
}
