//! A [`Pack`] as a page: one file for any browser, that fetches nothing and runs nothing but its own script.
//!
//! ```text
//! head · at a glance · unit by unit · users · summary, by project, by offering, detail · budget · late · checks · inputs · notes
//! ```

mod chart;
mod figure;
pub(super) mod head;
mod headline;
pub(super) mod look;
pub(super) mod markup;
mod plain;
mod proof;
mod table;
mod units;

use std::io::Write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::{Digest, Sha256};

use self::look::{Look, plural};
use self::markup::Markup;
use self::table::Table;
use crate::error::Result;
use crate::pack::Pack;

/// Lines of the summary that stand in the page itself.
const SUMMARY_LINES: usize = 400;

/// Lines of other tables that stand in the page itself; the script has the rest.
const LINES: usize = 50;

/// Draws a pack.
pub(super) fn write(pack: &Pack, out: &mut dyn Write) -> Result<()> {
    out.write_all(page(pack).as_str().as_bytes()).map_err(super::refused)
}

fn page(pack: &Pack) -> Markup {
    let look = Look::new(pack);
    let sections = sections(&look);
    let mut out = Markup::default();
    open(&mut out, pack);
    out.raw("<body>\n<a class=\"skip\" href=\"#main\">Skip to the figures</a>\n");
    head::head(&mut out, &look);
    out.raw("<nav aria-label=\"Sections\"><ul>");
    for section in &sections {
        out.raw("<li><a href=\"#").raw(section.id).raw("\">").text(section.title).raw("</a>");
    }
    out.raw("</ul></nav>\n<main id=\"main\">\n");
    for section in &sections {
        out.raw("<section id=\"")
            .raw(section.id)
            .raw("\" aria-labelledby=\"")
            .raw(section.id)
            .raw("-h\"><h2 id=\"");
        out.raw(section.id).raw("-h\">").text(section.title).raw("</h2>\n");
        (section.draw)(&mut out, &look);
        out.raw("</section>\n");
    }
    out.raw("</main>\n<footer><p>");
    out.text(&format!("{}, as of {}. ", head::title(pack), pack.provenance.as_of));
    out.text(&format!("Made by usagebook {}; the page fetches nothing.", pack.provenance.tool_version));
    out.raw("</p></footer>\n<script>").raw(&script()).raw("</script>\n</body>\n</html>\n");
    out
}

/// The document's head. What may run and how it looks is told by hashes, so that nothing from the data can.
fn open(out: &mut Markup, pack: &Pack) {
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; img-src data:; base-uri 'none'; form-action 'none'",
        hash(&style()),
        hash(&script())
    );
    let organisation = pack.letterhead.organisation.as_deref();
    let title = head::title(pack);
    let title = organisation.map_or_else(|| title.clone(), |name| format!("{title}, {name}"));
    out.raw("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    out.raw("<meta http-equiv=\"Content-Security-Policy\" content=\"").raw(&policy).raw("\">\n");
    out.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    out.raw("<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n");
    out.raw("<link rel=\"icon\" href=\"data:,\">\n").element("title", &title).raw("\n<style>").raw(&style());
    out.raw("</style>\n</head>\n");
}

/// As browsers read it, whatever a checkout made of the ends of lines: the hash has to be of that.
fn style() -> String {
    include_str!("page.css").replace('\r', "")
}

fn script() -> String {
    include_str!("page.js").replace('\r', "")
}

fn hash(text: &str) -> String {
    BASE64.encode(Sha256::digest(text))
}

/// A part of the page that has a heading.
struct Section {
    id: &'static str,
    title: &'static str,
    draw: Draw,
}

type Draw = fn(&mut Markup, &Look<'_>);

/// The sections that have something to say.
fn sections(look: &Look<'_>) -> Vec<Section> {
    let pack = look.pack;
    let has_rows = !pack.summary.rows.is_empty();
    let sections: [(bool, &str, &str, Draw); 10] = [
        (true, "headline", "At a glance", headline::cards),
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

fn users(out: &mut Markup, look: &Look<'_>) {
    if let Some(report) = &look.pack.largest_users {
        let caption = "The users of most usage in each unit, then all others".to_owned();
        Table::flat("top-users", caption, report, look).draw(out, LINES);
    }
    if let Some(report) = &look.pack.users {
        let caption = "Usage by user, customer and component".to_owned();
        unfolded(out, "All users", &Table::flat("all-users", caption, report, look));
    }
}

fn summary(out: &mut Markup, look: &Look<'_>) {
    let pack = look.pack;
    let caption = "Usage by customer and component".to_owned();
    Table::with_subtotals("by-customer", caption, &pack.summary, look).draw(out, SUMMARY_LINES);
    let caption = "Usage by customer, project and component".to_owned();
    unfolded(out, "By project", &Table::blocks("by-project", caption, &pack.projects, look));
    let caption = "Usage by offering, customer and component".to_owned();
    unfolded(out, "By offering", &Table::blocks("by-offering", caption, &pack.offerings, look));
    let by: Vec<&str> = pack.detail.by.iter().map(|dimension| dimension.name()).collect();
    let caption = format!("Usage by {}", by.join(", "));
    unfolded(out, "Detail", &Table::flat("detail", caption, &pack.detail, look));
}

/// A table that a reader unfolds.
fn unfolded(out: &mut Markup, title: &str, table: &Table<'_>) {
    plain::unfold(out, "fold", &format!("{title}: {}", plural(table.len(), "row", "rows")));
    table.draw(out, LINES);
    out.raw("</details>\n");
}

fn budget(out: &mut Markup, look: &Look<'_>) {
    if let Some(report) = &look.pack.budget {
        let caption = "Usage beside budgets".to_owned();
        Table::flat("budgets", caption, report, look).draw(out, LINES);
    }
}

fn late(out: &mut Markup, look: &Look<'_>) {
    let replaced = look.pack.replaced_texts();
    for text in &replaced {
        out.element("p", text).raw("\n");
    }
    let Some(report) = look.pack.late.as_ref().filter(|report| !report.rows.is_empty()) else {
        if replaced.is_empty() {
            out.raw("<p>Nothing changed since months were closed, or no month is closed.</p>\n");
        }
        return;
    };
    let caption = match replaced.is_empty() {
        true => {
            out.raw("<p>What changed after months were closed, and is not in the closed figures.</p>\n");
            "Changes since months were closed"
        }
        false => "What the next version changed",
    };
    Table::flat("late-changes", caption.to_owned(), report, look).draw(out, LINES);
}

#[cfg(test)]
mod tests;
