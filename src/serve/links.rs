//! The header `Link`: where the first, the previous, the next and the last page are.

use std::collections::BTreeMap;
use std::str::FromStr;

use super::parameters::Parameters;
use crate::error::{Error, Result};
use crate::listing::Listing;

/// Where clients find this server: a scheme, a host, and a path where a proxy puts it below one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl(String);

impl BaseUrl {
    /// As the request says, which names the host; else as the server listens.
    pub(crate) fn of_host(host: &str) -> Self {
        Self(format!("http://{host}"))
    }

    /// The host with its port.
    pub fn host(&self) -> &str {
        let rest = self.0.split_once("://").map_or(&*self.0, |(_, rest)| rest);
        rest.split('/').next().unwrap_or_default()
    }
}

impl FromStr for BaseUrl {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let url = text.trim_end_matches('/');
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).unwrap_or_default();
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_~:/[]%".contains(&byte);
        match !rest.is_empty() && !rest.starts_with('/') && rest.bytes().all(is_plain) {
            true => Ok(Self(url.to_owned())),
            false => Err(Error::BadParameter {
                parameter: "base_url",
                value: text.to_owned(),
                expected: "a URL, as https://portal.example.org".to_owned(),
            }),
        }
    }
}

/// `<http://…?page_size=10>; rel="first", <http://…?page=2&page_size=10>; rel="next"`: parameters in the order of
/// their names, and no `page` for the first.
pub(crate) fn links(base: &BaseUrl, path: &str, parameters: &Parameters, listing: &Listing) -> String {
    let Listing { page, pages, .. } = *listing;
    let link = |number: usize, relation: &str| {
        let url = page_url(base, path, parameters, number);
        format!("<{url}>; rel=\"{relation}\"")
    };
    let mut links = vec![link(1, "first")];
    links.extend((page > 1).then(|| link(page - 1, "prev")));
    links.extend((page < pages).then(|| link(page + 1, "next")));
    links.push(link(pages, "last"));
    links.join(", ")
}

fn page_url(base: &BaseUrl, path: &str, parameters: &Parameters, number: usize) -> String {
    let mut by_name: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, value) in parameters.iter().filter(|(name, _)| name != "page") {
        by_name.entry(name).or_default().push(value);
    }
    let page = number.to_string();
    if number > 1 {
        by_name.insert("page", vec![&page]);
    }
    let pairs = by_name.iter().flat_map(|(name, values)| values.iter().map(move |value| (*name, *value)));
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{}{path}{mark}{query}", base.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(query: &str, page: usize, pages: usize) -> String {
        let listing = Listing { total: 0, page, pages, rows: vec![] };
        links(&"https://x:1/y/".parse().unwrap(), "/api/", &Parameters::parse(query), &listing)
    }

    #[test]
    fn links_keep_all_parameters_sorted_by_name() {
        assert_eq!(
            found("o=b&page_size=2&page=2&o=a&type=&b=%C3%A9+%26", 2, 4),
            "<https://x:1/y/api/?b=%C3%A9+%26&o=b&o=a&page_size=2&type=>; rel=\"first\", \
             <https://x:1/y/api/?b=%C3%A9+%26&o=b&o=a&page_size=2&type=>; rel=\"prev\", \
             <https://x:1/y/api/?b=%C3%A9+%26&o=b&o=a&page=3&page_size=2&type=>; rel=\"next\", \
             <https://x:1/y/api/?b=%C3%A9+%26&o=b&o=a&page=4&page_size=2&type=>; rel=\"last\""
        );
    }

    #[test]
    fn one_page_is_the_first_and_the_last() {
        assert_eq!(
            found("page=1", 1, 1),
            "<https://x:1/y/api/>; rel=\"first\", <https://x:1/y/api/>; rel=\"last\""
        );
    }

    #[test]
    fn a_base_is_a_url_that_fits_into_a_header() {
        for text in ["portal", "ftp://x", "http://", "https:///x", "http://a b", "http://a>", "http://a?b"] {
            assert!(text.parse::<BaseUrl>().is_err(), "{text}");
        }
        assert_eq!("https://x:1/y/".parse::<BaseUrl>().unwrap().host(), "x:1");
    }
}
