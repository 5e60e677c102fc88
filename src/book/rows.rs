//! Records of one month with numbers for texts, so that equal content is equal numbers.

use std::collections::{BTreeMap, HashMap};

use crate::error::Result;
use crate::ingest::{Interner, after_host};
use crate::listing::RecordReader;
use crate::listing::record::Value;
use crate::period::BillingPeriod;
use crate::quantity::Quantity;
use crate::usage::{Field, UsageFrame};

/// The number of a text in [`Texts`].
pub(crate) type TextId = u32;

/// Texts by number: all rows that are compared with one another share one.
#[derive(Default)]
pub(crate) struct Texts(Interner);

impl Texts {
    pub(crate) fn intern(&mut self, text: &str) -> TextId {
        self.0.intern(text.as_bytes())
    }

    pub(crate) fn get(&self, id: TextId) -> &str {
        std::str::from_utf8(self.0.get(id)).expect("only text goes in")
    }

    /// Whether two URIs are the same after the host.
    fn is_one_path(&self, uri: TextId, other: TextId) -> bool {
        uri == other || after_host(self.get(uri)) == after_host(self.get(other))
    }
}

/// A uuid and the name that a delivery gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub uuid: u128,
    pub name: TextId,
}

/// A component usage, as a delivery shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parent {
    pub uuid: u128,
    /// Its URI.
    pub component_usage: TextId,
    pub customer: Named,
    pub project: Named,
    pub offering: Named,
    pub resource: Named,
    pub component_type: TextId,
    pub measured_unit: TextId,
    /// Microseconds since 1970, UTC; as all times here.
    pub date: Option<i64>,
}

/// A record, as a delivery shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    pub uuid: u128,
    /// The place in [`Rows::parents`].
    pub parent: u32,
    pub username: TextId,
    pub usage: Quantity,
    pub modified: i64,
    pub created: Option<i64>,
    pub user: Option<TextId>,
    pub description: TextId,
    pub backend_id: TextId,
}

/// Records of one month, each uuid once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rows {
    pub parents: Vec<Parent>,
    pub records: Vec<Record>,
}

impl Rows {
    pub(crate) fn parent(&self, record: &Record) -> &Parent {
        &self.parents[record.parent as usize]
    }

    /// Whether two records are the same in all fields.
    pub(crate) fn is_same(&self, record: &Record, others: &Self, other: &Record) -> bool {
        Record { parent: 0, ..*record } == Record { parent: 0, ..*other }
            && self.parent(record) == others.parent(other)
    }

    /// The same, whatever the scheme, host and port that URIs name: they are those of the request, not of the record.
    pub(crate) fn is_same_on_any_host(
        &self,
        record: &Record,
        others: &Self,
        other: &Record,
        texts: &Texts,
    ) -> bool {
        let (parent, other_parent) = (self.parent(record), others.parent(other));
        let users = (record.user, other.user);
        let is_one_user = match users {
            (Some(user), Some(other)) => texts.is_one_path(user, other),
            _ => users.0 == users.1,
        };
        is_one_user
            && texts.is_one_path(parent.component_usage, other_parent.component_usage)
            && Record { parent: 0, user: None, ..*record } == Record { parent: 0, user: None, ..*other }
            && Parent { component_usage: 0, ..*parent } == Parent { component_usage: 0, ..*other_parent }
    }

    /// The order in which records are written: by parent, then username, then uuid.
    pub(crate) fn order(&self, texts: &Texts) -> Vec<u32> {
        let mut order: Vec<u32> = (0..self.records.len() as u32).collect();
        let key = |at: &u32| {
            let record = &self.records[*at as usize];
            (self.parent(record).uuid, texts.get(record.username), record.uuid)
        };
        order.sort_unstable_by(|a, b| key(a).cmp(&key(b)));
        order
    }

    /// The same records in another order, with those parents only that they have, in the order of their uuids.
    pub(crate) fn arranged(&self, order: &[u32]) -> Self {
        let mut is_used = vec![false; self.parents.len()];
        order.iter().for_each(|at| is_used[self.records[*at as usize].parent as usize] = true);
        let mut kept: Vec<u32> = (0..self.parents.len() as u32).filter(|at| is_used[*at as usize]).collect();
        kept.sort_by_key(|at| self.parents[*at as usize].uuid);
        let mut places = vec![0; self.parents.len()];
        for (place, at) in (0..).zip(&kept) {
            places[*at as usize] = place;
        }
        let record = |at: &u32| {
            let record = self.records[*at as usize];
            Record { parent: places[record.parent as usize], ..record }
        };
        Self {
            parents: kept.iter().map(|at| self.parents[*at as usize]).collect(),
            records: order.iter().map(record).collect(),
        }
    }
}

/// Rows of a record by the form that they show: those that differ only in the host of their URIs are one.
pub(crate) fn forms(rows: Vec<u32>, of: &Rows, texts: &Texts) -> Vec<Vec<u32>> {
    let record = |row: u32| &of.records[row as usize];
    let mut forms: Vec<Vec<u32>> = Vec::new();
    for row in rows {
        let is_same = |form: &&mut Vec<u32>| of.is_same_on_any_host(record(row), of, record(form[0]), texts);
        match forms.iter_mut().find(is_same) {
            Some(form) => form.push(row),
            None => forms.push(vec![row]),
        }
    }
    forms
}

/// The rows of one month in a frame, and where each of them stands there.
#[derive(Default)]
pub(crate) struct MonthRows {
    pub rows: Rows,
    /// Row numbers of the frame.
    pub places: Vec<u32>,
}

/// Parts a frame with details into months, each in the order in which records are written.
pub(crate) fn by_month(frame: &UsageFrame, texts: &mut Texts) -> Result<BTreeMap<BillingPeriod, MonthRows>> {
    let reader = RecordReader::new(frame)?;
    let mut months: BTreeMap<BillingPeriod, MonthRows> = BTreeMap::new();
    let mut places: HashMap<u32, (BillingPeriod, u32)> = HashMap::new();
    for (row, parent) in (0..).zip(frame.records.parent()) {
        let (period, parent) = *places.entry(*parent).or_insert_with(|| {
            let Value::Month(period) = reader.value(row, Field::BillingPeriod) else {
                unreachable!("every parent has a month")
            };
            let month = months.entry(period).or_default();
            month.rows.parents.push(read_parent(&reader, row, texts));
            (period, month.rows.parents.len() as u32 - 1)
        });
        let month = months.get_mut(&period).expect("it came with the parent");
        month.rows.records.push(read_record(&reader, row, parent, texts));
        month.places.push(row);
    }
    for month in months.values_mut() {
        let order = month.rows.order(texts);
        month.places = order.iter().map(|at| month.places[*at as usize]).collect();
        month.rows = month.rows.arranged(&order);
    }
    Ok(months)
}

fn read_parent(reader: &RecordReader, row: u32, texts: &mut Texts) -> Parent {
    let uri = text(reader.value(row, Field::ComponentUsage));
    let mut named = |uuid, name| Named {
        uuid: uuid_of(reader.value(row, uuid)),
        name: texts.intern(text(reader.value(row, name))),
    };
    let customer = named(Field::CustomerUuid, Field::CustomerName);
    let project = named(Field::ProjectUuid, Field::ProjectName);
    let offering = named(Field::OfferingUuid, Field::OfferingName);
    let resource = named(Field::ResourceUuid, Field::ResourceName);
    Parent {
        uuid: crate::text::parse_uri_uuid(uri.as_bytes()).unwrap_or_default(),
        component_usage: texts.intern(uri),
        customer,
        project,
        offering,
        resource,
        component_type: texts.intern(text(reader.value(row, Field::ComponentType))),
        measured_unit: texts.intern(text(reader.value(row, Field::MeasuredUnit))),
        date: time(reader.value(row, Field::Date)),
    }
}

fn read_record(reader: &RecordReader, row: u32, parent: u32, texts: &mut Texts) -> Record {
    let usage = match reader.value(row, Field::Usage) {
        Value::Usage(usage) => usage,
        _ => unreachable!("every record has a usage"),
    };
    let user = match reader.value(row, Field::User) {
        Value::Text(user) => Some(texts.intern(user)),
        _ => None,
    };
    Record {
        uuid: uuid_of(reader.value(row, Field::Uuid)),
        parent,
        username: texts.intern(text(reader.value(row, Field::Username))),
        usage,
        modified: time(reader.value(row, Field::Modified)).unwrap_or_default(),
        created: time(reader.value(row, Field::Created)),
        user,
        description: texts.intern(text(reader.value(row, Field::Description))),
        backend_id: texts.intern(text(reader.value(row, Field::BackendId))),
    }
}

fn text(value: Value<'_>) -> &str {
    match value {
        Value::Text(text) => text,
        _ => "",
    }
}

fn uuid_of(value: Value) -> u128 {
    match value {
        Value::Uuid(uuid) => uuid,
        _ => unreachable!("every record has its uuids"),
    }
}

fn time(value: Value) -> Option<i64> {
    match value {
        Value::Time(micros) => Some(micros),
        _ => None,
    }
}
