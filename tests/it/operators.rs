//! What operators meet: the wrong folder, the doctor's word, signals, proxies that keep connections, front ends
//! elsewhere.

use std::fs;
use std::path::Path;
use std::time::Duration;

use hyper::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{Done, PASSWORD, Portico, command, photo};

/// A command of an installation with a SQLite file in this folder.
fn run(folder: &Path, settings: &[(&str, &str)], arguments: &[&str]) -> Done {
    let mut command = command();
    command.env_remove("SECRET_KEY").current_dir(folder).envs(settings.iter().copied()).args(arguments);
    Done::of(command, "seven quiet otters\n")
}

/// What the doctor says of an installation in this folder.
#[track_caller]
fn doctor_says(folder: &Path, settings: &[(&str, &str)], words: &str) {
    let done = run(folder, settings, &["doctor"]);
    assert!(done.code != 0 && done.out.contains(words), "{words:?} is not said: {done:?}");
}

fn installation() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), &[], &["user", "create", "--username", "ada"]).assert_done();
    folder
}

#[test]
fn commands_in_the_wrong_folder_find_nothing_and_make_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("data/portico.db").display().to_string();
    for arguments in [
        &["user", "list"][..],
        &["user", "show", "ada"],
        &["user", "promote", "ada"],
        &["user", "delete", "ada"],
        &["export"],
        &["events", "list"],
        &["webhook", "list"],
    ] {
        run(folder.path(), &[], arguments).assert_refused(&format!("there is no database at {place}"));
    }
    doctor_says(folder.path(), &[], &format!("there is no database at {place}"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "something was made");
    assert!(run(folder.path(), &[], &["migrate"]).assert_done().out.contains(&place));
    run(folder.path(), &[], &["user", "list"]).assert_done();
}

#[tokio::test]
async fn the_log_says_where_accounts_and_pictures_are_kept() {
    let portico = Portico::start().await;
    let line = portico.logged("accounts are kept").await;
    if portico.database().url().starts_with("sqlite:") {
        assert!(line.contains(&portico.folder().join("portico.db").display().to_string()), "{line}");
    }
}

#[test]
fn the_doctor_tells_a_damaged_database_from_an_empty_one() {
    let folder = installation();
    let file = folder.path().join("data/portico.db");
    let mut bytes = fs::read(&file).unwrap();
    let (from, to) = (bytes.len() / 4, bytes.len() / 2);
    bytes[from..to].fill(0x5a);
    fs::write(&file, bytes).unwrap();
    let done = run(folder.path(), &[], &["doctor"]);
    assert!(done.code != 0 && !done.out.contains("holds no schema"), "{done:?}");
    assert!(done.out.contains("WRONG database") && done.out.contains("restore a backup"), "{done:?}");
}

#[tokio::test]
async fn the_doctor_tells_a_migration_that_was_another() {
    let portico = Portico::start().await;
    let changed = "update _sqlx_migrations set checksum = \
        (select checksum from _sqlx_migrations where version = (select max(version) from _sqlx_migrations)) where version = 1";
    portico.database().execute(changed).await;
    let done = portico.run(&["doctor"], "");
    assert!(done.code != 0 && done.out.contains("migration 1 was another"), "{done:?}");
}

#[tokio::test]
async fn the_doctor_misses_picture_files() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    ada.set_picture(&photo::jpeg(100, 100)).await.assert_status(303);
    portico.run(&["doctor"], "").assert_done();
    for file in portico.picture_files() {
        fs::remove_dir_all(file.parent().unwrap()).ok();
    }
    let done = portico.run(&["doctor"], "");
    assert!(done.code != 0 && done.out.contains("the files of 1 are not there"), "{done:?}");
}

#[test]
fn the_doctor_warns_of_settings_that_open_doors_and_of_files_that_are_missing() {
    let folder = installation();
    for (settings, words) in [
        (&[("PORTICO_TRUSTED_PROXIES", "0.0.0.0/0,::/0")][..], "WRONG trusted proxies: 0.0.0.0/0 is everybody"),
        (
            &[("PORTICO_INTERNAL_TLS_CERT_FILE", "none.pem"), ("PORTICO_INTERNAL_TLS_KEY_FILE", "none.key")],
            "WRONG internal listener: none.key",
        ),
        (
            &[("PORTICO_TOKEN_ALG", "ES256"), ("PORTICO_TOKEN_KEY_FILE", "none.pem")],
            "WRONG token keys: PORTICO_TOKEN_KEY_FILE none.pem cannot be read",
        ),
        (&[("REDIS_URL", "redis://127.0.0.1:1")], "refused"),
        (&[("REDIS_URL", "http://127.0.0.1:1")], "WRONG Redis"),
    ] {
        doctor_says(folder.path(), settings, words);
    }
    let done = run(folder.path(), &[("PORTICO_RATE_LIMITS", "off")], &["doctor"]);
    assert!(done.out.contains("rate limits: they are off"), "{done:?}");
}

#[tokio::test]
async fn a_hangup_ends_nothing_where_there_is_no_terminal() {
    let mut portico = Portico::start().await;
    portico.signal("HUP");
    portico.visitor().get("/healthz").await.assert_status(200);
    portico.signal("TERM");
    assert!(portico.ended().await.success());
}

#[tokio::test]
async fn load_balancers_are_told_first_when_it_is_about_to_stop() {
    let mut portico = Portico::with(&[("PORTICO_DRAIN", "60s")]).await;
    portico.signal("TERM");
    portico.logged("stopping").await;
    let ready = portico.visitor().get("/readyz").await;
    assert!(ready.assert_status(503).text().contains("stopping"), "{}", ready.text());
    portico.visitor().get("/login").await.assert_status(200);
    // A second signal does not wait.
    portico.signal("TERM");
    assert!(portico.ended().await.success());
}

/// Asks whether the process is up over a connection that stays.
async fn ask(stream: &mut TcpStream) {
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n").await.unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
    // The rest of a small answer comes at once.
    let mut rest = [0; 4096];
    let _ = stream.read(&mut rest).await.unwrap();
}

#[tokio::test]
async fn a_connection_between_two_requests_is_kept_longer_than_one_that_stops_in_the_middle_of_one() {
    let portico = Portico::start().await;
    let address = portico.url().trim_start_matches("http://").to_owned();
    let (mut resting, mut slow) =
        (TcpStream::connect(&address).await.unwrap(), TcpStream::connect(&address).await.unwrap());
    ask(&mut resting).await;
    ask(&mut slow).await;
    slow.write_all(b"GET /healthz HTTP/1.1\r\nhost:").await.unwrap();
    // It is closed once the time for headers is over, and the other is not.
    let mut answer = Vec::new();
    tokio::time::timeout(Duration::from_secs(20), slow.read_to_end(&mut answer)).await.expect("it is closed").ok();
    ask(&mut resting).await;
}

#[tokio::test]
async fn a_connection_that_rests_too_long_is_closed() {
    let portico = Portico::with(&[("PORTICO_KEEP_ALIVE", "1s")]).await;
    let mut resting = TcpStream::connect(portico.url().trim_start_matches("http://")).await.unwrap();
    ask(&mut resting).await;
    let mut rest = Vec::new();
    tokio::time::timeout(Duration::from_secs(9), resting.read_to_end(&mut rest)).await.expect("it is closed").unwrap();
}

#[tokio::test]
async fn a_request_names_its_host_once_and_as_a_host() {
    let portico = Portico::start().await;
    let odd = ["a b", "a/b", "a@b", "@", ":80", "[::1", "a:x", "a:99999", "a:+80", "<a>", "a\tb", "a:80:80"];
    let fine = ["x", "x:", "x:8000", "[::1]", "[::1]:8000", "_x.example", "X.example.", ""];
    let hosts = odd.map(|host| (format!("host: {host}\r\n"), "400")).into_iter();
    let hosts = hosts.chain(fine.map(|host| (format!("host: {host}\r\n"), "200")));
    let several = ["", "host: one.example\r\nhost: other.example\r\n"].map(|hosts| (hosts.to_owned(), "400"));
    for (hosts, status) in hosts.chain(several) {
        let mut stream = TcpStream::connect(portico.url().trim_start_matches("http://")).await.unwrap();
        let request = format!("GET /healthz HTTP/1.1\r\n{hosts}connection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{hosts:?}: {answer}");
    }
}

#[tokio::test]
async fn front_ends_elsewhere_may_send_the_headers_they_ask_for_and_read_when_to_come_again() {
    let portico = Portico::start().await;
    let asks = |wanted: &'static str| {
        [
            ("origin", "https://shop.example"),
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", wanted),
        ]
    };
    let wanted = "authorization,sentry-trace,traceparent,x-custom";
    for path in ["/api/users/login", "/users", "/users/tokens", "/.well-known/jwks.json"] {
        let answer = portico.visitor().ask(Method::OPTIONS, path, &asks(wanted), Vec::new().into()).await;
        assert_eq!(answer.assert_status(200).header("access-control-allow-headers"), wanted, "{path}");
        let odd = portico.visitor().ask(Method::OPTIONS, path, &asks("no header name"), Vec::new().into()).await;
        assert!(odd.header("access-control-allow-headers").starts_with("accept, authorization"), "{path}");
    }
    for path in ["/api/users/me", "/users", "/.well-known/jwks.json"] {
        let answer = portico.visitor().get_with(path, &[("origin", "https://shop.example")]).await;
        assert_eq!(answer.header("access-control-allow-origin"), "*", "{path}");
        let exposed = answer.header("access-control-expose-headers");
        assert!(exposed.contains("retry-after") && exposed.contains("x-request-id"), "{path}: {exposed}");
    }
}

#[tokio::test]
async fn credentials_count_once_and_their_scheme_in_any_letter_case() {
    let portico = Portico::with(&[("PORTICO_INTERNAL_TOKEN", "a token of the inside")]).await;
    let account = json!({"email": "ada@example.org", "full_name": "Ada", "password": PASSWORD}).to_string();
    let post = async |path: &str, headers: &[(&str, &str)], body: String| {
        portico.visitor().ask(Method::POST, path, headers, body.into()).await
    };
    // With a mark of byte order, as PowerShell sends it.
    let answer =
        post("/api/users/register", &[("content-type", "application/json")], format!("\u{feff}{account}")).await;
    let tokens: Value = serde_json::from_slice(&answer.assert_status(200).body).unwrap();
    let (upper, lower) =
        (format!("JWT {}", tokens["access"].as_str().unwrap()), format!("jwt {}", tokens["access"].as_str().unwrap()));
    for authorization in [&upper, &lower] {
        portico.visitor().get_with("/api/users/me", &[("authorization", authorization)]).await.assert_status(200);
    }
    let twice = [("authorization", upper.as_str()), ("authorization", "JWT other")];
    portico.visitor().get_with("/api/users/me", &twice).await.assert_status(401);
    let inside = [("authorization", "bearer a token of the inside")];
    portico.internal().get_with("/metrics", &inside).await.assert_status(200);
    let twice = [inside[0], inside[0]];
    assert_ne!(portico.internal().get_with("/metrics", &twice).await.status, 200);
    for path in ["/api/users/login", "/users/login", "/users/tokens", "/oauth/revoke"] {
        let encoded = [("content-type", "application/json"), ("content-encoding", "gzip")];
        post(path, &encoded, "\u{1f}\u{8b}".to_owned()).await.assert_status(415);
    }
}

#[tokio::test]
async fn moments_are_told_so_that_they_sort() {
    let portico = Portico::start().await;
    portico.member("ada").await;
    let shown: Value = serde_json::from_str(&portico.run(&["user", "show", "ada"], "").assert_done().out).unwrap();
    let moment = shown["created_at"].as_str().unwrap();
    assert!(moment.len() == 20 && moment.ends_with('Z'), "{moment}");
}

#[tokio::test]
async fn a_password_from_a_pipe_is_the_one_that_people_type() {
    let portico = Portico::start().await;
    let create = ["user", "create", "--username", "ada"];
    portico.run(&create, "eight brave\0 herons\n").assert_refused("NUL");
    portico.run(&create, "\u{feff}eight brave herons\r\n").assert_done();
    portico.log_in("ada", "eight brave herons").await;
}

/// Takes a table in.
fn import(portico: &Portico, table: &str) -> Done {
    portico.run(&["import", "-", "--from", "csv"], table)
}

#[tokio::test]
async fn an_import_says_what_it_cannot_read_and_takes_nothing_that_cannot_be_moved_on() {
    let portico = Portico::start().await;
    let long = "x".repeat(20_000);
    for (table, words) in [
        (format!("username\n{long}\n"), "line 2: the field username cannot be used: longer than 1000"),
        (format!("id,username\n{long},ada\n"), "line 2: the field id cannot be used: longer than 1000"),
        (format!("username,name\nada,{long}\n"), "line 2: the field name cannot be used: longer than 10000"),
        (format!("username,bio\nada,{long}\n"), "line 2: the field bio cannot be used: longer than 10000"),
        ("username,email\n\"ada,ada@example.org\nbob,bob@example.org\n".to_owned(), "line 2: the field username"),
        ("username,name\nada,\"Ada\nbob,Bob\n".to_owned(), "line 2: the field name"),
    ] {
        let done = import(&portico, &table);
        assert_eq!(done.code, 3, "{done:?}");
        assert!(done.complaint.contains(words), "{words:?}: {done:?}");
        assert!(!done.complaint.contains("{ "), "{done:?}");
    }
    for (file, words) in [
        (b"\xff\xfeu\0s\0e\0r\0".as_slice(), "UTF-16"),
        (b"\x1f\x8b\x08\0\0\0\0\0", "gunzip"),
        (b"PK\x03\x04\0\0\0\0", "ZIP"),
        (b"foo,bar\nada,1\n", "none of its columns is known (foo, bar)"),
    ] {
        let path = portico.folder().join("file");
        fs::write(&path, file).unwrap();
        let done = portico.run(&["import", path.to_str().unwrap(), "--from", "csv"], "");
        assert!(done.code != 0 && done.complaint.contains(words), "{words:?}: {done:?}");
    }
    let done = import(&portico, "username,user_name\nada,x\n");
    assert!(done.assert_done().complaint.contains("not read: user_name"), "{done:?}");
    assert_eq!(portico.database().count("accounts").await, 1);
}

#[tokio::test]
async fn a_second_person_under_a_taken_username_is_told_each_time() {
    let portico = Portico::start().await;
    let table = "username,email\nada,ada@example.org\nada,other@example.org\n";
    let first = import(&portico, table);
    assert!(
        first.assert_incomplete().complaint.contains("line 3: an earlier record of the file has the same username"),
        "{first:?}"
    );
    let second = import(&portico, table);
    assert!(
        second.assert_incomplete().complaint.contains("line 3: the username is taken by the account"),
        "{second:?}"
    );
    assert!(second.out.contains("1  had come in before"), "{second:?}");
}
