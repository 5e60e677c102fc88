//! What the program promises, a module per kind of promise.

mod accounting;
mod binary;
mod broken;
mod completeness;
mod filters;
mod formats;
mod frames;
mod listing;
mod mutation;
mod numbers;
mod outputs;
mod properties;
mod questions;
mod readme;
mod records;
mod tidy;
mod truth;
mod versions;
mod workbook;
