//! Tables of the user's own, read before the records are.

use anyhow::Result;
use usagebook::book::Book;
use usagebook::join::mapping::CheckedMapping;
use usagebook::join::{Attributes, Budget};

use super::request::ReportRequest;
use crate::cli::arguments::ReportArguments;
use crate::cli::inputs;
use crate::cli::words::Misuse;
use usagebook::config::Configuration;

/// The tables that were named.
pub struct Joined {
    pub attributes: Attributes,
    pub budget: Option<Budget>,
    pub mapping: Option<CheckedMapping>,
}

impl Joined {
    pub fn read(
        ReportArguments { join: arguments, prices, .. }: &ReportArguments,
        configuration: &Configuration,
        book: Option<&Book>,
    ) -> Result<Self> {
        let locale = configuration.locale(prices.tables.locale);
        let attributes = Attributes::read(&arguments.attributes, locale)?;
        let budget = arguments.budget.as_deref().map(|path| Budget::read(path, locale)).transpose()?;
        let mapping = match (&arguments.journal, &configuration.journal) {
            (None, _) => None,
            (Some(_), Some(mapping)) => {
                Some(mapping.clone().checked(&inputs::attributes(&attributes, book))?)
            }
            (Some(_), None) => {
                let need = "[journal] in the configuration, which maps amounts to accounts";
                return Err(Misuse { what: "--journal", need }.into());
            }
        };
        Ok(Self { attributes, budget, mapping })
    }

    /// Whether the tables go with what is asked for.
    pub fn check(&self, request: &ReportRequest, has_prices: bool) -> Result<()> {
        let Some(budget) = &self.budget else { return Ok(()) };
        if budget.is_money() && !has_prices {
            return Err(Misuse { what: "--budget of money", need: "--prices" }.into());
        }
        Ok(request.check_budget(budget)?)
    }
}
