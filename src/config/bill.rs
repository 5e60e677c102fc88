//! The table `[bill]`: who sends bills, and how they are to be paid.

use std::fs;
use std::path::PathBuf;

use crate::bill::{NUMBER_PATTERN_EXPECTED, NumberPattern, Sender};
use crate::error::Result;
use crate::letterhead::Letterhead;
use serde::Deserialize;
use toml::Spanned;

use super::{Line, Place};

/// The keys of `[bill]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BillTable {
    #[serde(default)]
    address: Vec<Line>,
    vat_number: Option<Line>,
    due_days: Option<Spanned<u16>>,
    number: Option<Spanned<String>>,
    #[serde(default)]
    payment: Vec<Line>,
    /// Relative to the folder of the configuration, as the next one.
    template: Option<Spanned<PathBuf>>,
    fonts: Option<Spanned<PathBuf>>,
}

/// No bill is payable later.
const DAYS_MAX: u16 = 366;

impl BillTable {
    pub(super) fn sender(self, letterhead: &Letterhead, place: &Place<'_>) -> Result<Sender> {
        let lines = |lines: Vec<Line>| lines.into_iter().map(|Line(text)| text).collect();
        if let Some(days) = self.due_days.as_ref().filter(|days| *days.get_ref() > DAYS_MAX) {
            let reason =
                format!("bill.due_days: found {}, expected a number from 0 to {DAYS_MAX}", days.get_ref());
            return Err(place.wrong_at(days.span().start, reason));
        }
        let number = match &self.number {
            None => NumberPattern::default(),
            Some(text) => NumberPattern::parse(text.get_ref()).ok_or_else(|| {
                let reason =
                    format!("bill.number: found {:?}, expected {NUMBER_PATTERN_EXPECTED}", text.get_ref());
                place.wrong_at(text.span().start, reason)
            })?,
        };
        let found = |key: &str, path: Option<Spanned<PathBuf>>, is_folder: bool| {
            let Some(path) = path else { return Ok(None) };
            let full = place.beside(path.get_ref());
            let is_kind =
                |metadata: fs::Metadata| if is_folder { metadata.is_dir() } else { metadata.is_file() };
            let is_there = fs::metadata(&full).is_ok_and(is_kind);
            let expected = if is_folder { "a folder" } else { "a file" };
            let reason = || format!("bill.{key}: {}: expected {expected}", full.display());
            if is_there { Ok(Some(full)) } else { Err(place.wrong_at(path.span().start, reason())) }
        };
        Ok(Sender {
            letterhead: letterhead.clone(),
            address: lines(self.address),
            vat_number: self.vat_number.map(|Line(text)| text),
            due_days: self.due_days.map(Spanned::into_inner),
            number,
            payment: lines(self.payment),
            template: found("template", self.template, false)?,
            fonts: found("fonts", self.fonts, true)?,
        })
    }
}
