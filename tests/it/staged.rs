//! Staged dumps: every command answers from them as from the dumps themselves, byte for byte.

use std::fs;
use std::path::{Path, PathBuf};

use crate::binary::{Outcome, run, run_with, words};
use crate::records::{Dumps, Record, ndjson, page, records};

const BY: &str = "period,customer,project,offering,resource,component,user";

/// Stages inputs into a new folder.
fn staged(inputs: &str) -> Dumps {
    let folder = Dumps::new();
    let outcome = stage(inputs, &folder);
    assert!(matches!(outcome.code, 0 | 3), "{inputs}: {}", outcome.stderr);
    folder
}

fn stage(inputs: &str, folder: &Dumps) -> Outcome {
    run(&format!("stage {inputs} --to '{}' -q", folder.path("staged").display()))
}

fn path_of(folder: &Dumps) -> String {
    format!("'{}'", folder.path("staged").display())
}

/// The folders of the dumps.
fn dumps_in(folder: &Dumps) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder.path("staged")).expect("a folder of staged dumps");
    let mut dumps: Vec<PathBuf> = entries.map(|entry| entry.expect("a folder").path()).collect();
    dumps.sort();
    dumps
}

/// Asserts that a command answers alike from dumps and from what is staged of them; `{}` is where its inputs are.
fn assert_same(line: &str, inputs: &str, folder: &Dumps) {
    let [of_dumps, of_staged] = [inputs, &path_of(folder)].map(|inputs| run(&line.replace("{}", inputs)));
    assert_alike(&of_staged, &of_dumps, &format!("{line} over {inputs}"));
}

/// Asserts that two runs came out alike; shows the first lines that differ.
fn assert_alike(one: &Outcome, other: &Outcome, what: &str) {
    assert_eq!((one.code, one.stderr.as_str()), (other.code, other.stderr.as_str()), "{what}");
    let differing = one.stdout.lines().zip(other.stdout.lines()).find(|(one, other)| one != other);
    assert!(one.stdout == other.stdout, "{what}: {differing:?}");
}

/// The same of a file that the command writes; `{out}` is its path.
fn assert_same_file(line: &str, inputs: &str, folder: &Dumps) {
    let out = folder.path("out");
    let written = |inputs: &str| {
        let outcome = run(&line.replace("{}", inputs).replace("{out}", &format!("'{}'", out.display())));
        let bytes = fs::read(&out).ok();
        if bytes.is_some() {
            fs::remove_file(&out).expect("a file");
        }
        (outcome, bytes)
    };
    let (of_dumps, of_staged) = (written(inputs), written(&path_of(folder)));
    assert_alike(&of_staged.0, &of_dumps.0, &format!("{line} over {inputs}"));
    assert!(of_staged.1 == of_dumps.1, "{line} over {inputs}: other bytes");
}

fn fixtures(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder of fixtures");
    let mut paths: Vec<String> =
        entries.map(|entry| entry.expect("a file").path().display().to_string()).collect();
    paths.retain(|path| !path.ends_with(".expected"));
    paths.sort();
    paths
}

#[test]
fn every_format_gives_the_same_report_and_list() {
    for file in fixtures("fixtures/formats") {
        let folder = staged(&file);
        assert_same(&format!("report {{}} --by {BY} --format csv --as-of 2026-11-23"), &file, &folder);
        assert_same("list {} --all --format ndjson", &file, &folder);
    }
}

#[test]
fn every_broken_file_gives_the_same_messages_and_rejected_records() {
    for file in fixtures("fixtures/broken") {
        let folder = staged(&file);
        assert_same("report {} --format csv --as-of 2026-11-23", &file, &folder);
        let line = "report {} --format csv --as-of 2026-11-23 --rejects {out}";
        assert_same_file(line, &file, &folder);
    }
}

#[test]
fn every_output_has_the_same_bytes() {
    let inputs = "fixtures/real/renamed/before fixtures/real/renamed/after";
    let folder = staged(inputs);
    for format in ["table", "csv", "tsv", "json", "ndjson", "markdown", "parquet", "xlsx", "html"] {
        let line = format!("report {{}} --format {format} --as-of 2026-11-23 -o {{out}}");
        assert_same_file(&line, inputs, &folder);
    }
    assert_same_file("report {} --as-of 2026-11-23 --format csv --manifest {out}", inputs, &folder);
}

#[test]
fn the_pages_of_a_real_server_give_the_same_answers() {
    for inputs in ["fixtures/real/complete", "fixtures/real/default-order", "fixtures/real/string-usage"] {
        let folder = staged(inputs);
        for line in [
            "report {} --as-of 2026-11-23",
            "report {} --period 2026-10 --compare previous-month --by customer,component --as-of 2026-11-23",
            "report {} --pivot period --top 3 --as-of 2026-11-23 --format csv",
            "report {} --username a --by user --as-of 2026-11-23",
            "check {} --as-of 2026-11-23",
            "list {} --all --format csv",
        ] {
            assert_same(line, inputs, &folder);
        }
    }
}

#[test]
fn a_book_takes_in_what_is_staged_as_the_dump_itself() {
    let inputs = "fixtures/real/complete";
    let folder = staged(inputs);
    let added = |inputs: &str, book: &str| {
        let line = "--pulled-at 2026-11-02T08:00:00Z --complete 2026-10";
        run(&format!(
            "{} {inputs} --book '{}' {line}",
            crate::binary::adding(folder.path(book)),
            folder.path(book).display()
        ))
    };
    let (of_dumps, of_staged) = (added(inputs, "one.book"), added(&path_of(&folder), "other.book"));
    assert_eq!(of_dumps.code, 0, "{}", of_dumps.stderr);
    assert_eq!(of_staged.stdout, of_dumps.stdout);
    let again = added(&path_of(&folder), "one.book");
    assert!(again.stdout.starts_with("nothing new: "), "{}", again.stdout);
}

/// A page of a dump that was fetched at some hour, with the index beside it.
fn dump(folder: &Dumps, name: &str, hour: u32, lines: &str) -> String {
    let records = records(lines);
    folder.write(&format!("{name}/page-1.json"), page(&records));
    let index = format!(
        r#"[{{"url":"https://p/api/marketplace-component-user-usages/?page=1","X-Result-Count":{},"file":"page-1.json","time":"2026-11-02T{hour:02}:00:00Z"}}]"#,
        records.len()
    );
    folder.write(&format!("{name}/index.json"), index);
    format!("'{}'", folder.path(name).display())
}

#[test]
fn the_times_of_indexes_order_staged_dumps_as_they_order_dumps() {
    let dumps = Dumps::new();
    let record = |customer: &str| {
        format!("acme cpu hour 2026-10 alice 1.50 customer_name={customer} project_name={customer}-project")
    };
    let late = dump(&dumps, "a", 9, &record("Late"));
    let early = dump(&dumps, "b", 7, &record("Early"));
    let middle = dump(&dumps, "c", 8, &record("Middle"));
    let inputs = format!("{late} {early} {middle}");
    let folder = staged(&inputs);
    assert_same("report {} --format csv --as-of 2026-11-23", &inputs, &folder);
    assert!(run(&format!("report {} --format csv", path_of(&folder))).stdout.contains("Late"));
}

#[test]
fn dumps_without_a_time_count_in_the_order_in_which_they_were_named_else_in_that_of_their_names() {
    let record = |customer: &str| format!("acme cpu hour 2026-10 alice 1.50 customer_name={customer}");
    let (_dumps, files) = Dumps::of(&["A", "B", "C"].map(record).each_ref().map(String::as_str));
    let named =
        |order: &[usize]| order.iter().map(|at| format!("'{}'", files[*at])).collect::<Vec<_>>().join(" ");
    let line = "report {} --format csv --as-of 2026-11-23";
    for order in [[1, 0, 2], [2, 1, 0]] {
        assert_same(line, &named(&order), &staged(&named(&order)));
    }
    let folder = staged(&named(&[2]));
    stage(&named(&[1, 0]), &folder);
    assert_same(line, &named(&[1, 0, 2]), &folder);
    let folders: Vec<String> = dumps_in(&folder).iter().map(|dump| format!("'{}'", dump.display())).collect();
    let last = run(&line.replace("{}", &folders.join(" ")));
    let reversed = run(&line.replace("{}", &folders.iter().rev().cloned().collect::<Vec<_>>().join(" ")));
    assert_ne!(last.stdout, reversed.stdout, "folders that are named count in that order");
}

#[test]
fn what_records_show_is_kept_however_often_history_was_rewritten() {
    let lines: Vec<String> = (0..400)
        .map(|at| {
            let owner = ["One", "Two", "Three"][at % 3];
            format!(
                "acme cpu hour 2026-10 user{at} {at}.25 customer_name={owner} customer_uuid={owner} \
                 project_name={owner} measured_unit=hour{}",
                at % 2
            )
        })
        .collect();
    let records = records(&lines.join("\n"));
    let dumps = Dumps::new();
    for (name, text) in [("a.json", page(&records)), ("a.ndjson", ndjson(&records)), ("a.csv", csv(&records))]
    {
        let input = format!("'{}'", dumps.write(name, text));
        let folder = staged(&input);
        assert_same(&format!("report {{}} --by {BY} --format json --as-of 2026-11-23"), &input, &folder);
        let parts = fs::read_dir(&dumps_in(&folder)[0]).expect("a staged dump");
        let parts = parts.filter(|file| file.as_ref().is_ok_and(|file| is_part(&file.path()))).count();
        assert!(parts > 1, "{name}: {parts} files");
    }
}

fn csv(records: &[Record]) -> String {
    crate::records::csv(records)
}

fn is_part(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "parquet")
}

#[test]
fn conflicts_among_rejected_records_are_where_they_were() {
    let mut lines: Vec<String> = (0..300).map(|at| format!("acme cpu hour 2026-10 user{at} 1.00")).collect();
    lines[150] = "acme cpu hour 2026-10 user150 0.001".to_owned();
    lines[290] = "acme cpu hour 2026-10 user20 2.00".to_owned();
    let records = records(&lines.join("\n"));
    let dumps = Dumps::new();
    let inputs = [("a.json", page(&records)), ("a.ndjson", ndjson(&records)), ("a.csv", csv(&records))];
    for (name, text) in inputs {
        let file = dumps.write(name, text);
        let input = format!("'{file}'");
        let folder = staged(&input);
        assert_same_file("report {} --format csv --as-of 2026-11-23 --rejects {out}", &input, &folder);
        let before = run(&format!("report {input} --format csv"));
        fs::rename(&file, dumps.path("moved")).expect("a file");
        let after = run(&format!("report {} --format csv", path_of(&folder)));
        let is_table = name.ends_with("csv");
        assert!(is_table || after == before, "{}\n{}", after.stderr, before.stderr);
        assert!(after.stderr.contains("record 291, byte "), "{}", after.stderr);
    }
}

#[test]
fn the_same_dump_again_is_nothing_new() {
    let folder = staged("fixtures/real/complete/2026-10");
    let before = dumps_in(&folder);
    let again = stage("fixtures/real/complete/2026-10", &folder);
    assert_eq!(again.code, 0, "{}", again.stderr);
    assert!(again.stdout.ends_with("staged before: nothing new\n"), "{}", again.stdout);
    assert_eq!(dumps_in(&folder), before);
    let zone =
        run(&format!("stage fixtures/real/complete/2026-10 --timezone Asia/Tokyo --to {}", path_of(&folder)));
    assert!(!zone.stdout.contains("nothing new"), "another zone is another dump: {}", zone.stdout);
}

#[test]
fn standard_input_is_staged_and_is_nothing_new_again() {
    let folder = Dumps::new();
    let text = fs::read_to_string("fixtures/formats/lines.ndjson").expect("a fixture");
    let line = format!("stage - --to {}", path_of(&folder));
    let outcomes = [(); 2].map(|()| run_with(&words(&line), &text));
    assert!(outcomes[1].stdout.ends_with("nothing new\n"), "{outcomes:?}");
    let report = |inputs: &str| format!("report {inputs} --by {BY} --format csv --as-of 2026-11-23");
    let of_staged = run(&report(&path_of(&folder)));
    assert_eq!(of_staged, run_with(&words(&report("-")), &text));
}

#[test]
fn a_changed_byte_is_found_and_refused_with_one_message() {
    let folder = staged("fixtures/formats/page.json fixtures/broken/usage-third-decimal.json");
    let report = format!("report {} --format csv --as-of 2026-11-23", path_of(&folder));
    for dump in dumps_in(&folder) {
        for file in fs::read_dir(dump).expect("a staged dump") {
            let path = file.expect("a file").path();
            let bytes = fs::read(&path).expect("a file");
            for at in [0, bytes.len() / 2, bytes.len().saturating_sub(2)] {
                if bytes.is_empty() {
                    continue;
                }
                let mut changed = bytes.clone();
                changed[at] ^= 1;
                fs::write(&path, changed).expect("a file");
                let outcome = run(&report);
                assert_eq!((outcome.code, outcome.stdout.as_str()), (1, ""), "{path:?}: {}", outcome.stderr);
                assert_eq!(outcome.stderr.lines().count(), 1, "{path:?}: {}", outcome.stderr);
                let message = format!("error: {}: its checksum differs", path.display());
                assert!(outcome.stderr.starts_with(&message), "{}", outcome.stderr);
            }
            fs::write(&path, bytes).expect("a file");
        }
    }
    assert_eq!(run(&report).code, 1, "the record that is rejected");
}

#[test]
fn a_file_that_is_missing_and_a_file_by_itself_are_refused() {
    let folder = staged("fixtures/formats/page.json");
    let dump = &dumps_in(&folder)[0];
    let part = dump.join("part-00000.parquet");
    let alone = run(&format!("report '{}'", part.display()));
    assert!(alone.stderr.contains("the folder of the staged dump as a whole"), "{}", alone.stderr);
    let out = run(&format!("report fixtures/formats/page.json --format csv -o '{}'", part.display()));
    assert!(out.stderr.contains("a place outside of the staged dump"), "{}", out.stderr);
    fs::remove_file(&part).expect("a file");
    let missing = run(&format!("report {}", path_of(&folder)));
    assert_eq!((missing.code, missing.stderr.lines().count()), (1, 1), "{}", missing.stderr);
    assert!(missing.stderr.contains("part-00000.parquet"), "{}", missing.stderr);
}

#[test]
fn months_that_were_derived_in_another_zone_are_refused() {
    let dumps = Dumps::new();
    let record = Record::new("acme cpu hour 2026-10 alice 1.00 date=2026-10-31T22:30:00Z");
    let text = record.json().replace(",\"billing_period\":\"2026-10-01\"", "");
    let input = format!("'{}'", dumps.write("a.ndjson", text));
    let folder = Dumps::new();
    run(&format!("stage {input} --timezone Europe/Tallinn --to {}", path_of(&folder)));
    let zone = "report {} --format csv --as-of 2026-11-23 --timezone Europe/Tallinn";
    assert_same(zone, &input, &folder);
    let refused = run(&format!("report {} --format csv", path_of(&folder)));
    assert_eq!(refused.code, 1);
    assert!(refused.stderr.contains("name Europe/Tallinn as the time zone"), "{}", refused.stderr);
}

#[test]
fn what_is_staged_is_not_staged_again() {
    let folder = staged("fixtures/formats/page.json");
    let again = run(&format!("stage {} --to {}", path_of(&folder), path_of(&Dumps::new())));
    assert_eq!(again.code, 1);
    assert!(again.stderr.contains("it is a staged dump already"), "{}", again.stderr);
}

#[test]
fn many_processes_stage_into_one_folder_at_once() {
    let inputs = ["fixtures/real/complete/2026-09", "fixtures/real/complete/2026-10"];
    let folder = Dumps::new();
    let staging = |input: &str| {
        let mut command = crate::binary::command();
        command.args(["stage", input, "-q", "--to"]).arg(folder.path("staged"));
        command.stdout(std::process::Stdio::null()).spawn().expect("it starts")
    };
    let children: Vec<_> = [inputs, inputs, inputs].concat().into_iter().map(staging).collect();
    for mut child in children {
        assert!(child.wait().expect("it ends").success());
    }
    assert_eq!(dumps_in(&folder).len(), 2);
    assert_same("report {} --as-of 2026-11-23", &inputs.join(" "), &folder);
}

/// What is in the folder besides whole dumps.
fn leftovers(folder: &Dumps) -> Vec<PathBuf> {
    let is_hidden =
        |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    match folder.path("staged").is_dir() {
        true => dumps_in(folder).into_iter().filter(is_hidden).collect(),
        false => Vec::new(),
    }
}

#[test]
fn a_process_that_is_killed_leaves_a_dump_whole_or_absent_and_its_leftovers_go() {
    let input = "fixtures/real/complete";
    let expected = run(&format!("report {input} --as-of 2026-11-23 --format csv")).stdout;
    let begin = std::time::Instant::now();
    drop(staged(input));
    let whole = begin.elapsed();
    let folder = Dumps::new();
    for round in 0..12_u32 {
        let mut command = crate::binary::command();
        command.args(["stage", input, "-q", "--to"]).arg(folder.path("staged"));
        let mut child = command.stdout(std::process::Stdio::null()).spawn().expect("it starts");
        std::thread::sleep(whole * (round % 6 + 1) / 6);
        let _ = child.kill();
        child.wait().expect("it ends");
        let hidden = leftovers(&folder);
        let dumps = if folder.path("staged").is_dir() { dumps_in(&folder).len() - hidden.len() } else { 0 };
        let report = run(&format!("report {} --as-of 2026-11-23 --format csv", path_of(&folder)));
        match dumps {
            0 => assert_ne!(report.code, 0, "round {round}"),
            _ if report.stdout == expected => {}
            // Some of the dumps are there, each of them whole.
            _ => assert!(matches!(report.code, 0 | 3), "round {round}: {}", report.stderr),
        }
    }
    assert_eq!(stage(input, &folder).code, 0);
    assert!(leftovers(&folder).is_empty());
    assert_same("report {} --as-of 2026-11-23", input, &folder);
}

#[test]
fn component_usages_are_staged_beside_records_and_read_like_their_dumps() {
    let (inputs, parents) = ("fixtures/real/complete", "fixtures/real/component-usages");
    let folder = Dumps::new();
    let outcome = stage(&format!("{inputs} --parents {parents}"), &folder);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let at = path_of(&folder);
    for line in [
        "report {} --period 2026-10 --parents {p} --prices fixtures/prices/rates.toml --as-of 2026-11-23",
        "report {} --period 2026-10 --parents {p} --basis component-usage --as-of 2026-11-23 --format json",
        "check {} --parents {p} --as-of 2026-11-23",
    ] {
        let [of_dumps, of_staged] = [(inputs, parents), (at.as_str(), at.as_str())]
            .map(|(inputs, parents)| run(&line.replace("{}", inputs).replace("{p}", parents)));
        assert_alike(&of_staged, &of_dumps, line);
    }
    assert_same("report {} --as-of 2026-11-23", inputs, &folder);
    let again = stage(&format!("{inputs} --parents {parents}"), &folder);
    assert!(again.stdout.lines().all(|line| line.ends_with("nothing new")), "{}", again.stdout);
}

#[test]
fn prices_take_the_component_usages_that_are_staged_beside_the_records() {
    let (records, usages) = ("fixtures/real/complete/2026-10", "fixtures/real/component-usages/2026-10");
    let folder = staged(&format!("{records} --parents {usages}"));
    let line =
        "--period 2026-10 --by customer --as-of 2026-11-23 --format csv --prices fixtures/prices/rates.toml";
    let of_dumps = run(&format!("report {records} --parents {usages} {line}"));
    let of_staged = run(&format!("report {} {line}", path_of(&folder)));
    assert!(of_staged.stderr.contains("figures are made of component usages"), "{}", of_staged.stderr);
    assert_alike(&of_staged, &of_dumps, "prices over staged component usages");
}

#[test]
fn a_staged_dump_without_its_description_is_refused_by_reports_and_by_staging() {
    let [whole, lost] = ["fixtures/formats/page.json", "fixtures/formats/lines.ndjson"];
    let folder = staged(whole);
    let dumps = || fs::read_dir(folder.path("staged")).unwrap().map(|entry| entry.unwrap().path());
    let before: Vec<PathBuf> = dumps().collect();
    stage(lost, &folder);
    let of_lost = dumps().find(|path| !before.contains(path)).expect("a second staged dump");
    fs::remove_file(of_lost.join("dump.json")).unwrap();
    let message = "files of the staged dump are missing; remove the folder and stage the dump again";
    for outcome in [run(&format!("report {} --format csv", path_of(&folder))), stage(lost, &folder)] {
        assert_eq!(outcome.code, 1, "{}", outcome.stderr);
        assert!(outcome.stderr.contains(message), "{}", outcome.stderr);
    }
}

#[test]
fn a_book_takes_in_component_usages_that_are_staged() {
    let (inputs, parents) = ("fixtures/real/complete/2026-10", "fixtures/real/component-usages/2026-10");
    let folder = Dumps::new();
    stage(&format!("{inputs} --parents {parents}"), &folder);
    let added = |inputs: &str, parents: &str, book: &str| {
        let line = format!(
            "{} {inputs} --parents {parents} --book '{}'",
            crate::binary::adding(folder.path(book)),
            folder.path(book).display()
        );
        run(&format!("{line} --pulled-at 2026-11-02T08:00:00Z"))
    };
    let at = path_of(&folder);
    assert_eq!(added(inputs, parents, "one.book").code, 0);
    let again = added(&at, &at, "one.book");
    assert!(again.stdout.starts_with("nothing new: "), "{}\n{}", again.stdout, again.stderr);
}

#[test]
fn broken_component_usages_give_the_same_messages() {
    let dumps = Dumps::new();
    let input = dumps.write("a.json", r#"[{"uuid":"1"},{"usage":"2.00"},7]"#);
    let folder = Dumps::new();
    let staged = stage(&format!("fixtures/formats/page.json --parents '{input}'"), &folder);
    assert_eq!(staged.code, 3, "{}", staged.stderr);
    let check = |parents: &str| {
        run(&format!("check fixtures/formats/page.json --parents {parents} --as-of 2026-11-23"))
    };
    assert_alike(&check(&path_of(&folder)), &check(&format!("'{input}'")), "check");
}
