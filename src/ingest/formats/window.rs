//! A moving view of a stream: as much of it as the value at hand needs, never all.

use std::io::{self, Read};

use super::json::{RECORD_BYTES_MAX, find_results, is_component_usage, value_end};
use super::plain::plain_record;
use crate::ingest::records::raw::RawRecord;

/// How much is read at a time, in bytes.
const STEP: usize = 1 << 20;

/// The part of a stream that is in memory, and the place up to which it is done with.
pub(crate) struct Window<R> {
    /// None once the stream has ended.
    stream: Option<R>,
    buffer: Vec<u8>,
    /// The bytes of the buffer before it are done with.
    position: usize,
    /// Bytes of the stream before the buffer.
    base: u64,
    /// Whether everything in the buffer is UTF-8. Past the first fault every record is looked at on its own.
    is_utf8: bool,
}

impl<R: Read> Window<R> {
    /// A view that begins with bytes already read; `stream` is what follows them, if anything does.
    pub(crate) fn new(buffer: Vec<u8>, stream: Option<R>) -> Self {
        let is_utf8 = is_utf8_start(&buffer);
        let position = if buffer.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        Self { stream, buffer, position, base: 0, is_utf8 }
    }

    /// What is in memory and not yet done with.
    pub(crate) fn rest(&self) -> &[u8] {
        &self.buffer[self.position..]
    }

    /// The place in the stream, in bytes.
    pub(crate) fn offset(&self) -> u64 {
        self.base + self.position as u64
    }

    pub(crate) fn is_utf8(&self) -> bool {
        self.is_utf8
    }

    pub(crate) fn advance(&mut self, bytes: usize) {
        self.position += bytes;
    }

    /// Gives the memory back for another use.
    pub(crate) fn into_buffer(self) -> Vec<u8> {
        self.buffer
    }

    /// Reads on; false where the stream has ended.
    pub(crate) fn fill(&mut self) -> io::Result<bool> {
        let Some(stream) = &mut self.stream else { return Ok(false) };
        self.buffer.drain(..self.position);
        self.base += self.position as u64;
        self.position = 0;
        let start = self.buffer.len();
        let step = STEP.max(start) as u64;
        let read = stream.by_ref().take(step).read_to_end(&mut self.buffer)?;
        if read == 0 {
            self.stream = None;
        }
        self.is_utf8 = self.is_utf8 && is_utf8_start(&self.buffer);
        Ok(read > 0)
    }

    /// The next byte that is no white space, which stays; none at the end.
    pub(crate) fn peek_token(&mut self) -> io::Result<Option<u8>> {
        loop {
            if let Some(length) = self.rest().iter().position(|byte| !byte.is_ascii_whitespace()) {
                self.position += length;
                return Ok(Some(self.buffer[self.position]));
            }
            self.position = self.buffer.len();
            if !self.fill()? {
                return Ok(None);
            }
        }
    }

    /// Where the records of an envelope begin, if the object at hand is one.
    pub(crate) fn find_results(&mut self) -> io::Result<Option<usize>> {
        loop {
            let rest = self.rest();
            let found = find_results(rest);
            if found.is_some()
                || value_end(rest, 0).is_some()
                || rest.len() > RECORD_BYTES_MAX
                || !self.fill()?
            {
                return Ok(found);
            }
        }
    }

    /// Whether the object at hand is a component usage.
    pub(crate) fn starts_as_component_usage(&mut self) -> io::Result<bool> {
        loop {
            let rest = self.rest();
            if value_end(rest, 0).is_some() || rest.len() > RECORD_BYTES_MAX || !self.fill()? {
                let is_plain = plain_record(self.rest(), &mut RawRecord::default()).is_some();
                return Ok(!is_plain && is_component_usage(self.rest()));
            }
        }
    }
}

/// Whether bytes are UTF-8, but for a character that the end of the buffer may have cut.
fn is_utf8_start(bytes: &[u8]) -> bool {
    match simdutf8::compat::from_utf8(bytes) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    }
}
