//! What the program promises, a module per kind of promise.

mod accounting;
mod amounts;
mod attributes;
mod binary;
mod book;
mod book_backup;
mod book_damage;
mod book_disk;
mod book_faults;
mod book_order;
mod book_root;
mod book_status;
mod broken;
mod budget;
#[path = "../campaign/mod.rs"]
mod campaign;
mod checks;
mod compare;
mod comparison;
mod completeness;
mod configuration;
mod containers;
mod currencies;
mod deliveries;
mod differences;
mod docs;
#[cfg(unix)]
mod environment;
mod filters;
mod focus;
mod formats;
mod frames;
mod hostile_names;
mod invoice_items;
mod journal;
mod listing;
mod mutation;
mod numbers;
mod outputs;
mod owners;
mod page;
#[cfg(unix)]
mod permissions;
#[cfg(unix)]
mod places;
mod portal_model;
mod portal_names;
mod prices;
mod prices_broken;
mod prices_laws;
mod prices_outputs;
mod programs;
mod properties;
mod pull;
mod pull_http;
mod pull_nasty;
mod pull_serve;
mod pull_tls;
#[cfg(feature = "query")]
mod query;
mod questions;
mod readme;
mod reconciliation;
mod records;
mod running_totals;
mod serve;
mod statements;
mod tables;
mod tidy;
mod to_polars;
mod truth;
mod usecases;
mod verdicts;
mod versions;
mod words;
mod workbook;
