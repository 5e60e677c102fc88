//! What a spreadsheet would change when it opens a table of text, and how that is kept as it is.

use std::borrow::Cow;

/// The text behind an apostrophe if a spreadsheet would run it as a formula.
pub(crate) fn harmless(text: &str) -> Cow<'_, str> {
    guarded(text, is_formula(text))
}

/// The text behind an apostrophe if a spreadsheet would run it, or read another value from it: `0042` as 42, `1E10` as
/// a number, `2026-10` or `1-2` as a date, sixteen digits as fifteen.
pub(crate) fn kept(text: &str) -> Cow<'_, str> {
    guarded(text, is_formula(text) || is_converted(text))
}

fn guarded(text: &str, is_changed: bool) -> Cow<'_, str> {
    if is_changed { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// Whether the text begins as formulas do, full-width signs and what programs trim away included.
fn is_formula(text: &str) -> bool {
    text.starts_with(['\t', '\r', '\n'])
        || text.trim_start_matches(is_trimmed).starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
}

fn is_trimmed(character: char) -> bool {
    character.is_whitespace() || character.is_control() || matches!(character, '\u{200b}' | '\u{feff}')
}

/// The digits that a number of a spreadsheet has.
const DIGITS_MAX: usize = 15;

/// Nothing longer is a number, date or time to a spreadsheet.
const LENGTH_MAX: usize = 255;

/// Whether a spreadsheet reads a number, date, time, truth value or error from the text that is not the text again.
///
/// A whole number of at most fifteen digits without leading zeros is itself.
fn is_converted(text: &str) -> bool {
    let text = text.trim_matches(is_trimmed);
    if text.is_empty() || text.len() > LENGTH_MAX {
        return false;
    }
    let text: String = text.chars().map(narrow).flat_map(char::to_lowercase).collect();
    if is_plain_number(&text) {
        return false;
    }
    let has_digit = text.contains(|character: char| character.is_ascii_digit());
    // An exponent has digits before it, and there is one: `0e10` is a number, and `e0e0` is not.
    let is_exponent = !text.starts_with('e') && text.matches('e').count() <= 1;
    let is_number = is_exponent && text.chars().all(is_numeric);
    has_digit && (is_number || is_time(&text)) || WORDS.contains(&&*text)
}

fn is_plain_number(text: &str) -> bool {
    let is_whole = text.bytes().all(|byte| byte.is_ascii_digit());
    is_whole && text.len() <= DIGITS_MAX && (text == "0" || !text.starts_with('0'))
}

/// Full-width characters as those that they stand for.
fn narrow(character: char) -> char {
    match character {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(character) - 0xfee0).unwrap_or(character),
        _ => character,
    }
}

/// What numbers, dates and times are written with, in some country or other.
fn is_numeric(character: char) -> bool {
    character.is_ascii_digit()
        || character.is_whitespace()
        || matches!(
            character,
            '.' | ','
                | '\''
                | '’'
                | ':'
                | '/'
                | '-'
                | '\u{2212}'
                | '+'
                | 'e'
                | '%'
                | '('
                | ')'
                | '$'
                | '€'
                | '£'
                | '¥'
                | '₩'
        )
}

/// Whether the text is digits and the name of a month, as `1 May`, `Oct-26` and `MAR1`, or an hour, as `1 pm`.
fn is_time(text: &str) -> bool {
    let mut words = text.split(|character: char| !character.is_alphabetic()).filter(|word| !word.is_empty());
    let others = |character: char| {
        character.is_ascii_digit()
            || character.is_alphabetic()
            || character.is_whitespace()
            || matches!(character, '.' | ',' | '/' | '-' | ':')
    };
    let (Some(word), None) = (words.next(), words.next()) else { return false };
    let is_hour = matches!(word, "a" | "p" | "am" | "pm") && text.ends_with(&format!(" {word}"));
    text.chars().all(others) && (is_hour || MONTHS.contains(&word))
}

/// Truth values and errors, as spreadsheets in several languages have them.
const WORDS: [&str; 19] = [
    "true",
    "false",
    "wahr",
    "falsch",
    "vrai",
    "faux",
    "verdadero",
    "falso",
    "vero",
    "tõene",
    "väär",
    "#n/a",
    "#nv",
    "#ref!",
    "#value!",
    "#div/0!",
    "#name?",
    "#num!",
    "#null!",
];

/// Months as spreadsheets know them in English, German, French, Spanish and Estonian, whole and short.
const MONTHS: [&str; 78] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "jan",
    "feb",
    "mar",
    "apr",
    "jun",
    "jul",
    "aug",
    "sep",
    "sept",
    "oct",
    "nov",
    "dec",
    "januar",
    "februar",
    "märz",
    "mai",
    "juni",
    "juli",
    "oktober",
    "dezember",
    "mär",
    "mrz",
    "okt",
    "dez",
    "janvier",
    "février",
    "mars",
    "avril",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
    "janv",
    "févr",
    "avr",
    "juil",
    "déc",
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
    "ene",
    "abr",
    "ago",
    "dic",
    "jaanuar",
    "veebruar",
    "märts",
    "aprill",
    "juuni",
    "juuli",
    "detsember",
    "jaan",
    "veebr",
    "dets",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_takes_for_a_formula_is_known_in_every_disguise() {
        for text in [
            "=1",
            "+1",
            "-1",
            "@x",
            "  =1",
            "\u{a0}=1",
            "\t1",
            "\r1",
            "\n1",
            "＝1",
            "＋1",
            "－1",
            "＠1",
            "\u{feff}=1",
            "+49 30 1234",
        ] {
            assert!(is_formula(text), "{text:?}");
        }
        for text in ["", " ", "a=1", "'=1", "1-1", "x", "東京"] {
            assert!(!is_formula(text), "{text:?}");
        }
    }

    #[test]
    fn text_of_which_a_spreadsheet_would_make_another_value_is_kept() {
        for text in [
            "0042",
            "00",
            "1E10",
            "1e5",
            "2E-3",
            "2026-10",
            "1-2",
            "1/2",
            "3.4",
            "1.5",
            "1,5",
            "1.234",
            "1 000",
            "1'000",
            "1234567890123456",
            "12:30",
            "12:30:00",
            "1 pm",
            "5%",
            "(5)",
            "$5",
            "5 €",
            " 0042 ",
            "０４２",
            "1 May",
            "May 5",
            "Oct-26",
            "MAR1",
            "SEPT2",
            "10. Oktober",
            "5 mai",
            "1. märts 2026",
            "TRUE",
            "falsch",
            "#N/A",
            "1 1/2",
            "2026-10-01",
            "1.10.2026",
            "12345678901234567890123456789012",
            "1234567890123456789012345678e123",
        ] {
            assert_eq!(kept(text), format!("'{text}"), "{text:?}");
            assert_eq!(harmless(text), text, "a value of our own is left to the spreadsheet");
        }
    }

    #[test]
    fn text_that_stays_itself_is_left_as_it_is() {
        for text in [
            "",
            "0",
            "42",
            "123456789012345",
            "Acme",
            "A100",
            "node-12",
            "GPU 1",
            "v1.5",
            "2026-Q3",
            "fy2026",
            "may",
            "Mayo Clinic 5",
            "0a1b2c3d00000000000000000000000a",
            "e",
            "e-",
            "x1E10",
            "a 1",
            "2026-10-01T00:00:00Z",
            "1 pm sharp",
            "#1",
            "true story",
            "東京",
        ] {
            assert_eq!(kept(text), text);
        }
    }

    #[test]
    fn very_long_digits_are_no_number() {
        assert!(is_converted(&"1".repeat(LENGTH_MAX)));
        assert!(!is_converted(&"1".repeat(LENGTH_MAX + 1)));
    }
}
