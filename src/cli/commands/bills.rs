//! `usagebook bills`: a draft of a bill for each recipient, all of them or none.

mod issue;

use std::path::PathBuf;

use usagebook::bill::{Lacking, lacking};
use usagebook::error::Error;
use usagebook::files::folder::NewFolder;
use usagebook::files::hashing::Hashing;
use usagebook::files::leftovers::remove_leftovers;
use usagebook::join::Attributes;
use usagebook::text::{counted, grouped_decimal, joined, visible};
use usagebook::usecase::{
    self, BillForms, BillsManifest, BillsQuestion, DrawnBills, MadeBills, Question, Watch as _,
};
use usagebook::write::Format;
use usagebook::write::bill::BillFormat;

use self::issue::IssueDraft;
use crate::cli::arguments::BillsArguments;
use crate::cli::configuration;
use crate::cli::inputs::ReadingEngine;
use crate::cli::notices::say;
use crate::cli::outputs::Output;
use crate::cli::places::{self, Place};
use crate::cli::progress::Watch;
use crate::cli::{Status, formats, inputs, notices, prices};
use usagebook::config::Configuration;

/// What goes with the bills.
const MANIFEST: &str = "manifest.json";

/// How many recipients without a bill a message names.
const NAMED_MAX: usize = 5;

pub fn run(mut arguments: BillsArguments) -> anyhow::Result<Status> {
    let configuration = configuration::settle(&mut arguments.inputs)?;
    if arguments.issue {
        return issue::run(&arguments, &configuration);
    }
    let forms = forms(&arguments)?;
    let to = &arguments.output.to;
    let places = check_places(&arguments, &configuration)?;
    let watch = Watch::start()?.of(&arguments.inputs);
    let (mut made, of_issue) = made(&arguments, &configuration, &watch)?;
    places.iter().try_for_each(|place| places::check_no_input(place, &made.files))?;
    let rejects = made.rejected.prepare(arguments.inputs.rejects(), Hashing::Sha256)?;
    notices::print(&made.provenance.notices, arguments.inputs.quiet);
    say(format_args!("{}", made.provenance.accounting_text()));
    made.provenance.pricing.iter().for_each(prices::say_amounts);
    let without_rate = made.without_due_rate();
    if let Some(warning) = &without_rate {
        say(format_args!("warning: {warning}"));
    }
    let status = match without_rate {
        Some(_) => Status::Warnings,
        None => Status::of(&made.provenance.notices),
    };

    remove_leftovers(to);
    let folder = NewFolder::create(to, arguments.inputs.access.private())?;
    let csv = formats::csv_options(&arguments.output.csv, false);
    let forms = BillForms { formats: &forms, csv: &csv, has_mail: arguments.output.eml };
    let mut drawn = made.draw(forms, &folder, &watch)?;
    drawn.beside.extend(rejects.iter().flat_map(|output| output.entries.clone()));
    let source = configuration.source.as_ref();
    let manifest = BillsManifest::new(&made, &drawn, source, status.code());
    folder.write(MANIFEST, |out| usecase::write_manifest(&manifest, out))?;
    watch.check()?;
    folder.commit()?;
    rejects.map_or(Ok(()), Output::commit)?;
    if !arguments.inputs.quiet {
        notes(&made, &drawn, !arguments.attributes.is_empty())
            .iter()
            .for_each(|note| say(format_args!("note: {note}")));
    }
    match of_issue {
        Some(issue) => issue.say_drafted(&made),
        None => say_made(&made),
    }
    Ok(status)
}

/// The drafts; and which issue they are of, if they are of notes that correct what was issued.
fn made(
    arguments: &BillsArguments,
    configuration: &Configuration,
    watch: &Watch,
) -> anyhow::Result<(MadeBills, Option<IssueDraft>)> {
    let attributes =
        Attributes::read(&arguments.attributes, configuration.locale(arguments.prices.tables.locale))?;
    let (period, filters) = (arguments.recipients.period.parse()?, inputs::filters(&arguments.filters)?);
    let tariff = prices::tariff(&arguments.prices, configuration)?;
    let book = inputs::book(&arguments.book)?;
    if let Some(book) = &book
        && let Some(drafted) = issue::drafted(arguments, configuration, book, watch)?
    {
        return Ok(drafted);
    }
    let per =
        inputs::per(arguments.recipients.per.as_deref(), &inputs::attributes(&attributes, book.as_ref()))?;
    let engine = inputs::engine(&arguments.engine, watch)?;
    let question = BillsQuestion {
        records: Question {
            period: Some(period),
            as_of: arguments.recipients.as_of,
            fiscal_year_start: configuration.fiscal_year_start(arguments.recipients.fiscal_year_start),
            filters,
            attributes: Some(&attributes),
            tariff: tariff.as_ref(),
            basis: inputs::basis(arguments.basis.basis),
            parents: arguments.basis.parents.clone(),
            cluster: engine.as_ref().map(ReadingEngine::cluster),
            ..inputs::question(&arguments.inputs, &arguments.book, book.as_ref(), true)?
        },
        per,
        sender: configuration.sender.clone(),
        accepts_incomplete: arguments.inputs.accept_incomplete,
    };
    Ok((usecase::bills(&question, watch)?, None))
}

/// In which formats bills are drawn.
fn forms(arguments: &BillsArguments) -> anyhow::Result<Vec<BillFormat>> {
    let output = &arguments.output;
    let asked: Vec<BillFormat> = match output.format.is_empty() {
        true => BillFormat::available().collect(),
        false => BillFormat::ALL.into_iter().filter(|format| output.format.contains(format)).collect(),
    };
    if let Some(format) = asked.iter().find(|format| !BillFormat::available().any(|other| other == **format))
    {
        return Err(Error::WithoutFeature { format: format.name(), feature: "bill" }.into());
    }
    formats::check_csv(&output.csv, asked.contains(&BillFormat::Csv).then_some(Format::Csv))?;
    Ok(asked)
}

/// Where results go.
fn check_places<'a>(
    arguments: &'a BillsArguments,
    configuration: &Configuration,
) -> anyhow::Result<Vec<Place<'a>>> {
    let rejects = arguments.inputs.rejects.as_deref().map(Place::File);
    let places: Vec<Place> = [Place::Folder(&arguments.output.to)].into_iter().chain(rejects).collect();
    let read =
        configuration.path().into_iter().chain(arguments.prices.files()).chain(arguments.inputs.paths());
    let read = read.chain(arguments.attributes.iter().map(PathBuf::as_path));
    places::check(&places, &read.collect::<Vec<_>>())?;
    NewFolder::check(&arguments.output.to)?;
    Ok(places)
}

/// What bills lack that a recipient would miss.
fn notes(made: &MadeBills, drawn: &DrawnBills, has_attributes: bool) -> Vec<String> {
    let (bills, sender) = (&made.bills.bills, &made.bills.spec.sender);
    let counted_bills = |count: usize| {
        let verb = if count == 1 { "has" } else { "have" };
        (count > 0).then(|| format!("{} {verb}", counted(count as u64, "bill")))
    };
    let mut notes = Vec::new();
    if !bills.is_empty() && sender.letterhead.organisation.is_none() && sender.address.is_empty() {
        notes.push(
            "the bills have no sender; organisation and the table [bill] of usagebook.toml give it"
                .to_owned(),
        );
    }
    notes.extend(lacking(bills, Lacking::Address));
    let vat = lacking(bills, Lacking::VatRate).filter(|_| made.without_due_rate().is_none());
    notes.extend(vat.filter(|_| has_attributes || made.has_vat || sender.vat_number.is_some()));
    let spelled = drawn.bills.iter().filter(|bill| bill.spells_out).count();
    notes.extend(counted_bills(spelled).map(|bills| {
        format!(
            "{bills} characters that no font has and that PDF spells out, as \\u{{1f680}}; fonts of [bill] in usagebook.toml \
             names a folder of further fonts"
        )
    }));
    notes
}

/// What was made, and that it comes to the report.
fn say_made(made: &MadeBills) {
    let bills = &made.bills.bills;
    let without = &made.bills.without_amount;
    if !without.is_empty() {
        let count = counted(without.len() as u64, "recipient");
        let verb = if without.len() == 1 { "gets" } else { "get" };
        let mut names: Vec<String> =
            without.iter().take(NAMED_MAX).map(|name| visible::shown(name).into_owned()).collect();
        if without.len() > NAMED_MAX {
            names.push(format!("{} more", without.len() - NAMED_MAX));
        }
        let names = names.join(", ");
        say(format_args!("{count} {verb} no bill, because nothing is to be paid: {names}."));
    }
    let totals = made.bills.totals.iter();
    let totals: Vec<String> = totals
        .map(|(currency, total)| format!("{currency} {}", grouped_decimal(&total.to_string())))
        .collect();
    let count = counted(bills.len() as u64, "draft bill");
    let verb = if bills.len() == 1 { "adds" } else { "add" };
    let totals = if totals.is_empty() { "nothing".to_owned() } else { joined(&totals) };
    say(format_args!("The {count} {verb} up to the report exactly: {totals} without VAT."));
}
