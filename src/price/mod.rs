//! Prices: from a price list and a frame of usage to an exact amount for every record.
//!
//! Every component usage (a charge line) costs what the price list says, is rounded by its rule, and its amount is
//! spread over its records to the hundredth. This happens before filters: a filter shows a part of a bill and never
//! changes it. Bytes are parsed; no file is opened.

mod adjustment;
mod charges;
mod choose;
mod credits;
mod exact;
mod exchange;
mod explanation;
mod fields;
mod focus;
mod lines;
mod months;
mod named;
mod overlap;
mod price_list;
mod rate;
mod settle;
mod share;
mod sheet;
mod template;
mod terms;
mod text;
mod tiers;

pub use self::adjustment::Adjustment;
pub(crate) use self::adjustment::check_line;
pub(crate) use self::charges::ChargeLine;
pub use self::exchange::ExchangeRates;
pub use self::explanation::PriceExplanation;
pub use self::focus::{
    FocusBillingPeriod, FocusBillingPeriods, FocusData, FocusInvoiceDetail, FocusInvoiceDetails, FocusRow,
    FocusSpec, FocusTable, FocusVersion, Services, Subcategory,
};
pub(crate) use self::focus::{
    FocusField, FocusInvoices, FocusKind, FocusState, FocusValue, TAX, corrected, dated,
};
pub use self::months::{FrozenTariff, RatedMonths};
pub use self::price_list::{PRICE_KEYS, PriceList};
pub use self::rate::Tariff;
pub use self::template::PriceTemplate;
pub use self::text::{SourceText, TariffText};
