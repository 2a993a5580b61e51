//! RabbitMQ as its consumers see it, and a wire to it that can be cut.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use lapin::options::{BasicConsumeOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use lapin::{Channel, Connection, ConnectionProperties};
use serde_json::Value;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// The broker of this run.
pub fn broker_url() -> String {
    std::env::var("TEST_AMQP_URL").expect("TEST_AMQP_URL names a broker for the tests, as tests/run sets it")
}

/// A queue that no other story knows.
pub fn queue_name(stem: &str) -> String {
    format!("{stem}-{}", uuid::Uuid::new_v4().simple())
}

/// A message as it arrived.
#[derive(Clone, Debug)]
pub struct Delivered {
    pub kind: String,
    pub id: String,
    pub is_persistent: bool,
    pub body: Value,
}

/// A consumer as those of the replaced services: its own queue, neither durable nor confirmed.
pub struct Consumer {
    queue: String,
    channel: Channel,
    _connection: Connection,
    seen: Arc<Mutex<Vec<Delivered>>>,
}

impl Consumer {
    /// Declares the queue and reads whatever comes.
    pub async fn of(queue: &str) -> Consumer {
        Consumer::declaring(&broker_url(), queue, FieldTable::default()).await
    }

    /// The same at another broker, with arguments for the queue.
    pub async fn declaring(url: &str, queue: &str, arguments: FieldTable) -> Consumer {
        let (connection, channel) = declare(url, queue, arguments).await;
        let options = BasicConsumeOptions { no_ack: true, ..BasicConsumeOptions::default() };
        let mut messages =
            channel.basic_consume(queue.into(), "".into(), options, FieldTable::default()).await.expect("it consumes");
        let seen: Arc<Mutex<Vec<Delivered>>> = Arc::default();
        let all = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Some(Ok(message)) = messages.next().await {
                let text = |text: &Option<lapin::types::ShortString>| text.as_ref().unwrap().as_str().to_owned();
                all.lock().unwrap().push(Delivered {
                    kind: text(message.properties.content_type()),
                    id: text(message.properties.message_id()),
                    is_persistent: *message.properties.delivery_mode() == Some(2),
                    body: serde_json::from_slice(&message.data).unwrap(),
                });
            }
        });
        Consumer { queue: queue.to_owned(), channel, _connection: connection, seen }
    }

    /// What has come.
    pub fn seen(&self) -> Vec<Delivered> {
        self.seen.lock().unwrap().clone()
    }

    /// What has come, once there are so many different messages.
    pub async fn wait_for(&self, count: usize) -> Vec<Delivered> {
        let start = Instant::now();
        loop {
            let seen = self.seen();
            let mut ids: Vec<_> = seen.iter().map(|message| message.id.as_str()).collect();
            ids.sort_unstable();
            ids.dedup();
            if ids.len() >= count {
                return seen;
            }
            assert!(start.elapsed() < Duration::from_secs(60), "{} of {count} have come to {}", ids.len(), self.queue);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Declares another queue and leaves it alone.
    pub async fn declare_only(&self, queue: &str, arguments: FieldTable) {
        let options = QueueDeclareOptions::default();
        self.channel.queue_declare(queue.into(), options, arguments).await.expect("the queue is declared");
    }
}

async fn declare(url: &str, queue: &str, arguments: FieldTable) -> (Connection, Channel) {
    let connection = Connection::connect(url, ConnectionProperties::default()).await.expect("the broker answers");
    let channel = connection.create_channel().await.unwrap();
    channel
        .queue_declare(queue.into(), QueueDeclareOptions::default(), arguments)
        .await
        .expect("the queue is declared");
    (connection, channel)
}

/// A wire to the broker that can be cut and mended.
pub struct Cut {
    url: String,
    open: watch::Sender<bool>,
}

impl Cut {
    /// A wire that is whole.
    pub async fn new() -> Cut {
        let target = url::Url::parse(&broker_url()).unwrap();
        let address = format!("{}:{}", target.host_str().unwrap(), target.port().unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut url = target;
        url.set_port(Some(listener.local_addr().unwrap().port())).unwrap();
        let (open, is_open) = watch::channel(true);
        tokio::spawn(async move {
            loop {
                let (mut near, _) = listener.accept().await.unwrap();
                let (address, mut is_open) = (address.clone(), is_open.clone());
                tokio::spawn(async move {
                    if !*is_open.borrow() {
                        return;
                    }
                    let mut far = TcpStream::connect(address).await.unwrap();
                    tokio::select! {
                        _ = copy_bidirectional(&mut near, &mut far) => {}
                        _ = is_open.wait_for(|open| !open) => {}
                    }
                });
            }
        });
        Cut { url: url.into(), open }
    }

    /// What `AMQP_URL` is set to.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Every connection ends, and new ones end at once.
    pub fn cut(&self) {
        self.open.send_replace(false);
    }

    /// New connections work again.
    pub fn mend(&self) {
        self.open.send_replace(true);
    }
}
