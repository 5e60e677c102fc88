//! The names of columns as people and programs spell them: `Billing Period`, `UUID`, ` usage`.

/// Which of the known names each column has, and nothing for a column with none of them.
///
/// A name that is spelled exactly counts before others. A column that is spelled otherwise (in capitals, with spaces
/// or without underscores) has a name if no other column has it.
pub fn known_names<'k>(columns: &[String], known: &[&'k str]) -> Vec<Option<&'k str>> {
    let exact = |column: &String| known.iter().copied().find(|name| name == column);
    let loose = |column: &String| known.iter().copied().find(|name| folded(name) == folded(column));
    let mut names: Vec<Option<&str>> = columns.iter().map(exact).collect();
    let loose: Vec<Option<&str>> = columns.iter().map(loose).collect();
    for (at, name) in loose.iter().enumerate() {
        let is_only = loose.iter().filter(|other| *other == name).count() == 1;
        if names[at].is_none() && is_only {
            names[at] = *name;
        }
    }
    names
}

/// Letters and digits in small letters.
fn folded(name: &str) -> String {
    name.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(columns: &[&str]) -> Vec<Option<&'static str>> {
        let columns: Vec<String> = columns.iter().map(|name| (*name).to_owned()).collect();
        known_names(&columns, &["billing_period", "uuid", "usage"])
    }

    #[test]
    fn names_are_known_in_any_spelling_that_only_one_column_has() {
        let all = [Some("billing_period"), Some("uuid"), Some("usage")];
        for columns in [
            ["billing_period", "uuid", "usage"],
            ["Billing Period", "UUID", " usage "],
            ["BillingPeriod", "Uuid", "USAGE"],
            ["billing-period", "\u{a0}uuid", "us_age"],
        ] {
            assert_eq!(names(&columns), all, "{columns:?}");
        }
        assert_eq!(names(&["usage", "Usage", "note"]), [Some("usage"), None, None]);
        assert_eq!(names(&["USAGE", "Usage"]), [None, None]);
        assert_eq!(names(&["usage", "usage"]), [Some("usage"), Some("usage")]);
    }
}
