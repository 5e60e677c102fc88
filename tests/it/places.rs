//! No output is lost: not to another output, not over an input, whatever the files are called; and what runs that were
//! killed left is removed.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::basis::component_usages;
use crate::binary::{command, run, words};
use crate::records::Dumps;

const INPUT: &str = "fixtures/formats/page.json --as-of 2026-11-23";

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("a file").file_name().into_string().expect("a name")).collect();
    names.sort();
    names
}

/// Runs a command line in a folder with `d/`, its link `also`, the file `d/there.csv` and its second name
/// `d/second.csv`; it must be refused and leave everything as it was.
fn refused(line: &str, said: &str) {
    let folder = Dumps::new();
    let root = &folder.path("");
    for name in ["a.json", "d/there.csv"] {
        fs::create_dir_all(folder.path("d")).unwrap();
        fs::copy("fixtures/formats/page.json", root.join(name)).unwrap();
    }
    fs::hard_link(root.join("d/there.csv"), root.join("d/second.csv")).unwrap();
    symlink("d", root.join("also")).unwrap();
    symlink("there.csv", root.join("d/link.csv")).unwrap();
    fs::write(root.join("rates.toml"), fs::read("fixtures/prices/rates.toml").unwrap()).unwrap();
    fs::write(root.join("secret.key"), "0123456789abcdef").unwrap();
    fs::write(root.join("d/own.csv"), "customer_name,cost_centre\nAcme,0042\n").unwrap();
    let usages = component_usages("acme cpu hour 2026-10 3");
    fs::write(root.join("d/usages.json"), &usages).unwrap();
    let before = (names(root), names(&root.join("d")), fs::read(root.join("d/there.csv")).unwrap());
    let output = command().current_dir(root).args(words(line)).output().expect("the command runs");
    let stderr = String::from_utf8(output.stderr).expect("text");
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{line}: {stderr}");
    assert!(stderr.contains(said), "{line}: {stderr}");
    let after = (names(root), names(&root.join("d")), fs::read(root.join("d/there.csv")).unwrap());
    assert_eq!(after, before, "{line}");
    assert_eq!(fs::read_to_string(root.join("d/usages.json")).unwrap(), usages, "{line}");
}

#[test]
fn two_outputs_are_one_file_whatever_it_is_called() {
    for (one, other) in [
        ("d/a.csv", "d/a.csv"),
        ("d/a.csv", "./d/a.csv"),
        ("d/a.csv", "d/../d/a.csv"),
        ("d/a.csv", "also/a.csv"),
        ("d/there.csv", "d/link.csv"),
        ("d/there.csv", "d/second.csv"),
        ("d/there.csv", "also/second.csv"),
    ] {
        let said = format!("it is {one}, which is written, too");
        for flag in ["--manifest", "--rejects"] {
            refused(&format!("report a.json --as-of 2026-11-23 -o {one} {flag} {other}"), &said);
        }
        let line = format!("report a.json --as-of 2026-11-23 -o d/x.csv --manifest {one} --rejects {other}");
        refused(&line, &said);
    }
    refused(
        "statements a.json --period 2026-10 --as-of 2026-11-23 --to d/new --rejects also/new",
        "it is d/new, which is written, too",
    );
    refused(
        "report a.json --partition-by period -o lake --manifest ./lake",
        "it is lake, which is written, too",
    );
}

#[test]
fn only_the_result_itself_goes_to_standard_output() {
    for flag in ["--rejects", "--manifest"] {
        refused(&format!("report a.json {flag} -"), "- cannot be written: only the result itself");
    }
}

#[test]
fn what_belongs_to_a_book_needs_one() {
    for command in ["report a.json", "list a.json", "check a.json", "serve a.json --listen 127.0.0.1:0"] {
        refused(&format!("{command} --version v1"), "--version needs --book");
    }
    refused("close 2026-Q3 --book d", "\"2026-Q3\" is not a month; expected one month, as 2026-10");
}

#[test]
fn an_output_is_no_input_whatever_it_is_called() {
    for input in ["d/there.csv", "d/link.csv", "also/there.csv", "d/second.csv"] {
        for command in [
            "report",
            "list",
            "check",
            "get 3b5259228a484b45b2c6b1f876076310",
            "add --new --book new.book",
            "serve --listen 127.0.0.1:0",
        ] {
            refused(&format!("{command} {input} --rejects d/second.csv"), "which is read");
        }
        refused(&format!("report {input} -o d/second.csv"), "which is read");
    }
    refused("check a.json --parents d/there.csv --rejects also/there.csv", "which is read");
    refused("check a.json --invoices d/there.csv --rejects also/there.csv", "which is read");
    for output in ["-o also/usages.json", "-o b.csv --manifest also/usages.json"] {
        let line = format!("report a.json --parents d/usages.json {output}");
        refused(&line, "it is d/usages.json, which is read");
    }
    refused("report a.json --attributes d/own.csv -o also/own.csv", "it is d/own.csv, which is read");
    refused(
        "report a.json --pseudonyms secret.key --format csv -o ./secret.key",
        "it is secret.key, which is read",
    );
    refused(
        "report a.json --prices rates.toml --format csv -o ./rates.toml",
        "it is rates.toml, which is read",
    );
}

#[test]
fn no_output_is_written_into_a_folder_that_is_read() {
    let inside = "it is inside d, and the next run would read it, too";
    for line in [
        "report d -o d/october.csv",
        "report d -o also/october.csv",
        "report d -o also/october.xlsx",
        "report d -o x.csv --manifest d/manifest.json",
        "list d --rejects d/rejects.csv",
        "statements d --period 2026-10 --as-of 2026-11-23 --to d/statements",
        "prices new d --currency EUR -o d/rates.toml",
        "stage d --to d/staged",
    ] {
        refused(line, inside);
    }
}

#[test]
fn no_output_is_written_into_a_book_at_any_depth_with_or_without_one_as_input() {
    let folder = Dumps::new();
    let root = &folder.path("");
    fs::copy("fixtures/formats/page.json", root.join("a.json")).unwrap();
    let run = |line: &str| {
        let output = command().current_dir(root).args(words(line)).output().expect("the command runs");
        (output.status.code().expect("a status"), String::from_utf8(output.stderr).expect("text"))
    };
    for line in [
        "add --new a.json --book u.book --pulled-at 2026-11-02T08:00:00Z -q",
        "add --new a.json --book other.book --pulled-at 2026-11-02T08:00:00Z -q",
    ] {
        assert!(matches!(run(line).0, 0 | 3), "{}", run(line).1);
    }
    symlink("u.book/.book", root.join("link")).unwrap();
    symlink("u.book/book.json", root.join("link.csv")).unwrap();
    fs::create_dir(root.join("damaged")).unwrap();
    let mut copy = std::process::Command::new("cp");
    assert!(copy.args(["-a", "u.book/.book", "damaged/"]).current_dir(root).status().unwrap().success());
    fs::create_dir(root.join("foreign")).unwrap();
    fs::write(root.join("foreign/book.json"), "{\"title\":\"Emma\"}").unwrap();
    let before = crate::book::bytes(&root.join("u.book"));
    let input = "a.json --as-of 2026-11-23";
    for inside in ["u.book", "u.book/.book/files", "link/files", "damaged", "u.book/months/period=2026-10"] {
        if !root.join(inside).exists() {
            continue;
        }
        for line in [
            format!("report {input} -o {inside}/out.csv"),
            format!("report {input} -o out.csv --manifest {inside}/m.json"),
            format!("report {input} -o out.csv --rejects {inside}/r.ndjson"),
            format!("report {input} --partition-by period -o {inside}/new"),
            format!("report {input} --partition-by period -o {inside}/new/deeper"),
            format!("statements {input} --period 2026-10 --to {inside}/new"),
            format!("list a.json --rejects {inside}/r.ndjson"),
            format!("check {input} --rejects {inside}/r.ndjson"),
            format!("add --new a.json --book new.book --rejects {inside}/r.ndjson"),
            format!("diff 2026-10 --book other.book -o {inside}/d.csv"),
            format!("late --book other.book -o {inside}/l.csv"),
            format!("backup --book other.book --to {inside}/b.tar"),
            format!("pull --url http://127.0.0.1:1 --to {inside}/dump"),
        ] {
            let (code, stderr) = run(&line);
            assert_eq!(code, 2, "{line}: {stderr}");
            assert!(stderr.contains("it is inside the book "), "{line}: {stderr}");
        }
    }
    assert_eq!(run(&format!("report {input} --format csv -o link.csv")).0, 2, "a link into a book");
    assert_eq!(run(&format!("report {input} --partition-by period -o u.book")).0, 2);
    assert_eq!(crate::book::bytes(&root.join("u.book")), before);
    assert!(!root.join("new.book").exists() && !root.join("out.csv").exists());
    for line in [format!("report {input} -o foreign/out.csv"), format!("report {input} -o beside.csv")] {
        assert!(matches!(run(&line).0, 0 | 3), "somebody else's book.json is no book of ours");
    }
}

#[test]
fn what_the_shell_writes_to_is_no_other_output() {
    let folder = Dumps::new();
    let path = folder.path("out.csv");
    let file = fs::File::create(&path).unwrap();
    let line = format!("report {INPUT} --format csv --manifest '{}'", path.display());
    let output = command().args(words(&line)).stdout(file).stderr(Stdio::piped()).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("it is standard output, which is written, too"), "{stderr}");
    // What holds nothing can be named twice.
    let line = format!("report {INPUT} --format csv --manifest /dev/null");
    let output = command().args(words(&line)).stdout(Stdio::null()).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn names_that_only_look_alike_are_two_files() {
    let folder = Dumps::new();
    let at = |name: &str| folder.path(name).display().to_string();
    let line = format!("report {INPUT} -o '{}' --manifest '{}'", at("October.json"), at("october.json"));
    assert_eq!(run(&line).code, 0);
    assert_eq!(names(&folder.path("")), ["October.json", "october.json"]);
}

#[test]
fn what_a_run_that_was_killed_left_beside_its_target_is_removed_by_the_next() {
    let folder = Dumps::new();
    let root = &folder.path("");
    let to = root.join("october");
    let line = format!(
        "statements fixtures/real/complete --period 2026-10 --as-of 2026-11-23 --to '{}' --rejects '{}'",
        to.display(),
        root.join("rejects.ndjson").display()
    );
    let mut child = command()
        .args(words(&line))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the command starts");
    let begun = Instant::now();
    let is_there =
        |start: &str| names(root).iter().any(|name| name.starts_with(start) && name.ends_with(".tmp"));
    while !is_there(".october.") {
        assert!(child.try_wait().unwrap().is_none(), "it ended before it could be killed: {:?}", names(root));
        assert!(begun.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(1));
    }
    // SIGKILL, which leaves no time to tidy up.
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(is_there(".october.") && is_there(".rejects.ndjson."), "{:?}", names(root));
    let outcome = run(&line);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert_eq!(names(root), ["october", "rejects.ndjson"]);
}

#[test]
fn a_file_that_is_standard_input_is_not_written_over() {
    let folder = Dumps::new();
    let dump = folder.path("a.json");
    fs::copy("fixtures/formats/page.json", &dump).unwrap();
    let before = fs::read(&dump).unwrap();
    let input = fs::File::open(&dump).unwrap();
    let output = command()
        .args(["report", "-", "--as-of", "2026-11-23", "--format", "csv", "-o"])
        .arg(&dump)
        .stdin(input)
        .output()
        .expect("the command runs");
    let stderr = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("it is standard input, which is read"), "{stderr}");
    assert_eq!(fs::read(&dump).unwrap(), before);
}

#[test]
fn a_book_is_not_made_inside_another_one() {
    let folder = Dumps::new();
    let book = folder.path("usage.book").display().to_string();
    assert_eq!(run(&format!("add --new fixtures/formats/page.json --book '{book}' -q")).code, 0);
    for inner in ["inner", "months/inner", ".book/tmp/inner"] {
        let outcome = run(&format!("add --new fixtures/formats/page.json --book '{book}/{inner}'"));
        assert_eq!(outcome.code, 2, "{inner}: {}", outcome.stderr);
        assert!(outcome.stderr.contains("it is inside the book"), "{}", outcome.stderr);
        assert!(!Path::new(&book).join(inner).exists(), "{inner}");
    }
}

#[test]
fn pipes_and_devices_are_refused_wherever_a_file_is_named() {
    let folder = Dumps::new();
    let pipe = folder.path("pipe").display().to_string();
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo runs");
    assert!(made.success());
    let files = ["--prices", "--attributes", "--budget", "--config", "--pseudonyms"];
    let lines = files.map(|flag| format!("report {INPUT} {flag}"));
    let rates = format!("report {INPUT} --prices fixtures/prices/rates.toml --currency EUR --exchange-rates");
    let checks = ["--parents", "--invoices"].map(|flag| format!("check fixtures/formats/page.json {flag}"));
    let token = format!("pull --url http://127.0.0.1:9 --to '{}' --token-file", folder.path("d").display());
    let lines: Vec<String> = lines.into_iter().chain(checks).chain([rates, token]).collect();
    for line in lines {
        for (file, kind) in [(pipe.as_str(), "a named pipe"), ("/dev/zero", "a device")] {
            let outcome = run(&format!("{line} '{file}'"));
            assert_eq!(outcome.code, 1, "{line} {file}: {}", outcome.stderr);
            let said = format!("{file}: is {kind}, which may never end; name a plain file");
            assert!(outcome.stderr.contains(&said), "{line}: {}", outcome.stderr);
        }
    }
}
