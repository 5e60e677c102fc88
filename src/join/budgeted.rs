//! A report beside its budgets: what remains, how much is used, and what is over.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::budget::{Budget, Entry, Owner};
use super::money::in_money;
use super::rows::{Row, Value, rows_of, section_of, sort};
use crate::dimension::{Attribute, Dimension};
use crate::error::Result;
use crate::filter::{Facts, Filters};
use crate::notice::{Code, Notice};
use crate::period::{BillingPeriod, PeriodRange};
use crate::report::{ColumnId, ColumnKind, Measure, Report};
use crate::text::{grouped, uuid_text};
use crate::usage::UsageFrame;

/// The words in the columns `over_budget` and `has_budget`.
const YES: &str = "yes";
const NO: &str = "no";

impl Budget {
    /// Compares the rows of a report with the budgets: after the other figures `budget`, `remaining`, `used_percent`,
    /// `over_budget` and `has_budget`.
    ///
    /// In every line that has a budget, what remains is the budget less the line's figure. If some rows of a subtotal or
    /// total have a budget and others do not, it has two more lines before it: those with a budget and those without.
    /// Then the line itself has neither `used_percent` nor `over_budget`; the line of those with a budget has them.
    ///
    /// Budgets without usage become rows of their own. Budgets of money bring the rows of one currency together: of each
    /// group there is one amount, and no unit. Also gives what is to be said about the file. The filters are those of the report, their names resolved; the frame
    /// knows who is who.
    ///
    /// # Errors
    /// Rows of the file that are no budgets, or contradict one another.
    pub fn apply(
        &self,
        report: Report,
        frame: &UsageFrame,
        filters: &Filters,
    ) -> Result<(Report, Vec<Notice>)> {
        let entries = self.entries(frame)?;
        let currency = report.provenance.pricing.as_ref().and_then(|pricing| pricing.currency.as_deref());
        self.check_currency(&entries, currency)?;
        let is_inside = |entry: &&Entry| {
            let facts = Facts {
                period: entry.period,
                customer: entry.customer.as_ref().and_then(|owner| owner.uuid),
                project: entry.project.as_ref().and_then(|owner| owner.uuid),
                offering: None,
                resource: None,
                component_type: entry.component_type.as_deref(),
                date: None,
            };
            is_reported(entry.period, &report, frame) && filters.admits(&facts)
        };
        let (inside, outside): (Vec<&Entry>, Vec<&Entry>) = entries.iter().partition(is_inside);
        let mut notices = self.notices(&inside, &outside);
        notices.extend(self.without_prices(&inside, frame));
        let report = if self.is_money() { in_money(report) } else { report };
        let mut sheet = Sheet::new(report, frame, self.is_money());
        sheet.put(&inside);
        Ok((sheet.finished(), notices))
    }

    fn notices(&self, inside: &[&Entry], outside: &[&Entry]) -> Vec<Notice> {
        let path = &self.file().path;
        let is_unknown = |entry: &&&Entry| {
            [&entry.customer, &entry.project].into_iter().flatten().any(|owner| owner.place.is_none())
        };
        let unknown: Vec<String> =
            inside.iter().filter(is_unknown).map(|entry| entry.line.to_string()).collect();
        let mut notices = Vec::new();
        if !outside.is_empty() {
            let count = outside.len();
            let rows = if count == 1 { "1 row is".to_owned() } else { format!("{count} rows are") };
            let text = format!("{path}: {rows} of months that are not reported on, or left out by filters.");
            notices.push(Notice::note(Code::UnmatchedRow, count as u64, text));
        }
        if !unknown.is_empty() {
            let (rows, lines, whose) = match unknown.len() {
                1 => ("1 row names".to_owned(), "line", "its budget stands"),
                count => (format!("{count} rows name"), "lines", "their budgets stand"),
            };
            let text = format!(
                "{path}: {rows} a customer or project that no record has ({lines} {}); {whose} without usage.",
                unknown.join(", ")
            );
            notices.push(Notice::note(Code::UnmatchedRow, unknown.len() as u64, text));
        }
        notices
    }
}

impl Budget {
    /// A warning about budgets of money in currencies that no price or credit is in: nothing can be charged to them.
    fn without_prices(&self, entries: &[&Entry], frame: &UsageFrame) -> Option<Notice> {
        let is_priced = |currency: &str| frame.currencies.iter().any(|code| **code == *currency);
        let without = entries.iter().filter(|entry| self.is_money() && !is_priced(&entry.measure));
        let without: Vec<&str> = without.map(|entry| entry.measure.as_str()).collect();
        let currencies: BTreeSet<&str> = without.iter().copied().collect();
        let budgets = match without.len() {
            0 => return None,
            1 => "1 budget is".to_owned(),
            count => format!("{} budgets are", grouped(count as u64)),
        };
        let text = format!(
            "{}: {budgets} in {}, but no amount is in that currency, so nothing counts against {}. Correct the currency, \
             or add prices in it.",
            self.file().path,
            currencies.into_iter().collect::<Vec<_>>().join(", "),
            if without.len() == 1 { "it" } else { "them" },
        );
        Some(Notice::warning(Code::BudgetCurrency, without.len() as u64, text))
    }
}

/// Whether a month is among those asked for, or among all that there are.
fn is_reported(period: BillingPeriod, report: &Report, frame: &UsageFrame) -> bool {
    let all = || {
        let (first, last) = (frame.months.first()?, frame.months.last()?);
        let end = BillingPeriod::from_number(last + 1);
        Some(PeriodRange { start: BillingPeriod::from_number(*first), end })
    };
    report.provenance.period.or_else(all).is_some_and(|range| range.contains(period))
}

/// A report that is being set against budgets.
struct Sheet<'a> {
    report: Report,
    frame: &'a UsageFrame,
    /// What budgets are of.
    of: Measure,
    /// The unit or currency, and the usage or amount.
    measure: usize,
    figure: usize,
    /// The column of the months, where rows are of months.
    time: Option<usize>,
    /// The months that the report had before.
    months: HashSet<Value>,
    rows: Vec<Row>,
    subtotals: Vec<Row>,
    totals: Vec<Row>,
    /// The budget of each row.
    figures: Vec<Option<Figures>>,
    /// What tells the rows that have a budget from others.
    budgeted: HashSet<Row>,
}

/// A row, a subtotal or a total with its budget.
struct Line {
    row: Row,
    figures: Option<Figures>,
    /// Whether its rows have a budget; `None` if only some of them do.
    has_budget: Option<bool>,
}

/// What the rows with a budget come to in a group.
struct Budgeted {
    /// One of the rows.
    row: usize,
    budget: Value,
    used: Value,
    records: u64,
}

/// A budget and what is left of it.
#[derive(Clone)]
struct Figures {
    budget: Value,
    remaining: Value,
    /// Whether all that is used has a budget: only then is a share of it known, and whether it is exceeded.
    is_whole: bool,
}

impl Figures {
    fn new(budget: &Value, used: &Value) -> Self {
        Self { budget: budget.clone(), remaining: budget.minus(used), is_whole: true }
    }
}

impl<'a> Sheet<'a> {
    fn new(report: Report, frame: &'a UsageFrame, is_money: bool) -> Self {
        let of = if is_money { Measure::Amount } else { Measure::Usage };
        let measure = report.column(of.key()).zip(report.column(of.value()));
        let (measure, figure) = measure.expect("a report of usage, or with prices of money");
        let time = report.columns.iter().position(ColumnId::is_time);
        let mut sheet = Self {
            of,
            time,
            months: HashSet::new(),
            frame,
            measure,
            figure,
            rows: rows_of(&report.rows),
            subtotals: rows_of(&report.subtotals),
            totals: rows_of(&report.totals),
            figures: Vec::new(),
            budgeted: HashSet::new(),
            report,
        };
        sheet.months = sheet.months();
        sheet
    }

    /// Gives each budget to its row, which is made if there is none. If several rows differ only in their currencies,
    /// none of them has the whole usage: the budget becomes a row of its own after them, without usage.
    fn put(&mut self, entries: &[&Entry]) {
        let mut rows_of: HashMap<Row, Vec<usize>> = HashMap::new();
        for (at, row) in self.rows.iter().enumerate() {
            rows_of.entry(self.key(row)).or_default().push(at);
        }
        self.figures = vec![None; self.rows.len()];
        for entry in entries {
            let mut row = self.row_of(entry);
            let key = self.key(&row);
            let rows = rows_of.get(&key).map_or(&[][..], Vec::as_slice);
            let used = rows.iter().fold(Value::Empty, |sum, at| sum.plus(&self.rows[*at][self.figure]));
            let figures = Some(Figures::new(&entry.budget, &used));
            self.budgeted.insert(key);
            if let [at] = rows {
                self.figures[*at] = figures;
                continue;
            }
            if !rows.is_empty() {
                let is_count = |column: &ColumnId| column.kind() == ColumnKind::Count;
                let counts = self.positions(is_count).into_iter();
                counts.chain([self.figure]).for_each(|at| row[at] = Value::Empty);
            }
            self.rows.push(row);
            self.figures.push(figures);
        }
    }

    /// What tells a row from others: names only where there is no uuid.
    fn key(&self, row: &Row) -> Row {
        let columns = self.report.columns.iter().zip(row).enumerate();
        let values = columns.filter_map(|(at, (column, value))| match column {
            ColumnId::Time(_) | ColumnId::Uuid(_) => Some(value.clone()),
            ColumnId::Label(Dimension::Attribute(_)) => None,
            ColumnId::Label(dimension) if dimension.columns().len() == 2 => {
                Some(if row[at - 1] == Value::Empty { value.clone() } else { Value::Empty })
            }
            ColumnId::Label(_) => Some(value.clone()),
            _ if at == self.measure => Some(value.clone()),
            _ => None,
        });
        values.collect()
    }

    /// A row of no usage.
    fn row_of(&self, entry: &Entry) -> Row {
        let text = |text: Option<String>| text.map_or(Value::Empty, Value::Text);
        let value = |(at, column): (usize, &ColumnId)| match *column {
            ColumnId::Time(_) => Value::Text(entry.period.to_string()),
            ColumnId::Uuid(dimension) => {
                text(owner(entry, dimension).and_then(|owner| owner.uuid).map(uuid_text))
            }
            ColumnId::Label(Dimension::Component) => text(entry.component_type.clone()),
            ColumnId::Label(Dimension::Attribute(attribute)) => {
                Value::Text(self.attribute(attribute, entry).unwrap_or_default())
            }
            ColumnId::Label(dimension) => text(owner(entry, dimension).map(|owner| owner.name.clone())),
            ColumnId::Attribute(attribute) => text(self.attribute(attribute, entry)),
            _ if column.kind() == ColumnKind::Count => Value::Count(0),
            _ if at == self.measure => Value::Text(entry.measure.clone()),
            _ if at == self.figure => entry.budget.minus(&entry.budget),
            _ => Value::Empty,
        };
        self.report.columns.iter().enumerate().map(value).collect()
    }

    /// What the user knows of the budget's customer or project; nothing where that is nothing.
    fn attribute(&self, attribute: Attribute, entry: &Entry) -> Option<String> {
        let column = self.frame.attribute_columns().find(|column| column.attribute == attribute)?;
        let place = owner(entry, attribute.owner())?.place?;
        let value = &*column.values[column.places[place] as usize];
        (!value.is_empty()).then(|| value.to_owned())
    }

    fn finished(mut self) -> Report {
        let figures = std::mem::take(&mut self.figures);
        let subtotals = self.subtotal_columns().map(|level| self.level(&level, &figures, &self.subtotals));
        let totals = self.totals(&figures);
        let budgeted: Vec<bool> =
            self.rows.iter().map(|row| self.budgeted.contains(&self.key(row))).collect();
        let rows = self.rows.drain(..).zip(figures).zip(budgeted);
        let rows =
            rows.map(|((row, figures), has_budget)| Line { row, figures, has_budget: Some(has_budget) });
        let rows: Vec<Line> = rows.collect();
        let is_figure = |column: &ColumnId| {
            matches!(column.kind(), ColumnKind::Usage | ColumnKind::Amount | ColumnKind::Percent)
        };
        let at = self.report.columns.iter().rposition(is_figure).map_or(0, |last| last + 1);
        let columns = widened(&self.report.columns, at, self.of);
        let section = |lines: Vec<Line>| {
            let mut lines: Vec<Row> = lines.into_iter().map(|line| with_figures(line, at)).collect();
            sort(&self.report, &columns, &mut lines);
            section_of(&columns, &lines)
        };
        let (rows, totals) = (section(rows), section(totals));
        let subtotals = section(subtotals.unwrap_or_default());
        Report { columns, rows, subtotals, totals, ..self.report }
    }

    /// Totals of each month, where there are several, then those over all.
    fn totals(&self, figures: &[Option<Figures>]) -> Vec<Line> {
        let is_of_month = |line: &Row| self.time.is_some_and(|time| line[time] != Value::Empty);
        let (mut of_months, over_all): (Vec<Row>, Vec<Row>) =
            self.totals.iter().cloned().partition(|line| is_of_month(line));
        let mut totals = Vec::new();
        if let Some(time) = self.time.filter(|_| self.months().len() > 1) {
            // Where all usage is of one month, its totals are those over all.
            if let Some(month) = self.months.iter().next().filter(|_| of_months.is_empty()) {
                let of_month = |line: &Row| {
                    let mut line = line.clone();
                    line[time] = month.clone();
                    line
                };
                of_months = over_all.iter().map(of_month).collect();
            }
            totals = self.level(&[time], figures, &of_months);
        }
        totals.extend(self.level(&[], figures, &over_all));
        totals
    }

    fn months(&self) -> HashSet<Value> {
        self.time.iter().flat_map(|time| self.rows.iter().map(|row| row[*time].clone())).collect()
    }

    /// The columns that subtotals are by; none if there are none.
    fn subtotal_columns(&self) -> Option<Vec<usize>> {
        let by = &self.report.by;
        let customer = by.iter().position(|dimension| *dimension == Dimension::Customer)?;
        let is_shown = |column: &ColumnId| {
            column.dimension().is_some_and(|dimension| by[..=customer].contains(&dimension))
        };
        (customer + 1 < by.len()).then(|| self.positions(is_shown))
    }

    fn positions(&self, is_it: impl Fn(&ColumnId) -> bool) -> Vec<usize> {
        let columns = self.report.columns.iter().enumerate();
        columns.filter(|(_, column)| is_it(column)).map(|(at, _)| at).collect()
    }

    /// Lines of a level with the sums of their rows' budgets, those of budgets alone among them.
    fn level(&self, shown: &[usize], figures: &[Option<Figures>], lines: &[Row]) -> Vec<Line> {
        let key = |row: &Row| shown.iter().chain([&self.measure]).map(|at| row[*at].clone()).collect::<Row>();
        let mut sums: HashMap<Row, Budgeted> = HashMap::new();
        for (at, (row, figures)) in self.rows.iter().zip(figures).enumerate() {
            if !self.budgeted.contains(&self.key(row)) {
                continue;
            }
            let nothing = Budgeted { row: at, budget: Value::Empty, used: Value::Empty, records: 0 };
            let sum = sums.entry(key(row)).or_insert(nothing);
            if let Some(figures) = figures {
                sum.budget = sum.budget.plus(&figures.budget);
            }
            sum.used = sum.used.plus(&row[self.figure]);
            sum.records += self.records(row);
        }
        let mut level: Vec<Line> = Vec::with_capacity(lines.len());
        for row in lines {
            match sums.remove(&key(row)) {
                None => level.push(Line { row: row.clone(), figures: None, has_budget: None }),
                Some(sum) => level.extend(self.lines_of(row, &sum)),
            }
        }
        let alone = sums.into_values().map(|sum| {
            let row = self.line_of(shown, &self.rows[sum.row]);
            let figures = Some(Figures::new(&sum.budget, &Value::Empty));
            Line { row, figures, has_budget: None }
        });
        level.extend(alone);
        level
    }

    /// A line that has a budget; before it, if they differ, the rows with a budget and those without.
    fn lines_of(&self, row: &Row, sum: &Budgeted) -> Vec<Line> {
        let of = |used: &Value| Some(Figures::new(&sum.budget, used));
        let mut total = Line { row: row.clone(), figures: of(&row[self.figure]), has_budget: None };
        let used = row[self.figure].minus(&sum.used);
        let records = self.records(row).saturating_sub(sum.records);
        if used.is_zero() && records == 0 {
            return vec![total];
        }
        total.figures.iter_mut().for_each(|figures| figures.is_whole = false);
        let part = |used: &Value, records, figures, has_budget| {
            let value = |(column, value): (&ColumnId, &Value)| match column {
                ColumnId::Records if *value != Value::Empty => Value::Count(records),
                // Users do not add up.
                ColumnId::Records | ColumnId::Users => Value::Empty,
                _ => value.clone(),
            };
            let mut row: Row = self.report.columns.iter().zip(row).map(value).collect();
            // What remains of other figures is not known by part.
            let is_figure = |column: &ColumnId| {
                matches!(column.kind(), ColumnKind::Usage | ColumnKind::Amount | ColumnKind::Percent)
            };
            self.positions(is_figure).into_iter().for_each(|at| row[at] = Value::Empty);
            row[self.figure] = used.clone();
            Line { row, figures, has_budget: Some(has_budget) }
        };
        vec![part(&sum.used, sum.records, of(&sum.used), true), part(&used, records, None, false), total]
    }

    fn records(&self, row: &Row) -> u64 {
        match self.report.column(ColumnId::Records).map(|at| &row[at]) {
            Some(Value::Count(count)) => *count,
            _ => 0,
        }
    }

    /// A line of no usage, of a row's group.
    fn line_of(&self, shown: &[usize], row: &Row) -> Row {
        let is_shown = |id: ColumnId| shown.iter().any(|at| self.report.columns[*at] == id);
        let value = |(at, column): (usize, &ColumnId)| match column {
            ColumnId::Records | ColumnId::Users => Value::Count(0),
            ColumnId::Attribute(attribute) if is_shown(ColumnId::Uuid(attribute.owner())) => row[at].clone(),
            _ if at == self.measure || shown.contains(&at) => row[at].clone(),
            _ if at == self.figure => row[at].minus(&row[at]),
            _ => Value::Empty,
        };
        self.report.columns.iter().enumerate().map(value).collect()
    }
}

fn owner(entry: &Entry, dimension: Dimension) -> Option<&Owner> {
    match dimension {
        Dimension::Customer => entry.customer.as_ref(),
        Dimension::Project => entry.project.as_ref(),
        _ => None,
    }
}

/// The columns with those of budgets among them.
fn widened(columns: &[ColumnId], at: usize, of: Measure) -> Vec<ColumnId> {
    let mut columns = columns.to_vec();
    let own = [
        ColumnId::Budget(of),
        ColumnId::Remaining(of),
        ColumnId::UsedPercent,
        ColumnId::OverBudget,
        ColumnId::HasBudget,
    ];
    columns.splice(at..at, own);
    columns
}

fn with_figures(line: Line, at: usize) -> Row {
    let Line { mut row, figures, has_budget } = line;
    let word = |word: &str| Value::Text(word.to_owned());
    let Figures { budget, remaining, is_whole } =
        figures.unwrap_or(Figures { budget: Value::Empty, remaining: Value::Empty, is_whole: false });
    let used = budget.minus(&remaining).percent_of(&budget).filter(|_| is_whole);
    let is_over = is_whole && remaining.is_below_zero();
    let own = [
        budget,
        remaining,
        used.map_or(Value::Empty, Value::Quantity),
        if is_over { word(YES) } else { Value::Empty },
        has_budget.map_or(Value::Empty, |has_budget| word(if has_budget { YES } else { NO })),
    ];
    row.splice(at..at, own);
    row
}
