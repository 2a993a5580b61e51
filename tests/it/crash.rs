//! Power cuts: what was acknowledged is there, and no row names a picture that is not.

use std::collections::HashSet;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hyper::Method;

use crate::support::{Database, Done, PASSWORD, Portico, Visitor, photo};

/// What people were told was done.
#[derive(Default)]
struct Acknowledged {
    signed_up: Vec<String>,
    named: Vec<String>,
    gone: Vec<String>,
}

const FORM: [(&str, &str); 2] =
    [("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "same-origin")];

async fn submit(visitor: &Visitor, path: &str, body: String) -> Option<u16> {
    visitor.try_ask(Method::POST, path, &FORM, body.into()).await.ok().map(|answer| answer.status)
}

/// Signs up, edits, uploads and sometimes leaves again, until the program is gone.
async fn live(visitor: Visitor, name: String, photo: Arc<Vec<u8>>, done: Arc<Mutex<Acknowledged>>) -> Option<()> {
    let password = PASSWORD.replace(' ', "+");
    let body = format!("email={name}%40example.org&username={name}&password={password}");
    (submit(&visitor, "/signup", body).await? == 303).then_some(())?;
    done.lock().unwrap().signed_up.push(name.clone());
    let body = format!("username={name}&name=Name+of+{name}");
    (submit(&visitor, "/account/profile", body).await? == 303).then_some(())?;
    done.lock().unwrap().named.push(name.clone());
    for _ in 0..2 {
        visitor.try_set_picture(&photo).await.ok()?;
    }
    if name.ends_with('3') {
        let body = format!("confirm={name}&password={password}");
        // From here on both are right: it is unknown whether it was done until it is acknowledged.
        done.lock().unwrap().signed_up.retain(|other| *other != name);
        done.lock().unwrap().named.retain(|other| *other != name);
        (submit(&visitor, "/account/delete", body).await? == 303).then_some(())?;
        done.lock().unwrap().gone.push(name);
    }
    Some(())
}

#[tokio::test]
async fn a_power_cut_loses_nothing_that_was_acknowledged_and_leaves_no_half_picture() {
    let mut portico = Portico::with(&[("PORTICO_RATE_LIMITS", "off")]).await;
    let done: Arc<Mutex<Acknowledged>> = Arc::default();
    let photo = Arc::new(photo::jpeg(300, 200));
    for round in 0..4 {
        let people: Vec<_> = (0..4)
            .map(|lane| {
                let (url, photo, done) = (portico.visitor(), Arc::clone(&photo), Arc::clone(&done));
                tokio::spawn(async move {
                    for number in 0.. {
                        let name = format!("p{round}-{lane}-{number}");
                        if live(url.stranger(), name, Arc::clone(&photo), Arc::clone(&done)).await.is_none() {
                            return;
                        }
                    }
                })
            })
            .collect();
        // In the middle of things, at another moment each time.
        let before = done.lock().unwrap().named.len();
        while done.lock().unwrap().named.len() < before + 4 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(37 * round)).await;
        portico.kill();
        for one in people {
            one.await.unwrap();
        }
        portico.restart().await;
        let database = portico.database();
        let there: HashSet<_> = database.texts("select username from accounts").await.into_iter().collect();
        let named: HashSet<_> =
            database.texts("select username from accounts where full_name <> ''").await.into_iter().collect();
        {
            let done = done.lock().unwrap();
            assert!(done.signed_up.iter().all(|name| there.contains(name)), "a sign-up is lost in round {round}");
            assert!(done.named.iter().all(|name| named.contains(name)), "an edit is lost in round {round}");
            assert!(done.gone.iter().all(|name| !there.contains(name)), "a deleted account is back");
        }
        let created = database.count("events where kind = 'user.created'").await;
        let deleted = database.count("events where kind = 'user.deleted'").await;
        assert_eq!(i64::try_from(there.len()).unwrap(), created - deleted, "an event goes with each account");
        for key in database.texts("select picture_key from accounts where picture_key is not null").await {
            for file in ["original", "64.webp", "64.jpg", "128.webp", "128.jpg"] {
                let path = portico.media().join("pictures").join(&key).join(file);
                let bytes = std::fs::read(&path).unwrap_or_else(|_| panic!("{} is missing", path.display()));
                photo::decode(&bytes);
            }
        }
    }
    let username = done.lock().unwrap().signed_up[0].clone();
    portico.log_in(&username, PASSWORD).await;
}

#[tokio::test]
async fn after_a_power_cut_it_is_ready_again_within_two_seconds() {
    let mut portico = Portico::start().await;
    portico.member("ada").await;
    let start = std::time::Instant::now();
    portico.restart().await;
    portico.visitor().get("/readyz").await.assert_status(200);
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
}

/// Reads the database as another program does, and closes it.
fn look_and_close(database: &Database) {
    let Database::Sqlite(_) = database else { return };
    const LOOK: &str = "import sqlite3, sys; file = sqlite3.connect(sys.argv[1]); \
                        file.execute('select count(*) from accounts').fetchone(); file.close()";
    let file = database.url().trim_start_matches("sqlite:").split('?').next().unwrap();
    let mut python = Command::new("python3");
    python.args(["-c", LOOK, file]);
    Done::of(python, "").assert_done();
}

#[tokio::test]
async fn a_crash_loses_nothing_after_another_process_has_closed_the_database() {
    let mut portico = Portico::start().await;
    // On a database that is there already, whose log another process removes as it closes it, if it takes itself for the
    // last one.
    portico.restart().await;
    look_and_close(portico.database());
    portico.member("ada").await;
    portico.restart().await;
    assert_eq!(portico.database().count("accounts").await, 1);
}
