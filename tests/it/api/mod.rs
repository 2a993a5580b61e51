//! The APIs, as the clients of the replaced services meet them. The tables are those services' own documents and
//! answers, row by row.

mod clark;
mod dialects;
mod django;
mod document;
mod fastapi;
mod faults;
mod hostile;
mod keys;
mod shared;
mod tokens;

use hyper::Method;
use serde_json::Value;

use crate::support::{Answer, Portico, Visitor};

/// A program that speaks JSON.
pub struct Api(Visitor);

impl Api {
    pub fn of(portico: &Portico) -> Api {
        Api(portico.visitor())
    }

    /// A request with a JSON body (none for `Null`) and an `Authorization` header (none when empty).
    pub async fn call(&self, method: &str, path: &str, authorization: &str, body: Value) -> Answer {
        let text = if body.is_null() { String::new() } else { body.to_string() };
        self.send(method, path, authorization, "application/json", text.as_bytes()).await
    }

    /// A request with any body.
    pub async fn send(&self, method: &str, path: &str, authorization: &str, kind: &str, body: &[u8]) -> Answer {
        let mut headers = Vec::new();
        if !authorization.is_empty() {
            headers.push(("authorization", authorization));
        }
        if !body.is_empty() && !kind.is_empty() {
            headers.push(("content-type", kind));
        }
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        self.0.ask(method, path, &headers, body.to_vec().into()).await
    }
}

/// The body as JSON.
#[track_caller]
pub fn json(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_else(|_| panic!("no JSON: {} {}", answer.status, answer.text()))
}

/// A text of the body's object.
#[track_caller]
pub fn text(answer: &Answer, pointer: &str) -> String {
    let body = json(answer);
    body.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("no {pointer} in {body}")).to_owned()
}

/// Status and exact body.
#[track_caller]
pub fn assert_answer(answer: &Answer, status: u16, body: &str) {
    assert_eq!((answer.status, answer.text().as_str()), (status, body));
}

/// What a token says.
pub fn claims(token: &str) -> Value {
    use base64::Engine as _;
    let part = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}
