//! What the beginning of a file tells that is neither records nor a table.

use super::encoding::{END, MARK, Utf16};
use super::magic::{self, RESPONSE};
use crate::text::{shorten, shown_bytes};

/// What a file is instead, and what to do about it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Foreign {
    pub what: String,
    pub advice: String,
}

/// What a file is wanted for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Records: Parquet, gzip and zstd are read, and archives that are named as files.
    Records,
    /// A small table, which is not unpacked.
    Table,
}

impl Foreign {
    fn new(what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { what: what.into(), advice: advice.into() }
    }

    /// What a file is that begins so; `None` for what may be wanted, workbooks included.
    pub(crate) fn of(start: &[u8], wanted: Wanted) -> Option<Self> {
        let known = match wanted {
            Wanted::Records => magic::kind(start),
            Wanted::Table => magic::of_table(start),
        };
        if let Some((what, advice)) = known {
            return Some(Self::new(what, advice));
        }
        if is_utf32(start) {
            return Some(Self::new("text in UTF-32", "save it as UTF-8"));
        }
        if start.len() >= ZEROS && start.iter().take(LOOKED_AT).all(|byte| *byte == 0) {
            return Some(Self::new("a file of zero bytes, which was never written", "fetch it again"));
        }
        if start.get(4..8) == Some(b"DUCK") || start.get(8..12) == Some(b"DUCK") {
            let advice = "export the table of records: COPY … TO 'records.parquet'";
            return Some(Self::new("a DuckDB database", advice));
        }
        if start.starts_with(b"PK\x03\x04") || start.starts_with(b"PK\x05\x06") {
            return zip_kind(start, wanted);
        }
        if is_tar(start) {
            return Some(archive("a tar archive", ".tar, .tar.gz or .tgz", wanted));
        }
        let text = start.strip_prefix(MARK).unwrap_or(start).trim_ascii_start();
        transfer(text).or_else(|| of_text(text, wanted)).or_else(|| match wanted {
            Wanted::Records => None,
            Wanted::Table => binary_line(start),
        })
    }

    /// What a file is whose first line names no field of records.
    pub(crate) fn without_header(start: &[u8]) -> Option<Self> {
        let text = start.strip_prefix(MARK).unwrap_or(start).trim_ascii();
        if text == b"null" {
            let advice =
                "jq prints it if its filter finds nothing: check the filter and the file that it read";
            return Some(Self::new("null alone", advice));
        }
        if is_before_json(&text[..text.len().min(4096)]) {
            let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
            return Some(Self::new(
                format!("text before JSON: {:?}", shorten(shown_bytes(line).trim(), 60)),
                "delete what is before the first bracket and after the last one",
            ));
        }
        is_binary(&start[..start.len().min(LOOKED_AT)]).then(binary)
    }
}

/// A file of that many zeros at least is none that anybody wrote.
const ZEROS: usize = 4;

/// How many bytes are looked at to tell bytes from text.
const LOOKED_AT: usize = 512;

/// What text is that begins so.
fn of_text(text: &[u8], wanted: Wanted) -> Option<Foreign> {
    match text {
        [b'"', b'[' | b'{', ..] if wanted == Wanted::Records && is_escaped_json(&text[1..]) => {
            Some(encoded_twice("."))
        }
        _ if [&b"<<<<<<< "[..], b"=======\n", b">>>>>>> "].iter().any(|mark| text.starts_with(mark)) => {
            Some(Foreign::new("a file with the conflict markers of git", "resolve the conflict first"))
        }
        [b'<', ..] => Some(markup(text)),
        _ if text.starts_with(b"From: <Saved by") || text.starts_with(b"MIME-Version:") => {
            Some(Foreign::new("a web page that a browser saved as one file (.mhtml)", RESPONSE))
        }
        [b'[', rest @ ..] if starts_single_quoted(rest) => Some(python()),
        // Tables of prices may be TOML.
        [b'[', rest @ ..] if wanted == Wanted::Records && is_section(rest) => {
            Some(Foreign::new("a file of settings (.ini)", "name only files of records"))
        }
        rest if starts_single_quoted(rest) => Some(python()),
        _ => None,
    }
}

/// An archive: those of records are read if their names tell them.
fn archive(what: &str, endings: &str, wanted: Wanted) -> Foreign {
    match wanted {
        Wanted::Table => Foreign::new(what, "unpack it first"),
        Wanted::Records => Foreign::new(
            what,
            format!(
                "give it the ending {endings}, and name it as a file: an archive in another one, or on standard \
                 input, has to be unpacked first"
            ),
        ),
    }
}

/// What programs print beside a response that they fetch.
fn transfer(text: &[u8]) -> Option<Foreign> {
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
        return Some(Foreign::new(
            "what curl prints beside a response (headers or progress)",
            "save the response alone: curl -sS -o FILE, without -i, -v, -D - and 2>&1",
        ));
    }
    if starts(&[b"HTTP/"]) {
        return Some(Foreign::new(
            "the headers of an HTTP response",
            "save the response without them: curl without -i, -v and -D -",
        ));
    }
    if starts(&[b"StatusCode "]) {
        return Some(Foreign::new(
            "what PowerShell prints of a response",
            "save its content: Invoke-WebRequest with -OutFile FILE, or (…).Content",
        ));
    }
    (starts(&[b"--20"]) && memchr::memmem::find(&text[..text.len().min(200)], b"--  http").is_some()).then(
        || Foreign::new("what wget prints beside a response", "save the response alone: wget -q -O FILE"),
    )
}

/// Whether a text of JSON goes on as JSON that was encoded once more: `[{\"uuid\"`.
pub(crate) fn is_escaped_json(text: &[u8]) -> bool {
    let quote = text.iter().position(|byte| *byte == b'"');
    quote.is_some_and(|at| {
        let before = text[..at].strip_suffix(b"\\").unwrap_or_default();
        !before.is_empty() && before.iter().all(|byte| matches!(byte, b'[' | b'{' | b' '))
    })
}

/// JSON in a text of JSON, at a path in jq's words.
pub(crate) fn encoded_twice(path: &str) -> Foreign {
    let filter = if path == "." { "fromjson".to_owned() } else { format!("{path} | fromjson") };
    Foreign::new(
        "JSON that is encoded twice: a text that holds JSON",
        format!("jq '{filter}' FILE > records.json makes a file of them"),
    )
}

/// Whether JSON begins in the first line of a text, or at the beginning of another line.
fn is_before_json(text: &[u8]) -> bool {
    let begins = |text: &[u8]| {
        let inner: Vec<u8> =
            text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).take(3).collect();
        matches!(inner.as_slice(), [b'[', b'{', b'"'] | [b'{', b'"', b'a'..=b'z'])
    };
    let first = text.iter().position(|byte| *byte == b'\n').unwrap_or(text.len());
    let is_bracket = |at: &usize| matches!(text[*at], b'[' | b'{');
    let mut at = (1..text.len()).filter(is_bracket);
    at.any(|at| (at < first || text[at - 1] == b'\n') && begins(&text[at..]))
}

fn binary() -> Foreign {
    Foreign::new("a file of bytes that are not text", "JSON, CSV, Parquet or xlsx, or an archive of them")
}

fn is_binary(bytes: &[u8]) -> bool {
    bytes.iter().any(|byte| matches!(byte, 0..=8 | 14..=26 | 28..=31))
}

/// What has no text in its first line is no table.
fn binary_line(start: &[u8]) -> Option<Foreign> {
    let text = start.strip_suffix(&[END]).unwrap_or(start);
    let line = text.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
    let is_binary = Utf16::of(start).is_none() && is_binary(&line[..line.len().min(LOOKED_AT)]);
    is_binary.then(|| Foreign::new("a file of bytes that are not text", "name a file of text"))
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
fn zip_kind(start: &[u8], wanted: Wanted) -> Option<Foreign> {
    const SAVE: &str = "save it as .xlsx or CSV UTF-8";
    let holds = |text: &[u8]| memchr::memmem::find(start, text).is_some();
    if magic::is_workbook_part(start) {
        return match wanted {
            Wanted::Records => None,
            Wanted::Table => Some(cut_workbook()),
        };
    }
    Some(if holds(b"opendocument.spreadsheet") {
        Foreign::new("a LibreOffice spreadsheet (.ods)", SAVE)
    } else if holds(b"xl/workbook.bin") {
        Foreign::new("a binary Excel workbook (.xlsb)", SAVE)
    } else if holds(b"word/document.xml") {
        Foreign::new("a Word document", SAVE)
    } else {
        archive("a zip archive", ".zip", wanted)
    })
}

/// A workbook that cannot be opened.
pub(crate) fn cut_workbook() -> Foreign {
    Foreign::new("a workbook (.xlsx) that is cut off or damaged", "fetch it or save it again")
}

/// A page of HTML by its title, or XML.
fn markup(text: &[u8]) -> Foreign {
    let start = String::from_utf8_lossy(&text[..text.len().min(4096)]).into_owned();
    let lower = start.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if has(&["schemas-microsoft-com:office:excel", "schemas-microsoft-com:office:spreadsheet", "excel.sheet"])
        || lower.starts_with("<table")
    {
        return Foreign::new(
            "a table in HTML or XML that Excel opens as a workbook",
            "open it in a spreadsheet program, and save it as .xlsx or CSV UTF-8",
        );
    }
    if has(&["<!doctype plist", "<plist"]) {
        return Foreign::new("a property list of Apple's", RESPONSE);
    }
    let saved_error = |what: &str| {
        let shown = shown_bytes(&text[..text.len().min(400)]);
        let what = format!("{what} ({:?})", shorten(shown.trim(), 60));
        Foreign::new(what, "if this is a saved error, fetch it again")
    };
    if lower.starts_with("<?xml") && !lower.contains("<html") {
        return saved_error("an XML document");
    }
    let between = |open: &str, close: &str| {
        let from = lower.find(open)? + open.len();
        let length = lower[from..].find(close)?;
        Some(start[from..from + length].split_whitespace().collect::<Vec<_>>().join(" "))
    };
    let title = between("<title>", "</title>").or_else(|| between("<h1>", "</h1>"));
    match title.filter(|title| !title.is_empty()) {
        Some(title) => {
            let advice = match has(&["log in", "login", "sign in", "signin"]) {
                true => {
                    "the server asks for a login: send the token in the header Authorization, then fetch it again"
                }
                false => "fetch it again, and look at the status of the answer",
            };
            Foreign::new(format!("a web page, {:?}", shorten(&title, 60)), advice)
        }
        None => saved_error("an HTML or XML page"),
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

fn python() -> Foreign {
    Foreign::new(
        "what Python prints of a list or a dict (single quotes), which is not JSON",
        "write it with json.dump instead of print or str",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(start: &[u8]) -> String {
        Foreign::of(start, Wanted::Table).map(|foreign| foreign.what).unwrap_or_default()
    }

    #[test]
    fn a_table_is_told_from_what_records_are_told_from() {
        let utf32: Vec<u8> = "\u{feff}uuid".chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
        let ods = b"PK\x03\x04mimetypeapplication/vnd.oasis.opendocument.spreadsheet";
        for (start, what) in [
            (&b"<!DOCTYPE html><title>Sign in</title>"[..], "a web page, \"Sign in\""),
            (b"HTTP/1.1 200 OK\r\n\r\n", "the headers of an HTTP response"),
            (&[0; 500], "a file of zero bytes, which was never written"),
            (&utf32, "text in UTF-32"),
            (ods, "a LibreOffice spreadsheet (.ods)"),
            (b"PK\x03\x04a.csv", "a zip archive"),
            (b"PK\x03\x04xl/workbook.xml", "a workbook (.xlsx) that is cut off or damaged"),
            (b"\x1f\x8b\x08", "a file packed by gzip"),
            (b"<stata_dta><header>", "a Stata data set (.dta)"),
            (b"\x01\x02abc\n", "a file of bytes that are not text"),
            (b"<<<<<<< HEAD\na,b\n", "a file with the conflict markers of git"),
        ] {
            assert_eq!(found(start), what);
        }
    }

    #[test]
    fn tables_and_toml_are_nothing_else() {
        let utf16: Vec<u8> = "a,b\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        for start in [
            &b"customer_uuid,cost_centre\n"[..],
            b"[rounding]\n",
            b"# prices\n[[price]]\n",
            b"",
            b"\x1a",
            &utf16,
        ] {
            assert_eq!(found(start), "");
        }
    }

    #[test]
    fn text_before_json_is_no_table() {
        let found = |text: &str| Foreign::without_header(text.as_bytes()).map(|foreign| foreign.what);
        for text in [
            "// saved by hand\n[{\"uuid\": 1}]",
            "$ curl https://portal.example\n[\n  {\n    \"uuid\": 1}]",
            "```json\n{\"uuid\": 1}\n```",
            "callback([{\"uuid\": 1}])",
            "export default [{\"uuid\": 1}]",
            ")]}',\n[{\"uuid\": 1}]",
        ] {
            assert!(found(text).is_some_and(|what| what.starts_with("text before JSON: ")), "{text}");
        }
        assert_eq!(found("null\n").as_deref(), Some("null alone"));
        for text in
            ["", "name,tags\nAcme,\"[{\"\"a\"\":1}]\"\n", "name\ttags\nAcme\t[{\"a\":1}]\n", "a,[b]\n"]
        {
            assert_eq!(found(text), None, "{text}");
        }
    }
}
