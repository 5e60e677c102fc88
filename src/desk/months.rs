//! The months of the book: how far each is, what it comes to, and what to do next.

use std::collections::BTreeMap;
use std::sync::Arc;

use maud::{Markup, html};

use super::asked::Asked;
use super::looked::Looked;
use super::opened::Opened;
use super::page::{Here, Page};
use super::parameters::Parameters;
use super::reply::{Problem, in_words};
use super::site::{Outcome, Visit};
use crate::book::{Closing, Evidence, Month};
use crate::error::Error;
use crate::period::{BillingPeriod, day_in_words};
use crate::text::counted;
use crate::text::visible::{shown, visible_line};
use crate::write::html::figure;

/// Months of a page that does not show all.
const MONTHS: usize = 12;

/// One month of the board.
struct Card<'a> {
    period: BillingPeriod,
    month: &'a Month,
    /// What was seen in a month that is open.
    looked: Option<Result<Arc<Looked>, Error>>,
    /// Whether it was not over when the book was told last.
    is_partial: bool,
    evidence: Evidence,
    completeness: String,
}

/// Amounts by currency, as they are read.
type Amounts = BTreeMap<String, String>;

pub(crate) fn page(visit: &Visit) -> Outcome {
    let opened = visit.open()?;
    let months = opened.months();
    let all = months.len();
    let shown = match visit.parameters.one("all") {
        None => all.min(MONTHS),
        Some("yes") => all,
        Some(other) => {
            return Err(Problem::Address(format!("The parameter \"all\" is {other:?}; expected yes.")));
        }
    };
    let day = opened.book.day()?;
    let card = |(period, month): (BillingPeriod, _)| {
        Card::new(visit, &opened, period, month, period.is_partial(day))
    };
    // One more, for the amounts of the month before the last one that is shown.
    let cards: Vec<Card<'_>> = months.into_iter().take(shown + 1).map(card).collect();
    let amounts: BTreeMap<BillingPeriod, Amounts> =
        cards.iter().map(|card| (card.period, card.amounts())).collect();
    let body = html! {
        @if all == 0 {
            p { "The book has no month yet. Add a download, and reload this page." }
        } @else {
            p.lead { "As of " (day_in_words(day)) ", the day of the book's latest delivery." } "\n"
            div.months { @for card in &cards[..shown] { (card.draw(&amounts)) } } "\n"
            @if shown < all {
                p { a href="/?all=yes" { "Show all " (all) " months" } } "\n"
            }
        }
    };
    let commands = vec![visit.command(&Asked::Months, &opened)];
    let broken =
        cards.iter().find_map(|card| card.looked.as_ref()?.as_ref().err().filter(|error| !error.is_usage()));
    let page = Page { here: Here::Months, title: "Months".to_owned(), month: None, body, commands };
    Ok(visit.draw(&opened, page).about(broken))
}

impl<'a> Card<'a> {
    fn new(
        visit: &Visit,
        opened: &Opened,
        period: BillingPeriod,
        month: &'a Month,
        is_partial: bool,
    ) -> Self {
        let look = || visit.shared.looks.look(opened, period, None, visit.watch());
        let completeness = month.completeness(&opened.book);
        Self {
            period,
            month,
            looked: month.closings.is_empty().then(look),
            is_partial,
            evidence: completeness.evidence,
            completeness: completeness.to_string(),
        }
    }

    fn closing(&self) -> Option<&Closing> {
        self.month.closings.last()
    }

    /// What a closed month was closed with, and what another one comes to now.
    fn amounts(&self) -> Amounts {
        if let Some(closing) = self.closing() {
            let totals = closing.money.iter().flat_map(|money| &money.totals);
            return totals.map(|total| (total.currency.clone(), figure::spelled(&total.amount))).collect();
        }
        let Some(Ok(looked)) = &self.looked else { return Amounts::new() };
        looked.totals.iter().map(|total| (total.currency.clone(), figure::amount(total.amount))).collect()
    }

    fn late(&self) -> u64 {
        let adjustments = self.month.late_adjustments().len() as u64;
        self.month.late_changes + self.month.component_usages_changed + adjustments
    }

    fn warnings(&self) -> usize {
        match &self.looked {
            Some(Ok(looked)) => looked.checked.verdict.open().count(),
            _ => 0,
        }
    }

    fn draw(&self, amounts: &BTreeMap<BillingPeriod, Amounts>) -> Markup {
        let id = format!("month-{}", self.period);
        let before = self.period.plus_months(-1);
        let earlier = amounts.get(&before);
        html! {
            article.month aria-labelledby=(id) {
                div.name {
                    h2 id=(id) { (self.period.in_words()) }
                    ul.badges { @for (class, text) in self.badges() { li class={ "badge " (class) } { (text) } } }
                }
                dl.amounts {
                    @for (currency, amount) in &amounts[&self.period] {
                        div {
                            dt { (shown(currency)) }
                            dd {
                                a.figure href=(self.address("/figures")) title="Show what it is made of" { (amount) }
                                @if let Some(amount) = earlier.and_then(|earlier| earlier.get(currency)) {
                                    span.before { (before.in_words()) ": " (amount) }
                                }
                            }
                        }
                    }
                    @if amounts[&self.period].is_empty() {
                        div { dt { "Amounts" } dd { (self.without_amounts()) } }
                    }
                }
                ul.facts {
                    li { (figure::count(self.month.now.records)) " records, completeness " (self.completeness) }
                    @if let Some(time) = self.month.now.time {
                        li { "Latest delivery of " (day_in_words(time.date_naive())) }
                    }
                    @if let Some(Ok(looked)) = &self.looked { (self.open_warnings(looked)) }
                    @if let Some(closing) = self.closing() { (closed(closing)) }
                }
                @let (path, text) = self.next();
                p.next { a.button href=(self.address(path)) { (text) span.hidden { " of " (self.period.in_words()) } } }
            } "\n"
        }
    }

    /// Why there is no amount.
    fn without_amounts(&self) -> Markup {
        match &self.looked {
            Some(Err(error)) => html! { span.problem { (visible_line(&in_words(error))) } },
            None => html! { "none: it was closed without prices" },
            Some(Ok(_)) => html! { "none: the settings name no price list" },
        }
    }

    fn badges(&self) -> Vec<(&'static str, String)> {
        let mut badges = Vec::new();
        match (self.closing(), self.late()) {
            (None, _) if self.is_partial => badges.push(("", "Not over".to_owned())),
            (None, _) => badges.push(("", "Open".to_owned())),
            (Some(closing), late) => {
                badges.push(("good", format!("Closed v{}", closing.version)));
                badges.extend((late > 0).then(|| ("warn", counted(late, "late change"))));
            }
        }
        match self.evidence {
            Evidence::Proved => {}
            Evidence::Disproved => badges.push(("bad", "Records are missing".to_owned())),
            Evidence::Unproved => badges.push(("warn", "Completeness not proved".to_owned())),
        }
        badges
    }

    fn open_warnings(&self, looked: &Looked) -> Markup {
        let warnings = self.warnings() as u64;
        html! {
            li {
                @if warnings == 0 {
                    "No open warning"
                } @else {
                    a href=(self.address("/warnings")) { (counted(warnings, "open warning")) }
                    (looked.checked.at_stake_text())
                }
            }
        }
    }

    /// The one thing to do next.
    fn next(&self) -> (&'static str, &'static str) {
        match (self.closing(), self.late(), self.warnings()) {
            (Some(_), 1.., _) => ("/changes", "See what changed"),
            (None, _, 1..) => ("/warnings", "Look at the warnings"),
            (None, ..) if self.is_partial => ("/figures", "See the figures so far"),
            _ => ("/figures", "See the figures"),
        }
    }

    fn address(&self, path: &str) -> String {
        Parameters::default().with("period", &self.period.to_string()).address(path)
    }
}

fn closed(closing: &Closing) -> Markup {
    html! {
        li {
            "Closed"
            @if let Some(time) = closing.time { " on " (day_in_words(time.date_naive())) }
            @if !closing.by_whom.is_empty() { " by " (shown(&closing.by_whom)) }
            @if !closing.note.is_empty() { ": " (shown(&closing.note)) }
        }
    }
}
