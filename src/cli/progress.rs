//! A bar on the terminal while inputs are read, and Ctrl-C.

use std::io::{self, IsTerminal as _};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use usagebook::error::Error;
use usagebook::ingest::Progress;
use usagebook::period::LAST_MONTH;
use usagebook::text::grouped;
use usagebook::usecase::{self, AsOfSource, Event};

use super::arguments::InputArguments;
use super::notices::say;

/// Shows how far the work has come, and takes Ctrl-C.
#[derive(Default)]
pub struct Watch {
    progress: Arc<Progress>,
    /// Inputs are being read: nothing is on disk yet, and a pipe that stays silent may hold a thread for ever.
    is_reading: Arc<AtomicBool>,
    is_quiet: bool,
    is_verbose: bool,
    bar: Mutex<Option<Bar>>,
    /// How many statements are drawn.
    drawn: Arc<AtomicU64>,
    has_warned: AtomicBool,
    /// What else is to end on Ctrl-C.
    others: Arc<Mutex<Vec<Tell>>>,
}

/// Ends something.
type Tell = Box<dyn Fn() + Send>;

/// How long a reading may take to end by itself after Ctrl-C.
const PATIENCE: Duration = Duration::from_millis(500);

impl Watch {
    /// Takes Ctrl-C over. The second one ends at once.
    pub fn start() -> anyhow::Result<Self> {
        let watch = Self::default();
        let (progress, is_reading) = (Arc::clone(&watch.progress), Arc::clone(&watch.is_reading));
        let others = Arc::clone(&watch.others);
        ctrlc::set_handler(move || {
            if progress.is_interrupted() {
                std::process::exit(130);
            }
            progress.interrupt();
            others.lock().iter().flat_map(|others| others.iter()).for_each(|tell| tell());
            thread::sleep(PATIENCE);
            if is_reading.load(Ordering::SeqCst) {
                std::process::exit(i32::from(super::explain(&Error::Interrupted.into())));
            }
        })?;
        Ok(watch)
    }

    /// As quiet or verbose as inputs are to be read.
    pub fn of(self, arguments: &InputArguments) -> Self {
        Self { is_quiet: arguments.quiet, is_verbose: arguments.verbose, ..self }
    }

    /// The same without notes and bars, if they are not wanted.
    pub fn quiet(self, is_quiet: bool) -> Self {
        Self { is_quiet, ..self }
    }

    /// Whether the work so far had a warning.
    pub fn has_warned(&self) -> bool {
        self.has_warned.load(Ordering::Relaxed)
    }

    /// Ends something else on Ctrl-C too.
    #[cfg(feature = "pull")]
    pub fn also(&self, tell: impl Fn() + Send + 'static) {
        self.others.lock().expect("telling does not panic").push(Box::new(tell));
    }

    fn set_bar(&self, bar: Option<Bar>) {
        *self.bar.lock().expect("drawing a bar does not panic") = bar;
    }
}

impl usecase::Watch for Watch {
    fn progress(&self) -> &Arc<Progress> {
        &self.progress
    }

    fn reading(&self, is_reading: bool) {
        self.is_reading.store(is_reading, Ordering::SeqCst);
        self.set_bar(is_reading.then(|| Bar::of_reading(Arc::clone(&self.progress), self.is_quiet)));
    }

    fn note(&self, event: Event<'_>) {
        match event {
            Event::Read(files) => files.iter().filter(|_| self.is_verbose).for_each(|file| {
                let (bytes, records) = (grouped(file.bytes), grouped(file.records));
                say(format_args!("{}: {bytes} bytes, {records} records", file.path));
            }),
            Event::AsOf { day, source } => {
                let source = match source {
                    AsOfSource::Index => "the time of the dump's index",
                    AsOfSource::Delivery => "the time of the book's latest delivery",
                    AsOfSource::CutOff => "the latest cut-off of the book's closed months",
                    AsOfSource::Clock => "this machine's date",
                };
                say(format_args!("as of {day} ({source})"));
            }
            Event::LastMonth(period) => say(format_args!("{LAST_MONTH} is {period}")),
            Event::Warning(message) => {
                self.has_warned.store(true, Ordering::Relaxed);
                say(format_args!("warning: {message}"));
            }
            Event::Drawn { statements, total } => {
                self.drawn.store(statements as u64, Ordering::Relaxed);
                if statements == 0 {
                    self.set_bar(Some(Bar::of_statements(Arc::clone(&self.drawn), total, self.is_quiet)));
                } else if statements == total {
                    self.set_bar(None);
                }
            }
            _ => {}
        }
    }
}

/// Takes Ctrl-C over for work that ends by itself once it is told. The second one ends at once.
#[cfg(feature = "pull")]
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
    fn of_reading(progress: Arc<Progress>, is_quiet: bool) -> Self {
        Self::draw_with(is_quiet, style(), move |bar| show(bar, &progress))
    }

    /// Draws how many statements are drawn; nothing where nobody watches.
    fn of_statements(drawn: Arc<AtomicU64>, total: usize, is_quiet: bool) -> Self {
        let style =
            ProgressStyle::with_template("{wide_bar} {msg}, {eta} left").expect("the template is one");
        Self::draw_with(is_quiet, style, move |bar| {
            let position = drawn.load(Ordering::Relaxed);
            bar.set_length(total as u64);
            bar.set_position(position);
            bar.set_message(format!("{} of {} statements", grouped(position), grouped(total as u64)));
            bar.tick();
        })
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
