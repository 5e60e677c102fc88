//! How a sheet comes out on A4, landscape: at 8 points or more, and with no chart across two pages.

use rust_xlsxwriter::Worksheet;

use crate::error::Result;

const A4: u8 = 9;

/// Cells are in 11 points; at this scale, in per cent, they are in 8.
const SCALE_MIN: u32 = 73;

/// What fits on one page across at that scale, in pixels of a sheet at its full size. Where the usual font is missing, others
/// are wider by a quarter.
const WIDTH_MAX: u32 = 1_040;

/// What a page is high at its full size, less what programs differ in.
const HEIGHT: u32 = 600;

pub(super) const ROW_PIXELS: u32 = 20;

/// The row of the headings, which every page repeats.
const HEADER_PIXELS: u32 = 28;

/// Landscape, with narrow margins. Feet are scaled with the sheet, so that they begin with its size.
pub(super) fn set_up(page: &mut Worksheet) {
    page.set_landscape();
    page.set_paper_size(A4);
    page.set_margins(0.5, 0.5, 0.6, 0.7, 0.3, 0.35);
}

/// The width of a column by its characters.
pub(super) fn column_pixels(characters: u32) -> u32 {
    characters * 7 + 5
}

/// Brings a sheet on one page across if that leaves cells in 8 points. What is wider goes on to more pages, each with the
/// first columns.
pub(super) fn fit(page: &mut Worksheet, pixels: u32, first_columns: u16) -> Result<()> {
    if pixels <= WIDTH_MAX {
        page.set_print_fit_to_pages(1, 0);
        return Ok(());
    }
    page.set_print_scale(SCALE_MIN as u16);
    if first_columns > 0 {
        page.set_repeat_columns(0, first_columns - 1)?;
    }
    Ok(())
}

/// Begins a new page before the first block of rows, and before each that would not fit on the page it begins on, whatever
/// the scale.
pub(super) fn keep_together(page: &mut Worksheet, blocks: &[(u32, u32)]) -> Result<()> {
    let rows_max = (HEIGHT - HEADER_PIXELS) / ROW_PIXELS;
    let mut breaks: Vec<u32> = Vec::new();
    for (first, end) in blocks {
        match breaks.last() {
            Some(start) if end - start <= rows_max => {}
            _ => breaks.push(*first),
        }
    }
    breaks.truncate(BREAKS_MAX);
    if !breaks.is_empty() {
        page.set_page_breaks(&breaks)?;
    }
    Ok(())
}

/// What a sheet can have.
const BREAKS_MAX: usize = 1_000;
