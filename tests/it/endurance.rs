//! Ten thousand changes while Portico dies three times and the broker twice: every one arrives, in order.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::support::{Caller, OwnBroker, Portico, user};

const CHANGES: u32 = 10_000;
const ACCOUNTS: u32 = 4;
/// After so many changes a process is killed.
const DEATHS: [(u32, Victim); 5] = [
    (1_500, Victim::Portico),
    (3_000, Victim::Broker),
    (5_000, Victim::Portico),
    (7_000, Victim::Broker),
    (8_500, Victim::Portico),
];

#[derive(Clone, Copy)]
enum Victim {
    Portico,
    Broker,
}

/// Changes an account until so many changes are made, or Portico is gone.
async fn change(caller: Caller, account: u32, done: Arc<AtomicU32>, limit: u32) {
    let name = format!("person{account}");
    while done.load(Ordering::SeqCst) < limit {
        let last = uuid::Uuid::new_v4().to_string();
        let request = user(&name, "", "Somebody", &last);
        match caller.call::<portico::grpc::proto::ResponseWithUser>("UpdateUserData", request).await {
            Ok(answer) => {
                assert_eq!(answer.status.unwrap().code, 200);
                done.fetch_add(1, Ordering::SeqCst);
            }
            // Whether it was committed was not told: the database knows.
            Err(_) => return,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_changes_outlive_three_deaths_of_portico_and_two_of_the_broker() {
    let queues = ["posts", "friends"];
    let mut broker = OwnBroker::start().await;
    broker.declare(&queues).await;
    let mut portico = Portico::with(&[("AMQP_URL", &broker.url()), ("QUEUE_LIST", &queues.join(","))]).await;
    for account in 0..ACCOUNTS {
        assert_eq!(portico.caller().says("Create", user(&format!("person{account}"), "x", "A", "B")).await.0, 201);
    }
    let done = Arc::new(AtomicU32::new(0));
    let mut deaths = DEATHS.into_iter().peekable();
    while done.load(Ordering::SeqCst) < CHANGES {
        let death = deaths.next();
        // Not so far that nothing is left for the next to die in.
        let limit = deaths.peek().map_or(CHANGES, |(moment, _)| *moment);
        let lanes: Vec<_> = (0..ACCOUNTS)
            .map(|account| tokio::spawn(change(portico.caller(), account, Arc::clone(&done), limit)))
            .collect();
        if let Some((moment, victim)) = death {
            while done.load(Ordering::SeqCst) < moment {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            match victim {
                Victim::Portico => {
                    portico.kill();
                    portico.restart().await;
                }
                // Changes go on meanwhile.
                Victim::Broker => {
                    broker.kill();
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    broker.restart().await;
                }
            }
        }
        for lane in lanes {
            lane.await.unwrap();
        }
    }
    let committed = {
        let sql = format!("select {} from events order by sequence", portico.database().id_as_text("id"));
        portico.database().texts(&sql).await
    };
    assert!(committed.len() >= (CHANGES + ACCOUNTS) as usize, "{}", committed.len());
    let start = Instant::now();
    for queue in queues {
        let target = format!("portico_events_waiting{{target=\"queue:{queue}\"}} 0\n");
        while !portico.internal().get("/metrics").await.text().contains(&target) {
            assert!(start.elapsed() < Duration::from_secs(60), "{}", portico.run(&["events", "targets"], "").out);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let arrived = broker.drain(queue).await;
        let mut seen = HashSet::new();
        let first: Vec<&String> = arrived.iter().filter(|id| seen.insert(id.as_str())).collect();
        assert_eq!(first.len(), committed.len(), "{queue}: every event arrives");
        assert!(first.into_iter().eq(committed.iter()), "{queue}: in order");
        println!("{queue}: {} events, {} came twice", committed.len(), arrived.len() - committed.len());
    }
}

#[tokio::test]
async fn over_tls_only_a_broker_with_a_trusted_certificate_gets_events() {
    let broker = OwnBroker::start().await;
    broker.declare(&["posts"]).await;
    let (url, authority) = broker.tls();
    let stranger = Portico::with(&[("AMQP_URL", &url), ("QUEUE_LIST", "posts")]).await;
    assert_eq!(stranger.caller().says("Create", user("ada", "x", "A", "B")).await.0, 201);
    stranger.logged("events do not arrive").await;
    assert_eq!(broker.drain("posts").await.len(), 0);
    let portico = Portico::with(&[("AMQP_URL", &url), ("QUEUE_LIST", "posts"), ("SSL_CERT_FILE", &authority)]).await;
    for number in 0..5 {
        assert_eq!(portico.caller().says("Create", user(&format!("p{number}"), "x", "A", "B")).await.0, 201);
    }
    let start = Instant::now();
    let mut ids = Vec::new();
    while ids.len() < 5 {
        ids.extend(broker.drain("posts").await);
        assert!(start.elapsed() < Duration::from_secs(20), "{}", portico.log());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
