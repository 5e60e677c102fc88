//! What each code means for a finance person, and what to do about it.

use crate::notice::Code;

/// What was probably the cause, and what it does to the figures.
pub fn meaning(code: Code) -> &'static str {
    advice(code).0
}

/// What to do before the figures are sent.
pub fn action(code: Code) -> &'static str {
    advice(code).1
}

fn advice(code: Code) -> (&'static str, &'static str) {
    match code {
        Code::Incomplete => (
            "A dump does not hold as many different records as the server counted, or its pages repeat \
             records: pages cut from an unstable order repeat some records and lose as many others.",
            "Do not send. Fetch the dump again with `usagebook pull`, or in slices that fit on one page: every order of the \
             endpoint has ties.",
        ),
        Code::Rejected => (
            "The figures do not include the rejected records.",
            "Correct them in the file of rejects, or fetch them again.",
        ),
        Code::OwnerRewritten => (
            "A parent belongs to another customer, project, offering or resource than in an earlier dump: \
             it was moved on the server, which changes old months too.",
            "Ask who moved it and which customer pays; a month that was billed before differs now.",
        ),
        Code::UnitRewritten => (
            "A parent's unit is another one than in an earlier dump: the component was relabelled, the \
             figures were not converted.",
            "Ask the provider which unit the figures are in before they are billed.",
        ),
        Code::ParentRewritten => (
            "A parent's component or billing period is another one than in an earlier dump.",
            "Ask the operator of the server: this does not happen in normal use.",
        ),
        Code::EmptyPeriod => {
            ("A month has no records.", "Fetch that month's dump, or ask why nothing was reported.")
        }
        Code::Renamed => (
            "A customer, project, offering or resource has another name than in an earlier dump; the uuid is \
             the same.",
            "Nothing, unless the name on an invoice must stay as it was.",
        ),
        Code::SharedName => (
            "Several customers, projects, offerings or resources have one name.",
            "Tell them apart by uuid wherever names are copied by hand.",
        ),
        Code::SharedUsername => (
            "Several customers have the same username; it need not be the same person.",
            "Do not add up numbers of users of several customers.",
        ),
        Code::SimilarUnits => (
            "Units that differ only in letters' case or in signs, as GB*hours and gb-hours, are kept apart.",
            "Ask the provider whether they are one unit, and to write it in one way.",
        ),
        Code::PartialPeriod => (
            "A month was not over when the data was fetched; more usage may come.",
            "Wait for the month's end before it is billed.",
        ),
        Code::ImpreciseUsage => (
            "The server printed a large usage as a float of more than 15 digits, which may have lost its \
             hundredths.",
            "Compare with the provider's own figure where hundredths matter.",
        ),
        Code::DerivedPeriod => (
            "Records of an older server have no billing period; the month of their date is used.",
            "Make sure that the records are read in the server's time zone.",
        ),
        Code::ZonelessTime => (
            "Times name no zone, as programs that copied the dump leave them; they are read as UTC.",
            "Nothing, if the times are in UTC; otherwise save the dump with zones.",
        ),
        Code::UnknownField => (
            "A field is none of the endpoint's and was not read.",
            "Nothing, unless it was meant to be one of the endpoint's fields.",
        ),
        Code::RespelledColumn => (
            "A table spells names of columns in another way than the endpoint, as Billing Period; only one field can \
             be meant.",
            "Nothing.",
        ),
        Code::SkippedFile => (
            "A file among the inputs holds no records and was passed over.",
            "Nothing, unless it was meant to be read.",
        ),
        Code::NotOpened => (
            "Parts of a Parquet file hold other months alone, as the file says, and were not opened; names and the \
             completeness of the file are those of the other parts.",
            "Nothing; read all of the file if you want its completeness checked.",
        ),
        Code::RepeatedPage => (
            "A page is a copy of another page; its records count once.",
            "The page that should have been in its place may be missing: make sure that it was fetched.",
        ),
        Code::UnknownName => (
            "A filter names what no record has, so it is probably misspelt.",
            "Use the name that the message suggests, or look the name up in a report without filters.",
        ),
        Code::NothingMatches => ("No record passes the filters.", "Look at the filters' values."),
        Code::DuplicateKey => (
            "Two records of one dump have the same user and component usage. The server holds that pair \
             unique, so the dump is damaged or two are mixed up.",
            "Do not send. Fetch the dump again.",
        ),
        Code::Unusable => (
            "Records or files could not be read or understood; nothing is known of their usage.",
            "Do not send. Correct them or fetch them again; usagebook report lists them in its file of rejected records.",
        ),
        Code::MissingPage => (
            "Pages are numbered, and some numbers between them are not there.",
            "Fetch the pages that are missing, or the whole dump again.",
        ),
        Code::UnnumberedPages => (
            "The numbers in the names of the files are not page numbers, so that nobody can tell whether pages are missing.",
            "Call the files page-1.json and so on, or save the server's count in index.json, as usagebook pull does.",
        ),
        Code::UsersExceedParent => (
            "Users add up to more than the total that the server bills for the component: users' figures are \
             wrong, or the total was lowered afterwards.",
            "Ask the provider to report the usage again. Users' figures cannot be passed on as they are.",
        ),
        Code::ParentAbsent => (
            "Records point to a component usage that its dump does not have: one of the two dumps is \
             incomplete, or it was deleted between them.",
            "Fetch both dumps again, one right after the other.",
        ),
        Code::ParentDiffers => (
            "A component usage has another unit, component, resource or month in its own dump than in its \
             users' records: something was changed between the two dumps.",
            "Fetch both dumps again, one right after the other.",
        ),
        Code::UnitChanged => (
            "A component of an offering was measured in different units in different months.",
            "Ask the provider which unit is right; do not compare the months.",
        ),
        Code::NegativeTotal => (
            "A component of a resource has negative usage in a month. An invoice cannot bill that.",
            "Find the correction's month and reason; credit it there.",
        ),
        Code::MissingUsage => (
            "A component that a resource used month after month has no record: its report may have been \
             forgotten or lost, and would be billed late or never.",
            "Ask the provider, or see whether the resource was terminated.",
        ),
        Code::Spike => (
            "Usage is many times what was usual: a real burst, or a wrong unit, a doubled report, a running \
             total that was not reset.",
            "Ask the provider or the customer before it is billed.",
        ),
        Code::RunningTotal => (
            "Lifetime totals were probably reported as months: each month then bills all months before it \
             again. An agent did that until August 2026.",
            "Do not send. Ask the provider whether the agent counts each month from 0, and to report the months \
             again.",
        ),
        Code::ShiftedHours => (
            "A month's last hours are in the next month: the agent that reports usage probably reads a wrong time \
             zone. Every month of the offering is off by these hours.",
            "Ask the provider for the time zone of the agent, and whether these resources were still used in the \
             next month.",
        ),
        Code::DateBeforePeriod => (
            "Usage was reported before the month began that it is billed in.",
            "If it is a matter of hours, name the server's time zone; else ask the provider for the right month.",
        ),
        Code::FuturePeriod => (
            "Records are of a month that had not begun.",
            "Check the day that the figures are of; else ask the provider for the right month.",
        ),
        Code::InvoiceDiffers => (
            "The quantity on the invoice is not the usage: usage changed after the invoice was made, or the \
             invoice was changed by hand.",
            "Correct the invoice, or bill the difference.",
        ),
        Code::InvoiceAmountDiffers => (
            "The amount on the invoice is not what the price list makes of the usage: the portal's plan has another \
             price, or the quantity differs.",
            "Compare the plan's price with the price list, and correct the invoice or the list.",
        ),
        Code::InvoiceUnitDiffers => (
            "The invoice and the usage are in different units, so that the quantities cannot be compared.",
            "Ask the provider which unit the price is for.",
        ),
        Code::InvoicedWithoutUsage => (
            "The invoice bills usage that is in no record: it was deleted after the invoice was made, or the \
             dump has lost it.",
            "Find the usage, or correct the invoice.",
        ),
        Code::UsageNotInvoiced => (
            "Usage is on no invoice, though the same component of other resources is: it came after the \
             invoice was made, or its resource has no plan.",
            "Bill it, or write down why not. Make sure that the invoices of all customers are given.",
        ),
        Code::UsersShortOfParent => (
            "Users add up to less than the total: usage that nobody is named for, or records that are missing \
             from the dump.",
            "Nothing, where the dump is complete; bill by the component usages, not by the users' sums.",
        ),
        Code::ParentWithoutUsers => (
            "A component usage has no user: nobody is named for it, or its records are missing from the dump.",
            "Nothing, where the dump is complete; bill by the component usages, not by the users' sums.",
        ),
        Code::BackfilledParent => (
            "A component usage has a total of 0 but users with usage: it was made only to hold them, and is \
             not billed by its total.",
            "Ask the provider to report the total, where it is to be billed.",
        ),
        Code::RoundedUsers => (
            "The usage of each user was rounded, and the total once, so that users miss their total by a little.",
            "Nothing; bill by the component usages.",
        ),
        Code::DateLongAfterPeriod => (
            "Usage was reported so late that the month's invoice was final; the server does not add it to the \
             invoice any more.",
            "Compare with what was billed; bill the difference.",
        ),
        Code::NegativeUsage => {
            ("Records correct earlier ones by negative usage.", "Nothing; totals already count them.")
        }
        Code::ZeroUsage => ("Users are reported with a usage of zero.", "Nothing."),
        Code::NotInvoicedByUsage => (
            "Components have usage, but invoices bill them by limits, fixed prices or a prepaid balance, at a price of \
             0, or not at all.",
            "Nothing, unless they were to be billed by usage.",
        ),
        Code::SkippedInvoiceItem => (
            "Invoice items for fixed prices, limits, credits, discounts or compensations, for use beyond a prepaid \
             balance, and those of canceled invoices have no usage to be compared with.",
            "Nothing; where items have no billing_type, give a dump of /api/invoices/.",
        ),
        Code::WithoutAttributes => (
            "A file of the user's own has no row for a customer, project, offering or resource of the report; its \
             usage counts all the same.",
            "Add the rows that are missing, where they are to have a value.",
        ),
        Code::UnmatchedRow => (
            "Rows of a file of the user's own belong to nothing that is reported on.",
            "Nothing, unless a uuid, a name or a month in the file is wrong.",
        ),
        Code::BudgetCurrency => (
            "Budgets are in a currency that no price and no credit is in, so nothing counts against them.",
            "Correct the currency of the budgets, or add prices in it.",
        ),
        Code::NotPosted => (
            "Rows of no amount, or of an amount of zero, make no posting in the ledger.",
            "Nothing, unless they were to cost something.",
        ),
        Code::UnpricedUsage => (
            "The price list has no price for some usage, and the report was allowed to go on: the amounts are too \
             low.",
            "Add the prices to the list, and report again before amounts are sent.",
        ),
        Code::CreditNotPlaced => (
            "A credit of the price list is in no row and no total: its customer or month is not known, or \
             the filters ask for a part of the usage only.",
            "Correct the credit, or report without those filters.",
        ),
        Code::PriceWithoutUsage => (
            "The price list has prices for customers, projects or offerings that no record has: nobody used \
             them, or their names are misspelt.",
            "Look at the names; a misspelt exception charges the general price.",
        ),
        Code::AmountsNotFrozen => (
            "A closed month was closed without prices: its usage stays as it was, and its amounts depend on the price list \
             that each report is given.",
            "Keep the price list that the month was billed with, or restate the month with it.",
        ),
        Code::AmountsLeftOut => (
            "Some months of the report were closed with prices, and others have no prices: a total of some months only \
             would look like the total of all.",
            "Name a price list for the other months, or report on the closed months alone.",
        ),
        Code::AttributesFrozen => (
            "What was kept of customers, projects, offerings or resources when months were closed differs from the table \
             that was named, or between closed months of the period.",
            "Nothing, if the values changed on purpose; restate a month to change what it was closed with.",
        ),
        Code::OlderDelivery => (
            "A delivery is older than the month's latest one: where the two differ, the later one counts.",
            "Nothing, unless its time is wrong; usagebook retract takes a delivery back.",
        ),
        Code::ComponentUsagesChanged => (
            "Component usages of a closed month have changed since it was closed: what the portal bills for the \
             month has changed, even if no record has.",
            "Compare the amounts of before and now, and restate the month if the difference is to be billed.",
        ),
        Code::CustomerVanished => (
            "A customer has records in one delivery of a month and none in a later one: the records were \
             deleted, the projects were moved, or the token no longer sees the customer.",
            "Find out which it was before the month is closed. If the token lost sight of the customer, \
             download the month again and retract the delivery that lacks it.",
        ),
        Code::TwoOwners => (
            "A project is under two customers, or a resource under two projects, in one set of figures: it was \
             moved while the portal was read, or between two downloads. The figures are of a state that never \
             was.",
            "Download the months that it has records in again, one right after the other, and ask which \
             customer pays.",
        ),
        Code::NoRecords => (
            "The portal counted no records. Newer portals show a token only what its role may see, so a token \
             without a role sees none.",
            "Make sure that there was no usage: ask with a token of staff or support.",
        ),
        Code::UnknownScope => (
            "A month was taken in as complete, and its index does not say whether the token sees all customers. \
             Newer portals show a token only what its role may see.",
            "Make sure that it was a token of staff or support: otherwise the records of all other customers \
             are retired.",
        ),
    }
}
