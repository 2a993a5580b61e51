//! What the log holds of people: nothing.

use std::fs::File;
use std::process::Command;
use std::time::{Duration, Instant};

use bytes::Bytes;
use hyper::Method;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{PASSWORD, Portico, command, free_port, photo};

#[tokio::test]
async fn the_log_of_a_whole_journey_holds_nothing_secret_or_personal() {
    let portico = Portico::with(&[("PORTICO_LOG", "debug"), ("PORTICO_INTERNAL_TOKEN", "a token of the inside")]).await;
    let visitor = portico.visitor();
    let form = [("email", "quentin.crisp@example.org"), ("username", "quentin"), ("password", PASSWORD)];
    visitor.submit("/signup", &form).await.assert_leads_to("/welcome");
    let mut secrets = vec![visitor.cookie("portico").unwrap()];
    // What stands behind the parameters, which every hash has.
    let hash = async || {
        let hash = portico.database().text("select password_hash from accounts").await;
        hash.rsplit('$').next().unwrap().to_owned()
    };
    secrets.push(hash().await);
    let profile = [("username", "quentin"), ("name", "Quentin Crisp"), ("bio", "A private remark"), ("public", "1")];
    visitor.submit("/account/profile", &profile).await.assert_status(303);
    visitor.get("/u/quentin?from=quentin").await.assert_status(200);
    visitor.set_picture(&photo::from_phone(200, 100)).await.assert_status(303);
    visitor.set_picture(b"not a picture").await.assert_status(422);
    let change = [("current", PASSWORD), ("new", "eight brave herons")];
    visitor.submit("/account/security/password", &change).await.assert_status(303);
    secrets.push(hash().await);
    secrets.push(visitor.cookie("portico").unwrap());
    secrets.push(visitor.cookie("portico-device").unwrap().split_once('.').unwrap().1.to_owned());
    visitor.submit("/account/data/download", &[]).await.assert_status(200);
    visitor.submit("/logout", &[]).await;
    visitor.submit("/login", &[("login", "quentin"), ("password", "a wrong guess")]).await.assert_status(422);
    let evil = [("sec-fetch-site", "cross-site"), ("referer", "https://evil.example/quentin")];
    visitor.submit_with("/login", &[("login", "quentin")], &evil).await.assert_status(403);
    visitor.get("/setup/made-up-token").await.assert_status(404);
    let bearer = [("authorization", "Bearer a token of the inside")];
    portico.internal().get_with("/metrics", &bearer).await.assert_status(200);
    let again = [("login", "quentin"), ("password", "eight brave herons")];
    visitor.submit("/login", &again).await.assert_leads_to("/account");
    let leave = [("confirm", "quentin"), ("password", "eight brave herons")];
    visitor.submit("/account/delete", &leave).await.assert_leads_to("/goodbye");
    let id = visitor.get("/nowhere/quentin").await.header("x-request-id").to_owned();
    portico.logged(&id).await;
    let log = portico.log();
    secrets.extend(
        [
            PASSWORD,
            "seven+quiet",
            "eight brave herons",
            "a wrong guess",
            "inside-token",
            "made-up-token",
            "quentin",
            "Quentin",
            "crisp",
            "example.org",
            "A private remark",
            "48.8584",
            "evil.example",
            "for these stories only",
        ]
        .map(str::to_owned),
    );
    for secret in secrets {
        let line = log.lines().find(|line| line.contains(&secret));
        assert_eq!(line, None, "{secret:?} stands in the log");
    }
    for line in log.lines() {
        let line: serde_json::Value = serde_json::from_str(line).expect("a line is JSON");
        assert!(line["timestamp"].as_str().unwrap().ends_with('Z'), "times are UTC");
    }
}

#[tokio::test]
async fn the_first_lines_tell_where_to_open_it_and_where_things_are_kept() {
    let portico = Portico::start().await;
    portico.logged("there is no admin yet; this link makes the first one").await;
    let log = portico.log();
    assert!(log.contains(&format!("Portico is open at {}", portico.url())), "{log}");
    assert!(log.contains("accounts are kept in ") && log.contains("pictures in folder "), "{log}");
    assert!(log.contains("the internal listener is at http://127.0.0.1:"), "{log}");
}

#[tokio::test]
async fn what_strangers_send_writes_no_line_each() {
    let portico = Portico::start().await;
    let visitor = portico.visitor();
    let session = format!("portico-{}", portico.url().rsplit(':').next().unwrap());
    for value in ["x", "%00", &"A".repeat(22), &"A".repeat(4_000), "..", "\u{e9}"] {
        for name in [session.as_str(), "portico-device", "csrftoken"] {
            let cookie = format!("{name}={value}");
            visitor.get_with("/login", &[("cookie", &cookie)]).await.assert_status(200);
        }
        let header = format!("Bearer {value}");
        visitor.get_with("/api/users/me", &[("authorization", &header)]).await.assert_status(401);
    }
    // Answers to pings that the server has not sent.
    let mut stream = TcpStream::connect(portico.url().trim_start_matches("http://")).await.unwrap();
    let mut frames = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_vec();
    for _ in 0..50 {
        frames.extend_from_slice(b"\0\0\x08\x06\x01\0\0\0\0unasked!");
    }
    stream.write_all(&frames).await.unwrap();
    assert!(stream.read(&mut [0; 9]).await.unwrap() > 0);
    let strange = [("origin", "null"), ("referer", "::"), ("x-forwarded-for", "nobody"), ("forwarded", "for=;;")];
    visitor.submit_with("/login", &[("login", "ada")], &strange).await;
    let form = [("login", "ada"), ("password", "a wrong one")];
    visitor.submit("/login", &form).await.assert_status(422);
    let missing = visitor.get("/no-such-page").await.header("x-request-id").to_owned();
    assert!(!portico.log().contains(&missing));
    let told = |level: &str| portico.log().matches(&format!("\"level\":\"{level}\"")).count();
    // Nothing but the first lines of a process.
    assert_eq!((told("WARN"), told("ERROR")), (0, 0), "{}", portico.log());
    assert!(told("INFO") < 10, "{}", portico.log());
}

/// Asks again and again for what fails, and gives how many lines were written of it.
async fn lines_of_a_storm(portico: &Portico, path: &str, status: u16, words: &str) -> usize {
    let visitor = portico.visitor();
    for _ in 0..400 {
        visitor.get(path).await.assert_status(status);
    }
    portico.logged("more lines like the last of this part are dropped").await;
    let limited = portico.metric("portico_log_lines_limited_total").await.unwrap();
    let lines = portico.log().matches(words).count();
    assert!(limited >= 400 - lines as u64, "dropped lines are counted: {limited} beside {lines}");
    lines
}

#[tokio::test]
async fn requests_that_fail_without_end_write_a_bounded_number_of_lines() {
    let mut portico = Portico::start().await;
    portico.expect_faults();
    portico.database().execute("alter table accounts rename to lost").await;
    let lines = lines_of_a_storm(&portico, "/u/ada", 500, "a request failed").await;
    // Of a minute, or of two where the storm met the end of one.
    assert!((60..=120).contains(&lines), "{lines} lines");
}

#[tokio::test]
async fn a_lost_picture_writes_a_bounded_number_of_lines() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    ada.set_picture(&photo::from_phone(200, 100)).await.assert_status(303);
    for file in portico.picture_files() {
        std::fs::remove_file(file).unwrap();
    }
    let lines = lines_of_a_storm(&portico, "/avatar/@ada?s=77", 200, "file is not in the media store").await;
    assert!((60..=120).contains(&lines), "{lines} lines");
}

#[tokio::test]
async fn a_log_whose_reader_has_gone_stops_nothing() {
    // A line or more for each request, and each fails to be written.
    let mut portico = Portico::with(&[("PORTICO_LOG", "debug")]).await;
    portico.hang_up_on_its_log();
    for number in 0..10 {
        portico.member(&format!("member{number}")).await.get("/account").await.assert_status(200);
    }
    portico.visitor().get("/readyz").await.assert_status(200);
    let lost = portico.metric("portico_log_lines_lost_total").await;
    assert!(lost.is_some_and(|lost| lost >= 10), "lost lines are counted: {lost:?}");
    portico.signal("TERM");
    assert_eq!(portico.ended().await.code(), Some(0));
}

#[tokio::test]
async fn a_misspelt_target_switches_nothing_off() {
    let portico = Portico::with(&[("PORTICO_LOG", "portco=debug,hyper=warn")]).await;
    portico.logged("Portico is open at").await;
}

#[tokio::test]
async fn a_full_disk_under_the_log_stops_nothing() {
    let portico = Portico::start().await;
    let port = free_port();
    let mut command = portico.command(&[]);
    command.env("PORTICO_LISTEN", format!("127.0.0.1:{port}")).env("PORTICO_LOG", "debug");
    let mut process = command.stderr(File::options().write(true).open("/dev/full").unwrap()).spawn().unwrap();
    let visitor = Portico::visitor_at(&format!("http://127.0.0.1:{port}"));
    let start = Instant::now();
    while visitor.try_ask(Method::GET, "/healthz", &[], Bytes::new()).await.is_err() {
        assert!(
            process.try_wait().unwrap().is_none() && start.elapsed() < Duration::from_secs(20),
            "it does not start"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let form = [("email", "ada@example.org"), ("username", "ada"), ("password", PASSWORD)];
    visitor.submit("/signup", &form).await.assert_leads_to("/welcome");
    Command::new("kill").args(["-TERM", &process.id().to_string()]).status().unwrap();
    assert_eq!(process.wait().unwrap().code(), Some(0));
}

#[test]
fn an_error_that_cannot_be_told_is_an_exit_code_still() {
    let full = File::options().write(true).open("/dev/full").unwrap();
    let ended = command().args(["--listen", "nowhere"]).stderr(full).status().unwrap();
    assert_eq!(ended.code(), Some(1));
}
