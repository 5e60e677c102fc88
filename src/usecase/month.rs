//! The end of a month in one sequence, up to what a person decides: take in, check, report, draft bills, post.
//!
//! ```text
//! download or inputs → book → checks → workbook, page, postings → draft bills → one folder → what is left to decide
//! ```
//!
//! Every step is a use case of its own, or a step of the book. Stopped anywhere, the same question again completes it.

mod arrival;
mod decisions;
mod outputs;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};

use self::arrival::Taken;
pub use self::arrival::{Arrival, Arriving, Download, OtherMonth};
pub use self::decisions::{Decision, DecisionAbout, Moved};
use self::outputs::Earlier;
pub use self::outputs::{EarlierOutputs, FileChange, Outputs};
use super::bills::{BillsQuestion, MadeBills, bills};
use super::check::{CheckQuestion, check as checked};
use super::closing::month_verdict;
use super::issue::{IssueDraftQuestion, draft_issue, per_of};
use super::question::{AsOf, Layout, Question, Source};
use super::report::{PackParts, Rejected, ReportQuestion, pack};
use super::watch::{Event, Watch};
use crate::amount::Amount;
use crate::bill::{Lacking, Sender, is_row_missing, lacking};
use crate::book::{Book, BookWriter, Completeness, Evidence, Month, Version};
use crate::check;
use crate::dimension::Dimension;
use crate::error::{Error, Result};
use crate::files::access::Access;
use crate::ingest::Progress;
use crate::join::mapping::CheckedMapping;
use crate::join::{Attributes, Budget};
use crate::notice::{Code, Notice};
use crate::pack::Pack;
use crate::period::{AskedPeriod, BillingPeriod, PeriodRange};
use crate::price::Tariff;
use crate::report::{Basis, MoneyTotal, Provenance, Status};
use crate::text::grouped;
use crate::verdict::{CheckResult, Verdict};

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
    /// Whether records that cannot be used are left out and kept in the month's folder; they are an error otherwise.
    pub keeps_rejects: bool,
    /// Whether each draft bill has a draft of an e-mail next to it.
    pub has_mail: bool,
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
    /// What is known to be missing, if anything is.
    pub missing: Option<Missing>,
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
    /// The last version of which bills were issued.
    pub issued: Option<u32>,
    /// The folder, and what differs from what an earlier run wrote.
    pub outputs: Outputs,
}

/// Records of a month are known to be missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// What shows it, in a sentence.
    pub reason: String,
    /// Who answers for it; nobody if the month was added as complete nevertheless.
    pub by_whom: Vec<String>,
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
    /// Bills or notes of this version, the last one, are issued.
    Issued(u32),
    /// Nothing says how amounts are posted.
    Journal,
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
/// Those of each step: [`Error::Committed`] if the book has a new delivery by then. The month's folder is whole or as it
/// was before.
pub fn month(
    question: &MonthQuestion<'_>,
    surroundings: &dyn Surroundings,
    watch: &dyn Watch,
) -> Result<MonthEnd> {
    let watch = &Steps(watch);
    let earlier = question.checked(surroundings)?;
    let Taken { arrival, notices, mut rejected } = question.take_in(surroundings, watch)?;
    let committed = taken_in(&arrival);
    let end = MonthEnd {
        period: question.period,
        arrival,
        results: None,
        left_out: Vec::new(),
        decisions: Vec::new(),
        next: NextStep::Nothing,
        notices,
    };
    question.ended(end, (&earlier, rejected.as_mut()), surroundings, watch).map_err(|error| match committed {
        Some(what) if !matches!(error, Error::Interrupted) => {
            Error::Committed { what: what.into(), source: Box::new(error) }
        }
        _ => error,
    })
}

/// What the book has by then, and what to do about what failed after that.
fn taken_in(arrival: &Arrival) -> Option<String> {
    let Arrival::New { added, changed, retired, .. } = arrival else { return None };
    Some(format!(
        "this delivery added {}, changed {} and removed {}, and the book keeps it. The month's results could not be made; \
         correct what is wrong, and the same command again makes them",
        grouped(*added),
        grouped(*changed),
        grouped(*retired)
    ))
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

    /// What follows once the book has what arrived.
    fn ended(
        &self,
        mut end: MonthEnd,
        earlier: (&Earlier, Option<&mut Rejected>),
        surroundings: &dyn Surroundings,
        watch: &Steps<'_>,
    ) -> Result<MonthEnd> {
        watch.check()?;
        if let Arrival::Incomplete { reason } = &end.arrival {
            end.decisions.push(Decision::new(DecisionAbout::Download, reason.clone()));
        }
        if self.arriving == Arriving::Nothing {
            end.left_out.push(LeftOut::Download);
        }
        let book = match self.is_new && end.decisions.len() == 1 {
            true => None,
            false => Some(surroundings.book()?),
        };
        match (book, end.decisions.is_empty()) {
            (Some(book), is_sound) if is_sound || book.month(self.period).is_ok() => {
                self.results(&book, earlier, &mut end, watch)?;
            }
            _ => {}
        }
        end.next = end.next_step();
        Ok(end)
    }

    /// Checks, reports and bills of what the book has.
    fn results(
        &self,
        book: &Book,
        earlier: (&Earlier, Option<&mut Rejected>),
        end: &mut MonthEnd,
        watch: &Steps<'_>,
    ) -> Result<()> {
        let month = book.month(self.period)?;
        let checks = checked(&CheckQuestion::new(self.records(book, month, false)), watch)?;
        watch.check()?;
        let has_prices = self.tariff.is_some() || closed_with_money(month);
        let report = ReportQuestion {
            budget: self.budget,
            journal: self.journal.filter(|_| has_prices),
            ..ReportQuestion::new(self.records(book, month, true), Layout::by(Dimension::DEFAULT.to_vec()))
        };
        let parts = PackParts { has_users: false, letterhead: self.sender.letterhead.clone() };
        let answer = pack(&report, &parts, watch).map_err(|error| self.of_closing(error, book, month))?;
        watch.check()?;
        let issued = book.issues_of(self.period).next_back().map(|issue| issue.version);
        let made = match issued {
            _ if !has_prices => None,
            Some(version) if version == last_version(month) => {
                end.left_out.push(LeftOut::Issued(version));
                None
            }
            Some(_) => Some(self.notes(book, month, watch)?),
            None => self.bills(book, month, end, watch)?,
        };
        match (has_prices, self.journal) {
            (false, _) => end.left_out.push(LeftOut::BillsAndJournal),
            (true, None) => end.left_out.push(LeftOut::Journal),
            (true, Some(_)) => {}
        }
        let provenance = &answer.result.provenance;
        let late = self.late(book, month, watch)?;
        let verdict = match &late {
            // What would be published next is what has to be answered for.
            Some(_) => month_verdict(book, (self.period, None), (Vec::new(), None), self.clock, watch)?,
            None => checks.verdict.clone(),
        };
        let mut warnings = decisions::of_warnings(verdict, &answer, PeriodRange::month(self.period));
        if late.is_some() {
            // The amounts that are known are those of the closed version.
            warnings.iter_mut().for_each(Decision::without_amounts);
            end.decisions.extend(self.attributes_changed(book, month, watch)?);
        }
        end.decisions.extend(warnings);
        end.decisions.extend(late);
        end.decisions.extend(made.as_ref().and_then(|made| of_bills(made, month)));
        let rejected = end.notices.iter().filter(|notice| notice.code == Code::Rejected);
        let decision =
            |notice: &Notice| Decision::new(DecisionAbout::Result(notice.code), notice.message.clone());
        end.decisions.extend(rejected.map(decision).collect::<Vec<_>>());
        end.sort_decisions();
        let mut results = MonthResults {
            state: month.describe(),
            completeness: month.completeness(book),
            missing: self.missing(book, month)?,
            as_of: provenance.as_of,
            records: records(month),
            totals: totals(provenance),
            bills: made.as_ref().map_or(0, |made| made.bills.bills.len()),
            can_issue: closed_with_money(month)
                && issued != month.closings.last().map(|closing| closing.version),
            issued,
            outputs: Outputs::default(),
        };
        let verdict = with_notices(checks.verdict, &answer.result);
        results.outputs = self.write(&results, (&verdict, &answer, made.as_ref()), earlier, watch)?;
        end.results = Some(results);
        Ok(())
    }

    /// A journal that lacks something for a month that keeps the attributes of its closing: new ones need a new version.
    fn of_closing(&self, error: Error, book: &Book, month: &Month) -> Error {
        let is_frozen = month.closings.last().is_some_and(|closing| closing.attributes.is_some());
        match error {
            Error::JournalIncomplete { path, missing } if is_frozen => Error::ClosedAttributesLack {
                path,
                missing,
                period: self.period,
                book: book.folder().to_owned(),
            },
            error => error,
        }
    }

    /// What is known to be missing from the month as it is now.
    fn missing(&self, book: &Book, month: &Month) -> Result<Option<Missing>> {
        if month.completeness(book).evidence != Evidence::Disproved {
            return Ok(None);
        }
        let mut doubts = book.doubts(PeriodRange::month(self.period), Some(&Version::Now))?;
        book.acknowledge(&mut doubts);
        let Some(doubt) = doubts.into_iter().next() else { return Ok(None) };
        let mut by_whom: Vec<String> =
            doubt.acknowledgements.iter().map(|known| known.by_whom.clone()).collect();
        by_whom.dedup();
        let start = format!("{}: ", self.period);
        let reason = doubt.message.strip_prefix(&start).unwrap_or(&doubt.message).to_owned();
        Ok(Some(Missing { reason, by_whom }))
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

    /// Drafts of the notes that correct the bills of an earlier version.
    fn notes(&self, book: &Book, month: &Month, watch: &Steps<'_>) -> Result<MadeBills> {
        let issue = book.issues_of(self.period).next().expect("an earlier version is issued");
        let question = IssueDraftQuestion {
            period: self.period,
            version: last_version(month),
            per: per_of(book, issue),
            sender: self.sender.clone(),
            date: Some(self.period.plus_months(1).first_day()),
            clock: self.clock,
        };
        draft_issue(book, &question, watch)
    }

    /// Drafts of all bills; `None` if usage is probably missing, which is said.
    fn bills(
        &self,
        book: &Book,
        month: &Month,
        end: &mut MonthEnd,
        watch: &Steps<'_>,
    ) -> Result<Option<MadeBills>> {
        // The date of a draft is the day after the month, whenever it is made: it does not move from run to run.
        let records = Question {
            as_of: Some(AsOf::Date(self.period.plus_months(1).first_day())),
            ..self.records(book, month, true)
        };
        let accepts_incomplete =
            self.missing(book, month)?.is_some_and(|missing| !missing.by_whom.is_empty());
        let question =
            BillsQuestion { records, per: self.per, sender: self.sender.clone(), accepts_incomplete };
        match bills(&question, watch) {
            Ok(made) => Ok(Some(made)),
            Err(Error::StatementsIncomplete { reason }) => {
                end.left_out.push(LeftOut::Bills(reason));
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

impl MonthEnd {
    /// Whether nothing is left to decide.
    pub fn is_decided(&self) -> bool {
        self.decisions.is_empty()
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
            None if is(DecisionAbout::Bills) && !is_open => NextStep::Restate,
            None if self.can_issue() => NextStep::Issue,
            None if !is_open => NextStep::Nothing,
            None if self.is_decided() => NextStep::Close,
            None => NextStep::Decide(None),
        }
    }
}

/// The checks with what only the results show, as the cover of the workbook counts them.
fn with_notices(mut verdict: Verdict, pack: &Pack) -> Verdict {
    let is_known = |notice: &Notice| verdict.checks.iter().any(|check| check.notice.code == notice.code);
    let others = pack.notices().into_iter().map(|(notice, _)| notice).filter(|notice| !is_known(notice));
    let others: Vec<CheckResult> = others.map(|notice| check::result(notice.clone())).collect();
    verdict.passed.retain(|code| !others.iter().any(|other| other.notice.code == *code));
    verdict.checks.extend(others);
    verdict.checks.sort_by(|one, other| one.notice.cmp(&other.notice));
    verdict
}

/// What bills lack: a rate of VAT without which they cannot be issued, or an address while it is easily added.
fn of_bills(made: &MadeBills, month: &Month) -> Option<Decision> {
    let bills = &made.bills.bills;
    let address = || {
        let is_asked_for = month.closings.is_empty() && is_row_missing(bills, Lacking::Address);
        is_asked_for.then(|| lacking(bills, Lacking::Address))?
    };
    let text = made.without_due_rate().or_else(address)?;
    Some(Decision::new(DecisionAbout::Bills, text))
}

fn last_version(month: &Month) -> u32 {
    month.closings.last().map_or(0, |closing| closing.version)
}

fn closed_with_money(month: &Month) -> bool {
    month.closings.last().is_some_and(|closing| closing.money.is_some())
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
