//! Columns handed over without a copy: Arrow's stream of batches, as every library of data frames takes it.

use arrow_array::RecordBatch;
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{RecordBatchIterator, RecordBatchReader};
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

/// One batch as a stream.
pub fn one<'py>(py: Python<'py>, batch: &RecordBatch) -> PyResult<Bound<'py, PyCapsule>> {
    many(py, Box::new(RecordBatchIterator::new([Ok(batch.clone())], batch.schema())))
}

/// A stream as the capsule that Arrow's interface for Python says.
pub fn many<'py>(
    py: Python<'py>,
    batches: Box<dyn RecordBatchReader + Send>,
) -> PyResult<Bound<'py, PyCapsule>> {
    PyCapsule::new_with_value(py, FFI_ArrowArrayStream::new(batches), c"arrow_array_stream")
}
