//! How pictures are served: for ever, in parts, and nothing else with them.

use std::time::{Duration, Instant};

use hyper::Method;

use crate::support::{Portico, Visitor, photo};

/// A person's picture: its folder's address.
async fn with_picture(portico: &Portico) -> (Visitor, String) {
    let ada = portico.member("ada").await;
    ada.set_picture(&photo::jpeg(300, 300)).await.assert_status(303);
    let path = ada.get("/account").await.attribute("main .av img", "src");
    let folder = path.rsplit_once('/').unwrap().0.to_owned();
    (ada, folder)
}

#[tokio::test]
async fn a_picture_may_be_kept_for_ever_and_shown_anywhere_but_never_run() {
    let portico = Portico::start().await;
    let (_, folder) = with_picture(&portico).await;
    let answer = portico.visitor().get(&format!("{folder}/256.webp")).await;
    answer.assert_status(200);
    for (name, value) in [
        ("cache-control", "public, max-age=31536000, immutable"),
        ("content-type", "image/webp"),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "default-src 'none'; sandbox"),
        ("cross-origin-resource-policy", "cross-origin"),
        ("accept-ranges", "bytes"),
        ("set-cookie", ""),
    ] {
        assert_eq!(answer.header(name), value, "{name}");
    }
}

#[tokio::test]
async fn a_known_picture_is_not_sent_again() {
    let portico = Portico::start().await;
    let (_, folder) = with_picture(&portico).await;
    let (visitor, path) = (portico.visitor(), format!("{folder}/128.jpg"));
    let tag = visitor.get(&path).await.header("etag").to_owned();
    for known in [tag.clone(), format!("\"other\", {tag}"), format!("W/{tag}"), "*".to_owned()] {
        let answer = visitor.get_with(&path, &[("if-none-match", &known)]).await;
        answer.assert_status(304);
        assert!(answer.body.is_empty());
        assert_eq!(answer.header("etag"), tag);
    }
    visitor.get_with(&path, &[("if-none-match", "\"other\"")]).await.assert_status(200);
}

#[tokio::test]
async fn head_tells_what_get_would_send() {
    let portico = Portico::start().await;
    let (_, folder) = with_picture(&portico).await;
    let (visitor, path) = (portico.visitor(), format!("{folder}/128.jpg"));
    let whole = visitor.get(&path).await;
    let head = visitor.ask(Method::HEAD, &path, &[], Default::default()).await;
    head.assert_status(200);
    assert!(head.body.is_empty());
    for name in ["content-length", "content-type", "etag", "cache-control"] {
        assert_eq!(head.header(name), whole.header(name), "{name}");
    }
}

#[tokio::test]
async fn parts_of_a_picture_are_sent_as_asked() {
    let portico = Portico::start().await;
    let (_, folder) = with_picture(&portico).await;
    let (visitor, path) = (portico.visitor(), format!("{folder}/256.jpg"));
    let whole = visitor.get(&path).await;
    let (bytes, tag) = (whole.body.clone(), whole.header("etag").to_owned());
    let size = bytes.len();
    for (range, from, to) in [
        ("bytes=0-9".to_owned(), 0, 10),
        ("bytes=100-".to_owned(), 100, size),
        ("bytes=-20".to_owned(), size - 20, size),
        (format!("bytes=10-{}", size + 1000), 10, size),
    ] {
        let part = visitor.get_with(&path, &[("range", &range)]).await;
        part.assert_status(206);
        assert_eq!(part.body, bytes[from..to], "{range}");
        assert_eq!(part.header("content-range"), format!("bytes {from}-{}/{size}", to - 1));
    }
    for range in [format!("bytes={size}-"), format!("bytes={}-{}", size + 5, size + 9)] {
        let answer = visitor.get_with(&path, &[("range", &range)]).await;
        answer.assert_status(416);
        assert_eq!(answer.header("content-range"), format!("bytes */{size}"));
    }
    for headers in [
        vec![("range", "bytes=9-3")],
        vec![("range", "bytes=0-1,4-5")],
        vec![("range", "lines=1-2")],
        vec![("range", "bytes=0-9"), ("if-range", "\"other\"")],
    ] {
        let answer = visitor.get_with(&path, &headers).await;
        answer.assert_status(200);
        assert_eq!(answer.body.len(), size, "{headers:?}");
    }
    visitor.get_with(&path, &[("range", "bytes=0-9"), ("if-range", &tag)]).await.assert_status(206);
}

#[tokio::test]
async fn nothing_but_pictures_can_be_reached() {
    let portico = Portico::start().await;
    let (ada, folder) = with_picture(&portico).await;
    let key = folder.rsplit('/').next().unwrap();
    for path in [
        format!("{folder}/original"),
        format!("{folder}/original.jpg"),
        format!("{folder}/original.webp"),
        format!("{folder}/"),
        folder.clone(),
        format!("{folder}/64.png"),
        format!("{folder}/063.webp"),
        format!("{folder}/64.webp%00"),
        format!("{folder}/64.webp/"),
        format!("/media/{}/64.webp", key.to_uppercase()),
        format!("/media/{key}%2F64.webp"),
        format!("/media/{}/64.webp", "0".repeat(32)),
        "/media/".to_owned(),
        "/media/ping".to_owned(),
        "/media/../portico.db".to_owned(),
        "/media/%2e%2e/%2e%2e".to_owned(),
        format!("/media/{key}/..%2F..%2F..%2Fportico.db"),
        format!("/media/..%2F..%2F{key}/64.webp"),
        format!("/media/pictures/{key}"),
        format!("/media/pictures/{key}/64.webp"),
        "/static/../Cargo.toml".to_owned(),
        "/static/..%2FCargo.toml".to_owned(),
    ] {
        let answer = ada.get(&path).await;
        assert!(answer.status == 404 || answer.status == 308, "{path}: {}", answer.status);
    }
}

#[tokio::test]
async fn the_original_is_its_owners_alone() {
    let portico = Portico::start().await;
    let (ada, _) = with_picture(&portico).await;
    let original = ada.get("/account/picture/original").await;
    original.assert_status(200);
    assert!(original.header("cache-control").contains("private"));
    let tag = original.header("etag").to_owned();
    ada.get_with("/account/picture/original", &[("if-none-match", &tag)]).await.assert_status(304);
    portico.visitor().get("/account/picture/original").await.assert_status(303);
    portico.member("eve").await.get("/account/picture/original").await.assert_status(404);
}

#[tokio::test]
async fn a_picture_that_another_process_removes_is_gone_here_a_moment_later() {
    let portico = Portico::start().await;
    let (ada, folder) = with_picture(&portico).await;
    let files = ["64.webp", "256.jpg"].map(|file| format!("{folder}/{file}"));
    for file in files.iter().chain(&files) {
        ada.get(file).await.assert_status(200);
    }
    portico.run(&["user", "delete", "ada"], "").assert_done();
    for file in &files {
        let start = Instant::now();
        while ada.get(file).await.status != 404 {
            assert!(start.elapsed() < Duration::from_secs(30), "{file} is still served");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

#[tokio::test]
async fn from_memory_a_picture_is_answered_as_from_its_folder() {
    let portico = Portico::start().await;
    let (_, folder) = with_picture(&portico).await;
    let (visitor, path) = (portico.visitor(), format!("{folder}/128.webp"));
    let answers = [visitor.get(&path).await, visitor.get(&path).await, visitor.get(&format!("{path}?v=2")).await];
    let ids: Vec<&str> = answers.iter().map(|answer| answer.header("x-request-id")).collect();
    assert!(ids.iter().all(|id| id.len() == 16) && ids[1] != ids[2], "{ids:?}");
    let headers = answers.each_ref().map(|answer| {
        let mut headers: Vec<String> =
            answer.headers.iter().map(|(name, value)| format!("{name}: {value:?}")).collect();
        headers.retain(|header| !header.starts_with("x-request-id") && !header.starts_with("date"));
        headers.sort();
        headers
    });
    assert_eq!(headers[0], headers[1]);
    assert_eq!(headers[0], headers[2]);
    assert!(answers.iter().all(|answer| answer.status == 200 && answer.body == answers[0].body));
    let metrics = portico.internal().get("/metrics").await.text();
    let counted = "portico_requests_total{method=\"GET\",route=\"/media/{key}/{file}\",status=\"200\"} 3";
    assert!(metrics.contains(counted), "{metrics}");
}

#[tokio::test]
async fn whatever_a_client_has_of_a_picture_that_never_was_there_is_none() {
    let portico = Portico::start().await;
    let path = format!("/media/{}/64.webp", "0".repeat(32));
    portico.visitor().get_with(&path, &[("if-none-match", "*")]).await.assert_status(404);
}
