//! Closed months keep their money: the price lists that a question meets, what a month is closed with, and the proof.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::prepare::{Preparation, Prepared};
use super::question::{AsOf, Layout, Question, Seen, Source};
use super::watch::Watch;
use crate::book::{
    Book, BookWriter, CloseRequest, ClosedMoney, ClosedTotal, Closing, Damage, KeptFile, MoneyToKeep,
    Verification, Version,
};
use crate::error::{Error, Result};
use crate::notice::{Code, Notice};
use crate::period::{AskedPeriod, BillingPeriod, PeriodRange};
use crate::price::{FrozenTariff, Tariff, TariffText};
use crate::report::{Basis, ranges_in_words};

/// The prices that months of a question were closed with.
#[derive(Clone, Debug, Default)]
pub(super) struct Frozen {
    pub tariffs: Vec<Arc<FrozenTariff>>,
    /// What figures are made of, as it was asked for or as the months were closed; left open if neither says so.
    pub basis: Option<Basis>,
    pub notices: Vec<Notice>,
}

/// A month with the closing whose prices it has.
struct Found<'b> {
    period: BillingPeriod,
    closing: &'b Closing,
    /// `None` for a month that was closed without prices.
    money: Option<&'b ClosedMoney>,
    /// Whether the month is read as it was closed, not as it is now.
    is_closed: bool,
}

impl Question<'_> {
    /// The prices that the months which get amounts were closed with, if they are of a book.
    ///
    /// # Errors
    /// Another basis than that of a closed month, damage.
    pub(super) fn frozen(
        &self,
        priced: &[PeriodRange],
        seen: &Seen,
        months_with_records: &[i32],
    ) -> Result<Frozen> {
        let nothing = Frozen { basis: self.basis, ..Frozen::default() };
        let (Source::Book(book, version), false) = (&self.source, self.wants_prices) else {
            return Ok(nothing);
        };
        let is_priced =
            |month| priced.is_empty() || priced.iter().any(|range: &PeriodRange| range.contains(month));
        let is_asked = |month| seen.period.is_none_or(|period| period.contains(month));
        let months = book.months().filter(|(period, _)| is_priced(*period));
        let found = months.filter_map(|(period, month)| {
            let last = month.closings.last()?;
            let (closing, is_closed) = match version {
                None => (last, true),
                Some(Version::Closed(number)) => {
                    let named = month.closings.iter().find(|closing| closing.version == *number);
                    (named.unwrap_or(last), true)
                }
                Some(Version::Now | Version::Delivery(_)) => (last, false),
            };
            Some(Found { period, closing, money: closing.money.as_ref(), is_closed })
        });
        let found: Vec<Found<'_>> = found.collect();
        // What a month is now can be priced by any list; without one it has that of its last version.
        let has_own =
            |found: &&Found<'_>| found.money.is_some() && (found.is_closed || self.tariff.is_none());
        let own: Vec<&Found<'_>> = found.iter().filter(has_own).collect();
        let mut notices = Vec::new();
        if self.tariff.is_some() {
            let loose = found.iter().filter(|found| found.money.is_none() && found.is_closed);
            let loose: Vec<BillingPeriod> =
                loose.map(|found| found.period).filter(|one| is_asked(*one)).collect();
            notices.extend(not_frozen(&loose));
        } else if !own.is_empty() {
            let records = months_with_records.iter().map(|month| BillingPeriod::from_number(*month));
            let without = records.filter(|month| {
                is_priced(*month) && is_asked(*month) && !own.iter().any(|found| found.period == *month)
            });
            let without: Vec<BillingPeriod> = without.collect();
            if !without.is_empty() {
                return Ok(Frozen { notices: vec![left_out(&without)], ..nothing });
            }
        }
        let basis = self.frozen_basis(&own)?;
        Ok(Frozen { tariffs: tariffs(book, &own)?, basis, notices })
    }

    /// What figures are made of, which closed months decide.
    fn frozen_basis(&self, own: &[&Found<'_>]) -> Result<Option<Basis>> {
        let of = |found: &&&Found<'_>| found.money.map(|money| money.basis);
        let differs = |asked: Basis| {
            let others = own.iter().filter(|found| found.is_closed && of(found) != Some(asked));
            others.map(|found| found.period).collect::<Vec<_>>()
        };
        let first = own.iter().find_map(|found| of(&found));
        let Some(asked) = self.basis.or(first) else { return Ok(None) };
        let months = differs(asked);
        match months.as_slice() {
            [] => Ok(Some(asked)),
            [one, ..] => {
                let frozen = own.iter().find(|found| found.period == *one).and_then(|found| of(&found));
                let was = if months.len() == 1 { "was" } else { "were" };
                Err(Error::FrozenBasisDiffers {
                    months: format!("{} {was}", ranges_in_words(&months)),
                    frozen: frozen.unwrap_or_default().to_string(),
                    asked: asked.to_string(),
                })
            }
        }
    }
}

/// The price lists of months; months that were closed with the same files share theirs.
fn tariffs(book: &Book, own: &[&Found<'_>]) -> Result<Vec<Arc<FrozenTariff>>> {
    let mut lists: Vec<(&ClosedMoney, bool, FrozenTariff)> = Vec::new();
    for Found { period, closing, money, is_closed } in own.iter().copied() {
        let Some(money) = money else { continue };
        let month = (*period, closing.version);
        let is_same = |(known, is_binding, _): &&mut (&ClosedMoney, bool, _)| {
            is_binding == is_closed && has_terms_of(known, money)
        };
        match lists.iter_mut().find(is_same) {
            Some((.., list)) => list.months.push(month),
            None => {
                let tariff = book.tariff_text(money)?.parse()?;
                let list = FrozenTariff { tariff, months: vec![month], is_binding: *is_closed };
                lists.push((money, *is_closed, list));
            }
        }
    }
    Ok(lists.into_iter().map(|(.., list)| Arc::new(list)).collect())
}

/// Whether two closings have the same files and choices.
fn has_terms_of(one: &ClosedMoney, other: &ClosedMoney) -> bool {
    let file = |kept: &KeptFile| (kept.path.clone(), kept.sha256.clone());
    let key = |money: &ClosedMoney| {
        let rates = money.exchange_rates.as_ref().map(file);
        (file(&money.price_list), rates, money.currency.clone(), money.unpriced)
    };
    key(one) == key(other)
}

/// The price list of one closing, for one month.
///
/// # Errors
/// Damage.
pub(super) fn tariff_of(
    book: &Book,
    period: BillingPeriod,
    closing: &Closing,
) -> Result<Option<(Arc<FrozenTariff>, Basis)>> {
    let Some(money) = &closing.money else { return Ok(None) };
    let tariff = book.tariff_text(money)?.parse()?;
    let list = FrozenTariff { tariff, months: vec![(period, closing.version)], is_binding: true };
    Ok(Some((Arc::new(list), money.basis)))
}

fn not_frozen(months: &[BillingPeriod]) -> Option<Notice> {
    let was = if months.len() == 1 { "was" } else { "were" };
    let text = format!(
        "amounts not frozen: {} {was} closed without prices, so another price list gives other amounts.",
        ranges_in_words(months)
    );
    (!months.is_empty()).then(|| Notice::note(Code::AmountsNotFrozen, months.len() as u64, text))
}

fn left_out(months: &[BillingPeriod]) -> Notice {
    let have = if months.len() == 1 { "has" } else { "have" };
    let text = format!(
        "no amounts are shown, because {} {have} no prices. Name a price list, or report on the months that were closed \
         with prices alone.",
        ranges_in_words(months)
    );
    Notice::note(Code::AmountsLeftOut, months.len() as u64, text)
}

/// The prices that a month is to be closed with.
#[derive(Clone, Debug, Default)]
pub struct MoneyQuestion {
    /// The price list; `None` for that of the latest version, if it has one.
    pub tariff: Option<TariffText>,
    /// What usage and amounts are made of; left open, as with a report.
    pub basis: Option<Basis>,
}

/// What a month is closed with in money, if there are prices, and what is to be said of them.
///
/// # Errors
/// Usage without a price, what stands in the way of a closing, damage.
pub fn money_to_keep(
    writer: &BookWriter,
    request: &CloseRequest,
    asked: &MoneyQuestion,
    clock: DateTime<Utc>,
    watch: &dyn Watch,
) -> Result<(Option<MoneyToKeep>, Vec<Notice>)> {
    let last = writer.last_money(request.period);
    if asked.tariff.is_none() && last.is_none() {
        return match asked.basis {
            Some(_) => Err(Error::NoPrices),
            None => Ok((None, Vec::new())),
        };
    }
    let book = writer.foreseen(request)?;
    let text = match (&asked.tariff, last) {
        (Some(text), _) => text.clone(),
        (None, Some(last)) => book.tariff_text(last)?,
        (None, None) => return Ok((None, Vec::new())),
    };
    let basis = asked.basis.or(last.filter(|_| asked.tariff.is_none()).map(|last| last.basis));
    let closings = &book.month(request.period)?.closings;
    let version = closings.last().map_or(1, |closing| closing.version);
    let charged = Charged::new(&book, (request.period, version), Some(&text.parse()?), basis, clock, watch)?;
    let Charged { basis, charges, totals, notices } = charged;
    Ok((Some(MoneyToKeep { tariff: text, basis, charges, totals }), notices))
}

/// All charges of a version of a month.
struct Charged {
    basis: Basis,
    charges: Vec<u8>,
    totals: Vec<ClosedTotal>,
    notices: Vec<Notice>,
}

impl Charged {
    /// By a price list, or else by that of the version itself.
    fn new(
        book: &Book,
        (period, version): (BillingPeriod, u32),
        tariff: Option<&Tariff>,
        basis: Option<Basis>,
        clock: DateTime<Utc>,
        watch: &dyn Watch,
    ) -> Result<Self> {
        let question = Question {
            period: Some(AskedPeriod::Months(PeriodRange::month(period))),
            as_of: book.time().map(AsOf::Time),
            tariff,
            basis,
            ..Question::new(Source::Book(book, Some(Version::Closed(version))), clock)
        };
        let spec = |seen: &Seen| Layout::default().spec(seen.calendar, seen.period);
        let (accepted, asked) =
            question.given(|seen| Preparation::of(&spec(seen)).with(&question, *seen), watch)?;
        let prepared: Prepared<'_> = accepted.resolved(&asked)?.prepared(&asked)?;
        let is_of_prices = |notice: &Notice| {
            matches!(notice.code, Code::UnpricedUsage | Code::CreditNotPlaced | Code::PriceWithoutUsage)
        };
        let totals = prepared.provenance.pricing.iter().flat_map(|pricing| &pricing.totals);
        let total = |total: &crate::report::MoneyTotal| ClosedTotal {
            currency: total.currency.clone(),
            amount: total.amount.to_string(),
        };
        Ok(Self {
            basis: prepared.provenance.based.on,
            charges: prepared.charges(period)?,
            totals: totals.map(total).collect(),
            notices: prepared.provenance.notices.iter().filter(|one| is_of_prices(one)).cloned().collect(),
        })
    }
}

/// Reads everything of a book, names what is not as it was written, and makes all amounts of closed months again.
///
/// # Errors
/// A book that cannot be read.
pub fn verify(book: &Book, clock: DateTime<Utc>, watch: &dyn Watch) -> Result<Verification> {
    let mut verification = book.verify()?;
    if !verification.damage.is_empty() {
        return Ok(verification);
    }
    for (period, month) in book.months() {
        for closing in &month.closings {
            if let Some(money) = &closing.money
                && let Some(reason) = wrong(book, (period, closing), money, clock, watch)?
            {
                verification.damage.push(Damage { path: book.kept_path(&money.charges), reason });
            }
        }
    }
    Ok(verification)
}

/// Why the amounts of a version are not those that its price list makes.
fn wrong(
    book: &Book,
    (period, closing): (BillingPeriod, &Closing),
    money: &ClosedMoney,
    clock: DateTime<Utc>,
    watch: &dyn Watch,
) -> Result<Option<String>> {
    let version = closing.version;
    let again = match Charged::new(book, (period, version), None, None, clock, watch) {
        Ok(again) => again,
        Err(Error::DamagedBook { reason, .. }) => return Ok(Some(reason)),
        Err(error @ (Error::Interrupted | Error::Unreadable { .. })) => return Err(error),
        Err(error) => {
            return Ok(Some(format!("the amounts of {period} v{version} cannot be made again: {error}")));
        }
    };
    let kept = match book.kept(&money.charges) {
        Ok(kept) => kept,
        Err(Error::DamagedBook { reason, .. }) => return Ok(Some(reason)),
        Err(error) => return Err(error),
    };
    if kept == again.charges && money.totals == again.totals {
        return Ok(None);
    }
    let lines = |bytes: &[u8]| -> BTreeSet<String> {
        String::from_utf8_lossy(bytes).lines().map(str::to_owned).collect()
    };
    let (kept, again) = (lines(&kept), lines(&again.charges));
    let other = kept.difference(&again).next().or(again.difference(&kept).next());
    let line =
        other.map_or_else(|| "the totals differ".to_owned(), |line| format!("the line {line:?} differs"));
    Ok(Some(format!("the amounts of {period} v{version} are not those that its price list makes: {line}")))
}
