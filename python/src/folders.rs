//! Statements and drafts of bills: a folder with a file for each recipient, all of them or none.

use std::path::PathBuf;

use pyo3::prelude::*;
use serde_json::json;
use usagebook::dimension::{Attribute, Dimension};
use usagebook::error::{Error, Result};
use usagebook::files::access::Access;
use usagebook::files::folder::NewFolder;
use usagebook::files::hashing::Hashing;
use usagebook::files::leftovers::remove_leftovers;
use usagebook::ingest::InputFile;
use usagebook::notice::Notice;
use usagebook::usecase::places::{self, Place};
use usagebook::usecase::{
    self, BillForms, BillsManifest, BillsQuestion, Layout, PackParts, Rejected, StatementFormat,
    StatementForms, StatementsManifest, StatementsQuestion, Watch as _, write_manifest,
};
use usagebook::write::bill::BillFormat;
use usagebook::write::csv::CsvOptions;
use usagebook::write::output::Output;

use crate::ask::{Asked, Owned, bad};
use crate::report::notices_json;
use crate::work::{Watch, work};

/// Where the files go, and for whom they are. Each field is a keyword of the package.
#[derive(Debug, FromPyObject)]
#[pyo3(from_item_all)]
pub struct FolderAsked {
    to: PathBuf,
    per: Option<String>,
    by: Vec<String>,
    format: Vec<String>,
    users: bool,
    eml: bool,
    group_readable: bool,
}

/// What goes with the files.
const MANIFEST: &str = "manifest.json";

impl FolderAsked {
    fn access(&self) -> Access {
        if self.group_readable { Access::Group } else { Access::Private }
    }

    /// Where results go, checked before anything is read.
    fn places<'a>(&'a self, owned: &'a Owned) -> Result<Vec<Place<'a>>> {
        let rejects = owned.rejects.as_deref().map(Place::File);
        let places: Vec<Place<'_>> = [Place::Folder(&self.to)].into_iter().chain(rejects).collect();
        places::check(&places, &owned.reads.iter().map(PathBuf::as_path).collect::<Vec<_>>())?;
        NewFolder::check(&self.to)?;
        Ok(places)
    }

    fn per(&self, own: &[Attribute]) -> Result<Dimension> {
        let Some(text) = &self.per else { return Ok(Dimension::Customer) };
        match *Dimension::parse_list_with(text, own)? {
            [per @ (Dimension::Customer | Dimension::Project | Dimension::Attribute(_))] => Ok(per),
            _ => Err(bad("per", text, "customer, project or a column of your own")),
        }
    }

    /// Of the formats that there are those that are asked for.
    fn chosen<F>(&self, all: impl Iterator<Item = F>, name: impl Fn(&F) -> &'static str) -> Result<Vec<F>> {
        let all: Vec<F> = all.collect();
        let names: Vec<&str> = all.iter().map(&name).collect();
        if let Some(unknown) = self.format.iter().find(|asked| !names.contains(&asked.as_str())) {
            return Err(bad("format", unknown, &format!("one of {}", names.join(", "))));
        }
        let is_asked =
            |format: &F| self.format.is_empty() || self.format.iter().any(|asked| *asked == name(format));
        Ok(all.into_iter().filter(is_asked).collect())
    }

    fn new_folder(&self) -> Result<NewFolder> {
        remove_leftovers(&self.to);
        NewFolder::create(&self.to, self.access())
    }
}

impl Owned {
    /// Refuses months of a book whose bills were issued: what is left to draft are notes that correct them.
    fn check_not_issued(&self) -> Result<()> {
        let (Some(book), Some(period)) = (&self.book, self.period()) else { return Ok(()) };
        let months = usecase::period_of(book, period)?;
        match months.periods().find(|month| book.issues_of(*month).next().is_some()) {
            Some(period) => {
                let reason = "its bills are issued; `usagebook bills` drafts the notes that correct them";
                Err(Error::NotBilled { period, reason: reason.to_owned() })
            }
            None => Ok(()),
        }
    }
}

/// The file of rejected records, short of its name.
fn rejects(owned: &Owned, access: Access, rejected: &mut Rejected) -> Result<Option<Output>> {
    rejected.prepare(owned.rejects.as_deref().map(|path| (path, access)), Hashing::Sha256)
}

fn check_no_input(places: &[Place<'_>], files: &[InputFile]) -> Result<()> {
    places.iter().try_for_each(|place| places::check_no_input(place, files))
}

fn exit_status(notices: &[Notice]) -> u8 {
    if notices.iter().any(Notice::is_open) { 3 } else { 0 }
}

/// Makes a statement for each recipient; returns what was made, as JSON.
#[pyfunction]
pub fn statements(
    py: Python<'_>,
    asked: Asked,
    folder: FolderAsked,
    progress: Option<Py<PyAny>>,
) -> PyResult<String> {
    work(py, progress.as_ref(), |watch| stated(&asked.read()?, &folder, watch))
}

fn stated(owned: &Owned, asked: &FolderAsked, watch: &Watch) -> Result<String> {
    let own = owned.columns();
    let layout = Layout::by(match asked.by.is_empty() {
        true => Dimension::DEFAULT.to_vec(),
        false => Dimension::parse_list_with(&asked.by.join(","), &own)?,
    });
    layout.check_pack(owned.period())?;
    let formats = asked.chosen(StatementFormat::all(), |format| format.name())?;
    let places = asked.places(owned)?;
    let question = StatementsQuestion {
        records: owned.question(),
        per: asked.per(&own)?,
        layout,
        parts: PackParts { has_users: asked.users, letterhead: owned.configuration.letterhead.clone() },
        accepts_incomplete: owned.accepts_incomplete(),
    };
    let mut statements = usecase::statements(&question, watch)?;
    check_no_input(&places, &statements.files)?;
    let rejects = rejects(owned, asked.access(), &mut statements.rejected)?;
    let notices = statements.recipients.provenance().notices.clone();
    let folder = asked.new_folder()?;
    let forms = StatementForms { formats, csv: CsvOptions::default() };
    let mut drawn = statements.draw(&forms, &folder, watch)?;
    drawn.beside.extend(rejects.iter().flat_map(|output| output.entries.clone()));
    let source = owned.configuration.source.as_ref();
    let manifest = StatementsManifest::new(&statements, &drawn, source, exit_status(&notices));
    let facts = json!({"manifest": manifest, "tie_out": drawn.tie_out, "notices": notices_json(&notices)});
    folder.write(MANIFEST, |out| write_manifest(&manifest, out))?;
    watch.check()?;
    folder.commit()?;
    rejects.map_or(Ok(()), Output::commit)?;
    Ok(facts.to_string())
}

/// Makes a draft of a bill for each recipient; returns what was made, as JSON.
#[pyfunction]
pub fn bills(
    py: Python<'_>,
    asked: Asked,
    folder: FolderAsked,
    progress: Option<Py<PyAny>>,
) -> PyResult<String> {
    work(py, progress.as_ref(), |watch| billed(&asked.read()?, &folder, watch))
}

fn billed(owned: &Owned, asked: &FolderAsked, watch: &Watch) -> Result<String> {
    let formats = asked.chosen(BillFormat::available(), |format| format.name())?;
    let places = asked.places(owned)?;
    owned.check_not_issued()?;
    let question = BillsQuestion {
        records: owned.question(),
        per: asked.per(&owned.columns())?,
        sender: owned.configuration.sender.clone(),
        accepts_incomplete: owned.accepts_incomplete(),
    };
    let mut made = usecase::bills(&question, watch)?;
    check_no_input(&places, &made.files)?;
    let rejects = rejects(owned, asked.access(), &mut made.rejected)?;
    let without_rate = made.without_due_rate();
    let notices = made.provenance.notices.clone();
    let status = if without_rate.is_some() { 3 } else { exit_status(&notices) };
    let folder = asked.new_folder()?;
    let csv = CsvOptions::default();
    let forms = BillForms { formats: &formats, csv: &csv, has_mail: asked.eml };
    let mut drawn = made.draw(forms, &folder, watch)?;
    drawn.beside.extend(rejects.iter().flat_map(|output| output.entries.clone()));
    let source = owned.configuration.source.as_ref();
    let manifest = BillsManifest::new(&made, &drawn, source, status);
    let facts = json!({
        "manifest": manifest,
        "without_rate": without_rate,
        "without_amount": made.bills.without_amount,
        "notices": notices_json(&notices),
    });
    folder.write(MANIFEST, |out| write_manifest(&manifest, out))?;
    watch.check()?;
    folder.commit()?;
    rejects.map_or(Ok(()), Output::commit)?;
    Ok(facts.to_string())
}
