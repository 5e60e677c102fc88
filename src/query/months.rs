//! Which months of a book a query needs: those that the conditions on its scans leave over.

use std::collections::BTreeSet;

use polars::prelude::{
    DataFrame, Expr, Int32Chunked, IntoColumn as _, IntoLazy as _, IntoSeries as _, LazyFrame,
    NewChunkedArray as _, Operator, PolarsResult, StringChunked,
};
use polars_plan::plans::{ArenaLpIter as _, IR};
use polars_plan::utils::expr_to_leaf_column_names;

use crate::period::BillingPeriod;
use crate::usage::Field;

/// The columns that a month determines.
const OF_MONTH: [&str; 2] = ["period", Field::BillingPeriod.name()];

/// Those of some months that a plan can show rows of. The optimiser has moved conditions to the tables that they are of.
pub(super) fn wanted(
    plan: LazyFrame,
    months: &BTreeSet<BillingPeriod>,
) -> PolarsResult<BTreeSet<BillingPeriod>> {
    let plan = plan.to_alp_optimized()?;
    let mut wanted = BTreeSet::new();
    for (_, node) in plan.lp_arena.iter(plan.lp_top) {
        let IR::Scan { predicate, .. } = node else { continue };
        let condition = predicate.as_ref().map(|predicate| predicate.to_expr(&plan.expr_arena));
        wanted.extend(left_over(condition.as_ref(), months)?);
    }
    Ok(wanted)
}

/// The months that a condition on a table leaves over. Parts of it that depend on more than the month leave all.
pub(super) fn left_over(
    condition: Option<&Expr>,
    months: &BTreeSet<BillingPeriod>,
) -> PolarsResult<Vec<BillingPeriod>> {
    let mut parts = Vec::new();
    condition.into_iter().for_each(|condition| split(condition, &mut parts));
    let is_of_month = |part: &&Expr| {
        let columns = expr_to_leaf_column_names(part);
        !columns.is_empty() && columns.iter().all(|column| OF_MONTH.contains(&column.as_str()))
    };
    let of_month = parts.into_iter().filter(is_of_month).cloned().reduce(Expr::and);
    let Some(of_month) = of_month else { return Ok(months.iter().copied().collect()) };
    let numbers = Int32Chunked::from_iter_values("number".into(), months.iter().map(|month| month.number()));
    let texts = StringChunked::from_iter_values(OF_MONTH[0].into(), months.iter().map(ToString::to_string));
    let days = months.iter().map(|month| month.first_day().to_epoch_days());
    let days = Int32Chunked::from_iter_values(OF_MONTH[1].into(), days).into_date().into_series();
    let columns = vec![numbers.into_column(), texts.into_column(), days.into_column()];
    let left = DataFrame::new(months.len(), columns)?.lazy().filter(of_month).collect()?;
    let numbers = left.column("number")?.i32()?;
    Ok(numbers.into_no_null_iter().map(BillingPeriod::from_number).collect())
}

/// The conditions that must all hold.
fn split<'e>(condition: &'e Expr, parts: &mut Vec<&'e Expr>) {
    match condition {
        Expr::BinaryExpr { left, op: Operator::And | Operator::LogicalAnd, right } => {
            split(left, parts);
            split(right, parts);
        }
        part => parts.push(part),
    }
}
