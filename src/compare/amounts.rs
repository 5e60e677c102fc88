//! What customers' projects amount to in two states of the same months. The amounts are those of two reports, so that
//! tiers, rounding and credits are in them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

use crate::amount::Amount;
use crate::dimension::Dimension;
use crate::report::{Cell, ColumnId, Namesakes, Report, Section, SectionColumn};
use crate::statement::{Caption, Statement};

/// What became of an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AmountKind {
    /// There was none before.
    Added,
    /// There is none any more.
    Removed,
    /// There is another one.
    Changed,
}

impl AmountKind {
    /// The word in every output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
        }
    }
}

/// An amount before and after; none if there is no charge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AmountSides {
    /// The earlier state's.
    pub before: Option<Amount>,
    /// The later state's.
    pub after: Option<Amount>,
}

impl AmountSides {
    /// What is on one side only counts in full.
    pub fn change(self) -> Amount {
        self.after.unwrap_or_default() - self.before.unwrap_or_default()
    }

    /// None if the change is zero.
    fn kind(self) -> Option<AmountKind> {
        (self.change() != Amount::ZERO).then_some(match (self.before, self.after) {
            (None, _) => AmountKind::Added,
            (_, None) => AmountKind::Removed,
            _ => AmountKind::Changed,
        })
    }

    fn add(&mut self, other: Self) {
        let sum = |one: Option<Amount>, other: Option<Amount>| match (one, other) {
            (Some(one), Some(other)) => Some(one + other),
            (one, other) => one.or(other),
        };
        self.before = sum(self.before, other.before);
        self.after = sum(self.after, other.after);
    }
}

/// A month, the uuids of a customer and a project, and a currency. Credits without a project have an empty one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    period: Box<str>,
    customer: Box<str>,
    project: Box<str>,
    currency: Box<str>,
}

/// How the amounts of two states differ.
#[derive(Clone, Debug, Default)]
pub struct AmountDifference {
    /// Everything that has an amount in either state, changed or not.
    amounts: BTreeMap<Place, AmountSides>,
    /// The names of customers and projects by uuid, as the later state has them if they are in it.
    names: HashMap<Box<str>, Box<str>>,
}

impl AmountDifference {
    /// The dimensions of the reports that are compared.
    pub const BY: [Dimension; 3] = [Dimension::Period, Dimension::Customer, Dimension::Project];

    /// Adds what two states of some months amount to: reports by [`BY`](Self::BY), with amounts.
    pub fn add(&mut self, before: &Report, after: &Report) {
        self.add_side(before, |amount| AmountSides { before: Some(amount), after: None });
        self.add_side(after, |amount| AmountSides { before: None, after: Some(amount) });
    }

    fn add_side(&mut self, report: &Report, side: impl Fn(Amount) -> AmountSides) {
        let texts = [
            ColumnId::Time(Dimension::Period),
            ColumnId::Uuid(Dimension::Customer),
            ColumnId::Uuid(Dimension::Project),
            ColumnId::Currency,
            ColumnId::Label(Dimension::Customer),
            ColumnId::Label(Dimension::Project),
        ];
        let (texts, amount) = (texts.map(|id| report.column(id)), report.column(ColumnId::Amount));
        let cells = report.rows.cells();
        for row in 0..report.rows.len() {
            let cell = |at: Option<usize>| at.map_or(Cell::Empty, |at| cells.get(row, at));
            let text = |at| match cell(at) {
                Cell::Text(text) => Box::from(text),
                _ => Box::<str>::default(),
            };
            let Cell::Amount(amount) = cell(amount) else { continue };
            let [period, customer, project, currency, customer_name, project_name] = texts.map(text);
            self.names.insert(customer.clone(), customer_name);
            self.names.insert(project.clone(), project_name);
            let place = Place { period, customer, project, currency };
            self.amounts.entry(place).or_default().add(side(amount));
        }
    }

    /// What all amounts of each currency come to.
    pub fn totals(&self) -> BTreeMap<&str, AmountSides> {
        self.sums(|place, _| &*place.currency)
    }

    /// By currency what customers have to pay more and what others have to pay less, both not negative; currencies in which
    /// nobody's amount changed are left out.
    pub fn moved(&self) -> BTreeMap<&str, (Amount, Amount)> {
        let mut moved: BTreeMap<&str, (Amount, Amount)> = BTreeMap::new();
        for ((currency, _), sides) in self.sums(|place, _| (&*place.currency, &*place.customer)) {
            let change = sides.change();
            if change > Amount::ZERO {
                moved.entry(currency).or_default().0 += change;
            } else if change < Amount::ZERO {
                moved.entry(currency).or_default().1 += change.magnitude();
            }
        }
        moved
    }

    fn sums<'a, K: Ord>(&'a self, key: impl Fn(&'a Place, AmountSides) -> K) -> BTreeMap<K, AmountSides> {
        let mut sums: BTreeMap<K, AmountSides> = BTreeMap::new();
        for (place, sides) in &self.amounts {
            sums.entry(key(place, *sides)).or_default().add(*sides);
        }
        sums
    }

    /// The name of a customer or project, told apart from others of that name; the uuid if nothing has an amount there.
    pub(crate) fn name(&self, uuid: &str) -> String {
        let Some(name) = self.names.get(uuid) else { return uuid.to_owned() };
        let namesakes = Namesakes::new(self.names.iter().map(|(uuid, name)| (&**name, &**uuid)));
        format!("{name}{}", namesakes.mark(name, uuid))
    }

    /// By name, and then by uuid: the name and uuid of a customer or project.
    fn named<'a>(&'a self, uuid: &'a str) -> Option<(&'a str, &'a str)> {
        (!uuid.is_empty()).then(|| (&*self.names[uuid], uuid))
    }

    /// The amounts that differ, by month, names and currency.
    fn rows<'a>(&'a self) -> Vec<Row<'a>> {
        let row = |place: &'a Place, sides: AmountSides| {
            Some(Row {
                label: sides.kind()?.name(),
                period: Some(&place.period),
                customer: self.named(&place.customer),
                project: self.named(&place.project),
                currency: &place.currency,
                sides,
            })
        };
        let mut rows: Vec<Row> =
            self.amounts.iter().filter_map(|(place, sides)| row(place, *sides)).collect();
        rows.sort_by_key(|row| (row.period, row.customer, row.project, row.currency));
        rows
    }

    /// What the rows of each kind come to.
    fn parts(&self) -> Vec<Row<'_>> {
        let sums = self.sums(|place, sides| (sides.kind(), &*place.currency));
        let part = |((kind, currency), sides): ((Option<AmountKind>, _), _)| {
            Some(Row { label: kind?.name(), ..Row::of_sum(currency, sides) })
        };
        sums.into_iter().filter_map(part).collect()
    }

    /// What each customer with a change comes to in all its projects, the other customers together, and all.
    fn total_rows(&self) -> Vec<Row<'_>> {
        let has_changed = self.amounts.iter().filter(|(_, sides)| sides.kind().is_some());
        let changed: BTreeSet<&str> = has_changed.map(|(place, _)| &*place.customer).collect();
        let of_customers = self.sums(|place, _| {
            let customer = changed.get(&*place.customer).and_then(|uuid| self.named(uuid));
            (customer.is_none(), customer, &*place.currency)
        });
        let row = |((is_other, customer, currency), sides)| Row {
            label: if is_other { "other_customers" } else { TOTAL },
            customer,
            ..Row::of_sum(currency, sides)
        };
        let all = self.totals().into_iter().map(|(currency, sides)| Row::of_sum(currency, sides));
        of_customers.into_iter().map(row).chain(all).collect()
    }
}

/// The first word of a row of totals.
const TOTAL: &str = "total";

/// One row, whatever it is of.
struct Row<'a> {
    label: &'static str,
    period: Option<&'a str>,
    /// Name and uuid, as below.
    customer: Option<(&'a str, &'a str)>,
    project: Option<(&'a str, &'a str)>,
    currency: &'a str,
    sides: AmountSides,
}

impl<'a> Row<'a> {
    fn of_sum(currency: &'a str, sides: AmountSides) -> Self {
        Self { label: TOTAL, period: None, customer: None, project: None, currency, sides }
    }
}

/// The columns of the rows.
const COLUMNS: [ColumnId; 10] = [
    ColumnId::Kind,
    ColumnId::Time(Dimension::Period),
    ColumnId::Uuid(Dimension::Customer),
    ColumnId::Label(Dimension::Customer),
    ColumnId::Uuid(Dimension::Project),
    ColumnId::Label(Dimension::Project),
    ColumnId::Currency,
    ColumnId::AmountBefore,
    ColumnId::Amount,
    ColumnId::AmountChange,
];

/// A difference of amounts, ready to be drawn.
#[derive(Debug)]
pub struct AmountStatement {
    /// What is drawn.
    pub difference: AmountDifference,
    /// What stands over it.
    pub caption: Caption,
}

impl AmountStatement {
    fn section(&self, rows: &[Row<'_>]) -> Section {
        type Text = for<'r> fn(&Row<'r>) -> Option<&'r str>;
        let texts: [Text; 7] = [
            |row| Some(row.label),
            |row| row.period,
            |row| row.customer.map(|(_, uuid)| uuid),
            |row| row.customer.map(|(name, _)| name),
            |row| row.project.map(|(_, uuid)| uuid),
            |row| row.project.map(|(name, _)| name),
            |row| Some(row.currency),
        ];
        type Figure = fn(&AmountSides) -> Option<Amount>;
        let figures: [Figure; 3] = [|sides| sides.before, |sides| sides.after, |sides| Some(sides.change())];
        let texts = texts.map(|text| SectionColumn::texts(rows.iter().map(text)));
        let figures = figures.map(|figure| SectionColumn::amounts(rows.iter().map(|row| figure(&row.sides))));
        Section::new(rows.len(), texts.into_iter().chain(figures).collect())
    }
}

impl Statement for AmountStatement {
    fn caption(&self) -> &Caption {
        &self.caption
    }

    fn columns(&self) -> Vec<ColumnId> {
        COLUMNS.into()
    }

    fn hidden_columns(&self) -> &'static [ColumnId] {
        &[]
    }

    fn len(&self) -> usize {
        self.difference.amounts.values().filter(|sides| sides.kind().is_some()).count()
    }

    fn rows(&self, range: Range<usize>) -> Section {
        self.section(&self.difference.rows()[range])
    }

    fn parts(&self) -> Section {
        self.section(&self.difference.parts())
    }

    fn totals(&self) -> Section {
        self.section(&self.difference.total_rows())
    }
}
