//! A bar on the terminal while inputs are read, and Ctrl-C.

use std::io::{self, IsTerminal as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use usagebook::error::Error;
use usagebook::ingest::Progress;
use usagebook::report::grouped;

/// Whether the work shall go on.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    progress: Arc<Progress>,
    /// Inputs are being read: nothing is on disk yet, and a pipe that stays silent may hold a thread for ever.
    is_reading: Arc<AtomicBool>,
}

/// How long a reading may take to end by itself after Ctrl-C.
const PATIENCE: Duration = Duration::from_millis(500);

impl Watch {
    /// Takes Ctrl-C over. The second one ends at once.
    pub fn start() -> anyhow::Result<Self> {
        let watch = Self::default();
        let Self { progress, is_reading } = watch.clone();
        ctrlc::set_handler(move || {
            if progress.is_interrupted() {
                std::process::exit(130);
            }
            progress.interrupt();
            thread::sleep(PATIENCE);
            if is_reading.load(Ordering::SeqCst) {
                std::process::exit(i32::from(super::explain(&Error::Interrupted.into())));
            }
        })?;
        Ok(watch)
    }

    pub fn progress(&self) -> &Arc<Progress> {
        &self.progress
    }

    /// Does what reads inputs.
    pub fn reading<T>(&self, read: impl FnOnce() -> T) -> T {
        self.is_reading.store(true, Ordering::SeqCst);
        let outcome = read();
        self.is_reading.store(false, Ordering::SeqCst);
        outcome
    }

    /// # Errors
    /// [`Error::Interrupted`] once Ctrl-C was pressed.
    pub fn check(&self) -> Result<(), Error> {
        if self.progress.is_interrupted() { Err(Error::Interrupted) } else { Ok(()) }
    }
}

/// Takes Ctrl-C over for work that ends by itself once it is told. The second one ends at once.
pub fn on_interrupt(tell: impl Fn() + Send + 'static) -> anyhow::Result<()> {
    let is_told = AtomicBool::new(false);
    ctrlc::set_handler(move || {
        if is_told.swap(true, Ordering::SeqCst) {
            std::process::exit(130);
        }
        tell();
    })?;
    Ok(())
}

/// A bar that is drawn until it is dropped.
pub struct Bar {
    /// Dropped first, which ends the drawing.
    stop: Option<Sender<()>>,
    drawing: Option<JoinHandle<()>>,
}

impl Bar {
    /// Draws how far a reading has come; nothing where nobody watches.
    pub fn draw(watch: &Watch, is_quiet: bool) -> Self {
        let progress = Arc::clone(&watch.progress);
        Self::draw_with(is_quiet, style(), move |bar| show(bar, &progress))
    }

    /// Draws with somebody's own hand, ten times a second; nothing where nobody watches.
    pub fn draw_with(
        is_quiet: bool,
        style: ProgressStyle,
        show: impl Fn(&ProgressBar) + Send + 'static,
    ) -> Self {
        if is_quiet || !io::stderr().is_terminal() {
            return Self { stop: None, drawing: None };
        }
        let (stop, stopped) = mpsc::channel();
        let drawing = thread::spawn(move || {
            let bar = ProgressBar::no_length().with_style(style);
            while stopped.recv_timeout(Duration::from_millis(100)) == Err(RecvTimeoutError::Timeout) {
                show(&bar);
            }
            bar.finish_and_clear();
        });
        Self { stop: Some(stop), drawing: Some(drawing) }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(drawing) = self.drawing.take() {
            // A bar that could not be drawn is no reason to stop.
            let _ = drawing.join();
        }
    }
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{wide_bar} {binary_bytes} of {binary_total_bytes}, {msg}, {eta} left")
        .expect("the template is one")
}

fn show(bar: &ProgressBar, progress: &Progress) {
    let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    let bytes_total = count(&progress.bytes_total);
    if bytes_total > 0 {
        bar.set_length(bytes_total);
    }
    bar.set_position(count(&progress.bytes));
    bar.set_message(format!(
        "{} of {} files, {} records",
        grouped(count(&progress.files)),
        grouped(count(&progress.files_total)),
        grouped(count(&progress.records)),
    ));
    bar.tick();
}
