//! What is behind a figure: how its amount came about, and its records with the deliveries and files that they came from.

use maud::{Markup, html};

use super::asked::{Asked, FiguresAsked};
use super::figures::{OF_LOOKS, downloads, named};
use super::opened::Opened;
use super::page::{Here, Page};
use super::reply::in_words;
use super::site::{Outcome, Visit};
use super::table;
use crate::error::{Error, Result};
use crate::period::{AskedPeriod, PeriodRange};
use crate::report::{ColumnId, MonthState};
use crate::text::visible::{shown, visible_line};
use crate::usecase::{ExplainQuestion, Explained, PricesExplained, ReportQuestion, explain, explain_prices};
use crate::write::html::figure;

const PATH: &str = "/behind";

/// What rows can be kept as.
const FORMATS: [&str; 4] = ["xlsx", "csv", "json", "html"];

pub(crate) fn page(visit: &Visit) -> Outcome {
    let opened = visit.open()?;
    let asked = FiguresAsked::read(&visit.parameters, &opened)?;
    let period = asked.range(&opened)?;
    let month = period.filter(|range| range.months() == 1).map(|range| range.first());
    let explained = records(visit, &opened, &asked)?;
    let question = asked.question(&opened)?;
    let prices = prices(visit, &question);
    let has_prices = !matches!(prices, Err(Error::NoPrices));
    let kept = visit.parameters.without(&OF_LOOKS);
    let body = html! {
        p { a href=(kept.with("by", "resource").address("/figures")) { "See these figures by resource" } } "\n"
        (facts(&asked, &explained))
        @if has_prices {
            section aria-labelledby="arithmetic-h" {
                h2 #arithmetic-h { "How the amounts came about" }
                (arithmetic(visit, prices))
                (downloads("arithmetic", &kept, &FORMATS))
            } "\n"
        }
        section aria-labelledby="records-h" {
            h2 #records-h { "The records, and where they came from" }
            @if asked.filters.iter().any(|(filter, _)| *filter == crate::filter::Filter::Username) {
                p.note { "Records of all usernames that contain this text." }
            }
            (table::statement(&explained.statement()?, ("records", "Records"), (PATH, &visit.parameters), &|_, _| None))
            (downloads("records", &kept, &FORMATS))
        } "\n"
    };
    let mut commands = vec![visit.command(&Asked::Records(&asked), &opened)];
    commands.extend(has_prices.then(|| visit.command(&Asked::Arithmetic(&asked), &opened)));
    let title = match period {
        Some(period) => format!("Behind a figure of {}", period.in_words()),
        None => "Behind a figure of all months".to_owned(),
    };
    Ok(visit.draw(&opened, Page { here: Here::Figures, title, month, body, commands }))
}

/// The records; of all months of the book, if none is named.
pub(super) fn records(visit: &Visit, opened: &Opened, asked: &FiguresAsked) -> Result<Explained> {
    let question = ExplainQuestion {
        period: whole(opened, asked)?,
        version: asked.version.clone(),
        filters: asked.filters()?,
    };
    explain(&opened.book, &question, visit.watch())
}

/// The months that are named, else all of the book.
pub(super) fn whole(opened: &Opened, asked: &FiguresAsked) -> Result<AskedPeriod> {
    if let Some(period) = asked.asked_period()? {
        return Ok(period);
    }
    let mut months = opened.book.months().map(|(period, _)| period);
    let first = months.next();
    let range = first.and_then(|first| PeriodRange::new(first, months.last().unwrap_or(first)));
    range.map(AskedPeriod::Months).ok_or_else(|| Error::BadParameter {
        parameter: "period",
        value: "all".to_owned(),
        expected: "a month; the book has none yet".to_owned(),
    })
}

/// How the amounts came about.
pub(super) fn prices<'q>(visit: &Visit, question: &ReportQuestion<'q>) -> Result<PricesExplained<'q>> {
    explain_prices(question, visit.watch())
}

fn arithmetic(visit: &Visit, prices: Result<PricesExplained<'_>>) -> Markup {
    let drawn = prices.and_then(|explained| {
        let statement = explained.statement()?;
        let place = (PATH, &visit.parameters);
        Ok(table::statement(&statement, ("arithmetic", "Charge lines"), place, &|_, _| None))
    });
    drawn.unwrap_or_else(|error| html! { p.problem { (visible_line(&in_words(&error))) } })
}

fn facts(asked: &FiguresAsked, explained: &Explained) -> Markup {
    let provenance = &explained.records.provenance;
    let state = |MonthState { period, state }: &MonthState| format!("{period} {state}");
    html! {
        dl.facts {
            @for (filter, value) in &asked.filters {
                @let (what, name) = named(*filter, value, &explained.records.frame);
                div { dt { (what) } dd { strong { (shown(&name)) } } }
            }
            @if (1..=3).contains(&provenance.states.len()) {
                div { dt { "State" } dd { (provenance.states.iter().map(state).collect::<Vec<_>>().join("; ")) } }
            }
            div { dt { "Records" } dd { (figure::count(explained.records.frame.records.len() as u64)) } }
        } "\n"
    }
}

/// The filters that only one thing passes, by the columns of a row that name it.
pub(super) const KEYS: [(ColumnId, &str); 3] = [
    (ColumnId::Uuid(crate::dimension::Dimension::Customer), "customer_uuid"),
    (ColumnId::Uuid(crate::dimension::Dimension::Resource), "resource_uuid"),
    (ColumnId::Label(crate::dimension::Dimension::Component), "type"),
];
