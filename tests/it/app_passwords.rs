//! App passwords: what programs log in with in place of an account's password, and all that these may not do.

use std::time::Duration;

use serde_json::{Value, json};

use crate::api::{Api, claims, json as body, text};
use crate::support::{Answer, Authenticator, Database, PASSWORD, Portico, Visitor, user};

const PAGE: &str = "/account/app-passwords";

/// Where each dialect logs in, its field of the name, and where its token stands in the answer.
const DOORS: [(&str, &str, &str); 4] = [
    ("/api/users/login/", "email", "/access"),
    ("/api/user/login/", "email", "/tokens/access"),
    ("/users/login", "username", "/access_token"),
    ("/users/tokens", "username", "/token"),
];

/// Makes one on the page.
async fn made(user: &Visitor, label: &str, expires: &str) -> String {
    let page = user.submit(PAGE, &[("label", label), ("expires", expires)]).await;
    page.assert_status(201);
    let secret = page.one("#secret");
    assert!(secret.starts_with("pap_") && secret.len() == 36, "{secret}");
    secret
}

async fn log_in(api: &Api, path: &str, field: &str, password: &str) -> Answer {
    let name = if field == "email" { "ada@example.org" } else { "ada" };
    api.call("POST", path, "", json!({ field: name, "password": password })).await
}

/// The access token of the Django dialect.
async fn token(api: &Api, password: &str) -> String {
    format!("JWT {}", text(&log_in(api, "/api/users/login/", "email", password).await, "/access"))
}

/// Follows the link that removes the only one.
async fn remove(user: &Visitor) {
    let links = user.get(PAGE).await.attributes(".items a", "href");
    assert_eq!(links.len(), 1, "{links:?}");
    user.get(&links[0]).await.assert_status(200);
    user.submit(&links[0], &[]).await.assert_leads_to(PAGE);
}

#[tokio::test]
async fn one_is_shown_once_and_listed_by_its_label_until_it_is_removed() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    assert!(ada.get("/account/security").await.text().contains(PAGE));
    assert!(ada.get(PAGE).await.gist().contains("No app passwords yet"));
    ada.submit(PAGE, &[("label", "  ")]).await.assert_status(422).assert_problem("label", "Say what it is for");
    let secret = made(&ada, "Old mail app", "90").await;
    let page = ada.get(PAGE).await;
    assert!(page.gist().contains("Old mail app") && page.gist().contains("never used"), "{}", page.gist());
    assert!(!page.text().contains(&secret));
    assert_eq!(portico.database().count("audit where action = 'app-password-made'").await, 1);
    remove(&ada).await;
    assert!(ada.get(PAGE).await.gist().contains("No app passwords yet"));
    assert_eq!(portico.database().count("audit where action = 'app-password-revoked'").await, 1);
}

#[tokio::test]
async fn one_of_an_admin_opens_the_account_without_its_role() {
    let portico = Portico::start().await;
    portico.member("bea").await;
    let ada = portico.admin("ada").await;
    let secret = made(&ada, "Script", "").await;
    let api = Api::of(&portico);
    let id = portico.database().id_as_text("id");
    let id = portico.database().text(&format!("select {id} from accounts where username = 'bea'")).await;
    let path = format!("/api/users/{id}");
    for (password, email) in [(PASSWORD, json!("bea@example.org")), (secret.as_str(), Value::Null)] {
        let token = token(&api, password).await;
        let answer = api.call("GET", &path, &token, Value::Null).await;
        assert_eq!(body(answer.assert_status(200))["email"], email);
    }
    for (password, groups) in [(PASSWORD, json!(["admin"])), (secret.as_str(), json!([]))] {
        let token = text(&log_in(&api, "/users/tokens", "username", password).await, "/token");
        assert_eq!(claims(&token)["accessGroups"], groups);
    }
}

#[tokio::test]
async fn a_program_with_one_logs_out_itself_alone() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let secret = made(&ada, "Script", "").await;
    let api = Api::of(&portico);
    let token = async |password: &str| text(&log_in(&api, "/users/tokens", "username", password).await, "/token");
    let (own, others) = (token(&secret).await, token(PASSWORD).await);
    let call = async |method: &str, token: &str| {
        api.call(method, "/users/ada/tokens", &format!("Bearer {token}"), json!({})).await.status
    };
    assert_eq!(call("DELETE", &own).await, 200);
    assert_eq!((call("POST", &own).await, call("POST", &others).await), (401, 200));
    assert_eq!(call("DELETE", &others).await, 200);
    assert_eq!(call("POST", &others).await, 401);
}

#[tokio::test]
async fn a_token_that_tells_of_a_role_is_good_no_more_once_that_is_taken() {
    let portico = Portico::start().await;
    portico.admin("mira").await;
    portico.admin("ada").await;
    let api = Api::of(&portico);
    let token = text(&log_in(&api, "/users/tokens", "username", PASSWORD).await, "/token");
    let validate = async || api.call("POST", "/users/ada/tokens", &format!("Bearer {token}"), json!({})).await.status;
    assert_eq!(validate().await, 200);
    portico.run(&["user", "demote", "ada"], "").assert_done();
    assert_eq!(validate().await, 401);
    let token = text(&log_in(&api, "/users/tokens", "username", PASSWORD).await, "/token");
    assert_eq!(claims(&token)["accessGroups"], json!([]));
}

#[tokio::test]
async fn making_one_wants_a_recent_proof_and_keeps_what_was_typed() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    portico.advance(Duration::from_secs(11 * 60));
    let first = ada.submit(PAGE, &[("label", "Old mail app"), ("expires", "30")]).await;
    assert!(first.leads_to().starts_with("/reauth"), "{}", first.leads_to());
    assert_eq!(portico.database().count("app_passwords").await, 0);
    let proof = [("password", PASSWORD), ("next", PAGE)];
    ada.submit("/reauth", &proof).await.assert_leads_to(PAGE);
    assert_eq!(ada.get(PAGE).await.value("label"), "Old mail app");
}

#[tokio::test]
async fn every_door_logs_in_by_it_also_where_the_password_is_refused() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    Authenticator::turn_on(&portico, &ada).await;
    let secret = made(&ada, "Script", "").await;
    let api = Api::of(&portico);
    for (path, field, place) in DOORS {
        let refused = log_in(&api, path, field, PASSWORD).await;
        assert!(refused.status >= 400, "{path}");
        let answer = log_in(&api, path, field, &secret).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        assert!(!text(&answer, place).is_empty(), "{path}");
    }
    assert_eq!(portico.caller().says("Verify", user("ada", &secret, "", "")).await.0, 200);
    assert!(ada.get(PAGE).await.gist().contains("used"));
    let rows = "audit where action = 'logged-in' and cast(detail as text) like '%Script%'";
    assert_eq!(portico.database().count(rows).await, 4);
}

#[tokio::test]
async fn it_logs_in_to_its_own_account_alone_and_others_like_it_to_none() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    portico.member("boris").await;
    let secret = made(&ada, "Script", "").await;
    let api = Api::of(&portico);
    let body = json!({ "username": "boris", "password": secret });
    api.call("POST", "/users/tokens", "", body).await.assert_status(400);
    let other = format!("pap_{}", "a".repeat(32));
    log_in(&api, "/users/tokens", "username", &other).await.assert_status(400);
    assert_eq!(portico.caller().says("Verify", user("boris", &secret, "", "")).await.0, 401);
}

#[tokio::test]
async fn no_page_takes_it() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let secret = made(&ada, "Script", "").await;
    portico.visitor().submit("/login", &[("login", "ada"), ("password", &secret)]).await.assert_status(422);
    portico.advance(Duration::from_secs(11 * 60));
    ada.submit("/reauth", &[("password", &secret), ("next", PAGE)]).await.assert_status(422);
    let change = [("current", &*secret), ("new", "eight brave herons")];
    ada.submit("/account/security/password", &change).await.assert_status(422);
}

#[tokio::test]
async fn its_tokens_edit_the_profile_and_nothing_that_logs_the_account_in() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let secret = made(&ada, "Script", "").await;
    let api = Api::of(&portico);
    let jwt = token(&api, &secret).await;
    let bare = jwt.trim_start_matches("JWT ").to_owned();
    let me = api.call("GET", "/api/users/me", &jwt, Value::Null).await;
    let id = text(me.assert_status(200), "/id");
    let email = json!({ "email": "ada@example.org", "full_name": "Ada Lovelace" });
    api.call("PUT", "/api/users/update", &jwt, email).await.assert_status(200);
    for (method, path, authorization, body, status) in [
        ("PUT", "/api/users/update", &jwt, json!({ "password": "Abcdef12" }), 403),
        ("PUT", "/api/users/update", &jwt, json!({ "password": PASSWORD }), 403),
        ("PUT", "/api/users/update", &jwt, json!({ "email": "eve@example.org" }), 403),
        ("DELETE", &format!("/api/users/{id}/"), &jwt, Value::Null, 403),
        ("PUT", "/users", &bare, json!({ "username": "ada", "email": "ada@example.org", "password": "Abcdef12" }), 403),
        ("DELETE", "/users", &bare, Value::Null, 403),
        ("DELETE", "/users/ada", &format!("Bearer {bare}"), Value::Null, 403),
        ("DELETE", "/users/tokens", &format!("Bearer {bare}"), Value::Null, 403),
    ] {
        let answer = api.call(method, path, authorization, body).await;
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.text());
    }
    portico.log_in("ada", PASSWORD).await;
    assert_eq!(portico.database().text("select email from accounts").await, "ada@example.org");
}

#[tokio::test]
async fn its_tokens_end_with_it_and_others_go_on() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let secret = made(&ada, "Script", "").await;
    let api = Api::of(&portico);
    let (by_it, own) = (token(&api, &secret).await, token(&api, PASSWORD).await);
    api.call("GET", "/api/users/me", &by_it, Value::Null).await.assert_status(200);
    remove(&ada).await;
    api.call("GET", "/api/users/me", &by_it, Value::Null).await.assert_status(401);
    log_in(&api, "/users/tokens", "username", &secret).await.assert_status(400);
    api.call("GET", "/api/users/me", &own, Value::Null).await.assert_status(200);
}

#[tokio::test]
async fn one_that_is_removed_while_it_logs_in_is_none() {
    /// Takes it away as soon as it is noted that it was used.
    const SQLITE: &str = "create trigger gone after update on app_passwords begin \
                          delete from app_passwords where id = old.id; end";
    const POSTGRES: &str = "create function gone() returns trigger language plpgsql as \
                            $$ begin delete from app_passwords where id = old.id; return null; end $$; \
                            create trigger gone after update on app_passwords for each row execute function gone()";
    let portico = Portico::start().await;
    let secret = made(&portico.member("ada").await, "Script", "").await;
    let trigger = if matches!(portico.database(), Database::Sqlite(_)) { SQLITE } else { POSTGRES };
    portico.database().execute(trigger).await;
    log_in(&Api::of(&portico), "/api/users/login/", "email", &secret).await.assert_status(400);
    assert_eq!(portico.database().count("token_families").await, 0);
}

#[tokio::test]
async fn when_it_runs_out_its_tokens_do_too() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let secret = made(&ada, "Script", "30").await;
    portico.advance(Duration::from_secs(30 * 24 * 3600 - 60));
    let api = Api::of(&portico);
    let login = log_in(&api, "/api/users/login/", "email", &secret).await;
    let (access, refresh) = (format!("JWT {}", text(&login, "/access")), text(&login, "/refresh"));
    api.call("GET", "/api/users/me", &access, Value::Null).await.assert_status(200);
    portico.advance(Duration::from_secs(120));
    api.call("GET", "/api/users/me", &access, Value::Null).await.assert_status(401);
    api.call("POST", "/api/users/refresh/", "", json!({ "refresh": refresh })).await.assert_status(401);
    log_in(&api, "/users/tokens", "username", &secret).await.assert_status(400);
}

#[tokio::test]
async fn another_password_ends_it() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let secret = made(&ada, "Script", "").await;
    let change = [("current", PASSWORD), ("new", "eight brave herons")];
    ada.submit("/account/security/password", &change).await.assert_leads_to("/account/security");
    log_in(&Api::of(&portico), "/users/tokens", "username", &secret).await.assert_status(400);
    assert!(ada.get(PAGE).await.gist().contains("No app passwords yet"));
}

#[tokio::test]
async fn a_disabled_account_is_not_logged_in_by_it() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let secret = made(&ada, "Script", "").await;
    portico.run(&["user", "disable", "ada"], "").assert_done();
    assert!(log_in(&Api::of(&portico), "/users/tokens", "username", &secret).await.status >= 400);
}

#[tokio::test]
async fn where_the_operator_says_so_doors_ignore_the_second_factor() {
    let portico = Portico::with(&[("PORTICO_DOORS_SECOND_FACTOR", "ignore")]).await;
    let ada = portico.member("ada").await;
    Authenticator::turn_on(&portico, &ada).await;
    let api = Api::of(&portico);
    for (path, field, _) in DOORS {
        log_in(&api, path, field, PASSWORD).await.assert_status(200);
    }
    assert_eq!(portico.caller().says("Verify", user("ada", PASSWORD, "", "")).await.0, 200);
    portico
        .visitor()
        .submit("/login", &[("login", "ada"), ("password", PASSWORD)])
        .await
        .assert_leads_to("/login/verify");
    let told = portico.run(&["doctor"], "");
    assert!(told.out.contains("they take the password alone of an account with a second factor"), "{told:?}");
}
