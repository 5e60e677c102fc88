//! The README's examples: every command in a block of `console` is run, and prints what stands below it.

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
        .env("XDG_STATE_HOME", "/nonexistent")
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
        // An example that failed did not come to the one that ends the program.
        let _ = Command::new("sh")
            .args(["-c", "cat ./*.pid | xargs -r kill"])
            .current_dir(self.0.path())
            .stderr(Stdio::null())
            .status();
    }
}

fn check(document: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join(document)).expect("the document");
    let folder = Workplace(tempfile::tempdir().expect("a temporary folder"));
    std::os::unix::fs::symlink(root.join("fixtures"), folder.0.path().join("fixtures")).expect("a link");
    let examples = examples(&text);
    assert!(!examples.is_empty(), "{document} has no example");
    for Example { line, command, printed: expected } in examples {
        let found = printed(&command, folder.0.path());
        assert!(
            found == expected,
            "{document}, line {line}: $ {command}\n--- in the document\n{expected}\n--- printed\n{found}"
        );
    }
}

#[test]
fn every_command_in_the_readme_prints_what_stands_below_it() {
    check("README.md");
}

#[test]
fn the_readme_names_the_two_commands_that_ci_runs() {
    let text = fs::read_to_string("README.md").expect("the README");
    for command in ["cargo run --release --locked -- report fixtures/real", "cargo test --locked"] {
        assert!(text.contains(command), "{command}");
    }
}
