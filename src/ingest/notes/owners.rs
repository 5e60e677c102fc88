//! One project under two customers, or one resource under two projects: figures of a state that never was.
//!
//! Looks at component usages alone, which are few.

use std::collections::{BTreeMap, BTreeSet};

use crate::ingest::Role;
use crate::notice::{Code, EXAMPLES_MAX, Example, Notice};
use crate::period::{BillingPeriod, PeriodRange};
use crate::text::{counted, grouped, uuid_text};
use crate::usage::{Entity, UsageFrame};

/// How many projects or resources a notice names.
const NAMED_MAX: usize = 3;

/// What has two owners where it should have one.
struct Kind<'f> {
    noun: &'static str,
    /// The names of the entity's fields.
    labels: [&'static str; 2],
    owner: &'static str,
    /// The entity and the owner of each parent.
    of_parents: [&'f [u32]; 2],
    entities: &'f [Entity],
    owners: &'f [Entity],
}

/// The months in which each owner has something.
type Owners = BTreeMap<u32, BTreeSet<BillingPeriod>>;

/// Warnings about projects of two customers and resources of two projects of which one month at least was asked for; notes
/// where the owners differ only between a closed month and others, because a closed month keeps the owner that it was
/// billed to.
pub(crate) fn two_owners(
    frame: &UsageFrame,
    role: impl Fn(BillingPeriod) -> Role,
    is_closed: impl Fn(BillingPeriod) -> bool,
) -> Vec<Notice> {
    let parents = &frame.parents;
    let kinds = [
        Kind {
            noun: "project",
            labels: ["project_uuid", "project_name"],
            owner: "customer",
            of_parents: [parents.project(), parents.customer()],
            entities: &frame.projects,
            owners: &frame.customers,
        },
        Kind {
            noun: "resource",
            labels: ["resource_uuid", "resource_name"],
            owner: "project",
            of_parents: [parents.resource(), parents.project()],
            entities: &frame.resources,
            owners: &frame.projects,
        },
    ];
    let mut notices = Vec::new();
    for kind in kinds {
        let (open, closed): (Vec<_>, Vec<_>) =
            kind.split(frame, &role).into_iter().partition(|(_, owners)| is_wrong(owners, &is_closed));
        let examples = kind.examples(&open, |month| role(month) == Role::Asked);
        let warning = kind
            .text(&open)
            .map(|text| Notice::warning(Code::TwoOwners, open.len() as u64, text).with_examples(examples));
        let note = kind.text(&closed).map(|text| Notice::note(Code::TwoOwners, closed.len() as u64, text));
        notices.extend(warning.into_iter().chain(note));
    }
    notices
}

/// Whether two owners have something in one month, or in two months that are both open.
fn is_wrong(owners: &Owners, is_closed: impl Fn(BillingPeriod) -> bool) -> bool {
    let all: usize = owners.values().map(BTreeSet::len).sum();
    let distinct: BTreeSet<BillingPeriod> = owners.values().flatten().copied().collect();
    let has_open = |months: &&BTreeSet<BillingPeriod>| months.iter().any(|month| !is_closed(*month));
    distinct.len() < all || owners.values().filter(has_open).count() > 1
}

impl Kind<'_> {
    /// What has more than one owner, in the order of names and uuids.
    fn split(&self, frame: &UsageFrame, role: impl Fn(BillingPeriod) -> Role) -> Vec<(u32, Owners)> {
        let has_records = frame.has_records();
        let rows = || {
            let [entities, owners] = self.of_parents.map(|places| places.iter().copied());
            let rows = entities.zip(owners).zip(frame.parents.periods()).zip(&has_records);
            rows.filter(|(_, has_records)| **has_records)
                .map(|(row, _)| row)
                .filter(|(_, month)| role(*month) != Role::Unused)
        };
        let mut first: Vec<Option<u32>> = vec![None; self.entities.len()];
        let mut split: BTreeMap<u32, Owners> = BTreeMap::new();
        for ((entity, owner), _) in rows() {
            if *first[entity as usize].get_or_insert(owner) != owner {
                split.entry(entity).or_default();
            }
        }
        if !split.is_empty() {
            for ((entity, owner), month) in rows() {
                if let Some(owners) = split.get_mut(&entity) {
                    owners.entry(owner).or_default().insert(month);
                }
            }
            let is_asked = |month: &BillingPeriod| role(*month) == Role::Asked;
            split.retain(|_, owners| owners.values().flatten().any(is_asked));
        }
        let mut split: Vec<(u32, Owners)> = split.into_iter().collect();
        let key = |entity: u32| (&self.entities[entity as usize].name, self.entities[entity as usize].uuid);
        split.sort_by(|(one, _), (other, _)| key(*one).cmp(&key(*other)));
        split
    }

    fn text(&self, split: &[(u32, Owners)]) -> Option<String> {
        if split.is_empty() {
            return None;
        }
        let Self { noun, owner, .. } = self;
        let subject = counted(split.len() as u64, noun);
        let (verb, they) = if split.len() == 1 { ("is", "It was") } else { ("are", "They were") };
        let named: Vec<String> = split.iter().take(NAMED_MAX).map(|entry| self.named(entry)).collect();
        let more = match split.len().saturating_sub(NAMED_MAX) {
            0 => String::new(),
            more => format!("; and {} more", grouped(more as u64)),
        };
        Some(format!(
            "{subject} {verb} under more than one {owner}: {}{more}. {they} moved while the portal was read, or between \
             two downloads. Download these months again, one right after the other.",
            named.join("; ")
        ))
    }

    /// Each two owners of an entity: in a month that is asked for and has both, else in no month. So an example is the same
    /// however many other months are read.
    fn examples(&self, split: &[(u32, Owners)], is_asked: impl Fn(BillingPeriod) -> bool) -> Vec<Example> {
        let mut examples = Vec::new();
        for (entity, owners) in split {
            let entity = &self.entities[*entity as usize];
            let [uuid, name] = self.labels;
            let mut owners: Vec<(String, &BTreeSet<BillingPeriod>)> = owners
                .iter()
                .map(|(owner, months)| (uuid_text(self.owners[*owner as usize].uuid), months))
                .collect();
            owners.sort();
            for (at, (one, months)) in owners.iter().enumerate() {
                for (other, others) in &owners[at + 1..] {
                    let labels = vec![
                        (name, entity.name.to_string()),
                        (uuid, uuid_text(entity.uuid)),
                        ("owner_uuids", format!("{one}, {other}")),
                    ];
                    let both = months.intersection(others).copied().filter(|month| is_asked(*month));
                    let both: Vec<BillingPeriod> = both.collect();
                    let example = |period| Example { period, labels: labels.clone(), ..Example::default() };
                    examples.extend(both.iter().map(|month| example(Some(*month))));
                    examples.extend(both.is_empty().then(|| example(None)));
                }
            }
        }
        examples.truncate(EXAMPLES_MAX);
        examples
    }

    /// `"Research" (0a1b…) is under "Acme" (2c3d…) in September 2026 and under "Zeta" (4e5f…) in
    /// October 2026`
    fn named(&self, (entity, owners): &(u32, Owners)) -> String {
        let text = |entity: &Entity| format!("{:?} ({})", entity.name, uuid_text(entity.uuid));
        let mut under: Vec<String> = owners
            .iter()
            .map(|(owner, months)| {
                format!("under {} in {}", text(&self.owners[*owner as usize]), months_text(months))
            })
            .collect();
        under.sort();
        format!("{} is {}", text(&self.entities[*entity as usize]), under.join(" and "))
    }
}

/// `September 2026`, or the first and the last of several.
fn months_text(months: &BTreeSet<BillingPeriod>) -> String {
    let range = months.first().zip(months.last());
    range.map_or_else(String::new, |(start, last)| {
        PeriodRange { start: *start, end: last.plus_months(1) }.in_words()
    })
}
