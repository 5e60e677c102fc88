//! Small tables of a page's own: written whole, neither sorted nor paged.

use maud::{Markup, html};

/// A cell, and whether it is a figure.
pub(super) enum Entry {
    Text(String),
    Figure(String),
    /// Small print, as of a hash.
    Code(String),
    /// A verdict, and whether it is good.
    Verdict(bool),
}

impl Entry {
    fn class(&self) -> Option<&'static str> {
        match self {
            Self::Text(_) => None,
            Self::Figure(_) => Some("n"),
            Self::Code(_) => Some("code"),
            Self::Verdict(true) => Some("good"),
            Self::Verdict(false) => Some("bad"),
        }
    }

    fn text(&self) -> &str {
        match self {
            Self::Text(text) | Self::Figure(text) | Self::Code(text) => text,
            Self::Verdict(is_ok) => verdict(*is_ok),
        }
    }
}

pub(super) fn verdict(is_ok: bool) -> &'static str {
    if is_ok { "adds up" } else { "does not add up" }
}

/// A table; headings are aligned as the cells below them.
pub(super) fn table(caption: &str, headings: &[&str], rows: &[Vec<Entry>]) -> Markup {
    html! {
        div.scroll role="region" tabindex="0" aria-label=(caption) {
            table.plain {
                caption { (caption) }
                thead { tr { @for (index, heading) in headings.iter().enumerate() {
                    @let is_figure = rows.first().is_some_and(|row| matches!(row[index], Entry::Figure(_)));
                    th scope="col" class=[is_figure.then_some("n")] { (heading) }
                } } }
                tbody {
                    "\n"
                    @for row in rows {
                        tr { @for (index, entry) in row.iter().enumerate() {
                            @if index == 0 {
                                th scope="row" class=[entry.class()] { (entry.text()) }
                            } @else {
                                td class=[entry.class()] { (entry.text()) }
                            }
                        } }
                        "\n"
                    }
                }
            }
        }
        "\n"
    }
}

/// What a reader can unfold.
pub(super) fn unfold(class: &str, summary: &str, content: &Markup) -> Markup {
    html! { details class=(class) { summary { (summary) } "\n" (content) } "\n" }
}

/// A remark in small print.
pub(super) fn note(text: &str) -> Markup {
    html! { p.note { (text) } "\n" }
}
