//! `usagebook check`: from dumps to one verdict.

use usagebook::files::hashing::Hashing;
use usagebook::usecase::{self, CheckQuestion, Question};
use usagebook::write::table::TableOptions;
use usagebook::write::verdict::{VerdictFormat, write_verdict};

use crate::cli::arguments::{CheckArguments, CheckFormatChoice, PriceArguments};
use crate::cli::configuration;
use crate::cli::notices::say;
use crate::cli::outputs::{self, Drawn, Output};
use crate::cli::progress::Watch;
use crate::cli::terminal::Terminal;
use crate::cli::{Status, faults, inputs, places, prices};

pub fn run(mut arguments: CheckArguments) -> anyhow::Result<Status> {
    let configuration = configuration::settle(&mut arguments.inputs)?;
    let period = inputs::period(arguments.period.as_deref())?;
    places::check_rejects(&arguments.inputs, &[])?;
    let watch = Watch::start()?.of(&arguments.inputs);
    let book = inputs::book(&arguments.book)?;
    let tariff = prices::tariff(&PriceArguments {
        prices: arguments.prices.clone(),
        currency: arguments.currency.clone(),
        exchange_rates: arguments.exchange_rates.clone(),
        unpriced: None,
    })?;
    let question = CheckQuestion {
        records: Question {
            period,
            tariff: tariff.as_ref(),
            as_of: arguments.as_of,
            fiscal_year_start: configuration.fiscal_year_start(arguments.fiscal_year_start),
            ..inputs::question(&arguments.inputs, &arguments.book, book.as_ref(), false)?
        },
        parents: arguments.parents.clone(),
        invoices: arguments.invoices.clone(),
        accepts_incomplete: arguments.inputs.accept_incomplete,
    };
    let mut checks = usecase::check(&question, &watch)?;
    let verdict = &checks.verdict;
    say(format_args!("{}", verdict.accounting));
    places::check_rejects_no_input(&arguments.inputs, &checks.files)?;
    let rejects = faults::prepare(&mut checks.rejected, arguments.inputs.rejects(), Hashing::Off)?;
    let drawn = match arguments.format {
        CheckFormatChoice::Json => Drawn::ForPrograms,
        CheckFormatChoice::Table => Drawn::ForPeople,
    };
    outputs::print(verdict.checks.len(), Hashing::Off, drawn, |out| {
        write_verdict(verdict, format(&arguments), out)
    })?;
    rejects.map_or(Ok(()), Output::commit)?;
    Ok(if verdict.has_warnings() { Status::Warnings } else { Status::Done })
}

fn format(arguments: &CheckArguments) -> VerdictFormat {
    match arguments.format {
        CheckFormatChoice::Json => VerdictFormat::Json,
        CheckFormatChoice::Table => {
            let Terminal { width, has_color, .. } = Terminal::of_stdout();
            let options = TableOptions { width, has_color };
            VerdictFormat::Table { options, hides_notes: arguments.inputs.quiet }
        }
    }
}
