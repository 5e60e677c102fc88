//! The files of months as they are, for engines that read them without usagebook.

use std::path::PathBuf;

use super::{Book, Chosen, Names, Source, Version};
use crate::error::{Error, Result};
use crate::period::BillingPeriod;

/// The file of a month, and how fresh its names are.
#[derive(Clone, Debug)]
pub(crate) struct MonthFile {
    pub path: PathBuf,
    /// The rank of the delivery that gave the names.
    pub delivery: usize,
    /// Uuids that an earlier delivery named, with its rank.
    pub named_before: Vec<(u128, usize)>,
}

impl Book {
    /// The files of wanted months in a version, by month. A month without records has none.
    ///
    /// # Errors
    /// A version that a month does not have, or that is no file; a month that was closed with prices.
    pub(crate) fn month_files(
        &self,
        is_wanted: impl Fn(BillingPeriod) -> bool,
        version: Option<&Version>,
    ) -> Result<Vec<MonthFile>> {
        let refused = |what: String| Err(Error::NotInStatements { what });
        let mut files = Vec::new();
        for (period, month) in self.months().filter(|(period, _)| is_wanted(*period)) {
            if month.closings.iter().any(|closing| closing.money.is_some()) {
                return refused(format!("the prices that {} was closed with", period.in_words()));
            }
            let Some(Chosen { source, .. }) = self.choose(period, month, version)? else { continue };
            let Source::State(state) = source else {
                return refused(
                    "the version of a delivery, which is no file; choose now or a closed version".to_owned(),
                );
            };
            let Some(file) = &state.file else { continue };
            let Names { rank, before } = self.names(state);
            let mut named_before: Vec<(u128, usize)> = before.into_iter().collect();
            named_before.sort_unstable();
            files.push(MonthFile {
                path: self.store.path(file),
                delivery: rank.unwrap_or_default(),
                named_before,
            });
        }
        Ok(files)
    }
}
