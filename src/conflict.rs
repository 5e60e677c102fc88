//! Wishes that exclude each other, or lack another.

/// The table: each conflict, and what is wrong in a clause without names of flags.
macro_rules! conflicts {
    ($($conflict:ident $text:literal;)*) => {
        /// What was asked for and cannot be had: together, or without something else.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
        #[non_exhaustive]
        pub enum Conflict {
            $(
                #[doc = concat!("`", $text, "`")]
                #[error($text)]
                $conflict,
            )*
        }
    };
}

conflicts! {
    ComparisonPivoted
        "a comparison needs rows of periods, not columns";
    PreviousMonthOfLongerPeriods
        "a comparison with the previous month needs months, not longer periods";
    PreviousMonthOfSeveral
        "a comparison with the previous month needs one month";
    PreviousYearOfSeveral
        "a comparison with the previous year needs at most a year";
    LikeForLikeWithoutPeriod
        "a comparison like for like needs a period";
    PivotWithoutPeriod
        "periods across need a period among the dimensions";
    RatesWithoutCurrency
        "exchange rates need a currency to convert to";
    ZeroWithoutCurrency
        "amounts of zero for usage without a price need one currency";
    PartitionsWithoutPeriod
        "a folder for each month needs the dimension period";
    DescribedTotals
        "a descriptor needs rows of one kind, without totals";
    DescribedRows
        "a descriptor needs CSV, TSV or Parquet in files";
    RowsAsParquet
        "Parquet needs a report; these rows can be had as table, csv, tsv, json, ndjson or markdown";
    SemicolonForPrograms
        "a semicolon needs CSV for spreadsheets";
    DecimalCommaForPrograms
        "a decimal comma needs CSV for spreadsheets";
    StandardInput
        "standard input needs a command that reads records";
    Archive
        "an archive needs a command that reads records; unpack it first";
    PseudonymsOfNamedUsers
        "pseudonyms need attributes without offering users, which name the people behind usernames";
    BasisWithoutComponentUsages
        "figures made of component usages need component usages";
    BillsWithoutPeriod
        "bills need the months that they are for";
    BudgetPivoted
        "budgets need rows of months, not columns";
    BudgetOfTop
        "budgets need all rows, not the largest only";
    ResumedOtherwise
        "a pull can be resumed only with the address, the months and the filters with which it began";
    AddressUnusable
        "the portal needs an address as https://portal.example.org, without a password or parameters";
    EngineAddressUnusable
        "the engine needs an address as sc://host:15002, with parameters as sc://host:15002/;use_ssl=true;token=…";
    OpenToMachines
        "an address that other machines reach needs a token";
    OpenToPages
        "the origin * or null, which lets any web page that is open on this machine read the usage, needs a token";
}
