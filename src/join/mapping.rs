//! Which accounts amounts are posted to: defaults, and rules for some of them.

use std::fmt;
use std::path::PathBuf;

use crate::dimension::{Attribute, Dimension};
use crate::error::{Error, Result};
use crate::text::{parse_uuid, uuid_text};

/// The text of postings where the mapping has none.
const USUAL_TEXT: &str = "Usage {period}";

/// What postings are by where the mapping does not say.
const USUAL_BY: &str = "customer,project,offering,component";

/// Columns of every journal beside those of its dimensions.
const COMMON: [&str; 3] = ["currency", "charge_category", "charge_description"];

/// How amounts become postings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// The configuration that it stands in.
    pub path: PathBuf,
    /// The line in which it begins.
    pub line: usize,
    /// A comma list, as in `--by`, with its line.
    pub by: Option<(usize, String)>,
    /// The texts where no rule that fits has one.
    pub defaults: Fields,
    /// The first one that fits and has a field gives it.
    pub rules: Vec<Rule>,
}

/// Texts for some amounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Columns and what has to stand in them, each with its line.
    pub when: Vec<Condition>,
    /// What a posting gets where all conditions hold; a field that is missing is left to later rules.
    pub fields: Fields,
}

/// What a column has to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// From 1.
    pub line: usize,
    /// A column of the journal's dimensions, or `currency`, `charge_category` or `charge_description`.
    pub column: String,
    /// The whole text of the column; a uuid in any of its spellings.
    pub value: String,
}

/// The texts of a posting that the mapping gives: debit account, credit account, cost centre, text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields(pub [Option<Template>; 4]);

/// What the mapping tells of a posting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Field {
    DebitAccount,
    CreditAccount,
    CostCentre,
    Text,
}

/// A text with columns in braces: `Usage {period}, {offering_name}`. Braces of its own are doubled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    line: usize,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Column(String),
}

/// A mapping that was found to hold together, with the attributes that there are.
#[derive(Clone, Debug)]
pub struct CheckedMapping {
    mapping: Mapping,
    by: Vec<Dimension>,
    attributes: Vec<Attribute>,
}

impl Field {
    pub(crate) const ALL: [Self; 4] = [Self::DebitAccount, Self::CreditAccount, Self::CostCentre, Self::Text];

    /// The key in the configuration, and the column.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::DebitAccount => "debit_account",
            Self::CreditAccount => "credit_account",
            Self::CostCentre => "cost_centre",
            Self::Text => "text",
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Template {
    /// # Errors
    /// A brace that is not closed, or is closed without having been opened, as the reason.
    pub fn parse(text: &str, line: usize) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, brace) = rest.split_at(at);
            plain.push_str(before);
            if let Some(behind) = brace.strip_prefix("{{").or_else(|| brace.strip_prefix("}}")) {
                plain.push_str(&brace[..1]);
                rest = behind;
                continue;
            }
            let column = brace.strip_prefix('{').and_then(|inner| inner.split_once('}'));
            let Some((column, behind)) = column.filter(|(column, _)| !column.contains('{')) else {
                return Err(format!(
                    "found {text:?}, expected columns in braces, as {{period}}; double a brace that is text"
                ));
            };
            if !plain.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut plain)));
            }
            parts.push(Part::Column(column.trim().to_owned()));
            rest = behind;
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        Ok(Self { line, parts })
    }

    /// The text with what stands in the columns.
    pub fn filled<'a>(&self, value: impl Fn(&str) -> &'a str) -> String {
        let part = |part: &Part| match part {
            Part::Text(text) => text.clone(),
            Part::Column(column) => value(column).to_owned(),
        };
        self.parts.iter().map(part).collect::<String>().trim().to_owned()
    }

    fn columns(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Column(column) => Some(column.as_str()),
            Part::Text(_) => None,
        })
    }
}

impl Fields {
    pub(crate) fn get(&self, field: Field) -> Option<&Template> {
        self.0[field as usize].as_ref()
    }
}

impl Mapping {
    /// Reads what postings are by, and sees that every column that is named is one of theirs.
    ///
    /// # Errors
    /// Dimensions and columns that there are not, a stretch of time other than months, and a condition that is no uuid.
    pub fn checked(mut self, attributes: &[Attribute]) -> Result<CheckedMapping> {
        let (line, text) = self.by.clone().unwrap_or((self.line, USUAL_BY.to_owned()));
        let wrong = |line, reason: String| Error::BadConfiguration { path: self.path.clone(), line, reason };
        let by = Dimension::parse_list_with(&text, attributes)
            .map_err(|error| wrong(line, format!("journal.by: {error}")))?;
        if let Some(time) = by.iter().find(|dimension| dimension.is_time()) {
            let reason =
                format!("journal.by: found {time}, expected other dimensions: a posting is of one month");
            return Err(wrong(line, reason));
        }
        let by: Vec<Dimension> = [Dimension::Period].into_iter().chain(by).collect();
        let of_dimensions = by.iter().flat_map(|dimension| dimension.columns()).copied();
        let of_owners = attributes.iter().filter(|attribute| by.contains(&attribute.owner()));
        let known: Vec<&str> =
            of_dimensions.chain(of_owners.map(|attribute| attribute.name())).chain(COMMON).collect();
        let check = |line: usize, key: &str, column: &str| match known.contains(&column) {
            true => Ok(()),
            false => {
                let reason = format!(
                    "journal: {key}: found the column {column:?}, expected one of {}",
                    known.join(", ")
                );
                Err(wrong(line, reason))
            }
        };
        for fields in [&self.defaults].into_iter().chain(self.rules.iter().map(|rule| &rule.fields)) {
            for (field, template) in Field::ALL.iter().filter_map(|field| Some((field, fields.get(*field)?)))
            {
                template.columns().try_for_each(|column| check(template.line, field.name(), column))?;
            }
        }
        let conditions = self.rules.iter().flat_map(|rule| &rule.when);
        for condition in conditions.clone() {
            check(condition.line, "when", &condition.column)?;
            if condition.column.ends_with("_uuid") && parse_uuid(condition.value.as_bytes()).is_none() {
                let reason = format!(
                    "journal: when.{}: found {:?}, expected a uuid",
                    condition.column, condition.value
                );
                return Err(wrong(condition.line, reason));
            }
        }
        for condition in self.rules.iter_mut().flat_map(|rule| &mut rule.when) {
            if let Some(uuid) =
                parse_uuid(condition.value.as_bytes()).filter(|_| condition.column.ends_with("_uuid"))
            {
                condition.value = uuid_text(uuid);
            }
        }
        let decides = |attribute: &&Attribute| {
            by.contains(&Dimension::Attribute(**attribute)) || self.decides_by(attribute.name())
        };
        let attributes = attributes.iter().filter(decides).copied().collect();
        Ok(CheckedMapping { mapping: self, by, attributes })
    }

    /// Whether accounts, cost centres or conditions have a column.
    fn decides_by(&self, column: &str) -> bool {
        let fields = self.rules.iter().map(|rule| &rule.fields).chain([&self.defaults]);
        let decisive = Field::ALL.into_iter().filter(|field| *field != Field::Text);
        let mut templates = fields.flat_map(|fields| decisive.clone().filter_map(|field| fields.get(field)));
        let mut conditions = self.rules.iter().flat_map(|rule| &rule.when);
        templates.any(|template| template.columns().any(|own| own == column))
            || conditions.any(|condition| condition.column == column)
    }
}

impl CheckedMapping {
    /// What postings are by: the month first.
    pub fn by(&self) -> &[Dimension] {
        &self.by
    }

    /// The columns of the user's own that decide where an amount is posted.
    pub(crate) fn attributes(&self) -> impl Iterator<Item = Attribute> {
        self.attributes.iter().copied()
    }

    /// The configuration that has the mapping.
    pub fn path(&self) -> &PathBuf {
        &self.mapping.path
    }

    /// Whether the mapping has a field for some amounts at least.
    pub(crate) fn has(&self, field: Field) -> bool {
        let rules = self.mapping.rules.iter().map(|rule| &rule.fields);
        rules.chain([&self.mapping.defaults]).any(|fields| fields.get(field).is_some())
    }

    /// A field of an amount whose columns hold these values; empty where there is none.
    pub(crate) fn text<'a>(&self, field: Field, value: impl Fn(&str) -> &'a str) -> String {
        let fits =
            |rule: &&Rule| rule.when.iter().all(|condition| value(&condition.column) == condition.value);
        let of_rules = self.mapping.rules.iter().filter(fits).find_map(|rule| rule.fields.get(field));
        match of_rules.or(self.mapping.defaults.get(field)) {
            Some(template) => template.filled(value),
            None if field == Field::Text => {
                Template::parse(USUAL_TEXT, 0).expect("it is well-formed").filled(value)
            }
            None => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str) -> Result<String, String> {
        let value = |column: &str| match column {
            "period" => "2026-10",
            "customer_name" => "Acme {Labs}",
            _ => "",
        };
        Ok(Template::parse(text, 1)?.filled(value))
    }

    #[test]
    fn columns_stand_in_braces_and_braces_are_doubled() {
        assert_eq!(filled("1400").unwrap(), "1400");
        assert_eq!(filled("{customer_name}: {period}").unwrap(), "Acme {Labs}: 2026-10");
        assert_eq!(filled("{{{period}}} {none}").unwrap(), "{2026-10}");
        for text in ["{period", "period}", "{a{b}", "{"] {
            assert!(filled(text).unwrap_err().contains("expected columns in braces"), "{text}");
        }
    }
}
