//! Prices: from a price list and a frame of usage to an exact amount for every record.
//!
//! Every component usage (a charge line) costs what the price list says, is rounded by its rule, and its amount is
//! spread over its records to the hundredth. This happens before filters: a filter shows a part of a bill and never
//! changes it. Bytes are parsed; no file is opened.

mod card;
mod choose;
mod credits;
mod exact;
mod exchange;
mod explanation;
mod fields;
mod focus;
mod lines;
mod named;
mod overlap;
mod rate;
mod settle;
mod share;
mod sheet;
mod tiers;

pub use self::card::{
    CreditEntry, Owner, PRICE_KEYS, Price, RateCard, Rounding, RoundingPer, Scope, SourceFile, Tier,
    TierMode, Validity,
};
pub use self::exact::{Exact, RoundingMode};
pub use self::exchange::ExchangeRates;
pub use self::explanation::PriceExplanation;
pub use self::focus::{
    FocusColumn, FocusDecimal, FocusKind, FocusRow, FocusSpec, FocusTable, FocusValue,
    Services, Subcategory,
};
pub(crate) use self::focus::FOCUS_VERSION;
pub use self::named::Named;
pub use self::rate::{Rated, Tariff};
