//! Plain English: words of a private dialect are kept out of messages, help, headings and pages.

use std::fs;
use std::path::Path;

/// What is not written, and what is written instead.
const WORDS: &[(&str, &str)] = &[
    ("can not", "cannot"),
    ("whoever", "the person who"),
    ("none where", "None if"),
    ("none of what", "None when"),
    ("stand in", "is in"),
    ("stands in", "is in"),
    ("stand beside", "is next to"),
    ("stands beside", "is next to"),
    ("stand under", "belongs to"),
    ("stands under", "belongs to"),
    ("stand behind", "comes after"),
    ("stands behind", "comes after"),
    ("stands on", "is on"),
    ("is told", "is reported"),
    ("is said", "is shown"),
    ("to be said", "is shown"),
    ("so many", "this many"),
    ("as far as", "if"),
    ("set against", "compared with"),
    ("seen on", "as of"),
    ("the time before", "previous period"),
    ("months not over", "incomplete months"),
    ("set aside", "rejected"),
    ("fault", "rejected record"),
    ("faults", "rejected records"),
    ("finding", "warning"),
    ("findings", "warnings"),
    ("remark", "note"),
    ("remarks", "notes"),
    ("look-alike", "that look alike"),
    ("tie-out", "check"),
    ("tie out", "add up"),
    ("ties out", "adds up"),
    ("rate card", "price list"),
    ("rate cards", "price lists"),
    ("gives back", "returns"),
    ("for ever", "always"),
    ("namesake", "customers of the same name"),
    ("namesakes", "customers of the same name"),
    ("in the place of", "instead of"),
];

/// The words of the list that a text has, each with what stands around it.
fn found(text: &str) -> Vec<String> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let is_letter =
        |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() || "_-".contains(letter));
    let mut found = Vec::new();
    for (word, better) in WORDS {
        for (at, _) in text.match_indices(word) {
            let (before, after) = (&text[..at], &text[at + word.len()..]);
            if is_letter(before.chars().next_back()) || is_letter(after.chars().next()) {
                continue;
            }
            let before: Vec<&str> = before.split(' ').rev().take(4).collect();
            let before: Vec<&str> = before.into_iter().rev().collect();
            let after: Vec<&str> = after.split(' ').take(4).collect();
            found.push(format!(
                "{word:?} (better: {better}) in: {}{word}{}",
                before.join(" "),
                after.join(" ")
            ));
        }
    }
    found
}

fn assert_plain(texts: impl IntoIterator<Item = (String, String)>) {
    let texts = texts
        .into_iter()
        .flat_map(|(whose, text)| found(&text).into_iter().map(move |words| format!("{whose}: {words}")));
    let wrong: Vec<String> = texts.collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The texts between quotation marks in code, its tests and comments left out; what is filled in is left out, too.
fn literals(code: &str) -> Vec<String> {
    let code = code.split("#[cfg(test)]").next().unwrap_or_default();
    let mut literals = Vec::new();
    let mut rest = code;
    while let Some(at) = rest.find(['"', '/', '\'']) {
        let (before, from) = rest.split_at(at);
        let hashes = before.len() - before.trim_end_matches('#').len();
        let is_raw = before.trim_end_matches('#').ends_with('r');
        rest = if from.starts_with("//") {
            from.split_once('\n').map_or("", |(_, rest)| rest)
        } else if let Some(inner) = from.strip_prefix('"') {
            let (text, rest) = match is_raw {
                true => raw(inner, hashes),
                false => quoted(inner),
            };
            literals.push(text);
            rest
        } else if from.starts_with("'\"'") || from.starts_with("'/'") {
            &from[3..]
        } else if from.starts_with("'\\") {
            from.get(3..).unwrap_or_default()
        } else {
            &from[1..]
        };
    }
    literals
}

/// The text of a raw literal with this many hashes, and what comes after it.
fn raw(from: &str, hashes: usize) -> (String, &str) {
    let end = format!("\"{}", "#".repeat(hashes));
    let (text, rest) = from.split_once(&end).unwrap_or((from, ""));
    (text.to_owned(), rest)
}

/// The text up to its closing quotation mark, without escapes and placeholders, and the code after it.
fn quoted(code: &str) -> (String, &str) {
    let mut text = String::new();
    let mut letters = code.char_indices();
    let mut depth: u32 = 0;
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return (text, &code[at + 1..]),
            '\\' => {
                letters.next();
                text.push(' ');
            }
            '{' => depth += 1,
            '}' => {
                depth = depth.saturating_sub(1);
                text.push('…');
            }
            letter if depth == 0 => text.push(letter),
            _ => {}
        }
    }
    (text, "")
}

fn read(path: &Path) -> (String, String) {
    (path.display().to_string(), fs::read_to_string(path).expect("a text"))
}

/// A page without names of code: spans of code, and blocks of code but those that show what is printed.
fn without_code(text: &str) -> String {
    let mut shown = String::new();
    for (index, block) in text.split("```").enumerate() {
        if index % 2 == 0 {
            shown.extend(block.split('`').step_by(2));
        } else if block.starts_with("console") {
            shown.push_str(block);
        }
    }
    shown
}

#[test]
fn pages_have_plain_words() {
    let pages = crate::docs::pages().into_iter().map(|page| read(&page));
    assert_plain(pages.map(|(path, text)| (path, without_code(&text))));
}

#[test]
fn messages_and_headings_have_plain_words() {
    let sources = crate::tidy::sources("src").into_iter().filter(|(path, _)| !path.ends_with("tests.rs"));
    let messages = sources.map(|(path, code)| (path, literals(&code).join("\n")));
    // The names of records that earlier books hold.
    assert_plain(messages.filter(|(path, _)| path != "src/book/manifest.rs"));
}

#[test]
fn the_help_has_plain_words() {
    let help = crate::binary::stdout("--help");
    let (_, commands) = help.split_once("Commands:\n").expect("a list of commands");
    let names = commands.lines().take_while(|line| !line.is_empty());
    let names =
        names.filter(|line| !line.starts_with("    ")).filter_map(|line| line.split_whitespace().next());
    let names: Vec<&str> = names.filter(|name| *name != "help").collect();
    assert!(names.len() > 15, "{names:?}");
    let helps =
        names.iter().map(|name| (format!("{name} --help"), crate::binary::stdout(&format!("{name} --help"))));
    assert_plain(helps.chain([("--help".to_owned(), help.clone())]));
}

#[test]
fn the_catalogue_of_messages_has_plain_words() {
    let entries = fs::read_dir("fixtures/broken").expect("the catalogue");
    let paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    let expected = paths.iter().filter(|path| path.extension().is_some_and(|ending| ending == "expected"));
    assert_plain(
        expected.map(|path| read(path)).chain([read(Path::new("fixtures/prices/broken/messages.txt"))]),
    );
}

#[test]
fn a_word_of_the_list_is_found_and_parts_of_other_words_are_not() {
    assert_eq!(found("It can\nnot be; so many Faults.").len(), 3);
    assert!(found("cannot default set_aside findings_max the pinding").is_empty());
    assert_eq!(found(&without_code("`so many` ```\nwhoever\n``` ```console\nremark: faults\n```")).len(), 2);
    let code = "let a = \"one {whoever} \\\n  two\"; // \"three\"\nlet b = '\"'; let c = r#\"fo\"ur\"#;\n#[cfg(test)] \"five\"";
    assert_eq!(literals(code), ["one …    two", "fo\"ur"]);
}
