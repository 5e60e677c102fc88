//! `usagebook verify`: every byte of a book against its checksum.

use std::path::Path;

use anyhow::bail;
use usagebook::book::{Foreign, Issue};
use usagebook::period::day_in_words;
use usagebook::pull;
use usagebook::text::{counted, grouped};
use usagebook::usecase;

use crate::cli::Status;
use crate::cli::arguments::VerifyArguments;
use crate::cli::notices::say;
use crate::cli::outputs::print_text;
use crate::cli::progress::Watch;

pub fn run(arguments: &VerifyArguments) -> anyhow::Result<Status> {
    match (&arguments.book, &arguments.pull) {
        (_, Some(folder)) => verify_pull(folder),
        (book, None) => verify_book(book.as_deref().unwrap_or(Path::new(""))),
    }
}

fn verify_pull(folder: &Path) -> anyhow::Result<Status> {
    let verification = pull::verify(folder)?;
    for (path, reason) in &verification.damage {
        say(format_args!("damage: {}: {reason}", path.display()));
    }
    let (files, bytes) = (counted(verification.files, "file"), grouped(verification.bytes));
    match verification.damage.len() {
        0 => {
            print_text(&format!("{files}, {bytes} bytes: as written\n"))?;
            Ok(Status::Done)
        }
        count => bail!(
            "{count} of the pull's files are damaged; `usagebook pull --resume` fetches pages again, an index must \
             be put back from a copy"
        ),
    }
}

fn verify_book(book: &Path) -> anyhow::Result<Status> {
    let book = crate::cli::seen::open(book)?;
    let verification = usecase::verify(&book, usecase::now()?, &Watch::start()?)?;
    for damage in &verification.damage {
        say(format_args!("damage: {}: {}", damage.path.display(), damage.reason));
    }
    for Foreign { path, is_among_months } in &verification.foreign {
        match is_among_months {
            true => say(format_args!(
                "warning: {}: not a file of the book; programs that read the months read it, too: remove it",
                path.display()
            )),
            false => say(format_args!("note: {}: not a file of the book; it is passed over", path.display())),
        }
    }
    match verification.damage.len() {
        0 => {
            let (files, bytes) = (counted(verification.files, "file"), grouped(verification.bytes));
            let retracted: String =
                book.retractions().iter().map(|retraction| retraction.describe() + "\n").collect();
            let signed: String = book
                .months()
                .flat_map(|(period, month)| month.closings.iter().map(move |closing| (period, closing)))
                .filter(|(period, closing)| book.signature(*period, closing).is_some())
                .map(|(period, closing)| {
                    let digest = book.closing_digest(period, closing);
                    format!("{period} v{} has a signature of its digest {digest}\n", closing.version)
                })
                .collect();
            let issued: String = book.issues().iter().map(described).collect();
            let log = book.log_head().map_or_else(String::new, |(count, digest)| {
                let entries = if count == 1 { "entry" } else { "entries" };
                format!("log: {} {entries}, digest {digest}\n", grouped(count as u64))
            });
            print_text(&format!(
                "{files}, {bytes} bytes: as written; records and figures agree\n{retracted}{signed}{issued}{log}"
            ))?;
            match verification.foreign.iter().any(|foreign| foreign.is_among_months) {
                true => Ok(Status::Warnings),
                false => Ok(Status::Done),
            }
        }
        1 => bail!("the book is damaged in 1 place; usagebook repair puts back what can be proved"),
        count => {
            bail!("the book is damaged in {count} places; usagebook repair puts back what can be proved")
        }
    }
}

/// `October 2026 v1: 8 documents issued on 5 November 2026`
fn described(issue: &Issue) -> String {
    let Issue { period, version, date, count, .. } = issue;
    let documents = counted(*count, "document");
    format!("{} v{version}: {documents} issued on {}\n", period.in_words(), day_in_words(*date))
}
