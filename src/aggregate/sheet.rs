//! Lines to frames: numbers to labels, in the order of the report's columns.

use polars::prelude::Column as FrameColumn;

use super::cube::Cube;
use super::keys::{Axis, Labels};
use super::lines::{Charge, Lines, Place};
use super::money::Prices;
use super::sums::{Sum, Versus};
use rayon::prelude::*;

use crate::dimension::Dimension;
use crate::error::Result;
use crate::quantity::Quantity;
use crate::report::{
    Column, ColumnKind, Comparison, Pricing, ReportSpec, Section, SectionColumn, count_column,
    decimal_column, text_column,
};
use crate::text::uuid_text;
use crate::usage::{AttributeColumn, UsageFrame};

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
const USAGE_COMPARED: &str = "usage_compared";
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

/// A figure of a line that is compared with an earlier time.
type Figure = fn(&Versus) -> Option<Quantity>;

const FIGURES: [(&str, Figure); 4] = [
    (USAGE_COMPARED, Versus::usage_compared),
    (USAGE_BEFORE, Versus::usage_before),
    (CHANGE, Versus::change),
    (CHANGE_PERCENT, Versus::change_percent),
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
        if let Some(comparison) = self.spec.comparison {
            if matches!(comparison, Comparison::LikeForLike { .. }) {
                columns.push(column(USAGE_COMPARED, ColumnKind::Usage));
            }
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
        let columns: Vec<SectionColumn> = self
            .columns()
            .par_iter()
            .map(|column| {
                let mut values = self.values(column, lines);
                values.rename(&column.name);
                values
            })
            .collect();
        Section::of_columns(lines.len(), columns)
    }

    fn values(&self, column: &Column, lines: &Lines) -> SectionColumn {
        let place =
            |dimension| self.spec.by.iter().position(|by| *by == dimension).expect("a shown dimension");
        let places = |dimension| lines.axes.get(place(dimension)).map_or(&[][..], Vec::as_slice);
        let labels = |place: usize| self.axes[place].labels().expect("only time has no labels");
        match column.kind {
            ColumnKind::Time(dimension) => time_column(&self.axes[place(dimension)], places(dimension)),
            ColumnKind::Uuid(dimension) => uuid_column(labels(place(dimension)), places(dimension)),
            ColumnKind::Label(dimension) => label_column(labels(place(dimension)), places(dimension)),
            ColumnKind::Unit => {
                let texts = (0..self.units.cardinality()).map(|unit| Some(self.units.text(unit)));
                SectionColumn::shared(lines.units.iter().copied(), texts)
            }
            ColumnKind::Attribute => {
                let mut attributes = self.attributes.iter();
                let named = attributes.find(|attribute| attribute.attribute.name() == column.name);
                let attribute = named.expect("a joined column");
                let owner = attribute.attribute.owner();
                attribute_column(attribute, labels(place(owner)), places(owner))
            }
            ColumnKind::Count if column.name == RECORDS => counts(lines, |sum| sum.records).into(),
            ColumnKind::Count => counts(lines, |sum| sum.users).into(),
            ColumnKind::Currency => self.currencies(lines).into(),
            ColumnKind::Amount => {
                SectionColumn::amounts(lines.money.iter().map(|money| money.shown_amount()))
            }
            ColumnKind::Text if column.name == CHARGE_CATEGORY => charge_categories(lines).into(),
            ColumnKind::Text => charge_descriptions(lines).into(),
            ColumnKind::Usage if column.name == UNPRICED_USAGE => unpriced_usage(lines).into(),
            ColumnKind::Id | ColumnKind::Name => {
                unreachable!("a report has dimensions, units and figures")
            }
            ColumnKind::Usage | ColumnKind::Percent => self.usage(&column.name, lines).into(),
        }
    }

    /// Usage as it was reported, as it was before, or of a stretch of time.
    fn usage(&self, name: &str, lines: &Lines) -> FrameColumn {
        if name == USAGE {
            return decimal_column(lines.sums.iter().map(Sum::reported_usage));
        }
        if let Some((_, figure)) = FIGURES.iter().find(|(figure, _)| *figure == name) {
            return decimal_column((0..lines.len()).map(|line| lines.versus.get(line).and_then(figure)));
        }
        let time = self.times.iter().position(|time| time == name).expect("a stretch of time");
        decimal_column(lines.across.get(time).into_iter().flatten().copied())
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

fn time_column(axis: &Axis, places: &[Place]) -> SectionColumn {
    let mut numbers: Vec<u32> = places.iter().filter_map(|place| place.at()).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let texts: Vec<_> = numbers.iter().map(|number| axis.text(*number)).collect();
    let place = |number| numbers.binary_search(&number).expect("it is one of them") as u32;
    SectionColumn::shared(
        places.iter().map(|at| at.at().map(place)),
        texts.iter().map(|text| Some(text.as_ref())),
    )
}

fn uuid_column(labels: &Labels, places: &[Place]) -> SectionColumn {
    let uuids: Vec<String> = (0..labels.cardinality()).map(|rank| uuid_text(labels.uuid(rank))).collect();
    picked(labels, places, None, |rank| &uuids[rank as usize])
}

fn label_column(labels: &Labels, places: &[Place]) -> SectionColumn {
    picked(labels, places, Some(OTHERS), |rank| labels.text(rank))
}

/// What the user knows of the entity at each place; nothing where that is nothing.
fn attribute_column(attribute: &AttributeColumn, owners: &Labels, places: &[Place]) -> SectionColumn {
    let value = |rank| attribute.places[owners.place(rank) as usize];
    let texts = attribute.values.iter().map(|value| Some(&**value).filter(|value| !value.is_empty()));
    SectionColumn::shared(places.iter().map(|place| place.at().map(value)), texts)
}

/// The text of each place. Where many rows share few texts, each text is kept once.
fn picked<'t>(
    labels: &Labels,
    places: &[Place],
    others: Option<&'t str>,
    text: impl Fn(u32) -> &'t str,
) -> SectionColumn {
    let count = labels.cardinality();
    if places.len() < count as usize {
        let text = |place: &Place| match *place {
            Place::At(rank) => Some(text(rank)),
            Place::Others => others,
            Place::All => None,
        };
        return text_column(places.iter().map(text)).into();
    }
    let place = |place: &Place| match *place {
        Place::At(rank) => Some(rank),
        Place::Others => Some(count),
        Place::All => None,
    };
    SectionColumn::shared(places.iter().map(place), (0..count).map(|rank| Some(text(rank))).chain([others]))
}
