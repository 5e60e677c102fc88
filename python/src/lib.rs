//! The native half of the Python package `usagebook`: arguments to a question, one call of the library, columns and facts back.
//!
//! What people see of it, with types and documentation, is Python: see `python/usagebook`. No figure is computed here.

mod ask;
mod book;
mod check;
mod error;
mod folders;
mod html;
mod pull;
mod report;
mod rows;
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
    module.add_class::<rows::Rows>()?;
    module.add_class::<check::Verdict>()?;
    module.add_function(wrap_pyfunction!(check::check, module)?)?;
    module.add_function(wrap_pyfunction!(folders::statements, module)?)?;
    module.add_function(wrap_pyfunction!(folders::bills, module)?)?;
    module.add_function(wrap_pyfunction!(pull::pull, module)?)?;
    module.add_class::<rows::Records>()?;
    module.add_function(wrap_pyfunction!(report::report, module)?)?;
    module.add_function(wrap_pyfunction!(book::is_book, module)?)?;
    module.add_function(wrap_pyfunction!(book::status, module)?)?;
    module.add_function(wrap_pyfunction!(book::add, module)?)?;
    module.add_function(wrap_pyfunction!(book::close, module)?)?;
    module.add_function(wrap_pyfunction!(book::acknowledge, module)?)?;
    module.add_function(wrap_pyfunction!(book::late, module)?)?;
    module.add_function(wrap_pyfunction!(book::diff, module)?)?;
    module.add_function(wrap_pyfunction!(book::verify, module)?)?;
    module.add_function(wrap_pyfunction!(book::scan, module)?)
}
