//! Lines to frames: numbers to labels, in the order of the report's columns.

use std::collections::HashMap;

use polars::prelude::{
    ChunkTake, Column as FrameColumn, DataFrame, IdxCa, IntoColumn, NewChunkedArray, StringChunked,
};

use super::cube::{Cube, Lines, Place};
use super::keys::{Axis, Labels};
use super::sums::Sum;
use rayon::prelude::*;

use crate::dimension::Dimension;
use crate::error::Result;
use crate::quantity::Quantity;
use crate::report::{Column, ColumnKind, ReportSpec, Section, count_column, decimal_column, text_column};
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
}

const USAGE: &str = "usage";
const USAGE_BEFORE: &str = "usage_before";
const CHANGE: &str = "change";
const CHANGE_PERCENT: &str = "change_percent";
const RECORDS: &str = "records";
const USERS: &str = "users";

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
    ) -> Self {
        let time = axes.iter().find(|axis| matches!(axis, Axis::Time(_)));
        let text = |number| time.expect("only a report with time is pivoted").text(number).into_owned();
        let is_free = |column: &&AttributeColumn| !spec.by.contains(&Dimension::Attribute(column.attribute));
        let attributes = frame.attribute_columns().filter(is_free).collect();
        Self { spec, axes, units, attributes, times: cube.times().into_iter().map(text).collect() }
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
            ColumnKind::Unit => text_column(lines.units.iter().map(|unit| Some(self.units.text(*unit)))),
            ColumnKind::Count if column.name == RECORDS => {
                count_column(lines.sums.iter().map(|sum| Some(sum.records)))
            }
            ColumnKind::Count => count_column(lines.sums.iter().map(|sum| Some(sum.users))),
            ColumnKind::Attribute => {
                let mut attributes = self.attributes.iter();
                let named = attributes.find(|attribute| attribute.attribute.name() == column.name);
                let attribute = named.expect("a joined column");
                let owner = attribute.attribute.owner();
                attribute_column(attribute, labels(place(owner)), places(owner))
            }
            ColumnKind::Id
            | ColumnKind::Name
            | ColumnKind::Text
            | ColumnKind::Amount
            | ColumnKind::Currency => {
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

    fn shown_dimensions(&self) -> impl Iterator<Item = Dimension> {
        self.spec.by.iter().copied().filter(|dimension| !(self.spec.is_pivoted && dimension.is_time()))
    }
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
