//! The pages of the documentation: links lead somewhere, every page is in the table of contents, and says whom it is for.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Component, Path, PathBuf};

use usagebook::check;
use usagebook::fault::Reason;
use usagebook::notice::Code;

/// Every page of Markdown below a folder, in order of its name.
pub fn pages_below(folder: &Path) -> Vec<PathBuf> {
    let mut pages = Vec::new();
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            pages.extend(pages_below(&entry));
        } else if entry.extension().is_some_and(|extension| extension == "md") {
            pages.push(entry);
        }
    }
    pages
}

/// The pages that people read: those at the top, in the folders beside the code, and all of `docs`.
pub fn pages() -> Vec<PathBuf> {
    let mut pages = vec!["README.md", "ARCHITECTURE.md", "CHANGELOG.md", ".github/CONTRIBUTING.md"];
    pages.extend([
        ".github/SECURITY.md",
        "benches/README.md",
        "benches/compare/README.md",
        "fixtures/README.md",
    ]);
    let mut pages: Vec<PathBuf> = pages.into_iter().map(PathBuf::from).collect();
    pages.extend(pages_below(Path::new("docs")));
    pages
}

/// The lines of a page that are not in a block of code.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut is_code = false;
    text.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    })
}

/// What a page's links lead to, addresses elsewhere left out.
fn links(text: &str) -> Vec<String> {
    let targets = prose(text).flat_map(|line| line.split("](").skip(1));
    let targets = targets.filter_map(|rest| rest.split_once(')')).map(|(target, _)| target);
    targets
        .filter(|target| !target.contains("://") && !target.starts_with("mailto:"))
        .map(str::to_owned)
        .collect()
}

/// The names by which a page's headings can be linked to.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = prose(text).filter(|line| line.starts_with('#'));
    headings.map(|line| slug(line.trim_start_matches('#').trim())).collect()
}

/// A heading as forges and mdBook make a link of it.
fn slug(heading: &str) -> String {
    let kept = heading.chars().filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
    kept.flat_map(char::to_lowercase).map(|letter| if letter == ' ' { '-' } else { letter }).collect()
}

/// A path without `.` and `..`.
fn normal(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut normal, component| {
        match component {
            Component::ParentDir => drop(normal.pop()),
            Component::CurDir => {}
            other => normal.push(other),
        }
        normal
    })
}

/// Why a link of a page leads nowhere, if it does.
fn broken(page: &Path, link: &str) -> Option<String> {
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let target = match path {
        "" => page.to_owned(),
        path => normal(&page.parent().expect("a page is in a folder").join(path)),
    };
    if !target.exists() {
        return Some(format!("{}: {link}: there is no {}", page.display(), target.display()));
    }
    if anchor.is_empty() || anchors(&fs::read_to_string(&target).expect("a page")).contains(anchor) {
        return None;
    }
    Some(format!("{}: {link}: {} has no such heading", page.display(), target.display()))
}

#[test]
fn every_link_leads_to_a_file_and_heading_that_exist() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for page in pages() {
        let text = fs::read_to_string(&page).expect("a page");
        let links = links(&text);
        count += links.len();
        wrong.extend(links.iter().filter_map(|link| broken(&page, link)));
    }
    assert!(count > 100, "{count} links were found");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_link_to_nothing_is_found() {
    let page = Path::new("docs/SUMMARY.md");
    assert_eq!(broken(page, "start/install.md#build-it"), None);
    for link in ["start/none.md", "start/install.md#none", "#none", "../README"] {
        assert!(broken(page, link).is_some(), "{link}");
    }
    let text = "[a](b.md) ![c](d.png#e)\n```\n[f](g.md)\n```\n[h](https://example.org)";
    assert_eq!(links(text), ["b.md", "d.png#e"]);
    assert_eq!(slug("What `a_b` costs: 5 EUR"), "what-a_b-costs-5-eur");
}

#[test]
fn every_page_is_in_the_table_of_contents_once() {
    let summary = fs::read_to_string("docs/SUMMARY.md").expect("a table of contents");
    let mut listed: Vec<PathBuf> = links(&summary).iter().map(|link| Path::new("docs").join(link)).collect();
    listed.sort();
    let mut found = pages_below(Path::new("docs"));
    found.retain(|page| page != Path::new("docs/SUMMARY.md"));
    found.sort();
    assert_eq!(listed, found);
}

#[test]
fn the_first_sentence_says_what_kind_of_page_it_is_and_the_second_for_whom() {
    for page in pages_below(Path::new("docs")) {
        let text = fs::read_to_string(&page).expect("a page");
        let section = page.components().nth(1).expect("a section").as_os_str().to_string_lossy().into_owned();
        let starts: &[&str] = match section.as_str() {
            "start" => &["This tutorial ", "This tour "],
            "guides" => &["This guide "],
            "concepts" | "internals" => &["This page explains "],
            "reference" => &["This reference "],
            _ => continue,
        };
        let first = text.split("\n\n").nth(1).unwrap_or_default();
        let first = first.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.starts_with("# "), "{} begins with its title", page.display());
        assert!(starts.iter().any(|start| first.starts_with(start)), "{}: {first}", page.display());
        let reader = ["It is for ", "Read it "].iter().any(|start| first.contains(start));
        assert!(reader, "{} does not say who should read it: {first}", page.display());
    }
}

#[test]
fn the_readme_is_short() {
    let lines = fs::read_to_string("README.md").expect("the README").lines().count();
    assert!(lines <= 150, "the README has {lines} lines");
}

/// The table of warnings, notes and reasons to reject a record. The severity is in the description of the check.
fn warnings() -> String {
    let checks = fs::read_to_string("docs/reference/checks.md").expect("the checks are documented");
    let mut page = "# Warnings and notes\n\n\
                    This reference lists the code and the meaning of every warning and note, and what to do. It is for people who \
                    read them,\nand for programs that read manifests and verdicts.\n\n\
                    A warning means that the figures may be wrong (exit status 3). A note is worth knowing (exit status 0). \
                    [Checks](checks.md) describes\nhow each of them is computed and when it is a false alarm.\n\n\
                    | code | severity | meaning | what to do |\n|---|---|---|---|\n"
        .to_owned();
    for code in Code::ALL {
        let name = code.name();
        let (_, about) = checks.split_once(&format!("\n### `{name}`\n")).expect("each code has a heading");
        let (_, severity) = about.split_once("**Severity:** ").expect("each code has a severity");
        let severity = severity.lines().next().unwrap_or_default();
        let _ = writeln!(
            page,
            "| [`{name}`](checks.md#{name}) | {severity} | {} | {} |",
            check::meaning(code),
            check::action(code)
        );
    }
    page += "\n## Rejected records\n\nA record or file that cannot be used stops the command, unless `--rejects FILE` is given. \
             The message ends with one of these\ncodes, and the file of `--rejects` has it as `reason`.\n\n| code | meaning |\n|---|---|\n";
    for reason in Reason::ALL {
        let _ = writeln!(page, "| `{}` | {} |", reason.code(), reason.meaning());
    }
    page
}

#[test]
fn the_table_of_warnings_has_every_code() {
    let path = Path::new("docs/reference/warnings.md");
    let expected = warnings();
    if std::env::var_os("USAGEBOOK_BLESS").is_some() {
        fs::write(path, &expected).expect("the page");
    }
    let found = fs::read_to_string(path).unwrap_or_default();
    assert!(found == expected, "{}: run this test with USAGEBOOK_BLESS=1\n{expected}", path.display());
}
