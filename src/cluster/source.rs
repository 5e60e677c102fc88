//! Staged dumps and months of a book as views over their files.

use super::quote::{literal, parquet, uuid};
use super::text::{Kind, Statement};
use super::{Engine, EnginePaths};
use crate::book::MonthFile;
use crate::error::{Error, Result};
use crate::ingest::StagedTable;
use std::path::Path;

/// What the statements read.
pub(crate) enum Tables {
    /// In the order in which they were named.
    Staged(Vec<StagedTable>),
    /// By month.
    Book(Vec<MonthFile>),
}

/// The columns of both that are read as they are.
const COLUMNS: &str = "uuid, username, component_usage, billing_period, component_type, measured_unit,\n  \
                       customer_uuid, customer_name, project_uuid, project_name, offering_uuid, offering_name, resource_uuid, resource_name";

impl Tables {
    /// The view `shown` of all records, and what is known of the files.
    pub(super) fn statements(&self, engine: Engine, paths: &EnginePaths) -> Result<Vec<Statement>> {
        match self {
            Self::Staged(dumps) => staged_statements(dumps, engine, paths),
            Self::Book(months) => {
                let places: Vec<String> =
                    (0..months.len()).map(|place| format!("{place} AS place")).collect();
                let files =
                    places.iter().map(String::as_str).zip(months.iter().map(|month| month.path.as_path()));
                Ok(vec![shown("place", files, engine, paths)?, freshness(months), named_before(months)])
            }
        }
    }
}

/// The same of staged dumps.
pub(super) fn staged_statements(
    dumps: &[StagedTable],
    engine: Engine,
    paths: &EnginePaths,
) -> Result<Vec<Statement>> {
    let of_dump = |(place, dump): (usize, &StagedTable)| {
        let before = format!("{} AS dump, {place} AS place", dump.rank);
        dump.parts.iter().map(move |part| (before.clone(), part.clone())).collect::<Vec<_>>()
    };
    let files: Vec<_> = dumps.iter().enumerate().flat_map(of_dump).collect();
    let own = "dump, place, file, piece, record, is_exact, is_imprecise, is_single, is_derived, is_zoneless";
    let files = files.iter().map(|(before, path)| (before.as_str(), path.as_path()));
    Ok(vec![shown(own, files, engine, paths)?, described(dumps)])
}

fn shown<'a>(
    own: &str,
    files: impl Iterator<Item = (&'a str, &'a Path)>,
    engine: Engine,
    paths: &EnginePaths,
) -> Result<Statement> {
    let select =
        |(before, path)| Ok(format!("  SELECT {before}, f.* FROM {} f", parquet(path, engine, paths)?));
    let files = files.map(select).collect::<Result<Vec<String>>>()?;
    if files.is_empty() {
        return Err(Error::NotInStatements { what: "a report without any record".to_owned() });
    }
    let micros = match engine {
        Engine::DuckDb => "EPOCH_US",
        Engine::Spark => "UNIX_MICROS",
    };
    let text = format!(
        "-- All records in the files. Times are microseconds since 1970.\n\
         SELECT {own},\n  {COLUMNS},\n  CAST(usage AS DECIMAL(38,2)) AS usage, {micros}(modified) AS modified, {micros}(date) AS date\n\
         FROM (\n{}\n) files",
        united(&files),
    );
    Ok(Statement::new(Kind::View, "shown", text))
}

/// Up to this many queries are put one after the other. Engines nest them, so that a thousand would overflow their stacks: of more,
/// each is a group of such ones.
const UNITED_MAX: usize = 16;

/// The rows of all queries.
fn united(queries: &[String]) -> String {
    if queries.len() <= UNITED_MAX {
        return queries.join("\n  UNION ALL\n");
    }
    let of_group = queries.len().div_ceil(UNITED_MAX).max(UNITED_MAX);
    let groups: Vec<String> =
        queries.chunks(of_group).map(|group| format!("  (\n{}\n  )", united(group))).collect();
    groups.join("\n  UNION ALL\n")
}

/// What is known of dumps besides their records.
fn described(dumps: &[StagedTable]) -> Statement {
    let number = |count: u64| format!("CAST({count} AS BIGINT)");
    let rows = dumps.iter().map(|dump| {
        let StagedTable { label, rank, records, rejected, unreadable, claim, index_time, .. } = dump;
        let time = index_time.map_or("CAST(NULL AS STRING)".to_owned(), |time| {
            literal(&time.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true))
        });
        format!(
            "SELECT {rank} AS dump, {} AS label, {time} AS index_time, {} AS records, {} AS rejected, {} AS unreadable_files, \
             {} AS records_of_server",
            literal(label),
            number(*records),
            number(*rejected),
            number(*unreadable),
            claim.map_or("CAST(NULL AS BIGINT)".to_owned(), number),
        )
    });
    let text =
        format!("-- The dumps. A later one has a greater number.\n{}", united(&rows.collect::<Vec<_>>()));
    Statement::new(Kind::View, "dumps", text)
}

/// Which delivery the names of each month are of.
fn freshness(months: &[MonthFile]) -> Statement {
    let row = |(place, month): (usize, &MonthFile)| {
        format!("SELECT {place} AS place, {} AS delivery", month.delivery)
    };
    let rows: Vec<String> = months.iter().enumerate().map(row).collect();
    let text = format!(
        "-- The delivery that the names of each month are of. A later one has a greater number.\n{}",
        united(&rows)
    );
    Statement::new(Kind::View, "months", text)
}

/// Names of earlier deliveries.
fn named_before(months: &[MonthFile]) -> Statement {
    let rows: Vec<String> = months
        .iter()
        .enumerate()
        .flat_map(|(place, month)| {
            let row = move |(of, delivery): &(u128, usize)| format!("  ({place}, {}, {delivery})", uuid(*of));
            month.named_before.iter().map(row)
        })
        .collect();
    let text = match rows.as_slice() {
        [] => "SELECT 0 AS place, '' AS uuid, 0 AS delivery WHERE 1 = 0".to_owned(),
        rows => format!("SELECT * FROM (VALUES\n{}\n) AS v(place, uuid, delivery)", rows.join(",\n")),
    };
    Statement::new(Kind::View, "named_before", format!("-- Names that an earlier delivery gave.\n{text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_files_are_united_in_groups_that_no_engine_nests_deeply() {
        let queries: Vec<String> = (0..1000).map(|number| format!("  SELECT {number}")).collect();
        let text = united(&queries);
        assert_eq!(text.matches("UNION ALL").count(), 999);
        let mut depth = 0;
        let (mut deepest, mut places) = (0, vec![0]);
        for line in text.lines().map(str::trim) {
            match line {
                "(" => {
                    depth += 1;
                    places.push(0);
                }
                ")" => {
                    depth -= 1;
                    places.pop();
                }
                "UNION ALL" => {
                    *places.last_mut().unwrap() += 1;
                    assert!(*places.last().unwrap() < 17, "{line}");
                }
                _ => deepest = deepest.max(depth),
            }
        }
        assert_eq!((depth, deepest), (0, 2));
        assert_eq!(united(&queries[..2]), "  SELECT 0\n  UNION ALL\n  SELECT 1");
    }
}
