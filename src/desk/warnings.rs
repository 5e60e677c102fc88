//! What the checks of a month noticed: what it means, what is at stake, what to do, and the records that it is about.

use maud::{Markup, html};

use super::answer;
use super::asked::{Asked, month_of};
use super::behind::of_component;
use super::figures::{OF_LOOKS, downloads};
use super::opened::Opened;
use super::page::{Here, Page};
use super::parameters::Parameters;
use super::reply::in_words;
use super::site::{Outcome, Visit};
use super::table::{self, CellOf, Link};
use crate::book::Version;
use crate::dimension::Dimension;
use crate::error::Result;
use crate::filter::Filter;
use crate::pack::{Checked, Stake};
use crate::period::BillingPeriod;
use crate::report::ColumnId;
use crate::statement::Statement as _;
use crate::text::visible::{shown, visible_line};
use crate::text::{counted, joined};
use crate::verdict::CheckResult;
use crate::write::html::figure;

const PATH: &str = "/warnings";

/// What the list can be kept as.
const FORMATS: [&str; 4] = ["xlsx", "csv", "json", "html"];

pub(crate) fn page(visit: &Visit) -> Outcome {
    let opened = visit.open()?;
    let Some(period) = month_of(&visit.parameters, &opened)? else {
        let body = html! { p { "The book has no month yet." } };
        let title = "Warnings".to_owned();
        return Ok(visit
            .draw(&opened, Page { here: Here::Warnings, title, month: None, body, commands: Vec::new() }));
    };
    let version = version(&visit.parameters)?;
    let looked = visit.shared.looks.look(&opened, period, version.as_ref(), visit.watch());
    visit.shared.looks.remember(&opened.book);
    let body = html! {
        (ask(&opened, period, version.as_ref()))
        @match &looked {
            Err(error) => p.problem role="alert" { (visible_line(&in_words(error))) },
            Ok(looked) => (checks(visit, &opened, (period, version.as_ref()), &looked.checked)),
        }
    };
    let commands = vec![visit.command(&Asked::Warnings(period, version.as_ref()), &opened)];
    let title = format!("Warnings of {}", period.in_words());
    let page = Page { here: Here::Warnings, title, month: Some(period), body, commands };
    Ok(visit.draw(&opened, page).about(looked.as_ref().err()))
}

/// The state of the month that an address names.
pub(super) fn version(parameters: &Parameters) -> Result<Option<Version>> {
    parameters.one("version").map(str::parse).transpose()
}

fn ask(opened: &Opened, period: BillingPeriod, version: Option<&Version>) -> Markup {
    let is_closed = opened.book.month(period).is_ok_and(|month| !month.closings.is_empty());
    html! {
        form.ask method="get" action=(PATH) {
            div.fields {
                label { "Month"
                    select name="period" {
                        @for (month, _) in opened.months() {
                            option value=(month) selected[month == period] { (month.in_words()) }
                        }
                    }
                }
                @if is_closed || version.is_some() {
                    label { "State"
                        select name="version" {
                            option value="" { "as closed last" }
                            option value="now" selected[version == Some(&Version::Now)] { "now" }
                        }
                    }
                }
                p.act { button.button type="submit" { "Show" } }
            }
        } "\n"
    }
}

fn checks(
    visit: &Visit,
    opened: &Opened,
    (period, version): (BillingPeriod, Option<&Version>),
    checked: &Checked,
) -> Markup {
    let open = checked.verdict.open().count() as u64;
    let mut results: Vec<(&CheckResult, &Stake)> =
        checked.verdict.checks.iter().zip(&checked.stakes).collect();
    // Open ones come first, and of them those with the most money.
    let largest = |stake: &Stake| stake.amounts.values().map(|amount| amount.magnitude()).max();
    results.sort_by_key(|(check, stake)| {
        (!check.notice.is_open(), check.notice.severity, std::cmp::Reverse(largest(stake)))
    });
    let link = |cell: &CellOf<'_>, column: ColumnId| {
        let is_name = matches!(column, ColumnId::Label(_)) || column == ColumnId::Figures;
        is_name.then(|| behind(cell, opened, (period, version))).flatten()
    };
    let place = (PATH, &visit.parameters);
    html! {
        p.lead {
            @if open == 0 { "No open warning" } @else { strong { (counted(open, "open warning")) } }
            (checked.at_stake_text()) "."
        } "\n"
        @if results.is_empty() { p { "Nothing was noticed." } "\n" }
        // An answer is for the month as it is now.
        @let is_now = version == Some(&Version::Now)
            || opened.book.month(period).is_ok_and(|month| month.closings.is_empty());
        @for (check, stake) in results {
            @let can_be_answered = is_now && check.notice.is_open();
            (result(check, stake, &html! {
                @if can_be_answered { (answer::form(visit, opened, period, check.notice.code)) }
            }))
        }
        @if !checked.worklist.is_empty() {
            section aria-labelledby="list-h" {
                h2 #list-h { "One by one" }
                (table::statement(&checked.worklist, ("rows", "What the warnings are about"), place, &link))
                (downloads("warnings", &visit.parameters.without(&OF_LOOKS), &FORMATS))
            } "\n"
        }
        @let not_checked = checked.not_checked();
        @if !not_checked.is_empty() {
            section aria-labelledby="not-h" {
                h2 #not-h { "Not checked" }
                ul.notices { @for text in &not_checked { li { (visible_line(text)) } } }
            } "\n"
        }
    }
}

fn result(check: &CheckResult, stake: &Stake, answer: &Markup) -> Markup {
    let notice = &check.notice;
    let class = match (notice.is_open(), notice.kind()) {
        (true, _) => "bad",
        (false, "Acknowledged") => "good",
        (false, _) => "quiet",
    };
    let amounts: Vec<String> = stake
        .amounts
        .iter()
        .map(|(currency, amount)| format!("{} {}", shown(currency), figure::amount(*amount)))
        .collect();
    html! {
        article.check {
            div.name {
                h2 { (notice.code.name().replace('_', " ")) }
                ul.badges {
                    li class={ "badge " (class) } { (notice.kind()) }
                    @if !amounts.is_empty() {
                        li.badge { @if stake.is_at_least { "at least " } (joined(&amounts)) " at stake" }
                    }
                }
            }
            p { (visible_line(&notice.message)) }
            p.note { (check.meaning) " " (check.action) }
            @let answers = notice.answers();
            @if !answers.is_empty() { p.note { (visible_line(&answers)) } }
            (answer)
        } "\n"
    }
}

/// The records that a line is about, and no others: no link where what it names has no uuid.
fn behind(
    cell: &CellOf<'_>,
    opened: &Opened,
    (period, version): (BillingPeriod, Option<&Version>),
) -> Option<Link> {
    let own = match cell(ColumnId::Time(Dimension::Period)) {
        Some(text) => text.parse().ok()?,
        None => period,
    };
    opened.book.month(own).ok()?;
    let mut parameters = Parameters::default().with("period", &own.to_string());
    if let Some(version) = version.filter(|_| own == period) {
        parameters = parameters.with("version", &version.to_string());
    }
    let mut is_narrow = false;
    for (dimension, filter) in
        [(Dimension::Customer, Filter::CustomerUuid), (Dimension::Resource, Filter::ResourceUuid)]
    {
        match (cell(ColumnId::Uuid(dimension)), cell(ColumnId::Label(dimension))) {
            (Some(uuid), _) => (parameters, is_narrow) = (parameters.with(filter.name(), &uuid), true),
            (None, Some(_)) => return None,
            (None, None) => {}
        }
    }
    if let Some(component) = cell(ColumnId::Label(Dimension::Component)) {
        (parameters, is_narrow) = (of_component(parameters, &component), true);
    }
    if let Some(unit) = cell(ColumnId::MeasuredUnit) {
        parameters = parameters.with("unit", &unit);
    }
    is_narrow.then(|| Link { address: parameters.address("/behind"), title: "Show the records" })
}
