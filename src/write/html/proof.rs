//! Why the figures can be believed: the tie-out, where every record went, what was noticed, what was read.

use super::figure;
use super::look::{Look, plural};
use super::markup::Markup;
use super::plain::{self, Entry};
use crate::notice::Severity;
use crate::pack::{MoneyTie, Pack, Tie};
use crate::text::visible::shown;

/// As many as a person reads; the file of `--rejects` has all.
const EXCEPTIONS_MAX: usize = 200;

const INPUTS_MAX: usize = 500;

const TIES_MAX: usize = 200;

pub fn checks(out: &mut Markup, look: &Look<'_>) {
    let pack = look.pack;
    notices(out, pack);
    ties(out, look);
    amounts(out, look);
    let accounting = pack.provenance.accounting;
    let lines = [
        ("Read", accounting.read),
        ("\u{2212} replaced by newer versions", accounting.older_versions),
        ("\u{2212} repeated", accounting.exact_repeats),
        ("\u{2212} rejected", accounting.rejected),
        ("\u{2212} not asked for (other months or filters)", accounting.filtered_out),
        ("= used", accounting.kept),
    ];
    let row = |(label, count): (&str, u64)| {
        let verdict = match label {
            "= used" => Entry::Verdict(accounting.is_balanced()),
            _ => Entry::Text(String::new()),
        };
        vec![Entry::Text(label.to_owned()), Entry::Figure(figure::count(count)), verdict]
    };
    plain::table(out, "Where the records went", &["Records", "Count#", "Check"], &lines.map(row));
}

/// That every table comes to the total, unit by unit.
fn ties(out: &mut Markup, look: &Look<'_>) {
    let ties = &look.pack.ties;
    let row = |tie: &Tie| {
        let parts = [tie.total, tie.detail, tie.summary, tie.projects, tie.offerings];
        let figures = parts.map(|part| Entry::Figure(look.usage(part.usage)));
        let records = Entry::Figure(figure::count(tie.total.records));
        let unit = Entry::Text(shown(&tie.measured_unit).into_owned());
        [unit, Entry::Verdict(tie.is_tied())].into_iter().chain(figures).chain([records]).collect()
    };
    // What does not agree comes first, and is never left out for what does.
    let (wrong, right): (Vec<&Tie>, Vec<&Tie>) = ties.iter().partition(|tie| !tie.is_tied());
    let rows: Vec<Vec<Entry>> = wrong.into_iter().chain(right).take(TIES_MAX).map(row).collect();
    let headings =
        ["Unit", "Check", "Total#", "Detail#", "Summary#", "By project#", "By offering#", "Records#"];
    plain::table(out, "Every table comes to the total of its unit", &headings, &rows);
    if ties.len() > TIES_MAX {
        let more = plural(ties.len() - TIES_MAX, "more unit", "more units");
        out.element(
            "p class=\"note\"",
            &format!("And {more}, as the sheet Checks of the workbook has them."),
        );
    }
}

/// That every table comes to one amount in every currency, and what rounding did to it.
fn amounts(out: &mut Markup, look: &Look<'_>) {
    let Some(pricing) = &look.pack.provenance.pricing else { return };
    let row = |tie: &MoneyTie| {
        let parts = [tie.total, tie.detail, tie.summary, tie.projects, tie.offerings];
        let figures = parts.map(|part| Entry::Figure(figure::amount(part)));
        let currency = Entry::Text(shown(&tie.currency).into_owned());
        [currency, Entry::Verdict(tie.is_tied())].into_iter().chain(figures).collect()
    };
    let rows: Vec<Vec<Entry>> = look.pack.money_ties.iter().map(row).collect();
    let headings = ["Currency", "Check", "Total#", "Detail#", "Summary#", "By project#", "By offering#"];
    plain::table(out, "Every table comes to the amount of its currency", &headings, &rows);
    for total in &pricing.totals {
        let Some(difference) = &total.rounding_difference else { continue };
        let difference = figure::spelled(difference);
        let text = format!(
            "Rounding difference {} {difference}: rounded {}.",
            total.currency,
            pricing.rounding_of(&total.currency)
        );
        out.element("p class=\"note\"", &text).raw("\n");
    }
}

/// What the checks found, the most important first, and what could not be checked.
fn notices(out: &mut Markup, pack: &Pack) {
    out.raw("<h3 id=\"warnings\">Warnings and notes</h3>\n");
    let notices = pack.notices();
    if notices.is_empty() {
        out.raw("<p>Nothing was noticed.</p>\n");
    } else {
        out.raw(
            "<p>Warnings may make the figures wrong; notes are worth knowing.</p>\n<ul class=\"notices\">\n",
        );
    }
    for (notice, stake) in &notices {
        let (class, kind) = match notice.severity {
            Severity::Warning => ("warning", "Warning"),
            Severity::Note => ("note", "Note"),
        };
        out.raw("<li class=\"").raw(class).raw("\">").element("strong", kind).raw(" ");
        out.text(format!("{} {stake}", notice.message).trim_end()).raw("</li>\n");
    }
    if !notices.is_empty() {
        out.raw("</ul>\n");
    }
    let not_checked = pack.not_checked();
    if !not_checked.is_empty() {
        out.raw("<h3 id=\"not-checked\">Not checked</h3>\n<ul class=\"notices\">\n");
        for text in not_checked {
            out.raw("<li>").text(&text).raw("</li>\n");
        }
        out.raw("</ul>\n");
    }
}

/// Records and files that could not be used.
pub fn exceptions(out: &mut Markup, look: &Look<'_>) {
    let faults = &look.pack.faults;
    let text = |text: &str| Entry::Text(shown(text).into_owned());
    let place = |place: Option<u64>| Entry::Figure(place.map(figure::count).unwrap_or_default());
    let row = |fault: &crate::fault::Fault| {
        let reason = fault.reason.code().replace('_', " ");
        let field = Entry::Text(fault.field.unwrap_or_default().to_owned());
        vec![
            text(&fault.file),
            place(fault.record),
            place(fault.offset),
            field,
            text(&fault.value),
            text(&fault.expected),
            text(&reason),
        ]
    };
    let rows: Vec<Vec<Entry>> = faults.first().iter().take(EXCEPTIONS_MAX).map(row).collect();
    let headings = ["File", "Record#", "Byte#", "Field", "Found", "Expected", "Reason"];
    plain::table(out, "Rejected, and in no figure", &headings, &rows);
    if faults.count() > rows.len() as u64 {
        let more = plural(faults.count() as usize - rows.len(), "more stands", "more stand");
        out.element("p class=\"note\"", &format!("{more} in the file of rejected records."));
    }
}

/// What was read.
pub fn inputs(out: &mut Markup, look: &Look<'_>) {
    let inputs = &look.pack.inputs;
    let row = |file: &crate::ingest::InputFile| {
        vec![
            Entry::Text(shown(&file.path).into_owned()),
            Entry::Figure(figure::count(file.bytes)),
            Entry::Figure(figure::count(file.records)),
            Entry::Code(file.sha256.clone().unwrap_or_else(|| "not taken".to_owned())),
        ]
    };
    let rows: Vec<Vec<Entry>> = inputs.iter().take(INPUTS_MAX).map(row).collect();
    plain::table(out, "The files that were read", &["File", "Bytes#", "Records#", "SHA-256"], &rows);
    if inputs.len() > INPUTS_MAX {
        let more = plural(inputs.len() - INPUTS_MAX, "more file stands", "more files stand");
        out.element("p class=\"note\"", &format!("{more} in the workbook and in the manifest."));
    }
}

/// What the words mean.
pub fn notes(out: &mut Markup, look: &Look<'_>) {
    out.raw("<dl class=\"notes\">\n");
    for note in &look.pack.notes {
        out.element("dt", &note.term).element("dd", &note.text).raw("\n");
    }
    out.raw("</dl>\n");
}
