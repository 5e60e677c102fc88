//! Lines to frames: numbers to labels, in the order of the report's columns.

use super::cube::Cube;
use super::keys::{Axis, Labels};
use super::lines::{Charge, Lines, Place};
use super::money::Prices;
use super::sums::{Sum, Versus};
use rayon::prelude::*;

use crate::dimension::Dimension;
use crate::quantity::Quantity;
use crate::report::{
    ColumnId, Comparison, Pricing, ReportSpec, Section, SectionColumn, Stretch, charge_category,
};
use crate::text::uuid_text;
use crate::usage::{AttributeColumn, UsageFrame};

/// The label of the row that sums up what is behind the top ones.
pub(crate) const OTHERS: &str = "Others";

/// What turns lines into sections.
pub(crate) struct Sheet<'a> {
    spec: &'a ReportSpec,
    axes: &'a [Axis<'a>],
    units: &'a Labels<'a>,
    /// Columns of the user's own that no axis is of.
    attributes: Vec<&'a AttributeColumn>,
    /// The stretches of time that go across.
    times: Vec<Stretch>,
    money: Option<MoneyColumns<'a>>,
}

/// What is shown of amounts.
struct MoneyColumns<'a> {
    currencies: &'a Labels<'a>,
    has_unpriced: bool,
    has_credits: bool,
}

impl<'a> Sheet<'a> {
    pub(crate) fn new(
        frame: &'a UsageFrame,
        spec: &'a ReportSpec,
        axes: &'a [Axis],
        units: &'a Labels,
        cube: &Cube,
        prices: Option<&'a Prices>,
        pricing: Option<&Pricing>,
    ) -> Self {
        let time = spec.by.iter().copied().find(|dimension| dimension.is_time());
        let stretch =
            |number| Stretch { dimension: time.expect("only a report with time is pivoted"), number };
        let money = prices.zip(pricing).map(|(prices, pricing)| MoneyColumns {
            currencies: &prices.currencies,
            has_unpriced: pricing.unpriced.is_some(),
            has_credits: pricing.has_credits,
        });
        let is_free = |column: &&AttributeColumn| !spec.by.contains(&Dimension::Attribute(column.attribute));
        let attributes = frame.attribute_columns().filter(is_free).collect();
        let times = cube.times().into_iter().map(stretch).collect();
        Self { spec, axes, units, attributes, times, money }
    }

    pub(crate) fn columns(&self) -> Vec<ColumnId> {
        let mut columns = Vec::new();
        for dimension in self.shown_dimensions() {
            match (dimension.is_time(), dimension.columns().len()) {
                (true, _) => columns.push(ColumnId::Time(dimension)),
                (false, 1) => columns.push(ColumnId::Label(dimension)),
                (false, _) => columns.extend([ColumnId::Uuid(dimension), ColumnId::Label(dimension)]),
            }
            let own = self.attributes.iter().map(|column| column.attribute);
            let own = own.filter(|attribute| attribute.owner() == dimension);
            columns.extend(own.map(ColumnId::Attribute));
        }
        columns.push(ColumnId::MeasuredUnit);
        columns.extend(self.times.iter().copied().map(ColumnId::UsageIn));
        columns.push(ColumnId::Usage);
        if let Some(comparison) = self.spec.comparison {
            if matches!(comparison, Comparison::LikeForLike { .. }) {
                columns.push(ColumnId::UsageCompared);
            }
            columns.extend([ColumnId::UsageBefore, ColumnId::Change, ColumnId::ChangePercent]);
        }
        if let Some(money) = &self.money {
            columns.extend([ColumnId::Currency, ColumnId::Amount]);
            if money.has_unpriced {
                columns.push(ColumnId::UnpricedUsage);
            }
            if money.has_credits {
                columns.extend([ColumnId::ChargeCategory, ColumnId::ChargeDescription]);
            }
        }
        if !self.spec.is_pivoted {
            columns.extend([ColumnId::Records, ColumnId::Users]);
        }
        columns
    }

    pub(super) fn section(&self, lines: &Lines) -> Section {
        let columns = self.columns();
        let values = columns.par_iter().map(|column| self.values(*column, lines));
        Section::new(lines.len(), values.collect())
    }

    fn values(&self, column: ColumnId, lines: &Lines) -> SectionColumn {
        let place =
            |dimension| self.spec.by.iter().position(|by| *by == dimension).expect("a shown dimension");
        let places = |dimension| lines.axes.get(place(dimension)).map_or(&[][..], Vec::as_slice);
        let labels = |place: usize| self.axes[place].labels().expect("only time has no labels");
        let versus = |figure: fn(&Versus) -> Option<Quantity>| {
            SectionColumn::quantities((0..lines.len()).map(|line| lines.versus.get(line).and_then(figure)))
        };
        match column {
            ColumnId::Time(dimension) => time_column(&self.axes[place(dimension)], places(dimension)),
            ColumnId::Uuid(dimension) => uuid_column(labels(place(dimension)), places(dimension)),
            ColumnId::Label(dimension) => label_column(labels(place(dimension)), places(dimension)),
            ColumnId::Attribute(attribute) => {
                let joined = self.attributes.iter().find(|column| column.attribute == attribute);
                let owner = attribute.owner();
                attribute_column(joined.expect("a joined column"), labels(place(owner)), places(owner))
            }
            ColumnId::MeasuredUnit => {
                let texts = (0..self.units.cardinality()).map(|unit| Some(self.units.text(unit)));
                SectionColumn::shared(lines.units.iter().copied(), texts)
            }
            ColumnId::Usage => SectionColumn::quantities(lines.sums.iter().map(Sum::reported_usage)),
            ColumnId::UsageIn(stretch) => {
                let time = self.times.iter().position(|time| *time == stretch).expect("a stretch of time");
                SectionColumn::quantities(lines.across.get(time).into_iter().flatten().copied())
            }
            ColumnId::UsageCompared => versus(Versus::usage_compared),
            ColumnId::UsageBefore => versus(Versus::usage_before),
            ColumnId::Change => versus(Versus::change),
            ColumnId::ChangePercent => versus(Versus::change_percent),
            ColumnId::Currency => self.currencies(lines),
            ColumnId::Amount => SectionColumn::amounts(lines.money.iter().map(|money| money.shown_amount())),
            ColumnId::UnpricedUsage => unpriced_usage(lines),
            ColumnId::ChargeCategory => charge_categories(lines),
            ColumnId::ChargeDescription => charge_descriptions(lines),
            ColumnId::Records => counts(lines, |sum| sum.records),
            ColumnId::Users => counts(lines, |sum| sum.users),
            _ => unreachable!("a report has dimensions, units and figures"),
        }
    }

    /// The currencies of lines that have an amount, or had usage before and have none now: they are part of their keys.
    fn currencies(&self, lines: &Lines) -> SectionColumn {
        let money = self.money.as_ref().expect("only a report with prices has currencies");
        let is_shown = |line: usize| {
            lines.money[line].shown_amount().is_some() || lines.sums[line].reported_usage().is_none()
        };
        let text = |(line, currency): (usize, &Option<u32>)| {
            currency.filter(|_| is_shown(line)).map(|currency| money.currencies.text(currency))
        };
        SectionColumn::texts(lines.currencies.iter().enumerate().map(text))
    }

    fn shown_dimensions(&self) -> impl Iterator<Item = Dimension> {
        self.spec.by.iter().copied().filter(|dimension| !(self.spec.is_pivoted && dimension.is_time()))
    }
}

/// Counts of lines of usage; lines of money alone have none.
fn counts(lines: &Lines, count: impl Fn(&Sum) -> u64) -> SectionColumn {
    SectionColumn::counts(lines.units.iter().zip(&lines.sums).map(|(unit, sum)| unit.map(|_| count(sum))))
}

/// Usage without a price, of lines that have records.
fn unpriced_usage(lines: &Lines) -> SectionColumn {
    let sums = lines.sums.iter().zip(&lines.money);
    SectionColumn::quantities(sums.map(|(sum, money)| sum.reported_usage().map(|_| money.unpriced)))
}

/// The words of FOCUS; totals are of both.
fn charge_categories(lines: &Lines) -> SectionColumn {
    SectionColumn::texts(lines.charges.iter().zip(&lines.money).map(|(charge, money)| match charge {
        Charge::Usage => Some("Usage"),
        Charge::Credit(_) => Some(charge_category(money.amount)),
        Charge::Total => None,
    }))
}

fn charge_descriptions(lines: &Lines) -> SectionColumn {
    SectionColumn::texts(lines.charges.iter().map(|charge| match charge {
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
    picked(labels, places, None, |rank| Some(&uuids[rank as usize]))
}

fn label_column(labels: &Labels, places: &[Place]) -> SectionColumn {
    picked(labels, places, Some(OTHERS), |rank| labels.shown_text(rank))
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
    text: impl Fn(u32) -> Option<&'t str>,
) -> SectionColumn {
    let count = labels.cardinality();
    if places.len() < count as usize {
        let text = |place: &Place| match *place {
            Place::At(rank) => text(rank),
            Place::Others => others,
            Place::All => None,
        };
        return SectionColumn::texts(places.iter().map(text));
    }
    let place = |place: &Place| match *place {
        Place::At(rank) => Some(rank),
        Place::Others => Some(count),
        Place::All => None,
    };
    SectionColumn::shared(places.iter().map(place), (0..count).map(text).chain([others]))
}
