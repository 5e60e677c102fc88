//! The parameters of a request, understood as the portal understands them.
//!
//! An unknown parameter is passed over and an empty one asks for nothing. Of a filter that is given several times the
//! last holds; fields and orders add up. All that is wrong is named at once, in the portal's words.

use crate::filter::{Filter, Filters};
use crate::listing::{ListRequest, Order, OrderKey, PAGE_SIZE_DEFAULT, Page, Paging};
use crate::text::parse_uri_uuid;
use crate::usage::Field;

use super::component_usages;
use super::reply::Refusal;

/// The endpoint's filters, in the order in which it names what is wrong with them.
const FILTERS: [Filter; 12] = [
    Filter::ComponentUsageBillingPeriod,
    Filter::Resource,
    Filter::ResourceUuid,
    Filter::OfferingUuid,
    Filter::ProjectUuid,
    Filter::CustomerUuid,
    Filter::DateBefore,
    Filter::DateAfter,
    Filter::Username,
    Filter::BillingPeriodYear,
    Filter::BillingPeriodMonth,
    Filter::Type,
];

/// Whose list is asked for: it decides which filters and orders there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    UserUsages,
    ComponentUsages,
}

impl Endpoint {
    /// The portal's name for one of what it lists.
    pub(crate) fn model(self) -> &'static str {
        match self {
            Self::UserUsages => "ComponentUserUsage",
            Self::ComponentUsages => "ComponentUsage",
        }
    }

    /// A component usage has no username to filter by.
    pub(crate) fn filters(self) -> impl Iterator<Item = Filter> {
        FILTERS.into_iter().filter(move |filter| self == Self::UserUsages || *filter != Filter::Username)
    }

    pub(crate) fn filter_name(self, filter: Filter) -> &'static str {
        match (self, filter) {
            (Self::ComponentUsages, Filter::ComponentUsageBillingPeriod) => "billing_period",
            (_, filter) => filter.name(),
        }
    }

    pub(crate) fn orders(self) -> &'static [OrderKey] {
        match self {
            Self::UserUsages => &OrderKey::ALL,
            Self::ComponentUsages => &[OrderKey::BillingPeriod, OrderKey::Usage],
        }
    }

    pub(crate) fn order_name(self, key: OrderKey) -> &'static str {
        match (self, key) {
            (Self::ComponentUsages, OrderKey::BillingPeriod) => "billing_period",
            (_, key) => key.name(),
        }
    }

    fn order(self, word: &str) -> Option<Order> {
        let (name, is_descending) = match word.trim().strip_prefix('-') {
            Some(name) => (name, true),
            None => (word.trim(), false),
        };
        let key = self.orders().iter().find(|key| self.order_name(**key) == name)?;
        Some(Order { key: *key, is_descending })
    }
}

/// The query of a request, decoded, in its order.
pub(crate) struct Parameters(Vec<(String, String)>);

impl Parameters {
    pub(crate) fn parse(query: &str) -> Self {
        Self(form_urlencoded::parse(query.as_bytes()).into_owned().collect())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &(String, String)> {
        self.0.iter()
    }

    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(given, _)| given == name).map(|(_, value)| &**value)
    }

    pub(crate) fn last(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(given, _)| given == name).map(|(_, value)| &**value)
    }

    /// Whether a name means anything here.
    pub(crate) fn is_known(name: &str) -> bool {
        FILTERS.iter().any(|filter| filter.name() == name)
            || name == Endpoint::ComponentUsages.filter_name(Filter::ComponentUsageBillingPeriod)
            || ["o", "field", "page", "page_size", "format"].contains(&name)
    }

    /// The fields asked for; all of them where no name is known.
    pub(crate) fn fields(&self) -> Vec<Field> {
        let mut fields: Vec<Field> =
            self.all("field").filter_map(|name| Field::named(name.as_bytes())).collect();
        fields.sort_unstable();
        fields.dedup();
        if fields.is_empty() { Field::ALL.to_vec() } else { fields }
    }

    /// The same of the component usages' fields.
    pub(crate) fn component_usage_fields(&self) -> Vec<&'static str> {
        let all = component_usages::FIELDS;
        let is_asked = |field: &&'static str| self.all("field").any(|name| name == *field);
        let fields: Vec<&'static str> = all.into_iter().filter(is_asked).collect();
        if fields.is_empty() { all.to_vec() } else { fields }
    }

    /// # Errors
    /// Every value that is wrong, and a page that can be none.
    pub(crate) fn list_request(
        &self,
        endpoint: Endpoint,
        page_size_max: usize,
    ) -> Result<(Filters, ListRequest), Refusal> {
        let (filters, orders) = self.filters_and_orders(endpoint)?;
        let page = match self.last("page") {
            None | Some("") => Page::Number(1),
            Some(text) => text.parse().map_err(|_| Refusal::InvalidPage)?,
        };
        let size = self.last("page_size").and_then(|text| text.trim().parse().ok());
        let size = size.filter(|size| *size > 0).unwrap_or(PAGE_SIZE_DEFAULT).min(page_size_max);
        Ok((filters, ListRequest { orders, paging: Paging::Page { page, size } }))
    }

    /// # Errors
    /// Every value that is wrong.
    pub(crate) fn filters_and_orders(&self, endpoint: Endpoint) -> Result<(Filters, Vec<Order>), Refusal> {
        let mut filters = Filters::default();
        let mut mistakes = Vec::new();
        for filter in endpoint.filters() {
            let name = endpoint.filter_name(filter);
            let Some(text) = self.last(name).filter(|text| !text.trim().is_empty()) else {
                continue;
            };
            match add(&mut filters, filter, text) {
                Ok(()) => {}
                Err(Mistake::Message(message)) => mistakes.push((name, message.to_owned())),
                Err(Mistake::NoRoute) => return Err(Refusal::NotFound),
            }
        }
        let orders = match self.orders(endpoint) {
            Ok(orders) => orders,
            Err(choice) => {
                let message = format!("Select a valid choice. {choice} is not one of the available choices.");
                mistakes.push(("o", message));
                Vec::new()
            }
        };
        if mistakes.is_empty() { Ok((filters, orders)) } else { Err(Refusal::Invalid(mistakes)) }
    }

    /// Comma lists, of which each adds to those before it; or the first one that is none.
    fn orders(&self, endpoint: Endpoint) -> Result<Vec<Order>, String> {
        let words = self.all("o").flat_map(|list| list.split(',')).filter(|word| !word.is_empty());
        words.map(|word| endpoint.order(word).ok_or_else(|| word.to_owned())).collect()
    }
}

enum Mistake {
    Message(&'static str),
    /// A URL whose path is none of the portal's.
    NoRoute,
}

fn add(filters: &mut Filters, filter: Filter, text: &str) -> Result<(), Mistake> {
    match filter {
        Filter::BillingPeriodYear => match truncated(text) {
            Some(year @ 1..=9999) => add_checked(filters, filter, &year.to_string(), YEAR_TOO_SMALL),
            Some(10_000..) => Err(Mistake::Message(YEAR_TOO_LARGE)),
            Some(_) => Err(Mistake::Message(YEAR_TOO_SMALL)),
            None => Err(Mistake::Message(NO_NUMBER)),
        },
        Filter::BillingPeriodMonth => match truncated(text) {
            Some(month @ 1..=12) => add_checked(filters, filter, &month.to_string(), NO_NUMBER),
            Some(_) => {
                filters.exclude_all();
                Ok(())
            }
            None => Err(Mistake::Message(NO_NUMBER)),
        },
        Filter::Resource => add_resource(filters, text.trim()),
        Filter::Type | Filter::Username if text.contains('\0') => {
            Err(Mistake::Message("Null characters are not allowed."))
        }
        Filter::DateAfter | Filter::DateBefore | Filter::ComponentUsageBillingPeriod => {
            add_checked(filters, filter, text, "Enter a valid date.")
        }
        _ => add_checked(filters, filter, text, "Enter a valid UUID."),
    }
}

const NO_NUMBER: &str = "Enter a number.";
const YEAR_TOO_SMALL: &str = "Ensure this value is greater than or equal to 1.";
const YEAR_TOO_LARGE: &str = "Ensure this value is less than or equal to 9999.";

fn add_checked(
    filters: &mut Filters,
    filter: Filter,
    text: &str,
    message: &'static str,
) -> Result<(), Mistake> {
    filters.add(filter, text).map_err(|_| Mistake::Message(message))
}

/// A URL that leads to no resource excludes everything.
fn add_resource(filters: &mut Filters, url: &str) -> Result<(), Mistake> {
    let path = match url.split_once("://") {
        Some((_, rest)) => rest.find('/').map(|start| &rest[start..]),
        None => Some(url).filter(|url| url.starts_with('/')),
    };
    match path {
        Some(path)
            if path.starts_with("/api/marketplace-resources/")
                && parse_uri_uuid(path.as_bytes()).is_some() =>
        {
            add_checked(filters, Filter::Resource, url, "Enter a valid URL.")
        }
        Some(path) if !path.starts_with("/api/") => Err(Mistake::NoRoute),
        _ => {
            filters.exclude_all();
            Ok(())
        }
    }
}

/// The whole number that a decimal is cut down to: 9 of `9.5`, 10 of `1e1`. Beyond the bounds of an `i32` the bound.
fn truncated(text: &str) -> Option<i32> {
    let text = text.trim();
    let (is_negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent_of(exponent)?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = [whole, fraction].concat();
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let whole_digits = (whole.len() as i64).saturating_add(exponent);
    let leading_zeros = digits.bytes().take_while(|byte| *byte == b'0').count() as i64;
    let magnitude = if leading_zeros == digits.len() as i64 || whole_digits <= leading_zeros {
        0
    } else if whole_digits - leading_zeros > 9 {
        i32::MAX
    } else {
        let digit = |at: i64| digits.as_bytes().get(at as usize).map_or(0, |byte| i32::from(byte - b'0'));
        (leading_zeros..whole_digits).fold(0, |number, at| number * 10 + digit(at))
    };
    Some(if is_negative { -magnitude } else { magnitude })
}

/// Of more digits than any number needs the bound.
fn exponent_of(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let bound = if text.starts_with('-') { i64::MIN } else { i64::MAX };
    Some(text.parse().unwrap_or(bound))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_cut_down_to_whole_numbers() {
        for (text, expected) in [
            ("9", 9),
            ("09", 9),
            ("9.0", 9),
            ("9.5", 9),
            (" 9 ", 9),
            ("+9", 9),
            ("-1", -1),
            ("1e1", 10),
            ("1E+1", 10),
            ("25e-1", 2),
            ("0.0012e4", 12),
            (".5", 0),
            ("5.", 5),
            ("0", 0),
            ("-0.9", 0),
            ("0e999999999999999999999", 0),
            ("99999999999", i32::MAX),
            ("1e99999999999999999999", i32::MAX),
            ("-1e30", -i32::MAX),
            ("1e-99999999999999999999", 0),
            ("000000000000000000002025.5", 2025),
        ] {
            assert_eq!(truncated(text), Some(expected), "{text}");
        }
        for text in ["", "abc", "NaN", "Infinity", "1e", "e1", "1e1.5", ".", "-", "--1", "1 2", "0x9", "٩"] {
            assert_eq!(truncated(text), None, "{text}");
        }
    }

    #[test]
    fn everything_that_is_wrong_is_named_in_the_portals_order() {
        let parameters = Parameters::parse(
            "o=usage,abc,def&date_after=x&type=%00&billing_period_year=0&customer_uuid=1&foo=",
        );
        let Err(Refusal::Invalid(mistakes)) = parameters.filters_and_orders(Endpoint::UserUsages) else {
            panic!("nothing is wrong")
        };
        let names: Vec<&str> = mistakes.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["customer_uuid", "date_after", "billing_period_year", "type", "o"]);
        assert_eq!(mistakes[4].1, "Select a valid choice. abc is not one of the available choices.");
    }

    #[test]
    fn repeated_orders_add_up_and_of_repeated_filters_the_last_holds() {
        let parameters = Parameters::parse("o=usage&o=-username,&type=a&type=b&o=");
        let (filters, orders) = parameters.filters_and_orders(Endpoint::UserUsages).map_err(|_| ()).unwrap();
        assert_eq!(orders, Order::parse_lists(&["usage,-username"]).unwrap());
        assert_eq!(filters.described(), [("type", vec!["b".to_owned()])]);
    }
}
