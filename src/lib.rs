//! Exact, provable monthly reports from dumps of component user usages.
//!
//! Waldur's endpoint `/api/marketplace-component-user-usages/` lists how much of each component every user consumed on
//! every resource in every billing period. This library reads dumps of it, brings many versions of a record down to
//! one truth, says what is missing, and sums up without losing a cent.
//!
//! ```
//! use std::sync::Arc;
//!
//! use usagebook::usecase::{Layout, Question, ReportQuestion, Source, report};
//! use usagebook::{Dimension, FormatOptions, Progress, ReadRequest, write};
//!
//! # fn main() -> usagebook::Result<()> {
//! let inputs = Source::Inputs(ReadRequest::new(["fixtures/real/complete"]));
//! let clock = "2026-11-23T10:00:00Z".parse().expect("a time");
//! let question = ReportQuestion::new(Question::new(inputs, clock), Layout::by(vec![Dimension::Period]));
//! let report = report(&question, &Arc::new(Progress::default()))?.result;
//! let mut csv = Vec::new();
//! write(&report, &FormatOptions::Csv(Default::default()), &mut csv)?;
//! assert!(csv.starts_with(b"period,measured_unit,usage,records,users\n2026-08,"));
//! assert!(report.provenance.accounting.is_balanced());
//! # Ok(())
//! # }
//! ```
//!
//! To go on in polars, take the records or a report as a data frame, with every decimal exact:
//!
//! ```
//! use std::sync::Arc;
//!
//! use usagebook::polars::prelude::DataType;
//! use usagebook::{Progress, ReadRequest, read};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let intake = read(&ReadRequest::new(["fixtures/real/complete"]), &Arc::new(Progress::default()))?;
//! let records = intake.frame.to_polars()?;
//! assert_eq!(records.height() as u64, intake.accounting.kept);
//! assert_eq!(records.column("usage")?.dtype(), &DataType::Decimal(38, 2));
//! assert_eq!(records.column("period")?.str()?.get(0), Some("2026-08"));
//! # Ok(())
//! # }
//! ```
//!
//! See [`UsageFrame::to_polars`] and [`Report::to_polars`].
//!
//! # The modules, in reading order
//!
//! | module | what it holds |
//! |---|---|
//! | [`period`], [`quantity`], [`amount`], [`currency`] | calendar months; exact decimals of usage; exact amounts of money |
//! | [`usage`] | the record's 21 fields, and the frame (polars) that many records make |
//! | [`fault`], [`notice`], [`error`] | rejected records; what to know about the others; why nothing was done |
//! | [`system`], [`files`], [`text`], [`tabular`] | what differs between operating systems; files that appear whole; text for people; small tables |
//! | [`ingest`] | bytes to a frame: sources, formats, versions, completeness |
//! | [`objects`] | the portal's other dumps: component usages, invoices, customers, projects |
//! | [`dimension`], [`filter`] | what to group by; which records to take |
//! | [`report`] | what to compute, and what came out |
//! | [`mod@aggregate`] | a frame and a specification to a report |
//! | [`price`] | a price list and a frame to an exact amount for every record |
//! | [`compare`], [`statement`] | what became of each record between two states, and what came late; rows that are no report |
//! | [`check`], [`verdict`] | records, parents and invoices to one verdict |
//! | [`join`] | columns of the user's own beside the records |
//! | [`letterhead`] | who sends the figures, and how their readers want to see them |
//! | [`bill`] | what each recipient has to pay, line by line |
//! | [`mod@pack`] | the reports that a finance department looks at together |
//! | [`pseudonym`] | usernames that name nobody |
//! | [`mod@write`] | a report to a table, CSV, JSON, Markdown or Parquet; a pack to a workbook or a page |
//! | [`listing`] | the endpoint's list and retrieve |
//! | [`config`] | what holds for every run of an organisation |
//! | [`book`] | months that are taken in, kept, closed and restated |
//! | [`cluster`] | the statements of a report, for an engine that computes it where the records are |
//! | [`usecase`] | what a user can do: a question in, an answer out |
//! | `query` | SQL over records; with the feature of that name |
//! | `connections` | connections of HTTP: how many, how long; with `desk` or `serve` |
//! | [`mod@pull`], [`mod@serve`] | the endpoint over HTTP, from both sides |
//! | `desk` | the month-end in a browser; with the feature of that name |
//!
//! # Invariants
//!
//! - No float holds a usage or an amount. Sums are exact and checked.
//! - Unlike units are never added: the measured unit is part of every key.
//! - Records read = used + not asked for + replaced by newer versions + repeated + rejected.
//! - Every output format draws the same [`Report`]; none computes.
//! - Same input, same bytes out, on one thread or many.
//! - Of the data, only the names of attributes and of query columns stay in memory until the process ends, each once.
//!
//! # Words
//!
//! A *customer* pays, has *projects*; a project has *resources*, each an instance of a provider's *offering*; a
//! *component* is what is measured on a resource. A *billing period* is a calendar month. The *parent* of a record is
//! the component usage of all users together. A *dump* is one file, or the page files of one folder.

#![warn(unreachable_pub)]

pub mod aggregate;
pub mod amount;
pub mod bill;
pub mod book;
pub mod check;
pub mod cluster;
pub mod compare;
pub mod config;
pub mod conflict;
#[cfg(feature = "connections")]
pub mod connections;
pub mod currency;
#[cfg(feature = "desk")]
pub mod desk;
pub mod dimension;
pub mod error;
pub mod fault;
pub mod files;
pub mod filter;
pub mod ingest;
pub mod join;
pub mod letterhead;
pub mod listing;
pub mod notice;
pub mod objects;
pub mod pack;
pub mod period;
pub mod price;
pub mod pseudonym;
pub mod pull;
pub mod quantity;
#[cfg(feature = "query")]
pub mod query;
pub mod quiet;
pub mod report;
#[cfg(feature = "serve")]
pub mod serve;
pub mod statement;
pub mod system;
pub mod tabular;
pub mod text;
pub mod usage;
pub mod usecase;
pub mod verdict;
pub mod worklist;
pub mod write;

pub use amount::Amount;
pub use book::Book;
pub use dimension::Dimension;
pub use error::{Error, Result};
pub use filter::{Filter, Filters};
pub use ingest::{Intake, Progress, ReadRequest, read};
pub use pack::{Pack, PackSpec};
pub use period::{BillingPeriod, Calendar, PeriodRange};
/// The version of polars that frames are of.
pub use polars;
pub use quantity::Quantity;
pub use report::{Comparison, Report, ReportSpec};
pub use usage::{Field, UsageFrame};
pub use write::{Format, FormatOptions, write};
