//! Rows under the columns of FOCUS, value by value.

use std::borrow::Cow;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use serde_json::{Map, Value};

use super::costs::{COST_DECIMALS, UNIT_PRICE_DECIMALS};
use super::data::{FocusData, FocusDecimal, FocusField, FocusKind, FocusValue};
use super::invoices::FocusInvoiceDetail;
use super::rows::{ChargeClass, FocusCharge, FocusRow, UsageCharge};
use super::units::unit;
use super::{FocusSpec, FocusVersion};
use crate::dimension::Dimension;
use crate::quantity::Quantity;
use crate::report::charge_category;
use crate::text::uuid_text;
use crate::usage::{Entity, UsageFrame};

/// Rows with what their names and attributes are looked up in.
#[derive(Debug)]
pub struct FocusTable<'a> {
    /// In the order in which they are written.
    rows: &'a [FocusRow],
    /// The frames that the rows were made of, each of which names the index of its own.
    frames: Vec<&'a UsageFrame>,
    /// What the records do not say of the charges.
    spec: &'a FocusSpec,
    columns: Vec<&'static Column>,
    /// What rows are a part of.
    invoices: &'a [FocusInvoiceDetail],
}

/// A column, and its value in a row.
#[derive(Debug)]
struct Column {
    field: FocusField,
    versions: Versions,
    value: ValueOf,
}

/// Which versions of the specification have a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Versions {
    All,
    Only(FocusVersion),
}

type ValueOf = for<'a> fn(&FocusTable<'a>, &'a FocusRow) -> FocusValue<'a>;

const QUANTITY_DECIMALS: u8 = 2;

/// In alphabetical order, our own columns last.
static COLUMNS: [Column; 69] = [
    unknown("AllocatedMethodDetails").since_1_4(),
    unknown("AllocatedMethodId").since_1_4(),
    unknown("AllocatedResourceId").since_1_4(),
    unknown("AllocatedResourceName").since_1_4(),
    unknown("AllocatedTags").since_1_4(),
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
    text("ChargeCategory", |_, row| word(category(row))).required(),
    text("ChargeClass", |_, row| match row.class {
        ChargeClass::Original => FocusValue::Null,
        ChargeClass::TakenBack | ChargeClass::ChargedAnew => word("Correction"),
    }),
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
    unknown("CommitmentProgramEligibilityDetails").since_1_4(),
    decimal("ConsumedQuantity", QUANTITY_DECIMALS, |_, row| usage(row, |charge| hundredths(charge.usage))),
    text("ConsumedUnit", |table, row| usage(row, |charge| table.unit(row, charge))),
    unknown("ContractApplied").since_1_4(),
    decimal("ContractedCost", COST_DECIMALS, |_, row| cost(row.costs.contracted)).required(),
    decimal("ContractedUnitPrice", UNIT_PRICE_DECIMALS, |_, row| {
        usage(row, |charge| unit_price(charge.unit_prices.contracted))
    }),
    amount("EffectiveCost", |_, row| FocusValue::Amount(row.costs.billed)).required(),
    text("HostProviderName", |table, _| table.organisation()).required().since_1_4(),
    text("InvoiceDetailId", |table, row| table.invoice(row, |detail| owned(detail.id()))).since_1_4(),
    text("InvoiceId", |table, row| table.invoice(row, |detail| word(&detail.number))),
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
    text("PricingUnit", |table, row| usage(row, |charge| table.unit(row, charge))),
    text("ProviderName", |table, _| table.organisation()).required().until_1_2(),
    text("PublisherName", |table, _| table.organisation()).required().until_1_2(),
    unknown("RegionId"),
    unknown("RegionName"),
    text("ResourceId", |table, row| usage(row, |charge| id(table.resource(row, charge)))),
    text("ResourceName", |table, row| usage(row, |charge| or_null(&table.resource(row, charge).name))),
    text("ResourceType", |table, row| usage(row, |charge| name(table.offering(row, charge)))),
    text("ServiceCategory", |table, row| word(table.spec.services.of(&table.service(row)).category))
        .required(),
    text("ServiceName", |table, row| FocusValue::Text(table.service(row))).required(),
    text("ServiceProviderName", |table, _| table.organisation()).required().since_1_4(),
    text("ServiceSubcategory", |table, row| word(table.spec.services.of(&table.service(row)).name))
        .required(),
    text("SkuId", |table, row| usage(row, |charge| owned(table.sku(row, charge)))),
    text("SkuMeter", |table, row| usage(row, |charge| or_null(table.component_type(row, charge)))),
    unknown("SkuPriceDetails"),
    text("SkuPriceId", |table, row| usage(row, |charge| owned(table.sku_price(row, charge)))),
    text("SubAccountId", |table, row| table.project(row).map_or(FocusValue::Null, id)),
    text("SubAccountName", |table, row| table.project(row).map_or(FocusValue::Null, name)),
    text("SubAccountType", |table, row| table.project(row).map_or(FocusValue::Null, |_| word("Project"))),
    text("Tags", |table, row| table.tags(row)),
    text("x_ClosingVersion", |_, row| {
        row.closing.map_or(FocusValue::Null, |version| owned(format!("v{version}")))
    })
    .since_1_4(),
    text("x_ComponentUsageId", |_, row| usage(row, |charge| owned(uuid_text(charge.component_usage)))),
];

const fn text(name: &'static str, value: ValueOf) -> Column {
    column(name, FocusKind::Text, value)
}

const fn decimal(name: &'static str, decimals: u8, value: ValueOf) -> Column {
    column(name, FocusKind::Decimal(decimals), value)
}

const fn amount(name: &'static str, value: ValueOf) -> Column {
    column(name, FocusKind::Amount, value)
}

/// A column of text that no record says anything of.
const fn unknown(name: &'static str) -> Column {
    text(name, |_, _| FocusValue::Null)
}

const fn time(name: &'static str, value: ValueOf) -> Column {
    column(name, FocusKind::Time, value).required()
}

const fn column(name: &'static str, kind: FocusKind, value: ValueOf) -> Column {
    Column { field: FocusField { name, kind, is_required: false }, versions: Versions::All, value }
}

impl Column {
    const fn required(self) -> Self {
        Self { field: FocusField { is_required: true, ..self.field }, ..self }
    }

    const fn since_1_4(self) -> Self {
        Self { versions: Versions::Only(FocusVersion::V1_4), ..self }
    }

    const fn until_1_2(self) -> Self {
        Self { versions: Versions::Only(FocusVersion::V1_2), ..self }
    }
}

fn columns_of(version: FocusVersion) -> impl Iterator<Item = &'static Column> {
    let has = move |column: &&Column| {
        column.versions == Versions::All || column.versions == Versions::Only(version)
    };
    COLUMNS.iter().filter(has)
}

impl<'a> FocusTable<'a> {
    /// Of rows that are made of one or several frames.
    pub fn new(rows: &'a [FocusRow], frames: Vec<&'a UsageFrame>, spec: &'a FocusSpec) -> Self {
        Self { rows, frames, spec, columns: columns_of(spec.version).collect(), invoices: &[] }
    }

    /// With the details of invoices that the rows are a part of.
    #[must_use]
    pub fn with_invoices(self, invoices: &'a [FocusInvoiceDetail]) -> Self {
        Self { invoices, ..self }
    }

    /// The names of a version's columns, in their order.
    pub fn column_names(version: FocusVersion) -> impl Iterator<Item = &'static str> {
        columns_of(version).map(|column| column.field.name)
    }

    fn frame(&self, row: &FocusRow) -> &'a UsageFrame {
        self.frames[row.frame]
    }

    /// A value of the invoice that charges a row.
    fn invoice(
        &self,
        row: &FocusRow,
        value: impl FnOnce(&'a FocusInvoiceDetail) -> FocusValue<'a>,
    ) -> FocusValue<'a> {
        row.invoice.map_or(FocusValue::Null, |index| value(&self.invoices[index]))
    }

    fn organisation(&self) -> FocusValue<'a> {
        FocusValue::Text(Cow::Borrowed(&self.spec.organisation))
    }

    fn customer(&self, row: &FocusRow) -> &'a Entity {
        &self.frame(row).customers[row.customer as usize]
    }

    fn project(&self, row: &FocusRow) -> Option<&'a Entity> {
        row.project.map(|project| &self.frame(row).projects[project as usize])
    }

    fn offering(&self, row: &FocusRow, charge: &UsageCharge) -> &'a Entity {
        &self.frame(row).offerings[charge.offering as usize]
    }

    fn resource(&self, row: &FocusRow, charge: &UsageCharge) -> &'a Entity {
        &self.frame(row).resources[charge.resource as usize]
    }

    fn component_type(&self, row: &FocusRow, charge: &UsageCharge) -> &'a str {
        &self.frame(row).component_types[charge.component_type as usize]
    }

    fn measured_unit(&self, row: &FocusRow, charge: &UsageCharge) -> &'a str {
        &self.frame(row).measured_units[charge.measured_unit as usize]
    }

    fn unit(&self, row: &FocusRow, charge: &UsageCharge) -> FocusValue<'a> {
        FocusValue::Text(unit(self.measured_unit(row, charge)))
    }

    fn service(&self, row: &FocusRow) -> Cow<'a, str> {
        match &row.charge {
            FocusCharge::Usage(charge) => name_text(self.offering(row, charge)),
            FocusCharge::Credit(_) => Cow::Borrowed(of_sign(row)),
        }
    }

    /// `cpu_hours of HPC cluster: 12.50 hours`.
    fn description(&self, row: &'a FocusRow) -> FocusValue<'a> {
        match &row.charge {
            FocusCharge::Usage(charge) => {
                let (component, service) = (self.component_type(row, charge), self.service(row));
                let usage = Quantity::from_hundredths(charge.usage);
                owned(format!("{component} of {service}: {usage} {}", unit(self.measured_unit(row, charge))))
            }
            FocusCharge::Credit(description) => word(description),
        }
    }

    /// Component and offering: the same whoever pays, and whatever the price.
    fn sku(&self, row: &FocusRow, charge: &UsageCharge) -> String {
        format!(
            "{}/{}",
            uuid_text(self.offering(row, charge).uuid),
            escaped(self.component_type(row, charge))
        )
    }

    /// The unit tells prices of one component apart; the month then tells which of the card holds.
    fn sku_price(&self, row: &FocusRow, charge: &UsageCharge) -> String {
        format!("{}/{}", self.sku(row, charge), escaped(self.measured_unit(row, charge)))
    }

    /// The attributes of the row's customer, project, offering and resource, without empty ones.
    fn tags(&self, row: &FocusRow) -> FocusValue<'a> {
        let usage = match &row.charge {
            FocusCharge::Usage(charge) => Some(charge),
            FocusCharge::Credit(_) => None,
        };
        let mut tags = Map::new();
        for column in self.frame(row).attribute_columns() {
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

/// What kind of charge it is.
pub(super) fn category(row: &FocusRow) -> &'static str {
    of_kind(row, "Usage", of_sign(row))
}

/// What a customer pays less or more beside usage.
fn of_sign(row: &FocusRow) -> &'static str {
    charge_category(match row.class {
        // What takes a credit back is of the credit's own category.
        ChargeClass::TakenBack => -row.billed(),
        ChargeClass::Original | ChargeClass::ChargedAnew => row.billed(),
    })
}

fn of_kind(row: &FocusRow, usage: &'static str, credit: &'static str) -> &'static str {
    match row.charge {
        FocusCharge::Usage(_) => usage,
        FocusCharge::Credit(_) => credit,
    }
}

fn start(row: &FocusRow) -> FocusValue<'_> {
    FocusValue::Time(midnight(row.period.first_day()))
}

fn end(row: &FocusRow) -> FocusValue<'_> {
    FocusValue::Time(midnight(row.period.plus_months(1).first_day()))
}

/// The first moment of a day in UTC.
pub(super) fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
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
pub(super) fn escaped(text: &str) -> String {
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

impl FocusData for FocusTable<'_> {
    fn version(&self) -> FocusVersion {
        self.spec.version
    }

    fn row_count(&self) -> usize {
        self.rows.len()
    }

    fn fields(&self) -> Vec<FocusField> {
        self.columns.iter().map(|column| column.field).collect()
    }

    fn value(&self, row: usize, field: usize) -> FocusValue<'_> {
        (self.columns[field].value)(self, &self.rows[row])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_columns_are_in_alphabetical_order_with_our_own_last() {
        for (version, count) in [(FocusVersion::V1_2, 58), (FocusVersion::V1_4, 67)] {
            let names: Vec<&str> = FocusTable::column_names(version).collect();
            assert!(names.is_sorted(), "{names:?}");
            assert_eq!((names.len(), names.last()), (count, Some(&"x_ComponentUsageId")));
        }
    }
}
