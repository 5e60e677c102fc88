//! Rows of a report, column by column, and the cells that are read from them.

use polars::prelude::{
    ChunkTake, Column, DataFrame, Int128Chunked, IntoColumn, IntoSeries, PolarsResult, StringChunked,
    UInt32Chunked, UInt64Chunked,
};

use super::ColumnId;
use crate::amount::{AMOUNT_DECIMALS, Amount};
use crate::quantity::Quantity;

/// Rows of a report.
#[derive(Clone, Debug, Default)]
pub struct Section {
    rows: usize,
    columns: Vec<SectionColumn>,
}

/// A column of a section; null is a value that there is not.
#[derive(Clone, Debug)]
pub(crate) enum SectionColumn {
    Text(StringChunked),
    /// Text of which many rows share few: each row has a place in the texts.
    Shared(UInt32Chunked, StringChunked),
    Count(UInt64Chunked),
    /// In hundredths.
    Quantity(Int128Chunked),
    /// In thousandths, and the decimals that each amount is shown with.
    Amount(Int128Chunked, Vec<u8>),
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

impl SectionColumn {
    pub(crate) fn texts<T: AsRef<str>>(texts: impl Iterator<Item = Option<T>>) -> Self {
        Self::Text(texts.collect())
    }

    /// Text of which many rows share few: each row has a place in the texts.
    pub(crate) fn shared<'t>(
        places: impl Iterator<Item = Option<u32>>,
        texts: impl Iterator<Item = Option<&'t str>>,
    ) -> Self {
        Self::Shared(places.collect(), texts.collect())
    }

    pub(crate) fn counts(counts: impl Iterator<Item = Option<u64>>) -> Self {
        Self::Count(counts.collect())
    }

    pub(crate) fn quantities(quantities: impl Iterator<Item = Option<Quantity>>) -> Self {
        Self::Quantity(quantities.map(|quantity| quantity.map(Quantity::hundredths)).collect())
    }

    pub(crate) fn amounts(amounts: impl Iterator<Item = Option<Amount>>) -> Self {
        let mut places = Vec::with_capacity(amounts.size_hint().0);
        let thousandths = amounts.map(|amount| {
            places.push(amount.map_or(0, Amount::places));
            amount.map(Amount::thousandths)
        });
        Self::Amount(thousandths.collect(), places)
    }

    fn len(&self) -> usize {
        match self {
            Self::Text(texts) => texts.len(),
            Self::Shared(places, _) => places.len(),
            Self::Count(counts) => counts.len(),
            Self::Quantity(decimals) | Self::Amount(decimals, _) => decimals.len(),
        }
    }

    /// The values under a name, texts spelled out.
    fn to_polars(&self, id: ColumnId) -> PolarsResult<Column> {
        let decimals = |physical: &Int128Chunked, scale| {
            physical.clone().into_decimal_unchecked(38, scale).into_series().into_column()
        };
        let column = match self {
            Self::Text(texts) => texts.clone().into_column(),
            Self::Shared(places, texts) => texts.take(places)?.into_column(),
            Self::Count(counts) => counts.clone().into_column(),
            Self::Quantity(hundredths) => decimals(hundredths, 2),
            Self::Amount(thousandths, _) => decimals(thousandths, AMOUNT_DECIMALS.into()),
        };
        Ok(column.with_name((&*id.name()).into()))
    }
}

impl Section {
    /// Rows of some columns, which are all of that length.
    pub(crate) fn new(rows: usize, columns: Vec<SectionColumn>) -> Self {
        assert!(columns.iter().all(|column| column.len() == rows), "every row has a cell in every column");
        Self { rows, columns }
    }

    /// The rows as a frame: `String` for text, `Decimal(38, 3)` for amounts, `Decimal(38, 2)` for other decimals,
    /// `UInt64` for counts.
    pub(super) fn to_polars(&self, ids: &[ColumnId]) -> PolarsResult<DataFrame> {
        let columns = self.columns.iter().zip(ids).map(|(column, id)| column.to_polars(*id));
        DataFrame::new(self.rows, columns.collect::<PolarsResult<_>>()?)
    }

    /// Names what has no label in a column and a value in another one.
    pub(super) fn name_rest(&mut self, label: usize, other: usize, name: &str) {
        let cells = self.cells();
        let is_rest = |row| cells.get(row, label) == Cell::Empty && cells.get(row, other) != Cell::Empty;
        if !(0..self.rows).any(is_rest) {
            return;
        }
        let text = |row| match cells.get(row, label) {
            Cell::Text(text) => Some(text),
            _ => is_rest(row).then_some(name),
        };
        let named = SectionColumn::texts((0..self.rows).map(text));
        self.columns[label] = named;
    }

    /// Keeps some of the columns.
    pub(super) fn retain(&mut self, is_kept: &[bool]) {
        let mut is_kept = is_kept.iter();
        self.columns.retain(|_| is_kept.next().copied().unwrap_or(true));
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// A reader of the cells, column by column in the order of the report's columns.
    pub fn cells(&self) -> Cells<'_> {
        Cells { columns: &self.columns }
    }
}

/// Gives the cells of a [`Section`].
#[derive(Debug)]
pub struct Cells<'a> {
    columns: &'a [SectionColumn],
}

impl<'a> Cells<'a> {
    /// The number of columns.
    pub fn width(&self) -> usize {
        self.columns.len()
    }

    /// The value in a row and column, both from 0.
    pub fn get(&self, row: usize, column: usize) -> Cell<'a> {
        let cell = match &self.columns[column] {
            SectionColumn::Text(texts) => texts.get(row).map(Cell::Text),
            SectionColumn::Shared(places, texts) => {
                places.get(row).and_then(|place| texts.get(place as usize)).map(Cell::Text)
            }
            SectionColumn::Count(counts) => counts.get(row).map(Cell::Count),
            SectionColumn::Quantity(hundredths) => {
                hundredths.get(row).map(Quantity::from_hundredths).map(Cell::Quantity)
            }
            SectionColumn::Amount(thousandths, places) => {
                thousandths.get(row).map(|value| Cell::Amount(Amount::new(value, places[row])))
            }
        };
        cell.unwrap_or(Cell::Empty)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dimension::Dimension;

    #[test]
    fn text_that_rows_share_is_text_in_cells_and_in_a_frame() {
        let shared = SectionColumn::shared(
            [Some(1), None, Some(1), Some(2)].into_iter(),
            [Some("a"), Some("b"), None].into_iter(),
        );
        let section = Section::new(4, vec![shared]);
        let cells = section.cells();
        let shown: Vec<_> = (0..4).map(|row| cells.get(row, 0)).collect();
        assert_eq!(shown, [Cell::Text("b"), Cell::Empty, Cell::Text("b"), Cell::Empty]);
        let frame = section.to_polars(&[ColumnId::Label(Dimension::User)]).unwrap();
        let texts: Vec<_> = frame.column("username").unwrap().str().unwrap().iter().collect();
        assert_eq!(texts, [Some("b"), None, Some("b"), None]);
    }

    #[test]
    #[should_panic(expected = "every row has a cell")]
    fn columns_of_another_length_are_refused() {
        Section::new(2, vec![SectionColumn::counts([Some(1)].into_iter())]);
    }
}
