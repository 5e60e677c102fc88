//! No environment makes a command panic: no variable, no closed stream, no missing folder, no argument.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::binary::{command, run};
use crate::records::{Dumps, ndjson, records};

/// For each command something that it does; `get` and `serve` among them end by themselves or are stopped.
const LINES: [(&str, &[&str]); 29] = [
    ("month", &["month 2026-10 dump.ndjson --config month.toml"]),
    ("desk", &["desk --book usage.book --no-browser"]),
    (
        "report",
        &[
            "report dump.ndjson --as-of 2026-11-23 -o out.xlsx --rejects rejects",
            "report dump.ndjson --by user",
        ],
    ),
    ("statements", &["statements dump.ndjson --period 2026-10 --as-of 2026-11-23 --to statements"]),
    (
        "bills",
        &["bills dump.ndjson --period 2026-10 --as-of 2026-11-23 --prices card.toml --to bills --format csv"],
    ),
    ("prices", &["prices new dump.ndjson -o rates.toml"]),
    ("check", &["check dump.ndjson"]),
    ("list", &["list dump.ndjson --all"]),
    ("get", &["get 00000000000000000000000000000000 dump.ndjson"]),
    ("stage", &["stage dump.ndjson --to staged"]),
    ("add", &["add dump.ndjson --book new.book --new"]),
    ("status", &["status --book usage.book"]),
    ("acknowledge", &["acknowledge 2026-10 spike --book usage.book --by-whom Mari --reason seen"]),
    (
        "adjust",
        &[
            "adjust 2026-10 --book usage.book --customer 0724d383f4f6de0fd325a7686dcea0ff --amount=-1 --currency EUR --reason why",
        ],
    ),
    ("close", &["close 2026-10 --book usage.book"]),
    ("restate", &["restate 2026-09 --book usage.book --note why"]),
    ("retract", &["retract 0123456789ab --book usage.book --reason why"]),
    ("history", &["history --book usage.book"]),
    ("verify", &["verify --book usage.book"]),
    ("backup", &["backup --book usage.book --to copy.zip"]),
    ("repair", &["repair --book usage.book"]),
    ("diff", &["diff 2026-09 --book usage.book"]),
    ("late", &["late --book usage.book"]),
    ("explain", &["explain --book usage.book --period 2026-10"]),
    ("pull", &["pull --url http://127.0.0.1:1 --to pulled --period 2026-10"]),
    ("serve", &["serve dump.ndjson --listen 127.0.0.1:0"]),
    ("completions", &["completions bash"]),
    ("man", &["man"]),
    ("help", &["help"]),
];

const CARD: &str =
    "[[price]]\ncomponent_type = \"cpu\"\nmeasured_unit = \"hour\"\nunit_price = \"1\"\ncurrency = \"EUR\"\n";

/// A command that does not end by itself is stopped after this time.
const PATIENCE: Duration = Duration::from_secs(3);

/// The commands that `--help` lists.
fn commands() -> Vec<String> {
    let help = run("--help").stdout;
    let listed = help.split("Commands:\n").nth(1).expect("a list of commands");
    let listed = listed.lines().take_while(|line| !line.is_empty());
    listed
        .filter_map(|line| {
            line.strip_prefix("  ")?.split(' ').next().filter(|name| !name.is_empty()).map(str::to_owned)
        })
        .collect()
}

/// What surrounds a command.
struct Surroundings {
    name: &'static str,
    variables: Vec<(&'static str, OsString)>,
    /// Shell before the command: `"$@"` runs it.
    shell: &'static str,
    argument: Option<OsString>,
}

const VARIABLES: [&str; 34] = [
    "COLUMNS",
    "LINES",
    "TZ",
    "LANG",
    "LC_ALL",
    "NO_COLOR",
    "CLICOLOR",
    "CLICOLOR_FORCE",
    "FORCE_COLOR",
    "COLORTERM",
    "TERM",
    "HOME",
    "TMPDIR",
    "RAYON_NUM_THREADS",
    "RAYON_RS_NUM_CPUS",
    "POLARS_MAX_THREADS",
    "POLARS_PANIC_ON_ERR",
    "POLARS_VERBOSE",
    "POLARS_WARN_UNSTABLE",
    "POLARS_FMT_MAX_ROWS",
    "POLARS_TEMP_DIR",
    "POLARS_OOC_SPILL_DIR",
    "POLARS_ASYNC_THREAD_COUNT",
    "POLARS_MAX_EXPR_DEPTH",
    "POLARS_THREAD_NAME",
    "TOKIO_WORKER_THREADS",
    "RUST_BACKTRACE",
    "RUST_MIN_STACK",
    "RUST_LOG",
    "SHELL",
    "USER",
    "WALDUR_TOKEN",
    "USAGEBOOK_TOKEN",
    "TZDIR",
];

fn all_set_to(name: &'static str, value: impl Into<OsString> + Clone) -> Surroundings {
    let variables = VARIABLES.iter().map(|variable| (*variable, value.clone().into())).collect();
    Surroundings { name, variables, shell: "exec \"$@\"", argument: None }
}

fn in_shell(name: &'static str, shell: &'static str) -> Surroundings {
    Surroundings { name, variables: Vec::new(), shell, argument: None }
}

fn surroundings() -> Vec<Surroundings> {
    let not_text = || OsString::from_vec(vec![b'/', 0xff, 0xfe]);
    vec![
        all_set_to("empty variables", ""),
        all_set_to("variables that are 0", "0"),
        all_set_to("variables that are 1", "1"),
        all_set_to("variables that are huge", "99999999999999999999"),
        all_set_to("variables that are large", "1000000000"),
        all_set_to("variables that are negative", "-1"),
        all_set_to("variables that are words", "=garbage:/\u{1b}[31m"),
        all_set_to("variables that are no text", not_text()),
        in_shell("no variable at all", "exec env -i \"$@\""),
        in_shell("closed streams", "exec \"$@\" <&- >&- 2>&-"),
        in_shell("a closed standard output", "exec \"$@\" >&-"),
        in_shell("a full disk behind standard output", "exec \"$@\" > /dev/full"),
        in_shell("a full disk behind standard error", "exec \"$@\" 2> /dev/full"),
        in_shell("a folder that was deleted", "mkdir gone && cd gone && rmdir ../gone && exec \"$@\""),
        in_shell("a folder for temporary files that is missing", "TMPDIR=/nowhere exec \"$@\""),
        in_shell("a folder for temporary files that nobody can write", "TMPDIR=/proc exec \"$@\""),
        Surroundings { argument: Some(not_text()), ..in_shell("an argument that is no text", "exec \"$@\"") },
    ]
}

/// A folder with a dump and a book of two months, one of them closed.
fn workplace() -> Dumps {
    let folder = Dumps::new();
    let dump = ndjson(&records("acme cpu hour 2026-09 alice 1.50\nacme cpu hour 2026-10 bob 2.25"));
    folder.write("dump.ndjson", dump);
    folder.write("card.toml", CARD);
    folder.write("month.toml", "[month]\nbook = \"usage.book\"\nto = \"outputs\"\nprices = \"card.toml\"\n");
    for line in [
        "add --new dump.ndjson --book usage.book --pulled-at 2026-11-02T08:00:00Z",
        "close 2026-09 --book usage.book",
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_usagebook"))
            .current_dir(folder.path(""))
            .args(line.split(' '))
            .output()
            .expect("the command runs");
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    }
    folder
}

/// Runs a line; what it says if it panics, or is killed by anything but our patience.
fn panicked(root: &Path, line: &str, around: &Surroundings) -> Option<String> {
    let errors = tempfile::tempfile().expect("a file");
    let mut command = Command::new("/bin/sh");
    command
        .current_dir(root)
        .args(["-c", around.shell, "sh", env!("CARGO_BIN_EXE_usagebook")])
        .args(line.split(' '))
        .args(&around.argument)
        .envs(around.variables.iter().map(|(name, value)| (*name, value)))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(errors.try_clone().expect("a second handle"));
    let mut child = command.spawn().expect("a shell");
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("a child") {
            break status.code();
        }
        if begun.elapsed() > PATIENCE {
            child.kill().expect("it runs");
            child.wait().expect("a child");
            break Some(0);
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let said = said(errors);
    let is_fine = matches!(status, Some(0..=3)) && !said.contains("panicked");
    (!is_fine).then(|| format!("{line}, with {}: {status:?}, {said}", around.name))
}

fn said(mut errors: fs::File) -> String {
    use std::io::{Read as _, Seek as _};
    let mut bytes = Vec::new();
    errors.rewind().expect("a file");
    errors.read_to_end(&mut bytes).expect("a file");
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn no_surroundings_make_a_command_panic() {
    let commands = commands();
    assert!(commands.len() > 15, "{commands:?}");
    for command in &commands {
        assert!(LINES.iter().any(|(name, _)| name == command), "{command} has no line to be tried with");
    }
    let lines: Vec<&str> = LINES.iter().flat_map(|(_, lines)| lines.iter().copied()).collect();
    let around = surroundings();
    let master = workplace();
    let try_line = |line: &&str| -> Vec<String> {
        let tried = around.iter().filter_map(|around| {
            let folder = Dumps::new();
            let root = folder.path("");
            let copied = Command::new("cp").args(["-a", "-T"]).arg(master.path("")).arg(&root).status();
            assert!(copied.expect("cp").success());
            panicked(&root, line, around)
        });
        tried.collect()
    };
    let panics: Vec<String> = std::thread::scope(|scope| {
        let halves: Vec<_> = lines
            .chunks(lines.len().div_ceil(4))
            .map(|lines| scope.spawn(move || lines.iter().flat_map(try_line).collect::<Vec<_>>()))
            .collect();
        halves.into_iter().flat_map(|half| half.join().expect("a thread")).collect()
    });
    assert!(panics.is_empty(), "{}", panics.join("\n"));
}

#[test]
fn a_folder_that_nobody_can_enter_is_a_message() {
    let folder = Dumps::new();
    let closed = folder.path("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    let outcome = run(&format!("report '{0}' -o '{0}/report.csv'", closed.display()));
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).unwrap();
    assert!(matches!(outcome.code, 1 | 2), "{}", outcome.stderr);
    assert!(outcome.stderr.starts_with("error: "), "{}", outcome.stderr);
}

#[test]
fn a_file_that_the_shell_allows_no_room_for_is_an_error_and_not_the_end() {
    let folder = Dumps::new();
    let dump = folder.write("dump.ndjson", ndjson(&records("acme cpu hour 2026-10 alice 1.50")));
    for line in [
        format!("report '{dump}' -o '{}'", folder.path("out.xlsx").display()),
        format!("report '{dump}' -o '{}'", folder.path("out.parquet").display()),
        format!("report '{dump}' --format html > '{}'", folder.path("out.html").display()),
        format!("statements '{dump}' --period 2026-10 --to '{}'", folder.path("statements").display()),
        format!("add --new '{dump}' --book '{}'", folder.path("usage.book").display()),
    ] {
        let shell = format!("ulimit -f 1; exec \"$0\" {line}");
        let mut shell_command = Command::new("sh");
        let program = command().get_program().to_owned();
        let outcome = shell_command.args(["-c", &shell]).arg(program).output().expect("a shell");
        let said = String::from_utf8(outcome.stderr).expect("text");
        assert_eq!(outcome.status.code(), Some(1), "{line}: {said}");
        assert_eq!(said.lines().filter(|line| line.starts_with("error: ")).count(), 1, "{line}: {said}");
        assert!(said.contains("File too large"), "{line}: {said}");
    }
    for name in ["out.xlsx", "out.parquet", "statements", "usage.book/book.json"] {
        let path = folder.path(name);
        assert!(!path.exists() || name == "usage.book/book.json", "{name}");
    }
    assert_eq!(fs::read_dir(folder.path(".")).expect("a folder").count(), 3, "dump, page and book");
}
