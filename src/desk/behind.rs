//! What is behind a figure: how its amount came about, and its records with the deliveries and files that they came from.

use maud::{Markup, html};

use super::asked::{Asked, FiguresAsked};
use super::figures::{OF_LOOKS, downloads, named};
use super::narrowed::Narrowed;
use super::opened::Opened;
use super::page::{Here, Page};
use super::parameters::{EXACT, Parameters};
use super::reply::in_words;
use super::site::{Outcome, Visit};
use super::table;
use crate::error::{Error, Result};
use crate::filter::Filter;
use crate::period::{AskedPeriod, PeriodRange};
use crate::report::{Basis, MonthState};
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
    let narrowed = Narrowed::read(&visit.parameters);
    let question = asked.question(&opened)?;
    let mut prices = prices(visit, &question);
    if narrowed.needs_prices() {
        prices = Ok(prices?);
    }
    let explained = records(visit, &opened, &asked, (narrowed, prices.as_ref().ok()))?;
    let has_prices = !matches!(prices, Err(Error::NoPrices)) && !narrowed.is_of_user();
    let is_of_usages =
        prices.as_ref().is_ok_and(|prices| prices.prepared.provenance.based.on == Basis::ComponentUsage);
    let is_of_part = asked.filters.iter().any(|(filter, _)| takes_part(*filter));
    let kept = visit.parameters.without(&OF_LOOKS);
    let body = html! {
        p { a href=(kept.without(&EXACT).with("by", "resource").address("/figures")) { "See figures by resource" } } "\n"
        (facts(&asked, narrowed, &explained))
        @if is_of_usages {
            p.note { "Figures are made of component usages, as charge lines are. The records of their users may come to more or less." } "\n"
        }
        @if has_prices {
            section aria-labelledby="arithmetic-h" {
                h2 #arithmetic-h { "How the amounts came about" }
                @if is_of_part { p.note { "Lines are whole: of all users and days of a component usage." } }
                (arithmetic(visit, narrowed, &prices))
                (downloads("arithmetic", &kept, &FORMATS))
            } "\n"
        }
        section aria-labelledby="records-h" {
            h2 #records-h { "The records, and where they came from" }
            @if asked.filters.iter().any(|(filter, _)| *filter == Filter::Username) {
                p.note { "Records of all usernames that contain this text." }
            }
            (table::statement(&explained.statement()?, ("records", "Records"), (PATH, &visit.parameters), &|_, _| None))
            (downloads("records", &kept, &FORMATS))
        } "\n"
        @if narrowed.is_any() {
            p.note { "The commands show these rows among those of all units, currencies and users." } "\n"
        }
    };
    let mut commands = vec![visit.command(&Asked::Records(&asked), &opened)];
    commands.extend(has_prices.then(|| visit.command_of(&Asked::Arithmetic(&asked), &opened, &question)));
    let title = match period {
        Some(period) => format!("Behind a figure of {}", period.in_words()),
        None => "Behind a figure of all months".to_owned(),
    };
    let wrong = prices.as_ref().err().filter(|_| has_prices);
    Ok(visit.draw(&opened, Page { here: Here::Figures, title, month, body, commands }).about(wrong))
}

/// Whether a filter takes a part of a component usage, which its amount cannot follow.
pub(super) fn takes_part(filter: Filter) -> bool {
    matches!(filter, Filter::Username | Filter::DateAfter | Filter::DateBefore)
}

/// The records of one figure; of all months of the book, if none is named.
pub(super) fn records(
    visit: &Visit,
    opened: &Opened,
    asked: &FiguresAsked,
    (narrowed, prices): (Narrowed<'_>, Option<&PricesExplained<'_>>),
) -> Result<Explained> {
    let question = ExplainQuestion {
        period: whole(opened, asked)?,
        version: asked.version.clone(),
        filters: asked.filters()?,
    };
    let mut explained = explain(&opened.book, &question, visit.watch())?;
    narrowed.keep_records(&mut explained, prices);
    Ok(explained)
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

fn arithmetic(visit: &Visit, narrowed: Narrowed<'_>, prices: &Result<PricesExplained<'_>>) -> Markup {
    let problem = |error: &Error| html! { p.problem { (visible_line(&in_words(error))) } };
    let place = (PATH, &visit.parameters);
    match prices.as_ref().map(|prices| narrowed.lines(prices)) {
        Ok(Ok(lines)) => table::statement(&lines, ("arithmetic", "Charge lines"), place, &|_, _| None),
        Ok(Err(error)) => problem(&error),
        Err(error) => problem(error),
    }
}

fn facts(asked: &FiguresAsked, narrowed: Narrowed<'_>, explained: &Explained) -> Markup {
    let provenance = &explained.records.provenance;
    let state = |MonthState { period, state }: &MonthState| format!("{period} {state}");
    html! {
        dl.facts {
            @for (filter, value) in &asked.filters {
                @let (what, name) = named(*filter, value, &explained.records.frame);
                div { dt { (what) } dd { strong { (shown(&name)) } } }
            }
            (narrowed.draw())
            @if (1..=3).contains(&provenance.states.len()) {
                div { dt { "State" } dd { (provenance.states.iter().map(state).collect::<Vec<_>>().join("; ")) } }
            }
            div { dt { "Records" } dd { (figure::count(explained.records.frame.records.len() as u64)) } }
        } "\n"
    }
}

/// With a component type: by the endpoint's filter, which does not know blanks around it, or else exactly.
pub(super) fn of_component(parameters: Parameters, component: &str) -> Parameters {
    let is_plain = !component.is_empty() && component.trim() == component;
    parameters.with(if is_plain { Filter::Type.name() } else { "component" }, component)
}
