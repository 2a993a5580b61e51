//! Events on their way to RabbitMQ: each change arrives, in order, whatever breaks in between.

use std::collections::HashSet;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use lapin::types::{AMQPValue, FieldTable};
use serde_json::{Value, json};

use crate::api::{Api, text};
use crate::support::{Caller, Consumer, Cut, Delivered, PASSWORD, Portico, broker_url, photo, queue_name, user};

/// A Portico that tells these queues.
async fn telling(url: &str, queues: &[&str]) -> Portico {
    Portico::with(&[("AMQP_URL", url), ("QUEUE_LIST", &queues.join(",")), ("PORTICO_RATE_LIMITS", "off")]).await
}

/// Changes one account's name again and again: the numbers from `from` to `to` are its last names.
async fn rename(caller: &Caller, from: u32, to: u32) {
    for number in from..to {
        let said = caller.says("UpdateUserData", user("ada", "", "Number", &format!("{number:05}"))).await;
        assert_eq!(said.0, 200);
    }
}

/// The numbers in the order in which they came first; what came twice had the same id.
fn numbers(seen: &[Delivered]) -> Vec<u32> {
    let mut ids = HashSet::new();
    let first = seen.iter().filter(|message| ids.insert(message.id.clone()));
    let name = |message: &Delivered| message.body["full_name"].as_str().unwrap().to_owned();
    first.filter_map(|message| name(message).strip_prefix("Number ")?.parse().ok()).collect()
}

#[tokio::test]
async fn every_change_reaches_every_queue_in_order_through_whichever_door_it_came() {
    let (one, two) = (queue_name("one"), queue_name("two"));
    let (first, second) = (Consumer::of(&one).await, Consumer::of(&two).await);
    let portico = telling(&broker_url(), &["users", &one, &two]).await;
    let ada = portico.member("ada").await;
    ada.submit("/account/profile", &[("username", "ada"), ("name", "Ada Lovelace")]).await.assert_status(303);
    ada.set_picture(&photo::jpeg(200, 200)).await.assert_status(303);
    let caller = portico.caller();
    assert_eq!(caller.says("Create", user("bob", "x", "Bob", "B")).await.0, 201);
    assert_eq!(caller.says("UpdatePassword", user("bob", "y", "", "")).await.0, 200);
    portico.run(&["user", "promote", "bob"], "").assert_done();
    portico.run(&["user", "disable", "ada"], "").assert_done();
    portico.run(&["user", "delete", "ada"], "").assert_done();
    let expected = ["created", "updated", "updated", "created", "updated", "updated", "updated", "deleted"];
    for consumer in [&first, &second] {
        let seen = consumer.wait_for(expected.len()).await;
        let kinds: Vec<_> = seen.iter().map(|message| message.kind.as_str()).collect();
        assert_eq!(kinds, expected.map(|kind| format!("user.{kind}")));
        assert!(seen.iter().all(|message| message.is_persistent));
        let (created, pictured, deleted) = (&seen[0].body, &seen[2].body, &seen[7].body);
        assert_eq!(created["email"], "ada@example.org");
        assert!(created["profile_pic"].is_null() && created.as_object().unwrap().contains_key("profile_pic"));
        assert_eq!(pictured["full_name"], "Ada Lovelace");
        assert!(pictured["profile_pic"].as_str().unwrap().starts_with(portico.url()), "{pictured}");
        assert_eq!(deleted["id"], created["id"]);
        let id = created["id"].as_str().unwrap();
        assert!(id.len() == 36 && id == id.to_lowercase(), "{id}");
    }
    let ids: HashSet<_> = first.seen().into_iter().map(|message| message.id).collect();
    let same: HashSet<_> = second.seen().into_iter().map(|message| message.id).collect();
    assert_eq!((ids.len(), &ids), (expected.len(), &same));
}

#[tokio::test]
async fn what_changes_nothing_is_not_told() {
    let queue = queue_name("calm");
    let consumer = Consumer::of(&queue).await;
    let portico = telling(&broker_url(), &[&queue]).await;
    let ada = portico.member("ada").await;
    portico.log_in("ada", PASSWORD).await;
    ada.submit("/account/profile", &[("username", "ada"), ("name", "")]).await.assert_status(303);
    ada.get("/account").await.assert_status(200);
    let caller = portico.caller();
    assert_eq!(caller.says("UpdatePassword", user("ada", PASSWORD, "", "")).await.0, 200);
    assert_eq!(caller.says("Create", user("ada", "x", "A", "B")).await.0, 409);
    assert_eq!(caller.says("UpdateUserData", user("ada", "", "Ada", "L")).await.0, 200);
    assert_eq!(caller.says("UpdateUserData", user("ada", "", "Ada", "L")).await.0, 200);
    consumer.wait_for(2).await;
    assert_eq!(portico.database().count("events").await, 2);
}

#[tokio::test]
async fn a_queue_that_is_not_there_yet_holds_back_only_its_own_events() {
    let (here, late) = (queue_name("here"), queue_name("late"));
    let consumer = Consumer::of(&here).await;
    let portico = telling(&broker_url(), &[&here, &late]).await;
    portico.member("ada").await;
    rename(&portico.caller(), 0, 20).await;
    assert_eq!(numbers(&consumer.wait_for(21).await), (0..20).collect::<Vec<_>>());
    let figures = portico.internal().get("/metrics").await.text();
    assert!(figures.contains(&format!("portico_events_waiting{{target=\"queue:{late}\"}} 21")), "{figures}");
    assert!(figures.contains(&format!("portico_events_waiting{{target=\"queue:{here}\"}} 0")), "{figures}");
    assert!(figures.contains(&format!("portico_target_failing{{target=\"queue:{late}\"}} 1")), "{figures}");
    assert!(figures.contains(&format!("portico_events_retried_total{{target=\"queue:{late}\"}}")), "{figures}");
    portico.logged("there is no such queue yet").await;
    let consumer = Consumer::of(&late).await;
    assert_eq!(numbers(&consumer.wait_for(21).await), (0..20).collect::<Vec<_>>());
    portico.logged("events arrive again").await;
    let figures = portico.internal().get("/metrics").await.text();
    assert!(figures.contains(&format!("portico_events_delivered_total{{target=\"queue:{late}\"}} 21")), "{figures}");
    assert!(figures.contains(&format!("portico_target_failing{{target=\"queue:{late}\"}} 0")), "{figures}");
}

#[tokio::test]
async fn a_full_queue_is_tried_again() {
    let queue = queue_name("full");
    let mut arguments = FieldTable::default();
    arguments.insert("x-max-length".into(), AMQPValue::LongInt(2));
    arguments.insert("x-overflow".into(), AMQPValue::LongString("reject-publish".into()));
    // Declared and left alone: no consumer reads.
    let first = Consumer::of(&queue_name("other")).await;
    first.declare_only(&queue, arguments.clone()).await;
    let portico = telling(&broker_url(), &[&queue]).await;
    portico.member("ada").await;
    rename(&portico.caller(), 0, 10).await;
    portico.logged("the queue refused it").await;
    let read = Consumer::declaring(&broker_url(), &queue, arguments).await;
    assert_eq!(numbers(&read.wait_for(11).await), (0..10).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_kill_between_commit_and_delivery_loses_nothing() {
    let queue = queue_name("killed");
    let consumer = Consumer::of(&queue).await;
    let wire = Cut::new().await;
    wire.cut();
    let mut portico = telling(wire.url(), &[&queue]).await;
    portico.member("ada").await;
    rename(&portico.caller(), 0, 5).await;
    portico.kill();
    assert_eq!(consumer.seen().len(), 0);
    wire.mend();
    portico.restart().await;
    assert_eq!(numbers(&consumer.wait_for(6).await), (0..5).collect::<Vec<_>>());
}

#[tokio::test]
async fn without_the_broker_people_notice_nothing_and_later_nothing_is_missing() {
    let queue = queue_name("cut");
    let consumer = Consumer::of(&queue).await;
    let wire = Cut::new().await;
    wire.cut();
    // Away at the start.
    let portico = telling(wire.url(), &[&queue]).await;
    let ada = portico.member("ada").await;
    ada.get("/account").await.assert_status(200);
    portico.visitor().get("/readyz").await.assert_status(200);
    let caller = portico.caller();
    for round in 0..6 {
        // Cut in the middle of things, each time at another moment.
        let changes = rename(&caller, round * 50, round * 50 + 50);
        let cuts = async {
            tokio::time::sleep(Duration::from_millis(60 + u64::from(round) * 17)).await;
            if round % 2 == 0 { wire.mend() } else { wire.cut() }
        };
        tokio::join!(changes, cuts);
    }
    wire.mend();
    portico.log_in("ada", PASSWORD).await;
    let seen = consumer.wait_for(301).await;
    assert_eq!(numbers(&seen), (0..300).collect::<Vec<_>>());
}

#[tokio::test]
async fn of_two_replicas_one_delivers_and_the_other_takes_over_when_it_dies() {
    let queue = queue_name("twins");
    let consumer = Consumer::of(&queue).await;
    let mut portico = telling(&broker_url(), &[&queue]).await;
    let twin = portico.twin().await;
    portico.member("ada").await;
    // Changes come in through both, and one of them at a time delivers.
    for round in 0..10 {
        rename(&portico.caller(), round * 20, round * 20 + 10).await;
        rename(&twin.caller(), round * 20 + 10, round * 20 + 20).await;
    }
    let seen = consumer.wait_for(201).await;
    assert_eq!(numbers(&seen), (0..200).collect::<Vec<_>>());
    assert_eq!(seen.len(), 201, "nothing came twice");
    // One dies with the right to deliver in its hands: at some moment of a busy time.
    let caller = twin.caller();
    let changes = rename(&caller, 200, 400);
    let death = async {
        tokio::time::sleep(Duration::from_millis(150)).await;
        portico.kill();
    };
    tokio::join!(changes, death);
    let start = Instant::now();
    let seen = consumer.wait_for(401).await;
    assert_eq!(numbers(&seen), (0..400).collect::<Vec<_>>());
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_dead_holder_is_waited_for_a_few_seconds_only() {
    let queue = queue_name("orphan");
    let consumer = Consumer::of(&queue).await;
    let portico = telling(&broker_url(), &[&queue]).await;
    portico.member("ada").await;
    consumer.wait_for(1).await;
    // What a replica leaves behind that dies in the middle of its turn.
    let soon = match portico.database() {
        crate::support::Database::Sqlite(_) => "cast(unixepoch('subsec') * 1000 as integer) + 5000",
        crate::support::Database::Postgres { .. } => {
            "cast(extract(epoch from clock_timestamp()) * 1000 as bigint) + 5000"
        }
    };
    let holder = match portico.database() {
        crate::support::Database::Sqlite(_) => "x'00112233445566778899aabbccddeeff'",
        crate::support::Database::Postgres { .. } => "'00112233-4455-6677-8899-aabbccddeeff'",
    };
    portico.database().execute(&format!("update targets set holder = {holder}, held_until = {soon}")).await;
    let start = Instant::now();
    rename(&portico.caller(), 0, 3).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(consumer.seen().len(), 1, "somebody else has the right to deliver");
    assert_eq!(numbers(&consumer.wait_for(4).await), [0, 1, 2]);
    assert!(start.elapsed() < Duration::from_secs(12), "{:?}", start.elapsed());
}

/// A program that ends with its story, however that ends.
struct Ends(Child);

impl Drop for Ends {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn a_consumer_of_the_replaced_service_follows() {
    let queue = queue_name("posts");
    let python = std::env::var("TEST_PYTHON").expect("TEST_PYTHON is a Python with pika, as tests/run sets it");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/old_consumer.py");
    let mut command = Command::new(python);
    command.arg(script).args([&broker_url(), &queue, "5"]).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = Ends(command.spawn().unwrap());
    let mut out = BufReader::new(child.0.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    assert_eq!(line, "ready\n");
    let portico = telling(&broker_url(), &[&queue]).await;
    let ada = portico.member("ada").await;
    ada.submit("/account/profile", &[("username", "ada"), ("name", "Ada Lovelace")]).await.assert_status(303);
    portico.member("bob").await;
    portico.run(&["user", "promote", "ada"], "").assert_done();
    portico.run(&["user", "delete", "bob"], "").assert_done();
    let mut said = String::new();
    out.read_to_string(&mut said).unwrap();
    assert!(child.0.wait().unwrap().success());
    let id = portico.database().text(&format!("select {} from accounts", portico.database().id_as_text("id"))).await;
    assert_eq!(said, format!("{{\"{id}\": \"Ada Lovelace\"}}\n"));
}

#[tokio::test]
async fn events_past_their_retention_go_and_it_is_said_whom_they_did_not_reach() {
    let (here, never) = (queue_name("here"), queue_name("never"));
    let consumer = Consumer::of(&here).await;
    let mut portico = telling(&broker_url(), &[&here, &never]).await;
    portico.member("ada").await;
    rename(&portico.caller(), 0, 3).await;
    portico.advance(Duration::from_hours(30 * 24));
    rename(&portico.caller(), 3, 5).await;
    consumer.wait_for(6).await;
    portico.advance(Duration::from_hours(1));
    portico.restart().await;
    let line = portico.logged("past their retention").await;
    assert!(line.contains(&never) && line.contains("\"events\":4"), "{line}");
    assert_eq!(portico.database().count("events").await, 2);
    let figures = portico.internal().get("/metrics").await.text();
    assert!(figures.contains(&format!("portico_events_lost_total{{target=\"queue:{never}\"}} 4")), "{figures}");
    assert!(figures.contains(&format!("portico_events_waiting{{target=\"queue:{never}\"}} 2")), "{figures}");
    let late = Consumer::of(&never).await;
    assert_eq!(numbers(&late.wait_for(2).await), [3, 4]);
}

#[tokio::test]
async fn an_address_of_no_broker_does_not_start() {
    for url in ["rabbit.example.org", "http://rabbit.example.org"] {
        let mut command = crate::support::command();
        command.env("AMQP_URL", url).arg("config");
        let done = crate::support::Done::of(command, "");
        done.assert_refused("amqp://");
        assert!(!done.complaint.contains("rabbit.example.org"), "it may hold a password: {done:?}");
    }
}

#[tokio::test]
async fn the_operator_sees_events_and_has_them_delivered_once_more() {
    let queue = queue_name("again");
    let consumer = Consumer::of(&queue).await;
    let portico = telling(&broker_url(), &[&queue]).await;
    portico.member("ada").await;
    rename(&portico.caller(), 0, 3).await;
    let first = consumer.wait_for(4).await;
    let listed = portico.run(&["events", "list"], "");
    assert_eq!(listed.assert_done().out.lines().count(), 4);
    assert!(listed.out.lines().next().unwrap().contains("user.created"), "{listed:?}");
    let json = portico.run(&["events", "list", "--json", "--after", "1", "--limit", "2"], "").out;
    let events: Vec<serde_json::Value> = json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events.len(), 2);
    assert_eq!((&events[0]["type"], &events[0]["body"]["full_name"]), (&"user.updated".into(), &"Number 00000".into()));
    assert_eq!(events[0]["id"], first[1].id);
    let targets = portico.run(&["events", "targets"], "");
    assert_eq!(targets.assert_done().out, format!("queue:{queue}  waiting 0\n"));
    let done = portico.run(&["events", "replay", &queue, "--from", "2020-01-01T00:00:00Z"], "");
    assert!(done.assert_done().out.contains("events 1 to 4"), "{done:?}");
    let start = Instant::now();
    while consumer.seen().len() < 8 {
        assert!(start.elapsed() < Duration::from_secs(10), "{:?}", consumer.seen());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let ids = |seen: &[Delivered]| seen.iter().map(|message| message.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&consumer.seen()[4..]), ids(&first));
    portico.run(&["events", "replay", "nobody", "--from", "2020-01-01T00:00:00Z"], "").assert_refused("no target");
    assert_ne!(portico.run(&["events", "replay", &queue, "--from", "yesterday"], "").code, 0);
}

#[tokio::test]
async fn each_dialect_s_changes_are_told_once() {
    let portico = Portico::start().await;
    let api = Api::of(&portico);
    let django = json!({ "email": "ada@example.org", "full_name": "Ada", "password": "Abcdef12" });
    let jwt = format!("JWT {}", text(&api.call("POST", "/api/users/register", "", django).await, "/access"));
    for change in [json!({ "full_name": "Ada L" }), json!({}), json!({ "password": "Abcdef12" })] {
        api.call("PUT", "/api/users/update", &jwt, change).await.assert_status(200);
    }
    // Last, as it ends the token.
    api.call("PUT", "/api/users/update", &jwt, json!({ "password": "Another-12" })).await.assert_status(200);
    let fastapi = json!({ "username": "bobby", "email": "bob@example.org", "password": "Abcdef1" });
    let token = text(&api.call("POST", "/users/register", "", fastapi).await, "/access_token");
    api.call("DELETE", "/users", &token, Value::Null).await.assert_status(204);
    let clark = json!({ "username": "eve", "firstname": "Eve", "lastname": "M", "email": "eve@example.org", "password": "hush" });
    let bearer = format!("Bearer {}", text(&api.call("POST", "/users", "", clark).await, "/token"));
    api.call("DELETE", "/users/tokens", &bearer, Value::Null).await.assert_status(200);
    let kinds = portico.database().texts("select kind from events order by sequence").await;
    let expected = ["created", "updated", "updated", "created", "deleted", "created", "deleted"];
    assert_eq!(kinds, expected.map(|kind| format!("user.{kind}")));
}
