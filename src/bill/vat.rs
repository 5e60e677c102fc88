//! VAT: computed by rate on what a bill comes to at that rate.

use std::collections::BTreeMap;

use super::Vat;
use crate::amount::{AMOUNT_DECIMALS, Amount};
use crate::currency::Currency;
use crate::quantity::parse_exact;

/// The decimals of a rate in per cent.
const RATE_DECIMALS: u8 = 4;

/// What a rate is expected to be.
pub(super) const EXPECTED: &str = "0, or per cent from 1 to 100 without the sign and with at most four decimals, as 24 or 25.5 \
                                   (0.24 may be what a workbook shows as 24 %)";

/// A rate in per cent: a whole number of 10⁻⁴.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rate(i128);

impl Rate {
    /// `None` if the text is no rate, or a part of 1 where per cent is meant: 0.24 instead of 24.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let rate = parse_exact(text.as_bytes(), RATE_DECIMALS).ok()?;
        let one = ten_to(RATE_DECIMALS);
        (rate == 0 || (one..=100 * one).contains(&rate)).then_some(Self(rate))
    }

    /// `24`, `25.5`.
    pub(super) fn text(self) -> String {
        let (whole, fraction) = (self.0 / ten_to(RATE_DECIMALS), self.0 % ten_to(RATE_DECIMALS));
        match format!("{fraction:04}").trim_end_matches('0') {
            "" => whole.to_string(),
            fraction => format!("{whole}.{fraction}"),
        }
    }

    /// The VAT on an amount, rounded half up (halves away from zero) to the currency's minor unit; `None` if it does not
    /// fit.
    fn of(self, net: Amount, currency: Currency) -> Option<Amount> {
        let places = currency.minor_unit();
        let unit = ten_to(AMOUNT_DECIMALS - places);
        let whole = unit * 100 * ten_to(RATE_DECIMALS);
        let product = net.thousandths().checked_mul(self.0)?;
        let half = product.signum() * (whole / 2);
        let units = product.checked_add(half)? / whole;
        Some(Amount::new(units.checked_mul(unit)?, places))
    }
}

/// VAT of all rates, the lowest first; `None` if an amount does not fit.
pub(super) fn by_rate(
    amounts: impl Iterator<Item = (Option<Rate>, Amount)>,
    currency: Currency,
) -> Option<Vec<Vat>> {
    let mut nets: BTreeMap<Rate, Amount> = BTreeMap::new();
    for (rate, amount) in amounts {
        if let Some(rate) = rate {
            let net = nets.entry(rate).or_default();
            *net = net.checked_add(amount)?;
        }
    }
    nets.into_iter()
        .map(|(rate, net)| Some(Vat { rate: rate.text(), net, amount: rate.of(net, currency)? }))
        .collect()
}

fn ten_to(power: u8) -> i128 {
    10_i128.pow(power.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vat(net: i128, rate: &str, currency: &str) -> String {
        let currency = Currency::parse(currency).unwrap();
        let net = Amount::new(net, currency.minor_unit());
        Rate::parse(rate).unwrap().of(net, currency).unwrap().to_string()
    }

    #[test]
    fn vat_is_rounded_half_up_to_the_minor_unit() {
        assert_eq!(vat(100_000, "24", "EUR"), "24.00");
        assert_eq!(vat(100_020, "25", "EUR"), "25.01", "25.005");
        assert_eq!(vat(-100_020, "25", "EUR"), "-25.01", "as much is given back");
        assert_eq!(vat(100_010, "25.5", "EUR"), "25.50", "25.50255");
        assert_eq!(vat(1_005_000, "10", "JPY"), "101", "100.5");
        assert_eq!(vat(10_005, "10", "KWD"), "1.001", "1.0005");
        assert_eq!(vat(10_000, "0", "EUR"), "0.00");
    }

    #[test]
    fn a_rate_is_a_number_of_per_cent() {
        for (text, expected) in [("24", "24"), ("25.50", "25.5"), ("0", "0"), ("100", "100"), ("8.1", "8.1")]
        {
            assert_eq!(Rate::parse(text).unwrap().text(), expected);
        }
        for text in ["", "24%", "-1", "100.01", "24,5", "0.00001", "0.24", "0.9999"] {
            assert_eq!(Rate::parse(text), None, "{text}");
        }
    }

    #[test]
    fn rates_are_not_mixed_and_what_has_none_has_no_vat() {
        let eur = Currency::parse("EUR").unwrap();
        let amount = |cents: i128| Amount::new(cents * 10, 2);
        let rate = |text| Rate::parse(text);
        let amounts = [
            (rate("24"), amount(1_000)),
            (rate("9"), amount(500)),
            (None, amount(7)),
            (rate("24"), amount(1)),
        ];
        let found = by_rate(amounts.into_iter(), eur).unwrap();
        let texts: Vec<String> =
            found.iter().map(|vat| format!("{} % of {}: {}", vat.rate, vat.net, vat.amount)).collect();
        assert_eq!(texts, ["9 % of 5.00: 0.45", "24 % of 10.01: 2.40"]);
    }
}
