//! What the portal bills has no user everywhere: rows of no user make the users of a component usage come to it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::question::{Question, Seen, Source};
use super::watch::{Watch, reading};
use crate::amount::Amount;
use crate::conflict::Conflict;
use crate::dimension::Dimension;
use crate::error::{Error, Result};
use crate::notice::{Code, Example, Notice};
use crate::objects::{ComponentUsage, ComponentUsageReading, ComponentUsages};
use crate::period::{BillingPeriod, PeriodRange};
use crate::quantity::Quantity;
use crate::report::{Based, Basis, UsersBecause, ranges_in_words};
use crate::text::{counted, grouped_decimal, uuid_text};
use crate::usage::{Cells, Counts, Lists, Parents, Records, UsageFrame};

/// What figures are made of, and which component usages they lack.
#[derive(Clone, Debug, Default)]
pub(super) struct Grounds {
    pub based: Based,
    /// The rows of parents that have users and are not among the component usages of their month, with what their users
    /// come to in hundredths.
    absent: BTreeMap<u32, i128>,
    /// Those that the component usages describe in another way, likewise.
    differing: BTreeMap<u32, (i128, ComponentUsage)>,
    /// The months with records that have no component usages, if figures are made of these.
    pub of_users: BTreeSet<BillingPeriod>,
    /// What is to be said of the component usages.
    pub notices: Vec<Notice>,
}

/// What figures are made of, as it is asked for; else what is there decides if usage has prices.
///
/// # Errors
/// Component usages are asked for, and a month asked for that has records has none.
pub(super) fn decided(
    asked: Option<Basis>,
    has_prices: bool,
    usages: Option<&ComponentUsages>,
    frame: &UsageFrame,
    period: Option<PeriodRange>,
) -> Result<Based> {
    let is_wanted = match asked {
        Some(basis) => basis == Basis::ComponentUsage,
        None => has_prices,
    };
    if !is_wanted {
        return Ok(Based::on(Basis::Users));
    }
    let lacking = usages.map(|usages| {
        let has: BTreeSet<BillingPeriod> = usages.rows.iter().map(|usage| usage.billing_period).collect();
        let months = frame.months.iter().map(|month| BillingPeriod::from_number(*month));
        let is_asked = |month: &BillingPeriod| period.is_none_or(|period| period.contains(*month));
        months.filter(|month| is_asked(month) && !has.contains(month)).collect::<Vec<_>>()
    });
    let users = |reason| Ok(Based { on: Basis::Users, reason: Some(reason) });
    match (lacking, asked) {
        (None, Some(_)) => Err(Conflict::BasisWithoutComponentUsages.into()),
        (None, None) => users(UsersBecause::NoComponentUsages),
        (Some(months), _) if months.is_empty() => Ok(Based::on(Basis::ComponentUsage)),
        (Some(months), Some(_)) => Err(Error::NoComponentUsages { months: ranges_in_words(&months) }),
        (Some(months), None) => users(UsersBecause::MonthsWithout(months)),
    }
}

impl Question<'_> {
    /// The component usages that figures can be made of, if they are asked for or may be needed.
    ///
    /// # Errors
    /// Dumps that cannot be read, component usages that cannot be used.
    pub(super) fn component_usages(
        &self,
        seen: &Seen,
        (basis, has_prices): (Option<Basis>, bool),
        watch: &dyn Watch,
    ) -> Result<Option<ComponentUsages>> {
        let is_needed = basis.map_or(has_prices, |basis| basis == Basis::ComponentUsage);
        let parents = self.parents_or_staged();
        match &self.source {
            _ if !is_needed && self.parents.is_empty() => Ok(None),
            Source::Book(book, version) if parents.is_empty() => {
                book.component_usages(version.as_ref(), false, watch.progress())
            }
            source => {
                let accepts_incomplete = match source {
                    Source::Inputs(request) => request.accepts_incomplete,
                    Source::Book(..) => false,
                };
                let asked = ComponentUsageReading {
                    timezone: seen.timezone,
                    accepts_incomplete,
                    keeps_fields: false,
                };
                let book = self.book();
                let usages = reading(watch, |progress| {
                    super::check::component_usages(&parents, book, asked, progress)
                })?;
                match usages {
                    Some(ComponentUsages { faults, .. }) if !faults.is_empty() => {
                        Err(Error::Rejected { faults: Box::new(faults) })
                    }
                    usages => Ok(usages),
                }
            }
        }
    }
}

impl Grounds {
    /// Of records as they are.
    pub(super) fn of_records(based: Based) -> Self {
        Self { based, ..Self::default() }
    }

    /// Adds a row of no user wherever the users of a component usage do not come to it, in the months that are needed.
    /// Of months without records, only those that are asked for by name are needed.
    ///
    /// A component usage that has users keeps the customer, project, offering, resource, unit and date that it has with
    /// them: one charge line has one owner.
    pub(super) fn attributed(
        based: Based,
        frame: &mut UsageFrame,
        usages: &ComponentUsages,
        is_needed: impl Fn(BillingPeriod) -> bool,
        period: Option<PeriodRange>,
    ) -> Self {
        let has: BTreeSet<i32> = usages.rows.iter().map(|usage| usage.billing_period.number()).collect();
        let months = frame.months.clone();
        let of_users = months.iter().filter(|month| !has.contains(month));
        let of_users = of_users.map(|month| BillingPeriod::from_number(*month)).collect();
        let mut notices = usages.notices.clone();
        notices.extend(by_users(frame, &has, &is_needed, period));
        notices.extend(left_out(&months, usages, period));
        let is_needed = |month: BillingPeriod| {
            let is_named = period.is_some_and(|period| period.contains(month));
            is_needed(month) && (is_named || months.binary_search(&month.number()).is_ok())
        };
        let mut rest = Rest::of(frame);
        for usage in &usages.rows {
            rest.put(frame, usage, &is_needed);
        }
        notices.extend(unplaced(&rest.unplaced));
        let is_absent = |(parent, month): &(u32, &i32)| {
            let is_known = rest.met[*parent as usize] || !rest.has_users[*parent as usize];
            !is_known && has.contains(month) && is_needed(BillingPeriod::from_number(**month))
        };
        let parents = (0..).zip(frame.parents.billing_period());
        let absent =
            parents.filter(is_absent).map(|(parent, _)| (parent, rest.sums[parent as usize])).collect();
        let differing = std::mem::take(&mut rest.differing);
        rest.into_frame(frame);
        Self { based, absent, differing, of_users, notices }
    }

    /// The warnings that component usages are charged by their users because there is nothing else to charge them by, or
    /// something that is said to be something else. The frame is the one that is reported on.
    pub(super) fn by_users_notices(&self, frame: &UsageFrame, period: Option<PeriodRange>) -> Vec<Notice> {
        let absent = |parent: u32| Some((*self.absent.get(&parent)?, None));
        let differing = |parent: u32| self.differing.get(&parent).map(|(users, usage)| (*users, Some(usage)));
        let absent = by_users_notice(frame, period, Code::ParentAbsent, absent, |are| {
            format!("{are} named by records and not in the dump of component usages")
        });
        let differing = by_users_notice(frame, period, Code::ParentDiffers, differing, |are| {
            format!("{are} of another unit, component, resource or month in the own dump than in records")
        });
        absent.into_iter().chain(differing).collect()
    }
}

/// A warning about the parents that are charged by their users: of each what its users come to in hundredths, and what it
/// is said to be.
fn by_users_notice<'a>(
    frame: &UsageFrame,
    period: Option<PeriodRange>,
    code: Code,
    of: impl Fn(u32) -> Option<(i128, Option<&'a ComponentUsage>)>,
    words: impl Fn(String) -> String,
) -> Option<Notice> {
    let is_reported = |parent: u32| {
        let month = frame.parents.period(parent as usize);
        of(parent).is_some() && period.is_none_or(|period| period.contains(month))
    };
    let rows = || (0..).zip(frame.records.parent()).filter(|(_, parent)| is_reported(**parent));
    let reported: BTreeSet<u32> = rows().map(|(_, parent)| *parent).collect();
    let example = |parent: u32| of(parent).map(|(users, usage)| example(frame, parent, users, usage));
    let examples = reported.iter().filter_map(|parent| example(*parent)).collect();
    let count = reported.len() as u64;
    let mut amounts: BTreeMap<&str, Amount> = BTreeMap::new();
    for (row, parent) in rows() {
        let currency = frame.parents.currency(*parent as usize);
        if let (Some(amount), Some(currency)) = (frame.records.amount(), currency) {
            let places = frame.currency_places[currency as usize];
            let amount: i128 = amount[row];
            *amounts.entry(&frame.currencies[currency as usize]).or_default() += Amount::new(amount, places);
        }
    }
    let amounts: Vec<String> = amounts
        .iter()
        .map(|(currency, amount)| format!("{currency} {}", grouped_decimal(&amount.to_string())))
        .collect();
    let amounts = if amounts.is_empty() { String::new() } else { format!(", {}", amounts.join(" and ")) };
    let (are, they, their) = if count == 1 { ("is", "it", "its") } else { ("are", "they", "their") };
    let are_what = words(format!("{} {are}", counted(count, "component usage")));
    let text = format!("{are_what}: {they} {are} counted by {their} users{amounts}.");
    (count > 0).then(|| Notice::warning(code, count, text).with_examples(examples))
}

/// The parent as the check names it, so that one answer covers both.
fn example(frame: &UsageFrame, parent: u32, users: i128, usage: Option<&ComponentUsage>) -> Example {
    let (at, parents) = (parent as usize, &frame.parents);
    let labels = vec![
        ("component_type", frame.component_types[parents.component_type()[at] as usize].to_string()),
        ("measured_unit", frame.measured_units[parents.measured_unit()[at] as usize].to_string()),
        ("component_usage", uuid_text(parents.uuid()[at])),
    ];
    let mut figures = vec![("users", Quantity::from_hundredths(users).to_string())];
    if let Some(usage) = usage {
        figures.push(("component usage", usage.usage.to_string()));
        figures.push(("in its own dump", usage.described()));
    }
    let about = vec![
        ("customer_uuid", uuid_text(frame.customers[parents.customer()[at] as usize].uuid)),
        ("resource_uuid", uuid_text(frame.resources[parents.resource()[at] as usize].uuid)),
    ];
    Example { period: Some(parents.period(at)), labels, figures, about }
}

/// What users do not come to, row by row.
struct Rest {
    parents: HashMap<u128, u32>,
    /// What the users of each parent come to, in hundredths.
    sums: Vec<i128>,
    has_users: Vec<bool>,
    /// Whether each parent is among the component usages.
    met: Vec<bool>,
    lists: Lists,
    /// The latest parent of each resource, which says whose it is.
    of_resources: HashMap<u32, u32>,
    /// The new rows: a parent, and usage in hundredths.
    rows: Vec<(u32, i128)>,
    new_parents: Vec<NewParent>,
    unplaced: Vec<ComponentUsage>,
    /// The parents that are something else than the component usages say, with what their users come to.
    differing: BTreeMap<u32, (i128, ComponentUsage)>,
}

/// Whether a component usage is of the unit, component, resource and month that its users' records say.
fn is_as_recorded(frame: &UsageFrame, parent: usize, usage: &ComponentUsage) -> bool {
    let parents = &frame.parents;
    frame.measured_units[parents.measured_unit()[parent] as usize] == usage.measured_unit
        && frame.component_types[parents.component_type()[parent] as usize] == usage.component_type
        && frame.resources[parents.resource()[parent] as usize].uuid == usage.resource_uuid
        && parents.period(parent) == usage.billing_period
}

struct NewParent {
    uuid: u128,
    links: [u32; 6],
    date: Option<i64>,
    month: i32,
}

impl Rest {
    fn of(frame: &UsageFrame) -> Self {
        let parents = &frame.parents;
        let mut sums = vec![0_i128; parents.len()];
        for (parent, usage) in frame.records.usage_by_parent() {
            sums[parent] += usage.hundredths();
        }
        let mut order: Vec<u32> = (0..parents.len() as u32).collect();
        order.sort_by_key(|parent| {
            (parents.billing_period()[*parent as usize], parents.uuid()[*parent as usize])
        });
        Self {
            parents: parents.uuid().iter().copied().zip(0..).collect(),
            sums,
            has_users: frame.has_records(),
            met: vec![false; parents.len()],
            lists: Lists::of(frame),
            of_resources: order
                .into_iter()
                .map(|parent| (parents.resource()[parent as usize], parent))
                .collect(),
            rows: Vec::new(),
            new_parents: Vec::new(),
            unplaced: Vec::new(),
            differing: BTreeMap::new(),
        }
    }

    fn put(
        &mut self,
        frame: &mut UsageFrame,
        usage: &ComponentUsage,
        is_needed: &impl Fn(BillingPeriod) -> bool,
    ) {
        let hundredths = usage.usage.hundredths();
        match self.parents.get(&usage.uuid).copied() {
            Some(parent) => {
                let at = parent as usize;
                self.met[at] = true;
                if self.has_users[at] && !is_as_recorded(frame, at, usage) {
                    if is_needed(frame.parents.period(at)) {
                        self.differing.insert(parent, (self.sums[at], usage.clone()));
                    }
                    return;
                }
                let rest = hundredths - self.sums[at];
                if (rest != 0 || !self.has_users[at]) && is_needed(frame.parents.period(at)) {
                    self.rows.push((parent, rest));
                }
            }
            None if !is_needed(usage.billing_period) => {}
            None => match self.links(frame, usage) {
                None if hundredths == 0 => {}
                None => self.unplaced.push(usage.clone()),
                Some(links) => {
                    let (uuid, date, month) = (usage.uuid, usage.date, usage.billing_period.number());
                    let parent = (frame.parents.len() + self.new_parents.len()) as u32;
                    self.new_parents.push(NewParent { uuid, links, date, month });
                    self.rows.push((parent, hundredths));
                }
            },
        }
    }

    /// Whose a component usage is: as it says itself, or as the resource's other usage does. `None` if neither says it.
    fn links(&mut self, frame: &mut UsageFrame, usage: &ComponentUsage) -> Option<[u32; 6]> {
        let known =
            self.lists.resource(usage.resource_uuid).and_then(|resource| self.of_resources.get(&resource));
        let known = known.map(|parent| frame.parents.links().map(|link| link[*parent as usize]));
        let own = [
            (Dimension::Customer, usage.customer_uuid, &usage.customer_name),
            (Dimension::Project, usage.project_uuid, &usage.project_name),
            (Dimension::Offering, usage.offering_uuid, &usage.offering_name),
        ];
        if known.is_none() && own.iter().any(|(_, uuid, _)| uuid.is_none()) {
            return None;
        }
        let mut links = known.unwrap_or_default();
        for (link, (dimension, uuid, name)) in links.iter_mut().zip(own) {
            if let Some(uuid) = uuid {
                *link = self.lists.entity(frame, dimension, uuid, name);
            }
        }
        links[3] = self.lists.entity(frame, Dimension::Resource, usage.resource_uuid, &usage.resource_name);
        links[4] = self.lists.component_type(frame, &usage.component_type);
        links[5] = self.lists.measured_unit(frame, &usage.measured_unit);
        Some(links)
    }

    /// Puts the rows behind the records, and component usages without users behind the parents.
    fn into_frame(self, frame: &mut UsageFrame) {
        if self.rows.is_empty() {
            return;
        }
        let (old, new) = (&frame.parents, &self.new_parents);
        let links = old.links();
        let parents = Parents::new(
            with(old.uuid(), new.iter().map(|parent| parent.uuid)),
            std::array::from_fn(|at| with(links[at], new.iter().map(|parent| parent.links[at]))),
            old.dates().chain(new.iter().map(|parent| parent.date)),
            with(old.billing_period(), new.iter().map(|parent| parent.month)),
        );
        let no_user = frame.usernames.len() as u32;
        let old = &frame.records;
        let records = Records::new(
            with(old.parent(), self.rows.iter().map(|(parent, _)| *parent)),
            with(old.username(), self.rows.iter().map(|_| no_user)),
            with(old.usage(), self.rows.iter().map(|(_, usage)| *usage)),
            None,
        );
        let records = match old.cells() {
            None => records,
            Some(cells) => {
                let counts = cells.counts.iter().copied().chain(self.rows.iter().map(|_| Counts::default()));
                records.into_cells(Cells { counts: counts.collect(), ..cells.clone() })
            }
        };
        frame.usernames.push(Box::default());
        frame.no_user = Some(no_user);
        (frame.records, frame.parents) = (records, parents);
        let months = self.new_parents.iter().map(|parent| parent.month);
        frame.months.extend(months);
        frame.months.sort_unstable();
        frame.months.dedup();
        let UsageFrame { months, empty_months, .. } = frame;
        empty_months.retain(|month| months.binary_search(month).is_err());
    }
}

fn with<T: Copy>(values: &[T], more: impl Iterator<Item = T>) -> Vec<T> {
    values.iter().copied().chain(more).collect()
}

/// The note that months with component usages are not in figures of all months, because they have no record.
fn left_out(months: &[i32], usages: &ComponentUsages, period: Option<PeriodRange>) -> Option<Notice> {
    let is_left_out = |usage: &&ComponentUsage| months.binary_search(&usage.billing_period.number()).is_err();
    let usages: Vec<&ComponentUsage> = usages.rows.iter().filter(is_left_out).collect();
    let months: BTreeSet<BillingPeriod> = usages.iter().map(|usage| usage.billing_period).collect();
    let are = if usages.len() == 1 { "is" } else { "are" };
    let text = format!(
        "{} of {} {are} not in the figures, because no record is of these months; ask for such a month by name to have it.",
        counted(usages.len() as u64, "component usage"),
        ranges_in_words(&months.into_iter().collect::<Vec<_>>())
    );
    let is_told = period.is_none() && !usages.is_empty();
    is_told.then(|| Notice::note(Code::ParentWithoutUsers, usages.len() as u64, text))
}

/// The note that months are compared whose usage is made of users.
fn by_users(
    frame: &UsageFrame,
    has: &BTreeSet<i32>,
    is_needed: &impl Fn(BillingPeriod) -> bool,
    period: Option<PeriodRange>,
) -> Option<Notice> {
    let months = frame.months.iter().filter(|month| !has.contains(month));
    let is_compared =
        |month: &BillingPeriod| is_needed(*month) && period.is_some_and(|period| !period.contains(*month));
    let months: Vec<BillingPeriod> =
        months.map(|month| BillingPeriod::from_number(*month)).filter(is_compared).collect();
    let (have, its) = if months.len() == 1 { ("has", "its") } else { ("have", "their") };
    let text = format!(
        "{} {have} no component usages: {its} usage, with which that of the report is compared, is made of users.",
        ranges_in_words(&months)
    );
    (!months.is_empty()).then(|| Notice::note(Code::ParentAbsent, months.len() as u64, text))
}

/// The warning that nothing says whose usage some is.
fn unplaced(usages: &[ComponentUsage]) -> Option<Notice> {
    let count = usages.len() as u64;
    let (have, their) = if count == 1 { ("has", "its") } else { ("have", "their") };
    let text = format!(
        "{} without users {have} no customer, project or offering in the dump; the figures do not include {their} \
         usage. Fetch the component usages again with all fields.",
        counted(count, "component usage")
    );
    (count > 0).then(|| Notice::warning(Code::ParentAbsent, count, text))
}
