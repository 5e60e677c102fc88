//! Who sends bills, and how they are to be paid.

use std::path::PathBuf;

use super::NumberPattern;
use crate::letterhead::Letterhead;

/// What a sender puts on every bill. No amount depends on it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sender {
    /// The name, the contact, the picture and the names of components.
    pub letterhead: Letterhead,
    /// The lines of the address.
    pub address: Vec<String>,
    /// The sender's VAT number.
    pub vat_number: Option<String>,
    /// In how many days a bill is to be paid.
    pub due_days: Option<u16>,
    /// How the numbers of issued bills are written.
    pub number: NumberPattern,
    /// Lines on how to pay, such as the account.
    pub payment: Vec<String>,
    /// A template of the sender's own for PDF.
    pub template: Option<PathBuf>,
    /// A folder of fonts for PDF.
    pub fonts: Option<PathBuf>,
}
