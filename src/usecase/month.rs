//! The end of a month in one sequence, up to what a person decides: take in, check, report, draft bills, post.
//!
//! ```text
//! download or inputs → book → checks → workbook, page, postings → draft bills → one folder → what is left to decide
//! ```
//!
//! Every step is a use case of its own, or a step of the book. Stopped anywhere, the same question again completes it.

mod arrival;
mod outputs;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};

pub use self::arrival::{Arrival, Arriving, Download};
use self::outputs::Earlier;
pub use self::outputs::{EarlierOutputs, Outputs};
use super::bills::{BillsQuestion, MadeBills, bills};
use super::check::{CheckQuestion, check};
use super::diff::{DiffQuestion, diff_amounts};
use super::question::{Layout, Question, Source};
use super::report::{Answer, PackParts, ReportQuestion, pack};
use super::watch::{Event, Watch};
use crate::amount::Amount;
use crate::bill::Sender;
use crate::book::{Book, BookWriter, Completeness, Month, Version};
use crate::compare::AmountSides;
use crate::dimension::Dimension;
use crate::error::{Error, Result};
use crate::files::access::Access;
use crate::ingest::Progress;
use crate::join::mapping::CheckedMapping;
use crate::join::{Attributes, Budget};
use crate::notice::{Code, Notice};
use crate::pack::{Checked, Pack};
use crate::period::{AskedPeriod, BillingPeriod, PeriodRange};
use crate::price::Tariff;
use crate::report::{Basis, MoneyTotal, Provenance, Status};
use crate::verdict::Verdict;

/// The end of a month, as an organisation has it every month.
#[derive(Debug)]
pub struct MonthQuestion<'q> {
    /// The month, which has to be over.
    pub period: BillingPeriod,
    /// What is taken into the book first.
    pub arriving: Arriving,
    /// Whether the book is still to be made.
    pub is_new: bool,
    /// When the server said what arrives, if somebody says that.
    pub pulled_at: Option<DateTime<Utc>>,
    /// How many records of the month may be retired; a tenth of them if nothing is said.
    pub retire_up_to: Option<u64>,
    /// The time now.
    pub clock: DateTime<Utc>,
    /// 1 to 12.
    pub fiscal_year_start: u32,
    /// The prices of an open month; without any there are no bills and no postings. A closed month has its own.
    pub tariff: Option<&'q Tariff>,
    /// What figures are made of; left open, component usages if there are prices and component usages of every month.
    pub basis: Option<Basis>,
    /// Columns of the user's own.
    pub attributes: &'q Attributes,
    /// What usage is compared with.
    pub budget: Option<&'q Budget>,
    /// How amounts become ledger postings.
    pub journal: Option<&'q CheckedMapping>,
    /// Who gets a bill.
    pub per: Dimension,
    /// Who sends the figures and the bills.
    pub sender: Sender,
    /// The folder of the month's results. One that an earlier run wrote is replaced if anything differs.
    pub to: PathBuf,
    /// Who can read what is made.
    pub access: Access,
}

/// What is around the sequence: the book as the caller opens it, and the network.
pub trait Surroundings {
    /// Opens the book for reading.
    ///
    /// # Errors
    /// No book, damage.
    fn book(&self) -> Result<Book>;

    /// Opens the book for writing.
    ///
    /// # Errors
    /// Another writer who does not end, damage, the disk.
    fn writer(&self) -> Result<BookWriter>;

    /// The writer is done.
    fn written(&self, _writer: &BookWriter) {}

    /// Downloads the month and its component usages into a folder, or goes on with a download that is there.
    ///
    /// # Errors
    /// Nothing was downloaded, or it was interrupted.
    fn download(&self, to: &Path) -> Result<Download>;
}

/// How far the month is, and what is left to do.
#[derive(Debug)]
pub struct MonthEnd {
    /// The month.
    pub period: BillingPeriod,
    /// What was taken in.
    pub arrival: Arrival,
    /// What came of it; `None` if the book has nothing of the month.
    pub results: Option<MonthResults>,
    /// What is not there, because nothing says how to make it, or because something is missing.
    pub left_out: Vec<LeftOut>,
    /// What a person has to look at, what concerns the most money first.
    pub decisions: Vec<Decision>,
    /// What comes next.
    pub next: NextStep,
    /// What was noticed when the inputs were taken in.
    pub notices: Vec<Notice>,
}

/// What a month's folder is made of.
#[derive(Debug)]
pub struct MonthResults {
    /// Whether the month is closed, and what changed since.
    pub state: Status,
    /// What is known of its completeness.
    pub completeness: Completeness,
    /// The day on which the data is seen.
    pub as_of: NaiveDate,
    /// How many records the month has.
    pub records: u64,
    /// What the month comes to, by currency; empty without prices.
    pub totals: Vec<(String, Amount)>,
    /// How many draft bills there are.
    pub bills: usize,
    /// Whether the month is closed with prices, and its last version is not billed.
    pub can_issue: bool,
    /// The folder, and what differs from what an earlier run wrote.
    pub outputs: Outputs,
}

/// Something that is not made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeftOut {
    /// Nothing was taken in: neither a portal nor inputs are named.
    Download,
    /// There are no prices.
    BillsAndJournal,
    /// Bills are not made from incomplete usage; the text says why it is.
    Bills(String),
    /// Nothing says how amounts are posted.
    Journal,
}

/// Something that a person has to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What it is about.
    pub about: DecisionAbout,
    /// What was noticed, in a sentence.
    pub text: String,
    /// The amounts that it concerns, by currency.
    pub amounts: BTreeMap<String, Amount>,
    /// Whether it concerns more than is known.
    pub is_at_least: bool,
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

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextStep {
    /// The download is to be continued.
    Again,
    /// The warnings are to be looked at, and the data corrected or the warning of this code answered for.
    Decide(Option<Code>),
    /// The month can be closed.
    Close,
    /// The month can be published again.
    Restate,
    /// Bills, or notes that correct them, can be issued.
    Issue,
    /// Nothing is left to do.
    Nothing,
}

/// Brings a month to where a person decides.
///
/// # Errors
/// Those of each step. What is committed to the book stays; the month's folder is whole or as it was before.
pub fn month(
    question: &MonthQuestion<'_>,
    surroundings: &dyn Surroundings,
    watch: &dyn Watch,
) -> Result<MonthEnd> {
    let watch = &Steps(watch);
    let earlier = question.checked(surroundings)?;
    let (arrival, notices) = question.take_in(surroundings, watch)?;
    watch.check()?;
    let mut end = MonthEnd {
        period: question.period,
        arrival,
        results: None,
        left_out: Vec::new(),
        decisions: Vec::new(),
        next: NextStep::Nothing,
        notices,
    };
    if let Arrival::Incomplete { reason } = &end.arrival {
        end.decisions.push(Decision::new(DecisionAbout::Download, reason.clone()));
    }
    if question.arriving == Arriving::Nothing {
        end.left_out.push(LeftOut::Download);
    }
    let book = match question.is_new && end.decisions.len() == 1 {
        true => None,
        false => Some(surroundings.book()?),
    };
    match (book, end.decisions.is_empty()) {
        (Some(book), is_sound) if is_sound || book.month(question.period).is_ok() => {
            question.results(&book, &earlier, &mut end, watch)?;
        }
        _ => {}
    }
    end.next = end.next_step();
    Ok(end)
}

impl MonthQuestion<'_> {
    /// Finds what cannot work before the long part begins.
    fn checked(&self, surroundings: &dyn Surroundings) -> Result<Earlier> {
        let today = match self.is_new {
            true => self.clock.date_naive(),
            false => self.clock.with_timezone(&surroundings.book()?.timezone()?).date_naive(),
        };
        if self.period.is_partial(today) {
            return Err(Error::BadParameter {
                parameter: "month",
                value: self.period.to_string(),
                expected: format!("a month that is over: {} ends after {today}", self.period.in_words()),
            });
        }
        if !self.is_new && self.arriving != Arriving::Nothing {
            drop(surroundings.writer()?);
        }
        if let Some(folder) = self.to.parent().filter(|folder| *folder != Path::new("")) {
            let unwritable = |source| Error::Unwritable { path: folder.to_owned(), source };
            self.access.create_folder_all(folder).map_err(unwritable)?;
        }
        Earlier::read(&self.to)
    }

    /// Checks, reports and bills of what the book has.
    fn results(&self, book: &Book, earlier: &Earlier, end: &mut MonthEnd, watch: &Steps<'_>) -> Result<()> {
        let month = book.month(self.period)?;
        let checks = check(&CheckQuestion::new(self.records(book, month, false)), watch)?;
        watch.check()?;
        let has_prices = self.tariff.is_some() || closed_with_money(month);
        let report = ReportQuestion {
            budget: self.budget,
            journal: self.journal.filter(|_| has_prices),
            ..ReportQuestion::new(self.records(book, month, true), Layout::by(Dimension::DEFAULT.to_vec()))
        };
        let parts = PackParts { has_users: false, letterhead: self.sender.letterhead.clone() };
        let answer = pack(&report, &parts, watch)?;
        watch.check()?;
        let made = match has_prices {
            true => self.bills(book, month, end, watch)?,
            false => None,
        };
        match (has_prices, self.journal) {
            (false, _) => end.left_out.push(LeftOut::BillsAndJournal),
            (true, None) => end.left_out.push(LeftOut::Journal),
            (true, Some(_)) => {}
        }
        let provenance = &answer.result.provenance;
        end.decisions.extend(decisions(checks.verdict.clone(), &answer, PeriodRange::month(self.period)));
        end.decisions.extend(self.late(book, month, watch)?);
        end.sort_decisions();
        let mut results = MonthResults {
            state: month.describe(),
            completeness: month.completeness(book),
            as_of: provenance.as_of,
            records: records(month),
            totals: totals(provenance),
            bills: made.as_ref().map_or(0, |made| made.bills.bills.len()),
            can_issue: closed_with_money(month) && !is_issued(book, self.period, month),
            outputs: Outputs::default(),
        };
        results.outputs = self.write(&results, (&checks.verdict, &answer, made.as_ref()), earlier, watch)?;
        end.results = Some(results);
        Ok(())
    }

    /// The month in the book: a closed one as it was closed.
    fn records<'b>(&'b self, book: &'b Book, month: &Month, has_tables: bool) -> Question<'b> {
        // A closed month has its own prices, and its own attributes.
        let is_frozen = month.closings.last().is_some_and(|closing| closing.attributes.is_some());
        let tariff = self.tariff.filter(|_| has_tables && !closed_with_money(month));
        Question {
            period: Some(AskedPeriod::Months(PeriodRange::month(self.period))),
            fiscal_year_start: self.fiscal_year_start,
            tariff,
            basis: self.basis.filter(|_| tariff.is_some()),
            attributes: Some(self.attributes).filter(|_| has_tables && !is_frozen),
            ..Question::new(Source::Book(book, None), self.clock)
        }
    }

    /// Drafts of all bills; `None` if usage is probably missing, which is said.
    fn bills(
        &self,
        book: &Book,
        month: &Month,
        end: &mut MonthEnd,
        watch: &Steps<'_>,
    ) -> Result<Option<MadeBills>> {
        let question = BillsQuestion {
            records: self.records(book, month, true),
            per: self.per,
            sender: self.sender.clone(),
            accepts_incomplete: false,
        };
        match bills(&question, watch) {
            Ok(made) => Ok(Some(made)),
            Err(Error::StatementsIncomplete { reason }) => {
                end.left_out.push(LeftOut::Bills(reason));
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// What became of a closed month since.
    fn late(&self, book: &Book, month: &Month, watch: &Steps<'_>) -> Result<Option<Decision>> {
        let has_changed = month.late_changes > 0 || month.component_usages_changed > 0;
        let Some(closing) =
            month.closings.last().filter(|closing| has_changed || closing.adjustments != month.adjustments)
        else {
            return Ok(None);
        };
        let mut decision = Decision::new(DecisionAbout::Late, month.describe().to_string());
        if closing.money.is_some() {
            let asked = DiffQuestion { month: self.period, from: None, to: Version::Now };
            let changes = diff_amounts(book, &asked, None, watch)?;
            let totals = changes.statement.difference.totals();
            let change = |(currency, sides): (&str, AmountSides)| (currency.to_owned(), sides.change());
            decision.amounts = totals.into_iter().map(change).collect();
            decision.amounts.retain(|_, amount| *amount != Amount::ZERO);
        }
        Ok(Some(decision))
    }
}

impl MonthEnd {
    /// Whether nothing is left to decide.
    pub fn is_complete(&self) -> bool {
        self.decisions.is_empty()
    }

    /// What concerns the most money first; what changed a closed month, and what could not be downloaded, before all.
    fn sort_decisions(&mut self) {
        let largest = |decision: &Decision| decision.amounts.values().map(|amount| amount.magnitude()).max();
        let rank = |decision: &Decision| match decision.about {
            DecisionAbout::Download => 0,
            DecisionAbout::Late => 1,
            DecisionAbout::Check(_) => 2,
            DecisionAbout::Result(_) => 3,
        };
        self.decisions.sort_by_key(|decision| (rank(decision), std::cmp::Reverse(largest(decision))));
    }

    fn can_issue(&self) -> bool {
        self.results.as_ref().is_some_and(|results| results.can_issue)
    }

    fn next_step(&self) -> NextStep {
        let is = |about| self.decisions.iter().any(|decision| decision.about == about);
        let answerable = self.decisions.iter().find_map(|decision| match decision.about {
            DecisionAbout::Check(code) => Some(code),
            _ => None,
        });
        let is_open = self.results.as_ref().is_some_and(|results| results.state == Status::Open);
        match answerable {
            _ if is(DecisionAbout::Download) => NextStep::Again,
            Some(code) => NextStep::Decide(Some(code)),
            None if is(DecisionAbout::Late) => NextStep::Restate,
            None if self.can_issue() => NextStep::Issue,
            None if !is_open => NextStep::Nothing,
            None if self.is_complete() => NextStep::Close,
            None => NextStep::Decide(None),
        }
    }
}

impl Decision {
    fn new(about: DecisionAbout, text: String) -> Self {
        Self { about, text, amounts: BTreeMap::new(), is_at_least: false }
    }
}

/// Open warnings, those of the checks with the amounts that they concern.
fn decisions(verdict: Verdict, answer: &Answer<Pack>, period: PeriodRange) -> Vec<Decision> {
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
    open.chain(others).collect()
}

fn closed_with_money(month: &Month) -> bool {
    month.closings.last().is_some_and(|closing| closing.money.is_some())
}

/// Whether bills of the last version are issued.
fn is_issued(book: &Book, period: BillingPeriod, month: &Month) -> bool {
    let last = month.closings.last().map(|closing| closing.version);
    book.issues_of(period).any(|issue| Some(issue.version) == last)
}

/// How many records the month has: a closed one as it was closed.
fn records(month: &Month) -> u64 {
    month.closings.last().map_or(month.now.records, |closing| closing.state.records)
}

fn totals(provenance: &Provenance) -> Vec<(String, Amount)> {
    let totals = provenance.pricing.iter().flat_map(|pricing| &pricing.totals);
    totals.map(|MoneyTotal { currency, amount, .. }| (currency.clone(), *amount)).collect()
}

/// Watches all steps as one: what each says of its day and months is said once, at the end.
struct Steps<'w>(&'w dyn Watch);

impl Watch for Steps<'_> {
    fn progress(&self) -> &Arc<Progress> {
        self.0.progress()
    }

    fn reading(&self, is_reading: bool) {
        self.0.reading(is_reading);
    }

    fn note(&self, event: Event<'_>) {
        match event {
            Event::AsOf { .. } | Event::LastMonth(_) => {}
            event => self.0.note(event),
        }
    }

    fn check(&self) -> Result<()> {
        self.0.check()
    }
}
