//! Outgoing mail: a message is composed and handed to a relay by SMTP, to a program, or into a folder. What is mailed
//! to whom, and when it is tried again, is decided above.

mod compose;
mod failure;
mod folder;
mod lines;
mod secrets;
mod sendmail;
mod smtp;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use lettre::Address;
use lettre::message::Mailbox;
use time::OffsetDateTime;
use tokio::time::timeout;
use url::Url;
use uuid::Uuid;

use crate::config::{MailTransport, Settings};

pub use failure::{Reply, SendError};

use compose::compose;

/// How long a relay may take to be connected to and to take a mail. After that it is asked whether it is there at all,
/// for which it has [`CHECKING`]: a mail is settled within the sum of the two, 45 s.
const SENDING: Duration = Duration::from_secs(30);
/// How long it may take to be connected to, and to be looked at.
const CHECKING: Duration = Duration::from_secs(15);

/// A mail to one recipient.
#[derive(Clone, Debug)]
pub struct Message<'a> {
    /// Names it: its `Message-ID` is made of this, and is the same whenever it is sent again.
    pub id: Uuid,
    /// The recipient's address.
    pub to: &'a str,
    /// When it was written.
    pub date: OffsetDateTime,
    /// The language that it is in, as a tag (RFC 5646).
    pub language: &'a str,
    /// Its subject.
    pub subject: &'a str,
    /// What it says as plain text.
    pub text: &'a str,
    /// The same as HTML.
    pub html: &'a str,
    /// The mail that it follows, by the id of that.
    pub references: Option<Uuid>,
}

/// Sends mail. A clone sends by the same connections.
#[derive(Clone)]
pub struct Mailer {
    sender: Arc<Sender>,
    transport: Transport,
    heard: Arc<Mutex<Option<Heard>>>,
}

/// What the relay was like when something was last heard of it.
#[derive(Clone, Debug)]
pub struct Heard {
    /// By this process's clock.
    pub at: Instant,
    /// That it takes mail of ours, or why it takes none.
    pub relay: Result<(), Reply>,
}

/// Whom mails are from.
struct Sender {
    name: Option<String>,
    address: Address,
    reply_to: Option<Mailbox>,
}

#[derive(Clone)]
enum Transport {
    Smtp(Arc<smtp::Relay>),
    Sendmail(Arc<sendmail::Program>),
    Folder(Arc<folder::Folder>),
}

impl Mailer {
    /// Sends as the settings say, or is none where they say nothing of mail. `public_url` is where people reach
    /// Portico. Nothing is connected yet.
    ///
    /// # Errors
    /// When a setting cannot be used, such as a file of certificates that holds none.
    pub fn new(settings: &Settings, public_url: &Url) -> anyhow::Result<Option<Mailer>> {
        let Some(transport) = &settings.smtp_url else { return Ok(None) };
        let from = compose::mailbox(&settings.mail_sender(public_url))?;
        let reply_to = settings.mail_reply_to().as_ref().map(compose::mailbox).transpose()?;
        let sender = Sender { name: from.name, address: from.email, reply_to };
        let transport = match transport {
            MailTransport::Smtp(relay) => Transport::Smtp(Arc::new(smtp::Relay::new(relay, settings, public_url)?)),
            MailTransport::Sendmail(path) => Transport::Sendmail(Arc::new(sendmail::Program::new(path))),
            MailTransport::Folder(path) => Transport::Folder(Arc::new(folder::Folder::new(path))),
        };
        Ok(Some(Mailer { sender: Arc::new(sender), transport, heard: Arc::default() }))
    }

    /// Sends a mail, once. It takes 45 s at most; a connection that did not answer in time is dropped.
    ///
    /// # Errors
    /// See [`SendError`].
    pub async fn send(&self, message: &Message<'_>) -> Result<(), SendError> {
        let mail = compose(message, &self.sender)?;
        let sent = match &self.transport {
            Transport::Smtp(relay) => relay.send(&mail, message.to).await,
            Transport::Sendmail(program) => program.send(&mail, message.to).await,
            Transport::Folder(folder) => within(SENDING, folder.write(message, &mail)).await,
        };
        self.hear(&sent);
        sent
    }

    /// Looks whether mail could be sent, without sending any: a relay is connected to, encrypted and logged in to. It
    /// takes 15 s at most.
    ///
    /// # Errors
    /// [`SendError::Relay`].
    pub async fn check(&self) -> Result<(), SendError> {
        let checked = match &self.transport {
            Transport::Smtp(relay) => relay.check().await,
            Transport::Sendmail(program) => program.check(),
            Transport::Folder(folder) => within(CHECKING, folder.check()).await,
        };
        self.hear(&checked);
        checked
    }

    /// What was last heard of the relay, by a mail or a check; none: nothing yet. Nothing is asked.
    pub fn heard(&self) -> Option<Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn hear(&self, answer: &Result<(), SendError>) {
        let relay = match answer {
            Err(SendError::Relay(reply)) => Err(reply.clone()),
            // It answered, whatever it thought of the mail.
            _ => Ok(()),
        };
        *self.heard.lock().unwrap_or_else(PoisonError::into_inner) = Some(Heard { at: Instant::now(), relay });
    }
}

/// What is done in time, or the relay's fault.
async fn within<T>(time: Duration, task: impl Future<Output = Result<T, SendError>>) -> Result<T, SendError> {
    let late = || SendError::Relay(Reply::of(format!("it does not answer within {} s", time.as_secs())));
    timeout(time, task).await.unwrap_or_else(|_| Err(late()))
}
