//! What a reader of the figures should know: findings may make them wrong, remarks do not.

use serde::Serialize;

/// One thing noticed about the data.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Notice {
    pub severity: Severity,
    pub code: Code,
    /// How many records, names, files or months it concerns.
    pub count: u64,
    /// One or two sentences for a finance person: what was seen, what it means, what to do.
    pub message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The figures may be wrong: exit status 3.
    Finding,
    /// Worth knowing: exit status 0.
    Remark,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// The completeness alarm: a dump has probably lost records.
    Incomplete,
    /// Records that were set aside on request.
    SetAside,
    /// A parent's customer, project, offering or resource is another one than before.
    OwnerRewritten,
    /// A parent's unit is another one than before.
    UnitRewritten,
    /// A parent's component type or billing period is another one than before.
    ParentRewritten,
    /// A month that was asked for, or compared with, has no records.
    EmptyPeriod,
    /// A name that was another one in an earlier dump.
    Renamed,
    /// One name that several uuids share.
    SharedName,
    /// Usernames that stand under several customers.
    SharedUsername,
    /// Units that look alike but are not the same bytes.
    SimilarUnits,
    /// A month that is not over.
    PartialPeriod,
    /// A float token that may have lost its hundredths at the server.
    ImpreciseUsage,
    /// A billing period derived from `date`.
    DerivedPeriod,
    /// A field that no record of the endpoint has.
    UnknownField,
    /// A file that was passed over.
    SkippedFile,
    /// A page that is wholly a copy of another.
    RepeatedPage,
    /// Filters that let no record through.
    NothingMatches,
}

impl Code {
    /// The code as it stands in machine-readable output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Incomplete => "incomplete",
            Self::SetAside => "set_aside",
            Self::OwnerRewritten => "owner_rewritten",
            Self::UnitRewritten => "unit_rewritten",
            Self::ParentRewritten => "parent_rewritten",
            Self::EmptyPeriod => "empty_period",
            Self::Renamed => "renamed",
            Self::SharedName => "shared_name",
            Self::SharedUsername => "shared_username",
            Self::SimilarUnits => "similar_units",
            Self::PartialPeriod => "partial_period",
            Self::ImpreciseUsage => "imprecise_usage",
            Self::DerivedPeriod => "derived_period",
            Self::UnknownField => "unknown_field",
            Self::SkippedFile => "skipped_file",
            Self::RepeatedPage => "repeated_page",
            Self::NothingMatches => "nothing_matches",
        }
    }
}

impl Notice {
    pub fn finding(code: Code, count: u64, message: impl Into<String>) -> Self {
        Self { severity: Severity::Finding, code, count, message: message.into() }
    }

    pub fn remark(code: Code, count: u64, message: impl Into<String>) -> Self {
        Self { severity: Severity::Remark, code, count, message: message.into() }
    }
}
