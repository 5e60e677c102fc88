//! What a price list makes of component usages, for comparison with what was billed.

use std::collections::HashMap;

use super::invoice_lines::Key;
use crate::amount::Amount;
use crate::currency::Currency;
use crate::period::BillingPeriod;

/// What usage costs, or why that is not known.
#[derive(Clone, Debug)]
pub enum Charges {
    /// By the price list of each month.
    Known(ChargedAmounts),
    /// The reason, and what to do.
    Unknown(&'static str),
}

/// What each component of each resource costs in each month.
#[derive(Clone, Debug, Default)]
pub struct ChargedAmounts(HashMap<(u128, BillingPeriod), HashMap<Box<str>, Vec<Charged>>>);

/// What component usages cost in one currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Charged {
    pub currency: Currency,
    pub amount: Amount,
    /// How many component usages, each of which was rounded.
    pub lines: i128,
}

impl ChargedAmounts {
    /// Adds what a component usage costs.
    pub fn add(
        &mut self,
        (resource, component_type, period): (u128, &str, BillingPeriod),
        currency: Currency,
        amount: Amount,
    ) {
        let components = self.0.entry((resource, period)).or_default();
        let charged = components.entry(component_type.into()).or_default();
        match charged.iter_mut().find(|known| known.currency == currency) {
            Some(known) => {
                known.amount += amount;
                known.lines += 1;
            }
            None => charged.push(Charged { currency, amount, lines: 1 }),
        }
    }

    /// By currency; empty if no price is known.
    pub(super) fn of(&self, (resource, component_type, period): Key<'_>) -> &[Charged] {
        let components = self.0.get(&(resource, period));
        components.and_then(|components| components.get(component_type)).map_or(&[], Vec::as_slice)
    }
}
