//! Secrets taken out of whatever a server or a library says, in every way in which they may be written.

/// What takes a secret's place.
const REDACTED: &[u8] = b"[redacted]";

/// A secret that is repeated among records is refused; one so short may stand there by chance.
const CERTAIN_LENGTH: usize = 12;

/// The secrets of a pull: the token, the password of a proxy. Has no `Debug`, which would show them.
#[derive(Clone, Default)]
pub(crate) struct Secrets {
    secrets: Vec<Vec<u8>>,
}

impl Secrets {
    pub(crate) fn add(&mut self, secret: &str) {
        if !secret.is_empty() {
            self.secrets.push(secret.as_bytes().to_vec());
        }
    }

    /// The text without the secrets.
    pub(crate) fn redact(&self, text: &str) -> String {
        String::from_utf8_lossy(&self.redact_bytes(text.as_bytes())).into_owned()
    }

    /// The same of bytes.
    pub(crate) fn redact_bytes(&self, bytes: &[u8]) -> Vec<u8> {
        let mut clean = Vec::with_capacity(bytes.len());
        let mut at = 0;
        while at < bytes.len() {
            match self.secrets.iter().find_map(|secret| length_at(&bytes[at..], secret)) {
                Some(length) => {
                    clean.extend_from_slice(REDACTED);
                    at += length;
                }
                None => {
                    clean.push(bytes[at]);
                    at += 1;
                }
            }
        }
        clean
    }

    /// Whether bytes hold a secret that cannot be there by chance.
    pub(crate) fn are_certainly_in(&self, bytes: &[u8]) -> bool {
        let certain = self.secrets.iter().filter(|secret| secret.len() >= CERTAIN_LENGTH);
        let is_in = |secret: &Vec<u8>| (0..bytes.len()).any(|at| length_at(&bytes[at..], secret).is_some());
        certain.into_iter().any(is_in)
    }
}

/// How many bytes at the start of a text spell a secret, if they do. An escape may also be a part of the secret as it is.
fn length_at(text: &[u8], secret: &[u8]) -> Option<usize> {
    let Some((&wanted, rest)) = secret.split_first() else { return Some(0) };
    let as_it_is = (text.first() == Some(&wanted)).then_some(1);
    let spellings = [escaped(text, wanted), as_it_is];
    spellings.into_iter().flatten().find_map(|length| Some(length + length_at(&text[length..], rest)?))
}

/// How many bytes at the start of a text are an escape of one byte: as in URLs (once or more often), JSON, text that holds
/// JSON, or HTML.
fn escaped(text: &[u8], wanted: u8) -> Option<usize> {
    match text.first()? {
        b'%' => {
            let repeats = text[1..].chunks(2).take_while(|pair| *pair == b"25").count() * 2;
            // `%41`, `%2541`, and the percent sign itself.
            (0..=repeats / 2)
                .rev()
                .map(|times| 1 + 2 * times)
                .find(|&start| is_hex(text.get(start..start + 2), wanted))
                .map(|start| start + 2)
        }
        b'\\' => {
            let slashes = text.iter().take_while(|byte| **byte == b'\\').count();
            let rest = &text[slashes..];
            match rest.first()? {
                b'u' | b'U' if rest.get(1..3) == Some(b"00") && is_hex(rest.get(3..5), wanted) => {
                    Some(slashes + 5)
                }
                b'x' if is_hex(rest.get(1..3), wanted) => Some(slashes + 3),
                byte if *byte == wanted => Some(slashes + 1),
                // The secret has a backslash, which is doubled.
                _ if wanted == b'\\' => Some(slashes),
                _ => None,
            }
        }
        b'&' => {
            let end = text.iter().take(10).position(|byte| *byte == b';')?;
            let name = std::str::from_utf8(&text[1..end]).ok()?;
            let is_wanted = match name.strip_prefix('#') {
                Some(number) => match number.strip_prefix(['x', 'X']) {
                    Some(hex) => u32::from_str_radix(hex, 16) == Ok(u32::from(wanted)),
                    None => number.parse() == Ok(u32::from(wanted)),
                },
                None => matches!(
                    (name, wanted),
                    ("amp", b'&') | ("lt", b'<') | ("gt", b'>') | ("quot", b'"') | ("apos", b'\'')
                ),
            };
            is_wanted.then_some(end + 1)
        }
        _ => None,
    }
}

fn is_hex(digits: Option<&[u8]>, wanted: u8) -> bool {
    let text = digits.and_then(|digits| std::str::from_utf8(digits).ok());
    text.and_then(|text| u8::from_str_radix(text, 16).ok()) == Some(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = r#"aB3/+"\&%<=9-secret"#;

    fn secrets() -> Secrets {
        let mut secrets = Secrets::default();
        secrets.add(SECRET);
        secrets
    }

    fn percent(text: &str) -> String {
        text.bytes().map(|byte| format!("%{byte:02X}")).collect()
    }

    /// In every way in which a server, a proxy or a library may write it.
    fn spellings() -> Vec<String> {
        let json = serde_json::to_string(SECRET).unwrap();
        let json = json.trim_matches('"').to_owned();
        let twice = serde_json::to_string(&json).unwrap();
        let some = |text: &str| text.replace('/', "%2f").replace('+', "%2B");
        vec![
            SECRET.to_owned(),
            json.clone(),
            json.replace('/', "\\/"),
            twice.trim_matches('"').to_owned(),
            SECRET.bytes().map(|byte| format!("\\u{byte:04x}")).collect(),
            SECRET.bytes().map(|byte| format!("\\\\u{byte:04X}")).collect(),
            percent(SECRET),
            percent(SECRET).to_lowercase(),
            percent(SECRET).replace('%', "%25"),
            percent(SECRET).replace('%', "%2525"),
            some(SECRET),
            SECRET.bytes().map(|byte| format!("&#{byte};")).collect(),
            SECRET.bytes().map(|byte| format!("&#x{byte:x};")).collect(),
            SECRET.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;"),
            format!("{SECRET:?}").trim_matches('"').to_owned(),
        ]
    }

    #[test]
    fn a_secret_is_found_however_it_is_written() {
        for (at, spelling) in spellings().iter().enumerate() {
            let text = format!("Token {spelling}, said the server to {spelling}.");
            assert_eq!(
                secrets().redact(&text),
                "Token [redacted], said the server to [redacted].",
                "{at}: {spelling}"
            );
            assert!(secrets().are_certainly_in(text.as_bytes()), "{spelling}");
        }
    }

    #[test]
    fn what_is_no_secret_stays_and_nothing_panics() {
        for text in
            ["", "aB3", "100 %", "%", "%4", "%25", "\\", "\\u", "\\u00", "&", "&#;", "&#x;", "日本 &amp; é"]
        {
            assert_eq!(secrets().redact(text), text);
        }
        for cut in 0..SECRET.len() {
            assert_eq!(secrets().redact(&SECRET[..cut]), SECRET[..cut]);
        }
        assert_eq!(Secrets::default().redact(SECRET), SECRET);
    }

    #[test]
    fn a_short_secret_is_redacted_but_may_be_in_records_by_chance() {
        let mut secrets = Secrets::default();
        secrets.add("42");
        assert_eq!(secrets.redact("token 42 is unknown"), "token [redacted] is unknown");
        assert!(!secrets.are_certainly_in(br#"[{"usage":42}]"#));
    }
}
