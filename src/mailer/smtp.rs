//! SMTP (RFC 5321) to a relay: encrypted connections that are used again, each command's failure told by whose fault it
//! is.
//!
//! The library's own pool is not used: a connection whose command was given up stays in it as if it had been answered,
//! and the next mail takes that answer for its own.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use anyhow::Context as _;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail as MailFrom, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use tokio::time::{Instant, timeout, timeout_at};
use url::{Host, Url};

use crate::config::{Settings, SmtpAuth, SmtpRelay, SmtpTls};
use crate::tls;

use super::compose::Mail;
use super::failure::{Reply, SendError, Stage, failure};
use super::lines::Lines;
use super::secrets::Secrets;
use super::{CHECKING, SENDING, within};

/// How long one of the relay's addresses may take to be connected to.
const CONNECTING: Duration = Duration::from_secs(5);
/// How long a connection is kept that is not used. Relays close theirs after a while, some after ten seconds.
const IDLE: Duration = Duration::from_secs(10);
/// How long a kept connection may take to say that it is there, and one that is closed to say goodbye.
const BRIEF: Duration = Duration::from_secs(2);
/// The most mails by one connection: relays have limits of their own, which they tell by refusing.
const MAX_MAILS: u32 = 50;

/// A relay, and the connections to it that are not used just now.
pub(super) struct Relay {
    address: SmtpRelay,
    mechanisms: &'static [Mechanism],
    /// What we call ourselves (RFC 5321 §4.1.1.1).
    hello: ClientId,
    /// By which certificates its own is checked; none: those of the system as they are when it is connected to.
    authorities: Option<TlsParameters>,
    secrets: Secrets,
    /// No more are kept.
    max_idle: usize,
    idle: Mutex<Idle>,
}

#[derive(Default)]
struct Idle {
    connections: Vec<Connection>,
    /// The number of the next one that is kept.
    next: u64,
}

/// A connection on which a mail may begin.
struct Connection {
    smtp: AsyncSmtpConnection,
    /// Mails that were sent by it.
    mails: u32,
    /// Given when it is kept.
    number: u64,
}

impl Relay {
    /// Knows where the relay is; nothing is connected yet.
    ///
    /// # Errors
    /// When the authorities' certificates cannot be read.
    pub(super) fn new(address: &SmtpRelay, settings: &Settings, public_url: &Url) -> anyhow::Result<Relay> {
        let hello = match public_url.host() {
            Some(Host::Ipv4(address)) => ClientId::Ipv4(address),
            Some(Host::Ipv6(address)) => ClientId::Ipv6(address),
            Some(Host::Domain(name)) => ClientId::Domain(name.to_owned()),
            None => ClientId::default(),
        };
        let authorities = settings
            .smtp_ca_file
            .as_deref()
            .map(|path| authorities(&address.host, path).with_context(|| format!("SMTP_CA_FILE={}", path.display())));
        let credentials = address.credentials.as_ref().map(|(user, password)| (user.as_str(), password.expose()));
        Ok(Relay {
            address: address.clone(),
            mechanisms: match settings.smtp_auth {
                SmtpAuth::Auto => &[Mechanism::Plain, Mechanism::Login],
                SmtpAuth::Plain => &[Mechanism::Plain],
                SmtpAuth::Login => &[Mechanism::Login],
                SmtpAuth::Xoauth2 => &[Mechanism::Xoauth2],
            },
            hello,
            authorities: authorities.transpose()?,
            secrets: Secrets::new(credentials),
            max_idle: settings.mail_workers,
            idle: Mutex::default(),
        })
    }

    /// Sends a mail.
    pub(super) async fn send(self: &Arc<Relay>, mail: &Mail, typed: &str) -> Result<(), SendError> {
        let end = Instant::now() + SENDING;
        let mut connection = within(CHECKING, self.connection()).await?;
        let secrets = self.secrets.and(typed, mail.to.as_ref());
        match timeout_at(end, transact(&mut connection.smtp, mail, &secrets)).await {
            Ok(Ok(())) => {
                self.keep(connection);
                Ok(())
            }
            Ok(Err(failure)) => {
                quit(connection.smtp).await;
                Err(failure)
            }
            Err(_) => {
                // Its next answer would be one to this mail.
                drop(connection);
                self.check().await?;
                Err(SendError::Transient(Reply::of(format!("no answer to this mail within {} s", SENDING.as_secs()))))
            }
        }
    }

    /// Connects as for a mail, and says goodbye.
    pub(super) async fn check(&self) -> Result<(), SendError> {
        let connection = within(CHECKING - BRIEF, self.connect()).await?;
        quit(connection).await;
        Ok(())
    }

    /// One that was kept and still answers, or a new one.
    async fn connection(&self) -> Result<Connection, SendError> {
        while let Some(mut connection) = self.take() {
            if timeout(BRIEF, connection.smtp.test_connected()).await == Ok(true) {
                return Ok(connection);
            }
        }
        Ok(Connection { smtp: self.connect().await?, mails: 0, number: 0 })
    }

    /// A new connection, encrypted and logged in as the settings want it.
    async fn connect(&self) -> Result<AsyncSmtpConnection, SendError> {
        let failed = |error: Error| failure(Stage::Us, &error, &self.secrets);
        let server = (self.address.host.as_str(), self.address.port);
        let connected = if self.address.tls == SmtpTls::Implicit {
            let tls = Some(self.tls().await?);
            AsyncSmtpConnection::connect_tokio1(server, Some(CONNECTING), &self.hello, tls, None).await
        } else {
            let lines = Lines::connect(server, CONNECTING).await;
            let lines = lines.map_err(|error| SendError::Relay(Reply::of(error.to_string())))?;
            AsyncSmtpConnection::connect_with_transport(Box::new(lines), &self.hello).await
        };
        let mut connection = connected.map_err(failed)?;
        let wants_tls = match self.address.tls {
            SmtpTls::Required => true,
            SmtpTls::IfOffered => connection.can_starttls(),
            SmtpTls::Implicit | SmtpTls::Off => false,
        };
        if wants_tls {
            if !connection.can_starttls() {
                quit(connection).await;
                return Err(SendError::Relay(Reply::of("it offers no STARTTLS, and nothing is sent without")));
            }
            connection.starttls(self.tls().await?, &self.hello).await.map_err(failed)?;
        }
        if let Some((user, password)) = &self.address.credentials {
            if !connection.is_encrypted() {
                return Err(SendError::Relay(Reply::of("the connection is not encrypted, and no password is sent")));
            }
            let credentials = Credentials::new(user.clone(), password.expose().to_owned());
            connection.auth(self.mechanisms, &credentials).await.map_err(failed)?;
        }
        Ok(connection)
    }

    /// How the relay's certificate is checked. The system's certificates are read anew each time: they are renewed
    /// without a restart, and where there are none, that is no reason not to start.
    async fn tls(&self) -> Result<TlsParameters, SendError> {
        if let Some(authorities) = &self.authorities {
            return Ok(authorities.clone());
        }
        let host = self.address.host.clone();
        let read = tokio::task::spawn_blocking(move || TlsParameters::new(host)).await;
        let read = read.map_err(|error| SendError::Relay(Reply::of(error.to_string())))?;
        read.map_err(|error| failure(Stage::Us, &error, &self.secrets))
    }

    /// The one that was used last: it is the least likely to be closed by now.
    fn take(&self) -> Option<Connection> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).connections.pop()
    }

    /// Keeps a connection for another mail, for a while.
    fn keep(self: &Arc<Relay>, mut connection: Connection) {
        connection.mails += 1;
        let number = {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            if connection.mails >= MAX_MAILS || idle.connections.len() >= self.max_idle {
                drop(idle);
                tokio::spawn(quit(connection.smtp));
                return;
            }
            let number = idle.next;
            idle.next += 1;
            connection.number = number;
            idle.connections.push(connection);
            number
        };
        tokio::spawn(close_later(Arc::downgrade(self), number));
    }
}

/// Closes a connection that no mail used since it was kept.
async fn close_later(relay: Weak<Relay>, number: u64) {
    tokio::time::sleep(IDLE).await;
    let Some(relay) = relay.upgrade() else { return };
    let unused = {
        let connections = &mut relay.idle.lock().unwrap_or_else(PoisonError::into_inner).connections;
        let at = connections.iter().position(|connection| connection.number == number);
        at.map(|at| connections.remove(at))
    };
    if let Some(connection) = unused {
        quit(connection.smtp).await;
    }
}

/// One mail transaction (RFC 5321 §3.3).
async fn transact(connection: &mut AsyncSmtpConnection, mail: &Mail, secrets: &Secrets) -> Result<(), SendError> {
    let has = |extension| connection.server_info().supports_feature(extension);
    let mut parameters = Vec::new();
    let to: &str = mail.to.as_ref();
    if !to.is_ascii() {
        if !has(Extension::SmtpUtfEight) {
            return Err(SendError::Permanent(Reply::of("the relay takes only addresses of ASCII (no SMTPUTF8)")));
        }
        // RFC 6531 §3.1 (8): a server with the one has the other.
        parameters.extend([MailParameter::SmtpUtfEight, MailParameter::Body(MailBodyParameter::EightBitMime)]);
    }
    let at = |stage: Stage| move |error: Error| failure(stage, &error, secrets);
    connection.command(MailFrom::new(Some(mail.from.clone()), parameters)).await.map_err(at(Stage::Us))?;
    connection.command(Rcpt::new(mail.to.clone(), Vec::new())).await.map_err(at(Stage::Recipient))?;
    connection.command(Data).await.map_err(at(Stage::Content))?;
    connection.message(&mail.bytes).await.map_err(at(Stage::Content))?;
    Ok(())
}

/// Says goodbye (RFC 5321 §4.1.1.10) and closes.
async fn quit(mut connection: AsyncSmtpConnection) {
    let _ = timeout(BRIEF, connection.quit()).await;
}

/// The certificates of a file, and no others.
fn authorities(host: &str, path: &Path) -> anyhow::Result<TlsParameters> {
    let mut builder = TlsParameters::builder(host.to_owned()).certificate_store(CertificateStore::None);
    for certificate in tls::certificates(path)? {
        builder = builder.add_root_certificate(Certificate::from_der(certificate.to_vec())?);
    }
    Ok(builder.build()?)
}
