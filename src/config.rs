//! The configuration: what holds for every run of an organisation, unless the command line says otherwise.
//!
//! ```toml
//! organisation = "University of Tartu"
//! timezone = "Europe/Tallinn"
//!
//! [component_labels]
//! cpu = "CPU hours"
//! ```

mod bill;
mod journal;
mod month;

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use crate::bill::Sender;
use crate::error::{Error, Result};
use crate::files::hashing::Digest;
use crate::ingest::read_plain_file;
use crate::join::Mapping;
use crate::letterhead::{Letterhead, Logo};
use crate::price::{Services, Subcategory};
use crate::system;
use crate::tabular::{Locale, utf8};
use crate::write::is_drawable;
use chrono_tz::Tz;
use serde::de::{Deserializer, Error as _, Unexpected};
use serde::{Deserialize, Serialize};
use toml::Spanned;

use self::bill::BillTable;
use self::journal::JournalTable;
pub use self::month::MonthSettings;
use self::month::MonthTable;

/// What is read where no other file is named.
pub const FILE_NAME: &str = "usagebook.toml";

/// More characters than this are no name, telephone number or address.
const CHARACTERS_MAX: usize = 200;

/// What a configuration says, with what holds where it says nothing.
#[derive(Debug, Default)]
pub struct Configuration {
    /// The file that it was read from.
    pub source: Option<Source>,
    /// The zone in which days and months begin.
    pub timezone: Option<Tz>,
    fiscal_year_start: Option<u32>,
    /// Who changes books.
    pub by_whom: Option<String>,
    locale: Option<Locale>,
    /// Who sends the figures.
    pub letterhead: Letterhead,
    /// What kinds of service offerings are, for FOCUS.
    pub services: Services,
    /// How amounts become ledger postings.
    pub journal: Option<Mapping>,
    /// Who sends bills, and how they are to be paid.
    pub sender: Sender,
    /// What the end of every month is made with.
    pub month: Option<MonthSettings>,
}

/// A file as the manifest names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Source {
    /// The path as it was given.
    pub path: String,
    /// What it said, by digest.
    pub sha256: Option<String>,
}

impl Configuration {
    /// The file that it was read from.
    pub fn path(&self) -> Option<&Path> {
        self.source.as_ref().map(|source| Path::new(&source.path))
    }

    /// The month in which fiscal years begin: the one that was typed, else the file's, else January.
    pub fn fiscal_year_start(&self, typed: Option<u32>) -> u32 {
        typed.or(self.fiscal_year_start).unwrap_or(1)
    }

    /// How the user's own tables are written: as was typed, else as the file says; `None` if neither says it.
    pub fn locale(&self, typed: Option<Locale>) -> Option<Locale> {
        typed.or(self.locale)
    }

    /// Reads a file.
    ///
    /// # Errors
    /// A file that cannot be read, that has an unknown key or a value that a key cannot have, or that names a picture, a
    /// file or a folder that is of no use.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = read_plain_file(path)?;
        let source = Source { path: path.display().to_string(), sha256: Digest::of(&bytes).sha256 };
        let text = utf8(&bytes).map_err(|problem| {
            let reason = format!("found {}, expected text in UTF-8 or UTF-16", problem.found);
            Error::BadConfiguration { path: path.to_owned(), line: problem.line as usize, reason }
        })?;
        let place = Place { path, text: &text };
        let document: Document = toml::from_str(&text).map_err(|error| place.wrong(error))?;
        document.check_labels(&place)?;
        let letterhead = Letterhead {
            organisation: document.organisation.map(|Line(text)| text),
            contact: document.contact.map(|Line(text)| text),
            logo: document.logo.as_ref().map(|logo| place.logo(logo)).transpose()?,
            fonts: None,
            decimals: document.decimals.map_or(Letterhead::default().decimals, |Whole(count)| count),
            component_labels: document
                .component_labels
                .into_iter()
                .map(|(component_type, label)| (component_type, label.into_inner().0))
                .collect(),
        };
        let sender = document.bill.sender(&letterhead, &place)?;
        Ok(Self {
            source: Some(source),
            timezone: document.timezone.map(|Timezone(timezone)| timezone),
            fiscal_year_start: document.fiscal_year_start.map(|Whole(month)| month.into()),
            by_whom: document.by_whom.map(|Line(text)| text),
            locale: document.tables.locale,
            letterhead: Letterhead { fonts: sender.fonts.clone(), ..letterhead },
            sender,
            services: document.focus.services(),
            journal: document.journal.map(|table| place.journal(table)).transpose()?,
            month: document.month.map(|table| place.month(table)).transpose()?,
        })
    }
}

/// The keys that there are.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    organisation: Option<Line>,
    contact: Option<Line>,
    by_whom: Option<Line>,
    /// Relative to the folder of the configuration.
    logo: Option<Spanned<PathBuf>>,
    timezone: Option<Timezone>,
    fiscal_year_start: Option<Whole<1, 12>>,
    decimals: Option<Whole<0, 2>>,
    #[serde(default)]
    component_labels: BTreeMap<String, Spanned<Line>>,
    journal: Option<Spanned<JournalTable>>,
    #[serde(default)]
    bill: BillTable,
    month: Option<Spanned<MonthTable>>,
    #[serde(default)]
    tables: TablesDocument,
    #[serde(default)]
    focus: FocusDocument,
}

/// The keys for tables of the user's own.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct TablesDocument {
    locale: Option<Locale>,
}

/// The keys for FOCUS.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct FocusDocument {
    /// By the offering's name.
    #[serde(default)]
    service_subcategory: BTreeMap<String, Service>,
}

impl FocusDocument {
    fn services(self) -> Services {
        Services(
            self.service_subcategory.into_iter().map(|(name, Service(service))| (name, service)).collect(),
        )
    }
}

#[derive(Debug)]
struct Service(Subcategory);

impl<'de> Deserialize<'de> for Service {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let expected = "a ServiceSubcategory of FOCUS 1.2, as \"Virtual Machines\" or \"Other (Compute)\"";
        Subcategory::named(&text)
            .map(Self)
            .ok_or_else(|| D::Error::invalid_value(Unexpected::Str(&text), &expected))
    }
}

impl Document {
    /// Refuses two components that people could not tell apart.
    fn check_labels(&self, place: &Place<'_>) -> Result<()> {
        let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
        for (component_type, label) in &self.component_labels {
            let Line(text) = label.get_ref();
            if let Some(other) = seen.insert(text, component_type) {
                let reason = format!(
                    "component_labels.{component_type}: found {text:?}, which {other} is called already, expected a label of its own"
                );
                return Err(place.wrong_at(label.span().start, reason));
            }
        }
        Ok(())
    }
}

/// Text that fits into a line, and is not empty.
#[derive(Debug)]
struct Line(String);

impl<'de> Deserialize<'de> for Line {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let is_line = !text.trim().is_empty() && !text.contains(char::is_control);
        if !is_line || text.chars().count() > CHARACTERS_MAX {
            let expected = format!("a line of text, {CHARACTERS_MAX} characters at most");
            return Err(D::Error::invalid_value(Unexpected::Str(&text), &expected.as_str()));
        }
        Ok(Self(text.trim().to_owned()))
    }
}

#[derive(Debug)]
struct Timezone(Tz);

impl<'de> Deserialize<'de> for Timezone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let expected = "the IANA name of a time zone, as Europe/Tallinn or UTC";
        text.parse().map(Self).map_err(|_| D::Error::invalid_value(Unexpected::Str(&text), &expected))
    }
}

/// A whole number between two others, both included.
#[derive(Debug)]
struct Whole<const MIN: u8, const MAX: u8>(u8);

impl<'de, const MIN: u8, const MAX: u8> Deserialize<'de> for Whole<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let number = i64::deserialize(deserializer)?;
        let expected = format!("a whole number from {MIN} to {MAX}");
        let wrong = || D::Error::invalid_value(Unexpected::Signed(number), &expected.as_str());
        u8::try_from(number).ok().filter(|number| (MIN..=MAX).contains(number)).map(Self).ok_or_else(wrong)
    }
}

/// The file, to say where in it something is wrong.
struct Place<'a> {
    path: &'a Path,
    text: &'a str,
}

impl Place<'_> {
    fn logo(&self, logo: &Spanned<PathBuf>) -> Result<Logo> {
        let path = self.beside(logo.get_ref());
        let wrong = |found: &dyn fmt::Display, expected: &str| {
            let reason = format!("logo: {}: found {found}, expected {expected}", path.display());
            self.wrong_at(logo.span().start, reason)
        };
        let expected = format!("a PNG or JPEG picture of {} bytes at most", Logo::BYTES_MAX);
        let metadata = fs::metadata(&path).map_err(|error| wrong(&error, "a file that can be read"))?;
        if !metadata.is_file() {
            return Err(wrong(&system::kind(&metadata), &expected));
        }
        if metadata.len() > Logo::BYTES_MAX as u64 {
            return Err(wrong(&format_args!("{} bytes", metadata.len()), &expected));
        }
        let bytes = fs::read(&path).map_err(|error| wrong(&error, "a file that can be read"))?;
        let logo = Logo::new(bytes).ok_or_else(|| wrong(&"a file of another kind", &expected))?;
        if !is_drawable(&logo) {
            return Err(wrong(&"a picture without a width and height", &expected));
        }
        Ok(logo)
    }

    /// A path that is relative to the configuration.
    fn beside(&self, path: &Path) -> PathBuf {
        self.path.parent().unwrap_or(Path::new("")).join(path)
    }

    fn journal(&self, table: Spanned<JournalTable>) -> Result<Mapping> {
        let at = table.span().start;
        table.into_inner().mapping(at, self)
    }

    fn month(&self, table: Spanned<MonthTable>) -> Result<MonthSettings> {
        let at = table.span().start;
        table.into_inner().settings(at, self)
    }

    fn wrong(&self, mut error: toml::de::Error) -> Error {
        let at = error.span().map_or(self.text.len(), |span| span.start);
        error.set_input(None);
        let shown = error.to_string();
        let key = shown.split_once("\nin `").and_then(|(_, key)| key.trim_end().strip_suffix('`'));
        let message = error.message().replace('\n', ", ");
        let reason = key.map_or(message.clone(), |key| format!("{key}: {message}"));
        self.wrong_at(at, reason)
    }

    fn wrong_at(&self, at: usize, reason: String) -> Error {
        Error::BadConfiguration { path: self.path.to_owned(), line: self.line(at), reason }
    }

    /// The line of a byte, from 1.
    fn line(&self, at: usize) -> usize {
        1 + self.text.bytes().take(at).filter(|byte| *byte == b'\n').count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a configuration of that text says, or the message that refuses it without the file's name.
    fn read(text: &str) -> std::result::Result<Configuration, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE_NAME);
        fs::write(&path, text).unwrap();
        fs::copy("fixtures/letterhead/logo.png", folder.path().join("logo.png")).unwrap();
        fs::write(folder.path().join("cut.png"), b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR").unwrap();
        fs::write(folder.path().join("logo.gif"), b"GIF89a").unwrap();
        fs::write(folder.path().join("large.jpg"), vec![0xff; Logo::BYTES_MAX + 1]).unwrap();
        Configuration::read(&path).map_err(|error| {
            assert!(error.is_usage(), "{error}");
            error.to_string().replace(&format!("{}/", folder.path().display()), "")
        })
    }

    #[test]
    fn every_key_is_understood() {
        let configuration = read(
            "organisation = 'Org & Söhne'\ncontact = 'billing@example.org'\nlogo = 'logo.png'\n\
             timezone = 'Europe/Tallinn'\nfiscal_year_start = 4\ndecimals = 0\n[component_labels]\ncpu = 'CPU'\n",
        )
        .unwrap();
        assert_eq!(configuration.timezone, Some(chrono_tz::Europe::Tallinn));
        assert_eq!(configuration.fiscal_year_start(None), 4);
        assert_eq!(configuration.fiscal_year_start(Some(7)), 7, "what is typed beats the file");
        let letterhead = configuration.letterhead;
        assert_eq!(letterhead.organisation.as_deref(), Some("Org & Söhne"));
        assert_eq!(letterhead.contact.as_deref(), Some("billing@example.org"));
        assert_eq!(letterhead.logo.as_ref().map(|logo| logo.media_type), Some("image/png"));
        assert_eq!(
            (letterhead.decimals, letterhead.component("cpu"), letterhead.component("gpu")),
            (0, "CPU", "gpu")
        );
    }

    #[test]
    fn an_empty_configuration_says_nothing() {
        let configuration = read("").unwrap();
        assert_eq!((configuration.timezone, configuration.fiscal_year_start(None)), (None, 1));
        assert_eq!(configuration.letterhead, Letterhead::default());
    }

    #[test]
    fn a_mistake_is_named_by_file_line_key_what_was_found_and_what_was_expected() {
        for (text, message) in [
            (
                "\norganization = 'O'",
                "usagebook.toml: line 2: unknown field `organization`, expected one of `organisation`, `contact`",
            ),
            ("organisation = 5", "line 1: organisation: invalid type: integer `5`, expected a string"),
            (
                "contact = 'a\u{202e}'\norganisation = ''",
                "line 2: organisation: invalid value: string \"\", expected a line of text",
            ),
            (
                "timezone = 'Mars'",
                "line 1: timezone: invalid value: string \"Mars\", expected the IANA name of a time zone",
            ),
            (
                "fiscal_year_start = 13",
                "line 1: fiscal_year_start: invalid value: integer `13`, expected a whole number from 1 to 12",
            ),
            ("decimals = -1", "decimals: invalid value: integer `-1`, expected a whole number from 0 to 2"),
            (
                "[component_labels]\ncpu = 1",
                "line 2: component_labels.cpu: invalid type: integer `1`, expected a string",
            ),
            (
                "[component_labels]\ncpu = 'CPU'\ngpu = 'CPU'",
                "line 3: component_labels.gpu: found \"CPU\", which cpu is called already",
            ),
            ("logo = 'none.png'", "line 1: logo: none.png: found No such file"),
            (
                "logo = 'logo.gif'",
                "logo: logo.gif: found a file of another kind, expected a PNG or JPEG picture",
            ),
            ("logo = 'cut.png'", "logo: cut.png: found a picture without a width and height"),
            (
                "logo = 'large.jpg'",
                "logo: large.jpg: found 200001 bytes, expected a PNG or JPEG picture of 200000 bytes",
            ),
            ("[bill]\ndue_days = 400", "line 2: bill.due_days: found 400, expected a number from 0 to 366"),
            ("[bill]\n\ntemplate = 'none.typ'", "line 3: bill.template: none.typ: expected a file"),
            ("[bill]\nfonts = 'logo.png'", "line 2: bill.fonts: logo.png: expected a folder"),
            ("[bill]\nnumber = '1'", "line 2: bill.number: found \"1\", expected letters, digits"),
            ("[bill]\nnumbers = '1'", "unknown field `numbers`"),
            ("\n\ntimezone 'UTC'", "usagebook.toml: line 3: "),
        ] {
            let found = read(text).unwrap_err();
            assert!(found.contains(message), "{text}: {found}");
        }
    }
}
