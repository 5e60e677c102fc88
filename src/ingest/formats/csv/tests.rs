//! CSV as spreadsheets, databases and accidents write it.

use csv::{ByteRecord, ReaderBuilder, Terminator};
use proptest::prelude::*;

use super::*;
use crate::ingest::records::collector::tests::collector;
use crate::ingest::records::folders::Folders;
use crate::tabular::cells::Layout;

const NAMES: &str = "uuid,user,username,component_usage,usage,measured_unit,description,created,modified,backend_id,resource_name,resource_uuid,offering_name,offering_uuid,project_name,project_uuid,customer_name,customer_uuid,component_type,date,billing_period";

const UUID: &str = "00000000000000000000000000000001";

/// One record of a user, with a usage and a description as they stand in the file.
fn line(usage: &str, description: &str) -> String {
    format!(
        "{UUID},,ann,https://x/y/{UUID}/,{usage},hour,{description},,2026-10-31T00:00:00Z,,r,{UUID},o,{UUID},p,{UUID},c,{UUID},cpu,,2026-10-01"
    )
}

fn read(file: &[u8]) -> Collector {
    read_by(file, file)
}

/// Reads a file, of which only the beginning is looked at before it is read.
fn read_by(beginning: &[u8], file: &[u8]) -> Collector {
    let is_whole = beginning.len() == file.len();
    let (header, start) = Header::parse(beginning, is_whole, &Folders::default()).unwrap();
    let mut collector = collector();
    read_block(&header, &file[start..], start as u64, &mut collector);
    collector
}

/// Usages and descriptions, then the faults by number, code and line.
fn outcome(collector: &Collector) -> String {
    let columns = &collector.columns;
    let records = columns
        .usage
        .iter()
        .zip(collector.details())
        .map(|(usage, detail)| format!("{usage} {:?}\n", detail.description));
    let faults = collector.faults().iter().map(|placed| {
        let (record, offset) = (placed.record.unwrap(), placed.offset.unwrap());
        format!("record {record} at {offset}: {} {:?}\n", placed.fault.reason.code(), placed.raw)
    });
    records.chain(faults).collect()
}

fn check(lines: &[String], expected: &str) {
    let file = format!("{NAMES}\n{}\n", lines.join("\n"));
    assert_eq!(outcome(&read(file.as_bytes())), expected);
}

fn fault(file: &str) -> String {
    let fault = Header::parse(file.as_bytes(), true, &Folders::default()).unwrap_err();
    let field = fault.field.map_or("", Field::name);
    format!("{} {field} {}", fault.reason.code(), fault.value)
}

#[test]
fn commas_semicolons_tabs_marks_and_line_ends_make_no_difference() {
    let file = format!("{NAMES}\n{}\n\n{}", line("1.50", "x"), line("-2", "y"));
    for delimiter in [",", ";", "\t"] {
        for mark in ["", "\u{feff}"] {
            for end in ["\n", "\r\n"] {
                let file = format!("{mark}{file}").replace(',', delimiter).replace('\n', end);
                assert_eq!(outcome(&read(file.as_bytes())), "1.50 \"x\"\n-2.00 \"y\"\n", "{file:?}");
            }
        }
    }
}

#[test]
fn quotes_hold_line_ends_delimiters_and_doubled_quotes() {
    check(
        &[
            line("1", "\"a,b\nc\r\n\""),
            line("\"2\"", "\"say \"\"x\"\"\""),
            line("3", "5\" disk"),
            line("4", "\"a\" "),
        ],
        "1.00 \"a,b\\nc\\r\\n\"\n2.00 \"say \\\"x\\\"\"\n3.00 \"5\\\" disk\"\n4.00 \"a\"\n",
    );
}

#[test]
fn quoted_names_and_unknown_columns_are_read() {
    let names = format!("\"note\",{}", NAMES.replace("usage,measured", "\"usage\",measured"));
    let file = format!("{names}\nn,{}\n", line("1", ""));
    let (header, _) = Header::parse(file.as_bytes(), true, &Folders::default()).unwrap();
    assert_eq!(header.unknown_columns(), ["note"]);
    assert_eq!(outcome(&read(file.as_bytes())), "1.00 \"\"\n");
}

#[test]
fn an_empty_cell_is_nothing_or_the_empty_text() {
    let file = format!("{NAMES}\n{}\n", line("", "").replace(",hour,", ",,"));
    let collector = read(file.as_bytes());
    let fault = &collector.faults()[0].fault;
    assert_eq!((fault.reason, fault.field), (Reason::MissingField, Some(Field::Usage)));
    let file = file.replace(&format!("{UUID}/,,"), &format!("{UUID}/,7,"));
    let collector = read(file.as_bytes());
    assert!(collector.faults().is_empty());
    let detail = &collector.details()[0];
    assert_eq!((detail.user, detail.created, detail.backend_id), (None, None, ""));
    assert_eq!(collector.parents.measured_units.get(0), b"");
}

#[test]
fn of_the_uris_of_a_parent_the_least_holds() {
    let lines =
        ["https://x/", "https://b/", "https://c/"].map(|host| line("1", "").replace("https://x/", host));
    let collector = read(format!("{NAMES}\n{}\n", lines.join("\n")).as_bytes());
    let uris: Vec<_> = collector.details().iter().map(|detail| detail.component_usage).collect();
    assert_eq!(uris, [&*format!("https://b/y/{UUID}/"); 3]);
}

#[test]
fn a_line_of_too_few_or_too_many_cells_costs_only_itself() {
    let first = NAMES.len() + 1 + line("1", "").len() + 1;
    let second = first + "short,line\n".len();
    let long = format!("{},x", line("3", ""));
    check(
        &[line("1", ""), "short,line".to_owned(), long.clone(), line("4", "")],
        &format!(
            "1.00 \"\"\n4.00 \"\"\nrecord 1 at {first}: malformed \"short,line\"\nrecord 2 at {second}: malformed {long:?}\n"
        ),
    );
}

#[test]
fn bytes_that_are_not_utf8_cost_only_their_record() {
    let mut file = format!("{NAMES}\n{}\n{}\n", line("1", "x"), line("2", "é")).into_bytes();
    let x = file.windows(3).position(|bytes| bytes == b",x,").unwrap();
    file[x + 1] = 0xff;
    let outcome = outcome(&read(&file));
    assert!(outcome.starts_with("2.00 \"é\"\nrecord 0 at "), "{outcome}");
    assert_eq!(
        messages(&file),
        [
            "line 2: a line with the byte 0xFF, which is not UTF-8; expected UTF-8; in a spreadsheet save the table as \"CSV UTF-8\""
        ]
    );
    assert!(outcome.contains("not_utf8") && outcome.contains('\u{fffd}'), "{outcome}");
}

#[test]
fn a_quote_that_is_never_closed_costs_only_its_record() {
    let offset = NAMES.len() + 1 + line("1", "").len() + 1;
    let broken = line("2", "\"oh");
    check(
        &[line("1", ""), broken.clone(), line("3", "\"\""), line("4", "\"a\"")],
        &format!("1.00 \"\"\n3.00 \"\"\n4.00 \"a\"\nrecord 1 at {offset}: malformed {broken:?}\n"),
    );
}

#[test]
fn a_file_that_ends_inside_quotes_is_truncated() {
    let file = format!("{NAMES}\n{}\n{}", line("1", ""), line("2", "\"oh"));
    let outcome = outcome(&read(file.as_bytes()));
    assert!(outcome.starts_with("1.00 \"\"\nrecord 1 at "), "{outcome}");
    assert!(outcome.contains("truncated"), "{outcome}");
}

#[test]
fn a_header_of_something_else_says_what_was_found() {
    assert_eq!(fault("a,b\n1,2\n"), "not_records  \"a,b\"");
    assert_eq!(fault(""), "not_records  \"\"");
    assert_eq!(
        fault(&NAMES.replace(",usage,measured_unit,", ",")),
        "not_records  a header without usage, measured_unit"
    );
    assert_eq!(
        fault(&NAMES.replace(",date,billing_period", "")),
        "not_records  a header without billing_period (or date, or a folder named by its month, as billing_period=2026-10-01)"
    );
    assert_eq!(fault(&format!("{NAMES},date")), "duplicate_field date the name of columns 20 and 22");
    assert_eq!(
        fault(&format!("{NAMES},\"x\n{}\n", line("1", ""))),
        "not_records  a header line that does not end before the first record"
    );
    assert_eq!(
        fault(&format!("{}\n", line("1", ""))),
        "not_records  a table without a header: its first line is already a record"
    );
}

/// What is wrong, by line.
fn messages(file: &[u8]) -> Vec<String> {
    messages_of(&read(file))
}

fn messages_of(collector: &Collector) -> Vec<String> {
    let message = |placed: &crate::ingest::records::collector::PlacedFault| {
        let (field, fault) = (
            placed.fault.field.map_or(String::new(), |field| format!("{} is ", field.name())),
            &placed.fault,
        );
        format!("line {}: {field}{}; expected {}", placed.line.unwrap(), fault.value, fault.expected)
    };
    collector.faults().iter().map(message).collect()
}

#[test]
fn what_spreadsheets_save_in_europe_is_read() {
    let file = |usages: &[&str]| {
        let lines: Vec<String> =
            usages.iter().map(|usage| line(usage, "x").replace(',', ";").replace('_', ",")).collect();
        format!("{}\r\n{}\r\n;;;;;;;;;;;;;;;;;;;;\r\n", NAMES.replace(',', ";"), lines.join("\r\n"))
    };
    let usages = |usages: &[&str]| -> Vec<String> {
        let collector = read(file(usages).as_bytes());
        assert!(collector.faults().is_empty(), "{:?}", collector.faults());
        collector.columns.usage.iter().map(ToString::to_string).collect()
    };
    assert_eq!(usages(&["1_50", "2.500", "1.234_5", "-7"]), ["1.50", "2500.00", "1234.50", "-7.00"]);
    assert_eq!(usages(&["1.50", "2.500", "1 234.5", "1'000"]), ["1.50", "2.50", "1234.50", "1000.00"]);
    assert_eq!(usages(&["12", "1_50"]), ["12.00", "1.50"]);
    assert_eq!(
        messages(file(&["2.500"]).as_bytes()),
        [
            "line 2: usage is \"2.500\"; expected a number that can be read in one way only: write 2500 for thousands or \
          2.5000 for decimals, since no other number in this column shows which"
        ]
    );
    assert_eq!(
        messages(file(&["1_5", "1.5"]).as_bytes()),
        [
            "line 3: usage is \"1.5\"; expected a comma before decimals, as in the other numbers in this column"
        ]
    );
}

#[test]
fn between_commas_a_point_is_a_point_and_a_comma_is_in_quotes() {
    check(&[line("2.500", ""), line("\"1,234.50\"", "")], "2.50 \"\"\n1234.50 \"\"\n");
    check(&[line("\"1,5\"", ""), line("\"1.234,50\"", "")], "1.50 \"\"\n1234.50 \"\"\n");
}

#[test]
fn what_only_the_beginning_shows_is_no_proof_for_a_comma_further_on() {
    let after = |usages: &[&str]| {
        let beginning = format!("{NAMES}\n{}\n", line("2", ""));
        let rest: Vec<String> = usages.iter().map(|usage| line(usage, "")).collect();
        let file = format!("{beginning}{}\n", rest.join("\n"));
        read_by(beginning.as_bytes(), file.as_bytes())
    };
    let collector = after(&["2.500", "\"2,500\"", "\"1,50\"", "\"1,234.50\""]);
    let usages: Vec<String> = collector.columns.usage.iter().map(ToString::to_string).collect();
    assert_eq!(usages, ["2.00", "2.50", "1234.50"]);
    assert_eq!(
        messages_of(&collector),
        [
            "line 4: usage is \"2,500\"; expected a number that can be read in one way only: write 2500 for thousands or \
             2,5000 for decimals, since no other number in the first 8 MiB of this file shows which",
            "line 5: usage is \"1,50\"; expected a point before decimals, since no number in the first 8 MiB of this file \
             has a comma"
        ]
    );
}

#[test]
fn a_header_comes_again_in_whatever_spelling_where_files_were_joined() {
    let quoted = NAMES.replace(',', "\",\"");
    let again = [format!("\"{quoted}\""), NAMES.to_uppercase(), NAMES.replace('_', " ")];
    let file = format!("{NAMES}\n{}\n{}\n", again.join("\n"), line("1", ""));
    assert_eq!(outcome(&read(file.as_bytes())), "1.00 \"\"\n");
    let mut turned: Vec<&str> = NAMES.split(',').collect();
    turned.reverse();
    for other in [
        NAMES.replacen("user,username", "username,user", 1),
        turned.join(","),
        turned.join(",").to_uppercase(),
    ] {
        let file = format!("{NAMES}\n{other}\n{}\n", line("1", ""));
        let said = "line 2: a header with the columns in another order, as of another file; expected records below the first \
                    header only; save what follows as a file of its own";
        assert_eq!(messages(file.as_bytes()), [said], "{other}");
    }
}

#[test]
fn joined_files_have_their_headers_and_marks_passed() {
    let part = |usage: &str| format!("\u{feff}{NAMES}\n{}\n", line(usage, "x"));
    let file = format!(
        "{}{},,,,,,,,,,,,,,,,,,,,\n{}",
        part("1"),
        part("2"),
        line("3", "").replace("hour", "").replace("cpu", "x,y")
    );
    let collector = read(file.as_bytes());
    assert_eq!(collector.columns.usage.len(), 2);
    assert_eq!(
        messages(file.as_bytes())[0],
        "line 6: a line of 22 cells; expected 21 cells, as in the header"
    );
}

#[test]
fn names_are_known_in_capitals_with_spaces_and_with_padding() {
    let names: Vec<String> = NAMES.split(',').map(|name| name.replace('_', " ").to_uppercase()).collect();
    let file = format!("{}\n{}\n", names.join(","), line("1", "x"));
    let (header, _) = Header::parse(file.as_bytes(), true, &Folders::default()).unwrap();
    assert_eq!(header.respelled_columns().len(), 21);
    assert_eq!(outcome(&read(file.as_bytes())), "1.00 \"x\"\n");
    let padded = format!("{}\n{}\n", NAMES.replace(',', ", "), line("1", "x").replace(',', ", "));
    assert_eq!(outcome(&read(padded.as_bytes())), "1.00 \"x\"\n");
    let quoted = padded.replace(" x,", " \"x\",");
    assert_eq!(
        messages(quoted.as_bytes()),
        ["line 2: description is in quotes after a space; expected no space between separators and quotes"]
    );
    let (header, _) = Header::parse(padded.as_bytes(), true, &Folders::default()).unwrap();
    assert!(header.respelled_columns().is_empty() && header.unknown_columns().is_empty());
}

#[test]
fn backslashes_before_quotes_are_named() {
    for description in ["\"a\\\"b\"", "\"a\\\",b\""] {
        let file = format!("{NAMES}\n{}\n", line("1", description));
        assert!(
            messages(file.as_bytes())[0]
                .starts_with("line 2: a quote after a backslash inside a cell; expected quotes"),
            "{file}"
        );
    }
    check(&[line("1", "\"C:\\\"")], "1.00 \"C:\\\\\"\n");
    let file = format!("{NAMES}\n{}\n", line("1", "\"a\"b"));
    assert!(
        messages(file.as_bytes())[0]
            .starts_with("line 2: text after a closing quote; expected a separator there")
    );
}

#[test]
fn a_number_that_a_spreadsheet_shortened_is_refused_and_a_double_is_imprecise() {
    for usage in ["1.23457E+11", "1.23456789012346E+016", "1.5e3", "1.2e-1", "\"1,23E+11\""] {
        let file = format!("{NAMES}\n{}\n", line(usage, ""));
        assert!(
            messages(file.as_bytes())[0].contains("expected all digits of the number"),
            "{usage}: {:?}",
            messages(file.as_bytes())
        );
    }
    let flags = |usage: &str| {
        let collector = read(format!("{NAMES}\n{}\n", line(usage, "")).as_bytes());
        assert!(collector.faults().is_empty(), "{usage}: {:?}", collector.faults());
        collector.columns.flags[0]
    };
    use crate::ingest::records::values::{EXACT, IMPRECISE};
    for usage in ["1e+16", "1.2345678901234568e+16", "1000000000000000.0", "12345678901234.56", "1e+18"] {
        assert_eq!(flags(usage), IMPRECISE, "{usage}");
    }
    for usage in [
        "12.5",
        "0E-10",
        "1234567890123.45",
        "999999999999999999.99",
        "10000000000000000.00",
        "12345678901234.50",
    ] {
        assert_eq!(flags(usage), EXACT, "{usage}");
    }
}

fn any_line() -> impl Strategy<Value = String> {
    let description = prop_oneof![
        Just(String::new()),
        Just("\"\"".to_owned()),
        Just("\"a\n\nb\"".to_owned()),
        Just("\"\"\"q\"\"\r\n\"".to_owned()),
        Just("5\" disk".to_owned()),
        Just("\"never closed".to_owned()),
    ];
    (0..100_u8, description)
        .prop_map(|(usage, description)| line(&usage.to_string(), &description))
        .boxed()
        .prop_union(prop_oneof![Just(String::new()), Just("x,y".to_owned())].boxed())
}

/// Reads as a caller does that gets a file in pieces.
fn read_in_pieces(file: &[u8], cuts: &[usize]) -> Collector {
    let (header, start) = Header::parse(file, true, &Folders::default()).unwrap();
    let mut collector = collector();
    let (mut done, mut cuts) = (start, cuts.to_vec());
    cuts.sort_unstable();
    for cut in cuts {
        if let Some(end) = file.get(done..cut).and_then(|block| last_record_end(&header, block)) {
            read_block(&header, &file[done..done + end], done as u64, &mut collector);
            done += end;
        }
    }
    read_block(&header, &file[done..], done as u64, &mut collector);
    collector
}

proptest! {
    #[test]
    fn where_a_file_is_cut_makes_no_difference(
        lines in proptest::collection::vec(any_line(), 0..8),
        cuts in proptest::collection::vec(0..3000_usize, 0..12),
    ) {
        let file = format!("{NAMES}\n{}\n", lines.join("\n"));
        let lines_of = |collector: &Collector| collector.faults().iter().map(|placed| placed.line).collect::<Vec<_>>();
        let (whole, pieces) = (read(file.as_bytes()), read_in_pieces(file.as_bytes(), &cuts));
        prop_assert_eq!(outcome(&pieces), outcome(&whole));
        prop_assert_eq!(lines_of(&pieces), lines_of(&whole));
    }

    #[test]
    fn cells_are_those_of_the_csv_crate(text in "[a\",\n]{0,40}") {
        let layout = Layout { delimiter: b',', cells: 0, key: 0, is_key: |_| false };
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .terminator(Terminator::Any(b'\n'))
            .from_reader(text.as_bytes());
        let mut expected = ByteRecord::new();
        let mut start = 0;
        while start < text.len() {
            let record = layout.record(text.as_bytes(), start, |_, _| ());
            start = record.next;
            if record.text.is_empty() {
                continue;
            }
            if record.shape == Shape::Open {
                break;
            }
            prop_assert!(reader.read_byte_record(&mut expected).unwrap());
            if record.shape == Shape::Trailing {
                continue;
            }
            let cells = Cells::of(&layout, &text.as_bytes()[record.text]);
            prop_assert_eq!(cells.iter().collect::<Vec<_>>(), expected.iter().collect::<Vec<_>>());
        }
    }
}

#[test]
fn no_mutation_of_a_file_panics_or_depends_on_where_it_is_cut() {
    let lines: Vec<_> = (0..6).map(|n| line(&n.to_string(), "\"a \"\"b\"\"\nc\"")).collect();
    let file = format!("{NAMES}\n{}\n", lines.join("\n"));
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    for _ in 0..3000 {
        let mut mutant = file.clone().into_bytes();
        for _ in 0..=random(4) {
            let at = random(mutant.len());
            match random(3) {
                _ if mutant.len() < 2 => break,
                0 => mutant[at] = b"\",;\n\r\t0a\xff\0"[random(10)],
                1 => drop(mutant.remove(at)),
                _ => mutant.truncate(at.max(1)),
            }
        }
        let cuts = [random(mutant.len()), random(mutant.len())];
        if Header::parse(&mutant, true, &Folders::default()).is_ok() {
            let pieces = read_in_pieces(&mutant, &cuts);
            assert_eq!(outcome(&pieces), outcome(&read(&mutant)));
        }
    }
}

#[test]
fn a_cell_too_many_costs_its_record_even_if_the_last_one_is_empty() {
    let shifted = format!("{},", line("2.00", "a, b"));
    let file = format!("{NAMES}\n{}\n{shifted}\n", line("1.00", "x"));
    let collector = read(file.as_bytes());
    let fault = &collector.faults()[0].fault;
    assert_eq!((collector.columns.usage.len(), fault.value.as_str()), (1, "a line of 23 cells"));
    let every = format!("{NAMES},\n{},\n", line("1.00", "x"));
    assert_eq!(read(every.as_bytes()).columns.usage.len(), 1);
}

#[test]
fn single_quotes_as_the_quote_character_are_named() {
    for file in [
        format!("'{}'\n", NAMES.replace(',', "','")),
        format!(
            "uuid,username,usage,{}\n'{UUID}','O''Brien',1.00\n",
            NAMES.replace("uuid,user,username,", "").replace(",usage,", ",")
        ),
    ] {
        let fault = Header::parse(file.as_bytes(), true, &Folders::default()).unwrap_err();
        assert_eq!(fault.value, "single quotes (') around the texts");
    }
}
