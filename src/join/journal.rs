//! The month as ledger postings: every amount once as debit and once as credit.
//!
//! ```text
//! date,account,cost_centre,debit,credit,currency,text,customer_uuid,project_uuid
//! 2026-10-31,1400,4100,12.50,,EUR,Usage 2026-10,0a1b2c3d…,
//! 2026-10-31,8400,4100,,12.50,EUR,Usage 2026-10,0a1b2c3d…,
//! ```

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::mapping::{CheckedMapping, Field};
use super::money::together;
use super::rows::{Row, Value, rows_of, section_of};
use crate::aggregate::aggregate;
use crate::amount::Amount;
use crate::dimension::Dimension;
use crate::error::{Error, Result};
use crate::notice::{Code, Notice};
use crate::period::BillingPeriod;
use crate::report::{ColumnId, ColumnKind, Namesakes, Provenance, Report, ReportSpec, Section};
use crate::usage::UsageFrame;

const COLUMNS: [ColumnId; 9] = [
    ColumnId::Date,
    ColumnId::Account,
    ColumnId::CostCentre,
    ColumnId::Debit,
    ColumnId::Credit,
    ColumnId::Currency,
    ColumnId::PostingText,
    ColumnId::Uuid(Dimension::Customer),
    ColumnId::Uuid(Dimension::Project),
];

/// How many groups without an account are named.
const NAMED_MAX: usize = 20;

/// Postings that balance.
#[derive(Clone, Debug)]
pub struct Journal {
    /// One row a posting: the debit of each amount, then its credit, in the order of a report's rows.
    pub report: Report,
    /// Rows that make no posting.
    pub notices: Vec<Notice>,
}

impl Journal {
    /// Posts what the records of a frame with amounts cost in the months of a report.
    ///
    /// An amount below zero, as credits of a price list have it, changes sides. The provenance is that of the report,
    /// whose totals the postings come to.
    ///
    /// # Errors
    /// Amounts that the mapping has no account for, and postings that do not come to the report.
    pub fn new(
        frame: &UsageFrame,
        spec: &ReportSpec,
        provenance: &Provenance,
        mapping: &CheckedMapping,
    ) -> Result<Self> {
        let spec = ReportSpec {
            by: mapping.by().to_vec(),
            comparison: None,
            is_pivoted: false,
            top: None,
            ..spec.clone()
        };
        let report = aggregate(frame, &spec, provenance.clone())?;
        let amounts = Amounts::new(&report);
        let mut postings = Vec::new();
        let mut missing = Missing::new(&amounts);
        for row in amounts.rows.iter().filter(|row| amounts.amount(row) != Amount::ZERO) {
            let texts = Field::ALL.map(|field| mapping.text(field, |column| amounts.named(row, column)));
            missing.note(row, &texts, mapping);
            postings.extend(amounts.postings(row, &texts));
        }
        missing.check(mapping)?;
        amounts.prove(&postings, provenance)?;
        let columns = COLUMNS.to_vec();
        let rows = section_of(&columns, &postings);
        let notices = amounts.notices();
        let (subtotals, totals) = (Section::default(), Section::default());
        Ok(Self { report: Report { columns, rows, subtotals, totals, by: Vec::new(), ..report }, notices })
    }
}

/// The amounts that are to be posted.
struct Amounts<'a> {
    report: &'a Report,
    /// The columns by the names that the mapping calls them by.
    places: BTreeMap<Cow<'static, str>, usize>,
    amount: usize,
    rows: Vec<Row>,
}

impl<'a> Amounts<'a> {
    fn new(report: &'a Report) -> Self {
        let places = report.columns.iter().enumerate().map(|(at, column)| (column.name(), at)).collect();
        let amount = report.column(ColumnId::Amount).expect("a journal is of usage with prices");
        // One posting a group, whatever the units are that it used.
        let is_shown = |column: &ColumnId| match column.kind() {
            ColumnKind::Unit => false,
            kind => kind == ColumnKind::Amount || !kind.is_figure(),
        };
        let shown: Vec<bool> = report.columns.iter().map(is_shown).collect();
        let without_usage = |row: Row| -> Row {
            row.into_iter()
                .zip(&shown)
                .map(|(value, shown)| if *shown { value } else { Value::Empty })
                .collect()
        };
        let rows = together(&report.columns, rows_of(&report.rows).into_iter().map(without_usage));
        Self { report, places, amount, rows }
    }

    /// Nothing counts as zero.
    fn amount(&self, row: &Row) -> Amount {
        row[self.amount].amount().unwrap_or_default()
    }

    /// The text in a column of that name; empty if there is no value or no such column.
    fn named<'r>(&self, row: &'r Row, column: &str) -> &'r str {
        self.places.get(column).and_then(|at| row[*at].text()).unwrap_or_default()
    }

    /// The text in a column; empty if there is no value or no such column.
    fn text<'r>(&self, row: &'r Row, column: ColumnId) -> &'r str {
        self.report.column(column).and_then(|at| row[at].text()).unwrap_or_default()
    }

    /// By column, the names that several uuids share.
    fn namesakes(&self) -> HashMap<ColumnId, Namesakes<'_>> {
        let columns = self.report.columns.iter().filter_map(|column| Some((*column, column.uuid()?)));
        let bearers =
            |name, uuid| self.rows.iter().map(move |row| (self.text(row, name), self.text(row, uuid)));
        columns.map(|(name, uuid)| (name, Namesakes::new(bearers(name, uuid)))).collect()
    }

    /// The debit and the credit of a row.
    fn postings(&self, row: &Row, texts: &[String; 4]) -> [Row; 2] {
        let amount = self.amount(row);
        let date = self.text(row, ColumnId::Time(Dimension::Period)).parse().map(|period: BillingPeriod| {
            period.plus_months(1).first_day().pred_opt().expect("a day before the first of a month")
        });
        let date = date.expect("a period of a report").to_string();
        let [debit_account, credit_account, cost_centre, text] = texts;
        let reference = |dimension| match self.text(row, ColumnId::Uuid(dimension)) {
            "" => Value::Empty,
            uuid => Value::Text(uuid.to_owned()),
        };
        let posting = |account: &str, amount: Amount| {
            let (debit, credit) = match amount > Amount::ZERO {
                true => (Value::Amount(amount), Value::Empty),
                false => (Value::Empty, Value::Amount(-amount)),
            };
            let cost_centre =
                if cost_centre.is_empty() { Value::Empty } else { Value::Text(cost_centre.clone()) };
            vec![
                Value::Text(date.clone()),
                Value::Text(account.to_owned()),
                cost_centre,
                debit,
                credit,
                Value::Text(self.text(row, ColumnId::Currency).to_owned()),
                Value::Text(text.clone()),
                reference(Dimension::Customer),
                reference(Dimension::Project),
            ]
        };
        [posting(debit_account, amount), posting(credit_account, -amount)]
    }

    /// Sees that debits and credits are equal in each currency, and that what is debited to the first account of each
    /// amount is what the report comes to.
    fn prove(&self, postings: &[Row], provenance: &Provenance) -> Result<()> {
        let mut sums: BTreeMap<&str, [Amount; 2]> = BTreeMap::new();
        for (at, posting) in postings.iter().enumerate() {
            let [first, second] = sums.entry(posting[5].text().unwrap_or_default()).or_default();
            let net = posting[3].amount().unwrap_or_default() - posting[4].amount().unwrap_or_default();
            *(if at % 2 == 0 { first } else { second }) += net;
        }
        let totals = provenance.pricing.iter().flat_map(|pricing| &pricing.totals);
        let mut expected: BTreeMap<&str, Amount> =
            totals.map(|total| (total.currency.as_str(), total.amount)).collect();
        for (currency, [first, second]) in &sums {
            let expected = expected.remove(currency).unwrap_or_default();
            if *first != expected || *second != -expected {
                return Err(unbalanced(currency, *first, *second, expected));
            }
        }
        match expected.into_iter().find(|(_, amount)| *amount != Amount::ZERO) {
            Some((currency, amount)) => Err(unbalanced(currency, Amount::ZERO, Amount::ZERO, amount)),
            None => Ok(()),
        }
    }

    fn notices(&self) -> Vec<Notice> {
        let zero = self.rows.iter().filter(|row| self.amount(row) == Amount::ZERO).count();
        let (amounts, verb) =
            if zero == 1 { ("1 amount".to_owned(), "makes") } else { (format!("{zero} amounts"), "make") };
        let text =
            format!("{amounts} of zero, or of usage without a price, {verb} no posting in the journal.");
        let notice = (zero > 0).then(|| Notice::note(Code::NotPosted, zero as u64, text));
        notice.into_iter().collect()
    }
}

fn unbalanced(currency: &str, debit: Amount, credit: Amount, expected: Amount) -> Error {
    Error::JournalUnbalanced {
        currency: currency.to_owned(),
        found: format!("debits {debit}, credits {}", -credit),
        expected: expected.to_string(),
    }
}

/// What the mapping has no account or cost centre for.
struct Missing<'a> {
    amounts: &'a Amounts<'a>,
    namesakes: HashMap<ColumnId, Namesakes<'a>>,
    described: BTreeSet<String>,
}

impl<'a> Missing<'a> {
    fn new(amounts: &'a Amounts<'a>) -> Self {
        Self { amounts, namesakes: amounts.namesakes(), described: BTreeSet::new() }
    }

    fn note(&mut self, row: &Row, texts: &[String; 4], mapping: &CheckedMapping) {
        for (field, text) in Field::ALL.into_iter().zip(texts) {
            let is_needed = match field {
                Field::DebitAccount | Field::CreditAccount => true,
                Field::CostCentre => mapping.has(field),
                Field::Text => false,
            };
            if is_needed && text.is_empty() {
                self.described.insert(format!("no {field} for {}", self.group(row, field)));
            }
        }
    }

    fn check(self, mapping: &CheckedMapping) -> Result<()> {
        let count = self.described.len();
        let mut named: Vec<String> = self.described.into_iter().take(NAMED_MAX).collect();
        if count > named.len() {
            named.push(format!("{} more like these", count - named.len()));
        }
        match count {
            0 => Ok(()),
            _ => Err(Error::JournalIncomplete { path: mapping.path().clone(), missing: named.join(", ") }),
        }
    }

    /// `customer_name "Acme"`: what an account is likely to depend on.
    fn group(&self, row: &Row, field: Field) -> String {
        let is_sold = |dimension: Dimension| matches!(dimension, Dimension::Offering | Dimension::Component);
        let is_shown = |column: ColumnId| match (field, column) {
            (Field::CreditAccount, ColumnId::Label(dimension)) => is_sold(dimension),
            (_, ColumnId::Label(dimension)) => !is_sold(dimension),
            _ => false,
        };
        let labels = self.amounts.report.columns.iter().zip(row).filter(|(column, _)| is_shown(**column));
        let labels = labels.filter_map(|(column, value)| {
            let (name, uuid) = (value.text()?, column.uuid()?);
            let namesakes = self.namesakes.get(column);
            let mark = namesakes.map(|namesakes| namesakes.mark(name, self.amounts.text(row, uuid)));
            Some(format!("{column} {name:?}{}", mark.unwrap_or_default()))
        });
        match labels.collect::<Vec<_>>() {
            labels if labels.is_empty() => "credits and what else has no such column".to_owned(),
            labels => labels.join(" "),
        }
    }
}
