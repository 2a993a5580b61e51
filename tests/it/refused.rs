//! Log-ins that come to nothing at the last moment, and requests that find no connection.

use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use crate::support::{Answer, Authenticator, Database, PASSWORD, Portico, begin, verify};

async fn log_in(portico: &Portico) -> (Answer, Option<String>) {
    let visitor = portico.visitor();
    let answer = visitor.submit("/login", &[("login", "ada"), ("password", PASSWORD)]).await;
    (answer, visitor.cookie("portico"))
}

#[track_caller]
fn assert_busy(answer: &Answer) {
    answer.assert_status(503);
    assert!(answer.header("retry-after").parse::<u64>().unwrap() > 0);
}

#[tokio::test]
async fn a_log_in_that_everything_ended_beside_is_refused_on_the_page() {
    let portico = Portico::start().await;
    portico.member("ada").await;
    let told = "audit where action = 'logged-in'";
    // Whether the password was looked at before the end is for the machine to say: sooner or later it is.
    for pause in 1..30 {
        let before = portico.database().count(told).await;
        let mut other = portico.database().begin().await;
        other.execute("update accounts set generation = generation + 1").await;
        let ends = async {
            tokio::time::sleep(Duration::from_millis(100 * pause)).await;
            other.commit().await;
        };
        let ((answer, cookie), ()) = tokio::join!(log_in(&portico), ends);
        if answer.status == 303 {
            continue;
        }
        answer.assert_status(422).assert_summary("Email or password is not right. Try again");
        assert_eq!(answer.value("login"), "ada");
        assert_eq!(cookie, None);
        assert_eq!(portico.database().count(told).await, before);
        return;
    }
    panic!("every log-in was stored in time");
}

#[tokio::test]
async fn a_log_in_that_finds_no_connection_is_told_when_to_come_again() {
    let portico = Portico::with(&[("PORTICO_DATABASE_CONNECTIONS", "1")]).await;
    portico.member("ada").await;
    let mut other = portico.database().begin().await;
    other.execute("update accounts set generation = generation + 1").await;
    let mut log_ins: FuturesUnordered<_> = (0..3).map(|_| log_in(&portico)).collect();
    let (answer, cookie) = log_ins.next().await.unwrap();
    assert_busy(&answer);
    assert_eq!(cookie, None);
    drop(other);
    while log_ins.next().await.is_some() {}
    portico.log_in("ada", PASSWORD).await;
}

/// Does `sql` each time the waiting of a log-in for its second step has ended: between that and its session.
async fn after_the_second_step(portico: &Portico, sql: &str) {
    let made = match portico.database() {
        Database::Sqlite(_) => format!("create trigger ended after delete on login_steps begin {sql}; end"),
        Database::Postgres { .. } => format!(
            "create function ended() returns trigger language plpgsql as $$ begin {sql}; return null; end $$; \
             create trigger ended after delete on login_steps for each row execute function ended()"
        ),
    };
    portico.database().execute(&made).await;
}

#[tokio::test]
async fn a_second_step_that_everything_ended_beside_is_refused_on_the_page() {
    let portico = Portico::start().await;
    let app = Authenticator::turn_on(&portico, &portico.member("ada").await).await;
    after_the_second_step(&portico, "update accounts set generation = generation + 1").await;
    let visitor = begin(&portico, "ada", PASSWORD).await;
    let answer = verify(&visitor, &app.recovery[0]).await;
    answer.assert_status(422).assert_summary("Email or password is not right. Try again");
    assert_eq!(answer.value("login"), "ada");
    assert_eq!((visitor.cookie("portico"), visitor.cookie("portico-step")), (None, None));
}

#[tokio::test]
async fn a_second_step_whose_session_cannot_be_stored_is_no_log_in_that_begins_again() {
    let mut portico = Portico::start().await;
    portico.expect_faults();
    let app = Authenticator::turn_on(&portico, &portico.member("ada").await).await;
    let visitor = begin(&portico, "ada", PASSWORD).await;
    portico.database().execute("alter table sessions rename to away").await;
    let answer = verify(&visitor, &app.recovery[0]).await;
    answer.assert_status(500);
    assert_eq!(visitor.cookie("portico"), None);
}

#[tokio::test]
async fn a_page_whose_session_cannot_be_read_is_told_when_to_come_again() {
    let portico = Portico::with(&[("PORTICO_DATABASE_CONNECTIONS", "1")]).await;
    let ada = portico.member("ada").await;
    // On SQLite nothing keeps readers from reading.
    let Database::Postgres { .. } = portico.database() else { return };
    let mut other = portico.database().begin().await;
    other.execute("lock table sessions in access exclusive mode").await;
    let mut pages: FuturesUnordered<_> = (0..3).map(|_| ada.get("/account")).collect();
    assert_busy(&pages.next().await.unwrap());
    drop(other);
    while pages.next().await.is_some() {}
    ada.get("/account").await.assert_status(200);
}
