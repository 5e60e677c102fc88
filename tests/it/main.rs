//! What the program promises, a module per kind of promise.

mod accounting;
mod binary;
mod broken;
mod checks;
mod completeness;
mod filters;
mod formats;
mod frames;
mod listing;
mod mutation;
mod numbers;
mod outputs;
mod portal_model;
mod properties;
mod pull;
mod pull_http;
mod questions;
mod readme;
mod reconciliation;
mod records;
mod serve;
mod tidy;
mod truth;
mod versions;
