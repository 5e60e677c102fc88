//! The header line of CSV: which column is which field, and how the records below it are written.

use std::borrow::Cow;
use std::str::from_utf8;

use super::last_record_end;
use crate::fault::Reason;
use crate::ingest::formats::sniff;
use crate::ingest::records::collector::RecordFault;
use crate::ingest::records::folders::Folders;
use crate::ingest::records::raw::{Raw, RawRecord};
use crate::ingest::records::values::bad_usage;
use crate::tabular::cells::{Cells, Layout, Record};
use crate::tabular::encoding::MARK;
use crate::tabular::escapes::may_be_escapes;
use crate::tabular::header::known_names;
use crate::tabular::lines::line_ends;
use crate::tabular::numbers::{self, Fault, Mark, mark_of};
use crate::tabular::preamble::{Preamble, SEPARATORS};
use crate::tabular::{DOUBLE_QUOTES, HEADER_ROWS_MAX, IN_COLUMN, Problem, has_single_quotes, title_above};
use crate::text::{parse_uri_uuid, parse_uuid, shorten, shown_bytes};
use crate::usage::Field;

/// What the header line says.
#[derive(Clone, Debug)]
pub(crate) struct Header {
    pub layout: Layout,
    pub columns: Vec<Option<Column>>,
    unknown: Vec<String>,
    /// Names of columns that are spelled in another way than their fields.
    respelled: Vec<String>,
    /// The line itself, which comes again where files were joined.
    text: Vec<u8>,
    /// Lines before the first record.
    pub lines: u64,
    pub marks: Marks,
    /// Whether names and cells have spaces around them.
    pub is_padded: bool,
    /// Whether backslashes in cells may be escapes, by all that are at the beginning of the file.
    pub has_escapes: bool,
}

/// What usages have before their decimals, by what the beginning of the file shows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Marks {
    mark: Option<Mark>,
    /// Nothing shows the mark: it is what programs write between commas. A comma further on refutes it.
    is_assumed: bool,
    /// Where it was looked for, as messages say it.
    others: &'static str,
}

impl Marks {
    /// Whether the usage of a record cannot contradict what is assumed.
    pub(crate) fn is_certain(&self, record: &RawRecord) -> bool {
        !(self.is_assumed
            && matches!(record.get(Field::Usage), Raw::Cell(usage) if memchr::memchr(b',', usage).is_some()))
    }

    /// The number with a point before its decimals.
    pub(crate) fn plain<'a>(&self, usage: &'a str) -> Result<Cow<'a, str>, Fault> {
        match self.is_assumed && numbers::plain(usage, None) == Err(Fault::Ambiguous) && usage.contains(',') {
            true => Err(Fault::Ambiguous),
            false => numbers::plain(usage, self.mark),
        }
    }

    /// What is wrong with a usage that is not written as the others, or may be two numbers.
    pub(crate) fn fault(&self, usage: &str, fault: Fault) -> RecordFault {
        bad_usage(usage, fault, self.mark.filter(|_| !self.is_assumed), self.others)
    }
}

/// A column that is a field of the record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    pub field: Field,
    /// What its empty cells mean.
    pub empty: Raw<'static>,
}

impl Header {
    /// Reads the header from the beginning of a file; also returns the number of bytes before the first record.
    ///
    /// `start` holds at least the header, and all of the file if `is_whole`. What the names of its `folders` tell
    /// may be missing.
    pub(crate) fn parse(
        start: &[u8],
        is_whole: bool,
        folders: &Folders,
    ) -> Result<(Self, usize), RecordFault> {
        let preamble = Preamble::of(start);
        let body = &start[preamble.length..];
        let separators = preamble.separator.map_or(SEPARATORS.to_vec(), |separator| vec![separator]);
        let (record, names, separator) = separators
            .into_iter()
            .rev()
            .map(|separator| Self::split(body, separator))
            .max_by_key(|(_, names, _)| fields(names).iter().flatten().count())
            .expect("there are separators");
        let line = &body[record.text];
        let names_in =
            |start: &[u8], separator: u8| fields(&Self::split(start, separator).1).iter().flatten().count();
        if let Some(problem) = preamble.wrong_separator(|separator| names_in(body, separator)) {
            return Err(unreadable(problem));
        }
        let names_in_line =
            |line: &[u8]| SEPARATORS.into_iter().map(|separator| names_in(line, separator)).max();
        let lines = body.split_inclusive(|byte| *byte == b'\n').take(HEADER_ROWS_MAX);
        let first = preamble_lines(start, &preamble);
        let counted = lines.zip(first..).map(|(line, number)| (number, names_in_line(line).unwrap_or(0)));
        if fields(&names).iter().all(Option::is_none)
            && let Some(problem) = title_above(counted, || {
                vec![String::from_utf8_lossy(line).trim_matches([';', ',', '\t', '"']).to_owned()]
            })
        {
            return Err(unreadable(problem));
        }
        if fields(&names).iter().all(Option::is_none) {
            return Err(without_names(line, &names));
        }
        // Else records after it would be taken for names, and be lost without a word.
        if memchr::memchr2(b'\n', b'\r', line).is_some() {
            return Err(foreign("a header line that does not end before the first record".to_owned()));
        }
        let length = preamble.length + record.next;
        let mut header = Self::of(&names, separator, folders)?;
        let (first, cells, _) = Self::split(&start[length..], separator);
        let is_header_quoted = has_single_quotes(names.iter().map(String::as_str));
        if is_header_quoted || (!first.text.is_empty() && has_single_quotes(cells.iter().map(String::as_str)))
        {
            return Err(unreadable(Problem {
                line: 1,
                found: "single quotes (') around the texts".to_owned(),
                expected: DOUBLE_QUOTES.to_owned(),
            }));
        }
        header.text = line.to_vec();
        header.lines = line_ends(&start[..length]);
        header.marks = header.marks_in(&start[length..], is_whole);
        header.has_escapes = may_be_escapes(&start[length..], separator);
        Ok((header, length))
    }

    /// The columns that are no field of the record.
    pub(crate) fn unknown_columns(&self) -> &[String] {
        &self.unknown
    }

    /// Names of columns that are spelled in another way than their fields.
    pub(crate) fn respelled_columns(&self) -> &[String] {
        &self.respelled
    }

    fn split(start: &[u8], delimiter: u8) -> (Record, Vec<String>, u8) {
        let layout = Layout { delimiter, cells: 0, key: 0, is_key: |_| false };
        let record = layout.record(start, 0, |_, _| ());
        let cells = Cells::of(&layout, &start[record.text.clone()]);
        let names = cells.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
        (record, names, delimiter)
    }

    pub(crate) fn of(names: &[String], delimiter: u8, folders: &Folders) -> Result<Self, RecordFault> {
        let fields = fields(names);
        let mut places = [None; Field::COUNT];
        for (place, field) in fields.iter().enumerate() {
            if let Some(field) = field
                && let Some(first) = places[*field as usize].replace(place)
            {
                return Err(duplicate(*field, first, place));
            }
        }
        let has = |field: Field| places[field as usize].is_some() || folders.tell(field);
        let missing = missing(|field| has(field) || (field == Field::BillingPeriod && has(Field::Date)));
        let is_report = names.iter().any(|name| name == "records") && has(Field::Usage);
        if is_report && !has(Field::Uuid) && !has(Field::ComponentUsage) {
            return Err(sniff::report());
        }
        let Some(key) = places[Field::Uuid as usize].filter(|_| missing.is_empty()) else {
            return Err(foreign(format!("a header without {}", missing.join(", "))));
        };
        let is_key = |cell: &[u8]| parse_uuid(cell.trim_ascii()).is_some();
        let named = || names.iter().zip(&fields);
        // A column without a name is the row number of a data frame, or an empty column of a spreadsheet.
        let unknown = named().filter(|(name, field)| field.is_none() && !name.trim().is_empty());
        let is_respelled = |(name, field): &(&String, &Option<Field>)| {
            field.is_some_and(|field| name.trim() != field.name())
        };
        Ok(Self {
            layout: Layout { delimiter, cells: names.len(), key, is_key },
            unknown: unknown.map(|(name, _)| name.clone()).collect(),
            respelled: named().filter(is_respelled).map(|(name, _)| name.trim().to_owned()).collect(),
            is_padded: named().any(|(name, field)| field.is_some() && name.trim() != name),
            columns: fields
                .iter()
                .map(|field| field.map(|field| Column { field, empty: empty(field) }))
                .collect(),
            text: Vec::new(),
            lines: 0,
            marks: Marks { mark: None, is_assumed: false, others: IN_COLUMN },
            has_escapes: false,
        })
    }

    fn marks_in(&self, records: &[u8], is_whole: bool) -> Marks {
        let records = match is_whole {
            true => records,
            false => &records[..last_record_end(self, records).unwrap_or(0)],
        };
        let usages = || {
            let mut start = 0;
            std::iter::from_fn(move || {
                let mut usage = "";
                (start < records.len()).then(|| {
                    let record = self.layout.record(records, start, |place, text| {
                        if let Some(Some(Column { field: Field::Usage, .. })) = self.columns.get(place) {
                            usage = from_utf8(text).unwrap_or_default();
                        }
                    });
                    start = record.next;
                    usage
                })
            })
        };
        let mark = mark_of(usages(), self.layout.delimiter);
        let is_assumed = !is_whole && mark.is_some() && mark_of(usages(), b';').is_none();
        let others = if is_whole { IN_COLUMN } else { "in the first 8 MiB of this file" };
        Marks { mark, is_assumed, others }
    }

    /// Whether cells can be taken as they are.
    pub(crate) fn is_plain(&self) -> bool {
        self.marks.mark == Some(Mark::Point) && !self.is_padded
    }

    /// Whether a line that is no repetition is a header nevertheless: a field's name is where uuids are.
    pub(crate) fn is_other(&self, text: &[u8], record: &RawRecord) -> bool {
        let Raw::Text(key) = record.get(Field::Uuid) else { return false };
        // No name of a field is as long as a uuid.
        key.len() < 32 && !key.is_empty() && {
            let cells = Cells::of(&self.layout, text);
            let names: Vec<String> =
                cells.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
            let known = fields(&names);
            known.iter().flatten().count() > names.len() / 2 && known.contains(&Some(Field::Uuid))
        }
    }

    /// Whether a line, cut into a record already, is the header again, as in files that were joined.
    pub(crate) fn is_repeated(&self, text: &[u8], record: &RawRecord) -> bool {
        let is_name = |key: &[u8]| key.trim_ascii().eq_ignore_ascii_case(Field::Uuid.name().as_bytes());
        text.strip_prefix(MARK).unwrap_or(text) == self.text
            || matches!(record.get(Field::Uuid), Raw::Text(key) if is_name(key)) && {
                let of_columns = self.columns.iter().map(|column| column.map(|column| column.field));
                let cells = Cells::of(&self.layout, text);
                let names = cells.iter().map(|name| String::from_utf8_lossy(name).into_owned());
                fields(&names.collect::<Vec<_>>()).into_iter().eq(of_columns)
            }
    }
}

/// The line of the header, from 1.
fn preamble_lines(start: &[u8], preamble: &Preamble) -> u64 {
    1 + line_ends(&start[..preamble.length])
}

pub(crate) fn unreadable(problem: Problem) -> RecordFault {
    RecordFault::of_whole(Reason::NotRecords, problem.found, problem.expected)
}

/// The field of each column.
pub(crate) fn fields(names: &[String]) -> Vec<Option<Field>> {
    let known = Field::ALL.map(Field::name);
    let field = |name: Option<&str>| name.and_then(|name| Field::named(name.as_bytes()));
    known_names(names, &known).into_iter().map(field).collect()
}

/// The required fields that a header does not have.
fn missing(has: impl Fn(Field) -> bool) -> Vec<&'static str> {
    let required = Field::ALL.into_iter().filter(|field| field.is_required());
    let mut missing: Vec<_> = required.filter(|field| !has(*field)).map(Field::name).collect();
    if !has(Field::BillingPeriod) {
        missing
            .push("billing_period (or date, or a folder named by its month, as billing_period=2026-10-01)");
    }
    missing
}

/// What an empty cell means: the empty text where that is a value, else nothing.
fn empty(field: Field) -> Raw<'static> {
    use Field::*;
    match field {
        Username | MeasuredUnit | Description | BackendId | ResourceName | OfferingName | ProjectName
        | CustomerName | ComponentType => Raw::Text(b""),
        Uuid | User | ComponentUsage | Usage | Created | Modified | ResourceUuid | OfferingUuid
        | ProjectUuid | CustomerUuid | Date | BillingPeriod => Raw::Missing,
    }
}

/// A first line that names no field: another table, or records without a header.
fn without_names(line: &[u8], cells: &[String]) -> RecordFault {
    let is_record = |cell: &String| parse_uuid(cell.trim().as_bytes()).is_some();
    if cells.iter().any(is_record)
        && cells.iter().any(|cell| cell.contains('/') && parse_uri_uuid(cell.as_bytes()).is_some())
    {
        return RecordFault::of_whole(
            Reason::NotRecords,
            "a table without a header: its first line is already a record",
            "the names of the fields in the first line, as uuid,username,usage; write the table again with \
                       its header, or add that line",
        );
    }
    let line = shown_bytes(line);
    foreign(format!("{:?}", shorten(line.lines().next().unwrap_or_default(), 120)))
}

pub(crate) fn foreign(value: String) -> RecordFault {
    let expected = "records: a line of the fields' names, between commas, semicolons or tabs, and a line for each record";
    RecordFault::of_whole(Reason::NotRecords, value, expected)
}

fn duplicate(field: Field, first: usize, second: usize) -> RecordFault {
    RecordFault {
        reason: Reason::DuplicateField,
        field: Some(field),
        value: format!("the name of columns {} and {}", first + 1, second + 1),
        expected: "one column of that name".into(),
    }
}
