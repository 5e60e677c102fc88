//! Compressed files: small ones unpacked at once, twice as fast as in a stream; and gzip in a stream.
//!
//! Whatever is not plain and whole is left to the streams, which tell what is wrong with it.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::GzDecoder;
use libdeflater::Decompressor;
use zstd::zstd_safe::get_frame_content_size;

/// How a member of a gzip file begins that is packed by deflate.
const GZIP_MEMBER: &[u8] = &[0x1f, 0x8b, 0x08];

/// The bytes of a gzip file of one member, if they are at most `limit`.
pub(crate) fn gzip(packed: &[u8], limit: usize) -> Option<Vec<u8>> {
    let (_, length) = packed.split_last_chunk::<4>()?;
    let length = u32::from_le_bytes(*length) as usize;
    // The library stops behind the first member without a word: there must not be another one.
    let is_one_member = memchr::memmem::find(packed.get(1..)?, GZIP_MEMBER).is_none();
    if length > limit || !is_one_member {
        return None;
    }
    let mut bytes = vec![0; length];
    let unpacked = Decompressor::new().gzip_decompress(packed, &mut bytes).ok()?;
    (unpacked == length).then_some(bytes)
}

/// The bytes of a zstd file whose first frame says how long it is, if they are at most `limit`. A frame to be skipped
/// says that it has none.
pub(crate) fn zstd(packed: &[u8], limit: usize) -> Option<Vec<u8>> {
    let length = usize::try_from(get_frame_content_size(packed).ok()??)
        .ok()
        .filter(|length| (1..=limit).contains(length))?;
    zstd::bulk::decompress(packed, length).ok()
}

/// The members of a gzip file, one after the other.
///
/// Zeros behind the last one are padding, as tapes and block devices leave them; anything else is damage.
pub(crate) struct Members<R> {
    /// `None` once the stream has ended.
    decoder: Option<GzDecoder<BufReader<R>>>,
}

impl<R: Read> Members<R> {
    pub(crate) fn new(packed: R) -> Self {
        Self { decoder: Some(GzDecoder::new(BufReader::new(packed))) }
    }

    /// Goes on to the next member, if there is one.
    fn next_member(&mut self) -> io::Result<()> {
        let mut packed = self.decoder.take().expect("a member has just ended").into_inner();
        loop {
            let buffered = packed.fill_buf()?;
            let zeros = buffered.iter().take_while(|byte| **byte == 0).count();
            if buffered.is_empty() {
                return Ok(());
            }
            if zeros < buffered.len() {
                packed.consume(zeros);
                self.decoder = Some(GzDecoder::new(packed));
                return Ok(());
            }
            packed.consume(zeros);
        }
    }
}

impl<R: Read> Read for Members<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(decoder) = &mut self.decoder {
            match decoder.read(buffer)? {
                0 if !buffer.is_empty() => self.next_member()?,
                read => return Ok(read),
            }
        }
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    fn gzipped(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_whole_file_is_unpacked_to_its_last_byte() {
        let bytes = b"usage ".repeat(1000);
        assert_eq!(gzip(&gzipped(&bytes), 6000), Some(bytes.clone()));
        assert_eq!(zstd(&zstd::bulk::compress(&bytes, 3).unwrap(), 6000), Some(bytes));
    }

    #[test]
    fn several_members_are_left_to_the_stream_even_where_they_are_equal() {
        let member = gzipped(b"usage");
        assert_eq!(gzip(&[&member[..], &member].concat(), 100), None);
    }

    #[test]
    fn members_follow_each_other_and_zeros_after_them_are_padding() {
        let member = gzipped(b"usage");
        let text = |packed: &[u8]| {
            let mut text = Vec::new();
            Members::new(packed).read_to_end(&mut text).map(|_| text)
        };
        assert_eq!(text(&[&member[..], &member].concat()).unwrap(), b"usageusage");
        assert_eq!(text(&[&member[..], &[0; 100_000]].concat()).unwrap(), b"usage");
        assert_eq!(text(&[&member[..], &[0; 512], &member, &[0; 3]].concat()).unwrap(), b"usageusage");
        assert!(text(&[&member[..], b"\0\0rest"].concat()).is_err());
        assert!(text(&member[..member.len() - 1]).is_err());
        assert_eq!(gzip(&[&member[..], &[0; 512]].concat(), 100), None, "left to the stream");
    }

    #[test]
    fn several_frames_are_unpacked_or_left_to_the_stream_but_never_cut() {
        let frame = zstd::bulk::compress(b"usage", 3).unwrap();
        assert_eq!(zstd(&[&frame[..], &frame].concat(), 100), None);
        let skipped = b"\x50\x2a\x4d\x18\x04\0\0\0size";
        let packed = [&skipped[..], &frame, skipped, &frame].concat();
        assert_eq!(zstd(&packed, 100), None);
        let mut text = Vec::new();
        zstd::Decoder::new(&packed[..]).unwrap().read_to_end(&mut text).unwrap();
        assert_eq!(text, b"usageusage");
    }

    #[test]
    fn what_is_damaged_cut_or_too_long_is_left_to_the_stream() {
        let packed = gzipped(&[7; 1000]);
        let mut damaged = packed.clone();
        damaged[packed.len() - 6] ^= 1;
        assert_eq!(gzip(&damaged, 1000), None);
        assert_eq!(gzip(&packed[..packed.len() - 1], 1000), None);
        assert_eq!(gzip(&packed, 999), None);
        assert_eq!(gzip(b"", 999), None);
        let packed = zstd::bulk::compress(&[7; 1000], 3).unwrap();
        assert_eq!(zstd(&packed[..packed.len() - 1], 1000), None);
        assert_eq!(zstd(&packed, 999), None);
    }
}
