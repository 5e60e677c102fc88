//! The month as ledger postings: every amount once as debit and once as credit.
//!
//! ```text
//! date,account,cost_centre,debit,credit,currency,text,customer_uuid,project_uuid
//! 2026-10-31,1400,4100,12.50,,EUR,Usage 2026-10,0a1b2c3d…,
//! 2026-10-31,8400,4100,,12.50,EUR,Usage 2026-10,0a1b2c3d…,
//! ```

use std::collections::{BTreeMap, BTreeSet};

use super::mapping::{CheckedMapping, Field};
use super::money::together;
use super::rows::{Row, Value, rows_of, section_of};
use crate::aggregate::aggregate;
use crate::amount::Amount;
use crate::dimension::Dimension;
use crate::error::{Error, Result};
use crate::notice::{Code, Notice};
use crate::period::BillingPeriod;
use crate::report::{Column, ColumnKind, Namesakes, Provenance, Report, ReportSpec, Section};
use crate::usage::UsageFrame;

const COLUMNS: [(&str, ColumnKind); 9] = [
    ("date", ColumnKind::Text),
    ("account", ColumnKind::Name),
    ("cost_centre", ColumnKind::Name),
    ("debit", ColumnKind::Amount),
    ("credit", ColumnKind::Amount),
    ("currency", ColumnKind::Currency),
    ("text", ColumnKind::Name),
    ("customer_uuid", ColumnKind::Id),
    ("project_uuid", ColumnKind::Id),
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
            let texts = Field::ALL.map(|field| mapping.text(field, |column| amounts.text(row, column)));
            missing.note(row, &texts, mapping);
            postings.extend(amounts.postings(row, &texts));
        }
        missing.check(mapping)?;
        amounts.prove(&postings, provenance)?;
        let columns: Vec<Column> =
            COLUMNS.iter().map(|(name, kind)| Column { name: (*name).to_owned(), kind: *kind }).collect();
        let rows = section_of(&columns, &postings)?;
        let notices = amounts.notices();
        let (subtotals, totals) = (Section::default(), Section::default());
        Ok(Self { report: Report { columns, rows, subtotals, totals, by: Vec::new(), ..report }, notices })
    }
}

/// The amounts that are to be posted.
struct Amounts<'a> {
    report: &'a Report,
    places: BTreeMap<&'a str, usize>,
    amount: usize,
    rows: Vec<Row>,
}

impl<'a> Amounts<'a> {
    fn new(report: &'a Report) -> Self {
        let places: BTreeMap<&str, usize> =
            report.columns.iter().enumerate().map(|(at, column)| (column.name.as_str(), at)).collect();
        let amount = places.get("amount").copied().expect("a journal is of usage with prices");
        // One posting a group, whatever the units are that it used.
        let is_shown = |column: &Column| {
            let is_text = !matches!(column.kind, ColumnKind::Unit | ColumnKind::Usage | ColumnKind::Percent);
            is_text && column.kind != ColumnKind::Count
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

    /// What stands in a column; nothing and what there is not are the empty text.
    fn text<'r>(&self, row: &'r Row, column: &str) -> &'r str {
        self.places.get(column).and_then(|at| row[*at].text()).unwrap_or_default()
    }

    /// The uuid next to the name in a column; empty if there is none.
    fn uuid<'r>(&self, row: &'r Row, column: &str) -> &'r str {
        column.strip_suffix("_name").map_or("", |stem| self.text(row, &format!("{stem}_uuid")))
    }

    /// By column, the names that several uuids share.
    fn namesakes(&self) -> BTreeMap<&str, Namesakes<'_>> {
        let columns = self.places.keys().filter(|column| column.ends_with("_name"));
        let bearers =
            |column| self.rows.iter().map(move |row| (self.text(row, column), self.uuid(row, column)));
        columns.map(|column| (*column, Namesakes::new(bearers(column)))).collect()
    }

    /// The debit and the credit of a row.
    fn postings(&self, row: &Row, texts: &[String; 4]) -> [Row; 2] {
        let amount = self.amount(row);
        let date = self.text(row, "period").parse().map(|period: BillingPeriod| {
            period.plus_months(1).first_day().pred_opt().expect("a day before the first of a month")
        });
        let date = date.expect("a period of a report").to_string();
        let [debit_account, credit_account, cost_centre, text] = texts;
        let reference = |column: &str| match self.text(row, column) {
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
                Value::Text(self.text(row, "currency").to_owned()),
                Value::Text(text.clone()),
                reference("customer_uuid"),
                reference("project_uuid"),
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
    namesakes: BTreeMap<&'a str, Namesakes<'a>>,
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
        let is_shown = |kind: ColumnKind| match (field, kind) {
            (Field::CreditAccount, ColumnKind::Label(dimension)) => is_sold(dimension),
            (_, ColumnKind::Label(dimension)) => !is_sold(dimension),
            _ => false,
        };
        let labels = self.amounts.report.columns.iter().zip(row).filter(|(column, _)| is_shown(column.kind));
        let labels = labels.filter_map(|(column, value)| {
            let (column, name) = (column.name.as_str(), value.text()?);
            let namesakes = self.namesakes.get(column);
            let mark = namesakes.map(|namesakes| namesakes.mark(name, self.amounts.uuid(row, column)));
            Some(format!("{column} {name:?}{}", mark.unwrap_or_default()))
        });
        match labels.collect::<Vec<_>>() {
            labels if labels.is_empty() => "credits and what else has no such column".to_owned(),
            labels => labels.join(" "),
        }
    }
}
