//! Reports: asked for, kept with their question, and handed over.

use arrow_array::RecordBatch;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;
use serde_json::{Value, json};
use usagebook::error::Result;
use usagebook::files::access::Access;
use usagebook::files::hashing::Hashing;
use usagebook::join::Budget;
use usagebook::notice::Notice;
use usagebook::usecase::places::{self, Place};
use usagebook::usecase::{self, Answer, Layout, ReportQuestion};
use usagebook::write::arrow::report_batch;
use usagebook::write::output::Output;
use usagebook::write::table::TableOptions;
use usagebook::write::{FormatOptions, write};

use crate::ask::{Asked, LayoutAsked, Owned};
use crate::error::{raised, refused};
use crate::saving::{SaveAsked, manifest, save};
use crate::work::{Watch, work};
use crate::{html, stream};

/// A report with the question that it answers, so that a workbook can be made of the same.
#[derive(Debug)]
#[pyclass(frozen, module = "usagebook._usagebook")]
pub struct Report {
    pub asked: AskedReport,
    pub answer: Answer<usagebook::Report>,
    batch: RecordBatch,
}

/// The question of a report.
#[derive(Debug)]
pub struct AskedReport {
    pub owned: Owned,
    pub layout: Layout,
    pub budget: Option<Budget>,
}

impl AskedReport {
    pub fn question(&self) -> ReportQuestion<'_> {
        ReportQuestion {
            budget: self.budget.as_ref(),
            ..ReportQuestion::new(self.owned.question(), self.layout.clone())
        }
    }

    fn answered(self, watch: &Watch) -> Result<Report> {
        let question = self.question();
        self.layout.check(self.owned.period())?;
        if let Some(budget) = &self.budget {
            budget.check(&self.layout.on_any_day(self.owned.period()))?;
        }
        let rejects = self.owned.rejects.as_deref();
        let place = rejects.map(Place::File);
        let reads: Vec<_> = self.owned.reads.iter().map(|path| path.as_path()).collect();
        places::check(place.as_slice(), &reads)?;
        let mut answer = usecase::report(&question, watch)?;
        place.iter().try_for_each(|place| places::check_no_input(place, &answer.files))?;
        let rejects = rejects.map(|path| (path, Access::Private));
        let rejects = answer.rejected.prepare(rejects, Hashing::Off)?;
        let batch = report_batch(&answer.result)?;
        rejects.map_or(Ok(()), Output::commit)?;
        Ok(Report { asked: self, answer, batch })
    }
}

/// Adds usage up.
#[pyfunction]
pub fn report(
    py: Python<'_>,
    asked: Asked,
    layout: LayoutAsked,
    progress: Option<Py<PyAny>>,
) -> PyResult<Report> {
    work(py, progress.as_ref(), |watch| {
        let owned = asked.read()?;
        let budget = layout.budget(&owned)?;
        let layout = layout.layout(&owned.columns())?;
        AskedReport { owned, layout, budget }.answered(watch)
    })
}

#[pymethods]
impl Report {
    /// The rows as a stream of one batch.
    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        // A stream may have its own types whatever is asked for; who takes it casts.
        let _ = requested_schema;
        stream::one(py, &self.batch)
    }

    fn __len__(&self) -> usize {
        self.batch.num_rows()
    }

    /// The names of the columns.
    fn columns(&self) -> Vec<String> {
        self.batch.schema().fields().iter().map(|field| field.name().clone()).collect()
    }

    /// As on a terminal.
    fn text(&self, py: Python<'_>) -> PyResult<String> {
        let mut text = Vec::new();
        let options = FormatOptions::Table(TableOptions::default());
        write(&self.answer.result, &options, &mut text).map_err(|error| raised(py, &error))?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    /// The first rows, escaped.
    fn html(&self) -> String {
        html::of_report(&self.answer.result)
    }

    /// The months asked for, as they can be typed.
    fn period(&self) -> Option<String> {
        self.answer.result.provenance.period.map(|period| period.to_string())
    }

    /// Warnings and notes, as JSON.
    fn notices(&self) -> String {
        notices_json(&self.answer.result.provenance.notices)
    }

    /// Where every record went, as JSON.
    fn accounting(&self) -> String {
        to_json(&self.answer.result.provenance.accounting)
    }

    /// What went in and how sure it is, as JSON.
    fn manifest(&self, py: Python<'_>) -> PyResult<String> {
        let text = manifest(&self.asked.owned, &self.answer, &[]).map_err(|error| raised(py, &error))?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    /// Writes it to a file.
    fn save(&self, py: Python<'_>, asked: SaveAsked, progress: Option<Py<PyAny>>) -> PyResult<()> {
        let changed = work(py, progress.as_ref(), |watch| save(self, &asked, watch))?;
        changed.map_or(Ok(()), |path| {
            let message = format!("{path}: changed since the report was made; make the report anew");
            Err(refused(py, "error", "input_changed", &message))
        })
    }
}

/// Notices as JSON, each with whether it is open.
pub fn notices_json(notices: &[Notice]) -> String {
    let each = |notice: &Notice| {
        let mut facts = json!(notice);
        facts["is_open"] = notice.is_open().into();
        facts
    };
    Value::Array(notices.iter().map(each).collect()).to_string()
}

/// What the library has to say as JSON.
pub fn to_json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("facts are text and numbers")
}
