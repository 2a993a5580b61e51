//! Two-factor at the doors that ask for a password alone: they refuse it exactly as a wrong one.

use serde_json::{Value, json};

use crate::api::{Api, text};
use crate::support::{Answer, Authenticator, PASSWORD, Portico, user};

const PATHS: [(&str, &str); 5] = [
    ("/api/users/login", "email"),
    ("/api/user/login", "email"),
    ("/api/users/login/", "email"),
    ("/users/login", "username"),
    ("/users/tokens", "username"),
];

async fn try_password(api: &Api, path: &str, field: &str, password: &str) -> Answer {
    let name = if field == "email" { "ada@example.org" } else { "ada" };
    api.call("POST", path, "", json!({ field: name, "password": password })).await
}

/// All that an answer says but what differs from one to the next anyway.
fn said(answer: &Answer) -> (u16, String, Vec<(String, String)>) {
    let own = ["date", "x-request-id"];
    let headers = answer.headers.iter().filter(|(name, _)| !own.contains(&name.as_str()));
    let headers =
        headers.map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
    (answer.status, answer.text(), headers.collect())
}

#[tokio::test]
async fn the_right_password_is_refused_as_a_wrong_one() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let api = Api::of(&portico);
    for (path, field) in PATHS {
        let answer = try_password(&api, path, field, PASSWORD).await;
        assert!(answer.status == 200 || answer.status == 201, "{path}: {} {}", answer.status, answer.text());
    }
    let token = text(&try_password(&api, "/api/users/login/", "email", PASSWORD).await, "/access");
    let bearer = format!("JWT {token}");
    api.call("GET", "/api/users/me", &bearer, Value::Null).await.assert_status(200);
    Authenticator::turn_on(&portico, &ada).await;
    // What the password alone has opened before is closed.
    api.call("GET", "/api/users/me", &bearer, Value::Null).await.assert_status(401);
    for (path, field) in PATHS {
        let right = try_password(&api, path, field, PASSWORD).await;
        let wrong = try_password(&api, path, field, "seven loud otters").await;
        assert!(right.status >= 400, "{path}");
        assert_eq!(said(&right), said(&wrong), "{path}");
    }
    let caller = portico.caller();
    let right = caller.says("Verify", user("ada", PASSWORD, "", "")).await;
    assert_eq!(right, (401, "Incorrect username or password.".to_owned()));
}

#[tokio::test]
async fn it_is_counted_as_a_wrong_one() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    Authenticator::turn_on(&portico, &ada).await;
    let api = Api::of(&portico);
    let mut statuses = Vec::new();
    for _ in 0..11 {
        statuses.push(try_password(&api, "/users/tokens", "username", PASSWORD).await.status);
    }
    assert_eq!(statuses.last(), Some(&429), "{statuses:?}");
    assert!(statuses[..10].iter().all(|status| *status == statuses[0]), "{statuses:?}");
}

#[tokio::test]
async fn its_owner_finds_it_in_the_history() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    Authenticator::turn_on(&portico, &ada).await;
    try_password(&Api::of(&portico), "/users/tokens", "username", PASSWORD).await;
    let rows = "audit where action = 'password-alone'";
    for _ in 0..200 {
        if portico.database().count(rows).await == 1 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let page = ada.get("/account/security/history").await;
    assert!(page.text().contains("The right password was refused"), "{}", page.gist());
}

#[tokio::test]
async fn where_all_users_need_one_an_account_without_is_refused_too() {
    let mut portico = Portico::start().await;
    portico.member("ada").await;
    let api = Api::of(&portico);
    let token = text(&try_password(&api, "/api/users/login/", "email", PASSWORD).await, "/access");
    portico.set("PORTICO_REQUIRE_TWO_FACTOR", "everyone");
    portico.restart().await;
    let api = Api::of(&portico);
    api.call("GET", "/api/users/me", &format!("JWT {token}"), Value::Null).await.assert_status(401);
    for (path, field) in PATHS {
        assert!(try_password(&api, path, field, PASSWORD).await.status >= 400, "{path}");
    }
    assert_eq!(portico.caller().says("Verify", user("ada", PASSWORD, "", "")).await.0, 401);
}
