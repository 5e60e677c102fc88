//! Usernames that name nobody: keyed, so that only who has the key can tell whose they are, and stable under one key.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::error::{Error, Result};
use crate::ingest::Intake;
use crate::text::hex;
use crate::usage::UsageFrame;

/// As many bytes as make a guess of the key hopeless.
const KEY_BYTES_MIN: usize = 16;

/// What stands for what a record's text would give away.
const WITHHELD: &str = "(withheld: usernames are pseudonyms)";

/// A secret key for pseudonyms, which is never shown.
pub struct Pseudonyms {
    key: Hmac<Sha256>,
}

impl fmt::Debug for Pseudonyms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pseudonyms").finish_non_exhaustive()
    }
}

impl Pseudonyms {
    /// Takes the key as it stands in a file, but for white space at its end.
    ///
    /// # Errors
    /// A key that could be guessed.
    pub fn new(key: &[u8]) -> Result<Self> {
        let key = key.trim_ascii_end();
        if key.len() < KEY_BYTES_MIN {
            return Err(Error::BadParameter {
                parameter: "the key of pseudonyms",
                value: format!("{} bytes long", key.len()),
                expected: format!(
                    "{KEY_BYTES_MIN} bytes or more, as `head -c 32 /dev/urandom | base64` makes them"
                ),
            });
        }
        Ok(Self { key: Hmac::new_from_slice(key).expect("HMAC takes keys of any length") })
    }

    /// Replaces every username that was read, and takes out of faults what might hold one.
    pub(crate) fn hide(&self, intake: &mut Intake) {
        self.hide_usernames(&mut intake.frame);
        intake.faults.withhold(WITHHELD);
        if let Some(rejects) = &mut intake.rejects {
            rejects.withhold(WITHHELD);
        }
    }

    /// Replaces every username of records.
    pub(crate) fn hide_usernames(&self, frame: &mut UsageFrame) {
        for username in &mut frame.usernames {
            *username = self.of(username).into();
        }
    }

    /// `user-` and 16 hex digits: the first 64 bits of the HMAC-SHA-256 of the username.
    pub fn of(&self, username: &str) -> String {
        let mut mac = self.key.clone();
        mac.update(username.as_bytes());
        format!("user-{}", hex(&mac.finalize().into_bytes()[..8]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pseudonym_is_the_hmac_of_the_username_under_the_key() {
        let pseudonyms = Pseudonyms::new(b"a secret of sixteen bytes and more\n").unwrap();
        // printf alice | openssl dgst -sha256 -hmac 'a secret of sixteen bytes and more'
        assert_eq!(pseudonyms.of("alice"), "user-bc54fa1cb7f8b06f");
        assert_ne!(pseudonyms.of("alice"), pseudonyms.of("Alice"));
    }

    #[test]
    fn the_key_is_not_shown() {
        let key = b"0123456789abcdef";
        let shown = format!("{:?}", Pseudonyms::new(key).unwrap());
        assert_eq!(shown, "Pseudonyms { .. }");
    }

    #[test]
    fn another_key_gives_another_pseudonym() {
        let of = |key: &[u8]| Pseudonyms::new(key).unwrap().of("alice");
        assert_ne!(of(b"0123456789abcdef"), of(b"0123456789abcdeg"));
        assert_eq!(of(b"0123456789abcdef"), of(b"0123456789abcdef\r\n"));
    }

    #[test]
    fn a_key_that_could_be_guessed_is_refused() {
        let error = Pseudonyms::new(b"secret\n\n").err().unwrap();
        assert!(error.is_usage() && error.to_string().contains("6 bytes long"), "{error}");
    }
}
