//! One row for each recipient, as programs that send letters and mail read it.
//!
//! ```text
//! customer_uuid,customer_name,period,file_xlsx,file_csv,records,totals,amount_EUR
//! 0a1b2c3d0a1b2c3d0a1b2c3d0a1b2c3d,Acme,2026-10,acme-0a1b….xlsx,acme-0a1b….csv,2,1012.50 hour; 3.00 GB,99.90
//! ```

use std::io::Write;

use super::{Mailed, Mailing, amounts, records, totals};
use crate::currency::Currency;
use crate::dimension::Dimension;
use crate::error::Result;
use crate::report::{ColumnId, Section, SectionColumn};
use crate::text::uuid_text;
use crate::write::csv::{CsvOptions, CsvProfile, Dialect};

pub(crate) fn write(mailing: &Mailing<'_>, options: &CsvOptions, out: &mut dyn Write) -> Result<()> {
    let table = Table::new(mailing);
    // Spreadsheets and letters read it, whoever reads the statements.
    let options = CsvOptions { profile: CsvProfile::Excel, has_totals: false, ..*options };
    let dialect = Dialect::new(&options)?;
    dialect.write_header(&table.columns, out)?;
    dialect.write_rows(&table.columns, &table.rows, None, out)
}

struct Table {
    columns: Vec<ColumnId>,
    rows: Section,
}

impl Table {
    fn new(mailing: &Mailing<'_>) -> Self {
        let Mailing { mailed, formats, per, .. } = *mailing;
        let mut columns: Vec<(ColumnId, SectionColumn)> = Vec::new();
        let mut put = |id: ColumnId, values: SectionColumn| columns.push((id, values));
        let text =
            |of: &dyn Fn(&Mailed) -> String| SectionColumn::texts(mailed.iter().map(|one| Some(of(one))));
        if !matches!(per, Dimension::Attribute(_)) {
            put(ColumnId::Uuid(per), text(&|one| one.addressee.uuid.map(uuid_text).unwrap_or_default()));
        }
        put(ColumnId::Label(per), text(&|one| one.addressee.name.to_string()));
        put(ColumnId::Time(Dimension::Period), text(&|_| mailing.period()));
        for (at, format) in formats.iter().enumerate() {
            put(ColumnId::FileOf(format), text(&|one| one.files[at].clone()));
        }
        let counts = mailed.iter().map(|one| Some(records(&one.ties)));
        put(ColumnId::Records, SectionColumn::counts(counts));
        put(ColumnId::UnitTotals, text(&|one| totals(amounts(&one.ties))));
        for (code, _) in mailing.money_totals {
            let amount =
                |one: &Mailed| one.money_ties.iter().find(|tie| tie.currency == *code).map(|tie| tie.total);
            let currency = Currency::parse(code).expect("the currency of a price");
            put(ColumnId::AmountIn(currency), SectionColumn::amounts(mailed.iter().map(amount)));
        }
        let (columns, values) = columns.into_iter().unzip();
        Self { columns, rows: Section::new(mailed.len(), values) }
    }
}
