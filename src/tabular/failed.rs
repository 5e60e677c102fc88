//! Cells of spreadsheets that have no value: errors of formulas, formulas that were never calculated, codes whose zeros
//! only their format shows.

/// What is in a cell whose formula has no saved value.
pub(crate) const UNSAVED: &str = "a formula without a saved value";

/// Begins what is in a cell whose format shows other characters than its number has.
pub(crate) const FORMATTED: &str = "a number in the format ";

/// Begins the same in a cell that is shown as a time.
pub(crate) const DURATION: &str = "a number in the format of a time or duration";

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

/// What to do about a text that a spreadsheet shows where it holds something else: `########`, `1.23E+31`, `30:00.0`,
/// `Oct-26`.
pub(crate) fn way_out_of_shown(text: &[u8]) -> Option<&'static str> {
    let digits = |text: &[u8]| (1..=2).contains(&text.len()) && text.iter().all(u8::is_ascii_digit);
    let parts = |mark: u8| text.split(move |byte| *byte == mark).collect::<Vec<_>>();
    let is_month = match parts(b'-').as_slice() {
        [name, year] => {
            name.iter().all(u8::is_ascii_alphabetic) && (3..=9).contains(&name.len()) && digits(year)
        }
        _ => false,
    };
    let is_duration = match parts(b':').as_slice() {
        [minutes, seconds] => digits(minutes) && seconds.split(|byte| *byte == b'.').all(digits),
        _ => false,
    };
    let is_exponent = match parts(b'E').as_slice() {
        [mantissa, [b'+', exponent @ ..]] => {
            digits(exponent) && mantissa.iter().all(|byte| byte.is_ascii_digit() || b".,".contains(byte))
        }
        _ => false,
    };
    if text.len() > 1 && text.iter().all(|byte| *byte == b'#') {
        return Some("a spreadsheet shows this for a column that is too narrow: widen it and save again");
    }
    (is_month || is_duration || is_exponent).then_some(
        "a spreadsheet changed what it shows: import the original with this column as text, and save again",
    )
}

/// What there should be instead, and what to do.
pub(crate) fn expected_instead(text: &[u8]) -> &'static str {
    if text.starts_with(UNSAVED.as_bytes()) {
        return "its value: open the workbook in a spreadsheet program, let it recalculate, and save it again";
    }
    if text.starts_with(FORMATTED.as_bytes()) {
        if text.starts_with(DURATION.as_bytes()) {
            return "a number of hours: multiply the cell by 24 and format it as a number; for a code, format the column as \
                    text and type it again";
        }
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
