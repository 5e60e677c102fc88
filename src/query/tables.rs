//! The tables that SQL can name.

use std::any::Any;
use std::sync::Arc;

use polars::prelude::{
    AnonymousScan, AnonymousScanArgs, DataFrame, DataType, Field as Column, LazyFrame, PlSmallStr,
    PolarsResult, ScanArgsAnonymous, Schema, SchemaRef, TimeUnit,
};

use crate::dimension::Dimension;
use crate::usage::Field;

/// A table that SQL can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Table {
    Usage,
    Parents,
    Report,
}

impl Table {
    pub(super) const ALL: [Self; 3] = [Self::Usage, Self::Parents, Self::Report];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::Parents => "parents",
            Self::Report => "report",
        }
    }

    /// The table without its rows, to plan a query before anything is read.
    pub(super) fn planned(self) -> LazyFrame {
        let args = ScanArgsAnonymous { name: self.name(), ..ScanArgsAnonymous::default() };
        LazyFrame::anonymous_scan(Arc::new(Planned(self.schema())), args).expect("the columns are known")
    }

    /// The columns of [`UsageFrame::to_polars`](crate::UsageFrame::to_polars), of its parents, or of the monthly report.
    pub(super) fn schema(self) -> SchemaRef {
        let column = |name: &str, dtype| Column::new(PlSmallStr::from_str(name), dtype);
        let field = |field: Field| {
            let dtype = match field {
                Field::Usage => DataType::Decimal(38, 2),
                Field::Created | Field::Modified | Field::Date => {
                    DataType::Datetime(TimeUnit::Microseconds, None)
                }
                Field::BillingPeriod => DataType::Date,
                _ => DataType::String,
            };
            column(field.name(), dtype)
        };
        let period = [column("period", DataType::String)];
        Arc::new(match self {
            Self::Usage => Field::ALL.into_iter().map(field).chain(period).collect::<Schema>(),
            Self::Parents => {
                Field::ALL.into_iter().filter(|field| field.is_of_parent()).map(field).chain(period).collect()
            }
            Self::Report => {
                let texts = Dimension::DEFAULT.into_iter().flat_map(Dimension::columns).copied();
                let figures = [
                    ("usage", DataType::Decimal(38, 2)),
                    ("records", DataType::UInt64),
                    ("users", DataType::UInt64),
                ];
                texts
                    .chain(["measured_unit"])
                    .map(|name| column(name, DataType::String))
                    .chain(figures.map(|(name, dtype)| column(name, dtype)))
                    .collect()
            }
        })
    }
}

/// The columns of a table that is not read yet.
struct Planned(SchemaRef);

impl AnonymousScan for Planned {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn scan(&self, _: AnonymousScanArgs) -> PolarsResult<DataFrame> {
        Ok(DataFrame::empty_with_schema(&self.0))
    }

    fn schema(&self, _: Option<usize>) -> PolarsResult<SchemaRef> {
        Ok(self.0.clone())
    }

    fn allows_predicate_pushdown(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aggregate::aggregate;
    use crate::ingest::{ReadRequest, read};
    use crate::report::ReportSpec;
    use crate::usecase::{Preparation, Prepared};

    #[test]
    fn the_tables_have_the_columns_of_the_frames() {
        let mut request = ReadRequest::new(["fixtures/real/complete"]);
        request.reading.keeps_details = true;
        let intake = read(&request, &Arc::default()).unwrap();
        assert_eq!(*Table::Usage.schema(), **intake.frame.to_polars().unwrap().schema());
        assert_eq!(*Table::Parents.schema(), **intake.frame.parents_to_polars().unwrap().schema());
        let spec = ReportSpec::monthly("2026-11-23".parse().unwrap());
        let prepared = Prepared::new(intake, &Preparation::of(&spec)).unwrap();
        let report = aggregate(&prepared.frame, &spec, prepared.provenance.clone()).unwrap();
        assert_eq!(*Table::Report.schema(), **report.to_polars().unwrap().schema());
    }
}
