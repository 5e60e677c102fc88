//! Small tables of a page's own: written whole, neither sorted nor paged.

use super::markup::Markup;

/// A cell, and whether it is a figure.
pub enum Entry {
    Text(String),
    Figure(String),
    /// Small print, as of a hash.
    Code(String),
    /// A verdict, and whether it is good.
    Verdict(bool),
}

pub fn verdict(is_ok: bool) -> &'static str {
    if is_ok { "adds up" } else { "does not add up" }
}

/// Draws a table; headings that end in `#` stand over figures.
pub fn table(out: &mut Markup, caption: &str, headings: &[&str], rows: &[Vec<Entry>]) {
    out.raw("<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"").text(caption);
    out.raw("\"><table class=\"plain\"><caption>").text(caption).raw("</caption><thead><tr>");
    for heading in headings {
        match heading.strip_suffix('#') {
            Some(heading) => out.element("th scope=\"col\" class=\"n\"", heading),
            None => out.element("th scope=\"col\"", heading),
        };
    }
    out.raw("</tr></thead><tbody>\n");
    for row in rows {
        out.raw("<tr>");
        for (index, entry) in row.iter().enumerate() {
            let (class, text) = match entry {
                Entry::Text(text) => ("", text.as_str()),
                Entry::Figure(text) => (" class=n", text.as_str()),
                Entry::Code(text) => (" class=code", text.as_str()),
                Entry::Verdict(true) => (" class=good", verdict(true)),
                Entry::Verdict(false) => (" class=bad", verdict(false)),
            };
            out.raw(if index == 0 { "<th scope=row" } else { "<td" }).raw(class).raw(">").text(text);
        }
        out.raw("</tr>\n");
    }
    out.raw("</tbody></table></div>\n");
}

/// Opens what a reader can unfold.
pub fn unfold(out: &mut Markup, class: &str, summary: &str) {
    out.raw("<details class=\"").raw(class).raw("\"><summary>").text(summary).raw("</summary>\n");
}
