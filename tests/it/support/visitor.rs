//! A browser as far as HTTP goes: cookies, forms, uploads; redirects are seen, not followed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::header::{CONTENT_TYPE, COOKIE, SET_COOKIE};
use hyper::{HeaderMap, Method, Request};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use super::Answer;

/// A visitor with a browser. Clones share its cookies, as tabs do.
#[derive(Clone)]
pub struct Visitor {
    base: String,
    client: Client<HttpConnector, Full<Bytes>>,
    cookies: Arc<Mutex<BTreeMap<String, String>>>,
}

/// There was no answer.
type Gone = Box<dyn std::error::Error + Send + Sync>;

/// A part of an upload's form.
pub enum Part<'a> {
    /// A field and its text.
    Text(&'a str, &'a str),
    /// A field, the name of the file, its content.
    File(&'a str, &'a str, &'a [u8]),
}

impl Visitor {
    pub(super) fn new(base: &str) -> Visitor {
        Visitor {
            base: base.to_owned(),
            // A connection for each request: a story may pause for longer than an idle one is kept.
            client: Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build_http(),
            cookies: Arc::default(),
        }
    }

    /// Opens a page.
    pub async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, &[], Bytes::new()).await
    }

    /// Opens a page with headers of one's own.
    pub async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.ask(Method::GET, path, headers, Bytes::new()).await
    }

    /// Sends a form as our own pages send it.
    pub async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.submit_with(path, fields, &[("sec-fetch-site", "same-origin")]).await
    }

    /// Sends a form with headers of one's own.
    pub async fn submit_with(&self, path: &str, fields: &[(&str, &str)], headers: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let mut headers = headers.to_vec();
        headers.push(("content-type", "application/x-www-form-urlencoded"));
        self.ask(Method::POST, path, &headers, body.into()).await
    }

    /// Sends a form that may hold files.
    pub async fn upload(&self, path: &str, parts: &[Part<'_>]) -> Answer {
        self.try_upload(path, parts).await.expect("Portico answers")
    }

    /// The same, to a program that may be gone.
    async fn try_upload(&self, path: &str, parts: &[Part<'_>]) -> Result<Answer, Gone> {
        const BOUNDARY: &str = "----these-stories-have-no-such-line";
        let mut body = Vec::new();
        for part in parts {
            body.extend_from_slice(format!("--{BOUNDARY}\r\ncontent-disposition: form-data; name=").as_bytes());
            match part {
                Part::Text(name, text) => body.extend_from_slice(format!("\"{name}\"\r\n\r\n{text}").as_bytes()),
                Part::File(name, file, bytes) => {
                    let head = format!("\"{name}\"; filename=\"{file}\"\r\ncontent-type: image/jpeg\r\n\r\n");
                    body.extend_from_slice(head.as_bytes());
                    body.extend_from_slice(bytes);
                }
            }
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        let headers = [(CONTENT_TYPE.as_str(), kind.as_str()), ("sec-fetch-site", "same-origin")];
        self.try_ask(Method::POST, path, &headers, body.into()).await
    }

    /// Uploads a picture from the profile page.
    pub async fn set_picture(&self, photo: &[u8]) -> Answer {
        self.try_set_picture(photo).await.expect("Portico answers")
    }

    /// The same, to a program that may be gone.
    pub async fn try_set_picture(&self, photo: &[u8]) -> Result<Answer, Gone> {
        let parts = [Part::File("photo", "photo.jpg", photo), Part::Text("do", "upload")];
        self.try_upload("/account/picture", &parts).await
    }

    /// Another visitor, at the same address.
    pub fn stranger(&self) -> Visitor {
        Visitor::new(&self.base)
    }

    /// Any request at all.
    pub async fn ask(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Bytes) -> Answer {
        self.try_ask(method, path, headers, body).await.expect("Portico answers")
    }

    /// Any request at all, of a program that may be gone.
    pub async fn try_ask(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> Result<Answer, Gone> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let cookies = self.cookie_header();
        if !cookies.is_empty() {
            request = request.header(COOKIE, cookies);
        }
        let response = self.client.request(request.body(Full::new(body))?).await?;
        let (head, body) = response.into_parts();
        let body = body.collect().await?.to_bytes();
        self.keep_cookies(&head.headers);
        Ok(Answer { status: head.status.as_u16(), headers: head.headers, body })
    }

    /// Follows an answer that leads elsewhere on this site.
    pub async fn follow(&self, answer: &Answer) -> Answer {
        self.get(answer.leads_to().split('#').next().unwrap_or_default()).await
    }

    /// Another browser with the same cookies: what a thief of them has.
    pub fn copy(&self) -> Visitor {
        let copy = Visitor::new(&self.base);
        *copy.cookies.lock().unwrap() = self.cookies.lock().unwrap().clone();
        copy
    }

    /// The value of a cookie the browser holds.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().unwrap().get(&self.with_port(name)).cloned()
    }

    /// Puts a cookie into the browser.
    pub fn set_cookie(&self, name: &str, value: &str) {
        self.cookies.lock().unwrap().insert(self.with_port(name), value.to_owned());
    }

    /// What one of Portico's own cookies is called at an address with a port, as stories come by.
    fn with_port(&self, name: &str) -> String {
        match self.base.rsplit_once(':') {
            Some((_, port)) if name.starts_with("portico") => format!("{name}-{port}"),
            _ => name.to_owned(),
        }
    }

    fn cookie_header(&self) -> String {
        let cookies = self.cookies.lock().unwrap();
        cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    fn keep_cookies(&self, headers: &HeaderMap) {
        let mut cookies = self.cookies.lock().unwrap();
        for line in headers.get_all(SET_COOKIE) {
            let cookie = cookie::Cookie::parse(line.to_str().unwrap().to_owned()).expect("a cookie");
            if cookie.max_age().is_some_and(|age| age.is_zero()) {
                cookies.remove(cookie.name());
            } else {
                cookies.insert(cookie.name().to_owned(), cookie.value().to_owned());
            }
        }
    }
}
