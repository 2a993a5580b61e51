//! The two ways that events go: to a queue, and to a webhook.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use time::format_description::well_known::Rfc3339;
use url::Url;

use crate::app::App;
use crate::broker::{self, Broker, Message};
use crate::events::{targets, webhooks};
use crate::store::events::Stored;
use crate::store::targets::Target;
use crate::webhook::{self, Post, Sender};

/// What carries events out of here.
#[derive(Clone)]
pub(in crate::workers) struct Carrier {
    pub(super) broker: Option<Arc<Broker>>,
    pub(super) sender: Arc<Sender>,
}

/// The way to one target.
pub(super) enum Route {
    Queue(Arc<Broker>, broker::Queue),
    Webhook { app: App, sender: Arc<Sender>, url: Url, target: Target },
}

/// Why events do not arrive, and how long to wait before another try.
pub(super) struct Trouble {
    pub(super) error: String,
    pub(super) first: Duration,
    pub(super) longest: Duration,
    pub(super) at_least: Duration,
    /// The target wants no more.
    pub(super) is_final: bool,
}

impl Carrier {
    /// The ways that the settings give.
    pub(in crate::workers) fn new(app: &App) -> anyhow::Result<Carrier> {
        let settings = app.settings();
        let broker = settings.amqp_url.as_ref().map(Broker::new).transpose()?;
        let sender = Sender::new(&settings.webhook_networks).context("webhooks cannot be sent")?;
        Ok(Carrier { broker: broker.map(Arc::new), sender: Arc::new(sender) })
    }

    /// Opens the way to a target.
    pub(super) async fn open(&self, app: &App, target: &Target) -> Result<Route, Trouble> {
        if let Some(url) = &target.url {
            let url = url.parse().map_err(|_| Trouble::lasting("its address cannot be read".to_owned()))?;
            let (app, sender, target) = (app.clone(), Arc::clone(&self.sender), target.clone());
            return Ok(Route::Webhook { app, sender, url, target });
        }
        match (&self.broker, target.name.strip_prefix(targets::QUEUE)) {
            (Some(broker), Some(queue)) => Ok(Route::Queue(Arc::clone(broker), broker.queue(queue).await?)),
            _ => Err(Trouble::lasting("nothing leads there".to_owned())),
        }
    }

    pub(super) async fn close(&self) {
        if let Some(broker) = &self.broker {
            broker.close().await;
        }
    }
}

impl Route {
    /// How many events are sent before it is noted that they have arrived. A queue confirms many as quickly as one;
    /// a webhook shall not get many twice.
    pub(super) fn batch(&self) -> i64 {
        match self {
            Route::Queue(..) => 200,
            Route::Webhook { .. } => 1,
        }
    }

    /// Sends events in order. Gives how many arrived, counted from the first, and what happened to the next.
    pub(super) async fn send(&mut self, events: &[Stored]) -> (usize, Option<Trouble>) {
        match self {
            Route::Queue(broker, queue) => {
                let messages: Vec<Message> = events.iter().map(message).collect();
                let (sent, trouble) = queue.send(&messages).await;
                if let Some(broker::Trouble::Silent) = trouble {
                    broker.give_up().await;
                }
                (sent, trouble.map(Trouble::from))
            }
            Route::Webhook { app, sender, url, target } => {
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

fn message(event: &Stored) -> Message {
    Message { id: event.id.to_string(), content_type: event.kind.clone(), body: event.body.clone() }
}

/// What Standard Webhooks advises: type, time, and the event as queues get it.
fn body(event: &Stored) -> String {
    let moment = event.created_at.format(&Rfc3339).unwrap_or_default();
    format!(r#"{{"type":"{}","timestamp":"{moment}","data":{}}}"#, event.kind, event.body)
}

impl Trouble {
    fn lasting(error: String) -> Trouble {
        let pause = Duration::from_secs(60);
        Trouble { error, first: pause, longest: pause, at_least: Duration::ZERO, is_final: false }
    }
}

impl From<broker::Trouble> for Trouble {
    fn from(trouble: broker::Trouble) -> Trouble {
        let longest = match trouble {
            broker::Trouble::NoQueue
            | broker::Trouble::Refused
            | broker::Trouble::Silent
            | broker::Trouble::Forbidden => Duration::from_secs(30),
            // It comes back for all at once, and many events may wait.
            broker::Trouble::Away(_) => Duration::from_secs(4),
        };
        let first = Duration::from_millis(250);
        Trouble { error: trouble.to_string(), first, longest, at_least: Duration::ZERO, is_final: false }
    }
}

impl From<webhook::Trouble> for Trouble {
    fn from(trouble: webhook::Trouble) -> Trouble {
        const LONGEST: Duration = Duration::from_secs(600);
        let at_least = match &trouble {
            webhook::Trouble::Refused { retry_after: Some(pause), .. } => (*pause).min(LONGEST),
            _ => Duration::ZERO,
        };
        Trouble {
            error: trouble.to_string(),
            first: Duration::from_millis(500),
            longest: LONGEST,
            at_least,
            is_final: matches!(trouble, webhook::Trouble::Gone),
        }
    }
}
