//! The chain of closings: each names the digest of the one before, and the root of the book the last.

use std::collections::HashMap;

use super::manifest::{Closing, Manifest};
use super::store::sha256;
use super::{Book, BookWriter};
use crate::error::Result;
use crate::period::BillingPeriod;

impl Manifest {
    fn closings(&self) -> impl Iterator<Item = (BillingPeriod, &Closing)> {
        self.months.iter().flat_map(|(period, month)| month.closings.iter().map(|closing| (*period, closing)))
    }

    /// The digest that the first closing of the chain names: of all closings of programs that knew no chain.
    fn chain_start(&self) -> String {
        let unchained: Vec<_> = self.closings().filter(|(_, closing)| closing.previous.is_none()).collect();
        sha256(&serde_json::to_vec(&unchained).expect("closings are text and numbers"))
    }

    /// The digest that the next closing has to name.
    pub(super) fn chain_end(&self) -> String {
        self.head.clone().unwrap_or_else(|| self.chain_start())
    }

    /// Why the closings are not one chain that begins with the first and ends with the one that the book names last.
    pub(super) fn broken_chain(&self) -> Option<String> {
        let mut next: HashMap<&str, (BillingPeriod, &Closing)> = HashMap::new();
        let chained = || self.closings().filter_map(|one| Some((one.1.previous.as_deref()?, one)));
        for (previous, (period, closing)) in chained() {
            if let Some((other, known)) = next.insert(previous, (period, closing)) {
                return Some(format!(
                    "{other} v{} and {period} v{} name the same closing before them",
                    known.version, closing.version
                ));
            }
        }
        let mut end = self.chain_start();
        let mut versions: HashMap<BillingPeriod, u32> = HashMap::new();
        while let Some((period, closing)) = next.remove(end.as_str()) {
            let before = versions.insert(period, closing.version).unwrap_or_default();
            if closing.version <= before {
                return Some(format!("{period} v{} comes after v{before}", closing.version));
            }
            end = digest(period, closing);
        }
        if let Some((period, closing)) = next.into_values().min_by_key(|(period, one)| (*period, one.version))
        {
            let version = closing.version;
            return Some(format!(
                "{period} v{version} names a closing before it that is not there: one was removed, changed or moved"
            ));
        }
        match &self.head {
            Some(head) if *head != end => Some(
                "the closing that the book names as its last one is not there: it was removed or changed"
                    .to_owned(),
            ),
            None if chained().next().is_some() => Some("the book names no last closing".to_owned()),
            _ => None,
        }
    }
}

/// The SHA-256 over a month and its closing, as the manifest has it: with the digest of the closing before, the digests of
/// all its files, and the month's log.
pub(super) fn digest(period: BillingPeriod, closing: &Closing) -> String {
    sha256(&serde_json::to_vec(&(period, closing)).expect("a closing is text and numbers"))
}

impl Book {
    /// The digest that the next closing in the chain names, and that a signature is of.
    pub fn closing_digest(&self, period: BillingPeriod, closing: &Closing) -> String {
        digest(period, closing)
    }

    /// The signature of a closing's digest, as `ssh-keygen -Y sign` writes it.
    pub fn signature(&self, period: BillingPeriod, closing: &Closing) -> Option<&str> {
        self.generation.manifest.signatures.get(&digest(period, closing)).map(String::as_str)
    }
}

impl BookWriter {
    /// The digest that a closing will have if it is made like this now.
    ///
    /// # Errors
    /// What keeps a month from being closed.
    pub fn next_closing_digest(&self, request: &super::CloseRequest) -> Result<String> {
        self.frozen_closing(request).map(|closing| digest(request.period, &closing))
    }
}
