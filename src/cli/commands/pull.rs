//! `usagebook pull`: a dump from the portal, proved whole or called what it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};
use usagebook::files::access::exposed_secret;
use usagebook::filter::{Filter, Filters};
use usagebook::ingest::SeenAs;
use usagebook::period::{BillingPeriod, Calendar, PeriodRange};
use usagebook::pull::{
    DIRECT_MAX, Endpoint, HttpTransport, PullProgress, PullRequest, Pulled, PulledList, SystemClock, pull,
    read_token,
};
use usagebook::text::{counted, grouped, parse_uuid, uuid_text};
use usagebook::usecase;

use crate::cli::Status;
use crate::cli::arguments::{FilterArguments, PullArguments};
use crate::cli::inputs;
use crate::cli::notices::say;
use crate::cli::places::{self, Place};
use crate::cli::progress::{Bar, on_interrupt};
use crate::cli::words::Misuse;

pub fn run(arguments: PullArguments) -> anyhow::Result<Status> {
    places::check_outside_books(&Place::Folder(&arguments.to))?;
    let request = request(&arguments)?;
    let portal = &request.portal;
    let token = read_token(arguments.token_file.as_deref())?;
    if let Some(warning) = arguments.token_file.as_deref().and_then(exposed_secret) {
        say(format_args!("warning: {warning}"));
    }
    if token.is_some() && is_readable_on_the_way(portal.as_str()) {
        say(format_args!("the token goes to {portal} unencrypted; https keeps it secret"));
    }
    let transport = HttpTransport::new(portal, token.as_deref(), arguments.ca_file.as_deref())?;
    let progress = Arc::new(PullProgress::default());
    let interrupted = Arc::clone(&progress);
    on_interrupt(move || interrupted.interrupt())?;
    let bar = draw(&progress, arguments.quiet);
    let pulled = pull(&request, &transport, &SystemClock, &progress);
    drop(bar);
    let pulled = pulled?;
    print(&pulled, &progress, arguments.quiet);
    Ok(if pulled.is_sound() { Status::Done } else { Status::Warnings })
}

fn request(arguments: &PullArguments) -> Result<PullRequest> {
    let request = PullRequest {
        portal: arguments.url.parse()?,
        to: arguments.to.clone(),
        periods: periods(&arguments.period)?,
        filters: filters(&arguments.filters)?,
        others: others(arguments),
        jobs: usize::from(arguments.jobs),
        rate: arguments.rate,
        direct_max: DIRECT_MAX,
        is_resumed: arguments.resume,
        access: arguments.access.private(),
    };
    let has = |filter: Filter| request.filters.iter().any(|(name, _)| name == filter.name());
    if arguments.parents && has(Filter::Username) {
        return Err(Misuse { what: "--parents", need: "no --username: parents have none" }.into());
    }
    if !request.periods.is_empty() && has(Filter::ComponentUsageBillingPeriod) {
        let need = "no --component-usage-billing-period beside it";
        return Err(Misuse { what: "--period", need }.into());
    }
    Ok(request)
}

/// The lists to pull beside the records.
fn others(arguments: &PullArguments) -> Vec<Endpoint> {
    let is_asked_for = |endpoint: &Endpoint| match endpoint {
        Endpoint::UserUsages => false,
        Endpoint::ComponentUsages => arguments.parents,
        Endpoint::Invoices => arguments.invoices,
        Endpoint::Customers | Endpoint::Projects | Endpoint::OfferingUsers => arguments.attributes,
    };
    Endpoint::OTHERS.into_iter().filter(is_asked_for).collect()
}

/// All months of all periods, each once.
fn periods(texts: &[String]) -> Result<Vec<BillingPeriod>> {
    let calendar = Calendar { as_of: usecase::now()?.date_naive(), fiscal_year_start: 1 };
    let mut periods = Vec::new();
    for text in texts {
        periods.extend(PeriodRange::parse(text, calendar)?.periods());
    }
    periods.sort();
    periods.dedup();
    Ok(periods)
}

/// The filters that the server knows, in one order, each value once.
fn filters(arguments: &FilterArguments) -> Result<Vec<(String, Vec<String>)>> {
    let checked: Filters = inputs::filters(arguments)?;
    let mut filters = Vec::new();
    for (name, values) in checked.described() {
        check_filter(name, values.len())?;
        let mut values: Vec<String> = values.iter().map(|value| normal(name, value)).collect();
        values.sort();
        values.dedup();
        filters.push((name.to_owned(), values));
    }
    Ok(filters)
}

fn check_filter(name: &'static str, values: usize) -> Result<()> {
    let by_name = "the uuid instead of the name, which the server does not filter by";
    let needs = [(Filter::Customer, by_name), (Filter::Project, by_name), (Filter::Offering, by_name)];
    if let Some((filter, need)) = needs.into_iter().find(|(filter, _)| filter.name() == name) {
        return Err(Misuse { what: filter.name(), need }.into());
    }
    let overlaps = [
        Filter::Username,
        Filter::DateAfter,
        Filter::DateBefore,
        Filter::Resource,
        Filter::ComponentUsageBillingPeriod,
    ];
    match overlaps.iter().any(|filter| filter.name() == name) && values > 1 {
        true => Err(Misuse { what: name, need: "one value in a pull" }.into()),
        false => Ok(()),
    }
}

/// A value in the one way in which it is sent, so that no record is asked for twice.
fn normal(name: &str, value: &str) -> String {
    let value = value.trim();
    let uuid = parse_uuid(value.as_bytes()).filter(|_| name.ends_with("_uuid"));
    let number = value.parse::<i32>().ok().filter(|_| name.starts_with("billing_period_"));
    match (uuid, number) {
        (Some(uuid), _) => uuid_text(uuid),
        (None, Some(number)) => number.to_string(),
        (None, None) => value.to_owned(),
    }
}

/// Whether requests travel in the clear beyond this machine.
pub(super) fn is_readable_on_the_way(address: &str) -> bool {
    address.strip_prefix("http://").is_some_and(|rest| {
        let host = rest.split('/').next().unwrap_or_default();
        let is_local = |local: &str| host == local || host.starts_with(&format!("{local}:"));
        !["127.0.0.1", "localhost", "[::1]"].into_iter().any(is_local)
    })
}

fn print(pulled: &Pulled, progress: &PullProgress, is_quiet: bool) {
    pulled.lists.iter().for_each(say_verdict);
    if pulled.lists.iter().any(|list| list.seen_as == Some(SeenAs::Part)) {
        say(format_args!(
            "note: this token shows a part of the portal, because it is neither of staff nor of support; other \
             customers' records may exist"
        ));
    }
    if is_quiet {
        return;
    }
    let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    say(format_args!(
        "{}, {} of them repeated; {} read",
        counted(count(&progress.requests), "request"),
        grouped(count(&progress.retries)),
        counted(count(&progress.pages), "page")
    ));
}

fn say_verdict(list: &PulledList) {
    let verdict = &list.verdict;
    let folder = match list.endpoint.folder() {
        "" => String::new(),
        folder => format!("{folder}: "),
    };
    match verdict.is_whole() {
        true => say(format_args!("{folder}{list}")),
        false => say(format_args!("warning: {folder}{list}; --resume tries again")),
    }
    for slice in verdict.lacking.iter().take(10) {
        let (records, count) = (grouped(slice.records), grouped(slice.count));
        say(format_args!("  {records} of {count} records: {}", slice.query));
    }
    if verdict.is_whole() && verdict.records == 0 {
        let (noun, severity) =
            (list.endpoint.noun(), if list.is_empty_for_rights() { "warning" } else { "note" });
        let reason = match list.is_empty_for_rights() {
            true => {
                "a token without a role sees nothing: use one of staff, of support or of the customers' owners"
            }
            false => "look at --period and the filters",
        };
        say(format_args!("{severity}: {folder}the portal shows no {noun} at all; {reason}"));
    }
    for contradiction in &verdict.contradictions {
        say(format_args!("warning: {folder}{contradiction}: it was moved while the pull ran; pull again"));
    }
}

/// Shows how far a pull has come.
pub(super) fn draw(progress: &Arc<PullProgress>, is_quiet: bool) -> Bar {
    let progress = Arc::clone(progress);
    let template = "{wide_bar} {msg}, {eta} left";
    let style = ProgressStyle::with_template(template).expect("the template is one");
    Bar::draw_with(is_quiet, style, move |bar| show(bar, &progress))
}

fn show(bar: &ProgressBar, progress: &PullProgress) {
    let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    let (records, records_total) = (count(&progress.records), count(&progress.records_total));
    bar.set_length(records_total.max(records));
    bar.set_position(records);
    let trouble = match progress.trouble() {
        text if text.is_empty() => text,
        text => format!(" ({})", usagebook::text::visible(&text)),
    };
    bar.set_message(format!(
        "{} of {} slices, {} pages, {} of {} records{trouble}",
        grouped(count(&progress.slices)),
        grouped(count(&progress.slices_total)),
        grouped(count(&progress.pages)),
        grouped(records),
        grouped(records_total),
    ));
    bar.tick();
}
