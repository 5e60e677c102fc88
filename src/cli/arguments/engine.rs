//! What can be typed to have an engine do the work.

use clap::{Args, ValueEnum};

/// Statements for an engine.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "An engine of your own")]
pub struct EngineArguments {
    /// Write the SQL that computes this report from staged dumps or a book, instead of the report
    ///
    /// The text is for one engine: duckdb, or spark (Spark 4 and Sail) as --print-sql=spark. No record is read.
    #[arg(long, value_name = "ENGINE", num_args = 0..=1, require_equals = true, default_missing_value = "duckdb",
        conflicts_with_all = ["attributes", "budget", "journal", "compare", "pivot", "top", "totals", "prices", "explain_price",
            "reprice", "basis", "parents", "format", "partition_by", "manifest", "users", "pseudonyms", "csv_profile",
            "csv_separator", "csv_decimal", "parquet_decimal", "focus_version", "focus_billing_periods",
            "focus_invoice_details", "rejects",
            "accept_incomplete"])]
    pub print_sql: Option<EngineChoice>,

    /// Let an engine read and add up the records of staged dumps or of a book: Spark 4 or Sail, at sc://HOST:PORT
    ///
    /// The report is the same, byte for byte. What needs single users, such as --top, --prices, --by user or a workbook,
    /// fetches one row for each user of a component usage. Needs a build with the feature `cluster`.
    #[arg(long, value_name = "ADDRESS", conflicts_with_all = ["print_sql", "rejects", "journal", "explain_price", "reprice", "focus_version", "focus_billing_periods",
        "focus_invoice_details"])]
    pub engine: Option<String>,

    /// What paths begin with here, and where the engine sees the same files; can be given several times
    ///
    /// As /data/staged=s3://bucket/staged. The longest beginning counts.
    #[arg(long, value_name = "HERE=THERE", value_parser = parse_engine_path)]
    pub engine_path: Vec<(String, String)>,
}

/// An engine that reads the records, each user of a component usage apart.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "An engine of your own")]
pub struct ReadingEngineArguments {
    /// Let an engine read and settle the records of staged dumps or of a book: Spark 4 or Sail, at sc://HOST:PORT
    ///
    /// The result is the same. One row for each user of a component usage is fetched. Needs a build with the feature `cluster`.
    #[arg(long, value_name = "ADDRESS", conflicts_with = "rejects")]
    pub engine: Option<String>,

    /// What paths begin with here, and where the engine sees the same files; can be given several times
    #[arg(long, value_name = "HERE=THERE", value_parser = parse_engine_path, requires = "engine")]
    pub engine_path: Vec<(String, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum EngineChoice {
    /// DuckDB
    Duckdb,
    /// Spark 4, and Sail
    Spark,
}

fn parse_engine_path(text: &str) -> Result<(String, String), &'static str> {
    let pair = text.split_once('=').filter(|(here, there)| !here.is_empty() && !there.is_empty());
    let (here, there) = pair.ok_or("expected HERE=THERE, as /data/staged=s3://bucket/staged")?;
    Ok((here.to_owned(), there.to_owned()))
}
