//! The library's errors as exceptions of Python, with what is known of the place.

use std::error::Error as _;
use std::fmt::{self, Write};
use std::path::Path;

use pyo3::prelude::*;
use pyo3::types::PyDict;
use usagebook::error::Error;
use usagebook::fault::Fault;

/// The exception for an error: `usagebook.Error` or one of its subclasses.
pub fn raised(py: Python<'_>, error: &Error) -> PyErr {
    exception(py, error).unwrap_or_else(|failed| failed)
}

/// The exception for what the library does not know of: a code, and what is wrong.
pub fn refused(py: Python<'_>, kind: &str, code: &str, message: &str) -> PyErr {
    let exception = || {
        let facts = PyDict::new(py);
        facts.set_item("kind", kind)?;
        facts.set_item("code", code)?;
        facts.set_item("message", message)?;
        raise(&facts)
    };
    exception().unwrap_or_else(|failed| failed)
}

fn raise(facts: &Bound<'_, PyDict>) -> PyResult<PyErr> {
    let module = facts.py().import("usagebook._errors")?;
    Ok(PyErr::from_value(module.call_method1("raised", (facts,))?))
}

fn exception(py: Python<'_>, error: &Error) -> PyResult<PyErr> {
    let facts = PyDict::new(py);
    facts.set_item("kind", kind(error))?;
    facts.set_item("code", code(error))?;
    facts.set_item("message", message(error))?;
    let place = place(error);
    facts.set_item("file", place.file)?;
    facts.set_item("line", place.line)?;
    facts.set_item("record", place.record)?;
    facts.set_item("field", place.field)?;
    if let Error::Rejected { faults } = error {
        let first = serde_json::to_string(faults.first()).expect("rejected records are text and numbers");
        facts.set_item("rejected", first)?;
    }
    if let Error::OpenWarnings { open, .. } = error {
        let open: Vec<(&str, usize)> = open.iter().map(|(code, count)| (code.name(), *count)).collect();
        facts.set_item("warnings", open)?;
    }
    raise(&facts)
}

/// Which exception it is.
fn kind(error: &Error) -> &'static str {
    match error {
        Error::Rejected { .. } => "rejected",
        Error::OpenWarnings { .. } => "open_warnings",
        Error::BookLocked { .. } => "locked",
        Error::Interrupted | Error::PullInterrupted => "interrupted",
        error if error.is_usage() => "question",
        _ => "error",
    }
}

/// The name of an error's variant, as `bad_table`.
fn code(error: &Error) -> String {
    struct First(String);

    impl Write for First {
        /// Ends with what is no part of the name.
        fn write_str(&mut self, text: &str) -> fmt::Result {
            for character in text.chars() {
                if !character.is_ascii_alphanumeric() {
                    return Err(fmt::Error);
                }
                if character.is_ascii_uppercase() && !self.0.is_empty() {
                    self.0.push('_');
                }
                self.0.push(character.to_ascii_lowercase());
            }
            Ok(())
        }
    }

    let mut first = First(String::new());
    // It ends where the name does.
    let _ = write!(first, "{error:?}");
    first.0
}

/// How many rejected records a message shows.
const SHOWN_MAX: usize = 3;

/// What is wrong and what caused it.
fn message(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        text += &format!(": {source}");
        cause = source.source();
    }
    match error {
        Error::Rejected { faults } => {
            for fault in faults.first().iter().take(SHOWN_MAX) {
                text += &format!("\n{fault}");
            }
            if faults.count() > SHOWN_MAX as u64 {
                text += &format!("\nand {} more", faults.count() - SHOWN_MAX as u64);
            }
            text + "\ncorrect them, or name a file for them with rejects="
        }
        Error::PriceMissing { count, missing, .. } => {
            missing.iter().for_each(|line| text += &format!("\n{line}"));
            if *count > missing.len() {
                text += &format!("\nand {} more", count - missing.len());
            }
            text
        }
        _ => text,
    }
}

/// Where something is wrong.
#[derive(Default)]
struct Place {
    file: Option<String>,
    line: Option<u64>,
    record: Option<u64>,
    field: Option<String>,
}

impl Place {
    fn file(path: &Path) -> Self {
        Self { file: Some(path.display().to_string()), ..Self::default() }
    }

    fn of_fault(fault: &Fault) -> Self {
        Self {
            file: Some(fault.file.clone()),
            line: fault.line,
            record: fault.record,
            field: fault.field.map(str::to_owned),
        }
    }
}

fn place(error: &Error) -> Place {
    match error {
        Error::Rejected { faults } => faults.first().first().map(Place::of_fault).unwrap_or_default(),
        Error::BadDump { fault } => Place::of_fault(fault),
        Error::BadTable { path, line, .. } => Place { line: Some(*line), ..Place::file(Path::new(path)) },
        Error::BadConfiguration { path, line, .. }
        | Error::BadPriceList { path, line, .. }
        | Error::AmountTooLarge { path, line, .. } => Place { line: Some(*line as u64), ..Place::file(path) },
        Error::BadParameter { parameter, .. } => {
            Place { field: Some((*parameter).to_owned()), ..Place::default() }
        }
        Error::UnknownName { kind, .. } | Error::AmbiguousName { kind, .. } => {
            Place { field: Some((*kind).to_owned()), ..Place::default() }
        }
        Error::TakenPlace { place, .. } => Place::file(Path::new(place)),
        Error::InputNotFound { path }
        | Error::InputWithoutFiles { path }
        | Error::NoPlainFile { path, .. }
        | Error::OtherThanFile { path, .. }
        | Error::UnusableFile { path, .. }
        | Error::BadArchive { path, .. }
        | Error::BookAsInput { path }
        | Error::Unreadable { path, .. }
        | Error::Unwritable { path, .. }
        | Error::BadStagedDump { path, .. }
        | Error::BadIndex { path, .. }
        | Error::ForeignFolder { path, .. }
        | Error::FolderThere { path }
        | Error::FolderTaken { path, .. }
        | Error::PriceMissing { path, .. }
        | Error::PriceForOtherUnit { path, .. }
        | Error::FrozenPricesDiffer { path, .. }
        | Error::NotABook { path }
        | Error::BookThere { path }
        | Error::OccupiedFolder { path }
        | Error::UnknownBookFormat { path, .. }
        | Error::DamagedBook { path, .. }
        | Error::RootLost { path, .. }
        | Error::BookLost { path }
        | Error::BookLocked { path, .. } => Place::file(path),
        Error::DecimalTooLarge { column, .. } | Error::AmountTooWide { column, .. } => {
            Place { field: Some(column.clone()), ..Place::default() }
        }
        _ => Place::default(),
    }
}
