//! Bounces: mail that came back is a flag at the account, for the person and the admins to see. No mail is held back by
//! one: a forged bounce must not keep any user from setting a new password.

use serde_json::Map;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::app::App;
use crate::audit;
use crate::error::Error;
use crate::model::audit::Action;
use crate::model::{Account, AccountId, Actor, Door};
use crate::store;

/// What a delivery status notification (RFC 3464) says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Notification {
    /// One of our mails is not delivered, for good.
    Failed(Uuid),
    /// It is delayed, relayed, or about no mail of ours.
    Other,
}

/// As much of a message as is looked at, in bytes: what it is about stands before the mail that comes along.
pub const MAX_LENGTH: usize = 1_000_000;

/// What came of a message; none of it is a failure of who hands it over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Noted {
    /// An account is flagged.
    #[error("mail to the address of account {0} comes back")]
    Account(AccountId),
    /// It says of no mail of ours that it failed for good.
    #[error("it says of no mail of ours that it failed")]
    NoFailure,
    /// The mail is about no account, or is too long ago.
    #[error("the mail is about no account that is known")]
    Unknown,
}

/// Takes in a delivery status notification, as a mail server hands it over.
///
/// # Errors
/// When the database does not answer.
pub async fn note(app: &App, message: &[u8]) -> Result<Noted, Error> {
    let Notification::Failed(mail) = read(&String::from_utf8_lossy(message)) else { return Ok(Noted::NoFailure) };
    let found = store::mail_failures::account_of_mail(&mut app.db().read().await?, mail).await?;
    let Some(account) = found else { return Ok(Noted::Unknown) };
    let flagged = flag(app, account).await?;
    Ok(if flagged { Noted::Account(account) } else { Noted::Unknown })
}

/// Flags the address of an account, unless it is flagged already. False where there is no such account or address.
pub(super) async fn flag(app: &App, id: AccountId) -> Result<bool, Error> {
    let mut tx = app.db().begin().await?;
    if store::mail_failures::since(&mut tx, id).await?.is_some() {
        return Ok(true);
    }
    let is_flagged = store::mail_failures::note(&mut tx, id, app.now()).await?;
    if is_flagged {
        let by = Actor::service(Door::Mail, None);
        audit::record(&mut tx, &by, Action::MailBounced, Some(id), Map::new(), app.now()).await?;
    }
    tx.commit().await?;
    Ok(is_flagged)
}

/// Whether a relay's refusal is about the recipient's address: by its enhanced status code (RFC 3463: 5.1.x an address,
/// 5.2.x a mailbox), and without one by the reply's. What is refused for the sender's sake, or by a relay that does not
/// relay for us, says nothing of an address.
pub(super) fn is_about_recipient(code: Option<u16>, text: &str) -> bool {
    match text.split_ascii_whitespace().next() {
        Some(status) if status.starts_with("5.") => status.starts_with("5.1.") || status.starts_with("5.2."),
        _ => matches!(code, Some(550 | 551)),
    }
}

/// Since when mail to an account comes back, if it does and mail is sent at all.
///
/// # Errors
/// When the database does not answer.
pub async fn since(app: &App, account: &Account) -> Result<Option<OffsetDateTime>, Error> {
    if !app.sends_mail() || account.email.is_none() {
        return Ok(None);
    }
    Ok(store::mail_failures::since(&mut app.db().read().await?, account.id).await?)
}

/// Reads a notification: its fields are ASCII and stand at the beginnings of lines, in whatever part of the message. The
/// mail that it is about is known by the Message-ID in the headers that come along.
fn read(message: &str) -> Notification {
    let mut is_failed = false;
    let mut mail = None;
    // The notification has a Message-ID of its own, before any part.
    let mut in_parts = false;
    for line in message.lines() {
        let Some((name, value)) = line.split_once(':') else {
            in_parts |= line.starts_with("--");
            continue;
        };
        match name.to_ascii_lowercase().as_str() {
            "action" => is_failed |= value.trim().eq_ignore_ascii_case("failed"),
            "message-id" | "x-original-message-id" | "original-message-id" if in_parts => {
                let id = value.trim().trim_start_matches('<').split('@').next().unwrap_or_default();
                mail = mail.or_else(|| Uuid::parse_str(id).ok());
            }
            _ => {}
        }
    }
    match mail {
        Some(mail) if is_failed => Notification::Failed(mail),
        _ => Notification::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "019a2412-1155-72ca-b35d-3e7af3cae4da";

    fn notification(action: &str, headers: &str) -> String {
        format!(
            "From: MAILER-DAEMON@mx.example\r\nMessage-ID: <019a2412-0000-72ca-b35d-000000000000@mx.example>\r\n\
             Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nIt did not arrive.\r\n\
             --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n\
             Final-Recipient: rfc822; ada@example.org\r\nAction: {action}\r\nStatus: 5.1.1\r\n\r\n\
             --b\r\nContent-Type: text/rfc822-headers\r\n\r\n{headers}\r\n--b--\r\n"
        )
    }

    #[test]
    fn a_failure_names_the_mail_that_came_back() {
        let mail = Uuid::parse_str(ID).unwrap();
        let headers = format!("Subject: x\r\nMessage-ID: <{ID}@example.org>");
        assert_eq!(read(&notification("failed", &headers)), Notification::Failed(mail));
        assert_eq!(read(&notification("Failed ", &headers.to_lowercase())), Notification::Failed(mail));
    }

    #[test]
    fn a_refusal_of_the_sender_says_nothing_of_an_address() {
        assert!(is_about_recipient(Some(550), "5.1.1 <…>: no such user"));
        assert!(is_about_recipient(Some(550), "no such user"));
        assert!(!is_about_recipient(Some(554), "5.7.1 <…>: Relay access denied"));
        assert!(!is_about_recipient(Some(553), "sender not owned"));
        assert!(!is_about_recipient(None, "it is longer than a mail may be"));
    }

    #[test]
    fn a_delay_and_a_failure_of_others_mail_are_none_of_ours() {
        let ours = format!("Message-ID: <{ID}@example.org>");
        assert_eq!(read(&notification("delayed", &ours)), Notification::Other);
        assert_eq!(read(&notification("failed", "Message-ID: <abc@elsewhere.example>")), Notification::Other);
        assert_eq!(read(""), Notification::Other);
    }
}
