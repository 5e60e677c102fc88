//! The grammar around objects: arrays, arrays of arrays, envelopes, one after the other; for every reader of JSON.

use std::io::{self, Read};

use super::envelope::{Envelope, second_list};
use super::json::{close_end, list_name, parse_object, starts_with_field};
use super::window::Window;
use crate::fault::Reason;
use crate::ingest::records::collector::RecordFault;
use crate::tabular::encoding::MARK;
use crate::text::{shorten, shown_bytes};

/// How deep arrays and envelopes may lie within each other.
const DEPTH_MAX: usize = 16;

/// What became of the value at which a window stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    Whole,
    /// What follows it may still be readable.
    Broken,
    /// Nothing can follow any more.
    End,
}

/// Takes the values in documents, and what is wrong around them.
pub(crate) trait Values<R> {
    /// Takes the value at which the window stands, or several that follow each other.
    fn take(&mut self, window: &mut Window<R>) -> io::Result<Taken>;

    /// The file ends before an array does.
    fn take_end(&mut self, window: &mut Window<R>);

    /// The file as a whole is at fault.
    fn refuse(&mut self, fault: RecordFault);

    /// How many values of the file were taken, those at fault included.
    fn taken(&self) -> u64;

    /// Takes what the object around a list says.
    fn note_envelope(&mut self, envelope: Envelope);
}

/// Hands on everything that a file of pages, envelopes or single objects holds, one after the other.
pub(crate) fn read<R: Read>(window: &mut Window<R>, values: &mut impl Values<R>) -> io::Result<()> {
    while let Some(byte) = window.peek_token()? {
        let is_readable = match byte {
            b'[' | b'{' => match open(window)? {
                Some(closer) => read_elements(window, closer, values)?,
                None => values.take(window)? != Taken::End,
            },
            0xef if window.rest().starts_with(MARK) => {
                window.advance(MARK.len());
                true
            }
            0 => {
                values.refuse(zeros(window.offset()));
                false
            }
            _ => {
                let rest = window.rest();
                let found = shorten(&shown_bytes(&rest[..rest.len().min(400)]), 60);
                values.refuse(RecordFault::of_whole(
                    Reason::NotRecords,
                    format!("{found:?} at byte {}", window.offset()),
                    "a JSON array of records",
                ));
                false
            }
        };
        if !is_readable {
            break;
        }
    }
    Ok(())
}

/// What ends a list.
enum Closer {
    Bracket,
    /// The bracket, and then the rest of the object around the list, which begins so.
    Brace(Vec<u8>),
}

/// What came last within a list.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    Opening,
    Value,
    Broken,
    Comma,
}

/// Passes the opening of an array or envelope; `None` at any other value.
fn open(window: &mut Window<impl Read>) -> io::Result<Option<Closer>> {
    let (length, closer) = match window.rest().first() {
        Some(b'[') => (1, Closer::Bracket),
        Some(b'{') if !starts_with_field(window.rest()) => match window.find_results()? {
            Some(length) => (length, Closer::Brace(window.rest()[..length - 1].to_vec())),
            None => return Ok(None),
        },
        _ => return Ok(None),
    };
    window.advance(length);
    Ok(Some(closer))
}

/// Hands on the elements of a list whose opening was passed; false if nothing can follow.
fn read_elements<R: Read>(
    window: &mut Window<R>,
    closer: Closer,
    values: &mut impl Values<R>,
) -> io::Result<bool> {
    let mut closers = vec![(closer, values.taken())];
    let mut last = Last::Opening;
    loop {
        let byte = window.peek_token()?;
        if let Some(fault) = misplaced(byte, last, window.offset()) {
            values.refuse(fault);
        }
        last = match byte {
            None => {
                values.take_end(window);
                return Ok(false);
            }
            Some(b']') => {
                window.advance(1);
                if let Some((Closer::Brace(head), before)) = closers.pop() {
                    match close(window, &head, values.taken() - before)? {
                        Ok(envelope) => values.note_envelope(envelope),
                        Err(fault) => {
                            values.refuse(fault);
                            return Ok(false);
                        }
                    }
                }
                if closers.is_empty() {
                    return Ok(true);
                }
                Last::Value
            }
            Some(b',') => {
                window.advance(1);
                Last::Comma
            }
            Some(b'[') if closers.len() == 1 && last == Last::Opening && is_row(window)? => {
                values.refuse(RecordFault::of_whole(
                    Reason::NotRecords,
                    "lists of values without the names of their fields, as pandas writes with orient='values'".to_owned(),
                    "records, each with its fields' names: save them with orient='records'",
                ));
                return Ok(false);
            }
            Some(_) => {
                if closers.len() < DEPTH_MAX
                    && let Some(closer) = open(window)?
                {
                    closers.push((closer, values.taken()));
                    last = Last::Opening;
                    continue;
                }
                match values.take(window)? {
                    Taken::Whole => Last::Value,
                    Taken::Broken => Last::Broken,
                    Taken::End => return Ok(false),
                }
            }
        };
    }
}

/// Whether the array at hand begins with a plain value, as no array of records does.
fn is_row(window: &mut Window<impl Read>) -> io::Result<bool> {
    loop {
        let first = window.rest()[1..].iter().find(|byte| !byte.is_ascii_whitespace());
        if let Some(first) = first {
            return Ok(!matches!(first, b'[' | b'{' | b']' | b','));
        }
        if !window.fill()? {
            return Ok(false);
        }
    }
}

/// What is wrong with a byte after what came last.
fn misplaced(byte: Option<u8>, last: Last, offset: u64) -> Option<RecordFault> {
    let (what, expected) = match (last, byte?) {
        (Last::Comma, b']') => ("a comma before the closing bracket", "no comma after the last record"),
        (Last::Opening, b',') => ("a comma before the first record", "no comma before the first record"),
        (Last::Comma, b',') => ("two commas that follow each other", "one comma between records"),
        (Last::Value, b']' | b',') => return None,
        (Last::Value, _) => ("no comma between two records", "a comma between records"),
        _ => return None,
    };
    let expected = format!("{expected}; correct the file or fetch it again");
    Some(RecordFault::of_whole(Reason::Malformed, at(what, offset), expected))
}

/// Passes the rest of an envelope that begins with `head`, and reads what it says of its list.
fn close(
    window: &mut Window<impl Read>,
    head: &[u8],
    records: u64,
) -> io::Result<Result<Envelope, RecordFault>> {
    let offset = window.offset();
    loop {
        if let Some(end) = close_end(window.rest()) {
            // A number in the place of the list.
            let object = [head, b"0", &window.rest()[..end]].concat();
            window.advance(end);
            let Ok(entries) = parse_object(&object) else {
                let value = at("the object around the list of records does not end as one", offset);
                let expected = "the end of the object around the list; fetch it again";
                return Ok(Err(RecordFault::of_whole(Reason::Malformed, value, expected)));
            };
            let list = list_name(head);
            return Ok(match second_list(&entries, list) {
                Some(second) => Err(two_lists(list, &second)),
                None => Ok(Envelope::new(&entries, list, records)),
            });
        }
        if window.rest().len() > super::json::RECORD_BYTES_MAX || !window.fill()? {
            return Ok(Err(super::json::truncated()));
        }
    }
}

/// The fault of zero bytes after the records.
pub(crate) fn zeros(offset: u64) -> RecordFault {
    RecordFault::of_whole(
        Reason::Truncated,
        format!("zero bytes from byte {offset}"),
        "a whole file: it was not written to its end, as after a power cut or on a full disk; fetch it again",
    )
}

/// Which of them is the list of records only the reader can know.
fn two_lists(first: &str, second: &str) -> RecordFault {
    let value = match first == second {
        true => format!("an object with two lists, both called {first:?}"),
        false => format!("an object with two lists, {first:?} and {second:?}"),
    };
    let expected = "one list of records in an object; save each list in a file of its own, or remove the one that does not belong to the dump";
    RecordFault::of_whole(Reason::NotRecords, value, expected)
}

fn at(what: &str, offset: u64) -> String {
    format!("not valid JSON: {what}, at byte {offset}")
}
