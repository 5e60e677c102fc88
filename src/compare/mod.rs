//! Two states of the same months, and what became of each record between them. No input, no output, no clock.
//!
//! Every change is told where the server made it: of a record, of the line of a bill that records moved between, or
//! of a name. Each stands on one side or on both; a move is a minus on one line and a plus on another, so that the
//! changes of a customer and unit add up to the difference of its totals.

mod amounts;
mod changes;
mod explanation;
mod join;
mod ledger;
mod names;
mod rows;
mod sheet;
mod state;
mod totals;

use crate::error::Result;
use crate::period::BillingPeriod;
use crate::quantity::Quantity;
use crate::usage::{Field, UsageFrame};

pub use self::amounts::{AmountDifference, AmountKind, AmountSides, AmountStatement};
use self::changes::Changes;
pub use self::explanation::{Explanation, Origins, Source};
use self::join::Pairs;
pub use self::ledger::{Cause, ClosedMonth, Ledger};
pub use self::names::Names;
pub use self::rows::DifferenceStatement;
use self::state::State;
pub use self::totals::{Part, Scope, Sides, Total};

/// How one state differs from another.
#[derive(Clone, Debug, Default)]
pub struct Difference {
    /// What the numbers below stand for.
    pub names: Names,
    /// In the order of their kinds and places.
    pub records: Vec<RecordChange>,
    /// In the order of their kinds and places.
    pub rewritings: Vec<Rewriting>,
    /// In the order of fields and places.
    pub renames: Vec<Rename>,
    /// What each kind of change comes to, by unit.
    pub parts: Vec<Part>,
    /// What each state comes to: the customers that changed, the others together, and all.
    pub totals: Vec<Total>,
}

/// What can become of a record, a line of a bill or a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A record that was not there.
    Added,
    /// A record that is no longer there.
    Removed,
    /// A record's usage is another one.
    UsageChanged,
    /// A record was deleted, and created again under another uuid.
    Recreated,
    /// The username, component usage, offering, resource, component type or billing period is another one.
    Rewritten,
    /// The project or customer is another one.
    Moved,
    /// The measured unit is another one; the figures are the same.
    Relabelled,
    /// A customer, project, offering or resource has another name.
    Renamed,
}

impl Kind {
    /// In the order in which kinds are shown.
    pub const ALL: [Self; 8] = [
        Self::Added,
        Self::Removed,
        Self::UsageChanged,
        Self::Recreated,
        Self::Rewritten,
        Self::Moved,
        Self::Relabelled,
        Self::Renamed,
    ];

    /// The word in every output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::UsageChanged => "usage_changed",
            Self::Recreated => "recreated",
            Self::Rewritten => "rewritten",
            Self::Moved => "moved",
            Self::Relabelled => "relabelled",
            Self::Renamed => "renamed",
        }
    }

    /// The kind of change that another value of a field is.
    fn of_rewritten(field: Field) -> Self {
        match field {
            Field::ProjectUuid | Field::CustomerUuid => Self::Moved,
            Field::MeasuredUnit => Self::Relabelled,
            _ => Self::Rewritten,
        }
    }
}

/// A line of a bill: where usage is counted. Numbers are places in [`Names`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// The month that the usage counts for.
    pub billing_period: BillingPeriod,
    /// Who pays.
    pub customer: u32,
    /// The customer's project.
    pub project: u32,
    /// What is used, as its provider offers it.
    pub offering: u32,
    /// None if all resources are meant.
    pub resource: Option<u32>,
    /// What is measured.
    pub component_type: u32,
    /// What it is measured in.
    pub measured_unit: u32,
}

/// What became of one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordChange {
    /// What became of it.
    pub kind: Kind,
    /// The record's line in the later state; in the earlier one where it is removed.
    pub place: Place,
    /// The number of the username in [`Names`], in the same state as the line.
    pub username: u32,
    /// The record's uuid, in the same state as the line.
    pub uuid: u128,
    /// Microseconds since 1970, UTC; of the later state where the record is there.
    pub modified: i64,
    /// `None` if the earlier state does not have the record.
    pub usage_before: Option<Quantity>,
    /// `None` if the later state does not have the record.
    pub usage: Option<Quantity>,
    /// What identified the record before; `None` if that is the same.
    pub earlier: Option<Box<Earlier>>,
}

/// What a record had been before it was recreated or rewritten.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Earlier {
    /// Another uuid: the record was deleted, and created again.
    Uuid(u128),
    /// Another username, by its number in [`Names`].
    Username(u32),
    /// Another component usage.
    ComponentUsage {
        /// The uuid of the earlier one.
        before: u128,
        /// The uuid of the later one.
        after: u128,
    },
}

/// Records that left one line of a bill for another; told at the usage that they had before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewriting {
    /// Moved, relabelled or rewritten.
    pub kind: Kind,
    /// What differs between the lines.
    pub field: Field,
    /// The line of the earlier state.
    pub from: Place,
    /// The line of the later state.
    pub to: Place,
    /// The sum over the records as the earlier state has them.
    pub usage: Quantity,
    /// How many records left the one line for the other.
    pub records: u64,
}

/// An entity that has records in both states, under two names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rename {
    /// The field of the name.
    pub field: Field,
    /// The place in [`Names`], where the later name stands.
    pub entity: u32,
    /// The name that the earlier state has; [`Names`] has the later one.
    pub name_before: Box<str>,
    /// How many records of the earlier state hang on the entity.
    pub records_before: u64,
    /// How many records of the later state hang on the entity.
    pub records: u64,
}

impl Difference {
    /// Compares two states. Records are the same where their uuids are, or else their component usages and usernames.
    ///
    /// # Errors
    /// A frame without the details of single records.
    pub fn between(before: &UsageFrame, after: &UsageFrame) -> Result<Self> {
        let (names, [of_before, of_after]) = Names::united(before, after);
        let states = [State::new(before, of_before)?, State::new(after, of_after)?];
        let [earlier, later] = &states;
        let Changes { records, rewritings } = Changes::of(&Pairs::new(earlier, later), earlier, later);
        let renames = changes::renames([before, after], &names, &states);
        let mut difference =
            Self { names, records, rewritings, renames, parts: Vec::new(), totals: Vec::new() };
        difference.parts = totals::parts(&difference);
        difference.totals = totals::totals(&difference, &states);
        Ok(difference)
    }

    /// Whether both states are the same to whom they are billed.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty() && self.rewritings.is_empty() && self.renames.is_empty()
    }
}
