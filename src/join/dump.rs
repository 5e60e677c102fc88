//! Attributes from the portal itself: dumps of customers and projects, by uuid, and of offering users.

use std::fs;
use std::path::Path;

use crate::dimension::Dimension;
use crate::error::{Error, Result};
use crate::ingest::{InputFile, Progress, unpacked_start};
use crate::notice::Notice;
use crate::objects::read_entities;
use crate::tabular::encoding::MARK;
use crate::tabular::{Cell, Row, Table};
use crate::text::{parse_uuid, uuid_text};
use crate::usage::People;

/// A dump as attributes.
pub(crate) struct Dump {
    pub files: Vec<InputFile>,
    pub content: Content,
    pub notices: Vec<Notice>,
}

pub(crate) enum Content {
    /// A uuid and attributes of customers or projects.
    Table(Table),
    People(People),
}

/// Whether it is a folder of pages or JSON, packed or not: all that is no table.
pub(super) fn is_dump(path: &Path) -> bool {
    // A pipe would wait here, or lose its start.
    if !fs::metadata(path).is_ok_and(|metadata| metadata.is_file() || metadata.is_dir()) {
        return false;
    }
    let is_json = |start: Vec<u8>| {
        let text = start.strip_prefix(MARK).unwrap_or(&start).trim_ascii_start();
        matches!(text, [b'[' | b'{', ..])
    };
    // What cannot be unpacked is a damaged dump.
    path.is_dir() || unpacked_start(path).map_or(true, is_json)
}

/// # Errors
/// A dump that cannot be read, or holds something else than customers, projects or offering users.
pub(crate) fn read(path: &Path) -> Result<Dump> {
    let input = path.display().to_string();
    let entities = read_entities(&input, &Progress::default())?;
    if let Some(fault) = entities.faults.first().first() {
        return Err(Error::BadDump { fault: Box::new(fault.clone()) });
    }
    let table = |columns, rows| Table::of(&input, columns, rows);
    let Some(kind) = entities.kind else {
        return Err(table(Vec::new(), Vec::new()).error(
            1,
            "no customer, project or offering user",
            "a dump of /api/customers/, /api/projects/ or /api/marketplace-offering-users/",
        ));
    };
    let (files, notices) = (entities.files, entities.notices);
    if kind == Dimension::User {
        let row = |(_, values): &(u128, Vec<String>)| {
            let offering = parse_uuid(values[0].as_bytes()).expect("the uuid of an offering");
            (offering, values[1].clone(), values[2].clone())
        };
        let rows: Vec<(u128, String, String)> = entities.rows.iter().map(row).collect();
        let people = People::new(
            &input,
            rows.iter().map(|(offering, username, name)| (*offering, &**username, &**name)),
        );
        let named = people.ok_or_else(|| {
            table(Vec::new(), Vec::new()).error(
                1,
                "no user_full_name of any offering user",
                "offering users with their username and user_full_name",
            )
        })?;
        return Ok(Dump { files, content: Content::People(named), notices });
    }
    let columns = [kind.columns()[0]].iter().chain(entities.fields).map(|name| (*name).to_owned()).collect();
    let row = |(at, (uuid, values)): (usize, (u128, Vec<String>))| Row {
        line: at as u64 + 1,
        cells: [uuid_text(uuid)].into_iter().chain(values).map(Cell::text).collect(),
    };
    let rows = entities.rows.into_iter().enumerate().map(row).collect();
    Ok(Dump { files, content: Content::Table(table(columns, rows)), notices })
}
