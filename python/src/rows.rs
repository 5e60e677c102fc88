//! Rows that are no report: what changed in a month, and single records.

use arrow_array::RecordBatch;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;
use usagebook::error::Result;
use usagebook::notice::Notice;
use usagebook::report::{ColumnId, ColumnKind};
use usagebook::statement::Statement;
use usagebook::usage::UsageFrame;
use usagebook::write::arrow::section_batch;
use usagebook::write::{Format, write_statement};

use crate::error::raised;
use crate::report::notices_json;
use crate::stream;

/// The rows of a statement.
#[derive(Debug)]
#[pyclass(frozen, module = "usagebook._usagebook")]
pub struct Rows {
    batch: RecordBatch,
    /// Each column's name, and whether it has decimals.
    kinds: Vec<(String, bool)>,
    lines: String,
    text: String,
    notices: Vec<Notice>,
}

impl Rows {
    /// # Errors
    /// Memory that there is not.
    pub fn new(statement: &dyn Statement, notices: Vec<Notice>) -> Result<Self> {
        let drawn = |format: Format| -> Result<String> {
            let mut text = Vec::new();
            write_statement(statement, &format.with_defaults(), &mut text)?;
            Ok(String::from_utf8_lossy(&text).into_owned())
        };
        let columns = statement.columns();
        let is_decimal = |column: &ColumnId| {
            matches!(column.kind(), ColumnKind::Usage | ColumnKind::Amount | ColumnKind::Percent)
        };
        Ok(Self {
            batch: section_batch(&columns, &statement.rows(0..statement.len()))?,
            kinds: columns.iter().map(|column| (column.name().into_owned(), is_decimal(column))).collect(),
            lines: drawn(Format::Ndjson)?,
            text: drawn(Format::Table)?,
            notices,
        })
    }
}

#[pymethods]
impl Rows {
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

    fn kinds(&self) -> Vec<(String, bool)> {
        self.kinds.clone()
    }

    /// One JSON object a line.
    fn lines(&self) -> &str {
        &self.lines
    }

    /// As on a terminal.
    fn text(&self) -> &str {
        &self.text
    }

    fn notices(&self) -> String {
        notices_json(&self.notices)
    }
}

/// Single records.
#[derive(Debug)]
#[pyclass(frozen, module = "usagebook._usagebook")]
pub struct Records {
    pub frame: UsageFrame,
    pub notices: Vec<Notice>,
}

#[pymethods]
impl Records {
    /// The records as a stream of batches, each made when it is taken.
    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let _ = requested_schema;
        let batches = py.detach(|| self.frame.to_arrow()).map_err(|error| raised(py, &error))?;
        stream::many(py, Box::new(batches))
    }

    fn __len__(&self) -> usize {
        self.frame.records.len()
    }

    fn notices(&self) -> String {
        notices_json(&self.notices)
    }
}
