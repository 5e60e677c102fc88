//! What the checks of a month came to, and what it amounts to: kept until the book or its settings change.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use super::asked::month_question;
use super::opened::Opened;
use crate::book::{Book, Version};
use crate::error::Result;
use crate::ingest::Progress;
use crate::pack::Checked;
use crate::period::BillingPeriod;
use crate::report::MoneyTotal;
use crate::usecase::{PackParts, pack};

/// What was seen in a month.
#[derive(Debug)]
pub(crate) struct Looked {
    pub checked: Checked,
    /// One for each currency; none without prices.
    pub totals: Vec<MoneyTotal>,
}

/// What was seen in months of one state of the book.
#[derive(Debug, Default)]
pub(crate) struct Looks(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    state: String,
    /// By the name of a generation.
    committed: VecDeque<(String, BTreeSet<String>)>,
    months: HashMap<(BillingPeriod, Option<String>), Arc<Looked>>,
}

/// States of the book of which it is remembered what was committed.
const STATES: usize = 64;

impl Looks {
    /// Remembers what a state of the book has, for a form that is sent later.
    pub(crate) fn remember(&self, book: &Book) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let name = book.generation_name();
        if !kept.committed.iter().any(|(known, _)| known == name) {
            kept.committed.push_back((name.to_owned(), book.committed()));
        }
        if kept.committed.len() > STATES {
            kept.committed.pop_front();
        }
    }

    /// What was committed since a state of the book; `None` if nobody remembers that state.
    pub(crate) fn since(&self, name: &str, book: &Book) -> Option<Vec<String>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, before) = kept.committed.iter().find(|(known, _)| known == name)?;
        Some(book.committed().difference(before).cloned().collect())
    }

    /// Looks at a month, or remembers what was seen.
    pub(crate) fn look(
        &self,
        opened: &Opened,
        period: BillingPeriod,
        version: Option<&Version>,
        watch: &Arc<Progress>,
    ) -> Result<Arc<Looked>> {
        let (state, key) = (opened.state(), (period, version.map(ToString::to_string)));
        {
            let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(looked) = kept.months.get(&key).filter(|_| kept.state == state) {
                return Ok(Arc::clone(looked));
            }
        }
        let looked = Arc::new(look(opened, period, version.cloned(), watch)?);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.state != state {
            kept.state = state;
            kept.months.clear();
        }
        kept.months.insert(key, Arc::clone(&looked));
        Ok(looked)
    }
}

fn look(
    opened: &Opened,
    period: BillingPeriod,
    version: Option<Version>,
    watch: &Arc<Progress>,
) -> Result<Looked> {
    let question = month_question(opened, period, version)?;
    let answer = pack(&question, &PackParts::default(), watch)?;
    let totals = answer.result.provenance.pricing.map(|pricing| pricing.totals).unwrap_or_default();
    let checked = answer.result.checked.expect("a pack of all customers has its checks");
    Ok(Looked { checked, totals })
}
