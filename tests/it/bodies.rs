//! What bodies of requests may cost: memory in all and for each address, texts among files, and nothing before limits
//! are asked.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use hyper::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use crate::api::Api;
use crate::support::{Part, Portico, photo};

/// What a debug program has more of its own file in memory than a release, in megabytes.
const DEBUG_FILE: u64 = 20;

/// The most memory that a process has had, in megabytes, were it a release: its own file counts as it does there.
fn memory(portico: &Portico) -> u64 {
    (portico.memory("VmHWM") / 1000).saturating_sub(DEBUG_FILE)
}

/// Begins an upload of ten megabytes and does not end it. What is left is the connection, or the answer if there was
/// one.
async fn unfinished(to: SocketAddr, target: &str) -> Result<TcpStream, String> {
    unfinished_from(Ipv4Addr::LOCALHOST, to, target).await
}

/// The same from an address.
async fn unfinished_from(from: Ipv4Addr, to: SocketAddr, target: &str) -> Result<TcpStream, String> {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((from, 0).into()).unwrap();
    let mut stream = socket.connect(to).await.unwrap();
    let head = format!(
        "POST {target} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: multipart/form-data; boundary=x\r\n\
         content-length: 9999999\r\n\r\n--x\r\ncontent-disposition: form-data; name=profile_pic; filename=a.jpg\r\n\r\n"
    );
    let body = vec![b'a'; 100_000];
    let sent = async {
        stream.write_all(head.as_bytes()).await?;
        for _ in 0..98 {
            stream.write_all(&body).await?;
        }
        Ok::<_, std::io::Error>(())
    };
    let is_sent = sent.await.is_ok();
    let mut answer = vec![0; 2000];
    match tokio::time::timeout(Duration::from_millis(if is_sent { 500 } else { 5000 }), stream.read(&mut answer)).await
    {
        Err(_) => Ok(stream),
        Ok(read) => Err(String::from_utf8_lossy(&answer[..read.unwrap_or(0)]).into_owned()),
    }
}

#[tokio::test]
async fn unfinished_uploads_of_one_address_take_little_memory_and_forms_are_read_all_the_same() {
    let portico = Portico::start().await;
    let to = portico.url().trim_start_matches("http://").parse().unwrap();
    let ada = portico.member("ada").await;
    let ends = join_all(
        (0..200)
            .map(|number| unfinished(to, if number % 2 == 0 { "/api/users/register" } else { "/api/user/register" })),
    )
    .await;
    assert!(memory(&portico) < 150, "{} MB", memory(&portico));
    let held = ends.iter().filter(|end| end.is_ok()).count();
    assert!((1..=10).contains(&held), "{held} are held");
    let told = ends.iter().filter_map(|end| end.as_ref().err()).find(|answer| !answer.is_empty());
    let told = told.expect("some were told to come again");
    assert!(
        told.starts_with("HTTP/1.1 503") && told.contains("retry-after: ") && told.contains("temporarily"),
        "{told}"
    );
    // Forms of the same address have room of their own.
    portico.member("bea").await;
    let answer = ada.submit("/account/profile", &[("username", "ada"), ("name", "Ada")]).await;
    answer.assert_leads_to("/account/profile");
    // What is broken off is given back.
    drop(ends);
    let start = Instant::now();
    while ada.set_picture(&photo::jpeg(300, 300)).await.status != 303 {
        assert!(start.elapsed() < Duration::from_secs(10), "uploads are still refused");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn unfinished_uploads_of_many_addresses_take_little_memory() {
    let portico = Portico::start().await;
    let to = portico.url().trim_start_matches("http://").parse().unwrap();
    let from = |number: u8| Ipv4Addr::new(127, 0, 1 + number / 100, 1 + number % 100);
    let uploads = (0..200).map(|number| unfinished_from(from(number), to, "/api/users/register"));
    let ends = join_all(uploads).await;
    assert!(memory(&portico) < 150, "{} MB", memory(&portico));
    assert!(ends.iter().any(Result::is_ok), "some are held");
}

#[tokio::test]
async fn a_stranger_whose_form_has_a_photo_holds_no_memory_with_it() {
    let portico = Portico::start().await;
    let to = portico.url().trim_start_matches("http://").parse().unwrap();
    let ends = join_all((0..50).map(|_| unfinished(to, "/account/picture"))).await;
    assert!(ends.iter().all(Result::is_ok), "{:?}", ends.iter().find_map(|end| end.as_ref().err()));
    assert!(memory(&portico) < 150, "{} MB", memory(&portico));
}

#[tokio::test]
async fn texts_beside_a_file_are_short_and_few_at_every_door() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let long = "x".repeat(17_000);
    for path in ["/account/picture", "/welcome"] {
        for name in ["do", "name", "unknown"] {
            ada.upload(path, &[Part::Text(name, &long)]).await.assert_status(413);
        }
        let many: Vec<Part<'_>> = (0..101).map(|_| Part::Text("unknown", "x")).collect();
        ada.upload(path, &many).await.assert_status(413);
    }
    let api = Api::of(&portico);
    let form = |parts: &[(&str, &str)]| {
        let part = |(name, text): &(&str, &str)| {
            format!("--x\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n")
        };
        parts.iter().map(part).collect::<String>() + "--x--\r\n"
    };
    let kind = "multipart/form-data; boundary=x";
    let names: Vec<String> = (0..101).map(|number| format!("f{number}")).collect();
    let many: Vec<_> = names.iter().map(|name| (name.as_str(), "x")).collect();
    for path in
        ["/api/users/register", "/api/user/register", "/api/users/login", "/api/user/login", "/api/users/refresh"]
    {
        for body in [form(&[("email", &long)]), form(&many)] {
            api.send("POST", path, "", kind, body.as_bytes()).await.assert_status(413);
        }
    }
    // Where there is no picture, files are no larger than forms.
    let file =
        format!("--x\r\ncontent-disposition: form-data; name=a; filename=a\r\n\r\n{}\r\n--x--\r\n", "x".repeat(70_000));
    for path in ["/api/users/login", "/api/user/login", "/api/users/refresh", "/api/user/refresh"] {
        api.send("POST", path, "", kind, file.as_bytes()).await.assert_status(413);
    }
}

#[tokio::test]
async fn who_may_not_sign_up_or_has_no_token_is_told_before_the_picture_is_sent() {
    let portico = Portico::start().await;
    let api = Api::of(&portico);
    let ada = json!({ "email": "ada@example.org", "full_name": "Ada", "password": "Abcdef12" });
    api.call("POST", "/api/users/register", "", ada.clone()).await.assert_status(200);
    let start = Instant::now();
    while api.call("POST", "/api/users/register", "", ada.clone()).await.status != 429 {
        assert!(start.elapsed() < Duration::from_secs(60), "sign-ups have no limit");
    }
    for (target, status) in
        [("POST /api/users/register", "429"), ("POST /api/user/register", "429"), ("PUT /api/users/update", "401")]
    {
        let mut stream = TcpStream::connect(portico.url().trim_start_matches("http://")).await.unwrap();
        let head = format!(
            "{target} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: multipart/form-data; boundary=x\r\n\
             content-length: 9000000\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = vec![0; 100];
        let read =
            tokio::time::timeout(Duration::from_secs(10), stream.read(&mut answer)).await.expect(target).unwrap();
        let answer = String::from_utf8_lossy(&answer[..read]);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{target}: {answer}");
    }
}

#[tokio::test]
async fn what_a_page_of_another_site_sends_unasked_is_refused_in_the_dialects_words() {
    let portico = Portico::start().await;
    let visitor = portico.visitor();
    let foreign = ("sec-fetch-site", "cross-site");
    let json = json!({ "username": "ada", "email": "ada@example.org", "password": "Abcdef12" }).to_string();
    let form = "username=ada&email=ada%40example.org&password=Abcdef12&full_name=Ada&firstname=A&lastname=B";
    for (path, words) in [
        ("/api/users/login", "You do not have permission"),
        ("/api/users/register", "You do not have permission"),
        ("/api/user/register/", "You do not have permission"),
        ("/users/login", r#"{"detail":"Forbidden"}"#),
        ("/users/register", r#"{"detail":"Forbidden"}"#),
        ("/users", "Forbidden"),
        ("/users/tokens", "Forbidden"),
    ] {
        for kind in ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"] {
            let answer = visitor.ask(Method::POST, path, &[foreign, ("content-type", kind)], form.into()).await;
            answer.assert_status(403);
            assert!(answer.text().starts_with(words) || answer.text().contains(words), "{path}: {}", answer.text());
            assert_eq!(answer.header("access-control-allow-origin"), "*");
        }
        visitor.ask(Method::POST, path, &[foreign], json.clone().into()).await.assert_status(403);
        // What browsers ask about first, front ends elsewhere may send.
        let headers = [foreign, ("content-type", "application/json")];
        let answer = visitor.ask(Method::POST, path, &headers, json.clone().into()).await;
        assert_ne!(answer.status, 403, "{path}: {}", answer.text());
    }
}

#[tokio::test]
async fn no_api_takes_a_body_of_no_type_or_of_plain_text() {
    let portico = Portico::start().await;
    let json = json!({
        "username": "ada", "firstname": "A", "lastname": "B", "full_name": "Ada", "email": "ada@example.org",
        "password": "Abcdef12", "token": "x", "refresh": "x",
    });
    for kind in ["", "text/plain", "text/plain;charset=UTF-8", "text/json", "application/jsonx"] {
        for path in
            ["/api/users/register", "/api/user/register", "/users/register", "/users", "/users/login", "/users/tokens"]
        {
            let api = Api::of(&portico);
            let answer = api.send("POST", path, "", kind, json.to_string().as_bytes()).await;
            assert!((400..500).contains(&answer.status), "{path} {kind:?}: {}", answer.status);
        }
    }
    assert_eq!(portico.database().count("accounts").await, 0);
    let answer = Api::of(&portico).send("POST", "/users/login", "", "", json.to_string().as_bytes()).await;
    answer.assert_status(422);
    assert!(answer.text().contains("model_attributes_type"), "{}", answer.text());
}

#[tokio::test]
async fn asking_whether_it_is_ready_writes_no_file_each_time() {
    let portico = Portico::start().await;
    let ping = portico.media().join("ping");
    let start = Instant::now();
    let mut seen = std::collections::HashSet::new();
    for number in 0..40 {
        let visitor = if number % 2 == 0 { portico.visitor() } else { portico.internal() };
        visitor.get("/readyz").await.assert_status(200);
        seen.insert(std::fs::metadata(&ping).unwrap().modified().unwrap());
    }
    let most = start.elapsed().as_secs() as usize + 1;
    assert!(seen.len() <= most, "{} in {:?}", seen.len(), start.elapsed());
}

#[tokio::test]
async fn an_answer_before_the_body_says_that_the_connection_ends() {
    let portico = Portico::start().await;
    let to: SocketAddr = portico.url().trim_start_matches("http://").parse().unwrap();
    for (method, path, more) in [
        ("PUT", "/api/user/1/update/", ""),
        ("PUT", "/api/users/me/", ""),
        ("PUT", "/users", ""),
        ("POST", "/nothing", ""),
        ("POST", "/login", "origin: http://evil.example\r\n"),
        ("POST", "/login", "content-encoding: gzip\r\n"),
    ] {
        let mut stream = TcpStream::connect(to).await.unwrap();
        let head = format!("{method} {path} HTTP/1.1\r\nhost: {to}\r\n{more}content-length: 60000\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = vec![0; 4000];
        let read = tokio::time::timeout(Duration::from_secs(10), stream.read(&mut answer)).await.unwrap().unwrap();
        let answer = String::from_utf8_lossy(&answer[..read]).into_owned();
        assert!(answer.contains("\r\nconnection: close\r\n"), "{method} {path}: {answer}");
    }
    // One that was read keeps its connection.
    let mut stream = TcpStream::connect(to).await.unwrap();
    let body = "login=ada&password=x";
    let kind = "content-type: application/x-www-form-urlencoded";
    let head = format!("POST /login HTTP/1.1\r\nhost: {to}\r\n{kind}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = vec![0; 4000];
    let read = stream.read(&mut answer).await.unwrap();
    assert!(!String::from_utf8_lossy(&answer[..read]).contains("connection: close"));
}

#[tokio::test]
async fn a_body_that_is_not_framed_as_http_wants_it_is_a_bad_request_at_every_door() {
    let portico = Portico::start().await;
    let to: SocketAddr = portico.url().trim_start_matches("http://").parse().unwrap();
    for (path, kind, words) in [
        ("/api/users/login/", "application/json", "Malformed request."),
        ("/api/user/login/", "application/x-www-form-urlencoded", "Malformed request."),
        ("/users/login", "application/json", "Bad Request"),
        ("/users/tokens", "application/json", "Bad Request"),
        ("/login", "application/x-www-form-urlencoded", "This could not be read"),
        ("/signup", "application/x-www-form-urlencoded", "This could not be read"),
    ] {
        let mut stream = TcpStream::connect(to).await.unwrap();
        let head = format!("POST {path} HTTP/1.1\r\nhost: {to}\r\nconnection: close\r\ncontent-type: {kind}\r\n");
        let head = format!("{head}sec-fetch-site: same-origin\r\n");
        let request = format!("{head}transfer-encoding: chunked\r\n\r\n2\r\n{{\"\r\nno size\r\n\r\n0\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut answer)).await.unwrap().unwrap();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains(words), "{path}: {answer}");
    }
}
