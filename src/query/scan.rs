//! A book as a lazy frame of polars: months are opened when the frame is collected, and only those that are needed.

use std::any::Any;
use std::collections::BTreeSet;
use std::sync::Arc;

use polars::prelude::{
    AnonymousScan, AnonymousScanArgs, DataFrame, IntoLazy as _, LazyFrame, PolarsError, PolarsResult,
    ScanArgsAnonymous, SchemaRef,
};

use super::months::left_over;
use super::tables::Table;
use crate::book::Book;
use crate::ingest::Role;
use crate::period::{BillingPeriod, PeriodRange};

struct BookScan {
    book: Book,
    months: BTreeSet<BillingPeriod>,
}

impl Book {
    /// The records of some months, or of all, as a lazy frame of the columns of
    /// [`UsageFrame::to_polars`](crate::UsageFrame::to_polars). A closed month is read as it was closed last, another one as
    /// it is now.
    ///
    /// Months are read when the frame is collected: those that conditions on `period` or `billing_period` leave over.
    ///
    /// ```no_run
    /// use usagebook::polars::prelude::{col, lit};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let book = usagebook::Book::open("book".as_ref())?;
    /// let october = book.scan(None).filter(col("period").eq(lit("2026-10")));
    /// let totals = october.group_by([col("measured_unit")]).agg([col("usage").sum()]).collect()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn scan(&self, period: Option<PeriodRange>) -> LazyFrame {
        let is_in = |month: &BillingPeriod| period.is_none_or(|period| period.contains(*month));
        let months = self.months().map(|(month, _)| month).filter(is_in).collect();
        let scan = BookScan { book: self.clone(), months };
        LazyFrame::anonymous_scan(Arc::new(scan), ScanArgsAnonymous::default())
            .expect("the columns are known")
    }
}

impl BookScan {
    fn read(&self, months: &[BillingPeriod]) -> PolarsResult<DataFrame> {
        let role = |month| if months.contains(&month) { Role::Asked } else { Role::Unused };
        let unreadable = |error: crate::Error| PolarsError::ComputeError(error.to_string().into());
        self.book.read_months(role, None, true).map_err(unreadable)?.frame.to_polars().map_err(unreadable)
    }
}

impl AnonymousScan for BookScan {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn scan(&self, asked: AnonymousScanArgs) -> PolarsResult<DataFrame> {
        let months = left_over(asked.predicate.as_ref(), &self.months)?;
        let mut rows = self.read(&months)?.lazy();
        if let Some(condition) = asked.predicate {
            rows = rows.filter(condition);
        }
        let rows = rows.collect()?.head(asked.n_rows.or(Some(usize::MAX)));
        asked.with_columns.map_or(Ok(rows.clone()), |columns| rows.select(columns.iter().cloned()))
    }

    fn schema(&self, _: Option<usize>) -> PolarsResult<SchemaRef> {
        Ok(Table::Usage.schema())
    }

    fn allows_predicate_pushdown(&self) -> bool {
        true
    }

    fn allows_projection_pushdown(&self) -> bool {
        true
    }
}
