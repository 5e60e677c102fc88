//! Answers for warnings: what a form says goes into the book's log, by the use case of the command.

use std::sync::Arc;
use std::time::Duration;

use maud::{Markup, html};

use super::opened::Opened;
use super::page;
use super::parameters::Parameters;
use super::reply::Reply;
use super::site::{Outcome, Visit};
use crate::book::disk::RealDisk;
use crate::book::{Book, BookWriter, WriterOptions};
use crate::error::{Error, Result};
use crate::notice::Code;
use crate::period::BillingPeriod;
use crate::usecase::{AcknowledgeQuestion, acknowledgement};

/// Where the form goes.
pub(super) const PATH: &str = "/acknowledge";

/// How long another writer is waited for: a person looks at the page.
const PATIENCE: Duration = Duration::from_secs(2);

/// Asks for an answer; nothing on a desk that only reads. It knows the state of the book that the page shows.
pub(super) fn form(visit: &Visit, opened: &Opened, period: BillingPeriod, code: Code) -> Markup {
    html! {
        @if !visit.is_read_only() {
            details.answer {
                summary { "Answer for it" span.hidden { ": " (code.name().replace('_', " ")) } }
                form.ask method="post" action=(PATH) {
                    (visit.form_token())
                    input type="hidden" name="period" value=(period);
                    input type="hidden" name="code" value=(code.name());
                    input type="hidden" name="state" value=(opened.book.generation_name());
                    div.fields {
                        label.wide { "Why the figures are right"
                            input name="reason" required maxlength="1000" size="60" autocomplete="off";
                        }
                        label { "Who says so"
                            input name="by_whom" required maxlength="1000" size="24"
                                value=[opened.configuration.by_whom.as_deref()];
                        }
                    }
                    p.act {
                        button.button type="submit" { "Acknowledge" }
                        span.note { "It goes into the book's log and stays there." }
                    }
                }
            }
        }
    }
}

/// Writes an answer, if the book is still as the page showed it.
pub(super) fn acknowledge(visit: &Visit) -> Outcome {
    let opened = visit.open()?;
    let question = question(&visit.parameters, &opened)?;
    let period = question.period;
    let shown = visit.parameters.one("state").unwrap_or_default();
    if opened.book.generation_name() != shown {
        return Ok(page::changed(visit, &opened.book, shown, &again(period)));
    }
    opened.book.month(period)?;
    let options =
        WriterOptions { timezone: None, lock_timeout: PATIENCE, command: "usagebook desk".to_owned() };
    let folder = opened.book.folder();
    let mut writer = BookWriter::open_with(folder, &options, Arc::new(RealDisk::default()))?;
    // Opened behind the lock: nobody writes any more.
    let book = Book::open(folder)?;
    if book.generation_name() != shown {
        return Ok(page::changed(visit, &book, shown, &again(period)));
    }
    let answer = acknowledgement(&book, &question, visit.now()?, visit.watch())?;
    writer.acknowledge(period, answer)?;
    visit.written(&writer);
    Ok(Reply::Elsewhere(again(period)))
}

fn again(period: BillingPeriod) -> String {
    Parameters::default().with("period", &period.to_string()).address("/warnings")
}

fn question(parameters: &Parameters, opened: &Opened) -> Result<AcknowledgeQuestion> {
    let text = |name| parameters.one(name).unwrap_or_default().to_owned();
    let code = text("code");
    let known = Code::ALL.into_iter().find(|known| known.name() == code);
    Ok(AcknowledgeQuestion {
        period: text("period").parse()?,
        as_of: None,
        code: known.ok_or_else(|| Error::BadParameter {
            parameter: "code",
            value: code,
            expected: "the code of a warning, as the page shows it".to_owned(),
        })?,
        examples: Vec::new(),
        reason: text("reason"),
        by_whom: text("by_whom"),
        invoices: Vec::new(),
        locale: opened.configuration.locale(None),
    })
}
