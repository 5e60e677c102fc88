//! Some of what a notice concerns: the most important first, in the same order every time.

use super::rows::{Row, Rows};
use crate::notice::{EXAMPLES_MAX, Example};
use crate::text::uuid_text;

/// Things that a notice may show, each with how much it weighs.
pub(crate) struct Candidates<T> {
    candidates: Vec<(i128, T)>,
}

impl<T> Default for Candidates<T> {
    fn default() -> Self {
        Self { candidates: Vec::new() }
    }
}

impl<T> Candidates<T> {
    pub(crate) fn push(&mut self, weight: i128, candidate: T) {
        self.candidates.push((weight, candidate));
    }

    pub(crate) fn len(&self) -> u64 {
        self.candidates.len() as u64
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.candidates.is_empty()
    }

    /// These and more.
    pub(crate) fn and(mut self, more: Self) -> Self {
        self.candidates.extend(more.candidates);
        self
    }

    /// The heaviest ones as examples; `identity` puts those of equal weight in order.
    pub(crate) fn examples<K: Ord>(
        self,
        identity: impl Fn(&T) -> K,
        example: impl Fn(&T) -> Example,
    ) -> Vec<Example> {
        let mut candidates = self.candidates;
        candidates
            .sort_by_cached_key(|(weight, candidate)| (std::cmp::Reverse(*weight), identity(candidate)));
        candidates.iter().take(EXAMPLES_MAX).map(|(_, candidate)| example(candidate)).collect()
    }
}

impl Rows<'_> {
    /// A parent by its uuid, with the figures that matter.
    pub(crate) fn parent_example(&self, row: &Row, figures: Vec<(&'static str, String)>) -> Example {
        let mut example = self.series_example(row, figures);
        let (resource, labels) = example.labels.into_iter().partition(|(name, _)| *name == "resource_uuid");
        example.labels = labels;
        example.labels.push(("component_usage", uuid_text(row.uuid)));
        example.about.extend(resource);
        example
    }

    /// A component of a resource in a month, with the figures that matter.
    pub(crate) fn series_example(&self, row: &Row, figures: Vec<(&'static str, String)>) -> Example {
        let frame = self.frame;
        let resource = &frame.resources[row.resource as usize];
        let customer = &frame.customers[row.customer as usize];
        let labels = vec![
            ("customer_name", customer.name.to_string()),
            ("resource_name", resource.name.to_string()),
            ("component_type", self.component_type(row).to_owned()),
            ("measured_unit", self.measured_unit(row).to_owned()),
            ("resource_uuid", uuid_text(resource.uuid)),
        ];
        Example { period: Some(row.period), labels, figures, about: customer_uuid(Some(customer.uuid)) }
    }
}

/// The customer of an example, if it has a uuid.
pub(crate) fn customer_uuid(uuid: Option<u128>) -> Vec<(&'static str, String)> {
    uuid.filter(|uuid| *uuid != 0).map(|uuid| ("customer_uuid", uuid_text(uuid))).into_iter().collect()
}
