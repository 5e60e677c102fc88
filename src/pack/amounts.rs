//! Money by customer and currency: the period, what was before, the year to date, budgets and shares, and month by month.
//!
//! ```text
//! Customer  Currency  May 2026  April 2026  Change  Change %  Year to date  Budget  Share
//! ```
//!
//! A month that is not there, or of which not all usage has an amount, has no value anywhere. It is never zero.

use std::collections::{BTreeMap, BTreeSet};

use super::{MoneyTie, Pack, PackSpec, TrendMonth};
use crate::amount::Amount;
use crate::dimension::Dimension;
use crate::error::Result;
use crate::period::{BillingPeriod, Calendar, PeriodRange};
use crate::quantity::Quantity;
use crate::report::{
    Cell, ColumnId, LeftOut, Measure, Provenance, Report, Section, SectionColumn, Stretch, Unpriced,
    ranges_in_words,
};
use crate::text::uuid_text;
use crate::usage::UsageFrame;

/// What every customer has to pay in every currency, and how that has come about over the months.
#[derive(Clone, Debug)]
pub(crate) struct Amounts {
    /// By customer and currency.
    pub(crate) report: Report,
    /// The same, months across.
    pub(crate) by_month: Report,
    /// The months in order, up to the last one reported on; those of the trend of usage.
    pub(crate) months: Vec<TrendMonth>,
    /// The months that are reported on.
    pub(crate) period: PeriodRange,
    /// The earlier time that amounts are compared with; `None` if they are not.
    pub(crate) before: Option<PeriodRange>,
    /// The months of the column "Year to date"; `None` if there is no such column.
    pub(crate) year: Option<PeriodRange>,
    /// What is left out and why, one sentence each.
    pub(crate) left_out: Vec<String>,
    /// By currency, in order.
    pub(crate) currencies: Vec<CurrencyAmounts>,
}

/// What one currency comes to.
#[derive(Clone, Debug)]
pub(crate) struct CurrencyAmounts {
    pub(crate) currency: String,
    /// The sum of all rows.
    pub(crate) amount: Amount,
    pub(crate) before: Option<Amount>,
    pub(crate) percent: Option<Quantity>,
    pub(crate) to_date: Option<Amount>,
    /// The rows of [`Amounts::report`] with an amount, the largest first.
    pub(crate) largest: Vec<usize>,
    /// The rows of [`Amounts::by_month`], the largest of the last month with amounts first.
    pub(crate) by_month: Vec<usize>,
}

/// Who pays, and in what: name, uuid and currency, so that rows are in order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    name: String,
    /// Empty for a budget of a customer that no record has.
    uuid: String,
    currency: String,
}

/// One row, or a total.
#[derive(Clone, Debug, Default)]
struct Figures {
    amount: Option<Amount>,
    before: Option<Amount>,
    change: Option<Amount>,
    percent: Option<Quantity>,
    to_date: Option<Amount>,
    budget: Option<Amount>,
    share: Option<Quantity>,
    months: Vec<Option<Amount>>,
}

/// Why a month has no amounts.
const NOT_PRICED: &str = "not all usage has a price";

type OfMonths = BTreeMap<BillingPeriod, Amount>;

impl Amounts {
    /// `None` if usage has no prices or there is no month. The frame has the amounts of the months reported on and of those
    /// earlier ones that are not `without` them.
    ///
    /// # Errors
    /// None but a frame without amounts.
    pub(crate) fn new(
        frame: &UsageFrame,
        spec: &PackSpec,
        pack: &Pack,
        without: &BTreeSet<BillingPeriod>,
    ) -> Result<Option<Self>> {
        let (Some(pricing), Some(period)) = (&pack.provenance.pricing, pack.period) else { return Ok(None) };
        let is_zero_shown = pricing.unpriced == Some(Unpriced::Zero);
        let sums = sums(frame, is_zero_shown)?;
        let known: BTreeSet<BillingPeriod> = frame
            .months
            .iter()
            .chain(&frame.empty_months)
            .map(|month| BillingPeriod::from_number(*month))
            .collect();
        let is_there = |month: BillingPeriod| {
            known.contains(&month) && (period.contains(month) || !without.contains(&month))
        };
        let calendar = spec.report.calendar;
        let before = pack
            .period_before
            .filter(|before| before.end <= period.start || before.months() == period.months());
        let mut left_out = Vec::new();
        // A month that is there has no amounts if some of its usage has no price.
        let why = |side: &LeftOut| {
            let unpriced: Vec<BillingPeriod> =
                side.range.periods().filter(|month| known.contains(month) && !is_there(*month)).collect();
            match (unpriced.is_empty(), side.range.months()) {
                (true, _) => side.to_string(),
                (false, 1) => format!("{}: {NOT_PRICED}", side.range.in_words()),
                (false, _) => format!("{side}; {}: {NOT_PRICED}", ranges_in_words(&unpriced)),
            }
        };
        let before = before.filter(|before| {
            let sides =
                [missing(period, &calendar, true, is_there), missing(*before, &calendar, true, is_there)];
            let missing: Vec<String> = sides.iter().flatten().map(why).collect();
            if !missing.is_empty() {
                left_out.push(format!("Not compared ({}).", missing.join("; ")));
            }
            missing.is_empty()
        });
        let start = calendar.fiscal_year(calendar.fiscal_year_of(period.last())).start;
        let year = Some(PeriodRange { start: start.min(period.start), end: period.end });
        let year = year.filter(|year| {
            let missing = missing(*year, &calendar, false, is_there);
            left_out.extend(missing.as_ref().map(|missing| format!("No year to date ({}).", why(missing))));
            missing.is_none()
        });
        let months: Vec<TrendMonth> =
            pack.trend.months.iter().map(|month| month_of(month, is_there)).collect();
        let nothing: Vec<BillingPeriod> =
            months.iter().filter(|month| month.column.is_none()).map(|month| month.period).collect();
        if !nothing.is_empty() {
            left_out.push(format!("No amounts of {}.", ranges_in_words(&nothing)));
        }
        let frames = Frames { period, before, year, months: &months };
        let rows = frames.rows(&sums, &budgets(pack.budget.as_ref()));
        let is_below =
            |(_, figures): &&(Key, Figures)| figures.amount.is_some_and(|amount| amount < Amount::ZERO);
        let without_shares: BTreeSet<&str> =
            rows.iter().filter(is_below).map(|(key, _)| key.currency.as_str()).collect();
        left_out.extend(
            without_shares
                .iter()
                .map(|currency| format!("No shares in {currency}: the amount of a customer is below zero.")),
        );
        Ok(Some(frames.amounts(rows, &pack.provenance, left_out)))
    }

    /// Whether it comes to the report's total in a currency.
    pub(crate) fn is_tied(&self, tie: &MoneyTie) -> bool {
        self.total(&tie.currency) == tie.total
    }

    /// What all rows of a currency come to.
    pub(crate) fn total(&self, currency: &str) -> Amount {
        let of = |of: &&CurrencyAmounts| of.currency == currency;
        self.currencies.iter().find(of).map(|of| of.amount).unwrap_or_default()
    }

    /// The words over a column, if they are other ones than everywhere.
    pub(crate) fn heading(&self, column: ColumnId) -> Option<String> {
        match column {
            ColumnId::Amount => Some(self.period.in_words()),
            ColumnId::AmountBefore => self.before.map(PeriodRange::in_words),
            _ => None,
        }
    }

    /// `Amounts of May 2026, without VAT. Year to date: January to May 2026.`, and what is left out.
    pub(crate) fn about(&self) -> String {
        let mut texts = vec![format!("Amounts of {}, without VAT.", self.period.in_words())];
        texts.extend(self.before.map(|before| format!("Compared with {}.", before.in_words())));
        texts.extend(self.year.map(|year| format!("Year to date: {}.", year.in_words())));
        texts.extend(self.left_out.iter().cloned());
        texts.join(" ")
    }
}

/// The same month of the trend, with its column among those of the amounts.
fn month_of(month: &TrendMonth, is_there: impl Fn(BillingPeriod) -> bool) -> TrendMonth {
    TrendMonth { column: is_there(month.period).then_some(0), ..*month }
}

/// Why a range cannot be used: some of its months are not there or, where that matters, not over.
fn missing(
    range: PeriodRange,
    calendar: &Calendar,
    has_to_be_over: bool,
    is_there: impl Fn(BillingPeriod) -> bool,
) -> Option<LeftOut> {
    let is_usable =
        |month: &BillingPeriod| is_there(*month) && !(has_to_be_over && month.is_partial(calendar.as_of));
    let available = range.periods().filter(is_usable).count();
    let is_running = has_to_be_over && range.periods().any(|month| month.is_partial(calendar.as_of));
    let left_out = LeftOut { range, available, is_before: false, is_running };
    (available < range.months() as usize).then_some(left_out)
}

/// What every customer's charge lines and credits come to, by currency and month.
fn sums(frame: &UsageFrame, is_zero_shown: bool) -> Result<BTreeMap<Key, OfMonths>> {
    let parents = &frame.parents;
    let customers = parents.entity(Dimension::Customer).unwrap_or_default();
    let mut of_parents: BTreeMap<(u32, u32, BillingPeriod), Amount> = BTreeMap::new();
    for (parent, amount) in frame.records.amount_by_parent()? {
        let Some(currency) = parents.currency(parent) else { continue };
        if parents.is_priced(parent) || is_zero_shown {
            let amount = Amount::new(amount, frame.currency_places[currency as usize]);
            *of_parents.entry((customers[parent], currency, parents.period(parent))).or_default() += amount;
        }
    }
    for credit in &frame.credits {
        *of_parents.entry((credit.customer, credit.currency, credit.period)).or_default() += credit.amount;
    }
    let mut sums: BTreeMap<Key, OfMonths> = BTreeMap::new();
    for ((customer, currency, month), amount) in of_parents {
        let customer = &frame.customers[customer as usize];
        let key = Key {
            name: customer.name.to_string(),
            uuid: uuid_text(customer.uuid),
            currency: frame.currencies[currency as usize].to_string(),
        };
        *sums.entry(key).or_default().entry(month).or_default() += amount;
    }
    Ok(sums)
}

/// Budgets of money that customers have as a whole; of others parts have no place in a customer's row.
fn budgets(report: Option<&Report>) -> BTreeMap<Key, Amount> {
    let mut budgets = BTreeMap::new();
    let Some(report) = report.filter(|report| report.by == [Dimension::Period, Dimension::Customer]) else {
        return budgets;
    };
    let text = |row, id| match report.column(id).map(|column| report.rows.cells().get(row, column)) {
        Some(Cell::Text(text)) => text.to_owned(),
        _ => String::new(),
    };
    let Some(budget) = report.column(ColumnId::Budget(Measure::Amount)) else { return budgets };
    for row in 0..report.rows.len() {
        if let Cell::Amount(amount) = report.rows.cells().get(row, budget) {
            let key = Key {
                name: text(row, ColumnId::Label(Dimension::Customer)),
                uuid: text(row, ColumnId::Uuid(Dimension::Customer)),
                currency: text(row, ColumnId::Currency),
            };
            *budgets.entry(key).or_default() += amount;
        }
    }
    budgets
}

/// The stretches of time that figures are of.
struct Frames<'a> {
    period: PeriodRange,
    before: Option<PeriodRange>,
    year: Option<PeriodRange>,
    months: &'a [TrendMonth],
}

impl Frames<'_> {
    fn rows(&self, sums: &BTreeMap<Key, OfMonths>, budgets: &BTreeMap<Key, Amount>) -> Vec<(Key, Figures)> {
        let mut rows: Vec<(Key, Figures)> =
            sums.iter().map(|(key, months)| (key.clone(), self.figures(months))).collect();
        for (key, budget) in budgets {
            match rows.iter_mut().find(|(known, _)| known == key) {
                Some((_, figures)) => figures.budget = Some(*budget),
                None => {
                    let months = vec![None; self.months.len()];
                    rows.push((key.clone(), Figures { budget: Some(*budget), months, ..Figures::default() }));
                }
            }
        }
        rows.sort_by(|(one, _), (other, _)| one.cmp(other));
        let total = |currency: &str| total_of(rows.iter().filter(|(key, _)| key.currency == currency));
        let shares: Vec<Option<Quantity>> = rows
            .iter()
            .map(|(key, figures)| {
                let of_currency = || rows.iter().filter(|(other, _)| other.currency == key.currency);
                let is_whole = of_currency()
                    .all(|(_, figures)| figures.amount >= Some(Amount::ZERO) || figures.amount.is_none());
                figures.amount.filter(|_| is_whole)?.percent_of(total(&key.currency).amount?)
            })
            .collect();
        for ((_, figures), share) in rows.iter_mut().zip(shares) {
            figures.share = share;
        }
        rows
    }

    fn figures(&self, months: &OfMonths) -> Figures {
        let within = |range: PeriodRange| {
            let amounts =
                months.iter().filter(|(month, _)| range.contains(**month)).map(|(_, amount)| *amount);
            amounts.reduce(|sum, amount| sum + amount)
        };
        let (amount, before) = (within(self.period), self.before.and_then(within));
        let of_month = |month: &TrendMonth| month.column.and(months.get(&month.period).copied());
        let mut figures = Figures {
            amount,
            before,
            to_date: self.year.and_then(within),
            months: self.months.iter().map(of_month).collect(),
            ..Figures::default()
        };
        if self.before.is_some() {
            figures.compare();
        }
        figures
    }

    fn amounts(&self, rows: Vec<(Key, Figures)>, provenance: &Provenance, left_out: Vec<String>) -> Amounts {
        let currencies: BTreeSet<String> = rows.iter().map(|(key, _)| key.currency.clone()).collect();
        let (mut shown, mut by_month) = (Vec::new(), Vec::new());
        for (key, figures) in &rows {
            if figures.is_shown() {
                shown.push((key, figures));
            }
            if figures.months.iter().any(Option::is_some) {
                by_month.push((key, figures));
            }
        }
        let totals: Vec<(Key, Figures)> = currencies
            .iter()
            .map(|currency| {
                let mut total = total_of(rows.iter().filter(|(key, _)| key.currency == *currency));
                if self.before.is_some() {
                    total.compare();
                }
                (Key { name: String::new(), uuid: String::new(), currency: currency.clone() }, total)
            })
            .collect();
        let columns = self.columns(&rows);
        let of_totals: Vec<(&Key, &Figures)> = totals.iter().map(|(key, figures)| (key, figures)).collect();
        let report =
            |columns: Vec<ColumnId>, rows: &[(&Key, &Figures)], months: Option<&[TrendMonth]>| Report {
                by: vec![Dimension::Customer],
                rows: section(&columns, rows, months, true),
                totals: section(&columns, &of_totals, months, false),
                subtotals: Section::default(),
                columns,
                provenance: provenance.clone(),
            };
        let mut months = self.months.to_vec();
        let mut across = vec![
            ColumnId::Uuid(Dimension::Customer),
            ColumnId::Label(Dimension::Customer),
            ColumnId::Currency,
        ];
        for month in months.iter_mut().filter(|month| month.column.is_some()) {
            month.column = Some(across.len());
            across.push(ColumnId::AmountOf(Stretch::month(month.period)));
        }
        let of_currency = |(key, total): &(Key, Figures)| {
            let own = |rows: &[(&Key, &Figures)], figure: &dyn Fn(&Figures) -> Option<Amount>| {
                let is_own = |row: &usize| rows[*row].0.currency == key.currency;
                let mut places: Vec<usize> = (0..rows.len()).filter(is_own).collect();
                places.sort_by_key(|row| (std::cmp::Reverse(figure(rows[*row].1)), *row));
                places
            };
            let mut largest = own(&shown, &|figures| figures.amount);
            largest.retain(|row| shown[*row].1.amount.is_some());
            CurrencyAmounts {
                currency: key.currency.clone(),
                amount: total.amount.unwrap_or_default(),
                before: total.before,
                percent: total.percent,
                to_date: total.to_date,
                largest,
                by_month: own(&by_month, &|figures| figures.months.iter().rev().copied().flatten().next()),
            }
        };
        Amounts {
            currencies: totals.iter().map(of_currency).collect(),
            report: report(columns, &shown, None),
            by_month: report(across, &by_month, Some(&months)),
            months,
            period: self.period,
            before: self.before,
            year: self.year,
            left_out,
        }
    }

    /// The columns that say anything.
    fn columns(&self, rows: &[(Key, Figures)]) -> Vec<ColumnId> {
        let has_budget = rows.iter().any(|(_, figures)| figures.budget.is_some());
        let columns = [
            (true, ColumnId::Uuid(Dimension::Customer)),
            (true, ColumnId::Label(Dimension::Customer)),
            (true, ColumnId::Currency),
            (true, ColumnId::Amount),
            (self.before.is_some(), ColumnId::AmountBefore),
            (self.before.is_some(), ColumnId::AmountChange),
            (self.before.is_some(), ColumnId::ChangePercent),
            (self.year.is_some(), ColumnId::AmountToDate),
            (has_budget, ColumnId::Budget(Measure::Amount)),
            (true, ColumnId::AmountShare),
        ];
        columns.into_iter().filter(|(is_there, _)| *is_there).map(|(_, column)| column).collect()
    }
}

impl Figures {
    /// Sets the change; what is on one side only counts in full, and what is on neither has none.
    fn compare(&mut self) {
        if self.amount.is_some() || self.before.is_some() {
            let change = self.amount.unwrap_or_default() - self.before.unwrap_or_default();
            self.change = Some(change);
            self.percent = self.before.and_then(|before| change.percent_of(before.magnitude()));
        }
    }

    /// Whether any figure but those of other months is there.
    fn is_shown(&self) -> bool {
        [self.amount, self.before, self.to_date, self.budget].iter().any(Option::is_some)
    }
}

/// The sums of all rows, without comparison and share.
fn total_of<'r>(rows: impl Iterator<Item = &'r (Key, Figures)>) -> Figures {
    let sum = |one: Option<Amount>, other: Option<Amount>| match (one, other) {
        (Some(one), Some(other)) => Some(one + other),
        (one, other) => one.or(other),
    };
    rows.fold(Figures::default(), |total, (_, figures)| Figures {
        amount: sum(total.amount, figures.amount),
        before: sum(total.before, figures.before),
        to_date: sum(total.to_date, figures.to_date),
        budget: sum(total.budget, figures.budget),
        months: (0..figures.months.len())
            .map(|at| sum(total.months.get(at).copied().flatten(), figures.months[at]))
            .collect(),
        ..Figures::default()
    })
}

fn section(
    columns: &[ColumnId],
    rows: &[(&Key, &Figures)],
    months: Option<&[TrendMonth]>,
    is_of_customers: bool,
) -> Section {
    let text = |of: &dyn Fn(&Key) -> String| {
        SectionColumn::texts(rows.iter().map(|(key, _)| Some(of(key)).filter(|text| !text.is_empty())))
    };
    let amount = |of: &dyn Fn(&Figures) -> Option<Amount>| {
        SectionColumn::amounts(rows.iter().map(|(_, figures)| of(figures)))
    };
    let percent = |of: &dyn Fn(&Figures) -> Option<Quantity>| {
        SectionColumn::quantities(rows.iter().map(|(_, figures)| of(figures)))
    };
    let column = |at: usize| match columns[at] {
        ColumnId::Uuid(_) => text(&|key| key.uuid.clone()),
        ColumnId::Label(_) if is_of_customers => {
            // The empty name is a name.
            SectionColumn::texts(rows.iter().map(|(key, _)| Some(&key.name)))
        }
        ColumnId::Label(_) => text(&|_| String::new()),
        ColumnId::Amount => amount(&|figures| figures.amount),
        ColumnId::AmountBefore => amount(&|figures| figures.before),
        ColumnId::AmountChange => amount(&|figures| figures.change),
        ColumnId::ChangePercent => percent(&|figures| figures.percent),
        ColumnId::AmountToDate => amount(&|figures| figures.to_date),
        ColumnId::Budget(_) => amount(&|figures| figures.budget),
        ColumnId::AmountShare => percent(&|figures| figures.share),
        ColumnId::AmountOf(_) => {
            let month = months.and_then(|months| months.iter().position(|month| month.column == Some(at)));
            amount(&|figures| month.and_then(|month| figures.months.get(month).copied().flatten()))
        }
        _ => text(&|key| key.currency.clone()),
    };
    Section::new(rows.len(), (0..columns.len()).map(column).collect())
}
