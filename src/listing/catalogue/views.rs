//! The lists that were asked for last, so that the next page of one costs nothing.

use std::sync::{Arc, Mutex};

use super::walk::Walk;
use crate::filter::Filters;
use crate::listing::Order;

/// A list is begun by whoever asks for it first; others who ask for it wait.
pub(crate) type View = Arc<Mutex<Option<Walk>>>;

/// More would be searched through longer than they save.
const VIEWS_MAX: usize = 1024;

/// So much may always be remembered.
const BYTES_MIN: usize = 16 << 20;

#[derive(Debug)]
pub(crate) struct Views {
    /// The last asked for last.
    views: Mutex<Vec<(Key, View)>>,
    /// How much memory all of them may take.
    bytes_max: usize,
}

#[derive(Debug, PartialEq)]
struct Key {
    filters: Filters,
    orders: Vec<Order>,
}

impl Views {
    /// Over so many records.
    pub(crate) fn new(records: usize) -> Self {
        Self { views: Mutex::default(), bytes_max: BYTES_MIN.max(4 * records * size_of::<u32>()) }
    }

    pub(crate) fn get(&self, filters: &Filters, orders: &[Order]) -> View {
        let mut views = self.views.lock().expect("no look-up panics");
        let known = views.iter().position(|(key, _)| key.filters == *filters && key.orders == orders);
        let entry = match known {
            Some(place) => views.remove(place),
            None => {
                let key = Key { filters: filters.clone(), orders: orders.to_vec() };
                (key, View::default())
            }
        };
        let view = Arc::clone(&entry.1);
        views.push(entry);
        if views.len() > VIEWS_MAX {
            views.remove(0);
        }
        view
    }

    /// Forgets the lists that were asked for longest ago, until the others take little enough memory.
    ///
    /// One that somebody is reading counts when he is done.
    pub(crate) fn shrink(&self) {
        let mut views = self.views.lock().expect("no look-up panics");
        let bytes = |view: &View| match view.try_lock().as_deref() {
            Ok(Some(walk)) => walk.bytes(),
            _ => 0,
        };
        let mut left = self.bytes_max;
        let mut kept = views.len();
        for (_, view) in views.iter().rev() {
            match left.checked_sub(bytes(view)) {
                Some(rest) => left = rest,
                None => break,
            }
            kept -= 1;
        }
        views.drain(..kept);
    }

    /// How many lists are remembered, and how much memory they may take.
    #[cfg(test)]
    pub(crate) fn extent(&mut self) -> (usize, &mut usize) {
        (self.views.lock().unwrap().len(), &mut self.bytes_max)
    }
}
