//! What the beginning of a file tells that is neither records nor packed records.

use crate::fault::Reason;
use crate::tabular::magic;

use super::collector::RecordFault;
use super::stream::foreign;

/// The fault of a file whose first bytes are those of another kind of file; `None` for text, Parquet and what is
/// unpacked on the way.
pub(crate) fn foreign_kind(start: &[u8]) -> Option<RecordFault> {
    if let Some((what, advice)) = magic::kind(start) {
        return Some(fault(what, advice));
    }
    if is_utf32(start) {
        return Some(fault("text in UTF-32", "save it as UTF-8"));
    }
    if start.get(4..8) == Some(b"DUCK") || start.get(8..12) == Some(b"DUCK") {
        return Some(fault("a DuckDB database", "export the table of records: COPY … TO 'records.parquet'"));
    }
    if start.starts_with(b"PK\x03\x04") || start.starts_with(b"PK\x05\x06") {
        return zip_kind(start);
    }
    if is_tar(start) {
        return Some(fault(
            "a tar archive",
            "give it the ending .tar, .tar.gz or .tgz, and name it as a file: an archive in another one, or on \
             standard input, has to be unpacked first",
        ));
    }
    let text = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start).trim_ascii_start();
    if let Some(fault) = transfer(text) {
        return Some(fault);
    }
    match text {
        [b'"', b'[' | b'{', ..] if is_escaped_json(&text[1..]) => Some(encoded_twice(".")),
        [b'<', ..] => Some(markup(text)),
        [b'[', rest @ ..] if starts_single_quoted(rest) => Some(python()),
        [b'[', rest @ ..] if is_section(rest) => {
            Some(fault("a file of settings (.ini)", "name only files of records"))
        }
        rest if starts_single_quoted(rest) => Some(python()),
        _ => None,
    }
}

/// What a file is that a report was written to.
pub(crate) const REPORT: &str = "a report that usagebook wrote";

/// What to do about it.
pub(crate) const NO_REPORT: &str = "name the dump or the book that the report was made from";

/// The fault of a report of our own.
pub(crate) fn report() -> RecordFault {
    fault(REPORT, NO_REPORT)
}

/// What programs print beside a response that they fetch.
fn transfer(text: &[u8]) -> Option<RecordFault> {
    let starts = |words: &[&[u8]]| words.iter().any(|word| text.starts_with(word));
    if starts(&[
        b"% Total",
        b"* Trying",
        b"*   Trying",
        b"* Host ",
        b"* Connected",
        b"* Uses proxy",
        b"> GET ",
        b"< HTTP/",
    ]) {
        return Some(fault(
            "what curl prints beside a response (headers or progress)",
            "save the response alone: curl -sS -o FILE, without -i, -v, -D - and 2>&1",
        ));
    }
    if starts(&[b"HTTP/"]) {
        return Some(fault(
            "the headers of an HTTP response",
            "save the response without them: curl without -i, -v and -D -",
        ));
    }
    if starts(&[b"StatusCode "]) {
        return Some(fault(
            "what PowerShell prints of a response",
            "save its content: Invoke-WebRequest with -OutFile FILE, or (…).Content",
        ));
    }
    (starts(&[b"--20"]) && memchr::memmem::find(&text[..text.len().min(200)], b"--  http").is_some())
        .then(|| fault("what wget prints beside a response", "save the response alone: wget -q -O FILE"))
}

/// Whether a text of JSON goes on as JSON that was encoded once more: `[{\"uuid\"`.
pub(crate) fn is_escaped_json(text: &[u8]) -> bool {
    let quote = text.iter().position(|byte| *byte == b'"');
    quote.is_some_and(|at| {
        let before = text[..at].strip_suffix(b"\\").unwrap_or_default();
        !before.is_empty() && before.iter().all(|byte| matches!(byte, b'[' | b'{' | b' '))
    })
}

/// The fault of JSON in a text of JSON, at a path in jq's words.
pub(crate) fn encoded_twice(path: &str) -> RecordFault {
    let filter = if path == "." { "fromjson".to_owned() } else { format!("{path} | fromjson") };
    fault(
        "JSON that is encoded twice: a text that holds JSON",
        &format!("jq '{filter}' FILE > records.json makes a file of them"),
    )
}

/// A file of bytes that no text has, and of no kind that is known.
pub(crate) fn unknown_binary(start: &[u8]) -> Option<RecordFault> {
    let start = &start[..start.len().min(512)];
    let is_binary = |byte: &u8| matches!(byte, 0..=8 | 14..=26 | 28..=31);
    if start.iter().any(is_binary) {
        let advice = "JSON, CSV, Parquet or xlsx, or an archive of them";
        return Some(fault("a file of bytes that are no text", advice));
    }
    let error = std::str::from_utf8(start).err().filter(|error| error.error_len().is_some())?;
    let at = error.valid_up_to();
    let what = format!("the byte 0x{:02X} at byte {at}, which is not UTF-8", start[at]);
    Some(RecordFault {
        reason: Reason::NotUtf8,
        ..fault(&what, "save text as UTF-8, in a spreadsheet as \"CSV UTF-8\"")
    })
}

/// Whether a tar archive begins so.
pub(crate) fn is_tar(start: &[u8]) -> bool {
    let Some(header) = start.first_chunk::<512>() else { return false };
    let digits = &header[148..156];
    let text: String =
        digits.iter().map(|byte| char::from(*byte)).filter(|c| ('0'..='7').contains(c)).collect();
    let sum = |bytes: &[u8]| bytes.iter().map(|byte| u32::from(*byte)).sum::<u32>();
    let expected = sum(&header[..148]) + 8 * u32::from(b' ') + sum(&header[156..]);
    header[0] != 0 && u32::from_str_radix(&text, 8) == Ok(expected)
}

fn is_utf32(start: &[u8]) -> bool {
    let ascii_le = |four: &[u8]| four[0] != 0 && four[1..] == [0, 0, 0];
    let ascii_be = |four: &[u8]| four[3] != 0 && four[..3] == [0, 0, 0];
    start.starts_with(b"\xff\xfe\0\0")
        || start.starts_with(b"\0\0\xfe\xff")
        || (start.len() >= 8 && (start[..8].chunks(4).all(ascii_le) || start[..8].chunks(4).all(ascii_be)))
}

/// What a zip archive holds; `None` for a workbook, which is a table.
fn zip_kind(start: &[u8]) -> Option<RecordFault> {
    let holds = |text: &[u8]| memchr::memmem::find(start, text).is_some();
    if magic::is_workbook_part(start) {
        return None;
    }
    Some(foreign_zip(holds))
}

fn foreign_zip(holds: impl Fn(&[u8]) -> bool) -> RecordFault {
    if holds(b"opendocument.spreadsheet") {
        return fault("a LibreOffice spreadsheet (.ods)", "save it as .xlsx or CSV UTF-8");
    }
    if holds(b"xl/workbook.bin") {
        return fault("a binary Excel workbook (.xlsb)", "save it as .xlsx or CSV UTF-8");
    }
    if holds(b"word/document.xml") {
        return fault("a Word document", "save the records as JSON or CSV");
    }
    fault(
        "a zip archive",
        "give it the ending .zip, and name it as a file: an archive in another one, or on standard input, has to be \
         unpacked first",
    )
}

/// A page of HTML by its title, or XML.
fn markup(text: &[u8]) -> RecordFault {
    let start = String::from_utf8_lossy(&text[..text.len().min(4096)]).into_owned();
    let lower = start.to_ascii_lowercase();
    if lower.starts_with("<?xml") && !lower.contains("<html") {
        return foreign(text, "an XML document");
    }
    let between = |open: &str, close: &str| {
        let from = lower.find(open)? + open.len();
        let length = lower[from..].find(close)?;
        Some(start[from..from + length].split_whitespace().collect::<Vec<_>>().join(" "))
    };
    let title = between("<title>", "</title>").or_else(|| between("<h1>", "</h1>"));
    match title.filter(|title| !title.is_empty()) {
        Some(title) => {
            let is_login = ["log in", "login", "sign in", "signin"].iter().any(|word| lower.contains(word));
            let advice = match is_login {
                true => {
                    "the server asks for a login: send the token in the header Authorization, then fetch it again"
                }
                false => "fetch it again, and look at the status of the answer",
            };
            fault(&format!("a web page, {:?}", super::values::shorten(&title, 60)), advice)
        }
        None => foreign(text, "an HTML or XML page"),
    }
}

/// Whether text begins as `{'uuid'` does.
fn starts_single_quoted(text: &[u8]) -> bool {
    let text = text.trim_ascii_start();
    text.strip_prefix(b"{").is_some_and(|rest| rest.trim_ascii_start().starts_with(b"'"))
}

/// Whether a bracket is followed by a word that JSON does not have, as in `[.ShellClassInfo]`.
fn is_section(rest: &[u8]) -> bool {
    let length = rest.iter().position(|byte| matches!(byte, b']' | b',' | b'\n')).unwrap_or(rest.len());
    let word = rest[..length].trim_ascii();
    let starts = word.first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'.');
    starts
        && rest.get(length) == Some(&b']')
        && !matches!(word, b"null" | b"true" | b"false" | b"NaN" | b"None")
}

fn python() -> RecordFault {
    fault(
        "what Python prints of a list or a dict (single quotes), which is not JSON",
        "write it with json.dump instead of print or str",
    )
}

pub(crate) fn fault(what: &str, advice: &str) -> RecordFault {
    RecordFault {
        reason: Reason::NotRecords,
        field: None,
        value: what.to_owned(),
        expected: format!("records; {advice}").into(),
    }
}
