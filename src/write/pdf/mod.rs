//! A [`Pack`] as PDF: for A4, tagged, PDF/UA-1 and PDF/A-3a, set by typst from a template as bills are.

mod data;

use std::io::Write;

use super::bill::pdf::Press;
use super::put;
use crate::error::Result;
use crate::pack::Pack;

const TEMPLATE: &str = include_str!("pack.typ");

/// Draws a pack.
pub(super) fn write(pack: &Pack, out: &mut dyn Write) -> Result<()> {
    let press = Press::built_in("pack.typ", TEMPLATE, pack.letterhead.fonts.as_deref())?;
    let logo = pack.letterhead.logo.as_ref();
    let files = logo.map(|logo| (super::bill::data::logo_name(logo), logo.bytes.clone()));
    let printed = press.print_data(&data::data(pack), files.into_iter().collect(), pack.provenance.as_of)?;
    put(&printed, out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::letterhead::Letterhead;
    use crate::pack::PackSpec;
    use crate::period::{Calendar, PeriodRange};
    use crate::report::ReportSpec;
    use crate::usecase::{Preparation, Prepared};
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
}
