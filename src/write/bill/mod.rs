//! Draws bills: a page, a workbook, a table of lines, and PDF; and what goes with them. Nothing here computes an amount.

pub(super) mod data;
mod eml;
mod html;
mod issued;
mod lines;
#[cfg(feature = "bill")]
pub(super) mod pdf;
mod register;
pub(super) mod words;

use std::fmt;
use std::io::Write;

pub(crate) use self::eml::{Attachment, write_draft};
pub(crate) use self::issued::{ISSUED_REGISTER, RegisterRow, write_register};
pub(crate) use self::register::{MailedBill, REGISTER, write_mail_merge};
use super::csv::CsvOptions;
use crate::bill::{Bill, BillSpec};
use crate::error::{Error, Result};

/// How a bill can be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BillFormat {
    /// Pages to print and to keep, with the lines attached; only with the feature `bill`.
    Pdf,
    /// A page for browsers.
    Html,
    /// A workbook for spreadsheets.
    Xlsx,
    /// The lines as a table.
    Csv,
}

impl BillFormat {
    /// In the order in which messages list them.
    pub const ALL: [Self; 4] = [Self::Pdf, Self::Html, Self::Xlsx, Self::Csv];

    /// Those that this build can write.
    pub fn available() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|format| cfg!(feature = "bill") || *format != Self::Pdf)
    }

    /// The word on the command line, and the ending of files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Html => "html",
            Self::Xlsx => "xlsx",
            Self::Csv => "csv",
        }
    }
}

impl fmt::Display for BillFormat {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Writes bills, one after the other, with what they all have read once.
#[derive(Debug)]
pub(crate) struct BillWriter<'a> {
    spec: &'a BillSpec,
    csv: &'a CsvOptions,
    #[cfg(feature = "bill")]
    press: Option<pdf::Press>,
}

impl<'a> BillWriter<'a> {
    /// # Errors
    /// A format that this build does not have; a template or fonts that cannot be read.
    pub(crate) fn new(spec: &'a BillSpec, formats: &[BillFormat], csv: &'a CsvOptions) -> Result<Self> {
        let has_pdf = formats.contains(&BillFormat::Pdf);
        if has_pdf && cfg!(not(feature = "bill")) {
            return Err(Error::WithoutFeature { format: "pdf", feature: "bill" });
        }
        Ok(Self {
            spec,
            csv,
            #[cfg(feature = "bill")]
            press: has_pdf.then(|| pdf::Press::new(&spec.sender)).transpose()?,
        })
    }

    /// Draws a bill.
    ///
    /// # Errors
    /// A writer that refuses its bytes; a template that cannot be set.
    pub(crate) fn write(&self, bill: &Bill, format: BillFormat, out: &mut dyn Write) -> Result<()> {
        match format {
            BillFormat::Html => super::html::put(&html::page(bill, self.spec), out),
            BillFormat::Xlsx => super::xlsx::bill::write(bill, self.spec, out),
            BillFormat::Csv => lines::write(bill, self.csv, out),
            BillFormat::Pdf => self.write_pdf(bill, out),
        }?;
        out.flush().map_err(super::refused)
    }

    /// Whether a bill's PDF spells out characters that no font has.
    #[cfg(feature = "bill")]
    pub(crate) fn spells_out(&self, bill: &Bill) -> bool {
        self.press.as_ref().is_some_and(|press| press.spells_out(bill, self.spec))
    }

    /// Without PDF, nothing is set with fonts of its own.
    #[cfg(not(feature = "bill"))]
    pub(crate) fn spells_out(&self, _: &Bill) -> bool {
        false
    }

    /// All that a bill says, as JSON.
    pub(crate) fn data(&self, bill: &Bill) -> Vec<u8> {
        serde_json::to_vec_pretty(&data::data(bill, self.spec)).expect("a value of texts is JSON")
    }

    #[cfg(feature = "bill")]
    fn write_pdf(&self, bill: &Bill, out: &mut dyn Write) -> Result<()> {
        let press = self.press.as_ref().expect("PDF is among the formats");
        super::put(&press.print(bill, self.spec)?, out)
    }

    #[cfg(not(feature = "bill"))]
    fn write_pdf(&self, _: &Bill, _: &mut dyn Write) -> Result<()> {
        Err(Error::WithoutFeature { format: "pdf", feature: "bill" })
    }
}
