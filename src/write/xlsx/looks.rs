//! How cells look: few colours, one font, figures aligned by their points.

use std::sync::OnceLock;

use rust_xlsxwriter::{
    Color, ConditionalFormatCell, ConditionalFormatCellRule, ConditionalFormatFormula, Format, FormatAlign,
    FormatBorder, Worksheet,
};

use crate::error::Result;
use crate::report::Cell;
pub(crate) use crate::write::grid::LineKind;

const DARK: Color = Color::RGB(0x1F_3A_5F);
const LIGHT: Color = Color::RGB(0xE8_EE_F6);
const LINE: Color = Color::RGB(0xB7_C3_D3);
const GREY: Color = Color::RGB(0x6B_72_80);
const LINK: Color = Color::RGB(0x1D_4E_89);
const GOOD: (Color, Color) = (Color::RGB(0x0B_5D_2A), Color::RGB(0xDD_F3_E4));
const BAD: (Color, Color) = (Color::RGB(0x9B_1C_1C), Color::RGB(0xFB_E3_E3));

/// Colours that are told apart by everybody (Okabe and Ito), the strongest first.
pub(crate) const SERIES: [Color; 8] = [
    Color::RGB(0x00_72_B2),
    Color::RGB(0xD5_5E_00),
    Color::RGB(0x00_9E_73),
    Color::RGB(0xCC_79_A7),
    Color::RGB(0xE6_9F_00),
    Color::RGB(0x56_B4_E9),
    Color::RGB(0x33_33_33),
    Color::RGB(0xB8_A9_00),
];

/// All decimals that usage has.
pub(crate) const EXACT: u8 = 2;

/// All decimals that amounts can have.
const EXACT_AMOUNT: u8 = 3;

/// What a cell holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CellKind {
    Text,
    /// A uuid, a hash or code: small print.
    Id,
    /// A few letters behind figures: a currency.
    Code,
    /// With so many decimals in sight, as the two kinds below that have them.
    Usage(u8),
    /// Money, with the decimals that it is shown with.
    Amount(u8),
    /// Usage or money of more than fifteen digits, which is text.
    LongUsage,
    Change(u8),
    /// A change of money.
    AmountChange(u8),
    /// A change in per cent.
    Percent,
    /// A part of a whole in per cent.
    Share,
    Count,
    Month,
    PartialMonth(u8),
    Date,
}

impl CellKind {
    /// The kind of a cell in a column of this kind: amounts of one column have the decimals of their currencies.
    pub(crate) fn of(self, cell: Cell<'_>) -> Self {
        match cell {
            Cell::Amount(amount) if matches!(self, Self::AmountChange(_)) => {
                Self::AmountChange(amount.places())
            }
            Cell::Amount(amount) => Self::Amount(amount.places()),
            _ => self,
        }
    }

    /// In the order of their places.
    const ALL: [Self; 26] = [
        Self::Text,
        Self::Id,
        Self::LongUsage,
        Self::Percent,
        Self::Count,
        Self::Month,
        Self::Date,
        Self::Usage(0),
        Self::Usage(1),
        Self::Usage(2),
        Self::Change(0),
        Self::Change(1),
        Self::Change(2),
        Self::PartialMonth(0),
        Self::PartialMonth(1),
        Self::PartialMonth(2),
        Self::Share,
        Self::Code,
        Self::Amount(0),
        Self::Amount(1),
        Self::Amount(2),
        Self::Amount(3),
        Self::AmountChange(0),
        Self::AmountChange(1),
        Self::AmountChange(2),
        Self::AmountChange(3),
    ];

    fn place(self) -> usize {
        match self {
            Self::Text => 0,
            Self::Id => 1,
            Self::LongUsage => 2,
            Self::Percent => 3,
            Self::Count => 4,
            Self::Month => 5,
            Self::Date => 6,
            Self::Usage(decimals) => 7 + usize::from(decimals.min(EXACT)),
            Self::Change(decimals) => 10 + usize::from(decimals.min(EXACT)),
            Self::PartialMonth(decimals) => 13 + usize::from(decimals.min(EXACT)),
            Self::Share => 16,
            Self::Code => 17,
            Self::Amount(decimals) => 18 + usize::from(decimals.min(EXACT_AMOUNT)),
            Self::AmountChange(decimals) => 22 + usize::from(decimals.min(EXACT_AMOUNT)),
        }
    }
}

pub(crate) fn title() -> Format {
    Format::new().set_bold().set_font_size(15).set_font_color(DARK)
}

pub(crate) fn large_title() -> Format {
    title().set_font_size(24)
}

pub(crate) fn subtitle() -> Format {
    Format::new().set_font_color(GREY)
}

pub(crate) fn section() -> Format {
    Format::new().set_bold().set_font_size(12).set_font_color(DARK)
}

pub(crate) fn term() -> Format {
    Format::new().set_font_color(GREY).set_align(FormatAlign::Top).set_align(FormatAlign::Left)
}

pub(crate) fn strong() -> Format {
    Format::new().set_bold().set_align(FormatAlign::Top)
}

pub(crate) fn link() -> Format {
    Format::new().set_font_color(LINK).set_underline(rust_xlsxwriter::FormatUnderline::Single)
}

/// A heading over text, or over figures; of months it is a month itself, which usage stands below.
pub(crate) fn heading(kind: CellKind) -> Format {
    let format = Format::new()
        .set_bold()
        .set_font_color(Color::White)
        .set_background_color(DARK)
        .set_text_wrap()
        .set_align(FormatAlign::VerticalCenter);
    match kind {
        CellKind::Text => format.set_align(FormatAlign::Left),
        CellKind::Id | CellKind::Code => format.set_align(FormatAlign::Left).set_indent(1),
        CellKind::Month => format.set_align(FormatAlign::Right).set_num_format("mmm yyyy"),
        CellKind::PartialMonth(_) => {
            format.set_align(FormatAlign::Right).set_italic().set_num_format("mmm yyyy\"*\"")
        }
        _ => format.set_align(FormatAlign::Right),
    }
}

/// In the order in which they are declared.
const LINES: [LineKind; 4] = [LineKind::Row, LineKind::Subtotal, LineKind::Money, LineKind::Total];

/// A cell of a table. Each look is made once: there are many cells.
pub(crate) fn cell(line: LineKind, kind: CellKind) -> &'static Format {
    static CELLS: OnceLock<Vec<Format>> = OnceLock::new();
    let cells = CELLS.get_or_init(|| {
        let of_line = |line| CellKind::ALL.into_iter().map(move |kind| new_cell(line, kind));
        LINES.into_iter().flat_map(of_line).collect()
    });
    &cells[line as usize * CellKind::ALL.len() + kind.place()]
}

fn new_cell(line: LineKind, kind: CellKind) -> Format {
    let format = match line {
        LineKind::Row => Format::new(),
        LineKind::Subtotal | LineKind::Money => Format::new().set_bold().set_background_color(LIGHT),
        LineKind::Total => Format::new()
            .set_bold()
            .set_background_color(LIGHT)
            .set_border_top(FormatBorder::Thin)
            .set_border_top_color(LINE),
    };
    match kind {
        CellKind::Text => format.set_align(FormatAlign::Left),
        CellKind::Code => format.set_align(FormatAlign::Left).set_indent(1),
        CellKind::Id => format.unset_bold().set_indent(1).set_font_color(GREY).set_align(FormatAlign::Left),
        CellKind::Usage(decimals) | CellKind::Amount(decimals) => {
            format.set_num_format(figure_format(decimals))
        }
        CellKind::LongUsage => format
            .set_align(FormatAlign::Right)
            .set_italic()
            .set_font_color(Color::RGB(0x8A_4B_00))
            .set_num_format("@"),
        CellKind::Change(decimals) | CellKind::AmountChange(decimals) => {
            let digits = digits(decimals);
            format.set_num_format(format!("+#,##{digits};-#,##{digits};{digits}"))
        }
        CellKind::Percent => format.set_num_format("+0.00%;-0.00%;0.00%"),
        CellKind::Share => format.set_num_format("0.00%;[Red]-0.00%"),
        CellKind::Count => format.set_num_format("#,##0"),
        CellKind::Month => format.set_align(FormatAlign::Left).set_num_format("yyyy-mm"),
        CellKind::PartialMonth(decimals) => format.set_italic().set_num_format(figure_format(decimals)),
        CellKind::Date => format.set_align(FormatAlign::Left).set_num_format("d mmmm yyyy"),
    }
}

fn figure_format(decimals: u8) -> String {
    let digits = digits(decimals);
    format!("#,##{digits};[Red]-#,##{digits}")
}

/// How a number format asks for decimals.
fn digits(decimals: u8) -> &'static str {
    ["0", "0.0", "0.00", "0.000"][usize::from(decimals.min(EXACT_AMOUNT))]
}

/// Marks the lines in whose cell of a column `yes` stands.
pub(crate) fn mark_lines(
    sheet: &mut Worksheet,
    (first, end): (u32, u32),
    columns: u16,
    column: u16,
) -> Result<()> {
    let (ink, paper) = BAD;
    let cell = rust_xlsxwriter::utility::row_col_to_cell(first, column);
    let rule = ConditionalFormatFormula::new()
        .set_rule(format!("=${cell}=\"yes\"").as_str())
        .set_format(Format::new().set_font_color(ink).set_background_color(paper));
    sheet.add_conditional_format(first, 0, end - 1, columns - 1, &rule)?;
    Ok(())
}

/// The verdict of a check; its colour follows the formula.
pub(crate) fn verdict() -> Format {
    Format::new().set_bold().set_align(FormatAlign::Center)
}

/// Colours the verdicts in a column.
pub(crate) fn color_verdicts(sheet: &mut Worksheet, first: (u32, u16), last: (u32, u16)) -> Result<()> {
    for (word, (ink, paper)) in [("adds up", GOOD), ("does not add up", BAD)] {
        let format = Format::new().set_font_color(ink).set_background_color(paper);
        let rule = ConditionalFormatCell::new()
            .set_rule(ConditionalFormatCellRule::EqualTo(word))
            .set_format(format);
        sheet.add_conditional_format(first.0, first.1, last.0, last.1, &rule)?;
    }
    Ok(())
}
