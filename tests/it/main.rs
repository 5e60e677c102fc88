//! What the program promises, a module per kind of promise.

mod accounting;
mod binary;
mod book;
mod book_damage;
mod book_disk;
mod book_faults;
mod book_order;
mod broken;
mod compare;
mod completeness;
mod differences;
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
