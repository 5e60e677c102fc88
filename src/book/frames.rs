//! Records of months as the frame that everything else computes with.

use std::collections::HashMap;

use super::Book;
use super::decode::Figures;
use super::rows::{Named, Parent, Record, Rows, TextId, Texts};
use super::version::Version;
use crate::error::Result;
use crate::ingest::{Progress, is_imprecise_double};
use crate::objects::ComponentUsage;
use crate::period::{BillingPeriod, PeriodRange};
use crate::usage::{Details, Entity, Parents, Records, UsageFrame};

impl Book {
    /// Whether a record or a component usage of the book is of a customer, and of a project of it if one is named. The
    /// month is where it is looked for first.
    ///
    /// # Errors
    /// A book that is damaged.
    pub fn has_customer(&self, month: BillingPeriod, customer: u128, project: Option<u128>) -> Result<bool> {
        let others = self.months().map(|(period, _)| period).filter(|period| *period != month);
        for period in [month].into_iter().chain(others) {
            let frame = self.read(&[PeriodRange::month(period)], Some(&Version::Now), false)?.frame;
            let owners = frame.parents.customer().iter().zip(frame.parents.project());
            let is_it = |(own, of): (&u32, &u32)| {
                frame.customers[*own as usize].uuid == customer
                    && project.is_none_or(|project| frame.projects[*of as usize].uuid == project)
            };
            if owners.into_iter().any(is_it) {
                return Ok(true);
            }
        }
        let usages = self.component_usages(Some(&Version::Now), false, &Progress::default())?;
        let is_it = |usage: &ComponentUsage| {
            usage.customer_uuid == Some(customer)
                && project.is_none_or(|project| usage.project_uuid == Some(project))
        };
        Ok(usages.is_some_and(|usages| usages.rows.iter().any(is_it)))
    }
}

/// A month's records, and when the delivery came that its names are from.
pub(crate) struct MonthFigures {
    pub period: BillingPeriod,
    pub figures: Figures,
    pub names: Names,
}

/// How fresh the names of a month are: the rank of the delivery that gave them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    /// `None` if the month has no delivery.
    pub rank: Option<usize>,
    /// Uuids that an earlier delivery named.
    pub before: HashMap<u128, usize>,
}

impl Names {
    fn rank_of(&self, uuid: u128) -> usize {
        self.before.get(&uuid).copied().or(self.rank).unwrap_or_default()
    }
}

/// The frame of some months without the details of single records.
pub(super) fn of_figures(months: Vec<MonthFigures>) -> UsageFrame {
    let records = months.iter().map(|month| month.figures.parent.len()).sum();
    let mut star = Star::default();
    let (mut parent, mut username, mut usage) =
        (Vec::with_capacity(records), Vec::with_capacity(records), Vec::with_capacity(records));
    for MonthFigures { period, figures, names } in months {
        let Figures { parents, parent: place_of, texts, users } = figures;
        let places: Vec<u32> =
            parents.iter().map(|parent| star.parent(parent, period, &names, &texts)).collect();
        parent.extend(place_of.iter().map(|place| places[*place as usize]));
        let mut numbers = Renumbering::default();
        let mut number = |id: &TextId| numbers.get(*id, &users.texts, &mut star.usernames);
        username.extend(users.username.iter().map(&mut number));
        match usage.is_empty() {
            true => usage = users.usage,
            false => usage.extend_from_slice(&users.usage),
        }
    }
    star.frame(Records::new(parent, username, usage, None))
}

/// The frame of some months with everything.
pub(crate) fn of_rows<'a>(
    months: impl IntoIterator<Item = (BillingPeriod, &'a Rows, Names)>,
    texts: &Texts,
) -> UsageFrame {
    let mut star = Star { keeps_uris: true, ..Star::default() };
    let (mut usernames, mut details) = (Renumbering::default(), Renumbering::default());
    let (mut parent, mut records): (Vec<u32>, Vec<&Record>) = (Vec::new(), Vec::new());
    for (period, rows, names) in months {
        let places: Vec<u32> =
            rows.parents.iter().map(|parent| star.parent(parent, period, &names, texts)).collect();
        parent.extend(rows.records.iter().map(|record| places[record.parent as usize]));
        records.extend(&rows.records);
    }
    let numbers = |text: fn(&Record) -> TextId, places: &mut Renumbering, labels: &mut Labels| {
        records.iter().map(|record| places.get(text(record), texts, labels)).collect::<Vec<u32>>()
    };
    let username = numbers(|record| record.username, &mut usernames, &mut star.usernames);
    let (places, labels) = (&mut details, &mut star.texts);
    let description = numbers(|record| record.description, places, labels);
    let backend_id = numbers(|record| record.backend_id, places, labels);
    let users = records.iter().map(|record| record.user.map(|user| places.get(user, texts, labels)));
    let details = Details {
        user: users.collect(),
        uuid: records.iter().map(|record| record.uuid).collect::<Vec<_>>().into(),
        modified: records.iter().map(|record| record.modified).collect::<Vec<_>>().into(),
        created: records.iter().map(|record| record.created).collect(),
        description: description.into(),
        backend_id: backend_id.into(),
    };
    let usage = records.iter().map(|record| record.usage.hundredths()).collect();
    star.frame(Records::new(parent, username, usage, Some(details)))
}

/// How many usages of the months asked for have the digits of a double of more than 15 digits.
pub(super) fn doubles(frame: &UsageFrame, is_asked: impl Fn(BillingPeriod) -> bool) -> u64 {
    let months = frame.parents.billing_period();
    let doubles = frame.records.usage_by_parent().filter(|(_, usage)| is_imprecise_double(*usage));
    doubles.filter(|(parent, _)| is_asked(BillingPeriod::from_number(months[*parent]))).count() as u64
}

/// Parents and names of several months, each once.
#[derive(Default)]
struct Star {
    keeps_uris: bool,
    parents: Vec<StarParent>,
    uris: Vec<Box<str>>,
    customers: Entities,
    projects: Entities,
    offerings: Entities,
    resources: Entities,
    component_types: Labels,
    measured_units: Labels,
    usernames: Labels,
    texts: Labels,
    months: Vec<i32>,
}

struct StarParent {
    uuid: u128,
    period: i32,
    date: Option<i64>,
    /// Customer, project, offering, resource, component type, measured unit.
    numbers: [u32; 6],
}

/// Uuids with the name of the latest delivery.
#[derive(Default)]
struct Entities {
    places: HashMap<u128, u32>,
    entities: Vec<Entity>,
    ranks: Vec<usize>,
}

impl Entities {
    fn place(&mut self, named: Named, rank: usize, texts: &Texts) -> u32 {
        let name = texts.get(named.name);
        let place = *self.places.entry(named.uuid).or_insert_with(|| {
            self.entities.push(Entity { uuid: named.uuid, name: name.into() });
            self.ranks.push(rank);
            self.entities.len() as u32 - 1
        });
        let (entity, known) = (&mut self.entities[place as usize], &mut self.ranks[place as usize]);
        if rank > *known {
            *known = rank;
            if *entity.name != *name {
                entity.name = name.into();
            }
        }
        place
    }
}

/// Texts by number, each once.
#[derive(Default)]
struct Labels {
    places: HashMap<Box<str>, u32>,
    texts: Vec<Box<str>>,
}

impl Labels {
    fn place(&mut self, text: &str) -> u32 {
        if let Some(place) = self.places.get(text) {
            return *place;
        }
        let place = self.texts.len() as u32;
        self.texts.push(text.into());
        self.places.insert(text.into(), place);
        place
    }
}

/// The places that the texts of one month have among all.
#[derive(Default)]
struct Renumbering(Vec<Option<u32>>);

impl Renumbering {
    fn get(&mut self, id: TextId, texts: &Texts, labels: &mut Labels) -> u32 {
        let at = id as usize;
        if self.0.len() <= at {
            self.0.resize(at + 1, None);
        }
        *self.0[at].get_or_insert_with(|| labels.place(texts.get(id)))
    }
}

impl Star {
    fn parent(&mut self, parent: &Parent, period: BillingPeriod, names: &Names, texts: &Texts) -> u32 {
        let rank = |named: Named| names.rank_of(named.uuid);
        let numbers = [
            self.customers.place(parent.customer, rank(parent.customer), texts),
            self.projects.place(parent.project, rank(parent.project), texts),
            self.offerings.place(parent.offering, rank(parent.offering), texts),
            self.resources.place(parent.resource, rank(parent.resource), texts),
            self.component_types.place(texts.get(parent.component_type)),
            self.measured_units.place(texts.get(parent.measured_unit)),
        ];
        let period = period.number();
        if self.keeps_uris {
            self.uris.push(texts.get(parent.component_usage).into());
        }
        if self.months.last() != Some(&period) {
            self.months.push(period);
        }
        self.parents.push(StarParent { uuid: parent.uuid, period, date: parent.date, numbers });
        self.parents.len() as u32 - 1
    }

    fn frame(mut self, records: Records) -> UsageFrame {
        self.months.sort_unstable();
        self.months.dedup();
        UsageFrame {
            records,
            parents: self.parents_frame(),
            customers: self.customers.entities,
            projects: self.projects.entities,
            offerings: self.offerings.entities,
            resources: self.resources.entities,
            component_types: self.component_types.texts,
            measured_units: self.measured_units.texts,
            usernames: self.usernames.texts,
            no_user: None,
            texts: self.texts.texts,
            attributes: Vec::new(),
            months: self.months,
            empty_months: Vec::new(),
            currencies: Vec::new(),
            currency_places: Vec::new(),
            credits: Vec::new(),
        }
    }

    fn parents_frame(&self) -> Parents {
        let parents = &self.parents;
        let mut frame = Parents::new(
            parents.iter().map(|parent| parent.uuid).collect(),
            std::array::from_fn(|at| parents.iter().map(|parent| parent.numbers[at]).collect()),
            parents.iter().map(|parent| parent.date),
            parents.iter().map(|parent| parent.period).collect(),
        );
        if self.keeps_uris {
            frame.set_component_usage(self.uris.iter().map(|uri| &**uri));
        }
        frame
    }
}
