//! What spreadsheets and programs save is read, and what is wrong has its line.

use rust_xlsxwriter::{ExcelDateTime, Format, Workbook as Written};

use super::*;

const KNOWN: [&str; 3] = ["key", "note", "billing_period"];

fn parsed(bytes: &[u8]) -> Result<Table, String> {
    Table::parse("a.csv", bytes, &KNOWN, Writing::Program).map_err(|error| error.to_string())
}

fn shown(bytes: &[u8]) -> String {
    let table = parsed(bytes).unwrap();
    let row = |row: &Row| {
        format!("{}: {}", row.line, row.cells.iter().map(|cell| &**cell).collect::<Vec<_>>().join("|"))
    };
    [table.columns.join("|")].into_iter().chain(table.rows.iter().map(row)).collect::<Vec<_>>().join("\n")
}

fn refused(bytes: &[u8]) -> String {
    parsed(bytes).err().unwrap()
}

fn utf16(text: &str) -> Vec<u8> {
    format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect()
}

#[test]
fn what_spreadsheets_save_is_read() {
    let expected = "key|note\n2: a|x, \"y\"\n3: b|two\nlines\n5: c|";
    let plain = "key,note\na,\"x, \"\"y\"\"\"\nb,\"two\nlines\"\nc,\n";
    assert_eq!(shown(plain.as_bytes()), expected);
    assert_eq!(shown(&utf16(plain)), expected);
    let excel = "\u{feff}key;note;\r\na;\"x, \"\"y\"\"\";\r\nb;\"two\nlines\";\r\nc;;\r\n;;\r\n";
    assert_eq!(shown(excel.as_bytes()), expected);
    assert_eq!(shown(plain.replace('\n', "\r").as_bytes()), expected);
    assert_eq!(shown(b"note\tkey\n1,5\ta"), "note|key\n2: 1,5|a");
    assert_eq!(shown(b"key|note\na|b"), "key|note\n2: a|b");
}

#[test]
fn what_programs_add_is_passed_and_lines_are_counted_on() {
    assert_eq!(shown(b"sep=;\r\nkey;note\r\na;b\r\n"), "key|note\n3: a|b");
    assert_eq!(shown(b"#TYPE X\r\n\"key\",\"note\"\r\n\"a\",\"b\"\r\n"), "key|note\n3: a|b");
    assert_eq!(shown(b"\n;;\n;key;note\n\n;a;b\n"), "key|note\n5: a|b");
    assert_eq!(shown(b"key,note\r\r\na,b\r\r\n"), "key|note\n3: a|b");
    assert_eq!(shown("key,note\na,b\n\u{feff}key,note\nc,d\n".as_bytes()), "key|note\n2: a|b\n4: c|d");
    assert_eq!(shown(b"Key, NOTE ,Billing Period\na,b,c"), "key|note|billing_period\n2: a|b|c");
}

#[test]
fn what_is_no_table_is_refused_with_its_line() {
    assert_eq!(refused(b"key,a\n1,2\n1\n"), "a.csv: line 3: 1 cell; expected 2, as in the header");
    assert_eq!(
        refused(b"key,\n1,2\n"),
        "a.csv: line 2: text in column 2, which has no name; expected a name for it in the header"
    );
    assert_eq!(refused(b"key,Key,KEY,key\n"), "a.csv: line 1: two columns key; expected each name once");
    assert_eq!(refused(b""), "a.csv: line 1: no header; expected the names of the columns");
    assert_eq!(
        refused(b"key,a\r\n1,M\xf5\xf5t\r\n"),
        "a.csv: line 2: the byte 0xF5, which is not UTF-8; expected UTF-8; in a spreadsheet save the table as \"CSV UTF-8\""
    );
    assert!(
        refused(b"key,note\na,\"b\\\"c\"\n")
            .starts_with("a.csv: line 2: a quote after a backslash inside a cell")
    );
    assert!(refused(b"key,note\na,\"b\"c\n").starts_with("a.csv: line 2: text after a closing quote"));
    assert!(refused(b"key,note\na,\"b\n").starts_with("a.csv: line 2: a quote that is never closed"));
}

/// The decimals of the first column.
fn decimals(bytes: &[u8]) -> Vec<String> {
    let table = parsed(bytes).unwrap();
    table.rows.iter().map(|row| table.decimal(row, 0).unwrap_or_else(|error| error.to_string())).collect()
}

#[test]
fn a_column_decides_how_its_numbers_are_written() {
    assert_eq!(decimals(b"key;note\n2.500;\n1,25;\n"), ["2500", "1.25"]);
    assert_eq!(decimals(b"key;note\n2.500;1,5\n1.25;\n"), ["2.500", "1.25"]);
    assert_eq!(decimals(b"key,note\n2.500,\n"), ["2.500"]);
    assert_eq!(
        decimals(b"key;note\n2.500;1,5\n"),
        [
            "a.csv: line 2: key is \"2.500\"; expected a number that can be read in one way only: write 2500 for \
          thousands or 2.5000 for decimals, since no other number in this column shows which"
        ]
    );
    assert_eq!(
        decimals(b"key;note\n1,5;\n2.5;\n"),
        [
            "1.5",
            "a.csv: line 3: key is \"2.5\"; expected a comma before decimals, as in the other numbers in this column"
        ]
    );
}

#[test]
fn what_a_person_writes_is_read_as_is_stated_and_never_guessed() {
    let read = |text: &str, locale: Option<&str>| {
        let writing = Writing::Person(locale.map(|name| Locale::parse(name).unwrap()));
        let table = Table::parse("a.csv", text.as_bytes(), &KNOWN, writing).unwrap();
        let (row, month) = (&table.rows[0], table.month(&table.rows[0], 1));
        let shown = [table.decimal(row, 0), month.map(|month| month.to_string())];
        shown.map(|shown| shown.unwrap_or_else(|error| error.to_string()))
    };
    let german = "key;billing_period\r\n1.200;01.05.2026\r\n";
    assert_eq!(read(german, Some("de")), ["1200", "2026-05"]);
    assert_eq!(
        read(german, Some("en-US")),
        [
            "1.200",
            "a.csv: line 2: billing_period is \"01.05.2026\"; expected a month, as 2026-10 or 2026-10-01; in a \
             spreadsheet format the column as text before you type it; en-US reads this as 5 January 2026, which begins \
             no month"
        ]
    );
    assert_eq!(
        read(german, None),
        [
            "a.csv: line 2: key is \"1.200\"; expected a number that can be read in one way only: write 1200 for thousands \
             or 1.2000 for decimals, since no other number in this column shows which; or state how your tables are \
             written, as locale = \"en-GB\" under [tables] in the configuration",
            "a.csv: line 2: billing_period is \"01.05.2026\"; expected a month that can be read in one way only: this may \
             be 1 May 2026 or 5 January 2026. Write the month as 2026-05, or state how your tables are written, as locale \
             = \"en-GB\" under [tables] in the configuration"
        ]
    );
    assert_eq!(read("key;billing_period\n1.200,00;May 2026\n", None), ["1200.00", "2026-05"]);
    assert_eq!(
        read("key;billing_period\n1,200.50;2026-05-01\n", Some("de")),
        [
            "a.csv: line 2: key is \"1,200.50\"; expected a comma before decimals, as de-DE writes numbers",
            "2026-05"
        ]
    );
}

#[test]
fn numbers_between_others_are_written_like_those_of_their_table() {
    let tiers = |bytes: &[u8]| {
        let table = Table::parse("a.csv", bytes, &["price", "tiers"], Writing::Program).unwrap();
        let numbers = table.decimals_between(&table.rows[0], 1, &[';', ':'], &["price"]);
        numbers.unwrap_or_else(|error| error.to_string())
    };
    assert_eq!(tiers(b"price;tiers\n1,5;\"1.000:0,05;*:0,03\"\n"), "1000:0.05;*:0.03");
    assert_eq!(tiers(b"price;tiers\n;\"1000:0,05;*:0,03\"\n"), "1000:0.05;*:0.03");
    assert_eq!(tiers(b"price,tiers\n1.5,1000:0.05;*:0.03\n"), "1000:0.05;*:0.03");
    assert!(
        tiers(b"price;tiers\n1,5;\"1.000:0.05;*:0.03\"\n").contains("\"0.05\" is in tiers; expected a comma")
    );
    assert!(
        tiers(b"price;tiers\n;\"1.000:2;*:1\"\n").contains("\"1.000\" is in tiers; expected a number that")
    );
}

fn workbook(write: impl FnOnce(&mut Written)) -> Vec<u8> {
    let mut written = Written::new();
    write(&mut written);
    written.save_to_buffer().unwrap()
}

#[test]
fn a_sheet_is_read_as_its_text() {
    let bytes = workbook(|written| {
        written.add_worksheet().set_name("Read me").unwrap().write(0, 0, "Prices of 2026").unwrap();
        let sheet = written.add_worksheet();
        for (column, name) in ["Key", "Billing Period", "note"].into_iter().enumerate() {
            sheet.write(2, column as u16 + 1, name).unwrap();
        }
        sheet.write(3, 1, 1234.5).unwrap();
        let month = ExcelDateTime::from_ymd(2026, 10, 1).unwrap();
        sheet.write_with_format(3, 2, &month, &Format::new().set_num_format("yyyy-mm")).unwrap();
        sheet.write(5, 1, "0042").unwrap().write(5, 3, 12).unwrap();
    });
    assert_eq!(shown(&bytes), "key|billing_period|note\n4: 1234.5|2026-10-01|\n6: 0042||12");
    assert_eq!(decimals(&bytes), ["1234.5", "0042"]);
    let table = parsed(&bytes).unwrap();
    assert_eq!(table.month(&table.rows[0], 1).unwrap().to_string(), "2026-10");
}

#[test]
fn a_workbook_that_cannot_be_read_says_what_to_do() {
    let twice = workbook(|written| {
        written.add_worksheet().write(0, 0, "key").unwrap();
        written.add_worksheet().write(0, 0, "key").unwrap();
    });
    assert_eq!(
        refused(&twice),
        "a.csv: line 1: the sheets \"Sheet1\" and \"Sheet2\", which both have such a header; expected one sheet of this \
         table in the workbook"
    );
    let whole =
        workbook(|written| drop(written.add_worksheet().write(0, 0, "key").unwrap().write(1, 0, "a")));
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..300 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let mut damaged = whole.clone();
        let at = state as usize % damaged.len();
        damaged[at] ^= 1 + (state >> 32) as u8 % 255;
        // Never a panic; what is read is the table or a message.
        if let Ok(table) = Table::parse("a.xlsx", &damaged, &KNOWN, Writing::Program) {
            assert!(table.columns.len() <= 1, "{table:?}");
        }
    }
}

/// A workbook with one key in a format.
fn formatted(key: f64, format: &str) -> Vec<u8> {
    let mut book = Written::new();
    let sheet = book.add_worksheet();
    sheet.write(0, 0, "key").unwrap();
    sheet.write_with_format(1, 0, key, &Format::new().set_num_format(format)).unwrap();
    book.save_to_buffer().unwrap()
}

#[test]
fn a_number_whose_format_may_show_another_code_is_refused_with_its_cell() {
    for (key, format) in [
        (42.0, "\"KS-\"0000"),
        (42.0, "0000\"-EE\""),
        (42.0, "\\K0000"),
        (42.0, "#0000"),
        (42.0, "[Red]0000"),
        (42.0, "[$-409]0000"),
        (42.0, "\"A\"General"),
        (42.0, "\"KS \"#"),
        (-42.0, "0000"),
        (0.0625, "h:mm"),
        (42.0, "[h]:mm"),
        (1_234_567_890_123_456.0, "0"),
        (1_234_567_890_123_456.0, "General"),
    ] {
        let refused = refused(&formatted(key, format));
        assert!(
            refused.contains("A2") && refused.contains("format the column as text"),
            "{format}: {refused}"
        );
    }
    for (key, format, shown_as) in [
        (42.0, "0000", "0042"),
        (42.0, "General", "42"),
        (-42.0, "General", "-42"),
        (123_456_789_012_345.0, "0", "123456789012345"),
        (42.5, "#,##0.00 \"kWh\"", "42.5"),
        (42.5, "[$€-407] #,##0.00", "42.5"),
        (0.5, "0%", "0.5"),
        (46296.0, "dd.mm.yyyy", "2026-10-01"),
    ] {
        assert_eq!(shown(&formatted(key, format)), format!("key\n2: {shown_as}"), "{format}");
    }
}

#[test]
fn a_row_of_text_with_more_cells_than_the_header_is_refused_even_if_they_are_empty() {
    let refused = refused(b"key,note,billing_period\na,x,2026-10\nb,one, two,\n");
    assert!(refused.contains("line 3: 4 cells; expected 3"), "{refused}");
}

#[test]
fn other_quote_characters_and_other_formats_are_named() {
    let quoted = refused(b"key,note\n'O''Brien','x'\n");
    assert!(quoted.contains("single quotes (')"), "{quoted}");
    assert!(parsed(b"key,note\n'a',b\n").is_ok());
    let null = refused(b"key\tnote\na\t\\N\n");
    assert!(null.contains("PostgreSQL's text format: export as CSV"), "{null}");
}
