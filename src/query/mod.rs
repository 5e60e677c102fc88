//! SQL over the records of dumps or of a book, by polars' lazy engine.
//!
//! Three tables can be asked: `usage` (one row a record, all fields and `period`), `parents` (one row a component usage)
//! and `report` (the rows of the monthly report). Of a book, only those months are opened that the conditions on `period`
//! or `billing_period` leave over ([`months`]). Every decimal stays exact: what would round or turn into a float is refused
//! with its place in the SQL ([`exact`]).

mod answer;
mod exact;
mod months;
mod scan;
mod sql;
mod tables;

use std::collections::BTreeSet;

use polars::prelude::{DataFrame, IntoLazy as _};

use self::sql::Sql;
use self::tables::Table;
use crate::aggregate::aggregate;
use crate::error::Result;
use crate::period::BillingPeriod;
use crate::report::{Report, ReportSpec};
use crate::usecase::{self, Question, Records, Watch};

/// The rows that a query returns, and the records that it was asked of.
#[derive(Debug)]
pub struct Queried {
    /// It has no dimensions, subtotals or totals; the SQL is among the filters of its provenance.
    pub report: Report,
    /// The records that the query was asked of.
    pub records: Records,
}

/// Asks records in SQL. The question's period is not used: conditions on `period` are part of the SQL.
///
/// # Errors
/// SQL that cannot be understood, or that would lose digits; and those of [`records`](usecase::records).
pub fn query(question: &Question<'_>, text: &str, watch: &dyn Watch) -> Result<Queried> {
    let sql = Sql::parse(text)?;
    let months: BTreeSet<BillingPeriod> =
        question.book().into_iter().flat_map(|book| book.months()).map(|(month, _)| month).collect();
    let planned = sql.over(Table::ALL.map(|table| (table, table.planned())))?;
    exact::check(&planned, &sql)?;
    let wanted = months::wanted(planned, &months).map_err(|error| sql.error(&error))?;
    let mut records = usecase::records(question, |month| wanted.contains(&month), watch)?;
    let provenance = &mut records.provenance;
    provenance.filters.push(("sql", vec![text.to_owned()]));
    let table = |table| -> Result<DataFrame> {
        match table {
            Table::Usage => records.frame.to_polars(),
            Table::Parents => records.frame.parents_to_polars(),
            Table::Report => {
                let spec = ReportSpec::monthly(records.provenance.as_of);
                aggregate(&records.frame, &spec, records.provenance.clone())?.to_polars()
            }
        }
    };
    let mut tables = Vec::new();
    for name in Table::ALL.into_iter().filter(|table| sql.names(table.name())) {
        tables.push((name, table(name)?.lazy()));
    }
    watch.check()?;
    let rows = sql.over(tables)?.collect().map_err(|error| sql.error(&error))?;
    let report = answer::report(&rows, &records.provenance, &sql)?;
    Ok(Queried { report, records })
}
