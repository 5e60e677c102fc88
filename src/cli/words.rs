//! The command line's own words for what is wrong: which flag to add, to change or to leave out.

use std::error::Error as StdError;

use usagebook::error::Error;
use usagebook::report::grouped;

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
        Error::NotClosed { .. } => {
            "the difference of a month that is not closed needs --from with the id of a delivery; usagebook history \
             lists them"
                .to_owned()
        }
        error => error.to_string(),
    }
}
