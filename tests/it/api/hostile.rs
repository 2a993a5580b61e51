//! Bad input of every kind: each dialect's own 4xx, never a fault of ours, never an echo of a password.

use crate::support::Portico;

use super::Api;

#[tokio::test]
async fn bad_bodies_are_refused_in_the_dialects_words() {
    let portico = Portico::start().await;
    let api = Api::of(&portico);
    let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
    let huge = format!("{{\"password\":\"hunter2{}\"}}", "x".repeat(100_000));
    let bodies: Vec<Vec<u8>> = vec![
        b"".to_vec(),
        b"null".to_vec(),
        b"7".to_vec(),
        b"[]".to_vec(),
        b"\"hunter2\"".to_vec(),
        b"{".to_vec(),
        b"{\"password\":\"hunter2\",\"password\":\"hunter2\"}".to_vec(),
        b"{\"password\":\"hunter2\xff\"}".to_vec(),
        b"{\"password\":\"hunter2\\ud800\"}".to_vec(),
        b"{\"email\":1e999,\"password\":\"hunter2\"}".to_vec(),
        b"{\"username\":{\"a\":\"hunter2\"},\"email\":[\"hunter2\"],\"password\":[\"hunter2\"],\"full_name\":{}}"
            .to_vec(),
        b"{\"username\":\"a\\u0000b\",\"email\":\"a\\u0000@example.org\",\"password\":\"hunter2\\u0000\"}".to_vec(),
        b"{\"username\":null,\"email\":null,\"password\":null,\"refresh\":null,\"token\":null}".to_vec(),
        deep.into_bytes(),
        huge.into_bytes(),
    ];
    let paths = [
        "/api/users/register",
        "/api/users/login",
        "/api/users/refresh",
        "/api/user/register",
        "/api/user/login",
        "/api/user/refresh",
        "/users/register",
        "/users/login",
        "/users",
        "/users/tokens",
        "/users/ada/tokens",
    ];
    let kinds = [
        "application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "multipart/form-data; boundary=x",
        "text/plain",
        "application/octet-stream",
        "junk",
        "",
    ];
    for path in paths {
        for kind in kinds {
            for body in &bodies {
                let answer = api.send("POST", path, "", kind, body).await;
                let sent = String::from_utf8_lossy(&body[..body.len().min(80)]).into_owned();
                assert!(
                    (400..500).contains(&answer.status),
                    "{path} {kind} {sent}: {} {}",
                    answer.status,
                    answer.text()
                );
                assert!(!answer.text().contains("hunter2"), "{path} {kind} {sent}: {}", answer.text());
            }
        }
    }
}

#[tokio::test]
async fn odd_methods_and_paths_are_refused_in_the_dialects_words() {
    let portico = Portico::start().await;
    let api = Api::of(&portico);
    for path in [
        "/api/users/login",
        "/api/user/me",
        "/users/register",
        "/users/tokens",
        "/users/%ff",
        "/users/%ff/tokens",
        "/api/users/%ff",
    ] {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"] {
            let answer = api.call(method, path, "", serde_json::Value::Null).await;
            assert!((400..500).contains(&answer.status), "{method} {path}: {}", answer.status);
            assert!(
                !answer.header("content-type").contains("text/html") || path.starts_with("/users"),
                "{method} {path}"
            );
        }
    }
}
