//! Why a mail was not taken, and whose fault that is.

use std::error::Error as _;
use std::fmt;

use lettre::transport::smtp::Error;

use super::secrets::Secrets;

/// The most characters of what a server said.
const MAX: usize = 300;

/// Why a mail was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendError {
    /// The relay is away, cannot be trusted, or refuses *us*: every mail would fare the same, so none is to blame.
    Relay(Reply),
    /// This mail, not now: it is to be tried again.
    Transient(Reply),
    /// This mail, never: no try will change that.
    Permanent(Reply),
}

/// What a relay said, or what happened instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The code of a relay's reply (RFC 5321 §4.2), or with which a program ended. None: the words are not the relay's.
    pub code: Option<u16>,
    /// In its words, at most 300 characters of them, without control characters, the recipient's address and
    /// credentials.
    pub text: String,
}

impl SendError {
    /// What the relay said.
    pub fn reply(&self) -> &Reply {
        match self {
            SendError::Relay(reply) | SendError::Transient(reply) | SendError::Permanent(reply) => reply,
        }
    }
}

/// For the log: nothing that a server said is in it.
impl fmt::Display for SendError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let class = match self {
            SendError::Relay(_) => "the relay takes no mail of ours",
            SendError::Transient(_) => "the relay does not take this mail now",
            SendError::Permanent(_) => "the relay refuses this mail",
        };
        write!(formatter, "{class}: {}", self.reply())
    }
}

impl std::error::Error for SendError {}

impl fmt::Display for Reply {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            Some(code @ (530 | 534 | 535 | 538)) => write!(formatter, "it wants other credentials ({code})"),
            Some(code @ 421) => write!(formatter, "it is closing ({code})"),
            Some(code) => write!(formatter, "code {code}"),
            None => formatter.write_str(&self.text),
        }
    }
}

impl Reply {
    /// Something that happened, in our words or the system's.
    pub(super) fn of(text: impl Into<String>) -> Reply {
        Reply { code: None, text: cut(&text.into()) }
    }

    /// What another program said.
    pub(super) fn said(code: u16, text: &str, secrets: &Secrets) -> Reply {
        Reply { code: Some(code), text: cut(&secrets.hide(text)) }
    }

    /// Whether it is a relay's policy that speaks (RFC 3463, 5.7.x): we may not relay there, or our address is on some
    /// list. Operators mend that, and the mail is none the worse for it.
    pub(crate) fn is_policy(&self) -> bool {
        self.code.is_some() && self.text.split_ascii_whitespace().next().is_some_and(|word| word.starts_with("5.7."))
    }

    /// What the library says of a command's failure.
    pub(super) fn to_command(error: &Error, secrets: &Secrets) -> Reply {
        let code = error.status().map(u16::from);
        let source = error.source().map(ToString::to_string).unwrap_or_default();
        match code {
            Some(code) => Reply::said(code, &source, secrets),
            // Parsers quote what they did not understand.
            None if error.is_response() => Reply::of("it hangs up, or answers what is no SMTP"),
            None => Reply::of(secrets.hide(&cause(error))),
        }
    }
}

/// What a command was about, which decides whose fault its failure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// The connection, encryption, credentials, or the sender: the same for all mails.
    Us,
    /// The recipient.
    Recipient,
    /// The content.
    Content,
}

/// A command's failure.
pub(super) fn failure(stage: Stage, error: &Error, secrets: &Secrets) -> SendError {
    let reply = Reply::to_command(error, secrets);
    match (stage, reply.code) {
        // It is closing (RFC 5321 §3.8), or wants other credentials (RFC 4954 §6), whatever it was asked.
        (Stage::Us, _) | (_, Some(421 | 530 | 534 | 535 | 538)) => SendError::Relay(reply),
        // What a relay's policy says of a recipient holds for others, until it is mended; of content, for this mail.
        (Stage::Recipient, _) if reply.is_policy() => SendError::Transient(reply),
        (Stage::Recipient | Stage::Content, _) if error.is_permanent() => SendError::Permanent(reply),
        // A connection that was cut, too: the mail may have been taken, and is sent again under the same Message-ID.
        (Stage::Recipient | Stage::Content, _) => SendError::Transient(reply),
    }
}

/// The innermost cause, which says it in the fewest words.
fn cause(error: &Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words = error.to_string();
        cause = error.source();
    }
    words
}

/// A line of at most [`MAX`] characters.
fn cut(text: &str) -> String {
    let words =
        text.split(|letter: char| letter.is_whitespace() || letter.is_control()).filter(|word| !word.is_empty());
    let line = words.collect::<Vec<_>>().join(" ");
    let line = crate::model::plain(&line, &[]);
    if line.chars().count() <= MAX { line } else { line.chars().take(MAX - 1).chain(['…']).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_says_is_one_short_line_without_addresses_and_credentials() {
        let secrets =
            Secrets::new(Some(("portico", "hush-hush"))).and("Ada@bücher.example", "Ada@xn--bcher-kva.example");
        let said = |text: &str| Reply::said(550, text, &secrets).text;
        assert_eq!(said("5.1.1 <ada@XN--bcher-kva.example>:\r\n no\0such \u{202E}user"), "5.1.1 <…>: no such user");
        assert_eq!(said("Ada@bücher.example hush-hush cG9ydGljbw== AHBvcnRpY28AaHVzaC1odXNo"), "… … … …");
        assert_eq!(said(&"x".repeat(1_000)).chars().count(), 300);
    }

    #[test]
    fn the_log_has_no_word_of_a_server() {
        let reply = Reply::said(550, "no such user as ada", &Secrets::new(None));
        assert_eq!(SendError::Permanent(reply.clone()).to_string(), "the relay refuses this mail: code 550");
        let reply = Reply { code: Some(535), ..reply };
        assert_eq!(
            SendError::Relay(reply).to_string(),
            "the relay takes no mail of ours: it wants other credentials (535)"
        );
    }
}
