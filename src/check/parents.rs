//! What the users of a parent add up to, against the parent's own total.

use std::collections::{BTreeSet, HashMap};

use super::Outcome;
use super::examples::{Candidates, customer_uuid};
use super::origin::{Origin, codes};
use super::rows::{Row, Rows, UnitSums};
use crate::notice::{Code, Example, Notice, Severity};
use crate::objects::ComponentUsage;
use crate::period::BillingPeriod;
use crate::quantity::Quantity;
use crate::text::{grouped, uuid_text};

pub(crate) fn check(rows: &Rows, outcome: &mut Outcome) {
    let all = codes(Origin::ComponentUsages);
    let Some(parents) = rows.subject.parents else {
        return outcome.not_checked(&all, "no component usages are given; give their dump, too");
    };
    let known: BTreeSet<BillingPeriod> = parents.rows.iter().map(|parent| parent.billing_period).collect();
    let over = rows.months.iter().filter(|month| rows.subject.compares(**month));
    let (compared, lacking): (Vec<BillingPeriod>, Vec<BillingPeriod>) =
        over.partition(|month| known.contains(*month));
    if !compared.is_empty() {
        let is_checked = |code: &&Code| **code != Code::ParentAbsent || !parents.is_incomplete;
        outcome.checked(&all.iter().filter(is_checked).copied().collect::<Vec<_>>());
        let mut pairs = Pairs::new(rows, &parents.rows, &compared);
        if parents.is_incomplete {
            pairs.absent = Candidates::default();
            outcome.not_checked(
                &[Code::ParentAbsent],
                "the dump of component usages is incomplete, so those that are absent may only be missing from it",
            );
        }
        outcome.notices.extend(pairs.notices(rows));
    }
    if let Some(text) = super::history::listed(&lacking) {
        outcome.not_checked(&all, format!("{text}: the component usages given have none of that month"));
    }
}

/// A parent and its users.
type Pair<'a> = (&'a Row, &'a ComponentUsage);

/// All parents by how their users' sum stands to their total.
#[derive(Default)]
struct Pairs<'a> {
    exceeding: Candidates<Pair<'a>>,
    short: Candidates<Pair<'a>>,
    backfilled: Candidates<Pair<'a>>,
    rounded: Candidates<Pair<'a>>,
    differing: Candidates<Pair<'a>>,
    absent: Candidates<&'a Row>,
    without_users: Candidates<&'a ComponentUsage>,
    /// Those of them that the portal may have made itself, as it reuses totals.
    reused: u64,
    excess: UnitSums<'a>,
    shortfall: UnitSums<'a>,
    unattributed: UnitSums<'a>,
}

impl<'a> Pairs<'a> {
    fn new(rows: &'a Rows, parents: &'a [ComponentUsage], months: &[BillingPeriod]) -> Self {
        let mut pairs = Self::default();
        let by_uuid: HashMap<u128, &ComponentUsage> =
            parents.iter().map(|parent| (parent.uuid, parent)).collect();
        let mut has_users: BTreeSet<u128> = BTreeSet::new();
        for row in rows.all() {
            has_users.insert(row.uuid);
            if !months.contains(&row.period) {
                continue;
            }
            match by_uuid.get(&row.uuid) {
                Some(parent) => pairs.put(rows, row, parent),
                None => pairs.absent.push(rows.weight(row, row.usage), row),
            }
        }
        for parent in parents {
            let is_asked = months.contains(&parent.billing_period);
            if is_asked && parent.usage != Quantity::ZERO && !has_users.contains(&parent.uuid) {
                pairs.unattributed.add(&parent.measured_unit, parent.usage);
                pairs.reused += u64::from(parent.reuses_missing_usage);
                pairs.without_users.push(parent.usage.hundredths().saturating_abs(), parent);
            }
        }
        pairs
    }

    fn put(&mut self, rows: &'a Rows, row: &'a Row, parent: &'a ComponentUsage) {
        let excess = row.usage - parent.usage;
        let weight = rows.weight(row, excess);
        if !is_same(rows, row, parent) {
            self.differing.push(rows.weight(row, row.usage), (row, parent));
        }
        if excess == Quantity::ZERO || rows.measured_unit(row) != &*parent.measured_unit {
            return;
        }
        if is_rounded_to_hundredths(row, excess) {
            self.rounded.push(weight, (row, parent));
        } else if parent.usage == Quantity::ZERO {
            self.backfilled.push(weight, (row, parent));
        } else if is_rounding(row, parent, excess) {
            self.rounded.push(weight, (row, parent));
        } else if excess > Quantity::ZERO {
            self.excess.add(rows.measured_unit(row), excess);
            self.exceeding.push(weight, (row, parent));
        } else {
            self.shortfall.add(rows.measured_unit(row), -excess);
            self.short.push(weight, (row, parent));
        }
    }

    fn notices(self, rows: &Rows) -> Vec<Notice> {
        let Self { exceeding, short, backfilled, rounded, differing, absent, without_users, .. } = self;
        let Self { excess, shortfall, unattributed, reused, .. } = self;
        let pair = |severity, code, candidates: Candidates<Pair>, message: &dyn Fn(String) -> String| {
            let count = candidates.len();
            let text = message(usages(count));
            let examples =
                candidates.examples(|(row, _)| row.uuid, |(row, parent)| pair_example(rows, row, parent));
            (count > 0).then(|| super::notice(severity, code, count, text).with_examples(examples))
        };
        let notices = [
            pair(Severity::Warning, Code::UsersExceedParent, exceeding, &|usages| {
                format!("{usages} a smaller total than its users add up to. The difference is {excess}.")
            }),
            pair(Severity::Warning, Code::ParentDiffers, differing, &|usages| {
                format!(
                    "{usages} another unit, component, resource or month in its own dump than in its users' records."
                )
            }),
            pair(Severity::Note, Code::UsersShortOfParent, short, &|usages| {
                format!(
                    "{usages} a larger total than its users add up to; not attributed to users are {shortfall}."
                )
            }),
            pair(Severity::Note, Code::BackfilledParent, backfilled, &|usages| {
                format!(
                    "{usages} a total of 0 and users with usage, as parents have that were made for their users."
                )
            }),
            pair(Severity::Note, Code::RoundedUsers, rounded, &|usages| {
                format!("{usages} a total that its users miss by no more than the rounding of each of them.")
            }),
            absent_notice(rows, absent),
            without_users_notice(without_users, &unattributed, reused),
        ];
        notices.into_iter().flatten().collect()
    }
}

/// Whether both dumps say the same of a parent, but for its usage.
fn is_same(rows: &Rows, row: &Row, parent: &ComponentUsage) -> bool {
    rows.measured_unit(row) == &*parent.measured_unit
        && rows.component_type(row) == &*parent.component_type
        && rows.resource_uuid(row) == parent.resource_uuid
        && row.period == parent.billing_period
}

/// Whether rounding at the source explains a difference: the portal's agent rounds each user and the total to two
/// decimals, so that n users miss their total by up to (n + 1) × 0.005, in either direction.
pub(crate) fn is_rounded_to_hundredths(row: &Row, difference: Quantity) -> bool {
    difference.hundredths().abs() * 2 <= i128::from(row.records) + 1
}

/// Whether the server's own rounding explains a difference.
///
/// Some offerings round each user up to a whole unit, so that users exceed their parent by less than one each. And a
/// float of more than 15 digits is off by up to the 2^52nd part of it, for each user and for the parent.
fn is_rounding(row: &Row, parent: &ComponentUsage, excess: Quantity) -> bool {
    let excess = excess.hundredths();
    let is_whole = row.is_whole && parent.usage.hundredths() % 100 == 0;
    let rounded_up = is_whole && excess > 0 && excess < i128::from(row.records) * 100;
    let largest = row.usage.hundredths().abs().max(parent.usage.hundredths().abs());
    let is_imprecise = row.usage.exceeds_float_precision() || parent.is_imprecise;
    rounded_up || (is_imprecise && excess.abs() <= i128::from(row.records + 1) * ((largest >> 52) + 1))
}

/// `1 component usage has`, `2 component usages each have`.
fn usages(count: u64) -> String {
    match count {
        1 => "1 component usage has".to_owned(),
        _ => format!("{} component usages each have", grouped(count)),
    }
}

fn pair_example(rows: &Rows, row: &Row, parent: &ComponentUsage) -> Example {
    let mut figures = vec![("users", row.usage.to_string()), ("component usage", parent.usage.to_string())];
    if !is_same(rows, row, parent) {
        figures.push(("in its own dump", parent.described()));
    }
    rows.parent_example(row, figures)
}

fn absent_notice(rows: &Rows, absent: Candidates<&Row>) -> Option<Notice> {
    let count = absent.len();
    let text = format!(
        "{} named by records and not in the dump of component usages.",
        if count == 1 {
            "1 component usage is".to_owned()
        } else {
            format!("{} component usages are", grouped(count))
        }
    );
    let example = |row: &&Row| rows.parent_example(row, vec![("users", row.usage.to_string())]);
    (count > 0).then(|| {
        Notice::warning(Code::ParentAbsent, count, text)
            .with_examples(absent.examples(|row| row.uuid, example))
    })
}

fn without_users_notice(
    without_users: Candidates<&ComponentUsage>,
    unattributed: &UnitSums,
    reused: u64,
) -> Option<Notice> {
    let count = without_users.len();
    let policy = match reused {
        0 => String::new(),
        reused => format!(
            " For {} of them the portal reuses the total of the month before if no usage is reported \
             (missing_usage_policy): a total that it made itself has no users.",
            grouped(reused)
        ),
    };
    let text =
        format!("{} usage and no user; not attributed to users are {unattributed}.{policy}", usages(count));
    let example = |parent: &&ComponentUsage| Example {
        period: Some(parent.billing_period),
        labels: vec![
            ("customer_name", parent.customer_name.to_string()),
            ("resource_name", parent.resource_name.to_string()),
            ("component_type", parent.component_type.to_string()),
            ("measured_unit", parent.measured_unit.to_string()),
            ("component_usage", uuid_text(parent.uuid)),
        ],
        figures: vec![("component usage", parent.usage.to_string())],
        about: customer_uuid(parent.customer_uuid)
            .into_iter()
            .chain([("resource_uuid", uuid_text(parent.resource_uuid))])
            .collect(),
    };
    (count > 0).then(|| {
        let examples = without_users.examples(|parent| parent.uuid, example);
        Notice::note(Code::ParentWithoutUsers, count, text).with_examples(examples)
    })
}
