//! Numbers for people.

use std::borrow::Cow;

/// A whole number with a comma between groups of three digits: `22,085`.
pub fn grouped(number: u64) -> String {
    grouped_decimal(&number.to_string())
}

/// `1 record`, `22,085 records`. Of several nouns each one has its plural: `2 invoices or invoice items`.
pub fn counted(count: u64, noun: &str) -> String {
    format!("{} {}", grouped(count), of_count(count, noun))
}

/// `record` or `records`, as a count asks for.
pub(crate) fn of_count(count: u64, noun: &str) -> Cow<'_, str> {
    match count {
        1 => Cow::Borrowed(noun),
        _ => Cow::Owned(noun.replace(", ", "s, ").replace(" or ", "s or ") + "s"),
    }
}

/// A decimal's text with a comma between groups of three digits before the point: `-1,234.50`.
pub fn grouped_decimal(decimal: &str) -> String {
    let digits = decimal.trim_start_matches('-');
    let whole = digits.find('.').unwrap_or(digits.len());
    let mut text = String::with_capacity(decimal.len() + whole / 3);
    text.push_str(&decimal[..decimal.len() - digits.len()]);
    for (index, digit) in digits[..whole].chars().enumerate() {
        if index > 0 && (whole - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text + &digits[whole..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_a_noun_is_singular_and_each_of_several_nouns_has_its_plural() {
        assert_eq!(counted(1, "record"), "1 record");
        assert_eq!(counted(22_085, "record"), "22,085 records");
        assert_eq!(counted(0, "invoice or invoice item"), "0 invoices or invoice items");
        assert_eq!(
            of_count(2, "customer, project or offering user"),
            "customers, projects or offering users"
        );
    }

    #[test]
    fn digits_are_grouped_before_the_point_only() {
        assert_eq!(grouped(22_085), "22,085");
        for (decimal, text) in
            [("-1234.50", "-1,234.50"), ("999.00", "999.00"), ("1234567.1234567", "1,234,567.1234567")]
        {
            assert_eq!(grouped_decimal(decimal), text);
        }
    }
}
