//! The command line's own words for what is wrong: which flag to add, to change or to leave out.

use std::error::Error as StdError;

use usagebook::book::Total;
use usagebook::error::Error;
use usagebook::report::{grouped, grouped_decimal};
use usagebook::write::visible::shown;

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
        Error::NotClosed { .. } => {
            "the difference of a month that is not closed needs --from with the id of a delivery; usagebook history \
             lists them"
                .to_owned()
        }
        error => error.to_string(),
    }
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
