//! The command that shows what a page of the desk shows.

use std::path::PathBuf;

use usagebook::config::MonthSettings;
use usagebook::desk::{Asked, FiguresAsked};
use usagebook::report::{Basis, Unpriced};
use usagebook::usecase::Earlier;

/// What every command begins with.
pub struct Words {
    pub book: PathBuf,
    /// The configuration that was typed.
    pub configuration: Option<PathBuf>,
}

/// A command line that grows.
struct Line(String);

impl Line {
    fn new(command: &str) -> Self {
        Self(format!("usagebook {command}"))
    }

    fn flag(mut self, flag: &str, value: impl ToString) -> Self {
        self.0 += &format!(" --{flag} {}", quoted(&value.to_string()));
        self
    }

    fn flags<T: ToString>(self, flag: &str, values: impl IntoIterator<Item = T>) -> Self {
        values.into_iter().fold(self, |line, value| line.flag(flag, value))
    }

    fn bare(mut self, flag: &str) -> Self {
        self.0 += &format!(" --{flag}");
        self
    }
}

impl Words {
    pub fn of(&self, asked: &Asked<'_>, month: Option<&MonthSettings>) -> String {
        let line = match *asked {
            Asked::Months => self.begin("status"),
            Asked::Figures(figures, file) => {
                let line = self.configured(layout(self.figures("report", figures), figures), month);
                file.map(|file| format!("{} -o {}", line.0, quoted(file))).map_or(line, Line)
            }
            Asked::Arithmetic(figures) => {
                self.configured(self.figures("report", figures), month).bare("explain-price")
            }
            Asked::Records(figures) => self.figures("explain", figures),
            Asked::Changes { period, from, to, is_money } => {
                let line = self.begin(&format!("diff {period}")).flags("from", from).flag("to", to);
                match (is_money, month.and_then(|month| month.prices.as_ref())) {
                    (false, _) => line,
                    (true, None) => line.bare("amounts"),
                    (true, Some(_)) => prices(line, month),
                }
            }
            Asked::Warnings(period, version) => {
                self.begin("check").flag("period", period).flags("version", version)
            }
            _ => self.begin("history"),
        };
        line.0
    }

    fn begin(&self, command: &str) -> Line {
        Line::new(command).flag("book", self.book.display())
    }

    fn figures(&self, command: &str, figures: &FiguresAsked) -> Line {
        let line = self.begin(command).flags("period", figures.period.as_ref());
        let line = line.flags("version", figures.version.as_ref());
        figures.filters.iter().fold(line, |line, (filter, value)| line.flag(&flag(filter.name()), value))
    }

    /// With what the configuration says.
    fn configured(&self, line: Line, month: Option<&MonthSettings>) -> Line {
        let line = prices(line, month);
        let line = line.flags(
            "attributes",
            month.into_iter().flat_map(|month| &month.attributes).map(|path| path.display()),
        );
        let basis = month.and_then(|month| month.basis).map(|basis| match basis {
            Basis::ComponentUsage => "component-usage",
            Basis::Users => "users",
        });
        line.flags("basis", basis).flags("config", self.configuration.as_ref().map(|path| path.display()))
    }
}

fn layout(line: Line, figures: &FiguresAsked) -> Line {
    let by: Vec<&str> = figures.by.iter().map(|by| by.name()).collect();
    let comparison = figures.comparison.map(|earlier| match earlier {
        Earlier::PreviousMonth => "previous-month",
        Earlier::PreviousYear => "previous-year",
        Earlier::LikeForLike => "like-for-like",
    });
    line.flag("by", by.join(",")).flags("compare", comparison).flags("top", figures.top)
}

fn prices(line: Line, month: Option<&MonthSettings>) -> Line {
    let Some(month) = month else { return line };
    let line = line.flags("prices", month.prices.as_ref().map(|path| path.display()));
    let line = line.flags("currency", month.currency.as_ref());
    let line = line.flags("exchange-rates", month.exchange_rates.as_ref().map(|path| path.display()));
    line.flags(
        "unpriced",
        month.unpriced.map(|choice| match choice {
            Unpriced::Zero => "zero",
            Unpriced::Omit => "omit",
        }),
    )
}

/// The flag of a filter, by the endpoint's name for it.
fn flag(filter: &str) -> String {
    filter.replace("__", "-").replace('_', "-")
}

/// A value as a shell takes it.
fn quoted(text: &str) -> String {
    let is_plain = |character: char| character.is_alphanumeric() || "/._-+=:@%,".contains(character);
    match !text.is_empty() && !text.starts_with('-') && text.chars().all(is_plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}
