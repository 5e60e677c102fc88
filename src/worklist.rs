//! The checks as a list to work through: a line for each thing that a warning or note is about, with what is at stake.

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::Value;

use crate::amount::Amount;
use crate::dimension::Dimension;
use crate::notice::{Example, Notice, Severity};
use crate::period::day_in_words;
use crate::report::{ColumnId, Section, SectionColumn};
use crate::statement::{Caption, Statement};
use crate::verdict::Verdict;

/// Amounts by currency.
pub(crate) type Amounts = BTreeMap<String, Amount>;

/// All lines of a verdict.
#[derive(Clone, Debug)]
pub struct Worklist {
    lines: Vec<Line>,
    caption: Caption,
}

/// One thing to look into.
#[derive(Clone, Debug, Default)]
struct Line {
    /// `open`, `acknowledged`, `note` or `not_checked`.
    state: &'static str,
    check: String,
    period: Option<String>,
    customer: Option<String>,
    customer_uuid: Option<String>,
    resource: Option<String>,
    resource_uuid: Option<String>,
    component: Option<String>,
    unit: Option<String>,
    component_usage: Option<String>,
    /// What was seen: `users 12.00; component usage 10.00`.
    figures: Option<String>,
    currency: Option<String>,
    at_stake: Option<Amount>,
    message: String,
    action: Option<String>,
    id: Option<String>,
}

impl Worklist {
    /// A line for each example of each result; for a result without examples one, and one for those that a verdict does not
    /// keep.
    pub fn new(verdict: &Verdict) -> Self {
        Self::with_amounts(verdict, |_, _| Amounts::new())
    }

    /// The same with the amounts that an example concerns, or a result without examples.
    pub(crate) fn with_amounts(
        verdict: &Verdict,
        at_stake: impl Fn(&Notice, Option<&Example>) -> Amounts,
    ) -> Self {
        let mut lines = Vec::new();
        for check in &verdict.checks {
            let notice = &check.notice;
            let open = notice.open_instances();
            let state = |id: Option<&str>| match (notice.severity, notice.is_open(), id) {
                (Severity::Note, ..) => "note",
                (_, false, _) => "acknowledged",
                (_, true, Some(id)) if !notice.acknowledgements.is_empty() && !open.contains(id) => {
                    "acknowledged"
                }
                (_, true, _) => "open",
            };
            let line = |example: Option<&Example>, message: String| {
                let id = example.map(|example| example.id(notice.code));
                let line = Line {
                    state: state(id.as_deref()),
                    check: notice.code.name().to_owned(),
                    message,
                    action: Some(check.action.to_owned()),
                    id,
                    ..example.map(Line::of).unwrap_or_default()
                };
                line.with(at_stake(notice, example))
            };
            let message =
                [notice.message.as_str(), notice.answers().as_str()].join(" ").trim_end().to_owned();
            if notice.examples.is_empty() {
                lines.extend(line(None, message));
                continue;
            }
            lines.extend(notice.examples.iter().flat_map(|example| line(Some(example), message.clone())));
            let more = notice.count.saturating_sub(notice.examples.len() as u64);
            if more > 0 && notice.examples.len() >= crate::notice::EXAMPLES_MAX {
                let text = format!("{more} more of which no line is kept. {message}");
                lines.push(Line {
                    state: state(None),
                    check: notice.code.name().to_owned(),
                    message: text,
                    ..Line::default()
                });
            }
        }
        for not in &verdict.not_checked {
            lines.extend(not.codes.iter().map(|code| Line {
                state: "not_checked",
                check: code.name().to_owned(),
                message: not.reason.clone(),
                ..Line::default()
            }));
        }
        let period = match (verdict.period, verdict.months.as_slice()) {
            (Some(period), _) => period.in_words(),
            (None, []) => "no month".to_owned(),
            (None, months) => crate::report::ranges_in_words(months),
        };
        let title = format!("Check of {period} as of {}", day_in_words(verdict.as_of));
        let caption = Caption {
            title: vec![title],
            facts: vec![
                ("as_of", Value::from(verdict.as_of.to_string())),
                ("timezone", Value::from(verdict.timezone.name())),
            ],
            nothing: "Nothing was noticed.",
            as_of: verdict.as_of,
        };
        Self { lines, caption }
    }
}

impl Line {
    fn of(example: &Example) -> Self {
        let mut line = Self { period: example.period.map(|period| period.to_string()), ..Self::default() };
        let mut figures: Vec<String> = Vec::new();
        for (name, value) in example.labels.iter().chain(&example.about) {
            let place = match *name {
                "customer_name" => &mut line.customer,
                "customer_uuid" => &mut line.customer_uuid,
                "resource_name" => &mut line.resource,
                "resource_uuid" => &mut line.resource_uuid,
                "component_type" => &mut line.component,
                "measured_unit" => &mut line.unit,
                "component_usage" => &mut line.component_usage,
                name => {
                    figures.push(format!("{} {value}", name.replace('_', " ")));
                    continue;
                }
            };
            *place = Some(value.clone());
        }
        figures.extend(example.figures.iter().map(|(name, value)| format!("{name} {value}")));
        line.figures = Some(figures.join("; ")).filter(|text| !text.is_empty());
        line
    }

    /// A line for each currency; one if there is none.
    fn with(self, amounts: Amounts) -> Vec<Self> {
        if amounts.is_empty() {
            return vec![self];
        }
        let line =
            |(currency, amount)| Self { currency: Some(currency), at_stake: Some(amount), ..self.clone() };
        amounts.into_iter().map(line).collect()
    }
}

const COLUMNS: [ColumnId; 16] = [
    ColumnId::Kind,
    ColumnId::Check,
    ColumnId::Time(Dimension::Period),
    ColumnId::Uuid(Dimension::Customer),
    ColumnId::Label(Dimension::Customer),
    ColumnId::Uuid(Dimension::Resource),
    ColumnId::Label(Dimension::Resource),
    ColumnId::Label(Dimension::Component),
    ColumnId::MeasuredUnit,
    ColumnId::ComponentUsageUuid,
    ColumnId::Figures,
    ColumnId::Currency,
    ColumnId::AtStake,
    ColumnId::Message,
    ColumnId::Action,
    ColumnId::InstanceId,
];

impl Statement for Worklist {
    fn caption(&self) -> &Caption {
        &self.caption
    }

    fn columns(&self) -> Vec<ColumnId> {
        COLUMNS.into()
    }

    fn hidden_columns(&self) -> &'static [ColumnId] {
        &[]
    }

    fn len(&self) -> usize {
        self.lines.len()
    }

    fn rows(&self, range: Range<usize>) -> Section {
        section(&self.lines[range])
    }

    fn parts(&self) -> Section {
        section(&[])
    }

    /// None: two lines may be about one amount.
    fn totals(&self) -> Section {
        section(&[])
    }
}

fn section(lines: &[Line]) -> Section {
    let column = |id: ColumnId| {
        let text = |of: &dyn Fn(&Line) -> Option<String>| SectionColumn::texts(lines.iter().map(of));
        match id {
            ColumnId::Kind => text(&|line| Some(line.state.to_owned())),
            ColumnId::Check => text(&|line| Some(line.check.clone())),
            ColumnId::Time(_) => text(&|line| line.period.clone()),
            ColumnId::Uuid(Dimension::Customer) => text(&|line| line.customer_uuid.clone()),
            ColumnId::Label(Dimension::Customer) => text(&|line| line.customer.clone()),
            ColumnId::Uuid(_) => text(&|line| line.resource_uuid.clone()),
            ColumnId::Label(Dimension::Component) => text(&|line| line.component.clone()),
            ColumnId::Label(_) => text(&|line| line.resource.clone()),
            ColumnId::MeasuredUnit => text(&|line| line.unit.clone()),
            ColumnId::ComponentUsageUuid => text(&|line| line.component_usage.clone()),
            ColumnId::Figures => text(&|line| line.figures.clone()),
            ColumnId::Currency => text(&|line| line.currency.clone()),
            ColumnId::AtStake => SectionColumn::amounts(lines.iter().map(|line| line.at_stake)),
            ColumnId::Action => text(&|line| line.action.clone()),
            ColumnId::InstanceId => text(&|line| line.id.clone()),
            _ => text(&|line| Some(line.message.clone())),
        }
    };
    Section::new(lines.len(), COLUMNS.map(column).into())
}
