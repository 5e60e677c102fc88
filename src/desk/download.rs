//! Files that keep what a page shows, byte for byte as a command writes them.

use super::asked::{FiguresAsked, month_of};
use super::behind;
use super::changes;
use super::narrowed::Narrowed;
use super::parameters::Known;
use super::reply::{Problem, Reply};
use super::site::{Outcome, Visit};
use super::warnings;
use crate::error::{Error, Result};
use crate::statement::Statement;
use crate::usecase::{CheckQuestion, PackParts, check, diff, pack, report};
use crate::worklist::Worklist;
use crate::write::verdict::{VerdictFormat, write_verdict};
use crate::write::{
    Format, PackFormat, check_statement_format, write, write_pack, write_statement, write_statement_pack,
};

/// How a file is written.
#[derive(Clone, Copy, Debug)]
enum As {
    Rows(Format),
    Pack(PackFormat),
}

/// What the address of a file can say.
pub(crate) fn known(name: &str) -> &'static Known {
    const FIGURES: Known =
        Known { once: &["period", "version", "compare", "top"], often: &["by"], has_filters: true };
    const ROWS: Known = Known {
        once: &["period", "version", "unit", "currency", "component", "user"],
        often: &[],
        has_filters: true,
    };
    const CHANGES: Known = Known::once(&["period", "from", "to"]);
    const WARNINGS: Known = Known::once(&["period", "version"]);
    match name.split_once('.').map_or(name, |(what, _)| what) {
        "figures" => &FIGURES,
        "records" | "arithmetic" => &ROWS,
        "changes" | "amounts" => &CHANGES,
        "warnings" => &WARNINGS,
        _ => &Known::NOTHING,
    }
}

/// A file whose name says what it shows and how: `figures.xlsx`, `records.csv`.
pub(crate) fn file(visit: &Visit, name: &str) -> Outcome {
    let (what, ending) = name.split_once('.').ok_or(Problem::Nowhere)?;
    let format =
        [Format::Csv, Format::Json, Format::Parquet].into_iter().find(|format| format.name() == ending);
    let format = format.map(As::Rows);
    let format = format
        .or_else(|| PackFormat::ALWAYS.into_iter().find(|format| format.name() == ending).map(As::Pack));
    let format = format.ok_or(Problem::Nowhere)?;
    let (about, bytes) = match what {
        "figures" => figures(visit, format)?,
        "records" => records(visit, format)?,
        "arithmetic" => arithmetic(visit, format)?,
        "changes" => changed(visit, format)?,
        "amounts" => amounts(visit, format)?,
        "warnings" => checks(visit, format)?,
        _ => return Err(Problem::Nowhere),
    };
    let name = format!("{what}-{}.{ending}", about.replace("..", "-to-"));
    Ok(Reply::File { name, media_type: format.media_type(), bytes })
}

impl As {
    fn media_type(self) -> &'static str {
        match self {
            Self::Rows(Format::Csv) => "text/csv; charset=utf-8",
            Self::Rows(Format::Json) => "application/json",
            Self::Pack(PackFormat::Xlsx) => {
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
            }
            Self::Pack(PackFormat::Html) => "text/html; charset=utf-8",
            _ => "application/octet-stream",
        }
    }
}

/// What a file is of, and what it holds.
type Drawn = (String, Vec<u8>);

fn figures(visit: &Visit, format: As) -> Result<Drawn> {
    let opened = visit.open()?;
    let asked = FiguresAsked::read(&visit.parameters, &opened)?;
    let question = asked.question(&opened)?;
    let mut bytes = Vec::new();
    match format {
        As::Rows(format) => {
            let answer = report(&question, visit.watch())?;
            write(&answer.result, &format.with_defaults(), &mut bytes)?;
        }
        As::Pack(format) => {
            question.layout.check_pack(question.records.period)?;
            let letterhead = opened.configuration.letterhead.clone();
            let answer = pack(&question, &PackParts { has_users: false, letterhead }, visit.watch())?;
            write_pack(&answer.result, format, &mut bytes)?;
        }
    }
    Ok((asked.period.unwrap_or_else(|| "all".to_owned()), bytes))
}

fn records(visit: &Visit, format: As) -> Result<Drawn> {
    let opened = visit.open()?;
    let asked = FiguresAsked::read(&visit.parameters, &opened)?;
    let narrowed = Narrowed::read(&visit.parameters);
    let question = asked.question(&opened)?;
    let prices = narrowed.needs_prices().then(|| behind::prices(visit, &question)).transpose()?;
    let explained = behind::records(visit, &opened, &asked, (narrowed, prices.as_ref()))?;
    let bytes = rows(&explained.statement()?, format, &opened.configuration.letterhead)?;
    Ok((asked.period.unwrap_or_else(|| "all".to_owned()), bytes))
}

fn arithmetic(visit: &Visit, format: As) -> Result<Drawn> {
    let opened = visit.open()?;
    let asked = FiguresAsked::read(&visit.parameters, &opened)?;
    let question = asked.question(&opened)?;
    let explained = behind::prices(visit, &question)?;
    let lines = Narrowed::read(&visit.parameters).lines(&explained)?;
    let bytes = rows(&lines, format, &opened.configuration.letterhead)?;
    Ok((asked.period.unwrap_or_else(|| "all".to_owned()), bytes))
}

fn changed(visit: &Visit, format: As) -> Result<Drawn> {
    let opened = visit.open()?;
    let period = month_of(&visit.parameters, &opened)?.ok_or_else(no_month)?;
    let changes = diff(&opened.book, &changes::question(visit, period)?, visit.watch())?;
    Ok((period.to_string(), rows(&changes.statement(), format, &opened.configuration.letterhead)?))
}

fn amounts(visit: &Visit, format: As) -> Result<Drawn> {
    let opened = visit.open()?;
    let period = month_of(&visit.parameters, &opened)?.ok_or_else(no_month)?;
    let changes = changes::money(visit, &opened, &changes::question(visit, period)?)?;
    Ok((period.to_string(), rows(&changes.statement, format, &opened.configuration.letterhead)?))
}

fn checks(visit: &Visit, format: As) -> Result<Drawn> {
    let opened = visit.open()?;
    let period = month_of(&visit.parameters, &opened)?.ok_or_else(no_month)?;
    let version = warnings::version(&visit.parameters)?;
    let records = opened.question(Some(super::opened::month(period)), version)?;
    let verdict = check(&CheckQuestion::new(records), visit.watch())?.verdict;
    let bytes = match format {
        As::Rows(Format::Json) => {
            let mut bytes = Vec::new();
            write_verdict(&verdict, VerdictFormat::Json, &mut bytes)?;
            bytes
        }
        format => rows(&Worklist::new(&verdict), format, &opened.configuration.letterhead)?,
    };
    Ok((period.to_string(), bytes))
}

fn rows(
    statement: &dyn Statement,
    format: As,
    letterhead: &crate::letterhead::Letterhead,
) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    match format {
        As::Rows(format) => {
            check_statement_format(format)?;
            write_statement(statement, &format.with_defaults(), &mut bytes)?;
        }
        As::Pack(format) => write_statement_pack(statement, format, letterhead, &mut bytes)?,
    }
    Ok(bytes)
}

fn no_month() -> Error {
    Error::BadParameter {
        parameter: "period",
        value: String::new(),
        expected: "a month; the book has none yet".to_owned(),
    }
}
