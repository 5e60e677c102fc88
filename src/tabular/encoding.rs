//! UTF-16, as Excel ("Unicode text") and PowerShell save text, turned into UTF-8; and the mark that old programs put at
//! the end of a text.

use std::io::{self, BufRead, BufReader, Read};

/// The byte order mark of UTF-8.
pub(crate) const MARK: &[u8] = b"\xef\xbb\xbf";

/// What CP/M and DOS put at the end of a text (Ctrl-Z), as `copy a.csv + b.csv` still does.
pub(crate) const END: u8 = 0x1a;

/// A text without the mark of its end.
pub(crate) struct WithoutEnd<R> {
    inner: BufReader<R>,
}

impl<R: Read> WithoutEnd<R> {
    pub(crate) fn new(inner: R) -> Self {
        Self { inner: BufReader::with_capacity(1 << 18, inner) }
    }
}

impl<R: Read> Read for WithoutEnd<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut count = 0;
        while count < buffer.len() {
            // The last byte that is at hand may be the last one of all.
            let taken = match self.inner.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
                Ok([]) => break,
                Ok([byte]) => {
                    buffer[count] = *byte;
                    1
                }
                Ok([bytes @ .., _]) => {
                    let taken = bytes.len().min(buffer.len() - count);
                    buffer[count..count + taken].copy_from_slice(&bytes[..taken]);
                    taken
                }
            };
            let is_last = self.inner.buffer().len() == 1;
            self.inner.consume(taken);
            if is_last && buffer[count] == END && self.inner.fill_buf()?.is_empty() {
                break;
            }
            count += taken;
        }
        Ok(count)
    }
}

/// What UTF-16 of an odd number of bytes is, and what to do about it.
pub(crate) const HALF_A_CHARACTER: &str = "text in UTF-16 that ends within a character";
pub(crate) const WHOLE_FILE: &str =
    "a whole file: it was cut off, or joined with text of another encoding; save it again as UTF-8";

/// Whether a reading failed at the end of a [strict](Decoder::strict) decoder.
pub(crate) fn is_half_a_character(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|cause| cause.to_string() == HALF_A_CHARACTER)
}

/// The order of the two bytes of a unit of UTF-16.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Utf16 {
    LittleEndian,
    BigEndian,
}

impl Utf16 {
    /// Tells by the first bytes of a text: a byte order mark, or two characters of ASCII with their zero bytes.
    pub(crate) fn of(start: &[u8]) -> Option<Self> {
        let is_text = |byte: &u8| matches!(byte, b'\t' | b'\r' | b'\n' | b' '..=b'~');
        match start {
            // UTF-32.
            [0xff, 0xfe, 0, 0, ..] => None,
            [0xff, 0xfe, ..] => Some(Self::LittleEndian),
            [0xfe, 0xff, ..] => Some(Self::BigEndian),
            [first, 0, second, 0, ..] if is_text(first) && is_text(second) => Some(Self::LittleEndian),
            [0, first, 0, second, ..] if is_text(first) && is_text(second) => Some(Self::BigEndian),
            _ => None,
        }
    }

    fn unit(self, bytes: [u8; 2]) -> u16 {
        match self {
            Self::LittleEndian => u16::from_le_bytes(bytes),
            Self::BigEndian => u16::from_be_bytes(bytes),
        }
    }
}

/// A stream of UTF-16 as UTF-8, with its byte order mark.
///
/// Half a character becomes bytes that are no UTF-8, so that the record with it is rejected and no other.
pub(crate) struct Decoder<R> {
    inner: R,
    order: Utf16,
    /// Bytes that were read and not yet decoded.
    pending: Vec<u8>,
    decoded: Vec<u8>,
    /// How many of the decoded bytes are given away.
    given: usize,
    is_done: bool,
    /// Whether half a character at the end is an error.
    is_strict: bool,
}

const CHUNK_BYTES: usize = 1 << 16;

impl<R: Read> Decoder<R> {
    pub(crate) fn new(inner: R, order: Utf16) -> Self {
        Self {
            inner,
            order,
            pending: Vec::new(),
            decoded: Vec::new(),
            given: 0,
            is_done: false,
            is_strict: false,
        }
    }

    /// A decoder that ends in an error if the text ends within a character.
    pub(crate) fn strict(inner: R, order: Utf16) -> Self {
        Self { is_strict: true, ..Self::new(inner, order) }
    }

    fn fill(&mut self) -> io::Result<()> {
        let read = self.inner.by_ref().take(CHUNK_BYTES as u64).read_to_end(&mut self.pending)?;
        self.is_done = read == 0;
        self.decoded.clear();
        self.given = 0;
        let whole = self.whole_bytes();
        let units = self.pending[..whole].chunks_exact(2).map(|pair| self.order.unit([pair[0], pair[1]]));
        for character in char::decode_utf16(units) {
            match character {
                Ok(character) => {
                    self.decoded.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                }
                Err(_) => self.decoded.push(0xff),
            }
        }
        self.pending.drain(..whole);
        if self.is_done && !self.pending.is_empty() {
            if self.is_strict {
                return Err(io::Error::new(io::ErrorKind::InvalidData, HALF_A_CHARACTER));
            }
            self.pending.clear();
            self.decoded.push(0xff);
        }
        Ok(())
    }

    /// How many of the pending bytes are whole characters; before the end a pair is not torn.
    fn whole_bytes(&self) -> usize {
        let whole = self.pending.len() & !1;
        let is_high = whole >= 2 && {
            let last = self.order.unit([self.pending[whole - 2], self.pending[whole - 1]]);
            (0xd800..0xdc00).contains(&last)
        };
        if is_high && !self.is_done { whole - 2 } else { whole }
    }
}

impl<R: Read> Read for Decoder<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.decoded.len() {
            if self.is_done {
                return Ok(0);
            }
            self.fill()?;
        }
        let count = buffer.len().min(self.decoded.len() - self.given);
        buffer[..count].copy_from_slice(&self.decoded[self.given..self.given + count]);
        self.given += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(text: &str, order: Utf16) -> Vec<u8> {
        text.encode_utf16()
            .flat_map(|unit| match order {
                Utf16::LittleEndian => unit.to_le_bytes(),
                Utf16::BigEndian => unit.to_be_bytes(),
            })
            .collect()
    }

    fn decoded(bytes: &[u8], order: Utf16) -> Vec<u8> {
        let mut text = Vec::new();
        Decoder::new(bytes, order).read_to_end(&mut text).unwrap();
        text
    }

    #[test]
    fn the_mark_of_the_end_is_taken_away_at_the_end_alone() {
        let read = |bytes: &[u8]| {
            let mut text = Vec::new();
            WithoutEnd::new(bytes).read_to_end(&mut text).unwrap();
            text
        };
        let long = vec![END; 1 << 19];
        for (bytes, expected) in [
            (&b"a\x1a"[..], &b"a"[..]),
            (b"\x1a", b""),
            (b"a\x1ab", b"a\x1ab"),
            (b"a\x1a\x1a", b"a\x1a"),
            (b"a", b"a"),
            (b"", b""),
            (&long, &long[1..]),
        ] {
            assert_eq!(read(bytes), expected);
        }
    }

    #[test]
    fn text_of_either_order_is_told_by_its_mark_or_its_zero_bytes() {
        for order in [Utf16::LittleEndian, Utf16::BigEndian] {
            let text = "\u{feff}uuid,Mõõt 😀\r\n";
            assert_eq!(Utf16::of(&encoded(text, order)), Some(order));
            assert_eq!(Utf16::of(&encoded("[{", order)), Some(order));
            assert_eq!(decoded(&encoded(text, order), order), text.as_bytes());
        }
        assert_eq!(Utf16::of(b"uuid"), None);
        assert_eq!(Utf16::of(b"\xff\xfe\0\0u\0\0\0"), None);
    }

    #[test]
    fn a_character_that_two_reads_tear_is_whole() {
        let text = format!("a{}", "😀".repeat(CHUNK_BYTES / 2));
        assert_eq!(decoded(&encoded(&text, Utf16::LittleEndian), Utf16::LittleEndian), text.as_bytes());
    }

    #[test]
    fn half_a_character_is_no_utf8() {
        assert_eq!(decoded(b"\x3d\xd8a\0", Utf16::LittleEndian), b"\xffa");
        assert_eq!(decoded(b"a\0b", Utf16::LittleEndian), b"a\xff");
    }
}
