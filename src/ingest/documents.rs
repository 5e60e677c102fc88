//! The grammar around objects: arrays, arrays of arrays, envelopes, one after the other; for every reader of JSON.

use std::io::{self, Read};

use super::collector::RecordFault;
use super::json::{close_end, starts_with_field};
use super::values::shorten;
use super::window::Window;
use crate::fault::Reason;

/// How deep arrays and envelopes may lie within each other.
const DEPTH_MAX: usize = 16;

/// What became of the value at which a window stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    Whole,
    /// What follows it may still be readable.
    Broken,
    /// Nothing can follow any more.
    End,
}

/// Takes the values in documents, and what is wrong around them.
pub trait Values<R> {
    /// Takes the value at which the window stands, or several that follow each other.
    fn take(&mut self, window: &mut Window<R>) -> io::Result<Taken>;

    /// The file ends before an array does.
    fn take_end(&mut self, window: &mut Window<R>);

    /// The file as a whole is at fault.
    fn refuse(&mut self, fault: RecordFault);
}

/// Hands on everything that a file of pages, envelopes or single objects holds, one after the other.
pub fn read<R: Read>(window: &mut Window<R>, values: &mut impl Values<R>) -> io::Result<()> {
    while let Some(byte) = window.peek_token()? {
        let is_readable = match byte {
            b'[' | b'{' => match open(window)? {
                Some(closer) => read_elements(window, closer, values)?,
                None => values.take(window)? != Taken::End,
            },
            _ => {
                let found = shorten(&String::from_utf8_lossy(window.rest()), 60);
                values.refuse(malformed(
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
#[derive(Clone, Copy)]
enum Closer {
    Bracket,
    /// The bracket, and then the rest of the object around the list.
    Brace,
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
            Some(length) => (length, Closer::Brace),
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
    let mut closers = vec![closer];
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
                if let Some(Closer::Brace) = closers.pop()
                    && let Some(fault) = close(window)?
                {
                    values.refuse(fault);
                    return Ok(false);
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
            Some(_) => {
                if closers.len() < DEPTH_MAX
                    && let Some(closer) = open(window)?
                {
                    closers.push(closer);
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
    Some(RecordFault { expected: expected.into(), ..malformed(Reason::Malformed, at(what, offset), "") })
}

/// Passes the rest of an envelope, which must be JSON.
fn close(window: &mut Window<impl Read>) -> io::Result<Option<RecordFault>> {
    let offset = window.offset();
    loop {
        if let Some(end) = close_end(window.rest()) {
            // The list and what was before it in the place of one value.
            let object = [b"{\"\":0", &window.rest()[..end]].concat();
            window.advance(end);
            let parsed: serde_json::Result<serde::de::IgnoredAny> = serde_json::from_slice(&object);
            return Ok(parsed.err().map(|_| {
                let value = at("the object around the list of records does not end as one", offset);
                malformed(Reason::Malformed, value, "the end of the object around the list; fetch it again")
            }));
        }
        if window.rest().len() > super::json::RECORD_BYTES_MAX || !window.fill()? {
            return Ok(Some(super::json::truncated()));
        }
    }
}

fn at(what: &str, offset: u64) -> String {
    format!("not valid JSON: {what}, at byte {offset}")
}

fn malformed(reason: Reason, value: String, expected: &'static str) -> RecordFault {
    RecordFault { reason, field: None, value, expected: expected.into() }
}
