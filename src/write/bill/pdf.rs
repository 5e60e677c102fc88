//! A bill as PDF: set by typst from a template, tagged, PDF/UA-1 and PDF/A-3a, with the lines attached as CSV and JSON.
//!
//! No font of the machine, no clock, no network and no package is used, so that the same bill gives the same bytes.

mod glyphs;
mod world;

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};

use chrono::{Datelike as _, NaiveDate};
use serde_json::Value;
use typst::WorldExt as _;
use typst::diag::SourceDiagnostic;
use typst::foundations::{Bytes, Datetime, Smart};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Feature, Library, LibraryExt as _, World as _};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

use self::glyphs::Spelling;
use self::world::BillWorld;
use super::{data, lines, words};
use crate::bill::{Bill, BillSpec, Sender};
use crate::error::{Error, Result};
use crate::write::csv::CsvOptions;

/// The template that is used if the sender has none.
const TEMPLATE: &str = include_str!("bill.typ");

/// What templates load a bill from.
const DATA: &str = "data.json";

/// What is attached.
const JSON: &str = "bill.json";
const CSV: &str = "bill.csv";

/// A template with fonts, to print bills by.
pub(in crate::write) struct Press {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
    /// The template's name within its folder, and its text.
    name: String,
    text: String,
    /// What else the template may load; nothing if it is the built-in one.
    folder: Option<PathBuf>,
}

impl std::fmt::Debug for Press {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.debug_struct("Press").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Press {
    /// # Errors
    /// A template or font that cannot be read.
    pub(super) fn new(sender: &Sender) -> Result<Self> {
        let (name, text, folder) = match &sender.template {
            None => ("bill.typ".to_owned(), TEMPLATE.to_owned(), None),
            Some(path) => {
                let unreadable = |source| Error::Unreadable { path: path.clone(), source };
                let text = fs::read_to_string(path).map_err(unreadable)?;
                let whole = path.canonicalize().map_err(unreadable)?;
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                (name, text, whole.parent().map(Path::to_owned))
            }
        };
        Ok(Self { folder, ..Self::built_in(&name, &text, sender.fonts.as_deref())? })
    }

    /// One with a template that is built in, and a folder with further fonts.
    ///
    /// # Errors
    /// A font that cannot be read.
    pub(in crate::write) fn built_in(name: &str, text: &str, fonts: Option<&Path>) -> Result<Self> {
        let built_in = typst_assets::fonts().flat_map(|bytes| Font::iter(Bytes::new(bytes)));
        let mut fonts = fonts.map(fonts_of).transpose()?.unwrap_or_default();
        fonts.extend(built_in);
        Ok(Self {
            // It marks what heads a row of a table.
            library: LazyHash::new(
                Library::builder().with_features([Feature::A11yExtras].into_iter().collect()).build(),
            ),
            book: LazyHash::new(FontBook::from_fonts(&fonts)),
            fonts,
            name: name.to_owned(),
            text: text.to_owned(),
            folder: None,
        })
    }

    /// The bytes of a PDF file.
    ///
    /// # Errors
    /// A template that cannot be set.
    pub(super) fn print(&self, bill: &Bill, spec: &BillSpec) -> Result<Vec<u8>> {
        let printed = self.printed(bill, spec, Spelling::Covered);
        // Should a font not have the glyph that it promises, letters beyond the usual ones are spelled out.
        printed.or_else(|_| self.printed(bill, spec, Spelling::Usual))
    }

    /// Whether a bill has a character that no font has, which is spelled out.
    pub(super) fn spells_out(&self, bill: &Bill, spec: &BillSpec) -> bool {
        let is_spelled = Cell::new(false);
        glyphs::map_texts(&data::data(bill, spec), &|text| {
            let text = words::seen(text);
            is_spelled.set(is_spelled.get() || Spelling::Covered.changes(&text, &self.fonts));
            String::new()
        });
        is_spelled.get()
    }

    fn printed(&self, bill: &Bill, spec: &BillSpec, spelling: Spelling) -> Result<Vec<u8>> {
        let data = data::data(bill, spec);
        let mut csv = Vec::new();
        lines::write(bill, &CsvOptions::default(), &mut csv)?;
        let mut files = vec![(JSON, json(&data)), (CSV, csv)];
        if let Some(logo) = &spec.sender.letterhead.logo {
            files.push((data::logo_name(logo), logo.bytes.clone()));
        }
        self.set(&data, files, spec.date, spelling)
    }

    /// The bytes of a PDF file of other data, with that attached under a name.
    ///
    /// # Errors
    /// A template that cannot be set.
    pub(in crate::write) fn print_data(
        &self,
        data: &Value,
        name: &'static str,
        mut files: Vec<(&'static str, Vec<u8>)>,
        day: NaiveDate,
    ) -> Result<Vec<u8>> {
        files.push((name, json(data)));
        let printed = self.set(data, files.clone(), day, Spelling::Covered);
        printed.or_else(|_| self.set(data, files, day, Spelling::Usual))
    }

    /// Sets a document of a day: its data, with what its fonts lack spelled out, and files beside it.
    fn set(
        &self,
        data: &Value,
        mut files: Vec<(&'static str, Vec<u8>)>,
        day: NaiveDate,
        spelling: Spelling,
    ) -> Result<Vec<u8>> {
        let shown = glyphs::map_texts(data, &|text| spelling.spelled(&words::seen(text), &self.fonts));
        files.push((DATA, json(&shown)));
        let date = Datetime::from_ymd(day.year(), day.month() as u8, day.day() as u8);
        let world = BillWorld::new(self, files, date)?;
        let wrong = |errors: &[SourceDiagnostic]| self.wrong(&world, errors);
        let compiled = typst::compile::<PagedDocument>(&world);
        let document = compiled.output.map_err(|errors| wrong(&errors));
        let printed = document.and_then(|document| {
            let options = PdfOptions {
                ident: Smart::Custom(format!("{data} {date:?}")),
                creator: Smart::Custom(None),
                timestamp: date.map(Timestamp::new_utc),
                standards: PdfStandards::new(&[PdfStandard::Ua_1, PdfStandard::A_3a])
                    .expect("the two standards go together"),
                ..PdfOptions::default()
            };
            typst_pdf::pdf(&document, &options).map_err(|errors| wrong(&errors))
        });
        // What is remembered of one bill is of no use for the next ones, but for fonts and the template.
        typst::comemo::evict(8);
        printed
    }

    /// What is wrong with the template, and in which line.
    fn wrong(&self, world: &BillWorld<'_>, errors: &[SourceDiagnostic]) -> Error {
        let Some(error) = errors.first() else {
            return Error::BadTemplate { path: self.name.clone(), reason: "it cannot be set".to_owned() };
        };
        let line = world.range(error.span).and_then(|range| {
            let source = world.source(error.span.id()?).ok()?;
            source.lines().byte_to_line(range.start)
        });
        let line = line.map(|line| format!("line {}: ", line + 1)).unwrap_or_default();
        // The hints speak of the command of typst.
        Error::BadTemplate { path: self.name.clone(), reason: format!("{line}{}", error.message) }
    }
}

fn json(value: &Value) -> Vec<u8> {
    serde_json::to_vec_pretty(value).expect("a value of texts is JSON")
}

/// All fonts of a folder, in the order of their files' names.
fn fonts_of(folder: &Path) -> Result<Vec<Font>> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |source| Error::Unreadable { path, source }
    };
    let entries = fs::read_dir(folder).map_err(unreadable(folder))?;
    let paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<std::io::Result<Vec<_>>>();
    let mut paths = paths.map_err(unreadable(folder))?;
    paths.sort();
    let is_font = |path: &&PathBuf| {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        ["ttf", "otf", "ttc", "otc"].contains(&&*ending.to_ascii_lowercase())
    };
    let mut fonts = Vec::new();
    for path in paths.iter().filter(is_font) {
        let bytes = fs::read(path).map_err(unreadable(path))?;
        let before = fonts.len();
        fonts.extend(Font::iter(Bytes::new(bytes)));
        if fonts.len() == before {
            let reason = "it is no font that can be read; take it out of the folder of fonts".to_owned();
            return Err(Error::BadTemplate { path: path.display().to_string(), reason });
        }
    }
    if fonts.is_empty() {
        let reason =
            "it has no font (.ttf, .otf, .ttc or .otc); put fonts there, or leave fonts out".to_owned();
        return Err(Error::BadTemplate { path: folder.display().to_string(), reason });
    }
    Ok(fonts)
}

#[cfg(test)]
mod tests;
