//! Columns of the user's own: joined to customers, projects, offerings and resources, and no figure moves.

use std::fs;

use proptest::prelude::*;
use usagebook::Dimension;
use usagebook::join::Attributes;
use usagebook::report::{Report, ReportSpec};
use usagebook::usecase::{Preparation, Prepared};

use crate::binary::{Outcome, run, said, stdout};
use crate::frames::{intake, lines};
use crate::records::{Dumps, page, records, uuid};

const RECORDS: &str = "
    acme   cpu     hour 2026-10 alice 1.00
    acme   storage GB   2026-10 alice 2.00
    globex cpu     hour 2026-10 bob   4.00
    hooli  cpu     hour 2026-10 alice 8.00
    initech cpu    hour 2026-09 carol 16.00
";

const CENTRES: &str = "customer_name,cost_centre,pi\nacme,4100,Kask\nglobex,4100,\nhooli,,Tamm\n";

/// A report of the records with one attribute file.
fn asked(attributes: impl AsRef<[u8]>, flags: &str) -> Outcome {
    let folder = Dumps::new();
    let dump = folder.write("a.json", page(&records(RECORDS)));
    let file = folder.write("own.csv", attributes);
    let outcome = run(&format!("report '{dump}' --as-of 2026-11-23 --attributes '{file}' {flags}"));
    let name = |text: &str| text.replace(&format!("{}/", folder.text()), "");
    Outcome { stdout: outcome.stdout, stderr: name(&outcome.stderr), code: outcome.code }
}

/// The rows of CSV with the header, without the columns of uuids.
fn rows(attributes: &str, flags: &str) -> String {
    let outcome = asked(attributes, &format!("--format csv {flags}"));
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let is_uuid = |cell: &&str| {
        cell.ends_with("_uuid") || (cell.len() == 32 && cell.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    let line = |line: &str| line.split(',').filter(|cell| !is_uuid(cell)).collect::<Vec<_>>().join(",");
    outcome.stdout.lines().map(line).collect::<Vec<_>>().join("\n")
}

fn refused(attributes: impl AsRef<[u8]>) -> String {
    let outcome = asked(attributes, "");
    assert_eq!((outcome.code, outcome.stdout.as_str()), (1, ""), "{}", outcome.stderr);
    said(&outcome, "error: ").join("\n")
}

fn text(lines: &str) -> String {
    lines.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

#[test]
fn attributes_stand_behind_what_they_hang_on() {
    let expected = text(
        "
        customer_name,cost_centre,pi,component_type,measured_unit,usage,records,users
        acme,4100,Kask,cpu,hour,1.00,1,1
        acme,4100,Kask,storage,GB,2.00,1,1
        globex,4100,,cpu,hour,4.00,1,1
        hooli,,Tamm,cpu,hour,8.00,1,1
    ",
    );
    assert_eq!(rows(CENTRES, "--by customer,component --period 2026-10"), expected);
}

#[test]
fn what_only_addresses_bills_is_no_column_of_a_page_unless_it_is_grouped_by() {
    let customers = "customer_name,address,vat_number,cost_centre\nacme,Main Road 5,DE123,4100\n";
    let flags = "--by customer,component --period 2026-10";
    let header = |text: &str| text.lines().next().unwrap_or_default().to_owned();
    let machine = header(&rows(customers, flags));
    assert!(machine.starts_with("customer_name,address,vat_number,cost_centre,component_type"), "{machine}");
    let page = asked(customers, &format!("{flags} --format html"));
    assert!(matches!(page.code, 0 | 3), "{}", page.stderr);
    assert!(!page.stdout.contains("Main Road 5") && !page.stdout.contains("DE123"));
    assert!(page.stdout.contains("Cost centre") && page.stdout.contains("4100"));
    let page = asked(customers, "--by vat_number,component --period 2026-10 --format html");
    assert!(page.stdout.contains("VAT number") && page.stdout.contains("DE123"), "{}", page.stderr);
}

#[test]
fn attributes_are_grouped_by_and_what_has_none_is_a_group() {
    let expected = text(
        "
        cost_centre,measured_unit,usage,records,users
        ,hour,24.00,2,2
        4100,GB,2.00,1,1
        4100,hour,5.00,2,2
    ",
    );
    assert_eq!(rows(CENTRES, "--by cost_centre"), expected);
}

#[test]
fn an_attribute_that_is_grouped_by_stands_in_its_own_place_only() {
    let expected = text(
        "
        customer_name,pi,cost_centre,measured_unit,usage,records,users
        globex,,4100,hour,4.00,1,1
    ",
    );
    assert_eq!(rows(CENTRES, "--by customer,cost_centre --customer globex"), expected);
}

#[test]
fn an_attribute_that_nothing_in_by_bears_is_no_column() {
    assert_eq!(
        rows(CENTRES, "--by period --period 2026-09").lines().next(),
        Some("period,measured_unit,usage,records,users")
    );
}

#[test]
fn no_value_is_shown_to_people_as_such_and_is_null_beside_its_entity() {
    let table = asked(CENTRES, "--by cost_centre,pi").stdout;
    assert!(table.contains("\n(none)       (none)  hour  16.00"), "{table}");
    let json = asked(CENTRES, "--by cost_centre --format ndjson").stdout;
    assert!(json.starts_with(r#"{"cost_centre":"","measured_unit":"hour""#), "{json}");
    let json = asked(CENTRES, "--by customer --period 2026-10 --format ndjson").stdout;
    assert!(json.contains(r#""customer_name":"globex","cost_centre":"4100","pi":null,"#), "{json}");
    let json = asked(CENTRES, "--by cost_centre --format json").stdout;
    assert!(json.contains(r#"{"name":"cost_centre","type":"text"}"#), "{json}");
    assert!(json.contains(r#"{"cost_centre":null,"measured_unit":"GB","usage":"2.00""#), "totals: {json}");
}

#[test]
fn what_the_file_does_not_have_is_named_and_so_are_rows_of_nothing() {
    let file = format!("{CENTRES}umbrella,4200,\n");
    let outcome = asked(&file, "--by cost_centre");
    let notes = said(&outcome, "note: ").join("\n");
    let missing = format!(
        "1 customer has no row in own.csv: \"initech\" ({}). Their usage is in the figures, and has no value in the columns of this file.",
        uuid("initech")
    );
    assert!(notes.contains(&missing), "{notes}");
    let nothing =
        "own.csv: 1 row belongs to no customer of the records that were read: \"umbrella\" (line 5).";
    assert!(notes.contains(nothing), "{notes}");
    // What is not reported on needs no row.
    let october = asked(&file, "--by cost_centre --period 2026-10");
    assert!(!october.stderr.contains("initech"), "{}", october.stderr);
    let filtered = asked(&file, "--by cost_centre --customer acme");
    assert!(!filtered.stderr.contains("has no row"), "{}", filtered.stderr);
    // What it is set against does.
    let compared = asked(&file, "--by customer --period 2026-10 --compare previous-month");
    assert!(compared.stderr.contains("\"initech\""), "{}", compared.stderr);
}

#[test]
fn uuids_match_in_every_writing_and_names_beside_them_are_for_people() {
    let dashed = |name: &str| {
        let uuid = uuid(name).to_uppercase();
        format!("{}-{}-{}-{}-{}", &uuid[..8], &uuid[8..12], &uuid[12..16], &uuid[16..20], &uuid[20..])
    };
    let file = format!(
        "\u{feff}customer_uuid;customer_name;cost_centre;\r\n{};an old name;4100;\r\n{};;\"a;\"\"b\"\"\";\r\n;;;\r\n",
        dashed("acme"),
        uuid("globex")
    );
    let expected = text(
        "
        cost_centre,measured_unit,usage,records,users
        4100,GB,2.00,1,1
        4100,hour,1.00,1,1
    ",
    );
    let rows = rows(&file, "--by cost_centre --period 2026-10 --customer acme");
    assert_eq!(rows, expected);
    let quoted = asked(&file, "--by cost_centre --customer globex --format csv");
    assert!(quoted.stdout.contains("\"a;\"\"b\"\"\",hour,4.00"), "{}", quoted.stdout);
}

#[test]
fn resources_offerings_and_projects_bear_attributes_as_well() {
    for (key, name, by) in [
        ("project_name", "acme-project", "project"),
        ("resource_name", "acme-resource", "resource"),
        ("offering_uuid", "cluster", "offering"),
    ] {
        let name = if key.ends_with("uuid") { uuid(name) } else { name.to_owned() };
        let file = format!("{key},grant_number\n{name},PRG-7\n");
        let rows = rows(&file, &format!("--by {by} --type storage"));
        assert!(rows.lines().nth(1).is_some_and(|row| row.contains(",PRG-7,GB,2.00")), "{rows}");
    }
}

#[test]
fn two_matches_are_an_error_that_names_both() {
    let twice = refused("customer_name,a\nacme,1\nglobex,2\nacme,3\n");
    assert_eq!(
        twice,
        "own.csv: line 4: customer_name \"acme\" again, as in line 2; expected one row for each"
    );
    let upper = uuid("acme").to_uppercase();
    let twice = refused(format!("customer_uuid,a\n{},1\n{upper},2\n", uuid("acme")));
    assert!(twice.contains("line 3") && twice.contains("as in line 2"), "{twice}");

    let folder = Dumps::new();
    let shared = RECORDS.lines().filter(|line| line.contains("acme") || line.contains("hooli"));
    let shared: String = shared.map(|line| format!("{line} customer_name=Twin\n")).collect();
    let dump = folder.write("a.json", page(&records(&shared)));
    let file = folder.write("own.csv", "customer_name,a\nTwin,1\n");
    let outcome = run(&format!("report '{dump}' --as-of 2026-11-23 --attributes '{file}'"));
    let mut uuids = [uuid("acme"), uuid("hooli")];
    uuids.sort();
    let expected = format!(
        "line 2: 2 customers are named \"Twin\": {}; expected customer_uuid as the key",
        uuids.join(", ")
    );
    assert_eq!(outcome.code, 1);
    assert!(outcome.stderr.contains(&expected), "{}", outcome.stderr);
}

#[test]
fn a_file_that_is_no_attribute_file_is_refused_with_its_line() {
    for (file, expected) in [
        ("name,a\nacme,1\n", "line 1: \"name\" as the first column; expected one of customer_uuid,"),
        ("customer_name\nacme\n", "line 1: no column beside customer_name; expected columns of your own"),
        (
            "customer_name,Cost Centre\nacme,1\n",
            "line 1: the column \"Cost Centre\"; expected a name of lower-case",
        ),
        ("customer_name,usage\nacme,1\n", "line 1: the column usage, which reports have already"),
        (
            "customer_name,project_uuid\nacme,1\n",
            "line 1: the column project_uuid, which reports have already",
        ),
        ("customer_name,user\nacme,1\n", "line 1: the column user, which reports have already"),
        ("customer_uuid,a\nacme,1\n", "line 2: customer_uuid is \"acme\"; expected a uuid"),
        ("customer_name,a\n,1\n", "line 2: customer_name is \"\"; expected a name"),
        ("customer_name,a\nacme\n", "line 2: 1 cell; expected 2, as in the header"),
    ] {
        let message = refused(file);
        assert!(message.contains(expected), "{message}");
    }
    let latin = [b"customer_name;a\nM".as_slice(), b"\xfc;1\n"].concat();
    assert!(refused(latin).contains(
        "line 2: the byte 0xFC, which is not UTF-8; expected UTF-8; in a spreadsheet save the table as"
    ));
}

#[test]
fn a_packed_table_is_refused_as_packed_and_a_packed_dump_is_read() {
    let packed = |text: &str| zstd::encode_all(text.as_bytes(), 1).unwrap();
    let message = refused(packed("customer_name,cost_centre\nacme,4100\n"));
    assert!(message.contains("own.csv: line 1: a file packed by zstd; expected a table"), "{message}");
    assert!(message.ends_with("unpack it first: zstd -d"), "{message}");
    let dump = format!("[{{\"uuid\":{:?},\"country\":\"EE\"}}]", uuid("acme"));
    let outcome = asked(packed(&dump), "--by customer --format csv");
    assert!(outcome.stdout.contains(",EE,"), "{}{}", outcome.stdout, outcome.stderr);
}

#[test]
fn one_name_in_two_files_is_refused_and_an_unknown_dimension_says_which_there_are() {
    let folder = Dumps::new();
    let dump = folder.write("a.json", page(&records(RECORDS)));
    let first = folder.write("a.csv", "customer_name,a\nacme,1\n");
    let second = folder.write("b.csv", "project_name,a\nacme-project,1\n");
    let line = format!("report '{dump}' --as-of 2026-11-23 --attributes '{first}' --attributes '{second}'");
    let outcome = run(&line);
    assert_eq!(outcome.code, 1);
    assert!(
        outcome.stderr.contains("which") && outcome.stderr.contains("a.csv has already"),
        "{}",
        outcome.stderr
    );
    let outcome = asked(CENTRES, "--by cost_center");
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("component, user, cost_centre, pi"), "{}", outcome.stderr);
}

#[test]
fn the_manifest_names_the_files_and_no_output_takes_their_place() {
    let folder = Dumps::new();
    let dump = folder.write("a.json", page(&records(RECORDS)));
    let file = folder.write("own.csv", CENTRES);
    let manifest = folder.path("manifest.json");
    stdout(&format!(
        "report '{dump}' --as-of 2026-11-23 --attributes '{file}' --format csv --manifest '{}'",
        manifest.display()
    ));
    let manifest: serde_json::Value =
        serde_json::from_slice(&fs::read(manifest).expect("a manifest")).expect("JSON");
    let input = &manifest["inputs"][1];
    assert_eq!(input["path"], file.as_str());
    assert_eq!(input["bytes"], CENTRES.len());
    assert_eq!(input["sha256"].as_str().map(str::len), Some(64));
    let outcome = run(&format!("report '{dump}' --as-of 2026-11-23 --attributes '{file}' -o '{file}'"));
    assert_eq!(outcome.code, 2, "{}", outcome.stderr);
    assert_eq!(fs::read_to_string(&file).expect("it is still there"), CENTRES);
}

#[test]
fn the_real_pages_come_to_the_same_with_attributes() {
    let flags = "report fixtures/real/complete --as-of 2026-11-23 --format csv";
    let joined = "--attributes fixtures/join/customers.csv --attributes fixtures/join/projects-excel.csv";
    let plain = stdout(flags);
    let with = stdout(&format!("{flags} {joined}"));
    let header = with.lines().next().expect("a header");
    assert!(header.starts_with(
        "period,customer_uuid,customer_name,cost_centre,invoice_address,project_uuid,project_name,pi,grant,offering_uuid,"
    ));
    let cut = |text: &str, own: &[usize]| {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
        let kept = |record: csv::StringRecord| {
            let cells = record.iter().enumerate().filter(|(at, _)| !own.contains(at));
            cells.map(|(_, cell)| cell.to_owned()).collect::<Vec<_>>()
        };
        reader.records().map(|record| kept(record.expect("a row"))).collect::<Vec<_>>()
    };
    assert_eq!(cut(&with, &[3, 4, 7, 8]), cut(&plain, &[]));
    assert!(with.contains("\"Zeile; mit \"\"Semikolon\"\"\",PRG-12,"), "quoted cells of a spreadsheet");
}

#[test]
fn credits_stand_under_the_attributes_of_their_customer_even_without_usage() {
    let folder = Dumps::new();
    let card = format!(
        "[rounding]\nmode = \"up\"\ndecimals = 2\nper = \"line\"\n\
         [[price]]\noffering = \"cluster\"\ncomponent_type = \"cpu\"\nmeasured_unit = \"hour\"\nunit_price = \"1\"\ncurrency = \"EUR\"\n\
         [[credit]]\ncustomer_uuid = \"{}\"\nperiod = \"2026-10\"\namount = \"6\"\ncurrency = \"EUR\"\ndescription = \"Outage\"\n",
        uuid("umbrella")
    );
    let card = folder.write("rates.toml", card);
    let file = format!("customer_uuid,cost_centre\n{},4200\n", uuid("umbrella"));
    let outcome = asked(
        &file,
        &format!("--by cost_centre --period 2026-10 --prices '{card}' --unpriced omit --format csv"),
    );
    assert_eq!(outcome.code, 3, "{}", outcome.stderr);
    assert!(outcome.stdout.lines().any(|line| line.starts_with("4200,,,EUR,-6.00,")), "{}", outcome.stdout);
    let outcome = asked(
        &file,
        &format!("--by customer --period 2026-10 --prices '{card}' --unpriced omit --format csv"),
    );
    assert!(outcome.stdout.contains(",4200,,,EUR,-6.00,"), "{}", outcome.stdout);
}

/// A report of the records with attributes of customers, and one without.
fn both(lines: &str, centres: &[Option<u8>], by: &str) -> (Report, Report) {
    let folder = Dumps::new();
    let dump = folder.write("a.json", page(&records(lines)));
    let rows = centres.iter().enumerate();
    let rows = rows.filter_map(|(at, centre)| Some(format!("customer{at},{}\n", (*centre)?)));
    let file = folder.path("own.csv");
    fs::write(&file, format!("customer_name,centre\n{}", rows.collect::<String>())).expect("a file");
    let attributes = || Attributes::read(std::slice::from_ref(&file), None).expect("an attribute file");
    let as_of = "2026-11-23".parse().expect("a date");
    let report = |is_joined: bool, by: &str| {
        let intake = intake(std::slice::from_ref(&dump));
        let own = attributes();
        let by = Dimension::parse_list_with(by, &attributes().list()).expect("dimensions");
        let spec = ReportSpec { by, ..ReportSpec::monthly(as_of) };
        let asked = Preparation { attributes: is_joined.then_some(&own), ..Preparation::of(&spec) };
        Prepared::new(intake, &asked).and_then(|prepared| prepared.report(&spec)).expect("a report")
    };
    (report(true, by), report(false, "customer"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn groups_of_an_attribute_hold_what_their_customers_do(
        usage in prop::collection::vec(-500..100_000_i32, 6),
        centres in prop::collection::vec(prop::option::of(0..3_u8), 6),
    ) {
        let quantity = |hundredths: i32| usagebook::Quantity::from_hundredths(hundredths.into());
        let dump: String = usage.iter().enumerate().map(|(at, usage)| {
            format!("customer{at} cpu hour 2026-10 user{at} {}\n", quantity(*usage))
        }).collect();
        let (grouped, plain) = both(&dump, &centres, "centre");
        let mut sums = std::collections::BTreeMap::new();
        for (usage, centre) in usage.iter().zip(&centres) {
            let sum: &mut (i32, u32) = sums.entry(*centre).or_default();
            *sum = (sum.0 + usage, sum.1 + 1);
        }
        let line = |(centre, (usage, count)): (Option<u8>, (i32, u32))| {
            let centre = centre.map_or(String::new(), |centre| centre.to_string());
            format!("{centre} hour {} {count} {count}", quantity(usage))
        };
        prop_assert_eq!(lines(&grouped), sums.into_iter().map(line).collect::<Vec<_>>().join("\n"));
        let total = |report: &Report| crate::frames::rows(&report.totals, report.columns.len())[0].split_off(1).join(" ");
        prop_assert!(total(&plain).ends_with(&total(&grouped)), "{} and {}", total(&plain), total(&grouped));
    }
}
