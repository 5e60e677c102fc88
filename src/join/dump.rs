//! Attributes from the portal itself: dumps of `/api/customers/` and `/api/projects/`, by uuid.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use super::input;
use crate::error::{Error, Result};
use crate::ingest::{InputFile, Progress, read_entities};
use crate::notice::Notice;
use crate::tabular::{Cell, Row, Table};
use crate::usage::uuid_text;

/// A dump as a table of a uuid and attributes.
pub struct Dump {
    pub files: Vec<InputFile>,
    pub table: Table,
    pub notices: Vec<Notice>,
}

/// Whether it is a folder of pages, JSON, or something packed: all that is no table.
pub fn is_dump(path: &Path) -> bool {
    let mut start = Vec::new();
    let read = File::open(path).and_then(|file| file.take(64).read_to_end(&mut start));
    let text = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&start).trim_ascii_start();
    path.is_dir()
        || (read.is_ok()
            && matches!(text, [b'[' | b'{', ..] | [0x1f, 0x8b, ..] | [0x28, 0xb5, 0x2f, 0xfd, ..]))
}

/// # Errors
/// A dump that cannot be read, or holds something else than customers or projects.
pub fn read(path: &Path) -> Result<Dump> {
    let input = path.display().to_string();
    let entities = read_entities(&input, &Progress::default())?;
    if let Some(fault) = entities.faults.first().first() {
        return Err(Error::BadDump { fault: Box::new(fault.clone()) });
    }
    let table = |columns, rows| Table::of(&input, columns, rows);
    let Some(kind) = entities.kind else {
        return Err(table(Vec::new(), Vec::new()).error(
            1,
            "no customer and no project",
            "a dump of /api/customers/ or /api/projects/",
        ));
    };
    let columns = [kind.columns()[0]].iter().chain(entities.fields).map(|name| (*name).to_owned()).collect();
    let row = |(at, (uuid, values)): (usize, (u128, Vec<String>))| Row {
        line: at as u64 + 1,
        cells: [uuid_text(uuid)].into_iter().chain(values).map(Cell::text).collect(),
    };
    let rows = entities.rows.into_iter().enumerate().map(row).collect();
    let file = |name: &String| input::read(Path::new(name)).map(|(file, _)| file);
    Ok(Dump {
        files: entities.files.iter().map(file).collect::<Result<_>>()?,
        table: table(columns, rows),
        notices: entities.notices,
    })
}
