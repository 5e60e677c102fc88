//! Numbers for people.

/// A whole number with a comma between groups of three digits: `22,085`.
pub fn grouped(number: u64) -> String {
    grouped_decimal(&number.to_string())
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
    fn digits_are_grouped_before_the_point_only() {
        assert_eq!(grouped(22_085), "22,085");
        for (decimal, text) in
            [("-1234.50", "-1,234.50"), ("999.00", "999.00"), ("1234567.1234567", "1,234,567.1234567")]
        {
            assert_eq!(grouped_decimal(decimal), text);
        }
    }
}
