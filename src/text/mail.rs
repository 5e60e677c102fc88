//! E-mail addresses as people write them into a cell.

/// What a cell of e-mail addresses should be.
pub(crate) const ADDRESSES_EXPECTED: &str = "e-mail addresses as office@example.org or Office <office@example.org>, separated by commas or semicolons";

/// The longest that mail servers take, by RFC 5321.
const ADDRESS_MAX: usize = 254;

/// The addresses in a text: `Office <a@example.org>; b@example.org` has two. `None` if any of it is something else.
pub(crate) fn mail_addresses(text: &str) -> Option<Vec<String>> {
    items(text).map(|item| mail_address(item).map(str::to_owned)).collect()
}

/// Whether a word is an address of ASCII letters, as every mail server takes it.
pub(crate) fn is_mail_address(word: &str) -> bool {
    let is_atom = |atom: &str| {
        !atom.is_empty()
            && atom.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+/=?^_`{|}~-".contains(&byte))
    };
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    word.len() <= ADDRESS_MAX
        && word.split_once('@').is_some_and(|(user, host)| {
            user.split('.').all(is_atom) && host.contains('.') && host.split('.').all(is_label)
        })
}

/// What stands between commas, semicolons and line ends, those in quotation marks aside.
fn items(text: &str) -> impl Iterator<Item = &str> {
    let mut is_quoted = false;
    let ends = move |letter: char| {
        is_quoted ^= letter == '"';
        !is_quoted && matches!(letter, ',' | ';' | '\n')
    };
    text.split(ends).map(str::trim).filter(|item| !item.is_empty())
}

/// The address of `Office <a@example.org>`, of `mailto:a@example.org` or of the address alone.
fn mail_address(item: &str) -> Option<&str> {
    let address = match item.strip_suffix('>') {
        Some(named) => {
            let (name, address) = named.split_once('<')?;
            (!name.contains(['@', '>'])).then_some(address)?
        }
        None => item,
    };
    let address = address.strip_prefix("mailto:").unwrap_or(address);
    is_mail_address(address).then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_in_what_people_write() {
        for (text, expected) in [
            ("a@b.org", vec!["a@b.org"]),
            ("Office <a@b.org>, c@d.org", vec!["a@b.org", "c@d.org"]),
            ("\"Doe, Jane\" <jane.doe@b.org>;\nmailto:c@d-e.org;", vec!["jane.doe@b.org", "c@d-e.org"]),
        ] {
            assert_eq!(
                mail_addresses(text).as_deref(),
                Some(&*expected.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>()),
                "{text}"
            );
        }
    }

    #[test]
    fn a_text_that_is_more_than_addresses_has_none_that_somebody_else_would_get() {
        for text in [
            "a b@x.org",
            "a@x.org\nBcc: evil@x.org",
            "a@x.org\u{2028}evil@x.org",
            "a@x.org>, <evil@x.org",
            "a@x.org?bcc=evil@x.org",
            "a@x..org",
            "a..b@x.org",
            "a@x",
            "@x.org",
            "üñï@x.org",
            "evil@y.org <a@x.org>",
        ] {
            assert_eq!(mail_addresses(text), None, "{text}");
        }
    }
}
