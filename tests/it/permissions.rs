//! Who can read what is written.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use crate::binary::{Outcome, run, words};
use crate::records::Dumps;

const INPUT: &str = "fixtures/formats/page.json --as-of 2026-11-23";

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).permissions().mode()
        & 0o777
}

/// Runs a command line in a shell with this umask.
fn run_with_umask(umask: &str, line: &str) -> Outcome {
    let output = Command::new("sh")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["-c", &format!("umask {umask}; exec \"$0\" \"$@\""), env!("CARGO_BIN_EXE_usagebook")])
        .args(words(line))
        .output()
        .expect("a shell");
    Outcome {
        stdout: String::from_utf8(output.stdout).expect("text"),
        stderr: String::from_utf8(output.stderr).expect("text"),
        code: output.status.code().expect("a status"),
    }
}

#[test]
fn rejects_are_private_and_reports_follow_the_umask() {
    for (umask, flag, rejects, report) in [
        ("022", "", 0o600, 0o644),
        ("002", "--group-readable", 0o640, 0o664),
        ("077", "--group-readable", 0o640, 0o600),
    ] {
        let folder = Dumps::new();
        let at = |name: &str| folder.path(name);
        let line = format!(
            "report {INPUT} {flag} -o '{}' --manifest '{}' --rejects '{}'",
            at("report.csv").display(),
            at("manifest.json").display(),
            at("rejects.ndjson").display()
        );
        let outcome = run_with_umask(umask, &line);
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        assert_eq!(mode(&at("rejects.ndjson")), rejects, "{umask} {flag}");
        assert_eq!((mode(&at("report.csv")), mode(&at("manifest.json"))), (report, report), "{umask} {flag}");
    }
}

#[test]
fn partitions_follow_the_umask() {
    let folder = Dumps::new();
    let lake = folder.path("lake");
    let outcome =
        run_with_umask("027", &format!("report {INPUT} --partition-by period -o '{}'", lake.display()));
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert_eq!((mode(&lake), mode(&lake.join("period=2026-10"))), (0o750, 0o750));
    assert_eq!(mode(&lake.join("period=2026-10/usage.parquet")), 0o640);
}

#[test]
fn statements_are_private_unless_the_group_may_read_them() {
    for (flag, of_folder, of_file) in [("", 0o700, 0o600), ("--group-readable", 0o750, 0o640)] {
        let folder = Dumps::new();
        let to = folder.path("october");
        let line = format!("statements {INPUT} --period 2026-10 --format csv {flag} --to '{}'", to.display());
        let outcome = run_with_umask("022", &line);
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        assert_eq!(mode(&to), of_folder);
        let files: Vec<_> = fs::read_dir(&to).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert!(files.len() > 3);
        files.iter().for_each(|file| assert_eq!(mode(file), of_file, "{}", file.display()));
    }
}

#[test]
fn a_key_that_others_can_read_is_reported_and_used() {
    let folder = Dumps::new();
    let key = folder.write("secret.key", "0123456789abcdef");
    let line = format!("report {INPUT} --by user -q --pseudonyms '{key}'");
    let run_with_mode = |mode| {
        fs::set_permissions(&key, fs::Permissions::from_mode(mode)).unwrap();
        run(&line)
    };
    let (open, closed) = (run_with_mode(0o644), run_with_mode(0o600));
    let warning = format!(
        "warning: other users of this machine can read the secret in {key} (mode 0644); run: chmod 600"
    );
    assert!(open.stderr.contains(&warning), "{}", open.stderr);
    assert!(!closed.stderr.contains("warning"), "{}", closed.stderr);
    assert_eq!((open.code, &open.stdout), (0, &closed.stdout));
}

#[test]
fn books_and_backups_are_private_unless_the_group_may_read_them() {
    for (flag, of_folder, of_file) in [("", 0o700, 0o600), ("--group-readable", 0o750, 0o640)] {
        let folder = Dumps::new();
        let (book, backup) = (folder.path("usage.book"), folder.path("copy.book"));
        let add = format!(
            "add --new fixtures/formats/page.json {flag} --book '{}' --pulled-at 2026-11-02T08:00:00Z -q",
            book.display()
        );
        assert_eq!(run_with_umask("022", &add).code, 0);
        let copy = format!("backup {flag} --book '{}' --to '{}'", book.display(), backup.display());
        assert_eq!(run_with_umask("022", &copy).code, 0);
        for book in [book, backup] {
            assert_eq!(mode(&book), of_folder, "{}", book.display());
            for (path, _) in crate::book::bytes(&book) {
                if !fs::symlink_metadata(&path).unwrap().is_symlink() {
                    assert_eq!(mode(&path), of_file, "{}", path.display());
                    assert_eq!(mode(path.parent().unwrap()), of_folder, "{}", path.display());
                }
            }
        }
    }
}
