//! Tables of the user's own: read before the records are, and joined to them.

use usagebook::dimension::Attribute;
use usagebook::error::{Error, Result};
use usagebook::ingest::{InputFile, Intake};
use usagebook::join::mapping::CheckedMapping;
use usagebook::join::{Attributes, Budget, Journal};
use usagebook::report::{Provenance, ReportSpec};
use usagebook::usage::UsageFrame;

use super::arguments::JoinArguments;
use super::config::Configuration;
use super::request::ReportRequest;

/// The tables that were named.
pub struct Joined {
    attributes: Attributes,
    pub budget: Option<Budget>,
    mapping: Option<CheckedMapping>,
    files: Vec<InputFile>,
}

impl Joined {
    pub fn read(arguments: &JoinArguments, configuration: &Configuration) -> Result<Self> {
        let attributes = Attributes::read(&arguments.attributes)?;
        let budget = arguments.budget.as_deref().map(Budget::read).transpose()?;
        let mut files = attributes.files();
        files.extend(budget.iter().map(|budget| budget.file().clone()));
        let mapping = match (&arguments.journal, &configuration.journal) {
            (None, _) => None,
            (Some(_), Some(mapping)) => Some(mapping.clone().checked(&attributes.list())?),
            (Some(_), None) => {
                let need = "[journal] in the configuration, which maps amounts to accounts";
                return Err(Error::Incompatible { what: "--journal", need });
            }
        };
        Ok(Self { attributes, budget, mapping, files })
    }

    /// What can be grouped by beside the usual dimensions.
    pub fn attributes(&self) -> Vec<Attribute> {
        self.attributes.list()
    }

    /// Refuses tables that would undo pseudonyms.
    pub fn check_pseudonymous(&self) -> Result<()> {
        self.attributes.check_pseudonymous()
    }

    /// Whether the tables go with what is asked for.
    pub fn check(&self, request: &ReportRequest, has_prices: bool) -> Result<()> {
        let Some(budget) = &self.budget else { return Ok(()) };
        if budget.is_money() && !has_prices {
            return Err(Error::Incompatible { what: "--budget of money", need: "--prices" });
        }
        request.check_budget(budget)
    }

    /// The postings, where they are asked for.
    pub fn journal(
        &self,
        frame: &UsageFrame,
        spec: &ReportSpec,
        provenance: &Provenance,
    ) -> Result<Option<Journal>> {
        self.mapping.as_ref().map(|mapping| Journal::new(frame, spec, provenance, mapping)).transpose()
    }

    /// Hangs the attributes on what was read, and names the files among those that were.
    pub fn join(&self, intake: &mut Intake) -> Result<()> {
        self.attributes.join(intake)?;
        intake.files.extend(self.files.iter().cloned());
        Ok(())
    }
}
