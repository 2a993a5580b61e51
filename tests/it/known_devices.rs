//! Which browsers and programs an account is known on, and when they are strangers again.

use portico::app::App;
use portico::lookup;
use portico::model::Client;
use portico::model::client::{DeviceId, DeviceProof};
use serde_json::{Value, json};

use crate::support::{PASSWORD, Portico, Visitor, app};

/// The device that `proof` makes a client of, as the account of this name is now.
async fn known(app: &App, name: &str, proof: Option<DeviceProof>) -> Option<DeviceId> {
    let account = lookup::by_username(app, name).await.unwrap().expect("the account is there");
    let client = Client { address: [127, 0, 0, 1].into(), device: proof };
    client.device_of(app, &account).await.unwrap()
}

async fn browser(app: &App, name: &str, browser: &Visitor) -> Option<DeviceId> {
    known(app, name, DeviceProof::of_cookie(&browser.cookie("portico-device").unwrap())).await
}

#[tokio::test]
async fn each_browser_is_known_by_an_id_of_its_own_which_it_keeps() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let phone = portico.log_in("ada", PASSWORD).await;
    let app = app(&portico).await;
    let first = browser(&app, "ada", &ada).await.expect("known");
    assert_ne!(browser(&app, "ada", &phone).await.expect("known"), first);
    ada.submit("/logout", &[]).await;
    ada.submit("/login", &[("login", "ada"), ("password", PASSWORD)]).await.assert_leads_to("/account");
    assert_eq!(browser(&app, "ada", &ada).await, Some(first));
}

#[tokio::test]
async fn a_browser_is_known_to_its_own_account_alone() {
    let portico = Portico::start().await;
    let eve = portico.member("eve").await;
    let ada = portico.member("ada").await;
    let app = app(&portico).await;
    assert_eq!(browser(&app, "ada", &eve).await, None);
    let id = ada.cookie("portico-device").unwrap().split_once('.').unwrap().0.to_owned();
    let cookie = eve.cookie("portico-device").unwrap();
    let forged = format!("{id}.{}", cookie.split_once('.').unwrap().1);
    assert_eq!(known(&app, "ada", DeviceProof::of_cookie(&forged)).await, None);
}

#[tokio::test]
async fn no_browser_is_known_once_everything_of_its_account_was_ended() {
    for (act, password) in [
        ("password", "eight brave herons"),
        ("others", PASSWORD),
        ("disable", PASSWORD),
        ("set-password", "eight brave herons"),
    ] {
        let portico = Portico::start().await;
        let ada = portico.member("ada").await;
        let other = portico.log_in("ada", PASSWORD).await;
        let app = app(&portico).await;
        match act {
            "password" => {
                let form = [("current", PASSWORD), ("new", password)];
                ada.submit("/account/security/password", &form).await.assert_status(303);
            }
            "others" => drop(ada.submit("/account/security/sessions/others", &[]).await.assert_status(303)),
            "set-password" => {
                let done = portico.run(&["user", "set-password", "ada"], &format!("{password}\n"));
                done.assert_done();
            }
            _ => {
                portico.run(&["user", "disable", "ada"], "").assert_done();
                portico.run(&["user", "enable", "ada"], "").assert_done();
            }
        }
        assert_eq!(browser(&app, "ada", &other).await, None, "{act}");
        portico.log_in("ada", password).await;
    }
}

#[tokio::test]
async fn a_program_is_known_by_a_token_while_its_log_in_lasts() {
    let portico = Portico::start().await;
    portico.member("ada").await;
    portico.member("eve").await;
    let app = app(&portico).await;
    let api = portico.visitor();
    let form = json!({ "email": "ada@example.org", "password": PASSWORD }).to_string();
    let headers = [("content-type", "application/json")];
    let answer = api.ask(hyper::Method::POST, "/api/users/login", &headers, form.into()).await;
    let tokens: Value = serde_json::from_str(&answer.assert_status(200).text()).unwrap();
    for kind in ["access", "refresh"] {
        let token = tokens[kind].as_str().unwrap();
        let proof = DeviceProof::of_token(&app, token);
        assert!(known(&app, "ada", proof).await.is_some(), "{kind}");
        assert_eq!(known(&app, "eve", proof).await, None, "{kind}");
        assert!(DeviceProof::of_token(&app, &format!("{token}x")).is_none());
    }
    let proof = DeviceProof::of_token(&app, tokens["access"].as_str().unwrap());
    portico.database().execute("delete from token_families").await;
    assert_eq!(known(&app, "ada", proof).await, None);
}
