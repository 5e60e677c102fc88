//! The command line's own words for what is wrong: which flag to add, to change or to leave out.

use std::error::Error as StdError;

use usagebook::book::Total;
use usagebook::conflict::Conflict;
use usagebook::error::{Error, Remedy};
use usagebook::text::visible::shown;
use usagebook::text::{grouped, grouped_decimal};

/// The usage of a month's total and its unit: `1,012.50` and `hours`, or `(none)`.
pub fn usage_and_unit(total: &Total) -> [String; 2] {
    [grouped_decimal(&total.usage.to_string()), shown(&total.measured_unit).into_owned()]
}

/// What is wrong and what caused it, in one line.
pub fn message(error: &anyhow::Error) -> String {
    error.chain().map(of_cause).collect::<Vec<_>>().join(": ")
}

fn of_cause(cause: &(dyn StdError + 'static)) -> String {
    let boxed = || cause.downcast_ref::<Box<Error>>().map(Box::as_ref);
    cause.downcast_ref::<Error>().or_else(boxed).map_or_else(|| cause.to_string(), of_error)
}

fn of_error(error: &Error) -> String {
    match error {
        Error::Rejected { faults } => {
            let count = faults.count();
            let (were, them) =
                if count == 1 { ("record or file was", "it") } else { ("records or files were", "them") };
            format!(
                "{} {were} rejected, so nothing was written; correct {them}, or continue without {them}: --rejects FILE",
                grouped(count)
            )
        }
        Error::OpenWarnings { period, open, book, version } => {
            let book = book.display();
            let version = version.as_ref().map(|version| format!(" --version {version}")).unwrap_or_default();
            let code = open.first().map(|(code, _)| code.name()).unwrap_or_default();
            format!(
                "{error}. `usagebook check --book {book} --period {period}{version}` shows them; correct the data, or answer for each: \
                 usagebook acknowledge {period} {code} --book {book} --by-whom NAME --reason TEXT"
            )
        }
        Error::NotClosed { .. } => {
            "the difference of a month that is not closed needs --from with the id of a delivery; usagebook history \
             lists them"
                .to_owned()
        }
        Error::Conflict(conflict) => of_conflict(*conflict),
        Error::Refused { period, reason, remedy } => format!("{period}: {reason}; {}", of_remedy(*remedy)),
        Error::BadParameter { parameter: "budget" | "by" | "currency" | "format", .. } => format!("--{error}"),
        error => format!("{error}{}", advice(error)),
    }
}

/// Which flag helps, to follow what is wrong.
fn advice(error: &Error) -> String {
    match error {
        Error::BadConfiguration { .. } => ", or name another file by --config".to_owned(),
        Error::AmbiguousName { kind, .. } => format!(", as --{kind}-uuid UUID"),
        Error::NotStaged { label } => format!("; stage it first: usagebook stage {} --to DIR", shown(label)),
        Error::PathForEngine { .. } => "; name it otherwise by --engine-path HERE=THERE, or move the folder".to_owned(),
        Error::NotInStatements { .. } => "; leave --print-sql or --engine out to have usagebook compute the report".to_owned(),
        Error::NotByEngine { .. } | Error::UsersNotCounted => "; leave --engine out to have usagebook compute it".to_owned(),
        Error::RejectedInEngine { .. } => {
            "; the report without --engine says which records these are, and --rejects FILE lists them".to_owned()
        }
        Error::BookAsInput { path } => format!("; name it by --book {}", path.display()),
        Error::StatementsIncomplete { .. } => {
            " Use --accept-incomplete to write the statements nevertheless".to_owned()
        }
        Error::WithoutFeature { feature, .. } => format!(": cargo install usagebook --features {feature}"),
        Error::WithoutCluster => ": cargo install usagebook --features cluster".to_owned(),
        Error::DecimalTooLarge { .. } => "; write it with --parquet-decimal 38".to_owned(),
        Error::NoComponentUsages { .. } => "; add them by --parents, or leave --basis out".to_owned(),
        Error::NotABook { path } => format!("; usagebook add INPUT --book {} --new makes one", path.display()),
        Error::BookThere { .. } => "; leave --new out, or name another folder".to_owned(),
        Error::RootLost { folder, .. } => {
            format!("; `usagebook repair --book {}` puts back what can be proved", folder.display())
        }
        Error::GenerationUnclear { .. } => {
            ". `usagebook repair --generation NUMBER` goes back to one of them, and drops what was committed after it".to_owned()
        }
        Error::BookLocked { note: None, .. } => ", or raise --lock-timeout".to_owned(),
        Error::FutureDelivery { .. } => ", or add --accept-future".to_owned(),
        Error::SeenInPart { period } => format!(": --complete {period} --customer UUID"),
        Error::FolderTaken { .. } => ", --resume goes on with an earlier one".to_owned(),
        Error::PullInterrupted => ", and --resume goes on with it".to_owned(),
        Error::FrozenPricesDiffer { .. } => {
            ". Leave --prices out to report what the months were closed with, compare the two with --reprice, or publish a month with the \
             new prices: usagebook restate"
                .to_owned()
        }
        Error::FrozenBasisDiffers { .. } => "; leave --basis out, or report on the months one by one".to_owned(),
        Error::NothingFrozen => "; report with --prices, and without --reprice".to_owned(),
        Error::BillsOfParts { filter, .. } => format!("; leave --{} out", filter.replace('_', "-")),
        Error::ClosedAttributesLack { period, book, .. } => format!(
            ": publish it again with a table that has them: usagebook restate {period} --book {} --attributes FILE --note TEXT",
            book.display()
        ),
        Error::NoPrices => "; add --prices FILE".to_owned(),
        Error::PriceMissing { .. } => "; add it there, or choose --unpriced zero or omit (unpriced in [month] of the configuration)".to_owned(),
        Error::RateMissing { path: None, .. } => {
            ": name their file by --exchange-rates, or by exchange_rates in [month] of the configuration".to_owned()
        }
        Error::Unlistenable { .. } => "; choose another with --listen".to_owned(),
        _ => String::new(),
    }
}

fn of_remedy(remedy: Remedy) -> String {
    match remedy {
        Remedy::ServersTimezone => {
            "a billing period that is missing is derived from date: make the book in the server's --timezone"
                .to_owned()
        }
        Remedy::NotAsComplete => {
            "leave --complete out, or take them as complete with --accept-incomplete".to_owned()
        }
        Remedy::AllowRetiring => {
            "if they are gone from the server, allow that by --retire-up-to N".to_owned()
        }
        Remedy::LaterDump | Remedy::WholeDump => format!("{remedy}, or close it with --accept-incomplete"),
        _ => remedy.to_string(),
    }
}

fn of_conflict(conflict: Conflict) -> String {
    let words = match conflict {
        Conflict::BasisWithoutComponentUsages => {
            "--basis component-usage needs component usages: --parents INPUT, or a book that has them"
        }
        Conflict::ComparisonPivoted => "--compare needs rows of periods; leave --pivot out",
        Conflict::PreviousMonthOfLongerPeriods => "--compare previous-month needs months; put period in --by",
        Conflict::PreviousMonthOfSeveral => {
            "--compare previous-month needs one month; put period in --by or name one by --period"
        }
        Conflict::PreviousYearOfSeveral => {
            "--compare previous-year needs at most a year; put period in --by or name one by --period"
        }
        Conflict::LikeForLikeWithoutPeriod => "--compare like-for-like needs a period; name one by --period",
        Conflict::PivotWithoutPeriod => "--pivot needs a column of time; put period, quarter or year in --by",
        Conflict::RatesWithoutCurrency => "--exchange-rates needs --currency, to convert to",
        Conflict::ZeroWithoutCurrency => {
            "--unpriced zero needs one currency for usage without a price: --currency, or a price list of one currency"
        }
        Conflict::PartitionsWithoutPeriod => "--partition-by period needs the dimension period, as a column",
        Conflict::DescribedTotals => "--data-package needs rows of one kind; leave --totals out",
        Conflict::DescribedRows => "--data-package needs -o FILE with csv, tsv or parquet",
        Conflict::RowsAsParquet => {
            "--format parquet needs a report; choose table, csv, tsv, json, ndjson or markdown"
        }
        Conflict::SemicolonForPrograms => "--csv-separator semicolon needs --csv-profile excel",
        Conflict::DecimalCommaForPrograms => "--csv-decimal comma needs --csv-profile excel",
        Conflict::PseudonymsOfNamedUsers => {
            "--pseudonyms needs --attributes without offering users, which name the people behind usernames"
        }
        Conflict::BudgetPivoted => "--budget needs rows of months; leave --pivot out",
        Conflict::BudgetOfTop => "--budget needs all rows; leave --top out",
        Conflict::ResumedOtherwise => {
            "--resume needs the --url, --period and filters with which the pull began"
        }
        Conflict::AddressUnusable => {
            "--url needs an address as https://portal.example.org, without a password or parameters"
        }
        Conflict::OpenToMachines => {
            "--listen with an address that other machines reach needs a token, by --token-file or the environment's \
             USAGEBOOK_TOKEN"
        }
        Conflict::OpenToPages => {
            "--cors-origin with * or null, which lets any web page that is open on this machine read the usage, needs \
             a token, by --token-file or the environment's USAGEBOOK_TOKEN"
        }
        _ => return conflict.to_string(),
    };
    words.to_owned()
}

/// Arguments that exclude each other, or lack another.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("{what} needs {need}")]
pub struct Misuse {
    pub what: &'static str,
    pub need: &'static str,
}

/// Whether the request was wrong, not the data, the disk or the network.
pub fn is_misuse(error: &anyhow::Error) -> bool {
    error.is::<Misuse>() || error.downcast_ref::<Error>().is_some_and(Error::is_usage)
}

#[cfg(test)]
mod tests {
    use usagebook::Quantity;

    use super::*;

    #[test]
    fn usage_is_grouped_and_no_unit_has_a_word() {
        let total = |usage: &str, unit: &str| Total {
            measured_unit: unit.to_owned(),
            usage: Quantity::parse(usage.as_bytes()).expect("a decimal"),
            records: 1,
        };
        assert_eq!(usage_and_unit(&total("1012.50", "hours")), ["1,012.50", "hours"]);
        assert_eq!(usage_and_unit(&total("-1234567.00", "")), ["-1,234,567.00", "(none)"]);
    }
}
