//! The bytes of a file, unpacked, and what kind of records they hold.

use std::fs::File;
use std::io::{self, BufRead, Read, Seek};
use std::path::Path;
use std::sync::{Arc, Mutex};

use sha2::{Digest, Sha256};

use super::source::{Place, Source};
use super::unpack;
use crate::error::{Error, Result};
use crate::fault::Reason;
use crate::ingest::formats::csv::{self, Header};
use crate::ingest::formats::json::{self, RECORD_BYTES_MAX};
use crate::ingest::formats::parquet::ParquetInput;
use crate::ingest::formats::sniff;
use crate::ingest::formats::window::Window;
use crate::ingest::records::collector::RecordFault;
use crate::ingest::{InputFile, Progress};
use crate::tabular::encoding::{self, Decoder, END, MARK, Utf16, WithoutEnd};
use crate::tabular::preamble::{Preamble, has_lone_returns, replace_returns};
use crate::tabular::workbook::is_workbook;
use crate::tabular::{foreign, magic};
use crate::text::hex;

/// A file up to this size is read at once, in bytes.
pub(crate) const WHOLE_BYTES_MAX: u64 = 8 << 20;

/// How much of a larger file is parsed at a time, in bytes.
const BLOCK_BYTES: usize = 2 << 20;

/// The number of the first piece of a second half: greater than those of all pieces of a first half.
const SECOND_HALF: u32 = 1 << 31;

/// What follows the bytes of a file that are already in memory.
pub(crate) type Rest = Box<dyn Read + Send>;

/// An opened file.
pub(crate) struct Opened {
    pub body: Body,
    pub tap: Arc<Mutex<Tap>>,
}

/// What a file holds.
pub(crate) enum Body {
    Documents(Window<Rest>),
    Lines(LineStream),
    Parquet(ParquetInput),
    /// The bytes of a workbook.
    Workbook(Vec<u8>),
    /// Lines of component usages, which are no records.
    ComponentUsages,
    Fault(RecordFault),
}

/// What passes by on the way from a file: how much, and its digest.
#[derive(Default)]
pub(crate) struct Tap {
    pub bytes: u64,
    digest: Option<Sha256>,
}

impl Tap {
    fn pass(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        if let Some(digest) = &mut self.digest {
            digest.update(bytes);
        }
    }

    /// In hex, where it was asked for.
    pub(crate) fn sha256(&mut self) -> Option<String> {
        let digest = self.digest.take()?;
        Some(hex(&digest.finalize()))
    }
}

/// Opens a file and looks at its beginning. `buffer` is memory to use again.
pub(crate) fn open(
    source: &Source,
    mut buffer: Vec<u8>,
    hashes: bool,
    progress: &Arc<Progress>,
) -> Result<Opened> {
    let unreadable = |error| unreadable(source, error);
    let mut tap = Tap { bytes: 0, digest: hashes.then(Sha256::new) };
    let mut rest = source.place.open().map_err(unreadable)?;
    buffer.clear();
    buffer.reserve(source.bytes.min(WHOLE_BYTES_MAX) as usize + 1);
    let is_whole = match read_up_to(&mut rest, &mut buffer, WHOLE_BYTES_MAX) {
        Err(error) if matches!(source.place, Place::Archived(_)) && is_damage(&error) => {
            let tap = Arc::new(Mutex::new(tap));
            return Ok(Opened { body: Body::Fault(damaged_compression(&error)), tap });
        }
        outcome => outcome.map_err(unreadable)?,
    };
    tap.pass(&buffer);
    Progress::add(&progress.bytes, buffer.len() as u64);
    let tap = Arc::new(Mutex::new(tap));
    let rest: Option<Rest> = match is_whole {
        true => None,
        false => Some(Box::new(Tapped { inner: rest, tap: tap.clone(), progress: progress.clone() })),
    };
    let body = match packing(&buffer) {
        Packing::None => body(source, buffer, rest).map_err(unreadable)?,
        packing => unpacked(source, packing, buffer, rest, LAYERS_MAX),
    };
    Ok(Opened { body, tap })
}

/// The bytes of a file from its beginning, unpacked; the tap tells which they are on disk.
pub(crate) fn unpack(source: &Source) -> io::Result<(Rest, Arc<Mutex<Tap>>)> {
    let tap = Arc::new(Mutex::new(Tap { bytes: 0, digest: Some(Sha256::new()) }));
    let inner = source.place.open()?;
    let tapped = Tapped { inner, tap: tap.clone(), progress: Arc::default() };
    Ok((unpacking(tapped)?, tap))
}

/// A stream without the layers of gzip and zstd that are around it.
pub(crate) fn unpacking(stream: impl Read + Send + 'static) -> io::Result<Rest> {
    let mut stream: Rest = Box::new(stream);
    for _ in 0..=LAYERS_MAX {
        let mut start = Vec::new();
        stream.by_ref().take(4).read_to_end(&mut start)?;
        let packing = packing(&start);
        stream = Box::new(io::Cursor::new(start).chain(stream));
        stream = match packing {
            Packing::None => return utf8(io::BufReader::new(stream)),
            Packing::Gzip => Box::new(unpack::Members::new(stream)),
            Packing::Zstd => Box::new(zstd::Decoder::new(stream)?),
        };
    }
    Err(too_many_layers())
}

/// The first bytes of a file, unpacked, of which text is UTF-8.
///
/// # Errors
/// A file that cannot be read or unpacked.
pub fn unpacked_start(path: &Path) -> io::Result<Vec<u8>> {
    let mut start = Vec::new();
    unpacking(File::open(path)?)?.take(64).read_to_end(&mut start)?;
    Ok(start)
}

/// How often a file may be packed; a book packs once more what was packed when it came.
const LAYERS_MAX: usize = 3;

fn too_many_layers() -> io::Error {
    io::Error::other(format!("packed more than {LAYERS_MAX} times"))
}

/// A file without records, once it has been read; what was passed over is read for the digest.
pub(crate) fn input_file(source: &Source, tap: &Mutex<Tap>) -> Result<InputFile> {
    let mut tap = tap.lock().expect("a tap is never left half written");
    let sha256 = match tap.bytes < source.bytes {
        true => Some(sha256_of(source)?),
        false => tap.sha256(),
    };
    let Source { label, identity, .. } = source;
    let bytes = source.bytes.max(tap.bytes);
    Ok(InputFile { path: label.clone(), bytes, sha256, records: 0, identity: *identity })
}

/// The SHA-256 of a file, in hex.
pub(crate) fn sha256_of(source: &Source) -> Result<String> {
    let mut tap = Tap { bytes: 0, digest: Some(Sha256::new()) };
    let mut file = source.place.open().map_err(|error| unreadable(source, error))?;
    let mut buffer = vec![0; BLOCK_BYTES];
    loop {
        match file.read(&mut buffer).map_err(|error| unreadable(source, error))? {
            0 => return Ok(tap.sha256().expect("the digest was begun")),
            read => tap.pass(&buffer[..read]),
        }
    }
}

/// The error of a file that the system does not let us read.
pub(crate) fn unreadable(source: &Source, error: io::Error) -> Error {
    Error::Unreadable { path: source.label.clone().into(), source: error }
}

/// Whether a stream broke off because of what is in it, not because the system could not read it.
pub(crate) fn is_damage(error: &io::Error) -> bool {
    use io::ErrorKind::{InvalidData, InvalidInput, Other, UnexpectedEof};
    matches!(error.kind(), InvalidData | InvalidInput | UnexpectedEof | Other)
}

/// The fault of a file that ends or breaks while it is unpacked.
pub(crate) fn damaged_compression(error: &io::Error) -> RecordFault {
    RecordFault::of_whole(
        Reason::DamagedCompression,
        format!("a compressed file that is damaged or cut off ({error})"),
        "a whole gzip or zstd file; fetch or pack it again",
    )
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Packing {
    None,
    Gzip,
    Zstd,
}

fn packing(start: &[u8]) -> Packing {
    match start {
        [0x1f, 0x8b, ..] => Packing::Gzip,
        _ if magic::is_zstd(start) => Packing::Zstd,
        _ => Packing::None,
    }
}

/// How many times larger pages of records get when they are unpacked, at most and usually.
const USUAL_PACKING: usize = 12;

/// `layers` is how many times the file may be packed, this one included.
fn unpacked(source: &Source, packing: Packing, packed: Vec<u8>, rest: Option<Rest>, layers: usize) -> Body {
    let inside = |bytes: Vec<u8>, rest| match self::packing(&bytes) {
        Packing::None => body(source, bytes, rest),
        _ if layers == 1 => Err(too_many_layers()),
        packing => Ok(unpacked(source, packing, bytes, rest, layers - 1)),
    };
    let at_once = |limit| match packing {
        Packing::Gzip => unpack::gzip(&packed, limit),
        _ => unpack::zstd(&packed, limit),
    };
    if rest.is_none()
        && let Some(bytes) = at_once(WHOLE_BYTES_MAX as usize - 1)
    {
        return inside(bytes, None).unwrap_or_else(|error| Body::Fault(damaged_compression(&error)));
    }
    let likely_bytes = (packed.len() * USUAL_PACKING).min(WHOLE_BYTES_MAX as usize);
    let packed = io::Cursor::new(packed).chain(rest.unwrap_or_else(|| Box::new(io::empty())));
    let unpacked: io::Result<Rest> = match packing {
        Packing::Zstd => zstd::Decoder::new(packed).map(|decoder| Box::new(decoder) as Rest),
        _ => Ok(Box::new(unpack::Members::new(packed))),
    };
    let read = unpacked.and_then(|mut unpacked| {
        let mut buffer = Vec::with_capacity(likely_bytes);
        let is_whole = read_up_to(&mut unpacked, &mut buffer, WHOLE_BYTES_MAX)?;
        inside(buffer, (!is_whole).then_some(unpacked))
    });
    read.unwrap_or_else(|error| Body::Fault(damaged_compression(&error)))
}

/// Reads up to a number of bytes; true where that was all.
fn read_up_to(stream: &mut impl Read, buffer: &mut Vec<u8>, limit: u64) -> io::Result<bool> {
    let read = stream.by_ref().take(limit).read_to_end(buffer)?;
    Ok((read as u64) < limit)
}

/// Tells by the first bytes what a file holds.
fn body(source: &Source, mut start: Vec<u8>, mut rest: Option<Rest>) -> io::Result<Body> {
    if let Some(fault) = sniff::foreign_kind(&start) {
        return Ok(Body::Fault(in_folder(fault, source)));
    }
    if start.starts_with(b"PAR1") {
        return parquet_body(source, start, rest);
    }
    if let Some(order) = Utf16::of(&start) {
        if rest.is_none() && start.len() % 2 == 1 {
            return Ok(Body::Fault(half_a_character()));
        }
        let rest = rest.unwrap_or_else(|| Box::new(io::empty()));
        let mut text: Rest = Box::new(Decoder::new(io::Cursor::new(start).chain(rest), order));
        let mut start = Vec::new();
        let is_whole = read_up_to(&mut text, &mut start, WHOLE_BYTES_MAX)?;
        return body(source, start, (!is_whole).then_some(text));
    }
    if start.starts_with(b"PK\x03\x04") {
        if let Some(mut rest) = rest.take() {
            rest.read_to_end(&mut start)?;
        }
        if is_workbook(&start) {
            return Ok(Body::Workbook(start));
        }
        return Ok(Body::Fault(in_folder(sniff::foreign(foreign::cut_workbook()), source)));
    }
    let rest = without_end(&mut start, rest);
    let text = start.strip_prefix(MARK).unwrap_or(&start);
    let mark = start.len() - text.len();
    let body = match text.iter().find(|byte| !byte.is_ascii_whitespace()) {
        None if rest.is_none() => Body::Fault(empty_file(!start.is_empty())),
        Some(b'[') => Body::Documents(Window::new(start, rest)),
        Some(b'{') if json::is_lines(text.trim_ascii_start()) => {
            if json::is_component_usage(text.trim_ascii_start()) {
                return Ok(Body::ComponentUsages);
            }
            start.drain(..mark);
            Body::Lines(LineStream::new(LineFormat::Json, start, mark as u64, rest))
        }
        Some(b'{') => Body::Documents(Window::new(start, rest)),
        _ => csv_body(source, start, rest),
    };
    Ok(body)
}

/// The rest of a text; the mark at its end is taken away, be it there or in its start.
fn without_end(start: &mut Vec<u8>, rest: Option<Rest>) -> Option<Rest> {
    let held: &[u8] = if start.last() == Some(&END) { &[END] } else { &[] };
    start.truncate(start.len() - held.len());
    Some(Box::new(WithoutEnd::new(held.chain(rest?))))
}

/// A file that is found beside pages and holds no records: what to do with it.
fn in_folder(fault: RecordFault, source: &Source) -> RecordFault {
    let Some(folder) = &source.found_in else { return fault };
    let shown = folder.display();
    let way_out = match source.place {
        Place::Archived(_) => {
            format!("or take the file out of {shown}, or unpack it and name the pages alone")
        }
        _ => format!(
            "or move the file out of {shown}, or name the pages alone by a pattern such as '{}'",
            folder.join("*.json").display()
        ),
    };
    let advice = format!("{}; {way_out}", fault.expected);
    RecordFault { expected: advice.into(), ..fault }
}

fn csv_body(source: &Source, mut start: Vec<u8>, mut rest: Option<Rest>) -> Body {
    if has_lone_returns(&start[Preamble::of(&start).length..]) {
        replace_returns(&mut start);
        rest = rest.map(|rest| Box::new(Newlines(rest)) as Rest);
    }
    match Header::parse(&start, rest.is_none(), &source.folders) {
        Ok((header, length)) => {
            start.drain(..length);
            Body::Lines(LineStream::new(LineFormat::Csv(header.into()), start, length as u64, rest))
        }
        Err(fault) => Body::Fault(in_folder(sniff::without_header(&start).unwrap_or(fault), source)),
    }
}

/// Text whose lines end in a lone CR, with LF in its place.
struct Newlines(Rest);

impl Read for Newlines {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.0.read(buffer)?;
        replace_returns(&mut buffer[..read]);
        Ok(read)
    }
}

/// Text as UTF-8, whatever Unicode encoding it is in.
fn utf8(mut stream: impl BufRead + Send + 'static) -> io::Result<Rest> {
    Ok(match Utf16::of(stream.fill_buf()?) {
        None => Box::new(WithoutEnd::new(stream)),
        Some(order) => Box::new(WithoutEnd::new(Decoder::strict(stream, order))),
    })
}

/// A Parquet file is read where it lies; one from a pipe or a compressed file has to be in memory.
fn parquet_body(source: &Source, mut start: Vec<u8>, rest: Option<Rest>) -> io::Result<Body> {
    let input = match (&source.place, rest) {
        (Place::File(path), rest) if source.bytes >= WHOLE_BYTES_MAX && is_plain(path, rest.is_some())? => {
            ParquetInput::open(File::open(path)?)
        }
        (_, rest) => {
            if let Some(mut rest) = rest {
                rest.read_to_end(&mut start)?;
            }
            ParquetInput::from_bytes(start)
        }
    };
    Ok(match input {
        Ok(input) => Body::Parquet(input),
        Err(fault) => Body::Fault(fault),
    })
}

/// Whether the file on disk is the Parquet file itself, not a compressed one.
fn is_plain(path: &Path, has_rest: bool) -> io::Result<bool> {
    let mut magic = [0; 4];
    Ok(has_rest && File::open(path)?.read_exact(&mut magic).is_ok() && &magic == b"PAR1")
}

pub(crate) fn empty_file(has_space: bool) -> RecordFault {
    RecordFault::of_whole(
        Reason::EmptyFile,
        if has_space { "a file of white space" } else { "a file without a byte" },
        "a page of records; fetch it again",
    )
}

/// UTF-16 has two bytes for each character, or four.
pub(crate) fn half_a_character() -> RecordFault {
    RecordFault::of_whole(Reason::NotUtf8, encoding::HALF_A_CHARACTER, encoding::WHOLE_FILE)
}

/// A stream whose bytes are counted and digested as they pass.
struct Tapped {
    inner: Rest,
    tap: Arc<Mutex<Tap>>,
    progress: Arc<Progress>,
}

impl Read for Tapped {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.tap.lock().expect("a tap is never left half written").pass(&buffer[..read]);
        Progress::add(&self.progress.bytes, read as u64);
        Ok(read)
    }
}

/// A format whose records end with lines, so that a stream can be cut into blocks.
#[derive(Clone)]
pub(crate) enum LineFormat {
    Json,
    Csv(Arc<Header>),
}

/// Memory that is filled again and again, and cleared only once.
#[derive(Default)]
pub(crate) struct Buffer {
    /// Longer than what is filled.
    bytes: Vec<u8>,
    length: usize,
}

impl Buffer {
    fn of(bytes: Vec<u8>) -> Self {
        Self { length: bytes.len(), bytes }
    }

    pub(crate) fn filled(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    fn set(&mut self, bytes: &[u8]) {
        if self.bytes.len() < bytes.len() {
            self.bytes.resize(bytes.len(), 0);
        }
        self.bytes[..bytes.len()].copy_from_slice(bytes);
        self.length = bytes.len();
    }

    /// Adds up to `limit` bytes of a stream; true where that was all.
    fn fill(&mut self, stream: &mut impl Read, limit: usize) -> io::Result<bool> {
        let end = self.length + limit;
        if self.bytes.len() < end {
            self.bytes.resize(end, 0);
        }
        while self.length < end {
            match stream.read(&mut self.bytes[self.length..end]) {
                Ok(0) => return Ok(true),
                Ok(read) => self.length += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }
}

/// A stream that is given away in blocks of whole records.
pub(crate) struct LineStream {
    format: LineFormat,
    rest: Option<Rest>,
    /// What was read and not yet given away.
    carry: Buffer,
    offset: u64,
    pieces: u32,
}

/// Some whole records of a stream.
pub(crate) struct Block {
    pub format: LineFormat,
    pub buffer: Buffer,
    /// Bytes of the stream before it.
    pub offset: u64,
    /// Its number in the file, from 0.
    pub piece: u32,
    /// Whether it is the beginning of a record that is too long, and nothing else.
    pub is_too_long: bool,
}

impl LineStream {
    fn new(format: LineFormat, start: Vec<u8>, offset: u64, rest: Option<Rest>) -> Self {
        Self { format, rest, carry: Buffer::of(start), offset, pieces: 0 }
    }

    /// Parts a plain file of JSON lines in the middle: this one ends there, the other one begins there. None if
    /// it cannot be parted: quotes of CSV may hold line ends, and what is packed or piped has no middle.
    pub(crate) fn split(&mut self, source: &Source, progress: &Arc<Progress>) -> io::Result<Option<Self>> {
        let read = self.offset + self.carry.length as u64;
        let (Place::File(path), LineFormat::Json) = (&source.place, &self.format) else { return Ok(None) };
        let mut file = File::open(path)?;
        let mut magic = [0; 4];
        file.read_exact(&mut magic)?;
        let is_plain = packing(&magic) == Packing::None && Utf16::of(&magic).is_none();
        if !is_plain || source.bytes / 2 <= read {
            return Ok(None);
        }
        file.seek(io::SeekFrom::Start(source.bytes / 2))?;
        let mut start = Buffer::default();
        start.fill(&mut file, BLOCK_BYTES)?;
        let (Some(newline), Some(rest)) = (memchr::memchr(b'\n', start.filled()), self.rest.take()) else {
            return Ok(None);
        };
        let middle = source.bytes / 2 + newline as u64 + 1;
        self.rest = Some(Box::new(rest.take(middle - read)));
        let mut carry = Buffer::default();
        carry.set(&start.filled()[newline + 1..]);
        let rest: Rest =
            Box::new(Tapped { inner: Box::new(file), tap: Arc::default(), progress: progress.clone() });
        let rest: Rest = Box::new(WithoutEnd::new(rest));
        let (format, pieces) = (self.format.clone(), SECOND_HALF);
        Ok(Some(Self { format, rest: Some(rest), carry, offset: middle, pieces }))
    }

    /// Names of columns that are spelled in another way than their fields.
    pub(crate) fn respelled_columns(&self) -> &[String] {
        match &self.format {
            LineFormat::Json => &[],
            LineFormat::Csv(header) => header.respelled_columns(),
        }
    }

    pub(crate) fn unknown_columns(&self) -> &[String] {
        match &self.format {
            LineFormat::Json => &[],
            LineFormat::Csv(header) => header.unknown_columns(),
        }
    }

    /// The next records; none at the end. `spare` is memory to use again.
    pub(crate) fn next_block(&mut self, mut spare: Buffer) -> io::Result<Option<Block>> {
        if self.carry.length < BLOCK_BYTES {
            self.read_on()?;
        }
        loop {
            let end = match self.rest {
                None if self.carry.length == 0 => return Ok(None),
                None => Some(self.carry.length),
                Some(_) => self.last_record_end(),
            };
            if let Some(end) = end {
                spare.set(&self.carry.filled()[end..]);
                std::mem::swap(&mut spare, &mut self.carry);
                spare.length = end;
                return Ok(Some(self.block(spare, false)));
            }
            if self.carry.length > RECORD_BYTES_MAX {
                let start = std::mem::take(&mut self.carry);
                let block = self.block(start, true);
                self.skip_line()?;
                return Ok(Some(block));
            }
            self.read_on()?;
        }
    }

    fn read_on(&mut self) -> io::Result<()> {
        if let Some(rest) = &mut self.rest
            && self.carry.fill(rest, BLOCK_BYTES)?
        {
            self.rest = None;
        }
        Ok(())
    }

    fn last_record_end(&self) -> Option<usize> {
        match &self.format {
            LineFormat::Json => memchr::memrchr(b'\n', self.carry.filled()).map(|newline| newline + 1),
            LineFormat::Csv(header) => csv::last_record_end(header, self.carry.filled()),
        }
    }

    fn block(&mut self, buffer: Buffer, is_too_long: bool) -> Block {
        let (format, offset, piece) = (self.format.clone(), self.offset, self.pieces);
        self.offset += buffer.length as u64;
        self.pieces += 1;
        Block { format, buffer, offset, piece, is_too_long }
    }

    /// Passes what is left of a line that is too long.
    fn skip_line(&mut self) -> io::Result<()> {
        while self.rest.is_some() {
            self.carry.length = 0;
            self.read_on()?;
            if let Some(newline) = memchr::memchr(b'\n', self.carry.filled()) {
                let rest = self.carry.filled()[newline + 1..].to_vec();
                self.carry.set(&rest);
                self.offset += newline as u64 + 1;
                return Ok(());
            }
            self.offset += self.carry.length as u64;
        }
        self.carry.length = 0;
        Ok(())
    }
}
