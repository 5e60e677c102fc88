//! Archives of pages, zip and tar, packed or not: what is in them is read as if it lay in a folder.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;

use zip::CompressionMethod;

use super::stream::{Rest, unpacking};
use crate::error::{Error, Result};
use crate::system;
use crate::tabular::foreign::is_tar;

/// What an archive may unpack to: this many bytes, and this many times its own size.
const UNPACKED_BYTES_MAX: u64 = 1 << 30;
const UNPACKED_TIMES_MAX: u64 = 200;

/// What is wrong with zip archives that were joined, of which programs see the last one only.
pub(crate) const JOINED_ZIP: &str =
    "other bytes come before the archive, as when files are joined; give each file by itself";

/// How many files an archive may hold.
const ENTRIES_MAX: usize = 100_000;

/// A file in an archive.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    /// The archive, or a tar archive unpacked.
    file: Arc<File>,
    /// Where its bytes begin in the file, and how many there are.
    start: u64,
    packed_bytes: u64,
    packing: Packing,
    pub bytes: u64,
}

#[derive(Clone, Copy, Debug)]
enum Packing {
    Stored,
    /// With the CRC-32 of what is unpacked.
    Deflated(u32),
}

impl Member {
    /// The bytes, unpacked; each opening begins anew.
    pub(crate) fn open(&self) -> Rest {
        let range =
            Range { file: self.file.clone(), position: self.start, end: self.start + self.packed_bytes };
        match self.packing {
            Packing::Stored => Box::new(range),
            Packing::Deflated(crc) => Box::new(Checked {
                inner: flate2::read::DeflateDecoder::new(BufReader::new(range)),
                hasher: crc32fast::Hasher::new(),
                crc,
                left: self.bytes,
            }),
        }
    }
}

/// The files in an archive, in the order of their names; `None` if the file is no archive of pages.
///
/// Folders are left out.
///
/// # Errors
/// An archive that is damaged, encrypted or too large to be unpacked, or that the system does not let us read.
pub(crate) fn members(path: &Path) -> Result<Option<Vec<(String, Member)>>> {
    let unreadable = |source| Error::Unreadable { path: path.to_owned(), source };
    let refused = |reason: String| Error::BadArchive { path: path.to_owned(), reason };
    let mut file = File::open(path).map_err(unreadable)?;
    let mut start = Vec::new();
    Read::by_ref(&mut file).take(4).read_to_end(&mut start).map_err(unreadable)?;
    file.rewind().map_err(unreadable)?;
    let limit = limit(&file).map_err(unreadable)?;
    let mut members = match start.as_slice() {
        b"PK\x03\x04" | b"PK\x05\x06" => match zip_members(file, limit) {
            Ok(Some(members)) => members,
            Ok(None) => return Ok(None),
            Err(reason) => return Err(refused(reason)),
        },
        _ => match tar_members(file, limit) {
            Ok(Some(members)) => members,
            Ok(None) => return Ok(None),
            Err(error) => return Err(refused(error.to_string())),
        },
    };
    let is_outside = |name: &str| name.starts_with('/') || name.split('/').any(|part| part == "..");
    if let Some((name, _)) = members.iter().find(|(name, _)| is_outside(name)) {
        return Err(refused(format!(
            "{name} is outside of the archive's folder; unpack it first, if you trust it"
        )));
    }
    members.sort_by(|(a, _), (b, _)| a.cmp(b));
    Ok(Some(members))
}

/// `None` for a workbook or document, which is a zip archive too.
fn zip_members(file: File, limit: u64) -> std::result::Result<Option<Vec<(String, Member)>>, String> {
    let file = Arc::new(file);
    let mut archive = zip::ZipArchive::new(BufReader::new(&*file)).map_err(|error| damaged(&error))?;
    if ["[Content_Types].xml", "mimetype"].iter().any(|name| archive.index_for_name(name).is_some()) {
        return Ok(None);
    }
    if archive.offset() > 0 {
        return Err(JOINED_ZIP.to_owned());
    }
    if archive.len() > ENTRIES_MAX {
        return Err(too_large());
    }
    if listed_entries(&file).is_some_and(|listed| listed != archive.len()) {
        return Err(
            "several files in it have one name; unpack the archive first, each into a folder".to_owned()
        );
    }
    let mut members = Vec::new();
    let mut unpacked = 0_u64;
    for at in 0..archive.len() {
        let entry = archive.by_index_raw(at).map_err(|error| damaged(&error))?;
        if entry.is_dir() {
            continue;
        }
        let name = entry.name().map_err(|error| damaged(&error))?.replace('\\', "/");
        if entry.encrypted() {
            return Err(format!("an encrypted zip archive ({name}); unpack it with its password first"));
        }
        let packing = match entry.compression() {
            CompressionMethod::Stored => Packing::Stored,
            CompressionMethod::Deflated => Packing::Deflated(entry.crc32()),
            other => return Err(format!("{name} is packed by {other} in it; unpack the archive first")),
        };
        unpacked = unpacked.saturating_add(entry.size());
        let start = entry.data_start().ok_or_else(|| damaged(&"the place of a file is missing"))?;
        let (packed_bytes, bytes) = (entry.compressed_size(), entry.size());
        members.push((name, Member { file: file.clone(), start, packed_bytes, packing, bytes }));
    }
    if unpacked > limit { Err(too_large()) } else { Ok(Some(members)) }
}

fn damaged(error: &dyn std::fmt::Display) -> String {
    format!("a zip archive that is cut off or damaged ({error}); copy or download it again")
}

/// How many entries the end of a zip archive says that it has; `None` if they are more than fit there.
fn listed_entries(mut file: &File) -> Option<usize> {
    /// The end of the list, and the longest comment after it.
    const END_BYTES_MAX: u64 = 22 + 65_535;
    let length = file.metadata().ok()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(END_BYTES_MAX))).ok()?;
    let mut end = Vec::new();
    file.take(END_BYTES_MAX).read_to_end(&mut end).ok()?;
    let at = memchr::memmem::rfind(&end, b"PK\x05\x06")?;
    let entries = u16::from_le_bytes(end.get(at + 10..at + 12)?.try_into().ok()?);
    (entries < u16::MAX).then_some(usize::from(entries))
}

/// The files of a tar archive; one that is packed is unpacked into a temporary file that vanishes with the process.
fn tar_members(file: File, limit: u64) -> io::Result<Option<Vec<(String, Member)>>> {
    let mut start = [0; 512];
    if (&file).read_exact(&mut start).is_ok() && is_tar(&start) {
        (&file).rewind()?;
        return tar_entries(file).map(Some);
    }
    (&file).rewind()?;
    let mut unpacked = unpacking(BufReader::new(file))?;
    let mut start = Vec::new();
    // The reader of records reports a damaged stream.
    if unpacked.by_ref().take(512).read_to_end(&mut start).is_err() || !is_tar(&start) {
        return Ok(None);
    }
    let mut spool = tempfile::tempfile()?;
    spool.write_all(&start)?;
    let copied = io::copy(&mut unpacked.take(limit), &mut spool)
        .map_err(|error| io::Error::other(format!("a damaged archive ({error})")))?;
    if copied == limit {
        return Err(io::Error::other(too_large()));
    }
    spool.rewind()?;
    tar_entries(spool).map(Some)
}

fn tar_entries(file: File) -> io::Result<Vec<(String, Member)>> {
    let length = file.metadata()?.len();
    let file = Arc::new(file);
    let mut members = Vec::new();
    let mut archive = tar::Archive::new(BufReader::new(&*file));
    // Archives that were joined: each but the last ends in zeros.
    archive.set_ignore_zeros(true);
    let damaged = |error: io::Error| io::Error::other(format!("a damaged tar archive ({error})"));
    let (mut end, mut last) = (0, String::new());
    for entry in archive.entries().map_err(damaged)? {
        let entry = entry.map_err(damaged)?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let (start, bytes) = (entry.raw_file_position(), entry.size());
        (end, last) = (start.saturating_add(bytes).next_multiple_of(BLOCK_BYTES), name.clone());
        let kind = entry.header().entry_type();
        if kind.is_symlink() || kind.is_hard_link() {
            return Err(io::Error::other(format!("{name} is a link in it; unpack the archive first")));
        }
        if !kind.is_file() {
            continue;
        }
        if start.saturating_add(bytes) > length {
            return Err(io::Error::other(format!(
                "a tar archive that is cut off in {name}; fetch or pack it again"
            )));
        }
        let packing = Packing::Stored;
        members.push((name, Member { file: file.clone(), start, packed_bytes: bytes, packing, bytes }));
        if members.len() > ENTRIES_MAX {
            return Err(io::Error::other(too_large()));
        }
    }
    // A whole archive ends in blocks of zeros.
    match end.saturating_add(BLOCK_BYTES) > length {
        true => Err(io::Error::other(format!(
            "a tar archive that is cut off after {last}; fetch or pack it again"
        ))),
        false => Ok(members),
    }
}

/// A tar archive is made of blocks of this size.
const BLOCK_BYTES: u64 = 512;

fn limit(file: &File) -> io::Result<u64> {
    Ok(UNPACKED_BYTES_MAX.max(file.metadata()?.len().saturating_mul(UNPACKED_TIMES_MAX)))
}

fn too_large() -> String {
    format!(
        "an archive of more than {ENTRIES_MAX} files, or of more than {UNPACKED_TIMES_MAX} times its size when it is \
         unpacked; unpack it first, if you trust it"
    )
}

/// A part of a file, with a position of its own.
struct Range {
    file: Arc<File>,
    position: u64,
    end: u64,
}

impl Read for Range {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = (self.end - self.position).min(buffer.len() as u64) as usize;
        let read = system::read_at(&self.file, &mut buffer[..length], self.position)?;
        if read == 0 && length > 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.position += read as u64;
        Ok(read)
    }
}

/// Unpacked bytes whose number and checksum must be those that the archive gives.
struct Checked<R> {
    inner: R,
    hasher: crc32fast::Hasher,
    crc: u32,
    left: u64,
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.hasher.update(&buffer[..read]);
        let wrong = || {
            io::Error::new(io::ErrorKind::InvalidData, "its checksum or length is wrong in the zip archive")
        };
        self.left = self.left.checked_sub(read as u64).ok_or_else(wrong)?;
        let is_end = read == 0 && !buffer.is_empty();
        match is_end && (self.left > 0 || self.hasher.clone().finalize() != self.crc) {
            true => Err(wrong()),
            false => Ok(read),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two copies of a file, one after the other.
    fn joined(name: &str) -> File {
        let bytes = std::fs::read(format!("fixtures/formats/{name}")).unwrap();
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&[&bytes[..], &bytes].concat()).unwrap();
        file.rewind().unwrap();
        file
    }

    #[test]
    fn joined_archives_are_read_whole_or_refused() {
        let count = |name: &str, file: File| match name.ends_with("zip") {
            true => zip_members(file, u64::MAX).map(|members| members.unwrap().len()),
            false => tar_members(file, u64::MAX)
                .map(|members| members.unwrap().len())
                .map_err(|error| error.to_string()),
        };
        for name in ["pages.tar", "pages.tgz"] {
            let one = count(name, File::open(format!("fixtures/formats/{name}")).unwrap()).unwrap();
            assert_eq!(count(name, joined(name)), Ok(2 * one), "{name}");
        }
        assert_eq!(count("pages.zip", joined("pages.zip")), Err(JOINED_ZIP.to_owned()));
    }

    #[test]
    fn an_archive_that_unpacks_to_far_more_than_its_size_is_refused() {
        let open = |name: &str| File::open(format!("fixtures/formats/{name}")).unwrap();
        let tar_size = open("pages.tar").metadata().unwrap().len();
        assert!(tar_members(open("pages.tgz"), tar_size).unwrap().is_some());
        let error = tar_members(open("pages.tgz"), tar_size / 2).unwrap_err();
        assert!(error.to_string().contains("unpack it first, if you trust it"), "{error}");
        assert!(zip_members(open("pages.zip"), tar_size).unwrap().is_some());
        assert!(zip_members(open("pages.zip"), 1000).unwrap_err().contains("unpack it first"));
    }
}
