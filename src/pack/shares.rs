//! What part of a unit's usage each of the largest customers has.

use crate::quantity::Quantity;
use crate::report::{Cell, ColumnId, Report};

/// In per cent, one for each row; the rows of a unit stand together and come to its total.
pub(crate) fn shares(largest: &Report) -> Vec<Option<Quantity>> {
    let unit = largest.column(ColumnId::MeasuredUnit);
    let usage = largest.column(ColumnId::Usage);
    let (unit, usage) = unit.zip(usage).expect("a report that is not pivoted has units and usage");
    let cells = largest.rows.cells();
    let usages: Vec<(Cell<'_>, Quantity)> = (0..largest.rows.len())
        .map(|row| match cells.get(row, usage) {
            Cell::Quantity(quantity) => (cells.get(row, unit), quantity),
            _ => (cells.get(row, unit), Quantity::ZERO),
        })
        .collect();
    usages.chunk_by(|a, b| a.0 == b.0).flat_map(of_unit).collect()
}

fn of_unit(usages: &[(Cell<'_>, Quantity)]) -> Vec<Option<Quantity>> {
    let total: Quantity = usages.iter().map(|(_, usage)| *usage).sum();
    let is_whole = usages.iter().all(|(_, usage)| *usage >= Quantity::ZERO);
    usages.iter().map(|(_, usage)| usage.percent_of(total).filter(|_| is_whole)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(hundredths: &[i128]) -> Vec<Option<String>> {
        let usages: Vec<_> = hundredths
            .iter()
            .map(|hundredths| (Cell::Text("hours"), Quantity::from_hundredths(*hundredths)))
            .collect();
        of_unit(&usages).iter().map(|share| share.map(|share| share.to_string())).collect()
    }

    #[test]
    fn shares_are_rounded_halves_away_from_zero() {
        let shares = of(&[200, 100, 0]).into_iter().flatten().collect::<Vec<_>>();
        assert_eq!(shares, ["66.67", "33.33", "0.00"]);
        assert_eq!(of(&[1, 799])[0].as_deref(), Some("0.13"), "0.125 is a half");
    }

    #[test]
    fn parts_of_what_is_partly_negative_or_nothing_are_no_shares() {
        assert_eq!(of(&[300, -100]), [None, None]);
        assert_eq!(of(&[0]), [None]);
    }
}
