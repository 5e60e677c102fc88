//! The finest groups of a report with their keys and sums. Rows, subtotals and totals are rolled up from them.

use super::counted::Counted;
use super::grouping::{Grouping, KeyPart};
use super::keys::{Axis, Labels};
use super::lines::{Charge, Lines, Place};
use super::money::{CreditLine, Prices};
use super::months::Months;
use super::sums::{Entry, Money, Sums, Versus};
use crate::dimension::Dimension;
use crate::error::Result;
use crate::period::BillingPeriod;
use crate::quantity::Quantity;
use crate::report::ReportSpec;
use crate::usage::{Cells, UsageFrame};

pub(crate) struct Cube {
    by: Vec<Dimension>,
    /// For each axis the number of each group.
    axes: Vec<KeyPart>,
    units: KeyPart,
    sums: Sums,
    /// The users of each level, where rows are cells of many users.
    counted: Option<Counted>,
    money: Option<MoneyOfGroups>,
    /// The axis of time, where rows are of stretches of it.
    time: Option<usize>,
    /// The axis that goes across instead of down.
    pivot: Option<usize>,
    /// Whether a line over all stretches of time can be compared.
    is_compared_over_all: bool,
}

/// What the finest groups cost; each is of one currency.
struct MoneyOfGroups {
    currencies: KeyPart,
    /// One a group.
    sums: Vec<Money>,
    credits: Vec<CreditLine>,
    /// More than all currencies that there are: it has none.
    no_currency: u32,
}

impl Cube {
    pub(crate) fn new(
        frame: &UsageFrame,
        spec: &ReportSpec,
        months: &Months,
        axes: &[Axis],
        units: &Labels,
        prices: Option<&Prices>,
    ) -> Self {
        let sides = Sides::new(frame, months);
        let rows = KeyRows::new(frame, &sides, axes);
        let parts: Vec<KeyPart> = axes.iter().map(|axis| rows.part(axis, frame, spec, months)).collect();
        let counted = Counted::new(frame, spec, axes, units);
        let units = rows.unit_part(frame, units);
        let currencies = prices.map(|prices| rows.currency_part(prices));
        let keys: Vec<&KeyPart> = parts.iter().chain([&units]).chain(&currencies).collect();
        let grouping = Grouping::new(rows.rows.len(), &keys);
        let sums = rows.sums(&grouping, &sides, frame.usernames.len(), months.shift.is_some());
        let of_groups = |part: &KeyPart| part.of_groups(&grouping);
        let money = prices.zip(currencies.as_ref()).map(|(prices, currencies)| MoneyOfGroups {
            currencies: of_groups(currencies),
            sums: rows.money(&grouping, prices),
            credits: prices.credits.clone(),
            no_currency: prices.currencies.cardinality(),
        });
        let time = spec.by.iter().position(|dimension| dimension.is_time());
        Self {
            by: spec.by.clone(),
            axes: parts.iter().map(of_groups).collect(),
            units: of_groups(&units),
            sums,
            counted,
            money,
            time,
            pivot: time.filter(|_| spec.is_pivoted),
            is_compared_over_all: months.are_all_comparable(),
        }
    }

    /// # Errors
    /// The users of a line that was made are not known.
    pub(crate) fn check_users(&self) -> Result<()> {
        self.counted.as_ref().map_or(Ok(()), Counted::check)
    }

    /// The stretches of time that go across, in order.
    pub(crate) fn times(&self) -> Vec<u32> {
        let mut times = self.pivot.map(|time| self.axes[time].values.clone()).unwrap_or_default();
        times.sort_unstable();
        times.dedup();
        times
    }

    /// The rows of the report.
    pub(crate) fn rows(&self, top: Option<usize>) -> Lines {
        let shown = |axis| Some(axis) != self.pivot;
        match top {
            None => self.level(shown, true).with(self.credit_lines(shown)),
            Some(top) => self.top_rows(top).followed_by(self.credit_lines(shown)),
        }
    }

    /// For each customer and what stands before it; of usage only where something stands behind it.
    pub(crate) fn subtotals(&self) -> Lines {
        match self.by.iter().position(|dimension| *dimension == Dimension::Customer) {
            Some(customer) if (customer + 1..self.by.len()).any(|axis| Some(axis) != self.pivot) => {
                self.totals_of(|axis| axis <= customer && Some(axis) != self.pivot)
            }
            // Rows of a customer's units are summed up in money alone.
            Some(customer) => self.money_lines(|axis| axis <= customer && Some(axis) != self.pivot),
            None => Lines::default(),
        }
    }

    /// For each stretch of time, where there are several, then over all.
    pub(crate) fn totals(&self) -> Lines {
        let mut totals = match self.time {
            Some(time) if self.pivot.is_none() && !self.axes[time].is_constant() => {
                self.totals_of(|axis| axis == time)
            }
            _ => Lines::default(),
        };
        totals.extend(self.totals_of(|_| false));
        totals
    }

    /// A line for each place and unit, then one for each place and currency: usage is never added over units, money is.
    fn totals_of(&self, is_shown: impl Fn(usize) -> bool) -> Lines {
        let usage = self.level(&is_shown, false);
        match &self.money {
            None => usage,
            Some(_) => usage.without_money().with(self.money_lines(is_shown)),
        }
    }

    /// Groups of one place on each shown axis and one unit; rows are of one currency, too.
    fn level(&self, is_shown: impl Fn(usize) -> bool, is_rows: bool) -> Lines {
        let currencies = self.money.as_ref().filter(|_| is_rows).map(|money| &money.currencies);
        let parts: Vec<&KeyPart> = self.shown(&is_shown).chain([&self.units]).chain(currencies).collect();
        let keys = self.axes.len() + 1 + usize::from(self.money.is_some());
        let grouping = match parts.len() == keys {
            // All that there is to a key: these are the finest groups themselves, in their order.
            true => Grouping::identity(self.groups()),
            false => Grouping::new(self.groups(), &parts),
        };
        self.lines(&grouping, |axis, group| match is_shown(axis) {
            true => Place::At(self.axes[axis].values[group]),
            false => Place::All,
        })
    }

    /// A line for each place and currency that anything has an amount in.
    fn money_lines(&self, is_shown: impl Fn(usize) -> bool) -> Lines {
        let Some(money) = &self.money else { return Lines::default() };
        let parts: Vec<&KeyPart> = self.shown(&is_shown).chain([&money.currencies]).collect();
        let grouping = Grouping::new(self.groups(), &parts);
        let sums = Money::rolled_up(&money.sums, &grouping);
        let place = |axis: usize, group: u32| match is_shown(axis) {
            true => Place::At(self.axes[axis].values[group as usize]),
            false => Place::All,
        };
        let groups = grouping.representatives.iter().zip(sums).filter(|(_, sum)| sum.has_amount);
        let of_usage = groups.map(|(group, sum)| {
            let places = (0..self.axes.len()).map(|axis| place(axis, *group)).collect();
            (places, money.currencies.values[*group as usize], sum)
        });
        let of_credits =
            money.credits.iter().map(|credit| (credit.places(&is_shown), credit.currency, credit.money()));
        Lines::of_money(self.axes.len(), self.times().len(), of_usage.chain(of_credits))
    }

    /// A line for each credit, those of equal words together.
    fn credit_lines(&self, is_shown: impl Fn(usize) -> bool) -> Lines {
        let Some(money) = &self.money else { return Lines::default() };
        Lines::of_credits(self.axes.len(), self.times().len(), &money.credits, is_shown)
    }

    /// For each stretch of time, unit and currency the rows of most usage, the most first, then the sum of the others.
    fn top_rows(&self, top: usize) -> Lines {
        let is_time = |axis: usize| self.by[axis].is_time() && Some(axis) != self.pivot;
        let is_shown = |axis: usize| Some(axis) != self.pivot;
        let currencies = self.money.as_ref().map(|money| &money.currencies);
        let parts: Vec<&KeyPart> = self.shown(&is_shown).chain([&self.units]).chain(currencies).collect();
        let rows = Grouping::new(self.groups(), &parts);
        let sums = self.sums.rolled_up(&rows);
        let block_parts: Vec<&KeyPart> =
            self.shown(&is_time).chain([&self.units]).chain(currencies).collect();
        let blocks = Grouping::new(self.groups(), &block_parts);

        let block_of = |row: usize| blocks.group_of[rows.representatives[row] as usize];
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.sort_by_key(|&row| (block_of(row), std::cmp::Reverse(sums[row].usage), row));
        // Rows behind the top ones of their block share one line.
        let mut line_of_row = vec![0; rows.len()];
        let mut is_others = Vec::new();
        for block in order.chunk_by(|a, b| block_of(*a) == block_of(*b)) {
            for (rank, &row) in block.iter().enumerate() {
                if rank <= top {
                    is_others.push(rank == top);
                }
                line_of_row[row] = is_others.len() as u32 - 1;
            }
        }
        let lines = KeyPart {
            values: rows.group_of.iter().map(|row| line_of_row[*row as usize]).collect(),
            cardinality: is_others.len() as u32,
        };
        self.lines(&Grouping::new(self.groups(), &[&lines]), |axis, group| {
            match (is_shown(axis), is_others[lines.values[group] as usize] && !is_time(axis)) {
                (false, _) => Place::All,
                (true, true) => Place::Others,
                (true, false) => Place::At(self.axes[axis].values[group]),
            }
        })
    }

    fn lines(&self, grouping: &Grouping, place: impl Fn(usize, usize) -> Place) -> Lines {
        let groups = &grouping.representatives;
        let places = |axis| groups.iter().map(|group| place(axis, *group as usize)).collect();
        let axes: Vec<Vec<Place>> = (0..self.axes.len()).map(places).collect();
        let count = if self.money.is_some() { groups.len() } else { 0 };
        let currency = |money: &MoneyOfGroups| {
            let of_groups = money.currencies.of_groups(grouping).values.into_iter();
            of_groups.map(|currency| (currency != money.no_currency).then_some(currency)).collect()
        };
        let units = self.units.of_groups(grouping).values;
        let mut sums = self.sums.rolled_up(grouping);
        self.counted.iter().for_each(|counted| counted.put(&self.by, &axes, &units, &mut sums));
        Lines {
            versus: self.versus(grouping, &axes),
            axes,
            units: units.into_iter().map(Some).collect(),
            sums,
            across: self.usage_across(grouping),
            currencies: self.money.as_ref().map(currency).unwrap_or_default(),
            money: self
                .money
                .as_ref()
                .map(|money| Money::rolled_up(&money.sums, grouping))
                .unwrap_or_default(),
            charges: vec![Charge::Usage; count],
        }
    }

    /// What each line is compared with; nothing if the line is over a stretch of time that is not compared.
    fn versus(&self, grouping: &Grouping, axes: &[Vec<Place>]) -> Vec<Versus> {
        let mut versus = self.sums.versus_rolled_up(grouping);
        if let Some(time) = self.time.filter(|_| !self.is_compared_over_all) {
            let lines = versus.iter_mut().zip(&axes[time]).filter(|(_, place)| **place == Place::All);
            lines.for_each(|(versus, _)| *versus = Versus::default());
        }
        versus
    }

    /// The usage of each line, for each stretch of time that goes across.
    fn usage_across(&self, grouping: &Grouping) -> Vec<Vec<Option<Quantity>>> {
        let times = self.times();
        let mut usage = vec![vec![None; grouping.len()]; times.len()];
        let Some(pivot) = self.pivot else { return usage };
        for (group, line) in grouping.group_of.iter().enumerate() {
            let time =
                times.binary_search(&self.axes[pivot].values[group]).expect("times are those of the groups");
            let cell: &mut Option<Quantity> = &mut usage[time][*line as usize];
            *cell = Some(cell.unwrap_or_default() + self.sums.sums[group].usage);
        }
        usage
    }

    fn shown(&self, is_shown: impl Fn(usize) -> bool) -> impl Iterator<Item = &KeyPart> {
        self.axes.iter().enumerate().filter(move |(axis, _)| is_shown(*axis)).map(|(_, part)| part)
    }

    fn groups(&self) -> usize {
        self.sums.sums.len()
    }
}

/// For each parent that has records, on which side of the report its month stands.
struct Sides {
    reported: Vec<bool>,
    /// Among the reported: the month can be set against the earlier one.
    comparable: Vec<bool>,
    /// The month is the earlier one of a reported month that can be compared.
    earlier: Vec<bool>,
}

impl Sides {
    fn new(frame: &UsageFrame, months: &Months) -> Self {
        let has_records = frame.has_records();
        let side = |is_on: &dyn Fn(BillingPeriod) -> bool| {
            let parents = frame.parents.periods().zip(&has_records);
            parents.map(|(period, has_records)| *has_records && is_on(period)).collect()
        };
        Self {
            reported: side(&|period| months.is_reported(period)),
            comparable: side(&|period| months.is_comparable(period)),
            earlier: side(&|period| {
                months.shift.is_some_and(|shift| months.is_comparable(period.plus_months(shift)))
            }),
        }
    }
}

/// What is brought into groups: parents, which are few, or single records where users are told apart. One that is
/// both reported and the earlier side of a later month stands twice.
struct KeyRows<'a> {
    /// The columns of the records.
    parents: &'a [u32],
    usernames: &'a [u32],
    no_user: Option<u32>,
    usage: &'a [i128],
    /// `None` if each row is one record.
    cells: Option<&'a Cells>,
    rows: Vec<KeyRow>,
    owners: usize,
    has_users: bool,
}

#[derive(Clone, Copy)]
struct KeyRow {
    /// The parent, or the record where users are told apart.
    owner: u32,
    is_earlier: bool,
}

impl<'a> KeyRows<'a> {
    fn new(frame: &'a UsageFrame, sides: &Sides, axes: &[Axis]) -> Self {
        let records = &frame.records;
        let has_users = axes.iter().any(|axis| matches!(axis, Axis::User(_)));
        let owners = if has_users { records.len() } else { frame.parents.len() };
        let (parents, usernames, usage) = (records.parent(), records.username(), records.usage());
        let (no_user, cells) = (frame.no_user, records.cells());
        let mut rows =
            Self { parents, usernames, no_user, usage, cells, rows: Vec::new(), owners, has_users };
        for (side, is_earlier) in [(&sides.reported, false), (&sides.earlier, true)] {
            let on_side = (0..owners as u32).filter(|owner| side[rows.parent_of(*owner)]);
            let on_side: Vec<_> = on_side.map(|owner| KeyRow { owner, is_earlier }).collect();
            rows.rows.extend(on_side);
        }
        rows
    }

    fn parent_of(&self, owner: u32) -> usize {
        if self.has_users { self.parents[owner as usize] as usize } else { owner as usize }
    }

    fn part(&self, axis: &Axis, frame: &UsageFrame, spec: &ReportSpec, months: &Months) -> KeyPart {
        if let Axis::User(labels) = axis {
            let rank = |row: &KeyRow| labels.rank(self.usernames[row.owner as usize]);
            return KeyPart {
                values: self.rows.iter().map(rank).collect(),
                cardinality: labels.cardinality(),
            };
        }
        let own = axis.part_of_parents(&frame.parents, &spec.calendar, 0);
        let later = axis.part_of_parents(&frame.parents, &spec.calendar, months.shift.unwrap_or_default());
        let value = |row: &KeyRow| {
            let part = if row.is_earlier { &later } else { &own };
            part.values[self.parent_of(row.owner)]
        };
        KeyPart { values: self.rows.iter().map(value).collect(), cardinality: own.cardinality }
    }

    fn unit_part(&self, frame: &UsageFrame, units: &Labels) -> KeyPart {
        let unit_of = frame.parents.measured_unit();
        let values = self.rows.iter().map(|row| units.rank(unit_of[self.parent_of(row.owner)])).collect();
        KeyPart { values, cardinality: units.cardinality() }
    }

    fn currency_part(&self, prices: &Prices) -> KeyPart {
        let values = self.rows.iter().map(|row| prices.currency_of(self.parent_of(row.owner))).collect();
        KeyPart { values, cardinality: prices.currencies.cardinality() }
    }

    /// What the reported records of each group cost.
    fn money(&self, grouping: &Grouping, prices: &Prices) -> Vec<Money> {
        let mut group_of = vec![None; self.owners];
        for (row, group) in self.rows.iter().zip(&grouping.group_of).filter(|(row, _)| !row.is_earlier) {
            group_of[row.owner as usize] = Some(*group);
        }
        let mut sums = vec![Money::default(); grouping.len()];
        for (record, parent) in self.parents.iter().enumerate() {
            let owner = if self.has_users { record } else { *parent as usize };
            if let Some(group) = group_of[owner] {
                let usage = Quantity::from_hundredths(self.usage[record]);
                sums[group as usize].add(&prices.money_of(record, *parent as usize, usage));
            }
        }
        sums
    }

    fn sums(&self, grouping: &Grouping, sides: &Sides, usernames: usize, is_compared: bool) -> Sums {
        let mut group_of = vec![None; self.owners];
        let mut later_group_of = vec![None; if is_compared { self.owners } else { 0 }];
        for (row, group) in self.rows.iter().zip(&grouping.group_of) {
            let groups = if row.is_earlier { &mut later_group_of } else { &mut group_of };
            groups[row.owner as usize] = Some(*group);
        }
        let entries = (0..self.parents.len()).map(|record| {
            let parent = self.parents[record];
            let owner = if self.has_users { record } else { parent as usize };
            let username = Some(self.usernames[record]).filter(|username| Some(*username) != self.no_user);
            Entry {
                usage: Quantity::from_hundredths(self.usage[record]),
                records: self
                    .cells
                    .map_or(u64::from(username.is_some()), |cells| cells.counts[record].records),
                username,
                group: group_of[owner],
                is_comparable: sides.comparable[parent as usize],
                later_group: later_group_of.get(owner).copied().flatten(),
            }
        });
        Sums::new(grouping.len(), usernames, is_compared, entries)
    }
}
