//! A relay of one story's own, and the mails that it was given.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use super::{certificates, free_port};

/// The relay, which is `tests/smtp_sink.py`. It ends with the story.
pub struct Sink {
    folder: TempDir,
    child: Child,
    port: u16,
    mode: String,
    // It ends when this does.
    _input: ChildStdin,
}

/// A mail as it came: what the relay was told, and the message as Python's own parser reads it.
#[derive(Debug)]
pub struct Mail {
    pub from: String,
    pub to: String,
    pub hello: String,
    pub encrypted: bool,
    pub authenticated: bool,
    pub smtputf8: bool,
    /// The same for mails by one connection.
    pub connection: u64,
    pub headers: BTreeMap<String, String>,
    /// The types of the message and its parts.
    pub kinds: Vec<String>,
    pub text: String,
    pub html: String,
    /// As it came.
    pub raw: String,
}

impl Sink {
    /// Starts one in a mode of `tests/smtp_sink.py`, with a certificate of an authority that no other program knows.
    pub fn start(mode: &str) -> Sink {
        let folder = tempfile::tempdir().unwrap();
        certificates(folder.path());
        // One that it finds free when it starts again.
        let (child, input, port) = start(folder.path(), free_port(), mode);
        Sink { folder, child, port, mode: mode.to_owned(), _input: input }
    }

    /// Stops it: from now on no server is at its port.
    pub fn stop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it again at the same port, with the mails it has.
    pub fn start_again(&mut self) {
        (self.child, self._input, self.port) = start(self.folder.path(), self.port, &self.mode);
    }

    /// Its address under a scheme, with the right credentials.
    pub fn url(&self, scheme: &str) -> String {
        format!("{scheme}://portico:secret@127.0.0.1:{}", self.port)
    }

    /// The same without credentials.
    pub fn open_url(&self, scheme: &str) -> String {
        format!("{scheme}://127.0.0.1:{}", self.port)
    }

    /// The file of the authority of its certificate.
    pub fn ca_file(&self) -> String {
        self.folder.path().join("ca.pem").display().to_string()
    }

    /// How often a client tried to log in.
    pub fn attempts(&self) -> usize {
        std::fs::read_to_string(self.folder.path().join("attempts")).unwrap_or_default().lines().count()
    }

    /// All mails so far, in their order.
    pub fn mails(&self) -> Vec<Mail> {
        let file = |number: usize| std::fs::read(self.folder.path().join(format!("{number}.json")));
        (0..).map_while(|number| file(number).ok()).map(|bytes| mail(&bytes)).collect()
    }

    /// The mail of this number, from 0, as soon as it is there.
    pub async fn mail(&self, number: usize) -> Mail {
        self.about("", number).await
    }

    /// The same of those whose subject begins so.
    pub async fn about(&self, subject: &str, number: usize) -> Mail {
        let start = Instant::now();
        loop {
            let mut mails = self.mails().into_iter().filter(|mail| mail.header("Subject").starts_with(subject));
            if let Some(mail) = mails.nth(number) {
                return mail;
            }
            assert!(start.elapsed() < Duration::from_secs(60), "mail {number} does not come: {subject}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Mail {
    /// A field of its header, decoded.
    #[track_caller]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no {name}: {:?}", self.headers))
    }
}

/// Starts the program in a folder, and waits until it is there: it, its input, and its port.
fn start(folder: &Path, port: u16, mode: &str) -> (Child, ChildStdin, u16) {
    let python = std::env::var("TEST_PYTHON").expect("TEST_PYTHON is a Python with aiosmtpd, as tests/run sets it");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/smtp_sink.py");
    let mut command = Command::new(python);
    command.arg(script).arg(folder).args([&port.to_string(), mode]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("Python runs");
    let input = child.stdin.take().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let port = line.strip_prefix("ready ").unwrap_or_else(|| panic!("the relay does not start: {line:?}"));
    let port = port.trim().parse().unwrap();
    (child, input, port)
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn mail(bytes: &[u8]) -> Mail {
    let mail: Value = serde_json::from_slice(bytes).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let fields = mail["headers"].as_array().unwrap();
    let headers: BTreeMap<_, _> = fields.iter().map(|field| (text(&field[0]), text(&field[1]))).collect();
    assert_eq!(headers.len(), fields.len(), "no field is there twice: {fields:?}");
    assert_eq!(mail["defects"], Value::Array(Vec::new()), "{}", mail["raw"]);
    let to = mail["to"].as_array().unwrap();
    assert_eq!(to.len(), 1);
    Mail {
        from: text(&mail["from"]),
        to: text(&to[0]),
        hello: text(&mail["hello"]),
        encrypted: mail["encrypted"].as_bool().unwrap(),
        authenticated: mail["authenticated"].as_bool().unwrap(),
        smtputf8: mail["smtputf8"].as_bool().unwrap(),
        connection: mail["connection"].as_u64().unwrap(),
        headers,
        kinds: mail["kinds"].as_array().unwrap().iter().map(text).collect(),
        text: text(&mail["text"]).replace("\r\n", "\n"),
        html: text(&mail["html"]).replace("\r\n", "\n"),
        raw: text(&mail["raw"]),
    }
}
