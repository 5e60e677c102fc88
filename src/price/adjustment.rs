//! Money that is decided after the price list: beside usage, as a credit is.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::fields::decimal;
use super::named::Named;
use super::price_list::CreditEntry;
use crate::amount::{AMOUNT_DECIMALS, AMOUNT_LIMIT, Amount};
use crate::currency::{self, Currency};
use crate::error::{Error, Result};
use crate::period::BillingPeriod;
use crate::text::{grouped_decimal, parse_uuid, uuid_text, visible};

/// More characters are no reason that somebody reads.
const TEXT_MAX: usize = 1_000;
const LINE_EXPECTED: &str = "one line of at most 1,000 characters";

/// Refuses what is neither empty nor one line with words.
pub(crate) fn check_line(parameter: &'static str, text: &str) -> Result<()> {
    let is_line = !text.chars().any(char::is_control) && text.chars().count() <= TEXT_MAX;
    match text.is_empty() || (is_line && text.chars().any(char::is_alphanumeric)) {
        true => Ok(()),
        false => {
            Err(Error::BadParameter { parameter, value: text.to_owned(), expected: LINE_EXPECTED.to_owned() })
        }
    }
}

/// What a customer pays more or less in a month, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adjustment {
    /// The customer's uuid, 32 hex digits.
    pub customer: String,
    /// The project's uuid, if it belongs to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// Plain decimal digits; below zero for what the customer gets back.
    pub amount: String,
    /// Its code in ISO 4217.
    pub currency: String,
    /// Why, in the user's own words; never empty.
    pub reason: String,
    /// Who says so; empty for nobody who is named.
    pub by_whom: String,
    /// When, by the machine's clock.
    pub time: DateTime<Utc>,
}

impl Adjustment {
    /// Of a customer, or of a project of a customer.
    ///
    /// # Errors
    /// An amount, currency, reason or name that is none.
    pub fn new(
        (customer, project): (u128, Option<u128>),
        (amount, currency): (&str, &str),
        (reason, by_whom): (&str, &str),
        time: DateTime<Utc>,
    ) -> Result<Self> {
        let refused = |parameter, value: &str, expected: String| {
            Err(Error::BadParameter { parameter, value: value.to_owned(), expected })
        };
        let Some(known) = Currency::parse(currency) else {
            return refused("currency", currency, currency::expected_instead(currency));
        };
        let value =
            decimal(amount, AMOUNT_DECIMALS).filter(|value| *value != 0 && value.abs() < AMOUNT_LIMIT);
        let Some(value) = value.map(|value| Amount::new(value, known.minor_unit())) else {
            let expected =
                "an amount other than zero, as -250.00; below zero for what the customer gets back";
            return refused("amount", amount, expected.to_owned());
        };
        if value.places() > known.minor_unit() {
            return refused("amount", amount, known.described_amount());
        }
        check_line("reason", reason)?;
        if reason.is_empty() {
            return refused("reason", reason, LINE_EXPECTED.to_owned());
        }
        check_line("by-whom", by_whom)?;
        Ok(Self {
            customer: uuid_text(customer),
            project: project.map(uuid_text),
            amount: value.to_string(),
            currency: known.to_string(),
            reason: reason.to_owned(),
            by_whom: by_whom.to_owned(),
            time,
        })
    }

    /// `adjustment EUR -250.00 for customer 68c9… by Mari Maasikas: agreed after the outage`
    pub fn describe(&self) -> String {
        let Self { customer, project, amount, currency, reason, by_whom, .. } = self;
        let project = project.as_ref().map(|project| format!(", project {project}")).unwrap_or_default();
        let by_whom = if by_whom.is_empty() { String::new() } else { format!(" by {}", visible(by_whom)) };
        let amount = grouped_decimal(amount);
        format!(
            "adjustment {currency} {amount} for customer {customer}{project}{by_whom}: {}",
            visible(reason)
        )
    }

    /// As a credit of a price list, on no line of it; `None` if it is damaged.
    pub(super) fn as_credit(&self, period: BillingPeriod) -> Option<CreditEntry> {
        let uuid = |text: &String| parse_uuid(text.as_bytes()).map(Named::Uuid);
        let currency = Currency::parse(&self.currency)?;
        let value = decimal(&self.amount, AMOUNT_DECIMALS)?;
        Some(CreditEntry {
            line: 0,
            customer: uuid(&self.customer)?,
            project: match &self.project {
                Some(project) => Some(uuid(project)?),
                None => None,
            },
            period,
            // A credit is what the customer gets back.
            amount: Amount::new(-value, currency.minor_unit()),
            currency,
            description: self.reason.clone(),
        })
    }
}
