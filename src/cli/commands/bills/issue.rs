//! `usagebook bills --issue`: numbers, in one commit of the book, then a folder that is written from the book.

use std::path::Path;

use anyhow::bail;
use chrono::NaiveDate;
use usagebook::Amount;
use usagebook::bill::DocumentKind;
use usagebook::book::{Book, Issue, Version};
use usagebook::config::Configuration;
use usagebook::currency::Currency;
use usagebook::dimension::Dimension;
use usagebook::error::Error;
use usagebook::files::folder::NewFolder;
use usagebook::files::leftovers::remove_leftovers;
use usagebook::filter::Filter;
use usagebook::join::Attributes;
use usagebook::period::{AskedPeriod, BillingPeriod, Calendar, day_in_words};
use usagebook::text::{counted, grouped_decimal, joined};
use usagebook::usecase::{self, IssueDraftQuestion, IssueQuestion, MadeBills, WrittenIssue};
use usagebook::write::bill::BillFormat;

use super::{check_places, forms};
use crate::cli::arguments::BillsArguments;
use crate::cli::notices::say;
use crate::cli::progress::Watch;
use crate::cli::words::Misuse;
use crate::cli::{Status, formats, inputs, seen, writing};

pub fn run(arguments: &BillsArguments, configuration: &Configuration) -> anyhow::Result<Status> {
    let Some(folder) = arguments.book.book.as_deref() else {
        return Err(Misuse { what: "--issue", need: "--book: numbers are kept in a book" }.into());
    };
    let asked: AskedPeriod = arguments.recipients.period.parse()?;
    let formats: Vec<BillFormat> =
        BillFormat::ALL.into_iter().filter(|format| arguments.output.format.contains(format)).collect();
    check_places(arguments, configuration)?;
    let watch = Watch::start()?.of(&arguments.inputs);
    let book = seen::open(folder)?;
    let request = Request { arguments, asked, formats };
    let (issue, book, is_new) = match request.issued(&book)? {
        Some(issue) => (issue, book, false),
        None => request.issue(folder, configuration, &watch)?,
    };
    let written = request.write(&book, &issue);
    let written = if is_new { written.map_err(after_issue)? } else { written? };
    say_issued(&issue, &written, is_new);
    say_late(&book, &issue, arguments.inputs.quiet);
    Ok(if watch.has_warned() { Status::Warnings } else { Status::Done })
}

/// The version of a month that drafts are of, when they are what `--issue` would issue.
#[derive(Clone, Copy, Debug)]
pub struct IssueDraft {
    period: BillingPeriod,
    version: u32,
}

/// Drafts of what `--issue` would issue, if an earlier version of the month was issued: the notes that correct it. `None`
/// if bills of the whole period are to be drafted.
pub fn drafted(
    arguments: &BillsArguments,
    configuration: &Configuration,
    book: &Book,
    watch: &Watch,
) -> anyhow::Result<Option<(MadeBills, Option<IssueDraft>)>> {
    let request = Request { arguments, asked: arguments.recipients.period.parse()?, formats: Vec::new() };
    // Several months, and states that are no closed version, are never issued.
    let Ok((period, version)) = request.month(book) else { return Ok(None) };
    let Some(known) = book.issues_of(period).next() else { return Ok(None) };
    if book.issues_of(period).any(|issue| issue.version >= version) {
        return Ok(None);
    }
    check_whole(arguments)?;
    request.issued(book)?;
    let question = IssueDraftQuestion {
        period,
        version,
        per: request.per(book)?.map_or_else(|| request.parsed_per(&known.per, book), Ok)?,
        sender: configuration.sender.clone(),
        date: arguments
            .recipients
            .as_of
            .map(|as_of| book.timezone().map(|zone| as_of.day(zone)))
            .transpose()?,
        clock: usecase::now()?,
    };
    let made = usecase::draft_issue(book, &question, watch)?;
    Ok(Some((made, Some(IssueDraft { period, version }))))
}

/// Notes are of what was closed, and of all recipients.
fn check_whole(arguments: &BillsArguments) -> Result<(), Misuse> {
    let is_filtered = Filter::ALL.into_iter().any(|filter| !arguments.filters.values(filter).is_empty());
    let typed = [
        (arguments.prices.files().next().is_some(), "--prices"),
        (!arguments.attributes.is_empty(), "--attributes"),
        (arguments.basis.basis.is_some(), "--basis"),
        (!arguments.basis.parents.is_empty(), "--parents"),
        (is_filtered, "a filter"),
    ];
    let need = "a month of which nothing was issued: notes that correct issued bills are drafted for all recipients, from what was closed";
    match typed.into_iter().find(|(is_typed, _)| *is_typed) {
        Some((_, what)) => Err(Misuse { what, need }),
        None => Ok(()),
    }
}

impl IssueDraft {
    /// ```text
    /// October 2026 v2 would be issued as 1 bill, 1 debit note: EUR 10.00 without VAT. Nothing is issued yet.
    /// ```
    pub fn say_drafted(self, made: &MadeBills) {
        let month = format!("{} v{}", self.period.in_words(), self.version);
        let bills = &made.bills.bills;
        if bills.is_empty() {
            say(format_args!("{month} would be issued without a document, because no amount changed."));
            return;
        }
        let count = |kind| bills.iter().filter(|bill| bill.kind == kind).count();
        let kinds = kinds([DocumentKind::Bill, DocumentKind::CreditNote, DocumentKind::DebitNote].map(count));
        let nets = nets(&made.bills.totals);
        say(format_args!("{month} would be issued as {kinds}: {nets} without VAT. Nothing is issued yet."));
    }
}

/// `1 bill, 2 credit notes`
fn kinds(counts: [usize; 3]) -> String {
    let kinds = counts.into_iter().zip(["bill", "credit note", "debit note"]);
    let kinds: Vec<String> =
        kinds.filter(|(count, _)| *count > 0).map(|(count, kind)| counted(count as u64, kind)).collect();
    kinds.join(", ")
}

/// `EUR 10.00 and USD 3.00`
fn nets(nets: &[(Currency, Amount)]) -> String {
    let net =
        |(currency, net): &(Currency, Amount)| format!("{currency} {}", grouped_decimal(&net.to_string()));
    joined(&nets.iter().map(net).collect::<Vec<_>>())
}

/// What fails once the documents are issued.
fn after_issue(error: Error) -> Error {
    let what =
        "the documents are issued and kept in the book; the same command again writes the files".into();
    Error::Committed { what, source: Box::new(error) }
}

struct Request<'a> {
    arguments: &'a BillsArguments,
    asked: AskedPeriod,
    /// Those that were named.
    formats: Vec<BillFormat>,
}

impl Request<'_> {
    /// What was issued already.
    fn issued(&self, book: &Book) -> anyhow::Result<Option<Issue>> {
        let month = self.month(book)?;
        let issue = usecase::issued(book, month, self.per(book)?, &self.formats)?.cloned();
        if issue.is_none() {
            book.billable(month.0, month.1)?;
        }
        Ok(issue)
    }

    /// Takes the lock, and issues what nobody issued meanwhile.
    fn issue(
        &self,
        folder: &Path,
        configuration: &Configuration,
        watch: &Watch,
    ) -> anyhow::Result<(Issue, Book, bool)> {
        let inputs = &self.arguments.inputs;
        let forms = forms(self.arguments)?;
        let access = inputs.access.private();
        let mut writer = writing::open(folder, &self.arguments.lock, None, access, "bills --issue")?;
        // Opened behind the lock: nobody writes any more.
        let book = Book::open(folder)?;
        if let Some(issue) = self.issued(&book)? {
            return Ok((issue, book, false));
        }
        let (period, version) = self.month(&book)?;
        let known = book.issues_of(period).next().map(|issue| issue.per.clone());
        let known = known.map(|per| self.parsed_per(&per, &book)).transpose()?;
        let question = IssueQuestion {
            period,
            version,
            per: self.per(&book)?.or(known).unwrap_or(Dimension::Customer),
            sender: configuration.sender.clone(),
            formats: forms,
            csv: formats::csv_options(&self.arguments.output.csv, false),
            date: self.date(&book)?,
            clock: usecase::now()?,
        };
        let issue = usecase::issue(&mut writer, &book, &question, watch)?;
        writing::report(folder, &writer, inputs.quiet);
        Ok((issue, Book::open(folder)?, true))
    }

    /// The one month, and the version that is asked for or its last.
    fn month(&self, book: &Book) -> anyhow::Result<(BillingPeriod, u32)> {
        let fiscal_year_start = self.arguments.recipients.fiscal_year_start.unwrap_or(1);
        let period = self.asked.seen(Calendar { as_of: self.date(book)?, fiscal_year_start });
        if period.months() != 1 {
            bail!(Misuse { what: "--issue", need: "a --period of one month, as 2026-10" });
        }
        let period = period.first();
        let last = book.month(period)?.closings.last().map_or(1, |closing| closing.version);
        match &self.arguments.book.version {
            None => Ok((period, last)),
            Some(Version::Closed(version)) => Ok((period, *version)),
            Some(_) => bail!(Misuse { what: "--issue", need: "a version that was closed, as --version v1" }),
        }
    }

    /// The date of issue.
    fn date(&self, book: &Book) -> anyhow::Result<NaiveDate> {
        let zone = book.timezone()?;
        Ok(match self.arguments.recipients.as_of {
            Some(as_of) => as_of.day(zone),
            None => usecase::now()?.with_timezone(&zone).date_naive(),
        })
    }

    /// Who gets a bill, if that was named.
    fn per(&self, book: &Book) -> anyhow::Result<Option<Dimension>> {
        self.arguments.recipients.per.as_deref().map(|text| self.parsed_per(text, book)).transpose()
    }

    fn parsed_per(&self, text: &str, book: &Book) -> anyhow::Result<Dimension> {
        inputs::per(Some(text), &inputs::attributes(&Attributes::default(), Some(book)))
    }

    /// Writes the folder from the book.
    fn write(&self, book: &Book, issue: &Issue) -> Result<WrittenIssue, Error> {
        let to = &self.arguments.output.to;
        remove_leftovers(to);
        let csv = formats::csv_options(&self.arguments.output.csv, false);
        let folder = NewFolder::create(to, self.arguments.inputs.access.private())?;
        let written = usecase::write_issued(book, issue, &csv, self.arguments.output.eml, &folder)?;
        folder.commit()?;
        Ok(written)
    }
}

/// ```text
/// October 2026 v1 is issued: 8 bills, 2026-00001 to 2026-00008 of 23 November 2026: EUR 29,887.01 without VAT.
/// ```
fn say_issued(issue: &Issue, written: &WrittenIssue, is_new: bool) {
    let Issue { period, version, date, .. } = issue;
    let month = format!("{} v{version}", period.in_words());
    let date = day_in_words(*date);
    let Some((first, last)) = &written.numbers else {
        let was = if is_new { "is" } else { "was" };
        say(format_args!("{month} {was} issued on {date}: no document, because no amount changed."));
        return;
    };
    let numbers = if first == last { first.clone() } else { format!("{first} to {last}") };
    let (kinds, nets) = (kinds(written.kinds), nets(&written.nets));
    let what = format!("{kinds}, {numbers} of {date}: {nets} without VAT");
    match is_new {
        true => say(format_args!("{month} is issued: {what}.")),
        false => {
            say(format_args!("{month} was issued before, and the same files are written again: {what}."))
        }
    }
}

/// What came after the last version, and is on no bill.
fn say_late(book: &Book, issue: &Issue, is_quiet: bool) {
    let Ok(month) = book.month(issue.period) else { return };
    let is_last = month.closings.last().is_some_and(|closing| closing.version == issue.version);
    let changes = month.late_changes + month.component_usages_changed;
    if is_last && changes > 0 && !is_quiet {
        let (period, changes) = (issue.period.in_words(), counted(changes, "late change"));
        say(format_args!(
            "note: {period} has {changes} since v{}, which this does not bill; `usagebook restate` makes the next version",
            issue.version
        ));
    }
}
