//! Wishes that exclude each other, or lack another.

/// What was asked for and cannot be had: together, or without something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Conflict {
    #[error("a comparison needs rows of periods, not columns")]
    ComparisonPivoted,
    #[error("a comparison with the previous month needs months, not longer periods")]
    PreviousMonthOfLongerPeriods,
    #[error("a comparison with the previous month needs one month")]
    PreviousMonthOfSeveral,
    #[error("a comparison with the previous year needs at most a year")]
    PreviousYearOfSeveral,
    #[error("a comparison like for like needs a period")]
    LikeForLikeWithoutPeriod,
    #[error("periods across need a period among the dimensions")]
    PivotWithoutPeriod,
    #[error("exchange rates need a currency to convert to")]
    RatesWithoutCurrency,
    #[error("amounts of zero for usage without a price need one currency")]
    ZeroWithoutCurrency,
    #[error("a folder for each month needs the dimension period")]
    PartitionsWithoutPeriod,
    #[error("Parquet needs a report; these rows can be had as table, csv, tsv, json, ndjson or markdown")]
    RowsAsParquet,
    #[error("a semicolon needs CSV for spreadsheets")]
    SemicolonForPrograms,
    #[error("a decimal comma needs CSV for spreadsheets")]
    DecimalCommaForPrograms,
    #[error("standard input needs a command that reads records")]
    StandardInput,
    #[error("an archive needs a command that reads records; unpack it first")]
    Archive,
    #[error("pseudonyms need attributes without offering users, which name the people behind usernames")]
    PseudonymsOfNamedUsers,
    #[error("budgets need rows of months, not columns")]
    BudgetPivoted,
    #[error("budgets need all rows, not the largest only")]
    BudgetOfTop,
    #[error("a pull can be resumed only with the address, the months and the filters with which it began")]
    ResumedOtherwise,
    #[error("the portal needs an address as https://portal.example.org, without a password or parameters")]
    AddressUnusable,
    #[error("an address that other machines reach needs a token")]
    OpenToMachines,
    #[error(
        "the origin * or null, which lets any web page that is open on this machine read the usage, needs a token"
    )]
    OpenToPages,
}
