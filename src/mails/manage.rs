//! Use cases for operators: what waits, trying it at once, and a mail that shows whether any arrives.

use std::time::Duration;

use time::OffsetDateTime;
use uuid::Uuid;

use crate::app::App;
use crate::clock;
use crate::error::Error;
use crate::mailer::Message;
use crate::model::{Actor, Email};
use crate::permission::permit_admin;
use crate::store;

use super::{Detail, Outgoing, Purpose, compose, enqueue, language_of};

/// For so long it is known what became of a mail.
const RETENTION: Duration = Duration::from_secs(30 * 24 * 3600);

/// The most that are listed.
const MAX_LISTED: i64 = 1_000;

/// A mail that waits, as operators see it: not what it says, nor to whom.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// Names it.
    pub id: Uuid,
    /// What it is about.
    pub purpose: String,
    /// How often it was tried.
    pub tries: i64,
    /// Why it was not sent yet.
    pub error: Option<String>,
    /// When it was asked for.
    pub created_at: OffsetDateTime,
    /// When it is tried next.
    pub not_before: OffsetDateTime,
}

/// Mails that wait, those first that are sent first.
///
/// # Errors
/// When the database does not answer.
pub async fn waiting(app: &App) -> Result<Vec<Waiting>, Error> {
    let mut connection = app.db().read().await?;
    let rows = store::mails::waiting(&mut connection, MAX_LISTED).await?;
    Ok(rows
        .into_iter()
        .map(|row| Waiting {
            id: row.id,
            purpose: row.purpose,
            tries: row.tries,
            error: row.error,
            created_at: row.created_at,
            not_before: row.not_before,
        })
        .collect())
}

/// How many wait.
///
/// # Errors
/// When the database does not answer.
pub async fn count_waiting(app: &App) -> Result<i64, Error> {
    Ok(store::mails::count_waiting(&mut app.db().read().await?).await?)
}

/// Lets the mail of this id, or all that wait, be tried at once. Gives how many.
///
/// # Errors
/// When the database does not answer.
pub async fn retry(app: &App, id: Option<Uuid>) -> Result<u64, Error> {
    let mut writer = app.db().write_once().await?;
    Ok(store::mails::hurry(&mut writer, id, app.now()).await?)
}

/// Queues a test mail to the admin who asks for one.
///
/// # Errors
/// [`Error::Forbidden`], [`Error::NotFound`] for an admin without an address.
pub async fn test(app: &App, by: &Actor) -> Result<(), Error> {
    let mut tx = app.db().begin().await?;
    permit_admin(&mut tx, by).await?;
    let id = by.who.account().ok_or(Error::NotFound)?;
    let account = store::accounts::find(&mut tx, id).await?.ok_or(Error::NotFound)?;
    let recipient = account.email().ok_or(Error::NotFound)?;
    let mail = Outgoing {
        purpose: Purpose::Test,
        account: Some(id),
        recipient,
        language: language_of(app, &account),
        detail: Detail::default(),
        link: None,
        asker: None,
    };
    enqueue(app, &mut tx, mail).await?;
    Ok(tx.commit().await?)
}

/// Sends a test mail at once, past the queue: for an operator who waits for the answer.
///
/// # Errors
/// [`TestError`]: that no mail is sent, or what the relay answered.
pub async fn send_test(app: &App, to: &Email) -> Result<(), TestError> {
    let mailer = app.mailer().ok_or(TestError::Off)?;
    let parts = compose::test(app).ok_or(TestError::Unwritten)?;
    let message = Message {
        id: clock::new_id(),
        to: to.typed(),
        date: app.now(),
        language: app.settings().language.tag(),
        subject: &parts.subject,
        text: &parts.text,
        html: &parts.html,
        references: None,
    };
    mailer.send(&message).await.map_err(|error| TestError::Refused(error.reply().text.clone()))
}

/// Why a test mail was not sent.
#[derive(Debug, thiserror::Error)]
pub enum TestError {
    /// No mail is sent at all.
    #[error("SMTP_URL is not set")]
    Off,
    /// It could not be written.
    #[error("it cannot be written")]
    Unwritten,
    /// The relay's answer.
    #[error("{0}")]
    Refused(String),
}

/// Removes mails that were settled long ago, a bounded part of them. Gives how many.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn prune(app: &App) -> Result<u64, Error> {
    let mut writer = app.db().write_once().await?;
    Ok(store::mails::prune(&mut writer, app.now() - RETENTION, 1_000).await?)
}
