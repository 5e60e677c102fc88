//! The last lines of a month's end, ten at most: what is complete, what needs a decision, what comes next.
//!
//! ```text
//! October 2026 needs 1 decision before it can be closed.
//! Records: 1,513, proved complete; 12 added, 3 changed and 0 gone since the last delivery.
//! Amounts: EUR 29,563.81 and USD 4,759,429.12.
//! Results: outputs/2026-10 has workbook, page, checks, 8 draft bills and postings; nothing changed.
//! Decide: users_exceed_parent (EUR 12.50 at stake): 25 component usages each have …
//! Next: usagebook check --book usage.book --period 2026-10
//! ```

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;
use usagebook::Amount;
use usagebook::config::MonthSettings;
use usagebook::report::{Basis, Status, Unpriced};
use usagebook::text::{counted, grouped, grouped_decimal, shorten, visible};
use usagebook::usecase::{
    Arrival, Decision, DecisionAbout, LeftOut, MonthEnd, MonthResults, NextStep, Outputs,
};

use crate::cli::arguments::MonthArguments;

/// As many decisions as are listed one by one.
const DECISIONS_MAX: usize = 4;

/// As much of a warning as is shown.
const CHARACTERS_MAX: usize = 240;

/// As many changed files as are named.
const FILES_MAX: usize = 3;

/// The lines, with what they are about.
#[derive(Debug, Serialize)]
pub struct Lines {
    period: String,
    /// `complete` or `decision`.
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
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Summary,
    Records,
    Amounts,
    Results,
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
            Self::LeftOut => "Left out: ",
            Self::Decision => "Decide: ",
            Self::Next => "Next: ",
        }
    }
}

impl Line {
    fn new(kind: Kind, text: String) -> Self {
        Self { kind, text, code: None, amounts: BTreeMap::new(), commands: Vec::new() }
    }
}

impl Lines {
    pub fn new(
        end: &MonthEnd,
        arguments: &MonthArguments,
        settings: &MonthSettings,
        has_by_whom: bool,
    ) -> Self {
        let mut lines = vec![Line::new(Kind::Summary, summary(end))];
        lines.extend(records(end));
        if let Some(results) = &end.results {
            lines.extend(amounts(results));
            lines.push(Line::new(Kind::Results, outputs(results, &end.left_out)));
        }
        lines.extend(left_out(&end.left_out));
        lines.extend(decisions(&end.decisions));
        lines.extend(Commands { end, arguments, settings, has_by_whom }.line());
        let status = if end.is_complete() { "complete" } else { "decision" };
        Self { period: end.period.to_string(), status, lines }
    }

    /// One line each. A warning that is longer than a few lines of a terminal is cut; JSON and the checks have all of it.
    pub fn text(&self) -> String {
        let text = |line: &Line| match line.kind {
            Kind::Decision => shorten(&line.text, CHARACTERS_MAX),
            _ => visible(&line.text).into_owned(),
        };
        self.lines.iter().map(|line| format!("{}{}\n", line.kind.label(), text(line))).collect()
    }

    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).expect("lines are text") + "\n"
    }
}

fn summary(end: &MonthEnd) -> String {
    let month = end.period.in_words();
    let state = end.results.as_ref().map(|results| &results.state);
    let version = match state {
        Some(Status::Closed { version, .. }) => Some(*version),
        _ => None,
    };
    let count = end.decisions.len() as u64;
    match (version, count, state) {
        (_, _, None) => format!("{month} is not complete: the book has nothing of it."),
        (Some(version), 0, _) => {
            format!("{month} is closed as version {version}, and nothing changed since.")
        }
        (Some(version), _, _) => {
            format!("{month} is closed as version {version} and needs {}.", counted(count, "decision"))
        }
        (None, 0, _) => format!("{month} is complete and can be closed."),
        (None, _, _) => format!("{month} needs {} before it can be closed.", counted(count, "decision")),
    }
}

fn records(end: &MonthEnd) -> Option<Line> {
    let results = end.results.as_ref()?;
    let arrival = match &end.arrival {
        Arrival::Nothing => "nothing was added".to_owned(),
        Arrival::Known => "nothing new since the last delivery".to_owned(),
        Arrival::New { added, changed, retired } => format!(
            "{} added, {} changed and {} gone with this delivery",
            grouped(*added),
            grouped(*changed),
            grouped(*retired)
        ),
        Arrival::Incomplete { .. } => "the new download was not added".to_owned(),
    };
    let MonthResults { completeness, .. } = results;
    let text = format!("{}, completeness {completeness}; {arrival}.", grouped(results.records));
    Some(Line::new(Kind::Records, text))
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

/// `EUR 1,234.50 and USD 3.00`
fn spelled(amounts: &BTreeMap<String, String>) -> String {
    let one = |(currency, amount): (&String, &String)| format!("{currency} {}", grouped_decimal(amount));
    amounts.iter().map(one).collect::<Vec<_>>().join(" and ")
}

fn outputs(results: &MonthResults, left_out: &[LeftOut]) -> String {
    let Outputs { folder, earlier, .. } = &results.outputs;
    let mut has = vec!["workbook".to_owned(), "page".to_owned(), "checks".to_owned()];
    let has_bills = !left_out.iter().any(|left| matches!(left, LeftOut::Bills(_) | LeftOut::BillsAndJournal));
    has.extend(has_bills.then(|| counted(results.bills as u64, "draft bill")));
    let has_journal =
        !left_out.iter().any(|left| matches!(left, LeftOut::Journal | LeftOut::BillsAndJournal));
    has.extend(has_journal.then(|| "postings".to_owned()));
    let last = has.pop().unwrap_or_default();
    let change = match earlier {
        None => String::new(),
        Some(earlier) if earlier.changed.is_empty() => "; nothing changed since the last run".to_owned(),
        Some(earlier) => {
            // What is in the folder itself before what is in folders of it.
            let mut named: Vec<&str> = earlier.changed.iter().map(String::as_str).collect();
            named.sort_by_key(|path| path.contains('/'));
            named.truncate(FILES_MAX);
            let more = match earlier.changed.len().saturating_sub(FILES_MAX) {
                0 => String::new(),
                more => format!(" and {} more", grouped(more as u64)),
            };
            let verb = if earlier.changed.len() == 1 { "file changed" } else { "files changed" };
            format!(
                "; {} {verb} since the last run: {}{more}",
                grouped(earlier.changed.len() as u64),
                named.join(", ")
            )
        }
    };
    format!("{} has {} and {last}{change}.", folder.display(), has.join(", "))
}

fn left_out(left_out: &[LeftOut]) -> Option<Line> {
    let texts = left_out.iter().map(|left| match left {
        LeftOut::Download => "the download, because [month] names no url and no inputs were given".to_owned(),
        LeftOut::BillsAndJournal => "draft bills and postings, because [month] names no prices".to_owned(),
        LeftOut::Bills(reason) => {
            format!("draft bills, because usage is probably missing: {}", reason.trim_end_matches('.'))
        }
        LeftOut::Journal => "postings, because the configuration has no [journal]".to_owned(),
    });
    let texts: Vec<String> = texts.collect();
    (!texts.is_empty()).then(|| Line::new(Kind::LeftOut, texts.join("; ") + "."))
}

fn decisions(decisions: &[Decision]) -> Vec<Line> {
    let listed = match decisions.len() > DECISIONS_MAX {
        true => DECISIONS_MAX - 1,
        false => decisions.len(),
    };
    let mut lines: Vec<Line> = decisions[..listed].iter().map(decision).collect();
    let rest = &decisions[listed..];
    if !rest.is_empty() {
        let codes: Vec<&str> = rest.iter().filter_map(code).collect();
        let count = counted(rest.len() as u64, "more warning");
        lines.push(Line::new(Kind::Decision, format!("{count}: {}.", codes.join(", "))));
    }
    lines
}

fn code(decision: &Decision) -> Option<&'static str> {
    match decision.about {
        DecisionAbout::Check(code) | DecisionAbout::Result(code) => Some(code.name()),
        DecisionAbout::Download | DecisionAbout::Late => None,
    }
}

fn decision(decision: &Decision) -> Line {
    let amount = |(currency, amount): (&String, &Amount)| (currency.clone(), amount.to_string());
    let amounts: BTreeMap<String, String> = decision.amounts.iter().map(amount).collect();
    let at_least = if decision.is_at_least { "at least " } else { "" };
    let text = decision.text.trim_end_matches('.');
    let (about, at_stake) = match (decision.about, code(decision)) {
        (DecisionAbout::Download, _) => {
            ("the download is not complete and was not added".to_owned(), "at stake")
        }
        (DecisionAbout::Late, _) => {
            ("the month changed after it was closed".to_owned(), "change of the amounts")
        }
        (_, Some(code)) => (code.to_owned(), "at stake"),
        (_, None) => ("warning".to_owned(), "at stake"),
    };
    // What it concerns comes first: the rest may be cut.
    let text = match amounts.is_empty() {
        true => format!("{about}: {text}."),
        false => format!("{about} ({at_least}{} {at_stake}): {text}.", spelled(&amounts)),
    };
    Line { code: code(decision), amounts, ..Line::new(Kind::Decision, text) }
}

/// What can be typed next.
struct Commands<'a> {
    end: &'a MonthEnd,
    arguments: &'a MonthArguments,
    settings: &'a MonthSettings,
    has_by_whom: bool,
}

impl Commands<'_> {
    fn line(&self) -> Option<Line> {
        let period = self.end.period;
        let book = format!("--book {}", quoted(&self.settings.book));
        let check = || format!("usagebook check {book} --period {period}");
        let (text, commands) = match self.end.next {
            NextStep::Nothing => return None,
            NextStep::Again => {
                let again = self.again();
                (format!("{again} goes on with the download"), vec![again])
            }
            NextStep::Decide(Some(code)) => {
                let code = code.name();
                let answer =
                    format!("usagebook acknowledge {period} {code} {book}{} --reason TEXT", self.who());
                let text = format!("{} explains them; correct the data, or answer: {answer}", check());
                (text, vec![check(), answer])
            }
            NextStep::Decide(None) => {
                let again = self.again();
                (format!("correct what the warnings name, then {again}"), vec![again])
            }
            NextStep::Close => {
                let close = format!("usagebook close {period} {book}{}{}", self.money(), self.who());
                (close.clone(), vec![close])
            }
            NextStep::Issue => {
                let to = self.settings.to.join(format!("{period}-bills"));
                let mut issue =
                    format!("usagebook bills {book} --period {period} --issue --to {}", quoted(&to));
                issue.extend(self.arguments.config.iter().map(|path| format!(" --config {}", quoted(path))));
                (issue.clone(), vec![issue])
            }
            NextStep::Restate => {
                let late = format!("usagebook late {book} --amounts");
                let mut restate = format!("usagebook restate {period} {book}{} --note TEXT", self.who());
                restate.extend(self.settings.sign.iter().map(|key| format!(" --sign {}", quoted(key))));
                (
                    format!("{late} shows the changes; {restate} publishes the month again"),
                    vec![late, restate],
                )
            }
        };
        Some(Line { commands, ..Line::new(Kind::Next, text) })
    }

    /// The command that was typed.
    fn again(&self) -> String {
        let mut text = format!("usagebook month {}", self.end.period);
        text.extend(self.arguments.config.iter().map(|path| format!(" --config {}", quoted(path))));
        text
    }

    /// Who does it, and the configuration that says so.
    fn who(&self) -> String {
        let mut text = String::new();
        text.extend(self.arguments.config.iter().map(|path| format!(" --config {}", quoted(path))));
        text.extend((!self.has_by_whom).then_some(" --by-whom NAME"));
        text
    }

    /// What a month is closed with.
    fn money(&self) -> String {
        let MonthSettings { prices, exchange_rates, currency, unpriced, basis, attributes, sign, .. } =
            self.settings;
        let mut text = String::new();
        let mut add = |flag: &str, value: String| text += &format!(" --{flag} {value}");
        prices.iter().for_each(|path| add("prices", quoted(path)));
        currency.iter().for_each(|code| add("currency", code.clone()));
        exchange_rates.iter().for_each(|path| add("exchange-rates", quoted(path)));
        unpriced.iter().for_each(|choice| {
            let word = match choice {
                Unpriced::Zero => "zero",
                Unpriced::Omit => "omit",
            };
            add("unpriced", word.to_owned());
        });
        basis.iter().filter(|_| prices.is_some()).for_each(|basis| {
            let word = match basis {
                Basis::ComponentUsage => "component-usage",
                Basis::Users => "users",
            };
            add("basis", word.to_owned());
        });
        attributes.iter().for_each(|path| add("attributes", quoted(path)));
        sign.iter().for_each(|path| add("sign", quoted(path)));
        text
    }
}

/// A path as a shell takes it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = |character: char| character.is_alphanumeric() || "/._-+=:@%".contains(character);
    match !text.is_empty() && text.chars().all(is_plain) {
        true => text,
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}
