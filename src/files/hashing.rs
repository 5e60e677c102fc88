//! Size and SHA-256 of what was written.

use std::io::{self, Write};

use sha2::{Digest as _, Sha256};

use crate::text::hex;

/// Passes bytes on and keeps count of them.
#[derive(Debug)]
pub struct HashingWriter<W> {
    inner: W,
    /// None if nobody asks for it.
    sha256: Option<Sha256>,
    bytes: u64,
}

/// What went through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest {
    /// The size, in bytes.
    pub bytes: u64,
    /// 64 hex digits, where it was asked for.
    pub sha256: Option<String>,
}

/// Whether somebody asks for the SHA-256 of an output: a manifest does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hashing {
    /// It is computed.
    Sha256,
    /// It is not.
    Off,
}

impl Digest {
    /// Of bytes that are at hand, with their SHA-256.
    pub fn of(bytes: &[u8]) -> Self {
        Self { bytes: bytes.len() as u64, sha256: Some(hex(&Sha256::digest(bytes))) }
    }
}

impl<W: Write> HashingWriter<W> {
    /// Passes everything on to `inner`.
    pub fn new(inner: W, hashing: Hashing) -> Self {
        Self { inner, sha256: (hashing == Hashing::Sha256).then(Sha256::new), bytes: 0 }
    }

    /// Gives back the inner writer and what went through.
    pub fn finish(self) -> (W, Digest) {
        (self.inner, Digest { bytes: self.bytes, sha256: self.sha256.map(|sha256| hex(&sha256.finalize())) })
    }
}

impl<W: Write> Write for HashingWriter<W> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(buffer)?;
        if let Some(sha256) = &mut self.sha256 {
            sha256.update(&buffer[..written]);
        }
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_through_is_counted_and_hashed() {
        let mut writer = HashingWriter::new(Vec::new(), Hashing::Sha256);
        writer.write_all(b"a").unwrap();
        writer.write_all(b"bc").unwrap();
        let (inner, digest) = writer.finish();
        assert_eq!(inner, b"abc");
        assert_eq!(digest.bytes, 3);
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(digest.sha256.as_deref(), Some(expected));
        assert_eq!(digest, Digest::of(b"abc"));
    }
}
