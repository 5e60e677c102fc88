//! Files that keep what a page shows: byte for byte what the command writes.

use super::running::{Answer, Desk, office};
use crate::binary::stdout;
use crate::records::Dumps;

/// The commands that a page shows.
fn commands(answer: &Answer) -> Vec<String> {
    let code = answer.text().split("<code>").skip(1).filter_map(|part| part.split("</code>").next());
    let commands =
        code.filter_map(|text| text.strip_prefix("usagebook ")).map(|text| text.replace("&quot;", "\""));
    commands.collect()
}

#[test]
fn every_download_has_the_bytes_of_the_command_that_its_page_shows() {
    let office = office();
    let desk = Desk::of(&office);
    let browser = desk.enter();
    let folder = Dumps::new();
    let pages = [
        ("/figures?period=2026-10&by=period&by=customer&by=component", "figures", 0),
        ("/figures?period=2026-11&version=now&by=customer&type=cpu", "figures", 0),
        ("/behind?period=2026-10&type=cpu", "records", 0),
        ("/behind?period=2026-10&type=cpu", "arithmetic", 1),
        ("/changes?period=2026-10&from=v1&to=now", "changes", 0),
        ("/changes?period=2026-10&from=v1&to=now", "amounts", 1),
        ("/warnings?period=2026-11", "warnings", 0),
    ];
    for (path, what, command) in pages {
        let page = browser.page(path);
        let command = commands(&page).swap_remove(command);
        let links = page.links(&format!("/download/{what}."));
        assert_eq!(links.len(), 4, "{path}: {links:?}");
        for link in links {
            let ending = link.split('?').next().unwrap().rsplit('.').next().unwrap();
            let is_arithmetic_pack = what == "arithmetic" && matches!(ending, "xlsx" | "html");
            let file = browser.page(&link);
            assert!(
                file.header("content-disposition").contains(&format!("filename=\"{what}-2026-1")),
                "{link}"
            );
            // The command has no such form; the desk has what its rows are.
            if is_arithmetic_pack {
                assert!(!file.body.is_empty(), "{link}");
                continue;
            }
            let target = folder.path(&format!("x.{ending}"));
            stdout(&format!("{command} -o '{}'", target.display()));
            let expected = std::fs::read(&target).expect("a file");
            assert!(
                expected == file.body,
                "{link}: {} and {} bytes: {command}",
                expected.len(),
                file.body.len()
            );
        }
    }
}

#[test]
fn a_file_that_cannot_be_made_is_a_page_that_says_why() {
    let office = office();
    let desk = Desk::of(&office);
    let browser = desk.enter();
    let answer = browser.get("/download/changes.parquet?period=2026-10");
    assert_eq!(answer.status, 400, "{}", answer.words());
    assert!(answer.header("content-type").starts_with("text/html"), "{answer:?}");
    assert_eq!(browser.get("/download/figures.csv?period=2026-13").status, 400);
    assert_eq!(browser.get("/download/secrets.csv").status, 404);
}
