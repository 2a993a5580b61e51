//! How long an upload may take: as long as it comes, and no longer.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::api::{Api, text};
use crate::support::{Portico, photo};

const MULTIPART: &str = "multipart/form-data; boundary=x";
const URLENCODED: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

/// The bytes of bodies that are in memory.
async fn held(portico: &Portico) -> usize {
    portico.metric("portico_body_bytes").await.expect("a gauge") as usize
}

/// Waits until as many bytes of bodies have been read as this wants.
async fn until_held(portico: &Portico, is_enough: impl Fn(usize) -> bool) {
    let start = Instant::now();
    loop {
        let held = held(portico).await;
        if is_enough(held) {
            return;
        }
        assert!(start.elapsed() < Duration::from_secs(30), "{held} bytes are held");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// A client that sends its body piece by piece.
struct Sender<'p> {
    portico: &'p Portico,
    stream: TcpStream,
    sent: usize,
}

impl Sender<'_> {
    async fn begin<'p>(portico: &'p Portico, target: &str, headers: &str, length: usize) -> Sender<'p> {
        until_held(portico, |held| held == 0).await;
        let mut stream = TcpStream::connect(portico.url().trim_start_matches("http://")).await.unwrap();
        let head = format!(
            "{target} HTTP/1.1\r\nhost: 127.0.0.1\r\nsec-fetch-site: same-origin\r\n{headers}\
             content-length: {length}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        Sender { portico, stream, sent: 0 }
    }

    /// Sends a piece, which has been read when this ends.
    async fn send(&mut self, piece: &[u8]) {
        self.stream.write_all(piece).await.unwrap();
        self.sent += piece.len();
        until_held(self.portico, |held| held >= self.sent).await;
    }

    /// What it is told, once the connection ends.
    async fn answer(mut self) -> String {
        let mut answer = Vec::new();
        let read = self.stream.read_to_end(&mut answer);
        // Cut off or closed is the same to the waiting client.
        let _ = tokio::time::timeout(Duration::from_secs(30), read).await.expect("an end");
        String::from_utf8_lossy(&answer).into_owned()
    }
}

/// A form with a photo of almost ten megabytes in a field.
fn form(field: &str) -> Vec<u8> {
    let head = format!("--x\r\ncontent-disposition: form-data; name={field}; filename=a.jpg\r\n\r\n");
    [head.as_bytes(), &photo::padded(&photo::jpeg(64, 64), 9_990_000), b"\r\n--x--\r\n"].concat()
}

async fn token(portico: &Portico) -> String {
    let bea = json!({ "email": "bea@example.org", "full_name": "Bea", "password": "Abcdef12" });
    let answer = Api::of(portico).call("POST", "/api/users/register", "", bea).await;
    format!("authorization: JWT {}\r\n", text(&answer, "/access"))
}

#[tokio::test]
async fn ten_megabytes_over_200_kilobits_a_second_arrive() {
    let portico = Portico::start().await;
    let cookie = format!("cookie: portico={}\r\n", portico.member("ada").await.cookie("portico").unwrap());
    let token = token(&portico).await;
    for (target, who, field, status) in
        [("POST /account/picture", &cookie, "photo", "303"), ("PUT /api/users/update", &token, "profile_pic", "200")]
    {
        let body = form(field);
        let headers = format!("{who}content-type: {MULTIPART}\r\nconnection: close\r\n");
        let mut sender = Sender::begin(&portico, target, &headers, body.len()).await;
        let (pieces, last) = body.split_at(body.len() / 12 * 11);
        for piece in pieces.chunks(body.len() / 12) {
            sender.send(piece).await;
            portico.advance(Duration::from_secs(40));
        }
        sender.stream.write_all(last).await.unwrap();
        let answer = sender.answer().await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{target}: {answer}");
    }
    assert_eq!(portico.database().count("accounts where picture_key is not null").await, 2);
}

#[tokio::test]
async fn who_sends_too_slowly_is_told_so_by_every_door_in_its_own_words() {
    let portico = Portico::with(&[("PORTICO_INTROSPECTION_SECRET", "sixteen letters or more")]).await;
    let cookie = format!("cookie: portico={}\r\n", portico.member("ada").await.cookie("portico").unwrap());
    let russian = format!("{cookie}accept-language: ru\r\n");
    let token = token(&portico).await;
    let photo = "Your connection is slow: the photo did not arrive in time";
    let detail = r#"{"detail":"Your connection is slow: the request did not arrive in time."}"#;
    for (target, who, kind, words) in [
        ("POST /account/picture", cookie.as_str(), MULTIPART, photo),
        ("POST /account/picture", &russian, MULTIPART, "Медленное соединение: фото не пришло вовремя"),
        ("POST /welcome", &cookie, MULTIPART, photo),
        ("POST /account/picture", "", MULTIPART, "<h1>Your connection is slow</h1>"),
        ("POST /account/profile", &cookie, URLENCODED, "<h1>Your connection is slow</h1>"),
        ("POST /login", "", URLENCODED, "<h1>Your connection is slow</h1>"),
        ("PUT /api/users/update", &token, MULTIPART, detail),
        ("POST /api/users/register", "", MULTIPART, detail),
        ("POST /api/user/login", "", JSON, detail),
        ("POST /users/login", "", JSON, r#"{"detail":"Request Timeout"}"#),
        ("POST /users", "", JSON, "Request Timeout"),
        ("POST /oauth/introspect", "", URLENCODED, r#"{"error":"invalid_request"}"#),
    ] {
        let begun = match kind {
            MULTIPART => "--x\r\ncontent-disposition: form-data; name=photo; filename=a.jpg\r\n\r\nabc",
            URLENCODED => "login=ada&token=a",
            _ => "{\"username\":",
        };
        let mut sender = Sender::begin(&portico, target, &format!("{who}content-type: {kind}\r\n"), 5_000).await;
        sender.send(begun.as_bytes()).await;
        portico.advance(Duration::from_secs(50));
        sender.send(b"a").await;
        portico.advance(Duration::from_secs(50));
        sender.stream.write_all(b"a").await.unwrap();
        let answer = sender.answer().await;
        assert!(answer.starts_with("HTTP/1.1 408"), "{target}: {answer}");
        assert!(answer.contains(words), "{target}: {answer}");
        assert!(
            answer.contains("\r\nconnection: close\r\n") && !answer.contains("\r\nretry-after:"),
            "{target}: {answer}"
        );
    }
    until_held(&portico, |held| held == 0).await;
}

#[tokio::test]
async fn a_minute_without_a_byte_ends_an_upload_however_fast_it_began() {
    let portico = Portico::start().await;
    let cookie = format!("cookie: portico={}\r\n", portico.member("ada").await.cookie("portico").unwrap());
    let body = form("photo");
    let headers = format!("{cookie}content-type: {MULTIPART}\r\n");
    let mut sender = Sender::begin(&portico, "POST /account/picture", &headers, body.len()).await;
    sender.send(&body[..5_000_000]).await;
    portico.advance(Duration::from_secs(59));
    sender.send(&body[5_000_000..6_000_000]).await;
    portico.advance(Duration::from_secs(61));
    let answer = sender.answer().await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert_eq!(portico.database().count("accounts where picture_key is not null").await, 0);
}
