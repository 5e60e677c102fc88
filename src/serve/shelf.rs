//! What is served now.

use std::sync::{Arc, RwLock};

/// Holds one catalogue or list, which can be replaced while requests are answered from the one before.
#[derive(Debug)]
pub struct Shelf<T>(RwLock<Arc<T>>);

impl<T> Shelf<T> {
    /// A shelf that holds this first.
    pub fn new(catalogue: T) -> Self {
        Self(RwLock::new(Arc::new(catalogue)))
    }

    /// What a request is answered from, to its end.
    pub fn current(&self) -> Arc<T> {
        Arc::clone(&self.0.read().expect("nobody panics while he holds the shelf"))
    }

    /// Later requests are answered from here; the catalogue before goes when the last of its requests is answered.
    pub fn replace(&self, catalogue: T) {
        let before = std::mem::replace(
            &mut *self.0.write().expect("nobody panics while he holds the shelf"),
            Arc::new(catalogue),
        );
        // It may take a while to free, and nobody waits for that.
        drop(before);
    }
}
