//! The report as a GitHub table.
//!
//! ```text
//! Usage in 2026-10 as of 2026-11-23, time zone UTC
//!
//! | period | customer | unit | usage | records |
//! | :--- | :--- | :--- | ---: | ---: |
//! | 2026-10 | Acme | hour | 1,012.50 | 2 |
//! | **Total** |  | **hour** | **1,012.50** | **2** |
//! ```

use std::io::{self, Write};

use super::grid::{Alignment, LineKind};
use super::text_table::{TextCell, TextTable};

/// Draws a grid, or says a sentence where it has no rows.
pub(super) fn write(table: &TextTable<'_>, out: &mut dyn Write) -> io::Result<()> {
    // A backslash breaks the line.
    writeln!(out, "{}\n", table.title.iter().map(|line| escaped(line)).collect::<Vec<_>>().join("\\\n"))?;
    if table.grid.lines.is_empty() {
        return writeln!(out, "{}", table.nothing);
    }
    write_row(out, table.grid.columns.iter().map(|column| escaped(&column.heading)))?;
    write_row(out, table.grid.columns.iter().map(|column| rule(column.alignment()).to_owned()))?;
    for line in table.lines() {
        write_row(out, table.cells(line).iter().map(|cell| cell_text(cell, line.kind)))?;
    }
    table.notes.iter().try_for_each(|note| write!(out, "\n{}\n", escaped(note)))
}

fn write_row(out: &mut dyn Write, cells: impl Iterator<Item = String>) -> io::Result<()> {
    out.write_all(b"|")?;
    for cell in cells {
        write!(out, " {cell} |")?;
    }
    writeln!(out)
}

fn rule(alignment: Alignment) -> &'static str {
    match alignment {
        Alignment::Left => ":---",
        Alignment::Right => "---:",
    }
}

fn cell_text(cell: &TextCell<'_>, kind: LineKind) -> String {
    let text = escaped(&cell.text) + &escaped(&cell.mark);
    match kind != LineKind::Row && !cell.is_empty() {
        true => format!("**{}**", text.trim()),
        false => text,
    }
}

/// The text without any meaning to Markdown or HTML.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    for (at, character) in text.char_indices() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\\' | '|' | '`' | '*' | '_' | '[' | ']' | '~' | '$' => {
                escaped.push('\\');
                escaped.push(character);
            }
            // A bare address would become a link.
            ':' if text[at..].starts_with("://") => escaped.push_str("\\:"),
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::dimension::Dimension;
    use crate::write::Format;
    use crate::write::sample::{drawn, rows_only, sample};

    #[test]
    fn a_markdown_table_looks_like_this() {
        assert_snapshot!(drawn(&sample(), Format::Markdown), @r#"
        Usage in 2026-10..2026-11 as of 2026-11-23, time zone UTC\
        Only type = cpu or \\u{1b}\[31m

        | period | customer | component | unit | usage | records | users |
        | :--- | :--- | :--- | :--- | ---: | ---: | ---: |
        | 2026-10 | =1+1;"x" | cpu | hour | 1,012.50 | 2 | 2 |
        | **2026-10** | **Total =1+1;"x"** |  | **hour** | **1,012.50** | **2** | **2** |
        | 2026-10 | Acme \[0a1b2c3d\] | cpu | hour | 2.00 | 1 | 1 |
        | 2026-10 | Acme \[0a1b2c3d\] | storage | GB | -5.00 | 1 | 1 |
        | **2026-10** | **Total Acme \[0a1b2c3d\]** |  | **GB** | **-5.00** | **1** | **1** |
        | **2026-10** | **Total Acme \[0a1b2c3d\]** |  | **hour** | **2.00** | **1** | **1** |
        | 2026-10 | Acme \[b0b0b0b0\] | cpu | hour | 3.25 | 1 | 1 |
        | **2026-10** | **Total Acme \[b0b0b0b0\]** |  | **hour** | **3.25** | **1** | **1** |
        | 2026-11\* | a\\u{202e}b\\u{a}c, &lt;d&gt; | -x\|y | hour | 0.25 | 1 | 1 |
        | **2026-11\*** | **Total a\\u{202e}b\\u{a}c, &lt;d&gt;** |  | **hour** | **0.25** | **1** | **1** |
        | 2026-11\* | 東京 👩‍🔬 | cpu | (none) | 7.00 | 1 | 1 |
        | **2026-11\*** | **Total 東京 👩‍🔬** |  | **(none)** | **7.00** | **1** | **1** |
        | **2026-10** | **Total** |  | **GB** | **-5.00** | **1** | **1** |
        | **2026-10** | **Total** |  | **hour** | **1,017.75** | **4** | **3** |
        | **2026-11\*** | **Total** |  | **(none)** | **7.00** | **1** | **1** |
        | **2026-11\*** | **Total** |  | **hour** | **0.25** | **1** | **1** |
        | **Total** |  |  | **(none)** | **7.00** | **1** | **1** |
        | **Total** |  |  | **GB** | **-5.00** | **1** | **1** |
        | **Total** |  |  | **hour** | **1,018.00** | **5** | **3** |

        \* November 2026 is not over on 23 November 2026: more usage may come
        "#);
    }

    #[test]
    fn no_text_has_a_meaning_to_markdown_or_html() {
        assert_eq!(escaped("<script>&amp;"), "&lt;script&gt;&amp;amp;");
        assert_eq!(
            escaped(r"a|b\|c `d` *e* [f](g) ~h~ $i$ _j_"),
            r"a\|b\\\|c \`d\` \*e\* \[f\](g) \~h\~ \$i\$ \_j\_"
        );
        assert_eq!(escaped("https://example.org"), r"https\://example.org");
    }

    #[test]
    fn no_rows_are_said_in_a_line() {
        let report = rows_only(&[Dimension::User], "username measured_unit usage", &[]);
        assert!(
            drawn(&report, Format::Markdown).ends_with("\n\nNo usage: no record is left to report on.\n")
        );
    }
}
