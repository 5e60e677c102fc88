//! What was billed against what was used: quantities on invoices by resource, component and month.

use std::collections::{BTreeMap, BTreeSet};

use super::Outcome;
use super::examples::{Candidates, customer_uuid};
use super::invoice_amounts;
use super::invoice_lines::{Invoiced, Key, Line, Used, is_in_hours, lines};
use super::origin::{Origin, codes};
use super::rows::Rows;
use crate::notice::{Code, Example, Notice, Severity};
use crate::objects::{InvoiceItems, InvoiceQuantity};
use crate::period::BillingPeriod;
use crate::quantity::Quantity;
use crate::text::{grouped, uuid_text};

/// What invoices that are missing would explain.
const FOLLOW_UPS: [Code; 3] = [Code::InvoiceDiffers, Code::UsageNotInvoiced, Code::NotInvoicedByUsage];

pub(crate) fn check(rows: &Rows, outcome: &mut Outcome) {
    let all = codes(Origin::Invoices);
    let Some(invoices) = rows.subject.invoices else {
        return outcome.not_checked(&all, "no invoices are given; give their dump, too");
    };
    let known: BTreeSet<BillingPeriod> = invoices.rows.iter().map(|item| item.billing_period).collect();
    let over = rows.months.iter().filter(|month| rows.subject.compares(**month));
    let (compared, lacking): (Vec<BillingPeriod>, Vec<BillingPeriod>) =
        over.partition(|month| known.contains(*month));
    if !compared.is_empty() {
        let lines = lines(rows, invoices, &compared);
        invoice_amounts::check(rows, invoices, &lines, outcome);
        let mut comparison = Comparison::new(lines);
        let mut not_checked = leave_out_follow_ups(rows, invoices, &mut comparison, outcome);
        // Its own check says whether it was made.
        not_checked.push(Code::InvoiceAmountDiffers);
        outcome.checked(&all.iter().copied().filter(|code| !not_checked.contains(code)).collect::<Vec<_>>());
        outcome.notices.extend(comparison.notices());
    }
    if let Some(text) = super::history::listed(&lacking) {
        outcome.not_checked(&all, format!("{text}: the invoices given bill no usage of that month"));
    }
    if let Some(reason) = pending(rows, invoices) {
        outcome.not_checked(&all, reason);
    }
    outcome.notices.extend(skipped(invoices));
    outcome.notices.extend(told_by_name(invoices));
}

/// Takes out what may only be so because a dump is incomplete; returns the codes that are not checked for that.
fn leave_out_follow_ups(
    rows: &Rows,
    invoices: &InvoiceItems,
    comparison: &mut Comparison,
    outcome: &mut Outcome,
) -> Vec<Code> {
    let mut not_checked = Vec::new();
    if invoices.is_incomplete {
        comparison.short = Candidates::default();
        comparison.not_invoiced = Candidates::default();
        comparison.not_by_usage = BTreeSet::new();
        let reason = "the dump of invoices is incomplete: usage that is on no invoice, or only in part, may be on one \
                      that is missing";
        outcome.not_checked(&FOLLOW_UPS, reason);
        not_checked.extend(FOLLOW_UPS);
    }
    if rows.subject.parents.is_some_and(|parents| parents.is_incomplete) {
        comparison.unused = Candidates::default();
        let reason = "the dump of component usages is incomplete: invoiced usage that it lacks may only be missing \
                      from it";
        outcome.not_checked(&[Code::InvoicedWithoutUsage], reason);
        not_checked.push(Code::InvoicedWithoutUsage);
    }
    not_checked
}

/// Customers that a reason names.
const NAMED_MAX: usize = 5;

/// Invoices of the months to compare that can still change.
fn pending(rows: &Rows, invoices: &InvoiceItems) -> Option<String> {
    let count = invoices.pending.iter().filter(|month| rows.subject.compares(**month)).count();
    let (pending, whose) = match count {
        0 => return None,
        1 => ("1 invoice is".to_owned(), "its customer"),
        _ => (format!("{} invoices are", grouped(count as u64)), "their customers"),
    };
    let customers = invoices.pending_customers.iter().filter(|(_, month)| rows.subject.compares(*month));
    let uuids: BTreeSet<u128> = customers.map(|(uuid, _)| *uuid).collect();
    let known = rows.frame.customers.iter().filter(|customer| uuids.contains(&customer.uuid));
    let names: Vec<String> = known.map(|customer| format!("{:?}", customer.name)).collect();
    let named = match names.len() {
        0 => String::new(),
        count if count <= NAMED_MAX => format!(": {}", names.join(", ")),
        count => format!(": {} and {} more", names[..NAMED_MAX].join(", "), count - NAMED_MAX),
    };
    Some(format!(
        "{pending} pending and can still change; usage of {whose} is not compared with invoices{named}"
    ))
}

fn skipped(invoices: &InvoiceItems) -> Option<Notice> {
    let skipped = invoices.skipped;
    let reasons = [
        (skipped.other, "for fixed prices, limits, credits, discounts or compensations"),
        (skipped.overage, "for use beyond a prepaid balance, which another component is billed for"),
        (skipped.canceled, "on canceled invoices"),
    ];
    let reasons = reasons.iter().filter(|(count, _)| *count > 0);
    let reasons: Vec<String> =
        reasons.map(|(count, reason)| format!("{} {reason}", grouped(*count))).collect();
    (skipped.total() > 0).then(|| {
        let items = match skipped.total() {
            1 => "1 invoice item is".to_owned(),
            total => format!("{} invoice items are", grouped(total)),
        };
        let text = format!("{items} not compared with usage: {}.", reasons.join(", "));
        Notice::note(Code::SkippedInvoiceItem, skipped.total(), text)
    })
}

/// Items of `/api/invoice-items/` do not say what they are billed by.
fn told_by_name(invoices: &InvoiceItems) -> Option<Notice> {
    let count = invoices.told_by_name;
    (count > 0).then(|| {
        let items = match count {
            1 => "1 invoice item has".to_owned(),
            _ => format!("{} invoice items have", grouped(count)),
        };
        let text = format!(
            "{items} no billing_type, as /api/invoice-items/ sends them: those named \"resource / component\" are \
             taken for usage, all others for something else. Give a dump of /api/invoices/, which has it."
        );
        Notice::note(Code::SkippedInvoiceItem, count, text)
    })
}

/// All lines by how both sides stand to each other.
#[derive(Default)]
struct Comparison<'a> {
    /// The invoice has more than was used.
    over: Candidates<(Key<'a>, Line<'a>)>,
    /// The invoice has less than was used.
    short: Candidates<(Key<'a>, Line<'a>)>,
    /// Rounding explains the difference between the users and the invoice.
    rounded: Candidates<(Key<'a>, Line<'a>)>,
    /// On the invoice, at a price of 0.
    without_price: Candidates<(Key<'a>, Line<'a>)>,
    /// The invoice has more than the users, whose parents are not known.
    unattributed: Candidates<(Key<'a>, Line<'a>)>,
    of_other_units: Candidates<(Key<'a>, Line<'a>)>,
    unused: Candidates<(Key<'a>, Line<'a>)>,
    unused_by_users: Candidates<(Key<'a>, Line<'a>)>,
    not_invoiced: Candidates<(Key<'a>, Line<'a>)>,
    /// Components of offerings that no invoice of the month bills by usage.
    not_by_usage: BTreeSet<&'a str>,
}

impl<'a> Comparison<'a> {
    fn new(lines: BTreeMap<Key<'a>, Line<'a>>) -> Self {
        let billed: BTreeSet<(Option<u128>, &str, BillingPeriod)> = lines
            .iter()
            .filter(|(_, line)| line.invoiced.is_some())
            .map(|((_, component, period), line)| (line.offering, *component, *period))
            .collect();
        let has_total: BTreeSet<BillingPeriod> = lines
            .iter()
            .filter(|(_, line)| line.used.as_ref().is_some_and(|used| used.is_total))
            .map(|((_, _, period), _)| *period)
            .collect();
        let mut comparison = Self::default();
        for (key, line) in lines {
            let (_, component, period) = key;
            match (&line.used, &line.invoiced) {
                (Some(used), Some(invoiced)) => {
                    let (used, invoiced) = (used.clone(), invoiced.clone());
                    comparison.put(key, line, &used, &invoiced);
                }
                (Some(used), None) if used.usage == Quantity::ZERO => {}
                (Some(_), None) if billed.contains(&(line.offering, component, period)) => {
                    comparison.not_invoiced.push(0, (key, line))
                }
                (Some(_), None) => {
                    comparison.not_by_usage.insert(component);
                }
                (None, Some(invoiced)) if invoiced.quantity != InvoiceQuantity::default() => {
                    match has_total.contains(&period) {
                        true => comparison.unused.push(0, (key, line)),
                        false => comparison.unused_by_users.push(0, (key, line)),
                    }
                }
                (None, _) => {}
            }
        }
        comparison
    }

    fn put(&mut self, key: Key<'a>, line: Line<'a>, used: &Used, invoiced: &Invoiced) {
        if !invoiced.units.is_subset(&used.units) || used.units.len() > 1 {
            return self.of_other_units.push(0, (key, line));
        }
        if invoiced.has_no_price && used.usage != Quantity::ZERO {
            self.without_price.push(0, (key, line.clone()));
        }
        let usage = InvoiceQuantity::from(used.usage);
        if usage == invoiced.quantity || (invoiced.is_of_old_slurm && is_in_hours(key.1, usage, invoiced)) {
            return;
        }
        let least = InvoiceQuantity::from(used.usage - used.rounding);
        if (least..=usage).contains(&invoiced.quantity) || used.is_rounded(invoiced) {
            return self.rounded.push(0, (key, line));
        }
        match (usage > invoiced.quantity, used.is_total) {
            (true, _) => self.short.push(0, (key, line)),
            (false, true) => self.over.push(0, (key, line)),
            (false, false) => self.unattributed.push(0, (key, line)),
        }
    }

    fn notices(self) -> Vec<Notice> {
        use Severity::{Note, Warning};
        let notices = [
            notice(Warning, Code::InvoiceDiffers, self.over.and(self.short), |lines| {
                format!("{lines} another quantity on the invoice than was used.")
            }),
            notice(Note, Code::InvoiceDiffers, self.rounded, |lines| {
                format!(
                    "{lines} a quantity on the invoice that the users miss only by the rounding of each of them."
                )
            }),
            notice(Note, Code::InvoiceDiffers, self.unattributed, |lines| {
                format!(
                    "{lines} more on the invoice than its users add up to: not attributed to users, or lost. Give the \
                     component usages, too, and their totals are compared."
                )
            }),
            notice(Warning, Code::InvoiceUnitDiffers, self.of_other_units, |lines| {
                format!(
                    "{lines} another unit on the invoice than the usage, or several; its quantity is not compared."
                )
            }),
            notice(Warning, Code::InvoicedWithoutUsage, self.unused, |lines| {
                format!("{lines} a quantity on the invoice and no usage.")
            }),
            notice(Note, Code::InvoicedWithoutUsage, self.unused_by_users, |lines| {
                format!("{lines} a quantity on the invoice and no user. Give the component usages, too.")
            }),
            notice(Warning, Code::UsageNotInvoiced, self.not_invoiced, |lines| {
                format!(
                    "{lines} usage and no invoice item, though the same component of the offering is billed elsewhere."
                )
            }),
            notice(Note, Code::NotInvoicedByUsage, self.without_price, |lines| {
                format!("{lines} usage on the invoice at a price of 0, because the plan has no price for it.")
            }),
            not_by_usage(&self.not_by_usage),
        ];
        notices.into_iter().flatten().collect()
    }
}

pub(super) fn notice(
    severity: Severity,
    code: Code,
    lines: Candidates<(Key, Line)>,
    message: impl FnOnce(String) -> String,
) -> Option<Notice> {
    let count = lines.len();
    let text = match count {
        0 => return None,
        1 => "1 component of a resource has".to_owned(),
        _ => format!("{} components of resources each have", grouped(count)),
    };
    let identity = |((resource, component, period), _): &(Key, Line)| {
        (std::cmp::Reverse(*period), *resource, component.to_string())
    };
    let examples = lines.examples(identity, |(key, line)| example(*key, line));
    Some(super::notice(severity, code, count, message(text)).with_examples(examples))
}

fn example((resource, component, period): Key, line: &Line) -> Example {
    let join = |units: &BTreeSet<&str>| units.iter().copied().collect::<Vec<_>>().join(" and ");
    let mut figures = Vec::new();
    let mut labels = vec![
        ("customer_name", line.customer_name.to_owned()),
        ("resource_name", line.resource_name.to_owned()),
        ("component_type", component.to_owned()),
    ];
    let used_units = line.used.as_ref().map(|used| join(&used.units));
    let invoiced_units = line.invoiced.as_ref().map(|invoiced| join(&invoiced.units));
    labels.push(("measured_unit", used_units.clone().or(invoiced_units.clone()).unwrap_or_default()));
    labels.push(("resource_uuid", uuid_text(resource)));
    if let Some(used) = &line.used {
        let name = if used.is_total { "component usage" } else { "users" };
        figures.push((name, used.usage.to_string()));
    }
    if let Some(invoiced) = &line.invoiced {
        figures.push(("invoice", invoiced.quantity.to_string()));
    }
    if let (Some(used), Some(invoiced)) = (used_units, invoiced_units)
        && used != invoiced
        && !invoiced.is_empty()
    {
        figures.push(("unit on the invoice", invoiced));
    }
    figures.extend(invoice_amounts::figures(line));
    Example { period: Some(period), labels, figures, about: customer_uuid(line.customer_uuid) }
}

fn not_by_usage(components: &BTreeSet<&str>) -> Option<Notice> {
    let count = components.len() as u64;
    (count > 0).then(|| {
        let shown: Vec<String> =
            components.iter().take(5).map(|component| format!("{component:?}")).collect();
        let more = match components.len().saturating_sub(5) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let text = format!(
            "{} usage that no invoice bills by usage: {}{more}.",
            if count == 1 {
                "1 component has".to_owned()
            } else {
                format!("{} components have", grouped(count))
            },
            shown.join(", ")
        );
        Notice::note(Code::NotInvoicedByUsage, count, text)
    })
}
