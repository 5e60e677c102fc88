//! The charge lines of a frame: one for each parent that has records.

use std::collections::HashMap;

use rayon::prelude::*;

use super::card::Scope;
use super::choose::{Choice, Chooser, Wanted};
use crate::error::Result;
use crate::period::{BillingPeriod, PeriodRange};
use crate::usage::{Entity, UsageFrame};

/// The columns of the parents, and what their records come to.
#[derive(Debug)]
pub(crate) struct Lines {
    pub uuids: Vec<u128>,
    pub customers: Vec<u32>,
    pub projects: Vec<u32>,
    pub offerings: Vec<u32>,
    pub resources: Vec<u32>,
    pub component_types: Vec<u32>,
    pub measured_units: Vec<u32>,
    pub periods: Vec<BillingPeriod>,
    /// The usage of all rows, in hundredths.
    pub usage: Vec<i128>,
    pub rows: Vec<u32>,
}

/// What tiers are counted over together.
#[derive(Clone, Debug)]
pub(crate) struct ScopeTotal {
    pub price: u32,
    /// In hundredths.
    pub usage: i128,
    /// The parents, in the order of their uuids.
    pub lines: Vec<u32>,
}

impl Lines {
    pub(super) fn new(frame: &UsageFrame) -> Self {
        let parents = &frame.parents;
        let mut lines = Self {
            uuids: parents.uuid().to_vec(),
            customers: parents.customer().to_vec(),
            projects: parents.project().to_vec(),
            offerings: parents.offering().to_vec(),
            resources: parents.resource().to_vec(),
            component_types: parents.component_type().to_vec(),
            measured_units: parents.measured_unit().to_vec(),
            periods: parents.periods().collect(),
            usage: vec![0; parents.len()],
            rows: vec![0; parents.len()],
        };
        for (parent, usage) in frame.records.usage_by_parent() {
            lines.usage[parent] += usage.hundredths();
            lines.rows[parent] += 1;
        }
        lines
    }

    pub(crate) fn len(&self) -> usize {
        self.uuids.len()
    }

    /// The price of each line of the months, of any month where there is none; nothing where it is not looked for.
    pub(crate) fn choices(
        &self,
        chooser: &Chooser<'_>,
        frame: &UsageFrame,
        months: &[PeriodRange],
    ) -> Result<Vec<Option<Choice>>> {
        let is_needed = |line: usize| {
            self.rows[line] > 0
                && (months.is_empty() || months.iter().any(|range| range.contains(self.periods[line])))
        };
        (0..self.len())
            .into_par_iter()
            .map(|line| is_needed(line).then(|| chooser.choose(&self.wanted(line, frame))).transpose())
            .collect()
    }

    /// What a line's price is looked for by.
    pub(crate) fn wanted<'f>(&self, line: usize, frame: &'f UsageFrame) -> Wanted<'f> {
        Wanted {
            customer: self.customers[line],
            project: self.projects[line],
            offering: self.offerings[line],
            component_type: self.component_types[line],
            measured_unit: &frame.measured_units[self.measured_units[line] as usize],
            period: self.periods[line],
        }
    }

    /// The lines that are asked for: by month, customer, project, offering, resource and component.
    pub(crate) fn sorted(&self, frame: &UsageFrame, is_asked: impl Fn(&u32) -> bool) -> Vec<u32> {
        fn name(entities: &[Entity], place: u32) -> (&str, u128) {
            (&entities[place as usize].name, entities[place as usize].uuid)
        }
        let mut order: Vec<u32> = (0..self.len() as u32).filter(is_asked).collect();
        order.sort_by_cached_key(|line| {
            let at = *line as usize;
            (
                self.periods[at],
                name(&frame.customers, self.customers[at]),
                name(&frame.projects, self.projects[at]),
                name(&frame.offerings, self.offerings[at]),
                name(&frame.resources, self.resources[at]),
                &frame.component_types[self.component_types[at] as usize],
                self.uuids[at],
            )
        });
        order
    }

    /// Brings lines, each with its price and that one's scope, to what tiers are counted over.
    pub(crate) fn scopes(&self, lines: impl Iterator<Item = (u32, u32, Scope)>) -> Vec<ScopeTotal> {
        let mut places = HashMap::new();
        let mut scopes: Vec<ScopeTotal> = Vec::new();
        for (line, price, scope) in lines {
            let at = line as usize;
            let owner = match scope {
                Scope::Customer => self.customers[at],
                Scope::Project => self.projects[at],
                Scope::Resource => self.resources[at],
            };
            let place =
                *places.entry((price, self.periods[at], self.offerings[at], owner)).or_insert_with(|| {
                    scopes.push(ScopeTotal { price, usage: 0, lines: Vec::new() });
                    scopes.len() - 1
                });
            scopes[place].usage += self.usage[at];
            scopes[place].lines.push(line);
        }
        for scope in &mut scopes {
            scope.lines.sort_by_key(|line| self.uuids[*line as usize]);
        }
        scopes
    }
}
