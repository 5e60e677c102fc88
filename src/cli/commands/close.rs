//! `usagebook close`: version 1 of a month.

use usagebook::book::{Book, BookWriter, CloseRequest, Closing};
use usagebook::error::Error;
use usagebook::join::Attributes;
use usagebook::notice::Acknowledgement;
use usagebook::period::BillingPeriod;
use usagebook::report::Basis;
use usagebook::text::{counted, visible};
use usagebook::usecase::{self, KeepQuestion, ToKeep, Watch as _};

use crate::cli::arguments::{CloseArguments, ClosingArguments};
use crate::cli::configuration;
use crate::cli::outputs::print_text;
use crate::cli::progress::Watch;
use crate::cli::words::usage_and_unit;
use crate::cli::{Status, inputs, notices, prices, signing, writing};

pub fn run(arguments: &CloseArguments) -> anyhow::Result<Status> {
    let note = arguments.note.clone().unwrap_or_default();
    let (mut writer, request) = prepare(arguments.month, &arguments.closing, note, "close")?;
    let closing = writer.close(&request)?;
    print_text(&described(arguments.month, &closing)).map_err(Error::after_commit)?;
    writing::report(&arguments.closing.book, &writer, arguments.closing.notes.quiet);
    Ok(Status::Done)
}

/// Opens a book that is there, for nothing is closed in a new one, and checks the month.
pub(super) fn prepare(
    period: BillingPeriod,
    arguments: &ClosingArguments,
    note: String,
    command: &str,
) -> anyhow::Result<(BookWriter, CloseRequest)> {
    let settings = configuration::of(&arguments.who)?;
    let by_whom = configuration::by_whom(&arguments.who, &settings).unwrap_or_default();
    let watch = Watch::start()?;
    Book::open(&arguments.book)?.month(period)?;
    let writer = writing::open(&arguments.book, &arguments.lock, None, arguments.access.private(), command)?;
    // Opened behind the lock: nobody writes any more.
    let checked = usecase::close_request(
        &Book::open(&arguments.book)?,
        (period, arguments.as_of),
        usecase::now()?,
        &watch,
    )?;
    let accepts_incomplete = arguments.accept_incomplete;
    let request = CloseRequest { note, accepts_incomplete, by_whom, ..checked };
    let asked = KeepQuestion {
        tariff: prices::text(&arguments.prices, &settings)?,
        basis: inputs::basis(arguments.basis),
        attributes: Attributes::texts(
            &arguments.attributes,
            settings.locale(arguments.prices.tables.locale),
        )?,
    };
    let ToKeep { money, attributes, notices: said } =
        usecase::to_keep(&writer, &request, &asked, usecase::now()?, &watch)?;
    notices::print(&said, arguments.notes.quiet);
    watch.check()?;
    let request = CloseRequest { money, attributes, ..request };
    let signature = match &arguments.sign {
        Some(key) => Some(signing::sign(key, &writer.next_closing_digest(&request)?)?),
        None => None,
    };
    Ok((writer, CloseRequest { signature, ..request }))
}

/// ```text
/// 2026-10 is CLOSED v1, cut-off 2026-11-02T08:00:00Z: 1,513 records, sha256 3f2a…
/// 26,351.20 hours
/// EUR 1,234.50 by prices.toml, made of component usages
/// ```
pub(super) fn described(period: BillingPeriod, closing: &Closing) -> String {
    let records = counted(closing.state.records, "record");
    let mut text = format!("{period} is {}: {records}, sha256 {}\n", closing.describe(), closing.digest);
    for Acknowledgement { code, by_whom, reason, .. } in &closing.acknowledgements {
        text += &format!("{code} is acknowledged by {by_whom}: {reason}\n");
    }
    if !closing.not_checked.is_empty() {
        text += &format!("not checked: {}\n", closing.not_checked.join(", "));
    }
    // What is billed by component usages is another figure, and the amounts are of that.
    let is_of_users = closing.money.as_ref().is_some_and(|money| money.basis == Basis::ComponentUsage);
    let of = if is_of_users { " by users" } else { "" };
    closing
        .state
        .totals
        .iter()
        .for_each(|total| text += &format!("{}{of}\n", usage_and_unit(total).join(" ")));
    closing.adjustments.iter().for_each(|one| text += &format!("{}\n", one.describe()));
    closing.money.iter().for_each(|money| text += &format!("{}\n", money.describe()));
    if let Some(attributes) = &closing.attributes {
        let names: Vec<&str> = attributes.columns.iter().map(|column| column.name.as_str()).collect();
        text += &format!("attributes: {}\n", visible(&names.join(", ")));
    }
    text
}
