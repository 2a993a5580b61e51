//! Calls of the RPC `Info` (gRPC over HTTP/2).

use http_body_util::BodyExt as _;
use prost::Message as _;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, TE};
use reqwest::{Method, StatusCode};

use crate::grpc::proto;

use super::client::{Client, Fault};

/// Before each message: whether it is compressed, and four bytes of its length.
const PREFIX: usize = 5;

/// The status of a call that came to too much (`RESOURCE_EXHAUSTED`), or to a server that is busy (`UNAVAILABLE`).
const BUSY: [&str; 2] = ["8", "14"];

/// A service that calls, with one kept connection.
pub(super) struct Caller {
    client: Client,
    /// What it says who it is by, where that is asked for.
    authorization: Option<String>,
}

impl Caller {
    pub(super) fn new(client: Client, token: Option<&str>) -> Caller {
        Caller { client, authorization: token.map(|token| format!("Bearer {token}")) }
    }

    /// Asks who goes by an e-mail.
    pub(super) async fn info(&self, email: &str) -> Result<(), Fault> {
        let asked = proto::User { username: email.to_owned(), ..proto::User::default() };
        let mut request = self
            .client
            .request(Method::POST, "/UsersAPI/Info")
            .header(CONTENT_TYPE, "application/grpc")
            .header(TE, "trailers")
            .body(framed(&asked));
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        let (head, body) = hyper::Response::<reqwest::Body>::from(request.send().await?).into_parts();
        let body = body.collect().await?;
        if head.status != StatusCode::OK {
            return Err(Fault::of(head.status, "no gRPC is spoken there"));
        }
        // Of a call that failed at once it stands among the headers.
        let told = |name| {
            let value = body.trailers().and_then(|trailers| trailers.get(name)).or_else(|| head.headers.get(name));
            value.and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
        };
        let (status, message) = (told("grpc-status"), told("grpc-message"));
        match status.as_str() {
            "0" => check(&body.to_bytes(), email),
            status if BUSY.contains(&status) => Err(Fault::busy(format!("status {status}: {message}"))),
            status => Err(Fault::wrong(format!("status {status}: {message}"))),
        }
    }
}

/// A message as it is sent: uncompressed, its length before it.
fn framed(message: &proto::User) -> Vec<u8> {
    let length = u32::try_from(message.encoded_len()).unwrap_or_default();
    [&[0][..], &length.to_be_bytes(), &message.encode_to_vec()].concat()
}

/// Whether an answer is the one about this account.
fn check(body: &[u8], email: &str) -> Result<(), Fault> {
    let message = body.get(PREFIX..).unwrap_or_default();
    let answer = proto::ResponseWithUser::decode(message).map_err(|error| Fault::wrong(error.to_string()))?;
    let status = answer.status.unwrap_or_default();
    match (status.code, answer.user) {
        (200, Some(user)) if user.username == email => Ok(()),
        (429 | 503, _) => Err(Fault::busy(status.message)),
        (code, _) => Err(Fault::wrong(format!("{code}: {}", status.message))),
    }
}
