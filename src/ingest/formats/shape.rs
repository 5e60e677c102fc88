//! What an object that is no record is, and how to get at the records in it.

use serde_json::value::RawValue;

use super::json::{Entries, parse_object};
use super::sniff;
use crate::tabular::foreign::is_escaped_json;
use crate::tabular::numbers::{Mark, plain};
use crate::text::shorten;
use crate::usage::Field;

/// How deep records are looked for.
const DEPTH_MAX: usize = 4;

/// What an object is in, so that a filter can reach what is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Around {
    /// It is the file.
    File,
    Array,
    /// A line is an object.
    Lines,
}

impl Around {
    /// By the place of the object in its file.
    pub(crate) fn at(offset: u64) -> Self {
        // With or without a byte order mark before it.
        if matches!(offset, 0 | 3) { Self::File } else { Self::Array }
    }
}

/// In words what an object is, and what to do about it.
pub(crate) struct Shape {
    pub found: String,
    pub advice: String,
}

impl Shape {
    fn new(found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { found: found.into(), advice: advice.into() }
    }

    /// An object in the layout of a table, or with its records inside; `None` for any other object.
    /// `is_one` tells what is looked for inside.
    pub(crate) fn of_layout(entries: &Entries, around: Around, is_one: IsOne) -> Option<Self> {
        let get =
            |name: &str| entries.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.get());
        let starts = |name: &str, start: char| get(name).is_some_and(|value| value.starts_with(start));
        if starts("columns", '[') && starts("data", '[') {
            return Some(Self::new(
                "a table with its columns apart from its rows, as pandas writes with orient='split'",
                jq_each(".columns as $c | .data[] | [$c, .] | transpose | map({(.[0]): .[1]}) | add", around),
            ));
        }
        if starts("uuid", '{') {
            return Some(Self::new(
                "an object with all values of a field under its name, as pandas writes with orient='columns'",
                jq_each(
                    "to_entries as $f | .uuid | keys_unsorted[] as $row | reduce $f[] as $e ({}; .[$e.key] = $e.value[$row])",
                    around,
                ),
            ));
        }
        if starts("uuid", '[') {
            return Some(Self::new(
                "an object with a list of all values of a field under its name",
                jq_each(
                    "to_entries as $f | range(.uuid | length) as $row | reduce $f[] as $e ({}; .[$e.key] = $e.value[$row])",
                    around,
                ),
            ));
        }
        if get("tool") == Some("\"usagebook\"") {
            return Some(Self::new(
                sniff::REPORT,
                format!("records as the portal has them; {}", sniff::NO_REPORT),
            ));
        }
        if get("log").is_some_and(|log| log.contains("\"entries\"")) {
            return Some(Self::new(
                "a recording of a browser's requests (HAR)",
                jq_each(
                    ".log.entries[].response.content | select(.text) | if .encoding == \"base64\" then .text | @base64d else .text end | fromjson? | arrays[]",
                    around,
                ),
            ));
        }
        if get("info").is_some_and(|info| info.contains("getpostman.com")) {
            let advice = "records; in Postman send the request, then use Save Response to a file";
            return Some(Self::new("a collection of Postman", advice));
        }
        if get("openapi").is_some() || get("swagger").is_some() {
            let advice = "records; fetch the list itself, as /api/marketplace-component-user-usages/";
            return Some(Self::new("a description of an API (OpenAPI)", advice));
        }
        if starts("fields", '{') && get("pk").is_some() {
            let inside = "an object of Django's dumpdata, with the record in \"fields\"";
            return Some(Self::new(inside, jq_in(&Path::record(".fields"), around)));
        }
        let path = path_to_records(entries, is_one)?;
        let inside = format!("an object with the records in {}", path.named());
        Some(Self::new(inside, jq_in(&path, around)))
    }

    /// Any other object: an answer of the server by what it says.
    pub(crate) fn of_other(entries: &Entries) -> Self {
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

/// A filter that makes several records of an object, which may be in an array or a line.
fn jq_each(filter: &str, around: Around) -> String {
    match around {
        Around::File => jq(&format!("[{filter}]")),
        Around::Array => jq(&format!("[.[] | {filter}]")),
        Around::Lines => jq_of_lines(&format!("[.[] | {filter}]")),
    }
}

/// A filter of all lines of a file at once.
fn jq_of_lines(filter: &str) -> String {
    format!("an array of records: jq -s '{filter}' FILE > records.json makes one")
}

/// The same of the records at a path, in each object of an array or of lines.
fn jq_in(path: &Path, around: Around) -> String {
    let Path { steps, is_list, .. } = path;
    let each = if *is_list { "[]" } else { "" };
    let each = if steps.ends_with("fromjson") && *is_list { " | .[]" } else { each };
    match around {
        Around::File if steps.is_empty() => jq("[.[]]"),
        Around::File => jq(steps),
        Around::Array => jq(&format!("[.[]{steps}{each}]")),
        Around::Lines => jq_of_lines(&format!("[.[]{steps}{each}]")),
    }
}

/// Where records are within an object, in jq's words.
pub(crate) struct Path {
    /// `.data`, `.data.usages`, `.usages["2026-10"]`; empty if each field holds a record.
    steps: String,
    /// Whether there is a list of records, not a single one.
    is_list: bool,
}

impl Path {
    fn list(steps: &str) -> Self {
        Self { steps: steps.to_owned(), is_list: true }
    }

    fn record(steps: &str) -> Self {
        Self { steps: steps.to_owned(), is_list: false }
    }

    pub(crate) fn named(&self) -> String {
        match self.steps.split(" | ").next().unwrap_or_default() {
            "" => "its fields, one in each".to_owned(),
            steps => format!("{:?}", steps.trim_start_matches('.')),
        }
    }
}

/// Tells by its fields whether an object is one of those that are looked for.
pub(crate) type IsOne = fn(&Entries) -> bool;

/// The path to a list of records, or of other objects, within an object.
pub(crate) fn path_to_records(entries: &Entries, is_one: IsOne) -> Option<Path> {
    path_within(entries, "", DEPTH_MAX, is_one)
}

fn path_within(entries: &Entries, above: &str, depth: usize, is_one: IsOne) -> Option<Path> {
    let is_record = |text: &str| parse_object(text.as_bytes()).is_ok_and(|entries| is_one(&entries));
    let has_records = |array: &str| {
        let items: Result<Vec<&RawValue>, _> = serde_json::from_str(array);
        items.is_ok_and(|items| items.first().is_some_and(|item| is_record(item.get())))
    };
    let is_in = |value: &RawValue| is_record(value.get());
    // Objects by numbers or uuids, as pandas writes with orient='index'.
    if entries.0.len() > 1 && entries.0.iter().take(2).all(|(_, value)| is_in(value)) {
        let each = if above.is_empty() { String::new() } else { format!("{above}[]") };
        return Some(Path { steps: each, is_list: above.is_empty() });
    }
    for (name, value) in &entries.0 {
        let is_word = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && !name.starts_with(|first: char| first.is_ascii_digit());
        let step = match (is_word, above) {
            (true, above) => format!("{above}.{name}"),
            (false, "") => format!(".[{name:?}]"),
            (false, above) => format!("{above}[{name:?}]"),
        };
        let value = value.get();
        if value.starts_with('[') && has_records(value) {
            return Some(Path::list(&step));
        }
        if value.starts_with('{') && is_record(value) {
            return Some(Path::record(&step));
        }
        if let Some(text) = value.strip_prefix('"')
            && is_escaped_json(text.as_bytes())
            && let Ok(text) = serde_json::from_str::<String>(value)
            && (has_records(&text) || is_record(&text))
        {
            let steps = format!("{step} | fromjson");
            return Some(if text.starts_with('[') { Path::list(&steps) } else { Path::record(&steps) });
        }
        if value.starts_with('{')
            && depth > 0
            && let Ok(inner) = parse_object(value.as_bytes())
            && let Some(path) = path_within(&inner, &step, depth - 1, is_one)
        {
            return Some(path);
        }
    }
    None
}

/// Whether an object has the fields that tell a record from everything else.
pub(crate) fn is_record(entries: &Entries) -> bool {
    let has = |field: Field| entries.0.iter().any(|(name, _)| name == field.name());
    // Component usages have a usage too, invoices and their items have others.
    let is_of_invoice = |name: &str| matches!(name, "items" | "quantity");
    has(Field::Uuid) && (has(Field::Usage) || entries.0.iter().any(|(name, _)| is_of_invoice(name)))
}

/// Whether an object is one of the portal's, whose lists of all kinds have a uuid or a URL.
pub(crate) fn is_of_portal(entries: &Entries) -> bool {
    entries.0.iter().any(|(name, _)| matches!(name.as_ref(), "uuid" | "url"))
}

/// The first value of an object that is none of JSON's, and its field's name: `NaN`, `None`, `True`.
pub(crate) fn foreign_token(text: &str) -> Option<(&str, &str)> {
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
        if FOREIGN.contains(&token) || number_of_json(token).is_some() {
            return Some((name, token));
        }
    }
    None
}

/// How JSON writes a number that it does not know: 0.5 for `.5`, 5 for `5.` and `+5`.
pub(crate) fn number_of_json(token: &str) -> Option<String> {
    let is_known = serde_json::from_str::<serde_json::Number>(token).is_ok();
    let is_number = token.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+'));
    let plain = plain(token, Some(Mark::Point)).ok().filter(|_| is_number && !is_known)?;
    let (sign, digits) = plain.strip_prefix('-').map_or(("", &*plain), |digits| ("-", digits));
    let digits = digits.trim_start_matches('0');
    let zero = if digits.is_empty() || digits.starts_with('.') { "0" } else { "" };
    Some(format!("{sign}{zero}{digits}"))
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
        Shape::of_layout(&entries, Around::File, is_record)
            .map(|shape| format!("{}; {}", shape.found, shape.advice))
    }

    #[test]
    fn records_are_found_inside_of_objects() {
        let record = r#"{"uuid":"1","usage":1}"#;
        for (text, filter) in [
            (format!(r#"{{"data":[{record}]}}"#), "jq '.data' "),
            (format!(r#"{{"ok":true,"data":{{"usages":[{record}]}}}}"#), "jq '.data.usages' "),
            (format!(r#"{{"my data":[{record}]}}"#), r#"jq '.["my data"]' "#),
            (format!(r#"{{"0":{record},"1":{record}}}"#), "jq '[.[]]' "),
            (format!(r#"{{"usages":{{"2026-10":[{record}]}}}}"#), r#"jq '.usages["2026-10"]' "#),
            (format!(r#"{{"months":{{"0":{record},"1":{record}}}}}"#), "jq '.months[]' "),
            (format!(r#"{{"value":{record},"Count":1}}"#), "jq '.value' "),
            (format!(r#"{{"statusCode":200,"body":{:?}}}"#, format!("[{record}]")), "jq '.body | fromjson' "),
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
    fn the_way_out_of_an_array_or_of_lines_goes_through_each_of_them() {
        let record = r#"{"uuid":"1","usage":1}"#;
        let filter = |text: String, around| {
            Shape::of_layout(&parse_object(text.as_bytes()).unwrap(), around, is_record).unwrap().advice
        };
        let django = format!(r#"{{"model":"m","pk":1,"fields":{record}}}"#);
        assert!(filter(django.clone(), Around::Array).contains("jq '[.[].fields]' "));
        assert!(filter(django, Around::Lines).contains("jq -s '[.[].fields]' "));
        assert!(filter(format!(r#"{{"data":[{record}]}}"#), Around::Array).contains("jq '[.[].data[]]' "));
        // What jsonlite of R writes with auto_unbox = FALSE.
        let vectors = r#"{"uuid":["1"],"usage":[1]}"#.to_owned();
        assert!(filter(vectors.clone(), Around::File).contains("jq '[to_entries as $f | "));
        assert!(filter(vectors.clone(), Around::Array).contains("jq '[.[] | to_entries as $f | "));
        assert!(filter(vectors, Around::Lines).contains("jq -s '[.[] | to_entries as $f | "));
    }

    #[test]
    fn lists_of_other_objects_are_found_by_their_uuids() {
        let entries = parse_object(br#"{"data":[{"uuid":"1","name":"Acme"}]}"#).unwrap();
        assert!(path_to_records(&entries, is_record).is_none());
        let path = path_to_records(&entries, is_of_portal).map(|path| path.named());
        assert_eq!(path.as_deref(), Some("\"data\""));
    }

    #[test]
    fn a_value_that_json_does_not_know_is_found_with_its_field() {
        assert_eq!(foreign_token(r#"{"a":"b: NaN, \"","usage": NaN}"#), Some(("usage", "NaN")));
        assert_eq!(foreign_token(r#"{"user":None}"#), Some(("user", "None")));
        assert_eq!(foreign_token(r#"{"usage":-Infinity,"x":1}"#), Some(("usage", "-Infinity")));
        assert_eq!(foreign_token(r#"{"username":"NaN","usage":1.5}"#), None);
        assert_eq!(foreign_token(r#"{"usage":.5}"#), Some(("usage", ".5")));
        for (token, number) in
            [(".5", "0.5"), ("-.50", "-0.50"), ("5.", "5"), ("+5", "5"), ("007.5", "7.5"), ("00", "0")]
        {
            assert_eq!(number_of_json(token).as_deref(), Some(number), "{token}");
        }
        for token in ["", "5", "-0.5", "1e3", "x", "1,5", "2026-10-01"] {
            assert_eq!(number_of_json(token), None, "{token}");
        }
    }
}
