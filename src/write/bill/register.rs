//! One row for each bill, for programs that send letters and mail.
//!
//! ```text
//! recipient_uuid,recipient,email,…,file_pdf,net_EUR,vat_EUR,total_EUR
//! 0a1b2c3d0a1b2c3d0a1b2c3d0a1b2c3d,Acme,ap@acme.example,…,acme-0a1b….pdf,100.00,24.00,124.00
//! ```

use std::collections::BTreeSet;
use std::io::Write;

use super::BillFormat;
use crate::amount::Amount;
use crate::bill::{Bill, BillPart};
use crate::currency::Currency;
use crate::error::Result;
use crate::period::PeriodRange;
use crate::report::Cell;
use crate::text::uuid_text;
use crate::write::csv::{CsvOptions, CsvProfile, Dialect};

/// The name of the table.
pub(crate) const REGISTER: &str = "mail-merge.csv";

/// A bill and the names of its files, one for each format.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MailedBill<'a> {
    pub(crate) bill: &'a Bill,
    pub(crate) files: &'a [String],
}

/// Writes the table, with columns of amounts for each currency.
pub(crate) fn write_mail_merge(
    mailed: &[MailedBill<'_>],
    formats: &[BillFormat],
    period: PeriodRange,
    options: &CsvOptions,
    out: &mut dyn Write,
) -> Result<()> {
    // Spreadsheets and letters read it, not the reader of the lines alone.
    let options = CsvOptions { profile: CsvProfile::Excel, has_totals: false, ..*options };
    let dialect = Dialect::new(&options)?;
    let parts = mailed.iter().flat_map(|mailed| &mailed.bill.parts);
    let currencies: BTreeSet<Currency> = parts.map(|part| part.currency).collect();
    let mut columns: Vec<String> = [
        "recipient_uuid",
        "recipient",
        "bill_to",
        "address",
        "email",
        "language",
        "debtor",
        "purchase_order",
    ]
    .map(str::to_owned)
    .to_vec();
    columns.push("period".to_owned());
    columns.extend(formats.iter().map(|format| format!("file_{format}")));
    for currency in &currencies {
        columns.extend(["net", "vat", "total"].map(|figure| format!("{figure}_{currency}")));
    }
    dialect.write_named(&columns, out)?;
    let period = period.to_string();
    for MailedBill { bill, files } in mailed {
        let recipient = &bill.recipient;
        let uuid = recipient.uuid.map(uuid_text).unwrap_or_default();
        let (address, orders) = (recipient.address.join("; "), recipient.purchase_orders.join(", "));
        let optional = |text: &'_ Option<String>| text.clone().unwrap_or_default();
        let (email, language) = (optional(&recipient.email), optional(&recipient.language));
        let debtor = optional(&recipient.debtor);
        let mut cells: Vec<Cell<'_>> = [
            &*uuid,
            &recipient.name,
            recipient.addressee(),
            &address,
            &email,
            &language,
            &debtor,
            &orders,
            &period,
        ]
        .map(Cell::Text)
        .to_vec();
        cells.extend(files.iter().map(|file| Cell::Text(file)));
        for currency in &currencies {
            cells.extend(amounts(bill.parts.iter().find(|part| part.currency == *currency)));
        }
        dialect.write_cells(&columns, &cells, out)?;
    }
    Ok(())
}

/// Net, VAT and total.
fn amounts(part: Option<&BillPart>) -> [Cell<'static>; 3] {
    let Some(part) = part else { return [Cell::Empty; 3] };
    let zero = Amount::new(0, part.currency.minor_unit());
    let vat = part.vat.iter().fold(zero, |sum, vat| sum + vat.amount);
    [part.net, vat, part.total].map(Cell::Amount)
}
