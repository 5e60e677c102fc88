//! The native half of the Python package `usagebook`: arguments to a question, one call of the library, columns and facts back.
//!
//! What people see of it, with types and documentation, is Python: see `python/usagebook`. No figure is computed here.

mod ask;
mod error;
mod html;
mod report;
mod saving;
mod stream;
mod work;

use std::panic;

use pyo3::prelude::*;
use usagebook::quiet::is_decoding;

/// The module `usagebook._usagebook`.
#[pymodule]
fn _usagebook(module: &Bound<'_, PyModule>) -> PyResult<()> {
    // What a decoder does with damaged input is an error of the input, and none to print.
    let hook = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        if !is_decoding() {
            hook(panic);
        }
    }));
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<report::Report>()?;
    module.add_function(wrap_pyfunction!(report::report, module)?)
}
