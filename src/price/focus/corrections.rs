//! Rows of a restated month: those of its first version, then what later versions take back and charge anew.

use std::collections::HashMap;

use super::costs::UnitPrices;
use super::rows::{ChargeClass, Costs, FocusCharge, FocusRow, UsageCharge};
use crate::currency::Currency;
use crate::usage::{Entity, UsageFrame};

/// The rows of a month in one of its versions.
#[derive(Debug)]
pub(crate) struct FocusState {
    pub(crate) rows: Vec<FocusRow>,
    /// The index of the frame that they are made of.
    pub(crate) frame: usize,
    /// `None` for the month as it is now.
    pub(crate) closing: Option<u32>,
}

/// All that a row charges, without names: two rows that are equal in it need no correction.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Charged<'a> {
    customer: u128,
    project: Option<u128>,
    currencies: [Currency; 2],
    costs: Costs,
    charge: ChargedFor<'a>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum ChargedFor<'a> {
    Usage {
        component_usage: u128,
        offering: u128,
        resource: u128,
        component_type: &'a str,
        measured_unit: &'a str,
        usage: i128,
        unit_prices: UnitPrices,
    },
    Credit(&'a str),
}

/// The rows of all versions of a month, the earliest first. Their sums are those of the last version.
///
/// Each row of the first version is there as it was. A later version has, for each row that it changes, that row with the
/// opposite sign and the row in its place.
pub(crate) fn corrected(states: Vec<FocusState>, frames: &[&UsageFrame]) -> Vec<FocusRow> {
    let mut all: Vec<FocusRow> = Vec::new();
    // What is charged after the versions so far.
    let mut standing: Vec<FocusRow> = Vec::new();
    for (index, FocusState { rows, frame, closing }) in states.into_iter().enumerate() {
        let class = if index == 0 { ChargeClass::Original } else { ChargeClass::ChargedAnew };
        let rows: Vec<FocusRow> =
            rows.into_iter().map(|row| FocusRow { frame, class, closing, ..row }).collect();
        let mut left: HashMap<Charged<'_>, usize> = HashMap::new();
        for row in &rows {
            *left.entry(Charged::of(row, frames)).or_default() += 1;
        }
        let stays: Vec<bool> =
            standing.iter().map(|row| is_taken(&mut left, Charged::of(row, frames))).collect();
        let is_new: Vec<bool> =
            rows.iter().map(|row| is_taken(&mut left, Charged::of(row, frames))).collect();
        let chosen = |rows: &[FocusRow], choice: &[bool], wanted: bool| -> Vec<FocusRow> {
            let chosen = rows.iter().zip(choice).filter(|(_, is_chosen)| **is_chosen == wanted);
            chosen.map(|(row, _)| row.clone()).collect()
        };
        let gone = chosen(&standing, &stays, false);
        let mut charged = chosen(&standing, &stays, true);
        let new = chosen(&rows, &is_new, true);
        all.extend(gone.iter().map(|row| taken_back(row, closing)));
        all.extend(new.iter().cloned());
        charged.extend(new);
        standing = charged;
    }
    all
}

/// The rows of the last version of a month, in their order, each with the version that charged it as it is.
pub(crate) fn dated(states: Vec<FocusState>, frames: &[&UsageFrame]) -> Vec<FocusRow> {
    let mut standing: Vec<FocusRow> = Vec::new();
    for FocusState { rows, frame, closing } in states {
        let rows: Vec<FocusRow> = rows.into_iter().map(|row| FocusRow { frame, closing, ..row }).collect();
        let mut known: HashMap<Charged<'_>, Vec<Option<u32>>> = HashMap::new();
        for row in &standing {
            known.entry(Charged::of(row, frames)).or_default().push(row.closing);
        }
        let mut closing_of =
            |row| known.get_mut(&Charged::of(row, frames)).and_then(Vec::pop).unwrap_or(closing);
        standing = rows.iter().map(|row| FocusRow { closing: closing_of(row), ..row.clone() }).collect();
    }
    standing
}

/// Takes one of the rows that are left and charge the same, if there is one.
fn is_taken<'a>(left: &mut HashMap<Charged<'a>, usize>, charged: Charged<'a>) -> bool {
    let count = left.get_mut(&charged).filter(|count| **count > 0);
    count.map(|count| *count -= 1).is_some()
}

/// A row with the opposite sign.
fn taken_back(row: &FocusRow, closing: Option<u32>) -> FocusRow {
    let Costs { billed, list, contracted, pricing_effective } = row.costs;
    let charge = match &row.charge {
        FocusCharge::Usage(charge) => {
            FocusCharge::Usage(UsageCharge { usage: -charge.usage, ..charge.clone() })
        }
        FocusCharge::Credit(description) => FocusCharge::Credit(description.clone()),
    };
    FocusRow {
        class: ChargeClass::TakenBack,
        closing,
        costs: Costs {
            billed: -billed,
            list: -list,
            contracted: -contracted,
            pricing_effective: -pricing_effective,
        },
        charge,
        ..row.clone()
    }
}

impl<'a> Charged<'a> {
    fn of(row: &'a FocusRow, frames: &[&'a UsageFrame]) -> Self {
        let frame = frames[row.frame];
        let uuid = |entities: &[Entity], index: u32| entities[index as usize].uuid;
        let charge = match &row.charge {
            FocusCharge::Usage(charge) => ChargedFor::Usage {
                component_usage: charge.component_usage,
                offering: uuid(&frame.offerings, charge.offering),
                resource: uuid(&frame.resources, charge.resource),
                component_type: &frame.component_types[charge.component_type as usize],
                measured_unit: &frame.measured_units[charge.measured_unit as usize],
                usage: charge.usage,
                unit_prices: charge.unit_prices,
            },
            FocusCharge::Credit(description) => ChargedFor::Credit(description),
        };
        Self {
            customer: uuid(&frame.customers, row.customer),
            project: row.project.map(|project| uuid(&frame.projects, project)),
            currencies: [row.currency, row.pricing_currency],
            costs: row.costs,
            charge,
        }
    }
}
