//! What a month's end leaves behind: where its files may be, what they say of others, and how changes are named.

use std::fs;

use crate::month::{Office, files};
use crate::records::{page, records};

const BEGIN: &str = "2026-10 october.json --complete --pulled-at 2026-11-02T08:00:00Z --new -q";

#[test]
fn results_are_not_written_into_the_book_that_the_command_makes() {
    for to in ["usage.book", "usage.book/outputs", "./usage.book/../usage.book/deep/outputs"] {
        let office = Office::new();
        let settings = fs::read_to_string(office.0.path("usagebook.toml")).unwrap();
        office.0.write("usagebook.toml", settings.replace("to = \"outputs\"", &format!("to = {to:?}")));
        let outcome = office.run(BEGIN);
        assert_eq!(outcome.code, 2, "{to}: {}{}", outcome.stdout, outcome.stderr);
        assert!(outcome.stderr.contains("it is inside the book"), "{to}: {}", outcome.stderr);
        assert!(!office.0.path("usage.book").exists(), "{to}");
    }
}

#[test]
fn results_do_not_depend_on_how_the_configuration_is_typed() {
    let office = Office::with("prices = \"card.toml\"\nattributes = [\"customers.csv\"]\n", "");
    office.0.write("customers.csv", "customer_name,cost_centre\nacme,CC1\nnobody,CC2\n");
    let month = |config: &str| {
        let mut command = crate::binary::command();
        command.current_dir(office.0.path("")).args(["month", "2026-10", "-q", "--config", config]);
        command.args(["october.json", "--complete", "--pulled-at", "2026-11-02T08:00:00Z"]);
        command.args((!office.0.path("usage.book").exists()).then_some("--new"));
        let output = command.output().expect("it runs");
        (output.status.code(), String::from_utf8(output.stdout).expect("text"))
    };
    assert_eq!(month("usagebook.toml").0, Some(0));
    let first = files(&office.0.path("outputs"));
    let full = office.0.path("usagebook.toml").display().to_string();
    for config in ["./usagebook.toml", full.as_str()] {
        let (code, said) = month(config);
        assert!(code == Some(0) && said.contains("nothing changed since the last run"), "{config}: {said}");
        assert!(files(&office.0.path("outputs")) == first, "{config}");
    }
}
