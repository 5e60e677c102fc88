//! The examples of the README and of every page under `docs`: each command in a block of `console` prints what the page
//! shows below it.
//!
//! `USAGEBOOK_BLESS=1 cargo test --test it readme` writes what is printed today into the pages.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// A command and everything that it prints.
struct Example {
    line: usize,
    command: String,
    printed: String,
}

fn examples(text: &str) -> Vec<Example> {
    let mut examples: Vec<Example> = Vec::new();
    let mut is_console = false;
    for (line, content) in (1..).zip(text.lines()) {
        match content {
            "```console" => is_console = true,
            "```" => is_console = false,
            _ if !is_console => {}
            _ => match content.strip_prefix("$ ") {
                Some(command) => {
                    examples.push(Example { line, command: command.to_owned(), printed: String::new() })
                }
                None => {
                    let example = examples.last_mut().expect("a block begins with a command");
                    example.printed += content;
                    example.printed.push('\n');
                }
            },
        }
    }
    examples
}

/// Runs a line of shell where the fixtures lie; gives what standard output and standard error say together.
fn printed(command: &str, folder: &Path) -> String {
    let binary = Path::new(env!("CARGO_BIN_EXE_usagebook"));
    let path = std::env::var("PATH").unwrap_or_default();
    let path = format!("{}:{path}", binary.parent().expect("a folder").display());
    let output = Command::new("sh")
        .args(["-c", &format!("{{ {command}\n}} 2>&1")])
        .current_dir(folder)
        .env("PATH", path)
        .env_remove("COLUMNS")
        .env("XDG_STATE_HOME", crate::binary::NO_FOLDER)
        .env("SOURCE_DATE_EPOCH", crate::binary::CLOCK)
        .stdin(Stdio::null())
        .output()
        .expect("a shell");
    String::from_utf8(output.stdout).expect("text is UTF-8")
}

/// A folder in which examples leave programs running, each with its number in a file `….pid`.
struct Workplace(tempfile::TempDir);

impl Drop for Workplace {
    fn drop(&mut self) {
        // An example that failed did not come to the one that ends the program. A number may belong to another program
        // by now; one that was started here has its working folder here.
        let stop = "for id in $(cat ./*.pid); do [ \"$(readlink /proc/$id/cwd)\" = \"$(pwd -P)\" ] && kill $id; done";
        let _ =
            Command::new("sh").args(["-c", stop]).current_dir(self.0.path()).stderr(Stdio::null()).status();
    }
}

/// Runs a page's examples in one folder, in order; each must print what the page shows, or the page is written anew.
pub fn check(document: &Path) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join(document)).expect("the document");
    let examples = examples(&text);
    let folder = Workplace(tempfile::tempdir().expect("a temporary folder"));
    std::os::unix::fs::symlink(root.join("fixtures"), folder.0.path().join("fixtures")).expect("a link");
    let is_blessing = std::env::var_os("USAGEBOOK_BLESS").is_some();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let mut shift = 0;
    for Example { line, command, printed: expected } in examples {
        if command.contains("usagebook query") && !cfg!(feature = "query") {
            continue;
        }
        let found = printed(&command, folder.0.path());
        if is_blessing {
            // `line` counts from 1, so it is the index of the first line below the command.
            let start = line.strict_add_signed(shift);
            let count = expected.lines().count();
            lines.splice(start..start + count, found.lines().map(str::to_owned));
            shift += found.lines().count().cast_signed() - count.cast_signed();
            continue;
        }
        assert!(
            found == expected,
            "{}, line {line}: $ {command}\n--- in the document\n{expected}\n--- printed\n{found}",
            document.display()
        );
    }
    if is_blessing {
        fs::write(root.join(document), lines.join("\n") + "\n").expect("the document");
    }
}

#[test]
fn every_command_in_the_readme_prints_what_stands_below_it() {
    check(Path::new("README.md"));
}

#[test]
fn every_command_in_the_docs_prints_what_the_page_shows() {
    for page in crate::docs::pages_below(Path::new("docs")) {
        check(&page);
    }
}

#[test]
fn the_readme_names_the_two_commands_that_ci_runs() {
    let text = fs::read_to_string("README.md").expect("the README");
    for command in ["cargo run --release --locked -- report fixtures/real", "cargo test --locked --workspace"]
    {
        assert!(text.contains(command), "{command}");
    }
}
