//! `usagebook query`: SQL over dumps and books, exact to the last digit.

use std::path::{Path, PathBuf};

use usagebook::polars::prelude::{col, lit};
use usagebook::write::Format;
use usagebook::{Book, PeriodRange};

use crate::binary::{Outcome, run_with};
use crate::frames::intake;
use crate::to_polars::{LARGE, records};

fn asked(sql: &str, rest: &[&str]) -> Outcome {
    let words = ["query", sql].into_iter().chain(rest.iter().copied());
    run_with(&words.map(str::to_owned).collect::<Vec<_>>(), "")
}

/// Four records of very large usage: a file of them.
fn large() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.ndjson");
    std::fs::write(&path, records(&LARGE)).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}

/// What is written as CSV, without its header, lines between bars.
fn rows(sql: &str) -> String {
    let (_folder, large) = large();
    let outcome = asked(sql, &[&large, "--format", "csv"]);
    assert_eq!(outcome.code, 0, "{sql}\n{}", outcome.stderr);
    outcome.stdout.lines().skip(1).collect::<Vec<_>>().join("|")
}

/// The message of a query that is refused.
fn refused(sql: &str) -> String {
    let (_folder, large) = large();
    let outcome = asked(sql, &[&large]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{sql}\n{}", outcome.stderr);
    let message = outcome.stderr.lines().last().unwrap();
    message.strip_prefix("error: SQL").unwrap_or_else(|| panic!("{sql}: {message}")).to_owned()
}

/// A book of the months of a fixture, and its folder.
fn book() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("book");
    let words = ["add", "--new", "fixtures/real/complete", "--book", path.to_str().unwrap()];
    let outcome = run_with(&words.map(str::to_owned), "");
    assert!(matches!(outcome.code, 0 | 3), "{}", outcome.stderr);
    (folder, path)
}

#[test]
fn usage_of_eighteen_digits_goes_through_sums_and_joins_to_every_format() {
    let (folder, large) = large();
    let sql = "SELECT a.username, sum(a.usage) AS usage FROM usage a JOIN usage b ON a.uuid = b.uuid \
               JOIN parents p ON a.component_usage = p.component_usage GROUP BY a.username ORDER BY a.username";
    for format in Format::ALL {
        let path = folder.path().join(format!("answer.{format}"));
        let path = path.to_str().unwrap();
        let mut rest = vec![large.as_str(), "--format", format.name(), "-o", path];
        if format == Format::Parquet {
            rest.extend(["--parquet-decimal", "38"]);
        }
        let outcome = asked(sql, &rest);
        assert_eq!(outcome.code, 0, "{format}\n{}", outcome.stderr);
        if format == Format::Parquet {
            let usages = usages(Path::new(path));
            let hundredths = LARGE.map(|usage| usage.replace('.', "").parse::<i128>().unwrap());
            assert_eq!(usages, hundredths);
            continue;
        }
        let text = std::fs::read_to_string(path).unwrap().replace(',', "");
        for usage in LARGE {
            assert!(text.contains(usage), "{format} has no {usage}\n{text}");
        }
    }
    assert_eq!(rows("SELECT sum(usage) AS usage FROM usage"), "999999999999999999.99");
}

/// The decimals of a Parquet file's column `usage`.
fn usages(path: &Path) -> Vec<i128> {
    use arrow_array::cast::AsArray as _;
    use arrow_array::types::Decimal128Type;
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    let file = std::fs::File::open(path).unwrap();
    let batches = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
    let values = batches.flat_map(|batch| {
        let batch = batch.unwrap();
        let usage = batch.column_by_name("usage").unwrap();
        usage.as_primitive::<Decimal128Type>().values().to_vec()
    });
    values.collect()
}

#[test]
fn decimals_are_compared_and_combined_exactly() {
    let count = |condition: &str| rows(&format!("SELECT count(*) AS n FROM usage WHERE {condition}"));
    assert_eq!(count("usage = 123456789012345678.91"), "1");
    assert_eq!(count("usage = 123456789012345678.92"), "0");
    assert_eq!(count("usage > 0.009 AND usage < 0.011"), "1");
    assert_eq!(count("usage IN (0.01, 2)"), "1");
    assert_eq!(count("usage NOT IN (0.01, -0.5)"), "3");
    assert_eq!(count("usage BETWEEN 0.01 AND 0.010"), "1");
    assert_eq!(rows("SELECT sum(usage * 60) AS s FROM usage WHERE usage < 1 AND usage > 0"), "0.60");
    assert_eq!(
        rows("SELECT coalesce(usage, 0.0) AS u FROM usage ORDER BY u LIMIT 1"),
        "-123456789012345678.92"
    );
    assert_eq!(
        rows("SELECT max(CASE WHEN usage > 0 THEN usage ELSE 0.5 END) AS u FROM usage"),
        "999999999999999999.99"
    );
    assert_eq!(
        rows(
            "SELECT min(u) AS u FROM (SELECT usage AS u FROM usage UNION ALL SELECT 1.5 AS u FROM usage) t WHERE u > 0.01"
        ),
        "1.50"
    );
    assert_eq!(rows("SELECT sum(usage * 1000000) AS s FROM usage WHERE username = 'user3'"), "10000.00");
    assert_eq!(rows("SELECT nullif(usage, 0.01) AS u FROM usage WHERE username = 'user3'"), "\"\"");
    assert_eq!(
        rows("SELECT usage + 0.001 AS u FROM usage WHERE username = 'user0'"),
        "999999999999999999.991"
    );
    assert_eq!(
        rows("SELECT CAST(usage AS VARCHAR) AS u FROM usage WHERE username = 'user1'"),
        "123456789012345678.91"
    );
}

#[test]
fn what_would_lose_digits_is_refused_at_its_place() {
    for (sql, place) in [
        ("SELECT avg(usage) FROM usage", ", line 1, column 8: an average"),
        ("SELECT median(usage) FROM usage", ", line 1, column 8: an average"),
        ("SELECT stddev(usage) FROM usage", ", line 1, column 8: an average"),
        ("SELECT usage / 3 FROM usage", ", line 1, column 8: a division"),
        ("SELECT period,\n  usage / 2.5 AS half FROM usage", ", line 2, column 3: a division"),
        ("SELECT usage * 1.5 FROM usage", ", line 1, column 8: a decimal can be multiplied"),
        ("SELECT usage * usage FROM usage", ", line 1, column 8: a decimal can be multiplied"),
        ("SELECT usage * 1000000 * 2 FROM usage", ", line 1, column 8: a decimal can be multiplied"),
        ("SELECT round(usage, 1) FROM usage", ", line 1, column 8: ROUND"),
        ("SELECT sqrt(usage) FROM usage", ", line 1, column 8: the result would be a float"),
        ("SELECT CAST(usage AS DOUBLE) FROM usage", ", line 1, column 13: a float"),
        ("SELECT CAST(usage AS BIGINT) FROM usage", ", line 1, column 13: the cast would round"),
        ("SELECT CAST(usage AS DECIMAL(38, 1)) FROM usage", ", line 1, column 13: the cast would round"),
        ("SELECT TRY_CAST(usage AS DECIMAL(10, 2)) FROM usage", ", line 1, column 17: TRY_CAST"),
        ("SELECT CAST(usage AS DECIMAL(38, 9)) FROM usage", ", line 1, column 13: decimals have 3 places"),
        ("SELECT CAST('0.125' AS DECIMAL(38, 2)) AS x FROM usage", ", line 1, column 13: \"0.125\""),
        ("SELECT CAST(backend_id AS DECIMAL(38, 2)) AS x FROM usage", ", line 1, column 13: text"),
        ("SELECT uuid FROM usage WHERE usage = '0.01'", ", line 1, column 30: a decimal would become text"),
        ("SELECT uuid FROM usage WHERE usage > 0.0001", ", line 1, column 38: 0.0001 has more than 3"),
        ("SELECT uuid FROM usage WHERE usage > 1e3", ", line 1, column 38: write 1e3"),
        ("SELECT CAST(1.5 AS INTEGER) AS n FROM usage", ", line 1, column 13: a number is not cast"),
        ("SELECT CAST((1.5) AS DECIMAL(38, 0)) AS n FROM usage", ", line 1, column 14: a number is not cast"),
        (
            "SELECT usage + 1000000000000000000 AS n FROM usage",
            ", line 1, column 16: 1000000000000000000 has",
        ),
        ("SELECT quantile_cont(usage, 0.5) AS n FROM usage", ", line 1, column 8: a quantile"),
        ("SELECT div(usage, 2) AS n FROM usage", ": the cast would round"),
        ("SELECT period FROM usage GROUP BY period HAVING avg(usage) > 1", ", line 1, column 49: an average"),
        ("SELECT count(*) - 5 AS n FROM usage", ", line 1, column 8: a difference of counts"),
    ] {
        let message = refused(sql);
        assert!(message.starts_with(place), "{sql}\n{message}");
    }
}

#[test]
fn an_error_in_sql_names_its_place() {
    for (sql, place) in [
        ("SELECT nonsense FROM usage", ", line 1, column 8: not found: unable to find column \"nonsense\""),
        ("SELECT period FROM nowhere", ", line 1, column 20: relation 'nowhere'"),
        ("SELECT period\nFROM usage\nWHERE", ", line 3, column 6: expected an expression, found the end"),
        ("SELECT period FROM usage WHERE = 1", ", line 1, column 32: expected an expression"),
        ("SELECT * FROM (VALUES (0.5)) v(x)", ": VALUES cannot be asked"),
        ("SELECT frobnicate(period) FROM usage", ", line 1, column 8: unsupported function"),
        ("DROP TABLE usage", ", line 1, column 1: a query only reads"),
        ("SELECT 1; SELECT 2", ": expected one statement"),
        ("SELECT * FROM read_csv('secret.csv')", ", line 1, column 15: 'read_csv'"),
    ] {
        let message = refused(sql);
        assert!(message.starts_with(place), "{sql}\n{message}");
    }
}

#[test]
fn counts_differ_from_each_other_by_whole_numbers_and_days_are_text() {
    assert_eq!(rows("SELECT count(DISTINCT username) AS n FROM usage"), "4");
    assert_eq!(rows("SELECT CAST(count(*) AS BIGINT) - 5 AS n FROM usage"), "-1");
    assert_eq!(
        rows(
            "SELECT count(*) AS n FROM usage t WHERE t.user IS NULL AND billing_period IN (DATE '2026-10-01')"
        ),
        "4"
    );
    assert_eq!(
        rows("SELECT billing_period, modified, user, usage > 0 AS b FROM usage WHERE username = 'user0'"),
        "2026-10-01,2026-10-02T00:00:00Z,,true"
    );
}

#[test]
fn the_table_report_has_the_rows_of_the_monthly_report() {
    let words = ["report", "fixtures/real/complete", "--format", "csv"].map(str::to_owned);
    let report = run_with(&words, "").stdout;
    let asked = asked("SELECT * FROM report", &["fixtures/real/complete", "--format", "csv"]);
    assert_eq!(asked.stdout, report);
}

#[test]
fn a_question_about_one_month_of_a_book_opens_one_month() {
    let (_folder, path) = book();
    let book = Book::open(&path).unwrap();
    let months: Vec<_> = book.months().map(|(month, _)| month).collect();
    assert!(months.len() > 1, "{months:?}");
    let kept = months[0];
    for month in &months[1..] {
        std::fs::remove_file(book.month_file(*month).unwrap().unwrap()).unwrap();
    }
    let place = ["--book", path.to_str().unwrap(), "--format", "csv"];
    let first_day = format!("{kept}-01");
    for (condition, code) in [
        (format!("period = '{kept}'"), 0),
        (format!("period IN ('{kept}', '1999-01') AND usage >= 0"), 0),
        (format!("billing_period = DATE '{first_day}'"), 0),
        (format!("period <= '{kept}'"), 0),
        (format!("period = '{kept}' OR usage > 0"), 1),
        ("true".to_owned(), 1),
    ] {
        let sql = format!("SELECT sum(usage) AS usage FROM usage WHERE {condition}");
        let outcome = asked(&sql, &place);
        assert!(outcome.code == code || code == 0 && outcome.code == 3, "{sql}\n{}", outcome.stderr);
        assert!(!outcome.stderr.contains("Deprecation"), "{sql}\n{}", outcome.stderr);
    }
    let sql = format!(
        "WITH t AS (SELECT period, sum(records) AS n FROM report GROUP BY period) SELECT t.n, p.customer_name \
         FROM t JOIN parents p ON t.period = p.period WHERE t.period = '{kept}' AND p.period = '{kept}'"
    );
    assert!(matches!(asked(&sql, &place).code, 0 | 3), "{sql}");
    let scanned = |frame: usagebook::polars::prelude::LazyFrame| frame.select([col("usage")]).collect();
    let records = scanned(book.scan(None).filter(col("period").eq(lit(kept.to_string())))).unwrap().height();
    assert_eq!(records, scanned(book.scan(Some(PeriodRange::month(kept)))).unwrap().height());
    assert!(records > 0 && scanned(book.scan(None)).is_err());
    assert_eq!(scanned(book.scan(Some(PeriodRange::month(kept))).limit(2)).unwrap().height(), 2);
}

#[test]
fn a_book_and_its_pages_give_one_answer() {
    let (_folder, path) = book();
    let sql = "SELECT period, customer_name, measured_unit, sum(usage) AS usage, count(*) AS records FROM usage \
               GROUP BY ALL ORDER BY ALL";
    let of_book = asked(sql, &["--book", path.to_str().unwrap(), "--format", "csv"]).stdout;
    let of_pages = asked(sql, &["fixtures/real/complete", "--format", "csv"]).stdout;
    assert_eq!(of_book, of_pages);
    let records: u64 =
        of_pages.lines().skip(1).map(|line| line.rsplit(',').next().unwrap().parse::<u64>().unwrap()).sum();
    assert_eq!(records, intake(&["fixtures/real/complete"]).accounting.kept);
}

#[test]
fn the_guide_is_true() {
    crate::readme::check(Path::new("docs/guides/query.md"));
}
