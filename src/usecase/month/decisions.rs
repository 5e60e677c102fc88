//! What a person has to look at before a month can be closed or published again: warnings, and what came late.

use std::collections::BTreeMap;

use super::{MonthEnd, MonthQuestion, Steps};
use crate::amount::Amount;
use crate::book::{Book, Month, Version};
use crate::dimension::{Attribute, Dimension};
use crate::error::Result;
use crate::join::AttributeValues;
use crate::notice::{Code, Notice};
use crate::pack::{Checked, Pack};
use crate::period::AskedPeriod;
use crate::period::PeriodRange;
use crate::text::{counted, grouped, joined, uuid_text};
use crate::usecase::diff::{DiffQuestion, diff_amounts};
use crate::usecase::question::{Layout, Question, Source};
use crate::usecase::report::{Answer, ReportQuestion, report};
use crate::verdict::Verdict;

/// Something that a person has to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What it is about.
    pub about: DecisionAbout,
    /// What was noticed, in a sentence.
    pub text: String,
    /// How many warnings of its kind there are.
    pub count: usize,
    /// The amounts that it concerns, by currency.
    pub amounts: BTreeMap<String, Amount>,
    /// Whether it concerns more than is known.
    pub is_at_least: bool,
    /// What customers have to pay more and less, by currency; empty for all but late changes.
    pub moved: BTreeMap<String, Moved>,
}

/// What late changes add to some customers' amounts and take from others'.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    /// The sum of what is more; not negative.
    pub more: Amount,
    /// The sum of what is less; not negative.
    pub less: Amount,
}

/// What a decision is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecisionAbout {
    /// The download lacks records and was not taken in.
    Download,
    /// A warning of the checks, which stops the closing until somebody answers for it.
    Check(Code),
    /// A warning about tables of the user's own, or about how results were made.
    Result(Code),
    /// A closed month changed.
    Late,
    /// Tables of attributes say something else than those that a changed month was closed with.
    Attributes,
    /// Bills lack what their recipients have to see.
    Bills,
}

impl Decision {
    /// Forgets amounts that are of another state of the month.
    pub(super) fn without_amounts(&mut self) {
        self.amounts.clear();
        self.is_at_least = false;
    }

    pub(super) fn new(about: DecisionAbout, text: String) -> Self {
        Self { about, text, count: 1, amounts: BTreeMap::new(), is_at_least: false, moved: BTreeMap::new() }
    }
}

/// Open warnings, those of the checks with the amounts that they concern, one of each kind.
pub(super) fn of_warnings(verdict: Verdict, answer: &Answer<Pack>, period: PeriodRange) -> Vec<Decision> {
    let provenance = &answer.result.provenance;
    let checked = Checked::new(verdict, &answer.frame, Some(period), provenance);
    let results = checked.verdict.checks.iter().zip(&checked.stakes);
    let open = results.filter(|(check, _)| check.notice.is_open()).map(|(check, stake)| Decision {
        amounts: stake.amounts.clone(),
        is_at_least: stake.is_at_least,
        ..Decision::new(DecisionAbout::Check(check.notice.code), check.notice.message.clone())
    });
    let is_of_checks =
        |notice: &&Notice| checked.verdict.checks.iter().any(|check| check.notice.code == notice.code);
    let others = provenance.notices.iter().filter(|notice| notice.is_open() && !is_of_checks(notice));
    let others =
        others.map(|notice| Decision::new(DecisionAbout::Result(notice.code), notice.message.clone()));
    let mut decisions: Vec<Decision> = Vec::new();
    for decision in open.chain(others) {
        match decisions.iter_mut().find(|known| known.about == decision.about) {
            Some(known) => known.join(decision),
            None => decisions.push(decision),
        }
    }
    decisions
}

impl Decision {
    /// Takes in another of its kind. Two may be about one amount, so that the larger counts.
    fn join(&mut self, other: Self) {
        self.count += other.count;
        self.is_at_least |= other.is_at_least;
        for (currency, amount) in other.amounts {
            let known = self.amounts.entry(currency).or_default();
            self.is_at_least |= *known != Amount::ZERO;
            *known = amount.max(*known);
        }
    }
}

impl MonthQuestion<'_> {
    /// What became of a closed month since.
    pub(super) fn late(&self, book: &Book, month: &Month, watch: &Steps<'_>) -> Result<Option<Decision>> {
        let has_changed = month.late_changes > 0 || month.component_usages_changed > 0;
        let Some(closing) =
            month.closings.last().filter(|closing| has_changed || closing.adjustments != month.adjustments)
        else {
            return Ok(None);
        };
        let mut text = month.describe().to_string();
        let adjustments = month.late_adjustments().len() as u64;
        if adjustments > 0 {
            text += &format!(", {}", counted(adjustments, "late adjustment"));
        }
        let mut decision = Decision::new(DecisionAbout::Late, text);
        if closing.money.is_some() {
            let asked = DiffQuestion { month: self.period, from: None, to: Version::Now };
            let changes = diff_amounts(book, &asked, None, watch)?;
            for (currency, (more, less)) in changes.statement.difference.moved() {
                decision.amounts.insert(currency.to_owned(), more - less);
                decision.moved.insert(currency.to_owned(), Moved { more, less });
            }
        }
        Ok(Some(decision))
    }
}

/// How many values that changed a decision names.
const NAMED_MAX: usize = 3;

impl MonthQuestion<'_> {
    /// What the tables of attributes say in another way than when the month was closed: with them every bill is made anew,
    /// also of those whose usage is what it was.
    pub(super) fn attributes_changed(
        &self,
        book: &Book,
        month: &Month,
        watch: &Steps<'_>,
    ) -> Result<Option<Decision>> {
        let frozen = month.closings.last().and_then(|closing| closing.attributes.as_ref());
        let Some(frozen) = frozen.filter(|_| !self.attributes.list().is_empty()) else { return Ok(None) };
        let frozen = book.attribute_values(frozen)?;
        let records = Question {
            period: Some(AskedPeriod::Months(PeriodRange::month(self.period))),
            attributes: Some(self.attributes),
            ..Question::new(Source::Book(book, Some(Version::Now)), self.clock)
        };
        let asked = ReportQuestion::new(records, Layout::by(vec![Dimension::Period]));
        let frame = report(&asked, watch)?.frame;
        let now = AttributeValues::of(&frame);
        let changed = frozen.differences(&now);
        let named = |(attribute, uuid, before, now): &(Attribute, u128, &str, &str)| {
            let owner = attribute.owner();
            let name = frame.entities(owner).iter().find(|entity| entity.uuid == *uuid);
            let name = name.map_or_else(|| uuid_text(*uuid), |entity| format!("{:?}", &*entity.name));
            format!("{} of the {owner} {name} was {before:?} and is {now:?}", attribute.name())
        };
        let mut texts: Vec<String> = changed.iter().take(NAMED_MAX).map(named).collect();
        if changed.len() > texts.len() {
            texts.push(format!("{} more", grouped((changed.len() - texts.len()) as u64)));
        }
        Ok((!changed.is_empty()).then(|| Decision::new(DecisionAbout::Attributes, joined(&texts))))
    }
}

impl MonthEnd {
    /// What concerns the most money first; what changed a closed month, and what could not be downloaded, before all.
    pub(super) fn sort_decisions(&mut self) {
        let largest = |decision: &Decision| decision.amounts.values().map(|amount| amount.magnitude()).max();
        let rank = |decision: &Decision| match decision.about {
            DecisionAbout::Download => 0,
            DecisionAbout::Late => 1,
            DecisionAbout::Attributes => 2,
            DecisionAbout::Bills => 3,
            DecisionAbout::Check(_) => 4,
            DecisionAbout::Result(_) => 5,
        };
        self.decisions.sort_by_key(|decision| (rank(decision), std::cmp::Reverse(largest(decision))));
    }
}
