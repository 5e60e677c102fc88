//! A statement for each recipient (customer, project, or value of an attribute), which come to the report over all of them.

mod manifest;

use std::io::Write;

pub use self::manifest::StatementsManifest;
use super::drawing::drawn_in_order;
use super::prepare::Preparation;
use super::question::{Detail, Layout, Question, Seen, Source};
use super::report::{PackParts, Rejected};
use super::watch::Watch;
use crate::dimension::Dimension;
use crate::error::{Error, Result};
use crate::files::folder::NewFolder;
use crate::ingest::InputFile;
use crate::notice::{Code, Notice, Severity};
use crate::pack::{Pack, PackSpec, Recipients};
use crate::period::PeriodRange;
use crate::write::csv::CsvOptions;
use crate::write::mailing::{self, Mailed, Mailing};
use crate::write::output::OutputEntry;
use crate::write::{Format, FormatOptions, PackFormat, write, write_pack};

/// Statements that are asked for.
#[derive(Clone, Debug)]
pub struct StatementsQuestion<'q> {
    /// Which records the statements are made of.
    pub records: Question<'q>,
    /// Who gets a statement: customers, projects, or the values of an attribute.
    pub per: Dimension,
    /// How the usage of each recipient is grouped and compared.
    pub layout: Layout,
    /// What every statement has apart from its usage.
    pub parts: PackParts,
    /// Whether statements are made though usage is probably missing.
    pub accepts_incomplete: bool,
}

impl<'q> StatementsQuestion<'q> {
    /// Statements for customers, of usage that is complete, without single users and a letterhead.
    pub fn new(records: Question<'q>, layout: Layout) -> Self {
        Self {
            records,
            per: Dimension::Customer,
            layout,
            parts: PackParts::default(),
            accepts_incomplete: false,
        }
    }
}

/// The recipients, each with a pack of its own.
#[derive(Debug)]
pub struct Statements {
    /// The packs, which are made one at a time.
    pub recipients: Recipients,
    /// What is put into every pack.
    pub spec: PackSpec,
    /// The files that were read.
    pub files: Vec<InputFile>,
    /// What cannot be used and is left out.
    pub rejected: Rejected,
}

/// How a statement can be drawn: as a pack, or its flat detail alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatementFormat {
    /// All reports of the pack.
    Pack(PackFormat),
    /// The detail alone, as a report.
    Detail(Format),
}

/// In which forms statements are drawn.
#[derive(Clone, Debug)]
pub struct StatementForms {
    /// One file of each for every recipient.
    pub formats: Vec<StatementFormat>,
    /// Choices for details in CSV and TSV.
    pub csv: CsvOptions,
}

/// A statement that is on disk.
#[derive(Debug)]
pub struct Drawn {
    /// What it comes to, and the names of its files.
    pub mailed: Mailed,
    /// Its files, one for each format.
    pub entries: Vec<OutputEntry>,
}

/// All statements, on disk, with what is beside them.
#[derive(Debug)]
pub struct DrawnStatements {
    /// In the order of the recipients' names, then uuids.
    pub statements: Vec<Drawn>,
    /// An index, and a table for mail merge.
    pub beside: Vec<OutputEntry>,
    /// That they come to the report, in words.
    pub tie_out: String,
}

/// Makes a statement for each recipient.
///
/// # Errors
/// As of [`report`](super::report), and usage of which some is probably missing, unless that is accepted: what a recipient was
/// sent cannot be taken back.
pub fn statements(question: &StatementsQuestion<'_>, watch: &dyn Watch) -> Result<Statements> {
    let records = &question.records;
    let spec = |seen: &Seen| question.parts.spec(records, &question.layout, seen);
    let asked = |seen: &Seen| Preparation::of_pack(&spec(seen)).with(records, *seen);
    let (accepted, asked) = records.given(Detail::Figures, asked, watch)?;
    if !question.accepts_incomplete {
        check_complete(&records.doubts(asked.seen.period, accepted.notices())?)?;
    }
    let spec = spec(&asked.seen);
    let prepared = accepted.resolved(&asked)?.prepared(&asked)?;
    let rejected = Rejected { count: prepared.faults.count(), records: prepared.rejects };
    let recipients = Recipients::new(prepared.frame, spec.clone(), question.per, prepared.provenance)?;
    watch.check()?;
    Ok(Statements { recipients, spec, files: prepared.files, rejected })
}

impl Question<'_> {
    /// What is known of missing records.
    pub(super) fn doubts(&self, period: Option<PeriodRange>, notices: &[Notice]) -> Result<Vec<Notice>> {
        match (&self.source, period) {
            (Source::Book(book, version), Some(period)) => book.doubts(period, version.as_ref()),
            _ => Ok(notices.to_vec()),
        }
    }
}

pub(super) fn check_complete(notices: &[Notice]) -> Result<()> {
    let is_doubt = |notice: &&Notice| {
        notice.severity == Severity::Warning && matches!(notice.code, Code::Incomplete | Code::MissingPage)
    };
    match notices.iter().find(is_doubt) {
        Some(notice) => Err(Error::StatementsIncomplete { reason: notice.message.clone() }),
        None => Ok(()),
    }
}

/// The names of what is beside the statements.
const INDEX: &str = "index.html";
const MAIL_MERGE: &str = "mail-merge.csv";

impl Statements {
    /// Draws all statements into a folder, as many at a time as there are cores, with an index and a table for mail merge.
    ///
    /// # Errors
    /// A file that cannot be written, statements that do not come to the report.
    pub fn draw(
        &self,
        forms: &StatementForms,
        folder: &NewFolder,
        watch: &dyn Watch,
    ) -> Result<DrawnStatements> {
        let statements = drawn_in_order(self.recipients.len(), watch, |at| self.draw_one(at, forms, folder))?;
        let ties = statements.iter().map(|drawn| (&*drawn.mailed.ties, &*drawn.mailed.money_ties));
        let tie_out = self.recipients.tie_out(ties)?;
        let mailed: Vec<Mailed> = statements.iter().map(|drawn| drawn.mailed.clone()).collect();
        let names: Vec<&'static str> = forms.formats.iter().map(|format| format.name()).collect();
        let mailing = Mailing {
            mailed: &mailed,
            per: self.recipients.per(),
            formats: &names,
            provenance: self.recipients.provenance(),
            totals: &self.recipients.totals(),
            money_totals: &self.recipients.money_totals(),
            letterhead: &self.spec.letterhead,
        };
        let index = folder.write(INDEX, |out| mailing.write_index(out))?;
        let merge = folder.write(MAIL_MERGE, |out| mailing.write_mail_merge(&forms.csv, out))?;
        let beside = vec![
            OutputEntry::new(&INDEX, statements.len(), index),
            OutputEntry::new(&MAIL_MERGE, statements.len(), merge),
        ];
        Ok(DrawnStatements { statements, beside, tie_out })
    }

    fn draw_one(&self, at: usize, forms: &StatementForms, folder: &NewFolder) -> Result<Drawn> {
        let pack = self.recipients.pack(at)?;
        let addressee = self.recipients.addressee(at).clone();
        let stem = mailing::stem(&addressee.name, addressee.uuid);
        let mut mailed = Mailed { addressee, ties: Vec::new(), money_ties: Vec::new(), files: Vec::new() };
        let mut entries = Vec::new();
        for format in &forms.formats {
            let name = format!("{stem}.{}", format.name());
            let digest = folder.write(&name, |out| forms.write(&pack, *format, out))?;
            entries.push(OutputEntry::new(&name, pack.detail.rows.len(), digest));
            mailed.files.push(name);
        }
        (mailed.ties, mailed.money_ties) = (pack.ties, pack.money_ties);
        Ok(Drawn { mailed, entries })
    }
}

impl StatementForms {
    fn write(&self, pack: &Pack, format: StatementFormat, out: &mut dyn Write) -> Result<()> {
        match format {
            StatementFormat::Pack(format) => write_pack(pack, format, out),
            StatementFormat::Detail(Format::Csv) => write(&pack.detail, &FormatOptions::Csv(self.csv), out),
            StatementFormat::Detail(format) => write(&pack.detail, &format.with_defaults(), out),
        }
    }
}

impl StatementFormat {
    /// Every format of packs, then CSV for the detail.
    pub fn all() -> impl Iterator<Item = Self> {
        PackFormat::ALWAYS.into_iter().map(Self::Pack).chain([Self::Detail(Format::Csv)])
    }

    /// The word for it, and the ending of files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pack(format) => format.name(),
            Self::Detail(format) => format.name(),
        }
    }
}
