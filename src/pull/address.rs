//! Where a portal is. It cannot hold a password, so it can be shown.

use std::fmt;
use std::str::FromStr;

use crate::conflict::Conflict;
use crate::error::{Error, Result};

/// The address of a portal: scheme, host, and the path above `/api/` if there is one.
///
/// Parsed from a URL with or without `/api/` or the list after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortalAddress(String);

impl PortalAddress {
    /// Without a slash at the end.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PortalAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for PortalAddress {
    type Err = Error;

    /// # Errors
    /// A text that is no address of a web server. It is not repeated, because it may hold a password.
    fn from_str(url: &str) -> Result<Self> {
        let mut address = url.trim().trim_end_matches('/');
        for end in ["/marketplace-component-user-usages", "/api"] {
            address = address.strip_suffix(end).unwrap_or(address);
        }
        let rest = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"));
        let is_text = |character: char| character.is_ascii_graphic() && !matches!(character, '?' | '#' | '@');
        match rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/') && rest.chars().all(is_text))
        {
            true => Ok(Self(address.to_owned())),
            false => Err(Conflict::AddressUnusable.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_found_however_much_of_the_url_is_given() {
        let address = |url: &str| url.parse::<PortalAddress>().unwrap().to_string();
        let urls = [
            "https://p.example.org",
            "https://p.example.org/",
            "https://p.example.org/api/",
            " https://p.example.org/api/marketplace-component-user-usages/",
        ];
        for url in urls {
            assert_eq!(address(url), "https://p.example.org", "{url}");
        }
        assert_eq!(address("http://127.0.0.1:8080/waldur/api"), "http://127.0.0.1:8080/waldur");
    }

    #[test]
    fn what_is_no_address_is_refused_and_not_repeated() {
        let urls = [
            "",
            "p.example.org",
            "ftp://p",
            "https://",
            "https:///p",
            "https://p/?key=secret",
            "https://me:secret@p",
        ];
        for url in urls {
            let error = url.parse::<PortalAddress>().unwrap_err();
            assert!(error.is_usage(), "{url}: {error}");
            assert!(!format!("{error} {error:?}").contains("secret"), "{url}: {error:?}");
        }
    }
}
