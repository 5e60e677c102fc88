//! What can be typed next: the commands that follow from how far a month is.

use std::path::{Path, PathBuf};

use usagebook::book::Evidence;
use usagebook::config::MonthSettings;
use usagebook::notice::Code;
use usagebook::report::{Basis, Status, Unpriced};
use usagebook::usecase::{DecisionAbout, MonthEnd, NextStep};

use crate::cli::arguments::MonthArguments;

/// What can be typed next.
pub struct Commands<'a> {
    pub end: &'a MonthEnd,
    pub arguments: &'a MonthArguments,
    pub settings: &'a MonthSettings,
    pub has_by_whom: bool,
}

impl Commands<'_> {
    /// What comes next, in a line, and its commands; `None` if nothing is left to do.
    pub fn next(&self) -> Option<(String, Vec<String>)> {
        let period = self.end.period;
        let book = self.book();
        Some(match self.end.next {
            NextStep::Nothing => return None,
            NextStep::Again => {
                let again = self.again();
                (format!("{again} goes on with the download"), vec![again])
            }
            NextStep::Decide(Some(_)) => {
                let check = self.check();
                (format!("{check} explains the warnings; correct the data, or answer for each"), vec![check])
            }
            NextStep::Decide(None) => {
                let again = self.again();
                (format!("correct what the warnings name, then {again}"), vec![again])
            }
            NextStep::Close => {
                let close = format!(
                    "usagebook close {period} {book}{}{}{}",
                    self.money(),
                    self.incomplete(),
                    self.who()
                );
                (close.clone(), vec![close])
            }
            NextStep::Issue => {
                let to = quoted(&self.new_folder());
                let mut issue = format!("usagebook bills {book} --period {period} --issue --to {to}");
                issue.extend(self.arguments.config.iter().map(|path| format!(" --config {}", quoted(path))));
                (issue.clone(), vec![issue])
            }
            NextStep::Restate if !self.is_about(DecisionAbout::Late) => {
                let restate = self.restate();
                (format!("add what the bills lack, then {restate}"), vec![restate])
            }
            NextStep::Restate => {
                let late = format!("usagebook late {book} --amounts");
                let restate = self.restate();
                (
                    format!("{late} shows the changes; {restate} publishes the month again"),
                    vec![late, restate],
                )
            }
        })
    }

    /// The answer for a warning that stops the closing; `None` for what nobody can answer for.
    pub fn answer(&self, about: DecisionAbout) -> Option<String> {
        let DecisionAbout::Check(code) = about else { return None };
        Some(self.acknowledge(code))
    }

    fn acknowledge(&self, code: Code) -> String {
        let Self { end, .. } = self;
        let (code, book, who) = (code.name(), self.book(), self.who());
        format!("usagebook acknowledge {} {code} {book}{who} --reason TEXT", end.period)
    }

    /// Shows the warnings: of a closed month, those of what would be published next.
    fn check(&self) -> String {
        let version = if self.is_about(DecisionAbout::Late) { " --version now" } else { "" };
        format!("usagebook check {} --period {}{version}", self.book(), self.end.period)
    }

    fn is_about(&self, about: DecisionAbout) -> bool {
        self.end.decisions.iter().any(|decision| decision.about == about)
    }

    /// With the attributes as the files say them now, because new customers are not in those of the closing; without them if
    /// they say something else of customers that are.
    fn restate(&self) -> String {
        let mut text = format!("usagebook restate {} {}", self.end.period, self.book());
        let files = self.settings.attributes.iter().filter(|_| !self.is_about(DecisionAbout::Attributes));
        text.extend(files.map(|path| format!(" --attributes {}", quoted(path))));
        text += self.incomplete();
        text += &self.who();
        text += " --note TEXT";
        text.extend(self.settings.sign.iter().map(|key| format!(" --sign {}", quoted(key))));
        text
    }

    fn book(&self) -> String {
        format!("--book {}", quoted(&self.settings.book))
    }

    /// What a month needs that is known to lack records.
    fn incomplete(&self) -> &'static str {
        let results = self.end.results.as_ref();
        match results.is_some_and(|results| results.completeness.evidence == Evidence::Disproved) {
            true => " --accept-incomplete",
            false => "",
        }
    }

    /// A folder for bills that is not there yet: `2026-10-bills`, later `2026-10-bills-v2`.
    fn new_folder(&self) -> PathBuf {
        let state = self.end.results.as_ref().map(|results| &results.state);
        let version = match state {
            Some(Status::Closed { version, .. }) if *version > 1 => format!("-v{version}"),
            _ => String::new(),
        };
        let name = format!("{}-bills{version}", self.end.period);
        let numbered = |number: u32| match number {
            1 => self.settings.to.join(&name),
            number => self.settings.to.join(format!("{name}-{number}")),
        };
        let mut folders = (1..).map(numbered);
        folders.find(|folder| !folder.exists()).expect("there is always another number")
    }

    /// The command that was typed.
    fn again(&self) -> String {
        let mut text = format!("usagebook month {}", self.end.period);
        text += if self.arguments.rejects { " --rejects" } else { "" };
        text += if self.arguments.eml { " --eml" } else { "" };
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
