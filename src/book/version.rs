//! Which state of a month is meant: now, a closed version, or as a delivery left it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// The name of a delivery: hex digits that follow from its content.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DeliveryId(pub(super) String);

impl fmt::Display for DeliveryId {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How many digits an id has.
pub(super) const ID_DIGITS: usize = 12;
/// As few as still tell deliveries apart.
const ID_DIGITS_MIN: usize = 4;

/// One of a month's states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Version {
    /// By all deliveries.
    Now,
    /// As it was closed; from 1.
    Closed(u32),
    /// By all deliveries up to this one in time; the id, or the digits that it begins with. Retracted deliveries are left
    /// out, unless it is this one.
    Delivery(String),
}

impl FromStr for Version {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let is_id = (ID_DIGITS_MIN..=ID_DIGITS).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        let is_number = |digits: &&str| digits.bytes().all(|byte| byte.is_ascii_digit());
        match text.strip_prefix('v').filter(is_number).and_then(|digits| digits.parse::<u32>().ok()) {
            Some(number @ 1..) => Ok(Self::Closed(number)),
            _ if text == "now" => Ok(Self::Now),
            _ if is_id => Ok(Self::Delivery(text.to_owned())),
            _ => Err(Error::UnknownVersion { text: text.to_owned() }),
        }
    }
}

/// As it can be typed.
impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Now => f.write_str("now"),
            Self::Closed(number) => write!(f, "v{number}"),
            Self::Delivery(id) => f.write_str(id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_now_a_number_or_a_delivery() {
        for text in ["now", "v1", "v12", "3f2a", "00c0ffee0123"] {
            assert_eq!(text.parse::<Version>().unwrap().to_string(), text);
        }
        for text in ["", "v0", "v", "v-1", "1", "3f2", "NOW", "xyzw", "00c0ffee01234"] {
            assert!(text.parse::<Version>().is_err(), "{text}");
        }
    }
}
