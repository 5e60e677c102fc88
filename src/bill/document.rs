//! What makes a bill a document: its kind, its number, and which documents it corrects.

use chrono::{Datelike as _, NaiveDate};
use serde::{Deserialize, Serialize};

use super::BillPart;
use crate::amount::Amount;

/// What kind of document is issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentKind {
    /// What a recipient has to pay for a month.
    Bill,
    /// What a recipient gets back.
    CreditNote,
    /// What a recipient has to pay beyond earlier documents.
    DebitNote,
}

/// A document that was issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentRef {
    /// What it is.
    pub kind: DocumentKind,
    /// Its number.
    pub number: String,
    /// Its date of issue.
    pub date: NaiveDate,
}

/// What an issued bill has beyond a draft. Its date of issue is that of the [`BillSpec`](super::BillSpec).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// Its number.
    pub number: String,
    /// Until when it is to be paid; `None` if there is nothing to pay, or no term.
    pub due: Option<NaiveDate>,
}

/// How numbers are written: `{year}-{n:05}` for 2026-00001.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberPattern(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    /// The year of the date of issue.
    Year,
    /// The place in the series, with as many digits at least.
    Number(usize),
}

/// What a pattern of numbers is expected to be.
pub const NUMBER_PATTERN_EXPECTED: &str = "letters, digits, -, _, . and /, with {n} or {n:05} for the number once, and {year} for the year if it is wanted, of at \
     most 40 characters, no part between two / beginning with a point, as \"{year}-{n:05}\"";

/// More characters are no number that somebody copies.
const PATTERN_MAX: usize = 40;
/// A number of more digits does not come.
const WIDTH_MAX: usize = 12;

impl DocumentKind {
    /// The word in machine-readable output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bill => "bill",
            Self::CreditNote => "credit_note",
            Self::DebitNote => "debit_note",
        }
    }

    /// What a document says that it is.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Bill => "Bill",
            Self::CreditNote => "Credit note",
            Self::DebitNote => "Debit note",
        }
    }

    /// A document below zero asks for nothing and is a credit note; others are what they are issued as.
    pub(crate) fn of(parts: &[BillPart], corrects_some: bool) -> Self {
        let is_none_to_pay = parts.iter().all(|part| part.total <= Amount::ZERO);
        let gives_back = parts.iter().any(|part| part.total < Amount::ZERO);
        match (is_none_to_pay && gives_back, corrects_some) {
            (true, _) => Self::CreditNote,
            (false, true) => Self::DebitNote,
            (false, false) => Self::Bill,
        }
    }
}

impl Default for NumberPattern {
    fn default() -> Self {
        Self(vec![Piece::Year, Piece::Text("-".to_owned()), Piece::Number(5)])
    }
}

impl NumberPattern {
    /// `None` if the text is not [what is expected](NUMBER_PATTERN_EXPECTED).
    pub fn parse(text: &str) -> Option<Self> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let end = rest.find('{').unwrap_or(rest.len());
            let (plain, inner) = rest.split_at(end);
            let is_plain = |character: char| character.is_ascii_alphanumeric() || "-_./".contains(character);
            if !plain.chars().all(is_plain) {
                return None;
            }
            if !plain.is_empty() {
                pieces.push(Piece::Text(plain.to_owned()));
            }
            let Some(inner) = inner.strip_prefix('{') else { break };
            let (name, after) = inner.split_once('}')?;
            pieces.push(match name.split_once(':') {
                None if name == "year" => Piece::Year,
                None if name == "n" => Piece::Number(1),
                Some(("n", width)) => {
                    let width = width.strip_prefix('0')?.parse().ok()?;
                    Piece::Number((1..=WIDTH_MAX).contains(&width).then_some(width)?)
                }
                _ => return None,
            });
            rest = after;
        }
        let numbers = pieces.iter().filter(|piece| matches!(piece, Piece::Number(_))).count();
        let has_names = text.split('/').all(|part| !part.is_empty() && !part.starts_with('.'));
        (numbers == 1 && has_names && text.len() <= PATTERN_MAX).then_some(Self(pieces))
    }

    /// The number of the document that has a place in the series, from 1.
    pub(crate) fn number(&self, place: u64, date: NaiveDate) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Year => format!("{:04}", date.year()),
            Piece::Number(width) => format!("{place:0width$}"),
        };
        self.0.iter().map(piece).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_the_year_and_the_place_in_the_series() {
        let date = "2026-11-05".parse().unwrap();
        let number = |pattern: &str| NumberPattern::parse(pattern).unwrap().number(42, date);
        assert_eq!(number("{year}-{n:05}"), "2026-00042");
        assert_eq!(number("UB/{n}"), "UB/42");
        assert_eq!(number("{n:01}"), "42");
        assert_eq!(NumberPattern::default().number(1, date), "2026-00001");
        assert_eq!(NumberPattern::default().number(123_456, date), "2026-123456");
    }

    #[test]
    fn a_pattern_without_one_number_is_none() {
        for pattern in [
            "",
            "{year}",
            "{n}{n}",
            "{n:5}",
            "{n:0}",
            "{n:099}",
            "{month}-{n}",
            "{n",
            "a b{n}",
            "n}{n}",
            "{n:x}",
            "ü{n}",
            "../../{n}",
            "/{n}",
            ".{n}",
        ] {
            assert_eq!(NumberPattern::parse(pattern), None, "{pattern}");
        }
        assert_eq!(NumberPattern::parse(&format!("{}{{n}}", "a".repeat(40))), None);
    }
}
