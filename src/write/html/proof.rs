//! Why the figures can be believed: the tie-out, where every record went, what was noticed, what was read.

use maud::{Markup, html};

use super::figure;
use super::look::{Look, plural};
use super::plain::{self, Entry};
use crate::pack::{MoneyTie, Pack, Tie};
use crate::text::visible::{shown, visible_line};
use crate::write::instants::in_words;

/// As many as a person reads; the file of `--rejects` has all.
const EXCEPTIONS_MAX: usize = 200;

const INPUTS_MAX: usize = 500;

const TIES_MAX: usize = 200;

pub(super) fn checks(look: &Look<'_>) -> Markup {
    let pack = look.pack;
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
    html! {
        (notices(pack))
        (ties(look))
        (amounts(look))
        (plain::table("Where the records went", &["Records", "Count", "Check"], &lines.map(row)))
    }
}

/// That every table comes to the total, unit by unit.
fn ties(look: &Look<'_>) -> Markup {
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
    let headings = ["Unit", "Check", "Total", "Detail", "Summary", "By project", "By offering", "Records"];
    let more = ties.len().saturating_sub(TIES_MAX);
    let more = (more > 0).then(|| plural(more, "more unit", "more units"));
    html! {
        (plain::table("Every table comes to the total of its unit", &headings, &rows))
        @if let Some(more) = more {
            (plain::note(&format!("And {more}, as the sheet Checks of the workbook has them.")))
        }
    }
}

/// That every table comes to one amount in every currency, and what rounding did to it.
fn amounts(look: &Look<'_>) -> Markup {
    let Some(pricing) = &look.pack.provenance.pricing else { return Markup::default() };
    let row = |tie: &MoneyTie| {
        let parts = [tie.total, tie.detail, tie.summary, tie.projects, tie.offerings];
        let figures = parts.map(|part| Entry::Figure(figure::amount(part)));
        let currency = Entry::Text(shown(&tie.currency).into_owned());
        [currency, Entry::Verdict(tie.is_tied())].into_iter().chain(figures).collect()
    };
    let rows: Vec<Vec<Entry>> = look.pack.money_ties.iter().map(row).collect();
    let headings = ["Currency", "Check", "Total", "Detail", "Summary", "By project", "By offering"];
    let roundings = pricing.totals.iter().filter_map(|total| {
        let difference = figure::spelled(total.rounding_difference.as_ref()?);
        let rounding = pricing.rounding_of(&total.currency);
        Some(format!("Rounding difference {} {difference}: rounded {rounding}.", total.currency))
    });
    html! {
        (plain::table("Every table comes to the amount of its currency", &headings, &rows))
        @for rounding in roundings { (plain::note(&rounding)) }
    }
}

/// What the checks found, the most important first, and what could not be checked.
fn notices(pack: &Pack) -> Markup {
    let notices = pack.notices();
    let not_checked = pack.not_checked();
    html! {
        h3 #warnings { "Warnings and notes" } "\n"
        @if notices.is_empty() {
            p { "Nothing was noticed." }
        } @else {
            p { "Warnings may make the figures wrong; notes are worth knowing." }
            "\n"
            ul.notices {
                @for (notice, stake) in &notices {
                    @let class = if notice.is_open() { "warning" } else { "note" };
                    "\n"
                    @let message = format!("{} {stake} {}", in_words(&notice.message), notice.answers());
                    li class=(class) { strong { (notice.kind()) } " " (visible_line(message.trim_end())) }
                }
            }
        }
        "\n"
        @if !not_checked.is_empty() {
            h3 #not-checked { "Not checked" }
            ul.notices { @for text in not_checked { "\n" li { (visible_line(&text)) } } }
            "\n"
        }
    }
}

/// Records and files that could not be used.
pub(super) fn exceptions(look: &Look<'_>) -> Markup {
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
    let headings = ["File", "Record", "Byte", "Field", "Found", "Expected", "Reason"];
    let more = faults.count().saturating_sub(rows.len() as u64);
    html! {
        (plain::table("Rejected, and in no figure", &headings, &rows))
        @if more > 0 {
            @let more = plural(more as usize, "more stands", "more stand");
            (plain::note(&format!("{more} in the file of rejected records.")))
        }
    }
}

/// What was read.
pub(super) fn inputs(look: &Look<'_>) -> Markup {
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
    let more = inputs.len() - rows.len();
    html! {
        (plain::table("The files that were read", &["File", "Bytes", "Records", "SHA-256"], &rows))
        @if more > 0 {
            @let more = plural(more, "more file stands", "more files stand");
            (plain::note(&format!("{more} in the workbook and in the manifest.")))
        }
    }
}

/// What the words mean.
pub(super) fn notes(look: &Look<'_>) -> Markup {
    html! {
        dl.notes {
            @for note in &look.pack.notes {
                "\n"
                dt { (visible_line(&note.term)) } dd { (visible_line(&note.text)) }
            }
        }
        "\n"
    }
}
