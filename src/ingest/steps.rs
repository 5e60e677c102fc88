//! The inner steps of reading, for the benches to measure one by one.

use super::formats::json;
use super::formats::plain::plain_record;
use super::records::interner::Interner;
use super::records::raw::RawRecord;

/// How many of the lines are written in the server's way.
pub fn plain_lines(lines: &[u8]) -> usize {
    let mut record = RawRecord::default();
    let mut count = 0;
    for line in lines.split(|byte| *byte == b'\n') {
        count += usize::from(plain_record(line, &mut record).is_some());
    }
    count
}

/// How many of the lines are objects to the general parser.
pub fn general_lines(lines: &[u8]) -> usize {
    lines.split(|byte| *byte == b'\n').filter(|line| json::parse_object(line).is_ok()).count()
}

/// Numbers for texts.
#[derive(Debug, Default)]
pub struct Numbers(Interner);

impl Numbers {
    pub fn intern(&mut self, text: &[u8]) -> u32 {
        self.0.intern(text)
    }
}
