//! Tells apart, for people, what has the same name.

use std::collections::{HashMap, HashSet};

/// Names that several uuids share, and how much of the uuids tells them apart.
#[derive(Debug, Default)]
pub struct Namesakes<'a> {
    digits: HashMap<&'a str, usize>,
}

impl<'a> Namesakes<'a> {
    /// From all names with their uuids, in any order and as often as they come.
    pub fn new<'u>(bearers: impl IntoIterator<Item = (&'a str, &'u str)>) -> Self {
        let mut uuids_of: HashMap<&str, HashSet<&str>> = HashMap::new();
        for (name, uuid) in bearers {
            uuids_of.entry(name).or_default().insert(uuid);
        }
        uuids_of.retain(|_, uuids| uuids.len() > 1);
        Self { digits: uuids_of.into_iter().map(|(name, uuids)| (name, telling_digits(&uuids))).collect() }
    }

    /// ` [0a1b2c3d]`; empty if the name has one uuid only.
    pub fn mark(&self, name: &str, uuid: &str) -> String {
        match self.digits.get(name) {
            Some(digits) => format!(" [{}]", uuid.get(..*digits).unwrap_or(uuid)),
            None => String::new(),
        }
    }
}

/// Eight digits, or all if some of the uuids share their first eight.
fn telling_digits(uuids: &HashSet<&str>) -> usize {
    let heads: HashSet<Option<&str>> = uuids.iter().map(|uuid| uuid.get(..8)).collect();
    if heads.len() == uuids.len() { 8 } else { 32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_name_that_several_uuids_share_is_marked() {
        let (first, second) = ("0a1b2c3d00000000000000000000000a", "b0b0b0b000000000000000000000000b");
        let namesakes = Namesakes::new([("Acme", first), ("Acme", first), ("Globex", second)]);
        assert_eq!((namesakes.mark("Acme", first), namesakes.mark("Hooli", second)), Default::default());
        let namesakes = Namesakes::new([("Acme", first), ("Acme", second)]);
        assert_eq!(namesakes.mark("Acme", second), " [b0b0b0b0]");
    }
}
