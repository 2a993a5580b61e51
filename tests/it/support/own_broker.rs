//! A RabbitMQ of one story's own, to be killed and started again on what it had written.

use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use lapin::options::{BasicAckOptions, BasicGetOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use lapin::{Channel, Connection, ConnectionProperties};
use tempfile::TempDir;
use tokio::net::TcpStream;

use super::{certificates, free_port};

/// The broker. It and its port mapper end with the story.
pub struct OwnBroker {
    folder: TempDir,
    port: u16,
    tls_port: u16,
    mapper_port: u16,
    mapper: Child,
    broker: Child,
}

impl OwnBroker {
    /// Starts one, which takes some ten seconds.
    pub async fn start() -> OwnBroker {
        let folder = tempfile::tempdir().unwrap();
        let (port, tls_port, mapper_port, other) = (free_port(), free_port(), free_port(), free_port());
        certificates(folder.path());
        let file = |name: &str| folder.path().join(name).display().to_string();
        let settings = [
            format!("listeners.tcp.1 = 127.0.0.1:{port}"),
            format!("listeners.ssl.1 = 127.0.0.1:{tls_port}"),
            format!("ssl_options.cacertfile = {}", file("ca.pem")),
            format!("ssl_options.certfile = {}", file("server.pem")),
            format!("ssl_options.keyfile = {}", file("server.key")),
            "log.console = true\nlog.file = false\n".to_owned(),
        ];
        std::fs::write(folder.path().join("rabbitmq.conf"), settings.join("\n")).unwrap();
        let mut mapper = command(folder.path(), "epmd");
        mapper.args(["-address", "127.0.0.1", "-port", &mapper_port.to_string()]);
        let mapper = spawn(mapper);
        std::fs::write(folder.path().join("port"), other.to_string()).unwrap();
        let broker = launch(folder.path(), mapper_port);
        let own = OwnBroker { folder, port, tls_port, mapper_port, mapper, broker };
        own.answers().await;
        own
    }

    /// Where it answers.
    pub fn url(&self) -> String {
        format!("amqp://guest:guest@127.0.0.1:{}/%2f", self.port)
    }

    /// Where it answers over TLS, and the file with the authority of its certificate.
    pub fn tls(&self) -> (String, String) {
        let url = format!("amqps://guest:guest@localhost:{}/%2f", self.tls_port);
        (url, self.folder.path().join("ca.pem").display().to_string())
    }

    /// As a power cut would: no goodbye.
    pub fn kill(&mut self) {
        kill_all(&mut self.broker);
    }

    /// Starts it again.
    pub async fn restart(&mut self) {
        self.broker = launch(self.folder.path(), self.mapper_port);
        self.answers().await;
    }

    async fn answers(&self) {
        let start = Instant::now();
        while Connection::connect(&self.url(), ConnectionProperties::default()).await.is_err()
            || TcpStream::connect(("127.0.0.1", self.tls_port)).await.is_err()
        {
            assert!(start.elapsed() < Duration::from_secs(120), "the broker does not start");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// Declares queues that outlive the broker.
    pub async fn declare(&self, queues: &[&str]) {
        let (_connection, channel) = self.channel().await;
        let options = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
        for queue in queues {
            channel.queue_declare((*queue).into(), options, FieldTable::default()).await.unwrap();
        }
    }

    /// The ids of everything in a queue, in order; it is empty then.
    pub async fn drain(&self, queue: &str) -> Vec<String> {
        let (_connection, channel) = self.channel().await;
        let mut ids = Vec::new();
        while let Some(message) = channel.basic_get(queue.into(), BasicGetOptions::default()).await.unwrap() {
            ids.push(message.properties.message_id().as_ref().unwrap().as_str().to_owned());
            message.ack(BasicAckOptions::default()).await.unwrap();
        }
        ids
    }

    async fn channel(&self) -> (Connection, Channel) {
        let connection = Connection::connect(&self.url(), ConnectionProperties::default()).await.unwrap();
        let channel = connection.create_channel().await.unwrap();
        (connection, channel)
    }
}

impl Drop for OwnBroker {
    fn drop(&mut self) {
        kill_all(&mut self.broker);
        kill_all(&mut self.mapper);
    }
}

fn launch(folder: &Path, mapper_port: u16) -> Child {
    let mut broker = command(folder, "/usr/lib/rabbitmq/bin/rabbitmq-server");
    let file = |name: &str| folder.join(name);
    broker
        .env("RABBITMQ_NODENAME", "own@localhost")
        .env("RABBITMQ_CONFIG_FILE", file("rabbitmq.conf"))
        .env("RABBITMQ_MNESIA_BASE", file("mnesia"))
        .env("RABBITMQ_LOG_BASE", file("log"))
        .env("RABBITMQ_PID_FILE", file("pid"))
        .env("RABBITMQ_ENABLED_PLUGINS_FILE", file("plugins"))
        .env("RABBITMQ_DIST_PORT", std::fs::read_to_string(file("port")).unwrap())
        .env("ERL_EPMD_PORT", mapper_port.to_string())
        .env("ERL_EPMD_ADDRESS", "127.0.0.1")
        .env("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "+S 1:1 +sbwt none -kernel inet_dist_use_interface {127,0,0,1}");
    spawn(broker)
}

/// A program with a clean environment, in a group of its own so that all of it can be ended.
fn command(folder: &Path, program: &str) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("LANG", "C.UTF-8").env("HOME", folder).process_group(0);
    command
}

fn spawn(mut command: Command) -> Child {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("RabbitMQ is installed")
}

fn kill_all(child: &mut Child) {
    let _ = Command::new("kill").args(["-KILL", "--", &format!("-{}", child.id())]).status();
    let _ = child.wait();
}
