//! Statements as text: those of the `.sql` files and those that are generated, in one form.
//!
//! ```text
//! --# table summed
//! -- Most uuids are there once, and need no window.
//! SELECT …
//! ```

use std::fmt::Write as _;

use super::Engine;

/// What a statement is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A text that other statements use.
    View,
    /// The same, used several times: computed once where an engine can keep it for a session.
    Table,
    /// Rows that come out.
    Result,
}

/// One statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Statement {
    pub kind: Kind,
    pub name: String,
    /// A query, with comments before it.
    pub text: String,
}

impl Statement {
    pub(super) fn new(kind: Kind, name: &str, text: String) -> Self {
        Self { kind, name: name.to_owned(), text }
    }

    pub(super) fn replacing(mut self, from: &str, to: &str) -> Self {
        self.text = self.text.replace(from, to);
        self
    }
}

/// The statements of a file. What is before the first one describes the file, and becomes a part of its comment.
pub(super) fn parse(file: &str) -> Vec<Statement> {
    let mut parts = file.split("--# ");
    let introduction = parts.next().unwrap_or_default().trim_end();
    let mut statements: Vec<Statement> = parts
        .filter_map(|part| {
            let (head, text) = part.split_once('\n')?;
            let (kind, name) = head.split_once(' ')?;
            let kind = match kind {
                "view" => Kind::View,
                "table" => Kind::Table,
                _ => Kind::Result,
            };
            Some(Statement::new(kind, name, text.trim().to_owned()))
        })
        .collect();
    if let (Some(first), false) = (statements.first_mut(), introduction.is_empty()) {
        first.text = format!("{introduction}\n\n{}", first.text);
    }
    statements
}

/// A query without the comments before it.
pub(super) fn without_comments(query: &str) -> String {
    let is_before = |line: &&str| line.is_empty() || line.starts_with("--");
    query.lines().skip_while(is_before).collect::<Vec<_>>().join("\n")
}

const INTRODUCTION: &str = "\
-- The statements of one report of usagebook. Run them in this order, in one session. The results are named in the comments above them:
-- levels (rows, subtotals and totals), accounting, and of staged dumps notices and dumps. Each statement ends with a semicolon,
-- and there is no other semicolon in the text. No literal contains a quote, a backslash or a control character: those are CHR(n).
";

const OF_DUCKDB: &str = "\
-- This text is for DuckDB. For Spark 4 and Sail, print it for Spark. Other engines need the view shown in their own words, and
-- ClickHouse, DataFusion and Trino views or tables without TEMPORARY: a column modified and a column date of microseconds since 1970 as
-- BIGINT. Trino and ClickHouse also need VARCHAR and String in place of STRING.
";

const OF_SPARK: &str = "\
-- This text is for Spark 4 and Sail. For DuckDB, print it for DuckDB. On Spark, CACHE TABLE after each of the views summed,
-- valued, by_version, fates, parents, names and cells spares most of the time if memory suffices. Sail has no such statement.
";

/// The whole text.
pub(super) fn drawn(statements: &[Statement], engine: Engine) -> String {
    let mut text = INTRODUCTION.to_owned();
    text.push_str(match engine {
        Engine::DuckDb => OF_DUCKDB,
        Engine::Spark => OF_SPARK,
    });
    for Statement { kind, name, text: query } in statements {
        let query_start = query.lines().take_while(|line| line.is_empty() || line.starts_with("--")).count();
        let lines = || query.lines();
        let comments: String = lines().take(query_start).fold(String::new(), |all, line| all + line + "\n");
        let query = lines().skip(query_start).collect::<Vec<_>>().join("\n");
        let create = match (kind, engine) {
            (Kind::Result, _) => format!("-- Result: {name}\n"),
            (Kind::Table, Engine::DuckDb) => format!("CREATE OR REPLACE TEMPORARY TABLE {name} AS\n"),
            _ => format!("CREATE OR REPLACE TEMPORARY VIEW {name} AS\n"),
        };
        let written = write!(text, "\n{comments}{create}{query};\n");
        written.expect("a string takes all text");
    }
    text
}
