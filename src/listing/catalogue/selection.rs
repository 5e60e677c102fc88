//! What filters let through: parents, usernames, and how many records those have in common.

use super::Catalogue;
use super::bits::Bits;
use crate::filter::Filters;

/// The records that pass filters, none of them touched yet.
#[derive(Debug)]
pub(crate) struct Selection {
    /// None for all.
    parents: Option<Bits>,
    /// None for all.
    usernames: Option<Bits>,
    pub total: usize,
}

impl Selection {
    pub(super) fn new(catalogue: &Catalogue, filters: &Filters) -> Self {
        let mut selection = Self { parents: None, usernames: None, total: catalogue.len() };
        if filters.is_empty() {
            return selection;
        }
        let sieve = filters.sieve(&catalogue.frame, &catalogue.dates);
        let parents_count = catalogue.dates.len();
        let mut parents = Bits::new(parents_count);
        let passing = (0..parents_count as u32).filter(|parent| sieve.passes_parent(*parent as usize));
        passing.for_each(|parent| parents.insert(parent));
        selection.parents = Some(parents);
        selection.usernames = filters.username_parts().map(|parts| catalogue.usernames.containing(&parts));
        selection.total = selection.count(catalogue);
        selection
    }

    pub(crate) fn has_parent(&self, parent: u32) -> bool {
        self.parents.as_ref().is_none_or(|parents| parents.contains(parent))
    }

    pub(crate) fn has_username(&self, username: u32) -> bool {
        self.usernames.as_ref().is_none_or(|usernames| usernames.contains(username))
    }

    /// Whether every record of a parent that passes passes too.
    pub(crate) fn has_all_usernames(&self) -> bool {
        self.usernames.is_none()
    }

    /// Lets the sets go, once every row is found.
    pub(crate) fn forget(&mut self) {
        (self.parents, self.usernames) = (None, None);
    }

    pub(crate) fn bytes(&self) -> usize {
        [&self.parents, &self.usernames].into_iter().flatten().map(Bits::bytes).sum()
    }

    fn count(&self, catalogue: &Catalogue) -> usize {
        match self.usernames {
            Some(_) => self.rows(catalogue).count(),
            None => self.lists(catalogue).1.map(<[u32]>::len).sum(),
        }
    }

    /// The rows, in no order: those of the parents or those of the usernames, whichever are fewer, that pass both.
    pub(super) fn rows<'a>(&'a self, catalogue: &'a Catalogue) -> impl Iterator<Item = u32> + use<'a> {
        let records = &catalogue.frame.records;
        let (parents, usernames) = (records.parent(), records.username());
        let (is_by_parent, lists) = self.lists(catalogue);
        let passes = move |row: &u32| match is_by_parent {
            true => self.has_username(usernames[*row as usize]),
            false => self.has_parent(parents[*row as usize]),
        };
        lists.flatten().copied().filter(passes)
    }

    /// The shorter of the two ways to the rows, and whether it leads over the parents.
    fn lists<'a>(&'a self, catalogue: &'a Catalogue) -> (bool, impl Iterator<Item = &'a [u32]> + use<'a>) {
        let by_parent = || {
            let parents = self.parents.iter().flat_map(Bits::iter);
            parents.map(|parent| catalogue.rows_of_parent.rows(parent))
        };
        let by_username = || {
            let usernames = self.usernames.iter().flat_map(Bits::iter);
            usernames.map(|username| catalogue.rows_of_username.rows(username))
        };
        let is_by_parent = self.usernames.is_none()
            || by_parent().map(<[u32]>::len).sum::<usize>() <= by_username().map(<[u32]>::len).sum();
        let parents = is_by_parent.then(by_parent).into_iter().flatten();
        (is_by_parent, parents.chain((!is_by_parent).then(by_username).into_iter().flatten()))
    }
}
