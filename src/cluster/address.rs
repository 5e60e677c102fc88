//! Where an engine is, and what is said to it besides: `sc://host:port/;token=…;use_ssl=true;x-header=…`.
//!
//! It is Spark's own notation. A token is never shown.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;

use percent_encoding::percent_decode_str;

use crate::conflict::Conflict;
use crate::error::{EngineFailure, Error, Result};

/// Where Spark Connect listens if no port is named.
const PORT: u16 = 15002;

/// The variable with the token, if the address has none.
const TOKEN_VARIABLE: &str = "USAGEBOOK_ENGINE_TOKEN";

/// The address of an engine that speaks Spark Connect.
///
/// Shown without its parameters, since a token or a header may be among them.
#[derive(Clone, PartialEq, Eq)]
pub struct EngineAddress {
    host: String,
    port: u16,
    /// Whether to speak TLS, if the address says so.
    use_ssl: Option<bool>,
    token: Option<String>,
    user: Option<String>,
    /// Names in small letters, and values.
    headers: Vec<(String, String)>,
    ca_file: Option<PathBuf>,
}

/// What a session needs of an address, once it is known whether there is a token.
#[cfg_attr(not(feature = "cluster"), expect(dead_code, reason = "only a session reads it"))]
pub(super) struct Target {
    /// The authority: `host:port`.
    pub authority: String,
    /// The host as a certificate names it.
    pub host: String,
    pub is_tls: bool,
    pub token: Option<String>,
    pub user: Option<String>,
    pub headers: Vec<(String, String)>,
    pub ca_file: Option<PathBuf>,
}

impl EngineAddress {
    /// The same address, whose server shows a certificate of these authorities (PEM) and of no others.
    #[must_use]
    pub fn trusting(mut self, ca_file: impl Into<PathBuf>) -> Self {
        self.ca_file = Some(ca_file.into());
        self
    }

    /// The host, in brackets where it is an IPv6 address, and the port.
    fn authority(&self) -> String {
        match self.host.contains(':') {
            true => format!("[{}]:{}", self.host, self.port),
            false => format!("{}:{}", self.host, self.port),
        }
    }

    /// Whether what is sent stays on this machine.
    fn is_loopback(&self) -> bool {
        match self.host.parse::<IpAddr>() {
            Ok(address) => address.is_loopback(),
            Err(_) => self.host.eq_ignore_ascii_case("localhost"),
        }
    }

    /// With the token of the address, else of the environment. A token that leaves the machine makes it TLS, as Spark's own
    /// clients have it.
    ///
    /// # Errors
    /// A variable that is no token; a token for another machine, and an address that rules TLS out.
    #[cfg_attr(not(feature = "cluster"), expect(dead_code, reason = "only a session asks"))]
    pub(super) fn target(&self) -> Result<Target> {
        self.target_with(std::env::var(TOKEN_VARIABLE).ok().as_deref())
    }

    fn target_with(&self, variable: Option<&str>) -> Result<Target> {
        let token = match (&self.token, variable.map(str::trim)) {
            (Some(token), _) => Some(token.clone()),
            (None, None | Some("")) => None,
            (None, Some(token)) if is_word(token) => Some(token.to_owned()),
            (None, Some(_)) => {
                return Err(Error::UnusableVariable {
                    name: TOKEN_VARIABLE,
                    expected: "one word, the token",
                });
            }
        };
        let leaves = token.is_some() && !self.is_loopback();
        if leaves && self.use_ssl == Some(false) {
            return Err(Error::Engine {
                address: self.to_string(),
                failure: EngineFailure::TokenUnencrypted,
            });
        }
        Ok(Target {
            authority: self.authority(),
            host: self.host.clone(),
            is_tls: self.use_ssl.unwrap_or(leaves || self.ca_file.is_some()),
            token,
            user: self.user.clone(),
            headers: self.headers.clone(),
            ca_file: self.ca_file.clone(),
        })
    }
}

/// `sc://host:15002`
impl fmt::Display for EngineAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sc://{}", self.authority())
    }
}

/// Shows neither the token nor the headers.
impl fmt::Debug for EngineAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EngineAddress")
            .field("authority", &self.authority())
            .field("has_token", &self.token.is_some())
            .finish_non_exhaustive()
    }
}

impl FromStr for EngineAddress {
    type Err = Error;

    /// # Errors
    /// A text that is no address of an engine. It is not repeated, because it may hold a token.
    fn from_str(text: &str) -> Result<Self> {
        parse(text.trim()).ok_or_else(|| Conflict::EngineAddressUnusable.into())
    }
}

fn parse(text: &str) -> Option<EngineAddress> {
    let rest = text.strip_prefix("sc://")?;
    let (authority, parameters) = match rest.split_once('/') {
        None => (rest, ""),
        Some((authority, "")) => (authority, ""),
        Some((authority, parameters)) => (authority, parameters.strip_prefix(';')?),
    };
    let (host, port) = match authority.strip_prefix('[') {
        Some(inner) => {
            let (host, port) = inner.split_once(']')?;
            host.parse::<std::net::Ipv6Addr>().ok()?;
            (host, if port.is_empty() { None } else { Some(port.strip_prefix(':')?) })
        }
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    let is_in_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    if host.is_empty() || !(host.contains(':') || host.bytes().all(is_in_name)) {
        return None;
    }
    let port = port.map_or(Some(PORT), |port| port.parse().ok().filter(|port| *port > 0))?;
    let mut address = EngineAddress {
        host: host.to_owned(),
        port,
        use_ssl: None,
        token: None,
        user: None,
        headers: Vec::new(),
        ca_file: None,
    };
    for parameter in parameters.split(';').filter(|parameter| !parameter.is_empty()) {
        let (name, value) = parameter.split_once('=')?;
        let value = percent_decode_str(value).decode_utf8().ok()?.into_owned();
        address.set(name, value)?;
    }
    Some(address)
}

impl EngineAddress {
    /// Sets a parameter that was not set before.
    fn set(&mut self, name: &str, value: String) -> Option<()> {
        match name {
            "use_ssl" if self.use_ssl.is_none() => {
                self.use_ssl = Some(match value.as_str() {
                    "true" => true,
                    "false" => false,
                    _ => return None,
                });
            }
            "token" if self.token.is_none() && is_word(&value) => self.token = Some(value),
            "user_id" if self.user.is_none() && !value.is_empty() => self.user = Some(value),
            // The one parameter that Spark does not have.
            "ca_file" if self.ca_file.is_none() && !value.is_empty() => self.ca_file = Some(value.into()),
            // The session and its name are this program's own.
            "ca_file" | "use_ssl" | "token" | "user_id" | "session_id" | "user_agent" => return None,
            header => {
                let name = header.to_ascii_lowercase();
                let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
                let is_value = value.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
                // Those ending in -bin are no text, and grpc- is the protocol's.
                let is_kept = name.ends_with("-bin") || name.starts_with("grpc-") || name == "authorization";
                let is_new = self.headers.iter().all(|(known, _)| *known != name);
                if name.is_empty() || !name.bytes().all(is_name) || !is_value || is_kept || !is_new {
                    return None;
                }
                self.headers.push((name, value));
            }
        }
        Some(())
    }
}

/// Whether a text can be sent as a token.
fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> EngineAddress {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    fn target(text: &str, variable: Option<&str>) -> Target {
        address(text).target_with(variable).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn an_address_has_a_host_a_port_and_parameters() {
        for (text, shown) in [
            ("sc://localhost", "sc://localhost:15002"),
            (" sc://localhost/ ", "sc://localhost:15002"),
            ("sc://10.0.0.7:443/;", "sc://10.0.0.7:443"),
            ("sc://[::1]", "sc://[::1]:15002"),
            ("sc://[2001:db8::7]:7077/;use_ssl=true", "sc://[2001:db8::7]:7077"),
        ] {
            assert_eq!(address(text).to_string(), shown);
        }
        let all = target("sc://h:1/;token=a%3Bb;use_ssl=true;user_id=ann;X-Databricks-Cluster-Id=0 1;", None);
        assert_eq!((all.authority.as_str(), all.host.as_str(), all.is_tls), ("h:1", "h", true));
        assert_eq!((all.token.as_deref(), all.user.as_deref()), (Some("a;b"), Some("ann")));
        assert_eq!(all.headers, [("x-databricks-cluster-id".to_owned(), "0 1".to_owned())]);
    }

    #[test]
    fn what_is_no_address_is_refused_and_not_repeated() {
        for text in [
            "",
            "localhost:15002",
            "http://localhost:15002",
            "sc://",
            "sc:///;token=secret",
            "sc://:15002",
            "sc://h:0",
            "sc://h:99999",
            "sc://me:secret@h",
            "sc://h?token=secret",
            "sc://h/token=secret",
            "sc://h/;secret",
            "sc://h/;token=",
            "sc://h/;token=a secret",
            "sc://h/;token=%FFsecret",
            "sc://h/;token=secret;token=other",
            "sc://h/;use_ssl=yes;token=secret",
            "sc://h/;session_id=secret",
            "sc://h/;x-a=secret%0a;",
            "sc://h/;x-a=1;X-A=secret",
            "sc://h/;grpc-timeout=secret",
            "sc://h/;authorization=secret",
            "sc://[h]:1/;token=secret",
            "sc://h é/;token=secret",
        ] {
            let error = text.parse::<EngineAddress>().unwrap_err();
            assert!(error.is_usage(), "{text}: {error}");
            assert!(!format!("{error} {error:?}").contains("secret"), "{text}: {error:?}");
        }
    }

    #[test]
    fn neither_token_nor_headers_are_ever_shown() {
        let address = address("sc://h/;token=secret;x-key=secret");
        assert_eq!(format!("{address} {address:#?}").find("secret"), None, "{address:#?}");
    }

    #[test]
    fn a_token_leaves_the_machine_only_over_tls() {
        for text in ["sc://localhost", "sc://127.0.0.1", "sc://[::1]", "sc://h"] {
            assert!(!target(text, None).is_tls, "{text}: nothing is secret");
        }
        for text in ["sc://localhost/;token=a", "sc://127.8.0.1/;token=a;use_ssl=false"] {
            assert!(!target(text, None).is_tls, "{text}: it stays on the machine");
        }
        for text in ["sc://h/;token=a", "sc://10.0.0.7/;token=a;use_ssl=true", "sc://localhost.evil/;token=a"]
        {
            assert!(target(text, None).is_tls, "{text}");
        }
        assert!(target("sc://h", Some("a")).is_tls);
        for (text, variable) in [
            ("sc://10.0.0.7/;use_ssl=false;token=secret", None),
            ("sc://h/;use_ssl=false", Some("secret")),
            ("sc://localhost.evil/;use_ssl=false", Some("secret")),
        ] {
            let error = address(text).target_with(variable).err().expect("a refusal");
            let failure = EngineFailure::TokenUnencrypted;
            assert!(matches!(&error, Error::Engine { failure: found, .. } if *found == failure), "{error}");
            assert!(!format!("{error} {error:?}").contains("secret"), "{error}");
        }
    }

    #[test]
    fn the_token_of_the_address_counts_before_that_of_the_environment() {
        assert_eq!(target("sc://h/;token=a", Some("b")).token.as_deref(), Some("a"));
        assert_eq!(target("sc://h", Some(" b\n")).token.as_deref(), Some("b"));
        assert_eq!(target("sc://h", Some("")).token, None);
        let error = address("sc://h").target_with(Some("two secrets")).err().expect("a refusal");
        assert_eq!(error.to_string(), "USAGEBOOK_ENGINE_TOKEN needs one word, the token");
    }

    #[test]
    fn a_certificate_of_ones_own_means_tls() {
        assert!(
            address("sc://localhost").trusting("ca.pem").target_with(None).is_ok_and(|target| target.is_tls)
        );
    }
}
