//! Where each code can be found: one table, from which the checks say what they looked for and what they did not.

use crate::notice::Code;

/// What shows that something is so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Dumps of records, while they are read. A book keeps the result of reading, so it no longer shows them.
    Dumps,
    /// The deliveries of a book.
    Book,
    /// Records, from dumps or from a book.
    Records,
    /// Component usages: the parents of records, with usage of their own.
    ComponentUsages,
    /// Items of invoices.
    Invoices,
    /// How files are written and named; their absence says nothing.
    Files,
    /// Prices, budgets, attributes and filters of a report.
    Reports,
    /// What is added to a book.
    Additions,
}

/// What shows a code.
pub fn origin(code: Code) -> Origin {
    match code {
        Code::MissingPage
        | Code::RepeatedPage
        | Code::Unusable
        | Code::DuplicateKey
        | Code::OwnerRewritten
        | Code::UnitRewritten
        | Code::ParentRewritten
        | Code::Renamed => Origin::Dumps,
        Code::ComponentUsagesChanged | Code::CustomerVanished => Origin::Book,
        Code::Incomplete
        | Code::TwoOwners
        | Code::SharedName
        | Code::SharedUsername
        | Code::SimilarUnits
        | Code::ImpreciseUsage
        | Code::EmptyPeriod
        | Code::FuturePeriod
        | Code::PartialPeriod
        | Code::UnitChanged
        | Code::NegativeTotal
        | Code::NegativeUsage
        | Code::ZeroUsage
        | Code::MissingUsage
        | Code::Spike
        | Code::RunningTotal
        | Code::ShiftedHours
        | Code::DateBeforePeriod
        | Code::DateLongAfterPeriod => Origin::Records,
        Code::UsersExceedParent
        | Code::ParentAbsent
        | Code::ParentDiffers
        | Code::UsersShortOfParent
        | Code::ParentWithoutUsers
        | Code::BackfilledParent
        | Code::RoundedUsers => Origin::ComponentUsages,
        Code::InvoiceDiffers
        | Code::InvoiceAmountDiffers
        | Code::InvoiceUnitDiffers
        | Code::InvoicedWithoutUsage
        | Code::UsageNotInvoiced
        | Code::NotInvoicedByUsage
        | Code::SkippedInvoiceItem => Origin::Invoices,
        Code::Rejected
        | Code::DerivedPeriod
        | Code::ZonelessTime
        | Code::UnknownField
        | Code::RespelledColumn
        | Code::SkippedFile
        | Code::NotOpened
        | Code::UnnumberedPages
        | Code::NoRecords => Origin::Files,
        Code::NothingMatches
        | Code::UnknownName
        | Code::WithoutAttributes
        | Code::UnmatchedRow
        | Code::BudgetCurrency
        | Code::NotPosted
        | Code::UnpricedUsage
        | Code::CreditNotPlaced
        | Code::PriceWithoutUsage
        | Code::AmountsNotFrozen
        | Code::AmountsLeftOut
        | Code::AttributesFrozen => Origin::Reports,
        Code::OlderDelivery | Code::UnknownScope => Origin::Additions,
    }
}

/// All codes of an origin.
pub(super) fn codes(of: Origin) -> Vec<Code> {
    Code::ALL.into_iter().filter(|code| origin(*code) == of).collect()
}
