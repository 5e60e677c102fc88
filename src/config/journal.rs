//! The part of a configuration that maps amounts to ledger accounts.
//!
//! ```toml
//! [journal]
//! debit_account = "1400"
//! credit_account = "8400"
//! cost_centre = "{cost_centre}"
//!
//! [[journal.rules]]
//! when = { component_type = "cpu" }
//! credit_account = "8410"
//! ```

use std::collections::BTreeMap;

use crate::error::Result;
use crate::join::Mapping;
use crate::join::mapping::{Condition, Fields, Rule, Template};
use serde::Deserialize;
use toml::Spanned;

use super::Place;

/// The keys that there are.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct JournalTable {
    by: Option<Spanned<String>>,
    debit_account: Option<Spanned<String>>,
    credit_account: Option<Spanned<String>>,
    cost_centre: Option<Spanned<String>>,
    text: Option<Spanned<String>>,
    #[serde(default)]
    rules: Vec<RuleTable>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleTable {
    when: BTreeMap<String, Spanned<String>>,
    debit_account: Option<Spanned<String>>,
    credit_account: Option<Spanned<String>>,
    cost_centre: Option<Spanned<String>>,
    text: Option<Spanned<String>>,
}

impl JournalTable {
    /// What the table at a byte of the file says.
    pub(super) fn mapping(self, at: usize, place: &Place<'_>) -> Result<Mapping> {
        let defaults = [self.debit_account, self.credit_account, self.cost_centre, self.text];
        Ok(Mapping {
            path: place.path.to_owned(),
            line: place.line(at),
            by: self.by.map(|by| (place.line(by.span().start), by.into_inner())),
            defaults: fields(defaults, place)?,
            rules: self.rules.into_iter().map(|rule| rule.rule(place)).collect::<Result<_>>()?,
        })
    }
}

impl RuleTable {
    fn rule(self, place: &Place<'_>) -> Result<Rule> {
        let condition = |(column, value): (String, Spanned<String>)| Condition {
            line: place.line(value.span().start),
            column,
            value: value.into_inner(),
        };
        let texts = [self.debit_account, self.credit_account, self.cost_centre, self.text];
        Ok(Rule { when: self.when.into_iter().map(condition).collect(), fields: fields(texts, place)? })
    }
}

/// In the order of the fields of a mapping.
fn fields(texts: [Option<Spanned<String>>; 4], place: &Place<'_>) -> Result<Fields> {
    let mut fields = Fields::default();
    for (field, text) in fields.0.iter_mut().zip(texts) {
        let Some(text) = text else { continue };
        let at = text.span().start;
        let template = Template::parse(text.get_ref(), place.line(at));
        *field = Some(template.map_err(|reason| place.wrong_at(at, format!("journal: {reason}")))?);
    }
    Ok(fields)
}
