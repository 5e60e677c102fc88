//! What differs between two bills of one recipient: each line that changed, as it was and as it is.
//!
//! ```text
//! before: 10 hours at 2 = 20.00      → Before: −10 hours at 2 = −20.00
//! now:    12 hours at 2 = 24.00      → Now:     12 hours at 2 =  24.00; 4.00 in all
//! ```

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::vat::{self, Rate};
use super::{
    Bill, BillCredit, BillLine, BillOffering, BillPart, BillProject, DocumentKind, DocumentRef, Side, Vat,
};
use crate::amount::Amount;
use crate::currency::Currency;
use crate::error::{Error, Result};
use crate::period::BillingPeriod;

/// A line with what it is below.
#[derive(Clone)]
struct Item<'a> {
    project: &'a BillProject,
    offering: &'a BillOffering,
    line: BillLine,
}

/// What is the same of a line in two bills: month, project, offering, resource, component usage, component and unit.
type LineKey<'a> = (BillingPeriod, u128, u128, u128, u128, &'a str, &'a str);

impl Bill {
    /// What changed since an earlier bill of the same recipient, of which either may be missing: a note that corrects the
    /// documents since. `None` if no amount changed, at any rate of VAT.
    ///
    /// # Errors
    /// Sums beyond all bounds.
    pub(crate) fn difference(
        before: Option<&Self>,
        now: Option<&Self>,
        corrects: Vec<DocumentRef>,
    ) -> Result<Option<Self>> {
        let Some(recipient) = now.or(before).map(|bill| bill.recipient.clone()) else { return Ok(None) };
        let lacks = now.map(|bill| bill.lacks.clone()).unwrap_or_default();
        let parts_of = |bill: Option<&'_ Self>| -> BTreeMap<Currency, BillPart> {
            let parts = bill.into_iter().flat_map(|bill| bill.parts.clone());
            parts.map(|part| (part.currency, part)).collect()
        };
        let (before, now) = (parts_of(before), parts_of(now));
        let currencies: BTreeSet<Currency> = before.keys().chain(now.keys()).copied().collect();
        let mut parts = Vec::new();
        for currency in currencies {
            let part = part_of(currency, before.get(&currency), now.get(&currency));
            let part = part.ok_or_else(|| Error::BillTooLarge { whose: recipient.name.clone() })?;
            parts.extend(part);
        }
        if parts.is_empty() {
            return Ok(None);
        }
        let kind = DocumentKind::of(&parts, true);
        Ok(Some(Self { recipient, parts, kind, corrects, issued: None, lacks }))
    }
}

/// `Some(None)` if nothing differs; `None` if a sum does not fit.
fn part_of(
    currency: Currency,
    before: Option<&BillPart>,
    now: Option<&BillPart>,
) -> Option<Option<BillPart>> {
    let (lines, credits) = (changed_lines(before, now), changed_credits(before, now));
    let rate = |text: &Option<String>| text.as_deref().and_then(Rate::parse);
    let of_lines = lines.iter().map(|item| (rate(&item.line.vat_rate), item.line.amount));
    let amounts = of_lines.chain(credits.iter().map(|credit| (rate(&credit.vat_rate), credit.amount)));
    let zero = Amount::new(0, currency.minor_unit());
    let mut nets: BTreeMap<Option<Rate>, Amount> = BTreeMap::new();
    for (rate, amount) in amounts.clone() {
        let net = nets.entry(rate).or_insert(zero);
        *net = net.checked_add(amount)?;
    }
    if nets.values().all(|net| *net == Amount::ZERO) {
        return Some(None);
    }
    let net = nets.values().copied().try_fold(zero, Amount::checked_add)?;
    let of_net = vat::by_rate(amounts, currency)?;
    let vat = vat_of(&of_net, before, now)?;
    let total = vat.iter().map(|vat| vat.amount).try_fold(net, Amount::checked_add)?;
    let mut vat_notes = now.or(before).map(|part| part.vat_notes.clone()).unwrap_or_default();
    vat_notes.extend((vat != of_net).then(|| VAT_REMAINDER.to_owned()));
    let rounding = now.or(before).and_then(|part| part.rounding.clone());
    let projects = projects(lines, zero)?;
    Some(Some(BillPart { currency, projects, credits, net, vat, vat_notes, rounding, total }))
}

/// What a note says whose VAT is not its rate on its own net.
const VAT_REMAINDER: &str = "VAT on the corrected bill less VAT already billed.";

/// The VAT of a note: by rate, that of the corrected bill less that of all documents before, which come to the VAT of the
/// bill as it was. So the VAT of all documents is that of the corrected bill, to the cent.
fn vat_of(of_net: &[Vat], before: Option<&BillPart>, now: Option<&BillPart>) -> Option<Vec<Vat>> {
    let billed = |part: Option<&BillPart>, rate: &str| {
        let vat = part.and_then(|part| part.vat.iter().find(|vat| vat.rate == rate));
        vat.map_or(Amount::ZERO, |vat| vat.amount)
    };
    let vat = |own: &Vat| {
        let taken_back = -billed(before, &own.rate);
        let amount = Amount::new(0, own.amount.places());
        let amount = amount.checked_add(billed(now, &own.rate))?.checked_add(taken_back)?;
        Some(Vat { amount, ..own.clone() })
    };
    of_net.iter().map(vat).collect()
}

/// The lines whose amount or rate of VAT is another one, in the order of the names of projects and offerings.
fn changed_lines<'a>(before: Option<&'a BillPart>, now: Option<&'a BillPart>) -> Vec<Item<'a>> {
    let mut pairs: BTreeMap<LineKey<'a>, [VecDeque<Item<'a>>; 2]> = BTreeMap::new();
    for (side, part) in [before, now].into_iter().enumerate() {
        for (project, offering, line) in part.into_iter().flat_map(BillPart::lines) {
            let key = (
                line.period,
                project.uuid,
                offering.uuid,
                line.resource_uuid,
                line.component_usage,
                line.component_type.as_str(),
                line.unit.as_str(),
            );
            let item = Item { project, offering, line: line.clone() };
            pairs.entry(key).or_default()[side].push_back(item);
        }
    }
    let mut changed = Vec::new();
    for [mut before, mut now] in pairs.into_values() {
        while !(before.is_empty() && now.is_empty()) {
            let (before, now) = (before.pop_front(), now.pop_front());
            let what = |item: &Option<Item<'_>>| {
                let line = item.as_ref().map(|item| &item.line);
                let line = line.filter(|line| line.amount != Amount::ZERO);
                line.map(|line| (line.amount, line.vat_rate.clone()))
            };
            if what(&before) == what(&now) {
                continue;
            }
            let before = before.map(|Item { project, offering, line }| {
                let (quantity, amount) = (-line.quantity, -line.amount);
                let line = BillLine { quantity, amount, side: Some(Side::Before), ..line };
                Item { project, offering, line }
            });
            let now = now.map(|Item { project, offering, line }| Item {
                project,
                offering,
                line: BillLine { side: Some(Side::Now), ..line },
            });
            changed.extend(before.into_iter().chain(now));
        }
    }
    changed
}

/// Credits that only one of the two has.
fn changed_credits(before: Option<&BillPart>, now: Option<&BillPart>) -> Vec<BillCredit> {
    let of = |part: Option<&BillPart>| part.map(|part| part.credits.clone()).unwrap_or_default();
    let (mut before, mut now) = (of(before), of(now));
    // Equal ones may be there several times. A customer may have another name since.
    let is_same = |one: &BillCredit, other: &BillCredit| {
        let other = BillCredit { customer: one.customer.clone(), ..other.clone() };
        *one == other
    };
    before.retain(|one| match now.iter().position(|other| is_same(one, other)) {
        Some(at) => {
            now.remove(at);
            false
        }
        None => true,
    });
    let taken_back = before.into_iter().map(|credit| {
        let amount = -credit.amount;
        BillCredit { amount, side: Some(Side::Before), ..credit }
    });
    taken_back.chain(now.into_iter().map(|credit| BillCredit { side: Some(Side::Now), ..credit })).collect()
}

/// The lines by project and offering, whose names are the latest; `None` if a sum does not fit.
fn projects(mut lines: Vec<Item<'_>>, zero: Amount) -> Option<Vec<BillProject>> {
    let mut names: BTreeMap<u128, String> = BTreeMap::new();
    for item in &lines {
        // Lines as they are come after those that they replace.
        names.insert(item.project.uuid, item.project.name.clone());
        names.insert(item.offering.uuid, item.offering.name.clone());
    }
    lines.sort_by_key(|item| {
        let (project, offering) = (item.project.uuid, item.offering.uuid);
        (names[&project].clone(), project, names[&offering].clone(), offering)
    });
    let mut projects: Vec<BillProject> = Vec::new();
    for Item { project, offering, line } in lines {
        if projects.last().is_none_or(|last| last.uuid != project.uuid) {
            let name = names[&project.uuid].clone();
            let (uuid, customer) = (project.uuid, project.customer.clone());
            projects.push(BillProject { uuid, name, customer, offerings: Vec::new(), subtotal: zero });
        }
        let of_project = projects.last_mut().expect("one was put there");
        if of_project.offerings.last().is_none_or(|last| last.uuid != offering.uuid) {
            let (uuid, name) = (offering.uuid, names[&offering.uuid].clone());
            of_project.offerings.push(BillOffering { uuid, name, lines: Vec::new(), subtotal: zero });
        }
        let of_offering = of_project.offerings.last_mut().expect("one was put there");
        of_project.subtotal = of_project.subtotal.checked_add(line.amount)?;
        of_offering.subtotal = of_offering.subtotal.checked_add(line.amount)?;
        of_offering.lines.push(line);
    }
    Some(projects)
}
