//! `usagebook verify`: every byte of a book against its checksum.

use anyhow::bail;
use usagebook::book::Foreign;
use usagebook::report::grouped;

use super::Status;
use super::arguments::VerifyArguments;
use super::close::print;
use super::notices::say;

pub fn run(arguments: &VerifyArguments) -> anyhow::Result<Status> {
    let verification = super::seen::open(&arguments.book)?.verify()?;
    for damage in &verification.damage {
        say(format_args!("damage: {}: {}", damage.path.display(), damage.reason));
    }
    for Foreign { path, is_among_months } in &verification.foreign {
        match is_among_months {
            true => say(format_args!(
                "finding: {}: not a file of the book; programs that read the months read it, too: remove it",
                path.display()
            )),
            false => {
                say(format_args!("remark: {}: not a file of the book; it is passed over", path.display()))
            }
        }
    }
    match verification.damage.len() {
        0 => {
            let (files, bytes) = (grouped(verification.files), grouped(verification.bytes));
            print(&format!(
                "{files} files, {bytes} bytes: as they were written; records and figures agree\n"
            ))?;
            match verification.foreign.iter().any(|foreign| foreign.is_among_months) {
                true => Ok(Status::Findings),
                false => Ok(Status::Done),
            }
        }
        1 => bail!("the book is damaged in 1 place; usagebook repair puts back what can be proved"),
        count => {
            bail!("the book is damaged in {count} places; usagebook repair puts back what can be proved")
        }
    }
}
