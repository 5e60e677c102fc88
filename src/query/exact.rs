//! Refuses what polars would do to decimals in silence.
//!
//! Found by trying each of them with polars 0.55 and usage of 18 digits:
//!
//! | SQL | what polars does | here |
//! |---|---|---|
//! | `avg`, `median`, `stddev`, `variance`, `sqrt`, `pow` | a float of 16 digits | refused |
//! | `usage / 3` | rounds to 2 decimals; whole numbers become floats | refused |
//! | `usage * 1.5`, `usage * usage` | a float; rounds to 2 decimals | refused |
//! | `usage * 60` | exact, and an error beyond 38 digits | factors of up to a million together |
//! | `usage > 0.015`, `= 123456789012345678.91` | compares floats: near values are equal, equal ones are not | literals are decimals |
//! | `coalesce(usage, 0.0)`, `CASE … ELSE 0.0`, `UNION` with 1.5 | turns the whole column into floats | literals are decimals |
//! | `usage = '0.010'` | compares texts | refused |
//! | `CAST(usage AS DOUBLE)`, `AS BIGINT`, `AS DECIMAL(38, 1)` | rounds | refused |
//! | `TRY_CAST(usage AS DECIMAL(10, 2))` | no value where digits do not fit | refused |
//! | `CAST('0.125' AS DECIMAL(38, 2))` | rounds | refused, as are texts of columns |
//! | `CAST(1.5 AS INTEGER)` | rounds, before there is a plan | refused |
//! | `usage + 999…` of 38 digits | no value | numbers have 18 digits at most |
//! | `usage IN (0.5)` | a float; lists of casts lose their casts | a chain of comparisons |
//! | `round(usage, 1)` | rounds halves to even | refused |
//! | `sum` beyond 38 digits | wraps around | out of reach: 18 digits, 3 decimals and a factor of a million leave room for ten billion records |
//! | `count(*) - 5`, unsigned | wraps around below zero | refused |
//! | `usage % 3` | an error | an error |

use polars::chunked_array::cast::CastOptions;
use polars::prelude::{AnyValue, DataType, LazyFrame, LiteralValue, Operator, Schema};
use polars_plan::plans::{
    AExpr, ArenaExprIter as _, ArenaLpIter as _, DynLiteralValue, IRAggExpr, IRFunctionExpr, IRPlan,
    ToFieldContext,
};
use sqlparser::ast::{BinaryOperator, CastKind, Expr};

use super::sql::Sql;
use crate::error::Result;

/// The most decimals that a number may have.
pub(super) const DECIMALS_MAX: usize = 3;

/// The largest product of the whole numbers that decimals are multiplied by in one query.
const FACTOR_MAX: i128 = 1_000_000;

/// Checks the plan of a query, whose casts polars has written out.
pub(super) fn check(plan: &LazyFrame, sql: &Sql) -> Result<()> {
    let plan = plan.clone().to_alp().map_err(|error| sql.error(&error))?;
    let judge = Judge { plan: &plan, sql };
    for (_, node) in plan.lp_arena.iter(plan.lp_top) {
        let inputs = node.inputs().map(|input| plan.lp_arena.get(input).schema(&plan.lp_arena));
        let inputs: Vec<_> = inputs.collect();
        for expression in node.exprs() {
            for (_, expression) in plan.expr_arena.iter(expression.node()) {
                judge.expression(expression, inputs.first().map(|schema| &***schema))?;
            }
        }
        let made = node.schema(&plan.lp_arena);
        made.iter_values().try_for_each(|dtype| judge.dtype(dtype))?;
    }
    Ok(())
}

struct Judge<'a> {
    plan: &'a IRPlan,
    sql: &'a Sql,
}

impl Judge<'_> {
    fn dtype(&self, dtype: &DataType) -> Result<()> {
        match dtype {
            DataType::Decimal(_, scale) if *scale > DECIMALS_MAX => {
                let is_meant = |expr: &Expr| matches!(expr, Expr::Cast { .. });
                self.refuse(is_meant, "decimals have 3 places at most; write DECIMAL(38, 2)")
            }
            dtype if dtype.is_float() => {
                let is_meant = |expr: &Expr| matches!(expr, Expr::Function(_));
                self.refuse(
                    is_meant,
                    "the result would be a float, which loses digits; keep to whole numbers and decimals",
                )
            }
            _ => Ok(()),
        }
    }

    fn expression(&self, expression: &AExpr, input: Option<&Schema>) -> Result<()> {
        let empty = Schema::default();
        let context = ToFieldContext::new(&self.plan.expr_arena, input.unwrap_or(&empty));
        let dtype_of = |expression: &AExpr| expression.to_dtype(&context).ok();
        let dtype = |node| dtype_of(self.plan.expr_arena.get(node));
        match expression {
            AExpr::Agg(
                IRAggExpr::Mean(_) | IRAggExpr::Median(_) | IRAggExpr::Std(..) | IRAggExpr::Var(..),
            ) => self.refuse(
                |expr| matches!(expr, Expr::Function(function) if is_average(&function.name.to_string())),
                "an average is not an exact decimal; ask for the sum and the count",
            ),
            AExpr::Cast { expr, dtype: to, options } => self.cast(dtype(*expr).as_ref(), to, *options),
            AExpr::BinaryExpr { left, op: Operator::TrueDivide | Operator::RustDivide | Operator::FloorDivide, right }
                if [*left, *right].into_iter().any(|node| dtype(node).is_none_or(|dtype| !dtype.is_temporal())) =>
            {
                self.refuse(
                    |expr| matches!(expr, Expr::BinaryOp { op: BinaryOperator::Divide, .. }),
                    "a division would round; ask for both figures",
                )
            }
            AExpr::BinaryExpr { left, op: Operator::Multiply, right }
                if [*left, *right].into_iter().any(|node| dtype(node).is_none_or(|dtype| dtype.is_decimal())) =>
            {
                let factors = [*left, *right].map(|node| whole(self.plan.expr_arena.get(node)));
                let factor = factors.into_iter().flatten().next().unwrap_or(i128::MAX);
                match factor.abs().max(self.sql.factor()) <= FACTOR_MAX {
                    true => Ok(()),
                    false => self.refuse(
                        |expr| matches!(expr, Expr::BinaryOp { op: BinaryOperator::Multiply, .. }),
                        "a decimal can be multiplied by whole numbers up to a million; other products would round",
                    ),
                }
            }
            AExpr::BinaryExpr { left, op: Operator::Minus, right }
                if [*left, *right].into_iter().all(|node| dtype(node).is_some_and(|dtype| dtype.is_unsigned_integer()))
                    && !matches!(self.plan.expr_arena.get(*left), AExpr::Agg(IRAggExpr::NUnique(_))) =>
            {
                self.refuse(
                    |expr| matches!(expr, Expr::BinaryOp { op: BinaryOperator::Minus, .. }),
                    "a difference of counts cannot be below zero; write CAST(… AS BIGINT) - …",
                )
            }
            AExpr::Function { function: IRFunctionExpr::Round { .. }, input, .. }
                if input.first().is_some_and(|input| dtype(input.node()).is_none_or(|dtype| dtype.is_decimal())) =>
            {
                self.refuse(
                    |expr| matches!(expr, Expr::Function(function) if function.name.to_string().eq_ignore_ascii_case("round")),
                    "ROUND would round halves to even; leave the figures exact",
                )
            }
            AExpr::Function { .. } | AExpr::Literal(_) => {
                dtype_of(expression).map_or(Ok(()), |dtype| self.dtype(&dtype))
            }
            _ => Ok(()),
        }
    }

    fn cast(&self, from: Option<&DataType>, to: &DataType, options: CastOptions) -> Result<()> {
        let is_strict = matches!(options, CastOptions::Strict);
        let reason = match (from, to) {
            (_, to) if to.is_float() => "a float would lose digits; keep to whole numbers and decimals",
            (Some(DataType::Decimal(_, from)), DataType::Decimal(_, to)) if to < from => {
                "the cast would round; write DECIMAL(38, 2) or more decimals"
            }
            (Some(DataType::Decimal(..)), DataType::Decimal(precision, _))
                if !is_strict && *precision < 38 =>
            {
                "TRY_CAST would drop values that do not fit; write CAST"
            }
            (Some(DataType::Decimal(..)), DataType::String) if !is_strict => {
                return self.refuse(
                    |expr| matches!(expr, Expr::BinaryOp { .. } | Expr::InList { .. } | Expr::Between { .. }),
                    "a decimal would become text; write numbers without quotes, or CAST(… AS VARCHAR)",
                );
            }
            (Some(DataType::Decimal(..)), to) if to.is_integer() => "the cast would round; keep the decimal",
            (Some(DataType::String), DataType::Decimal(..)) => {
                "text that is read as a decimal would be rounded; `usage` is a decimal already"
            }
            _ => return Ok(()),
        };
        self.refuse(
            |expr| {
                matches!(
                    expr,
                    Expr::Cast {
                        kind: CastKind::Cast | CastKind::TryCast | CastKind::SafeCast | CastKind::DoubleColon,
                        ..
                    }
                )
            },
            reason,
        )
    }

    fn refuse(&self, is_meant: impl Fn(&Expr) -> bool, reason: &str) -> Result<()> {
        Err(self.sql.refused(is_meant, reason))
    }
}

fn is_average(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["avg", "mean", "median", "std", "var"].iter().any(|start| name.starts_with(start))
}

/// The whole number that a literal is.
fn whole(expression: &AExpr) -> Option<i128> {
    let AExpr::Literal(literal) = expression else { return None };
    match literal {
        LiteralValue::Dyn(DynLiteralValue::Int(number)) => Some(*number),
        LiteralValue::Scalar(scalar) => match scalar.value() {
            AnyValue::Decimal(digits, _, scale) => {
                let unit = 10_i128.pow(u32::try_from(*scale).ok()?);
                (digits % unit == 0).then_some(digits / unit)
            }
            value => value.extract::<i128>(),
        },
        _ => None,
    }
}
