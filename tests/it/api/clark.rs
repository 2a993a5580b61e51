//! The CLARK dialect.

use serde_json::{Value, json};

use crate::support::{PASSWORD, Portico};

use super::{Api, assert_answer, claims, json, text};

fn ada() -> Value {
    json!({ "username": "ada", "firstname": "Ada", "lastname": "Lovelace", "email": "ada@example.org", "password": "hush", "organization": "Analysts" })
}

#[tokio::test]
async fn the_client_registers_logs_in_validates_and_leaves() {
    let portico = Portico::start().await;
    let api = Api::of(&portico);
    let answer = api.call("POST", "/users", "", ada()).await;
    answer.assert_status(200);
    assert_eq!(answer.header("content-type"), "application/json; charset=utf-8");
    let mut body = json(&answer);
    let token = body["token"].take().as_str().unwrap().to_owned();
    assert_eq!(
        body,
        json!({ "_username": "ada", "_name": "Ada Lovelace", "_firstname": "Ada", "_lastname": "Lovelace",
                "_email": "ada@example.org", "_organization": "Analysts", "_objects": [], "token": null })
    );
    let said = claims(&token);
    assert_eq!((said["iss"].as_str(), said["aud"].as_str()), (Some("bloomin_onion"), Some("ada")));
    assert_eq!(said["username"], "ada");
    assert_eq!(said["exp"].as_i64().unwrap() - said["iat"].as_i64().unwrap(), 86_400);
    let answer = api.call("POST", "/users/tokens", "", json!({ "username": "ada", "password": "hush" })).await;
    let token = text(&answer, "/token");
    for name in ["ada", "ADA"] {
        let answer = api.call("POST", &format!("/users/{name}/tokens"), "", json!({ "token": token })).await;
        assert_answer(&answer, 200, "OK");
        assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
    }
    let answer = api.call("POST", "/users/bob/tokens", "", json!({ "token": token })).await;
    assert_answer(&answer, 401, "Invalid access token");
    let bearer = format!("Bearer {token}");
    assert_answer(&api.call("DELETE", "/users/bob/tokens", &bearer, Value::Null).await, 200, "OK");
    assert_answer(&api.call("POST", "/users/ada/tokens", &bearer, Value::Null).await, 401, "Invalid access token");
    let answer = api.call("POST", "/users/tokens/", "", json!({ "username": "ada", "password": "hush" })).await;
    let bearer = format!("Bearer {}", text(&answer, "/token"));
    assert_answer(&api.call("DELETE", "/users/ada", &bearer, Value::Null).await, 200, "OK");
    let answer = api.call("POST", "/users/tokens", "", json!({ "username": "ada", "password": "hush" })).await;
    assert_answer(&answer, 400, r#"{"message":"Invalid username or password"}"#);
}

#[tokio::test]
async fn refusals_are_those_that_the_client_tells_apart() {
    let portico = Portico::start().await;
    let api = Api::of(&portico);
    api.call("POST", "/users", "", ada()).await.assert_status(200);
    let with = |name: &str, value: Value| {
        let mut body = ada();
        body[name] = value;
        body
    };
    let refused = "Invalid registration credentials";
    let rows = [
        (with("username", json!("bea")), 420, "Email is already in use."),
        (with("email", json!("bea@example.org")), 400, refused),
        (json!({}), 400, refused),
        (with("username", json!("be")), 400, refused),
        (with("username", json!("  b  ")), 400, refused),
        (with("username", json!("login")), 400, refused),
        (with("username", json!(7)), 400, refused),
    ];
    for (body, status, expected) in rows {
        let answer = api.call("POST", "/users", "", body.clone()).await;
        assert_eq!((answer.status, answer.text().as_str()), (status, expected), "{body}");
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
    }
    for (method, path) in [
        ("DELETE", "/users/tokens"),
        ("DELETE", "/users/ada"),
        ("DELETE", "/users/login"),
        ("POST", "/users/ada/tokens"),
    ] {
        assert_answer(&api.call(method, path, "", Value::Null).await, 401, "Invalid access token");
    }
}

#[tokio::test]
async fn later_and_muddled_forms_of_the_body_are_read_too() {
    let portico = Portico::start().await;
    let api = Api::of(&portico);
    let later = json!({ "_username": "bea", "_name": "Bea Arthur", "_email": "bea@example.org", "_password": "hush" });
    let answer = api.call("POST", "/users/", "", later).await;
    assert_eq!((text(&answer, "/_firstname"), text(&answer, "/_lastname")), ("Bea".into(), "Arthur".into()));
    let muddled = json!({ "username": "cat", "firstname": "C", "lastname": "At", "email": "cat@example.org", "objects": ["hush", "hush"] });
    api.call("POST", "/users", "", muddled).await.assert_status(200);
    let form = b"username=dan&firstname=D&lastname=An&email=dan%40example.org&password=hush";
    api.send("POST", "/users", "", "application/x-www-form-urlencoded", form).await.assert_status(200);
    for (name, list) in [("eve", "objects=hush&objects=hush"), ("fay", "objects%5B%5D=hush&objects%5B%5D=hush")] {
        let form = format!("username={name}&firstname=E&lastname=V&email={name}%40example.org&{list}");
        api.send("POST", "/users", "", "application/x-www-form-urlencoded", form.as_bytes()).await.assert_status(200);
    }
    let twice = b"username=gus&username=gus&firstname=G&lastname=Us&email=gus%40example.org&password=hush";
    api.send("POST", "/users", "", "application/x-www-form-urlencoded", twice).await.assert_status(400);
}

#[tokio::test]
async fn the_documented_registration_has_password_and_confirmation_in_objects() {
    let portico = Portico::start().await;
    let api = Api::of(&portico);
    let with = |name: &str, objects: Value| json!({ "username": name, "firstname": "A", "lastname": "B", "email": format!("{name}@example.org"), "organization": "C", "objects": objects });
    let refused = "Invalid registration credentials";
    for objects in [
        json!({ "password": "hush", "confirmation": "other" }),
        json!(["hush", "other"]),
        json!({ "password": "hush" }),
        json!({ "password": "hush", "confirmation": "hush", "more": "hush" }),
        json!({ "password": "", "confirmation": "" }),
        json!({ "password": 7, "confirmation": 7 }),
        json!("hush"),
    ] {
        assert_answer(&api.call("POST", "/users", "", with("ada", objects)).await, 400, refused);
    }
    let same = json!({ "password": "hush", "confirmation": "hush" });
    let answer = api.call("POST", "/users", "", with("ada", same)).await;
    assert_eq!(text(answer.assert_status(200), "/_username"), "ada");
    let named = "username=bea&firstname=B&lastname=E&email=bea%40example.org";
    let kind = "application/x-www-form-urlencoded";
    for (objects, status) in [
        ("objects%5Bpassword%5D=hush&objects%5Bconfirmation%5D=other", 400),
        ("objects%5Bpassword%5D=hush&objects%5Bconfirmation%5D=hush", 200),
    ] {
        api.send("POST", "/users", "", kind, format!("{named}&{objects}").as_bytes()).await.assert_status(status);
    }
    for name in ["ada", "bea"] {
        let login = json!({ "username": name, "password": "hush" });
        api.call("POST", "/users/tokens", "", login).await.assert_status(200);
    }
}

#[tokio::test]
async fn logging_out_ends_every_token_of_the_caller_and_of_no_other_user() {
    let portico = Portico::start().await;
    let api = Api::of(&portico);
    let browser = portico.member("ada").await;
    portico.member("bea").await;
    let log_in = async |name: &str| {
        let login = json!({ "username": name, "password": PASSWORD });
        text(&api.call("POST", "/users/tokens", "", login).await, "/token")
    };
    let (first, second, others) = (log_in("ada").await, log_in("ada").await, log_in("bea").await);
    let login = json!({ "email": "ada@example.org", "password": PASSWORD });
    let django = api.call("POST", "/api/users/login", "", login).await;
    assert_answer(&api.call("DELETE", "/users/bea/tokens", &format!("Bearer {first}"), Value::Null).await, 200, "OK");
    for token in [&first, &second] {
        let answer = api.call("POST", "/users/ada/tokens", "", json!({ "token": token })).await;
        assert_answer(&answer, 401, "Invalid access token");
    }
    let jwt = format!("JWT {}", text(&django, "/access"));
    api.call("GET", "/api/users/me", &jwt, Value::Null).await.assert_status(401);
    let refresh = json!({ "refresh": text(&django, "/refresh") });
    api.call("POST", "/api/users/refresh", "", refresh).await.assert_status(401);
    assert_answer(&api.call("POST", "/users/bea/tokens", "", json!({ "token": others })).await, 200, "OK");
    browser.get("/account").await.assert_status(200);
    let told = portico.database().texts("select detail from audit where action = 'devices-ended'").await;
    assert_eq!(told, [r#"{"count":3}"#]);
    // What is logged in with afterwards is good, and has nothing to do with what has ended.
    let again = log_in("ada").await;
    assert_answer(&api.call("POST", "/users/ada/tokens", "", json!({ "token": again })).await, 200, "OK");
    assert_answer(
        &api.call("DELETE", "/users/ada/tokens", &format!("Bearer {first}"), Value::Null).await,
        401,
        "Invalid access token",
    );
}

#[tokio::test]
async fn letter_case_makes_no_difference_in_the_words_of_a_path() {
    let portico = Portico::start().await;
    let api = Api::of(&portico);
    let token = text(&api.call("POST", "/Users", "", ada()).await, "/token");
    let bearer = format!("Bearer {token}");
    let login = json!({ "username": "ada", "password": "hush" });
    api.call("POST", "/USERS/Tokens?from=test", "", login).await.assert_status(200);
    assert_answer(&api.call("POST", "/users/ada/TOKENS/", &bearer, Value::Null).await, 200, "OK");
    assert_answer(&api.call("DELETE", "/users/ada/Tokens", &bearer, Value::Null).await, 200, "OK");
    assert_answer(&api.call("DELETE", "/USERS/TOKENS", &bearer, Value::Null).await, 401, "Invalid access token");
}

#[tokio::test]
async fn no_visitor_registers_where_the_operator_has_closed_it() {
    let portico = Portico::with(&[("PORTICO_SIGNUP", "closed")]).await;
    let api = Api::of(&portico);
    assert_answer(&api.call("POST", "/users", "", ada()).await, 403, "Forbidden");
}

#[tokio::test]
async fn no_user_deletes_themselves_where_the_operator_says_so() {
    let portico = Portico::with(&[("PORTICO_SELF_DELETE", "off")]).await;
    let api = Api::of(&portico);
    let bearer = format!("Bearer {}", text(&api.call("POST", "/users", "", ada()).await, "/token"));
    for path in ["/users/tokens", "/users/ada"] {
        let answer = api.call("DELETE", path, &bearer, Value::Null).await;
        assert_answer(&answer, 400, "Cannot delete user accounts at this time");
    }
}
