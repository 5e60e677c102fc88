//! What became of a month between two of its states, in money and record by record.

use maud::{Markup, html};

use super::asked::{Asked, month_of};
use super::figures::{OF_LOOKS, downloads, notices};
use super::opened::Opened;
use super::page::{Here, Page};
use super::reply::in_words;
use super::site::{Outcome, Visit};
use super::table;
use crate::book::{Book, Month, Version, time_text};
use crate::error::{Error, Result};
use crate::period::BillingPeriod;
use crate::text::visible::{shown, visible_line};
use crate::usecase::{AmountChanges, DiffQuestion, diff, diff_amounts};

const PATH: &str = "/changes";

/// What rows can be kept as.
const FORMATS: [&str; 4] = ["xlsx", "csv", "json", "html"];

pub(crate) fn page(visit: &Visit) -> Outcome {
    let opened = visit.open()?;
    let Some(period) = month_of(&visit.parameters, &opened)? else {
        let body = html! { p { "The book has no month yet." } };
        let title = "Changes".to_owned();
        return Ok(
            visit.draw(&opened, Page { here: Here::Changes, title, month: None, body, commands: Vec::new() })
        );
    };
    let question = question(visit, period)?;
    let month = opened.book.month(period)?;
    let has_from = question.from.is_some() || !month.closings.is_empty();
    let mut commands = Vec::new();
    let (drawn, wrong) = match has_from {
        true => compared(visit, &opened, &question, &mut commands),
        false => {
            let text =
                " was not closed yet. Choose a delivery as the earlier state, to see what came after it.";
            (html! { p { (period.in_words()) (text) } }, None)
        }
    };
    let body = html! { (ask(visit, &opened.book, period, month, &question)) (drawn) };
    let title = format!("Changes in {}", period.in_words());
    let page = Page { here: Here::Changes, title, month: Some(period), body, commands };
    Ok(visit.draw(&opened, page).about(wrong.as_ref()))
}

/// The states that an address names.
pub(super) fn question(visit: &Visit, month: BillingPeriod) -> Result<DiffQuestion> {
    let version = |name| visit.parameters.one(name).map(str::parse).transpose();
    Ok(DiffQuestion { month, from: version("from")?, to: version("to")?.unwrap_or(Version::Now) })
}

/// The same with prices.
pub(super) fn money(visit: &Visit, opened: &Opened, question: &DiffQuestion) -> Result<AmountChanges> {
    diff_amounts(&opened.book, question, opened.tariff.as_ref(), visit.watch())
}

/// Which states are compared can be chosen.
fn ask(visit: &Visit, book: &Book, period: BillingPeriod, month: &Month, question: &DiffQuestion) -> Markup {
    let mut states: Vec<(String, String)> = Vec::new();
    states.extend(
        month.closings.iter().rev().map(|one| (format!("v{}", one.version), format!("v{}", one.version))),
    );
    states.extend(book.deliveries().iter().rev().filter_map(|delivery| {
        let is_of_month = month.slices.iter().any(|slice| slice.delivery == delivery.id);
        let id = delivery.id.to_string();
        is_of_month.then(|| (id.clone(), format!("delivery {id} of {}", time_text(delivery.time))))
    }));
    let chosen = |version: Option<&Version>| version.map(ToString::to_string).unwrap_or_default();
    let (from, to) = (chosen(question.from.as_ref()), chosen(Some(&question.to)));
    let months: Vec<_> = book.months().map(|(period, _)| period).collect();
    html! {
        form.ask method="get" action=(PATH) {
            div.fields {
                label { "Month"
                    select name="period" {
                        @for month in months.into_iter().rev() {
                            option value=(month) selected[month == period] { (month.in_words()) }
                        }
                    }
                }
                label { "From"
                    select name="from" {
                        option value="" { "the latest closed version" }
                        @for (value, text) in &states { option value=(value) selected[*value == from] { (shown(text)) } }
                    }
                }
                label { "To"
                    select name="to" {
                        option value="now" { "now" }
                        @for (value, text) in &states { option value=(value) selected[*value == to] { (shown(text)) } }
                    }
                }
            }
            p.act { button.button type="submit" { "Compare" } }
        } "\n"
        @if visit.parameters.one("from").is_some_and(|known| !states.iter().any(|(value, _)| value == known)) {
            p.note { "The earlier state is not one of this month." } "\n"
        }
    }
}

/// What differs, and what is wrong, if anything is.
fn compared(
    visit: &Visit,
    opened: &Opened,
    question: &DiffQuestion,
    commands: &mut Vec<String>,
) -> (Markup, Option<Error>) {
    let changes = match diff(&opened.book, question, visit.watch()) {
        Ok(changes) => changes,
        Err(error) => {
            return (html! { p.problem role="alert" { (visible_line(&in_words(&error))) } }, Some(error));
        }
    };
    let statement = changes.statement();
    let mut command = |is_money| {
        let (from, to) = (question.from.as_ref(), &question.to);
        commands.push(visit.command(&Asked::Changes { period: question.month, from, to, is_money }, opened));
    };
    command(false);
    let money = money(visit, opened, question);
    let has_prices = !matches!(money, Err(Error::NoPrices));
    if has_prices {
        command(true);
    }
    let (kept, place) = (visit.parameters.without(&OF_LOOKS), (PATH, &visit.parameters));
    let drawn = html! {
        ul.states { @for line in statement.caption.title.iter().skip(1) { li { (shown(line)) } } } "\n"
        @if has_prices {
            section aria-labelledby="money-h" {
                h2 #money-h { "In money" }
                @match &money {
                    Err(error) => p.problem { (visible_line(&in_words(error))) },
                    Ok(changes) => {
                        (table::statement(&changes.statement, ("money", "Amounts that differ"), place, &|_, _| None))
                        (downloads("amounts", &kept, &FORMATS))
                        (notices(&changes.notices))
                    },
                }
            } "\n"
        }
        section aria-labelledby="changes-h" {
            h2 #changes-h { "Record by record" }
            (table::statement(&statement, ("changes", "Changes"), place, &|_, _| None))
            (downloads("changes", &kept, &FORMATS))
        } "\n"
    };
    (drawn, money.err().filter(|_| has_prices))
}
