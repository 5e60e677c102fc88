//! Usernames in lower case, laid end to end, to be searched in one go.

use memchr::memmem;

use super::bits::Bits;

#[derive(Debug)]
pub(crate) struct Usernames {
    text: String,
    /// Where each name ends.
    ends: Vec<usize>,
}

impl Usernames {
    pub(crate) fn new(usernames: &[Box<str>]) -> Self {
        let mut text = String::new();
        let ends = usernames.iter().map(|username| {
            text += &username.to_lowercase();
            text.len()
        });
        let ends = ends.collect();
        Self { text, ends }
    }

    /// The names that contain one of the parts.
    pub(crate) fn containing(&self, parts: &[&str]) -> Bits {
        let mut found = Bits::new(self.ends.len());
        for part in parts {
            let finder = memmem::Finder::new(part);
            let (mut at, mut name) = (0, 0);
            while let Some(offset) = finder.find(&self.text.as_bytes()[at..]) {
                let start = at + offset;
                name += self.ends[name..].partition_point(|end| *end <= start);
                // What runs over from one name into the next is in neither.
                if start + part.len() <= self.ends[name] {
                    found.insert(name as u32);
                    at = self.ends[name];
                } else {
                    at = start + 1;
                }
            }
        }
        found
    }

    /// Whether one name contains one of the parts.
    pub(crate) fn contains(&self, name: usize, parts: &[&str]) -> bool {
        let start = if name == 0 { 0 } else { self.ends[name - 1] };
        parts.iter().any(|part| self.text[start..self.ends[name]].contains(part))
    }
}
