//! What price lists say of charge lines, in one form: the same terms are the same text, however a file spells them.
//!
//! ```text
//! kind,component_usage_uuid,customer_uuid,…,usage,terms,currency,amount
//! usage,5d2f…,68c9…,…,12.00,"EUR graduated by resource: 1 up to 10, then 0.5; rounded up to 0.01 for each line",EUR,11.00
//! credit,,68c9…,…,,2 h outage,EUR,-50.00
//! ```

use std::collections::{BTreeSet, HashMap};

use super::credits::Placed;
use super::exact::{PRICE_DECIMALS, plain};
use super::price_list::{Price, Rounding, RoundingPer, TierMode};
use super::rate::{Charge, Rated};
use crate::period::BillingPeriod;
use crate::quantity::Quantity;
use crate::report::Unpriced;
use crate::text::uuid_text;
use crate::usage::UsageFrame;

/// Where two price lists say something else of the lines of a month.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Difference {
    pub period: BillingPeriod,
    /// The component and offering, or the customer of a credit.
    pub what: String,
    pub frozen: String,
    pub given: String,
}

/// `May 2026, cpu of "cluster" in "hour": EUR 0.05; … was frozen, EUR 0.06; … is given`
impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        let Self { period, what, frozen, given } = self;
        write!(f, "{}, {what}: frozen {frozen}, given {given}", period.in_words())
    }
}

/// What two price lists say of the same lines of months, where they differ.
pub(super) fn differences(
    frozen: &Rated<'_>,
    given: &Rated<'_>,
    frame: &UsageFrame,
    is_asked: impl Fn(BillingPeriod) -> bool,
) -> BTreeSet<Difference> {
    let mut found = BTreeSet::new();
    let (mut of_frozen, mut of_given) = (Terms::new(frozen), Terms::new(given));
    for line in 0..frozen.lines.len() as u32 {
        if frozen.charges[line as usize].is_none() {
            continue;
        }
        let (mut one, mut other) = (of_frozen.of_line(line), of_given.of_line(line));
        let amount = |rated: &Rated<'_>| rated.priced(line).map(|priced| (priced.currency, priced.amount));
        if one == other && amount(frozen) != amount(given) {
            // Tiers that are counted over other lines.
            let shown = |rated| amount(rated).map(|(currency, amount)| format!("{currency} {amount} in all"));
            (one, other) = (shown(frozen).unwrap_or_default(), shown(given).unwrap_or_default());
        }
        if one != other {
            let (parents, at) = (&frozen.lines.parents, line as usize);
            let component = &frame.component_types[parents.component_type()[at] as usize];
            let offering = &frame.offerings[parents.offering()[at] as usize].name;
            let unit = &frame.measured_units[parents.measured_unit()[at] as usize];
            found.insert(Difference {
                period: parents.period(at),
                what: format!("{component} of {offering:?} in {unit:?}"),
                frozen: one,
                given: other,
            });
        }
    }
    let credits = |rated: &Rated<'_>| {
        let own = rated.credits.placed.iter().filter(|credit| is_asked(credit.period));
        let mut texts: Vec<(BillingPeriod, String, String)> = own
            .map(|credit| {
                let customer = &frame.customers[credit.customer as usize];
                let what = format!("credit of {:?} ({})", &*customer.name, uuid_text(customer.uuid));
                (credit.period, what, of_credit(credit, frame))
            })
            .collect();
        texts.sort();
        texts
    };
    let (mut ours, mut theirs) = (credits(frozen), credits(given));
    // Equal credits may be there several times.
    ours.retain(|one| match theirs.iter().position(|other| other == one) {
        Some(at) => {
            theirs.remove(at);
            false
        }
        None => true,
    });
    let none = || "none".to_owned();
    found.extend(ours.into_iter().map(|(period, what, frozen)| Difference {
        period,
        what,
        frozen,
        given: none(),
    }));
    found.extend(theirs.into_iter().map(|(period, what, given)| Difference {
        period,
        what,
        frozen: none(),
        given,
    }));
    found
}

const COLUMNS: [&str; 12] = [
    "kind",
    "component_usage_uuid",
    "customer_uuid",
    "project_uuid",
    "offering_uuid",
    "resource_uuid",
    "component_type",
    "measured_unit",
    "usage",
    "terms",
    "currency",
    "amount",
];

/// All lines of a month by uuid, each with its terms and amount, then all credits.
pub(super) fn charges(parts: &[Rated<'_>], frame: &UsageFrame, month: BillingPeriod) -> Vec<u8> {
    let (mut lines, mut credits) = (Vec::new(), Vec::new());
    for part in parts {
        let mut terms = Terms::new(part);
        let is_charged = |line: &u32| {
            part.charges[*line as usize].is_some() && part.lines.parents.period(*line as usize) == month
        };
        for line in (0..part.lines.len() as u32).filter(is_charged) {
            let (parents, at) = (&part.lines.parents, line as usize);
            let (currency, amount) = part.priced(line).map_or_else(Default::default, |priced| {
                (priced.currency.to_string(), priced.amount.to_string())
            });
            let row = [
                "usage".to_owned(),
                uuid_text(parents.uuid()[at]),
                uuid_text(frame.customers[parents.customer()[at] as usize].uuid),
                uuid_text(frame.projects[parents.project()[at] as usize].uuid),
                uuid_text(frame.offerings[parents.offering()[at] as usize].uuid),
                uuid_text(frame.resources[parents.resource()[at] as usize].uuid),
                frame.component_types[parents.component_type()[at] as usize].to_string(),
                frame.measured_units[parents.measured_unit()[at] as usize].to_string(),
                Quantity::from_hundredths(part.lines.usage[at]).to_string(),
                terms.of_line(line),
                currency,
                amount,
            ];
            lines.push(row);
        }
        for credit in part.credits.placed.iter().filter(|credit| credit.period == month) {
            let project = credit.project.map(|project| uuid_text(frame.projects[project as usize].uuid));
            let empty = String::new;
            let row = [
                if credit.is_adjustment() { "adjustment" } else { "credit" }.to_owned(),
                empty(),
                uuid_text(frame.customers[credit.customer as usize].uuid),
                project.unwrap_or_default(),
                empty(),
                empty(),
                empty(),
                empty(),
                empty(),
                credit.description.clone(),
                credit.currency.to_string(),
                credit.amount.to_string(),
            ];
            credits.push(row);
        }
    }
    lines.sort();
    credits.sort();
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    let mut write = |row: &[String]| writer.write_record(row).expect("memory takes all bytes");
    write(&COLUMNS.map(str::to_owned));
    lines.iter().chain(&credits).for_each(|row| write(row));
    writer.into_inner().expect("memory takes all bytes")
}

/// `-50.00 EUR for "2 h outage", project 68c9…`
fn of_credit(credit: &Placed, frame: &UsageFrame) -> String {
    let project = credit.project.map(|project| uuid_text(frame.projects[project as usize].uuid));
    let project = project.map(|uuid| format!(", project {uuid}")).unwrap_or_default();
    let Placed { currency, amount, description, .. } = credit;
    format!("{currency} {amount} for {description:?}{project}")
}

/// The terms of lines, of which many have the same.
struct Terms<'r> {
    rated: &'r Rated<'r>,
    known: HashMap<(u32, BillingPeriod), String>,
}

impl<'r> Terms<'r> {
    fn new(rated: &'r Rated<'_>) -> Self {
        Self { rated, known: HashMap::new() }
    }

    /// `EUR 0.05; rounded up to 0.01 for each line`
    fn of_line(&mut self, line: u32) -> String {
        let Self { rated, known } = self;
        let at = line as usize;
        match &rated.charges[at] {
            None => String::new(),
            Some(Charge::Unpriced) => match rated.tariff.unpriced {
                None => "no price".to_owned(),
                Some(Unpriced::Zero) => "no price, counted as zero".to_owned(),
                Some(Unpriced::Omit) => "no price, left out".to_owned(),
            },
            Some(Charge::OtherUnit(_)) => "no price in this unit".to_owned(),
            Some(Charge::RateMissing(price)) => {
                let target = rated.tariff.currency.map(|currency| currency.to_string());
                format!("{}; no rate to {}", of_price(rated.tariff.price(*price)), target.unwrap_or_default())
            }
            Some(Charge::Priced(priced)) => {
                let key = (priced.price, rated.lines.parents.period(at));
                let text = || {
                    let price = rated.tariff.price(priced.price);
                    let rate = rated.exchange(price, at).and_then(|(_, rate)| rate);
                    let rate = rate
                        .map(|rate| format!("; at {} to {}", plain(rate, PRICE_DECIMALS), priced.currency));
                    let rounding = rated.tariff.card.rounding;
                    let places = rounding.places(priced.currency);
                    let rounding = of_rounding(rounding, places);
                    format!("{}{}; {rounding}", of_price(price), rate.unwrap_or_default())
                };
                known.entry(key).or_insert_with(text).clone()
            }
        }
    }
}

fn of_rounding(rounding: Rounding, places: u8) -> String {
    let step = ["1", "0.1", "0.01", "0.001"][usize::from(places)];
    let per = match rounding.per {
        RoundingPer::Line => "each line",
        RoundingPer::Total => "each customer",
    };
    format!("rounded {} to {step} for {per}", rounding.mode.name())
}

/// `EUR 0.05`, `EUR graduated by resource: 1 up to 10, then 0.5; 5 included; at least 2`
fn of_price(price: &Price) -> String {
    let amount = |amount| plain(amount, PRICE_DECIMALS);
    let currency = price.currency;
    if price.is_flat() {
        return format!("{currency} {}", amount(price.tiers[0].unit_price));
    }
    let tier = |tier: &super::price_list::Tier| match tier.up_to {
        Some(up_to) => format!("{} up to {}", amount(tier.unit_price), plain(up_to, 2)),
        None => amount(tier.unit_price),
    };
    let tiers: Vec<String> = price.tiers.iter().map(tier).collect();
    let mode = match price.mode {
        _ if price.tiers.len() == 1 => "",
        TierMode::Graduated => "graduated ",
        TierMode::Volume => "by volume ",
    };
    let mut text = format!("{currency} {mode}by {}: {}", price.scope.name(), tiers.join(", then "));
    if price.included > 0 {
        text += &format!("; {} included", plain(price.included, 2));
    }
    if price.minimum > 0 {
        text += &format!("; at least {}", amount(price.minimum));
    }
    text
}
