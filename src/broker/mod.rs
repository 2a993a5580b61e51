//! RabbitMQ: messages go to queues that belong to their consumers, each confirmed by the broker before it counts as
//! sent. Queues are never declared here: one that is not there yet gives the message back.

mod tls;

use std::time::Duration;

use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::protocol::BasicProperties;
use lapin::uri::{AMQPScheme, AMQPUri};
use lapin::{Channel, Connection, ConnectionProperties, ErrorKind};
use tokio::sync::Mutex;
use tokio::time::timeout;
use uuid::Uuid;

use crate::config::Secret;

/// How long the broker may take to let us in.
const CONNECTING: Duration = Duration::from_secs(10);
/// How long it may take to confirm: it waits for consumers' disks at times, but not for ever.
const CONFIRMING: Duration = Duration::from_secs(30);
/// Seconds between signs of life, unless the URL says otherwise: an unannounced cut is noticed in twice that.
const HEARTBEAT: u16 = 10;
/// The code of a broker's refusal of what a user may not do.
const ACCESS_REFUSED: u16 = 403;
/// Delivery mode of a message that a durable queue keeps over the broker's restart.
const PERSISTENT: u8 = 2;

/// The broker, connected at the first send and again when the connection broke.
pub struct Broker {
    address: AMQPUri,
    connection: Mutex<Option<Connection>>,
}

/// One message.
#[derive(Clone, Debug)]
pub struct Message {
    /// The same whenever it is sent again.
    pub id: String,
    /// What consumers look at first.
    pub content_type: String,
    /// What they read.
    pub body: String,
}

/// Why a message did not reach its queue.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The queue is not declared (yet).
    #[error("there is no such queue yet")]
    NoQueue,
    /// The queue would not take it: full, for one.
    #[error("the queue refused it")]
    Refused,
    /// It is there and confirms nothing: an alarm about its memory or disk, for one.
    #[error("the broker confirms nothing")]
    Silent,
    /// It does not let this user in.
    #[error("the broker refuses the user or the password")]
    Login,
    /// It lets this user in, but not send.
    #[error("the broker does not let this user publish to the default exchange")]
    Forbidden,
    /// The broker is away, or the connection broke.
    #[error("the broker is away: {0}")]
    Unreachable(String),
}

/// The URL cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("AMQP_URL is no amqp:// or amqps:// address")]
pub struct BadAddress;

impl Broker {
    /// Knows where the broker is; nothing is connected yet.
    ///
    /// # Errors
    /// [`BadAddress`].
    pub fn new(url: &Secret) -> Result<Broker, BadAddress> {
        let mut address: AMQPUri = url.expose().parse().map_err(|_| BadAddress)?;
        address.query.heartbeat.get_or_insert(HEARTBEAT);
        // `amqp://host/` names a virtual host without a name, which no broker has: the default one is meant.
        if address.vhost.is_empty() {
            "/".clone_into(&mut address.vhost);
        }
        Ok(Broker { address, connection: Mutex::new(None) })
    }

    /// A way to one queue.
    ///
    /// # Errors
    /// [`PublishError::Unreachable`], [`PublishError::Login`].
    pub async fn queue(&self, name: &str) -> Result<Queue, PublishError> {
        let opened = timeout(CONNECTING, self.channel());
        let channel = opened.await.map_err(|_| PublishError::Unreachable("it does not answer".to_owned()))??;
        Ok(Queue { name: name.to_owned(), channel, proven: false })
    }

    /// Whether the broker lets us in and takes messages, over a connection of its own: one to a missing queue comes
    /// back.
    ///
    /// # Errors
    /// [`PublishError::Unreachable`], [`PublishError::Login`], [`PublishError::Forbidden`].
    pub async fn reach(&self) -> Result<(), PublishError> {
        let connection = self.connect().await?;
        let channel = connection.create_channel().await.map_err(away)?;
        channel.confirm_select(ConfirmSelectOptions::default()).await.map_err(away)?;
        let mut queue = Queue { name: format!("portico.unbound.{}", Uuid::new_v4()), channel, proven: false };
        let message = Message { id: String::new(), content_type: "portico.checked".to_owned(), body: String::new() };
        match queue.send(&[message]).await {
            (_, None | Some(PublishError::NoQueue)) => connection.close(200, "checked".into()).await.map_err(away),
            (_, Some(trouble)) => Err(trouble),
        }
    }

    async fn channel(&self) -> Result<Channel, PublishError> {
        let mut held = self.connection.lock().await;
        let connection = match held.take().filter(|connection| connection.status().connected()) {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        let channel = connection.create_channel().await;
        *held = Some(connection);
        let channel = channel.map_err(away)?;
        channel.confirm_select(ConfirmSelectOptions::default()).await.map_err(away)?;
        Ok(channel)
    }

    async fn connect(&self) -> Result<Connection, PublishError> {
        let options = ConnectionProperties::default().with_connection_name("portico".into());
        let connected = match self.address.scheme {
            AMQPScheme::AMQP => Connection::connect_uri(self.address.clone(), options).await,
            AMQPScheme::AMQPS => tls::connect(self.address.clone(), options).await,
        };
        // Before anything is sent, the same code is about user and password.
        connected.map_err(|error| match away(error) {
            PublishError::Forbidden => PublishError::Login,
            other => other,
        })
    }

    /// Gives the connection up, with what is written and was not taken: sent again and again, it would pile up there.
    pub async fn give_up(&self) {
        let connection = self.connection.lock().await.take();
        drop(connection);
    }

    /// Says goodbye.
    pub async fn close(&self) {
        if let Some(connection) = self.connection.lock().await.take() {
            let _ = timeout(Duration::from_secs(2), connection.close(200, "closing".into())).await;
        }
    }
}

/// The way to one queue, by the default exchange.
pub struct Queue {
    name: String,
    channel: Channel,
    /// Whether a message has reached it by this way.
    proven: bool,
}

impl Queue {
    /// Sends messages in order. Gives how many are confirmed, counted from the first up to the first that is not,
    /// and what happened to that one.
    pub async fn send(&mut self, messages: &[Message]) -> (usize, Option<PublishError>) {
        let mut sent = 0;
        if !self.proven {
            // Alone: were the queue declared in the middle of a batch, the later half would arrive before the first.
            if let Some(first) = messages.first() {
                if let (_, Some(trouble)) = self.send_at_once(std::slice::from_ref(first)).await {
                    return (0, Some(trouble));
                }
                self.proven = true;
                sent = 1;
            }
        }
        let (rest, trouble) = self.send_at_once(&messages[sent..]).await;
        (sent + rest, trouble)
    }

    async fn send_at_once(&self, messages: &[Message]) -> (usize, Option<PublishError>) {
        let mut confirms = Vec::with_capacity(messages.len());
        let mut trouble = None;
        for message in messages {
            match self.publish(message).await {
                Ok(confirm) => confirms.push(confirm),
                Err(error) => {
                    trouble = Some(away(error));
                    break;
                }
            }
        }
        let mut sent = 0;
        for confirm in confirms {
            match timeout(CONFIRMING, confirm).await {
                Ok(Ok(confirmed)) => {
                    let good = confirmed.is_ack();
                    // What cannot be routed is confirmed too, and comes back inside the confirmation.
                    if confirmed.take_message().is_some() {
                        return (sent, Some(PublishError::NoQueue));
                    }
                    if !good {
                        return (sent, Some(PublishError::Refused));
                    }
                    sent += 1;
                }
                Ok(Err(error)) => return (sent, Some(away(error))),
                Err(_) => return (sent, Some(PublishError::Silent)),
            }
        }
        (sent, trouble)
    }

    async fn publish(&self, message: &Message) -> lapin::Result<lapin::PublisherConfirm> {
        let properties = BasicProperties::default()
            .with_content_type(message.content_type.as_str().into())
            .with_message_id(message.id.as_str().into())
            .with_delivery_mode(PERSISTENT);
        let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
        let exchange = "".into();
        self.channel
            .basic_publish(exchange, self.name.as_str().into(), options, message.body.as_bytes(), properties)
            .await
    }
}

/// The library's words; they carry no password.
#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` hands over")]
fn away(error: lapin::Error) -> PublishError {
    match error.kind() {
        ErrorKind::ProtocolError(refused) if refused.get_id() == ACCESS_REFUSED => PublishError::Forbidden,
        _ => PublishError::Unreachable(error.to_string()),
    }
}
