//! HTML in the making: what is ours goes in as it stands, what comes from the data is escaped.

use std::fmt::Display;

use crate::text::visible::visible_line;

/// HTML so far.
#[derive(Clone, Debug, Default)]
pub struct Markup {
    html: String,
}

impl Markup {
    /// Adds HTML of our own.
    pub fn raw(&mut self, html: &str) -> &mut Self {
        self.html.push_str(html);
        self
    }

    /// Adds a number, or another thing of our own that needs no escape.
    pub fn put(&mut self, value: impl Display) -> &mut Self {
        use std::fmt::Write as _;
        write!(self.html, "{value}").expect("text takes everything");
        self
    }

    /// Adds text of any origin, for the content of an element or a quoted attribute.
    pub fn text(&mut self, text: &str) -> &mut Self {
        for character in visible_line(text).chars() {
            match character {
                '&' => self.html.push_str("&amp;"),
                '<' => self.html.push_str("&lt;"),
                '>' => self.html.push_str("&gt;"),
                '"' => self.html.push_str("&quot;"),
                '\'' => self.html.push_str("&#39;"),
                _ => self.html.push(character),
            }
        }
        self
    }

    /// Adds an element that holds text only; `tag` may have attributes of our own.
    pub fn element(&mut self, tag: &str, text: &str) -> &mut Self {
        let name = tag.split(' ').next().unwrap_or(tag);
        self.raw("<").raw(tag).raw(">").text(text).raw("</").raw(name).raw(">")
    }

    pub fn as_str(&self) -> &str {
        &self.html
    }
}

/// JSON that can stand in a script element: no text in it ends that, or begins a comment.
pub fn json(text: &str) -> String {
    let quoted = serde_json::to_string(&visible_line(text)).expect("text is JSON");
    quoted.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVIL: &str = "</script><!--\"'&\u{202e}\u{0}";

    #[test]
    fn text_ends_no_element_and_no_attribute() {
        let mut markup = Markup::default();
        markup.element("td class=\"n\"", EVIL);
        assert_eq!(
            markup.as_str(),
            "<td class=\"n\">&lt;/script&gt;&lt;!--&quot;&#39;&amp;\\u{202e}\\u{0}</td>"
        );
    }

    #[test]
    fn json_ends_no_script_and_reads_back() {
        let text = json(EVIL);
        assert!(!text.contains(['<', '>', '&', '\u{202e}', '\0']), "{text}");
        let read: String = serde_json::from_str(&text).unwrap();
        assert_eq!(read, visible_line(EVIL));
    }
}
