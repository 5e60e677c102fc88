//! A [`Pack`] as a page: one file for any browser, that fetches nothing and runs nothing but its own script.
//!
//! ```text
//! head · at a glance · amounts · unit by unit · users · summary, by project, by offering, detail · budget · late · checks · inputs · notes
//! ```

mod amounts;
mod chart;
pub(super) mod document;
pub(crate) mod figure;
pub(super) mod head;
mod headline;
pub(super) mod look;
mod plain;
mod proof;
pub(crate) mod statement;
mod table;
mod units;

use std::io::Write;

use maud::{Markup, html};

use self::document::Document;
use self::look::{Look, plural};
use self::table::Table;
use super::grid::Grid;
use crate::error::Result;
use crate::pack::Pack;
use crate::period::day_in_words;
use crate::report::Report;
use crate::text::visible::VisibleWriter;

/// Lines of the summary that stand in the page itself.
const SUMMARY_LINES: usize = 400;

/// Lines of other tables that stand in the page itself; the script has the rest.
const LINES: usize = 50;

/// How pages of figures look.
pub(crate) const STYLE: &str = include_str!("page.css");

/// Draws a pack.
pub(super) fn write(pack: &Pack, out: &mut dyn Write) -> Result<()> {
    put(&page(pack), out)
}

/// Puts a document: maud has escaped its texts, and whatever else acts in them is spelled out here.
pub(crate) fn put(document: &Markup, out: &mut dyn Write) -> Result<()> {
    let mut out = VisibleWriter::new(out);
    out.write_all(document.0.as_bytes()).and_then(|()| out.flush()).map_err(super::refused)
}

fn page(pack: &Pack) -> Markup {
    let look = Look { pack };
    let sections = sections(&look);
    let title: Vec<String> =
        [head::title(pack)].into_iter().chain(pack.letterhead.organisation.clone()).collect();
    let document = Document {
        title: &title.join(", "),
        style: STYLE,
        script: Some(include_str!("page.js")),
        can_be_dark: true,
    };
    document.page(&html! {
        a.skip href="#main" { "Skip to the figures" } "\n"
        (head::head(&look))
        nav aria-label="Sections" { ul {
            @for section in &sections { li { a href={ "#" (section.id) } { (section.title) } } }
        } } "\n"
        main #main {
            @for section in &sections {
                "\n"
                section id=(section.id) aria-labelledby={ (section.id) "-h" } {
                    h2 id={ (section.id) "-h" } { (section.title) } "\n"
                    ((section.draw)(&look))
                }
            }
        } "\n"
        footer { p {
            (head::title(pack)) ", as of " (day_in_words(pack.provenance.as_of))
            ". Made by usagebook " (pack.provenance.tool_version) "; this page needs no network."
        } } "\n"
    })
}

/// A part of the page that has a heading.
struct Section {
    id: &'static str,
    title: &'static str,
    draw: Draw,
}

type Draw = fn(&Look<'_>) -> Markup;

/// The sections that have something to say.
fn sections(look: &Look<'_>) -> Vec<Section> {
    let pack = look.pack;
    let has_rows = !pack.summary.rows.is_empty();
    let has_amounts = has_rows && pack.amounts.is_some();
    let sections: [(bool, &str, &str, Draw); 11] = [
        (true, "headline", "At a glance", headline::cards),
        (has_amounts, "amounts", "Amounts", amounts::amounts),
        (has_rows, "units", "Unit by unit", units::units),
        (has_rows && pack.users.is_some(), "users", "Top users", users),
        (has_rows, "summary", "Summary", summary),
        (pack.budget.is_some(), "budget", "Budget", budget),
        (pack.late.is_some(), "late", "Late changes", late),
        (pack.addressee.is_none(), "checks", "Checks", proof::checks),
        (!pack.faults.is_empty(), "exceptions", "Exceptions", proof::exceptions),
        (!pack.inputs.is_empty(), "inputs", "Inputs", proof::inputs),
        (true, "notes", "Notes", proof::notes),
    ];
    let told = sections.into_iter().filter(|(is_told, ..)| *is_told);
    told.map(|(_, id, title, draw)| Section { id, title, draw }).collect()
}

fn users(look: &Look<'_>) -> Markup {
    html! {
        @if let Some(report) = &look.pack.largest_users {
            @let caption = "The users of most usage in each unit, then all others".to_owned();
            (flat("top-users", caption, report, look).draw(LINES))
        }
        @if let Some(report) = &look.pack.users {
            @let caption = "Usage by user, customer and component".to_owned();
            (unfolded("All users", &flat("all-users", caption, report, look)))
        }
    }
}

/// Rows, then totals.
fn flat<'a>(id: &'static str, caption: String, report: &'a Report, look: &'a Look<'a>) -> Table<'a> {
    Table::new(id, caption, Grid::flat(report, look.medium()), look)
}

fn summary(look: &Look<'_>) -> Markup {
    let pack = look.pack;
    let blocks = |id, by: &str, grouped| {
        Table::new(id, format!("Usage by {by} and component"), Grid::blocks(grouped, look.medium()), look)
    };
    let summary = Grid::with_subtotals(&pack.summary, look.medium());
    let summary = Table::new("by-customer", "Usage by customer and component".to_owned(), summary, look);
    let by: Vec<&str> = pack.detail.by.iter().map(|dimension| dimension.name()).collect();
    let detail = format!("Usage by {}", by.join(", "));
    html! {
        (summary.draw(SUMMARY_LINES))
        (unfolded("By project", &blocks("by-project", "customer, project", &pack.projects)))
        (unfolded("By offering", &blocks("by-offering", "offering, customer", &pack.offerings)))
        (unfolded("Detail", &flat("detail", detail, &pack.detail, look)))
    }
}

/// A table that a reader unfolds.
fn unfolded(title: &str, table: &Table<'_>) -> Markup {
    let summary = format!("{title}: {}", plural(table.len(), "row", "rows"));
    plain::unfold("fold", &summary, &table.draw(LINES))
}

fn budget(look: &Look<'_>) -> Markup {
    let caption = "Usage beside budgets".to_owned();
    let report = look.pack.budget.as_ref();
    html! { @if let Some(report) = report { (flat("budgets", caption, report, look).draw(LINES)) } }
}

fn late(look: &Look<'_>) -> Markup {
    let replaced = look.pack.replaced_texts();
    let report = look.pack.late.as_ref().filter(|report| !report.rows.is_empty());
    let changed_usages = &look.pack.changed_usages;
    let (caption, lead) = match (report, replaced.is_empty()) {
        (None, true) => ("", look.pack.unchanged_text()),
        (Some(_), true) => (
            "Changes since months were closed",
            "What changed after months were closed, and is not in the closed figures.".to_owned(),
        ),
        (_, false) => ("What the next version changed", String::new()),
    };
    html! {
        @for text in &replaced { p { (text) } "\n" }
        @if !lead.is_empty() { p { (lead) } "\n" }
        @for text in changed_usages { p { (text) } "\n" }
        @if let Some(report) = report {
            (flat("late-changes", caption.to_owned(), report, look).draw(LINES))
        }
    }
}

#[cfg(test)]
mod tests;
