//! Invoice items: dumps of `/api/invoices/` or `/api/invoice-items/`, or a table of the same columns.

use std::collections::{BTreeSet, HashMap};

use chrono_tz::Tz;

use super::dumps::{Dumps, Form, read_dumps};
use super::invoice_item::{self, InvoiceItem, Taken, UnusableItem};
use super::object::{Columns, Object, Placement, not_objects};
use crate::error::Result;
use crate::fault::{Fault, Faults};
use crate::ingest::dumps::completeness::{Kind, Tally};
use crate::ingest::dumps::index::Index;
use crate::ingest::records::collector::RecordFault;
use crate::ingest::records::raw::Raw;
use crate::ingest::{InputFile, Progress};
use crate::notice::Notice;
use crate::period::BillingPeriod;
use crate::tabular::{Locale, Writing};
use crate::text::{parse_uuid, shorten};
use crate::usage::Field;

/// Dumps of invoice items, as they count.
#[derive(Clone, Debug, Default)]
pub struct InvoiceItems {
    /// Several of one resource, component and month add up; of one invoice or item in several dumps the latest dump's
    /// counts.
    pub(crate) rows: Vec<InvoiceItem>,
    /// Items that are not compared with usage.
    pub(crate) skipped: SkippedItems,
    /// Items without a `billing_type`, so that their names had to tell what they bill.
    pub(crate) told_by_name: u64,
    /// The month of each invoice that can still change: `pending` or `pending_finalization`. Their items are not among
    /// the rows.
    pub(crate) pending: Vec<BillingPeriod>,
    /// The customers and months of those invoices, and the resources and months on them.
    pub(crate) pending_customers: BTreeSet<(u128, BillingPeriod)>,
    pub(crate) pending_resources: BTreeSet<(u128, BillingPeriod)>,
    /// Items that cannot be used, of invoices whose other items can: what they are about is not compared.
    pub(crate) unusable: Vec<UnusableItem>,
    /// Invoices are missing, or some could not be used.
    pub(crate) is_incomplete: bool,
    /// In the order of files and items.
    pub faults: Faults,
    /// What is to be said about the dumps.
    pub notices: Vec<Notice>,
    /// The files in their order.
    pub files: Vec<InputFile>,
}

/// Items that are not compared with usage, by the reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SkippedItems {
    /// Fixed prices, limits, credits, discounts and compensations.
    pub(crate) other: u64,
    /// What was used beyond a prepaid balance, billed by another component.
    pub(crate) overage: u64,
    /// Those of canceled invoices, which bill nothing.
    pub(crate) canceled: u64,
}

impl SkippedItems {
    pub(crate) fn total(self) -> u64 {
        self.other + self.overage + self.canceled
    }
}

impl std::ops::AddAssign for SkippedItems {
    fn add_assign(&mut self, more: Self) {
        self.other += more.other;
        self.overage += more.overage;
        self.canceled += more.canceled;
    }
}

const FORM: Form = Form {
    kind: Kind {
        claim: Index::claim_of_pages,
        noun: "invoice or invoice item",
        remedy: "What is billed is probably missing. Fetch it again with usagebook pull.",
    },
    name: field_name,
    expected: "invoices or invoice items",
    columns: Columns {
        known: &[
            "uuid",
            "resource",
            "resource_uuid",
            "resource_name",
            "name",
            "state",
            "customer",
            "customer_uuid",
            "offering_component_type",
            "component_type",
            "type",
            "measured_unit",
            "quantity",
            "unit",
            "unit_price",
            "price",
            "amount",
            "billing_type",
            "credit",
            "billing_period",
            "year",
            "month",
            "invoice_year",
            "invoice_month",
            "start",
        ],
        numbers: &["quantity", "unit_price", "price", "amount"],
        days: &["billing_period", "start"],
        writing: Writing::Program,
    },
};

/// How invoices are read.
#[derive(Clone, Copy, Debug)]
pub struct InvoiceReading {
    /// The zone of `start`.
    pub timezone: Tz,
    /// How tables are written, if it is stated.
    pub locale: Option<Locale>,
    /// Makes the alarm that some are missing a note.
    pub accepts_incomplete: bool,
}

/// Reads files and folders of JSON or CSV, packed or not. The month of an item is that of its invoice, else that of
/// its `start`.
///
/// # Errors
/// Inputs that are not there or cannot be read, an index that is none, an interruption.
pub fn read_invoice_items(
    inputs: &[String],
    reading: InvoiceReading,
    progress: &Progress,
) -> Result<InvoiceItems> {
    let InvoiceReading { timezone, locale, accepts_incomplete } = reading;
    let mut shelf = Shelf::default();
    let form = Form { columns: Columns { writing: Writing::Person(locale), ..FORM.columns }, ..FORM };
    let dumps = read_dumps(inputs, &form, accepts_incomplete, progress, |object, place, rank, tally| {
        shelf.put(object, Entry::new(object, place, rank, timezone)?, tally);
        Ok(())
    })?;
    let Dumps { faults, notices, files, is_incomplete } = dumps;
    let mut items = InvoiceItems {
        is_incomplete: is_incomplete || !faults.is_empty(),
        faults,
        notices,
        files,
        ..InvoiceItems::default()
    };
    shelf.entries.into_iter().for_each(|entry| items.take(entry));
    Ok(items)
}

impl InvoiceItems {
    fn take(&mut self, entry: Entry) {
        match entry.state {
            State::Canceled => self.skipped.canceled += entry.items.len() as u64 + entry.skipped.total(),
            State::Pending => {
                let of_items = entry.items.first().map(|item| item.billing_period);
                let month = entry.period.or(of_items);
                self.pending.extend(month);
                self.pending_customers.extend(entry.customer.zip(month));
                self.pending_resources
                    .extend(entry.items.iter().map(|item| (item.resource_uuid, item.billing_period)));
            }
            State::Billed => {
                self.skipped += entry.skipped;
                self.told_by_name += entry.told_by_name;
                self.rows.extend(entry.items);
                for (fault, item) in entry.unusable {
                    self.faults.push(fault);
                    // It may be about anything that was billed.
                    self.is_incomplete |= item.is_none();
                    self.unusable.extend(item);
                }
            }
        }
    }
}

/// What counts so far: of one invoice or item in several dumps that of the latest.
#[derive(Default)]
struct Shelf {
    entries: Vec<Entry>,
    places: HashMap<u128, usize>,
}

/// An invoice, or an item by itself.
struct Entry {
    /// The rank of its dump.
    dump: u32,
    state: State,
    customer: Option<u128>,
    /// `None` for an item by itself, whose `start` tells its month.
    period: Option<BillingPeriod>,
    items: Vec<InvoiceItem>,
    skipped: SkippedItems,
    told_by_name: u64,
    /// Items that cannot be used, with what they are about if they say it.
    unusable: Vec<(Fault, Option<UnusableItem>)>,
}

/// What the state of an invoice makes of its items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// `created` or `paid`; also an item by itself, which has no state.
    Billed,
    /// `pending` or `pending_finalization`: quantities can still change.
    Pending,
    Canceled,
}

impl State {
    fn of(object: &Object) -> Self {
        match object.first(&["state", "invoice_state"]) {
            Raw::Text(b"canceled" | b"cancelled") => Self::Canceled,
            Raw::Text(b"pending" | b"pending_finalization") => Self::Pending,
            _ => Self::Billed,
        }
    }
}

impl Shelf {
    fn put(&mut self, object: &Object, entry: Entry, tally: &mut Tally) {
        let uuid = match object.get("uuid") {
            Raw::Text(uuid) => parse_uuid(uuid),
            _ => None,
        };
        let known = uuid.and_then(|uuid| self.places.get(&uuid)).map(|&place| &mut self.entries[place]);
        match known {
            Some(known) if known.dump == entry.dump => tally.repeats += 1,
            Some(known) => {
                tally.distinct += 1;
                if known.dump < entry.dump {
                    *known = entry;
                }
            }
            None => {
                tally.distinct += 1;
                self.places.extend(uuid.map(|uuid| (uuid, self.entries.len())));
                self.entries.push(entry);
            }
        }
    }
}

/// An invoice item has at least one of these.
const ITEM_FIELDS: [&str; 8] = [
    "quantity",
    "unit_price",
    "billing_type",
    "resource",
    "resource_uuid",
    "offering_component_type",
    "component_type",
    "type",
];

impl Entry {
    fn new(object: &Object, place: &Placement, dump: u32, timezone: Tz) -> Result<Self, RecordFault> {
        let mut month = invoice_item::month(object)?;
        if let Some(folder) = &place.source.folders.month {
            let shown =
                || month.map_or_else(String::new, |month| BillingPeriod::from_number(month).to_string());
            month = folder.of_object(month, shown)?;
        }
        let mut entry = Self {
            dump,
            state: State::of(object),
            customer: invoice_item::customer(object),
            period: month.map(BillingPeriod::from_number),
            items: Vec::new(),
            skipped: SkippedItems::default(),
            told_by_name: 0,
            unusable: Vec::new(),
        };
        let mut take = |item: &Object, number: Option<usize>| {
            if let Err(fault) = entry.take(item, month, timezone) {
                let value = match number {
                    Some(number) => format!("{}, in item {number} of the invoice", fault.value),
                    None => fault.value,
                };
                let fault = place.fault(RecordFault { value, ..fault });
                entry.unusable.push((fault, UnusableItem::of(item, month, timezone)));
            }
        };
        match object.objects("items") {
            Some(items) => items.iter().zip(1..).for_each(|(item, number)| take(item, Some(number))),
            None if ITEM_FIELDS.iter().any(|field| object.has(field)) => take(object, None),
            None => {
                let found = match object.fields().next() {
                    Some((name, _)) => format!("an object that begins with {:?}", shorten(name, 60)),
                    None => "an empty object".to_owned(),
                };
                return Err(not_objects(found, FORM.expected));
            }
        }
        Ok(entry)
    }

    fn take(&mut self, object: &Object, month: Option<i32>, timezone: Tz) -> Result<(), RecordFault> {
        let (taken, is_told_by_name) = invoice_item::take_item(object, month, timezone)?;
        self.told_by_name += u64::from(is_told_by_name);
        match taken {
            Taken::Usage(item) => self.items.push(item),
            Taken::Overage => self.skipped.overage += 1,
            Taken::Other => self.skipped.other += 1,
        }
        Ok(())
    }
}

/// A field by its name on an invoice.
fn field_name(field: Field) -> &'static str {
    match field {
        Field::ComponentType => "offering_component_type",
        Field::Usage => "quantity",
        Field::Date => "start",
        field => field.name(),
    }
}
