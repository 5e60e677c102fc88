//! The parents of records as columns.

use polars::prelude::{
    BooleanChunked, DataFrame, DataType, Int64Chunked, NewChunkedArray, StringChunked, UInt32Chunked,
};

use super::columns::{Kept, TIME, Unchecked, Values, named, times};
use crate::dimension::Dimension;
use crate::error::Result;
use crate::period::BillingPeriod;

/// The row of each parent in the lists of customers, projects, offerings, resources, component types and measured units.
pub(crate) type Links<T> = [T; 6];

/// One row a parent (component usage) that records hang on.
///
/// Columns of polars behind slices: they were checked when they came in, so that reading them cannot fail.
#[derive(Clone, Debug, Default)]
pub struct Parents {
    uuid: Values<u128>,
    links: Links<Values<u32>>,
    pub(super) date: Int64Chunked,
    billing_period: Values<i32>,
    pub(super) component_usage: Option<StringChunked>,
    pub(super) prices: Option<Prices>,
}

#[derive(Clone, Debug)]
pub(super) struct Prices {
    pub currency: UInt32Chunked,
    pub is_priced: BooleanChunked,
}

impl Parents {
    /// Columns of one length: dates in microseconds since 1970, months as [`BillingPeriod::number`] counts.
    pub(crate) fn new(
        uuid: Vec<u128>,
        links: Links<Vec<u32>>,
        date: impl Iterator<Item = Option<i64>>,
        billing_period: Vec<i32>,
    ) -> Self {
        let (rows, date) = (uuid.len(), date.collect::<Int64Chunked>());
        let are_whole = links.iter().all(|link| link.len() == rows) && date.len() == rows;
        assert!(billing_period.len() == rows && are_whole, "every parent has every column");
        Self {
            uuid: uuid.into(),
            links: links.map(Values::from),
            date,
            billing_period: billing_period.into(),
            component_usage: None,
            prices: None,
        }
    }

    /// The number of parents.
    pub fn len(&self) -> usize {
        self.uuid.len()
    }

    /// Whether there are no parents.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The uuid of each parent, as a number.
    pub fn uuid(&self) -> &[u128] {
        &self.uuid
    }

    /// The index of each parent's customer in the customers.
    pub fn customer(&self) -> &[u32] {
        &self.links[0]
    }

    /// The index of each parent's project in the projects.
    pub fn project(&self) -> &[u32] {
        &self.links[1]
    }

    /// The index of each parent's offering in the offerings.
    pub fn offering(&self) -> &[u32] {
        &self.links[2]
    }

    /// The index of each parent's resource in the resources.
    pub fn resource(&self) -> &[u32] {
        &self.links[3]
    }

    /// The index of each parent's component type in the component types.
    pub fn component_type(&self) -> &[u32] {
        &self.links[4]
    }

    /// The index of each parent's unit in the measured units.
    pub fn measured_unit(&self) -> &[u32] {
        &self.links[5]
    }

    /// The index of each parent's customer, project, offering or resource; `None` of what has no uuids.
    pub fn entity(&self, dimension: Dimension) -> Option<&[u32]> {
        match dimension {
            Dimension::Customer => Some(self.customer()),
            Dimension::Project => Some(self.project()),
            Dimension::Offering => Some(self.offering()),
            Dimension::Resource => Some(self.resource()),
            _ => None,
        }
    }

    /// In microseconds since 1970, UTC; `None` if the parent's records do not say it.
    pub fn date(&self, parent: usize) -> Option<i64> {
        self.date.get(parent)
    }

    /// The date of each parent.
    pub fn dates(&self) -> impl ExactSizeIterator<Item = Option<i64>> {
        self.date.iter()
    }

    /// The month of each parent, as [`BillingPeriod::number`] counts.
    pub fn billing_period(&self) -> &[i32] {
        &self.billing_period
    }

    /// The month of one parent.
    pub fn period(&self, parent: usize) -> BillingPeriod {
        BillingPeriod::from_number(self.billing_period[parent])
    }

    /// The month of each parent.
    pub fn periods(&self) -> impl ExactSizeIterator<Item = BillingPeriod> + Clone {
        self.billing_period.iter().map(|number| BillingPeriod::from_number(*number))
    }

    /// The URI as the source wrote it; `None` if single records were not asked for.
    pub fn component_usage(&self, parent: usize) -> Option<&str> {
        self.component_usage.as_ref()?.get(parent)
    }

    /// Whether usage has prices.
    pub fn has_prices(&self) -> bool {
        self.prices.is_some()
    }

    /// The index in the currencies; `None` if the parent has none.
    pub fn currency(&self, parent: usize) -> Option<u32> {
        self.prices.as_ref()?.currency.get(parent)
    }

    /// Whether a price was found.
    pub fn is_priced(&self, parent: usize) -> bool {
        self.prices.as_ref().and_then(|prices| prices.is_priced.get(parent)) == Some(true)
    }

    pub(crate) fn set_component_usage<'u>(&mut self, uris: impl Iterator<Item = &'u str>) {
        let uris = StringChunked::from_iter_values("".into(), uris);
        assert_eq!(uris.len(), self.len(), "every parent has a URI");
        self.component_usage = Some(uris);
    }

    /// Puts in which currency each parent has, and whether a price was found.
    pub(crate) fn set_prices(&mut self, prices: impl Iterator<Item = (Option<u32>, bool)>) {
        let (currency, is_priced): (Vec<Option<u32>>, Vec<bool>) = prices.unzip();
        assert_eq!(currency.len(), self.len(), "every parent either has a price or not");
        self.prices = Some(Prices {
            currency: currency.into_iter().collect(),
            is_priced: BooleanChunked::from_iter_values("".into(), is_priced.into_iter()),
        });
    }

    pub(crate) fn links(&self) -> Links<&[u32]> {
        std::array::from_fn(|at| &*self.links[at])
    }

    /// Lets parents point to lists that are numbered anew.
    pub(crate) fn renumber(&mut self, links: Links<Vec<u32>>) {
        assert!(links.iter().all(|link| link.len() == self.len()), "every parent is in every list");
        self.links = links.map(Values::from);
    }

    /// Keeps the parents in these rows, in this order.
    ///
    /// # Panics
    /// If there is no such row.
    pub(crate) fn take(&mut self, rows: &[u32]) {
        let kept = Kept::Rows(rows);
        self.uuid.keep(kept);
        self.links.iter_mut().for_each(|link| link.keep(kept));
        kept.of(&mut self.date);
        self.billing_period.keep(kept);
        self.component_usage.iter_mut().for_each(|uris| kept.of(uris));
        if let Some(Prices { currency, is_priced }) = &mut self.prices {
            kept.of(currency);
            kept.of(is_priced);
        }
    }
}

mod name {
    pub(super) const UUID: &str = "uuid";
    pub(super) const LINKS: super::Links<&str> =
        ["customer", "project", "offering", "resource", "component_type", "measured_unit"];
    pub(super) const DATE: &str = "date";
    pub(super) const BILLING_PERIOD: &str = "billing_period";
    pub(super) const COMPONENT_USAGE: &str = "component_usage";
    pub(super) const CURRENCY: &str = "currency";
    pub(super) const IS_PRICED: &str = "is_priced";
}

impl Parents {
    /// Parents from a polars frame of the columns that [`to_polars`](Self::to_polars) returns.
    ///
    /// # Errors
    /// A column that is missing, of another type, or null where it may not be.
    pub fn from_polars(frame: &DataFrame) -> Result<Self> {
        let frame = Unchecked { rows: "parents", frame };
        let number = DataType::UInt32;
        let mut links = Links::default();
        for (link, name) in links.iter_mut().zip(name::LINKS) {
            *link = frame.values(name, &number)?;
        }
        let uris = || frame.whole(name::COMPONENT_USAGE, &DataType::String);
        let prices = || -> Result<Prices> {
            Ok(Prices {
                currency: frame.optional(name::CURRENCY, &number)?,
                is_priced: frame.whole(name::IS_PRICED, &DataType::Boolean)?,
            })
        };
        Ok(Self {
            uuid: frame.values(name::UUID, &DataType::UInt128)?,
            links,
            date: frame.optional(name::DATE, &TIME)?,
            billing_period: frame.values(name::BILLING_PERIOD, &DataType::Int32)?,
            component_usage: frame.has(name::COMPONENT_USAGE).then(uris).transpose()?,
            prices: frame.has(name::CURRENCY).then(prices).transpose()?,
        })
    }

    /// The columns as a polars frame, which shares their memory.
    ///
    /// | column | type |
    /// |---|---|
    /// | `uuid` | `UInt128` |
    /// | `customer`, `project`, `offering`, `resource`, `component_type`, `measured_unit` | `UInt32`: the index in the list of that name |
    /// | `date` | `Datetime` in microseconds, UTC; null where missing |
    /// | `billing_period` | `Int32`: the month, as [`BillingPeriod::number`] counts |
    /// | `component_usage` | `String`: the URI as the source wrote it; only if single records were asked for |
    /// | `currency` | `UInt32`: the index in the currencies, null without one; only if usage has prices |
    /// | `is_priced` | `Boolean`: whether a price was found; only if usage has prices |
    pub fn to_polars(&self) -> DataFrame {
        let mut columns = vec![named(self.uuid.physical(), name::UUID)];
        columns.extend(self.links.iter().zip(name::LINKS).map(|(link, name)| named(link.physical(), name)));
        columns.push(times(self.date.clone(), name::DATE));
        columns.push(named(self.billing_period.physical(), name::BILLING_PERIOD));
        columns.extend(self.component_usage.iter().map(|uris| named(uris.clone(), name::COMPONENT_USAGE)));
        if let Some(Prices { currency, is_priced }) = &self.prices {
            columns.push(named(currency.clone(), name::CURRENCY));
            columns.push(named(is_priced.clone(), name::IS_PRICED));
        }
        DataFrame::new(self.len(), columns).expect("columns of one length, each with a name of its own")
    }
}
