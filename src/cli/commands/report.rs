//! `usagebook report`: from dumps to one report, or a pack of several, whole or not at all.

mod focus;
mod joined;
mod partitions;
pub mod request;
mod run;
mod sql;

use usagebook::cluster::{Cluster, EnginePaths, EngineSession};
use usagebook::error::Error;
use usagebook::usecase::{self, Answer, Question, ReportQuestion};
use usagebook::write::data_package::Described;
use usagebook::write::{write, write_pack};

use self::joined::Joined;
use self::request::{ReportRequest, Target};
use self::run::Run;
use crate::cli::arguments::ReportArguments;
use crate::cli::configuration;
use crate::cli::outputs::{self, Drawn};
use crate::cli::progress::Watch;
use crate::cli::terminal::Terminal;
use crate::cli::words::Misuse;
use crate::cli::{Status, inputs, prices};

pub fn run(mut arguments: ReportArguments) -> anyhow::Result<Status> {
    let configuration = configuration::settle(&mut arguments.inputs)?;
    if let Some(engine) = arguments.engine.print_sql {
        return sql::run(&arguments, &configuration, engine);
    }
    if arguments.engine.engine.is_none() && !arguments.engine.engine_path.is_empty() {
        return Err(Misuse { what: "--engine-path", need: "--engine or --print-sql" }.into());
    }
    let has_prices = prices::may_be_there(&arguments.prices, &arguments.book);
    let needs = [
        (arguments.join.journal.is_some(), "--journal"),
        (arguments.explain.explain_price, "--explain-price"),
    ];
    if let Some((_, what)) = needs.into_iter().find(|(is_asked, _)| *is_asked && !has_prices) {
        return Err(Misuse { what, need: "--prices" }.into());
    }
    let book = inputs::book(&arguments.book)?;
    let joined = Joined::read(&arguments, &configuration, book.as_ref())?;
    let own = inputs::attributes(&joined.attributes, book.as_ref());
    let request = ReportRequest::new(&arguments, &configuration, &own, Terminal::of_stdout())?;
    let run = Run::new(&arguments, &request.target, &configuration)?;
    joined.check(&request, has_prices)?;
    if arguments.explain.explain_price {
        request.target.check_rows("--explain-price")?;
    }
    if arguments.explain.reprice {
        request.target.check_rows("--reprice")?;
    }
    let focus_spec = focus::spec(&request.target, &arguments.focus, &configuration)?;
    let tariff = prices::tariff(&arguments.prices, &configuration)?;
    let watch = Watch::start()?.of(&arguments.inputs);
    let pseudonyms = arguments.output.pseudonyms.as_deref().map(inputs::pseudonyms).transpose()?;
    let paths = EnginePaths::new(&arguments.engine.engine_path)?;
    if arguments.engine.engine.is_some() && matches!(request.target, Target::Focus(..)) {
        return Err(Error::NotByEngine { what: "charges as FOCUS has them".to_owned() }.into());
    }
    let connect =
        |address: &String| EngineSession::connect(&address.parse()?, usecase::Watch::progress(&watch));
    let engine = arguments.engine.engine.as_ref().map(connect).transpose()?;
    let hashes_files = arguments.output.manifest.is_some() || matches!(request.target, Target::Pack(..));
    let question = ReportQuestion {
        records: Question {
            period: request.period,
            as_of: arguments.as_of,
            fiscal_year_start: request.fiscal_year_start,
            filters: request.filters.clone(),
            pseudonyms: pseudonyms.as_ref(),
            attributes: Some(&joined.attributes),
            tariff: tariff.as_ref(),
            basis: inputs::basis(arguments.basis.basis),
            parents: arguments.basis.parents.clone(),
            cluster: engine.as_ref().map(|session| Cluster::new(session, &paths)),
            ..inputs::question(&arguments.inputs, &arguments.book, book.as_ref(), hashes_files)?
        },
        layout: request.layout.clone(),
        budget: joined.budget.as_ref(),
        journal: joined.mapping.as_ref(),
        reads_all: arguments.read_all,
    };
    let hashing = run.hashing();
    let status = match &request.target {
        Target::Report(path, options) if arguments.explain.explain_price => {
            let explained = usecase::explain_prices(&question, &watch)?;
            run.explained(explained, path.as_deref(), options)
        }
        Target::Report(path, options) if arguments.explain.reprice => {
            run.repriced(&usecase::reprice(&question.records, &watch)?, path.as_deref(), options)
        }
        Target::Report(path, options) => {
            let answer = usecase::report(&question, &watch)?;
            run.finish(answer, &watch, |Answer { result: report, .. }| {
                let output =
                    outputs::write(path.as_deref(), report.rows.len(), hashing, options.into(), |out| {
                        write(report, options, out)
                    })?;
                run.described(report, Described::File(options), output)
            })
        }
        Target::Partitions(folder, options) => {
            let answer = usecase::report(&question, &watch)?;
            run.finish(answer, &watch, |Answer { result: report, spec, .. }| {
                let output =
                    partitions::prepare(report, spec.period, (folder, options), arguments.output.prune);
                run.described(report, Described::Partitions, output?)
            })
        }
        Target::Pack(path, format) => {
            let answer = usecase::pack(&question, &request.parts, &watch)?;
            run.finish(answer, &watch, |Answer { result: pack, .. }| {
                let rows = pack.detail.rows.len();
                outputs::write(path.as_deref(), rows, hashing, Drawn::ForPrograms, |out| {
                    write_pack(pack, *format, out)
                })
                .map(|output| vec![output])
            })
        }
        Target::Focus(path, format) => {
            let answer = usecase::focus(&question, arguments.focus.version(), &watch)?;
            let spec = focus_spec.expect("it was made with the target");
            if !arguments.inputs.quiet {
                focus::say_version(&arguments.focus);
                focus::say_idle_services(&spec, &answer.frame);
            }
            run.finish(answer, &watch, |answer| {
                focus::say_tie(&answer.result);
                focus::say_invoices(&answer.result, &arguments.focus);
                focus::write(&spec, answer, (path.as_deref(), *format), &arguments.focus, hashing)
            })
        }
    };
    // All figures are there: what the engine says at the end changes none.
    let _ = engine.map(EngineSession::end);
    status
}
