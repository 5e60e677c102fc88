//! Bills: what each recipient has to pay for usage with prices, line by line; no I/O.
//!
//! ```text
//! charge lines and credits of a report → recipients → currencies → projects → offerings → lines; VAT by rate, a total to pay
//! ```
//!
//! The net totals of all bills are the report's total, which is checked whenever bills are made.

mod assembly;
mod difference;
mod document;
mod lacks;
mod recipients;
mod sender;
mod vat;

use std::collections::BTreeSet;

use chrono::NaiveDate;

pub use self::document::{DocumentKind, DocumentRef, Issued, NUMBER_PATTERN_EXPECTED, NumberPattern};
pub use self::lacks::{Lack, Lacking, is_row_missing, lacking};
pub use self::sender::Sender;
use crate::amount::Amount;
use crate::currency::Currency;
pub use crate::dimension::BILL_ATTRIBUTES;
use crate::dimension::Dimension;
use crate::period::{BillingPeriod, PeriodRange};
use crate::quantity::Quantity;
use crate::text::uuid_text;

/// What bills are made for.
#[derive(Clone, Debug)]
pub struct BillSpec {
    /// Who gets a bill: each customer, each project, or each value of an attribute.
    pub per: Dimension,
    /// The months.
    pub period: PeriodRange,
    /// The date of the bills; of issued ones, the date of issue.
    pub date: NaiveDate,
    /// Who sends them.
    pub sender: Sender,
}

/// All bills of a period, in the order of the recipients' names, then uuids.
#[derive(Clone, Debug)]
pub struct Bills {
    /// Those that have an amount.
    pub bills: Vec<Bill>,
    /// What they are made for.
    pub spec: BillSpec,
    /// What they come to without VAT, by currency: what the report has.
    pub totals: Vec<(Currency, Amount)>,
    /// The names of the recipients that get no bill, because all that they would pay is zero.
    pub without_amount: Vec<String>,
}

/// What a recipient has to pay.
#[derive(Clone, Debug)]
pub struct Bill {
    /// Who pays.
    pub recipient: Recipient,
    /// One for each currency, in the order of their codes.
    pub parts: Vec<BillPart>,
    /// What it is, or will be once it is issued.
    pub kind: DocumentKind,
    /// The documents that the recipient has for the same month, in the order of their numbers.
    pub corrects: Vec<DocumentRef>,
    /// Its number and what goes with it; `None` for a draft.
    pub issued: Option<Issued>,
    /// What it lacks that its recipient would miss.
    pub lacks: Vec<Lack>,
}

/// Who pays a bill.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recipient {
    /// What kind of recipient it is: `customer`, `project` or the name of an attribute.
    pub kind: &'static str,
    /// The uuid of a customer or project; `None` for a value of an attribute.
    pub uuid: Option<u128>,
    /// The customer's or project's name, or the attribute's value.
    pub name: String,
    /// What stands above the address, if it is another name.
    pub bill_to: Option<String>,
    /// The customers whose usage is billed, if they are not the recipient.
    pub customers: Vec<String>,
    /// The lines of the address.
    pub address: Vec<String>,
    /// Where the bill is sent.
    pub email: Option<String>,
    /// The language of letters, as the attribute has it.
    pub language: Option<String>,
    /// The recipient's own VAT number.
    pub vat_number: Option<String>,
    /// The number of the recipient's account in the sender's books.
    pub debtor: Option<String>,
    /// The recipient's purchase orders.
    pub purchase_orders: Vec<String>,
}

/// What is to be paid in one currency.
#[derive(Clone, Debug)]
pub struct BillPart {
    /// What all amounts are in.
    pub currency: Currency,
    /// In the order of names, then uuids.
    pub projects: Vec<BillProject>,
    /// What is given back, and what is charged beside usage.
    pub credits: Vec<BillCredit>,
    /// The sum of lines and credits.
    pub net: Amount,
    /// By rate, the lowest first; what has no rate is not among them.
    pub vat: Vec<Vat>,
    /// Sentences on VAT, as on reverse charge.
    pub vat_notes: Vec<String>,
    /// How amounts are rounded, if not each line by itself.
    pub rounding: Option<String>,
    /// Net and VAT together.
    pub total: Amount,
}

/// The lines of one project.
#[derive(Clone, Debug)]
pub struct BillProject {
    /// The uuid.
    pub uuid: u128,
    /// The name, with a mark if the bill has another project of that name.
    pub name: String,
    /// The customer that has the project.
    pub customer: String,
    /// In the order of names, then uuids.
    pub offerings: Vec<BillOffering>,
    /// The sum of the offerings.
    pub subtotal: Amount,
}

/// The lines of one offering in a project.
#[derive(Clone, Debug)]
pub struct BillOffering {
    /// The uuid.
    pub uuid: u128,
    /// The name, with a mark if the bill has another offering of that name.
    pub name: String,
    /// By month, resource and component.
    pub lines: Vec<BillLine>,
    /// The sum of the lines.
    pub subtotal: Amount,
}

/// One component of one resource in one month.
#[derive(Clone, Debug)]
pub struct BillLine {
    /// The month.
    pub period: BillingPeriod,
    /// What people call the component.
    pub component: String,
    /// The type of the component.
    pub component_type: String,
    /// The name of the resource, with a mark if the bill has another resource of that name.
    pub resource: String,
    /// The uuid of the resource.
    pub resource_uuid: u128,
    /// The uuid of the component usage.
    pub component_usage: u128,
    /// The uuid of the customer whose usage it is.
    pub customer_uuid: u128,
    /// On a credit or debit note, whether it is the line that is taken back or the one in its place.
    pub side: Option<Side>,
    /// How much was used.
    pub quantity: Quantity,
    /// What it is measured in.
    pub unit: String,
    /// The price of one unit, or how the amount came about.
    pub price: String,
    /// The parts of the quantity with the price of one unit, in plain digits.
    pub steps: Vec<(String, String)>,
    /// The rate of VAT, as `24` or `25.5`.
    pub vat_rate: Option<String>,
    /// What it costs.
    pub amount: Amount,
}

/// Which side of a correction something is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// As it was billed, with the opposite sign.
    Before,
    /// As it is.
    Now,
}

/// Money that is given back, or charged beside usage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillCredit {
    /// The month.
    pub period: BillingPeriod,
    /// The uuid of the customer that it is for.
    pub customer_uuid: u128,
    /// The customer's name.
    pub customer: String,
    /// The project that it is for, if it is for one.
    pub project: Option<String>,
    /// What it is for.
    pub reason: String,
    /// The amount in another currency and the rate that it was converted at, as `-6 JPY at 0.0061`.
    pub price: Option<String>,
    /// The rate of VAT.
    pub vat_rate: Option<String>,
    /// Below zero for what is given back.
    pub amount: Amount,
    /// On a credit or debit note, whether it is taken back or new.
    pub side: Option<Side>,
}

/// VAT of one rate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vat {
    /// In per cent: `24`, `25.5`.
    pub rate: String,
    /// What it is computed of.
    pub net: Amount,
    /// Rounded half up to the currency's minor unit; on a credit or debit note, what the corrected bill has less what was
    /// billed.
    pub amount: Amount,
}

impl Side {
    /// The word before what is corrected, and in the table of lines.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Before => "Before",
            Self::Now => "Now",
        }
    }
}

impl Recipient {
    /// What tells recipients of one kind apart: the uuid, or the attribute's value.
    pub fn id(&self) -> String {
        self.uuid.map_or_else(|| self.name.clone(), uuid_text)
    }

    /// The name that a letter is addressed to.
    pub fn addressee(&self) -> &str {
        self.bill_to.as_deref().unwrap_or(&self.name)
    }
}

impl Bill {
    /// The number of lines and credits.
    pub fn lines(&self) -> usize {
        let lines = |part: &BillPart| part.lines().count() + part.credits.len();
        self.parts.iter().map(lines).sum()
    }
}

impl BillPart {
    /// The rates of all lines and credits, each once; `None` for those that have none.
    pub fn rates(&self) -> BTreeSet<Option<&str>> {
        let of_lines = self.lines().map(|(_, _, line)| line.vat_rate.as_deref());
        of_lines.chain(self.credits.iter().map(|credit| credit.vat_rate.as_deref())).collect()
    }

    /// What lines and credits without a rate come to; `None` if all have one.
    pub fn without_rate(&self) -> Option<Amount> {
        let zero = Amount::new(0, self.currency.minor_unit());
        let taxed = self.vat.iter().fold(zero, |sum, vat| sum + vat.net);
        self.rates().contains(&None).then(|| self.net - taxed)
    }

    /// Whether any line or credit has a rate of VAT.
    pub fn has_vat(&self) -> bool {
        !self.vat.is_empty()
    }

    /// All lines with their project and offering.
    pub fn lines(&self) -> impl Iterator<Item = (&BillProject, &BillOffering, &BillLine)> {
        self.projects.iter().flat_map(|project| {
            let offerings = project.offerings.iter();
            offerings
                .flat_map(move |offering| offering.lines.iter().map(move |line| (project, offering, line)))
        })
    }
}
