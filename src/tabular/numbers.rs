//! Decimals as people and spreadsheets write them: `1234.50`, `1.234,50`, `1 234,50`, `1'234.50`.
//!
//! Nothing is guessed: `2.500` may be two and a half or two thousand five hundred, and is refused unless another
//! number of its column shows which.

use std::borrow::Cow;

/// What stands before the decimals in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    Point,
    Comma,
}

/// Why a text is no number of its column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    NotANumber,
    /// One point or comma with three digits after it.
    Ambiguous,
    /// The column writes the other mark before decimals.
    OtherMark,
}

/// What a number shows of its column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Evidence {
    Nothing,
    Of(Mark),
    /// It has this mark once: before decimals or between thousands.
    Either(Mark),
}

impl Mark {
    pub(crate) fn character(self) -> char {
        match self {
            Self::Point => '.',
            Self::Comma => ',',
        }
    }

    /// As messages name it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Point => "point",
            Self::Comma => "comma",
        }
    }

    fn other(self) -> Self {
        match self {
            Self::Point => Self::Comma,
            Self::Comma => Self::Point,
        }
    }
}

/// The mark of a column by the first of its numbers that shows it. Texts that are no numbers show nothing.
///
/// Where commas separate cells, programs write the points of `2.500`: it is a decimal there, unless a comma in quotes
/// shows something else.
pub(crate) fn mark_of<'a>(cells: impl IntoIterator<Item = &'a str>, separator: u8) -> Option<Mark> {
    let mut has_comma = false;
    for cell in cells {
        match Number::parse(cell).map(|number| number.evidence()) {
            Some(Evidence::Of(mark)) => return Some(mark),
            Some(Evidence::Either(Mark::Comma)) => has_comma = true,
            _ => {}
        }
    }
    (separator == b',' && !has_comma).then_some(Mark::Point)
}

/// The number as digits with a sign before them and a point before its decimals.
pub(crate) fn plain(text: &str, mark: Option<Mark>) -> Result<Cow<'_, str>, Fault> {
    let text = text.trim();
    let number = Number::parse(text).ok_or(Fault::NotANumber)?;
    let decimal = match (number.evidence(), mark) {
        (Evidence::Nothing, _) => None,
        (Evidence::Of(own), Some(mark)) if own != mark => return Err(Fault::OtherMark),
        (Evidence::Of(own), _) => Some(own),
        (Evidence::Either(_), None) => return Err(Fault::Ambiguous),
        (Evidence::Either(_), mark) => mark,
    };
    let decimal = decimal.map(Mark::character);
    let is_plain =
        |character| matches!(character, '0'..='9' | '-') || (character == '.' && decimal == Some('.'));
    if number.is_written_out() && text.chars().all(is_plain) {
        return Ok(Cow::Borrowed(text));
    }
    let digits = number.digits.chars().filter_map(|character| match character {
        '0'..='9' => Some(character),
        _ => (Some(character) == decimal).then_some('.'),
    });
    let zero = if number.first == 0 { "0" } else { "" };
    let plain: String = number.sign.chars().chain(zero.chars()).chain(digits).collect();
    Ok(Cow::Owned(plain.trim_end_matches('.').to_owned()))
}

/// A number taken apart.
struct Number<'a> {
    sign: &'static str,
    /// Digits and what stands between them.
    digits: &'a str,
    /// What stands between digits, with the number of digits after it.
    breaks: Vec<(char, usize)>,
    /// Digits before the first break.
    first: usize,
}

impl<'a> Number<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let text = text.trim();
        let (sign, digits) = match text.strip_prefix(['-', '\u{2212}']) {
            Some(digits) => ("-", digits),
            None => ("", text.strip_prefix('+').unwrap_or(text)),
        };
        let mut number = Self { sign, digits, breaks: Vec::new(), first: 0 };
        for character in digits.chars() {
            match character {
                '0'..='9' => *number.breaks.last_mut().map_or(&mut number.first, |(_, digits)| digits) += 1,
                '.' | ',' | ' ' | '\u{a0}' | '\u{202f}' | '\'' | '\u{2019}' => {
                    number.breaks.push((character, 0))
                }
                _ => return None,
            }
        }
        let digits: usize = number.breaks.iter().map(|(_, digits)| digits).sum();
        let is_short = number.first + digits > 0 && number.decimal().is_some();
        ((number.is_written_out() || is_short) && number.has_groups()).then_some(number)
    }

    /// Whether there are digits on both sides of every break, unlike in `.5` and `5.`.
    fn is_written_out(&self) -> bool {
        self.first > 0 && self.breaks.iter().all(|(_, digits)| *digits > 0)
    }

    /// Whether what stands between thousands is one character, with three digits after it each time.
    fn has_groups(&self) -> bool {
        let groups = match self.decimal() {
            Some(_) => &self.breaks[..self.breaks.len() - 1],
            None => &self.breaks[..],
        };
        let Some((separator, _)) = groups.first() else { return true };
        let is_group = |(character, digits): &(char, usize)| character == separator && *digits == 3;
        (1..=3).contains(&self.first) && !self.digits.starts_with('0') && groups.iter().all(is_group)
    }

    /// The mark before decimals, if it can be one.
    fn decimal(&self) -> Option<Mark> {
        let (last, _) = self.breaks.last()?;
        let count = self.breaks.iter().filter(|(character, _)| character == last).count();
        match last {
            '.' if count == 1 => Some(Mark::Point),
            ',' if count == 1 => Some(Mark::Comma),
            _ => None,
        }
    }

    fn evidence(&self) -> Evidence {
        match (self.decimal(), &self.breaks[..]) {
            (Some(mark), [(_, 3)]) if (1..=3).contains(&self.first) && !self.digits.starts_with('0') => {
                Evidence::Either(mark)
            }
            (Some(mark), _) => Evidence::Of(mark),
            (None, [('.', _), ..]) => Evidence::Of(Mark::Point.other()),
            (None, [(',', _), ..]) => Evidence::Of(Mark::Comma.other()),
            (None, _) => Evidence::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, mark: Option<Mark>) -> String {
        plain(text, mark).map_or_else(|fault| format!("{fault:?}"), Cow::into_owned)
    }

    #[test]
    fn a_number_that_shows_how_it_is_written_is_read() {
        for (text, number) in [
            ("12", "12"),
            ("-5.25", "-5.25"),
            ("1,50", "1.50"),
            ("0.125", "0.125"),
            ("0,500", "0.500"),
            ("1234,500", "1234.500"),
            ("1.234,50", "1234.50"),
            ("1,234.50", "1234.50"),
            ("1.234.567", "1234567"),
            ("1,234,567.1", "1234567.1"),
            ("1 234,50", "1234.50"),
            ("1\u{a0}234\u{a0}567", "1234567"),
            ("1\u{202f}234,5", "1234.5"),
            ("1'234.50", "1234.50"),
            ("1’234", "1234"),
            ("\u{2212}3,5", "-3.5"),
            (" +7 ", "7"),
            (".5", "0.5"),
            ("-,500", "-0.500"),
            ("5.", "5"),
            ("-1.234,", "-1234"),
            ("1,234.", "1234"),
        ] {
            assert_eq!(shown(text, None), number, "{text}");
        }
    }

    #[test]
    fn what_nobody_can_tell_is_decided_by_the_column_or_refused() {
        assert_eq!(shown("2.500", None), "Ambiguous");
        assert_eq!(shown("2.500", Some(Mark::Point)), "2.500");
        assert_eq!(shown("2.500", Some(Mark::Comma)), "2500");
        assert_eq!(shown("-2,500", Some(Mark::Point)), "-2500");
        assert_eq!(shown("-2,500", Some(Mark::Comma)), "-2.500");
        assert_eq!(shown("1.50", Some(Mark::Comma)), "OtherMark");
        assert_eq!(shown("1.234.567", Some(Mark::Point)), "OtherMark");
    }

    #[test]
    fn what_is_no_number_is_none() {
        for text in [
            "",
            "-",
            ".",
            "-.",
            "1.234.",
            ".5.5",
            ".123.456",
            "' 5",
            "1e3",
            "1..2",
            "1.23.456",
            "1,23.456.7",
            "12 34",
            "1 234'567",
            "0 123",
            "€ 1",
            "1-",
            "(1)",
            "1,2,3",
        ] {
            assert_eq!(shown(text, None), "NotANumber", "{text}");
        }
    }

    #[test]
    fn the_first_number_that_shows_it_tells_the_mark_of_a_column() {
        assert_eq!(mark_of(["", "x", "2.500", "3,5", "1.5"], b';'), Some(Mark::Comma));
        assert_eq!(mark_of(["2.500", "7"], b';'), None);
        assert_eq!(mark_of(["2.500", "7"], b','), Some(Mark::Point));
        assert_eq!(mark_of(["2.500", "2,500"], b','), None);
    }
}
