//! Row groups of other months than those asked for: which they are by the file's own statistics, and whether a record of
//! them may be one that was read elsewhere.

use arrow_array::{Array, StringArray};
use arrow_schema::DataType;
use chrono::DateTime;
use foldhash::HashSet;
use parquet::errors::ParquetError;
use parquet::file::statistics::Statistics;

use super::columns::Column;
use super::{ParquetInput, decoded};
use crate::ingest::records::collector::Collector;
use crate::ingest::records::parents::Parent;
use crate::ingest::records::values::parse_period;
use crate::period::BillingPeriod;
use crate::text::{parse_uri_uuid, parse_uuid};
use crate::usage::Field;

/// What counts for the months that are wanted, as was read so far.
#[derive(Default)]
pub(crate) struct Known {
    records: Uuids,
    component_usages: Uuids,
}

/// Many uuids, and a quick answer for most of those that are none of them.
#[derive(Default)]
struct Uuids {
    all: HashSet<u128>,
    /// A bit for each value of a uuid's last digits: set if one of the uuids ends so.
    ends: Vec<u64>,
}

impl Known {
    /// The component usages of months that are wanted. All rows that show such a month are read, so that there are no others.
    pub(crate) fn of_months(collectors: &[Collector], is_wanted: impl Fn(BillingPeriod) -> bool) -> Self {
        let parents = collectors.iter().flat_map(|collector| &collector.parents.parents);
        let month = |parent: &Parent| BillingPeriod::from_number(parent.attributes.billing_period);
        let wanted = parents.filter(|parent| is_wanted(month(parent))).map(|parent| parent.uuid);
        Self { component_usages: Uuids::new(wanted), records: Uuids::default() }
    }

    /// The same with the records of these component usages that were read last.
    pub(crate) fn with_records(mut self, collectors: &[Collector]) -> Self {
        let of_one = |collector: &Collector| {
            let parents = collector.parents.parents.iter();
            let is_known: Vec<bool> =
                parents.map(|parent| self.component_usages.contains(parent.uuid)).collect();
            let records = collector.columns.uuid.iter().zip(&collector.columns.parent);
            let known = records.filter(|(_, parent)| is_known[**parent as usize]).map(|(uuid, _)| *uuid);
            known.collect::<Vec<u128>>()
        };
        self.records = Uuids::new(collectors.iter().flat_map(of_one).collect::<Vec<_>>().into_iter());
        self
    }
}

impl Uuids {
    /// Two million bytes of bits, which a core keeps near.
    const END_BITS: u32 = 24;

    fn new(uuids: impl Iterator<Item = u128>) -> Self {
        let all: HashSet<u128> = uuids.collect();
        let mut ends = vec![0; 1 << (Self::END_BITS - u64::BITS.trailing_zeros())];
        for uuid in &all {
            let (word, bit) = Self::end(*uuid);
            ends[word] |= bit;
        }
        Self { all, ends }
    }

    fn end(uuid: u128) -> (usize, u64) {
        let end = uuid as usize & ((1 << Self::END_BITS) - 1);
        (end / u64::BITS as usize, 1 << (end % u64::BITS as usize))
    }

    fn contains(&self, uuid: u128) -> bool {
        let (word, bit) = Self::end(uuid);
        self.ends.get(word).is_some_and(|ends| ends & bit != 0) && self.all.contains(&uuid)
    }

    /// Whether one is among these; `None` if one is not to be read.
    fn any(&self, mut uuids: impl Iterator<Item = Option<u128>>) -> Option<bool> {
        uuids.try_fold(false, |is_any, uuid| Some(is_any | self.contains(uuid?)))
    }
}

impl ParquetInput {
    /// The row groups that have records of months alone that are not wanted, by the statistics of their billing periods.
    pub(crate) fn of_other_months(&self, is_wanted: impl Fn(BillingPeriod) -> bool) -> Vec<u32> {
        let is_of_others = |row_group: &u32| {
            let months = self.months(*row_group as usize);
            months
                .is_some_and(|(first, last)| !(first..=last).map(BillingPeriod::from_number).any(&is_wanted))
        };
        (0..self.row_groups() as u32).filter(is_of_others).collect()
    }

    pub(crate) fn rows(&self, row_group: u32) -> u64 {
        self.metadata.row_group(row_group as usize).num_rows() as u64
    }

    /// The numbers of the first and the last month of a row group; `None` if the file does not say it beyond doubt.
    fn months(&self, row_group: usize) -> Option<(i32, i32)> {
        let column = self.columns.iter().find(|column| column.field == Field::BillingPeriod)?;
        let statistics = self.metadata.row_group(row_group).column(column.leaf).statistics()?;
        if statistics.null_count_opt() != Some(0) {
            return None;
        }
        let (first, last) = match (statistics, self.schema.field(column.root).data_type()) {
            (Statistics::Int32(days), DataType::Date32) => {
                (month_of(*days.min_opt()?)?, month_of(*days.max_opt()?)?)
            }
            // Within a year, texts are in the order of their months, however else a month could be written.
            (Statistics::ByteArray(texts), DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
                if !statistics.is_min_max_deprecated() =>
            {
                let [first, last] = [texts.min_opt()?, texts.max_opt()?].map(|text| text.data());
                let is_day_of_one_year =
                    first.len() == DAY.len() && last.len() == DAY.len() && first[..4] == last[..4];
                is_day_of_one_year.then_some((parse_period(first)?, parse_period(last)?))?
            }
            _ => return None,
        };
        (first <= last).then_some((first, last))
    }

    /// Whether a record or component usage of a row group is among those that are known. What cannot be read may be.
    pub(crate) fn may_meet(&self, row_group: u32, known: &Known) -> bool {
        self.meets(row_group as usize, known).unwrap_or(true)
    }

    fn meets(&self, row_group: usize, known: &Known) -> Option<bool> {
        let is_identity = |field| matches!(field, Field::Uuid | Field::ComponentUsage);
        let mut reader = decoded(|| self.reader(row_group, is_identity)).ok()?;
        let fields: Vec<Field> =
            self.columns.iter().map(|column| column.field).filter(|field| is_identity(*field)).collect();
        let mut checked = None;
        let mut rows = 0;
        while let Some(batch) = decoded(|| reader.next().transpose().map_err(ParquetError::from)).ok()? {
            for (field, array) in fields.iter().zip(batch.columns()) {
                let is_met = match (field, Column::of(array, *field)?) {
                    (Field::Uuid, column) => any(&column, parse_uuid, &known.records)?,
                    // Batches of a row group share their dictionary.
                    (_, Column::Dictionary(keys, texts)) => {
                        let is_checked = checked.as_ref().is_some_and(|checked| is_same(checked, texts));
                        checked = Some(texts.clone());
                        let uuids = || texts.iter().map(|text| parse_uri_uuid(text?.as_bytes()));
                        keys.null_count() > 0 || !is_checked && known.component_usages.any(uuids())?
                    }
                    (_, column) => any(&column, parse_uri_uuid, &known.component_usages)?,
                };
                if is_met {
                    return Some(true);
                }
            }
            rows += batch.num_rows() as u64;
        }
        Some(fields.len() < 2 || rows != self.rows(row_group as u32))
    }
}

/// A day as the endpoint writes it.
const DAY: &str = "2026-10-01";

/// Whether one of the values is known; `None` if one is no uuid.
fn any(column: &Column<'_>, parse: impl Fn(&[u8]) -> Option<u128>, known: &Uuids) -> Option<bool> {
    match column {
        Column::Text(array) => known.any(array.iter().map(|text| parse(text?.as_bytes()))),
        Column::Binary(array) => known.any(array.iter().map(|text| parse(text?))),
        Column::Dictionary(keys, texts) => {
            known.any(keys.iter().map(|key| parse(texts.value(key? as usize).as_bytes())))
        }
        Column::Uuid(array) => {
            known.any(array.iter().map(|bytes| Some(u128::from_be_bytes(bytes?.try_into().ok()?))))
        }
        Column::Null | Column::Values { .. } => None,
    }
}

fn is_same(one: &StringArray, other: &StringArray) -> bool {
    one.values().as_ptr() == other.values().as_ptr() && one.len() == other.len()
}

/// The number of the month of a day since 1970.
fn month_of(days: i32) -> Option<i32> {
    let time = DateTime::from_timestamp(i64::from(days) * 86_400, 0)?;
    Some(BillingPeriod::of(time.date_naive()).number())
}
