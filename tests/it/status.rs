//! The admins' system page: what is found, what to do about it, and how much there is of what.

use std::time::{Duration, Instant};

use crate::support::{Answer, Done, Portico, broker_url};

/// What is found of a subject: its state, and its remedy.
fn finding(page: &Answer, subject: &str) -> String {
    let found = page.texts(".checks li div");
    found.into_iter().find(|text| text.starts_with(subject)).unwrap_or_else(|| panic!("no {subject}: {}", page.gist()))
}

fn fact(page: &Answer, name: &str) -> String {
    let mut facts = page.texts(".facts dt").into_iter().zip(page.texts(".facts dd"));
    facts.find(|(known, _)| known == name).unwrap_or_else(|| panic!("no {name}: {}", page.gist())).1
}

#[tokio::test]
async fn a_broker_that_refuses_the_password_is_told_of_as_such() {
    let portico = Portico::start().await;
    let mut url: url::Url = broker_url().parse().unwrap();
    url.set_password(Some("not-the-password")).unwrap();
    let mut doctor = portico.command(&["doctor"]);
    doctor.env("AMQP_URL", url.as_str());
    let told = Done::of(doctor, "").out;
    assert!(told.contains("the broker refuses the user or the password"), "{told}");
}

#[tokio::test]
async fn a_running_portico_is_well_and_says_how_much_there_is_of_what() {
    let portico = Portico::start().await;
    let boss = portico.admin("boss").await;
    portico.member("ada").await;
    let page = boss.get("/admin/status").await;
    page.assert_status(200);
    assert_eq!(page.one("h1 + p"), "Everything checked is as it should be.");
    assert!(page.texts(".badge-danger").is_empty(), "{}", page.gist());
    assert!(finding(&page, "database").contains("its schema is up to date"));
    assert!(finding(&page, "media").contains("takes files"));
    assert_eq!(fact(&page, "Version"), env!("CARGO_PKG_VERSION"));
    assert_eq!(fact(&page, "Accounts"), "2");
    assert_eq!(fact(&page, "Pictures"), "0");
    assert_eq!(fact(&page, "Browsers logged in"), "2");
    assert_eq!(fact(&page, "Rows of the audit log"), "5");
    assert_eq!(fact(&page, "Mail"), "Not set up");
    assert!(page.text().contains("No queue and no webhook is set up. 3 events are kept."), "{}", page.gist());
    assert_eq!(page.one("#errors-seen"), "Last errors");
    assert!(page.text().contains("None since the start."));
    for secret in ["for these stories only", "PORTICO_INTERNAL_TOKEN"] {
        assert!(!page.text().contains(secret));
    }
    let page = boss.get_with("/admin/status", &[("accept-language", "ru")]).await;
    assert_eq!(page.one("h1"), "Состояние системы");
    for visitor in [portico.visitor(), portico.member("eve").await] {
        visitor.get("/admin/status").await.assert_status(404);
    }
}

#[tokio::test]
async fn what_is_wrong_stands_there_with_its_remedy() {
    let portico = Portico::with(&[
        ("PORTICO_PUBLIC_URL", "http://accounts.example.org"),
        ("AMQP_URL", "amqp://guest:hush-hush@127.0.0.1:1/"),
        ("QUEUE_LIST", "shop"),
    ])
    .await;
    let boss = portico.admin("boss").await;
    let start = Instant::now();
    let page = boss.get_with("/admin/status", &[("x-forwarded-for", "192.0.2.7")]).await;
    assert!(start.elapsed() < Duration::from_secs(8));
    page.assert_status(200);
    assert!(finding(&page, "proxy").contains("add its address to PORTICO_TRUSTED_PROXIES"));
    assert!(finding(&page, "this request").contains("but PORTICO_PUBLIC_URL says http://accounts.example.org"));
    assert!(finding(&page, "cookies").contains("they travel unprotected"));
    assert!(finding(&page, "broker").contains("start RabbitMQ, or mend AMQP_URL"));
    assert_eq!(page.texts("tbody th"), ["queue:shop"]);
    assert_eq!(page.texts("tbody td:nth-child(2)"), ["2"]);
    assert!(!page.text().contains("hush-hush"));
    let done = portico.run(&["doctor"], "");
    assert_ne!(done.code, 0);
    assert!(done.out.contains("WRONG broker: "), "{}", done.out);
    assert!(!done.out.contains("hush-hush"), "{}", done.out);
}

#[tokio::test]
async fn behind_its_proxy_all_is_well() {
    let portico = Portico::with(&[
        ("PORTICO_PUBLIC_URL", "http://accounts.example.org"),
        ("PORTICO_TRUSTED_PROXIES", "127.0.0.1"),
    ])
    .await;
    let boss = portico.admin("boss").await;
    let headers = [("host", "accounts.example.org"), ("x-forwarded-for", "192.0.2.7"), ("x-forwarded-proto", "http")];
    let page = boss.get_with("/admin/status", &headers).await;
    assert!(finding(&page, "proxy").contains("the trusted proxy 127.0.0.1"));
    assert!(finding(&page, "this request").contains("as PORTICO_PUBLIC_URL says"));
}

#[tokio::test]
async fn the_last_errors_stand_there_by_their_id_and_nothing_of_any_user() {
    let mut portico = Portico::start().await;
    portico.expect_faults();
    let boss = portico.admin("boss").await;
    portico.database().execute("alter table targets rename to elsewhere").await;
    portico.database().execute("alter table token_families rename to elsewhere_too").await;
    let broken = boss.get("/account/security").await;
    broken.assert_status(500);
    let page = boss.get("/admin/status").await;
    page.assert_status(200);
    assert_eq!(page.one(".log li p:first-child"), "a request failed");
    assert_eq!(page.one(".log code"), broken.header("x-request-id"));
    assert!(!page.text().contains("elsewhere") && !page.text().contains("no such table"), "{}", page.gist());
    assert!(page.text().contains("Not known: no answer"), "where events go: {}", page.gist());
}
