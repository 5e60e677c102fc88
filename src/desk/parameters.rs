//! What an address or a form says, by name, and what each address can say.

use crate::filter::Filter;

/// What narrows the rows behind a figure exactly, and no filter of the endpoint does. The empty text is a value, too.
pub(crate) const EXACT: [&str; 4] = ["unit", "currency", "component", "user"];

/// What an address can say.
#[derive(Debug)]
pub(crate) struct Known {
    /// What it can say once.
    pub once: &'static [&'static str],
    /// What it can say several times.
    pub often: &'static [&'static str],
    pub has_filters: bool,
}

impl Known {
    pub(crate) const NOTHING: Self = Self::once(&[]);

    pub(crate) const fn once(once: &'static [&'static str]) -> Self {
        Self { once, often: &[], has_filters: false }
    }

    fn filters(&self) -> impl Iterator<Item = &'static str> {
        Filter::ALL.into_iter().filter(|_| self.has_filters).map(Filter::name)
    }

    /// Why an address is not understood, and what it can say.
    fn wrong(&self, what: &str) -> String {
        let names: Vec<&str> = self.once.iter().chain(self.often).copied().chain(self.filters()).collect();
        match names.as_slice() {
            [] => format!("{what} This page has no parameters."),
            names => format!("{what} The parameters of this page are: {}.", names.join(", ")),
        }
    }
}

/// Names and values in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Parameters(Vec<(String, String)>);

impl Parameters {
    pub(crate) fn parse(text: &str) -> Self {
        Self(form_urlencoded::parse(text.as_bytes()).into_owned().collect())
    }

    /// Reads the query of an address that says only what it can.
    ///
    /// # Errors
    /// What is wrong, and what the address can say.
    pub(crate) fn read(query: &str, known: &Known) -> Result<Self, String> {
        let parameters = Self::parse(query);
        for (name, value) in &parameters.0 {
            let wrong = |what: &str| Err(known.wrong(&format!("The parameter {name:?} {what}.")));
            let is_once = known.once.contains(&name.as_str());
            if !is_once && !known.often.contains(&name.as_str()) && !known.filters().any(|own| own == name) {
                return wrong("is not known here");
            }
            if is_once && parameters.pairs().filter(|(other, _)| other == name).count() > 1 {
                return wrong("is given twice");
            }
            if name.ends_with("-page") && !value.parse::<u32>().is_ok_and(|page| page > 0) {
                return wrong(&format!("is {value:?}; expected the number of a page, from 1"));
            }
        }
        // What is no UTF-8 is read as this mark.
        let marks = |text: &str| text.matches('\u{fffd}').count();
        let read: usize = parameters.0.iter().map(|(name, value)| marks(name) + marks(value)).sum();
        if read > marks(query) + query.to_uppercase().matches("%EF%BF%BD").count() {
            let is_broken = |(name, value): &&(String, String)| marks(name) + marks(value) > 0;
            let name = parameters.0.iter().find(is_broken).map_or("", |(name, _)| name);
            return Err(known.wrong(&format!("The parameter {name:?} is no UTF-8.")));
        }
        Ok(parameters)
    }

    /// The last value of a name that is not empty, without blanks around it.
    pub(crate) fn one(&self, name: &str) -> Option<&str> {
        let values = self.pairs().filter(|(known, _)| *known == name).map(|(_, value)| value.trim());
        values.filter(|value| !value.is_empty()).last()
    }

    /// A value as it is, which may be empty.
    pub(crate) fn exact(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// All values of a name that are not empty, as they are.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.pairs().filter(move |(known, _)| *known == name).map(|(_, value)| value)
    }

    /// All that are not empty, and those that can be.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        pairs.filter(|(name, value)| !value.trim().is_empty() || EXACT.contains(name))
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

    #[test]
    fn a_value_keeps_its_blanks_and_the_empty_text_is_a_unit() {
        let parameters = Parameters::parse("type=+lead&period=+2026-10+&unit=&top=");
        assert_eq!(parameters.all("type").collect::<Vec<_>>(), [" lead"]);
        assert_eq!((parameters.one("period"), parameters.exact("unit")), (Some("2026-10"), Some("")));
        assert_eq!(parameters.without(&["period"]).address("/behind"), "/behind?type=+lead&unit=");
    }

    #[test]
    fn an_address_that_is_not_understood_says_what_it_can_say() {
        let known = Known { once: &["period", "rows-page"], often: &["by"], has_filters: true };
        for (query, wrong) in [
            ("perriod=2026-10", "\"perriod\" is not known here"),
            ("period=2026-10&period=2026-11", "\"period\" is given twice"),
            ("rows-page=0", "expected the number of a page"),
            ("type=%ff", "\"type\" is no UTF-8"),
            ("%c3=1", "is not known here"),
        ] {
            let said = Parameters::read(query, &known).unwrap_err();
            assert!(said.contains(wrong) && said.contains("period, rows-page, by, customer_uuid"), "{said}");
        }
        for query in ["by=customer&by=project&type=a&type=b", "period=&period=2026-10", "type=%EF%BF%BD", ""]
        {
            assert!(Parameters::read(query, &known).is_ok(), "{query}");
        }
    }
}
