//! The marks that tell apart, in the cells of a report, what has the same name.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::report::{Cell, Cells, ColumnId, Namesakes, Section};
use crate::text::visible::visible;

/// The names of a report's rows that several uuids share.
pub(crate) struct Twins<'a> {
    /// For each column the place of its uuid, where it has one.
    uuid_columns: Vec<Option<usize>>,
    /// For each column the first of those whose names are told apart together.
    groups: Vec<usize>,
    /// By group.
    namesakes: HashMap<usize, Namesakes<'a>>,
}

impl<'a> Twins<'a> {
    pub(crate) fn new(columns: &[ColumnId], sections: &[&'a Section]) -> Self {
        let uuid_of = |column: &ColumnId| {
            let uuid = column.uuid()?;
            columns.iter().position(|other| *other == uuid)
        };
        let uuid_columns: Vec<Option<usize>> = columns.iter().map(uuid_of).collect();
        let is_value = |column: &ColumnId| matches!(column, ColumnId::ValueBefore | ColumnId::Value);
        let first_value = columns.iter().position(is_value);
        let group = |(at, column): (usize, &ColumnId)| first_value.filter(|_| is_value(column)).unwrap_or(at);
        let groups: Vec<usize> = columns.iter().enumerate().map(group).collect();
        let mut bearers: HashMap<usize, Vec<(&str, &str)>> = HashMap::new();
        for section in sections {
            let cells = section.cells();
            let pairs = uuid_columns.iter().enumerate().filter_map(|(label, uuid)| Some((label, (*uuid)?)));
            for (label, uuid) in pairs {
                let bearers = bearers.entry(groups[label]).or_default();
                for row in 0..section.len() {
                    if let (Cell::Text(name), Cell::Text(uuid)) =
                        (cells.get(row, label), cells.get(row, uuid))
                        && bearers.last() != Some(&(name, uuid))
                    {
                        bearers.push((name, uuid));
                    }
                }
            }
        }
        let namesakes =
            bearers.into_iter().map(|(group, bearers)| (group, Namesakes::new(bearers))).collect();
        Self { uuid_columns, groups, namesakes }
    }

    /// ` [0a1b2c3d]`, or nothing where the name stands for one uuid only.
    pub(crate) fn mark(&self, cells: &Cells<'a>, row: usize, column: usize) -> Cow<'static, str> {
        let none = Cow::Borrowed("");
        let Some(uuid_column) = self.uuid_columns[column] else { return none };
        let (Cell::Text(name), Cell::Text(uuid)) = (cells.get(row, column), cells.get(row, uuid_column))
        else {
            return none;
        };
        let mark = self.namesakes.get(&self.groups[column]).map(|namesakes| namesakes.mark(name, uuid));
        mark.map_or(none, |mark| Cow::Owned(visible(&mark).into_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dimension::Dimension;
    use crate::write::sample::rows_only;

    fn marks(rows: &[&[&str]]) -> Vec<String> {
        let report = rows_only(&[Dimension::Project], "project_uuid project_name measured_unit usage", rows);
        let twins = Twins::new(&report.columns, &[&report.rows, &report.subtotals]);
        let cells = report.rows.cells();
        (0..rows.len()).map(|row| twins.mark(&cells, row, 1).into_owned()).collect()
    }

    #[test]
    fn one_name_of_one_uuid_needs_no_mark() {
        let rows: &[&[&str]] = &[
            &["0a1b2c3d00000000000000000000000a", "Apollo", "GB", "1.00"],
            &["0a1b2c3d00000000000000000000000a", "Apollo", "hour", "1.00"],
            &["b0b0b0b000000000000000000000000b", "Gemini", "hour", "1.00"],
            &["~", "Apollo", "hour", "1.00"],
        ];
        assert_eq!(marks(rows), ["", "", "", ""]);
    }

    #[test]
    fn bearers_of_one_name_show_as_much_of_their_uuids_as_it_takes() {
        let apart: &[&[&str]] = &[
            &["0a1b2c3d00000000000000000000000a", "Apollo", "GB", "1.00"],
            &["b0b0b0b000000000000000000000000b", "Apollo", "GB", "1.00"],
        ];
        assert_eq!(marks(apart), [" [0a1b2c3d]", " [b0b0b0b0]"]);
        let alike: &[&[&str]] = &[
            &["0a1b2c3d00000000000000000000000a", "Apollo", "GB", "1.00"],
            &["0a1b2c3d00000000000000000000000b", "Apollo", "GB", "1.00"],
        ];
        let whole = [" [0a1b2c3d00000000000000000000000a]", " [0a1b2c3d00000000000000000000000b]"];
        assert_eq!(marks(alike), whole);
    }
}
