//! A mail in the form of RFC 5322, with the envelope that it travels under.

use std::time::SystemTime;

use lettre::Address;
use lettre::message::header::{self, ContentTransferEncoding, ContentType, HeaderName, HeaderValue, Headers};
use lettre::message::{Mailbox, Mailboxes, MultiPart, SinglePart};
use uuid::Uuid;

use crate::config;
use crate::model::{Email, plain};

use super::failure::{Reply, SendError};
use super::{Message, Sender};

/// The most characters of a subject and of a sender's name.
const MAX_SUBJECT: usize = 200;
const MAX_NAME: usize = 100;

/// A mail as it travels.
pub(super) struct Mail {
    /// Who gets it, and the notices of its failure.
    pub(super) to: Address,
    /// From whom.
    pub(super) from: Address,
    /// Header and body, lines ended by CRLF.
    pub(super) bytes: Vec<u8>,
}

/// Composes a mail: the same bytes whenever it is sent again.
///
/// # Errors
/// [`SendError::Permanent`] for an address that nothing can be sent to.
pub(super) fn compose(message: &Message<'_>, sender: &Sender) -> Result<Mail, SendError> {
    let to = recipient(message.to)?;
    // Without the library's builder, which reads its own From and To again and refuses those that it cannot.
    let mut headers = Headers::new();
    headers.set(header::From::from(Mailboxes::from(Mailbox::new(sender.name.clone(), sender.address.clone()))));
    headers.set(header::To::from(Mailboxes::from(Mailbox::new(None, to.clone()))));
    headers.set(header::Subject::from(line(message.subject, MAX_SUBJECT)));
    headers.set(header::Date::new(SystemTime::from(message.date)));
    headers.set(header::MessageId::from(message_id(message.id, sender)));
    headers.set(header::MIME_VERSION_1_0);
    if let Some(reply_to) = &sender.reply_to {
        headers.set(header::ReplyTo::from(Mailboxes::from(reply_to.clone())));
    }
    if let Some(first) = message.references {
        headers.set(header::References::from(message_id(first, sender)));
    }
    for (name, value) in [
        // RFC 3834 §5: no answer by a program; Exchange and Outlook know the other one.
        ("Auto-Submitted", "auto-generated"),
        ("X-Auto-Response-Suppress", "All"),
        ("Content-Language", message.language),
    ] {
        headers.insert_raw(HeaderValue::new(HeaderName::new_from_ascii_str(name), line(value, MAX_NAME)));
    }
    let part = |kind, text: &str| {
        let encoding = ContentTransferEncoding::QuotedPrintable;
        SinglePart::builder().header(kind).header(encoding).body(text.to_owned())
    };
    // Not left to chance, so that every try is the same.
    let boundary = format!("portico-{}", message.id.simple());
    let parts = MultiPart::alternative()
        .boundary(boundary)
        .singlepart(part(ContentType::TEXT_PLAIN, message.text))
        .singlepart(part(ContentType::TEXT_HTML, message.html));
    let mut bytes = headers.to_string().into_bytes();
    bytes.extend(parts.formatted());
    Ok(Mail { to, from: sender.address.clone(), bytes })
}

/// What a mail is known by (RFC 5322 §3.6.4).
fn message_id(id: Uuid, sender: &Sender) -> String {
    format!("<{id}@{}>", sender.address.domain())
}

/// A text that fits in a line of the header: no control characters, which a library may take for the end of a field or
/// not take at all, and nothing that turns what stands beside it.
fn line(text: &str, max: usize) -> String {
    // Four bytes a character: what is cut is not looked at.
    let text = text.get(..text.floor_char_boundary(max * 8)).unwrap_or_default();
    let words =
        text.split(|letter: char| letter.is_whitespace() || letter.is_control()).filter(|word| !word.is_empty());
    let text = plain(&words.collect::<Vec<_>>().join(" "), &[]);
    text.chars().take(max).collect::<String>().trim().to_owned()
}

/// The name of a sender, if anything of it shows.
pub(super) fn name(name: &str) -> Option<String> {
    Some(line(name, MAX_NAME)).filter(|name| !name.is_empty())
}

/// An address as mail is sent to it. A local part that older servers hand out, such as `a..b`, stands in quotes.
fn recipient(typed: &str) -> Result<Address, SendError> {
    let unfit = || SendError::Permanent(Reply::of("nothing can be sent to such an address"));
    let email = Email::parse(typed).map_err(|_| unfit())?;
    let (local, domain) = email.mailbox();
    let quoted = || Address::new(format!("\"{local}\""), domain);
    Address::new(local, domain).or_else(|_| quoted()).map_err(|_| unfit())
}

/// A mailbox of the settings.
///
/// # Errors
/// When the address is one that nothing can be sent to.
pub(super) fn mailbox(mailbox: &config::Mailbox) -> anyhow::Result<Mailbox> {
    let (local, domain) = mailbox.address.rsplit_once('@').unwrap_or_default();
    // An address literal of IPv6 is one that the library does not know.
    let address = match domain.starts_with("[IPv6:") {
        true => Address::new_dangerous(local, domain),
        false => Address::new(local, domain)?,
    };
    Ok(Mailbox::new(mailbox.name.as_deref().and_then(name), address))
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    fn composed(brand: &str, subject: &str, to: &str) -> Result<String, SendError> {
        let sender = config::Mailbox { name: Some(brand.to_owned()), address: "no-reply@[IPv6:fd00::7]".to_owned() };
        let sender = mailbox(&sender).unwrap();
        let sender = Sender { name: sender.name, address: sender.email, reply_to: None };
        let message = Message {
            id: Uuid::from_u128(7),
            to,
            date: datetime!(2026-11-28 12:00 UTC),
            language: "en\r\nBcc: eve@example.org",
            subject,
            text: "Hello!\rBcc: eve@example.org\n.\n",
            html: "<p>Hello!</p>",
            references: None,
        };
        compose(&message, &sender).map(|mail| String::from_utf8(mail.bytes).unwrap())
    }

    #[test]
    fn what_a_user_typed_makes_no_field_and_no_panic() {
        let long = "Ж".repeat(10_000);
        for hostile in [
            "Ada\r\nBcc: eve@example.org",
            "Ada\nBcc: eve@example.org",
            "Ada\rBcc: eve@example.org",
            "A\0d\u{202E}a\u{2028}Bcc: eve@example.org",
            "Ada\u{85}\u{B}\u{C}Bcc: eve@example.org",
            "=?utf-8?q?Ada=0D=0ABcc:_eve?=",
            "\"Ada\\\" <eve@example.org>, eve",
            "\r\n",
            "\u{202E}",
            "",
            "👩\u{200D}🚀 <script>",
            &"a".repeat(10_000),
            &"a b".repeat(10_000),
            &long,
        ] {
            let mail = composed(hostile, hostile, "ada@example.org").unwrap();
            let (head, body) = mail.split_once("\r\n\r\n").unwrap();
            let names: Vec<_> = head.split("\r\n").filter(|line| !line.starts_with([' ', '\t'])).collect();
            let names: Vec<_> = names.iter().map(|line| line.split_once(':').unwrap().0).collect();
            let expected = [
                "From",
                "To",
                "Subject",
                "Date",
                "Message-ID",
                "MIME-Version",
                "Auto-Submitted",
                "X-Auto-Response-Suppress",
                "Content-Language",
                "Content-Type",
            ];
            assert_eq!(names, expected, "{hostile:?}: {head}");
            assert!(mail.is_ascii() && !mail.replace("\r\n", "").contains(['\r', '\n', '\0']), "{hostile:?}");
            assert!(head.len() < 3_000 && head.lines().all(|line| line.len() <= 998), "{hostile:?}: {head}");
            assert!(!body.contains("\r\nBcc"), "{body}");
        }
    }

    #[test]
    fn every_address_that_an_account_may_have_is_written_to_or_refused() {
        for (typed, sent) in [
            ("Ada@Example.ORG", "Ada@example.org"),
            ("a..b@example.org", "\"a..b\"@example.org"),
            ("ada+x@bücher.example", "ada+x@xn--bcher-kva.example"),
            ("ada@localhost", "ada@localhost"),
            ("ada@[127.0.0.1]", "ada@[127.0.0.1]"),
        ] {
            assert_eq!(recipient(typed).unwrap().to_string(), sent);
            assert!(composed("Brand", "Subject", typed).unwrap().contains(&format!("To: {sent}\r\n")), "{typed}");
        }
        for bad in ["ada", "ada@example.org\r\nRCPT TO:<eve@example.org>", "ada eve@example.org", "<ada@example.org>"] {
            assert!(matches!(recipient(bad), Err(SendError::Permanent(_))), "{bad}");
        }
    }
}
