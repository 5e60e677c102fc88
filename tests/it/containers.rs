//! What lies around records: folders of months, archives, pipes, and folders that are something else.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::binary::{command, run, run_with, words};
use crate::frames::{intake, lines, message, noticed, report};
use crate::records::{Dumps, Record};
use usagebook::notice::Code;

/// A record of October that was reported in November, without its billing period.
fn reported_late() -> String {
    let record = Record::new("acme cpu hour 2026-10 alice 1.50 date=2026-11-01T06:00:00Z").json();
    record.replace(",\"billing_period\":\"2026-10-01\"", "")
}

#[test]
fn the_month_of_a_folder_is_that_of_records_without_one() {
    for folder in [
        "billing_period=2026-10-01",
        "period=2026-10",
        "billing_period=2026-10-01 00%3A00%3A00",
        "year=2026/month=10",
        "customer=acme/year=2026/month=10/day=07",
    ] {
        for (name, text) in
            [("a.json", format!("[{}]", reported_late())), ("a.ndjson", reported_late() + "\n")]
        {
            let dumps = Dumps::new();
            fs::create_dir_all(dumps.path(folder)).expect("a folder");
            let file = dumps.write(&format!("{folder}/{name}"), &text);
            for input in [file, dumps.text()] {
                let intake = intake(&[input]);
                assert_eq!(noticed(&intake), [""; 0]);
                assert_eq!(lines(&report(intake, "period")), "2026-10 hour 1.50 1 1", "{folder}/{name}");
            }
        }
    }
    let alone = Dumps::new();
    let file = alone.write("a.json", format!("[{}]", reported_late()));
    assert_eq!(lines(&report(intake(&[file]), "period")), "2026-11 hour 1.50 1 1");
}

#[test]
fn a_folder_of_another_month_contradicts_its_records() {
    for folder in ["billing_period=2026-09-01", "year=2026/month=09", "year=2025", "month=9"] {
        let dumps = Dumps::new();
        fs::create_dir_all(dumps.path(folder)).expect("a folder");
        let record = |user: &str| Record::new(&format!("acme cpu hour 2026-10 {user} 1.50")).json();
        let text = format!("[{},{}]", record("alice"), record("bob"));
        let file = dumps.write(&format!("{folder}/a.json"), text);
        let intake = intake(&[&file]);
        assert_eq!((intake.accounting.kept, intake.faults.count()), (0, 2), "{folder}");
        let fault = intake.faults.first()[0].to_string();
        assert!(fault.starts_with(&file) && fault.contains(&format!("{folder:?}")), "{fault}");
        assert!(fault.contains("billing_period is \"2026-10-01\""), "{fault}");
    }
}

#[test]
fn a_table_without_a_month_is_read_where_its_folder_tells_the_month() {
    let table = Record::new("acme cpu hour 2026-10 alice 1.50").csv_without(&["billing_period", "date"]);
    let dumps = Dumps::new();
    fs::create_dir_all(dumps.path("year=2026/month=10")).expect("a folder");
    let file = dumps.write("year=2026/month=10/a.csv", &table);
    assert_eq!(lines(&report(intake(&[file]), "period")), "2026-10 hour 1.50 1 1");
    let alone = dumps.write("a.csv", &table);
    let fault = intake(&[alone]).faults.first()[0].to_string();
    assert!(fault.contains("a folder named by its month, as billing_period=2026-10-01"), "{fault}");
}

#[test]
fn a_folder_whose_month_cannot_be_read_is_no_month() {
    let dumps = Dumps::new();
    fs::create_dir(dumps.path("billing_period=unknown")).expect("a folder");
    let own = Record::new("acme cpu hour 2026-10 bob 1.00").json();
    dumps.write("billing_period=unknown/a.json", format!("[{},{own}]", reported_late()));
    let intake = intake(&[dumps.text()]);
    assert_eq!((intake.accounting.kept, intake.faults.count()), (1, 1));
    assert!(intake.faults.first()[0].expected.contains("\"billing_period=unknown\""));
}

#[test]
fn what_usagebook_wrote_is_no_dump() {
    let dumps = Dumps::new();
    let lake = dumps.path("lake");
    let page = "fixtures/formats/page.json";
    for (what, to) in [
        ("--partition-by period", lake.clone()),
        ("", dumps.path("report.parquet")),
        ("", dumps.path("report.json")),
    ] {
        let line =
            format!("report {page} --by period,customer {what} -o '{}' --as-of 2026-11-23", to.display());
        assert_eq!(run(&line).code, 0, "{line}: {}", run(&line).stderr);
        let outcome = run(&format!("report '{}'", to.display()));
        assert_eq!(outcome.code, 1, "{}", outcome.stderr);
        assert!(
            outcome.stderr.contains("a report that usagebook wrote; expected records"),
            "{}",
            outcome.stderr
        );
    }
    let book = dumps.path("usage.book");
    let added =
        run(&format!("add --new {page} --book '{}' --pulled-at 2026-11-02T08:00:00Z", book.display()));
    assert!(matches!(added.code, 0 | 3), "{}", added.stderr);
    for input in [book.clone(), book.join("months"), dumps.path(".")] {
        let outcome = run(&format!("report '{}' '{}'", page, input.display()));
        assert_eq!(outcome.code, 1, "{}", outcome.stderr);
        assert!(outcome.stderr.contains("is a book, not a dump; name it by --book"), "{}", outcome.stderr);
    }
}

#[test]
fn what_spark_and_dask_leave_beside_their_parts_is_passed_over_and_named() {
    let dumps = Dumps::new();
    for name in ["_SUCCESS", "_metadata", "_common_metadata", ".part-00000.parquet.crc"] {
        dumps.write(name, "");
    }
    fs::create_dir(dumps.path("_delta_log")).expect("a folder");
    dumps.write("_delta_log/00000000000000000000.json", "{}");
    for part in [0, 7] {
        fs::copy("fixtures/formats/text.parquet", dumps.path(&format!("part-0000{part}.parquet")))
            .expect("a copy");
    }
    let intake = intake(&[dumps.text()]);
    assert_eq!((intake.accounting.kept, intake.faults.count()), (12, 0));
    let notices = noticed(&intake);
    assert!(!notices.iter().any(|notice| notice.contains("missing_page")), "{notices:?}");
    assert_eq!(notices.iter().filter(|notice| notice.contains("skipped_file")).count(), 5, "{notices:?}");
}

#[test]
fn files_beside_pages_that_are_none_are_named_with_a_way_to_go_on() {
    let dumps = Dumps::new();
    fs::copy("fixtures/formats/page.json", dumps.path("page-1.json")).expect("a copy");
    dumps.write("README.md", "# The pages of October\n");
    dumps.write("desktop.ini", "[.ShellClassInfo]\n");
    let intake = intake(&[dumps.text()]);
    assert_eq!((intake.accounting.kept, intake.faults.count()), (12, 2));
    for fault in intake.faults.first() {
        assert!(fault.expected.contains("move the file out of"), "{fault}");
        assert!(fault.expected.contains("/*.json'"), "{fault}");
    }
}

#[test]
fn pages_in_an_archive_are_one_dump_with_its_index() {
    let dumps = Dumps::new();
    let index = r#"[{"url":"http://h/api/x/?page=1","X-Result-Count":"13","time":"2026-11-02T08:00:00Z"}]"#;
    let archive = dumps.path("october.zip");
    let mut zip = zip::ZipWriter::new(fs::File::create(&archive).expect("a file"));
    let options = zip::write::SimpleFileOptions::default();
    let page = fs::read("fixtures/formats/page.json").expect("a page");
    for (name, bytes) in [("deep/er/page-1.json", &page[..]), ("deep/er/index.json", index.as_bytes())] {
        zip.start_file(name, options).expect("an entry");
        zip.write_all(bytes).expect("an entry");
    }
    zip.finish().expect("an archive");
    let intake = intake(&[archive.display().to_string()]);
    assert_eq!(intake.accounting.kept, 12);
    assert_eq!(intake.index_time.expect("a time").to_rfc3339(), "2026-11-02T08:00:00+00:00");
    let incomplete = message(&intake, Code::Incomplete);
    assert!(incomplete.contains("october.zip/deep/er: 1 record missing"), "{incomplete}");
    assert!(message(&intake, Code::SkippedFile).contains("deep/er/index.json"));
}

#[test]
fn an_archive_that_cannot_be_read_says_why() {
    let dumps = Dumps::new();
    let zip = fs::read("fixtures/formats/pages.zip").expect("a fixture");
    let mut encrypted = zip.clone();
    for (magic, flags) in [(&b"PK\x03\x04"[..], 6), (&b"PK\x01\x02"[..], 8)] {
        for at in memchr::memmem::find_iter(&zip, magic) {
            encrypted[at + flags] |= 1;
        }
    }
    let tar = fs::read("fixtures/formats/pages.tar").expect("a fixture");
    for (name, bytes, why) in [
        ("a.zip", encrypted, "an encrypted zip archive"),
        ("b.zip", zip[..zip.len() - 30].to_vec(), "a zip archive that is cut off or damaged ("),
        ("e.zip", zip[..zip.len() / 2].to_vec(), "); copy or download it again"),
        ("c.tar", tar[..1_000].to_vec(), "cut off"),
    ] {
        let file = dumps.write(name, bytes);
        let outcome = run(&format!("report '{file}'"));
        assert_eq!(outcome.code, 1, "{}", outcome.stderr);
        assert!(outcome.stderr.contains(why), "{name}: {}", outcome.stderr);
    }
    let mut flipped = zip.clone();
    let deflated = memchr::memmem::find(&zip, b"dump/page-3.json").expect("a page") + 40;
    flipped[deflated] ^= 4;
    let intake = intake(&[dumps.write("d.zip", flipped)]);
    assert!(intake.faults.first()[0].file.ends_with("d.zip/dump/page-3.json"), "{:?}", intake.faults);
}

#[test]
fn pipes_that_a_shell_names_are_read_as_standard_input_is() {
    let page = fs::read_to_string("fixtures/formats/page.json").expect("a page");
    let by = "--by period --format csv --as-of 2026-11-23";
    let expected = run(&format!("report fixtures/formats/page.json {by}")).stdout;
    let outcome = run_with(&words(&format!("report /dev/stdin {by}")), &page);
    assert_eq!((outcome.code, &outcome.stdout), (0, &expected), "{}", outcome.stderr);
    let line =
        format!("exec {} report <(cat fixtures/formats/page.json) {by}", env!("CARGO_BIN_EXE_usagebook"));
    let bash = Command::new("bash").args(["-c", &line]).output().expect("bash");
    assert_eq!(String::from_utf8_lossy(&bash.stdout), expected, "{}", String::from_utf8_lossy(&bash.stderr));
}

#[test]
fn a_pipe_that_nobody_writes_to_does_not_hold_a_command_up() {
    let dumps = Dumps::new();
    fs::copy("fixtures/formats/page.json", dumps.path("page-1.json")).expect("a copy");
    let pipe = dumps.path("page-2.json");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
    for (input, code) in [(dumps.text(), 0), (pipe.display().to_string(), 1)] {
        let mut child = command();
        child.args(["report", &input, "--as-of", "2026-11-23"]).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = child.spawn().expect("the command starts");
        let ended = (0..600).find_map(|_| {
            std::thread::sleep(std::time::Duration::from_millis(100));
            child.try_wait().expect("a status")
        });
        if ended.is_none() {
            child.kill().expect("it is ours");
        }
        assert_eq!(ended.and_then(|status| status.code()), Some(code), "{input}");
    }
}

/// A tar archive of these entries, whole.
fn tar_of(entries: &[(&str, tar::EntryType, &str)]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, kind, text) in entries {
        let mut header = tar::Header::new_gnu();
        header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(*kind);
        header.set_mode(0o644);
        header.set_size(text.len() as u64);
        if !kind.is_file() {
            header.set_link_name("elsewhere.json").expect("a short name");
        }
        header.set_cksum();
        archive.append(&header, text.as_bytes()).expect("memory takes all");
    }
    archive.into_inner().expect("memory takes all")
}

#[test]
fn an_archive_that_would_lose_a_file_in_silence_is_refused() {
    use tar::EntryType::{Link, Regular, Symlink};
    let dumps = Dumps::new();
    let record =
        |user: &str| format!("[{}]", Record::new(&format!("acme cpu hour 2026-10 {user} 1.50")).json());
    let (alice, bob) = (record("alice"), record("bob"));
    let whole = tar_of(&[("a.json", Regular, &alice), ("b.json", Regular, &bob)]);
    let first = 512 + alice.len().next_multiple_of(512);
    let twice = {
        let mut bytes = Vec::new();
        let mut archive = zip::ZipWriter::new(std::io::Cursor::new(&mut bytes));
        for (name, text) in [("a.json", &alice), ("b.json", &bob)] {
            archive.start_file(name, zip::write::SimpleFileOptions::default()).expect("a file");
            archive.write_all(text.as_bytes()).expect("memory takes all");
        }
        archive.finish().expect("memory takes all");
        let name = |at: usize| bytes[at..].starts_with(b"b.json");
        let places: Vec<usize> = (0..bytes.len() - 6).filter(|at| name(*at)).collect();
        places.into_iter().for_each(|at| bytes[at] = b'a');
        bytes
    };
    for (name, bytes, why) in [
        ("cut.tar", whole[..first].to_vec(), "cut off after a.json"),
        ("link.tar", tar_of(&[("a.json", Regular, &alice), ("b.json", Symlink, "")]), "b.json is a link"),
        ("hard.tar", tar_of(&[("a.json", Regular, &alice), ("b.json", Link, "")]), "b.json is a link"),
        ("out.tar", tar_of(&[("../a.json", Regular, &alice)]), "../a.json is outside"),
        ("twice.zip", twice, "several files in it have one name"),
        ("hidden.tar", tar_of(&[("_export/a.json", Regular, &alice)]), "no file of records"),
    ] {
        let input = dumps.write(name, bytes);
        let outcome = run(&format!("report '{input}' --as-of 2026-11-23"));
        assert_eq!(outcome.code, 1, "{name}: {}{}", outcome.stdout, outcome.stderr);
        assert!(outcome.stderr.contains(why), "{name}: {}", outcome.stderr);
    }
    let input = dumps.write("whole.tar", whole);
    assert_eq!(lines(&report(intake(&[input]), "period")), "2026-10 hour 3.00 2 2");
}
