//! Dialects that the operator has closed: as if they had never been there.

use serde_json::{Value, json};

use crate::support::{Portico, photo};

use super::{Api, json, text};

const DJANGO: &[(&str, &str)] = &[
    ("POST", "/api/users/register"),
    ("POST", "/api/users/login"),
    ("POST", "/api/users/refresh"),
    ("GET", "/api/users/me"),
    ("PUT", "/api/users/update"),
    ("GET", "/api/users/0198a7f2-0000-7000-8000-000000000000"),
    ("DELETE", "/api/users/0198a7f2-0000-7000-8000-000000000000"),
    ("POST", "/api/user/register"),
    ("POST", "/api/user/login"),
    ("GET", "/api/user/me"),
];
const FASTAPI: &[(&str, &str)] = &[
    ("GET", "/users"),
    ("PUT", "/users"),
    ("DELETE", "/users"),
    ("POST", "/users/register"),
    ("POST", "/users/login"),
    ("POST", "/users/logout"),
];
const CLARK: &[(&str, &str)] = &[
    ("POST", "/users"),
    ("POST", "/users/tokens"),
    ("DELETE", "/users/tokens"),
    ("DELETE", "/users/ada"),
    ("DELETE", "/users/login"),
    ("POST", "/users/ada/tokens"),
    ("DELETE", "/users/ada/tokens"),
    ("POST", "/Users/Tokens"),
];
/// What no service had.
const OF_NO_DIALECT: &[(&str, &str)] = &[("GET", "/api/users/nothing/there"), ("GET", "/users/nothing/there/either")];

#[tokio::test]
async fn a_closed_dialect_answers_as_an_address_of_no_dialect_and_an_open_one_as_ever() {
    let all = [("django", DJANGO), ("fastapi", FASTAPI), ("clark", CLARK)];
    for open in ["django", "fastapi", "clark", "none"] {
        let portico = Portico::with(&[("PORTICO_DIALECTS", open)]).await;
        let api = Api::of(&portico);
        for (dialect, calls) in all {
            for (method, path) in calls {
                for slash in ["", "/"] {
                    let path = format!("{path}{slash}");
                    let answer = api.call(method, &path, "", Value::Null).await;
                    // Of an unknown account the open dialect says so.
                    let is_no_account = answer.text().contains("No BaseUser matches");
                    assert_eq!(
                        answer.status != 404 || is_no_account,
                        open == dialect,
                        "{open}: {method} {path}: {}",
                        answer.status
                    );
                    assert!(open == dialect || answer.header("allow").is_empty(), "{method} {path}");
                }
            }
        }
        for (method, path) in OF_NO_DIALECT {
            api.call(method, path, "", Value::Null).await.assert_status(404);
        }
    }
}

#[tokio::test]
async fn where_every_dialect_is_closed_they_answer_with_the_page_of_any_unknown_address_by_any_method() {
    let portico = Portico::with(&[("PORTICO_DIALECTS", "none")]).await;
    let visitor = portico.visitor();
    let others =
        [("POST", "/oauth/introspect"), ("GET", "/.well-known/jwks.json"), ("GET", "/openapi.json"), ("GET", "/docs")];
    let unknown = visitor.get("/nothing/there").await;
    for (_, path) in DJANGO.iter().chain(FASTAPI).chain(CLARK).chain(&others) {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            let answer = visitor.ask(method.parse().unwrap(), path, &[], Default::default()).await;
            assert_eq!(answer.status, 404, "{method} {path}");
            assert_eq!(answer.header("allow"), "", "{method} {path}");
            assert_eq!(answer.header("access-control-allow-origin"), "", "{method} {path}");
            assert_eq!(answer.texts("h1"), unknown.texts("h1"), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn closed_dialects_are_not_documented_and_what_serves_the_open_ones_stays() {
    let portico =
        Portico::with(&[("PORTICO_DIALECTS", "fastapi"), ("PORTICO_INTROSPECTION_SECRET", "a door of services")]).await;
    let api = Api::of(&portico);
    let document = json(&api.call("GET", "/openapi.json", "", Value::Null).await);
    let paths: Vec<&str> = document["paths"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        paths,
        [
            "/.well-known/jwks.json",
            "/oauth/introspect",
            "/oauth/revoke",
            "/users",
            "/users/login",
            "/users/logout",
            "/users/register"
        ]
    );
    let methods: Vec<&String> = document["paths"]["/users"].as_object().unwrap().keys().collect();
    assert_eq!(methods, ["delete", "get", "put"]);
    let locks: Vec<&String> = document["components"]["securitySchemes"].as_object().unwrap().keys().collect();
    assert_eq!(locks, ["fastapi", "service"]);
    let body = json!({ "username": "ada", "email": "ada@example.org", "password": "Abcdef1" });
    let token = text(&api.call("POST", "/users/register", "", body).await, "/access_token");
    let form = format!("token={token}&client_secret=a+door+of+services");
    let kind = "application/x-www-form-urlencoded";
    let answer = api.send("POST", "/oauth/introspect", "", kind, form.as_bytes()).await;
    assert_eq!(json(&answer)["active"], true);
}

#[tokio::test]
async fn links_to_pictures_that_a_replaced_service_gave_out_stay_when_its_dialect_is_closed() {
    let portico = Portico::with(&[("PORTICO_DIALECTS", "none")]).await;
    let ada = portico.member("ada").await;
    ada.set_picture(&photo::jpeg(100, 100)).await.assert_status(303);
    let id = portico.database().id_as_text("id");
    let id = portico.database().text(&format!("select {id} from accounts")).await;
    for base in ["/api/users/media", "/api/user/media", "/media"] {
        let answer = portico.visitor().get(&format!("{base}/{id}.jpg")).await;
        answer.assert_status(200);
        assert_eq!(answer.header("content-type"), "image/jpeg");
        portico.visitor().get(&format!("{base}/nobody.jpg")).await.assert_status(404);
    }
}

#[tokio::test]
async fn the_password_that_an_account_has_is_checked_where_a_client_sends_it_along() {
    let portico = Portico::start().await;
    let api = Api::of(&portico);
    let body = json!({ "username": "ada", "email": "ada@example.org", "password": "Abcdef1" });
    let token = text(&api.call("POST", "/users/register", "", body).await, "/access_token");
    let jwt = format!("JWT {token}");
    let change =
        |current: Value| json!({ "email": "new@example.org", "password": "Abcdef2", "current_password": current });
    for wrong in ["Abcdef9", "", &"x".repeat(2_000)] {
        let answer = api.call("PUT", "/api/users/update/", &jwt, change(wrong.into())).await;
        answer.assert_status(400);
        assert_eq!(json(&answer), json!({ "current_password": ["Invalid password."] }), "{wrong:?}");
    }
    api.call("PUT", "/users", &token, change("Abcdef9".into())).await.assert_status(401);
    let answer = api.call("PUT", "/users", &token, change(json!(["Abcdef1"]))).await;
    answer.assert_status(422);
    assert!(!answer.text().contains("Abcdef1"), "{}", answer.text());
    assert_eq!(portico.database().count("accounts where email = 'ada@example.org'").await, 1);
    api.call("PUT", "/api/users/update/", &jwt, json!({ "email": "one@example.org", "current_password": "Abcdef1" }))
        .await
        .assert_status(200);
    api.call("PUT", "/users", &token, change("Abcdef1".into())).await.assert_status(200);
    portico.log_in("ada", "Abcdef2").await;
}
