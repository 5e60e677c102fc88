//! The report for a terminal.
//!
//! ```text
//! Usage in 2026-10..2026-11 as of 2026-11-23, time zone UTC
//!
//! period    customer    project  unit     usage  records  users
//! ─────────────────────────────────────────────────────────────
//! 2026-10   Acme        Apollo   hour  1,012.50        2      2
//!           Total Acme           hour  1,012.50        2      2
//! 2026-11*  Acme        Apollo   hour      0.25        1      1
//!           Total Acme           hour      0.25        1      1
//! ─────────────────────────────────────────────────────────────
//! Total                          hour  1,012.75        3      2
//!
//! * November 2026 is not over on 23 November 2026: more usage may come
//! ```

use std::borrow::Cow;
use std::io::{self, Write};

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

pub use super::grid::Alignment;
use super::grid::{GridColumn, LineKind};
use super::text_table::{TextCell, TextTable};
use crate::text::visible::visible;

/// How a table looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TableOptions {
    /// The terminal's columns; none for no limit.
    pub width: Option<usize>,
    /// Whether the terminal shows colours.
    pub has_color: bool,
}

/// What stands between two columns.
const GAP: usize = 2;
/// A label keeps this width, and its mark beside it.
const LABEL_WIDTH_MIN: usize = 8;

/// Draws a grid, or says a sentence where it has no rows.
pub(super) fn write(table: &TextTable<'_>, options: &TableOptions, out: &mut dyn Write) -> io::Result<()> {
    let pen = Pen { has_color: options.has_color };
    for line in &table.title {
        pen.line(out, Style::Bold, line)?;
    }
    writeln!(out)?;
    if table.grid.lines.is_empty() {
        return writeln!(out, "{}", table.nothing);
    }
    write_lines(table, &widths(table, options.width), pen, out)?;
    if !table.notes.is_empty() {
        writeln!(out)?;
    }
    table.notes.iter().try_for_each(|note| pen.line(out, Style::Dim, note))
}

/// Texts below their headings, each line ended: no line is shortened, and nothing is left out for repeating the line above.
///
/// ```text
/// month    state  records      usage  unit
/// ────────────────────────────────────────
/// 2026-10  OPEN     1,513  26,351.20  hours
/// ```
pub fn aligned(columns: &[(&str, Alignment)], rows: &[Vec<String>]) -> String {
    let (headings, alignments): (Vec<&str>, Vec<Alignment>) = columns.iter().copied().unzip();
    let rows: Vec<Vec<Cow<'_, str>>> =
        rows.iter().map(|row| row.iter().map(|cell| visible(cell)).collect()).collect();
    let mut widths: Vec<usize> = headings.iter().map(|heading| heading.width()).collect();
    for row in &rows {
        widths.iter_mut().zip(row).for_each(|(width, cell)| *width = (*width).max(cell.width()));
    }
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let mut line = String::new();
        lay_out(&mut line, cells.map(|cell| (cell, "")), &alignments, &widths);
        line + "\n"
    };
    let rule = "─".repeat(total_width(&widths)) + "\n";
    let lines = rows.iter().map(|row| line(&mut row.iter().map(|cell| &**cell)));
    [line(&mut headings.iter().copied()), rule].into_iter().chain(lines).collect()
}

fn write_lines(table: &TextTable<'_>, widths: &[usize], pen: Pen, out: &mut dyn Write) -> io::Result<()> {
    let columns = &table.grid.columns;
    let alignments: Vec<Alignment> = columns.iter().map(|column| column.alignment()).collect();
    let rule = "─".repeat(total_width(widths));
    // The unit stands with its figures.
    let texts = alignments.iter().take_while(|alignment| **alignment == Alignment::Left).count();
    let labels = texts.saturating_sub(1);
    let mut text = String::new();
    lay_out(&mut text, columns.iter().map(|column| (&*column.heading, "")), &alignments, widths);
    pen.line(out, Style::Bold, &text)?;
    pen.line(out, Style::Dim, &rule)?;
    let mut above = (LineKind::Row, Vec::new());
    for line in table.lines() {
        let cells = table.cells(line);
        let is_total = line.kind == LineKind::Total;
        if is_total && above.0 != LineKind::Total {
            pen.line(out, Style::Dim, &rule)?;
        }
        // What the leading cells say as those of the line above need not be said again.
        let repeated = match is_total {
            true => 0,
            false => {
                above.1.iter().zip(&cells).take(labels).take_while(|(above, cell)| above == cell).count()
            }
        };
        let texts = cells.iter().enumerate().map(|(index, cell)| match index < repeated {
            true => ("", ""),
            false => (&*cell.text, &*cell.mark),
        });
        lay_out(&mut text, texts, &alignments, widths);
        let style = if line.kind == LineKind::Row { Style::Plain } else { Style::Bold };
        pen.line(out, style, &text)?;
        above = (line.kind, cells);
    }
    Ok(())
}

/// Puts one line together, each cell in its column's width.
fn lay_out<'a>(
    line: &mut String,
    cells: impl Iterator<Item = (&'a str, &'a str)>,
    alignments: &[Alignment],
    widths: &[usize],
) {
    line.clear();
    for ((text, mark), (alignment, width)) in cells.zip(alignments.iter().zip(widths)) {
        let cut = shortened(text, width.saturating_sub(mark.width()));
        let padding = width.saturating_sub(cut.width() + mark.width());
        let (before, after) = match alignment {
            Alignment::Left => (0, padding),
            Alignment::Right => (padding, 0),
        };
        line.extend(std::iter::repeat_n(' ', before));
        line.push_str(&cut);
        line.push_str(mark);
        line.extend(std::iter::repeat_n(' ', after + GAP));
    }
    line.truncate(line.trim_end_matches(' ').len());
}

/// The columns' widths: as wide as their cells, the longest labels cut until the table fits.
fn widths(table: &TextTable<'_>, limit: Option<usize>) -> Vec<usize> {
    let columns = &table.grid.columns;
    let mut widths: Vec<usize> = columns.iter().map(|column| column.heading.width()).collect();
    let mut widths_of_marks = vec![0; columns.len()];
    for line in table.lines() {
        for (column, TextCell { text, mark }) in table.cells(line).iter().enumerate() {
            let of_mark = mark.width();
            widths[column] = widths[column].max(text.width() + of_mark);
            widths_of_marks[column] = widths_of_marks[column].max(of_mark);
        }
    }
    if let Some(excess) = limit.and_then(|limit| total_width(&widths).checked_sub(limit)) {
        // What labels keep; the other columns keep all.
        let width_min = |(column, of_mark): (&GridColumn, usize)| match column.is_label() {
            true => LABEL_WIDTH_MIN + of_mark,
            false => usize::MAX,
        };
        let widths_min: Vec<usize> = columns.iter().zip(widths_of_marks).map(width_min).collect();
        shrink(&mut widths, &widths_min, excess);
    }
    widths
}

/// Takes from the widest column that can give, again and again.
fn shrink(widths: &mut [usize], widths_min: &[usize], excess: usize) {
    for _ in 0..excess {
        let can_give = widths.iter_mut().zip(widths_min).filter(|(width, min)| **width > **min);
        match can_give.map(|(width, _)| width).max_by_key(|width| **width) {
            Some(width) => *width -= 1,
            None => return,
        }
    }
}

fn total_width(widths: &[usize]) -> usize {
    widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1)
}

/// The text if it fits, else as much of it as fits before an ellipsis.
fn shortened(text: &str, width: usize) -> Cow<'_, str> {
    if text.width() <= width {
        return Cow::Borrowed(text);
    }
    let mut kept = 0;
    let mut taken = 0;
    for cluster in clusters(text) {
        taken += cluster.width();
        if taken + 1 > width {
            break;
        }
        kept += cluster.len();
    }
    Cow::Owned(format!("{}…", &text[..kept]))
}

/// The text in pieces that a terminal draws as one: a character with the marks and joined emoji behind it.
fn clusters(text: &str) -> impl Iterator<Item = &str> {
    const JOINER: char = '\u{200d}';
    let mut rest = text;
    std::iter::from_fn(move || {
        let mut characters = rest.char_indices();
        let mut previous = characters.next()?.1;
        let end = characters.find_map(|(at, character)| {
            let is_part = character.width() == Some(0) || previous == JOINER;
            previous = character;
            (!is_part).then_some(at)
        });
        let (cluster, behind) = rest.split_at(end.unwrap_or(rest.len()));
        rest = behind;
        Some(cluster)
    })
}

#[derive(Clone, Copy)]
pub(super) struct Pen {
    pub has_color: bool,
}

#[derive(Clone, Copy)]
pub(super) enum Style {
    Plain,
    Bold,
    Dim,
}

impl Pen {
    pub(crate) fn line(self, out: &mut dyn Write, style: Style, text: &str) -> io::Result<()> {
        let code = match style {
            Style::Bold if self.has_color => "1",
            Style::Dim if self.has_color => "2",
            _ => return writeln!(out, "{text}"),
        };
        writeln!(out, "\u{1b}[{code}m{text}\u{1b}[0m")
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::dimension::Dimension;
    use crate::report::Report;
    use crate::write::sample::{ACME, TOKYO, drawn, drawn_with, report, rows_only, sample};
    use crate::write::{Format, FormatOptions};

    fn table(report: &Report, width: Option<usize>) -> String {
        drawn_with(report, &FormatOptions::Table(TableOptions { width, has_color: false }))
    }

    #[test]
    fn a_table_looks_like_this() {
        assert_snapshot!(table(&sample(), None), @r#"
        Usage in 2026-10..2026-11 as of 2026-11-23, time zone UTC
        Only type = cpu or \u{1b}[31m

        period    customer                     component  unit       usage  records  users
        ──────────────────────────────────────────────────────────────────────────────────
        2026-10   =1+1;"x"                     cpu        hour    1,012.50        2      2
                  Total =1+1;"x"                          hour    1,012.50        2      2
                  Acme [0a1b2c3d]              cpu        hour        2.00        1      1
                                               storage    GB         -5.00        1      1
                  Total Acme [0a1b2c3d]                   GB         -5.00        1      1
                                                          hour        2.00        1      1
                  Acme [b0b0b0b0]              cpu        hour        3.25        1      1
                  Total Acme [b0b0b0b0]                   hour        3.25        1      1
        2026-11*  a\u{202e}b\u{a}c, <d>        -x|y       hour        0.25        1      1
                  Total a\u{202e}b\u{a}c, <d>             hour        0.25        1      1
                  東京 👩‍🔬                      cpu        (none)      7.00        1      1
                  Total 東京 👩‍🔬                           (none)      7.00        1      1
        ──────────────────────────────────────────────────────────────────────────────────
        2026-10   Total                                   GB         -5.00        1      1
        2026-10   Total                                   hour    1,017.75        4      3
        2026-11*  Total                                   (none)      7.00        1      1
        2026-11*  Total                                   hour        0.25        1      1
        Total                                             (none)      7.00        1      1
        Total                                             GB         -5.00        1      1
        Total                                             hour    1,018.00        5      3

        * November 2026 is not over on 23 November 2026: more usage may come
        "#);
    }

    #[test]
    fn long_labels_give_way_to_figures_and_what_tells_names_apart() {
        let table = table(&sample(), Some(74));
        assert_snapshot!(table, @r#"
        Usage in 2026-10..2026-11 as of 2026-11-23, time zone UTC
        Only type = cpu or \u{1b}[31m

        period    customer             component  unit       usage  records  users
        ──────────────────────────────────────────────────────────────────────────
        2026-10   =1+1;"x"             cpu        hour    1,012.50        2      2
                  Total =1+1;"x"                  hour    1,012.50        2      2
                  Acme [0a1b2c3d]      cpu        hour        2.00        1      1
                                       storage    GB         -5.00        1      1
                  Total A… [0a1b2c3d]             GB         -5.00        1      1
                                                  hour        2.00        1      1
                  Acme [b0b0b0b0]      cpu        hour        3.25        1      1
                  Total A… [b0b0b0b0]             hour        3.25        1      1
        2026-11*  a\u{202e}b\u{a}c, …  -x|y       hour        0.25        1      1
                  Total a\u{202e}b\u…             hour        0.25        1      1
                  東京 👩‍🔬              cpu        (none)      7.00        1      1
                  Total 東京 👩‍🔬                   (none)      7.00        1      1
        ──────────────────────────────────────────────────────────────────────────
        2026-10   Total                           GB         -5.00        1      1
        2026-10   Total                           hour    1,017.75        4      3
        2026-11*  Total                           (none)      7.00        1      1
        2026-11*  Total                           hour        0.25        1      1
        Total                                     (none)      7.00        1      1
        Total                                     GB         -5.00        1      1
        Total                                     hour    1,018.00        5      3

        * November 2026 is not over on 23 November 2026: more usage may come
        "#);
        assert!(table.lines().all(|line| line.width() <= 74));
    }

    #[test]
    fn figures_and_marks_are_never_cut_however_narrow_the_terminal() {
        let table = table(&sample(), Some(1));
        for figure in ["1,012.50", "-5.00", "1,018.00", "Acme [0a1b2c3d]", "Acme [b0b0b0b0]"] {
            assert!(table.contains(figure), "{figure}");
        }
    }

    #[test]
    fn nothing_in_a_table_acts_on_a_terminal() {
        let table = table(&sample(), None);
        assert!(!table.replace('\n', "").contains(crate::text::visible::is_hazard));
    }

    #[test]
    fn color_marks_headings_and_sums_and_only_when_asked() {
        let options = TableOptions { width: None, has_color: true };
        let colored = drawn_with(&sample(), &FormatOptions::Table(options));
        assert!(
            colored.lines().any(|line| line.starts_with("\u{1b}[1mTotal") && line.ends_with("\u{1b}[0m"))
        );
        let codes = ["\u{1b}[1m", "\u{1b}[2m", "\u{1b}[0m"];
        let plain = codes.iter().fold(colored, |text, code| text.replace(code, ""));
        assert_eq!(plain, drawn(&sample(), Format::Table));
    }

    #[test]
    fn no_rows_are_said_in_a_line() {
        let report = rows_only(&[Dimension::User], "username measured_unit usage", &[]);
        assert_snapshot!(drawn(&report, Format::Table), @r"
        Usage in 2026-10..2026-11 as of 2026-11-23, time zone UTC
        Only type = cpu or \u{1b}[31m

        No usage: no record is left to report on.
        ");
    }

    #[test]
    fn a_comparison_shows_what_was_before_and_leaves_unknown_change_empty() {
        let by = [Dimension::Customer];
        let columns = "customer_uuid customer_name measured_unit usage usage_before change change_percent records users";
        let report = rows_only(
            &by,
            columns,
            &[
                &[ACME, "Acme", "hour", "1500.00", "1000.00", "500.00", "50.00", "1", "1"],
                &[TOKYO, "東京", "hour", "2.00", "~", "~", "~", "1", "1"],
            ],
        );
        assert_snapshot!(drawn(&report, Format::Table), @r"
        Usage in 2026-10..2026-11 as of 2026-11-23, time zone UTC
        Only type = cpu or \u{1b}[31m

        customer  unit     usage  usage before  change  change %  records  users
        ────────────────────────────────────────────────────────────────────────
        Acme      hour  1,500.00      1,000.00  500.00     50.00        1      1
        東京      hour      2.00                                        1      1

        * November 2026 is not over on 23 November 2026: more usage may come
        ");
    }

    #[test]
    fn months_side_by_side_are_starred_in_their_headings() {
        let columns = "customer_uuid customer_name measured_unit 2026-10 2026-11 usage";
        let report = report(
            &[Dimension::Customer, Dimension::Period],
            columns,
            &[&[ACME, "Acme", "hour", "1.00", "~", "1.00"], &["~", "Others", "hour", "~", "2.00", "2.00"]],
            &[],
            &[&["~", "~", "hour", "1.00", "2.00", "3.00"]],
        );
        assert_snapshot!(drawn(&report, Format::Table), @r"
        Usage in 2026-10..2026-11 as of 2026-11-23, time zone UTC
        Only type = cpu or \u{1b}[31m

        customer  unit  2026-10  2026-11*  usage
        ────────────────────────────────────────
        Acme      hour     1.00             1.00
        Others    hour               2.00   2.00
        ────────────────────────────────────────
        Total     hour     1.00      2.00   3.00

        * November 2026 is not over on 23 November 2026: more usage may come
        ");
    }

    #[test]
    fn a_subtotal_without_rows_of_its_own_is_not_lost() {
        let report = report(
            &[Dimension::Customer, Dimension::User],
            "customer_uuid customer_name username measured_unit usage",
            &[&["~", "Others", "Others", "hour", "3.00"]],
            &[&[ACME, "Acme", "~", "hour", "3.00"]],
            &[&["~", "~", "~", "hour", "3.00"]],
        );
        assert_snapshot!(drawn(&report, Format::Table), @r"
        Usage in 2026-10..2026-11 as of 2026-11-23, time zone UTC
        Only type = cpu or \u{1b}[31m

        customer    user    unit  usage
        ───────────────────────────────
        Others      Others  hour   3.00
        Total Acme          hour   3.00
        ───────────────────────────────
        Total               hour   3.00

        * November 2026 is not over on 23 November 2026: more usage may come
        ");
    }

    #[test]
    fn a_cut_never_splits_what_is_drawn_as_one() {
        assert_eq!(shortened("abcdef", 4), "abc…");
        assert_eq!(shortened("abcd", 4), "abcd");
        assert_eq!(shortened("東京都庁", 6), "東京…");
        assert_eq!(shortened("e\u{301}e\u{301}e\u{301}", 2), "e\u{301}…");
        assert_eq!(shortened("👩‍🔬👩‍🔬👩‍🔬", 4), "👩‍🔬…");
    }

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

    proptest::proptest! {
        #[test]
        fn what_is_cut_fits_and_begins_as_the_text_does(text: String, width in 1_usize..40) {
            let cut = shortened(&text, width);
            proptest::prop_assert!(cut.width() <= width, "{cut:?}");
            proptest::prop_assert!(text.starts_with(cut.trim_end_matches('…')));
        }

        #[test]
        fn emoji_and_marks_are_cut_to_fit(text in "[a\u{301}👩🔬\u{200d}\u{fe0f}☺🏽🇪🇪東]{0,12}", width in 1_usize..12) {
            proptest::prop_assert!(shortened(&text, width).width() <= width);
        }
    }
}
