//! Inputs to files and their bytes: which dump each file belongs to, what its index says, and whether all of it is there.

mod archive;
pub(crate) mod completeness;
pub(crate) mod index;
mod pages;
pub(crate) mod reach;
pub(crate) mod seal;
pub(crate) mod source;
pub(crate) mod stream;
mod unpack;
