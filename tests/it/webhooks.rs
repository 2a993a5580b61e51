//! Events by HTTPS: signed, in order, again and again until they are taken, and never to addresses inside.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::support::{Portico, Received, Receiver, user};

/// A Portico that believes this receiver, and may send inside.
async fn trusting(receiver: &Receiver, settings: &[(&str, &str)]) -> Portico {
    let mut all = vec![("SSL_CERT_FILE", receiver.authority()), ("PORTICO_WEBHOOK_NETWORKS", "127.0.0.0/8")];
    all.extend_from_slice(settings);
    Portico::with(&all).await
}

/// Adds a webhook; gives its name and its secret.
fn add(portico: &Portico, url: &str) -> (String, String) {
    let done = portico.run(&["webhook", "add", url], "");
    let mut lines = done.assert_done().out.lines();
    (lines.next().unwrap().to_owned(), lines.next().unwrap().to_owned())
}

/// Whether a delivery is signed with this secret, as its receiver would find out.
fn is_signed(received: &Received, secret: &str) -> bool {
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    mac.update(format!("{}.{}.", received.header("webhook-id"), received.header("webhook-timestamp")).as_bytes());
    mac.update(&received.body);
    let wanted = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
    received.header("webhook-signature").split(' ').any(|signature| signature == wanted)
}

#[tokio::test]
async fn every_change_is_sent_in_order_and_signed() {
    let receiver = Receiver::start().await;
    let other = receiver.beside().await;
    let portico = trusting(&receiver, &[]).await;
    portico.member("earlier").await;
    let (name, secret) = add(&portico, &receiver.url("localhost"));
    let caller = portico.caller();
    assert_eq!(caller.says("Create", user("ada", "x", "Ada", "Lovelace")).await.0, 201);
    for last in ["King", "Byron"] {
        assert_eq!(caller.says("UpdateUserData", user("ada", "", "Ada", last)).await.0, 200);
    }
    let seen = receiver.wait_for(3).await;
    let told: Vec<_> = seen.iter().map(|received| received.json()).collect();
    let said =
        |index: usize| (told[index]["type"].as_str().unwrap(), told[index]["data"]["full_name"].as_str().unwrap());
    assert_eq!(said(0), ("user.created", "Ada Lovelace"));
    assert_eq!(said(1), ("user.updated", "Ada King"));
    assert_eq!(said(2), ("user.updated", "Ada Byron"));
    for received in &seen {
        assert!(is_signed(received, &secret));
        assert_eq!(received.header("content-type"), "application/json");
        let age = portico.now().unix_timestamp() - received.header("webhook-timestamp").parse::<i64>().unwrap();
        assert!((0..60).contains(&age), "{age}");
        assert!(OffsetDateTime::parse(received.json()["timestamp"].as_str().unwrap(), &Rfc3339).is_ok());
    }
    assert!(!is_signed(&seen[0], "whsec_AAAA"));
    let listed = portico.run(&["webhook", "list", "--secrets"], "");
    assert!(listed.assert_done().out.contains(&secret) && listed.out.contains("waiting 0"), "{listed:?}");
    assert!(!portico.run(&["webhook", "list"], "").out.contains("whsec_"));

    portico.run(&["webhook", "remove", &name], "").assert_done();
    add(&portico, &other.url("localhost"));
    assert_eq!(caller.says("UpdateUserData", user("ada", "", "Ada", "L")).await.0, 200);
    other.wait_for(1).await;
    assert_eq!(receiver.seen().len(), 3);
    portico.run(&["webhook", "remove", &name], "").assert_refused("no webhook is called");
}

#[tokio::test]
async fn a_changed_secret_signs_beside_the_one_before_it_for_a_while() {
    let receiver = Receiver::start().await;
    let portico = trusting(&receiver, &[]).await;
    let (name, first) = add(&portico, &(receiver.url("localhost") + "?key=hush-hush"));
    // What comes again is signed anew: the first time counts.
    let first_about = async |who: &str| {
        for count in 1.. {
            let seen = receiver.wait_for(count).await;
            if let Some(found) = seen.into_iter().find(|received| received.json()["data"]["username"] == who) {
                return found;
            }
        }
        unreachable!("it waits until there is one")
    };
    portico.member("ada").await;
    let ada = first_about("ada").await;
    let second = portico.run(&["webhook", "rotate", &name], "").assert_done().out.trim().to_owned();
    assert_ne!(second, first);
    portico.member("bob").await;
    let bob = first_about("bob").await;
    let third = portico.run(&["webhook", "rotate", &name, "--overlap", "0s"], "").assert_done().out.trim().to_owned();
    portico.member("eve").await;
    let eve = first_about("eve").await;
    let signed = |received: &Received| [&first, &second, &third].map(|secret| is_signed(received, secret));
    assert_eq!(signed(&ada), [true, false, false]);
    assert_eq!(signed(&bob), [true, true, false]);
    assert_eq!(signed(&eve), [false, false, true]);
    let listed = portico.run(&["webhook", "list", "--secrets"], "").assert_done().out.clone();
    assert!(listed.contains(&third) && !listed.contains(&second) && listed.contains("hush-hush"), "{listed}");
    for task in [&["webhook", "list"][..], &["events", "targets", "--json"]] {
        assert!(!portico.run(task, "").assert_done().out.contains("hush-hush"));
    }
    portico.run(&["webhook", "rotate", "webhook:nothing"], "").assert_refused("no webhook is called");
}

#[tokio::test]
async fn what_is_not_taken_is_sent_again_with_the_same_id() {
    let receiver = Receiver::start().await;
    receiver.answers(500, &[]);
    let portico = trusting(&receiver, &[]).await;
    let (name, secret) = add(&portico, &receiver.url("127.0.0.1"));
    portico.member("ada").await;
    portico.member("bob").await;
    receiver.wait_for(3).await;
    portico.logged("the receiver answers 500").await;
    let standing = portico.run(&["webhook", "list"], "").out;
    assert!(standing.contains("failing since") && standing.contains("waiting 2"), "{standing}");
    receiver.answers(200, &[]);
    let start = receiver.seen().len();
    let seen = receiver.wait_for(start + 2).await;
    let ids: Vec<_> = seen.iter().map(|received| received.header("webhook-id").to_owned()).collect();
    assert!(ids[..=start].iter().all(|id| *id == ids[0]), "the first stands before all others: {ids:?}");
    assert_ne!(ids[start + 1], ids[0]);
    assert!(seen.iter().all(|received| is_signed(received, &secret)));
    portico.logged("events arrive again").await;
    let figures = portico.internal().get("/metrics").await.text();
    assert!(figures.contains(&format!("portico_events_delivered_total{{target=\"{name}\"}} 2")), "{figures}");
    assert!(figures.contains(&format!("portico_events_retried_total{{target=\"{name}\"}}")), "{figures}");
}

#[tokio::test]
async fn a_receiver_that_asks_for_time_gets_it() {
    let receiver = Receiver::start().await;
    receiver.answers(503, &[("retry-after", "300")]);
    let other = receiver.beside().await;
    let portico = trusting(&receiver, &[]).await;
    for one in [&receiver, &other] {
        add(&portico, &one.url("localhost"));
    }
    portico.member("ada").await;
    portico.logged("the receiver answers 503").await;
    receiver.answers(200, &[]);
    portico.advance(Duration::from_secs(200));
    // Whom this reaches, others would have been reached beside.
    portico.member("bob").await;
    other.wait_for(2).await;
    assert_eq!(receiver.seen().len(), 1);
    portico.advance(Duration::from_secs(100));
    receiver.wait_for(2).await;
}

#[tokio::test]
async fn what_fails_for_long_is_given_up_and_can_be_taken_up_again() {
    let receiver = Receiver::start().await;
    receiver.answers(500, &[]);
    let other = receiver.beside().await;
    let portico = trusting(&receiver, &[]).await;
    let (name, _) = add(&portico, &receiver.url("localhost"));
    portico.member("ada").await;
    portico.logged("the receiver answers 500").await;
    portico.advance(Duration::from_hours(5 * 24));
    portico.logged("a webhook is given up").await;
    let given_up = receiver.seen().len();
    let figures = portico.internal().get("/metrics").await.text();
    assert!(figures.contains(&format!("portico_targets_given_up_total{{target=\"{name}\"}} 1")), "{figures}");
    assert!(figures.contains(&format!("portico_target_disabled{{target=\"{name}\"}} 1")), "{figures}");
    portico.advance(Duration::from_hours(24));
    add(&portico, &other.url("localhost"));
    portico.member("bob").await;
    other.wait_for(1).await;
    assert_eq!(receiver.seen().len(), given_up);
    receiver.answers(200, &[]);
    portico.run(&["webhook", "enable", &name], "").assert_done();
    let seen = receiver.wait_for(given_up + 2).await;
    let told = |received: &Received| received.json()["data"]["username"].as_str().unwrap().to_owned();
    assert_eq!((told(&seen[given_up]), told(&seen[given_up + 1])), ("ada".to_owned(), "bob".to_owned()));
}

#[tokio::test]
async fn metrics_tell_of_the_webhooks_that_there_are() {
    let receiver = Receiver::start().await;
    let portico = trusting(&receiver, &[]).await;
    let (name, _) = add(&portico, &receiver.url("localhost"));
    let told = || async { portico.internal().get("/metrics").await.assert_status(200).text().contains(&name) };
    assert!(told().await);
    portico.run(&["webhook", "remove", &name], "").assert_done();
    assert!(!told().await);
}

#[tokio::test]
async fn a_receiver_that_says_it_is_gone_is_believed() {
    let receiver = Receiver::start().await;
    receiver.answers(410, &[]);
    let portico = trusting(&receiver, &[]).await;
    add(&portico, &receiver.url("localhost"));
    portico.member("ada").await;
    portico.logged("a webhook is given up").await;
    assert_eq!(receiver.seen().len(), 1);
}

#[tokio::test]
async fn addresses_inside_are_not_knocked_at() {
    let receiver = Receiver::start().await;
    let portico = Portico::with(&[("SSL_CERT_FILE", receiver.authority())]).await;
    for inside in [receiver.url("127.0.0.1"), receiver.url("[::1]"), "https://169.254.169.254/latest".to_owned()] {
        portico.run(&["webhook", "add", &inside], "").assert_refused("private");
    }
    for other in ["http://hooks.example.org/", "https://user:pass@hooks.example.org/"] {
        portico.run(&["webhook", "add", other], "").assert_refused("https://");
    }
    // A name says nothing of where it leads until it is resolved.
    add(&portico, &receiver.url("localhost"));
    portico.member("ada").await;
    portico.logged("the address is a private one").await;
    assert_eq!(receiver.seen().len(), 0);
}

#[tokio::test]
async fn an_answer_that_leads_elsewhere_is_not_followed() {
    let (receiver, other) = (Receiver::start().await, Receiver::start().await);
    receiver.answers(307, &[("location", &other.url("localhost"))]);
    let portico = trusting(&receiver, &[]).await;
    add(&portico, &receiver.url("localhost"));
    portico.member("ada").await;
    portico.logged("the receiver answers 307").await;
    assert_eq!(other.seen().len(), 0);
}

#[tokio::test]
async fn a_receiver_with_a_stranger_s_certificate_gets_nothing() {
    let (receiver, other) = (Receiver::start().await, Receiver::start().await);
    let portico = trusting(&other, &[]).await;
    add(&portico, &receiver.url("localhost"));
    portico.member("ada").await;
    portico.logged("certificate").await;
    assert_eq!(receiver.seen().len(), 0);
}

#[tokio::test]
async fn a_time_range_is_sent_once_more() {
    let receiver = Receiver::start().await;
    let portico = trusting(&receiver, &[]).await;
    let (name, _) = add(&portico, &receiver.url("localhost"));
    let half_an_hour = Duration::from_mins(30);
    let mut between = Vec::new();
    for person in ["ada", "bob", "eve"] {
        portico.member(person).await;
        portico.advance(half_an_hour);
        between.push(portico.now().format(&Rfc3339).unwrap());
        portico.advance(half_an_hour);
    }
    let first = receiver.wait_for(3).await;
    let done = portico.run(&["webhook", "replay", &name, "--from", &between[0], "--to", &between[1]], "");
    assert!(done.assert_done().out.contains("events 2 to 2"), "{done:?}");
    let seen = receiver.wait_for(4).await;
    assert_eq!(seen[3].header("webhook-id"), first[1].header("webhook-id"));
    let url = receiver.url("localhost");
    portico.run(&["webhook", "replay", &url, "--from", "2026-01-01T00:00:00Z"], "").assert_done();
    let seen = receiver.wait_for(7).await;
    let ids =
        |from: usize| seen[from..from + 3].iter().map(|one| one.header("webhook-id").to_owned()).collect::<Vec<_>>();
    assert_eq!(ids(4), ids(0));
    portico.member("new").await;
    assert_eq!(receiver.wait_for(8).await[7].json()["data"]["username"], "new");
    let none = portico.run(&["webhook", "replay", &url, "--from", "2999-01-01T00:00:00Z"], "");
    assert!(none.assert_done().out.contains("no events are kept"), "{none:?}");
}
