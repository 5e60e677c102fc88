//! Names of files: readable, safe on every disk, and never one name for two customers.

use sha2::{Digest, Sha256};

use crate::text::{hex, uuid_text};

/// As many characters of a name as a list of files has room for.
const SLUG_MAX: usize = 60;

/// What stands for names that have no letter or digit which every disk knows.
const NAMELESS: &str = "customer";

/// Letters of Latin scripts by those that they are written with where there are no others.
const LETTERS: [(&str, &str); 30] = [
    ("àáâãåāăąǎ", "a"),
    ("äæ", "ae"),
    ("çćĉċč", "c"),
    ("ďđð", "d"),
    ("èéêëēĕėęě", "e"),
    ("ĝğġģ", "g"),
    ("ĥħ", "h"),
    ("ìíîïĩīĭįı", "i"),
    ("ĳ", "ij"),
    ("ĵ", "j"),
    ("ķĸ", "k"),
    ("ĺļľŀł", "l"),
    ("ñńņňŋ", "n"),
    ("òóôõøōŏő", "o"),
    ("öœ", "oe"),
    ("ŕŗř", "r"),
    ("śŝşšș", "s"),
    ("ß", "ss"),
    ("ţťŧț", "t"),
    ("þ", "th"),
    ("ùúûũūŭůűų", "u"),
    ("ü", "ue"),
    ("ŵ", "w"),
    ("ýÿŷ", "y"),
    ("źżž", "z"),
    ("²", "2"),
    ("³", "3"),
    ("¹", "1"),
    ("&＆", "-and-"),
    ("@", "-at-"),
];

/// `universitaet-zuerich-b4113e8aafe34c22b8990caac60001e3`: what the files of a recipient begin with.
pub(crate) fn stem(name: &str, uuid: Option<u128>) -> String {
    match uuid {
        Some(uuid) => stem_of(name, uuid),
        None => stem_of_text(name),
    }
}

/// The same of whatever has a name and a uuid.
fn stem_of(name: &str, uuid: u128) -> String {
    format!("{}-{}", slug(name), uuid_text(uuid))
}

/// `cc-4100-6f2a1b3c4d5e6f70`: what the files of a text begin with; the digits are of its SHA-256.
fn stem_of_text(text: &str) -> String {
    let digest = hex(&Sha256::digest(text.as_bytes()));
    format!("{}-{}", slug(text), &digest[..16])
}

/// Lower-case ASCII letters and digits with single hyphens between.
fn slug(name: &str) -> String {
    let mut slug = String::new();
    for character in name.chars().flat_map(char::to_lowercase) {
        let spelled = LETTERS.iter().find(|(letters, _)| letters.contains(character));
        match spelled {
            Some((_, spelled)) => slug.push_str(spelled),
            None if character.is_ascii_alphanumeric() => slug.push(character),
            // Marks that stand on the letter before.
            None if ('\u{300}'..='\u{36f}').contains(&character) || character == '\'' || character == '’' =>
                {}
            None => slug.push('-'),
        }
    }
    let words: Vec<&str> = slug.split('-').filter(|word| !word.is_empty()).collect();
    let mut slug = words.join("-");
    slug.truncate(SLUG_MAX);
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { NAMELESS.to_owned() } else { slug.to_owned() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_spelled_with_letters_that_every_disk_knows() {
        for (name, expected) in [
            ("Acme, Inc. \"Research\"", "acme-inc-research"),
            ("Universität Zürich – Forschung", "universitaet-zuerich-forschung"),
            ("O'Brien & Søn; A/S", "obrien-and-son-a-s"),
            ("Tartu Ülikool", "tartu-uelikool"),
            ("İstanbul Café", "istanbul-cafe"),
            ("../../etc/passwd", "etc-passwd"),
            ("東京大学", "customer"),
            ("", "customer"),
            ("CON", "con"),
        ] {
            assert_eq!(slug(name), expected, "{name}");
        }
    }

    proptest! {
        #[test]
        fn any_name_makes_a_safe_one_and_uuids_keep_them_apart(name in "\\PC{0,90}", uuid: u128, other: u128) {
            let of = |uuid| stem(&name, Some(uuid));
            let stem = of(uuid);
            prop_assert!(stem.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'), "{}", stem);
            prop_assert!((34..=93).contains(&stem.len()) && !stem.starts_with('-') && !stem.contains("--"), "{}", stem);
            prop_assert_eq!(stem == of(other), uuid == other);
        }
    }
}
