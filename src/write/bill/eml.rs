//! A draft of an e-mail with a bill attached, as RFC 5322 and MIME have it: to be opened in a mail program, looked at and
//! sent. The same bill makes the same bytes.

use std::io::Write;

use chrono::{NaiveDate, NaiveTime};
use mail_builder::MessageBuilder;
use mail_builder::headers::address::Address;
use mail_builder::headers::content_type::ContentType;
use mail_builder::headers::raw::Raw;
use mail_builder::mime::MimePart;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::words::{DRAFT, DRAFT_SENTENCE};
use crate::error::Result;
use crate::text::{grouped_decimal, hex, is_mail_address, mail_addresses};

/// A file that is attached.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attachment<'a> {
    pub(crate) name: &'a str,
    pub(crate) bytes: &'a [u8],
}

/// Writes a draft for a bill, of which the data is [`data`](super::BillWriter::data).
///
/// # Errors
/// A writer that refuses its bytes.
pub(crate) fn write_draft(data: &[u8], attachment: Attachment<'_>, out: &mut dyn Write) -> Result<()> {
    let bill: Value = serde_json::from_slice(data).unwrap_or_default();
    let digest = Sha256::new().chain_update(data).chain_update(attachment.bytes).finalize();
    let digest = &hex(&digest)[..32];
    let text = |pointer: &str| line(bill.pointer(pointer).and_then(Value::as_str).unwrap_or_default());
    let boundary = ContentType::new("multipart/mixed").attribute("boundary", format!("=_{digest}"));
    let parts = vec![
        MimePart::new("text/plain", words(&bill)),
        MimePart::new(media_type(attachment.name), attachment.bytes).attachment(attachment.name),
    ];
    let day: NaiveDate = text("/date").parse().unwrap_or_default();
    let contact = text("/sender/contact");
    let sender = address_in(&contact);
    // Bills of an address that is none are not made.
    let recipient =
        mail_addresses(bill.pointer("/recipient/email").and_then(Value::as_str).unwrap_or_default());
    // Mail programs open what is marked so as a draft.
    let mut message = MessageBuilder::new().header("X-Unsent", Raw::new("1"));
    if let Some(address) = sender {
        message = message.from(Address::new_address(name(&text("/sender/name")), address.to_owned()));
    }
    if let Some(recipient) = recipient.filter(|addresses| !addresses.is_empty()) {
        let named = name(&text("/recipient/addressee"));
        let to = recipient.iter().map(|address| Address::new_address(named.clone(), address.clone()));
        message = message.to(Address::new_list(to.collect()));
    }
    let host = sender.and_then(|address| address.split_once('@')).map_or("localhost", |(_, host)| host);
    let message = message
        .subject(title(&bill))
        .date(day.and_time(NaiveTime::MIN).and_utc().timestamp())
        .message_id(format!("{digest}@{host}"))
        .body(MimePart::new(boundary, parts));
    message.write_to(out).map_err(crate::write::refused)
}

/// Whether it is a draft, for which nobody pays.
fn is_draft(bill: &Value) -> bool {
    bill["draft"].as_bool().unwrap_or_default()
}

/// The bill's title, which says of a draft that it is one.
fn title(bill: &Value) -> String {
    let title = line(bill["title"].as_str().unwrap_or_default());
    if is_draft(bill) { format!("{DRAFT}: {title}") } else { title }
}

/// What the message says: the bill's title, what is to be paid, what the recipient calls the bill by, and how to pay. A
/// draft says that it is one, and asks for nothing.
fn words(bill: &Value) -> String {
    let text = |value: &Value| line(value.as_str().unwrap_or_default());
    let each = |name: &str| bill[name].as_array().cloned().unwrap_or_default();
    let is_draft = is_draft(bill);
    let mut blocks = vec![vec![title(bill)]];
    blocks.extend(is_draft.then(|| vec![DRAFT_SENTENCE.to_owned()]));
    let total = |part: &Value| {
        let amount = match &part["total"] {
            Value::String(digits) => digits.clone(),
            other => other.to_string(),
        };
        let heading = if is_draft { "Total".to_owned() } else { text(&part["total_heading"]) };
        format!("{heading}: {} {}", text(&part["currency"]), grouped_decimal(&amount))
    };
    blocks.push(each("parts").iter().map(total).collect());
    blocks.push(each("facts").iter().map(|fact| format!("{}: {}", text(&fact[0]), text(&fact[1]))).collect());
    if !is_draft {
        blocks.push(each("payment").iter().map(text).collect());
    }
    blocks.push(vec![text(&bill["sender"]["name"]), text(&bill["sender"]["contact"])]);
    let block = |lines: &Vec<String>| {
        let lines: Vec<&str> = lines.iter().map(String::as_str).filter(|line| !line.is_empty()).collect();
        lines.join("\r\n")
    };
    let blocks: Vec<String> = blocks.iter().map(block).filter(|block| !block.is_empty()).collect();
    blocks.join("\r\n\r\n") + "\r\n"
}

/// The first address in a line that may say more.
fn address_in(contact: &str) -> Option<&str> {
    let words = contact.split(|letter: char| letter.is_whitespace() || ",;<>()\"".contains(letter));
    words.map(|word| word.trim_matches('.').trim_start_matches("mailto:")).find(|word| is_mail_address(word))
}

fn name(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// One line: nothing in it can end a header.
fn line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("pdf") => "application/pdf",
        Some("html") => "text/html",
        Some("csv") => "text/csv",
        Some("xlsx") => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn drawn(addressee: &str, email: &str) -> String {
        let bill = json!({
            "title": "Bill for October 2026",
            "date": "2026-11-05",
            "sender": {"name": "Ülikool \"Data\"", "contact": "billing@example.org, +372 555 0100"},
            "recipient": {"addressee": addressee, "email": email},
            "facts": [["Purchase order", "PO 4711"]],
            "payment": ["IBAN EE38"],
            "parts": [{"currency": "EUR", "total": "1240.00", "total_heading": "Total to pay"}],
        });
        let attachment = Attachment { name: "acme.pdf", bytes: b"%PDF-1.7 bytes" };
        let mut bytes = Vec::new();
        write_draft(bill.to_string().as_bytes(), attachment, &mut bytes).expect("memory takes all");
        String::from_utf8(bytes).expect("a message is ASCII")
    }

    #[test]
    fn a_draft_says_who_gets_what_and_has_the_bill_attached() {
        let message = drawn("Acme, \"Labs\" Õ", "ap@acme.example; cfo@acme.example");
        for part in [
            "X-Unsent: 1\r\n",
            "<billing@example.org>",
            "<ap@acme.example>",
            "<cfo@acme.example>",
            "Subject: Bill for October 2026\r\n",
            "Date: Thu, 5 Nov 2026 00:00:00 +0000\r\n",
            "@example.org>\r\n",
            "Total to pay: EUR 1,240.00",
            "Purchase order: PO 4711",
            "filename=\"acme.pdf\"",
        ] {
            assert!(message.contains(part), "{part}: {message}");
        }
        assert!(
            message.is_ascii() && message == drawn("Acme, \"Labs\" Õ", "ap@acme.example; cfo@acme.example")
        );
    }

    #[test]
    fn a_name_cannot_add_a_header_and_a_text_without_an_address_names_nobody() {
        let message = drawn("Acme\r\nBcc: thief@example.org", "by post");
        assert!(!message.contains("\r\nBcc:") && !message.contains("\r\nTo:"), "{message}");
        assert!(!drawn("Acme\r\nBcc: thief@example.org", "a@acme.example").contains("\r\nBcc:"));
    }
}
