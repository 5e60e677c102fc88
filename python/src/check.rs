//! One verdict on records, and the list to work through.

use std::io::Write;
use std::path::PathBuf;

use arrow_array::RecordBatch;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;
use usagebook::error::Result;
use usagebook::files::access::Access;
use usagebook::files::hashing::Hashing;
use usagebook::ingest::InputFile;
use usagebook::letterhead::Letterhead;
use usagebook::statement::Statement as _;
use usagebook::usecase::places::{self, Place};
use usagebook::usecase::{self, CheckQuestion};
use usagebook::verdict;
use usagebook::worklist::Worklist;
use usagebook::write::arrow::section_batch;
use usagebook::write::output::{Output, OutputFile};
use usagebook::write::table::TableOptions;
use usagebook::write::verdict::{VerdictFormat, write_verdict};
use usagebook::write::{FileFormat, Format, write_statement, write_statement_pack};

use crate::ask::{Asked, bad};
use crate::error::raised;
use crate::stream;
use crate::work::work;

/// What the checks found. Its rows are the list to work through.
#[derive(Debug)]
#[pyclass(frozen, module = "usagebook._usagebook")]
pub struct Verdict {
    verdict: verdict::Verdict,
    worklist: Worklist,
    batch: RecordBatch,
    files: Vec<InputFile>,
    reads: Vec<PathBuf>,
    letterhead: Letterhead,
}

/// Makes all checks that can be made.
#[pyfunction]
pub fn check(
    py: Python<'_>,
    asked: Asked,
    invoices: Vec<String>,
    progress: Option<Py<PyAny>>,
) -> PyResult<Verdict> {
    work(py, progress.as_ref(), |watch| {
        let owned = asked.read()?;
        let place = owned.rejects.as_deref().map(Place::File);
        let mut reads = owned.reads.clone();
        reads.extend(invoices.iter().map(PathBuf::from));
        places::check(place.as_slice(), &reads.iter().map(PathBuf::as_path).collect::<Vec<_>>())?;
        let records = owned.question();
        let question = CheckQuestion {
            parents: records.parents.clone(),
            invoices,
            locale: owned.locale,
            accepts_incomplete: owned.accepts_incomplete(),
            records,
        };
        let mut checks = usecase::check(&question, watch)?;
        place.iter().try_for_each(|place| places::check_no_input(place, &checks.files))?;
        let rejects = owned.rejects.as_deref().map(|path| (path, Access::Private));
        let rejects = checks.rejected.prepare(rejects, Hashing::Off)?;
        let worklist = checks.worklist;
        let batch = section_batch(&worklist.columns(), &worklist.rows(0..worklist.len()))?;
        rejects.map_or(Ok(()), Output::commit)?;
        let letterhead = owned.configuration.letterhead.clone();
        Ok(Verdict { verdict: checks.verdict, worklist, batch, files: checks.files, reads, letterhead })
    })
}

/// As the command prints it.
const TABLE: VerdictFormat =
    VerdictFormat::Table { options: TableOptions { width: None, has_color: false }, hides_notes: false };

impl Verdict {
    fn drawn(&self, format: VerdictFormat) -> Result<String> {
        let mut text = Vec::new();
        write_verdict(&self.verdict, format, &mut text)?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    fn written(&self, path: &PathBuf) -> Result<()> {
        let format = FileFormat::of_path(path).ok_or_else(|| {
            let expected = "a name that ends in one of txt, csv, tsv, json, ndjson, md, xlsx, html, pdf";
            bad("path", &path.display().to_string(), expected)
        })?;
        if let FileFormat::Pack(format) = format {
            format.check()?;
        }
        let place = Place::File(path);
        places::check(&[place], &self.reads.iter().map(PathBuf::as_path).collect::<Vec<_>>())?;
        places::check_no_input(&place, &self.files)?;
        let worklist = &self.worklist;
        let write = |out: &mut dyn Write| match format {
            FileFormat::Report(Format::Table) => write_verdict(&self.verdict, TABLE, out),
            FileFormat::Report(Format::Json) => write_verdict(&self.verdict, VerdictFormat::Json, out),
            FileFormat::Report(format) => write_statement(worklist, &format.with_defaults(), out),
            FileFormat::Pack(format) => write_statement_pack(worklist, format, &self.letterhead, out),
        };
        let file = OutputFile { path, access: Access::Public, hashing: Hashing::Off };
        file.prepare(worklist.len(), write)?.commit()
    }
}

#[pymethods]
impl Verdict {
    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let _ = requested_schema;
        stream::one(py, &self.batch)
    }

    fn __len__(&self) -> usize {
        self.batch.num_rows()
    }

    /// As on a terminal.
    fn text(&self, py: Python<'_>) -> PyResult<String> {
        self.drawn(TABLE).map_err(|error| raised(py, &error))
    }

    /// What the command writes as JSON.
    fn json(&self, py: Python<'_>) -> PyResult<String> {
        self.drawn(VerdictFormat::Json).map_err(|error| raised(py, &error))
    }

    /// Writes it to a file.
    fn save(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        work(py, None, |_| self.written(&path))
    }
}
