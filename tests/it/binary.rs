//! The command as a user runs it: from the root of the repository, and what came out.

use std::io::Write as _;
use std::process::{Command, Stdio};

/// What a run of the command left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    pub stdout: String,
    pub stderr: String,
    pub code: i32,
}

/// What time it is for commands: after all data of the fixtures, 2026-12-01T00:00:00Z.
pub const CLOCK: &str = "1796083200";

/// A folder that nobody can make, root included: it would be inside a device.
pub const NO_FOLDER: &str = "/dev/null/state";

/// The command, not yet run; no variable of the caller's terminal reaches it.
pub fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_usagebook"));
    command
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_remove("COLUMNS")
        .env("XDG_STATE_HOME", NO_FOLDER)
        .env("SOURCE_DATE_EPOCH", CLOCK)
        .stdin(Stdio::null());
    command
}

/// Runs a command line: words between blanks, those with blanks in single quotes.
pub fn run(line: &str) -> Outcome {
    run_with(&words(line), "")
}

/// Runs a command line that reads a text from standard input.
pub fn run_with(words: &[String], stdin: &str) -> Outcome {
    let mut child = command()
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let mut pipe = child.stdin.take().expect("standard input is piped");
    let text = stdin.to_owned();
    // A command that stops without reading closes its side first.
    let writer = std::thread::spawn(move || pipe.write_all(text.as_bytes()));
    let output = child.wait_with_output().expect("the command ends");
    let _ = writer.join().expect("writing does not panic");
    Outcome {
        stdout: String::from_utf8(output.stdout).expect("text is UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("messages are UTF-8"),
        code: output.status.code().expect("the command ends by itself"),
    }
}

/// Runs a command line that must end with status 0 or 3, and gives its standard output.
pub fn stdout(line: &str) -> String {
    let outcome = run(line);
    assert!(matches!(outcome.code, 0 | 3), "{line}\n{}", outcome.stderr);
    outcome.stdout
}

/// `add`, which makes the book if it is not there yet.
pub fn adding(book: impl AsRef<std::path::Path>) -> &'static str {
    if usagebook::Book::is_new(book.as_ref()).unwrap_or(false) { "add --new" } else { "add" }
}

/// The words of a command line, single quotes resolved.
pub fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (at, part) in line.split('\'').enumerate() {
        match at % 2 {
            0 => words.extend(part.split_whitespace().map(str::to_owned)),
            _ => words.push(part.to_owned()),
        }
    }
    words
}

/// A line of standard error that begins in this way, without that beginning.
pub fn said<'a>(outcome: &'a Outcome, beginning: &str) -> Vec<&'a str> {
    outcome.stderr.lines().filter_map(|line| line.strip_prefix(beginning)).collect()
}
