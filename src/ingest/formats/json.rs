//! Records of JSON: pages, envelopes, single objects and lines.
//!
//! The server writes 21 keys in one order without white space: [`plain`](super::plain) reads that with a comparison a
//! key. Whatever is written in another way goes through serde_json, with the same result.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Read};

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::csv::fields;
use super::documents::{self, Taken, Values};
use super::envelope::Envelope;
use super::shape::{self, Around, Shape, is_record};
use super::sniff;
use super::window::Window;
use crate::ingest::records::collector::{BATCH_RECORDS_MAX, Collector, Pending, RecordFault};
use crate::ingest::records::raw::{Raw, RawRecord};

use crate::fault::Reason;
use crate::tabular::encoding::MARK;
use crate::tabular::foreign::{self, is_escaped_json};
use crate::text::{shorten, shown_bytes};
use crate::usage::Field;

/// A record may not be longer: 16 MiB.
pub(crate) const RECORD_BYTES_MAX: usize = 16 << 20;

/// What is kept of a faulty record's text, in characters.
pub(crate) const RAW_CHARACTERS_MAX: usize = 64 << 10;

/// How much text is looked through for the record after a broken one, in bytes.
const RECOVERY_BYTES_MAX: usize = 64 << 20;

/// What a file of JSON turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    Records,
    /// Component usages: the parents of records, which are no records themselves.
    ComponentUsages,
}

/// Whether text that begins with a brace holds one record a line.
///
/// So it is where the first line is a whole object, or the second one begins another.
pub(crate) fn is_lines(start: &[u8]) -> bool {
    let Some(newline) = memchr::memchr(b'\n', start) else { return false };
    let second = start[newline + 1..].iter().find(|byte| !matches!(byte, b'\n' | b'\r'));
    find_results(start).is_none()
        && (matches!(value_end(&start[..newline], 0), Some(end) if start[end..newline].trim_ascii().is_empty())
            || second == Some(&b'{'))
}

/// Feeds the lines of a block; each is one record.
pub(crate) fn read_lines(block: &[u8], offset: u64, collector: &mut Collector) {
    let is_utf8 = simdutf8::basic::from_utf8(block).is_ok();
    let mut position = 0;
    while position < block.len() {
        if is_utf8 {
            position += push_plain_run(&block[position..], offset + position as u64, b"\n", collector);
            position += usize::from(block.get(position) == Some(&b'\n'));
        }
        let rest = &block[position..];
        let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let line = rest[..end].trim_ascii();
        let line = line.strip_prefix(MARK).unwrap_or(line);
        if line.first() == Some(&0) && line.iter().all(|byte| *byte == 0) {
            collector.push_file_fault(documents::zeros(offset + position as u64), String::new());
        } else if !line.is_empty() {
            push_object(line, offset + position as u64, Around::Lines, collector);
        }
        position += end + 1;
    }
}

/// Feeds everything that a file of pages, envelopes or single objects holds, one after the other.
pub(crate) fn read_documents<R: Read>(
    window: &mut Window<R>,
    collector: &mut Collector,
) -> io::Result<Content> {
    let mut records = Records { collector, content: Content::Records, is_first: true };
    documents::read(window, &mut records)?;
    Ok(records.content)
}

/// Takes the values of documents as records.
struct Records<'c> {
    collector: &'c mut Collector,
    content: Content,
    is_first: bool,
}

impl<R: Read> Values<R> for Records<'_> {
    fn take(&mut self, window: &mut Window<R>) -> io::Result<Taken> {
        if std::mem::take(&mut self.is_first) && window.starts_as_component_usage()? {
            self.content = Content::ComponentUsages;
            return Ok(Taken::End);
        }
        read_object(window, self.collector)
    }

    fn take_end(&mut self, window: &mut Window<R>) {
        push_truncated(window, self.collector);
    }

    fn refuse(&mut self, fault: RecordFault) {
        self.collector.push_file_fault(fault, String::new());
    }

    fn taken(&self) -> u64 {
        self.collector.records_in_chunk()
    }

    fn note_envelope(&mut self, envelope: Envelope) {
        self.collector.note_envelope(envelope);
    }
}

/// Feeds the value at which the window stands.
fn read_object(window: &mut Window<impl Read>, collector: &mut Collector) -> io::Result<Taken> {
    let offset = window.offset();
    loop {
        let rest = window.rest();
        if window.is_utf8() {
            let length = push_plain_run(rest, offset, b",] \t\r\n", collector);
            if length > 0 {
                window.advance(length);
                return Ok(Taken::Whole);
            }
        }
        if let Some(end) = value_end(rest, 0) {
            if end > RECORD_BYTES_MAX {
                collector.push_fault(
                    too_long(),
                    Some(offset),
                    raw_text(&rest[..end.min(RAW_CHARACTERS_MAX)]),
                );
                window.advance(end);
                return Ok(Taken::Broken);
            }
            if push_object(&rest[..end], offset, Around::at(offset), collector) {
                window.advance(end);
                return Ok(Taken::Whole);
            }
            let next = recovered(rest, end);
            // A stray bracket or comma is a value of no length.
            window.advance(next.max(1));
            return Ok(Taken::Broken);
        }
        if rest.len() > RECORD_BYTES_MAX {
            return skip_long_record(window, collector);
        }
        if !window.fill()? {
            return Ok(read_broken_end(window, collector));
        }
    }
}

/// Takes records with nothing but the first of `followers` between them, as long as they are written in the server's
/// way and one of `followers` or nothing stands behind them; gives the place behind the last one.
fn push_plain_run(text: &[u8], offset: u64, followers: &[u8], collector: &mut Collector) -> usize {
    let mut batch = [Pending::default(); BATCH_RECORDS_MAX];
    let mut ends = [0; BATCH_RECORDS_MAX];
    let mut end = 0;
    let mut start = 0;
    loop {
        let mut count = 0;
        while let Some(pending) = batch.get_mut(count)
            && let Some(length) = pending.read_plain(&text[start..], offset + start as u64, followers)
            && length <= RECORD_BYTES_MAX
        {
            ends[count] = start + length;
            start += length + 1;
            count += 1;
            if text.get(start - 1) != Some(&followers[0]) {
                break;
            }
        }
        let taken = collector.push_batch(&mut batch[..count], |pending| raw_text(pending.text));
        end = ends[..taken].last().copied().unwrap_or(end);
        if taken < batch.len() || text.get(end) != Some(&followers[0]) {
            return end;
        }
    }
}

/// At the end of the file inside a value: what follows the broken record may still be whole.
fn read_broken_end(window: &mut Window<impl Read>, collector: &mut Collector) -> Taken {
    let rest = window.rest();
    let next = recovered(rest, rest.len());
    match next < rest.len() {
        true => {
            push_object(&rest[..next], window.offset(), Around::at(window.offset()), collector);
            window.advance(next);
            Taken::Broken
        }
        false => {
            push_truncated(window, collector);
            Taken::End
        }
    }
}

/// Passes over a record that is too long, up to where the next one begins.
fn skip_long_record(window: &mut Window<impl Read>, collector: &mut Collector) -> io::Result<Taken> {
    let fault = too_long();
    let rest = window.rest();
    collector.push_fault(fault, Some(window.offset()), raw_text(&rest[..RAW_CHARACTERS_MAX.min(rest.len())]));
    window.advance(1);
    loop {
        let rest = window.rest();
        let next = recovered(rest, rest.len());
        if next < rest.len() {
            window.advance(next);
            return Ok(Taken::Broken);
        }
        window.advance(rest.len().saturating_sub(RECORD_BYTES_MAX / 2));
        if !window.fill()? {
            return Ok(Taken::End);
        }
    }
}

/// The fault of a record that is longer than [`RECORD_BYTES_MAX`].
pub(crate) fn too_long() -> RecordFault {
    RecordFault::of_whole(
        Reason::TooLong,
        "longer than 16 MiB",
        "a record of the endpoint, some 1 kB; records inside of a large object have to be taken out first, \
                   as by jq '.data'",
    )
}

/// The fault of a file that ends inside an array or object.
pub(crate) fn truncated() -> RecordFault {
    RecordFault::of_whole(
        Reason::Truncated,
        "the file ends here, before its array is closed",
        "a whole page; fetch it again",
    )
}

/// Notes that the file ends too early, and passes over what is left of it.
fn push_truncated(window: &mut Window<impl Read>, collector: &mut Collector) {
    match window.rest() {
        [] => collector.push_file_fault(truncated(), String::new()),
        rest => {
            collector.push_fault(truncated(), Some(window.offset()), raw_text(rest));
            window.advance(rest.len());
        }
    }
}

/// Takes a whole object, in whatever way it is written; false where it is not JSON.
fn push_object(text: &[u8], offset: u64, around: Around, collector: &mut Collector) -> bool {
    let entries = match parse_object(text) {
        Ok(entries) => entries,
        Err(fault) => {
            collector.push_fault(fault, Some(offset), raw_text(text));
            return false;
        }
    };
    let is_plain_uuid =
        |(name, value): &(Cow<str>, &RawValue)| name == "uuid" && !value.get().starts_with(['[', '{']);
    let layout = match entries.0.iter().any(is_plain_uuid) {
        true => None,
        false => Shape::of_layout(&entries, around, is_record),
    };
    match layout.map_or_else(|| record_of(&entries, collector), |layout| Err(not_records(layout))) {
        Ok(record) => collector.push(&record, Some(offset), || raw_text(text)),
        Err(fault) => collector.push_fault(fault, Some(offset), raw_text(text)),
    }
    true
}

pub(crate) fn parse_object(text: &[u8]) -> Result<Entries<'_>, RecordFault> {
    let text = std::str::from_utf8(text).map_err(|error| {
        let value = format!("bytes that are not UTF-8, after {} bytes of the record", error.valid_up_to());
        RecordFault::of_whole(Reason::NotUtf8, value, "UTF-8 text; convert the file or fetch it again")
    })?;
    serde_json::from_str(text).map_err(|error| match text.starts_with('{') {
        true if let Some((name, token)) = shape::foreign_token(text) => {
            let field = Field::named(name.as_bytes());
            let value = if field.is_some() { token.to_owned() } else { format!("{name} is {token}") };
            let expected = match shape::number_of_json(token) {
                Some(number) => format!("a number as JSON writes it: {number}").into(),
                None => JSON_VALUE.into(),
            };
            RecordFault { field, expected, ..RecordFault::of_whole(Reason::Malformed, value, "") }
        }
        true => {
            let value = format!("not valid JSON: {}", json_message(&error));
            RecordFault::of_whole(Reason::Malformed, value, "an object with the fields of a record")
        }
        false if text.starts_with('"') && is_escaped_json(&text.as_bytes()[1..]) => {
            sniff::foreign(foreign::encoded_twice(".[]"))
        }
        false => RecordFault::of_whole(
            Reason::NotRecords,
            shorten(text, 60),
            "an object with the fields of a record",
        ),
    })
}

const JSON_VALUE: &str =
    "a value of JSON, which has no NaN, Infinity, None or True; write null for what is missing";

/// serde_json's words, with the place counted from the start of the record.
fn json_message(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let words = text.rsplit_once(" at line ").map_or(text.as_str(), |(words, _)| words);
    format!("{words}, in line {} column {} of the record", error.line(), error.column())
}

fn record_of<'a>(entries: &'a Entries, collector: &mut Collector) -> Result<RawRecord<'a>, RecordFault> {
    let mut record = RawRecord::default();
    let mut is_any_known = false;
    let respelled = respelled(entries);
    for (at, (name, value)) in entries.0.iter().enumerate() {
        let exact = Field::named(name.as_bytes());
        let Some(field) = exact.or_else(|| *respelled.get(at)?) else {
            collector.note_unknown_field(name);
            continue;
        };
        if exact.is_none() && !collector.respelled_columns.contains(name.as_ref()) {
            collector.respelled_columns.insert(name.clone().into_owned());
        }
        is_any_known = true;
        if record.get(field) != Raw::Missing {
            return Err(RecordFault {
                reason: Reason::DuplicateField,
                field: Some(field),
                value: "given twice".to_owned(),
                expected: "each field once".into(),
            });
        }
        record.set(field, raw_value(value.get().as_bytes()));
    }
    match is_any_known {
        true => Ok(record),
        false => Err(not_records(Shape::of_other(entries))),
    }
}

/// The field of each entry, if names are spelled in other ways; nothing if all fields that must be there are.
fn respelled(entries: &Entries) -> Vec<Option<Field>> {
    let has = |field: Field| entries.0.iter().any(|(name, _)| name == field.name());
    if Field::ALL.into_iter().all(|field| !field.is_required() || has(field)) {
        return Vec::new();
    }
    let names: Vec<String> = entries.0.iter().map(|(name, _)| name.clone().into_owned()).collect();
    fields(&names)
}

fn not_records(shape: Shape) -> RecordFault {
    RecordFault::of_whole(Reason::NotRecords, shape.found, shape.advice)
}

pub(crate) fn raw_value(token: &[u8]) -> Raw<'_> {
    match token {
        [b'"', text @ .., b'"'] if memchr::memchr(b'\\', text).is_some() => Raw::Escaped(text),
        [b'"', text @ .., b'"'] => Raw::Text(text),
        b"null" => Raw::Null,
        [b'-' | b'0'..=b'9', ..] => Raw::Number(token),
        _ => Raw::Other(token),
    }
}

/// Names and values of an object in their order, repeated names included.
pub(crate) struct Entries<'a>(pub Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Entries<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntriesVisitor(std::marker::PhantomData))
    }
}

struct EntriesVisitor<'a>(std::marker::PhantomData<&'a ()>);

impl<'de: 'a, 'a> Visitor<'de> for EntriesVisitor<'a> {
    type Value = Entries<'a>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::with_capacity(Field::COUNT);
        while let Some(BorrowedText(name)) = map.next_key()? {
            entries.push((name, map.next_value()?));
        }
        Ok(Entries(entries))
    }
}

#[derive(Deserialize)]
struct BorrowedText<'a>(#[serde(borrow)] Cow<'a, str>);

/// Where the value that begins at `from` ends; none if the text ends before. Braces and quotes are counted, no
/// grammar is checked.
pub(crate) fn value_end(text: &[u8], from: usize) -> Option<usize> {
    end_at(text, from, 0)
}

/// Where the array or object ends that `text` is the rest of.
pub(crate) fn close_end(text: &[u8]) -> Option<usize> {
    end_at(text, 0, 1)
}

fn end_at(text: &[u8], from: usize, mut depth: usize) -> Option<usize> {
    let mut at = from;
    while let Some(&byte) = text.get(at) {
        match byte {
            b'"' => {
                at = string_end(text, at)?;
                if depth == 0 {
                    return Some(at);
                }
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' | b',' if depth == 0 => return Some(at),
            b'}' | b']' if depth == 1 => return Some(at + 1),
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        at += 1;
    }
    None
}

/// The place behind the closing quote of the string whose opening quote is at `from`.
fn string_end(text: &[u8], from: usize) -> Option<usize> {
    let mut at = from + 1;
    loop {
        at += memchr::memchr2(b'"', b'\\', text.get(at..)?)?;
        match text[at] {
            b'"' => return Some(at + 1),
            _ => at += 2,
        }
    }
}

/// Where, behind the start of a broken record and before `end`, a whole record begins; `end` where none does.
fn recovered(text: &[u8], end: usize) -> usize {
    let mut looked_through = 0;
    for candidate in memchr::memchr_iter(b'{', &text[..end]).filter(|&at| at > 0) {
        if !starts_with_field(&text[candidate..]) {
            continue;
        }
        let Some(candidate_end) = value_end(text, candidate) else { continue };
        if parse_object(&text[candidate..candidate_end]).is_ok() {
            return candidate;
        }
        looked_through += candidate_end - candidate;
        if looked_through > RECOVERY_BYTES_MAX {
            break;
        }
    }
    end
}

/// Whether text begins as `{"uuid"` does, or with another field of a record.
pub(crate) fn starts_with_field(text: &[u8]) -> bool {
    let Some(text) = text[1..].trim_ascii_start().strip_prefix(b"\"") else { return false };
    let name_end = memchr::memchr(b'"', &text[..text.len().min(32)]);
    name_end.is_some_and(|end| Field::named(&text[..end]).is_some())
}

/// Whether an object is a component usage: it has a `type`, and nothing of a user.
pub(crate) fn is_component_usage(text: &[u8]) -> bool {
    let Some(end) = value_end(text, 0) else { return false };
    let Ok(entries) = parse_object(&text[..end]) else { return false };
    let has = |wanted: &str| entries.0.iter().any(|(name, _)| name == wanted);
    has("type") && has("usage") && !has("component_usage") && !has("username")
}

/// The place behind the bracket of the list in `{"results": [...]}`, or in PowerShell's `{"value": [...], "Count": 2}`,
/// counted from the brace.
pub(crate) fn find_results(text: &[u8]) -> Option<usize> {
    let mut at = skip_space(text, 1)?;
    while text[at] == b'"' {
        let name_end = string_end(text, at)?;
        let is_results = matches!(&text[at..name_end], b"\"results\"" | b"\"value\"");
        at = skip_space(text, name_end)?;
        if text[at] != b':' {
            return None;
        }
        at = skip_space(text, at + 1)?;
        if is_results && text[at] == b'[' {
            return Some(at + 1);
        }
        at = value_end(text, at)?;
        at = skip_space(text, at)?;
        if text[at] != b',' {
            return None;
        }
        at = skip_space(text, at + 1)?;
    }
    None
}

/// The name of the list that an envelope's head ends before, as [`find_results`] found it.
pub(crate) fn list_name(head: &[u8]) -> &'static str {
    let name = head.trim_ascii_end().strip_suffix(b":").map(<[u8]>::trim_ascii_end).unwrap_or_default();
    if name.ends_with(b"\"value\"") { "value" } else { "results" }
}

fn skip_space(text: &[u8], from: usize) -> Option<usize> {
    let length = text.get(from..)?.iter().position(|byte| !byte.is_ascii_whitespace())?;
    Some(from + length)
}

/// A record's text for the list of rejects.
pub(crate) fn raw_text(text: &[u8]) -> String {
    shorten(&shown_bytes(text), RAW_CHARACTERS_MAX)
}

#[cfg(test)]
mod tests;
