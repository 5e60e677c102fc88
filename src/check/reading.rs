//! What reading the records showed: the warnings that a report has as well, and records that cannot be used.

use super::origin::{Origin, codes};
use super::{Outcome, Subject};
use crate::fault::{Fault, Reason};
use crate::ingest::ServerCounts;
use crate::notice::{Code, EXAMPLES_MAX, Example, Notice};
use crate::period::BillingPeriod;
use crate::text::{counted, grouped};

/// What reading and adding up records shows without being looked for again.
const OF_RECORDS: [Code; 5] =
    [Code::TwoOwners, Code::SharedName, Code::SharedUsername, Code::SimilarUnits, Code::ImpreciseUsage];

pub(crate) fn check(subject: &Subject, outcome: &mut Outcome) {
    outcome.checked(&OF_RECORDS);
    check_completeness(subject, outcome);
    outcome.notices.extend(subject.notices.iter().cloned());
    let keys = subject.faults.counts().get(&Reason::DuplicateKey).copied().unwrap_or_default();
    let is_key = |fault: &&Fault| fault.reason == Reason::DuplicateKey;
    let (of_keys, others): (Vec<&Fault>, Vec<&Fault>) = subject.faults.first().iter().partition(is_key);
    outcome.notices.extend(unusable("record or file", subject.faults.count() - keys, &others));
    outcome.notices.extend(duplicate_keys(keys, &of_keys));
    let parents = subject.parents.map(|parents| (&parents.notices, &parents.faults, "component usage"));
    let invoices = subject.invoices.map(|items| (&items.notices, &items.faults, "invoice or invoice item"));
    for (notices, faults, what) in parents.into_iter().chain(invoices) {
        outcome.notices.extend(notices.iter().cloned());
        outcome.notices.extend(unusable(what, faults.count(), &faults.first().iter().collect::<Vec<_>>()));
    }
    if subject.is_book {
        outcome.checked(&codes(Origin::Book));
        let is_noticed = |code: &Code| outcome.notices.iter().any(|notice| notice.code == *code);
        let unknown: Vec<Code> = codes(Origin::Dumps).into_iter().filter(|code| !is_noticed(code)).collect();
        outcome.not_checked(
            &unknown,
            "a book keeps the result of reading its dumps; `usagebook add` checks this for each delivery",
        );
    } else {
        outcome.checked(&codes(Origin::Dumps));
    }
}

fn check_completeness(subject: &Subject, outcome: &mut Outcome) {
    let is_incomplete = subject.notices.iter().any(|notice| notice.code == Code::Incomplete);
    match subject.server_counts {
        ServerCounts::Known => outcome.checked(&[Code::Incomplete]),
        ServerCounts::Unknown if is_incomplete => outcome.checked(&[Code::Incomplete]),
        ServerCounts::Unknown => outcome.not_checked(
            &[Code::Incomplete],
            "no index.json says how many records the server had; no record came twice, which alone proves nothing",
        ),
        ServerCounts::UnknownIn(months) => {
            let covered = |months: &[BillingPeriod]| -> Vec<BillingPeriod> {
                months.iter().copied().filter(|month| subject.covers(*month)).collect()
            };
            let unknown = covered(months);
            let read: Vec<BillingPeriod> =
                subject.frame.months.iter().map(|month| BillingPeriod::from_number(*month)).collect();
            if is_incomplete || unknown.is_empty() || covered(&read).iter().any(|month| !unknown.contains(month)) {
                outcome.checked(&[Code::Incomplete]);
            }
            if !unknown.is_empty() {
                let months = unknown.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
                let reason =
                    format!("{months}: no delivery of the book says how many records the server had");
                outcome.not_checked(&[Code::Incomplete], reason);
            }
        }
    }
}

/// `faults` are the first of them.
fn unusable(what: &str, count: u64, faults: &[&Fault]) -> Option<Notice> {
    let first = faults.first().map_or_else(String::new, |first| format!(": {first}"));
    let text = format!("{} cannot be used or checked{first}.", counted(count, what));
    (count > 0).then(|| Notice::warning(Code::Unusable, count, text).with_examples(examples(faults)))
}

/// `faults` are the first of them.
fn duplicate_keys(count: u64, faults: &[&Fault]) -> Option<Notice> {
    let first = faults.first().map_or_else(String::new, |first| format!(": {first}"));
    let text = format!(
        "{} records share user and component usage with another record of their dump, which the server never has{first}.",
        grouped(count)
    );
    (count > 0).then(|| Notice::warning(Code::DuplicateKey, count, text).with_examples(examples(faults)))
}

fn examples(faults: &[&Fault]) -> Vec<Example> {
    let example =
        |fault: &&Fault| Example { labels: vec![("rejected", fault.to_string())], ..Example::default() };
    faults.iter().take(EXAMPLES_MAX).map(example).collect()
}
