//! Rows under the columns of FOCUS, value by value.

use std::borrow::Cow;
use std::fmt;

use chrono::NaiveDate;
use serde_json::{Map, Value};

use super::FocusSpec;
use super::costs::{COST_DECIMALS, UNIT_PRICE_DECIMALS};
use super::rows::{FocusCharge, FocusRow, UsageCharge};
use super::units::unit;
use crate::amount::Amount;
use crate::dimension::Dimension;
use crate::quantity::Quantity;
use crate::report::charge_category;
use crate::text::uuid_text;
use crate::usage::{Entity, UsageFrame};

/// Rows with what their names and attributes are looked up in.
#[derive(Debug)]
pub struct FocusTable<'a> {
    /// In the order in which they are written.
    pub rows: &'a [FocusRow],
    /// The frame that the rows were made of.
    pub frame: &'a UsageFrame,
    /// What the records do not say of the charges.
    pub spec: &'a FocusSpec,
}

/// A column, and what stands in it.
#[derive(Debug)]
pub(crate) struct FocusColumn {
    pub(crate) name: &'static str,
    pub(crate) kind: FocusKind,
    /// Whether every row has a value.
    pub(crate) is_required: bool,
    value: ValueOf,
}

type ValueOf = for<'a> fn(&FocusTable<'a>, &'a FocusRow) -> FocusValue<'a>;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FocusKind {
    Text,
    /// A moment in UTC.
    Time,
    /// A number of 38 digits at most, that many behind the point.
    Decimal(u8),
    /// An amount of money.
    Amount,
}

/// What stands in a column of one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FocusValue<'a> {
    Null,
    Text(Cow<'a, str>),
    /// Midnight of that day in UTC.
    Time(NaiveDate),
    Decimal(FocusDecimal),
    Amount(Amount),
}

/// A whole number of the last of some decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FocusDecimal {
    pub(crate) value: i128,
    pub(crate) decimals: u8,
}

const QUANTITY_DECIMALS: u8 = 2;

/// In alphabetical order, our own column last.
const COLUMNS: [FocusColumn; 58] = [
    unknown("AvailabilityZone"),
    amount("BilledCost", |_, row| FocusValue::Amount(row.costs.billed)).required(),
    text("BillingAccountId", |table, row| id(table.customer(row))).required(),
    text("BillingAccountName", |table, row| name(table.customer(row))).required(),
    text("BillingAccountType", |_, _| word("Customer")).required(),
    text("BillingCurrency", |_, row| word(row.currency.code())).required(),
    time("BillingPeriodEnd", |_, row| end(row)),
    time("BillingPeriodStart", |_, row| start(row)),
    unknown("CapacityReservationId"),
    unknown("CapacityReservationStatus"),
    text("ChargeCategory", |_, row| word(of_kind(row, "Usage", of_sign(row)))).required(),
    unknown("ChargeClass"),
    text("ChargeDescription", |table, row| table.description(row)).required(),
    text("ChargeFrequency", |_, row| word(of_kind(row, "Usage-Based", "One-Time"))).required(),
    time("ChargePeriodEnd", |_, row| end(row)),
    time("ChargePeriodStart", |_, row| start(row)),
    unknown("CommitmentDiscountCategory"),
    unknown("CommitmentDiscountId"),
    unknown("CommitmentDiscountName"),
    decimal("CommitmentDiscountQuantity", QUANTITY_DECIMALS, |_, _| FocusValue::Null),
    unknown("CommitmentDiscountStatus"),
    unknown("CommitmentDiscountType"),
    unknown("CommitmentDiscountUnit"),
    decimal("ConsumedQuantity", QUANTITY_DECIMALS, |_, row| usage(row, |charge| hundredths(charge.usage))),
    text("ConsumedUnit", |table, row| usage(row, |charge| table.unit(charge))),
    decimal("ContractedCost", COST_DECIMALS, |_, row| cost(row.costs.contracted)).required(),
    decimal("ContractedUnitPrice", UNIT_PRICE_DECIMALS, |_, row| {
        usage(row, |charge| unit_price(charge.unit_prices.contracted))
    }),
    amount("EffectiveCost", |_, row| FocusValue::Amount(row.costs.billed)).required(),
    unknown("InvoiceId"),
    text("InvoiceIssuerName", |table, _| table.organisation()).required(),
    decimal("ListCost", COST_DECIMALS, |_, row| cost(row.costs.list)).required(),
    decimal("ListUnitPrice", UNIT_PRICE_DECIMALS, |_, row| {
        usage(row, |charge| unit_price(charge.unit_prices.list))
    }),
    text("PricingCategory", |_, row| usage(row, |_| word("Standard"))),
    text("PricingCurrency", |_, row| word(row.pricing_currency.code())).required(),
    decimal("PricingCurrencyContractedUnitPrice", UNIT_PRICE_DECIMALS, |_, row| {
        usage(row, |charge| unit_price(charge.unit_prices.pricing_contracted))
    }),
    decimal("PricingCurrencyEffectiveCost", COST_DECIMALS, |_, row| cost(row.costs.pricing_effective))
        .required(),
    decimal("PricingCurrencyListUnitPrice", UNIT_PRICE_DECIMALS, |_, row| {
        usage(row, |charge| unit_price(charge.unit_prices.pricing_list))
    }),
    decimal("PricingQuantity", QUANTITY_DECIMALS, |_, row| usage(row, |charge| hundredths(charge.usage))),
    text("PricingUnit", |table, row| usage(row, |charge| table.unit(charge))),
    text("ProviderName", |table, _| table.organisation()).required(),
    text("PublisherName", |table, _| table.organisation()).required(),
    unknown("RegionId"),
    unknown("RegionName"),
    text("ResourceId", |table, row| usage(row, |charge| id(table.resource(charge)))),
    text("ResourceName", |table, row| usage(row, |charge| or_null(&table.resource(charge).name))),
    text("ResourceType", |table, row| usage(row, |charge| name(table.offering(charge)))),
    text("ServiceCategory", |table, row| word(table.spec.services.of(&table.service(row)).category))
        .required(),
    text("ServiceName", |table, row| FocusValue::Text(table.service(row))).required(),
    text("ServiceSubcategory", |table, row| word(table.spec.services.of(&table.service(row)).name))
        .required(),
    text("SkuId", |table, row| usage(row, |charge| owned(table.sku(charge)))),
    text("SkuMeter", |table, row| usage(row, |charge| or_null(table.component_type(charge)))),
    unknown("SkuPriceDetails"),
    text("SkuPriceId", |table, row| usage(row, |charge| owned(table.sku_price(charge)))),
    text("SubAccountId", |table, row| table.project(row).map_or(FocusValue::Null, id)),
    text("SubAccountName", |table, row| table.project(row).map_or(FocusValue::Null, name)),
    text("SubAccountType", |table, row| table.project(row).map_or(FocusValue::Null, |_| word("Project"))),
    text("Tags", |table, row| table.tags(row)),
    text("x_ComponentUsageId", |_, row| usage(row, |charge| owned(uuid_text(charge.component_usage)))),
];

const fn text(name: &'static str, value: ValueOf) -> FocusColumn {
    FocusColumn { name, kind: FocusKind::Text, is_required: false, value }
}

const fn decimal(name: &'static str, decimals: u8, value: ValueOf) -> FocusColumn {
    FocusColumn { name, kind: FocusKind::Decimal(decimals), is_required: false, value }
}

const fn amount(name: &'static str, value: ValueOf) -> FocusColumn {
    FocusColumn { name, kind: FocusKind::Amount, is_required: false, value }
}

/// A column of text that no record says anything of.
const fn unknown(name: &'static str) -> FocusColumn {
    text(name, |_, _| FocusValue::Null)
}

const fn time(name: &'static str, value: ValueOf) -> FocusColumn {
    FocusColumn { name, kind: FocusKind::Time, is_required: true, value }
}

impl FocusColumn {
    const fn required(self) -> Self {
        Self { is_required: true, ..self }
    }

    pub(crate) fn value<'a>(&self, table: &FocusTable<'a>, row: &'a FocusRow) -> FocusValue<'a> {
        (self.value)(table, row)
    }
}

impl<'a> FocusTable<'a> {
    /// The names of the columns, in their order, whatever the rows hold.
    pub fn column_names() -> impl Iterator<Item = &'static str> {
        Self::columns().iter().map(|column| column.name)
    }

    /// The columns, whatever the rows hold.
    pub(crate) fn columns() -> &'static [FocusColumn] {
        static ALL: [FocusColumn; 58] = COLUMNS;
        &ALL
    }

    fn organisation(&self) -> FocusValue<'a> {
        FocusValue::Text(Cow::Borrowed(&self.spec.organisation))
    }

    fn customer(&self, row: &FocusRow) -> &'a Entity {
        &self.frame.customers[row.customer as usize]
    }

    fn project(&self, row: &FocusRow) -> Option<&'a Entity> {
        row.project.map(|project| &self.frame.projects[project as usize])
    }

    fn offering(&self, charge: &UsageCharge) -> &'a Entity {
        &self.frame.offerings[charge.offering as usize]
    }

    fn resource(&self, charge: &UsageCharge) -> &'a Entity {
        &self.frame.resources[charge.resource as usize]
    }

    fn component_type(&self, charge: &UsageCharge) -> &'a str {
        &self.frame.component_types[charge.component_type as usize]
    }

    fn measured_unit(&self, charge: &UsageCharge) -> &'a str {
        &self.frame.measured_units[charge.measured_unit as usize]
    }

    fn unit(&self, charge: &UsageCharge) -> FocusValue<'a> {
        FocusValue::Text(unit(self.measured_unit(charge)))
    }

    fn service(&self, row: &FocusRow) -> Cow<'a, str> {
        match &row.charge {
            FocusCharge::Usage(charge) => name_text(self.offering(charge)),
            FocusCharge::Credit(_) => Cow::Borrowed(of_sign(row)),
        }
    }

    /// `cpu_hours of HPC cluster: 12.50 hours`.
    fn description(&self, row: &'a FocusRow) -> FocusValue<'a> {
        match &row.charge {
            FocusCharge::Usage(charge) => {
                let (component, service) = (self.component_type(charge), self.service(row));
                let usage = Quantity::from_hundredths(charge.usage);
                owned(format!("{component} of {service}: {usage} {}", unit(self.measured_unit(charge))))
            }
            FocusCharge::Credit(description) => word(description),
        }
    }

    /// Component and offering: the same whoever pays, and whatever the price.
    fn sku(&self, charge: &UsageCharge) -> String {
        format!("{}/{}", uuid_text(self.offering(charge).uuid), escaped(self.component_type(charge)))
    }

    /// The unit tells prices of one component apart; the month then tells which of the card holds.
    fn sku_price(&self, charge: &UsageCharge) -> String {
        format!("{}/{}", self.sku(charge), escaped(self.measured_unit(charge)))
    }

    /// The attributes of the row's customer, project, offering and resource, without empty ones.
    fn tags(&self, row: &FocusRow) -> FocusValue<'a> {
        let usage = match &row.charge {
            FocusCharge::Usage(charge) => Some(charge),
            FocusCharge::Credit(_) => None,
        };
        let mut tags = Map::new();
        for column in self.frame.attribute_columns() {
            let entity = match column.attribute.owner() {
                Dimension::Customer => Some(row.customer),
                Dimension::Project => row.project,
                Dimension::Offering => usage.map(|charge| charge.offering),
                Dimension::Resource => usage.map(|charge| charge.resource),
                _ => None,
            };
            // A customer that has a credit and no usage came behind the attributes.
            let place = entity.and_then(|entity| column.places.get(entity as usize));
            let value = place.map_or("", |place| &column.values[*place as usize]);
            if !value.is_empty() {
                tags.insert(column.attribute.name().to_owned(), Value::from(value));
            }
        }
        if tags.is_empty() { FocusValue::Null } else { owned(Value::Object(tags).to_string()) }
    }
}

/// A value that only usage has.
fn usage<'a>(row: &'a FocusRow, value: impl FnOnce(&'a UsageCharge) -> FocusValue<'a>) -> FocusValue<'a> {
    match &row.charge {
        FocusCharge::Usage(charge) => value(charge),
        FocusCharge::Credit(_) => FocusValue::Null,
    }
}

/// What a customer pays less or more beside usage.
fn of_sign(row: &FocusRow) -> &'static str {
    charge_category(row.billed())
}

fn of_kind(row: &FocusRow, usage: &'static str, credit: &'static str) -> &'static str {
    match row.charge {
        FocusCharge::Usage(_) => usage,
        FocusCharge::Credit(_) => credit,
    }
}

fn start(row: &FocusRow) -> FocusValue<'_> {
    FocusValue::Time(row.period.first_day())
}

fn end(row: &FocusRow) -> FocusValue<'_> {
    FocusValue::Time(row.period.plus_months(1).first_day())
}

fn word(text: &str) -> FocusValue<'_> {
    FocusValue::Text(Cow::Borrowed(text))
}

fn owned<'a>(text: String) -> FocusValue<'a> {
    FocusValue::Text(Cow::Owned(text))
}

fn or_null(text: &str) -> FocusValue<'_> {
    if text.is_empty() { FocusValue::Null } else { word(text) }
}

fn id<'a>(entity: &Entity) -> FocusValue<'a> {
    owned(uuid_text(entity.uuid))
}

fn name(entity: &Entity) -> FocusValue<'_> {
    FocusValue::Text(name_text(entity))
}

/// The name; the uuid of what has none.
fn name_text(entity: &Entity) -> Cow<'_, str> {
    match &*entity.name {
        "" => Cow::Owned(uuid_text(entity.uuid)),
        name => Cow::Borrowed(name),
    }
}

/// Text that holds no slash, so that ids made of several tell them apart.
fn escaped(text: &str) -> String {
    text.replace('%', "%25").replace('/', "%2F")
}

fn hundredths<'a>(value: i128) -> FocusValue<'a> {
    FocusValue::Decimal(FocusDecimal { value, decimals: QUANTITY_DECIMALS })
}

fn cost<'a>(value: i128) -> FocusValue<'a> {
    FocusValue::Decimal(FocusDecimal { value, decimals: COST_DECIMALS })
}

fn unit_price<'a>(value: i128) -> FocusValue<'a> {
    FocusValue::Decimal(FocusDecimal { value, decimals: UNIT_PRICE_DECIMALS })
}

/// Plain digits, two decimals at least: `0.05`, `20.00`, `0.0123`.
impl fmt::Display for FocusDecimal {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let scale = 10_u128.pow(self.decimals.into());
        let (whole, fraction) = (self.value.unsigned_abs() / scale, self.value.unsigned_abs() % scale);
        let sign = if self.value < 0 { "-" } else { "" };
        let fraction = format!("{fraction:0width$}", width = self.decimals.into());
        let kept = fraction.trim_end_matches('0').len().max(2);
        write!(f, "{sign}{whole}.{}", &fraction[..kept])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_have_two_places_at_least_and_no_zeros_behind() {
        for (value, decimals, text) in
            [(5, 2, "0.05"), (-2_000, 2, "-20.00"), (12_300, 6, "0.0123"), (0, 20, "0.00")]
        {
            assert_eq!(FocusDecimal { value, decimals }.to_string(), text);
        }
        let largest = FocusDecimal { value: -(10_i128.pow(38) - 1), decimals: 20 };
        assert_eq!(largest.to_string(), format!("-{}.{}", "9".repeat(18), "9".repeat(20)));
    }

    #[test]
    fn the_columns_are_in_alphabetical_order_with_our_own_behind() {
        let names: Vec<&str> = FocusTable::columns().iter().map(|column| column.name).collect();
        assert!(names.is_sorted(), "{names:?}");
        assert_eq!(names.last(), Some(&"x_ComponentUsageId"));
    }
}
