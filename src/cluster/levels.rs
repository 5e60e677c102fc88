//! The dimensions of a report as keys, and its rows, subtotals and totals as grouping sets.

use super::text::{Kind, Statement};
use crate::dimension::Dimension;
use crate::error::{Error, Result};
use crate::report::ReportSpec;

/// One column of the key.
struct Key {
    dimension: Dimension,
    column: &'static str,
    /// Of a record.
    expression: String,
    /// The column of the name, where the key is a uuid.
    name: Option<&'static str>,
}

/// The grouping sets of a report, the finest first, each once. A set is how many of which keys it has.
pub(super) struct Levels {
    keys: Vec<Key>,
    sets: Vec<(&'static str, Vec<bool>)>,
}

impl Levels {
    /// # Errors
    /// A dimension that is a column of the user's own.
    pub(super) fn new(spec: &ReportSpec) -> Result<Self> {
        let start = spec.calendar.fiscal_year_start;
        let keys: Vec<Key> =
            spec.by.iter().map(|dimension| Key::new(*dimension, start)).collect::<Result<_>>()?;
        let set = |is_shown: &dyn Fn(usize) -> bool| (0..keys.len()).map(is_shown).collect::<Vec<bool>>();
        let mut sets = vec![("rows", set(&|_| true))];
        let mut add = |level, set: Vec<bool>| {
            if sets.iter().all(|(_, known)| *known != set) {
                sets.push((level, set));
            }
        };
        if let Some(customer) = spec.by.iter().position(|dimension| *dimension == Dimension::Customer) {
            add("subtotals", set(&|at| at <= customer));
        }
        if let Some(time) = spec.by.iter().position(|dimension| dimension.is_time()) {
            add("totals", set(&|at| at == time));
        }
        add("totals", set(&|_| false));
        Ok(Self { keys, sets })
    }

    /// The finest groups, by user.
    pub(super) fn cells(&self) -> Statement {
        let expressions: Vec<String> =
            self.keys.iter().map(|key| format!("{} AS {}", key.expression, key.column)).collect();
        let columns = self.columns(|_| true).join(", ");
        let text = format!(
            "-- The finest groups, by user: all that is added up below. person counts users, whatever else they group.\n\
             SELECT {columns}, person, SUM(usage) AS usage, COUNT(*) AS records\n\
             FROM (\n  SELECT {},\n    measured_unit, username AS person, usage\n  FROM asked\n) keyed\n\
             GROUP BY {columns}, person",
            expressions.join(", "),
        );
        Statement::new(Kind::Table, "cells", text)
    }

    /// Rows, subtotals and totals, in the order of the report.
    pub(super) fn result(&self) -> Statement {
        let grain_of = |set: &[bool]| self.grain_of(set);
        let numbered = || self.sets.iter().zip(1..);
        let level: Vec<String> =
            numbered().map(|((level, set), _)| format!("WHEN {} THEN '{level}'", grain_of(set))).collect();
        let order: Vec<String> =
            numbered().map(|((_, set), place)| format!("WHEN {} THEN {place}", grain_of(set))).collect();
        let columns = self.columns(|_| true).join(", ");
        let shown = self.keys.iter().map(|key| match key.name {
            Some(name) => format!("l.{}, {}.name AS {name}", key.column, key.dimension.name()),
            None => format!("l.{}", key.column),
        });
        let joins = self.keys.iter().filter(|key| key.name.is_some()).map(|key| {
            let kind = key.dimension.name();
            format!("LEFT JOIN names {kind} ON {kind}.kind = '{kind}' AND {kind}.uuid = l.{}\n", key.column)
        });
        let ordered = self.keys.iter().map(|key| match key.name {
            Some(name) => format!("{name}, {}", key.column),
            None => key.column.to_owned(),
        });
        let text = format!(
            "-- Rows, subtotals and totals. Users are counted anew at each level. A level that is the same as a finer one is not repeated.\n\
             SELECT CASE l.grain {} END AS level,\n  {},\n  l.measured_unit, l.usage, l.records, l.users\n\
             FROM (\n  SELECT grain, {columns},\n    SUM(usage) AS usage, SUM(records) AS records, COUNT(*) AS users\n  \
             FROM (\n    SELECT {} AS grain, {columns}, person,\n      SUM(usage) AS usage, SUM(records) AS records\n    \
             FROM cells\n    GROUP BY GROUPING SETS ({})\n  ) people\n  GROUP BY grain, {columns}\n) l\n\
             {}ORDER BY CASE l.grain {} END, {}, measured_unit",
            level.join(" "),
            shown.collect::<Vec<_>>().join(", "),
            self.grain(),
            self.sets_by_user(),
            joins.collect::<String>(),
            order.join(" "),
            ordered.collect::<Vec<_>>().join(", "),
        );
        Statement::new(Kind::Result, "levels", text)
    }

    /// Each level as the number that its rows have, and which keys it has.
    pub(super) fn sets(&self) -> Vec<(u64, &[bool])> {
        self.sets.iter().map(|(_, set)| (self.grain_of(set), set.as_slice())).collect()
    }

    /// The groups of all levels: the level's number, the keys, the unit, the first month, usage, records and distinct users.
    pub(super) fn counted(&self) -> String {
        let expressions: Vec<String> =
            self.keys.iter().map(|key| format!("{} AS {}", key.expression, key.column)).collect();
        let columns = self.columns(|_| true).join(", ");
        format!(
            "SELECT CAST(grain AS BIGINT) AS grain, {columns}, CAST(MIN(month) AS BIGINT) AS month,\n  \
             CAST(SUM(usage) AS DECIMAL(38,2)) AS usage, CAST(SUM(records) AS BIGINT) AS records,\n  \
             CAST(COUNT(*) AS BIGINT) AS users\n\
             FROM (\n  SELECT {} AS grain, {columns}, person, MIN(month) AS month, SUM(usage) AS usage, SUM(records) AS records\n  \
             FROM (\n  SELECT {columns}, person, MIN(month) AS month, SUM(usage) AS usage, COUNT(*) AS records\n  \
             FROM (\n    SELECT {}measured_unit, username AS person, usage,\n      \
             YEAR(billing_period) * 12 + MONTH(billing_period) AS month\n    FROM asked\n  ) keyed\n  \
             GROUP BY {columns}, person\n) cells\n\
             GROUP BY GROUPING SETS ({})\n) people\n\
             GROUP BY grain, {columns}",
            self.grain(),
            expressions.iter().map(|key| format!("{key}, ")).collect::<String>(),
            self.sets_by_user(),
        )
    }

    /// The grouping sets, each by user: users are counted in a second step, because some engines keep all users of a group that
    /// they count in one message between two machines.
    fn sets_by_user(&self) -> String {
        let set =
            |(_, set): &(&str, Vec<bool>)| format!("({}, person)", self.columns(|at| set[at]).join(", "));
        self.sets.iter().map(set).collect::<Vec<_>>().join(", ")
    }

    /// The number of a group's level, as an expression.
    fn grain(&self) -> String {
        let weight = |at: usize| self.weight(at);
        let keys = self.keys.iter().enumerate();
        let terms: Vec<String> =
            keys.map(|(at, key)| format!("GROUPING({}) * {}", key.column, weight(at))).collect();
        if terms.is_empty() { "0".to_owned() } else { terms.join(" + ") }
    }

    fn weight(&self, at: usize) -> u64 {
        1 << (self.keys.len() - 1 - at)
    }

    fn grain_of(&self, set: &[bool]) -> u64 {
        (0..self.keys.len()).filter(|at| !set[*at]).map(|at| self.weight(at)).sum()
    }

    /// Some of the keys, and the unit.
    fn columns(&self, is_shown: impl Fn(usize) -> bool) -> Vec<&'static str> {
        let shown = self.keys.iter().enumerate().filter(|(at, _)| is_shown(*at)).map(|(_, key)| key.column);
        shown.chain(["measured_unit"]).collect()
    }
}

impl Key {
    fn new(dimension: Dimension, fiscal_year_start: u32) -> Result<Self> {
        let year = "SUBSTR(CAST(billing_period AS STRING), 1, 4)";
        let expression = match dimension {
            Dimension::Period => "SUBSTR(CAST(billing_period AS STRING), 1, 7)".to_owned(),
            Dimension::Quarter => format!("{year} || '-Q' || CAST(QUARTER(billing_period) AS STRING)"),
            Dimension::Year => year.to_owned(),
            Dimension::FiscalYear if fiscal_year_start > 1 => format!(
                "'fy' || CASE WHEN MONTH(billing_period) < {fiscal_year_start} THEN {year} \
                 WHEN YEAR(billing_period) = 9999 THEN '10000' \
                 ELSE LPAD(CAST(YEAR(billing_period) + 1 AS STRING), 4, '0') END"
            ),
            Dimension::FiscalYear => format!("'fy' || {year}"),
            Dimension::Component => "component_type".to_owned(),
            Dimension::User => "username".to_owned(),
            Dimension::Customer | Dimension::Project | Dimension::Offering | Dimension::Resource => {
                dimension.columns()[0].to_owned()
            }
            Dimension::Attribute(attribute) => {
                return Err(Error::NotInStatements {
                    what: format!("the column {:?}, which is joined to the records", attribute.name()),
                });
            }
        };
        let columns = dimension.columns();
        Ok(Self { dimension, column: columns[0], expression, name: columns.get(1).copied() })
    }
}
