//! Revoked tokens over Redis, shared by replicas; and what happens while it is away.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::support::{Done, Portico, command};

use super::{Api, assert_answer, claims, text};

/// The Redis of this run, as `tests/services.sh` starts it.
fn redis() -> String {
    let url = std::env::var("TEST_REDIS_URL").expect("TEST_REDIS_URL: tests/run starts a Redis and says where");
    url.trim_start_matches("redis://").to_owned()
}

/// One command, and what Redis answers to it, in its own notation.
async fn ask(command: &str) -> String {
    let mut stream = TcpStream::connect(redis()).await.unwrap();
    stream.write_all(format!("{command}\r\nQUIT\r\n").as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer.trim_end_matches("+OK\r\n").trim().to_owned()
}

/// A way to Redis that can be cut.
struct Way {
    port: u16,
    silence: Arc<Notify>,
    task: JoinHandle<()>,
}

impl Way {
    async fn open(port: u16) -> Way {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let silence = Arc::new(Notify::new());
        let falls_silent = Arc::clone(&silence);
        let task = tokio::spawn(async move {
            let mut streams = tokio::task::JoinSet::new();
            while let Ok((mut near, _)) = listener.accept().await {
                let falls_silent = Arc::clone(&falls_silent);
                streams.spawn(async move {
                    let mut far = TcpStream::connect(redis()).await.unwrap();
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                        () = falls_silent.notified() => std::future::pending().await,
                    }
                });
            }
        });
        Way { port, silence, task }
    }

    fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// What is open stays so, and nothing comes through it any more, as after a failover; what is opened anew is well.
    fn fall_silent(&self) {
        self.silence.notify_waiters();
    }

    /// Closes what is open and refuses what comes.
    async fn cut(self) -> u16 {
        self.task.abort();
        let _ = self.task.await;
        self.port
    }
}

async fn register(api: &Api) -> String {
    let body = json!({ "email": "ada@example.org", "full_name": "Ada", "password": "Abcdef12" });
    text(&api.call("POST", "/api/users/register", "", body).await, "/access")
}

async fn me(api: &Api, token: &str) -> crate::support::Answer {
    api.call("GET", "/api/users/me", &format!("JWT {token}"), Value::Null).await
}

#[tokio::test]
async fn a_revoked_token_lies_in_redis_until_it_would_have_run_out() {
    let portico = Portico::with(&[("REDIS_URL", &format!("redis://{}", redis()))]).await;
    let api = Api::of(&portico);
    let token = register(&api).await;
    me(&api, &token).await.assert_status(200);
    let key = format!("portico:revoked:{}", claims(&token)["sid"].as_str().unwrap());
    assert_eq!(ask(&format!("EXISTS {key}")).await, ":0");
    api.call("POST", "/users/logout", &token, Value::Null).await.assert_status(204);
    me(&api, &token).await.assert_status(401);
    let left: i64 = ask(&format!("TTL {key}")).await.trim_start_matches(':').parse().unwrap();
    assert!((30 * 86_400 - 60..=30 * 86_400).contains(&left), "{left}");
    // Redis alone is enough for a replica that has not seen the log-out.
    let other =
        api.call("POST", "/api/users/login", "", json!({ "email": "ada@example.org", "password": "Abcdef12" })).await;
    let other = text(&other, "/access");
    me(&api, &other).await.assert_status(200);
    ask(&format!("SET portico:revoked:{} 1 EX 60", claims(&other)["sid"].as_str().unwrap())).await;
    me(&api, &other).await.assert_status(401);
}

#[tokio::test]
async fn a_changed_password_ends_every_token_in_redis_too() {
    let portico = Portico::with(&[("REDIS_URL", &format!("redis://{}", redis()))]).await;
    let api = Api::of(&portico);
    let token = register(&api).await;
    let jwt = format!("JWT {token}");
    api.call("PUT", "/api/users/update", &jwt, json!({ "password": "Another-12" })).await.assert_status(200);
    me(&api, &token).await.assert_status(401);
    let key = format!("portico:revoked:{}", claims(&token)["sid"].as_str().unwrap());
    assert_eq!(ask(&format!("EXISTS {key}")).await, ":1");
}

#[tokio::test]
async fn while_redis_is_away_no_token_is_taken_and_all_is_well_when_it_is_back() {
    let way = Way::open(0).await;
    let portico = Portico::with(&[("REDIS_URL", &way.url())]).await;
    let api = Api::of(&portico);
    let token = register(&api).await;
    let ended = text(
        &api.call("POST", "/api/users/login", "", json!({ "email": "ada@example.org", "password": "Abcdef12" })).await,
        "/access",
    );
    api.call("POST", "/users/logout", &ended, Value::Null).await.assert_status(204);
    me(&api, &token).await.assert_status(200);
    assert_eq!(portico.readiness(200).await, "database: ok\nmedia: ok\nredis: ok\n");

    let port = way.cut().await;
    let answer = me(&api, &token).await;
    assert_answer(&answer, 503, r#"{"detail":"Service temporarily unavailable, try again later."}"#);
    assert_ne!(answer.header("retry-after"), "");
    let answer = api.call("GET", "/users", &token, Value::Null).await;
    assert_answer(&answer, 503, r#"{"detail":"Service Unavailable"}"#);
    let answer = api.call("POST", "/users/ada/tokens", "", json!({ "token": token })).await;
    assert_answer(&answer, 503, "Service Unavailable");
    assert_eq!(portico.readiness(503).await, "database: ok\nmedia: ok\nredis: failed\n");
    portico.visitor().get("/login").await.assert_status(200);

    let way = Way::open(port).await;
    let start = std::time::Instant::now();
    while me(&api, &token).await.status != 200 {
        assert!(start.elapsed() < Duration::from_secs(10), "tokens are still refused");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    me(&api, &ended).await.assert_status(401);
    portico.readiness(200).await;
    portico.logged("Redis answers again").await;
    way.cut().await;
}

#[tokio::test]
async fn a_connection_to_redis_that_has_gone_silent_is_replaced() {
    let way = Way::open(0).await;
    let portico = Portico::with(&[("REDIS_URL", &way.url())]).await;
    let api = Api::of(&portico);
    let token = register(&api).await;
    me(&api, &token).await.assert_status(200);
    way.fall_silent();
    let start = std::time::Instant::now();
    while me(&api, &token).await.status != 200 {
        assert!(start.elapsed() < Duration::from_secs(20), "tokens are still refused");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    portico.logged("Redis answers again").await;
    way.cut().await;
}

#[tokio::test]
async fn a_redis_whose_password_is_right_only_later_is_used_then() {
    let name = format!("later{}", std::process::id());
    ask(&format!("ACL SETUSER {name} on >other ~* +@all")).await;
    let portico = Portico::with(&[("REDIS_URL", &format!("redis://{name}:pass@{}", redis()))]).await;
    let api = Api::of(&portico);
    let token = register(&api).await;
    me(&api, &token).await.assert_status(503);
    ask(&format!("ACL SETUSER {name} >pass")).await;
    let start = std::time::Instant::now();
    while me(&api, &token).await.status != 200 {
        assert!(start.elapsed() < Duration::from_secs(20), "tokens are still refused");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    ask(&format!("ACL DELUSER {name}")).await;
}

#[tokio::test]
async fn a_redis_that_takes_no_changes_is_told_of_once_and_is_not_ready() {
    let name = format!("portico-{}", uuid::Uuid::new_v4().simple());
    ask(&format!("ACL SETUSER {name} on >pass ~* +@all")).await;
    let portico = Portico::with(&[("REDIS_URL", &format!("redis://{name}:pass@{}", redis()))]).await;
    let api = Api::of(&portico);
    let token = register(&api).await;
    portico.readiness(200).await;
    ask(&format!("ACL SETUSER {name} -@write")).await;
    assert_eq!(portico.readiness(503).await, "database: ok\nmedia: ok\nredis: failed\n");
    let doctor = portico.run(&["doctor"], "");
    assert!(doctor.out.contains("WRONG Redis"), "{doctor:?}");
    for _ in 0..3 {
        let body = json!({ "email": "ada@example.org", "password": "Abcdef12" });
        let other = text(&api.call("POST", "/api/users/login", "", body).await, "/access");
        me(&api, &other).await.assert_status(200);
        api.call("POST", "/users/logout", &other, Value::Null).await;
        // The database knows it, too.
        me(&api, &other).await.assert_status(401);
    }
    portico.logged("Redis refuses").await;
    assert_eq!(portico.log().matches("Redis refuses").count(), 1, "{}", portico.log());
    assert!(!portico.log().contains("Redis answers again"), "{}", portico.log());
    ask(&format!("ACL SETUSER {name} +@all")).await;
    portico.readiness(200).await;
    portico.logged("Redis answers again").await;
    me(&api, &token).await.assert_status(200);
    ask(&format!("ACL DELUSER {name}")).await;
}

#[tokio::test]
async fn an_address_that_is_no_redis_is_refused_at_start() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = command();
    command.current_dir(folder.path()).env("REDIS_URL", "http://example.org").args([
        "user",
        "create",
        "--username",
        "ada",
    ]);
    Done::of(command, "").assert_refused("REDIS_URL cannot be used");
}

#[tokio::test]
async fn replicas_with_one_redis_count_tries_together_and_alone_while_it_is_away() {
    let way = Way::open(0).await;
    let url = way.url();
    let (first, second) = (Portico::with(&[("REDIS_URL", &url)]).await, Portico::with(&[("REDIS_URL", &url)]).await);
    let (one, other) = (Api::of(&first), Api::of(&second));
    // The name is unknown, so both count it alike; ten tries are allowed. Redis outlives the test, and so do its
    // counts.
    let unknown = format!("{}@example.org", uuid::Uuid::new_v4());
    let attempt = async |api: &Api| {
        let body = json!({ "email": unknown, "password": "Wrong-12" });
        api.call("POST", "/api/users/login", "", body).await.status
    };
    for _ in 0..5 {
        assert_eq!((attempt(&one).await, attempt(&other).await), (400, 400));
    }
    assert_eq!((attempt(&one).await, attempt(&other).await), (429, 429));

    way.cut().await;
    for _ in 0..10 {
        assert_eq!(attempt(&one).await, 400);
    }
    assert_eq!((attempt(&one).await, attempt(&other).await), (429, 400));
}
