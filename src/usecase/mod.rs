//! What a user can do, one function for each: a question goes in, an answer comes out.
//!
//! ```text
//! Question → Intake → pseudonyms → rejected records → component usages → attributes → names to uuids → prices → filters → Prepared → answer
//! ```
//!
//! No function here knows a flag, a terminal or an HTTP request. The caller passes a [`Watch`], which sees how far the
//! work has come and can stop it. Every answer has its provenance.

mod add;
mod amounts;
mod basis;
mod bills;
mod check;
mod clock;
mod closing;
mod diff;
mod drawing;
mod engine;
mod explain;
mod focus;
mod frozen;
mod invoiced;
mod issue;
mod issued;
mod late;
mod manifest;
mod month;
pub mod places;
mod prepare;
mod question;
mod records;
mod report;
mod reprice;
mod stage;
mod statements;
mod status;
mod watch;

pub use self::add::{Incoming, incoming};
pub use self::amounts::AmountChanges;
pub use self::bills::{BillForms, BillsManifest, BillsQuestion, DrawnBill, DrawnBills, MadeBills, bills};
pub use self::check::{CheckQuestion, Checks, book_component_usages, check, component_usages};
pub use self::clock::now;
pub use self::closing::{AcknowledgeQuestion, acknowledgement, close_request};
pub use self::diff::{Changes, DiffQuestion, diff, diff_amounts};
pub use self::engine::report_statements;
pub use self::explain::{ExplainQuestion, Explained, explain, period_of};
pub use self::focus::{Focus, focus};
pub use self::frozen::{KeepQuestion, ToKeep, to_keep, verify};
pub use self::issue::{IssueDraftQuestion, IssueQuestion, draft_issue, issue};
pub use self::issued::{WrittenIssue, issued, write_issued};
pub use self::late::{Late, late, late_amounts};
pub use self::manifest::{Facts, Input, Manifest, write_manifest};
pub use self::month::{
    Arrival, Arriving, Decision, DecisionAbout, Download, EarlierOutputs, FileChange, LeftOut, Missing,
    MonthEnd, MonthQuestion, MonthResults, Moved, NextStep, OtherMonth, Outputs, Surroundings, month,
};
pub use self::prepare::{Preparation, Prepared};
pub use self::question::{AsOf, Earlier, Layout, Question, Seen, Source, own_columns};
pub use self::records::{Found, Records, record, records};
pub use self::report::{
    Answer, PackParts, PricesExplained, PricesNeeded, Proved, Rejected, ReportQuestion, explain_prices, pack,
    prices_needed, report,
};
pub use self::reprice::reprice;
pub use self::stage::stage;
pub use self::statements::{
    Drawn, DrawnStatements, StatementFormat, StatementForms, Statements, StatementsManifest,
    StatementsQuestion, statements,
};
pub use self::status::months_json;
pub use self::watch::{AsOfSource, Event, Watch};
