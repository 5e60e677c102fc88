//! What an object that is no record is, and how to get at the records in it.

use serde_json::value::RawValue;

use super::json::{Entries, parse_object};
use super::values::shorten;
use crate::usage::Field;

/// How deep records are looked for.
const DEPTH_MAX: usize = 4;

/// In words what an object is, and what to do about it.
pub struct Shape {
    pub found: String,
    pub advice: String,
}

impl Shape {
    fn new(found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { found: found.into(), advice: advice.into() }
    }

    /// An object in the layout of a table, or with its records inside; `None` for any other object.
    pub fn of_layout(entries: &Entries) -> Option<Self> {
        let get =
            |name: &str| entries.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.get());
        let starts = |name: &str, start: char| get(name).is_some_and(|value| value.starts_with(start));
        if starts("columns", '[') && starts("data", '[') {
            return Some(Self::new(
                "a table with its columns apart from its rows, as pandas writes with orient='split'",
                jq(".columns as $c | [.data[] | [$c, .] | transpose | map({(.[0]): .[1]}) | add]"),
            ));
        }
        if starts("uuid", '{') {
            return Some(Self::new(
                "an object with all values of a field under its name, as pandas writes with orient='columns'",
                jq(
                    "to_entries as $f | [.uuid | keys_unsorted[] as $row | reduce $f[] as $e ({}; .[$e.key] = $e.value[$row])]",
                ),
            ));
        }
        if starts("uuid", '[') {
            return Some(Self::new(
                "an object with a list of all values of a field under its name",
                jq(
                    "to_entries as $f | [range(.uuid | length) as $row | reduce $f[] as $e ({}; .[$e.key] = $e.value[$row])]",
                ),
            ));
        }
        if get("tool") == Some("\"usagebook\"") {
            return Some(Self::new(
                "a report that usagebook wrote",
                "records as the portal has them; name the dump or the book that the report was made from",
            ));
        }
        if get("log").is_some_and(|log| log.contains("\"entries\"")) {
            return Some(Self::new(
                "a recording of a browser's requests (HAR)",
                jq("[.log.entries[].response.content.text | strings | fromjson? | arrays[]]"),
            ));
        }
        let path = path_to_records(entries, DEPTH_MAX)?;
        let inside = format!("an object with the records in {}", named(&path));
        Some(Self::new(inside, jq(if path == "[]" { "[.[]]" } else { &path })))
    }

    /// Any other object: an answer of the server by what it says.
    pub fn of_other(entries: &Entries) -> Self {
        let said = ["detail", "message", "error", "errors", "error_description", "non_field_errors"];
        let said = entries.0.iter().find(|(name, _)| said.contains(&name.as_ref()));
        match (said, entries.0.first()) {
            (Some((_, said)), _) => Self::of_answer(said.get()),
            (None, Some((name, _))) => Self::new(
                format!("an object that begins with the field {:?}", shorten(name, 60)),
                "the fields of a record; if this is a saved error, fetch the page again",
            ),
            (None, None) => Self::new(
                "an object without fields",
                "the fields of a record; if this is a saved error, fetch the page again",
            ),
        }
    }

    /// `answer` is a token of JSON.
    fn of_answer(answer: &str) -> Self {
        let lower = answer.to_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
        let advice = if has(&["invalid page"]) {
            "records; the server has no such page: the page before it is the last one. Compare the number of records \
             with the server's X-Result-Count, then remove this file"
        } else if has(&["token", "credential", "authenticat", "unauthorized", "login", "log in"]) {
            "records; the server did not accept the token: check that it is sent and has not expired, then fetch the \
             page again"
        } else if has(&["permission", "forbidden", "not allowed", "denied"]) {
            "records; the token may not see this list: ask for a role on the portal, then fetch the page again"
        } else if has(&["throttle", "too many", "rate limit"]) {
            "records; the server was asked too often: wait, then fetch the page again"
        } else if has(&["not found"]) {
            "records; the server does not know this address: check it, then fetch the page again"
        } else {
            "records; fetch the page again"
        };
        Self::new(format!("an error of the server, {}", shorten(answer, 120)), advice)
    }
}

/// A jq filter that makes records of a file.
fn jq(filter: &str) -> String {
    format!("an array of records: jq '{filter}' FILE > records.json makes one")
}

fn named(path: &str) -> String {
    match path {
        "[]" => "its fields, one in each".to_owned(),
        path => format!("{:?}", path.trim_start_matches('.')),
    }
}

/// The path in jq's words to a list of records within an object: `.data`, `.data.usages`; `[]` if each field holds
/// a record.
fn path_to_records(entries: &Entries, depth: usize) -> Option<String> {
    if entries.0.first().is_some_and(|(_, value)| is_record(value.get())) {
        return Some("[]".to_owned());
    }
    for (name, value) in &entries.0 {
        let is_word = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let step = if is_word { format!(".{name}") } else { format!(".[{:?}]", name) };
        let value = value.get();
        if value.starts_with('[') && has_records(value) {
            return Some(step);
        }
        if value.starts_with('{')
            && depth > 0
            && let Ok(inner) = parse_object(value.as_bytes())
            && let Some(path) = path_to_records(&inner, depth - 1)
        {
            return Some(if path == "[]" { format!("{step}[]") } else { step + &path });
        }
    }
    None
}

fn has_records(array: &str) -> bool {
    let items: Result<Vec<&RawValue>, _> = serde_json::from_str(array);
    items.is_ok_and(|items| items.first().is_some_and(|item| is_record(item.get())))
}

/// Whether an object has the fields that tell a record from everything else.
fn is_record(text: &str) -> bool {
    let Ok(entries) = parse_object(text.as_bytes()) else { return false };
    let has = |field: Field| entries.0.iter().any(|(name, _)| name == field.name());
    has(Field::Uuid) && has(Field::Usage)
}

/// The first value of an object that is none of JSON's, and its field's name: `NaN`, `None`, `True`.
pub fn foreign_token(text: &str) -> Option<(&str, &str)> {
    let mut rest = text;
    let mut name = "";
    while let Some(at) = rest.find(['"', ':']) {
        if rest.as_bytes()[at] == b'"' {
            let end = at + 1 + closing_quote(&rest[at + 1..])?;
            name = &rest[at + 1..end];
            rest = &rest[end + 1..];
            continue;
        }
        rest = rest[at + 1..].trim_start();
        let end = rest.find([',', '}', ']', '"', '{', '[']).unwrap_or(rest.len());
        let token = rest[..end].trim_end();
        if FOREIGN.contains(&token) {
            return Some((name, token));
        }
    }
    None
}

const FOREIGN: [&str; 13] = [
    "NaN",
    "nan",
    "Infinity",
    "-Infinity",
    "inf",
    "-inf",
    "None",
    "True",
    "False",
    "undefined",
    "NA",
    "NULL",
    "Null",
];

fn closing_quote(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(text: &str) -> Option<String> {
        let entries = parse_object(text.as_bytes()).unwrap();
        Shape::of_layout(&entries).map(|shape| format!("{}; {}", shape.found, shape.advice))
    }

    #[test]
    fn records_are_found_inside_of_objects() {
        let record = r#"{"uuid":"1","usage":1}"#;
        for (text, filter) in [
            (format!(r#"{{"data":[{record}]}}"#), "jq '.data' "),
            (format!(r#"{{"ok":true,"data":{{"usages":[{record}]}}}}"#), "jq '.data.usages' "),
            (format!(r#"{{"my data":[{record}]}}"#), r#"jq '.["my data"]' "#),
            (format!(r#"{{"0":{record},"1":{record}}}"#), "jq '[.[]]' "),
            (format!(r#"{{"schema":{{"fields":[]}},"data":[{record}]}}"#), "jq '.data' "),
        ] {
            let found = layout(&text).unwrap_or_default();
            assert!(found.contains(filter), "{text}: {found}");
        }
        for text in ["{}", r#"{"data":[]}"#, r#"{"data":[1]}"#, r#"{"uuid":"1","usage":1}"#] {
            assert_eq!(layout(text), None, "{text}");
        }
    }

    #[test]
    fn a_value_that_json_does_not_know_is_found_with_its_field() {
        assert_eq!(foreign_token(r#"{"a":"b: NaN, \"","usage": NaN}"#), Some(("usage", "NaN")));
        assert_eq!(foreign_token(r#"{"user":None}"#), Some(("user", "None")));
        assert_eq!(foreign_token(r#"{"usage":-Infinity,"x":1}"#), Some(("usage", "-Infinity")));
        assert_eq!(foreign_token(r#"{"username":"NaN","usage":1.5}"#), None);
    }
}
