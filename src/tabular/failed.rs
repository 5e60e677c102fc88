//! Cells of spreadsheets that have no value: errors of formulas, formulas that were never calculated, codes whose zeros
//! only their format shows.

/// What is in a cell whose formula has no saved value.
pub(crate) const UNSAVED: &str = "a formula without a saved value";

/// Begins what is in a cell whose format shows other characters than its number has.
pub(crate) const FORMATTED: &str = "a number in the format ";

/// What PostgreSQL and MySQL write for no value in files that are no CSV.
const NULL: &[u8] = b"\\N";

/// Ends what is in a cell with more digits than a workbook keeps.
pub(crate) const TOO_LONG: &str = "a number of more than 15 digits";

const ERRORS: [&str; 11] = [
    "#N/A",
    "#REF!",
    "#DIV/0!",
    "#VALUE!",
    "#NAME?",
    "#NUM!",
    "#NULL!",
    "#SPILL!",
    "#CALC!",
    "#FIELD!",
    "#GETTING_DATA",
];

/// Whether text is what a spreadsheet shows where a formula failed: `#REF!`, or `Err:502` in LibreOffice.
pub(crate) fn is_error(text: &[u8]) -> bool {
    match text {
        NULL => true,
        [b'#', ..] => ERRORS.iter().any(|error| error.as_bytes() == text),
        [b'E', b'r', b'r', b':', code @ ..] => code.len() == 3 && code.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

/// What there should be instead, and what to do.
pub(crate) fn expected_instead(text: &[u8]) -> &'static str {
    if text.starts_with(UNSAVED.as_bytes()) {
        return "its value: open the workbook in a spreadsheet program, let it recalculate, and save it again";
    }
    if text.starts_with(FORMATTED.as_bytes()) {
        return "text, because the number alone has none of the other characters: format the column as text and type the \
                codes again";
    }
    if text == NULL {
        return "a value: this is PostgreSQL's text format: export as CSV";
    }
    if text.ends_with(TOO_LONG.as_bytes()) {
        return "text, because a workbook keeps only 15 digits of a number: format the column as text and type it again";
    }
    "a value: a formula failed there; correct it in the spreadsheet and save the table again"
}
