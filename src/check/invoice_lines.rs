//! Both sides of an invoice's line: what was used of a component of a resource in a month, and what was billed.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::charged::{Charged, Charges};
use super::rows::{Row, Rows};
use crate::objects::{InvoiceItems, InvoiceQuantity, UnusableItem};
use crate::period::BillingPeriod;
use crate::quantity::Quantity;

/// Resource, component and month.
pub(crate) type Key<'a> = (u128, &'a str, BillingPeriod);

/// What is known of a component of a resource in a month, from both sides.
#[derive(Clone, Default)]
pub(crate) struct Line<'a> {
    pub resource_name: &'a str,
    pub customer_name: &'a str,
    pub customer_uuid: Option<u128>,
    pub offering: Option<u128>,
    pub used: Option<Used<'a>>,
    pub invoiced: Option<Invoiced<'a>>,
    /// What the usage costs by the price list, by currency.
    pub charged: &'a [Charged],
}

#[derive(Clone)]
pub(crate) struct Used<'a> {
    pub usage: Quantity,
    pub units: BTreeSet<&'a str>,
    /// The usage is the parents' total, which is what the server bills; else it is what the users add up to.
    pub is_total: bool,
    /// By how much users may exceed their parent if each is rounded up to a whole unit.
    pub rounding: Quantity,
    /// By how much users may miss their parents because all are rounded to two decimals, in half hundredths.
    pub half_hundredths: i128,
}

#[derive(Clone, Default)]
pub(crate) struct Invoiced<'a> {
    pub quantity: InvoiceQuantity,
    /// What the items cost, if all of them say it.
    pub amount: Option<InvoiceQuantity>,
    /// How many items there are.
    pub items: i128,
    /// If the items say one.
    pub units: BTreeSet<&'a str>,
    /// An item has a price of 0, because the plan has none.
    pub has_no_price: bool,
    /// In hours or GB-hours, and the usage in minutes.
    pub is_of_old_slurm: bool,
}

impl<'a> Used<'a> {
    pub(crate) fn new(is_total: bool) -> Self {
        Self {
            usage: Quantity::ZERO,
            units: BTreeSet::new(),
            is_total,
            rounding: Quantity::ZERO,
            half_hundredths: 0,
        }
    }

    /// Whether rounding to two decimals, of each user and of the total, explains the difference.
    pub(crate) fn is_rounded(&self, invoiced: &Invoiced) -> bool {
        let bound = InvoiceQuantity::half_hundredths(self.half_hundredths);
        let usage = InvoiceQuantity::from(self.usage);
        usage - bound <= invoiced.quantity && invoiced.quantity <= usage + bound
    }

    fn add_users(&mut self, row: &Row, unit: &'a str) {
        self.usage += row.usage;
        self.units.insert(unit);
        self.half_hundredths += i128::from(row.records) + 1;
        if row.is_whole {
            self.rounding += Quantity::from_hundredths((i128::from(row.records) - 1) * 100);
        }
    }
}

/// Whether the invoice has the hours, rounded up, of which the usage is the minutes; of memory the GB-hours of MB-minutes.
pub(crate) fn is_in_hours(component: &str, usage: InvoiceQuantity, invoiced: &Invoiced) -> bool {
    let minutes = if component == "ram" { 60 * 1024 } else { 60 };
    invoiced.quantity == usage.in_units_of(minutes)
}

/// Both sides by key. The parents' totals are taken where there are any of the month.
pub(crate) fn lines<'a>(
    rows: &'a Rows,
    invoices: &'a InvoiceItems,
    months: &[BillingPeriod],
) -> BTreeMap<Key<'a>, Line<'a>> {
    let parents = rows.subject.parents.map(|parents| parents.rows.as_slice()).unwrap_or_default();
    let with_totals: BTreeSet<BillingPeriod> = parents.iter().map(|parent| parent.billing_period).collect();
    let is_pending = |customer: Option<u128>, resource, month| {
        customer.is_some_and(|customer| invoices.pending_customers.contains(&(customer, month)))
            || invoices.pending_resources.contains(&(resource, month))
    };
    let is_unusable = |(resource, component, month): Key| {
        let is_about = |item: &UnusableItem| {
            (item.resource_uuid, item.billing_period) == (resource, month)
                && item.component_type.as_deref().is_none_or(|own| own == component)
        };
        invoices.unusable.iter().any(is_about)
    };
    let mut lines: HashMap<Key, Line> = HashMap::new();
    for row in rows.all().filter(|row| months.contains(&row.period)) {
        let customer = Some(rows.frame.customers[row.customer as usize].uuid);
        if is_pending(customer, rows.resource_uuid(row), row.period) {
            continue;
        }
        let line = lines.entry((rows.resource_uuid(row), rows.component_type(row), row.period)).or_default();
        line.resource_name = &rows.frame.resources[row.resource as usize].name;
        line.customer_name = &rows.frame.customers[row.customer as usize].name;
        line.customer_uuid = customer;
        line.offering = Some(rows.frame.offerings[row.offering as usize].uuid);
        if !with_totals.contains(&row.period) {
            line.used.get_or_insert_with(|| Used::new(false)).add_users(row, rows.measured_unit(row));
        }
    }
    for parent in parents.iter().filter(|parent| months.contains(&parent.billing_period)) {
        if is_pending(parent.customer_uuid, parent.resource_uuid, parent.billing_period) {
            continue;
        }
        let line =
            lines.entry((parent.resource_uuid, &parent.component_type, parent.billing_period)).or_default();
        if line.resource_name.is_empty() {
            line.resource_name = &parent.resource_name;
            line.customer_name = &parent.customer_name;
            line.customer_uuid = parent.customer_uuid;
            line.offering = parent.offering_uuid;
        }
        let used = line.used.get_or_insert_with(|| Used::new(true));
        used.usage += parent.usage;
        used.units.insert(&parent.measured_unit);
    }
    for item in invoices.rows.iter().filter(|item| months.contains(&item.billing_period)) {
        if is_pending(None, item.resource_uuid, item.billing_period) {
            continue;
        }
        let line = lines.entry((item.resource_uuid, &item.component_type, item.billing_period)).or_default();
        if line.resource_name.is_empty() {
            line.resource_name = &item.resource_name;
        }
        let invoiced = line.invoiced.get_or_insert_default();
        invoiced.amount = match (invoiced.items, invoiced.amount) {
            (0, _) => item.amount,
            (_, amount) => amount.zip(item.amount).map(|(sum, more)| sum + more),
        };
        invoiced.items += 1;
        invoiced.quantity += item.quantity;
        invoiced.has_no_price |= item.has_no_price;
        invoiced.is_of_old_slurm |= item.is_of_old_slurm;
        if !item.measured_unit.is_empty() {
            invoiced.units.insert(&item.measured_unit);
        }
    }
    if let Charges::Known(charged) = rows.subject.charges {
        lines.iter_mut().for_each(|(key, line)| line.charged = charged.of(*key));
    }
    lines.into_iter().filter(|(key, _)| !is_unusable(*key)).collect()
}
