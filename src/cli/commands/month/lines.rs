//! The last lines of a month's end, ten at most: what is complete, what needs a decision, what comes next.
//!
//! ```text
//! October 2026 needs 1 decision before it can be closed.
//! Records: 1,513, completeness proved; this delivery added 12, changed 3 and removed 0.
//! Amounts: EUR 29,563.81 and USD 4,759,429.12.
//! Results: outputs/2026-10 has workbook, page, checks, 8 draft bills and postings; nothing changed.
//! Decide: users_exceed_parent (EUR 12.50 at stake): 25 component usages each … Answer: usagebook acknowledge 2026-10 …
//! Next: usagebook check --book usage.book --period 2026-10 explains the warnings; correct the data, or answer for each
//! ```

use std::collections::BTreeMap;

use serde::Serialize;
use usagebook::Amount;
use usagebook::config::MonthSettings;
use usagebook::report::Status;
use usagebook::text::{counted, grouped, grouped_decimal, joined, shorten, visible};
use usagebook::usecase::{
    Arrival, Decision, DecisionAbout, FileChange, LeftOut, Missing, MonthEnd, MonthResults, Moved,
    OtherMonth, Outputs,
};
use usagebook::write::PackFormat;

use super::next::Commands;
use crate::cli::arguments::MonthArguments;

/// As many decisions as are joined one by one.
const DECISIONS_MAX: usize = 4;

/// The same below a line of changed files, so that all lines are ten at most.
const DECISIONS_BELOW_CHANGES_MAX: usize = 3;

/// As much of a warning as is shown.
const CHARACTERS_MAX: usize = 240;

/// As many changed files as are named with the results; files of one name and several endings count as one.
const FILES_MAX: usize = 3;

/// As many as are named in a line of their own.
const FILES_LISTED_MAX: usize = 30;

/// The lines, with what they are about.
#[derive(Debug, Serialize)]
pub struct Lines {
    period: String,
    /// `decision`, `incomplete`, `ready` or `closed`.
    status: &'static str,
    lines: Vec<Line>,
}

#[derive(Debug, Serialize)]
struct Line {
    kind: Kind,
    text: String,
    /// The code of the warning that is to be decided on.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    /// The amounts that the line is about, by currency.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    amounts: BTreeMap<String, String>,
    /// What can be typed next.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    commands: Vec<String>,
    /// The files that differ from those of the last run.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    files: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Summary,
    Records,
    Amounts,
    Results,
    Changed,
    LeftOut,
    Decision,
    Next,
}

impl Kind {
    fn label(self) -> &'static str {
        match self {
            Self::Summary => "",
            Self::Records => "Records: ",
            Self::Amounts => "Amounts: ",
            Self::Results => "Results: ",
            Self::Changed => "Changed: ",
            Self::LeftOut => "Left out: ",
            Self::Decision => "Decide: ",
            Self::Next => "Next: ",
        }
    }
}

impl Line {
    fn new(kind: Kind, text: String) -> Self {
        Self { kind, text, code: None, amounts: BTreeMap::new(), commands: Vec::new(), files: Vec::new() }
    }
}

impl Lines {
    pub fn new(
        end: &MonthEnd,
        arguments: &MonthArguments,
        settings: &MonthSettings,
        has_by_whom: bool,
    ) -> Self {
        let commands = Commands { end, arguments, settings, has_by_whom };
        let mut lines = vec![Line::new(Kind::Summary, summary(end))];
        lines.extend(records(end));
        if let Some(results) = &end.results {
            lines.extend(amounts(results));
            let changes = Changes::new(results);
            lines.push(outputs(results, &end.left_out, &changes));
            lines.extend(changes.line());
        }
        lines.extend(left_out(&end.left_out));
        let has_changes = lines.iter().any(|line| line.kind == Kind::Changed);
        let decisions_max = if has_changes { DECISIONS_BELOW_CHANGES_MAX } else { DECISIONS_MAX };
        lines.extend(decisions(&end.decisions, decisions_max, &commands));
        let next = commands.next();
        lines.extend(next.map(|(text, commands)| Line { commands, ..Line::new(Kind::Next, text) }));
        Self { period: end.period.to_string(), status: status(end), lines }
    }

    /// One line each. A warning that is longer than a few lines of a terminal is cut; JSON and the checks have all of it.
    pub fn text(&self) -> String {
        let text = |line: &Line| match line.kind {
            Kind::Decision => {
                let answers = line.commands.iter().map(|command| format!(" Answer: {command}"));
                shorten(&line.text, CHARACTERS_MAX) + &answers.collect::<String>()
            }
            _ => visible(&line.text).into_owned(),
        };
        self.lines.iter().map(|line| format!("{}{}\n", line.kind.label(), text(line))).collect()
    }

    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).expect("lines are text") + "\n"
    }
}

/// For programs: what is to be decided, else how far the month is.
fn status(end: &MonthEnd) -> &'static str {
    let results = end.results.as_ref();
    let is_open = results.is_some_and(|results| results.state == Status::Open);
    match results {
        _ if !end.is_decided() => "decision",
        None => "incomplete",
        Some(results) if results.missing.is_some() => "incomplete",
        Some(_) if is_open => "ready",
        Some(_) => "closed",
    }
}

fn summary(end: &MonthEnd) -> String {
    let month = end.period.in_words();
    let Some(results) = &end.results else {
        return format!("{month} is not complete: the book has nothing of it.");
    };
    let incomplete = results.missing.as_ref().map(incomplete);
    let count = counted(end.decisions.len() as u64, "decision");
    let (version, is_decided) = match results.state {
        Status::Closed { version, .. } => (Some(version), end.is_decided()),
        _ => (None, end.is_decided()),
    };
    match (version, is_decided, incomplete) {
        (Some(version), true, incomplete) => {
            let closed = format!("{month} is closed as version {version}");
            let rest = match (results.can_issue, results.issued) {
                (true, None) => ", and its bills are not issued yet",
                (true, Some(_)) => ", and the notes that correct its bills are not issued yet",
                (false, _) => ", and nothing changed since",
            };
            let incomplete = incomplete.map(|text| format!(". It {text}")).unwrap_or_default();
            format!("{closed}{rest}{incomplete}.")
        }
        (Some(version), false, _) => format!("{month} is closed as version {version} and needs {count}."),
        (None, true, Some(incomplete)) => {
            format!("{month} {incomplete}. It can be closed nevertheless.")
        }
        (None, true, None) => format!("{month} is ready to be closed."),
        (None, false, _) => format!("{month} needs {count} before it can be closed."),
    }
}

/// `is incomplete, acknowledged by Mari Maasikas`
fn incomplete(missing: &Missing) -> String {
    match missing.by_whom.is_empty() {
        true => "is incomplete, and was added as complete nevertheless".to_owned(),
        false => format!("is incomplete, acknowledged by {}", joined(&missing.by_whom)),
    }
}

fn records(end: &MonthEnd) -> Option<Line> {
    let results = end.results.as_ref()?;
    let arrival = match &end.arrival {
        Arrival::Nothing => "nothing was added".to_owned(),
        Arrival::Known => "nothing new since the last delivery".to_owned(),
        Arrival::New { added, changed, retired, others } => format!(
            "this delivery added {}, changed {} and removed {}{}",
            grouped(*added),
            grouped(*changed),
            grouped(*retired),
            of_other_months(others)
        ),
        Arrival::Incomplete { .. } => "the new download was not added".to_owned(),
    };
    let completeness = match &results.missing {
        Some(missing) => format!("and others are missing: {}", missing.reason.trim_end_matches('.')),
        None => format!("completeness {}", results.completeness),
    };
    let text = match results.missing {
        Some(_) => format!("{} {completeness}; {arrival}.", grouped(results.records)),
        None => format!("{}, {completeness}; {arrival}.", grouped(results.records)),
    };
    Some(Line::new(Kind::Records, text))
}

/// `; of April 2026, which is closed, it changed 101 records`
fn of_other_months(others: &[OtherMonth]) -> String {
    let other = |other: &OtherMonth| {
        let closed = if other.is_closed { ", which is closed," } else { "" };
        format!("; of {}{closed} it changed {}", other.period.in_words(), counted(other.records, "record"))
    };
    others.iter().map(other).collect()
}

fn amounts(results: &MonthResults) -> Option<Line> {
    if results.totals.is_empty() {
        return None;
    }
    let now: BTreeMap<String, String> =
        results.totals.iter().map(|(currency, amount)| (currency.clone(), amount.to_string())).collect();
    let earlier = results.outputs.earlier.as_ref();
    let before: Option<BTreeMap<String, String>> =
        earlier.map(|earlier| earlier.totals.iter().cloned().collect());
    let spelled = spelled(&now);
    let text = match before.filter(|before| *before != now) {
        Some(before) if before.is_empty() => format!("{spelled}; there were none before."),
        Some(before) => format!("{spelled}; before it was {}.", self::spelled(&before)),
        None => format!("{spelled}."),
    };
    Some(Line { amounts: now, ..Line::new(Kind::Amounts, text) })
}

/// `EUR 1,234.50, KWD 2.000 and USD 3.00`
fn spelled(amounts: &BTreeMap<String, String>) -> String {
    let one = |(currency, amount): (&String, &String)| format!("{currency} {}", grouped_decimal(amount));
    joined(&amounts.iter().map(one).collect::<Vec<_>>())
}

fn outputs(results: &MonthResults, left_out: &[LeftOut], changes: &Changes) -> Line {
    let Outputs { folder, rejected, .. } = &results.outputs;
    let formats = PackFormat::available().map(|format| match format {
        PackFormat::Xlsx => "workbook",
        PackFormat::Html => "page",
        PackFormat::Pdf => "PDF",
        other => other.name(),
    });
    let mut has: Vec<String> = formats.chain(["checks"]).map(str::to_owned).collect();
    has.extend((*rejected > 0).then(|| counted(*rejected, "rejected record or file")));
    let has_no_bills =
        |left: &LeftOut| matches!(left, LeftOut::Bills(_) | LeftOut::Issued(_) | LeftOut::BillsAndJournal);
    let has_bills = !left_out.iter().any(has_no_bills);
    has.extend(has_bills.then(|| {
        counted(results.bills as u64, if results.issued.is_some() { "draft note" } else { "draft bill" })
    }));
    let has_journal =
        !left_out.iter().any(|left| matches!(left, LeftOut::Journal | LeftOut::BillsAndJournal));
    has.extend(has_journal.then(|| "postings".to_owned()));
    let last = has.pop().unwrap_or_default();
    let text = format!("{} has {} and {last}{}.", folder.display(), has.join(", "), changes.text());
    Line { files: changes.files.clone(), ..Line::new(Kind::Results, text) }
}

/// How the results differ from those of the last run.
struct Changes {
    has_earlier: bool,
    /// All files that differ.
    files: Vec<String>,
    /// The same in words, those of one name and several endings as one, with how many files they are.
    groups: Vec<(String, usize)>,
}

impl Changes {
    fn new(results: &MonthResults) -> Self {
        let Some(earlier) = &results.outputs.earlier else {
            return Self { has_earlier: false, files: Vec::new(), groups: Vec::new() };
        };
        // What is in the folder itself before what is in folders of it.
        let mut by_name: BTreeMap<(bool, &str, FileChange), Vec<&str>> = BTreeMap::new();
        for (path, change) in &earlier.changed {
            let (name, ending) = path.rsplit_once('.').unwrap_or((path, ""));
            by_name.entry((path.contains('/'), name, *change)).or_default().push(ending);
        }
        let group = |((_, name, change), endings): (&(bool, &str, FileChange), &Vec<&str>)| {
            let word = match change {
                FileChange::Changed => "",
                FileChange::New => " (new)",
                FileChange::Gone => " (gone)",
            };
            let endings_text = match endings.as_slice() {
                [one] => (*one).to_owned(),
                several => format!("{{{}}}", several.join(",")),
            };
            (format!("{name}.{endings_text}{word}"), endings.len())
        };
        let files = earlier.changed.iter().map(|(path, _)| path.clone()).collect();
        Self { has_earlier: true, files, groups: by_name.iter().map(group).collect() }
    }

    /// What is said with the results: few changes by their names.
    fn text(&self) -> String {
        let count = counted(self.files.len() as u64, "file");
        match (self.has_earlier, self.groups.len()) {
            (false, _) => String::new(),
            (true, 0) => "; nothing changed since the last run".to_owned(),
            (true, names) if names <= FILES_MAX => {
                format!("; {count} changed since the last run: {}", self.named(FILES_MAX))
            }
            (true, _) => format!("; {count} changed since the last run"),
        }
    }

    /// A line of their own for more than few.
    fn line(&self) -> Option<Line> {
        (self.groups.len() > FILES_MAX).then(|| Line::new(Kind::Changed, self.named(FILES_LISTED_MAX) + "."))
    }

    fn named(&self, max: usize) -> String {
        let (shown, others) = self.groups.split_at(self.groups.len().min(max));
        let names: Vec<&str> = shown.iter().map(|(name, _)| name.as_str()).collect();
        let more = match others.iter().map(|(_, files)| files).sum::<usize>() {
            0 => String::new(),
            more => format!(" and {}", counted(more as u64, "more file")),
        };
        names.join(", ") + &more
    }
}

fn left_out(left_out: &[LeftOut]) -> Option<Line> {
    let texts = left_out.iter().map(|left| match left {
        LeftOut::Download => "the download, because [month] names no url and no inputs were given".to_owned(),
        LeftOut::BillsAndJournal => "draft bills and postings, because [month] names no prices".to_owned(),
        LeftOut::Bills(reason) => {
            format!("draft bills, because usage is probably missing: {}", reason.trim_end_matches('.'))
        }
        LeftOut::Issued(version) => {
            format!("draft bills, because the bills of version {version} are issued")
        }
        LeftOut::Journal => "postings, because the configuration has no [journal]".to_owned(),
    });
    let texts: Vec<String> = texts.collect();
    (!texts.is_empty()).then(|| Line::new(Kind::LeftOut, texts.join("; ") + "."))
}

fn decisions(decisions: &[Decision], max: usize, commands: &Commands<'_>) -> Vec<Line> {
    let shown = match decisions.len() > max {
        true => max - 1,
        false => decisions.len(),
    };
    let mut lines: Vec<Line> = decisions[..shown].iter().map(|one| decision(one, commands)).collect();
    let rest = &decisions[shown..];
    if !rest.is_empty() {
        let named = |decision: &Decision| {
            let count = if decision.count > 1 { format!(" ({})", decision.count) } else { String::new() };
            code(decision).map(|code| format!("{code}{count}"))
        };
        let codes: Vec<String> = rest.iter().filter_map(named).collect();
        let count = counted(rest.len() as u64, "more warning");
        let answers = rest.iter().filter_map(|decision| commands.answer(decision.about)).collect();
        let line = Line::new(Kind::Decision, format!("{count}: {}.", codes.join(", ")));
        lines.push(Line { commands: answers, ..line });
    }
    lines
}

fn code(decision: &Decision) -> Option<&'static str> {
    match decision.about {
        DecisionAbout::Check(code) | DecisionAbout::Result(code) => Some(code.name()),
        DecisionAbout::Download | DecisionAbout::Late | DecisionAbout::Attributes | DecisionAbout::Bills => {
            None
        }
    }
}

fn decision(decision: &Decision, commands: &Commands<'_>) -> Line {
    let amount = |(currency, amount): (&String, &Amount)| (currency.clone(), amount.to_string());
    let amounts: BTreeMap<String, String> = decision.amounts.iter().map(amount).collect();
    let text = decision.text.trim_end_matches('.');
    let about = match (decision.about, code(decision)) {
        (DecisionAbout::Download, _) => "the download is not complete and was not added",
        (DecisionAbout::Late, _) => "the month changed after it was closed",
        (DecisionAbout::Attributes, _) => "attributes changed after the month was closed",
        (DecisionAbout::Bills, _) => "bills lack something",
        (_, code) => code.unwrap_or("warning"),
    };
    let more = match decision.count {
        1 => String::new(),
        count => format!("; and {} of this kind", counted(count as u64 - 1, "more warning")),
    };
    // What it concerns comes first: the rest may be cut.
    let at_stake = at_stake(decision, &amounts);
    let keeps = match decision.about {
        DecisionAbout::Attributes => {
            "; restate keeps those of the closing, and with --attributes takes all that the files say now"
        }
        _ => "",
    };
    let line = Line::new(Kind::Decision, format!("{about}{at_stake}: {text}{more}{keeps}."));
    Line {
        code: code(decision),
        amounts,
        commands: commands.answer(decision.about).into_iter().collect(),
        ..line
    }
}

/// ` (EUR 12.50 at stake)`, ` (EUR 88.87 more and EUR 88.87 less)`; empty if no amount is known.
fn at_stake(decision: &Decision, amounts: &BTreeMap<String, String>) -> String {
    if decision.about != DecisionAbout::Late {
        let at_least = if decision.is_at_least { "at least " } else { "" };
        return match amounts.is_empty() {
            true => String::new(),
            false => format!(" ({at_least}{} at stake)", spelled(amounts)),
        };
    }
    let sides = decision.moved.iter().flat_map(|(currency, Moved { more, less })| {
        let side = |amount: &Amount, word| {
            let text = format!("{currency} {} {word}", grouped_decimal(&amount.to_string()));
            (*amount != Amount::ZERO).then_some(text)
        };
        [side(more, "more"), side(less, "less")].into_iter().flatten()
    });
    let sides: Vec<String> = sides.collect();
    match sides.is_empty() {
        true => String::new(),
        false => format!(" ({})", joined(&sides)),
    }
}
