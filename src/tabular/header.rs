//! The names of columns as people and programs spell them: `Billing Period`, `UUID`, ` usage`.

/// Which of the known names each column has, and nothing for a column with none of them.
///
/// A name that is spelled exactly counts before others. A column that is spelled otherwise (in capitals, with spaces
/// or without underscores) has a name if no other column has it.
pub(crate) fn known_names<'k>(columns: &[String], known: &[&'k str]) -> Vec<Option<&'k str>> {
    let exact = |column: &String| known.iter().copied().find(|name| name == column);
    let folded_names: Vec<String> = known.iter().map(|name| folded(name)).collect();
    let mut names: Vec<Option<&str>> = columns.iter().map(exact).collect();
    let mut loose: Vec<Vec<usize>> = vec![Vec::new(); known.len()];
    for (at, column) in columns.iter().enumerate() {
        let column = folded(column);
        let name = folded_names.iter().position(|name| *name == column);
        name.into_iter().for_each(|name| loose[name].push(at));
    }
    for (columns, name) in loose.iter().zip(known) {
        if let [only] = columns[..] {
            names[only] = names[only].or(Some(*name));
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
