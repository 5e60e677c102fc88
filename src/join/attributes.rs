//! Attributes: what the user knows of customers, projects, offerings or resources, by their uuids or names.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::{Path, PathBuf};

use super::dump::{self, Content, Dump};
use super::entities::{Bearers, KINDS, Key, KeyColumn};
use super::input;
use crate::conflict::Conflict;
use crate::dimension::{Attribute, Dimension};
use crate::error::{Error, Result};
use crate::ingest::{InputFile, Intake, Interner};
use crate::notice::{Code, Notice};
use crate::price::SourceText;
use crate::tabular::{Locale, Row, Table, Writing};
use crate::text::grouped;
use crate::usage::{AttributeColumn, AttributeTable, Entity, People, UsageFrame};

/// The columns of reports that are no dimension's, and the marks of their rows.
const TAKEN: [&str; 18] = [
    "billing_period",
    "measured_unit",
    "usage",
    "usage_before",
    "change",
    "change_percent",
    "currency",
    "amount",
    "unpriced_usage",
    "charge_category",
    "charge_description",
    "records",
    "users",
    "total",
    "budget",
    "remaining",
    "used_percent",
    "over_budget",
];

/// How many rows a notice names.
const NAMED_MAX: usize = 5;

/// Attribute files that were read.
#[derive(Debug, Default)]
pub struct Attributes {
    files: Vec<AttributeFile>,
    people: Option<PeopleDump>,
}

/// A dump of offering users.
#[derive(Debug)]
struct PeopleDump {
    files: Vec<InputFile>,
    people: People,
    notices: Vec<Notice>,
}

#[derive(Debug)]
struct AttributeFile {
    files: Vec<InputFile>,
    table: Table,
    /// Whether it is a dump of all that the portal has, of which the records may show a part only.
    is_dump: bool,
    /// What was noticed about a dump.
    notices: Vec<Notice>,
    /// The first column.
    key: KeyColumn,
    /// In the order of the columns, with their places.
    attributes: Vec<(usize, Attribute)>,
}

/// Which row belongs to whom.
struct Matches {
    row_of_entity: Vec<Option<usize>>,
    /// Rows of no entity.
    unmatched: Vec<(usize, Key)>,
}

impl Attributes {
    /// Reads files of a key column and columns of the user's own.
    ///
    /// # Errors
    /// A file that cannot be read or is no such table, and a name that is taken or is in two files.
    pub fn read(paths: &[PathBuf], locale: Option<Locale>) -> Result<Self> {
        let mut attributes = Self::default();
        for path in paths {
            let is_dump = dump::is_dump(path);
            let file = match is_dump.then(|| dump::read(path)).transpose()? {
                Some(Dump { files, content: Content::People(people), notices }) => {
                    attributes.take_people(PeopleDump { files, people, notices })?;
                    continue;
                }
                Some(Dump { files, content: Content::Table(table), notices }) => {
                    AttributeFile { files, notices, is_dump: true, ..AttributeFile::of(table) }
                }
                None => AttributeFile::read(path, locale)?,
            };
            file.check_names(&attributes)?;
            attributes.files.push(file);
        }
        Ok(attributes)
    }

    /// The tables as they are written, for a closing that keeps them.
    ///
    /// # Errors
    /// A file that cannot be read, and a dump: what the portal says of people and contracts is not kept.
    pub fn texts(paths: &[PathBuf], locale: Option<Locale>) -> Result<Vec<SourceText>> {
        let text = |path: &PathBuf| match dump::is_dump(path) {
            true => Err(Error::BadParameter {
                parameter: "attributes",
                value: path.display().to_string(),
                expected: "a table: a closing keeps no dump. Copy the columns that bills need into a table"
                    .to_owned(),
            }),
            false => input::read_source(path, locale),
        };
        paths.iter().map(text).collect()
    }

    /// What such texts say.
    ///
    /// # Errors
    /// As of [`Attributes::read`].
    pub fn parse(texts: &[SourceText]) -> Result<Self> {
        let mut attributes = Self::default();
        for SourceText { path, bytes, locale } in texts {
            let file = AttributeFile::parse(&path.display().to_string(), bytes, *locale)?;
            file.check_names(&attributes)?;
            attributes.files.push(file);
        }
        Ok(attributes)
    }

    fn take_people(&mut self, people: PeopleDump) -> Result<()> {
        let name = People::attribute().name();
        match self.file_with(name) {
            Some(known) => Err(Error::BadParameter {
                parameter: "attributes",
                value: people.people.path().to_owned(),
                expected: format!("no second {name}: {known} has that column already"),
            }),
            None => {
                self.people = Some(people);
                Ok(())
            }
        }
    }

    /// The file that has an attribute of that name.
    fn file_with(&self, name: &str) -> Option<&str> {
        let file = self.files.iter().find(|file| file.list().any(|own| own.name() == name));
        let people = self.people.as_ref().filter(|_| People::attribute().name() == name);
        file.map(|file| &*file.table.path).or(people.map(|people| people.people.path()))
    }

    /// Refuses to show the people behind usernames that pseudonyms hide.
    ///
    /// # Errors
    /// Offering users are among the attributes.
    pub(crate) fn check_pseudonymous(&self) -> Result<()> {
        match self.people {
            Some(_) => Err(Conflict::PseudonymsOfNamedUsers.into()),
            None => Ok(()),
        }
    }

    /// All attributes, file by file.
    pub fn list(&self) -> Vec<Attribute> {
        let people = self.people.iter().map(|_| People::attribute());
        self.files.iter().flat_map(AttributeFile::list).chain(people).collect()
    }

    /// The files, for the list of what was read.
    pub fn files(&self) -> Vec<InputFile> {
        let people = self.people.iter().flat_map(|people| &people.files);
        self.files.iter().flat_map(|file| &file.files).chain(people).cloned().collect()
    }

    /// Hangs the values on the entities of what was read.
    ///
    /// # Errors
    /// Two rows for one entity, and a name that two entities bear.
    pub fn join(&self, intake: &mut Intake) -> Result<()> {
        for file in &self.files {
            let (table, notice) = file.joined(&intake.frame)?;
            intake.frame.attributes.push(table);
            intake.notices.extend(notice.filter(|_| !file.is_dump));
            intake.notices.extend(file.notices.iter().cloned());
        }
        if let Some(PeopleDump { people, notices, .. }) = &self.people {
            let table = people.of_frame(&intake.frame);
            intake.notices.extend(nameless(&table));
            intake.frame.attributes.push(table);
            intake.notices.extend(notices.iter().cloned());
        }
        intake.notices.sort();
        Ok(())
    }
}

/// A note on usernames that a dump of offering users has no name for.
fn nameless(people: &AttributeTable) -> Option<Notice> {
    let count = people.is_matched.iter().filter(|is_matched| !**is_matched).count();
    let (usernames, have, cells) = match count {
        0 => return None,
        1 => ("1 username".to_owned(), "has", "its cell is"),
        _ => (format!("{} usernames", grouped(count as u64)), "have", "their cells are"),
    };
    let text = format!(
        "{usernames} of the records that were read {have} no user_full_name in {}; {cells} empty.",
        people.file
    );
    Some(Notice::note(Code::WithoutAttributes, count as u64, text))
}

impl AttributeFile {
    fn read(path: &Path, locale: Option<Locale>) -> Result<Self> {
        let (file, bytes) = input::read(path)?;
        Ok(Self { files: vec![file.clone()], ..Self::parse(&file.path, &bytes, locale)? })
    }

    fn parse(path: &str, bytes: &[u8], locale: Option<Locale>) -> Result<Self> {
        let keys: Vec<&str> = KINDS.iter().flat_map(|kind| kind.columns()).copied().collect();
        let mut table = Table::parse(path, bytes, &keys, Writing::Person(locale))?;
        if KeyColumn::named(&table.columns[0], 0).is_none() {
            let found = format!("{:?} as the first column", table.columns[0]);
            return Err(table.error(1, found, format!("one of {}", keys.join(", "))));
        }
        // The one attribute that is a number; what is none is refused where bills need it.
        if let Some(rate) = table.columns.iter().position(|name| name == Attribute::VAT_RATE) {
            table.make_plain(rate);
        }
        Ok(Self::of(table))
    }

    /// `table` has a key as its first column.
    fn of(table: Table) -> Self {
        let key = KeyColumn::named(&table.columns[0], 0).expect("a key column was found");
        // Beside uuids the name is for people.
        let is_comment = |name: &str| key.has_uuids && name == key.kind.columns()[1];
        let own = (1..).zip(&table.columns[1..]).filter(|(_, name)| !is_comment(name));
        let attributes = own.map(|(at, name)| (at, Attribute::new(name, key.kind))).collect();
        Self { files: Vec::new(), table, is_dump: false, notices: Vec::new(), key, attributes }
    }

    fn list(&self) -> impl Iterator<Item = Attribute> {
        self.attributes.iter().map(|(_, attribute)| *attribute)
    }

    fn check_names(&self, earlier: &Attributes) -> Result<()> {
        if self.attributes.is_empty() {
            let found = format!("no column beside {}", self.table.columns[0]);
            return Err(self.table.error(1, found, "columns of your own, as cost_centre"));
        }
        for name in self.list().map(Attribute::name) {
            let refused = |found: String, expected: &str| Err(self.table.error(1, found, expected));
            if !is_word(name) {
                return refused(
                    format!("the column {name:?}"),
                    "a name of lower-case letters, digits and underscores that begins with a letter",
                );
            }
            if is_taken(name) {
                return refused(
                    format!("the column {name}, which reports have already"),
                    "another name, and one key column",
                );
            }
            if let Some(other) = earlier.file_with(name) {
                return refused(
                    format!("the column {name}, which {other} has already"),
                    "each name in one file",
                );
            }
        }
        Ok(())
    }

    /// The values by entity, and a note on rows that are of none.
    fn joined(&self, frame: &UsageFrame) -> Result<(AttributeTable, Option<Notice>)> {
        let entities = frame.entities(self.key.kind);
        let Matches { row_of_entity, unmatched } = self.matched(entities)?;
        let mut waiting: HashMap<u128, Vec<u32>> = HashMap::new();
        let mut columns = Vec::with_capacity(self.attributes.len());
        for (at, attribute) in &self.attributes {
            let mut values = Interner::default();
            values.intern(b"");
            let mut place = |row: usize| values.intern(self.table.rows[row].cells[*at].trim().as_bytes());
            let places = row_of_entity.iter().map(|row| row.map_or(0, &mut place)).collect();
            for (row, key) in &unmatched {
                if let Key::Uuid(uuid) = key {
                    waiting.entry(*uuid).or_default().push(place(*row));
                }
            }
            columns.push(AttributeColumn { attribute: *attribute, values: values.into_texts(), places });
        }
        let table = AttributeTable {
            file: self.table.path.clone(),
            owner: self.key.kind,
            is_matched: row_of_entity.iter().map(Option::is_some).collect(),
            columns,
            waiting,
            people: None,
        };
        Ok((table, self.notice(&unmatched)))
    }

    fn matched(&self, entities: &[Entity]) -> Result<Matches> {
        let bearers = Bearers::new(entities, self.key.has_uuids);
        let mut row_of_entity: Vec<Option<usize>> = vec![None; entities.len()];
        let mut unmatched = Vec::new();
        for (at, key) in self.keys()?.into_iter().enumerate() {
            match bearers.of(&key) {
                [] => unmatched.push((at, key)),
                [entity] => row_of_entity[*entity] = Some(at),
                several => {
                    let Row { line, cells } = &self.table.rows[at];
                    return Err(self.key.ambiguous(&self.table, (*line, &*cells[0]), several, entities));
                }
            }
        }
        Ok(Matches { row_of_entity, unmatched })
    }

    /// The key of each row; each stands once.
    fn keys(&self) -> Result<Vec<Key>> {
        let mut lines: HashMap<Key, u64> = HashMap::new();
        let mut keys = Vec::with_capacity(self.table.rows.len());
        for row in &self.table.rows {
            let key = self.key.key(&self.table, row.line, &row.cells[0])?;
            match lines.entry(key.clone()) {
                Entry::Occupied(first) => {
                    let found =
                        format!("{} {:?} again, as in line {}", self.name(), row.cells[0], first.get());
                    return Err(self.table.error(row.line, found, "one row for each"));
                }
                Entry::Vacant(entry) => drop(entry.insert(row.line)),
            }
            keys.push(key);
        }
        Ok(keys)
    }

    fn notice(&self, rows: &[(usize, Key)]) -> Option<Notice> {
        let count = rows.len();
        let named: Vec<String> =
            rows.iter().take(NAMED_MAX).map(|(row, _)| self.place(&self.table.rows[*row])).collect();
        let more = match count - named.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let (rows, verb) = if count == 1 { ("row", "belongs") } else { ("rows", "belong") };
        let text = format!(
            "{}: {count} {rows} {verb} to no {} of the records that were read: {}{more}.",
            self.table.path,
            self.key.kind,
            named.join(", ")
        );
        (count > 0).then(|| Notice::note(Code::UnmatchedRow, count as u64, text))
    }

    /// `"Acme" (line 4)`.
    fn place(&self, row: &Row) -> String {
        format!("{:?} (line {})", row.cells[0], row.line)
    }

    fn name(&self) -> &str {
        &self.table.columns[0]
    }
}

fn is_word(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

fn is_taken(name: &str) -> bool {
    TAKEN.contains(&name)
        || Dimension::ALL.iter().any(|other| other.name() == name || other.columns().contains(&name))
}
