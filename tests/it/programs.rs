//! What programs make of a dump: dates, numbers, ends of files, quotes, escapes; read, or refused by name.

use std::io::Write as _;

use usagebook::notice::Code;

use crate::binary::run;
use crate::frames::{intake, lines, message, noticed, report};
use crate::records::{Dumps, Record, csv, ndjson, page, records, uuid};

const TWO: &str = "acme cpu hour 2026-10 alice 1.50\nacme cpu hour 2026-10 bob 2.00";

const BOTH: &str = "2026-10 hour 3.50 2 2";

/// What a file of this name and content comes to by month, or why it is refused.
fn read(name: &str, bytes: impl AsRef<[u8]>) -> String {
    let dumps = Dumps::new();
    let intake = intake(&[dumps.write(name, bytes)]);
    match intake.faults.first().first() {
        Some(fault) => fault.to_string(),
        None => lines(&report(intake, "period")),
    }
}

/// A message without its line ends.
fn flat(message: &str) -> String {
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A record in CSV and in JSON, with the text of one field changed.
fn changed(field: &str, text: &str) -> [(&'static str, String); 2] {
    let record = Record::new(&format!("acme cpu hour 2026-10 alice 1.50 {field}=@"));
    let json = page(&[record]).replace("\"@\"", &format!("{text:?}"));
    let record = Record::new(&format!("acme cpu hour 2026-10 alice 1.50 {field}=@"));
    [("a.json", json), ("a.csv", csv(&[record]).replace("\"@\"", &format!("\"{text}\"")))]
}

#[test]
fn times_are_read_without_seconds_and_as_spreadsheets_show_them() {
    for field in ["created", "modified", "date"] {
        for time in [
            "2026-09-28T23:30Z",
            "2026-09-28 23:30+02:00",
            "2026-09-28 23:30",
            "28.09.2026 23:30",
            "9/28/2026 9:05",
            "2026-09-28",
        ] {
            for (name, text) in changed(field, time) {
                assert_eq!(read(name, text), "2026-10 hour 1.50 1 1", "{field} {time} {name}");
            }
        }
        for (name, text) in changed(field, "1/10/2026 9:05") {
            let refused = read(name, text);
            assert!(refused.contains(&format!("{field} is \"1/10/2026 9:05\"")), "{refused}");
            assert!(refused.contains("write 2026-01-10 or 2026-10-01"), "{refused}");
        }
    }
    let dumps = Dumps::new();
    let [_, (name, text)] = changed("date", "28.09.2026 23:30");
    assert_eq!(noticed(&intake(&[dumps.write(name, text)])), ["note zoneless_time 1"]);
}

#[test]
fn a_billing_period_is_the_only_first_of_a_month_that_a_day_can_be() {
    for day in [
        "01.10.2026",
        "1.10.2026 00:00:00",
        "10/1/2026",
        "1/10/2026",
        "01-10-2026",
        "2026/10/01",
        "10/1/2026 0:00",
    ] {
        for (name, text) in changed("billing_period", day) {
            assert_eq!(read(name, text), "2026-10 hour 1.50 1 1", "{day} {name}");
        }
    }
    for (day, expected) in [
        ("10.01.2026", "the first day of a month, as 2026-10-01"),
        ("10/2/2026", "this may be 2026-02-10 or 2026-10-02"),
        ("31/10/2026", "the first day of a month"),
        ("1.10.2026 12:00", "the first day of a month"),
        ("01.10.26", "the first day of a month"),
        ("01.10.0026", "the first day of a month"),
    ] {
        for (name, text) in changed("billing_period", day) {
            let refused = read(name, text);
            assert!(refused.contains(expected) && refused.contains(day), "{refused}");
        }
    }
}

#[test]
fn the_mark_that_dos_puts_at_the_end_of_a_text_is_none_of_it() {
    let utf16 = |text: String| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
    for (name, text) in
        [("a.json", page(&records(TWO))), ("a.ndjson", ndjson(&records(TWO))), ("a.csv", csv(&records(TWO)))]
    {
        assert_eq!(read(name, format!("{text}\x1a")), BOTH, "{name}");
        assert_eq!(read(name, format!("{}\x1a", text.trim_end())), BOTH, "{name}");
        assert_eq!(read(name, utf16(format!("\u{feff}{text}\x1a"))), BOTH, "{name}");
        if name != "a.csv" {
            assert!(read(name, format!("\x1a{text}")).contains(name), "{name} is refused");
        }
    }
    let text = csv(&records(TWO)).replace('"', "");
    let refused = read("a.csv", format!("{}\x1ax", text.trim_end()));
    assert!(refused.contains("billing_period is \"2026-10-01"), "{refused}");
    assert!(
        read("a.csv", "\x1a").contains("without a byte") || read("a.csv", "\x1a").contains("white space")
    );
}

#[test]
fn a_zstd_file_may_begin_with_a_frame_to_be_skipped_and_have_several() {
    let text = page(&records(TWO));
    let skipped = b"\x53\x2a\x4d\x18\x04\0\0\0size".to_vec();
    let half = text.len() / 2;
    let frame = |part: &str| zstd::bulk::compress(part.as_bytes(), 3).unwrap();
    let packed = [skipped.clone(), frame(&text[..half]), skipped.clone(), frame(&text[half..])].concat();
    assert_eq!(read("a.json.zst", &packed), BOTH);
    assert_eq!(read("a", &packed[skipped.len()..]), BOTH);
    let cut = read("a.json.zst", &packed[..packed.len() - 3]);
    assert!(cut.contains("compressed file that is damaged or cut off"), "{cut}");
}

#[test]
fn a_number_may_lack_its_zero_in_text_and_not_in_json() {
    for (usage, total) in [(".5", "0.50"), ("-.5", "-0.50"), ("5.", "5.00"), ("0.", "0.00"), ("+.25", "0.25")]
    {
        let record = Record::new("acme cpu hour 2026-10 alice 777");
        let text = csv(&[record]).replace(",777,", &format!(",{usage},"));
        assert_eq!(read("a.csv", &text), format!("2026-10 hour {total} 1 1"), "{usage}");
        let europe =
            text.replace(',', ";").replace(&format!(";{usage};"), &format!(";{};", usage.replace('.', ",")));
        assert_eq!(read("a.csv", europe), format!("2026-10 hour {total} 1 1"), "{usage} in Europe");
    }
    for (usage, number) in [(".5", "0.5"), ("5.", "5"), ("-.5", "-0.5"), ("+5", "5"), ("05", "5")] {
        for name in ["a.json", "a.ndjson"] {
            let record =
                Record::new("acme cpu hour 2026-10 alice 777").json().replace(":777,", &format!(":{usage},"));
            let text = if name == "a.json" { format!("[{record}]") } else { record + "\n" };
            let refused = read(name, text);
            assert!(
                refused.contains(&format!("usage is {usage}; expected a number as JSON writes it: {number}")),
                "{refused}"
            );
        }
    }
}

#[test]
fn escapes_between_tabs_are_named_and_backslashes_of_names_are_kept() {
    let tabs = |name: &str, other: &str| {
        let rows = records("acme cpu hour 2026-10 alice 1.50\nacme cpu hour 2026-10 bob 2.00");
        csv(&rows).replace('"', "").replace(',', "\t").replace("alice", name).replace("bob", other)
    };
    for name in ["a\\tb", "a\\nb", "a\\\\b", "a\\0b"] {
        let refused = read("a.tsv", tabs(name, "bob"));
        assert!(refused.contains("a backslash before") && refused.contains("export as CSV"), "{refused}");
        assert!(refused.contains("line 2"), "{refused}");
        assert_eq!(read("a.tsv", tabs(name, "AD\\alice")), BOTH, "{name} beside a name with a backslash");
        assert_eq!(read("a.tsv", tabs(&format!("\"{name}\""), "bob")), BOTH, "{name} in quotes");
        assert_eq!(read("a.csv", tabs(name, "bob").replace('\t', ",")), BOTH, "{name} between commas");
    }
}

#[test]
fn single_quotes_around_cells_are_named_wherever_they_are() {
    let text = csv(&records(TWO)).replace('"', "");
    let (header, rows) = text.split_once('\n').unwrap();
    let quoted: String =
        rows.lines().map(|row| format!("'{}'\n", row.replace('"', "").replace(',', "','"))).collect();
    for (what, text) in [
        ("all", format!("{header}\n{quoted}")),
        (
            "a separator in each row",
            format!("{header}\n{}", quoted.replace("alice", "al, ice").replace("bob", "b, ob")),
        ),
        ("a separator in one cell", format!("{header}\n{}", rows.replace("alice", "'al, ice'"))),
        ("a quote in one cell", format!("{header}\n{}", rows.replace("alice", "'O''Brien'"))),
    ] {
        let refused = read("a.csv", text);
        assert!(refused.contains("single quotes (')"), "{what}: {refused}");
        assert!(refused.contains("double quotes (\")"), "{what}: {refused}");
    }
    for name in ["O'Brien", "'alice'", "O''Brien", "al'"] {
        assert_eq!(read("a.csv", text.replace("alice", name)), BOTH, "{name}");
    }
}

#[test]
fn a_report_of_our_own_is_named_in_every_format() {
    let folder = Dumps::new();
    let dump = folder.write("page.json", page(&records(TWO)));
    for ending in ["json", "csv", "tsv", "parquet", "xlsx"] {
        let file = folder.path(&format!("report.{ending}")).display().to_string();
        let written =
            run(&format!("report '{dump}' --as-of 2026-11-23 --by customer,user --output '{file}'"));
        assert_eq!(written.code, 0, "{}", written.stderr);
        let refused = flat(&run(&format!("report '{file}' --by customer --as-of 2026-11-23")).stderr);
        assert!(refused.contains("a report that usagebook wrote"), "{ending}: {refused}");
        assert!(refused.contains("name the dump or the book"), "{ending}: {refused}");
    }
    let listed = run(&format!("list '{dump}' --format csv"));
    assert_eq!(read("list.csv", listed.stdout), BOTH);
}

#[test]
fn a_column_that_only_the_name_of_a_folder_has_is_read_from_there() {
    let dumps = Dumps::new();
    let record = |user: &str| Record::new(&format!("{user} cpu hour 2026-10 {user} 1.50"));
    let without = |text: String| text.replace(r#""component_type":"cpu","#, "");
    dumps.write("a/component_type=cpu/data_0.json", without(page(&[record("alice")])));
    dumps.write("a/component_type=g%20pu/data_0.ndjson", without(ndjson(&[record("bob"), record("carol")])));
    dumps.write("a/component_type=ram/data_0.csv", record("dan").csv_without(&["component_type"]));
    let intake = intake(&[dumps.path("a").display().to_string()]);
    assert_eq!(intake.faults.count(), 0, "{:?}", intake.faults.first().first().map(ToString::to_string));
    let found = lines(&report(intake, "component,user"));
    for row in
        ["cpu alice hour 1.50 1", "g pu bob hour 1.50 1", "g pu carol hour 1.50 1", "ram dan hour 1.50 1"]
    {
        assert!(found.contains(row), "{found}");
    }
    let missing = record("eve").csv_without(&["component_type"]);
    let refused = read("component_type=__HIVE_DEFAULT_PARTITION__/a.csv", missing);
    assert!(refused.contains("a header without component_type"), "{refused}");
}

#[test]
fn names_of_folders_that_may_be_months_are_named_where_the_month_is_derived() {
    let dumps = Dumps::new();
    let text = Record::new("acme cpu hour 2026-10 alice 1.50")
        .json()
        .replace(",\"billing_period\":\"2026-10-01\"", "");
    let of_folder = |folder: &str| {
        let intake = intake(&[dumps.write(&format!("{folder}/a.json"), format!("[{text}]"))]);
        message(&intake, Code::DerivedPeriod).to_owned()
    };
    let derived = of_folder("y=2026/m=10");
    assert!(derived.contains("\"m=10\", \"y=2026\" were not read"), "{derived}");
    assert!(of_folder("billing_month=2026-10").contains("\"billing_month=2026-10\""));
    assert!(!of_folder("customer=acme/page=1").contains("not read"));
}

#[test]
fn a_price_list_is_what_is_in_it_whatever_it_is_called() {
    let folder = Dumps::new();
    let dump = folder.write("page.json", page(&records(TWO)));
    let toml = "[[price]]\ncomponent_type = \"cpu\"\nmeasured_unit = \"hour\"\ncurrency = \"EUR\"\nunit_price = \"0.5\"\n";
    let table = "component_type,measured_unit,currency,unit_price\ncpu,hour,EUR,0.5\n";
    let priced = |name: &str, bytes: &[u8]| {
        let file = folder.write(name, bytes);
        run(&format!("report '{dump}' --by customer --as-of 2026-11-23 --format csv -q --prices '{file}'"))
    };
    let utf16 = |text: &str, unit: fn(u16) -> [u8; 2]| -> Vec<u8> {
        format!("\u{feff}{text}").encode_utf16().flat_map(unit).collect()
    };
    for (name, bytes) in [
        ("prices.toml", toml.as_bytes().to_vec()),
        ("mark.toml", format!("\u{feff}{toml}\x1a").into_bytes()),
        ("utf16.toml", utf16(toml, u16::to_le_bytes)),
        ("utf16-big-endian.toml", utf16(toml, u16::to_be_bytes)),
        ("toml.csv", format!("# prices\n{toml}").into_bytes()),
        ("prices", table.as_bytes().to_vec()),
        ("table.toml", table.replace(',', ";").into_bytes()),
        ("prices.dat", format!("\u{feff}{}", table.replace(',', "\t")).into_bytes()),
    ] {
        let outcome = priced(name, &bytes);
        assert!(
            outcome.code == 0 && outcome.stdout.contains(",EUR,1.75"),
            "{name}: {}{}",
            outcome.stdout,
            outcome.stderr
        );
    }
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(toml.as_bytes()).unwrap();
    for (name, bytes, expected) in [
        ("prices.json", b"{\"price\": []}".to_vec(), "JSON; expected TOML with [[price]]"),
        ("list.json", b"[\n {\"component_type\": \"cpu\"}]".to_vec(), "JSON; expected TOML with [[price]]"),
        ("prices.toml.gz", gzip.finish().unwrap(), "a file packed by gzip"),
        ("prices.toml.zst", zstd::bulk::compress(toml.as_bytes(), 3).unwrap(), "a file packed by zstd"),
        ("prices.zip", b"PK\x03\x04rest".to_vec(), "a zip archive"),
        ("lower.toml", toml.replace("EUR", "eur").into_bytes(), "in capitals: write \"EUR\""),
        ("exponent.toml", toml.replace("0.5", "1e-3").into_bytes(), "without an exponent: write \"0.001\""),
        ("exponent.csv", table.replace("0.5", "1E-04").into_bytes(), "without an exponent"),
    ] {
        let outcome = priced(name, &bytes);
        let refused = flat(&outcome.stderr);
        assert!(
            outcome.code == 1 && refused.contains(expected) && refused.contains("line "),
            "{name}: {refused}"
        );
    }
    let refused = flat(
        &run(&format!(
            "report '{dump}' --as-of 2026-11-23 --prices '{}' --currency eur",
            folder.path("prices.toml").display()
        ))
        .stderr,
    );
    assert!(refused.contains("write \"EUR\""), "{refused}");
}

#[test]
fn the_month_of_an_invoice_may_be_in_the_name_of_its_folder_and_is_a_month_of_our_time() {
    let folder = Dumps::new();
    let dump = folder.write("page.json", page(&records(TWO)));
    let checked = |name: &str, columns: &str, month: &str| {
        let row = format!("{},cpu,3.5{month}", uuid("acme-resource"));
        let file = folder.write(name, format!("resource_uuid,component_type,quantity{columns}\n{row}\n"));
        let outcome = run(&format!("check '{dump}' --as-of 2026-11-23 --invoices '{file}'"));
        (outcome.code, flat(&(outcome.stdout + &outcome.stderr)))
    };
    for name in ["year=2026/month=10/a.csv", "billing_period=2026-10/a.csv", "period=2026-10-01/a.tsv"] {
        let (code, told) = checked(name, "", "");
        assert!(code == 0 && !told.contains("cannot be used"), "{name}: {told}");
    }
    assert_eq!(checked("b.csv", ",billing_period", ",01.10.2026").0, 0);
    assert_eq!(checked("b.csv", ",year,month", ",2026,10").0, 0);
    for (name, columns, month, expected) in [
        (
            "month=9/a.csv",
            ",billing_period",
            ",2026-10",
            "2026-10; expected the month of its folder, \"month=9\"",
        ),
        ("month=13/a.csv", "", "", "a month in the name of its folder, \"month=13\""),
        ("c.csv", ",year,month", ",1026,10", "\"1026\"; expected a year from 2000 to 2100"),
        ("c.csv", ",year,month", ",26,10", "\"26\"; expected a year from 2000 to 2100"),
        ("c.csv", ",year,month", ",2026,13", "\"13\"; expected a month from 1 to 12"),
        ("c.csv", ",billing_period", ",1026-10", "a month, as 2026-10"),
    ] {
        let (code, told) = checked(name, columns, month);
        assert!(code != 0 && told.contains(expected), "{name} {month}: {told}");
    }
}
