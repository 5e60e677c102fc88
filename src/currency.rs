//! The codes of currencies.

use std::fmt;

/// The code of a currency, as ISO 4217 has it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency([u8; 3]);

/// The codes of ISO 4217 that money is counted in; metals, funds and tests are not among them.
const CODES: &str = "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP \
                     BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP \
                     GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR \
                     KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK \
                     MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR \
                     SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS \
                     UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG";

/// The decimals of the minor units that have no two: list one of ISO 4217, which SIX publishes.
const MINOR_UNITS: [(u8, &str); 2] = [
    (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"),
    (3, "BHD IQD JOD KWD LYD OMR TND"),
];

/// The decimals of all other minor units.
const USUAL_MINOR_UNIT: u8 = 2;

/// What is expected where there is no code.
pub const EXPECTED: &str = "a code of ISO 4217, as \"EUR\"";

/// What is expected instead of a text that is no code.
pub fn expected_instead(text: &str) -> String {
    match Currency::parse(text.trim().to_uppercase().as_str()) {
        Some(currency) => format!("a code of ISO 4217 in capitals: write {:?}", currency.code()),
        None => EXPECTED.to_owned(),
    }
}

impl Currency {
    /// The code, in capitals; none if there is no such currency.
    pub fn parse(text: &str) -> Option<Self> {
        let code: [u8; 3] = text.as_bytes().try_into().ok()?;
        CODES.split(' ').any(|known| known == text).then_some(Self(code))
    }

    /// Three capital letters, as `EUR`.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).expect("codes are ASCII")
    }

    /// The decimals of the minor unit: 0 for JPY, 2 for EUR, 3 for KWD.
    pub fn minor_unit(&self) -> u8 {
        let exception =
            MINOR_UNITS.iter().find(|(_, codes)| codes.split(' ').any(|code| code == self.code()));
        exception.map_or(USUAL_MINOR_UNIT, |(decimals, _)| *decimals)
    }

    /// What is expected of an amount: `an amount of 2 decimals at most, as EUR has`.
    pub fn described_amount(&self) -> String {
        match self.minor_unit() {
            0 => format!("an amount without decimals, as {self} has none"),
            decimals => format!("an amount of {decimals} decimals at most, as {self} has"),
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_currency_is_one_that_there_is() {
        assert_eq!(Currency::parse("EUR").unwrap().code(), "EUR");
        for text in ["eur", "EURO", "ERU", "", "€", "AED AFN"] {
            assert_eq!(Currency::parse(text), None, "{text}");
        }
        assert_eq!(expected_instead(" eur"), "a code of ISO 4217 in capitals: write \"EUR\"");
        assert_eq!(expected_instead("EURO"), EXPECTED);
        assert!(CODES.split(' ').all(|code| code.len() == 3));
    }

    #[test]
    fn a_minor_unit_has_the_decimals_of_iso_4217() {
        for (code, decimals) in
            [("JPY", 0), ("KRW", 0), ("ISK", 0), ("EUR", 2), ("HUF", 2), ("MRU", 2), ("KWD", 3), ("TND", 3)]
        {
            assert_eq!(Currency::parse(code).unwrap().minor_unit(), decimals, "{code}");
        }
        let exceptions = MINOR_UNITS.iter().flat_map(|(_, codes)| codes.split(' '));
        assert!(exceptions.into_iter().all(|code| Currency::parse(code).is_some()), "each is a currency");
    }
}
