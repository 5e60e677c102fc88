//! Drawing one file after the other, as many at a time as there are cores.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use super::watch::{Event, Watch};
use crate::error::{Error, Result};

/// Draws each of this many, and returns what came out in their order.
///
/// # Errors
/// The first that cannot be drawn.
pub(super) fn drawn_in_order<T: Send>(
    total: usize,
    watch: &dyn Watch,
    draw: impl Fn(usize) -> Result<T> + Sync,
) -> Result<Vec<T>> {
    let (next, done, has_failed) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicBool::new(false));
    watch.note(Event::Drawn { statements: 0, total });
    let draw_some = || {
        let mut drawn = Vec::new();
        while !has_failed.load(Ordering::Relaxed) {
            let at = next.fetch_add(1, Ordering::Relaxed);
            if at >= total {
                break;
            }
            let one = watch.check().and_then(|()| draw(at));
            has_failed.fetch_or(one.is_err(), Ordering::Relaxed);
            watch.note(Event::Drawn { statements: done.fetch_add(1, Ordering::Relaxed) + 1, total });
            drawn.push((at, one));
        }
        drawn
    };
    // Each core draws in a pool of its own: in a common one it would begin a statement on top of another one
    // whenever it waits for a part of that, without end.
    let pool = || rayon::ThreadPoolBuilder::new().num_threads(1).build();
    let pools = (0..rayon::current_num_threads()).map(|_| pool()).collect::<Result<Vec<_>, _>>();
    let pools = pools.map_err(|error| Error::Output { source: io::Error::other(error) })?;
    let mut drawn: Vec<(usize, Result<T>)> = thread::scope(|scope| {
        let cores: Vec<_> = pools.iter().map(|pool| scope.spawn(|| pool.install(draw_some))).collect();
        cores.into_iter().flat_map(|core| core.join().expect("drawing does not panic")).collect()
    });
    drawn.sort_by_key(|(at, _)| *at);
    drawn.into_iter().map(|(_, drawn)| drawn).collect()
}
