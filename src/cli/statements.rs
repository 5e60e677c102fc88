//! `usagebook statements`: a statement for each customer, all of them or none.

mod manifest;

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread;

use chrono::NaiveDate;
use indicatif::ProgressStyle;
use usagebook::dimension::Dimension;
use usagebook::error::{Error, Result};
use usagebook::filter::{Filter, Filters};
use usagebook::ingest::InputFile;
use usagebook::join::Attributes;
use usagebook::notice::{Code, Notice, Severity};
use usagebook::pack::{Customers, Pack, PackSpec};
use usagebook::period::{Calendar, PeriodRange};
use usagebook::report::{ReportSpec, grouped};
use usagebook::write::folder::NewFolder;
use usagebook::write::hashing::Hashing;
use usagebook::write::leftovers::remove_leftovers;
use usagebook::write::mailing::{self, Mailed, Mailing};
use usagebook::write::{Format, FormatOptions, write, write_pack};

use self::manifest::{Manifest, StatementEntry};
use super::arguments::{StatementFormat, StatementsArguments};
use super::config::Configuration;
use super::notices::say;
use super::outputs::{Output, OutputEntry};
use super::places::{self, Place};
use super::progress::{Bar, Watch};
use super::reading::{self, Asked, Read};
use super::{Status, formats, inputs, notices, prices};

/// What stands beside the statements.
const INDEX: &str = "index.html";
const MAIL_MERGE: &str = "mail-merge.csv";
const MANIFEST: &str = "manifest.json";

pub fn run(mut arguments: StatementsArguments) -> anyhow::Result<Status> {
    let configuration = Configuration::settle(&mut arguments.inputs)?;
    let attributes = Attributes::read(&arguments.attributes)?;
    arguments.output.pseudonyms.iter().try_for_each(|_| attributes.check_pseudonymous())?;
    let request = Request::new(&arguments, &configuration, &attributes)?;
    let tariff = prices::tariff(&arguments.prices)?;
    let written: Vec<Place> = [Place::Folder(&arguments.output.to)]
        .into_iter()
        .chain(arguments.inputs.rejects.as_deref().map(Place::File))
        .collect();
    let read = configuration.path().into_iter().chain(arguments.prices.files());
    let read = read.chain(arguments.output.pseudonyms.as_deref());
    let read = read.chain(arguments.attributes.iter().map(PathBuf::as_path));
    places::check(&written, &read.collect::<Vec<_>>())?;
    NewFolder::check(&arguments.output.to)?;
    let watch = Watch::start()?;
    let pseudonyms = arguments.output.pseudonyms.as_deref().map(reading::pseudonyms).transpose()?;
    let book = inputs::book(&arguments.book)?;
    let timezone = inputs::timezone(&arguments.inputs, book.as_ref())?;
    let asked = Asked {
        inputs: &arguments.inputs,
        book: &arguments.book,
        as_of: arguments.as_of,
        hashes_files: true,
        pseudonyms: pseudonyms.as_ref(),
        outputs: written,
        hashing: Hashing::Sha256,
    };
    let spec = |as_of| request.spec(as_of);
    let needed = |spec: &ReportSpec| request.pack_spec(spec).months_needed();
    let Read { mut intake, spec, rejects } = asked.read(book.as_ref(), spec, needed, &watch)?;
    if !arguments.inputs.accept_incomplete {
        let doubts = match (&book, spec.period) {
            (Some(book), Some(period)) => book.doubts(period, arguments.book.version.as_ref())?,
            _ => intake.notices.clone(),
        };
        check_complete(&doubts)?;
    }
    attributes.join(&mut intake)?;
    intake.files.extend(attributes.files());
    if arguments.period == LAST_MONTH
        && let Some(period) = spec.period
    {
        say(format_args!("{LAST_MONTH} is {period}"));
    }
    let spec = request.pack_spec(&spec);
    let filters = request.filters.clone();
    let customers = Customers::new(&mut intake, filters, spec.clone(), timezone, tariff.as_ref())?;
    let provenance = customers.provenance();
    notices::print(&provenance.notices, arguments.inputs.quiet);
    say(format_args!("{}", provenance.accounting));
    provenance.pricing.iter().for_each(prices::say_amounts);

    watch.check()?;
    remove_leftovers(&arguments.output.to);
    let folder = NewFolder::create(&arguments.output.to, arguments.inputs.access.private())?;
    let drawn = request.draw_all(&customers, &folder, arguments.inputs.quiet, &watch)?;
    let ties = drawn.iter().map(|drawn| (&*drawn.mailed.ties, &*drawn.mailed.money_ties));
    let tie_out = customers.tie_out(ties)?;
    let status = Status::of(&provenance.notices);
    let run = Run { spec: &spec, customers: &customers, files: &intake.files, status };
    request.write_rest(&run, &drawn, &folder, &configuration, &rejects)?;
    watch.check()?;
    folder.commit()?;
    rejects.map_or(Ok(()), Output::commit)?;
    say(format_args!("{tie_out}"));
    Ok(status)
}

/// Refuses records of which some are probably missing: what a customer was sent cannot be taken back.
fn check_complete(notices: &[Notice]) -> Result<()> {
    let is_doubt = |notice: &&Notice| {
        notice.severity == Severity::Warning && matches!(notice.code, Code::Incomplete | Code::MissingPage)
    };
    match notices.iter().find(is_doubt) {
        Some(notice) => Err(Error::StatementsIncomplete { reason: notice.message.clone() }),
        None => Ok(()),
    }
}

/// The word for a month that depends on the day.
const LAST_MONTH: &str = "last-month";

/// What is asked for, understood as far as that is possible before anything is read.
struct Request {
    by: Vec<Dimension>,
    period: String,
    fiscal_year_start: u32,
    has_users: bool,
    is_pseudonymous: bool,
    letterhead: usagebook::letterhead::Letterhead,
    filters: Filters,
    formats: Vec<StatementFormat>,
    csv: usagebook::write::csv::CsvOptions,
}

/// What was read, for the files beside the statements.
struct Run<'a> {
    spec: &'a PackSpec,
    customers: &'a Customers,
    files: &'a [InputFile],
    status: Status,
}

/// A statement that is on disk.
struct Drawn {
    mailed: Mailed,
    entries: Vec<OutputEntry>,
}

impl Request {
    fn new(
        arguments: &StatementsArguments,
        configuration: &Configuration,
        attributes: &Attributes,
    ) -> Result<Self> {
        let output = &arguments.output;
        let is_asked = |format: &StatementFormat| output.format.is_empty() || output.format.contains(format);
        let formats: Vec<StatementFormat> = StatementFormat::all().filter(is_asked).collect();
        let csv = formats.contains(&StatementFormat::Detail(Format::Csv)).then_some(Format::Csv);
        formats::check_csv(&output.csv, csv)?;
        if output.pseudonyms.is_some() && !arguments.filters.values(Filter::Username).is_empty() {
            return Err(Error::Incompatible {
                what: "--username",
                need: "usernames in sight; leave --pseudonyms out",
            });
        }
        let request = Self {
            by: Dimension::parse_list_with(&arguments.by, &attributes.list())?,
            period: arguments.period.clone(),
            fiscal_year_start: configuration.fiscal_year_start(arguments.fiscal_year_start),
            has_users: output.users,
            is_pseudonymous: output.pseudonyms.is_some(),
            letterhead: configuration.letterhead.clone(),
            filters: inputs::filters(&arguments.filters)?,
            formats,
            csv: formats::csv_options(&output.csv, false),
        };
        // Any day does to tell whether it is a period.
        request.pack_spec(&request.spec(NaiveDate::default())?).check()?;
        Ok(request)
    }

    fn spec(&self, as_of: NaiveDate) -> Result<ReportSpec> {
        let calendar = Calendar { as_of, fiscal_year_start: self.fiscal_year_start };
        Ok(ReportSpec {
            by: self.by.clone(),
            period: Some(PeriodRange::parse(&self.period, calendar)?),
            calendar,
            ..ReportSpec::monthly(as_of)
        })
    }

    fn pack_spec(&self, spec: &ReportSpec) -> PackSpec {
        PackSpec {
            report: spec.clone(),
            has_users: self.has_users,
            is_pseudonymous: self.is_pseudonymous,
            letterhead: self.letterhead.clone(),
        }
    }

    /// Draws the statements of all customers, in their order; as many at a time as there are cores.
    fn draw_all(
        &self,
        customers: &Customers,
        folder: &NewFolder,
        is_quiet: bool,
        watch: &Watch,
    ) -> anyhow::Result<Vec<Drawn>> {
        let done = Arc::new(AtomicU64::new(0));
        let _bar = bar(&done, customers.len(), is_quiet);
        let (next, has_failed) = (AtomicUsize::new(0), AtomicBool::new(false));
        let draw_some = || {
            let mut drawn = Vec::new();
            while !has_failed.load(Ordering::Relaxed) {
                let at = next.fetch_add(1, Ordering::Relaxed);
                if at >= customers.len() {
                    break;
                }
                let one = watch.check().and_then(|()| self.draw(customers, at, folder));
                has_failed.fetch_or(one.is_err(), Ordering::Relaxed);
                done.fetch_add(1, Ordering::Relaxed);
                drawn.push((at, one));
            }
            drawn
        };
        // Each core draws in a pool of its own: in a common one it would begin a statement on top of another one
        // whenever it waits for a part of that, without end.
        let pool = || rayon::ThreadPoolBuilder::new().num_threads(1).build();
        let pools = (0..rayon::current_num_threads()).map(|_| pool()).collect::<Result<Vec<_>, _>>()?;
        let mut drawn: Vec<(usize, Result<Drawn>)> = thread::scope(|scope| {
            let cores: Vec<_> = pools.iter().map(|pool| scope.spawn(|| pool.install(draw_some))).collect();
            cores.into_iter().flat_map(|core| core.join().expect("drawing does not panic")).collect()
        });
        drawn.sort_by_key(|(at, _)| *at);
        Ok(drawn.into_iter().map(|(_, drawn)| drawn).collect::<Result<_>>()?)
    }

    fn draw(&self, customers: &Customers, at: usize, folder: &NewFolder) -> Result<Drawn> {
        let pack = customers.pack(at)?;
        let customer = customers.entity(at).clone();
        let stem = mailing::stem(&customer);
        let mut mailed = Mailed { customer, ties: Vec::new(), money_ties: Vec::new(), files: Vec::new() };
        let mut entries = Vec::new();
        for format in &self.formats {
            let name = format!("{stem}.{}", format.name());
            let digest = folder.write(&name, |out| self.write(&pack, *format, out))?;
            entries.push(OutputEntry::new(&name, pack.detail.rows.len(), digest));
            mailed.files.push(name);
        }
        (mailed.ties, mailed.money_ties) = (pack.ties, pack.money_ties);
        Ok(Drawn { mailed, entries })
    }

    fn write(&self, pack: &Pack, format: StatementFormat, out: &mut dyn Write) -> Result<()> {
        match format {
            StatementFormat::Pack(format) => write_pack(pack, format, out),
            StatementFormat::Detail(Format::Csv) => write(&pack.detail, &FormatOptions::Csv(self.csv), out),
            StatementFormat::Detail(format) => write(&pack.detail, &format.with_defaults(), out),
        }
    }

    /// Writes what stands beside the statements, the manifest last.
    fn write_rest(
        &self,
        run: &Run<'_>,
        drawn: &[Drawn],
        folder: &NewFolder,
        configuration: &Configuration,
        rejects: &Option<Output>,
    ) -> Result<()> {
        let mailed: Vec<Mailed> = drawn.iter().map(|drawn| drawn.mailed.clone()).collect();
        let names: Vec<&str> = self.formats.iter().map(|format| format.name()).collect();
        let (totals, money_totals) = (run.customers.totals(), run.customers.money_totals());
        let mailing = Mailing {
            mailed: &mailed,
            formats: &names,
            provenance: run.customers.provenance(),
            totals: &totals,
            money_totals: &money_totals,
            letterhead: &self.letterhead,
        };
        let index = folder.write(INDEX, |out| mailing.write_index(out))?;
        let merge = folder.write(MAIL_MERGE, |out| mailing.write_mail_merge(&self.csv, out))?;
        let mut entries = vec![
            OutputEntry::new(&INDEX, drawn.len(), index),
            OutputEntry::new(&MAIL_MERGE, drawn.len(), merge),
        ];
        entries.extend(rejects.iter().flat_map(|output| output.entries.clone()));
        let statements = drawn.iter().map(StatementEntry::new).collect();
        let manifest = Manifest::new(run, configuration.source.as_ref(), statements, entries);
        folder.write(MANIFEST, |out| super::manifest::write(&manifest, out))?;
        Ok(())
    }
}

fn bar(done: &Arc<AtomicU64>, count: usize, is_quiet: bool) -> Bar {
    let style = ProgressStyle::with_template("{wide_bar} {msg}, {eta} left").expect("the template is one");
    let done = Arc::clone(done);
    Bar::draw_with(is_quiet, style, move |bar| {
        let position = done.load(Ordering::Relaxed);
        bar.set_length(count as u64);
        bar.set_position(position);
        bar.set_message(format!("{} of {} statements", grouped(position), grouped(count as u64)));
        bar.tick();
    })
}
