//! What the first bytes of a file tell that is neither records nor packed records.

use crate::fault::Reason;

use super::collector::RecordFault;
use super::stream::foreign;

/// First bytes, what they are the beginning of, and what to do.
const KINDS: [(&[u8], &str, &str); 28] = [
    (b"\xfd7zXZ\0", "a file packed by xz", "unpack it first: xz -d"),
    (b"BZh", "a file packed by bzip2", "unpack it first: bzip2 -d"),
    (b"LZIP", "a file packed by lzip", "unpack it first: lzip -d"),
    (b"\x04\x22\x4d\x18", "a file packed by lz4", "unpack it first: lz4 -d"),
    (b"\x1f\x9d", "a file packed by compress", "unpack it first: uncompress"),
    (b"\xff\x06\0\0sNaPpY", "a file packed by snappy", "unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "unpack it first: 7z x"),
    (b"Rar!\x1a\x07", "a RAR archive", "unpack it first: unrar x"),
    (b"MSCF", "a cabinet archive", "unpack it first"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Excel 97 workbook (.xls)", "save it as .xlsx or CSV UTF-8"),
    (b"%PDF-", "a PDF document", "records are in no PDF: ask for JSON, CSV or Parquet"),
    (b"{\\rtf", "a text document (RTF)", "save the records as JSON or CSV"),
    (b"PARE", "an encrypted Parquet file", "decrypt it first, with the key of the program that wrote it"),
    (b"ARROW1", "an Arrow or Feather file", "save it as Parquet"),
    (b"\xff\xff\xff\xff", "a stream of Arrow's", "save it as Parquet"),
    (b"FEA1", "a Feather file of version 1", "save it as Parquet"),
    (b"ORC", "an ORC file", "save it as Parquet"),
    (b"Obj\x01", "an Avro file", "save it as Parquet or JSON"),
    (b"SQLite format 3\0", "an SQLite database", "export the table of records as CSV: sqlite3 -header -csv"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file", "save it as Parquet"),
    (b"\x93NUMPY", "a NumPy array", "save it as Parquet"),
    (b"RDX", "an R data file", "save it as CSV or Parquet"),
    (b"\x80\x02", "a Python pickle", "save it as Parquet or JSON"),
    (b"\x80\x03", "a Python pickle", "save it as Parquet or JSON"),
    (b"\x80\x04", "a Python pickle", "save it as Parquet or JSON"),
    (b"\x80\x05", "a Python pickle", "save it as Parquet or JSON"),
    (b"\x89PNG", "a picture", "name only files of records"),
    (b"\x7fELF", "a program", "name only files of records"),
];

/// The fault of a file whose first bytes are those of another kind of file; `None` for text, Parquet and what is
/// unpacked on the way.
pub fn foreign_kind(start: &[u8]) -> Option<RecordFault> {
    let binary = KINDS.iter().find(|(magic, ..)| start.starts_with(magic));
    if let Some((_, what, advice)) = binary {
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
    if start.starts_with(b"HTTP/")
        || start.starts_with(b"< HTTP/")
        || start.starts_with(b"*   Trying")
        || start.starts_with(b"* Host ")
    {
        return Some(fault(
            "the headers of an HTTP response",
            "save the response without them: curl without -i, -v and -D -",
        ));
    }
    let text = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start).trim_ascii_start();
    match text {
        [b'<', ..] => Some(markup(text)),
        [b'[', rest @ ..] if starts_single_quoted(rest) => Some(python()),
        [b'[', rest @ ..] if is_section(rest) => {
            Some(fault("a file of settings (.ini)", "name only files of records"))
        }
        rest if starts_single_quoted(rest) => Some(python()),
        _ => None,
    }
}

/// A file of bytes that no text has, and of no kind that is known.
pub fn unknown_binary(start: &[u8]) -> Option<RecordFault> {
    let is_binary = |byte: &u8| matches!(byte, 0..=8 | 14..=26 | 28..=31);
    start[..start.len().min(512)].iter().any(is_binary).then(|| {
        fault("a file of bytes that are no text", "JSON, CSV, Parquet or xlsx, or an archive of them")
    })
}

/// Whether a tar archive begins so.
pub fn is_tar(start: &[u8]) -> bool {
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
    if holds(b"xl/workbook.xml") {
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

fn fault(what: &str, advice: &str) -> RecordFault {
    RecordFault {
        reason: Reason::NotRecords,
        field: None,
        value: what.to_owned(),
        expected: format!("records; {advice}").into(),
    }
}
