//! SQL as it was typed: parsed for the places of what is wrong, and with decimal literals that stay exact.

use std::ops::ControlFlow;

use polars::prelude::{LazyFrame, PolarsError};
use polars::sql::SQLContext;
use sqlparser::ast::{
    BinaryOperator, CastKind, DataType, ExactNumberInfo, Expr, FunctionArguments, Ident, ObjectName, Query,
    SetExpr, Spanned as _, Statement, UnaryOperator, Value, Visit as _, Visitor, visit_expressions,
    visit_expressions_mut,
};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::{Parser, ParserError, ParserOptions};
use sqlparser::tokenizer::{Location, Token, Tokenizer};

use super::exact::DECIMALS_MAX;
use super::tables::Table;
use crate::error::{Error, Result};

/// The most digits that a number may have before its point, as usage.
const WHOLE_DIGITS_MAX: usize = 18;

/// One statement.
pub(super) struct Sql {
    typed: String,
    statement: Statement,
    /// The same with decimals for numbers that have a point.
    exact: String,
}

impl Sql {
    pub(super) fn parse(typed: &str) -> Result<Self> {
        let options = ParserOptions { trailing_commas: true, ..ParserOptions::default() };
        let parser = Parser::new(&GenericDialect).with_options(options).try_with_sql(typed);
        let statements = parser.and_then(|mut parser| parser.parse_statements());
        let mut statements = statements.map_err(|error| unparsed(typed, &error))?.into_iter();
        let (Some(statement), None) = (statements.next(), statements.next()) else {
            return Err(refused(None, "expected one statement; ask one SELECT at a time"));
        };
        if !matches!(statement, Statement::Query(_)) {
            let place = Some(Location { line: 1, column: 1 });
            return Err(refused(place, "a query only reads; begin it with SELECT or WITH"));
        }
        let has_values = visit_query_bodies(&statement, |body| matches!(body, SetExpr::Values(_)));
        if has_values {
            return Err(refused(None, "VALUES cannot be asked; write SELECT … UNION ALL SELECT …"));
        }
        let mut exact = statement.clone();
        let changed = visit_expressions_mut(&mut exact, |expression| match exact_literal(expression) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => ControlFlow::Break(error),
        });
        match changed {
            ControlFlow::Break(error) => Err(error),
            ControlFlow::Continue(()) => {
                Ok(Self { typed: typed.to_owned(), exact: exact.to_string(), statement })
            }
        }
    }

    /// The plan of the query over some tables.
    pub(super) fn over(&self, tables: impl IntoIterator<Item = (Table, LazyFrame)>) -> Result<LazyFrame> {
        let mut context = SQLContext::new();
        tables.into_iter().for_each(|(table, rows)| context.register(table.name(), rows));
        context.execute(&self.exact).map_err(|error| self.error(&error))
    }

    /// Whether a word is in it.
    pub(super) fn names(&self, word: &str) -> bool {
        self.place_of_word(word).is_some()
    }

    /// What polars says of it, with the place of the name that it says it of.
    pub(super) fn error(&self, error: &PolarsError) -> Error {
        let text = error.to_string();
        // A sketch of the plan follows.
        let text = text.split("\n\nResolved plan until failure").next().unwrap_or_default();
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut names = text.split(['"', '\'', '`']).skip(1).step_by(2);
        refused(names.find_map(|name| self.place_of_word(name)), &text)
    }

    /// Refuses what would lose digits, at the first expression that does.
    pub(super) fn refused(&self, is_meant: impl Fn(&Expr) -> bool, reason: &str) -> Error {
        let found = visit_expressions(&self.statement, |expression| match is_meant(expression) {
            true => ControlFlow::Break(expression.span().start),
            false => ControlFlow::Continue(()),
        });
        refused(found.break_value().filter(|place| place.line > 0), reason)
    }

    /// The product of the numbers that something is multiplied by.
    pub(super) fn factor(&self) -> i128 {
        let mut factor = 1_i128;
        let _: ControlFlow<()> = visit_expressions(&self.statement, |expression| {
            if let Expr::BinaryOp { left, op: BinaryOperator::Multiply, right } = expression {
                for number in [left, right].into_iter().filter_map(|side| number(side)) {
                    factor = factor.saturating_mul(number.parse().unwrap_or(1));
                }
            }
            ControlFlow::Continue(())
        });
        factor
    }

    fn place_of_word(&self, word: &str) -> Option<Location> {
        let tokens = Tokenizer::new(&GenericDialect, &self.typed).tokenize_with_location().ok()?;
        let is_word =
            |token: &Token| matches!(token, Token::Word(other) if other.value.eq_ignore_ascii_case(word));
        tokens.iter().find(|token| is_word(&token.token)).map(|token| token.span.start)
    }
}

/// The digits before the point of a number, its sign left out; `None` if an expression is no number.
fn number(expression: &Expr) -> Option<&str> {
    match expression {
        Expr::Nested(inner) | Expr::UnaryOp { expr: inner, .. } => number(inner),
        Expr::Value(value) => match &value.value {
            Value::Number(text, _) => Some(text.split('.').next().unwrap_or_default()),
            _ => None,
        },
        _ => None,
    }
}

/// Whether any part of a statement has such a body.
fn visit_query_bodies(statement: &Statement, is_meant: impl Fn(&SetExpr) -> bool) -> bool {
    struct Bodies<F>(F);
    impl<F: Fn(&SetExpr) -> bool> Visitor for Bodies<F> {
        type Break = ();

        fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
            match (self.0)(&query.body) {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        }
    }
    statement.visit(&mut Bodies(is_meant)).is_break()
}

/// Turns a number with a point into a decimal of as many places, of which polars would make a float; lists with such
/// numbers into comparisons, because polars takes lists of plain literals only; and the function `user` into the field.
fn exact_literal(expression: &mut Expr) -> Result<()> {
    if let Expr::InList { expr, list, negated } = &*expression
        && list.iter().any(|item| !matches!(item, Expr::Value(_)))
    {
        let binary =
            |left: Expr, op, right: Expr| Expr::BinaryOp { left: Box::new(left), op, right: Box::new(right) };
        let equal = list.iter().map(|item| binary((**expr).clone(), BinaryOperator::Eq, item.clone()));
        let any = equal.reduce(|left, right| binary(left, BinaryOperator::Or, right));
        let any = Expr::Nested(Box::new(any.expect("a list has an item")));
        *expression = match negated {
            true => Expr::UnaryOp { op: UnaryOperator::Not, expr: Box::new(any) },
            false => any,
        };
        return Ok(());
    }
    if let Expr::Function(function) = &*expression
        && function.name.to_string().to_ascii_lowercase().starts_with("quantile")
    {
        return Err(refused(
            Some(function.span().start),
            "a quantile is not an exact decimal; ask for the rows",
        ));
    }
    if let Some(day) = day(expression) {
        let parser = Parser::new(&GenericDialect).try_with_sql(&day);
        *expression = parser.and_then(|mut parser| parser.parse_expr()).expect("a function of a text");
        return Ok(());
    }
    if let Expr::Cast { expr, .. } = &*expression
        && is_decimal_literal(expr)
    {
        return Err(refused(Some(expr.span().start), "a number is not cast; write it as it should be"));
    }
    if let Expr::Function(function) = &*expression
        && matches!(function.args, FunctionArguments::None)
        && let Some(names) = field_user(&function.name)
    {
        *expression = Expr::CompoundIdentifier(names);
        return Ok(());
    }
    if let Expr::Cast { expr, data_type, .. } = &*expression
        && let Expr::Value(value) = &**expr
        && let Value::SingleQuotedString(text) = &value.value
        && let DataType::Decimal(info) | DataType::Numeric(info) | DataType::Dec(info) = data_type
    {
        let scale = match info {
            ExactNumberInfo::PrecisionAndScale(_, scale) => (*scale).try_into().unwrap_or(0),
            ExactNumberInfo::Precision(_) | ExactNumberInfo::None => 0,
        };
        let is_exact = decimals(text.trim())
            .is_some_and(|(whole, decimals)| whole.len() <= WHOLE_DIGITS_MAX && decimals.len() <= scale);
        return match is_exact {
            true => Ok(()),
            false => Err(refused(
                Some(value.span.start),
                &format!("{text:?} is not a number of {WHOLE_DIGITS_MAX} digits and {scale} decimals"),
            )),
        };
    }
    let Expr::Value(value) = &*expression else { return Ok(()) };
    let Value::Number(text, _) = &value.value else { return Ok(()) };
    let place = Some(value.span.start);
    let Some((whole, decimals)) = decimals(text) else {
        return Err(refused(place, &format!("write {text} with all its digits, as 1000 or 0.5")));
    };
    if whole.len() > WHOLE_DIGITS_MAX {
        return Err(refused(
            place,
            &format!("{text} has more than {WHOLE_DIGITS_MAX} digits before the point"),
        ));
    }
    if decimals.len() > DECIMALS_MAX {
        return Err(refused(place, &format!("{text} has more than {DECIMALS_MAX} decimals")));
    }
    if decimals.is_empty() {
        let whole = if whole.is_empty() { "0" } else { whole };
        *expression = Expr::Value(Value::Number(whole.to_owned(), false).with_span(value.span));
        return Ok(());
    }
    let digits = format!("{}.{decimals}", if whole.is_empty() { "0" } else { whole });
    let scale = decimals.len() as i64;
    let digits = Value::SingleQuotedString(digits);
    *expression = Expr::Cast {
        kind: CastKind::Cast,
        expr: Box::new(Expr::Value(digits.with_span(value.span))),
        data_type: DataType::Decimal(ExactNumberInfo::PrecisionAndScale(38, scale)),
        array: false,
        format: None,
    };
    Ok(())
}

/// `"user"` or `t."user"` for the function `user`, with which the field shares its name.
fn field_user(name: &ObjectName) -> Option<Vec<Ident>> {
    let mut names: Vec<Ident> = name.0.iter().filter_map(|part| part.as_ident().cloned()).collect();
    let last = names.last_mut().filter(|last| last.value.eq_ignore_ascii_case("user"))?;
    *last = Ident::with_quote('"', "user");
    Some(names)
}

/// `date('2026-10-01')` for `DATE '2026-10-01'` or a cast of that text, of which polars prints that it is out of date.
fn day(expression: &Expr) -> Option<String> {
    let text = match expression {
        Expr::TypedString(typed) if typed.data_type == DataType::Date => &typed.value.value,
        Expr::Cast { expr, data_type: DataType::Date, .. } => match &**expr {
            Expr::Value(value) => &value.value,
            _ => return None,
        },
        _ => return None,
    };
    match text {
        Value::SingleQuotedString(text) => Some(format!("date('{}')", text.replace('\'', "''"))),
        _ => None,
    }
}

/// Whether a number with a point has been turned into a decimal.
fn is_decimal_literal(expression: &Expr) -> bool {
    match expression {
        Expr::Nested(inner) => is_decimal_literal(inner),
        Expr::Cast { expr, data_type: DataType::Decimal(_), .. } => {
            matches!(&**expr, Expr::Value(value) if matches!(value.value, Value::SingleQuotedString(_)))
        }
        _ => false,
    }
}

/// The digits before the point, and those after it without zeros at the end; `None` if there is something else.
fn decimals(text: &str) -> Option<(&str, &str)> {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    (is_digits(whole) && is_digits(decimals) && text.len() > decimals.len().min(1))
        .then(|| (whole, decimals.trim_end_matches('0')))
}

fn refused(place: Option<Location>, reason: &str) -> Error {
    Error::BadQuery { place: place.map(|place| (place.line, place.column)), reason: reason.to_owned() }
}

/// What the parser says, its place in our words.
fn unparsed(typed: &str, error: &ParserError) -> Error {
    let text = match error {
        ParserError::TokenizerError(text) | ParserError::ParserError(text) => text.as_str(),
        ParserError::RecursionLimitExceeded => "it is nested too deeply",
    };
    let (reason, place) = text.split_once(" at Line: ").unwrap_or((text, ""));
    let place = place.split_once(", Column: ");
    let place = place.and_then(|(line, column)| Some((line.parse().ok()?, column.trim().parse().ok()?)));
    let end = || {
        let line = typed.lines().count().max(1) as u64;
        (line, typed.lines().last().map_or(0, |line| line.chars().count()) as u64 + 1)
    };
    let reason = match reason.strip_prefix("Expected: ") {
        Some(expected) => format!("expected {}", expected.replace("found: EOF", "found the end")),
        None => reason.to_owned(),
    };
    Error::BadQuery { place: Some(place.unwrap_or_else(end)), reason }
}
