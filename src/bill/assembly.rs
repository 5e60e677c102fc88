//! From charge lines and credits to bills.

use std::collections::{BTreeMap, BTreeSet};

use super::lacks::Lack;
use super::recipients::{Key, Known, Owner};
use super::vat::{self, Rate};
use super::{Bill, BillCredit, BillLine, BillOffering, BillPart, BillProject, BillSpec, Bills, DocumentKind};
use crate::amount::Amount;
use crate::currency::Currency;
use crate::dimension::Dimension;
use crate::error::{Error, Result};
use crate::price::ChargeLine;
use crate::quantity::Quantity;
use crate::report::{MoneyTotal, Namesakes};
use crate::text::{listed, uuid_text};
use crate::usage::{Credit, Entity, UsageFrame};

/// What is on one bill in one currency.
#[derive(Default)]
struct Items<'a> {
    lines: Vec<&'a ChargeLine>,
    credits: Vec<&'a Credit>,
}

impl Bills {
    /// Makes the bills of charge lines and the frame's credits, whose net totals are those given. How amounts of a
    /// currency are rounded is known if it is not each line by itself.
    ///
    /// # Errors
    /// Amounts that have no recipient, attributes that contradict each other or are no rate, amounts finer than money is
    /// paid, and bills that do not come to the totals.
    pub(crate) fn new(
        frame: &UsageFrame,
        lines: &[ChargeLine],
        spec: BillSpec,
        totals: &[MoneyTotal],
        rounding: &dyn Fn(Currency) -> Option<String>,
    ) -> Result<Self> {
        let assembly = Assembly { frame, known: Known::new(frame), spec: &spec, rounding };
        let (mut bills, mut without_amount) = (Vec::new(), Vec::new());
        for (key, items) in assembly.grouped(lines)? {
            match assembly.bill(&key, items)? {
                Some(bill) => bills.push(bill),
                None => without_amount.push(key.name),
            }
        }
        let total = |total: &MoneyTotal| Some((Currency::parse(&total.currency)?, total.amount));
        let totals = totals.iter().filter_map(total).collect();
        let made = Self { bills, spec, totals, without_amount };
        made.check()?;
        Ok(made)
    }

    /// Sees that net totals are those of the report.
    fn check(&self) -> Result<()> {
        let mut sums: BTreeMap<Currency, Amount> = BTreeMap::new();
        for part in self.bills.iter().flat_map(|bill| &bill.parts) {
            *sums.entry(part.currency).or_default() += part.net;
        }
        let is_tied =
            self.totals.iter().all(|(currency, total)| sums.remove(currency).unwrap_or_default() == *total);
        match is_tied && sums.values().all(|sum| *sum == Amount::ZERO) {
            true => Ok(()),
            false => Err(Error::BillsNotTied),
        }
    }
}

struct Assembly<'a> {
    frame: &'a UsageFrame,
    known: Known<'a>,
    spec: &'a BillSpec,
    rounding: &'a dyn Fn(Currency) -> Option<String>,
}

type Grouped<'a> = BTreeMap<Key, BTreeMap<Currency, Items<'a>>>;

impl<'a> Assembly<'a> {
    /// Lines and credits by recipient and currency.
    fn grouped(&self, lines: &'a [ChargeLine]) -> Result<Grouped<'a>> {
        let mut grouped = Grouped::new();
        let mut missing = Missing::default();
        for line in lines {
            match self.key(Owner::from(line)) {
                Some(key) => {
                    grouped.entry(key).or_default().entry(line.currency).or_default().lines.push(line);
                }
                None if line.amount == Amount::ZERO => {}
                None => missing.note(self.owner(Owner::from(line))),
            }
        }
        let period = self.spec.period;
        for credit in self.frame.credits.iter().filter(|credit| period.contains(credit.period)) {
            let currency = self.currency(credit);
            match self.key(Owner::from(credit)) {
                Some(key) => {
                    grouped.entry(key).or_default().entry(currency).or_default().credits.push(credit)
                }
                None => missing.note(format!("the credit {:?}", credit.description)),
            }
        }
        missing.check(self.spec.per)?;
        Ok(grouped)
    }

    /// Who pays; `None` if that is nobody.
    fn key(&self, owner: Owner) -> Option<Key> {
        let of_entity = |entity: &Entity| Key { name: entity.name.to_string(), uuid: Some(entity.uuid) };
        match self.spec.per {
            Dimension::Customer => Some(of_entity(&self.frame.customers[owner.customer as usize])),
            Dimension::Project => Some(of_entity(&self.frame.projects[owner.project? as usize])),
            per => Some(Key { name: self.known.value(per.name(), owner)?.to_owned(), uuid: None }),
        }
    }

    /// `the project "Alpha"`: what has no recipient.
    fn owner(&self, owner: Owner) -> String {
        let kind = match self.spec.per {
            Dimension::Attribute(attribute) => attribute.owner(),
            kind => kind,
        };
        let place = match kind {
            Dimension::Project => owner.project,
            Dimension::Offering => owner.offering,
            Dimension::Resource => owner.resource,
            _ => Some(owner.customer),
        };
        let entity = place.map(|place| &self.frame.entities(kind)[place as usize]);
        entity.map_or_else(String::new, |entity| {
            format!("the {kind} {:?} ({})", &*entity.name, uuid_text(entity.uuid))
        })
    }

    fn currency(&self, credit: &Credit) -> Currency {
        Currency::parse(&self.frame.currencies[credit.currency as usize]).expect("the currency of a price")
    }

    /// `None` if all amounts are zero.
    fn bill(&self, key: &Key, items: BTreeMap<Currency, Items<'a>>) -> Result<Option<Bill>> {
        let has_amount = |items: &Items<'_>| {
            items.lines.iter().any(|line| line.amount != Amount::ZERO)
                || items.credits.iter().any(|credit| credit.amount != Amount::ZERO)
        };
        let items: Vec<_> = items.into_iter().filter(|(_, items)| has_amount(items)).collect();
        if items.is_empty() {
            return Ok(None);
        }
        let owners: Vec<Owner> = items
            .iter()
            .flat_map(|(_, items)| {
                let lines = items.lines.iter().map(|line| Owner::from(*line));
                lines.chain(items.credits.iter().map(|credit| Owner::from(*credit)))
            })
            .collect();
        let recipient = self.known.recipient(self.spec.per, key, &owners)?;
        let part = |(currency, items): &(Currency, Items<'a>)| self.part(key, *currency, items);
        let parts: Vec<BillPart> = items.iter().map(part).collect::<Result<_>>()?;
        let per = self.spec.per;
        let mut lacks = Vec::new();
        if recipient.address.is_empty() {
            lacks.extend(owners.first().map(|owner| Lack::address(&self.known, per, *owner)));
        }
        let without_rate = items.iter().zip(&parts);
        let without_rate: Vec<(Owner, Currency, Amount)> = without_rate
            .filter_map(|((currency, items), part)| {
                let owner = self.without_rate(items, part)?;
                Some((owner, *currency, part.without_rate().unwrap_or_default()))
            })
            .collect();
        lacks.extend(without_rate.first().map(|(owner, ..)| {
            let nets = without_rate.iter().map(|(_, currency, net)| (*currency, *net)).collect();
            Lack::vat_rate(&self.known, per, *owner, nets)
        }));
        let kind = DocumentKind::of(&parts, false);
        Ok(Some(Bill { recipient, parts, kind, corrects: Vec::new(), issued: None, lacks }))
    }

    /// Whose amount has neither a rate of VAT nor a sentence on it; `None` if each has one.
    fn without_rate(&self, items: &Items<'_>, part: &BillPart) -> Option<Owner> {
        let says_nothing = |owner: &Owner| self.known.value(super::recipients::VAT_NOTE, *owner).is_none();
        let lines = items.lines.iter().filter(|line| line.amount != Amount::ZERO);
        let mut lines = lines.map(|line| Owner::from(*line)).filter(says_nothing);
        let of_line = lines.find(|owner| matches!(self.known.rate(*owner), Ok(None)));
        let credits = items.credits.iter().zip(&part.credits);
        let credits = credits.filter(|(_, made)| made.vat_rate.is_none() && made.amount != Amount::ZERO);
        of_line.or_else(|| credits.map(|(credit, _)| Owner::from(*credit)).find(says_nothing))
    }

    fn part(&self, key: &Key, currency: Currency, items: &Items<'a>) -> Result<BillPart> {
        let too_large = || Error::BillTooLarge { whose: key.name.clone() };
        let shown = |line: &&&ChargeLine| line.usage != Quantity::ZERO || line.amount != Amount::ZERO;
        let lines: Vec<&ChargeLine> = items.lines.iter().filter(shown).copied().collect();
        let rates =
            lines.iter().map(|line| self.known.rate(Owner::from(*line))).collect::<Result<Vec<_>>>()?;
        let of_credits = items.credits.iter().map(|credit| self.credit_rate(key, credit, &rates));
        let of_credits = of_credits.collect::<Result<Vec<_>>>()?;
        let projects = self.projects(&lines, &rates).ok_or_else(too_large)?;
        let credit = |(credit, rate): (&&Credit, &Option<Rate>)| BillCredit {
            period: credit.period,
            customer_uuid: self.frame.customers[credit.customer as usize].uuid,
            customer: self.frame.customers[credit.customer as usize].name.to_string(),
            project: credit.project.map(|project| self.frame.projects[project as usize].name.to_string()),
            reason: credit.description.to_string(),
            price: credit.exchange.as_deref().map(str::to_owned),
            vat_rate: rate.map(Rate::text),
            amount: credit.amount,
            side: None,
        };
        let credits: Vec<BillCredit> = items.credits.iter().zip(&of_credits).map(credit).collect();
        let amounts = lines.iter().map(|line| line.amount).chain(credits.iter().map(|credit| credit.amount));
        let rates = rates.iter().chain(&of_credits).copied();
        let zero = Amount::new(0, currency.minor_unit());
        let net = amounts.clone().try_fold(zero, Amount::checked_add).ok_or_else(too_large)?;
        if net.places() > currency.minor_unit() {
            let (whose, currency) = (key.name.clone(), currency.to_string());
            return Err(Error::BillTooFine { whose, currency, net: net.to_string() });
        }
        let vat = vat::by_rate(rates.zip(amounts), currency).ok_or_else(too_large)?;
        let total = vat.iter().map(|vat| vat.amount).try_fold(net, Amount::checked_add);
        let owners = lines.iter().map(|line| Owner::from(*line));
        let owners: Vec<Owner> =
            owners.chain(items.credits.iter().map(|credit| Owner::from(*credit))).collect();
        let notes = self.known.values(super::recipients::VAT_NOTE, &owners);
        Ok(BillPart {
            currency,
            projects,
            credits,
            net,
            vat,
            vat_notes: notes.into_iter().map(str::to_owned).collect(),
            rounding: (self.rounding)(currency).or_else(|| rounding_together(&lines)),
            total: total.ok_or_else(too_large)?,
        })
    }

    /// The rate of a credit: its customer's or project's, or that of all lines, if these have one.
    fn credit_rate(&self, key: &Key, credit: &Credit, of_lines: &[Option<Rate>]) -> Result<Option<Rate>> {
        if self.known.has_rates_of_credits() {
            return self.known.rate(Owner::from(credit));
        }
        let rates: BTreeSet<Option<Rate>> = of_lines.iter().copied().collect();
        match (rates.first(), rates.len()) {
            (Some(rate), 1) => Ok(*rate),
            _ => Err(Error::CreditWithoutRate {
                whose: key.name.clone(),
                credit: credit.description.to_string(),
            }),
        }
    }

    /// The lines, which come in their order, by project and offering; `None` if a sum does not fit.
    fn projects(&self, lines: &[&ChargeLine], rates: &[Option<Rate>]) -> Option<Vec<BillProject>> {
        let frame = self.frame;
        let names = Names::new(frame, lines);
        let mut order: Vec<usize> = (0..lines.len()).collect();
        let name = |entities: &'a [Entity], place: u32| {
            let entity = &entities[place as usize];
            (&*entity.name, entity.uuid)
        };
        // Lines come month by month; a bill of several months has each project once.
        order.sort_by_key(|at| {
            let line = lines[*at];
            (name(&frame.projects, line.project), name(&frame.offerings, line.offering), line.period)
        });
        let mut projects: Vec<BillProject> = Vec::new();
        for at in order {
            let line = lines[at];
            let project = &frame.projects[line.project as usize];
            let offering = &frame.offerings[line.offering as usize];
            if projects.last().is_none_or(|last| last.uuid != project.uuid) {
                projects.push(BillProject {
                    uuid: project.uuid,
                    name: names.projects.of(project),
                    customer: frame.customers[line.customer as usize].name.to_string(),
                    offerings: Vec::new(),
                    subtotal: Amount::new(0, line.currency.minor_unit()),
                });
            }
            let of_project = projects.last_mut().expect("one was put there");
            if of_project.offerings.last().is_none_or(|last| last.uuid != offering.uuid) {
                of_project.offerings.push(BillOffering {
                    uuid: offering.uuid,
                    name: names.offerings.of(offering),
                    lines: Vec::new(),
                    subtotal: Amount::new(0, line.currency.minor_unit()),
                });
            }
            let of_offering = of_project.offerings.last_mut().expect("one was put there");
            of_project.subtotal = of_project.subtotal.checked_add(line.amount)?;
            of_offering.subtotal = of_offering.subtotal.checked_add(line.amount)?;
            of_offering.lines.push(self.line(line, rates[at], &names));
        }
        Some(projects)
    }

    fn line(&self, line: &ChargeLine, rate: Option<Rate>, names: &Names) -> BillLine {
        let frame = self.frame;
        let resource = &frame.resources[line.resource as usize];
        let component_type = &*frame.component_types[line.component_type as usize];
        BillLine {
            period: line.period,
            component: self.spec.sender.letterhead.component(component_type).to_owned(),
            component_type: component_type.to_owned(),
            resource: names.resources.of(resource),
            resource_uuid: resource.uuid,
            component_usage: line.component_usage,
            customer_uuid: frame.customers[line.customer as usize].uuid,
            side: None,
            quantity: line.usage,
            unit: frame.measured_units[line.measured_unit as usize].to_string(),
            price: line.reckoning.in_words(),
            steps: line.reckoning.steps.clone(),
            vat_rate: rate.map(Rate::text),
            amount: line.amount,
        }
    }
}

/// How lines are rounded of which the price is of several lines together; `None` if there are none.
fn rounding_together(lines: &[&ChargeLine]) -> Option<String> {
    lines.iter().any(|line| line.reckoning.is_together()).then(|| {
        "A price \"of … together\" is one amount for several lines: each has its share by quantity, rounded by itself, so that \
         their sum can differ from the amount by cents."
            .to_owned()
    })
}

/// The names on a bill, with marks on those that several have.
struct Names {
    projects: Marked,
    offerings: Marked,
    resources: Marked,
}

/// Names by uuid.
struct Marked(BTreeMap<u128, String>);

impl Names {
    fn new(frame: &UsageFrame, lines: &[&ChargeLine]) -> Self {
        let of = |entities: &[Entity], place: &dyn Fn(&ChargeLine) -> u32| {
            let places: BTreeSet<u32> = lines.iter().map(|line| place(line)).collect();
            Marked::new(places.into_iter().map(|place| &entities[place as usize]).collect())
        };
        Self {
            projects: of(&frame.projects, &|line| line.project),
            offerings: of(&frame.offerings, &|line| line.offering),
            resources: of(&frame.resources, &|line| line.resource),
        }
    }
}

impl Marked {
    fn new(entities: Vec<&Entity>) -> Self {
        let uuids: Vec<String> = entities.iter().map(|entity| uuid_text(entity.uuid)).collect();
        let bearers = entities.iter().map(|entity| &*entity.name);
        let namesakes = Namesakes::new(bearers.zip(uuids.iter().map(String::as_str)));
        let marked = |(entity, uuid): (&&Entity, &String)| {
            let mark = namesakes.mark(&entity.name, uuid);
            let name = if entity.name.trim().is_empty() { uuid } else { &*entity.name };
            (entity.uuid, format!("{name}{mark}"))
        };
        Self(entities.iter().zip(&uuids).map(marked).collect())
    }

    fn of(&self, entity: &Entity) -> String {
        self.0.get(&entity.uuid).cloned().unwrap_or_else(|| entity.name.to_string())
    }
}

/// What has an amount and no recipient.
#[derive(Default)]
struct Missing(BTreeSet<String>);

impl Missing {
    fn note(&mut self, what: String) {
        self.0.insert(what);
    }

    fn check(self, per: Dimension) -> Result<()> {
        match self.0.is_empty() {
            true => Ok(()),
            false => Err(Error::WithoutRecipient { per: per.name(), missing: listed(self.0) }),
        }
    }
}
