//! A price list: prices with their validity, credits, and how amounts are rounded.

use std::path::{Path, PathBuf};

use super::exact::{PRICE_DECIMALS, RoundingMode};
use super::fields::{Field, Fields, Value, decimal, refused};
use super::named::Named;
use super::text::SourceText;
use super::{overlap, sheet};
use crate::amount::{AMOUNT_DECIMALS, Amount};
use crate::currency::Currency;
use crate::error::Result;
use crate::period::BillingPeriod;

/// What usage costs.
#[derive(Clone, Debug)]
pub struct PriceList {
    pub(crate) source: SourceFile,
    pub(crate) prices: Vec<Price>,
    pub(crate) credits: Vec<CreditEntry>,
    pub(crate) rounding: Rounding,
}

/// The file that a card or rates were read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SourceFile {
    pub(crate) path: PathBuf,
    pub(crate) sha256: String,
}

/// One price, of one component in one unit.
#[derive(Clone, Debug)]
pub(crate) struct Price {
    /// Where it stands in the card.
    pub(crate) line: usize,
    /// None for every offering.
    pub(crate) offering: Option<Named>,
    pub(crate) component_type: String,
    pub(crate) measured_unit: String,
    pub(crate) owner: Owner,
    pub(crate) currency: Currency,
    pub(crate) valid: Validity,
    /// In order; one at least, and only the last is open.
    pub(crate) tiers: Vec<Tier>,
    pub(crate) mode: TierMode,
    pub(crate) scope: Scope,
    /// Usage that is free, in hundredths.
    pub(crate) included: i128,
    /// The least amount, a whole number of 10⁻¹⁰.
    pub(crate) minimum: i128,
    /// Among equally specific ones the greater holds.
    pub(crate) priority: i64,
}

/// Who pays a price: the later one in this order beats the earlier.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Owner {
    Everybody,
    Customer(Named),
    Project(Named),
}

/// A price up to a quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tier {
    /// The last hundredth of it; none for the open one.
    pub(crate) up_to: Option<i128>,
    /// A whole number of 10⁻¹⁰.
    pub(crate) unit_price: i128,
}

/// What a quantity that reaches into a later tier costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum TierMode {
    /// Each part of it as its tier says.
    #[default]
    Graduated,
    /// All of it as the tier says that it ends in.
    Volume,
}

/// Over what tiers, the included quantity and the minimum are counted, within a month, an offering and a component.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Scope {
    Customer,
    Project,
    #[default]
    Resource,
}

/// Months, both included; none for no end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Validity {
    pub(crate) from: Option<BillingPeriod>,
    pub(crate) to: Option<BillingPeriod>,
}

/// Money that a customer gets back in a month.
#[derive(Clone, Debug)]
pub(crate) struct CreditEntry {
    pub(crate) line: usize,
    pub(crate) customer: Named,
    pub(crate) project: Option<Named>,
    pub(crate) period: BillingPeriod,
    /// Above zero.
    pub(crate) amount: Amount,
    pub(crate) currency: Currency,
    pub(crate) description: String,
}

/// How amounts are rounded.
///
/// The default is what the portal does: up, to the cent (the minor unit of the currency), each line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rounding {
    pub(crate) mode: RoundingMode,
    /// 0 to 3; `None` for those of each currency's minor unit.
    pub(crate) decimals: Option<u8>,
    pub(crate) per: RoundingPer,
}

/// What is rounded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum RoundingPer {
    /// Each charge line: one component of one resource in one month.
    #[default]
    Line,
    /// What a customer's lines of a month and currency come to; its last places are spread over the lines.
    Total,
}

impl Rounding {
    /// The decimals that amounts of a currency are rounded to.
    pub(crate) fn places(&self, currency: Currency) -> u8 {
        self.decimals.unwrap_or_else(|| currency.minor_unit())
    }
}

impl Scope {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Project => "project",
            Self::Resource => "resource",
        }
    }
}

impl Validity {
    pub(crate) fn contains(&self, period: BillingPeriod) -> bool {
        self.from.is_none_or(|from| from <= period) && self.to.is_none_or(|to| period <= to)
    }
}

impl Price {
    /// Whether what usage costs does not depend on how much it is.
    pub(crate) fn is_flat(&self) -> bool {
        self.tiers.len() == 1 && self.included == 0 && self.minimum == 0
    }
}

/// The keys of each kind of entry, in the order of the documentation.
pub const PRICE_KEYS: [&str; 18] = [
    "offering",
    "offering_uuid",
    "component_type",
    "measured_unit",
    "unit_price",
    "currency",
    "valid_from",
    "valid_to",
    "tiers",
    "tier_mode",
    "scope",
    "included",
    "minimum",
    "customer",
    "customer_uuid",
    "project",
    "project_uuid",
    "priority",
];
const TIER_KEYS: [&str; 2] = ["up_to", "unit_price"];
const CREDIT_KEYS: [&str; 8] =
    ["customer", "customer_uuid", "project", "project_uuid", "period", "amount", "currency", "description"];
const ROUNDING_KEYS: [&str; 3] = ["mode", "decimals", "per"];

impl PriceList {
    /// How many prices it has.
    pub fn prices(&self) -> usize {
        self.prices.len()
    }

    /// How many credits it has.
    pub fn credits(&self) -> usize {
        self.credits.len()
    }

    /// Reads a card: TOML, or CSV where the file's name ends so.
    ///
    /// # Errors
    /// [`Error::BadPriceList`](crate::error::Error::BadPriceList) with the line, for all that can be wrong.
    pub fn parse(path: &Path, bytes: &[u8]) -> Result<Self> {
        Self::of(&SourceText::new(path, bytes))
    }

    /// Reads a price list; that of a table as its locale writes it.
    ///
    /// # Errors
    /// As of [`PriceList::parse`].
    pub fn of(text: &SourceText) -> Result<Self> {
        let path = text.path.as_path();
        let mut card = Self {
            source: sheet::source(text),
            prices: Vec::new(),
            credits: Vec::new(),
            rounding: Rounding::default(),
        };
        let tables = ["price", "credit", "rounding"];
        for field in sheet::entries(text, &PRICE_KEYS, &tables)? {
            match (field.key.as_str(), field.value) {
                ("price", Value::Entries(entries)) => {
                    card.prices = entries.into_iter().map(price).collect::<Result<_>>()?;
                }
                ("credit", Value::Entries(entries)) => {
                    card.credits = entries.into_iter().map(credit).collect::<Result<_>>()?;
                }
                ("rounding", Value::Entry(entry)) => card.rounding = rounding(entry)?,
                (key, _) => {
                    let brackets =
                        if key == "rounding" { "[rounding]".to_owned() } else { format!("[[{key}]]") };
                    let reason =
                        format!("{key} is written in another way; expected {brackets} above its keys");
                    return Err(refused(path, field.line, reason));
                }
            }
        }
        if card.prices.is_empty() {
            return Err(refused(
                path,
                1,
                "the price list has no price; expected one [[price]] or one row at least".to_owned(),
            ));
        }
        overlap::check(path, &card.prices)?;
        Ok(card)
    }
}

fn price(mut fields: Fields<'_>) -> Result<Price> {
    let component_type = fields.text("component_type", "a component's type in quotes")?;
    let measured_unit = fields.text("measured_unit", "a unit in quotes")?;
    let valid = validity(&mut fields)?;
    let tiers = tiers(&mut fields)?;
    let mode =
        fields.word("tier_mode", &[("graduated", TierMode::Graduated), ("volume", TierMode::Volume)])?;
    let scopes = [("customer", Scope::Customer), ("project", Scope::Project), ("resource", Scope::Resource)];
    let price = Price {
        line: fields.line,
        offering: fields.named("offering", "offering_uuid")?,
        owner: owner(&mut fields)?,
        component_type: fields.required("component_type", component_type, "the component that it is for")?.0,
        measured_unit: fields.required("measured_unit", measured_unit, "the unit that it is for")?.0,
        currency: {
            let currency = fields.currency("currency")?;
            fields.required("currency", currency, crate::currency::EXPECTED)?
        },
        valid,
        tiers,
        mode: mode.unwrap_or_default(),
        scope: fields.word("scope", &scopes)?.unwrap_or_default(),
        included: fields.positive("included", 2)?.unwrap_or_default(),
        minimum: fields.positive("minimum", PRICE_DECIMALS)?.unwrap_or_default(),
        priority: fields.integer("priority")?.unwrap_or_default(),
    };
    fields.finish(&PRICE_KEYS)?;
    Ok(price)
}

fn validity(fields: &mut Fields<'_>) -> Result<Validity> {
    let line = fields.line_of("valid_to");
    let valid = Validity { from: fields.month("valid_from")?, to: fields.month("valid_to")? };
    match (valid.from, valid.to) {
        (Some(from), Some(to)) if to < from => {
            let expected = format!("a month that is not before valid_from, {from}");
            Err(fields.unexpected("valid_to", &to.to_string(), line, &expected))
        }
        _ => Ok(valid),
    }
}

fn owner(fields: &mut Fields<'_>) -> Result<Owner> {
    let customer = fields.named("customer", "customer_uuid")?;
    let project = fields.named("project", "project_uuid")?;
    match (customer, project) {
        (None, None) => Ok(Owner::Everybody),
        (Some(customer), None) => Ok(Owner::Customer(customer)),
        (None, Some(project)) => Ok(Owner::Project(project)),
        (Some(_), Some(_)) => {
            let reason =
                "[[price]] has a customer and a project; expected one of them: a project has its customer";
            Err(refused(fields.path, fields.line, reason.to_owned()))
        }
    }
}

/// The tiers, or the one price as an open tier.
fn tiers(fields: &mut Fields<'_>) -> Result<Vec<Tier>> {
    let line = fields.line_of("tiers");
    let given = fields.take("tiers");
    let unit_price = fields.positive("unit_price", PRICE_DECIMALS)?;
    let tiers = match (given, unit_price) {
        (None, price) => {
            let unit_price = fields.required("unit_price", price, "unit_price, or tiers")?;
            return Ok(vec![Tier { up_to: None, unit_price }]);
        }
        (Some(_), Some(_)) => {
            let reason = "[[price]] has unit_price and tiers; expected one of them".to_owned();
            return Err(refused(fields.path, line, reason));
        }
        (Some(Field { value: Value::Entries(entries), .. }), None) => {
            entries.into_iter().map(tier).collect::<Result<Vec<_>>>()?
        }
        (Some(Field { value: Value::Text(text), .. }), None) => spelled_tiers(fields, &text, line)?,
        (Some(_), None) => {
            let expected = "a list, as [{ up_to = 100, unit_price = \"0.05\" }, { unit_price = \"0.04\" }]";
            return Err(fields.unexpected("tiers", "something else", line, expected));
        }
    };
    check_tiers(fields, &tiers, line)?;
    Ok(tiers)
}

fn tier(mut fields: Fields<'_>) -> Result<Tier> {
    let up_to = fields.positive("up_to", 2)?;
    let unit_price = fields.positive("unit_price", PRICE_DECIMALS)?;
    let tier = Tier { up_to, unit_price: fields.required("unit_price", unit_price, "the tier's price")? };
    fields.finish(&TIER_KEYS)?;
    Ok(tier)
}

/// `100:0.05;1000:0.04;*:0.03`, as a cell of CSV has them.
fn spelled_tiers(fields: &Fields<'_>, text: &str, line: usize) -> Result<Vec<Tier>> {
    let spelled = |part: &str| {
        let (up_to, price) = part.split_once(':')?;
        let up_to = match up_to.trim() {
            "*" => None,
            up_to => Some(decimal(up_to, 2).filter(|value| *value >= 0)?),
        };
        let unit_price = decimal(price.trim(), PRICE_DECIMALS).filter(|value| *value >= 0)?;
        Some(Tier { up_to, unit_price })
    };
    text.split(';').map(spelled).collect::<Option<_>>().ok_or_else(|| {
        let expected =
            "UP_TO:UNIT_PRICE for each tier, as 100:0.05;1000:0.04;*:0.03, none of them below zero";
        fields.unexpected("tiers", &format!("{text:?}"), line, expected)
    })
}

fn check_tiers(fields: &Fields<'_>, tiers: &[Tier], line: usize) -> Result<()> {
    let wrong = |reason: &str| Err(refused(fields.path, line, format!("tiers: {reason}")));
    let Some((last, bounded)) = tiers.split_last() else {
        return wrong("there is none; expected one at least");
    };
    if last.up_to.is_some() {
        return wrong("the last one has up_to; expected an open one, which has all usage that is left");
    }
    if bounded.iter().any(|tier| tier.up_to.is_none()) {
        return wrong("one before the last has no up_to; expected only the last one to be open");
    }
    if bounded.first().is_some_and(|tier| tier.up_to == Some(0))
        || bounded.windows(2).any(|pair| pair[0].up_to >= pair[1].up_to)
    {
        return wrong("up_to does not grow; expected each above the one before, and the first above zero");
    }
    Ok(())
}

fn credit(mut fields: Fields<'_>) -> Result<CreditEntry> {
    let customer = fields.named("customer", "customer_uuid")?;
    let period = fields.month("period")?;
    let line = fields.line_of("amount");
    let amount = fields.positive("amount", AMOUNT_DECIMALS)?;
    let currency = fields.currency("currency")?;
    let description = fields.text("description", "text in quotes")?;
    let amount = fields.required("amount", amount, "the amount that the customer gets back")?;
    let currency = fields.required("currency", currency, crate::currency::EXPECTED)?;
    if amount == 0 {
        return Err(fields.unexpected("amount", "0", line, "an amount above zero; it is shown with a minus"));
    }
    let amount = Amount::new(amount, currency.minor_unit());
    if amount.places() > currency.minor_unit() {
        return Err(fields.unexpected("amount", &amount.to_string(), line, &currency.described_amount()));
    }
    let credit = CreditEntry {
        line: fields.line,
        customer: fields.required("customer", customer, "customer or customer_uuid")?,
        project: fields.named("project", "project_uuid")?,
        period: fields.required("period", period, "the month, as \"2026-10\"")?,
        amount,
        currency,
        description: fields.required("description", description, "what the credit is for")?.0,
    };
    fields.finish(&CREDIT_KEYS)?;
    Ok(credit)
}

fn rounding(mut fields: Fields<'_>) -> Result<Rounding> {
    let modes = RoundingMode::ALL.map(|mode| (mode.name(), mode));
    let line = fields.line_of("decimals");
    let decimals = match fields.integer("decimals")? {
        None => None,
        Some(decimals @ 0..=3) => Some(decimals as u8),
        Some(other) => {
            return Err(fields.unexpected("decimals", &other.to_string(), line, "0, 1, 2 or 3"));
        }
    };
    let rounding = Rounding {
        mode: fields.word("mode", &modes)?.unwrap_or_default(),
        decimals,
        per: fields
            .word("per", &[("line", RoundingPer::Line), ("total", RoundingPer::Total)])?
            .unwrap_or_default(),
    };
    fields.finish(&ROUNDING_KEYS)?;
    Ok(rounding)
}
