//! Work without Python's lock: another thread does it, while this one looks for Ctrl-C and tells how far it has come.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::{self, Builder};
use std::time::Duration;

use pyo3::prelude::*;
use usagebook::error::Result;
use usagebook::ingest::Progress;
use usagebook::usecase::{self, Event};

use crate::error::raised;

/// How often Ctrl-C is looked for, and progress told.
const TICK: Duration = Duration::from_millis(50);

/// As much as a program's main thread has.
const STACK_BYTES: usize = 8 << 20;

/// Counters that Python reads.
#[derive(Debug, Default)]
pub struct Watch {
    progress: Arc<Progress>,
    drawn: AtomicU64,
    drawn_total: AtomicU64,
}

impl usecase::Watch for Watch {
    fn progress(&self) -> &Arc<Progress> {
        &self.progress
    }

    fn note(&self, event: Event<'_>) {
        if let Event::Drawn { statements, total } = event {
            self.drawn.store(statements as u64, Ordering::Relaxed);
            self.drawn_total.store(total as u64, Ordering::Relaxed);
        }
    }
}

/// What is said while work goes on, and how the work is stopped.
pub trait Counted: Sync {
    /// In the order in which Python takes them.
    fn counts(&self) -> Vec<u64>;

    /// Asks the work to stop as soon as it can.
    fn interrupt(&self);
}

impl Counted for Watch {
    /// Files, all files, bytes, all bytes, records, statements, all statements.
    fn counts(&self) -> Vec<u64> {
        let Progress { files, files_total, bytes, bytes_total, records, .. } = &*self.progress;
        let counters = [files, files_total, bytes, bytes_total, records, &self.drawn, &self.drawn_total];
        counters.map(|counter| counter.load(Ordering::Relaxed)).to_vec()
    }

    fn interrupt(&self) {
        self.progress.interrupt();
    }
}

/// Does what is asked for, and tells `progress` the counts while it goes on and once more when it is done.
///
/// # Errors
/// Those of the work; `KeyboardInterrupt` after Ctrl-C, and what `progress` raises: both stop the work.
pub fn work<T: Send>(
    py: Python<'_>,
    progress: Option<&Py<PyAny>>,
    work: impl FnOnce(&Watch) -> Result<T> + Send,
) -> PyResult<T> {
    let watch = Watch::default();
    work_of(py, progress, &watch, || work(&watch))
}

/// The same with counters of another kind.
///
/// # Errors
/// As of [`work`].
pub fn work_of<T: Send>(
    py: Python<'_>,
    progress: Option<&Py<PyAny>>,
    counted: &dyn Counted,
    work: impl FnOnce() -> Result<T> + Send,
) -> PyResult<T> {
    let tell = |py: Python<'_>| match progress {
        Some(progress) => progress.call1(py, (counted.counts(),)).map(drop),
        None => Ok(()),
    };
    let (outcome, stopped) = py.detach(|| {
        thread::scope(|scope| {
            let (done, is_done) = mpsc::channel::<()>();
            let worker = Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, || {
                // Dropped at the end, however it comes.
                let _done = done;
                work()
            });
            let worker = worker.expect("the system has room for a thread");
            let mut stopped = None;
            while is_done.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                if stopped.is_none() {
                    let look = |py: Python<'_>| py.check_signals().and_then(|()| tell(py));
                    stopped = Python::attach(look).err();
                    if stopped.is_some() {
                        counted.interrupt();
                    }
                }
            }
            (worker.join().unwrap_or_else(|panic| resume_unwind(panic)), stopped)
        })
    });
    if let Some(stopped) = stopped {
        return Err(stopped);
    }
    let outcome = outcome.map_err(|error| raised(py, &error))?;
    // The work is done: nothing can stop it any more.
    if let Err(error) = tell(py) {
        error.write_unraisable(py, None);
    }
    Ok(outcome)
}
