//! Time zones: the browser's at sign-up, and the word for times where none is known.

use crate::support::{PASSWORD, Portico};

async fn sign_up(portico: &Portico, username: &str, zone: &str) -> String {
    let email = format!("{username}@example.org");
    let form = [("email", &*email), ("username", username), ("password", PASSWORD), ("time_zone", zone)];
    let visitor = portico.visitor();
    visitor.submit("/signup", &form).await.assert_leads_to("/welcome");
    visitor.get("/account/email").await.attributes("#time_zone option[selected]", "value").concat()
}

#[tokio::test]
async fn the_browsers_time_zone_is_taken_where_it_is_a_known_one() {
    let portico = Portico::start().await;
    assert_eq!(portico.visitor().get("/signup").await.attributes("[data-zone]", "name"), ["time_zone"]);
    assert_eq!(sign_up(&portico, "ada", "Asia/Vladivostok").await, "Asia/Vladivostok");
    for (name, zone) in [("bob", ""), ("eve", "Mars/Olympus"), ("joe", "../etc"), ("kim", "Etc/GMT+5\0")] {
        assert_eq!(sign_up(&portico, name, zone).await, "", "{zone}");
    }
}

#[tokio::test]
async fn a_time_says_that_it_is_utc_where_no_zone_is_known() {
    let portico = Portico::start().await;
    let history = "/account/security/history";
    let ada = portico.member("ada").await;
    let times = ada.get(history).await.texts("time");
    assert!(!times.is_empty() && times.iter().all(|time| time.ends_with(" UTC")), "{times:?}");
    let stamps = ada.get(history).await.attributes("time", "datetime");
    assert!(stamps.iter().all(|stamp| stamp.ends_with('Z')), "{stamps:?}");
    let admin = portico.admin("mira").await;
    let times = admin.get("/admin/audit").await.texts("time");
    assert!(!times.is_empty() && times.iter().all(|time| time.ends_with(" UTC")), "{times:?}");
    let chosen = [("language", ""), ("time_zone", "Europe/Berlin"), ("theme", "system")];
    ada.submit("/account/email", &chosen).await.assert_leads_to("/account/email");
    let times = ada.get(history).await.texts("time");
    assert!(!times.is_empty() && times.iter().all(|time| !time.contains("UTC")), "{times:?}");
}
