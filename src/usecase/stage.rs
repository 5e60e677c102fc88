//! What is written for engines of others: dumps, read and checked.

use super::watch::{Watch, reading};
use crate::error::Result;
use crate::ingest::{self, StageRequest, Staged};
use crate::objects::stage_component_usages;

/// Reads dumps and writes what they show as Parquet, one folder a dump; `parents` are dumps of component usages.
///
/// # Errors
/// Inputs that cannot be read, an interruption, a disk that says no.
pub fn stage(request: &StageRequest, parents: &[String], watch: &dyn Watch) -> Result<Vec<Staged>> {
    let mut staged = reading(watch, |progress| ingest::stage(request, progress))?;
    if !parents.is_empty() {
        staged.extend(reading(watch, |progress| stage_component_usages(parents, request, progress))?);
    }
    watch.check()?;
    Ok(staged)
}
