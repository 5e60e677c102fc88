//! What the first bytes of a file tell that is neither text nor a workbook.

/// What a Parquet file is whose footer or columns are encrypted, and what to do.
pub(crate) const ENCRYPTED: (&str, &str) =
    ("an encrypted Parquet file", "decrypt it first, with the key of the program that wrote it");

/// What to do about a page or a recording that is saved instead of a response.
pub(crate) const RESPONSE: &str = "save the response itself: curl -sS -o FILE";

/// First bytes, what they are the beginning of, and what to do.
const KINDS: [(&[u8], &str, &str); 33] = [
    (b"\xfd7zXZ\0", "a file packed by xz", "unpack it first: xz -d"),
    (b"BZh", "a file packed by bzip2", "unpack it first: bzip2 -d"),
    (b"LZIP", "a file packed by lzip", "unpack it first: lzip -d"),
    (b"\x04\x22\x4d\x18", "a file packed by lz4", "unpack it first: lz4 -d"),
    (b"\x1f\x9d", "a file packed by compress", "unpack it first: uncompress"),
    (b"\xff\x06\0\0sNaPpY", "a file packed by snappy", "unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "unpack it first: 7z x"),
    (b"Rar!\x1a\x07", "a RAR archive", "unpack it first: unrar x"),
    (b"MSCF", "a cabinet archive", "unpack it first"),
    (b"%PDF-", "a PDF document", "a PDF has no data for programs: ask for JSON, CSV or Parquet"),
    (b"{\\rtf", "a text document (RTF)", "save the table as CSV"),
    (b"PARE", ENCRYPTED.0, ENCRYPTED.1),
    (b"ARROW1", "an Arrow or Feather file", "save it as Parquet"),
    (b"\xff\xff\xff\xff", "a stream of Arrow's", "save it as Parquet"),
    (b"FEA1", "a Feather file of version 1", "save it as Parquet"),
    (b"ORC", "an ORC file", "save it as Parquet"),
    (b"Obj\x01", "an Avro file", "save it as Parquet or JSON"),
    (b"SQLite format 3\0", "an SQLite database", "export the table as CSV: sqlite3 -header -csv"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file", "save it as Parquet"),
    (b"\x93NUMPY", "a NumPy array", "save it as Parquet"),
    (b"RDX", "an R data file", "save it as CSV or Parquet"),
    (b"\x80\x02", "a Python pickle", "save it as Parquet or JSON"),
    (b"\x80\x03", "a Python pickle", "save it as Parquet or JSON"),
    (b"\x80\x04", "a Python pickle", "save it as Parquet or JSON"),
    (b"\x80\x05", "a Python pickle", "save it as Parquet or JSON"),
    (b"<stata_dta>", "a Stata data set (.dta)", "save it as CSV: export delimited"),
    (b"$FL2", "an SPSS data file (.sav)", "save it as CSV UTF-8"),
    (b"$FL3", "an SPSS data file (.zsav)", "save it as CSV UTF-8"),
    (b"HEADER RECORD*******LIB", "a SAS transport file (.xpt)", "save it as CSV: PROC EXPORT"),
    (b"\0\0\0\0\0\0\0\0\0\0\0\0\xc2\xea\x81\x60", "a SAS data set", "save it as CSV: PROC EXPORT"),
    (b"bplist00", "a property list of Apple's, as a web archive of Safari", RESPONSE),
    (b"\x89PNG", "a picture", "name only files of data"),
    (b"\x7fELF", "a program", "name only files of data"),
];

/// What a file is that begins so, and what to do; `None` for text and for what is unpacked on the way.
pub(crate) fn kind(start: &[u8]) -> Option<(&'static str, &'static str)> {
    if start.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        return Some(compound(start));
    }
    let known = KINDS.iter().find(|(magic, ..)| start.starts_with(magic));
    known.map(|(_, what, advice)| (*what, *advice))
}

/// Whether a frame of zstd begins so; one to be skipped is the first one of pzstd's files.
pub(crate) fn is_zstd(start: &[u8]) -> bool {
    matches!(start, [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
}

/// What a small table, which is not unpacked, is instead of text or a workbook.
pub(crate) fn of_table(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    match bytes {
        [0x1f, 0x8b, ..] => Some(("a file packed by gzip", "unpack it first: gzip -d")),
        _ if is_zstd(bytes) => Some(("a file packed by zstd", "unpack it first: zstd -d")),
        [b'P', b'A', b'R', b'1', ..] => Some(("a Parquet file", "export it as CSV")),
        _ => kind(bytes),
    }
}

/// Whether the parts of an Excel workbook are in a zip archive, damaged or not.
pub(crate) fn is_workbook_part(bytes: &[u8]) -> bool {
    holds(bytes, b"xl/workbook.xml") || holds(bytes, b"xl/worksheets/")
}

/// The programs of Microsoft that write compound files, by the names of the streams in them.
fn compound(bytes: &[u8]) -> (&'static str, &'static str) {
    const ASK: &str = "save it as .xlsx or CSV UTF-8";
    const OTHER: &str = "name only files of data";
    let has = |name: &str| {
        let name: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        holds(bytes, &name)
    };
    match () {
        () if has("EncryptedPackage") => {
            ("a workbook or document with a password", "save it without a password, as .xlsx or CSV UTF-8")
        }
        () if has("WordDocument") => ("a Word 97 document (.doc)", "save the table as .xlsx or CSV UTF-8"),
        () if has("PowerPoint Document") => ("a PowerPoint 97 presentation", OTHER),
        () if has("__properties_version1.0") => {
            ("an Outlook message (.msg)", "save the attachment by itself")
        }
        () if has("Catalog") => ("a cache of pictures that Windows keeps in folders (Thumbs.db)", OTHER),
        () if has("Workbook") || has("Book") => ("an Excel 97 workbook (.xls)", ASK),
        () => (
            "an Excel 97 workbook (.xls), or a workbook with a password",
            "save it without a password, as .xlsx or CSV UTF-8",
        ),
    }
}

fn holds(bytes: &[u8], text: &[u8]) -> bool {
    memchr::memmem::find(bytes, text).is_some()
}
