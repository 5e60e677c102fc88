//! Closed months keep their money: the price lists that a question meets, what a month is closed with, and the proof.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::issue::wrong_issue;
use super::prepare::{Preparation, Prepared};
use super::question::{AsOf, Detail, Layout, Question, Seen, Source};
use super::watch::Watch;
use crate::book::{
    AttributesToKeep, Book, BookWriter, CloseRequest, ClosedMoney, ClosedTotal, Closing, Damage, Issue,
    KeptFile, MoneyToKeep, Month, Verification, Version,
};
use crate::error::{Error, Result};
use crate::join::{AttributeValues, Attributes, FrozenAttributes, FrozenMonth};
use crate::notice::{Code, Notice};
use crate::period::{AskedPeriod, BillingPeriod, PeriodRange};
use crate::price::{Adjustment, FrozenTariff, SourceText, Tariff, TariffText};
use crate::report::{Basis, MoneyTotal, ranges_in_words};

/// The prices that months of a question were closed with.
#[derive(Clone, Debug, Default)]
pub(super) struct Frozen {
    pub tariffs: Vec<Arc<FrozenTariff>>,
    /// What figures are made of, as it was asked for or as the months were closed; left open if neither says so.
    pub basis: Option<Basis>,
    /// What the amounts of earlier months are made of.
    pub bases_before: Vec<(BillingPeriod, Basis)>,
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
    /// Whether it is one of the earlier months, whose amounts are shown if they can be.
    is_before: bool,
}

impl Question<'_> {
    /// The prices that the months which get amounts were closed with, if they are of a book.
    ///
    /// # Errors
    /// Another basis than that of a closed month, damage.
    pub(super) fn frozen(
        &self,
        (priced, before): (&[PeriodRange], &[PeriodRange]),
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
        let is_before = |month| before.iter().any(|range| range.contains(month)) && !is_priced(month);
        let months = book.months().filter(|(period, _)| is_priced(*period) || is_before(*period));
        let found = months.filter_map(|(period, month)| {
            let last = month.closings.last()?;
            let (closing, is_closed) = match closing_read(month, version.as_ref()) {
                Some(closing) => (closing, true),
                None => (last, false),
            };
            let is_before = is_before(period);
            Some(Found { period, closing, money: closing.money.as_ref(), is_closed, is_before })
        });
        let found: Vec<Found<'_>> = found.collect();
        // What a month is now can be priced by any list; without one it has that of its last version.
        let has_own =
            |found: &&Found<'_>| found.money.is_some() && (found.is_closed || self.tariff.is_none());
        let (own, own_before): (Vec<&Found<'_>>, Vec<&Found<'_>>) =
            found.iter().filter(has_own).partition(|found| !found.is_before);
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
        if self.tariff.is_none() && own.is_empty() {
            return Ok(Frozen { notices, ..nothing });
        }
        let basis = self.frozen_basis(&own)?;
        let bases_before = own_before.iter().filter_map(|found| Some((found.period, found.money?.basis)));
        let bases_before = bases_before.collect();
        Ok(Frozen { tariffs: tariffs(book, &[own, own_before].concat())?, basis, bases_before, notices })
    }

    /// The attributes that months of the book were closed with. A month that is read as it is now has those of its last
    /// version, if nothing else names any.
    ///
    /// # Errors
    /// Damage.
    pub(super) fn frozen_attributes(&self) -> Result<Vec<FrozenMonth>> {
        let Source::Book(book, version) = &self.source else { return Ok(Vec::new()) };
        let kept = book.months().filter_map(|(period, month)| {
            let read = closing_read(month, version.as_ref());
            let attributes = read.or(month.closings.last())?.attributes.as_ref()?;
            Some((period, read.is_some(), attributes))
        });
        let month = |(period, is_binding, attributes)| {
            let values = Arc::new(book.attribute_values(attributes)?);
            Ok(FrozenMonth { period, is_binding, values })
        };
        kept.map(month).collect()
    }

    /// What was decided after the price list: of a month that is read as it was closed, what the version has.
    pub(super) fn adjustments(&self) -> Vec<(BillingPeriod, Adjustment)> {
        let Source::Book(book, version) = &self.source else { return Vec::new() };
        let of_month = |(period, month): (BillingPeriod, &Month)| {
            let adjustments = closing_read(month, version.as_ref())
                .map_or(&month.adjustments, |closing| &closing.adjustments);
            adjustments.iter().map(move |one| (period, one.clone())).collect::<Vec<_>>()
        };
        book.months().flat_map(of_month).collect()
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

/// The closing that a month is read as; `None` if it is read as it is now, or as a delivery left it.
fn closing_read<'b>(month: &'b Month, version: Option<&Version>) -> Option<&'b Closing> {
    let last = month.closings.last()?;
    match version {
        None => Some(last),
        Some(Version::Closed(number)) => {
            Some(month.closings.iter().find(|closing| closing.version == *number).unwrap_or(last))
        }
        Some(Version::Now | Version::Delivery(_)) => None,
    }
}

/// The price lists of months; months that were closed with the same files share theirs.
fn tariffs(book: &Book, own: &[&Found<'_>]) -> Result<Vec<Arc<FrozenTariff>>> {
    let mut lists: Vec<(&ClosedMoney, bool, FrozenTariff)> = Vec::new();
    for Found { period, closing, money, is_closed, is_before } in own.iter().copied() {
        let Some(money) = money else { continue };
        let month = (*period, closing.version);
        // A price list that is given does not have to agree with earlier months.
        let is_binding = *is_closed && !is_before;
        let is_same = |(known, known_binding, _): &&mut (&ClosedMoney, bool, _)| {
            *known_binding == is_binding && has_terms_of(known, money)
        };
        match lists.iter_mut().find(is_same) {
            Some((.., list)) => list.months.push(month),
            None => {
                let tariff = book.tariff_text(money)?.parse()?;
                let list = FrozenTariff { tariff, months: vec![month], is_binding };
                lists.push((money, is_binding, list));
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

/// The prices and attributes that a month is to be closed with.
#[derive(Clone, Debug, Default)]
pub struct KeepQuestion {
    /// The price list; `None` for that of the latest version, if it has one.
    pub tariff: Option<TariffText>,
    /// What usage and amounts are made of; left open, as with a report.
    pub basis: Option<Basis>,
    /// Tables of attributes; none for those of the latest version, if it has any.
    pub attributes: Vec<SourceText>,
}

/// What a month is closed with beside its records.
#[derive(Clone, Debug, Default)]
pub struct ToKeep {
    /// The prices and all amounts, if there are prices.
    pub money: Option<MoneyToKeep>,
    /// The attributes, if there are any.
    pub attributes: Option<AttributesToKeep>,
    /// What is to be said of them.
    pub notices: Vec<Notice>,
}

/// Computes what a month is closed with beside its records. Nothing is committed.
///
/// # Errors
/// Usage without a price, a table that does not fit the records, what keeps a month from being closed, damage.
pub fn to_keep(
    writer: &BookWriter,
    request: &CloseRequest,
    asked: &KeepQuestion,
    clock: DateTime<Utc>,
    watch: &dyn Watch,
) -> Result<ToKeep> {
    let last = writer.last_closing(request.period);
    let (last_money, last_attributes) =
        (last.and_then(|last| last.money.as_ref()), last.and_then(|last| last.attributes.as_ref()));
    let has_prices = asked.tariff.is_some() || last_money.is_some();
    let has_attributes = !asked.attributes.is_empty() || last_attributes.is_some();
    if asked.basis.is_some() && !has_prices {
        return Err(Error::NoPrices);
    }
    if !has_prices && !has_attributes {
        return Ok(ToKeep::default());
    }
    let book = writer.foreseen(request)?;
    let text = match (&asked.tariff, last_money) {
        (Some(text), _) => Some(text.clone()),
        (None, Some(last)) => Some(book.tariff_text(last)?),
        (None, None) => None,
    };
    let tables = match last_attributes {
        Some(last) if asked.attributes.is_empty() => book.attribute_texts(last)?,
        _ => asked.attributes.clone(),
    };
    let attributes = Some(Attributes::parse(&tables)?).filter(|_| has_attributes);
    let basis = asked.basis.or(last_money.filter(|_| asked.tariff.is_none()).map(|last| last.basis));
    let tariff = text.as_ref().map(TariffText::parse).transpose()?;
    let closings = &book.month(request.period)?.closings;
    let version = closings.last().map_or(1, |closing| closing.version);
    let given = (tariff.as_ref(), attributes.as_ref());
    let Charged { basis, charges, totals, values, notices } =
        Charged::new(&book, (request.period, version), given, basis, clock, watch)?;
    let money = text.zip(charges);
    Ok(ToKeep {
        money: money.map(|(tariff, charges)| MoneyToKeep { tariff, basis, charges, totals }),
        attributes: has_attributes.then_some(AttributesToKeep { tables, values }),
        notices,
    })
}

/// All charges and attributes of a version of a month.
struct Charged {
    basis: Basis,
    /// `None` without prices.
    charges: Option<Vec<u8>>,
    totals: Vec<ClosedTotal>,
    values: AttributeValues,
    notices: Vec<Notice>,
}

impl Charged {
    /// By a price list, or else by that of the version itself; with these attributes and no others.
    fn new(
        book: &Book,
        (period, version): (BillingPeriod, u32),
        (tariff, attributes): (Option<&Tariff>, Option<&Attributes>),
        basis: Option<Basis>,
        clock: DateTime<Utc>,
        watch: &dyn Watch,
    ) -> Result<Self> {
        let question = Question {
            period: Some(AskedPeriod::Months(PeriodRange::month(period))),
            as_of: book.time().map(AsOf::Time),
            tariff,
            attributes,
            basis,
            ..Question::new(Source::Book(book, Some(Version::Closed(version))), clock)
        };
        let spec = |seen: &Seen| Layout::default().spec(seen.calendar, seen.period);
        let (accepted, asked) = question.given(
            Detail::Figures,
            |seen| Preparation::of(&spec(seen)).with(&question, *seen),
            watch,
        )?;
        let asked = Preparation { frozen_attributes: FrozenAttributes::default(), ..asked };
        let prepared: Prepared<'_> = accepted.resolved(&asked)?.prepared(&asked)?;
        let is_of_tables = |notice: &Notice| {
            matches!(
                notice.code,
                Code::UnpricedUsage | Code::CreditNotPlaced | Code::PriceWithoutUsage | Code::UnmatchedRow
            )
        };
        let totals = prepared.provenance.pricing.iter().flat_map(|pricing| &pricing.totals);
        let total = |total: &MoneyTotal| ClosedTotal {
            currency: total.currency.clone(),
            amount: total.amount.to_string(),
        };
        let has_prices = prepared.provenance.pricing.is_some();
        Ok(Self {
            basis: prepared.provenance.based.on,
            charges: has_prices.then(|| prepared.charges(period)).transpose()?,
            totals: totals.map(total).collect(),
            values: AttributeValues::of(&prepared.frame),
            notices: prepared.provenance.notices.iter().filter(|one| is_of_tables(one)).cloned().collect(),
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
            let kept = match (&closing.money, &closing.attributes) {
                (Some(money), _) => &money.charges,
                (None, Some(attributes)) => &attributes.values,
                (None, None) => continue,
            };
            let damage = match wrong(book, (period, closing), clock, watch) {
                Ok(None) => continue,
                Ok(Some((kept, reason))) => Damage { path: book.kept_path(kept), reason },
                Err(Error::DamagedBook { path, reason }) => Damage { path, reason },
                Err(error @ (Error::Interrupted | Error::Unreadable { .. })) => return Err(error),
                Err(error) => {
                    let reason = format!(
                        "what {period} v{} was closed with cannot be made again: {error}",
                        closing.version
                    );
                    Damage { path: book.kept_path(kept), reason }
                }
            };
            verification.damage.push(damage);
        }
    }
    if verification.damage.is_empty() {
        for issue in book.issues() {
            let path = book.kept_path(&issue.register);
            let reason = match wrong_issue(book, issue, clock, watch) {
                Ok(None) => continue,
                Ok(Some(reason)) => reason,
                Err(error @ (Error::Interrupted | Error::Unreadable { .. })) => return Err(error),
                Err(error) => {
                    let Issue { period, version, .. } = issue;
                    format!("what was issued of {period} v{version} cannot be made again: {error}")
                }
            };
            verification.damage.push(Damage { path, reason });
        }
    }
    Ok(verification)
}

/// Why the amounts or attributes of a version are not those that its price list and tables make.
fn wrong<'b>(
    book: &'b Book,
    (period, closing): (BillingPeriod, &'b Closing),
    clock: DateTime<Utc>,
    watch: &dyn Watch,
) -> Result<Option<(&'b KeptFile, String)>> {
    let version = closing.version;
    let tables = closing.attributes.as_ref().map(|kept| book.attribute_texts(kept)).transpose()?;
    let attributes = tables.map(|tables| Attributes::parse(&tables)).transpose()?;
    let given = (None, attributes.as_ref());
    let again = Charged::new(book, (period, version), given, None, clock, watch)?;
    if let Some(money) = &closing.money {
        let (kept, made) = (book.kept(&money.charges)?, again.charges.unwrap_or_default());
        if kept != made || money.totals != again.totals {
            let other = other_line(&kept, &made);
            let what = format!(
                "the amounts of {period} v{version} are not those that its price list makes: {other}"
            );
            return Ok(Some((&money.charges, what)));
        }
    }
    if let Some(attributes) = &closing.attributes {
        let (kept, made) = (book.kept(&attributes.values)?, again.values.to_csv());
        let columns = attributes.list();
        if kept != made || columns != again.values.list() {
            let other = other_line(&kept, &made);
            let what = format!("the attributes of {period} v{version} are not those of its tables: {other}");
            return Ok(Some((&attributes.values, what)));
        }
    }
    Ok(None)
}

/// A line that only one of two texts has.
fn other_line(kept: &[u8], made: &[u8]) -> String {
    let lines = |bytes: &[u8]| -> BTreeSet<String> {
        String::from_utf8_lossy(bytes).lines().map(str::to_owned).collect()
    };
    let (kept, made) = (lines(kept), lines(made));
    let other = kept.difference(&made).next().or(made.difference(&kept).next());
    other.map_or_else(|| "the totals differ".to_owned(), |line| format!("the line {line:?} differs"))
}
