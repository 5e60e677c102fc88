//! Which price of a card holds for which usage.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::fields::refused;
use super::named::Named;
use super::overlap::refused_both;
use super::price_list::{Owner, Price, PriceList};
use crate::error::Result;
use crate::period::BillingPeriod;
use crate::text::respelled;
use crate::usage::{Entity, UsageFrame};

/// What a price is looked for, by places in the frame.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'a> {
    pub customer: u32,
    pub project: u32,
    pub offering: u32,
    pub component_type: u32,
    pub measured_unit: &'a str,
    pub period: BillingPeriod,
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// The place among the card's prices.
    Price(u32),
    /// The most specific prices are for other units, this one among them.
    OtherUnit(u32),
    Nothing,
}

/// Who pays, by places in the frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Payer {
    Project(u32),
    Customer(u32),
    Everybody,
}

type Key = (Payer, Option<u32>, u32);

/// The prices of a card by what they are for in a frame.
pub(crate) struct Chooser<'a> {
    card: &'a PriceList,
    prices: HashMap<Key, Vec<u32>, FixedState>,
    /// Which of the levels, the most specific first, any price stands on.
    levels: [bool; 6],
    /// Prices for a customer, project or offering that no record has.
    pub idle: Vec<u32>,
}

impl<'a> Chooser<'a> {
    /// # Errors
    /// A name that several customers, projects or offerings bear.
    pub(crate) fn new(card: &'a PriceList, frame: &UsageFrame) -> Result<Self> {
        let components: HashMap<&str, u32> =
            frame.component_types.iter().map(|text| &**text).zip(0..).collect();
        let mut chooser = Self { card, prices: HashMap::default(), levels: [false; 6], idle: Vec::new() };
        for (number, price) in (0..).zip(&card.prices) {
            let place = |kind, named, entities| place(card, price.line, kind, named, entities);
            let payer = match &price.owner {
                Owner::Everybody => Some(Payer::Everybody),
                Owner::Customer(named) => place("customer", named, &frame.customers)?.map(Payer::Customer),
                Owner::Project(named) => place("project", named, &frame.projects)?.map(Payer::Project),
            };
            let offering = match &price.offering {
                None => Some(None),
                Some(named) => place("offering", named, &frame.offerings)?.map(Some),
            };
            let (Some(payer), Some(offering)) = (payer, offering) else {
                chooser.idle.push(number);
                continue;
            };
            if let Some(component) = components.get(price.component_type.as_str()) {
                chooser.levels[level(payer, offering)] = true;
                chooser.prices.entry((payer, offering, *component)).or_default().push(number);
            }
        }
        Ok(chooser)
    }

    /// The price that holds: of those for the project, else the customer, else everybody, the one for the offering
    /// before the one for all.
    ///
    /// # Errors
    /// Two prices that none of beats the other.
    pub(crate) fn choose(&self, wanted: &Wanted<'_>) -> Result<Choice> {
        self.first_of(
            &[Payer::Project(wanted.project), Payer::Customer(wanted.customer), Payer::Everybody],
            wanted,
        )
    }

    /// The price that would hold if nobody had one of their own.
    ///
    /// # Errors
    /// As [`Self::choose`].
    pub(crate) fn choose_for_everybody(&self, wanted: &Wanted<'_>) -> Result<Choice> {
        self.first_of(&[Payer::Everybody], wanted)
    }

    fn first_of(&self, payers: &[Payer], wanted: &Wanted<'_>) -> Result<Choice> {
        for payer in payers.iter().copied() {
            for offering in [Some(wanted.offering), None] {
                if !self.levels[level(payer, offering)] {
                    continue;
                }
                let Some(prices) = self.prices.get(&(payer, offering, wanted.component_type)) else {
                    continue;
                };
                match self.of_level(prices, wanted)? {
                    Choice::Nothing => {}
                    choice => return Ok(choice),
                }
            }
        }
        Ok(Choice::Nothing)
    }

    /// A price in the unit that holds in any month, for usage that is not charged but set beside what is.
    pub(crate) fn of_any_month(&self, wanted: &Wanted<'_>) -> Option<&'a Price> {
        let payers = [Payer::Project(wanted.project), Payer::Customer(wanted.customer), Payer::Everybody];
        let keys = payers.into_iter().flat_map(|payer| {
            [Some(wanted.offering), None].map(|offering| (payer, offering, wanted.component_type))
        });
        let prices = keys.filter_map(|key| self.prices.get(&key)).flatten();
        let mut prices = prices.map(|number| &self.card.prices[*number as usize]);
        prices.find(|price| price.measured_unit == wanted.measured_unit)
    }

    /// Of equally specific prices the one in the unit of the greatest priority.
    fn of_level(&self, prices: &[u32], wanted: &Wanted<'_>) -> Result<Choice> {
        let mut other = Choice::Nothing;
        let mut best: Option<(u32, &Price)> = None;
        for number in prices {
            let price = &self.card.prices[*number as usize];
            if !price.valid.contains(wanted.period) {
                continue;
            }
            if price.measured_unit != wanted.measured_unit {
                other = Choice::OtherUnit(*number);
                continue;
            }
            match best {
                Some((_, found)) if found.priority == price.priority => {
                    return Err(refused_both(&self.card.source.path, found, price));
                }
                Some((_, found)) if found.priority > price.priority => {}
                _ => best = Some((*number, price)),
            }
        }
        Ok(best.map_or(other, |(number, _)| Choice::Price(number)))
    }
}

fn level(payer: Payer, offering: Option<u32>) -> usize {
    let payer = match payer {
        Payer::Project(_) => 0,
        Payer::Customer(_) => 2,
        Payer::Everybody => 4,
    };
    payer + usize::from(offering.is_none())
}

/// The place of who is named; none if nobody is.
pub(crate) fn place(
    card: &PriceList,
    line: usize,
    kind: &str,
    named: &Named,
    entities: &[Entity],
) -> Result<Option<u32>> {
    named.place(entities).map_err(|ambiguous| {
        let reason = format!(
            "{} {kind}s are named {named}; name the one that is meant by {kind}_uuid: {}",
            ambiguous.uuids.len(),
            ambiguous.uuids.join(", ")
        );
        refused(&card.source.path, line, reason)
    })
}

/// Refuses a name that no record has, if one that no price names differs from it in a few letters only: it is misspelt.
/// `idle` are the prices for what no record has.
///
/// # Errors
/// The first such name.
pub(crate) fn check_spelling(card: &PriceList, idle: &[u32], frame: &UsageFrame) -> Result<()> {
    for price in idle.iter().map(|number| &card.prices[*number as usize]) {
        let offerings: fn(&Price) -> Option<&Named> = |price| price.offering.as_ref();
        let customers: fn(&Price) -> Option<&Named> = |price| match &price.owner {
            Owner::Customer(named) => Some(named),
            Owner::Everybody | Owner::Project(_) => None,
        };
        let projects: fn(&Price) -> Option<&Named> = |price| match &price.owner {
            Owner::Project(named) => Some(named),
            Owner::Everybody | Owner::Customer(_) => None,
        };
        for (kind, named, entities) in [
            ("customer", customers, &frame.customers),
            ("project", projects, &frame.projects),
            ("offering", offerings, &frame.offerings),
        ] {
            let Some(Named::Name(name)) = named(price) else { continue };
            let is_known = |other: &str| entities.iter().any(|entity| &*entity.name == other);
            let is_named = |other: &str| {
                let names = card.prices.iter().filter_map(named);
                names.into_iter().any(|known| matches!(known, Named::Name(known) if known == other))
            };
            let others = entities.iter().map(|entity| &*entity.name).filter(|other| !is_named(other));
            if let (false, Some(meant)) = (is_known(name), respelled(name, others)) {
                let reason = format!("no {kind} is named {name:?}; the data calls it {meant:?}");
                return Err(refused(&card.source.path, price.line, reason));
            }
        }
    }
    Ok(())
}
