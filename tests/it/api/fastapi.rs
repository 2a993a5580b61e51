//! The FastAPI dialect.

use serde_json::{Value, json};

use crate::support::Portico;

use super::{Api, assert_answer, claims, json, text};

fn ada() -> Value {
    json!({ "username": "aasgsfgsSDFG", "email": "ada@Example.org", "password": "Abcdef1" })
}

#[tokio::test]
async fn the_token_goes_raw_from_registration_to_deletion() {
    let portico = Portico::start().await;
    let api = Api::of(&portico);
    let answer = api.call("POST", "/users/register", "", ada()).await;
    let token = text(&answer, "/access_token");
    let expected = format!(
        r#"{{"data":{{"username":"aasgsfgsSDFG","email":"ada@example.org"}},"access_token":"{token}","token_type":"bearer"}}"#
    );
    assert_answer(&answer, 200, &expected);
    assert_eq!(claims(&token)["username"], "aasgsfgsSDFG");
    let logged_out = api.call("POST", "/users/logout", &token, Value::Null).await;
    assert_answer(&logged_out, 204, "");
    assert_eq!(logged_out.header("content-type"), "application/json");
    api.call("POST", "/users/logout", &token, Value::Null).await.assert_status(204);
    let answer = api.call("GET", "/users/", &token, Value::Null).await;
    assert_answer(&answer, 401, r#"{"detail":"Токен недействителен"}"#);

    let log_in = json!({ "username": "aasgsfgsSDFG", "password": "Abcdef1" });
    let answer = api.call("POST", "/users/login", "", log_in).await;
    let token = text(&answer, "/access_token");
    assert_answer(&answer, 200, &format!(r#"{{"access_token":"{token}","token_type":"bearer"}}"#));
    for authorization in [token.clone(), format!("Bearer {token}")] {
        for path in ["/users", "/users/"] {
            let answer = api.call("GET", path, &authorization, Value::Null).await;
            answer.assert_status(200);
            let date = text(&answer, "/registration_date");
            assert_eq!(date.len(), "2023-12-01T10:20:30".len());
            let user = json!({ "username": "aasgsfgsSDFG", "email": "ada@example.org", "registration_date": date });
            let mut both = user.clone();
            both["data"] = user;
            assert_eq!(json(&answer), both);
        }
    }
    let change = json!({ "email": "new@example.org", "password": "Abcdef1" });
    let answer = api.call("PUT", "/users/", &token, change).await;
    answer.assert_status(200);
    assert_eq!(text(&answer, "/data/email"), "new@example.org");
    assert_answer(&api.call("DELETE", "/users/", &token, Value::Null).await, 204, "");
    api.call("GET", "/users/", &token, Value::Null).await.assert_status(401);
}

#[tokio::test]
async fn refusals_have_the_exact_words() {
    let portico = Portico::start().await;
    let api = Api::of(&portico);
    api.call("POST", "/users/register", "", ada()).await.assert_status(200);
    let taken = r#"{"detail":"Пользователь с таким 'username' или 'email' уже существует"}"#;
    let rows = [
        ("POST", "/users/register", "", ada(), 409, taken),
        (
            "POST",
            "/users/register",
            "",
            json!({ "username": "tokens", "email": "x@example.org", "password": "Abcdef1" }),
            409,
            taken,
        ),
        (
            "POST",
            "/users/login",
            "",
            json!({ "username": "nobody", "password": "Abcdef1" }),
            404,
            r#"{"detail":"User not found"}"#,
        ),
        (
            "POST",
            "/users/login",
            "",
            json!({ "username": "aasgsfgsSDFG", "password": "Abcdef2" }),
            401,
            r#"{"detail":"Неверный логин или пароль"}"#,
        ),
        ("GET", "/users", "", Value::Null, 401, r#"{"detail":"Not authenticated"}"#),
        ("GET", "/users", "junk", Value::Null, 401, r#"{"detail":"Ошибка декодирования токена"}"#),
        ("GET", "/users", "Bearer junk", Value::Null, 401, r#"{"detail":"Ошибка декодирования токена"}"#),
        ("GET", "/users/login", "", Value::Null, 405, r#"{"detail":"Method Not Allowed"}"#),
        ("PATCH", "/users", "", Value::Null, 405, r#"{"detail":"Method Not Allowed"}"#),
        ("GET", "/users/a/b/c", "", Value::Null, 404, r#"{"detail":"Not Found"}"#),
    ];
    for (method, path, authorization, body, status, expected) in rows {
        let answer = api.call(method, path, authorization, body).await;
        assert_eq!((answer.status, answer.text().as_str()), (status, expected), "{method} {path}");
    }
}

#[tokio::test]
async fn invalid_bodies_are_told_as_pydantic_does_without_secrets() {
    let portico = Portico::start().await;
    let api = Api::of(&portico);
    let field = |answer: &crate::support::Answer| json(answer)["detail"][0].clone();
    let answer = api.call("POST", "/users/register", "", json!({ "username": "ada", "password": "Secret1" })).await;
    answer.assert_status(422);
    assert_eq!(
        field(&answer),
        json!({ "type": "missing", "loc": ["body", "email"], "msg": "Field required",
                "input": { "username": "ada", "password": "**********" }, "url": "https://errors.pydantic.dev/2.5/v/missing" })
    );
    let rows = [
        (
            json!({ "username": "ad", "email": "a@example.org", "password": "Abcdef1" }),
            "Value error, Username должен содержать от 3 до 16 символов",
        ),
        (
            json!({ "username": "ad a", "email": "a@example.org", "password": "Abcdef1" }),
            "Value error, Username содержит недопустимые символы",
        ),
        (
            json!({ "username": "ada", "email": "a@example.org", "password": "Abc1" }),
            "Value error, Password должен содержать от 6 до 20 символов",
        ),
        (
            json!({ "username": "ada", "email": "a@example.org", "password": "Abcdef1 x" }),
            "Value error, Password содержит недопустимые символы",
        ),
        (
            json!({ "username": "ada", "email": "a@example.org", "password": "abcdef1" }),
            "Value error, Password должен содержать буквы английского алфавита в нижнем и верхнем регистре и хотя бы одну цифру.",
        ),
        (
            json!({ "username": "ada", "email": "ada", "password": "Abcdef1" }),
            "value is not a valid email address: The email address is not valid. It must have exactly one @-sign.",
        ),
        (
            json!({ "username": "ada", "email": "a@b.test", "password": "Abcdef1" }),
            "value is not a valid email address: The part after the @-sign is a special-use or reserved name that cannot be used with email.",
        ),
        (json!({ "username": 7, "email": "a@example.org", "password": "Abcdef1" }), "Input should be a valid string"),
    ];
    for (body, message) in rows {
        let answer = api.call("POST", "/users/register", "", body.clone()).await;
        answer.assert_status(422);
        assert_eq!(field(&answer)["msg"], message, "{body}");
        assert!(!answer.text().contains("bcdef1"), "{}", answer.text());
    }
    let answer = api.send("POST", "/users/login", "", "application/json", b"{\"username\":").await;
    answer.assert_status(422);
    assert_eq!(field(&answer)["type"], "json_invalid");
    let answer =
        api.send("POST", "/users/login", "", "application/x-www-form-urlencoded", b"username=a&password=hush").await;
    answer.assert_status(422);
    assert_eq!(field(&answer)["type"], "model_attributes_type");
    assert!(!answer.text().contains("hush"));
}

#[tokio::test]
async fn an_address_is_refused_for_the_reason_that_the_service_gave() {
    let portico = Portico::start().await;
    let api = Api::of(&portico);
    let long = format!("{}@example.org", "x".repeat(65));
    let rows = [
        ("ada", "The email address is not valid. It must have exactly one @-sign."),
        ("a@b@example.org", "The email address is not valid. It must have exactly one @-sign."),
        ("@example.org", "There must be something before the @-sign."),
        ("a@", "There must be something after the @-sign."),
        (".a@example.org", "An email address cannot start with a period."),
        ("a.@example.org", "An email address cannot have a period immediately before the @-sign."),
        ("a..b@example.org", "An email address cannot have two periods in a row."),
        ("a@example..org", "An email address cannot have two periods in a row."),
        ("a@example.org.", "An email address cannot end with a period."),
        ("a@-x.org", "An email address cannot have a hyphen immediately after the @-sign."),
        ("a b@example.org", "The email address contains invalid characters before the @-sign: SPACE."),
        ("a,(b@example.org", "The email address contains invalid characters before the @-sign: '(', ','."),
        ("a@exam_ple.org", "The part after the @-sign contains invalid characters: '_'."),
        ("\"a b\"@example.org", "Quoting the part before the @-sign is not allowed here."),
        ("a@[127.0.0.1]", "A bracketed IP address after the @-sign is not allowed here."),
        (&long, "The email address is too long before the @-sign (1 character too many)."),
        ("a@localhost", "The part after the @-sign is not valid. It should have a period."),
        ("a@127.0.0.1", "The part after the @-sign is not valid. It is not within a valid top-level domain."),
        ("a@b.test", "The part after the @-sign is a special-use or reserved name that cannot be used with email."),
    ];
    for (email, reason) in rows {
        let body = json!({ "username": "ada", "email": email, "password": "Abcdef1" });
        let answer = api.call("POST", "/users/register", "", body).await;
        answer.assert_status(422);
        assert_eq!(text(&answer, "/detail/0/ctx/reason"), reason, "{email}");
        assert_eq!(text(&answer, "/detail/0/msg"), format!("value is not a valid email address: {reason}"));
    }
}

#[tokio::test]
async fn no_user_comes_or_goes_where_the_operator_has_closed_it() {
    let portico = Portico::with(&[("PORTICO_SIGNUP", "closed")]).await;
    let api = Api::of(&portico);
    let forbidden = r#"{"detail":"Forbidden"}"#;
    assert_answer(&api.call("POST", "/users/register", "", ada()).await, 403, forbidden);
    let portico = Portico::with(&[("PORTICO_SELF_DELETE", "off")]).await;
    let api = Api::of(&portico);
    let token = text(&api.call("POST", "/users/register", "", ada()).await, "/access_token");
    assert_answer(&api.call("DELETE", "/users", &token, Value::Null).await, 403, forbidden);
    api.call("GET", "/users", &token, Value::Null).await.assert_status(200);
}
