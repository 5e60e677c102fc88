//! How people of a language and territory write numbers, days and months in tables, if that is stated.
//!
//! The conventions are those of the GNU C Library. Nothing here looks at a table.

use std::fmt;
use std::str::FromStr;

use pure_rust_locales::{Locale as Known, locale_match};
use serde::de::{Deserializer, Error as _, Unexpected};
use serde::{Deserialize, Serialize, Serializer};

use super::numbers::Mark;

/// A language with its territory: `de-DE`, `en-GB`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Locale(Known);

/// Whose way of writing a table has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Writing {
    /// A program's: its numbers may show it.
    Program,
    /// A person's, who may have stated it.
    Person(Option<Locale>),
}

/// Which of the two numbers before a year is the day's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    DayFirst,
    MonthFirst,
}

/// What to do about a number or a day that can be read in two ways.
pub(crate) const STATE_IT: &str =
    "or state how your tables are written, as locale = \"en-GB\" under [tables] in the configuration";

impl Locale {
    /// `Err` says what was expected.
    ///
    /// # Errors
    /// A text that names no locale, or a language that several territories write.
    pub fn parse(text: &str) -> Result<Self, String> {
        const EXPECTED: &str = "a language and its territory, as de-DE or en-GB";
        let (language, territory) = match text.split_once(['-', '_']) {
            Some((language, territory)) => (language, Some(territory.to_ascii_uppercase())),
            None => (text, None),
        };
        let language = language.to_ascii_lowercase();
        let known = |territory: &str| format!("{language}_{territory}").parse().ok().and_then(Self::usable);
        if let Some(territory) = territory {
            return known(&territory).ok_or_else(|| EXPECTED.to_owned());
        }
        // The country of a language's own name, as Germany for German.
        if let Some(own) = known(&language.to_ascii_uppercase()) {
            return Ok(own);
        }
        let letters = || b'A'..=b'Z';
        let pairs = letters().flat_map(|first| letters().map(move |second| [first, second].map(char::from)));
        let all: Vec<Self> = pairs.filter_map(|pair| known(&String::from_iter(pair))).collect();
        match all[..] {
            [] => Err(EXPECTED.to_owned()),
            [only] => Ok(only),
            _ => {
                let names: Vec<String> = all.iter().map(Self::to_string).collect();
                Err(format!("the territory too: one of {}", names.join(", ")))
            }
        }
    }

    /// Locales that have a point or a comma before decimals.
    fn usable(known: Known) -> Option<Self> {
        mark_of(known).map(|_| Self(known))
    }

    /// What its numbers have before decimals.
    pub(crate) fn mark(self) -> Mark {
        mark_of(self.0).expect("only such locales are made")
    }

    /// The order of its days; `None` if it puts the year first or spells months out.
    pub(crate) fn order(self) -> Option<Order> {
        let form = locale_match!(self.0 => LC_TIME::D_FMT);
        let place = |letters: &[char]| {
            let of = |letter: &char| {
                let forms = [format!("%{letter}"), format!("%-{letter}")];
                forms.iter().filter_map(|written| form.find(written.as_str())).min()
            };
            letters.iter().filter_map(of).min()
        };
        let (day, month, year) = (place(&['d', 'e'])?, place(&['m'])?, place(&['y', 'Y'])?);
        match (day < year && month < year, day < month) {
            (true, true) => Some(Order::DayFirst),
            (true, false) => Some(Order::MonthFirst),
            (false, _) => None,
        }
    }

    fn month_of_name(self, name: &str) -> Option<u32> {
        let alternatives: Option<&[&str]> = locale_match!(self.0 => LC_TIME::ALT_MON);
        let lists: [&[&str]; 3] = [
            locale_match!(self.0 => LC_TIME::MON),
            locale_match!(self.0 => LC_TIME::ABMON),
            alternatives.unwrap_or_default(),
        ];
        let plain = |name: &str| name.trim_end_matches('.').to_lowercase();
        let name = plain(name);
        let mut months = lists.into_iter().filter_map(|list| list.iter().position(|own| plain(own) == name));
        months.next().map(|at| at as u32 + 1)
    }
}

/// The number of a month by its name or what is short for it, in English or as a locale has it; `None` if these differ.
pub(crate) fn month_named(name: &str, locale: Option<Locale>) -> Option<u32> {
    let english = Locale(Known::en_US).month_of_name(name);
    match (english, locale.and_then(|locale| locale.month_of_name(name))) {
        (Some(english), Some(own)) => (english == own).then_some(own),
        (english, own) => english.or(own),
    }
}

fn mark_of(known: Known) -> Option<Mark> {
    match locale_match!(known => LC_NUMERIC::DECIMAL_POINT) {
        "." => Some(Mark::Point),
        "," => Some(Mark::Comma),
        _ => None,
    }
}

impl Writing {
    pub(crate) fn locale(self) -> Option<Locale> {
        match self {
            Self::Person(locale) => locale,
            Self::Program => None,
        }
    }
}

impl fmt::Display for Locale {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.0.to_string().replace('_', "-"))
    }
}

impl FromStr for Locale {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::parse(text).map_err(|expected| format!("expected {expected}"))
    }
}

impl Serialize for Locale {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Locale {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text)
            .map_err(|expected| D::Error::invalid_value(Unexpected::Str(&text), &expected.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        match Locale::parse(text) {
            Ok(locale) => format!("{locale} {:?} {:?}", locale.mark(), locale.order()),
            Err(expected) => expected,
        }
    }

    #[test]
    fn a_locale_is_a_language_with_a_territory() {
        for (text, expected) in [
            ("de", "de-DE Comma Some(DayFirst)"),
            ("de-CH", "de-CH Point Some(DayFirst)"),
            ("de-AT", "de-AT Comma None"),
            ("et", "et-EE Comma Some(DayFirst)"),
            ("en-GB", "en-GB Point Some(DayFirst)"),
            ("en-US", "en-US Point Some(MonthFirst)"),
            ("sv-SE", "sv-SE Comma None"),
            ("sv", "the territory too: one of sv-FI, sv-SE"),
            ("xx", "a language and its territory, as de-DE or en-GB"),
            ("de-XX", "a language and its territory, as de-DE or en-GB"),
            ("", "a language and its territory, as de-DE or en-GB"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
        assert!(shown("en").contains("en-GB"), "nobody can tell how a day is written in English");
    }

    #[test]
    fn months_have_names_in_english_and_in_the_language_that_is_stated() {
        let german = Locale::parse("de").ok();
        for (name, english, in_german) in [
            ("May", Some(5), Some(5)),
            ("Sep.", Some(9), Some(9)),
            ("März", None, Some(3)),
            ("5", None, None),
        ] {
            assert_eq!((month_named(name, None), month_named(name, german)), (english, in_german), "{name}");
        }
        assert_eq!(month_named("toukokuu", Locale::parse("fi").ok()), Some(5));
    }
}
