//! Transports of events: to a queue of the broker, and to a webhook.

use std::sync::Arc;
use std::time::Duration;

use time::format_description::well_known::Rfc3339;
use tokio::sync::OnceCell;
use url::Url;

use crate::app::App;
use crate::broker::{self, Broker, Message};
use crate::events::{targets, webhooks};
use crate::store::events::EventRow;
use crate::store::targets::Target;
use crate::webhook::{self, Post, Sender};

/// The transports that the settings give: the broker and the sender of webhooks.
#[derive(Clone)]
pub(in crate::workers) struct Transports {
    pub(super) broker: Option<Arc<Broker>>,
    /// Made with the first webhook: it reads the certificates of the machine's authorities.
    sender: Arc<OnceCell<Arc<Sender>>>,
}

/// The transport to one target.
pub(super) enum Transport {
    Queue(Arc<Broker>, broker::Queue),
    Webhook { app: App, sender: Arc<Sender>, url: Url, target: Target },
}

/// Why a delivery failed, and how long to back off before another attempt.
pub(super) struct DeliveryError {
    pub(super) error: String,
    pub(super) first: Duration,
    pub(super) longest: Duration,
    pub(super) at_least: Duration,
    /// The target wants no more.
    pub(super) is_final: bool,
}

impl Transports {
    /// Sets up the transports that the settings give.
    pub(in crate::workers) fn new(app: &App) -> anyhow::Result<Transports> {
        let broker = app.settings().amqp_url.as_ref().map(Broker::new).transpose()?;
        Ok(Transports { broker: broker.map(Arc::new), sender: Arc::default() })
    }

    /// Opens the transport to a target.
    pub(super) async fn open(&self, app: &App, target: &Target) -> Result<Transport, DeliveryError> {
        if let Some(url) = &target.url {
            let url = url.parse().map_err(|_| DeliveryError::lasting("its address cannot be read".to_owned()))?;
            let sender = async || Sender::new(&app.settings().webhook_networks).map(Arc::new);
            let sender = self.sender.get_or_try_init(sender).await;
            let sender = sender.map_err(|error| DeliveryError::lasting(format!("webhooks cannot be sent: {error}")))?;
            let (app, sender, target) = (app.clone(), Arc::clone(sender), target.clone());
            return Ok(Transport::Webhook { app, sender, url, target });
        }
        match (&self.broker, target.name.strip_prefix(targets::QUEUE)) {
            (Some(broker), Some(queue)) => Ok(Transport::Queue(Arc::clone(broker), broker.queue(queue).await?)),
            _ => Err(DeliveryError::lasting("nothing leads there".to_owned())),
        }
    }

    pub(super) async fn close(&self) {
        if let Some(broker) = &self.broker {
            broker.close().await;
        }
    }
}

impl Transport {
    /// How many events are sent before it is noted that they have arrived. A queue confirms many as quickly as one;
    /// a webhook shall not get many twice.
    pub(super) fn batch(&self) -> i64 {
        match self {
            Transport::Queue(..) => 200,
            Transport::Webhook { .. } => 1,
        }
    }

    /// Sends events in order. Gives how many arrived, counted from the first, and what happened to the next.
    pub(super) async fn send(&mut self, events: &[EventRow]) -> (usize, Option<DeliveryError>) {
        match self {
            Transport::Queue(broker, queue) => {
                let messages: Vec<Message> = events.iter().map(message).collect();
                let (sent, trouble) = queue.send(&messages).await;
                if let Some(broker::PublishError::Silent) = trouble {
                    broker.give_up().await;
                }
                (sent, trouble.map(DeliveryError::from))
            }
            Transport::Webhook { app, sender, url, target } => {
                for (index, event) in events.iter().enumerate() {
                    let id = event.id.to_string();
                    let timestamp = app.now().unix_timestamp();
                    let secrets = webhooks::secrets(app, target);
                    let post = Post { id: &id, timestamp, body: body(event), secrets: &secrets };
                    if let Err(trouble) = sender.send(url, post).await {
                        return (index, Some(trouble.into()));
                    }
                }
                (events.len(), None)
            }
        }
    }
}

fn message(event: &EventRow) -> Message {
    Message { id: event.id.to_string(), content_type: event.kind.clone(), body: event.body.clone() }
}

/// What Standard Webhooks advises: type, time, and the event as queues get it.
fn body(event: &EventRow) -> String {
    let timestamp = event.created_at.format(&Rfc3339).unwrap_or_default();
    format!(r#"{{"type":"{}","timestamp":"{timestamp}","data":{}}}"#, event.kind, event.body)
}

impl DeliveryError {
    fn lasting(error: String) -> DeliveryError {
        let pause = Duration::from_secs(60);
        DeliveryError { error, first: pause, longest: pause, at_least: Duration::ZERO, is_final: false }
    }
}

impl From<broker::PublishError> for DeliveryError {
    fn from(trouble: broker::PublishError) -> DeliveryError {
        let longest = match trouble {
            broker::PublishError::NoQueue
            | broker::PublishError::Refused
            | broker::PublishError::Silent
            | broker::PublishError::Login
            | broker::PublishError::Forbidden => Duration::from_secs(30),
            // It comes back for all at once, and many events may wait.
            broker::PublishError::Unreachable(_) => Duration::from_secs(4),
        };
        let first = Duration::from_millis(250);
        DeliveryError { error: trouble.to_string(), first, longest, at_least: Duration::ZERO, is_final: false }
    }
}

impl From<webhook::SendError> for DeliveryError {
    fn from(trouble: webhook::SendError) -> DeliveryError {
        const MAX_BACKOFF: Duration = Duration::from_secs(600);
        let at_least = match &trouble {
            webhook::SendError::Refused { retry_after: Some(pause), .. } => (*pause).min(MAX_BACKOFF),
            _ => Duration::ZERO,
        };
        DeliveryError {
            error: trouble.to_string(),
            first: Duration::from_millis(500),
            longest: MAX_BACKOFF,
            at_least,
            is_final: matches!(trouble, webhook::SendError::Gone),
        }
    }
}
