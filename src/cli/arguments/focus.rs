//! What a data set of FOCUS is asked for.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use usagebook::price::FocusVersion;

#[derive(Args, Debug, Default)]
#[command(next_help_heading = "FOCUS")]
pub struct FocusArguments {
    /// The version of FOCUS that focus-csv and focus-parquet follow [default: 1.2]
    ///
    /// 1.4 has HostProviderName and ServiceProviderName in place of ProviderName and PublisherName. Of a month that was
    /// restated it has the rows of the first version, and rows of ChargeClass Correction for what later versions change.
    /// The next release will write 1.4 unless 1.2 is asked for.
    #[arg(long, value_name = "VERSION")]
    pub focus_version: Option<FocusVersionChoice>,

    /// Write the Billing Period data set of FOCUS 1.4 into this file: each month, and whether it is open or closed
    ///
    /// In the format of the rows. Months of a book that were closed are Closed, all others Open.
    #[arg(long, value_name = "FILE")]
    pub focus_billing_periods: Option<PathBuf>,

    /// Write the Invoice Detail data set of FOCUS 1.4 into this file: what issued bills and notes come to
    ///
    /// In the format of the rows: for each document a row for each currency, kind of charge and customer, and for each rate
    /// of VAT. Of the months of a book up to the version that is shown.
    #[arg(long, value_name = "FILE", requires = "book")]
    pub focus_invoice_details: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FocusVersionChoice {
    #[value(name = "1.2")]
    V1_2,
    #[value(name = "1.4")]
    V1_4,
}

impl FocusArguments {
    /// The version that is asked for, or else the one that is written unless another is.
    pub fn version(&self) -> FocusVersion {
        match self.focus_version {
            None | Some(FocusVersionChoice::V1_2) => FocusVersion::V1_2,
            Some(FocusVersionChoice::V1_4) => FocusVersion::V1_4,
        }
    }
}
