//! The rows behind one figure: narrowed by what a row of figures has as its key, and no filter of the endpoint can name.

use std::collections::HashSet;

use maud::{Markup, html};

use super::parameters::Parameters;
use crate::error::Result;
use crate::price::PriceExplanation;
use crate::text::visible::shown;
use crate::usage::UsageFrame;
use crate::usecase::{Explained, PricesExplained};

/// The one unit, currency, component and user of the rows that are shown; `None` for all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Narrowed<'p> {
    unit: Option<&'p str>,
    /// Empty for what has no price.
    currency: Option<&'p str>,
    component: Option<&'p str>,
    user: Option<&'p str>,
}

impl<'p> Narrowed<'p> {
    pub(super) fn read(parameters: &'p Parameters) -> Self {
        Self {
            unit: parameters.exact("unit"),
            currency: parameters.exact("currency"),
            component: parameters.exact("component"),
            user: parameters.exact("user"),
        }
    }

    pub(super) fn is_any(&self) -> bool {
        *self != Self::default()
    }

    /// A charge line is of all users of a component usage.
    pub(super) fn is_of_user(&self) -> bool {
        self.user.is_some()
    }

    fn facts(&self) -> impl Iterator<Item = (&'static str, &'p str)> {
        let all = [
            ("Unit", self.unit),
            ("Currency", self.currency),
            ("Component", self.component),
            ("Username", self.user),
        ];
        all.into_iter().filter_map(|(what, value)| Some((what, value?)))
    }

    pub(super) fn draw(&self) -> Markup {
        html! {
            @for (what, value) in self.facts() {
                div { dt { (what) } dd { strong { (shown(if value.is_empty() { "(none)" } else { value })) } } }
            }
        }
    }

    /// `Only unit "hours", currency "EUR"`
    fn words(&self) -> String {
        let facts: Vec<String> =
            self.facts().map(|(what, value)| format!("{} {value:?}", what.to_lowercase())).collect();
        format!("Only {}", facts.join(", "))
    }

    /// Whether only prices tell which records are meant.
    pub(super) fn needs_prices(&self) -> bool {
        self.currency.is_some()
    }

    /// Keeps the records that a figure is of; which currency they are of, the prices say.
    pub(super) fn keep_records(&self, explained: &mut Explained, prices: Option<&PricesExplained<'_>>) {
        if !self.is_any() {
            return;
        }
        let of_currency = self.currency.map(|currency| {
            prices.map_or_else(HashSet::new, |prices| of_currency(&prices.prepared.frame, currency))
        });
        let frame = &explained.records.frame;
        let parents = &frame.parents;
        let is = |wanted: Option<&str>, value: &str| wanted.is_none_or(|wanted| wanted == value);
        let is_kept = |parent: usize| {
            let unit = &frame.measured_units[parents.measured_unit()[parent] as usize];
            let component = &frame.component_types[parents.component_type()[parent] as usize];
            let usage = (parents.billing_period()[parent], parents.uuid()[parent]);
            is(self.unit, unit)
                && is(self.component, component)
                && of_currency.as_ref().is_none_or(|known| known.contains(&usage))
        };
        let parents: Vec<bool> = (0..parents.len()).map(is_kept).collect();
        let users: Vec<bool> = frame.usernames.iter().map(|name| is(self.user, name)).collect();
        explained.keep(self.words(), &parents, &users);
    }

    /// The charge lines that a figure is of.
    pub(super) fn lines<'a>(&self, prices: &'a PricesExplained<'_>) -> Result<PriceExplanation<'a>> {
        let mut lines = prices.statement()?;
        if self.is_any() {
            lines.keep(self.words(), [self.unit, self.component, self.currency]);
        }
        Ok(lines)
    }
}

/// The component usages whose prices are of a currency, or that have none.
fn of_currency(frame: &UsageFrame, currency: &str) -> HashSet<(i32, u128)> {
    let parents = &frame.parents;
    let is_of = |parent: &usize| {
        let own = parents.currency(*parent).map_or("", |place| &*frame.currencies[place as usize]);
        own == currency
    };
    (0..parents.len())
        .filter(is_of)
        .map(|parent| (parents.billing_period()[parent], parents.uuid()[parent]))
        .collect()
}
