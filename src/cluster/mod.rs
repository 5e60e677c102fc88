//! The statements that compute a report where the records are: SQL for an engine that reads staged dumps or the files of a book.
//! They are written here, and with the feature `cluster` sent to an engine; no record is read.
//!
//! ```text
//! shown      generated: the files, as one view
//! sql/       settled or taken as they are → the records that count
//! asked      generated: those of the period that pass the filters
//! cells      generated: the finest groups, by user
//! levels     generated: rows, subtotals and totals of the report
//! ```
//!
//! A report that an engine adds up asks for other results of the same views: sums for each component usage and facts about
//! the records (`settled`, sql/seam.sql; of a book `of_book`, sql/book_seam.sql), and distinct users of each level (`counted`).

mod address;
mod conditions;
#[cfg(feature = "cluster")]
mod connect;
mod connection;
mod counted;
mod instants;
mod levels;
mod of_book;
mod quote;
mod results;
mod settled;
mod source;
mod text;

use chrono_tz::Tz;

pub use self::address::EngineAddress;
pub use self::connection::{Cluster, Connection, EngineSession};
pub(crate) use self::counted::LevelTotals;
pub(crate) use self::source::Tables;
use self::text::Statement;
use crate::error::{Error, Result};
use crate::filter::Filters;
use crate::report::ReportSpec;

const SETTLE: &str = include_str!("sql/settle.sql");
const SETTLED_RESULTS: &str = include_str!("sql/settled_results.sql");
const BOOK: &str = include_str!("sql/book.sql");
const BOOK_RESULTS: &str = include_str!("sql/book_results.sql");

/// Whose SQL it is. The engines differ in how a file becomes a table, and in nothing else that the statements use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Engine {
    /// DuckDB.
    #[default]
    DuckDb,
    /// Apache Spark 4, and Sail.
    Spark,
}

/// Paths as the engine sees them: what a path begins with here, and there.
#[derive(Clone, Debug, Default)]
pub struct EnginePaths(Vec<(String, String)>);

impl EnginePaths {
    /// Of several beginnings that fit a path, the longest counts.
    ///
    /// # Errors
    /// A working folder that is not there, where a beginning is relative to it.
    pub fn new(pairs: &[(String, String)]) -> Result<Self> {
        let pair = |(here, there): &(String, String)| {
            let absolute = std::path::absolute(here)
                .map_err(|source| Error::Unreadable { path: here.into(), source })?;
            let trimmed = |text: &str| text.trim_end_matches('/').to_owned();
            Ok((trimmed(&absolute.to_string_lossy()), trimmed(there)))
        };
        let mut pairs = pairs.iter().map(pair).collect::<Result<Vec<_>>>()?;
        pairs.sort_by_key(|(here, _)| std::cmp::Reverse(here.len()));
        Ok(Self(pairs))
    }

    /// The path there of a path here; the same without a pair for it.
    fn there(&self, here: &str) -> String {
        let map = |(begin, there): &(String, String)| {
            let rest = here.strip_prefix(begin.as_str())?;
            (rest.is_empty() || rest.starts_with('/')).then(|| format!("{there}{rest}"))
        };
        self.0.iter().find_map(map).unwrap_or_else(|| here.to_owned())
    }
}

/// What a report asks for, once it is known what is seen.
pub(crate) struct Asked<'a> {
    pub spec: &'a ReportSpec,
    pub filters: &'a Filters,
    /// The zone in which dates are read.
    pub timezone: Tz,
}

/// The statements of a report as one text.
///
/// # Errors
/// A dimension or filter that they cannot express, a path that the engine would take for a pattern.
pub(crate) fn statements(
    tables: &Tables,
    asked: &Asked<'_>,
    engine: Engine,
    paths: &EnginePaths,
) -> Result<String> {
    let months = conditions::months(asked.spec);
    let (settling, results) = match tables {
        Tables::Staged(_) => (SETTLE, SETTLED_RESULTS),
        Tables::Book(_) => (BOOK, BOOK_RESULTS),
    };
    let mut statements = tables.statements(engine, paths)?;
    statements.extend(text::parse(settling));
    statements.push(conditions::asked(asked)?);
    let levels = levels::Levels::new(asked.spec)?;
    statements.push(levels.cells());
    statements.push(levels.result());
    let months = months.as_deref().unwrap_or("1 = 1");
    let with_months = |statement: Statement| statement.replacing("{months}", months);
    statements.extend(text::parse(results).into_iter().map(with_months));
    Ok(text::drawn(&statements, engine))
}

#[cfg(test)]
mod tests;
