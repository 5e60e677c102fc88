//! A [`Pack`], or rows that are no report, as PDF: for A4, tagged, PDF/UA-1 and PDF/A-3a, set by typst as bills are.

mod data;
mod rows;
mod table;

use std::io::Write;

use chrono::NaiveDate;
use serde_json::{Value as Json, json};

use super::bill::data::logo_name;
use super::bill::pdf::Press;
use super::put;
use crate::error::Result;
use crate::letterhead::Letterhead;
use crate::pack::Pack;
use crate::statement::Statement;

/// What the templates have in common.
const PARTS: &str = include_str!("parts.typ");

/// Draws a pack.
pub(super) fn write(pack: &Pack, out: &mut dyn Write) -> Result<()> {
    let template = Template { name: "pack.typ", text: include_str!("pack.typ"), attached: "pack.json" };
    template.print(&data::data(pack), &pack.letterhead, pack.provenance.as_of, out)
}

/// Draws rows with their totals.
pub(super) fn write_statement(
    statement: &dyn Statement,
    letterhead: &Letterhead,
    out: &mut dyn Write,
) -> Result<()> {
    let template = Template { name: "rows.typ", text: include_str!("rows.typ"), attached: "rows.json" };
    template.print(&rows::data(statement, letterhead), letterhead, statement.caption().as_of, out)
}

/// A template that is built in, and the name of its data in the document.
struct Template {
    name: &'static str,
    text: &'static str,
    attached: &'static str,
}

impl Template {
    fn print(&self, data: &Json, letterhead: &Letterhead, day: NaiveDate, out: &mut dyn Write) -> Result<()> {
        let press = Press::built_in(self.name, self.text, letterhead.fonts.as_deref())?;
        let logo = letterhead.logo.as_ref().map(|logo| (logo_name(logo), logo.bytes.clone()));
        let files = logo.into_iter().chain([("parts.typ", PARTS.as_bytes().to_vec())]).collect();
        put(&press.print_data(data, self.attached, files, day)?, out)
    }
}

/// Who sends it.
fn sender(letterhead: &Letterhead) -> Json {
    let logo = letterhead.logo.as_ref().map(logo_name);
    json!({ "name": letterhead.organisation, "contact": letterhead.contact, "logo": logo })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::letterhead::Letterhead;
    use crate::pack::PackSpec;
    use crate::period::{Calendar, PeriodRange};
    use crate::report::ReportSpec;
    use crate::usecase::{Preparation, Prepared};
    use crate::write::sample::Numbered;
    use crate::{ReadRequest, read};

    fn october() -> Vec<u8> {
        let calendar = Calendar { as_of: "2026-11-23".parse().unwrap(), fiscal_year_start: 1 };
        let period = Some(PeriodRange::parse("2026-10", calendar).unwrap());
        let report = ReportSpec { period, ..ReportSpec::monthly(calendar.as_of) };
        let letterhead =
            Letterhead { organisation: Some("🚀 国立 Ltd".to_owned()), ..Letterhead::default() };
        let spec = PackSpec { report, has_users: false, is_pseudonymous: false, letterhead };
        let intake = read(&ReadRequest::new(["fixtures/real/complete"]), &Default::default()).unwrap();
        let pack = Prepared::new(intake, &Preparation::of_pack(&spec)).unwrap().pack(&spec).unwrap();
        let mut out = Vec::new();
        write(&pack, &mut out).unwrap();
        out
    }

    #[test]
    fn a_pack_is_a_tagged_document_and_the_same_bytes_again() {
        let document = october();
        assert!(document.starts_with(b"%PDF-1.7"));
        let text = String::from_utf8_lossy(&document);
        assert!(
            text.contains("<pdfuaid:part>1</pdfuaid:part>") && text.contains("<pdfaid:part>3</pdfaid:part>")
        );
        assert!(document == october(), "the same input gives the same bytes");
    }

    #[test]
    fn rows_are_a_tagged_document_and_the_same_bytes_again() {
        let document = |rows| {
            let mut statement = Numbered::new(rows);
            statement.caption.title = vec!["Changes of 東京".to_owned(), "a".repeat(300)];
            let mut out = Vec::new();
            write_statement(&statement, &Letterhead::default(), &mut out).unwrap();
            out
        };
        for rows in [0, 1, table::ROWS_MAX + 1] {
            let drawn = document(rows);
            assert!(String::from_utf8_lossy(&drawn).contains("<pdfuaid:part>1</pdfuaid:part>"), "{rows}");
            assert!(drawn == document(rows), "{rows}: the same input gives the same bytes");
        }
        let data = rows::data(&Numbered::new(table::ROWS_MAX + 1), &Letterhead::default());
        assert_eq!(data["rows"]["rows"].as_array().unwrap().len(), table::ROWS_MAX);
        assert_eq!(data["rows"]["more"], "1 more row is in the workbook and in CSV.");
    }
}
