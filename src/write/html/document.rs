//! The frame of every page: one file that fetches nothing. Hashes say what may run and how it looks, so that nothing from
//! the data can.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

/// What a page is known by, looks like and runs.
pub(crate) struct Document<'a> {
    pub title: &'a str,
    pub style: &'a str,
    pub script: Option<&'a str>,
    /// Whether it is dark for readers who prefer that; what is printed is not.
    pub can_be_dark: bool,
}

impl Document<'_> {
    /// The whole page. Browsers read the ends of lines alike, whatever a checkout made of them: the hashes are of that.
    pub(crate) fn page(&self, body: &Markup) -> Markup {
        let style = self.style.replace('\r', "");
        let script = self.script.map(|script| script.replace('\r', ""));
        let runs = script.as_deref().map(|script| format!(" script-src 'sha256-{}';", hash(script)));
        let policy = format!(
            "default-src 'none'; style-src 'sha256-{}';{} img-src data:; base-uri 'none'; form-action 'none'",
            hash(&style),
            runs.unwrap_or_default()
        );
        html! {
            (DOCTYPE) "\n"
            html lang="en" {
                head {
                    "\n" meta charset="utf-8";
                    "\n" meta http-equiv="Content-Security-Policy" content=(policy);
                    "\n" meta name="viewport" content="width=device-width, initial-scale=1";
                    @if self.can_be_dark { "\n" meta name="color-scheme" content="light dark"; }
                    "\n" meta name="referrer" content="no-referrer";
                    "\n" link rel="icon" href="data:,";
                    "\n" title { (self.title) }
                    "\n" style { (PreEscaped(style)) } "\n"
                } "\n"
                body {
                    "\n" (body)
                    @if let Some(script) = script { script { (PreEscaped(script)) } "\n" }
                } "\n"
            } "\n"
        }
    }
}

fn hash(text: &str) -> String {
    BASE64.encode(Sha256::digest(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_page_runs_and_looks_like_is_known_by_hashes_alone() {
        let of = |script| {
            let document = Document { title: "<a>", style: "p{}\r\n", script, can_be_dark: false };
            document.page(&html! { p { "text" } }).0
        };
        let policy = format!("style-src 'sha256-{}'; img-src data:", hash("p{}\n"));
        let plain = of(None);
        assert!(plain.contains(&policy) && plain.contains("<style>p{}\n</style>"), "{plain}");
        assert!(!plain.contains("script") && plain.contains("<title>&lt;a&gt;</title>"), "{plain}");
        assert!(of(Some("f()")).contains(&format!("script-src 'sha256-{}';", hash("f()"))));
    }
}
