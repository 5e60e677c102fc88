//! How every amount came about: a row for each charge line.

use std::collections::BTreeMap;
use std::ops::Range;

use super::credits::Placed;
use super::exact::{PRICE_DECIMALS, plain};
use super::rate::{Charge, Priced, Rated};
use super::tiers;
use crate::amount::Amount;
use crate::dimension::Dimension;
use crate::error::Result;
use crate::filter::Filters;
use crate::period::PeriodRange;
use crate::quantity::Quantity;
use crate::report::{Column, ColumnKind, Section, SectionColumn, decimal_column, text_column};
use crate::statement::{Caption, Statement};
use crate::text::uuid_text;
use crate::usage::{Entity, UsageFrame};

/// Charge lines with what their amounts are made of, and the credits.
pub struct PriceExplanation<'a> {
    rated: &'a Rated<'a>,
    frame: &'a UsageFrame,
    /// The lines that are shown: by month, customer, project, offering, resource and component.
    order: Vec<u32>,
    /// The credits of the report, behind all lines.
    credits: Vec<&'a Placed>,
    caption: Caption,
}

/// What stands in a column of one row.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Value {
    None,
    Text(String),
    Quantity(Quantity),
    Amount(Amount),
}

/// The columns, each with its kind.
const COLUMNS: [(&str, ColumnKind); 23] = [
    ("period", ColumnKind::Text),
    ("customer_uuid", ColumnKind::Uuid(Dimension::Customer)),
    ("customer_name", ColumnKind::Label(Dimension::Customer)),
    ("project_uuid", ColumnKind::Uuid(Dimension::Project)),
    ("project_name", ColumnKind::Label(Dimension::Project)),
    ("offering_uuid", ColumnKind::Uuid(Dimension::Offering)),
    ("offering_name", ColumnKind::Label(Dimension::Offering)),
    ("resource_uuid", ColumnKind::Uuid(Dimension::Resource)),
    ("resource_name", ColumnKind::Label(Dimension::Resource)),
    ("component_type", ColumnKind::Label(Dimension::Component)),
    ("component_usage_uuid", ColumnKind::Id),
    ("measured_unit", ColumnKind::Unit),
    ("usage", ColumnKind::Usage),
    ("price", ColumnKind::Text),
    ("scope", ColumnKind::Text),
    ("scope_usage", ColumnKind::Usage),
    ("included", ColumnKind::Usage),
    ("arithmetic", ColumnKind::Text),
    ("exact_amount", ColumnKind::Text),
    ("price_currency", ColumnKind::Currency),
    ("exchange_rate", ColumnKind::Text),
    ("currency", ColumnKind::Currency),
    ("amount", ColumnKind::Amount),
];

impl<'a> PriceExplanation<'a> {
    /// The lines that have records left after filters, of the period, and the credits that a report has.
    pub fn new(
        rated: &'a Rated<'a>,
        frame: &'a UsageFrame,
        period: Option<PeriodRange>,
        filters: &Filters,
        caption: Caption,
    ) -> Result<Self> {
        let reported = rated.reported(frame, period)?;
        let order = rated.lines.sorted(frame, |line| reported[*line as usize].is_some());
        let credits = rated.credits_of(frame, period, filters).0;
        Ok(Self { rated, frame, order, credits, caption })
    }

    fn value(&self, line: u32, column: &str) -> Value {
        let (lines, frame, at) = (&self.rated.lines, self.frame, line as usize);
        let entity = |entities: &[Entity], place: u32| {
            let entity = &entities[place as usize];
            match column.ends_with("_uuid") {
                true => Value::Text(uuid_text(entity.uuid)),
                false => Value::Text(entity.name.to_string()),
            }
        };
        match column {
            "period" => Value::Text(lines.periods[at].to_string()),
            "customer_uuid" | "customer_name" => entity(&frame.customers, lines.customers[at]),
            "project_uuid" | "project_name" => entity(&frame.projects, lines.projects[at]),
            "offering_uuid" | "offering_name" => entity(&frame.offerings, lines.offerings[at]),
            "resource_uuid" | "resource_name" => entity(&frame.resources, lines.resources[at]),
            "component_type" => text(&frame.component_types[lines.component_types[at] as usize]),
            "component_usage_uuid" => Value::Text(uuid_text(lines.uuids[at])),
            "measured_unit" => text(&frame.measured_units[lines.measured_units[at] as usize]),
            "usage" => hundredths(lines.usage[at]),
            "price" if matches!(self.rated.charges[at], Some(Charge::Unpriced)) => text("none"),
            _ => self.rated.priced(line).map_or(Value::None, |priced| self.of_price(at, priced, column)),
        }
    }

    fn of_price(&self, at: usize, priced: &Priced, column: &str) -> Value {
        let price = self.rated.tariff.price(priced.price);
        let scope = priced.scope.map(|scope| &self.rated.scopes[scope as usize]);
        let usage = scope.map_or(self.rated.lines.usage[at], |scope| scope.usage);
        let rate = self.rated.exchange(price, at).and_then(|(_, rate)| rate);
        match (column, scope) {
            ("price", _) => Value::Text(format!("line {}", price.line)),
            ("scope", Some(_)) => text(price.scope.name()),
            ("scope_usage", Some(scope)) => hundredths(scope.usage),
            ("included", Some(_)) if price.included > 0 && usage >= 0 => hundredths(price.included),
            ("arithmetic", _) => Value::Text(tiers::arithmetic(price, usage)),
            ("exact_amount", _) => Value::Text(plain(priced.product, 12)),
            ("price_currency", _) => text(price.currency.code()),
            ("exchange_rate", _) => rate.map_or(Value::None, |rate| Value::Text(plain(rate, PRICE_DECIMALS))),
            ("currency", _) => text(priced.currency.code()),
            ("amount", _) => Value::Amount(priced.amount),
            _ => Value::None,
        }
    }

    fn of_credit(&self, credit: &Placed, column: &str) -> Value {
        let customer = &self.frame.customers[credit.customer as usize];
        let project = credit.project.map(|project| &self.frame.projects[project as usize]);
        let is_converted = credit.from != credit.currency;
        match column {
            "period" => Value::Text(credit.period.to_string()),
            "customer_uuid" => Value::Text(uuid_text(customer.uuid)),
            "customer_name" => text(&customer.name),
            "project_uuid" => project.map_or(Value::None, |project| Value::Text(uuid_text(project.uuid))),
            "project_name" => project.map_or(Value::None, |project| text(&project.name)),
            "price" => Value::Text(format!("line {}", credit.line)),
            "arithmetic" => Value::Text(format!("credit: {}", credit.description)),
            "exact_amount" => Value::Text(plain(credit.product, 12)),
            "price_currency" => text(credit.from.code()),
            "exchange_rate" if is_converted => {
                credit.rate.map_or(Value::None, |rate| Value::Text(plain(rate, PRICE_DECIMALS)))
            }
            "currency" => text(credit.currency.code()),
            "amount" => Value::Amount(credit.amount),
            _ => Value::None,
        }
    }

    /// One row for each currency.
    fn total_rows(&self) -> Vec<(String, Amount)> {
        let mut sums: BTreeMap<&str, Amount> = BTreeMap::new();
        for priced in self.order.iter().filter_map(|line| self.rated.priced(*line)) {
            *sums.entry(priced.currency.code()).or_default() += priced.amount;
        }
        for credit in &self.credits {
            *sums.entry(credit.currency.code()).or_default() += credit.amount;
        }
        sums.into_iter().map(|(currency, amount)| (currency.to_owned(), amount)).collect()
    }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn hundredths(hundredths: i128) -> Value {
    Value::Quantity(Quantity::from_hundredths(hundredths))
}

/// A section of the columns, whose values are told by row and column.
fn section(rows: usize, value: impl Fn(usize, &str) -> Value) -> Result<Section> {
    let column = |(name, kind): &(&str, ColumnKind)| -> SectionColumn {
        let values = (0..rows).map(|row| value(row, name));
        let mut column: SectionColumn = match kind {
            ColumnKind::Usage => decimal_column(values.map(|value| match value {
                Value::Quantity(quantity) => Some(quantity),
                Value::Amount(_) | Value::Text(_) | Value::None => None,
            }))
            .into(),
            ColumnKind::Amount => SectionColumn::amounts(values.map(|value| match value {
                Value::Amount(amount) => Some(amount),
                Value::Quantity(_) | Value::Text(_) | Value::None => None,
            })),
            _ => text_column(values.map(|value| match value {
                Value::Text(text) => Some(text),
                Value::Quantity(_) | Value::Amount(_) | Value::None => None,
            }))
            .into(),
        };
        column.rename(name);
        column
    };
    Section::of_columns(rows, COLUMNS.iter().map(column).collect())
}

impl Statement for PriceExplanation<'_> {
    fn caption(&self) -> &Caption {
        &self.caption
    }

    fn columns(&self) -> Vec<Column> {
        COLUMNS.iter().map(|(name, kind)| Column { name: (*name).to_owned(), kind: *kind }).collect()
    }

    fn hidden_columns(&self) -> &'static [&'static str] {
        &[]
    }

    fn len(&self) -> usize {
        self.order.len() + self.credits.len()
    }

    fn rows(&self, range: Range<usize>) -> Result<Section> {
        section(range.len(), |row, column| match self.order.get(range.start + row) {
            Some(line) => self.value(*line, column),
            None => self.of_credit(self.credits[range.start + row - self.order.len()], column),
        })
    }

    /// None: the rows are of one kind.
    fn parts(&self) -> Result<Section> {
        section(0, |_, _| Value::None)
    }

    fn totals(&self) -> Result<Section> {
        let totals = self.total_rows();
        section(totals.len(), |row, column| match column {
            "period" => text("total"),
            "currency" => Value::Text(totals[row].0.clone()),
            "amount" => Value::Amount(totals[row].1),
            _ => Value::None,
        })
    }
}
