//! Freshness: what another process commits shows in the very next answer of each door, however often the door was asked
//! before.

use std::time::Duration;

use hyper::Method;
use portico::grpc::proto::ResponseWithUser;
use serde_json::{Value, json};

use crate::support::photo::jpeg;
use crate::support::{PASSWORD, Portico, Visitor, user};

const AVATAR: &str = "/avatar/@ada?s=64&d=404";

/// Ada's browser, and a program of hers.
struct Ada {
    browser: Visitor,
    authorization: String,
}

impl Ada {
    async fn of(portico: &Portico) -> Ada {
        let browser = portico.member("ada").await;
        browser.set_picture(&jpeg(64, 64)).await.assert_status(303);
        let body = json!({ "email": "ada@example.org", "password": PASSWORD }).to_string();
        let headers = [("content-type", "application/json")];
        let answer = portico.visitor().ask(Method::POST, "/api/users/login", &headers, body.into()).await;
        let tokens: Value = serde_json::from_slice(&answer.assert_status(200).body).unwrap();
        Ada { browser, authorization: format!("JWT {}", tokens["access"].as_str().unwrap()) }
    }

    async fn me(&self) -> (u16, Value) {
        let answer = self.browser.stranger().get_with("/api/users/me", &[("authorization", &self.authorization)]).await;
        (answer.status, serde_json::from_slice(&answer.body).unwrap())
    }

    /// What each door answers: overview, profile, `me` and avatar.
    async fn statuses(&self) -> [u16; 4] {
        let page = async |path| self.browser.get(path).await.status;
        let avatar = self.browser.stranger().get(AVATAR).await.status;
        [page("/account").await, page("/account/profile").await, self.me().await.0, avatar]
    }
}

#[tokio::test]
async fn a_name_that_another_process_writes_shows_at_once() {
    let portico = Portico::start().await;
    let (ada, services) = (Ada::of(&portico).await, portico.caller());
    for turn in 0..10 {
        let name = format!("Turn {turn}");
        let sql = format!("update accounts set full_name = '{name}', first_name = 'Turn', last_name = '{turn}'");
        portico.database().execute(&sql).await;
        // What is asked for the second time may come from memory.
        for _ in 0..2 {
            let info: ResponseWithUser = services.call("Info", user("ada", "", "", "")).await.unwrap();
            assert_eq!(info.user.unwrap().last_name, turn.to_string());
            assert_eq!(ada.me().await.1["full_name"], name.as_str());
            assert!(ada.browser.get("/account").await.text().contains(&name), "{name}");
            assert_eq!(ada.browser.get("/account/profile").await.value("name"), name);
        }
    }
}

#[tokio::test]
async fn what_another_process_ends_is_refused_at_once() {
    let portico = Portico::start().await;
    for (sql, after) in [
        ("update accounts set generation = generation + 1", [303, 303, 401, 200]),
        ("update accounts set status = 'disabled'", [303, 303, 401, 404]),
        ("delete from accounts", [303, 303, 401, 404]),
    ] {
        portico.database().execute("delete from accounts").await;
        let ada = Ada::of(&portico).await;
        for _ in 0..2 {
            assert_eq!(ada.statuses().await, [200; 4]);
        }
        portico.database().execute(sql).await;
        assert_eq!(ada.statuses().await, after, "{sql}");
    }
}

#[tokio::test]
async fn an_avatar_is_that_of_whoever_has_the_name_at_the_moment() {
    let portico = Portico::start().await;
    let ada = Ada::of(&portico).await.browser;
    let avatar = async |name: &str| {
        let path = format!("/avatar/@{name}?d=404");
        let statuses = [ada.get(&path).await.status, ada.get(&path).await.status];
        assert_eq!(statuses[0], statuses[1], "{name}");
        statuses[0]
    };
    assert_eq!((avatar("ada").await, avatar("countess").await), (200, 404));
    ada.submit("/account/profile", &[("username", "countess"), ("name", "Ada")]).await.assert_status(303);
    assert_eq!((avatar("ada").await, avatar("countess").await), (200, 200));
    // The former name leads to her for thirty days.
    portico.advance(Duration::from_secs(31 * 24 * 3600));
    assert_eq!((avatar("ada").await, avatar("countess").await), (404, 200));
}

#[tokio::test]
async fn what_time_ends_is_refused_at_once() {
    let portico = Portico::start().await;
    let ada = Ada::of(&portico).await;
    for _ in 0..2 {
        assert_eq!(ada.statuses().await, [200; 4]);
    }
    portico.advance(Duration::from_secs(400 * 24 * 3600));
    assert_eq!(ada.statuses().await, [303, 303, 401, 200]);
}
