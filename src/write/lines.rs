//! Plain lines of aligned columns.
//!
//! ```text
//! month    state  records      usage  unit
//! ────────────────────────────────────────
//! 2026-10  OPEN     1,513  26,351.20  hours
//! ```

use unicode_width::UnicodeWidthStr as _;

use crate::text::visible;

/// At which end the cells of a column begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alignment {
    /// Text.
    Left,
    /// Figures.
    Right,
}

/// The rows below their headings, each line ended; harmless on a terminal.
pub fn aligned(columns: &[(&str, Alignment)], rows: &[Vec<String>]) -> String {
    let rows: Vec<Vec<String>> =
        rows.iter().map(|row| row.iter().map(|cell| visible(cell).into_owned()).collect()).collect();
    let width = |at: usize, (heading, _): &(&str, Alignment)| {
        rows.iter().map(|row| row[at].width()).max().unwrap_or(0).max(heading.width())
    };
    let widths: Vec<usize> = columns.iter().enumerate().map(|(at, column)| width(at, column)).collect();
    let line = |cells: Vec<&str>| {
        let mut line = String::new();
        for ((cell, width), (_, alignment)) in cells.iter().zip(&widths).zip(columns) {
            let padding = " ".repeat(width - cell.width());
            match alignment {
                Alignment::Left => line.extend([cell, padding.as_str(), "  "]),
                Alignment::Right => line.extend([padding.as_str(), cell, "  "]),
            }
        }
        format!("{}\n", line.trim_end())
    };
    let rule = "─".repeat(widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1));
    let mut text = line(columns.iter().map(|(heading, _)| *heading).collect());
    text += &format!("{rule}\n");
    rows.iter().for_each(|row| text += &line(row.iter().map(String::as_str).collect()));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let columns = [("name", Alignment::Left), ("usage", Alignment::Right)];
        let rows =
            [("東京", "1.00"), ("a\u{1b}", "-12,345.00")].map(|(a, b)| vec![a.to_owned(), b.to_owned()]);
        let expected = "\
name          usage
───────────────────
東京           1.00
a\\u{1b}  -12,345.00
";
        assert_eq!(aligned(&columns, &rows), expected);
    }
}
