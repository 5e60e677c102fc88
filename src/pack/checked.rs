//! What the checks found, and the amounts that their warnings concern.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::amount::Amount;
use crate::notice::{Code, Example, Notice, Severity};
use crate::period::{BillingPeriod, PeriodRange};
use crate::report::Provenance;
use crate::text::{grouped_decimal, joined, uuid_text};
use crate::usage::UsageFrame;
use crate::verdict::{NotChecked, Verdict};
use crate::worklist::Worklist;

/// A verdict of all checks that could be made, with what is at stake.
#[derive(Clone, Debug)]
pub(crate) struct Checked {
    pub(crate) verdict: Verdict,
    /// For each result of the verdict the amounts that it concerns, by currency.
    pub(crate) stakes: Vec<Stake>,
    /// The same line by line.
    pub(crate) worklist: Worklist,
    /// The amounts that any open warning concerns, each counted once.
    at_stake: Stake,
    /// What the report comes to, credits included, by currency; empty without prices.
    total: BTreeMap<String, Amount>,
}

/// Amounts that a warning concerns.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stake {
    pub(crate) amounts: BTreeMap<String, Amount>,
    /// Whether the warning concerns more than it names.
    pub(crate) is_at_least: bool,
}

/// Warnings about the input as a whole: nobody knows which amounts they concern, so it may be any.
const OF_EVERYTHING: [Code; 5] =
    [Code::Incomplete, Code::MissingPage, Code::Unusable, Code::Rejected, Code::DuplicateKey];

impl Checked {
    /// The frame holds the records reported on, with their amounts if there are prices.
    pub(crate) fn new(
        verdict: Verdict,
        frame: &UsageFrame,
        period: Option<PeriodRange>,
        provenance: &Provenance,
    ) -> Self {
        let amounts = Amounts::new(frame, period);
        let totals = provenance.pricing.iter().flat_map(|pricing| &pricing.totals);
        let total: BTreeMap<String, Amount> =
            totals.map(|total| (total.currency.clone(), total.amount)).collect();
        let sum = |notice: &Notice, parents: &BTreeSet<u32>| match OF_EVERYTHING.contains(&notice.code) {
            true => capped(amounts.sum(parents), &total),
            false => amounts.sum(parents),
        };
        let mut is_everything = false;
        let mut concerned = BTreeSet::new();
        let mut is_at_least = false;
        let mut stakes = Vec::with_capacity(verdict.checks.len());
        for check in &verdict.checks {
            if check.notice.severity == Severity::Note {
                stakes.push(Stake::default());
                continue;
            }
            let parents = amounts.concerned(&check.notice);
            let stake = Stake {
                amounts: sum(&check.notice, &parents),
                is_at_least: check.notice.count > check.notice.examples.len() as u64
                    && !OF_EVERYTHING.contains(&check.notice.code),
            };
            if check.notice.is_open() {
                concerned.extend(parents);
                is_at_least |= stake.is_at_least;
                is_everything |= OF_EVERYTHING.contains(&check.notice.code);
            }
            stakes.push(stake);
        }
        let worklist = Worklist::with_amounts(&verdict, |notice, example| {
            let parents = match example {
                _ if notice.severity == Severity::Note => BTreeSet::new(),
                Some(example) => amounts.named(example).into_iter().collect(),
                None => amounts.concerned(notice),
            };
            sum(notice, &parents)
        });
        let concerned = amounts.sum(&concerned);
        let concerned = if is_everything { capped(concerned, &total) } else { concerned };
        let at_stake = Stake { amounts: concerned, is_at_least };
        Self { verdict, stakes, worklist, at_stake, total }
    }

    /// `, USD 225,180.00 of 229,065.06 at stake`; empty if no amount is. A total that credits or corrections have made
    /// smaller than what is at stake is left out.
    pub(crate) fn at_stake_text(&self) -> String {
        let at_least = if self.at_stake.is_at_least { "at least " } else { "" };
        let of = |(currency, amount): (&String, &Amount)| {
            let total = self.total.get(currency).copied().unwrap_or_default();
            match *amount <= total {
                true => format!("{currency} {} of {}", spelled(*amount), spelled(total)),
                false => format!("{currency} {}", spelled(*amount)),
            }
        };
        let amounts: Vec<String> = self.at_stake.amounts.iter().map(of).collect();
        match amounts.is_empty() {
            true => String::new(),
            false => format!(", {at_least}{} at stake", joined(&amounts)),
        }
    }

    /// What could not be checked and why, one text for each reason.
    pub(crate) fn not_checked(&self) -> Vec<String> {
        let text = |not: &NotChecked| {
            let codes: Vec<String> = not.codes.iter().map(|code| code.name().replace('_', " ")).collect();
            let part = if self.verdict.is_partly_checked(not) { " (checked in part)" } else { "" };
            format!("{}{part}: {}", codes.join(", "), not.reason)
        };
        self.verdict.not_checked.iter().map(text).collect()
    }
}

impl Stake {
    /// `At stake: USD 225,180.00.`; empty if no amount is. Checks look at all records, amounts are those of the report.
    pub(crate) fn text(&self, is_filtered: bool) -> String {
        let amounts: Vec<String> = self
            .amounts
            .iter()
            .map(|(currency, amount)| format!("{currency} {}", spelled(*amount)))
            .collect();
        let at_least = if self.is_at_least { "at least " } else { "" };
        match amounts.is_empty() {
            true => String::new(),
            false if is_filtered => {
                format!(
                    "At stake in this report: {at_least}{}; the check looked at all records.",
                    amounts.join(", ")
                )
            }
            false => format!("At stake: {at_least}{}.", amounts.join(", ")),
        }
    }
}

/// No more than the report comes to, which credits may have made less than its lines.
fn capped(
    mut amounts: BTreeMap<String, Amount>,
    total: &BTreeMap<String, Amount>,
) -> BTreeMap<String, Amount> {
    for (currency, amount) in &mut amounts {
        match total.get(currency) {
            Some(total) if *total > Amount::ZERO => *amount = (*amount).min(*total),
            _ => {}
        }
    }
    amounts
}

fn spelled(amount: Amount) -> String {
    grouped_decimal(&amount.to_string())
}

/// What each component usage of the period costs, and how warnings name it.
struct Amounts<'a> {
    frame: &'a UsageFrame,
    parents: Vec<Option<(u32, Amount)>>,
    by_uuid: HashMap<String, u32>,
    by_series: HashMap<(String, &'a str, BillingPeriod), Vec<u32>>,
    by_resource: HashMap<String, Vec<u32>>,
    by_customer: HashMap<String, Vec<u32>>,
}

impl<'a> Amounts<'a> {
    fn empty(frame: &'a UsageFrame) -> Self {
        Self {
            frame,
            parents: Vec::new(),
            by_uuid: HashMap::new(),
            by_series: HashMap::new(),
            by_resource: HashMap::new(),
            by_customer: HashMap::new(),
        }
    }

    fn new(frame: &'a UsageFrame, period: Option<PeriodRange>) -> Self {
        let count = frame.parents.len();
        let mut amounts = Self { parents: vec![None; count], ..Self::empty(frame) };
        // Without prices nothing has an amount.
        let Ok(of_records) = frame.records.amount_by_parent() else { return amounts };
        let parents = &frame.parents;
        for (parent, amount) in of_records {
            let is_reported = period.is_none_or(|period| period.contains(parents.period(parent)));
            if let (Some(currency), true) = (parents.currency(parent), is_reported) {
                let sum = &mut amounts.parents[parent].get_or_insert((currency, Amount::ZERO)).1;
                *sum += Amount::new(amount, frame.currency_places[currency as usize]);
            }
        }
        for (parent, number) in (0..count).zip(0..) {
            let customer = uuid_text(frame.customers[parents.customer()[parent] as usize].uuid);
            amounts.by_customer.entry(customer).or_default().push(number);
            amounts.by_uuid.insert(uuid_text(parents.uuid()[parent]), number);
            let resource = uuid_text(frame.resources[parents.resource()[parent] as usize].uuid);
            amounts.by_resource.entry(resource.clone()).or_default().push(number);
            let component = &*frame.component_types[parents.component_type()[parent] as usize];
            amounts.by_series.entry((resource, component, parents.period(parent))).or_default().push(number);
        }
        amounts
    }

    /// The component usages that a notice names, or all if it is about the input as a whole.
    fn concerned(&self, notice: &Notice) -> BTreeSet<u32> {
        if OF_EVERYTHING.contains(&notice.code) {
            return (0..self.parents.len() as u32).collect();
        }
        notice.examples.iter().flat_map(|example| self.named(example)).collect()
    }

    fn named(&self, example: &Example) -> Vec<u32> {
        let label = |wanted: &str| {
            example.labels.iter().find(|(name, _)| *name == wanted).map(|(_, text)| text.as_str())
        };
        if let Some(uuid) = label("component_usage") {
            return self.by_uuid.get(uuid).copied().into_iter().collect();
        }
        let series = (label("resource_uuid"), label("component_type"), example.period);
        if let (Some(resource), Some(component), Some(period)) = series {
            let series = (resource.to_owned(), component, period);
            return self.by_series.get(&series).cloned().unwrap_or_default();
        }
        // What is named as a whole is at stake as a whole, in its month.
        let of_resource = label("resource_uuid").map(|uuid| self.by_resource.get(uuid));
        let of_customer = || label("customer_uuid").map(|uuid| self.by_customer.get(uuid));
        let whole = of_resource.or_else(of_customer).flatten().into_iter().flatten().copied();
        let is_own = |parent: &u32| {
            let month = self.frame.parents.period(*parent as usize);
            example.period.is_none_or(|period| period == month)
        };
        whole.filter(is_own).collect()
    }

    /// Magnitudes: an amount below zero is at stake as well, and takes nothing from the others.
    fn sum(&self, parents: &BTreeSet<u32>) -> BTreeMap<String, Amount> {
        let mut sums = BTreeMap::new();
        for (currency, amount) in parents.iter().filter_map(|parent| self.parents[*parent as usize]) {
            let currency = self.frame.currencies[currency as usize].to_string();
            *sums.entry(currency).or_insert(Amount::ZERO) += amount.magnitude();
        }
        sums.retain(|_, amount| *amount != Amount::ZERO);
        sums
    }
}
