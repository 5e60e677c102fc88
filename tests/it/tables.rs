//! Tables as spreadsheets and programs save them, wherever the command line takes one.

use std::io::{Read as _, Write as _};

use rust_xlsxwriter::{Format, Formula, Workbook};

use crate::binary::{Outcome, run, said};
use crate::records::{Dumps, csv, page, records, uuid};

const RECORDS: &str = "acme cpu hour 2026-10 alice 1.50\nglobex cpu hour 2026-10 bob 2.00";

/// A workbook of text cells, and of number cells where `1.5` stands.
fn workbook(rows: &[&[&str]]) -> Vec<u8> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for (at, cells) in rows.iter().enumerate() {
        for (column, cell) in cells.iter().enumerate() {
            let place = (at as u32, column as u16);
            match cell.parse::<f64>() {
                Ok(number) => sheet.write(place.0, place.1, number).unwrap(),
                Err(_) => sheet.write(place.0, place.1, *cell).unwrap(),
            };
        }
    }
    workbook.save_to_buffer().unwrap()
}

fn utf16(text: &str) -> Vec<u8> {
    format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// The same table in several ways.
fn ways(rows: &[&[&str]]) -> Vec<(String, Vec<u8>)> {
    let text = |separator: &str, comma: &str, end: &str| {
        let cell = |cell: &&str| match cell.parse::<f64>() {
            Ok(_) => cell.replace('.', comma),
            Err(_) => (*cell).to_owned(),
        };
        let line = |cells: &&[&str]| cells.iter().map(cell).collect::<Vec<_>>().join(separator) + end;
        rows.iter().map(line).collect::<String>()
    };
    let plain = text(",", ".", "\n");
    vec![
        ("plain.csv".to_owned(), plain.clone().into_bytes()),
        ("europe.csv".to_owned(), format!("\u{feff}{}", text(";", ",", ";\r\n") + ";;;;\r\n").into_bytes()),
        ("sep.csv".to_owned(), ("sep=;\r\n".to_owned() + &text(";", ",", "\r\n")).into_bytes()),
        ("type.csv".to_owned(), ("#TYPE X\r\n".to_owned() + &plain).into_bytes()),
        ("tab.tsv".to_owned(), utf16(&text("\t", ",", "\r\n"))),
        ("cr.csv".to_owned(), text(",", ".", "\r").into_bytes()),
        ("crcrlf.csv".to_owned(), text(",", ".", "\r\r\n").into_bytes()),
        ("joined.csv".to_owned(), (plain.clone() + plain.lines().next().unwrap() + "\n").into_bytes()),
        ("titles.csv".to_owned(), {
            let (header, rest) = plain.split_once('\n').unwrap();
            format!("{}\n{rest}", header.replace('_', " ").to_uppercase()).into_bytes()
        }),
        ("book.xlsx".to_owned(), workbook(rows)),
    ]
}

/// What a command prints about the records, with a table in the place of `{}`.
fn asked(line: &str, name: &str, table: &[u8]) -> Outcome {
    let folder = Dumps::new();
    let dump = folder.write("page.json", page(&records(RECORDS)));
    let file = folder.write(name, table);
    let outcome = run(&line.replace("DUMP", &format!("'{dump}'")).replace("{}", &format!("'{file}'")));
    let name = |text: &str| text.replace(&format!("{}/", folder.text()), "");
    Outcome { stdout: name(&outcome.stdout), stderr: name(&outcome.stderr), code: outcome.code }
}

fn check(line: &str, rows: &[&[&str]], expected: &str) {
    // Names of a user's own columns have to be spelled as they are.
    let is_own = line.contains("--attributes");
    for (name, table) in ways(rows).into_iter().filter(|(name, _)| !(is_own && name == "titles.csv")) {
        let outcome = asked(line, &name, &table);
        assert_eq!(outcome.code, 0, "{name}: {}", outcome.stderr);
        let found: Vec<&str> =
            outcome.stdout.lines().skip(1).map(|line| line.split_once(',').unwrap().1).collect();
        assert_eq!(found.join("\n"), expected, "{name}");
    }
}

const REPORT: &str = "report DUMP --as-of 2026-11-23 --by customer --format csv -q";

#[test]
fn prices_are_read_as_any_program_saves_them() {
    let rows: [&[&str]; 2] =
        [&["component_type", "measured_unit", "currency", "unit_price"], &["cpu", "hour", "EUR", "0.5"]];
    for (name, table) in ways(&rows) {
        let outcome = asked(&format!("{REPORT} --prices {{}}"), &name, &table);
        assert_eq!(outcome.code, 0, "{name}: {}", outcome.stderr);
        assert!(
            outcome.stdout.contains(",EUR,0.75") && outcome.stdout.contains(",EUR,1.00"),
            "{name}: {}",
            outcome.stdout
        );
    }
}

#[test]
fn attributes_are_read_as_any_program_saves_them() {
    let rows: [&[&str]; 3] = [&["customer_name", "cost_centre"], &["acme", "north"], &["globex", "south"]];
    check(
        "report DUMP --as-of 2026-11-23 --by component,cost_centre --format csv -q --attributes {}",
        &rows,
        "north,hour,1.50,1,1\nsouth,hour,2.00,1,1",
    );
}

#[test]
fn records_are_read_as_any_program_saves_them() {
    let text = csv(&records(RECORDS));
    let lines: Vec<Vec<&str>> =
        text.lines().map(|line| line.split(',').map(|cell| cell.trim_matches('"')).collect()).collect();
    let rows: Vec<&[&str]> = lines.iter().map(Vec::as_slice).collect();
    check(
        "report {} --as-of 2026-11-23 --by component,user --format csv -q",
        &rows,
        "alice,hour,1.50,1,1\nbob,hour,2.00,1,1",
    );
}

#[test]
fn budgets_are_read_as_any_program_saves_them() {
    let rows: [&[&str]; 2] =
        [&["period", "component_type", "measured_unit", "budget"], &["2026-10", "cpu", "hour", "7.5"]];
    check(
        "report DUMP --as-of 2026-11-23 --by period,component --format csv -q --budget {}",
        &rows,
        "cpu,hour,3.50,7.50,4.00,46.67,,yes,2,2",
    );
}

#[test]
fn invoices_are_read_as_any_program_saves_them() {
    let resources = ["acme-resource", "globex-resource"].map(uuid);
    let rows: [&[&str]; 3] = [
        &["resource_uuid", "component_type", "quantity", "billing_period"],
        &[&resources[0], "cpu", "1.5", "2026-10"],
        &[&resources[1], "cpu", "2.25", "2026-10"],
    ];
    for (name, table) in ways(&rows) {
        let outcome = asked("check DUMP --as-of 2026-11-23 --invoices {}", &name, &table);
        assert!(
            outcome.stdout.contains("invoice_differs: 1 component of a resource"),
            "{name}: {}",
            outcome.stdout
        );
    }
}

#[test]
fn a_month_that_a_spreadsheet_made_a_date_of_is_named() {
    let table = "component_type,measured_unit,currency,unit_price,valid_from\ncpu,hour,EUR,0.02,Oct-26\n";
    let outcome = asked(&format!("{REPORT} --prices {{}}"), "rates.csv", table.as_bytes());
    assert_eq!(outcome.code, 1);
    assert_eq!(
        said(&outcome, "error: "),
        [
            "rates.csv: line 2: valid_from is \"Oct-26\"; expected a month, as 2026-10 or 2026-10-01; in a spreadsheet \
          format the column as text before you type it"
        ]
    );
}

#[test]
fn customers_and_projects_of_the_portal_are_attributes() {
    let customer = |name: &str, country: &str| {
        format!(
            r#"{{"url":"https://x/api/customers/{0}/","uuid":"{0}","name":"{name}","country":"{country}","agreement_number":null}}"#,
            uuid(name)
        )
    };
    let customers =
        format!("[{},{},{}]", customer("acme", "EE"), customer("globex", "FI"), customer("new", "SE"));
    let by = "report DUMP --as-of 2026-11-23 --format csv --by component,";
    let outcome = asked(&format!("{by}country --attributes {{}}"), "customers.json", customers.as_bytes());
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert!(
        outcome.stdout.contains("cpu,EE,hour,1.50") && outcome.stdout.contains("cpu,FI,hour,2.00"),
        "{}",
        outcome.stdout
    );
    assert!(!outcome.stderr.contains("unmatched_row"), "{}", outcome.stderr);
    let project = format!(
        r#"[{{"uuid":"{}","customer_uuid":"{}","name":"acme-project","oecd_fos_2007_code":"1.2"}}]"#,
        uuid("acme-project"),
        uuid("acme")
    );
    let outcome =
        asked(&format!("{by}oecd_fos_2007_code --attributes {{}}"), "projects.json", project.as_bytes());
    assert!(outcome.stdout.contains("cpu,1.2,hour,1.50"), "{}{}", outcome.stdout, outcome.stderr);
    let records = page(&records(RECORDS));
    let outcome = asked(&format!("{by}country --attributes {{}}"), "wrong.json", records.as_bytes());
    assert_eq!(outcome.code, 1);
    assert!(said(&outcome, "error: ")[0].contains("an object of another endpoint"), "{}", outcome.stderr);
}

#[test]
fn utf16_that_ends_within_a_character_is_named_in_every_kind_of_file() {
    let folder = Dumps::new();
    let dump = folder.write("dump.json", page(&records(RECORDS)));
    let cut = |name: &str, text: &str| {
        let mut bytes = utf16(text);
        bytes.pop();
        folder.write(name, bytes)
    };
    let attributes = cut("a.csv", "customer_name,cost_centre\nacme,4100\n");
    let parents = cut("p.json", "[{\"uuid\":\"1\",\"usage\":\"1.00\"}]\n");
    let invoices = cut("i.csv", "resource_uuid,quantity\n1,2\n");
    for line in [
        format!("report '{dump}' --attributes '{attributes}'"),
        format!("check '{dump}' --parents '{parents}'"),
        format!("check '{dump}' --invoices '{invoices}'"),
    ] {
        let outcome = run(&format!("{line} --as-of 2026-11-23"));
        let said = outcome.stdout + &outcome.stderr;
        assert!(said.contains("text in UTF-16 that ends within a character"), "{line}: {said}");
    }
}

#[test]
fn component_usages_and_invoices_are_read_by_field_names_in_any_case() {
    let folder = Dumps::new();
    let dump = folder.write("dump.json", page(&records("acme cpu hour 2026-10 alice 1.50")));
    let parent = |usage: &str, name: fn(&str) -> String| {
        let fields = [
            ("uuid", uuid("acme/cpu/2026-10")),
            ("usage", usage.to_owned()),
            ("type", "cpu".to_owned()),
            ("measured_unit", "hour".to_owned()),
            ("billing_period", "2026-10-01".to_owned()),
            ("date", "2026-10-15T12:00:00Z".to_owned()),
            ("resource_uuid", uuid("acme-resource")),
            ("resource_name", "acme-resource".to_owned()),
        ];
        let fields = fields.map(|(field, value)| format!("{:?}:{value:?}", name(field)));
        format!("[{{{}}}]", fields.join(","))
    };
    let checked = |parents: String| {
        let file = folder.write("p.json", parents);
        let outcome = run(&format!("check '{dump}' --parents '{file}' --as-of 2026-11-23 --format json"));
        (outcome.code, outcome.stdout)
    };
    for usage in ["1.50", "1.00"] {
        let plain = checked(parent(usage, str::to_owned));
        assert_eq!(checked(parent(usage, str::to_uppercase)), plain, "{usage}");
        assert_eq!(plain.1.contains("\"code\": \"users_exceed_parent\"") || plain.0 == 3, usage == "1.00");
    }
}

/// Offering users as the portal lists them: offering, username and real name.
fn offering_users(lines: &[[&str; 3]]) -> String {
    let user = |[offering, username, name]: &[&str; 3]| {
        let own = uuid(&format!("{offering}/{username}/{name}"));
        format!(
            r#"{{"url":"https://x/api/marketplace-offering-users/{own}/","uuid":"{own}","username":{username},"offering":"https://x/api/marketplace-public-offerings/{0}/","offering_uuid":"{0}","user_full_name":"{name}","user_email":"x@y"}}"#,
            uuid(offering)
        )
    };
    format!("[{}]", lines.iter().map(user).collect::<Vec<_>>().join(","))
}

#[test]
fn the_people_behind_usernames_are_those_of_the_offerings_in_which_they_are_used() {
    let used = |customer: &str, offering: &str, user: &str| {
        format!(
            "{customer} cpu hour 2026-10 {user} 1.00 offering_uuid={0} offering_name={0}\n",
            uuid(offering)
        )
    };
    let lines = [used("acme", "hpc", "alice"), used("globex", "cloud", "alice"), used("acme", "hpc", "bob")];
    let folder = Dumps::new();
    let dump = folder.write("dump.json", page(&records(&lines.concat())));
    let users = folder.write(
        "users.json",
        offering_users(&[
            ["hpc", "\"alice\"", "Alice Kask"],
            ["cloud", "\"alice\"", "Alice Tamm"],
            ["other", "\"bob\"", "Nobody Here"],
            ["hpc", "null", "Not Yet"],
        ]),
    );
    let rows = |more: &str| -> Vec<String> {
        let line =
            format!("report '{dump}' --as-of 2026-11-23 --format csv --by user --attributes '{users}'");
        let outcome = run(&format!("{line} {more}"));
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        let row = |line: &str| line.split(',').take(2).collect::<Vec<_>>().join(",");
        outcome.stdout.lines().map(row).collect()
    };
    assert_eq!(rows(""), ["username,user_full_name", "alice,Alice Kask; Alice Tamm", "bob,"]);
    assert_eq!(rows("--customer acme"), ["username,user_full_name", "alice,Alice Kask", "bob,"]);
    let outcome = run(&format!("report '{dump}' --as-of 2026-11-23 --by user --attributes '{users}'"));
    let note = "1 username of the records that were read has no user_full_name in";
    assert_eq!(outcome.stderr.matches(note).count(), 1, "{}", outcome.stderr);
    let to = folder.path("sent").display().to_string();
    let outcome = run(&format!(
        "statements '{dump}' --period 2026-10 --as-of 2026-11-23 --users --format html --attributes '{users}' --to '{to}'"
    ));
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let sent = |customer: &str| {
        let mut files = std::fs::read_dir(&to).unwrap().map(|entry| entry.unwrap().path());
        let is_own =
            |path: &std::path::PathBuf| path.file_name().unwrap().to_string_lossy().starts_with(customer);
        std::fs::read_to_string(files.find(is_own).expect("a statement")).unwrap()
    };
    let (acme, globex) = (sent("acme"), sent("globex"));
    assert!(acme.contains("Alice Kask") && !acme.contains("Tamm"));
    assert!(globex.contains("Alice Tamm") && !globex.contains("Kask"));
}

#[test]
fn the_people_behind_usernames_never_stand_beside_pseudonyms_and_group_nothing() {
    let users = offering_users(&[["hpc", "\"alice\"", "Alice Kask"]]);
    let folder = Dumps::new();
    let key = folder.write("key", "0123456789abcdef");
    std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    for line in [
        "report DUMP --as-of 2026-11-23 --by user".to_owned(),
        "report DUMP --as-of 2026-11-23 --by customer".to_owned(),
        format!(
            "statements DUMP --as-of 2026-11-23 --period 2026-10 --to '{}'",
            folder.path("out").display()
        ),
    ] {
        let outcome =
            asked(&format!("{line} --pseudonyms '{key}' --attributes {{}}"), "users.json", users.as_bytes());
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{line}");
        let error = "--pseudonyms needs --attributes without offering users";
        assert!(outcome.stderr.contains(error) && !outcome.stderr.contains("Kask"), "{}", outcome.stderr);
    }
    let line = "report DUMP --as-of 2026-11-23 --by user_full_name --attributes {}";
    let outcome = asked(line, "users.json", users.as_bytes());
    assert_eq!(outcome.code, 2);
    assert!(
        outcome.stderr.contains("user, which shows user_full_name beside each username"),
        "{}",
        outcome.stderr
    );
    let nameless = users.replace("Alice Kask", "");
    let outcome = asked("report DUMP --as-of 2026-11-23 --attributes {}", "users.json", nameless.as_bytes());
    assert_eq!(outcome.code, 1);
    assert!(
        said(&outcome, "error: ")[0].contains("no user_full_name of any offering user"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn a_double_of_more_than_fifteen_digits_is_imprecise_in_a_dump_and_in_a_book() {
    let folder = Dumps::new();
    let text = csv(&records("acme cpu hour 2026-10 alice 12345678901234.56"));
    let dump = folder.write("dump.csv", &text);
    let notes = |line: &str| {
        let outcome = run(line);
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        outcome.stderr.contains("has a usage of more ")
    };
    assert!(notes(&format!("report '{dump}' --as-of 2026-11-23")));
    let book = folder.path("a.book").display().to_string();
    assert_eq!(run(&format!("add --new '{dump}' --book '{book}' --pulled-at 2026-11-02T08:00:00Z")).code, 0);
    assert!(notes(&format!("report --book '{book}' --as-of 2026-11-23")));
}

const ATTRIBUTES: &str =
    "report DUMP --as-of 2026-11-23 --by component,cost_centre --format csv -q --attributes {}";

/// A workbook of attributes whose cost centre is written by `write` to row 2.
fn cost_centres(write: impl Fn(&mut rust_xlsxwriter::Worksheet)) -> Vec<u8> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.set_name("Centres").unwrap();
    for (column, name) in ["customer_uuid", "cost_centre"].into_iter().enumerate() {
        sheet.write(0, column as u16, name).unwrap();
    }
    sheet.write(1, 0, uuid("acme")).unwrap();
    write(sheet);
    sheet.write(2, 0, uuid("globex")).unwrap();
    sheet.write(2, 1, "0099").unwrap();
    workbook.save_to_buffer().unwrap()
}

#[test]
fn a_cell_in_the_last_column_or_row_of_a_sheet_costs_no_time() {
    let begin = std::time::Instant::now();
    for (row, found) in
        [(0, "text in column"), (3, "line 4: 16,384 cells"), (1_048_575, "line 1048576: 16,384 cells")]
    {
        let book = cost_centres(|sheet| {
            sheet.write(1, 1, "0042").unwrap();
            sheet.write(row, 16_383, "x").unwrap();
        });
        let outcome = asked(ATTRIBUTES, "centres.xlsx", &book);
        let is_good = outcome.code == 0 && row == 0;
        assert!(is_good || outcome.code == 1 && outcome.stderr.contains(found), "{row}: {}", outcome.stderr);
    }
    let blank = cost_centres(|sheet| {
        sheet.write(1, 1, "0042").unwrap();
        sheet.write(1_048_575, 16_383, " ").unwrap();
    });
    assert_eq!(asked(ATTRIBUTES, "centres.xlsx", &blank).code, 0);
    assert!(begin.elapsed() < std::time::Duration::from_secs(15), "{:?}", begin.elapsed());
}

#[test]
fn a_code_has_the_zeros_that_its_format_shows() {
    let book = cost_centres(|sheet| {
        sheet.write_with_format(1, 1, 42.0, &Format::new().set_num_format("0000")).unwrap();
    });
    let outcome = asked(ATTRIBUTES, "centres.xlsx", &book);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert!(outcome.stdout.contains("cpu,0042,hour,1.50"), "{}", outcome.stdout);
}

#[test]
fn a_cell_without_a_value_is_named_by_its_sheet_and_place() {
    let error = cost_centres(|sheet| {
        sheet.write(1, 1, Formula::new("=1/0").set_result("#DIV/0!")).unwrap();
    });
    let format = cost_centres(|sheet| {
        sheet.write_with_format(1, 1, 4200.0, &Format::new().set_num_format("000-00")).unwrap();
    });
    for (book, found, way_out) in [
        (error, "#DIV/0! in cell B2", "a formula failed there; correct it in the spreadsheet"),
        (format, "a number in the format \"000-00\": 4200 in cell B2", "format the column as text"),
    ] {
        let outcome = asked(ATTRIBUTES, "centres.xlsx", &book);
        assert_eq!(outcome.code, 1, "{}", outcome.stdout);
        let expected = format!("centres.xlsx: sheet \"Centres\": line 2: {found}");
        assert!(outcome.stderr.contains(&expected) && outcome.stderr.contains(way_out), "{}", outcome.stderr);
    }
    let text = format!("customer_uuid,cost_centre\n{},#REF!\n", uuid("acme"));
    let outcome = asked(ATTRIBUTES, "centres.csv", text.as_bytes());
    assert!(outcome.stderr.contains("centres.csv: line 2: #REF! in cell B2"), "{}", outcome.stderr);
}

#[test]
fn a_table_that_is_none_is_named_for_what_it_is() {
    let whole = cost_centres(|_| ());
    let above = "Cost centres;\n\ncustomer_uuid;customer_name;cost_centre\nx;acme;1\n";
    let other = "sep=,\ncustomer_uuid;customer_name;cost_centre\nx;acme;1\n";
    for (name, bytes, expected) in [
        ("a.xlsx", whole[..whole.len() - 200].to_vec(), "a workbook (.xlsx) that is cut off or damaged"),
        ("a.csv", b"PAR1\0".to_vec(), "a Parquet file"),
        ("a.csv", above.into(), "\"Cost centres\" above the names of the columns, which are in line 3"),
        ("a.csv", other.into(), "a line sep= with ',', but ';' between the names of the columns"),
    ] {
        let outcome = asked(ATTRIBUTES, name, &bytes);
        assert_eq!(outcome.code, 1, "{expected}: {}", outcome.stdout);
        assert!(outcome.stderr.contains(expected), "{}", outcome.stderr);
    }
    // Other tables are not unpacked.
    let outcome = asked(&format!("{REPORT} --prices {{}}"), "rates.csv", b"\x1f\x8b\x08\0");
    let expected =
        "a file packed by gzip; expected TOML, or a table as CSV, TSV or .xlsx; unpack it first: gzip -d";
    assert!(outcome.stderr.contains(expected), "{}", outcome.stderr);
}

/// The bytes with other ones of the same length in their place.
fn replaced(mut bytes: Vec<u8>, from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    while let Some(at) = bytes.windows(from.len()).position(|window| window == from.as_bytes()) {
        bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
    }
    bytes
}

/// A workbook whose list of sheets has another name, as a broken program writes it.
fn renamed(workbook: &[u8], from: &str, to: &str) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(workbook)).expect("an archive");
    let mut out = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for at in 0..archive.len() {
        let mut entry = archive.by_index(at).expect("an entry");
        let name = entry.name().expect("a name").into_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).expect("it is read");
        let bytes = if name == "xl/workbook.xml" { replaced(bytes, from, to) } else { bytes };
        out.start_file(name, zip::write::SimpleFileOptions::default()).expect("it is begun");
        out.write_all(&bytes).expect("it is written");
    }
    out.finish().expect("it is finished").into_inner()
}

#[test]
fn a_workbook_with_a_sheet_twice_is_one_clear_error() {
    let mut book = Workbook::new();
    for name in ["Centres", "Another"] {
        let sheet = book.add_worksheet().set_name(name).expect("a name");
        sheet.write_row(0, 0, ["customer_uuid", "cost_centre"]).expect("a header");
        sheet.write_row(1, 0, [uuid("acme"), name.to_owned()]).expect("a row");
    }
    let book = book.save_to_buffer().expect("a workbook");
    for (bytes, found) in [
        (renamed(&book, "Another", "Centres"), "a workbook with two sheets of the name \"Centres\""),
        (renamed(&book, "Another", "CENTRES"), "a workbook with two sheets of the name \"CENTRES\""),
        (
            replaced(book.clone(), "xl/worksheets/sheet2.xml", "xl/worksheets/sheet1.xml"),
            "a workbook whose zip archive has a file twice",
        ),
    ] {
        let outcome = asked(ATTRIBUTES, "centres.xlsx", &bytes);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (1, ""), "{found}: {}", outcome.stderr);
        let errors: Vec<&str> = outcome.stderr.lines().filter(|line| line.starts_with("error:")).collect();
        assert!(errors.len() == 1 && errors[0].contains(found), "{found}: {}", outcome.stderr);
    }
}

#[test]
fn what_is_given_as_component_usages_or_invoices_is_named_for_what_it_is() {
    let parquet = std::fs::read("fixtures/formats/text.parquet").unwrap();
    let parents = format!("{{\"data\":{}}}", crate::checks::parents("acme cpu hour 2026-10 1.50"));
    for (option, bytes, expected) in [
        ("--parents", parquet.clone(), "a Parquet file; expected component usages, as"),
        ("--invoices", parquet, "a Parquet file; expected invoices or invoice items; save them as JSON, CSV"),
        ("--parents", br#"{"detail":"Invalid token."}"#.to_vec(), "the server did not accept the token"),
        ("--invoices", br#"{"detail":"Invalid page."}"#.to_vec(), "the server has no such page"),
        (
            "--parents",
            parents.into(),
            "an object with them in \"data\"; expected an array of them: jq '.data' FILE",
        ),
        ("--invoices", br#"{"data":[{"uuid":"1","items":[]}]}"#.to_vec(), "jq '.data' FILE"),
    ] {
        let outcome = asked(&format!("check DUMP --as-of 2026-11-23 {option} {{}}"), "a.json", &bytes);
        let said = outcome.stdout + &outcome.stderr;
        assert!(said.contains(expected), "{option} {expected}: {said}");
    }
}
