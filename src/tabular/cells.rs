//! Where the cells and records of CSV begin and end. Knows quotes and line ends, no field.

use std::ops::Range;

use memchr::{memchr, memchr_iter, memchr2};

/// What is known of a file's lines: enough to find records in it, damaged ones too.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub delimiter: u8,
    /// The number of cells in a record.
    pub cells: usize,
    /// The cell by which a record is recognised where quotes are broken.
    pub key: usize,
    /// Whether a cell can be that of the key.
    pub is_key: fn(&[u8]) -> bool,
}

/// One record in a block.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Record {
    /// Its text, without the line end.
    pub text: Range<usize>,
    /// Where the next record begins.
    pub next: usize,
    /// The number of its cells.
    pub cells: usize,
    pub shape: Shape,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Every cell is a slice of the text.
    Plain,
    /// Some cells have doubled quotes: see [`Cells`].
    Escaped,
    /// Text follows a closing quote, as where quotes inside cells have a backslash instead of a second quote.
    Trailing,
    /// A quote is not closed before the next record.
    Unclosed,
    /// The block ends inside quotes.
    Open,
}

impl Layout {
    /// The record that begins at `start`; its cells go to `take` with their numbers.
    ///
    /// A cell that cannot just be cut out goes as it is, with its opening quote; no other cell begins with a quote.
    /// Only the cells of a plain or escaped record are to be used.
    pub(crate) fn record<'a>(
        &self,
        block: &'a [u8],
        start: usize,
        mut take: impl FnMut(usize, &'a [u8]),
    ) -> Record {
        let mut shape = Shape::Plain;
        let mut cells = 0;
        let mut at = start;
        loop {
            let (content, behind) = match self.quoted_at(block, at) {
                None => (None, at),
                Some(Quoted::Closed { close, is_plain }) => (is_plain.then_some(at + 1..close), close + 1),
                Some(Quoted::Unclosed { resume }) => {
                    let text = start..line_end(block, start, resume - 1);
                    return Record { text, next: resume, cells, shape: Shape::Unclosed };
                }
                Some(Quoted::Open) => {
                    let text = start..block.len();
                    return Record { text, next: block.len(), cells, shape: Shape::Open };
                }
            };
            let stop = memchr2(self.delimiter, b'\n', &block[behind..]).map(|length| behind + length);
            let is_last = stop.is_none_or(|stop| block[stop] == b'\n');
            let stop = stop.unwrap_or(block.len());
            let end = if is_last { line_end(block, behind, stop) } else { stop };
            let has_quotes = behind > at;
            let is_closed = has_quotes && is_space(&block[behind..end]);
            let text = match content.filter(|_| is_closed) {
                Some(content) => &block[content],
                None if is_closed => &block[at..behind],
                None => &block[at..end],
            };
            if has_quotes && !is_closed {
                shape = Shape::Trailing;
            } else if text.first() == Some(&b'"') && shape == Shape::Plain {
                shape = Shape::Escaped;
            }
            take(cells, text);
            cells += 1;
            if is_last {
                let next = (stop + 1).min(block.len());
                return Record { text: start..end, next, cells, shape };
            }
            at = stop + 1;
        }
    }

    /// The end of the last whole record of a block that begins with a record.
    pub(crate) fn last_record_end(&self, block: &[u8]) -> Option<usize> {
        let mut last = None;
        let mut start = 0;
        let mut from = 0;
        loop {
            let quote = memchr(b'"', &block[from..]).map(|length| from + length);
            let Some(quote) = quote else {
                return memchr::memrchr(b'\n', &block[start..]).map(|length| start + length + 1).or(last);
            };
            from = quote + 1;
            if quote > 0 && block[quote - 1] != self.delimiter && block[quote - 1] != b'\n' {
                continue;
            }
            if let Some(length) = memchr::memrchr(b'\n', &block[start..quote]) {
                last = Some(start + length + 1);
            }
            match self.quoted(block, quote) {
                Quoted::Closed { close, .. } => from = close + 1,
                Quoted::Unclosed { resume } => {
                    last = Some(resume);
                    from = resume;
                }
                Quoted::Open => return last,
            }
            start = from;
        }
    }

    fn quoted_at(&self, block: &[u8], at: usize) -> Option<Quoted> {
        (block.get(at) == Some(&b'"')).then(|| self.quoted(block, at))
    }

    fn quoted(&self, block: &[u8], open: usize) -> Quoted {
        let mut is_plain = true;
        let mut from = open + 1;
        let close = loop {
            let Some(length) = memchr(b'"', &block[from..]) else { break None };
            if block.get(from + length + 1) != Some(&b'"') {
                break Some(from + length);
            }
            is_plain = false;
            from += length + 2;
        };
        let inside = open + 1..close.unwrap_or(block.len());
        match (self.resume(block, inside), close) {
            (Some(resume), _) => Quoted::Unclosed { resume },
            (None, Some(close)) => Quoted::Closed { close, is_plain },
            (None, None) => Quoted::Open,
        }
    }

    /// The first line inside quotes that is a whole record: there, the quote before it was never closed.
    fn resume(&self, block: &[u8], inside: Range<usize>) -> Option<usize> {
        let lines = memchr_iter(b'\n', &block[inside.clone()]).map(|length| inside.start + length + 1);
        lines.into_iter().find(|&line| self.is_record(&block[line..]))
    }

    fn is_record(&self, rest: &[u8]) -> bool {
        // Only whole lines are judged, so that it does not matter where a block was cut.
        let Some(end) = memchr(b'\n', rest) else { return false };
        let line = Self { is_key: |_| false, ..self.clone() };
        let mut has_key = false;
        let record = line.record(&rest[..end], 0, |cell, text| {
            has_key |= cell == self.key && (self.is_key)(text);
        });
        has_key && record.cells == self.cells && matches!(record.shape, Shape::Plain | Shape::Escaped)
    }
}

/// How quotes that were opened go on.
enum Quoted {
    Closed {
        close: usize,
        is_plain: bool,
    },
    Unclosed {
        resume: usize,
    },
    /// To the end of the block.
    Open,
}

/// The end of a line's text: before its carriage returns, of which some programs write two.
fn line_end(block: &[u8], start: usize, newline: usize) -> usize {
    let mut end = newline;
    while end > start && block[end - 1] == b'\r' {
        end -= 1;
    }
    end
}

fn is_space(text: &[u8]) -> bool {
    text.iter().all(|byte| *byte == b' ')
}

/// The cells of one record, as they are meant.
#[derive(Default)]
pub(crate) struct Cells {
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl Cells {
    pub(crate) fn of(layout: &Layout, record: &[u8]) -> Self {
        let mut cells = Self::default();
        layout.record(record, 0, |_, cell| {
            unquote(cell, &mut cells.text);
            cells.ends.push(cells.text.len());
        });
        cells
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| &self.text[start..*end])
    }
}

/// Adds what a cell means to a text.
fn unquote(cell: &[u8], text: &mut Vec<u8>) {
    let quoted = cell.strip_prefix(b"\"").map(|inner| inner.strip_suffix(b"\"").unwrap_or(inner));
    let Some(mut rest) = quoted else {
        return text.extend_from_slice(cell);
    };
    while let Some(quote) = memchr(b'"', rest) {
        text.extend_from_slice(&rest[..=quote]);
        rest = rest.get(quote + 2..).unwrap_or_default();
    }
    text.extend_from_slice(rest);
}
