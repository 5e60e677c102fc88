//! A verdict of the checks, for a terminal and as JSON.
//!
//! ```text
//! Check of 2026-08..2026-10 as of 2026-11-23, time zone UTC: 1 warning, 1 note
//!
//! WARNING missing_usage
//! 2 components had usage of a resource in each of the 3 months before …
//!   2026-10  Tartu Ülikool / vm-12 / cores (core*hours): usual usage 120.00 [0a1b2c3d…]
//!   … and 1 more
//!   Meaning: a component that a resource used month after month has no record …
//!   Action: ask the provider …
//!
//! note zero_usage: 48 records have a usage of zero …
//!
//! Looked for and not found: incomplete, missing_page, …
//! Not looked for: users_exceed_parent, … (no component usages are given; name their dump by --parents)
//! ```

use std::io::{self, Write};

use serde::Serialize;

use super::table::TableOptions;
use super::{SCHEMA_VERSION, TOOL, json};
use crate::error::{Error, Result};
use crate::notice::{Code, Example, Notice, Severity};
use crate::report::Accounting;
use crate::text::visible::visible;
use crate::text::{grouped, grouped_decimal};
use crate::verdict::{CheckResult, Verdict};

/// How a verdict can be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum VerdictFormat {
    /// Text for a terminal.
    Table {
        /// How wide it may be, and whether it has colours.
        options: TableOptions,
        /// Whether notes are counted only.
        hides_notes: bool,
    },
    /// One object, with every example that the verdict has.
    Json,
}

/// As many examples as a person reads; JSON has all that the verdict has.
const EXAMPLES_SHOWN_MAX: usize = 5;

/// Draws a verdict.
///
/// # Errors
/// An output that takes no more.
pub fn write_verdict(verdict: &Verdict, format: VerdictFormat, out: &mut dyn Write) -> Result<()> {
    let written = match format {
        VerdictFormat::Table { options, hides_notes } => write_table(verdict, options, hides_notes, out),
        VerdictFormat::Json => write_json(verdict, out),
    };
    written.map_err(|source| Error::Output { source })
}

fn write_table(
    verdict: &Verdict,
    options: TableOptions,
    hides_notes: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let pen = super::table::Pen { has_color: options.has_color };
    pen.line(out, super::table::Style::Bold, &title(verdict))?;
    let (warnings, notes): (Vec<&CheckResult>, Vec<&CheckResult>) =
        verdict.checks.iter().partition(|check| check.notice.severity == Severity::Warning);
    let (open, acknowledged): (Vec<_>, Vec<_>) =
        warnings.into_iter().partition(|check| check.notice.is_open());
    for warning in open {
        writeln!(out)?;
        pen.line(out, super::table::Style::Bold, &format!("WARNING {}", warning.notice.code.name()))?;
        writeln!(out, "{}", visible(&warning.notice.message))?;
        write_examples(&warning.notice, out)?;
        if !warning.notice.acknowledgements.is_empty() {
            writeln!(out, "  {}", visible(&warning.notice.answers()))?;
        }
        writeln!(out, "  Meaning: {}", warning.meaning)?;
        writeln!(out, "  Action: {}", warning.action)?;
    }
    if !acknowledged.is_empty() {
        writeln!(out)?;
    }
    for notice in acknowledged.iter().map(|check| &check.notice) {
        let text = format!("acknowledged {}: {} {}", notice.code.name(), notice.message, notice.answers());
        writeln!(out, "{}", visible(&text))?;
    }
    if !notes.is_empty() && !hides_notes {
        writeln!(out)?;
        for Notice { code, message, .. } in notes.iter().map(|note| &note.notice) {
            writeln!(out, "note {}: {}", code.name(), visible(message))?;
        }
    }
    write_scope(verdict, out)
}

/// What was looked for and not found, and what was not looked for.
fn write_scope(verdict: &Verdict, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out)?;
    if !verdict.passed.is_empty() {
        writeln!(out, "Looked for and not found: {}", names(&verdict.passed))?;
    }
    for not_checked in &verdict.not_checked {
        let looked =
            if verdict.is_partly_checked(not_checked) { "Looked for in part" } else { "Not looked for" };
        writeln!(out, "{looked}: {} ({})", names(&not_checked.codes), visible(&not_checked.reason))?;
    }
    Ok(())
}

fn title(verdict: &Verdict) -> String {
    let period = match (verdict.period, verdict.months.as_slice()) {
        (Some(period), _) => period.to_string(),
        (None, []) => "no month".to_owned(),
        (None, [month]) => month.to_string(),
        (None, [first, .., last]) => format!("{first}..{last}"),
    };
    let counted = |count: usize, noun: &str| match count {
        0 => format!("no {noun}"),
        1 => format!("1 {noun}"),
        count => format!("{count} {noun}s"),
    };
    let count = |kind: fn(&Notice) -> bool| verdict.checks.iter().filter(|check| kind(&check.notice)).count();
    let notes = count(|notice| notice.severity == Severity::Note);
    let open = count(Notice::is_open);
    let acknowledged = match verdict.checks.len() - notes - open {
        0 => String::new(),
        count => format!(", {} acknowledged", counted(count, "warning")),
    };
    format!(
        "Check of {period} as of {}, time zone {}: {}{acknowledged}, {}",
        verdict.as_of,
        verdict.timezone,
        counted(open, "warning"),
        counted(notes, "note"),
    )
}

fn names(codes: &[Code]) -> String {
    codes.iter().map(|code| code.name()).collect::<Vec<_>>().join(", ")
}

/// The examples that nobody answers for, each with its id.
fn write_examples(notice: &Notice, out: &mut dyn Write) -> io::Result<()> {
    let open = notice.open_instances();
    let has_ids = notice.instances().len() == notice.examples.len();
    let is_open = |example: &&Example| !has_ids || open.contains(&example.id(notice.code));
    let shown: Vec<&Example> = notice.examples.iter().filter(is_open).take(EXAMPLES_SHOWN_MAX).collect();
    for example in &shown {
        writeln!(out, "  {}", visible(&example_text(example)))?;
    }
    let answered: usize = notice.acknowledgements.iter().map(|known| known.instances.len()).sum();
    match notice.count.saturating_sub((shown.len() + answered) as u64) {
        more if more > 0 && !shown.is_empty() => writeln!(out, "  … and {} more", grouped(more)),
        _ => Ok(()),
    }
}

/// `2026-10  Tartu Ülikool / vm-12 / cores (core*hours): users 12.00, component usage 10.00 [0a1b…]`
fn example_text(example: &Example) -> String {
    let mut text = String::new();
    if let Some(period) = example.period {
        text += &format!("{period}  ");
    }
    let is_uuid = |name: &str| name.ends_with("uuid") || name.ends_with("uuids") || name == "component_usage";
    let label = |(name, value): &(&str, String)| match (*name, value.is_empty()) {
        (name, empty) if is_uuid(name) || empty || name == "measured_unit" => None,
        _ => Some(value.clone()),
    };
    text += &example.labels.iter().filter_map(label).collect::<Vec<_>>().join(" / ");
    if let Some((_, unit)) =
        example.labels.iter().find(|(name, unit)| *name == "measured_unit" && !unit.is_empty())
    {
        text += &format!(" ({unit})");
    }
    let is_decimal =
        |value: &str| value.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-'));
    let figure = |(name, value): &(&str, String)| match is_decimal(value) {
        true => format!("{name} {}", grouped_decimal(value)),
        false => format!("{name} {value}"),
    };
    let figures = example.figures.iter().map(figure).collect::<Vec<_>>().join(", ");
    if !figures.is_empty() {
        text += &format!(": {figures}");
    }
    for (_, uuid) in example.labels.iter().filter(|(name, _)| is_uuid(name)) {
        text += &format!(" [{uuid}]");
    }
    text
}

/// The verdict as one JSON object.
#[derive(Serialize)]
struct VerdictJson<'a> {
    schema_version: u32,
    tool: &'static str,
    tool_version: &'static str,
    /// `warnings` or `clean`.
    verdict: &'static str,
    period: Option<String>,
    as_of: String,
    timezone: &'a str,
    months: Vec<String>,
    partial_periods: Vec<String>,
    accounting: Accounting,
    checks: Vec<CheckJson<'a>>,
    passed: Vec<&'static str>,
    not_checked: Vec<NotCheckedJson<'a>>,
}

#[derive(Serialize)]
struct CheckJson<'a> {
    #[serde(flatten)]
    notice: &'a Notice,
    meaning: &'a str,
    action: &'a str,
    /// A warning of which nobody answers for every instance.
    is_open: bool,
    examples: Vec<serde_json::Map<String, serde_json::Value>>,
}

impl<'a> CheckJson<'a> {
    fn new(check: &'a CheckResult) -> Self {
        Self {
            notice: &check.notice,
            meaning: check.meaning,
            action: check.action,
            is_open: check.notice.is_open(),
            examples: check
                .notice
                .examples
                .iter()
                .map(|example| example_json(example, check.notice.code))
                .collect(),
        }
    }
}

#[derive(Serialize)]
struct NotCheckedJson<'a> {
    codes: Vec<&'static str>,
    reason: &'a str,
}

fn write_json(verdict: &Verdict, out: &mut dyn Write) -> io::Result<()> {
    let texts = |months: &[crate::period::BillingPeriod]| months.iter().map(ToString::to_string).collect();
    let names = |codes: &[Code]| codes.iter().map(|code| code.name()).collect();
    let not_checked = verdict.not_checked.iter();
    let value = VerdictJson {
        schema_version: SCHEMA_VERSION,
        tool: TOOL,
        tool_version: verdict.tool_version,
        verdict: if verdict.has_warnings() { "warnings" } else { "clean" },
        period: verdict.period.map(|period| period.to_string()),
        as_of: verdict.as_of.to_string(),
        timezone: verdict.timezone.name(),
        months: texts(&verdict.months),
        partial_periods: texts(&verdict.partial_periods),
        accounting: verdict.accounting,
        checks: verdict.checks.iter().map(CheckJson::new).collect(),
        passed: names(&verdict.passed),
        not_checked: not_checked
            .map(|not_checked| NotCheckedJson {
                codes: names(&not_checked.codes),
                reason: &not_checked.reason,
            })
            .collect(),
    };
    json::write_value(out, &value)?;
    out.write_all(b"\n")
}

/// `{"id":"3f2a…","period":"2026-10","resource_name":"vm-12",…,"figures":{"users":"12.00"}}`
fn example_json(example: &Example, code: Code) -> serde_json::Map<String, serde_json::Value> {
    let object = |pairs: &[(&'static str, String)]| -> serde_json::Map<String, serde_json::Value> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone().into())).collect()
    };
    let mut json = serde_json::Map::new();
    json.insert("id".to_owned(), example.id(code).into());
    json.insert("period".to_owned(), example.period.map(|period| period.to_string()).into());
    json.append(&mut object(&example.labels));
    json.append(&mut object(&example.about));
    json.insert("figures".to_owned(), object(&example.figures).into());
    json
}
