//! The tokens that open the endpoint, kept as their digests only.

use std::fmt;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::error::{Error, Result};
use crate::ingest::read_plain_file;

/// Tokens, any of which is good. None at all asks for none.
#[derive(Clone, Default)]
pub struct Tokens {
    digests: Vec<[u8; 32]>,
}

/// Shows how many there are. A digest would let a weak token be guessed.
impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").field("count", &self.digests.len()).finish_non_exhaustive()
    }
}

impl Tokens {
    /// Whether none is needed.
    pub fn is_empty(&self) -> bool {
        self.digests.is_empty()
    }

    /// Takes the tokens of a file, one a line.
    ///
    /// # Errors
    /// A file that cannot be read or holds none, and a line that no client could send as a token.
    pub fn add_file(&mut self, path: &Path) -> Result<()> {
        let text = read_plain_file(path)?;
        let text = String::from_utf8_lossy(&text);
        let before = self.digests.len();
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        lines
            .map(|line| self.add(line))
            .collect::<Option<()>>()
            .filter(|()| self.digests.len() > before)
            .ok_or_else(|| Error::BadParameter {
                parameter: "token_file",
                value: path.display().to_string(),
                expected: "a file with one token a line, of visible ASCII characters".to_owned(),
            })
    }

    /// Takes the token that the environment names.
    pub fn add_variable(&mut self, name: &'static str, value: &str) -> Result<()> {
        // The value itself is never printed.
        self.add(value.trim()).ok_or_else(|| Error::BadParameter {
            parameter: name,
            value: "…".to_owned(),
            expected: "a token of visible ASCII characters".to_owned(),
        })
    }

    fn add(&mut self, token: &str) -> Option<()> {
        let is_token = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
        is_token.then(|| self.digests.push(digest(token.as_bytes())))
    }

    /// Whether a token is one of these. It takes as long for every token, right or wrong.
    pub fn contains(&self, token: &[u8]) -> bool {
        let token = digest(token);
        let differs =
            |known: &[u8; 32]| known.iter().zip(token).fold(0, |all, (one, other)| all | (one ^ other));
        self.digests.iter().fold(false, |found, known| found | (differs(known) == 0))
    }
}

/// Digests have one length and tell nothing of the token, so how long they take to compare tells nothing either.
fn digest(token: &[u8]) -> [u8; 32] {
    Sha256::digest(token).into()
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn tokens(text: &str) -> Result<Tokens> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let mut tokens = Tokens::default();
        tokens.add_file(file.path()).map(|()| tokens)
    }

    #[test]
    fn every_line_of_a_file_is_a_token() {
        let tokens = tokens("\n abc \r\ndef\n").unwrap();
        assert!(tokens.contains(b"abc") && tokens.contains(b"def"));
        for other in ["", "ab", "abcd", "abc ", "ABC", "abcdef"] {
            assert!(!tokens.contains(other.as_bytes()), "{other}");
        }
        assert!(!Tokens::default().contains(b""));
    }

    #[test]
    fn neither_tokens_nor_their_digests_are_shown() {
        assert_eq!(format!("{:?}", tokens("abc\ndef\n").unwrap()), "Tokens { count: 2, .. }");
    }

    #[test]
    fn a_file_without_tokens_or_with_what_is_none_is_refused() {
        for text in ["", "\n \n", "two words\n", "naïve\n"] {
            let error = tokens(text).map(|_| ()).unwrap_err();
            assert!(error.is_usage() && error.to_string().contains("one token a line"), "{error}");
        }
        let secret = Tokens::default().add_variable("USAGEBOOK_TOKEN", "two words").unwrap_err();
        assert!(!secret.to_string().contains("words"), "{secret}");
    }
}
