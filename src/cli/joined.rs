//! Tables of the user's own: read before the records are, and joined to them.

use usagebook::dimension::Attribute;
use usagebook::error::{Error, Result};
use usagebook::ingest::{InputFile, Intake};
use usagebook::join::{Attributes, Budget};

use super::arguments::JoinArguments;
use super::request::ReportRequest;

/// The tables that were named.
pub struct Joined {
    attributes: Attributes,
    pub budget: Option<Budget>,
    files: Vec<InputFile>,
}

impl Joined {
    pub fn read(arguments: &JoinArguments) -> Result<Self> {
        let attributes = Attributes::read(&arguments.attributes)?;
        let budget = arguments.budget.as_deref().map(Budget::read).transpose()?;
        let mut files = attributes.files();
        files.extend(budget.iter().map(|budget| budget.file().clone()));
        Ok(Self { attributes, budget, files })
    }

    /// What can be grouped by beside the usual dimensions.
    pub fn attributes(&self) -> Vec<Attribute> {
        self.attributes.list()
    }

    pub fn files(&self) -> &[InputFile] {
        &self.files
    }

    /// Whether the tables go with what is asked for.
    pub fn check(&self, request: &ReportRequest, has_prices: bool) -> Result<()> {
        let Some(budget) = &self.budget else { return Ok(()) };
        if budget.is_money() && !has_prices {
            return Err(Error::Incompatible { what: "--budget of money", need: "--prices" });
        }
        request.check_budget(budget)
    }

    /// Hangs the attributes on what was read, and names the files among those that were.
    pub fn join(&self, intake: &mut Intake) -> Result<()> {
        self.attributes.join(intake)?;
        intake.files.extend(self.files.iter().cloned());
        Ok(())
    }
}
