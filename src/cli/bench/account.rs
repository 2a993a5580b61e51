//! One account of the load: what a program and a browser ask on its behalf.

use std::sync::{Mutex, MutexGuard, PoisonError};

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, SET_COOKIE};
use reqwest::{Method, StatusCode};
use url::{Url, form_urlencoded};

use crate::secrets::random_text;

use super::client::{Answer, Client, Fault, send};
use super::picture;

/// The line between the parts of an upload.
const BOUNDARY: &str = "portico-bench-f2c81d0ab6";

/// An account that does not exist.
pub(super) struct Account {
    /// The full name, and what stands before the `@`.
    pub(super) name: String,
    pub(super) email: String,
    password: String,
    picture: Vec<u8>,
    known: Mutex<Known>,
}

/// What the server has told of it.
#[derive(Clone, Default)]
struct Known {
    id: String,
    token: String,
    cookies: String,
    /// The path of a small file of its picture.
    file: String,
}

impl Account {
    /// One that is yet to be opened.
    pub(super) fn new(name: String, tint: u8) -> anyhow::Result<Account> {
        Ok(Account {
            email: format!("{name}@example.com"),
            name,
            password: random_text(24)?,
            picture: picture::png(tint)?,
            known: Mutex::default(),
        })
    }

    /// The id.
    pub(super) fn id(&self) -> String {
        self.known().id.clone()
    }

    /// What its programs send.
    pub(super) fn authorization(&self) -> String {
        format!("JWT {}", self.known().token)
    }

    /// What its browser sends.
    pub(super) fn cookies(&self) -> String {
        self.known().cookies.clone()
    }

    /// The path of a small file of its picture.
    pub(super) fn file(&self) -> String {
        self.known().file.clone()
    }

    /// Signs up.
    pub(super) async fn register(&self, client: &Client) -> Result<(), Fault> {
        let fields = [("email", self.email.as_str()), ("full_name", &self.name), ("password", &self.password)];
        let answer = send(client.post_json("/api/users/register", &fields)).await?.expect(StatusCode::OK)?;
        let [token] = answer.texts(["access"])?;
        self.known().token = token;
        Ok(())
    }

    /// Logs in as a program, for another token.
    pub(super) async fn log_in(&self, client: &Client) -> Result<(), Fault> {
        let fields = [("email", self.email.as_str()), ("password", &self.password)];
        let answer = send(client.post_json("/api/users/login", &fields)).await?.expect(StatusCode::OK)?;
        let [id, email, token] = answer.texts(["id", "email", "access"])?;
        if email != self.email {
            return Err(Fault::wrong(format!("the log-in of {} gave {email}", self.email)));
        }
        let mut known = self.known();
        (known.id, known.token) = (id, token);
        Ok(())
    }

    /// Uploads its picture.
    pub(super) async fn upload(&self, client: &Client) -> Result<(), Fault> {
        let head = format!(
            "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"profile_pic\"; filename=\"bench.png\"\r\n\
             content-type: image/png\r\n\r\n"
        );
        let tail = format!("\r\n--{BOUNDARY}--\r\n");
        let request = client
            .request(Method::PUT, "/api/users/update")
            .header(AUTHORIZATION, self.authorization())
            .header(CONTENT_TYPE, format!("multipart/form-data; boundary={BOUNDARY}"))
            .body([head.as_bytes(), &self.picture, tail.as_bytes()].concat());
        let answer = send(request).await?.expect(StatusCode::OK)?;
        let [id, url] = answer.texts(["id", "profile_pic"])?;
        let file = small_file(&url).ok_or_else(|| Fault::wrong(format!("a picture at {url}")))?;
        let mut known = self.known();
        (known.id, known.file) = (id, file);
        Ok(())
    }

    /// Logs in as a browser.
    pub(super) async fn start_session(&self, client: &Client) -> Result<(), Fault> {
        let fields = [("login", &self.email), ("password", &self.password)];
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = client
            .request(Method::POST, "/login")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .body(form);
        let answer = send(request).await?.expect(StatusCode::SEE_OTHER)?;
        self.known().cookies = cookies(&answer);
        Ok(())
    }

    /// Deletes it, by another token where that is wanted.
    pub(super) async fn delete(&self, client: &Client) -> Result<(), Fault> {
        let Known { id, token, .. } = self.known().clone();
        if !id.is_empty() && !token.is_empty() && self.delete_once(client).await.is_ok() {
            return Ok(());
        }
        match self.log_in(client).await {
            Ok(()) => self.delete_once(client).await,
            // No token was seen, and who cannot log in was never there.
            Err(fault) if token.is_empty() && fault.status == Some(StatusCode::BAD_REQUEST) => Ok(()),
            Err(fault) => Err(fault),
        }
    }

    /// Deletes it by the token that it has.
    pub(super) async fn delete_once(&self, client: &Client) -> Result<(), Fault> {
        let request = client.request(Method::DELETE, &format!("/api/users/{}", self.id()));
        let request = request.header(AUTHORIZATION, self.authorization());
        send(request).await?.expect(StatusCode::NO_CONTENT).map(drop)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // Nothing panics while it holds this lock.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The cookies that an answer sets, as a browser sends them back.
fn cookies(answer: &Answer) -> String {
    let lines = answer.headers.get_all(SET_COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.filter_map(|line| line.split(';').next()).map(str::trim);
    pairs.filter(|pair| !pair.ends_with('=')).collect::<Vec<_>>().join("; ")
}

/// The path of the smallest file of a picture, by the address that programs are told: `…/media/{key}-{step}.jpg`.
fn small_file(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    let (key, _) = url.path().strip_prefix("/media/")?.split_once('-')?;
    Some(format!("/media/{key}/64.webp"))
}
