//! How every amount came about: a row for each charge line.

use std::collections::BTreeMap;
use std::ops::Range;

use super::credits::Placed;
use super::exact::{PRICE_DECIMALS, plain};
use super::months::RatedMonths;
use super::rate::{Charge, Priced, Rated};
use super::tiers;
use crate::amount::Amount;
use crate::dimension::Dimension;
use crate::error::Result;
use crate::filter::Filters;
use crate::period::PeriodRange;
use crate::quantity::Quantity;
use crate::report::{ColumnId, ColumnKind, Section, SectionColumn};
use crate::statement::{Caption, Statement};
use crate::text::uuid_text;
use crate::usage::UsageFrame;

/// Charge lines with what their amounts are made of, and the credits.
#[derive(Debug)]
pub struct PriceExplanation<'a> {
    rated: &'a RatedMonths<'a>,
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

const COLUMNS: [ColumnId; 23] = [
    ColumnId::Time(Dimension::Period),
    ColumnId::Uuid(Dimension::Customer),
    ColumnId::Label(Dimension::Customer),
    ColumnId::Uuid(Dimension::Project),
    ColumnId::Label(Dimension::Project),
    ColumnId::Uuid(Dimension::Offering),
    ColumnId::Label(Dimension::Offering),
    ColumnId::Uuid(Dimension::Resource),
    ColumnId::Label(Dimension::Resource),
    ColumnId::Label(Dimension::Component),
    ColumnId::ComponentUsageUuid,
    ColumnId::MeasuredUnit,
    ColumnId::Usage,
    ColumnId::Price,
    ColumnId::Scope,
    ColumnId::ScopeUsage,
    ColumnId::Included,
    ColumnId::Arithmetic,
    ColumnId::ExactAmount,
    ColumnId::PriceCurrency,
    ColumnId::ExchangeRate,
    ColumnId::Currency,
    ColumnId::Amount,
];

impl<'a> PriceExplanation<'a> {
    /// The lines that have records left after filters, of the period, and the credits that a report has.
    pub(crate) fn new(
        rated: &'a RatedMonths<'a>,
        frame: &'a UsageFrame,
        period: Option<PeriodRange>,
        filters: &Filters,
        caption: Caption,
    ) -> Result<Self> {
        let reported = rated.lead().reported(frame, period)?;
        let order = rated.lead().lines.sorted(frame, |line| reported[*line as usize].is_some());
        let credits =
            rated.parts().iter().flat_map(|part| part.credits_of(frame, period, filters).0).collect();
        Ok(Self { rated, frame, order, credits, caption })
    }

    /// Keeps the lines of a unit, component and currency, each if it is named; what has no price has the empty currency. A
    /// credit has a currency alone. The words for them are added to the title.
    #[cfg(feature = "desk")]
    pub(crate) fn keep(&mut self, words: String, [unit, component, currency]: [Option<&str>; 3]) {
        let (rated, frame) = (self.rated, self.frame);
        let is = |wanted: Option<&str>, value: &str| wanted.is_none_or(|wanted| wanted == value);
        self.order.retain(|line| {
            let rated = rated.of_line(*line);
            let (parents, at) = (&rated.lines.parents, *line as usize);
            is(unit, &frame.measured_units[parents.measured_unit()[at] as usize])
                && is(component, &frame.component_types[parents.component_type()[at] as usize])
                && is(currency, rated.priced(*line).map_or("", |priced| priced.currency.code()))
        });
        let has_usage = unit.is_some() || component.is_some();
        self.credits.retain(|credit| !has_usage && is(currency, credit.currency.code()));
        self.caption.title.push(words);
    }

    fn value(&self, line: u32, column: ColumnId) -> Value {
        let rated = self.rated.of_line(line);
        let (lines, frame, at) = (&rated.lines, self.frame, line as usize);
        let entity = |dimension| match dimension {
            Dimension::Customer => &frame.customers[lines.parents.customer()[at] as usize],
            Dimension::Project => &frame.projects[lines.parents.project()[at] as usize],
            Dimension::Offering => &frame.offerings[lines.parents.offering()[at] as usize],
            _ => &frame.resources[lines.parents.resource()[at] as usize],
        };
        match column {
            ColumnId::Time(_) => Value::Text(lines.parents.period(at).to_string()),
            ColumnId::Uuid(dimension) => Value::Text(uuid_text(entity(dimension).uuid)),
            ColumnId::Label(Dimension::Component) => {
                text(&frame.component_types[lines.parents.component_type()[at] as usize])
            }
            ColumnId::Label(dimension) => text(&entity(dimension).name),
            ColumnId::ComponentUsageUuid => Value::Text(uuid_text(lines.parents.uuid()[at])),
            ColumnId::MeasuredUnit => text(&frame.measured_units[lines.parents.measured_unit()[at] as usize]),
            ColumnId::Usage => hundredths(lines.usage[at]),
            ColumnId::Price if matches!(rated.charges[at], Some(Charge::Unpriced)) => text("none"),
            _ => rated.priced(line).map_or(Value::None, |priced| of_price(rated, at, priced, column)),
        }
    }

    fn of_credit(&self, credit: &Placed, column: ColumnId) -> Value {
        let customer = &self.frame.customers[credit.customer as usize];
        let project = credit.project.map(|project| &self.frame.projects[project as usize]);
        let is_converted = credit.from != credit.currency;
        match column {
            ColumnId::Time(_) => Value::Text(credit.period.to_string()),
            ColumnId::Uuid(Dimension::Customer) => Value::Text(uuid_text(customer.uuid)),
            ColumnId::Label(Dimension::Customer) => text(&customer.name),
            ColumnId::Uuid(Dimension::Project) => {
                project.map_or(Value::None, |project| Value::Text(uuid_text(project.uuid)))
            }
            ColumnId::Label(Dimension::Project) => project.map_or(Value::None, |project| text(&project.name)),
            ColumnId::Price if credit.is_adjustment() => text("none"),
            ColumnId::Price => Value::Text(format!("line {}", credit.line)),
            ColumnId::Arithmetic if credit.is_adjustment() => {
                Value::Text(format!("adjustment: {}", credit.description))
            }
            ColumnId::Arithmetic => Value::Text(format!("credit: {}", credit.description)),
            ColumnId::ExactAmount => Value::Text(plain(credit.product, 12)),
            ColumnId::PriceCurrency => text(credit.from.code()),
            ColumnId::ExchangeRate if is_converted => {
                credit.rate.map_or(Value::None, |rate| Value::Text(plain(rate, PRICE_DECIMALS)))
            }
            ColumnId::Currency => text(credit.currency.code()),
            ColumnId::Amount => Value::Amount(credit.amount),
            _ => Value::None,
        }
    }

    /// One row for each currency.
    fn total_rows(&self) -> Vec<(String, Amount)> {
        let mut sums: BTreeMap<&str, Amount> = BTreeMap::new();
        for priced in self.order.iter().filter_map(|line| self.rated.of_line(*line).priced(*line)) {
            *sums.entry(priced.currency.code()).or_default() += priced.amount;
        }
        for credit in &self.credits {
            *sums.entry(credit.currency.code()).or_default() += credit.amount;
        }
        sums.into_iter().map(|(currency, amount)| (currency.to_owned(), amount)).collect()
    }
}

fn of_price(rated: &Rated<'_>, at: usize, priced: &Priced, column: ColumnId) -> Value {
    let price = rated.tariff.price(priced.price);
    let scope = priced.scope.map(|scope| &rated.scopes[scope as usize]);
    let usage = scope.map_or(rated.lines.usage[at], |scope| scope.usage);
    let rate = rated.exchange(price, at).and_then(|(_, rate)| rate);
    match (column, scope) {
        (ColumnId::Price, _) => Value::Text(format!("line {}", price.line)),
        (ColumnId::Scope, Some(_)) => text(price.scope.name()),
        (ColumnId::ScopeUsage, Some(scope)) => hundredths(scope.usage),
        (ColumnId::Included, Some(_)) if price.included > 0 && usage >= 0 => hundredths(price.included),
        (ColumnId::Arithmetic, _) => Value::Text(tiers::arithmetic(price, usage)),
        (ColumnId::ExactAmount, _) => Value::Text(plain(priced.product, 12)),
        (ColumnId::PriceCurrency, _) => text(price.currency.code()),
        (ColumnId::ExchangeRate, _) => {
            rate.map_or(Value::None, |rate| Value::Text(plain(rate, PRICE_DECIMALS)))
        }
        (ColumnId::Currency, _) => text(priced.currency.code()),
        (ColumnId::Amount, _) => Value::Amount(priced.amount),
        _ => Value::None,
    }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn hundredths(hundredths: i128) -> Value {
    Value::Quantity(Quantity::from_hundredths(hundredths))
}

/// A section of the columns, whose values are told by row and column.
fn section(rows: usize, value: impl Fn(usize, ColumnId) -> Value) -> Section {
    let column = |id: &ColumnId| -> SectionColumn {
        let values = (0..rows).map(|row| value(row, *id));
        match id.kind() {
            ColumnKind::Usage => SectionColumn::quantities(values.map(|value| match value {
                Value::Quantity(quantity) => Some(quantity),
                Value::Amount(_) | Value::Text(_) | Value::None => None,
            })),
            ColumnKind::Amount => SectionColumn::amounts(values.map(|value| match value {
                Value::Amount(amount) => Some(amount),
                Value::Quantity(_) | Value::Text(_) | Value::None => None,
            })),
            _ => SectionColumn::texts(values.map(|value| match value {
                Value::Text(text) => Some(text),
                Value::Quantity(_) | Value::Amount(_) | Value::None => None,
            })),
        }
    };
    Section::new(rows, COLUMNS.iter().map(column).collect())
}

impl Statement for PriceExplanation<'_> {
    fn caption(&self) -> &Caption {
        &self.caption
    }

    fn columns(&self) -> Vec<ColumnId> {
        COLUMNS.to_vec()
    }

    fn hidden_columns(&self) -> &'static [ColumnId] {
        &[]
    }

    fn len(&self) -> usize {
        self.order.len() + self.credits.len()
    }

    fn rows(&self, range: Range<usize>) -> Section {
        section(range.len(), |row, column| match self.order.get(range.start + row) {
            Some(line) => self.value(*line, column),
            None => self.of_credit(self.credits[range.start + row - self.order.len()], column),
        })
    }

    /// None: the rows are of one kind.
    fn parts(&self) -> Section {
        section(0, |_, _| Value::None)
    }

    fn totals(&self) -> Section {
        let totals = self.total_rows();
        section(totals.len(), |row, column| match column {
            ColumnId::Time(_) => text("total"),
            ColumnId::Currency => Value::Text(totals[row].0.clone()),
            ColumnId::Amount => Value::Amount(totals[row].1),
            _ => Value::None,
        })
    }
}
