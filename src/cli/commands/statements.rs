//! `usagebook statements`: a statement for each recipient, all of them or none.

use std::path::PathBuf;

use usagebook::dimension::Dimension;
use usagebook::files::folder::NewFolder;
use usagebook::files::hashing::Hashing;
use usagebook::files::leftovers::remove_leftovers;
use usagebook::filter::Filter;
use usagebook::join::Attributes;
use usagebook::usecase::{
    self, Layout, PackParts, Question, StatementFormat, StatementForms, StatementsManifest,
    StatementsQuestion, Watch as _,
};
use usagebook::write::Format;

use crate::cli::arguments::StatementsArguments;
use crate::cli::configuration;
use crate::cli::inputs::ReadingEngine;
use crate::cli::notices::say;
use crate::cli::outputs::Output;
use crate::cli::places::{self, Place};
use crate::cli::progress::Watch;
use crate::cli::words::Misuse;
use crate::cli::{Status, formats, inputs, notices, prices};
use usagebook::config::Configuration;

/// What stands beside the statements.
const MANIFEST: &str = "manifest.json";

pub fn run(mut arguments: StatementsArguments) -> anyhow::Result<Status> {
    let configuration = configuration::settle(&mut arguments.inputs)?;
    let attributes =
        Attributes::read(&arguments.attributes, configuration.locale(arguments.prices.tables.locale))?;
    let forms = forms(&arguments)?;
    let book = inputs::book(&arguments.book)?;
    let own = inputs::attributes(&attributes, book.as_ref());
    let layout = Layout::by(Dimension::parse_list_with(&arguments.by, &own)?);
    let (period, filters) = (arguments.recipients.period.parse()?, inputs::filters(&arguments.filters)?);
    layout.check_pack(Some(period))?;
    let tariff = prices::tariff(&arguments.prices, &configuration)?;
    let to = &arguments.output.to;
    let places = check_places(&arguments, &configuration)?;
    let watch = Watch::start()?.of(&arguments.inputs);
    let pseudonyms = arguments.output.pseudonyms.as_deref().map(inputs::pseudonyms).transpose()?;
    let engine = inputs::engine(&arguments.engine, &watch)?;
    let question = StatementsQuestion {
        records: Question {
            period: Some(period),
            as_of: arguments.recipients.as_of,
            fiscal_year_start: configuration.fiscal_year_start(arguments.recipients.fiscal_year_start),
            filters,
            pseudonyms: pseudonyms.as_ref(),
            attributes: Some(&attributes),
            tariff: tariff.as_ref(),
            basis: inputs::basis(arguments.basis.basis),
            parents: arguments.basis.parents.clone(),
            cluster: engine.as_ref().map(ReadingEngine::cluster),
            ..inputs::question(&arguments.inputs, &arguments.book, book.as_ref(), true)?
        },
        per: inputs::per(arguments.recipients.per.as_deref(), &own)?,
        layout,
        parts: PackParts { has_users: arguments.output.users, letterhead: configuration.letterhead.clone() },
        accepts_incomplete: arguments.inputs.accept_incomplete,
    };
    let mut statements = usecase::statements(&question, &watch)?;
    places.iter().try_for_each(|place| places::check_no_input(place, &statements.files))?;
    let rejects = statements.rejected.prepare(arguments.inputs.rejects(), Hashing::Sha256)?;
    let provenance = statements.recipients.provenance();
    notices::print(&provenance.notices, arguments.inputs.quiet);
    say(format_args!("{}", provenance.accounting_text()));
    provenance.pricing.iter().for_each(prices::say_amounts);
    let status = Status::of(&provenance.notices);

    remove_leftovers(to);
    let folder = NewFolder::create(to, arguments.inputs.access.private())?;
    let mut drawn = statements.draw(&forms, &folder, &watch)?;
    drawn.beside.extend(rejects.iter().flat_map(|output| output.entries.clone()));
    let source = configuration.source.as_ref();
    let manifest = StatementsManifest::new(&statements, &drawn, source, status.code());
    folder.write(MANIFEST, |out| usecase::write_manifest(&manifest, out))?;
    watch.check()?;
    folder.commit()?;
    rejects.map_or(Ok(()), Output::commit)?;
    say(format_args!("{}", drawn.tie_out));
    Ok(status)
}

/// Where results go.
fn check_places<'a>(
    arguments: &'a StatementsArguments,
    configuration: &Configuration,
) -> anyhow::Result<Vec<Place<'a>>> {
    let rejects = arguments.inputs.rejects.as_deref().map(Place::File);
    let places: Vec<Place> = [Place::Folder(&arguments.output.to)].into_iter().chain(rejects).collect();
    let read =
        configuration.path().into_iter().chain(arguments.prices.files()).chain(arguments.inputs.paths());
    let read = read.chain(arguments.output.pseudonyms.as_deref());
    let read = read.chain(arguments.attributes.iter().map(PathBuf::as_path));
    places::check(&places, &read.collect::<Vec<_>>())?;
    NewFolder::check(&arguments.output.to)?;
    Ok(places)
}

/// In which forms statements are drawn.
fn forms(arguments: &StatementsArguments) -> anyhow::Result<StatementForms> {
    let output = &arguments.output;
    let is_asked = |format: &StatementFormat| output.format.is_empty() || output.format.contains(format);
    let formats: Vec<StatementFormat> = StatementFormat::all().filter(is_asked).collect();
    let csv = formats.contains(&StatementFormat::Detail(Format::Csv)).then_some(Format::Csv);
    formats::check_csv(&output.csv, csv)?;
    if output.pseudonyms.is_some() && !arguments.filters.values(Filter::Username).is_empty() {
        return Err(Misuse { what: "--username", need: "usernames in sight; leave --pseudonyms out" }.into());
    }
    Ok(StatementForms { formats, csv: formats::csv_options(&output.csv, false) })
}
