//! The records of a frame as columns.

use polars::prelude::{BooleanChunked, DataFrame, DataType, Int64Chunked, NewChunkedArray, UInt32Chunked};

use super::cells::{Cells, Counts};
use super::columns::{AMOUNT_SCALE, Kept, TIME, USAGE_SCALE, Unchecked, Values, decimals, named, times};
use crate::error::{Error, Result};
use crate::quantity::Quantity;

/// One row a record.
///
/// Columns of polars behind slices: they were checked when they came in, so that reading them cannot fail.
#[derive(Clone, Debug, Default)]
pub struct Records {
    pub(super) parent: Values<u32>,
    username: Values<u32>,
    pub(super) usage: Values<i128>,
    pub(super) amount: Option<Values<i128>>,
    pub(super) details: Option<Details>,
    /// `None` if each row is one record.
    cells: Option<Cells>,
}

/// The columns of records that only single records need.
#[derive(Clone, Debug, Default)]
pub struct Details {
    pub(crate) uuid: Values<u128>,
    pub(crate) modified: Values<i64>,
    pub(crate) created: Int64Chunked,
    pub(crate) user: UInt32Chunked,
    pub(crate) description: Values<u32>,
    pub(crate) backend_id: Values<u32>,
}

impl Records {
    /// Columns of one length; usage is in hundredths.
    pub(crate) fn new(
        parent: Vec<u32>,
        username: Vec<u32>,
        usage: Vec<i128>,
        details: Option<Details>,
    ) -> Self {
        let rows = parent.len();
        let are_whole = details.as_ref().is_none_or(|details| details.lengths() == [rows; 6]);
        assert!(username.len() == rows && usage.len() == rows && are_whole, "every record has every column");
        Self {
            parent: parent.into(),
            username: username.into(),
            usage: usage.into(),
            amount: None,
            details,
            cells: None,
        }
    }

    /// The same rows as cells of many records.
    pub(crate) fn into_cells(self, cells: Cells) -> Self {
        assert_eq!(cells.counts.len(), self.len(), "every cell says what it is made of");
        Self { cells: Some(cells), ..self }
    }

    /// What rows that are cells have besides; `None` if each row is one record.
    pub(crate) fn cells(&self) -> Option<&Cells> {
        self.cells.as_ref()
    }

    pub(crate) fn cells_mut(&mut self) -> Option<&mut Cells> {
        self.cells.as_mut()
    }

    /// What a row of a user is made of.
    pub(crate) fn counts(&self, row: usize) -> Counts {
        match &self.cells {
            None => Counts::of_record(Quantity::from_hundredths(self.usage[row])),
            Some(cells) => cells.counts[row],
        }
    }

    /// The number of rows: of records, if they are no cells.
    pub fn len(&self) -> usize {
        self.parent.len()
    }

    /// Whether there are no records.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The row of each record's parent.
    pub fn parent(&self) -> &[u32] {
        &self.parent
    }

    /// The index of each record's username in the usernames.
    pub fn username(&self) -> &[u32] {
        &self.username
    }

    /// In hundredths.
    pub fn usage(&self) -> &[i128] {
        &self.usage
    }

    /// The row of each record's parent, and its usage.
    pub fn usage_by_parent(&self) -> impl ExactSizeIterator<Item = (usize, Quantity)> {
        let usage = self.usage.iter().map(|hundredths| Quantity::from_hundredths(*hundredths));
        self.parent.iter().map(|parent| *parent as usize).zip(usage)
    }

    /// Each record's part of its parent's amount in thousandths, 0 without a price; `None` if usage has no prices.
    pub fn amount(&self) -> Option<&[i128]> {
        self.amount.as_deref()
    }

    /// The row of each record's parent, and its part of the parent's amount in thousandths.
    ///
    /// # Errors
    /// Usage has no prices.
    pub fn amount_by_parent(&self) -> Result<impl Iterator<Item = (usize, i128)>> {
        let amount = self.amount().ok_or(Error::NoPrices)?;
        Ok(self.parent.iter().map(|parent| *parent as usize).zip(amount.iter().copied()))
    }

    /// The columns that only single records need.
    ///
    /// # Errors
    /// They were not kept: see [`Reading::keeps_details`](crate::ingest::Reading::keeps_details).
    pub fn details(&self) -> Result<&Details> {
        self.details.as_ref().ok_or(Error::NoDetails)
    }

    /// Puts each record's part of its parent's amount in, in thousandths.
    pub(crate) fn set_amount(&mut self, amount: Vec<i128>) {
        assert_eq!(amount.len(), self.len(), "every record has an amount");
        self.amount = Some(amount.into());
    }

    /// Lets records point to parents and usernames that are numbered anew.
    pub(crate) fn renumber(&mut self, parent: Vec<u32>, username: Vec<u32>) {
        assert_eq!([parent.len(), username.len()], [self.len(); 2], "every record has both");
        (self.parent, self.username) = (parent.into(), username.into());
    }

    /// Keeps the records for whose parent and username this is true.
    pub fn filter(&mut self, is_kept: impl Fn(u32, u32) -> bool) {
        let records = self.parent.iter().zip(self.username.iter());
        let mask = records.map(|(parent, username)| is_kept(*parent, *username));
        let mask = BooleanChunked::from_iter_values("".into(), mask);
        self.keep(Kept::Where(&mask));
    }

    /// Keeps the records in these rows, in this order. Memory for one column more is needed at a time.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn take(&mut self, rows: &[u32]) {
        self.keep(Kept::Rows(rows));
    }

    fn keep(&mut self, kept: Kept<'_>) {
        let Self { parent, username, usage, amount, details, cells } = self;
        let figures = || {
            usage.keep(kept);
            amount.iter_mut().for_each(|amount| amount.keep(kept));
            cells.iter_mut().for_each(|cells| kept.of_list(&mut cells.counts));
        };
        let others = || {
            parent.keep(kept);
            username.keep(kept);
            details.iter_mut().for_each(|details| details.keep(kept));
        };
        rayon::join(figures, others);
    }
}

impl Details {
    /// The uuid of each record, as a number.
    pub fn uuid(&self) -> &[u128] {
        &self.uuid
    }

    /// In microseconds since 1970, UTC.
    pub fn modified(&self) -> &[i64] {
        &self.modified
    }

    /// In microseconds since 1970, UTC; `None` if the record does not say it.
    pub fn created(&self, record: usize) -> Option<i64> {
        self.created.get(record)
    }

    /// The index of the user in the texts; `None` if the source has null or nothing.
    pub fn user(&self, record: usize) -> Option<u32> {
        self.user.get(record)
    }

    /// The index of each description in the texts, of an empty one if the source has nothing.
    pub fn description(&self) -> &[u32] {
        &self.description
    }

    /// The index of each backend id in the texts, of an empty one if the source has nothing.
    pub fn backend_id(&self) -> &[u32] {
        &self.backend_id
    }

    fn lengths(&self) -> [usize; 6] {
        let Self { uuid, modified, created, user, description, backend_id } = self;
        [uuid.len(), modified.len(), created.len(), user.len(), description.len(), backend_id.len()]
    }

    fn keep(&mut self, kept: Kept<'_>) {
        self.uuid.keep(kept);
        self.modified.keep(kept);
        kept.of(&mut self.created);
        kept.of(&mut self.user);
        self.description.keep(kept);
        self.backend_id.keep(kept);
    }
}

mod name {
    pub(super) const PARENT: &str = "parent";
    pub(super) const USERNAME: &str = "username";
    pub(super) const USAGE: &str = "usage";
    pub(super) const AMOUNT: &str = "amount";
    pub(super) const UUID: &str = "uuid";
    pub(super) const MODIFIED: &str = "modified";
    pub(super) const CREATED: &str = "created";
    pub(super) const USER: &str = "user";
    pub(super) const DESCRIPTION: &str = "description";
    pub(super) const BACKEND_ID: &str = "backend_id";
}

impl Records {
    /// Records from a polars frame of the columns that [`to_polars`](Self::to_polars) returns.
    ///
    /// # Errors
    /// A column that is missing, of another type, or null where it may not be.
    pub fn from_polars(frame: &DataFrame) -> Result<Self> {
        let frame = Unchecked { rows: "records", frame };
        let number = DataType::UInt32;
        let details = || -> Result<Details> {
            Ok(Details {
                uuid: frame.values(name::UUID, &DataType::UInt128)?,
                modified: frame.values(name::MODIFIED, &TIME)?,
                created: frame.optional(name::CREATED, &TIME)?,
                user: frame.optional(name::USER, &number)?,
                description: frame.values(name::DESCRIPTION, &number)?,
                backend_id: frame.values(name::BACKEND_ID, &number)?,
            })
        };
        let amount = || frame.values(name::AMOUNT, &DataType::Decimal(38, AMOUNT_SCALE));
        Ok(Self {
            parent: frame.values(name::PARENT, &number)?,
            username: frame.values(name::USERNAME, &number)?,
            usage: frame.values(name::USAGE, &DataType::Decimal(38, USAGE_SCALE))?,
            amount: frame.has(name::AMOUNT).then(amount).transpose()?,
            details: frame.has(name::UUID).then(details).transpose()?,
            cells: None,
        })
    }

    /// The columns as a polars frame, which shares their memory.
    ///
    /// | column | type |
    /// |---|---|
    /// | `parent` | `UInt32`: the row in the parents |
    /// | `username` | `UInt32`: the index in the usernames |
    /// | `usage` | `Decimal(38, 2)` |
    /// | `amount` | `Decimal(38, 3)`, 0 without a price; only if usage has prices |
    /// | `uuid` | `UInt128`; like the columns below only if single records were asked for |
    /// | `modified`, `created` | `Datetime` in microseconds, UTC; `created` is null where missing |
    /// | `user` | `UInt32`: the index in the texts; null where the source has null or nothing |
    /// | `description`, `backend_id` | `UInt32`: the index in the texts |
    pub fn to_polars(&self) -> DataFrame {
        let mut columns = vec![
            named(self.parent.physical(), name::PARENT),
            named(self.username.physical(), name::USERNAME),
            decimals(self.usage.physical(), USAGE_SCALE, name::USAGE),
        ];
        let amount = self.amount.iter();
        columns.extend(amount.map(|amount| decimals(amount.physical(), AMOUNT_SCALE, name::AMOUNT)));
        if let Some(details) = &self.details {
            columns.extend([
                named(details.uuid.physical(), name::UUID),
                times(details.modified.physical(), name::MODIFIED),
                times(details.created.clone(), name::CREATED),
                named(details.user.clone(), name::USER),
                named(details.description.physical(), name::DESCRIPTION),
                named(details.backend_id.physical(), name::BACKEND_ID),
            ]);
        }
        DataFrame::new(self.len(), columns).expect("columns of one length, each with a name of its own")
    }
}
