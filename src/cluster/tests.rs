use chrono::{DateTime, NaiveDate};
use proptest::prelude::*;

use super::quote::{literal, parquet};
use super::text::{Kind, Statement, drawn, parse};
use super::*;
use crate::dimension::Dimension;
use crate::filter::Filter;
use crate::period::{Calendar, PeriodRange};

/// What a literal means: `('it' || CHR(39) || 's')`.
fn meaning(expression: &str) -> String {
    let inner = expression.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')).unwrap_or(expression);
    let part = |part: &str| match part.strip_prefix("CHR(") {
        Some(number) => {
            char::from(number.trim_end_matches(')').parse::<u8>().expect("a number of ASCII")).to_string()
        }
        None => part.strip_prefix('\'').and_then(|part| part.strip_suffix('\'')).expect("quotes").to_owned(),
    };
    inner.split(" || ").map(part).collect()
}

/// What every engine reads in one way.
fn is_harmless(expression: &str) -> bool {
    let quoted: String = expression.split('\'').skip(1).step_by(2).collect();
    !quoted.chars().any(|character| character.is_ascii_control() || "\"\\;$`{}".contains(character))
        && !["--", "/*", "*/"].iter().any(|comment| expression.contains(comment))
}

proptest! {
    #[test]
    fn a_literal_means_its_text_and_has_nothing_in_it_that_engines_read_in_their_own_way(
        text in "[ab'\"\\\\`;$?{}\\-/*\n\r\t\u{0}| é😀]{0,12}",
    ) {
        let expression = literal(&text);
        prop_assert!(is_harmless(&expression), "{expression}");
        // Where " || " is a part of the text, its parts cannot be told from those of the expression by a split.
        if !text.contains(" || ") {
            prop_assert_eq!(meaning(&expression), text);
        }
    }
}

#[test]
fn paths_become_those_of_the_engine_and_patterns_are_refused() {
    let pairs =
        [("/data", "s3://bucket/"), ("/data/staged/", "/mnt")].map(|(a, b)| (a.to_owned(), b.to_owned()));
    let paths = EnginePaths::new(&pairs).unwrap();
    let quoted = |path: &str, engine| parquet(path.as_ref(), engine, &paths);
    assert_eq!(quoted("/data/x.parquet", Engine::Spark).unwrap(), "parquet.`s3://bucket/x.parquet`");
    assert_eq!(
        quoted("/data/staged/a b.parquet", Engine::DuckDb).unwrap(),
        "read_parquet('/mnt/a b.parquet')"
    );
    assert_eq!(quoted("/database/x", Engine::DuckDb).unwrap(), "read_parquet('/database/x')");
    assert_eq!(quoted("/o'brien", Engine::DuckDb).unwrap(), "read_parquet(('/o' || CHR(39) || 'brien'))");
    for path in ["/a*b", "/a?b", "/a[b", "/a`b", "/a\\b", "/a;b", "/a\nb", "/${a}"] {
        for engine in [Engine::DuckDb, Engine::Spark] {
            assert!(quoted(path, engine).unwrap_err().is_usage(), "{path}");
        }
    }
}

#[test]
fn a_day_of_a_zone_is_an_interval_of_utc_even_if_clocks_go_back_over_midnight() {
    let holds = |condition: &str, micros: i64| {
        let bound =
            |text: &str| text.trim_matches(|c: char| !c.is_ascii_digit() && c != '-').parse::<i64>().unwrap();
        condition.trim_matches(['(', ')']).split(" OR ").any(|interval| {
            interval.split(" AND ").all(|one| match one.split_once(">=") {
                Some((_, start)) => micros >= bound(start),
                None => micros < bound(one.split_once('<').unwrap().1),
            })
        })
    };
    let days = [
        ("Europe/Tallinn", "2026-10-25"),
        ("America/St_Johns", "2009-11-01"),
        ("Pacific/Apia", "2011-12-30"),
        ("Asia/Kathmandu", "2026-01-01"),
        ("UTC", "2026-10-01"),
    ];
    for (zone, day) in days {
        let (timezone, day): (Tz, NaiveDate) = (zone.parse().unwrap(), day.parse().unwrap());
        let condition = instants::from_day_on(day, timezone);
        let noon = day.and_hms_opt(12, 0, 0).unwrap().and_utc().timestamp();
        for second in (noon - 200_000..noon + 200_000).step_by(30) {
            let local = DateTime::from_timestamp(second, 0).unwrap().with_timezone(&timezone).date_naive();
            assert_eq!(
                holds(&condition, second * 1_000_000),
                local >= day,
                "{zone} {day} {second} {condition}"
            );
        }
    }
}

#[test]
fn no_comment_has_a_character_that_a_simple_tool_stumbles_over() {
    for file in [SETTLE, SETTLED_RESULTS, BOOK, BOOK_RESULTS] {
        assert!(
            file.lines().filter(|line| line.starts_with("--")).all(|line| !line.contains([';', '\'', '"']))
        );
        assert!(!file.contains(';'));
        assert!(!parse(file).is_empty());
    }
    for engine in [Engine::DuckDb, Engine::Spark] {
        let text = drawn(&[Statement::new(Kind::Table, "one", "-- A comment.\nSELECT 1".to_owned())], engine);
        assert_eq!(text.matches(';').count(), 1, "{text}");
        assert!(!text.contains(['\'', '"']));
    }
    let text = drawn(&parse("--# table one\n-- A comment.\nSELECT 1\n"), Engine::DuckDb);
    assert!(
        text.ends_with("\n-- A comment.\nCREATE OR REPLACE TEMPORARY TABLE one AS\nSELECT 1;\n"),
        "{text}"
    );
}

#[test]
fn filters_are_conditions_on_what_counts() {
    let mut filters = Filters::default();
    for (filter, value) in [
        (Filter::Customer, "O'Brien"),
        (Filter::Customer, "Acme"),
        (Filter::Username, "Ann"),
        (Filter::BillingPeriodYear, "2026"),
        (Filter::DateBefore, "2026-10-01"),
    ] {
        filters.add(filter, value).unwrap();
    }
    let calendar = Calendar { as_of: NaiveDate::default(), fiscal_year_start: 4 };
    let period = Some(PeriodRange::new("2026-09".parse().unwrap(), "2026-10".parse().unwrap()).unwrap());
    let spec = ReportSpec {
        by: vec![Dimension::FiscalYear],
        period,
        calendar,
        comparison: None,
        is_pivoted: false,
        top: None,
    };
    let asked = Asked { spec: &spec, filters: &filters, timezone: Tz::UTC };
    let text = conditions::asked(&asked).unwrap().text;
    let (_, conditions) = text.split_once("WHERE ").unwrap();
    insta::assert_snapshot!(conditions, @r"
    billing_period BETWEEN DATE '2026-09-01' AND DATE '2026-10-01'
      AND POSITION('ann' IN LOWER(username)) > 0
      AND NOT (date >= 1790899200000000)
      AND YEAR(billing_period) = 2026
      AND (customer_uuid = (SELECT uuid FROM names WHERE kind = 'customer' AND name = ('O' || CHR(39) || 'Brien'))
        OR customer_uuid = (SELECT uuid FROM names WHERE kind = 'customer' AND name = 'Acme'))
    ");
    filters.add(Filter::Username, "Åsa").unwrap();
    let asked = Asked { spec: &spec, filters: &filters, timezone: Tz::UTC };
    let error = conditions::asked(&asked).unwrap_err();
    assert!(error.is_usage() && error.to_string().contains("usernames"), "{error}");
}
