//! The dimensions of records as numbers that sort as their labels do.

use std::borrow::Cow;

use super::grouping::KeyPart;
use crate::dimension::Dimension;
use crate::error::{Error, Result};
use crate::period::{BillingPeriod, Calendar};
use crate::report::Stretch;
use crate::usage::{AttributeColumn, Credit, Entity, Parents, UsageFrame};

/// Distinct values of one dimension, in the order in which a report shows them.
pub(crate) struct Labels<'a> {
    values: LabelValues<'a>,
    /// The rank of each value by its place in the frame.
    ranks: Vec<u32>,
    /// The place of each value by its rank.
    places: Vec<u32>,
    /// The rank that means no user, and has no text.
    nobody: Option<u32>,
}

enum LabelValues<'a> {
    Entities(&'a [Entity]),
    Texts(&'a [Box<str>]),
}

impl<'a> Labels<'a> {
    /// By name, then by uuid.
    fn of_entities(entities: &'a [Entity]) -> Self {
        let places = sorted_places(entities.len(), |place| (&entities[place].name, entities[place].uuid));
        Self { ranks: inverted(&places), places, values: LabelValues::Entities(entities), nobody: None }
    }

    pub(crate) fn of_texts(texts: &'a [Box<str>]) -> Self {
        let places = sorted_places(texts.len(), |place| &texts[place]);
        Self { ranks: inverted(&places), places, values: LabelValues::Texts(texts), nobody: None }
    }

    /// Usernames, and after them what no user has.
    fn of_users(frame: &'a UsageFrame) -> Self {
        let usernames = &frame.usernames;
        let places =
            sorted_places(usernames.len(), |place| (!frame.is_user(place as u32), &usernames[place]));
        let ranks = inverted(&places);
        let nobody = frame.no_user.map(|place| ranks[place as usize]);
        Self { ranks, places, values: LabelValues::Texts(usernames), nobody }
    }

    pub(crate) fn cardinality(&self) -> u32 {
        self.ranks.len() as u32
    }

    pub(crate) fn rank(&self, place: u32) -> u32 {
        self.ranks[place as usize]
    }

    /// The place in the frame of the value with that rank.
    pub(crate) fn place(&self, rank: u32) -> u32 {
        self.places[rank as usize]
    }

    /// The name or text of the value with that rank.
    pub(crate) fn text(&self, rank: u32) -> &'a str {
        let place = self.places[rank as usize] as usize;
        match self.values {
            LabelValues::Entities(entities) => &entities[place].name,
            LabelValues::Texts(texts) => &texts[place],
        }
    }

    /// The same; `None` of the rank that means no user.
    pub(crate) fn shown_text(&self, rank: u32) -> Option<&'a str> {
        (self.nobody != Some(rank)).then(|| self.text(rank))
    }

    /// The uuid of the value with that rank.
    pub(crate) fn uuid(&self, rank: u32) -> u128 {
        match self.values {
            LabelValues::Entities(entities) => entities[self.places[rank as usize] as usize].uuid,
            LabelValues::Texts(_) => unreachable!("texts have no uuids"),
        }
    }
}

fn sorted_places<K: Ord>(count: usize, key: impl Fn(usize) -> K) -> Vec<u32> {
    let mut places: Vec<u32> = (0..count as u32).collect();
    places.sort_by_key(|place| key(*place as usize));
    places
}

fn inverted(places: &[u32]) -> Vec<u32> {
    let mut ranks = vec![0; places.len()];
    for (rank, place) in places.iter().enumerate() {
        ranks[*place as usize] = rank as u32;
    }
    ranks
}

/// Where a dimension's labels come from.
pub(crate) enum Axis<'a> {
    /// A stretch of time, numbered in order.
    Time(Dimension),
    /// What each parent points to.
    Parent(&'a [u32], Labels<'a>),
    /// What the user knows of the entity that each parent points to.
    Attribute(&'a [u32], &'a AttributeColumn, Labels<'a>),
    /// The username of the record.
    User(Labels<'a>),
}

impl<'a> Axis<'a> {
    /// # Errors
    /// An attribute that the frame does not have.
    pub(super) fn new(dimension: Dimension, frame: &'a UsageFrame) -> Result<Self> {
        if let Some(entities) = frame.parents.entity(dimension) {
            return Ok(Self::Parent(entities, Labels::of_entities(frame.entities(dimension))));
        }
        Ok(match dimension {
            Dimension::Component => {
                Self::Parent(frame.parents.component_type(), Labels::of_texts(&frame.component_types))
            }
            Dimension::User => Self::User(Labels::of_users(frame)),
            Dimension::Attribute(attribute) => {
                let known = frame.attribute_columns().find(|column| column.attribute == attribute);
                let owner = frame.parents.entity(attribute.owner());
                let (column, owner) = known.zip(owner).ok_or_else(|| Error::UnknownDimension {
                    text: attribute.name().to_owned(),
                    expected: "those of the attributes that were joined".to_owned(),
                })?;
                Self::Attribute(owner, column, Labels::of_texts(&column.values))
            }
            _ => Self::Time(dimension),
        })
    }

    /// The labels in their order; none of time.
    pub(crate) fn labels(&self) -> Option<&Labels<'a>> {
        match self {
            Self::Time(_) => None,
            Self::Parent(_, labels) | Self::Attribute(_, _, labels) | Self::User(labels) => Some(labels),
        }
    }

    /// The number of a month's stretch of time; none on other axes.
    pub(crate) fn time_of(&self, period: BillingPeriod, calendar: &Calendar) -> Option<u32> {
        match self {
            Self::Time(dimension) => Some(time_number(*dimension, period, calendar)),
            Self::Parent(..) | Self::Attribute(..) | Self::User(_) => None,
        }
    }

    /// The number of what the user knows of a credit's customer or project; none on other axes.
    pub(crate) fn attribute_of(&self, credit: &Credit) -> Option<u32> {
        let Self::Attribute(_, column, labels) = self else { return None };
        let owner = match column.attribute.owner() {
            Dimension::Customer => Some(credit.customer),
            Dimension::Project => credit.project,
            _ => None,
        };
        owner.map(|owner| labels.rank(column.places[owner as usize]))
    }

    /// The text that a number of this axis stands for.
    pub(crate) fn text(&self, number: u32) -> Cow<'a, str> {
        match self {
            Self::Time(dimension) => Stretch { dimension: *dimension, number }.to_string().into(),
            Self::Parent(_, labels) | Self::Attribute(_, _, labels) | Self::User(labels) => {
                labels.text(number).into()
            }
        }
    }

    /// A key part of the parents. The time is the parent's month, later by some months.
    pub(super) fn part_of_parents(&self, parents: &Parents, calendar: &Calendar, later_by: i32) -> KeyPart {
        match self {
            Self::Time(dimension) => {
                let number =
                    |period: BillingPeriod| time_number(*dimension, period.plus_months(later_by), calendar);
                KeyPart { values: parents.periods().map(number).collect(), cardinality: TIME_CARDINALITY }
            }
            Self::Parent(places, labels) => {
                let values = places.iter().map(|place| labels.rank(*place)).collect();
                KeyPart { values, cardinality: labels.cardinality() }
            }
            Self::Attribute(entities, attribute, labels) => {
                let rank = |entity: &u32| labels.rank(attribute.places[*entity as usize]);
                KeyPart { values: entities.iter().map(rank).collect(), cardinality: labels.cardinality() }
            }
            Self::User(_) => unreachable!("a parent has no user"),
        }
    }
}

/// More than all months of the years 0 to 9999 and a year after.
const TIME_CARDINALITY: u32 = 12 * 10_001;

/// Numbers stretches of time so that later ones have greater numbers.
pub(crate) fn time_number(dimension: Dimension, period: BillingPeriod, calendar: &Calendar) -> u32 {
    let number = match dimension {
        Dimension::Quarter => period.year() * 4 + (period.month() as i32 - 1) / 3,
        Dimension::Year => period.year(),
        Dimension::FiscalYear => calendar.fiscal_year_of(period),
        _ => period.number(),
    };
    number as u32
}
