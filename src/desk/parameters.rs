//! What an address or a form says, by name.

/// Names and values in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Parameters(Vec<(String, String)>);

impl Parameters {
    pub(crate) fn parse(text: &str) -> Self {
        Self(form_urlencoded::parse(text.as_bytes()).into_owned().collect())
    }

    /// The last value of a name that is not empty.
    pub(crate) fn one(&self, name: &str) -> Option<&str> {
        let values = self.pairs().filter(|(known, _)| *known == name).map(|(_, value)| value);
        values.last()
    }

    /// All values of a name that are not empty.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let values = self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.trim());
        values.filter(|value| !value.is_empty())
    }

    /// All that are not empty.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.0.iter().map(|(name, value)| (name.as_str(), value.trim()));
        pairs.filter(|(_, value)| !value.is_empty())
    }

    /// The same without some names.
    pub(crate) fn without(&self, names: &[&str]) -> Self {
        let kept = self.pairs().filter(|(name, _)| !names.contains(name));
        Self(kept.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    /// The same without one value of a name.
    pub(crate) fn without_value(&self, name: &str, value: &str) -> Self {
        let kept = self.pairs().filter(|pair| *pair != (name, value));
        Self(kept.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    /// The same with one value in the place of all that a name had.
    pub(crate) fn with(&self, name: &str, value: &str) -> Self {
        let mut changed = self.without(&[name]);
        changed.0.push((name.to_owned(), value.to_owned()));
        changed
    }

    /// The address of a page that is asked so.
    pub(crate) fn address(&self, path: &str) -> String {
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(self.pairs()).finish();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_reads_back_and_says_nothing_of_what_is_empty() {
        let parameters = Parameters::parse("by=customer&by=component&top=&type=a%26b%2Fc");
        assert_eq!(parameters.all("by").collect::<Vec<_>>(), ["customer", "component"]);
        assert_eq!((parameters.one("top"), parameters.one("type")), (None, Some("a&b/c")));
        let address = parameters.address("/figures");
        assert_eq!(address, "/figures?by=customer&by=component&type=a%26b%2Fc");
        assert_eq!(parameters.without(&["by", "type"]).address("/figures"), "/figures");
        assert_eq!(
            parameters.without_value("by", "customer").with("type", "x y").address("/"),
            "/?by=component&type=x+y"
        );
    }
}
