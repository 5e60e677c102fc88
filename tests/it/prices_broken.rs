//! The catalogue of broken price lists: every file in `fixtures/prices/broken` is refused with the message beside it.
//!
//! `USAGEBOOK_BLESS=1 cargo test --test it prices_broken` writes `messages.txt` anew.

use std::fs;
use std::path::{Path, PathBuf};

use usagebook::price::{ExchangeRates, PriceList};

const FOLDER: &str = "fixtures/prices/broken";
const MESSAGES: &str = "messages.txt";

/// The files of the catalogue, in order.
fn catalogue() -> Vec<PathBuf> {
    let entries = fs::read_dir(FOLDER).expect("the catalogue");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("a file").path()).collect();
    paths.retain(|path| !path.ends_with(MESSAGES));
    paths.sort();
    paths
}

/// Why a card, or a file of rates, is refused.
fn refusal(path: &Path) -> String {
    let bytes = fs::read(path).expect("a file");
    let name = Path::new(path.file_name().expect("a name"));
    let refused = match name.to_string_lossy().contains(".rates.") {
        true => ExchangeRates::parse(name, &bytes).map(|_| ()),
        false => PriceList::parse(name, &bytes).map(|_| ()),
    };
    refused.expect_err(&format!("{} is refused", path.display())).to_string()
}

#[test]
fn every_broken_card_is_refused_with_its_line_and_what_was_expected() {
    let told: String = catalogue().iter().map(|path| refusal(path) + "\n").collect();
    let path = Path::new(FOLDER).join(MESSAGES);
    if std::env::var_os("USAGEBOOK_BLESS").is_some() {
        fs::write(&path, &told).expect("the messages");
    }
    let expected = fs::read_to_string(&path).expect("the messages");
    assert_eq!(told.lines().count(), expected.lines().count());
    for (line, expected) in told.lines().zip(expected.lines()) {
        assert_eq!(line, expected);
        assert!(line.contains(": line ") && (line.contains("expected") || line.contains(": not ")), "{line}");
    }
}
