//! Requests and their answers, read to the end.

use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Method, RequestBuilder, StatusCode};

/// So many letters of an answer are shown, where it is not the one that was expected.
const SHOWN: usize = 200;

/// A client of one server, with one kept connection.
pub(super) struct Client {
    http: reqwest::Client,
    /// Scheme, host and port.
    base: String,
}

/// An answer.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// A request was not answered as it should have been.
#[derive(Debug, thiserror::Error)]
#[error("{words}")]
pub(super) struct Fault {
    /// The status, where there was an answer.
    pub(super) status: Option<StatusCode>,
    words: String,
}

impl Client {
    pub(super) fn new(http: reqwest::Client, base: String) -> Client {
        Client { http, base }
    }

    /// A request for a path.
    pub(super) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base))
    }

    pub(super) fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    /// A request with a JSON object of texts.
    pub(super) fn post_json(&self, path: &str, fields: &[(&str, &str)]) -> RequestBuilder {
        let object: serde_json::Map<_, _> =
            fields.iter().map(|(name, text)| ((*name).to_owned(), (*text).into())).collect();
        let body = serde_json::Value::Object(object).to_string();
        self.request(Method::POST, path).header(CONTENT_TYPE, "application/json").body(body)
    }
}

/// Sends a request, and reads the whole answer.
pub(super) async fn send(request: RequestBuilder) -> Result<Answer, Fault> {
    let answer = request.send().await?;
    let (status, headers) = (answer.status(), answer.headers().clone());
    Ok(Answer { status, headers, body: answer.bytes().await? })
}

impl Answer {
    /// This answer, if its status is that one.
    pub(super) fn expect(self, status: StatusCode) -> Result<Answer, Fault> {
        if self.status == status { Ok(self) } else { Err(self.fault()) }
    }

    /// A header's text, or nothing.
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The texts of a JSON object's fields; nothing where one is not there.
    pub(super) fn texts<const N: usize>(&self, names: [&str; N]) -> Result<[String; N], Fault> {
        let object: serde_json::Value = serde_json::from_slice(&self.body).unwrap_or_default();
        let texts = names.map(|name| object[name].as_str().unwrap_or_default().to_owned());
        if texts.iter().any(String::is_empty) { Err(self.fault()) } else { Ok(texts) }
    }

    /// That this is not the answer that was expected.
    pub(super) fn fault(&self) -> Fault {
        let text = String::from_utf8_lossy(&self.body);
        let is_page = self.header("content-type").starts_with("text/html");
        let shown = match self.header("location") {
            "" if is_page => "a page".to_owned(),
            // One line of it.
            "" => text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(SHOWN).collect(),
            location => format!("see {location}"),
        };
        Fault { status: Some(self.status), words: format!("{}: {shown}", self.status) }
    }
}

impl Fault {
    /// An answer that is wrong for another reason than its status.
    pub(super) fn wrong(words: impl Into<String>) -> Fault {
        Fault { status: None, words: words.into() }
    }

    /// An answer with another status than the one that was expected.
    pub(super) fn of(status: StatusCode, words: &str) -> Fault {
        Fault { status: Some(status), words: format!("{status}: {words}") }
    }

    /// An answer that says to come later.
    pub(super) fn busy(words: impl Into<String>) -> Fault {
        Fault { status: Some(StatusCode::SERVICE_UNAVAILABLE), words: words.into() }
    }

    /// Whether the server had too much to do, or a limit was reached.
    pub(super) fn is_refusal(&self) -> bool {
        matches!(self.status, Some(StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE))
    }
}

impl From<reqwest::Error> for Fault {
    fn from(error: reqwest::Error) -> Fault {
        let mut words = if error.is_timeout() { "no answer in time".to_owned() } else { error.to_string() };
        // What it came from says more than what it came to.
        let mut cause = std::error::Error::source(&error).filter(|_| !error.is_timeout());
        while let Some(error) = cause {
            words = error.to_string();
            cause = error.source();
        }
        Fault::wrong(words)
    }
}
