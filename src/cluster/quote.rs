//! The one place where values and paths become SQL.
//!
//! Engines disagree about backslashes, doubled quotes and variables within literals. So a literal has nothing in it that any of them reads
//! in its own way; such characters are written as `CHR(n)`: `'O' || CHR(39) || 'Brien'`.

use super::{Engine, EnginePaths};
use crate::error::{Error, Result};
use std::path::Path;

/// A text as an expression.
pub(super) fn literal(text: &str) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut plain = String::new();
    let mut last = None;
    for character in text.chars() {
        // Not even what a simple tool takes for a comment.
        let is_comment = matches!((last, character), (Some('-'), '-') | (Some('/'), '*') | (Some('*'), '/'));
        let is_special = character.is_control()
            || matches!(character, '\'' | '"' | '`' | '\\' | ';' | '$' | '{' | '}' | '?');
        last = Some(character);
        // Only ASCII, of which all engines have the same numbers.
        if (is_comment || is_special) && character.is_ascii() {
            if !plain.is_empty() {
                parts.push(format!("'{plain}'"));
                plain.clear();
            }
            parts.push(format!("CHR({})", u32::from(character)));
        } else {
            plain.push(character);
        }
    }
    if !plain.is_empty() || parts.is_empty() {
        parts.push(format!("'{plain}'"));
    }
    match parts.as_slice() {
        [one] => one.clone(),
        parts => format!("({})", parts.join(" || ")),
    }
}

/// A uuid as an expression.
pub(super) fn uuid(uuid: u128) -> String {
    format!("'{}'", crate::text::uuid_text(uuid))
}

/// A Parquet file as something to select from.
///
/// # Errors
/// A path with a character that stands for a pattern, or cannot be quoted.
pub(super) fn parquet(path: &Path, engine: Engine, paths: &EnginePaths) -> Result<String> {
    let refused = |character| Error::PathForEngine { path: path.to_owned(), character };
    let text =
        std::path::absolute(path).map_err(|source| Error::Unreadable { path: path.to_owned(), source })?;
    let text = text.to_str().ok_or_else(|| refused(char::REPLACEMENT_CHARACTER))?;
    let text = paths.there(text);
    let is_special = |character: &char| character.is_control() || "*?[]{}\\`;$".contains(*character);
    match text.chars().find(is_special) {
        Some(character) => Err(refused(character)),
        None => Ok(match engine {
            Engine::DuckDb => format!("read_parquet({})", literal(&text)),
            Engine::Spark => format!("parquet.`{text}`"),
        }),
    }
}
