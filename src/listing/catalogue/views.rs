//! The lists that were asked for last, so that the next page of one costs nothing.

use std::sync::{Arc, Mutex};

use super::walk::Walk;
use crate::filter::Filters;
use crate::listing::Order;

/// A list is begun by whoever asks for it first; others who ask for it wait.
pub type View = Arc<Mutex<Option<Walk>>>;

/// More would be searched through longer than they save.
const VIEWS_MAX: usize = 64;

pub struct Views {
    /// The last asked for last.
    views: Mutex<Vec<(Key, View)>>,
    /// How many rows all of them may hold.
    rows_max: usize,
}

#[derive(PartialEq)]
struct Key {
    filters: Filters,
    orders: Vec<Order>,
}

impl Views {
    /// Over so many records.
    pub fn new(records: usize) -> Self {
        Self { views: Mutex::default(), rows_max: 4 * records }
    }

    pub fn get(&self, filters: &Filters, orders: &[Order]) -> View {
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

    /// Forgets the lists that were asked for longest ago, until the others hold few enough rows.
    ///
    /// One that somebody is reading counts when he is done.
    pub fn shrink(&self) {
        let mut views = self.views.lock().expect("no look-up panics");
        let rows = |view: &View| match view.try_lock().as_deref() {
            Ok(Some(walk)) => walk.rows().len(),
            _ => 0,
        };
        let mut left = self.rows_max;
        let mut kept = views.len();
        for (_, view) in views.iter().rev() {
            match left.checked_sub(rows(view)) {
                Some(rest) => left = rest,
                None => break,
            }
            kept -= 1;
        }
        views.drain(..kept);
    }

    #[cfg(test)]
    pub fn rows_held(&self) -> usize {
        let views = self.views.lock().unwrap();
        views.iter().filter_map(|(_, view)| Some(view.lock().unwrap().as_ref()?.rows().len())).sum()
    }
}
