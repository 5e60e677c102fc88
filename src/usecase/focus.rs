//! Charges as FOCUS has them; of restated months with the rows that correct their first version.

use chrono::{DateTime, NaiveTime, Utc};

use super::invoiced::invoices;
use super::prepare::Prepared;
use super::question::{AsOf, Question, Source};
use super::report::{Answer, ReportQuestion};
use super::watch::Watch;
use crate::book::{Book, Version};
use crate::error::Result;
use crate::period::{AskedPeriod, BillingPeriod, PeriodRange};
use crate::price::{
    FocusBillingPeriod, FocusInvoiceDetail, FocusInvoices, FocusRow, FocusState, FocusVersion, corrected,
    dated,
};
use crate::report::{MonthState, Report, Status};
use crate::usage::UsageFrame;

/// Charges as FOCUS has them, and the report of the same records.
#[derive(Debug)]
pub struct Focus {
    /// The report, whose amounts the rows come to.
    pub report: Report,
    /// A row for each charge line, then one for each credit, then those that correct earlier ones.
    pub rows: Vec<FocusRow>,
    /// What rows of earlier versions are made of. The first frame of a table is the answer's own; these come after it.
    pub earlier: Vec<UsageFrame>,
    /// The months that the rows are of, and those that the question names.
    pub periods: Vec<FocusBillingPeriod>,
    /// What the documents come to that were issued of these months; rows name those that charge them.
    pub invoices: Vec<FocusInvoiceDetail>,
}

impl Focus {
    /// The frames that the rows are made of, in the order of their indexes.
    pub fn frames<'a>(&'a self, own: &'a UsageFrame) -> Vec<&'a UsageFrame> {
        [own].into_iter().chain(&self.earlier).collect()
    }
}

/// Makes charges as FOCUS has them. Usage has to have prices.
///
/// # Errors
/// As of [`report`](super::report()), and unit prices and costs beyond 38 digits.
pub fn focus(
    question: &ReportQuestion<'_>,
    version: FocusVersion,
    watch: &dyn Watch,
) -> Result<Answer<Focus>> {
    let (resolved, spec, asked) = question.resolved(watch)?;
    let prepared = resolved.prepared(&asked)?;
    let rows = prepared.focus_rows()?;
    let report = prepared.report(&spec)?;
    let periods = periods(&rows, &report, question.records.book());
    let invoices = match question.records.book() {
        Some(book) => invoices(book, &prepared.provenance.states, question.records.clock, watch)?,
        None => FocusInvoices::default(),
    };
    let (mut rows, earlier) = match version {
        FocusVersion::V1_2 => question.with_versions(rows, &prepared, &invoices, watch)?,
        FocusVersion::V1_4 => question.with_corrections(rows, &prepared, watch)?,
    };
    let frames: Vec<&UsageFrame> = [&prepared.frame].into_iter().chain(&earlier).collect();
    invoices.link(&mut rows, &frames);
    let invoices = invoices.into_details();
    question.answer(Focus { report, rows, earlier, periods, invoices }, spec, prepared)
}

impl ReportQuestion<'_> {
    /// The rows with those of the earlier versions of restated months, and what these are made of.
    fn with_corrections(
        &self,
        rows: Vec<FocusRow>,
        prepared: &Prepared<'_>,
        watch: &dyn Watch,
    ) -> Result<(Vec<FocusRow>, Vec<UsageFrame>)> {
        let Source::Book(book, _) = &self.records.source else { return Ok((rows, Vec::new())) };
        let mut rows = rows;
        let (mut frames, mut corrections) = (Vec::new(), Vec::new());
        for month in &prepared.provenance.states {
            let own;
            (own, rows) = rows.into_iter().partition(|row| row.period() == month.period);
            let states = self.versions(book, month, own, &mut frames, prepared, watch)?;
            let all: Vec<&UsageFrame> = [&prepared.frame].into_iter().chain(&frames).collect();
            let (later, first): (Vec<_>, Vec<_>) =
                corrected(states, &all).into_iter().partition(FocusRow::is_correction);
            rows.extend(first);
            corrections.extend(later);
        }
        // Usage by month, then credits: the rows of a month are in this order already.
        rows.sort_by_key(|row| (row.is_credit(), (!row.is_credit()).then(|| row.period())));
        rows.extend(corrections);
        Ok((rows, frames))
    }

    /// The rows with the versions that charged them, of months of which documents were issued.
    fn with_versions(
        &self,
        mut rows: Vec<FocusRow>,
        prepared: &Prepared<'_>,
        invoices: &FocusInvoices,
        watch: &dyn Watch,
    ) -> Result<(Vec<FocusRow>, Vec<UsageFrame>)> {
        let Source::Book(book, _) = &self.records.source else { return Ok((rows, Vec::new())) };
        let mut frames = Vec::new();
        for month in prepared.provenance.states.iter().filter(|month| invoices.has(month.period)) {
            let places: Vec<usize> =
                (0..rows.len()).filter(|at| rows[*at].period() == month.period).collect();
            let own = places.iter().map(|at| rows[*at].clone()).collect();
            let states = self.versions(book, month, own, &mut frames, prepared, watch)?;
            let all: Vec<&UsageFrame> = [&prepared.frame].into_iter().chain(&frames).collect();
            for (at, row) in places.into_iter().zip(dated(states, &all)) {
                rows[at] = row;
            }
        }
        Ok((rows, frames))
    }

    /// The versions of a month up to its rows, each with its rows. What earlier ones are made of is put behind the frames.
    fn versions(
        &self,
        book: &Book,
        month: &MonthState,
        own: Vec<FocusRow>,
        frames: &mut Vec<UsageFrame>,
        prepared: &Prepared<'_>,
        watch: &dyn Watch,
    ) -> Result<Vec<FocusState>> {
        // The version that the rows are of, and the last one that came before them.
        let (closing, before) = match month.state {
            Status::Version { version, .. } => (Some(version), version - 1),
            Status::Closed { version, .. } => (None, version),
            Status::Open | Status::Delivery { .. } => (None, 0),
        };
        let mut states = Vec::new();
        for closing in book.month(month.period).map(|month| &*month.closings).unwrap_or_default() {
            // A version without amounts has not been charged to anyone.
            if closing.version > before || closing.money.is_none() && self.records.tariff.is_none() {
                continue;
            }
            let (rows, frame) = self.charged(book, (month.period, closing.version), prepared, watch)?;
            frames.push(frame);
            states.push(FocusState { rows, frame: frames.len(), closing: Some(closing.version) });
        }
        states.push(FocusState { rows: own, frame: 0, closing });
        Ok(states)
    }

    /// The rows of a month in one of its closed versions.
    fn charged(
        &self,
        book: &Book,
        (period, version): (BillingPeriod, u32),
        prepared: &Prepared<'_>,
        watch: &dyn Watch,
    ) -> Result<(Vec<FocusRow>, UsageFrame)> {
        let money = book.closing(period, version)?.money.as_ref();
        let records = Question {
            source: Source::Book(book, Some(Version::Closed(version))),
            period: Some(AskedPeriod::Months(PeriodRange::month(period))),
            as_of: Some(AsOf::Date(prepared.provenance.as_of)),
            filters: prepared.filters.clone(),
            basis: money.map(|money| money.basis).or(self.records.basis),
            ..self.records.clone()
        };
        let question = ReportQuestion { records, budget: None, layout: self.layout.clone(), ..*self };
        let (resolved, _, asked) = question.resolved(watch)?;
        let prepared = resolved.prepared(&asked)?;
        let rows = prepared.focus_rows()?;
        watch.check()?;
        Ok((rows, prepared.frame))
    }
}

/// The months of the rows and those that are asked for by name, each with its state.
fn periods(rows: &[FocusRow], report: &Report, book: Option<&Book>) -> Vec<FocusBillingPeriod> {
    let provenance = &report.provenance;
    let mut months: Vec<BillingPeriod> = rows.iter().map(FocusRow::period).collect();
    months.extend(provenance.period.into_iter().flat_map(|range| range.periods()));
    months.sort_unstable();
    months.dedup();
    let seen = provenance.as_of.and_time(NaiveTime::MIN).and_utc();
    let closed = |period: BillingPeriod| -> Option<DateTime<Utc>> {
        let state = &provenance.states.iter().find(|state| state.period == period)?.state;
        let (Status::Version { version, .. } | Status::Closed { version, .. }) = state else { return None };
        let closing = book?.closing(period, *version).ok()?;
        Some(closing.time.unwrap_or(closing.cut_off))
    };
    let described = |period| {
        let closed = closed(period);
        FocusBillingPeriod { period, is_closed: closed.is_some(), updated: closed.unwrap_or(seen) }
    };
    months.into_iter().map(described).collect()
}
