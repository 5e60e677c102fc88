//! What a person has to look at before a month can be closed or published again: warnings, and what came late.

use std::collections::BTreeMap;

use super::{MonthEnd, MonthQuestion, Steps};
use crate::amount::Amount;
use crate::book::{Book, Month, Version};
use crate::error::Result;
use crate::notice::{Code, Notice};
use crate::pack::{Checked, Pack};
use crate::period::PeriodRange;
use crate::text::counted;
use crate::usecase::diff::{DiffQuestion, diff_amounts};
use crate::usecase::report::Answer;
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
}

impl Decision {
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

impl MonthEnd {
    /// What concerns the most money first; what changed a closed month, and what could not be downloaded, before all.
    pub(super) fn sort_decisions(&mut self) {
        let largest = |decision: &Decision| decision.amounts.values().map(|amount| amount.magnitude()).max();
        let rank = |decision: &Decision| match decision.about {
            DecisionAbout::Download => 0,
            DecisionAbout::Late => 1,
            DecisionAbout::Check(_) => 2,
            DecisionAbout::Result(_) => 3,
        };
        self.decisions.sort_by_key(|decision| (rank(decision), std::cmp::Reverse(largest(decision))));
    }
}
