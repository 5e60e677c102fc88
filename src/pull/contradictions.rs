//! A state that never was: the portal joins owners to records as it lists them, so that what is moved while a pull
//! runs is under one owner on an early page and under another one on a late page.

use std::collections::{BTreeMap, BTreeSet};

use super::endpoint::Splitter;

/// Who owns what, by the shares in which it was seen.
#[derive(Debug, Default)]
pub(crate) struct Owners {
    /// The owners of each entity, and the shares that show them.
    seen: BTreeMap<(Splitter, String), BTreeMap<String, BTreeSet<String>>>,
}

/// An entity that has one owner at a time, and its owner.
const OWNED_BY: [(Splitter, Splitter); 2] =
    [(Splitter::Project, Splitter::Customer), (Splitter::Resource, Splitter::Project)];

impl Owners {
    /// Takes the combination of values that some records of a share have.
    pub(crate) fn add(&mut self, share: &str, values: &[String; Splitter::COUNT]) {
        for (owned, owner) in OWNED_BY {
            let (owned_value, owner_value) = (&values[owned as usize], &values[owner as usize]);
            if !owned_value.is_empty() && !owner_value.is_empty() {
                let owners = self.seen.entry((owned, owned_value.clone())).or_default();
                owners.entry(owner_value.clone()).or_default().insert(share.to_owned());
            }
        }
    }

    pub(crate) fn forget(&mut self, share: &str) {
        for owners in self.seen.values_mut() {
            owners.retain(|_, shares| {
                shares.remove(share);
                !shares.is_empty()
            });
        }
        self.seen.retain(|_, owners| !owners.is_empty());
    }

    /// The shares that show an entity which has several owners.
    pub(crate) fn torn_shares(&self) -> BTreeSet<String> {
        self.torn().flat_map(|(_, owners)| owners.values().flatten().cloned()).collect()
    }

    /// What has several owners, in words.
    pub(crate) fn described(&self) -> Vec<String> {
        let described = |((owned, uuid), owners): (&(Splitter, String), &BTreeMap<String, _>)| {
            let (what, owner) = match owned {
                Splitter::Project => ("project", "customers"),
                _ => ("resource", "projects"),
            };
            let owners: Vec<&str> = owners.keys().map(String::as_str).collect();
            format!("{what} {uuid} is listed under the {owner} {}", owners.join(" and "))
        };
        self.torn().map(described).collect()
    }

    fn torn(&self) -> impl Iterator<Item = (&(Splitter, String), &BTreeMap<String, BTreeSet<String>>)> {
        self.seen.iter().filter(|(_, owners)| owners.len() > 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(customer: &str, project: &str, resource: &str) -> [String; Splitter::COUNT] {
        [customer, project, "offering", resource, "cpu"].map(str::to_owned)
    }

    #[test]
    fn a_project_under_two_customers_is_found_across_shares_and_gone_when_one_is_read_again() {
        let mut owners = Owners::default();
        owners.add("2026-09", &values("acme", "p", "r"));
        owners.add("2026-09", &values("acme", "q", "s"));
        owners.add("2026-10", &values("birch", "p", "r"));
        assert_eq!(owners.described(), ["project p is listed under the customers acme and birch"]);
        assert_eq!(owners.torn_shares().len(), 2);
        owners.forget("2026-09");
        owners.add("2026-09", &values("birch", "p", "r"));
        assert_eq!(owners.described(), [] as [&str; 0]);
    }

    #[test]
    fn a_resource_under_two_projects_is_found_and_an_unknown_owner_is_none() {
        let mut owners = Owners::default();
        owners.add("all", &values("acme", "p", "r"));
        owners.add("all", &values("acme", "q", "r"));
        owners.add("all", &values("", "p", ""));
        assert_eq!(owners.described(), ["resource r is listed under the projects p and q"]);
    }
}
