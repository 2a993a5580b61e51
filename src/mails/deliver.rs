//! Delivery: the next mail that is due is taken, written, and handed to the relay.

use std::sync::LazyLock;
use std::time::Duration;

use uuid::Uuid;

use crate::app::App;
use crate::error::Error;
use crate::mailer::{Mailer, Message, SendError};
use crate::store;
use crate::store::mail_delivery::Settled;
use crate::store::mails::MailRow;

use super::bounce;
use super::compose::{Addressed, Composed, compose};
use super::{Purpose, next_try};

/// How long a mail is one replica's when nothing more is heard of it.
const LEASE: Duration = Duration::from_secs(60);

/// The purposes that this version can write of. While replicas are replaced one by one, those of a later version are
/// left to the replicas that know them.
static KNOWN: LazyLock<String> =
    LazyLock::new(|| Purpose::ALL.iter().fold(",".to_owned(), |known, purpose| known + purpose.as_str() + ","));

/// An attempt to deliver the mail that is due.
#[derive(Debug)]
pub enum Attempt {
    /// No mail was due, or another replica has it.
    Idle,
    /// A mail was dealt with.
    Done(Outcome),
    /// The relay takes mail; none was sent.
    RelayUp,
    /// The relay refuses us, or cannot be reached: this is no mail's fault, and none loses a try by it.
    RelayDown(String),
}

/// What became of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was taken.
    Sent,
    /// It was of no use.
    Dropped,
    /// It is tried again later.
    PutOff,
    /// It is given up.
    Failed,
}

impl Outcome {
    /// As metrics call it.
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Sent => "sent",
            Outcome::Dropped => "dropped",
            Outcome::PutOff => "put-off",
            Outcome::Failed => "failed",
        }
    }
}

/// How many more mails may be sent now, by all replicas together.
///
/// # Errors
/// When the database does not answer.
pub async fn room(app: &App) -> Result<usize, Error> {
    let rate = app.settings().mail_rate;
    let mut connection = app.db().read().await?;
    let sent = store::mail_delivery::sent_since(&mut connection, app.now() - rate.period).await?;
    Ok(usize::try_from(i64::from(rate.count) - sent).unwrap_or_default())
}

/// Whether any mail is due: a look that writes nothing.
///
/// # Errors
/// When the database does not answer.
pub async fn is_due(app: &App) -> Result<bool, Error> {
    Ok(store::mail_delivery::is_due(&mut app.db().read().await?, &KNOWN, app.now()).await?)
}

/// Looks whether the relay takes mail, without sending any.
pub async fn check(mailer: &Mailer) -> Attempt {
    match mailer.check().await {
        Ok(()) => Attempt::RelayUp,
        Err(error) => Attempt::RelayDown(error.reply().to_string()),
    }
}

/// Sends the mail that is due first, if any is.
///
/// # Errors
/// When the database does not answer: the mail is tried again once its lease is over.
pub async fn attempt(app: &App, holder: Uuid) -> Result<Attempt, Error> {
    let Some(mailer) = app.mailer() else { return Ok(Attempt::Idle) };
    let lease = i64::try_from(LEASE.as_millis()).unwrap_or(i64::MAX);
    let taken =
        store::mail_delivery::lease(&mut app.db().write_once().await?, holder, lease, &KNOWN, app.now()).await?;
    let Some(mail) = taken else { return Ok(Attempt::Idle) };
    let addressed = match compose(app, &mail).await? {
        Composed::Mail(addressed) => addressed,
        Composed::Nothing(reason) => {
            // What was tried and is too late is no unwanted mail.
            let (settled, outcome) = match mail.tries {
                0 => (Settled::Dropped, Outcome::Dropped),
                _ => (Settled::Failed, Outcome::Failed),
            };
            settle(app, &mail, holder, settled, Some(mail.error.as_deref().unwrap_or(reason))).await?;
            return Ok(Attempt::Done(outcome));
        }
    };
    let Addressed { to, language, parts } = *addressed;
    let message = Message {
        id: mail.id,
        to: &to,
        date: mail.created_at,
        language: language.tag(),
        subject: &parts.subject,
        text: &parts.text,
        html: &parts.html,
        references: None,
    };
    match mailer.send(&message).await {
        Ok(()) => {
            settle(app, &mail, holder, Settled::Sent, None).await?;
            Ok(Attempt::Done(Outcome::Sent))
        }
        Err(SendError::Permanent(reply)) => {
            settle(app, &mail, holder, Settled::Failed, Some(&reply.text)).await?;
            if bounce::is_about_recipient(reply.code, &reply.text) {
                // Whose mail it is may have been found out as it was composed.
                let account = store::mail_failures::account_of_mail(&mut app.db().read().await?, mail.id).await?;
                if let Some(account) = account {
                    bounce::flag(app, account).await?;
                }
            }
            tracing::info!(mail = %mail.id, purpose = mail.purpose, %reply, "a mail was refused");
            Ok(Attempt::Done(Outcome::Failed))
        }
        Err(SendError::Transient(reply)) => {
            if reply.is_policy() {
                tracing::warn!(mail = %mail.id, purpose = mail.purpose, %reply, "the relay's policy refuses a mail; it is tried again");
            }
            let not_before = next_try(mail.tries, app.now());
            let mut writer = app.db().write_once().await?;
            store::mail_delivery::put_off(&mut writer, mail.id, holder, &reply.text, not_before).await?;
            Ok(Attempt::Done(Outcome::PutOff))
        }
        Err(SendError::Relay(reply)) => {
            store::mail_delivery::release(&mut app.db().write_once().await?, mail.id, holder).await?;
            Ok(Attempt::RelayDown(reply.to_string()))
        }
    }
}

async fn settle(app: &App, mail: &MailRow, holder: Uuid, settled: Settled, error: Option<&str>) -> Result<(), Error> {
    let mut writer = app.db().write_once().await?;
    Ok(store::mail_delivery::settle(&mut writer, mail.id, holder, settled, error, app.now()).await?)
}
