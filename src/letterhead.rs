//! Who sends the figures, and how their readers want to see them.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// What a sender puts on every workbook and page. No figure depends on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letterhead {
    /// The sender's name; the outputs name none if it is missing.
    pub organisation: Option<String>,
    /// Whom to ask: an address, a telephone number.
    pub contact: Option<String>,
    /// A picture over the name.
    pub logo: Option<Logo>,
    /// How many decimals are shown of usage, 0 to 2; what lies behind stays exact.
    pub decimals: u8,
    /// What people call a component, by its type.
    pub component_labels: BTreeMap<String, String>,
    /// A folder with further fonts for PDF.
    pub fonts: Option<PathBuf>,
}

/// A picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logo {
    /// `image/png` or `image/jpeg`.
    pub media_type: &'static str,
    /// The file, at most [`BYTES_MAX`](Logo::BYTES_MAX) bytes in configurations.
    pub bytes: Vec<u8>,
}

impl Logo {
    /// As many bytes as a picture has that goes into thousands of files.
    pub const BYTES_MAX: usize = 200_000;

    /// A picture that its first bytes show to be PNG or JPEG; what else it is, they do not say.
    pub fn new(bytes: Vec<u8>) -> Option<Self> {
        let media_type = match bytes.as_slice() {
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => "image/png",
            [0xff, 0xd8, 0xff, ..] => "image/jpeg",
            _ => return None,
        };
        Some(Self { media_type, bytes })
    }
}

impl Default for Letterhead {
    fn default() -> Self {
        Self {
            organisation: None,
            contact: None,
            logo: None,
            decimals: 2,
            component_labels: BTreeMap::new(),
            fonts: None,
        }
    }
}

impl Letterhead {
    /// What people call a component: its label, or else its type.
    pub fn component<'a>(&'a self, component_type: &'a str) -> &'a str {
        self.component_labels.get(component_type).map_or(component_type, String::as_str)
    }
}
