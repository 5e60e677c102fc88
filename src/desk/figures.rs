//! The report: months, dimensions, filters and comparison are chosen; names narrow it, and figures lead to what is behind.

use std::borrow::Cow;

use maud::{Markup, PreEscaped, html};

use super::asked::{ALL_MONTHS, Asked, COMPARISONS, FiguresAsked};
use super::behind::{of_component, takes_part};
use super::opened::Opened;
use super::page::{Here, Page};
use super::parameters::Parameters;
use super::reply::in_words;
use super::site::{Outcome, Visit};
use super::table::{self, Link, Table, Window};
use crate::aggregate::OTHERS;
use crate::dimension::Dimension;
use crate::error::{Error, Result};
use crate::filter::Filter;
use crate::notice::Notice;
use crate::period::{AskedPeriod, BillingPeriod, Calendar, PeriodRange, day_in_words};
use crate::report::{Cell, ColumnId, Report};
use crate::text::uuid_text;
use crate::text::visible::{shown, visible_line};
use crate::usage::{Entity, UsageFrame};
use crate::usecase::{Answer, Earlier, report};
use crate::write::grid::{Grid, GridColumn, Line, LineKind};
use crate::write::headings::Medium;
use crate::write::html::figure;

const PATH: &str = "/figures";
const TABLE: &str = "figures";

/// Bytes of an address; the headers of a request have 16 KiB in all.
const ADDRESS_MAX: usize = 8_000;

/// What belongs to the looks of one page and to no question.
pub(super) const OF_LOOKS: [&str; 8] = [
    "sort",
    "figures-page",
    "records-page",
    "arithmetic-page",
    "rows-page",
    "changes-page",
    "money-page",
    "token",
];

/// What figures can be kept as.
pub(super) const FORMATS: [&str; 4] = ["xlsx", "csv", "parquet", "html"];

pub(crate) fn page(visit: &Visit) -> Outcome {
    let opened = visit.open()?;
    let asked = FiguresAsked::read(&visit.parameters, &opened)?;
    let range = asked.range(&opened)?;
    let month = range.filter(|range| range.months() == 1).map(|range| range.first());
    let (answer, without_amounts, command) = answered(visit, &asked, &opened);
    let title = match range {
        Some(range) => format!("Figures of {}", range.in_words()),
        None => "Figures of all months".to_owned(),
    };
    let drawn = match &answer {
        Ok(answer) => figures(visit, &opened, (&asked, range), answer)?,
        Err(error) => html! { p.problem role="alert" { (visible_line(&in_words(error))) } },
    };
    let body = html! {
        (ask(&visit.parameters, &asked, &opened, month))
        @if let Some(error) = &without_amounts {
            p.problem role="alert" {
                (visible_line(&in_words(error))) ". Usage is shown without amounts of open months. Choose closed months \
                alone or open months alone, or put back the prices that the months were closed with."
            } "\n"
        }
        @if let Ok(answer) = &answer { (chips(&visit.parameters, &asked, &answer.frame)) }
        (drawn)
    };
    let page = Page { here: Here::Figures, title, month, body, commands: vec![command] };
    Ok(visit.draw(&opened, page).about(answer.as_ref().err()))
}

/// The report, why it is without the amounts of open months, and its command.
fn answered(
    visit: &Visit,
    asked: &FiguresAsked,
    opened: &Opened,
) -> (Result<Answer<Report>>, Option<Error>, String) {
    let command = Asked::Figures(asked, None);
    let mut question = match asked.question(opened) {
        Ok(question) => question,
        Err(error) => return (Err(error), None, visit.command(&command, opened)),
    };
    let mut answer = report(&question, visit.watch());
    let mut without_amounts = None;
    if answer.as_ref().is_err_and(is_of_closed_prices) {
        // Usage is the same with any prices.
        (question.records.tariff, question.records.basis) = (None, None);
        without_amounts = std::mem::replace(&mut answer, report(&question, visit.watch())).err();
    }
    (answer, without_amounts, visit.command_of(&command, opened, &question))
}

/// Whether the prices of the configuration are others than those of closed months.
fn is_of_closed_prices(error: &Error) -> bool {
    matches!(error, Error::FrozenPricesDiffer { .. } | Error::FrozenBasisDiffers { .. })
}

/// What is shown can be chosen.
fn ask(
    parameters: &Parameters,
    asked: &FiguresAsked,
    opened: &Opened,
    month: Option<BillingPeriod>,
) -> Markup {
    let months: Vec<BillingPeriod> = opened.months().into_iter().map(|(period, _)| period).collect();
    let closings =
        month.and_then(|month| opened.book.month(month).ok()).map(|month| month.closings.as_slice());
    let versions: Vec<String> =
        closings.unwrap_or_default().iter().map(|one| format!("v{}", one.version)).collect();
    let version = asked.version.as_ref().map(ToString::to_string).unwrap_or_default();
    let own = opened.own().into_iter().map(Dimension::Attribute);
    let dimensions: Vec<Dimension> = Dimension::ALL.into_iter().chain(own).collect();
    let mut other_usernames: Vec<&str> = parameters.all("username").collect();
    let username = other_usernames.pop();
    let kept =
        parameters.without(&["period", "by", "compare", "top", "version", "username"]).without(&OF_LOOKS);
    html! {
        form.ask method="get" action=(PATH) {
            div.fields {
                label { "Months"
                    input name="period" list="months" size="18" autocomplete="off"
                        value=(as_is(asked.period.as_deref().unwrap_or(ALL_MONTHS))) aria-describedby="months-hint";
                }
                datalist #months {
                    @for month in &months { option value=(month) { (month.in_words()) } }
                    option value=(ALL_MONTHS) { "All months" }
                }
                label { "Compare with"
                    select name="compare" {
                        option value="" { "nothing" }
                        @for (word, words, earlier) in COMPARISONS {
                            option value=(word) selected[asked.comparison == Some(earlier)] { (words) }
                        }
                    }
                }
                @if !versions.is_empty() || asked.version.is_some() {
                    label { "State"
                        select name="version" {
                            option value="" { "as closed last" }
                            @for known in versions.iter().map(String::as_str).chain(["now"]) {
                                option value=(known) selected[version == known] { (known) }
                            }
                        }
                    }
                }
                label { "Largest rows"
                    input name="top" inputmode="numeric" size="6" placeholder="all" value=[asked.top];
                }
                label { "Username contains"
                    input name="username" size="14" autocomplete="off" value=[username.map(as_is)];
                }
            }
            fieldset {
                legend { "A row for each" }
                @for dimension in dimensions {
                    label.choice {
                        input type="checkbox" name="by" value=(dimension.name()) checked[asked.by.contains(&dimension)];
                        " " (shown(&heading(dimension)))
                    }
                }
            }
            @for (name, value) in kept.pairs() { input type="hidden" name=(name) value=(as_is(value)); }
            @for value in other_usernames { input type="hidden" name="username" value=(as_is(value)); }
            p.act {
                button.button type="submit" { "Show" }
                span.note #months-hint { "Months: 2026-10, 2026-07..2026-10, 2026-Q3, 2026 or " (ALL_MONTHS) }
            }
        } "\n"
    }
}

/// A value that a form sends as it is: what is invisible is not spelled out, and acts on nothing on the page.
fn as_is(value: &str) -> Markup {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || " -_.,:".contains(character);
    let mut text = String::with_capacity(value.len());
    for character in value.chars() {
        match is_plain(character) {
            true => text.push(character),
            false => text += &format!("&#{};", u32::from(character)),
        }
    }
    PreEscaped(text)
}

/// The words for a dimension.
fn heading(dimension: Dimension) -> Cow<'static, str> {
    match dimension {
        Dimension::Attribute(_) => ColumnId::Label(dimension).heading(),
        _ => dimension.heading().into(),
    }
}

/// The filters, each of which can be taken away.
pub(super) fn chips(parameters: &Parameters, asked: &FiguresAsked, frame: &UsageFrame) -> Markup {
    html! {
        @if !asked.filters.is_empty() {
            ul.chips aria-label="Filters" {
                @for (filter, value) in &asked.filters {
                    @let (what, name) = named(*filter, value, frame);
                    li {
                        (what) ": " strong { (shown(&name)) } " "
                        a href=(parameters.without_value(filter.name(), value).without(&OF_LOOKS).address(PATH)) {
                            "Remove" span.hidden { " the filter " (what) " " (shown(&name)) }
                        }
                    }
                }
            } "\n"
        }
    }
}

/// What a filter is about, and the name of what it names.
pub(super) fn named(filter: Filter, value: &str, frame: &UsageFrame) -> (String, String) {
    let name = |entities: &[Entity]| {
        let plain = value.replace('-', "").to_lowercase();
        let found = entities.iter().find(|entity| uuid_text(entity.uuid) == plain);
        found.map_or_else(|| value.to_owned(), |entity| entity.name.to_string())
    };
    let (what, name) = match filter {
        Filter::CustomerUuid => ("Customer", name(&frame.customers)),
        Filter::ProjectUuid => ("Project", name(&frame.projects)),
        Filter::OfferingUuid => ("Offering", name(&frame.offerings)),
        Filter::ResourceUuid => ("Resource", name(&frame.resources)),
        Filter::Type => ("Component", value.to_owned()),
        Filter::Username => ("Username contains", value.to_owned()),
        other => return (other.name().replace('_', " "), value.to_owned()),
    };
    (what.to_owned(), name)
}

fn figures(
    visit: &Visit,
    opened: &Opened,
    (asked, range): (&FiguresAsked, Option<PeriodRange>),
    answer: &Answer<Report>,
) -> Result<Markup> {
    let (report, parameters) = (&answer.result, &visit.parameters);
    let mut grid = Grid::flat(report, Medium::Page(&opened.configuration.letterhead)).without_blank_columns();
    table::sort(&mut grid, &report.columns, parameters)?;
    let window = Window::new(TABLE, parameters, grid.lines.len());
    let leads = Leads { parameters, asked, report, range, calendar: opened.calendar()? };
    let link = |line: Line, column: &GridColumn| leads.link(&grid, line, column);
    let caption = format!("Usage by {}", asked.by.iter().map(|by| by.name()).collect::<Vec<_>>().join(", "));
    let table = Table { id: TABLE, caption: &caption, link: &link, sorting: Some((PATH, parameters)) };
    Ok(html! {
        (facts(report))
        @if report.rows.is_empty() {
            p { "No record passes." }
        } @else {
            (table.draw(&grid, window.range.clone()))
            (window.draw(TABLE, PATH, parameters, grid.lines.len()))
        }
        (downloads("figures", &parameters.without(&OF_LOOKS), &FORMATS))
        (notices(&report.provenance.notices))
    })
}

/// What the figures are of.
fn facts(report: &Report) -> Markup {
    let provenance = &report.provenance;
    let states: Vec<String> =
        provenance.states.iter().map(|state| format!("{} {}", state.period, state.state)).collect();
    html! {
        dl.facts {
            div { dt { "As of" } dd { (day_in_words(provenance.as_of)) } }
            @if (1..=3).contains(&states.len()) { div { dt { "State" } dd { (states.join("; ")) } } }
            div { dt { "Made of" } dd { (provenance.based.on) } }
            div { dt { "Records used" } dd { (figure::count(provenance.accounting.kept)) } }
            @if let Some(pricing) = &provenance.pricing {
                div { dt { "Prices" } dd { (shown(pricing.price_list.name())) } }
                @for total in &pricing.totals {
                    div { dt { "Total " (shown(&total.currency)) } dd { strong { (figure::amount(total.amount)) } } }
                }
            }
        } "\n"
    }
}

/// Leads to files that keep what is shown; their addresses are permanent.
pub(super) fn downloads(name: &str, parameters: &Parameters, formats: &[&str]) -> Markup {
    html! {
        p.downloads {
            "Download as "
            @for format in formats {
                a href=(parameters.address(&format!("/download/{name}.{format}"))) { (format) } " "
            }
        } "\n"
    }
}

pub(super) fn notices(notices: &[Notice]) -> Markup {
    html! {
        @if !notices.is_empty() {
            section.notes aria-labelledby="notices" {
                h2 #notices { "Warnings and notes" }
                ul.notices {
                    @for notice in notices {
                        @let class = if notice.is_open() { "warning" } else { "note" };
                        @let message = format!("{} {}", notice.message, notice.answers());
                        li class=(class) { strong { (notice.kind()) } " " (visible_line(message.trim_end())) }
                    }
                }
            } "\n"
        }
    }
}

/// Where names and figures of a report lead.
struct Leads<'a> {
    parameters: &'a Parameters,
    asked: &'a FiguresAsked,
    report: &'a Report,
    /// The months that are asked for; `None` for all.
    range: Option<PeriodRange>,
    calendar: Calendar,
}

impl Leads<'_> {
    /// No link where its address would be longer than a request may be.
    fn link(&self, grid: &Grid<'_>, line: Line, column: &GridColumn) -> Option<Link> {
        self.of(grid, line, column).filter(|link| link.address.len() <= ADDRESS_MAX)
    }

    fn of(&self, grid: &Grid<'_>, line: Line, column: &GridColumn) -> Option<Link> {
        if let Some(dimension) = column.id.dimension().filter(|_| column.id.is_label()) {
            let (filter, value) = self.filter(grid.row(line)?, dimension)?;
            let narrowed = self.parameters.without(&OF_LOOKS).with(filter.name(), &value);
            let is_asked = self.asked.filters.iter().any(|(known, text)| *known == filter && *text == value);
            let link = Link { address: narrowed.address(PATH), title: "Show this alone" };
            return (!is_asked).then_some(link);
        }
        let behind = match column.id {
            ColumnId::Usage | ColumnId::Records => self.behind(grid, line),
            ColumnId::Amount => self.behind(grid, line).filter(|_| !self.is_part(line)),
            ColumnId::UsageBefore => self.before(self.behind(grid, line)?),
            ColumnId::AmountBefore => self.before(self.behind(grid, line)?).filter(|_| !self.is_part(line)),
            _ => None,
        };
        Some(Link { address: behind?.address("/behind"), title: "Show what is behind this figure" })
    }

    /// Whether an amount is a part of charge lines, which are whole.
    fn is_part(&self, line: Line) -> bool {
        let is_of_users = line.kind == LineKind::Row && self.asked.by.contains(&Dimension::User);
        is_of_users || self.asked.filters.iter().any(|(filter, _)| takes_part(*filter))
    }

    /// Exactly the records of a row, or of a total; `None` where that cannot be said.
    fn behind(&self, grid: &Grid<'_>, line: Line) -> Option<Parameters> {
        if !matches!(line.kind, LineKind::Row | LineKind::Total)
            || !matches!(grid.cell(line, ColumnId::ChargeDescription), Cell::Empty)
        {
            return None;
        }
        let row = grid.row(line);
        let mut range = self.range;
        let mut behind = self.parameters.without(&["by", "compare", "top"]).without(&OF_LOOKS);
        for dimension in &self.asked.by {
            match (dimension.is_time(), row) {
                (true, _) => match grid.cell(line, ColumnId::Time(*dimension)) {
                    Cell::Text(text) => range = Some(self.within(text)?),
                    _ if row.is_some() => return None,
                    _ => {}
                },
                (false, Some(row)) => behind = self.narrowed(behind, row, *dimension)?,
                (false, None) => {}
            }
        }
        match grid.cell(line, ColumnId::MeasuredUnit) {
            Cell::Text(unit) => behind = behind.with("unit", unit),
            _ if row.is_some() => return None,
            _ => {}
        }
        if self.report.provenance.pricing.is_some() {
            match grid.cell(line, ColumnId::Currency) {
                Cell::Text(currency) => behind = behind.with("currency", currency),
                _ if row.is_some() => behind = behind.with("currency", ""),
                _ => {}
            }
        }
        Some(behind.with("period", &range.map_or_else(|| ALL_MONTHS.to_owned(), |range| range.to_string())))
    }

    /// The months of a stretch of time that are asked for.
    fn within(&self, stretch: &str) -> Option<PeriodRange> {
        let own = stretch.parse::<AskedPeriod>().ok()?.seen(self.calendar);
        match self.range {
            Some(range) => PeriodRange::new(own.first().max(range.first()), own.last().min(range.last())),
            None => Some(own),
        }
    }

    /// With what a row has in one dimension.
    fn narrowed(&self, behind: Parameters, row: usize, dimension: Dimension) -> Option<Parameters> {
        match dimension {
            Dimension::Component => Some(of_component(behind, &self.label(row, dimension)?)),
            Dimension::User => Some(behind.with("user", &self.label(row, dimension)?)),
            _ => {
                let (filter, value) = self.filter(row, dimension)?;
                Some(behind.with(filter.name(), &value))
            }
        }
    }

    /// The same of the month that one month is compared with.
    fn before(&self, behind: Parameters) -> Option<Parameters> {
        let months = match self.asked.comparison? {
            Earlier::PreviousMonth => -1,
            Earlier::PreviousYear => -12,
            Earlier::LikeForLike => return None,
        };
        let month: BillingPeriod = behind.one("period")?.parse().ok()?;
        let earlier = PeriodRange::month(month).plus_months(months).first();
        Some(behind.without(&["version"]).with("period", &earlier.to_string()))
    }

    /// The filter that only the records of a row pass, by one dimension. There is none of a username, which others may
    /// contain, and of a component type with blanks around it.
    fn filter(&self, row: usize, dimension: Dimension) -> Option<(Filter, String)> {
        let filter = match dimension {
            Dimension::Customer => Filter::CustomerUuid,
            Dimension::Project => Filter::ProjectUuid,
            Dimension::Offering => Filter::OfferingUuid,
            Dimension::Resource => Filter::ResourceUuid,
            Dimension::Component => {
                let name = self.label(row, dimension)?;
                let is_plain = !name.is_empty() && name.trim() == name;
                return is_plain.then_some((Filter::Type, name));
            }
            _ => return None,
        };
        Some((filter, self.text(row, ColumnId::Uuid(dimension))?))
    }

    /// A text that names one thing and not the others together.
    fn label(&self, row: usize, dimension: Dimension) -> Option<String> {
        let text = self.text(row, ColumnId::Label(dimension))?;
        (self.asked.top.is_none() || text != OTHERS).then_some(text)
    }

    fn text(&self, row: usize, column: ColumnId) -> Option<String> {
        let at = self.report.column(column)?;
        match self.report.rows.cells().get(row, at) {
            Cell::Text(text) => Some(text.to_owned()),
            _ => None,
        }
    }
}
