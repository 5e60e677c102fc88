//! The charge lines of a frame: one for each parent that has records.

use std::collections::HashMap;

use rayon::prelude::*;

use super::choose::{Choice, Chooser, Wanted};
use super::price_list::Scope;
use crate::error::Result;
use crate::period::BillingPeriod;
use crate::usage::{Entity, Parents, UsageFrame};

/// The parents, and what their records come to.
#[derive(Debug)]
pub(crate) struct Lines {
    /// As they were when they were rated; their columns are shared with the frame.
    pub parents: Parents,
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
        let mut lines =
            Self { parents: parents.clone(), usage: vec![0; parents.len()], rows: vec![0; parents.len()] };
        for (parent, usage) in frame.records.usage_by_parent() {
            lines.usage[parent] += usage.hundredths();
            lines.rows[parent] += 1;
        }
        lines
    }

    pub(crate) fn len(&self) -> usize {
        self.parents.len()
    }

    /// The price of each line of the months that are asked for; nothing where it is not looked for.
    pub(crate) fn choices(
        &self,
        chooser: &Chooser<'_>,
        frame: &UsageFrame,
        is_asked: impl Fn(BillingPeriod) -> bool + Sync,
    ) -> Result<Vec<Option<Choice>>> {
        let is_needed = |line: usize| self.rows[line] > 0 && is_asked(self.parents.period(line));
        (0..self.len())
            .into_par_iter()
            .map(|line| is_needed(line).then(|| chooser.choose(&self.wanted(line, frame))).transpose())
            .collect()
    }

    /// What a line's price is looked for by.
    pub(crate) fn wanted<'f>(&self, line: usize, frame: &'f UsageFrame) -> Wanted<'f> {
        Wanted {
            customer: self.parents.customer()[line],
            project: self.parents.project()[line],
            offering: self.parents.offering()[line],
            component_type: self.parents.component_type()[line],
            measured_unit: &frame.measured_units[self.parents.measured_unit()[line] as usize],
            period: self.parents.period(line),
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
                self.parents.period(at),
                name(&frame.customers, self.parents.customer()[at]),
                name(&frame.projects, self.parents.project()[at]),
                name(&frame.offerings, self.parents.offering()[at]),
                name(&frame.resources, self.parents.resource()[at]),
                &frame.component_types[self.parents.component_type()[at] as usize],
                self.parents.uuid()[at],
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
                Scope::Customer => self.parents.customer()[at],
                Scope::Project => self.parents.project()[at],
                Scope::Resource => self.parents.resource()[at],
            };
            let place = *places
                .entry((price, self.parents.period(at), self.parents.offering()[at], owner))
                .or_insert_with(|| {
                    scopes.push(ScopeTotal { price, usage: 0, lines: Vec::new() });
                    scopes.len() - 1
                });
            scopes[place].usage += self.usage[at];
            scopes[place].lines.push(line);
        }
        for scope in &mut scopes {
            scope.lines.sort_by_key(|line| self.parents.uuid()[*line as usize]);
        }
        scopes
    }
}
