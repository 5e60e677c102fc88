//! Lines to frames: numbers to labels, in the order of the report's columns.

use std::collections::HashMap;

use polars::prelude::{
    ChunkTake, Column as FrameColumn, DataFrame, IdxCa, IntoColumn, NewChunkedArray, StringChunked,
};

use super::cube::Cube;
use super::keys::{Axis, Labels};
use super::lines::{Charge, Lines, Place};
use super::money::Prices;
use super::sums::Sum;
use rayon::prelude::*;

use crate::dimension::Dimension;
use crate::error::Result;
use crate::quantity::Quantity;
use crate::report::{
    Column, ColumnKind, Pricing, ReportSpec, Section, count_column, decimal_column, text_column,
};
use crate::usage::{AttributeColumn, UsageFrame, uuid_text};

/// The label of the row that sums up what is behind the top ones.
const OTHERS: &str = "Others";

/// What turns lines into sections.
pub struct Sheet<'a> {
    spec: &'a ReportSpec,
    axes: &'a [Axis<'a>],
    units: &'a Labels<'a>,
    /// Columns of the user's own that no axis is of.
    attributes: Vec<&'a AttributeColumn>,
    /// The headings of the stretches of time that go across.
    times: Vec<String>,
    money: Option<MoneyColumns<'a>>,
}

/// What is shown of amounts.
struct MoneyColumns<'a> {
    currencies: &'a Labels<'a>,
    has_unpriced: bool,
    has_credits: bool,
}

const USAGE: &str = "usage";
const USAGE_BEFORE: &str = "usage_before";
const CHANGE: &str = "change";
const CHANGE_PERCENT: &str = "change_percent";
const RECORDS: &str = "records";
const USERS: &str = "users";
const CURRENCY: &str = "currency";
const AMOUNT: &str = "amount";
const UNPRICED_USAGE: &str = "unpriced_usage";
const CHARGE_CATEGORY: &str = "charge_category";
const CHARGE_DESCRIPTION: &str = "charge_description";

/// A figure of a line.
type Figure = fn(&Sum) -> Option<Quantity>;

const FIGURES: [(&str, Figure); 4] = [
    (USAGE, Sum::reported_usage),
    (USAGE_BEFORE, Sum::usage_before),
    (CHANGE, Sum::change),
    (CHANGE_PERCENT, Sum::change_percent),
];

impl<'a> Sheet<'a> {
    pub fn new(
        frame: &'a UsageFrame,
        spec: &'a ReportSpec,
        axes: &'a [Axis],
        units: &'a Labels,
        cube: &Cube,
        prices: Option<&'a Prices>,
        pricing: Option<&Pricing>,
    ) -> Self {
        let time = axes.iter().find(|axis| matches!(axis, Axis::Time(_)));
        let text = |number| time.expect("only a report with time is pivoted").text(number).into_owned();
        let money = prices.zip(pricing).map(|(prices, pricing)| MoneyColumns {
            currencies: &prices.currencies,
            has_unpriced: pricing.unpriced.is_some(),
            has_credits: pricing.has_credits,
        });
        let is_free = |column: &&AttributeColumn| !spec.by.contains(&Dimension::Attribute(column.attribute));
        let attributes = frame.attribute_columns().filter(is_free).collect();
        let times = cube.times().into_iter().map(text).collect();
        Self { spec, axes, units, attributes, times, money }
    }

    pub fn columns(&self) -> Vec<Column> {
        let mut columns = Vec::new();
        for dimension in self.shown_dimensions() {
            let names = dimension.columns();
            for (place, name) in names.iter().enumerate() {
                let kind = match (dimension.is_time(), names.len() == 2 && place == 0) {
                    (true, _) => ColumnKind::Time(dimension),
                    (false, true) => ColumnKind::Uuid(dimension),
                    (false, false) => ColumnKind::Label(dimension),
                };
                columns.push(Column { name: (*name).to_owned(), kind });
            }
            let own = self.attributes.iter().filter(|column| column.attribute.owner() == dimension);
            columns.extend(own.map(|column| Column {
                name: column.attribute.name().to_owned(),
                kind: ColumnKind::Attribute,
            }));
        }
        let column = |name: &str, kind| Column { name: name.to_owned(), kind };
        columns.push(column("measured_unit", ColumnKind::Unit));
        columns.extend(self.times.iter().map(|time| column(time, ColumnKind::Usage)));
        columns.push(column(USAGE, ColumnKind::Usage));
        if self.spec.comparison.is_some() {
            columns.push(column(USAGE_BEFORE, ColumnKind::Usage));
            columns.push(column(CHANGE, ColumnKind::Usage));
            columns.push(column(CHANGE_PERCENT, ColumnKind::Percent));
        }
        if let Some(money) = &self.money {
            columns.push(column(CURRENCY, ColumnKind::Currency));
            columns.push(column(AMOUNT, ColumnKind::Amount));
            if money.has_unpriced {
                columns.push(column(UNPRICED_USAGE, ColumnKind::Usage));
            }
            if money.has_credits {
                columns.push(column(CHARGE_CATEGORY, ColumnKind::Text));
                columns.push(column(CHARGE_DESCRIPTION, ColumnKind::Text));
            }
        }
        if !self.spec.is_pivoted {
            columns.push(column(RECORDS, ColumnKind::Count));
            columns.push(column(USERS, ColumnKind::Count));
        }
        columns
    }

    pub fn section(&self, lines: &Lines) -> Result<Section> {
        let columns: Vec<FrameColumn> = self
            .columns()
            .par_iter()
            .map(|column| {
                let mut values = self.values(column, lines);
                values.rename(column.name.as_str().into());
                values
            })
            .collect();
        Ok(Section { frame: DataFrame::new(lines.len(), columns)? })
    }

    fn values(&self, column: &Column, lines: &Lines) -> FrameColumn {
        let place =
            |dimension| self.spec.by.iter().position(|by| *by == dimension).expect("a shown dimension");
        let places = |dimension| lines.axes.get(place(dimension)).map_or(&[][..], Vec::as_slice);
        let labels = |place: usize| self.axes[place].labels().expect("only time has no labels");
        match column.kind {
            ColumnKind::Time(dimension) => time_column(&self.axes[place(dimension)], places(dimension)),
            ColumnKind::Uuid(dimension) => uuid_column(labels(place(dimension)), places(dimension)),
            ColumnKind::Label(dimension) => label_column(labels(place(dimension)), places(dimension)),
            ColumnKind::Unit => {
                text_column(lines.units.iter().map(|unit| unit.map(|unit| self.units.text(unit))))
            }
            ColumnKind::Attribute => {
                let mut attributes = self.attributes.iter();
                let named = attributes.find(|attribute| attribute.attribute.name() == column.name);
                let attribute = named.expect("a joined column");
                let owner = attribute.attribute.owner();
                attribute_column(attribute, labels(place(owner)), places(owner))
            }
            ColumnKind::Count if column.name == RECORDS => counts(lines, |sum| sum.records),
            ColumnKind::Count => counts(lines, |sum| sum.users),
            ColumnKind::Currency => self.currencies(lines),
            ColumnKind::Amount => decimal_column(lines.money.iter().map(|money| money.shown_amount())),
            ColumnKind::Text if column.name == CHARGE_CATEGORY => charge_categories(lines),
            ColumnKind::Text => charge_descriptions(lines),
            ColumnKind::Usage if column.name == UNPRICED_USAGE => unpriced_usage(lines),
            ColumnKind::Id | ColumnKind::Name => {
                unreachable!("a report has dimensions, units and figures")
            }
            ColumnKind::Usage | ColumnKind::Percent => match FIGURES
                .iter()
                .find(|(name, _)| *name == column.name)
            {
                Some((_, figure)) => decimal_column(lines.sums.iter().map(figure)),
                None => {
                    let time =
                        self.times.iter().position(|time| *time == column.name).expect("a stretch of time");
                    decimal_column(lines.across.get(time).into_iter().flatten().copied())
                }
            },
        }
    }

    /// The currencies of lines that have an amount.
    fn currencies(&self, lines: &Lines) -> FrameColumn {
        let money = self.money.as_ref().expect("only a report with prices has currencies");
        let currency = |(currency, sum): (&Option<u32>, &super::sums::Money)| {
            sum.shown_amount().and(*currency).map(|currency| money.currencies.text(currency))
        };
        text_column(lines.currencies.iter().zip(&lines.money).map(currency))
    }

    fn shown_dimensions(&self) -> impl Iterator<Item = Dimension> {
        self.spec.by.iter().copied().filter(|dimension| !(self.spec.is_pivoted && dimension.is_time()))
    }
}

/// Counts of lines of usage; lines of money alone have none.
fn counts(lines: &Lines, count: impl Fn(&Sum) -> u64) -> FrameColumn {
    count_column(lines.units.iter().zip(&lines.sums).map(|(unit, sum)| unit.map(|_| count(sum))))
}

/// Usage without a price, of lines that have records.
fn unpriced_usage(lines: &Lines) -> FrameColumn {
    let sums = lines.sums.iter().zip(&lines.money);
    decimal_column(sums.map(|(sum, money)| sum.reported_usage().map(|_| money.unpriced)))
}

/// The words of FOCUS; totals are of both.
fn charge_categories(lines: &Lines) -> FrameColumn {
    text_column(lines.charges.iter().map(|charge| match charge {
        Charge::Usage => Some("Usage"),
        Charge::Credit(_) => Some("Credit"),
        Charge::Total => None,
    }))
}

fn charge_descriptions(lines: &Lines) -> FrameColumn {
    text_column(lines.charges.iter().map(|charge| match charge {
        Charge::Credit(words) => Some(words),
        Charge::Usage | Charge::Total => None,
    }))
}

fn time_column(axis: &Axis, places: &[Place]) -> FrameColumn {
    let mut texts: HashMap<u32, String> = HashMap::new();
    for place in places {
        if let Place::At(number) = *place {
            texts.entry(number).or_insert_with(|| axis.text(number).into_owned());
        }
    }
    text_column(places.iter().map(|place| match *place {
        Place::At(number) => Some(texts[&number].as_str()),
        Place::All | Place::Others => None,
    }))
}

fn uuid_column(labels: &Labels, places: &[Place]) -> FrameColumn {
    let uuids: Vec<String> = (0..labels.cardinality()).map(|rank| uuid_text(labels.uuid(rank))).collect();
    picked(labels, places, None, |rank| &uuids[rank as usize])
}

fn label_column(labels: &Labels, places: &[Place]) -> FrameColumn {
    picked(labels, places, Some(OTHERS), |rank| labels.text(rank))
}

/// What the user knows of the entity at each place; nothing where that is nothing.
fn attribute_column(attribute: &AttributeColumn, owners: &Labels, places: &[Place]) -> FrameColumn {
    text_column(places.iter().map(|place| match *place {
        Place::At(rank) => {
            let value = &*attribute.values[attribute.places[owners.place(rank) as usize] as usize];
            (!value.is_empty()).then_some(value)
        }
        Place::All | Place::Others => None,
    }))
}

/// The text of each place. Where many rows share few texts, each text is kept once.
fn picked<'t>(
    labels: &Labels,
    places: &[Place],
    others: Option<&'t str>,
    text: impl Fn(u32) -> &'t str,
) -> FrameColumn {
    let count = labels.cardinality();
    if places.len() < count as usize {
        return text_column(places.iter().map(|place| match *place {
            Place::At(rank) => Some(text(rank)),
            Place::Others => others,
            Place::All => None,
        }));
    }
    let texts: Vec<Option<&str>> = (0..count).map(|rank| Some(text(rank))).chain([others]).collect();
    let texts = StringChunked::from_iter_options("".into(), texts.into_iter());
    let indices: IdxCa = places
        .iter()
        .map(|place| match *place {
            Place::At(rank) => Some(rank),
            Place::Others => Some(count),
            Place::All => None,
        })
        .collect();
    texts.take(&indices).expect("ranks are within the labels").into_column()
}
