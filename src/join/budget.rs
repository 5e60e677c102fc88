//! Budgets: how much of a component a customer or project may use in a month, or may cost.

use std::collections::HashMap;
use std::path::Path;

use super::entities::{Bearers, KINDS, Key, KeyColumn};
use super::input;
use super::rows::Value;
use crate::amount::Amount;
use crate::conflict::Conflict;
use crate::currency::{self, Currency};
use crate::dimension::Dimension;
use crate::error::{Error, Result};
use crate::filter::{Filter, Filters};
use crate::ingest::InputFile;
use crate::period::{BillingPeriod, PeriodRange};
use crate::quantity::Quantity;
use crate::report::ReportSpec;
use crate::tabular::{Locale, Row, Table, Writing};
use crate::text::uuid_text;
use crate::usage::UsageFrame;

const PERIOD: &str = "period";
const COMPONENT_TYPE: &str = "component_type";
const MEASURED_UNIT: &str = "measured_unit";
const CURRENCY: &str = "currency";
const BUDGET: &str = "budget";

/// A file of budgets.
#[derive(Debug)]
pub struct Budget {
    file: InputFile,
    table: Table,
    period: usize,
    /// The customer, the project, or both.
    owners: Vec<KeyColumn>,
    component: Option<usize>,
    /// The unit, or the currency of money.
    measure: usize,
    budget: usize,
    is_money: bool,
}

/// One row of the file, understood.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) line: u64,
    pub(crate) period: BillingPeriod,
    pub(crate) customer: Option<Owner>,
    pub(crate) project: Option<Owner>,
    pub(crate) component_type: Option<String>,
    /// The measured unit, or the currency.
    pub(crate) measure: String,
    /// Usage or money.
    pub(crate) budget: Value,
}

/// Whose budget it is.
#[derive(Clone, Debug)]
pub(crate) struct Owner {
    /// None of a name that no record has.
    pub(crate) uuid: Option<u128>,
    /// The uuid where no record has it.
    pub(crate) name: String,
    /// Its place in the frame.
    pub(crate) place: Option<usize>,
}

impl Budget {
    /// # Errors
    /// A file that cannot be read or is no such table.
    pub fn read(path: &Path, locale: Option<Locale>) -> Result<Self> {
        const OWN: [&str; 5] = [PERIOD, COMPONENT_TYPE, MEASURED_UNIT, CURRENCY, BUDGET];
        let is_own = |name: &str| OWN.contains(&name);
        let owners = KINDS.iter().flat_map(|kind| kind.columns()).copied();
        let known: Vec<&str> = owners.filter(|name| owner(name, 0).is_some()).chain(OWN).collect();
        let (file, bytes) = input::read(path)?;
        let table = Table::parse(&file.path, &bytes, &known, Writing::Person(locale))?;
        let mut owners: Vec<KeyColumn> = Vec::new();
        for (at, name) in table.columns.iter().enumerate() {
            let Some(column) = owner(name, at) else {
                if is_own(name) {
                    continue;
                }
                let expected = "period, customer_uuid or customer_name, project_uuid or project_name, component_type, \
                                measured_unit or currency, and budget";
                return Err(table.error(1, format!("the column {name:?}"), expected));
            };
            if let Some(other) = owners.iter().find(|other| other.kind == column.kind) {
                let found = format!("{name} beside {}", table.columns[other.at]);
                return Err(table.error(1, found, "one of them"));
            }
            owners.push(column);
        }
        owners.sort_by_key(|column| column.kind == Dimension::Project);
        let place = |name: &str| table.columns.iter().position(|column| column == name);
        let needed = |name| place(name).ok_or_else(|| table.error(1, format!("no column {name}"), "one"));
        let measure = match (place(MEASURED_UNIT), place(CURRENCY)) {
            (Some(unit), None) => unit,
            (None, Some(currency)) => currency,
            (both, _) => {
                let found = if both.is_some() {
                    "measured_unit beside currency"
                } else {
                    "neither measured_unit nor currency"
                };
                return Err(table.error(
                    1,
                    found,
                    "measured_unit for budgets of usage, or currency for money",
                ));
            }
        };
        Ok(Self {
            file,
            period: needed(PERIOD)?,
            component: place(COMPONENT_TYPE),
            budget: needed(BUDGET)?,
            is_money: place(CURRENCY).is_some(),
            measure,
            owners,
            table,
        })
    }

    /// The file, for the list of what was read.
    pub fn file(&self) -> &InputFile {
        &self.file
    }

    /// Whether it is of money, which usage has with prices only.
    pub fn is_money(&self) -> bool {
        self.is_money
    }

    /// What the budgets are by, in the order of a report's columns.
    pub fn dimensions(&self) -> Vec<Dimension> {
        let owners = self.owners.iter().map(|column| column.kind);
        let component = self.component.map(|_| Dimension::Component);
        [Dimension::Period].into_iter().chain(owners).chain(component).collect()
    }

    /// Whether usage of a report can be set against the budgets.
    ///
    /// # Errors
    /// A report in other groups than the budgets.
    pub fn check(&self, spec: &ReportSpec) -> Result<()> {
        if spec.is_pivoted {
            return Err(Conflict::BudgetPivoted.into());
        }
        if spec.top.is_some() {
            return Err(Conflict::BudgetOfTop.into());
        }
        let dimensions = self.dimensions();
        let is_one_month = spec.period.is_some_and(|period: PeriodRange| period.months() == 1);
        let is_needed = |dimension: &&Dimension| !(is_one_month && **dimension == Dimension::Period);
        let has_all = dimensions.iter().filter(is_needed).all(|dimension| spec.by.contains(dimension));
        let is_own = |dimension: &Dimension| match dimension {
            Dimension::Attribute(attribute) => dimensions.contains(&attribute.owner()),
            other => dimensions.contains(other),
        };
        if has_all && spec.by.iter().all(is_own) {
            return Ok(());
        }
        let list = |dimensions: &[Dimension]| {
            dimensions.iter().map(|dimension| dimension.name()).collect::<Vec<_>>().join(",")
        };
        let expected = format!("{}, as the budgets of {} are", list(&dimensions), self.table.path);
        Err(Error::BadParameter { parameter: "by", value: list(&spec.by), expected })
    }

    /// Whether filters leave the usage of each budget whole.
    ///
    /// # Errors
    /// A filter by what the budgets are not by: it would leave part of their usage out.
    pub fn check_filters(&self, filters: &Filters) -> Result<()> {
        let dimensions = self.dimensions();
        let is_whole = |filter: Filter| match filter {
            Filter::Customer | Filter::CustomerUuid => dimensions.contains(&Dimension::Customer),
            Filter::Project | Filter::ProjectUuid => dimensions.contains(&Dimension::Project),
            Filter::Type => dimensions.contains(&Dimension::Component),
            Filter::BillingPeriodYear | Filter::BillingPeriodMonth | Filter::ComponentUsageBillingPeriod => {
                true
            }
            _ => false,
        };
        match filters.given().find(|filter| !is_whole(*filter)) {
            None => Ok(()),
            Some(filter) => Err(Error::BadParameter {
                parameter: "budget",
                value: self.table.path.clone(),
                expected: format!(
                    "no filter {}: it leaves out part of the usage that these budgets are for",
                    filter.name()
                ),
            }),
        }
    }

    /// An error in a line of the file.
    pub(crate) fn error(&self, line: u64, found: impl Into<String>, expected: impl Into<String>) -> Error {
        self.table.error(line, found, expected)
    }

    /// The rows, with names and uuids found among the records.
    ///
    /// # Errors
    /// A cell that is no value of its column, two rows for one budget, a name that several bear, and a unit that the
    /// component is not measured in.
    pub(crate) fn entries(&self, frame: &UsageFrame) -> Result<Vec<Entry>> {
        let bearers: Vec<Bearers> = self
            .owners
            .iter()
            .map(|column| Bearers::new(frame.entities(column.kind), column.has_uuids))
            .collect();
        let units = (!self.is_money).then(|| Units::new(frame));
        let mut lines: HashMap<RowKey, u64> = HashMap::new();
        let mut entries = Vec::with_capacity(self.table.rows.len());
        for row in &self.table.rows {
            let key = self.key(row)?;
            if let Some(first) = lines.insert(key.clone(), row.line) {
                let found = format!("a second budget for what line {first} has one for");
                return Err(self.error(row.line, found, "one row for each"));
            }
            let entry = self.entry(row, key, &bearers, frame)?;
            if let Some(units) = &units {
                units.check(&entry, self)?;
            }
            entries.push(entry);
        }
        Ok(entries)
    }

    /// Whether budgets of money are in the currency that all amounts are converted to, if they are.
    ///
    /// A budget is a fixed amount. It is not converted: its value would change with every month's rate.
    pub(crate) fn check_currency(&self, entries: &[Entry], converted_to: Option<&str>) -> Result<()> {
        let Some(currency) = converted_to.filter(|_| self.is_money) else { return Ok(()) };
        let others: Vec<&Entry> = entries.iter().filter(|entry| entry.measure != currency).collect();
        let Some(first) = others.first() else { return Ok(()) };
        let more = match others.len() {
            1 => String::new(),
            2 => ", and 1 more row is in another currency".to_owned(),
            count => format!(", and {} more rows are in other currencies", count - 1),
        };
        let found =
            format!("currency is {:?}, but all amounts are converted to {currency}{more}", first.measure);
        Err(self.error(
            first.line,
            found,
            format!("budgets in {currency}, or amounts that are not converted"),
        ))
    }

    fn key(&self, row: &Row) -> Result<RowKey> {
        let owners =
            self.owners.iter().map(|column| column.key(&self.table, row.line, &row.cells[column.at]));
        Ok(RowKey {
            period: self.table.month(row, self.period)?,
            owners: owners.collect::<Result<_>>()?,
            component_type: self.component.map(|at| row.cells[at].to_string()),
            measure: row.cells[self.measure].to_string(),
        })
    }

    fn entry(&self, row: &Row, key: RowKey, bearers: &[Bearers], frame: &UsageFrame) -> Result<Entry> {
        let budget = self.value(row, &key.measure, frame)?;
        if budget.is_below_zero() {
            let found = format!("budget is {:?}", row.cells[self.budget]);
            return Err(self.error(row.line, found, "zero or more"));
        }
        let (mut customer, mut project) = (None, None);
        for ((column, key), bearers) in self.owners.iter().zip(&key.owners).zip(bearers) {
            let owner = Some(self.owner(row, column, key, bearers, frame)?);
            match column.kind {
                Dimension::Customer => customer = owner,
                _ => project = owner,
            }
        }
        let RowKey { period, component_type, measure, .. } = key;
        Ok(Entry { line: row.line, period, customer, project, component_type, measure, budget })
    }

    /// The budget of a row, of a unit or a currency.
    fn value(&self, row: &Row, measure: &str, frame: &UsageFrame) -> Result<Value> {
        let number = self.table.decimal(row, self.budget)?;
        let wrong = |expected: &str| {
            self.error(row.line, format!("budget is {:?}", row.cells[self.budget]), expected)
        };
        if !self.is_money {
            let usage = Quantity::parse(number.as_bytes());
            return usage.map(Value::Quantity).map_err(|_| wrong("a decimal of two places, as 1500.00"));
        }
        let Some(currency) = Currency::parse(measure) else {
            let found = format!("currency is {measure:?}");
            return Err(self.error(row.line, found, currency::expected_instead(measure)));
        };
        let amount = Amount::parse(number.as_bytes(), 0).ok();
        let amount = amount.filter(|amount| amount.places() <= currency.minor_unit());
        let amount = amount.ok_or_else(|| wrong(&currency.described_amount()))?;
        // As the amounts beside it.
        let place = frame.currencies.iter().position(|code| **code == *measure);
        let places = place.map_or(currency.minor_unit(), |place| frame.currency_places[place]);
        Ok(Value::Amount(Amount::new(amount.thousandths(), places)))
    }

    fn owner(
        &self,
        row: &Row,
        column: &KeyColumn,
        key: &Key,
        bearers: &Bearers,
        frame: &UsageFrame,
    ) -> Result<Owner> {
        let entities = frame.entities(column.kind);
        match (bearers.of(key), key) {
            ([place], _) => {
                let entity = &entities[*place];
                Ok(Owner { uuid: Some(entity.uuid), name: entity.name.to_string(), place: Some(*place) })
            }
            ([], Key::Uuid(uuid)) => Ok(Owner { uuid: Some(*uuid), name: uuid_text(*uuid), place: None }),
            ([], Key::Name(name)) => Ok(Owner { uuid: None, name: name.clone(), place: None }),
            (several, _) => {
                let cell = &*row.cells[column.at];
                Err(column.ambiguous(&self.table, (row.line, cell), several, entities))
            }
        }
    }
}

/// The columns that name whose budget it is; offerings and resources have none.
fn owner(name: &str, at: usize) -> Option<KeyColumn> {
    let is_owner = |column: &KeyColumn| matches!(column.kind, Dimension::Customer | Dimension::Project);
    KeyColumn::named(name, at).filter(is_owner)
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct RowKey {
    period: BillingPeriod,
    owners: Vec<Key>,
    component_type: Option<String>,
    measure: String,
}

/// The units that there are, and those of each component.
struct Units<'a> {
    all: Vec<&'a str>,
    of_components: HashMap<&'a str, Vec<&'a str>>,
}

impl<'a> Units<'a> {
    fn new(frame: &'a UsageFrame) -> Self {
        let parents = frame.parents.component_type().iter().zip(frame.parents.measured_unit());
        let mut pairs: Vec<(&str, &str)> = parents
            .map(|(component, unit)| {
                (&*frame.component_types[*component as usize], &*frame.measured_units[*unit as usize])
            })
            .collect();
        pairs.sort_unstable();
        pairs.dedup();
        let mut of_components: HashMap<&str, Vec<&str>> = HashMap::new();
        for (component, unit) in &pairs {
            of_components.entry(component).or_default().push(unit);
        }
        let mut all: Vec<&str> = pairs.into_iter().map(|(_, unit)| unit).collect();
        all.sort_unstable();
        all.dedup();
        Self { all, of_components }
    }

    fn check(&self, entry: &Entry, budget: &Budget) -> Result<()> {
        let component = entry.component_type.as_deref();
        let of_component = component.and_then(|component| self.of_components.get(component));
        let known = of_component.unwrap_or(&self.all);
        if known.contains(&entry.measure.as_str()) {
            return Ok(());
        }
        let what = match (of_component, component) {
            (Some(_), Some(component)) => format!("{component} is measured in"),
            _ => "records are measured in".to_owned(),
        };
        let known = known.iter().map(|unit| format!("{unit:?}")).collect::<Vec<_>>().join(", ");
        let found = format!("measured_unit is {:?}", entry.measure);
        Err(budget.error(entry.line, found, format!("one that {what}: {known}")))
    }
}
