//! The endpoint's list and retrieve over a frame: which rows stand on a page, in which order.
//!
//! What a row looks like is [`Rendering`]'s part. Frames need the details of single records: see
//! [`Reading::keeps_details`](crate::ingest::Reading::keeps_details).

mod catalogue;
mod order;
pub mod record;
mod render;

use std::ops::Range;
use std::str::FromStr;

pub use self::catalogue::Catalogue;
pub use self::order::{Order, OrderKey};
pub use self::record::RecordReader;
pub use self::render::{ListFormat, Rendering, UsageStyle, parse_fields, time_text, usage_text};
use crate::error::{Error, Result};
use crate::text::{counted, grouped, parse_uuid};
use crate::usage::UsageFrame;

/// How many records stand on a page where nothing else is asked for, as at the endpoint.
pub const PAGE_SIZE_DEFAULT: usize = 10;
/// The most records that a page may have, as at the endpoint.
pub(crate) const PAGE_SIZE_MAX: usize = 300;

/// Which part of the records, in which order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListRequest {
    /// The first counts most; none for the newest date first, then the component type.
    pub orders: Vec<Order>,
    /// Which part of them.
    pub paging: Paging,
}

/// Whether records come in pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paging {
    /// All of them at once.
    All,
    /// One page.
    Page {
        /// Which one.
        page: Page,
        /// Records of a page, 1 to 300.
        size: usize,
    },
}

impl Paging {
    /// Whether a page may have so many records; whether there is such a page is known with the records.
    pub fn check(self) -> Result<()> {
        match self {
            Self::Page { size, .. } if !(1..=PAGE_SIZE_MAX).contains(&size) => Err(Error::BadParameter {
                parameter: "page_size",
                value: size.to_string(),
                expected: format!("a number from 1 to {PAGE_SIZE_MAX}"),
            }),
            _ => Ok(()),
        }
    }
}

impl Default for Paging {
    fn default() -> Self {
        Self::Page { page: Page::Number(1), size: PAGE_SIZE_DEFAULT }
    }
}

/// One page out of many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// From 1.
    Number(usize),
    /// The last one, whatever its number is.
    Last,
}

impl FromStr for Page {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "last" => Ok(Self::Last),
            // More digits than a number holds are still a page: one beyond the last.
            _ if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) => {
                Ok(Self::Number(text.parse().unwrap_or(usize::MAX)))
            }
            _ => Err(Error::BadParameter {
                parameter: "page",
                value: text.to_owned(),
                expected: "the number of a page, from 1, or last".to_owned(),
            }),
        }
    }
}

/// One page of records, or all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// Records on all pages together.
    pub total: usize,
    /// From 1.
    pub page: usize,
    /// 1 at least: the first page of nothing is a page.
    pub pages: usize,
    /// Rows of [`UsageFrame::records`], in the order asked for.
    pub rows: Vec<u32>,
}

/// `page 1 of 2,209; 22,085 records`
impl std::fmt::Display for Listing {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        let count = |number: usize| grouped(number as u64);
        let records = counted(self.total as u64, "record");
        write!(f, "page {} of {}; {records}", count(self.page), count(self.pages))
    }
}

/// Finds the rows of a page.
///
/// Every order is made total by the uuid, so that pages neither overlap nor leave a record out.
///
/// # Errors
/// A page that there is not, or a page size out of bounds.
pub fn list(frame: &UsageFrame, request: &ListRequest) -> Result<Listing> {
    request.paging.check()?;
    let total = frame.records.len();
    let (page, pages, window) = place_page(total, request.paging)?;
    let rows = order::ordered_rows(frame, &request.orders, window)?;
    Ok(Listing { total, page, pages, rows })
}

/// Reads the uuid of a record: 32 hex digits of either case, with or without dashes.
pub fn parse_record_uuid(text: &str) -> Result<u128> {
    parse_uuid(text.trim().as_bytes()).ok_or_else(|| Error::BadParameter {
        parameter: "uuid",
        value: text.to_owned(),
        expected: "32 hex digits, with or without dashes".to_owned(),
    })
}

/// The row of one record.
pub fn retrieve(frame: &UsageFrame, uuid: u128) -> Result<Option<u32>> {
    let uuids = frame.records.details()?.uuid();
    Ok(uuids.iter().position(|other| *other == uuid).map(|row| row as u32))
}

/// The page's number, the number of pages, and the places of the page's records among all.
pub(crate) fn place_page(total: usize, paging: Paging) -> Result<(usize, usize, Range<usize>)> {
    let Paging::Page { page, size } = paging else { return Ok((1, 1, 0..total)) };
    let pages = total.div_ceil(size).max(1);
    let number = match page {
        Page::Number(number) => number,
        Page::Last => pages,
    };
    if !(1..=pages).contains(&number) {
        return Err(Error::BadParameter {
            parameter: "page",
            value: number.to_string(),
            expected: match pages {
                1 => "1 or last, for there is one page".to_owned(),
                _ => format!("1 to {pages}, or last"),
            },
        });
    }
    let start = (number - 1) * size;
    Ok((number, pages, start..total.min(start + size)))
}

#[cfg(test)]
mod tests;
