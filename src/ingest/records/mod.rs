//! Records to columns: what a format's reader found is understood, checked, and brought down to one truth.

pub(crate) mod collector;
pub(crate) mod folder_month;
pub(crate) mod folders;
pub(crate) mod frame;
pub(crate) mod interner;
pub(crate) mod merged;
pub(crate) mod parents;
mod places;
pub(crate) mod raw;
pub(crate) mod rejects;
pub(crate) mod token;
pub(crate) mod values;
pub(crate) mod versions;
