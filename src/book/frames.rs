//! Records of months as the frame that everything else computes with.

use std::collections::HashMap;

use polars::prelude::{
    Column, DataFrame, Int32Chunked, Int64Chunked, IntoColumn, IntoSeries, NamedFrom, NewChunkedArray,
    Series, StringChunked, UInt32Chunked,
};

use super::decode::Figures;
use super::rows::{Named, Parent, Record, Rows, TextId, Texts};
use crate::error::Result;
use crate::ingest::is_imprecise_double;
use crate::period::BillingPeriod;
use crate::quantity::Quantity;
use crate::usage::{Entity, UsageFrame, parent_column, record_column, time_type};

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
pub(crate) fn of_figures(months: Vec<MonthFigures>) -> Result<UsageFrame> {
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
    star.frame(vec![
        Series::new(record_column::PARENT.into(), parent).into_column(),
        Series::new(record_column::USERNAME.into(), username).into_column(),
        decimals(usage)?,
    ])
}

/// The frame of some months with everything.
pub(crate) fn of_rows<'a>(
    months: impl IntoIterator<Item = (BillingPeriod, &'a Rows, Names)>,
    texts: &Texts,
) -> Result<UsageFrame> {
    let mut star = Star { keeps_uris: true, ..Star::default() };
    let (mut usernames, mut details) = (Renumbering::default(), Renumbering::default());
    let (mut parent, mut records): (Vec<u32>, Vec<&Record>) = (Vec::new(), Vec::new());
    for (period, rows, names) in months {
        let places: Vec<u32> =
            rows.parents.iter().map(|parent| star.parent(parent, period, &names, texts)).collect();
        parent.extend(rows.records.iter().map(|record| places[record.parent as usize]));
        records.extend(&rows.records);
    }
    let numbers =
        |name: &str, text: fn(&Record) -> TextId, (places, labels): (&mut Renumbering, &mut Labels)| {
            let numbers = records.iter().map(|record| places.get(text(record), texts, labels));
            UInt32Chunked::from_iter_values(name.into(), numbers).into_column()
        };
    let username =
        numbers(record_column::USERNAME, |record| record.username, (&mut usernames, &mut star.usernames));
    let (places, labels) = (&mut details, &mut star.texts);
    let description = numbers(record_column::DESCRIPTION, |record| record.description, (places, labels));
    let backend_id = numbers(record_column::BACKEND_ID, |record| record.backend_id, (places, labels));
    let users = records.iter().map(|record| record.user.map(|user| places.get(user, texts, labels)));
    let users = users.collect::<UInt32Chunked>().with_name(record_column::USER.into());
    let times =
        |name: &str, time: fn(&Record) -> Option<i64>| time_column(name, records.iter().copied().map(time));
    let uuids: Vec<u128> = records.iter().map(|record| record.uuid).collect();
    let columns = vec![
        Series::new(record_column::PARENT.into(), parent).into_column(),
        username,
        decimals(records.iter().map(|record| record.usage.hundredths()).collect())?,
        Series::new(record_column::UUID.into(), uuids).into_column(),
        times(record_column::MODIFIED, |record| Some(record.modified))?,
        times(record_column::CREATED, |record| record.created)?,
        users.into_column(),
        description,
        backend_id,
    ];
    star.frame(columns)
}

/// How many usages of the months asked for have the digits of a double of more than 15 digits.
pub(crate) fn doubles(frame: &UsageFrame, is_asked: impl Fn(BillingPeriod) -> bool) -> Result<u64> {
    let months = frame.parents.column(parent_column::BILLING_PERIOD)?.i32()?.cont_slice()?;
    let parents = frame.records.column(record_column::PARENT)?.u32()?.cont_slice()?;
    let usages = frame.records.column(record_column::USAGE)?.decimal()?.physical();
    let is_double = |hundredths: &i128| is_imprecise_double(Quantity::from_hundredths(*hundredths));
    let doubles = usages.cont_slice()?.iter().zip(parents).filter(|(hundredths, _)| is_double(hundredths));
    let month = |parent: &u32| BillingPeriod::from_number(months[*parent as usize]);
    Ok(doubles.filter(|(_, parent)| is_asked(month(parent))).count() as u64)
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

    fn frame(mut self, records: Vec<Column>) -> Result<UsageFrame> {
        self.months.sort_unstable();
        self.months.dedup();
        Ok(UsageFrame {
            records: DataFrame::new_infer_height(records)?,
            parents: self.parents_frame()?,
            customers: self.customers.entities,
            projects: self.projects.entities,
            offerings: self.offerings.entities,
            resources: self.resources.entities,
            component_types: self.component_types.texts,
            measured_units: self.measured_units.texts,
            usernames: self.usernames.texts,
            texts: self.texts.texts,
            attributes: Vec::new(),
            months: self.months,
            empty_months: Vec::new(),
            currencies: Vec::new(),
            currency_places: Vec::new(),
            credits: Vec::new(),
        })
    }

    fn parents_frame(&self) -> Result<DataFrame> {
        let parents = &self.parents;
        let numbers = |name: &str, at: usize| {
            let numbers = parents.iter().map(|parent| parent.numbers[at]);
            UInt32Chunked::from_iter_values(name.into(), numbers).into_column()
        };
        let uuids: Vec<u128> = parents.iter().map(|parent| parent.uuid).collect();
        let periods = parents.iter().map(|parent| parent.period);
        let mut columns = vec![
            Series::new(parent_column::UUID.into(), uuids).into_column(),
            numbers(parent_column::CUSTOMER, 0),
            numbers(parent_column::PROJECT, 1),
            numbers(parent_column::OFFERING, 2),
            numbers(parent_column::RESOURCE, 3),
            numbers(parent_column::COMPONENT_TYPE, 4),
            numbers(parent_column::MEASURED_UNIT, 5),
            time_column(parent_column::DATE, parents.iter().map(|parent| parent.date))?,
            Int32Chunked::from_iter_values(parent_column::BILLING_PERIOD.into(), periods).into_column(),
        ];
        if self.keeps_uris {
            let uris = self.uris.iter().map(|uri| &**uri);
            let name = parent_column::COMPONENT_USAGE.into();
            columns.push(StringChunked::from_iter_values(name, uris).into_column());
        }
        Ok(DataFrame::new_infer_height(columns)?)
    }
}

fn decimals(hundredths: Vec<i128>) -> Result<Column> {
    Ok(Series::new(record_column::USAGE.into(), hundredths)
        .i128()?
        .clone()
        .into_decimal_unchecked(38, 2)
        .into_series()
        .into_column())
}

fn time_column(name: &str, times: impl Iterator<Item = Option<i64>>) -> Result<Column> {
    let micros: Int64Chunked = times.collect();
    Ok(micros.with_name(name.into()).into_series().cast(&time_type())?.into_column())
}
