//! A price list that is still to be filled in: an entry for everything that has usage.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;

use crate::quantity::Quantity;
use crate::text::visible::visible_line;
use crate::text::{counted, grouped_decimal, uuid_text};
use crate::usage::UsageFrame;

/// What needs a price: each component and unit of each offering, in the order of the offerings' names.
#[derive(Clone, Debug, Default)]
pub struct PriceTemplate {
    entries: BTreeMap<Line, Needed>,
    /// Names that several offerings have, so that only their uuids tell them apart.
    shared: BTreeSet<Box<str>>,
}

/// What has a price of its own, in the order of the list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Line {
    offering: Box<str>,
    offering_uuid: u128,
    component_type: Box<str>,
    measured_unit: Box<str>,
}

/// The usage that a price is needed for.
#[derive(Clone, Debug, Default)]
struct Needed {
    usage: Quantity,
    resources: BTreeSet<u32>,
    customers: BTreeSet<u32>,
}

impl PriceTemplate {
    /// Of the records that a frame holds.
    pub fn new(frame: &UsageFrame) -> Self {
        let mut template = Self::default();
        let mut offerings: HashMap<&str, BTreeSet<u128>> = HashMap::new();
        let parents = &frame.parents;
        for (parent, usage) in frame.records.usage_by_parent() {
            let offering = &frame.offerings[parents.offering()[parent] as usize];
            offerings.entry(&offering.name).or_default().insert(offering.uuid);
            let line = Line {
                offering: offering.name.clone(),
                offering_uuid: offering.uuid,
                component_type: frame.component_types[parents.component_type()[parent] as usize].clone(),
                measured_unit: frame.measured_units[parents.measured_unit()[parent] as usize].clone(),
            };
            let needed = template.entries.entry(line).or_default();
            needed.usage += usage;
            needed.resources.insert(parents.resource()[parent]);
            needed.customers.insert(parents.customer()[parent]);
        }
        let shared = offerings.into_iter().filter(|(_, uuids)| uuids.len() > 1);
        template.shared = shared.map(|(name, _)| name.into()).collect();
        template
    }

    /// How many prices are needed.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing has usage.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// A price list as TOML in which every `unit_price` is empty, and every `currency` if none is given. Above each entry
    /// stands what it is for; `title` stands above all.
    pub fn toml(&self, title: &str, currency: Option<&str>) -> String {
        let mut text = format!(
            "# {}\n# Fill in each unit_price: text in quotes, such as \"0.02\". Remove what is not billed by usage.\n",
            visible_line(title)
        );
        for (Line { offering, offering_uuid, component_type, measured_unit }, needed) in &self.entries {
            let unit = if measured_unit.is_empty() { "without a unit" } else { measured_unit };
            let comment = format!(
                "{offering}: {} {unit} on {} of {}",
                grouped_decimal(&needed.usage.to_string()),
                counted(needed.resources.len() as u64, "resource"),
                counted(needed.customers.len() as u64, "customer"),
            );
            let of_offering = match self.shared.contains(offering) || offering.is_empty() {
                true => ("offering_uuid", uuid_text(*offering_uuid)),
                false => ("offering", offering.to_string()),
            };
            let keys = [
                (of_offering.0, of_offering.1.as_str()),
                ("component_type", component_type),
                ("measured_unit", measured_unit),
                ("unit_price", ""),
                ("currency", currency.unwrap_or_default()),
            ];
            let _ = writeln!(text, "\n# {}\n[[price]]", visible_line(&comment));
            for (key, value) in keys {
                let _ = writeln!(text, "{key} = {}", quoted(value));
            }
        }
        text
    }
}

/// A basic string of TOML, which differs from JSON's in one character.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("text is JSON").replace('\u{7f}', "\\u007f")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_is_read_back_as_it_was() {
        for text in
            ["", "cpu \"hours\"", "a\\b", "tab\tline\nend", "\u{0}\u{7f}\u{1f680}", "国立'«", "\u{2028}"]
        {
            let line = format!("key = {}", quoted(text));
            let value: toml::Table = toml::from_str(&line).unwrap();
            assert_eq!(value["key"].as_str(), Some(text), "{line}");
        }
    }
}
