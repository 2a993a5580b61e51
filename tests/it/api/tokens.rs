//! Tokens: across dialects, refreshed, stolen, forged, ended.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::support::{PASSWORD, Portico, Visitor};

use super::{Api, assert_answer, claims, json, text};

const KEY: &str = "for these stories only: 32 bytes or more";

async fn django(api: &Api) -> (String, String) {
    let body = json!({ "email": "ada@example.org", "full_name": "Ada", "password": "Abcdef12" });
    let answer = api.call("POST", "/api/users/register", "", body).await;
    (text(&answer, "/access"), text(&answer, "/refresh"))
}

fn sign(header: &Value, claims: &Value, key: &str) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!("{}.{}", part(header), part(claims));
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(text.as_bytes());
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

async fn me(api: &Api, token: &str) -> u16 {
    api.call("GET", "/api/users/me", &format!("JWT {token}"), Value::Null).await.status
}

#[tokio::test]
async fn an_account_of_any_door_logs_in_through_every_other_and_its_token_opens_all() {
    let portico = Portico::start().await;
    let api = Api::of(&portico);
    portico.member("paula").await;
    django(&api).await;
    api.call(
        "POST",
        "/users/register",
        "",
        json!({ "username": "fay", "email": "fay@example.org", "password": "Abcdef1" }),
    )
    .await
    .assert_status(200);
    api.call("POST", "/users", "", json!({ "username": "cleo", "firstname": "C", "lastname": "L", "email": "cleo@example.org", "password": "hush" })).await.assert_status(200);
    for (login, email, password) in [
        ("paula", "paula@example.org", PASSWORD),
        ("ada@example.org", "ada@example.org", "Abcdef12"),
        ("fay", "fay@example.org", "Abcdef1"),
        ("cleo", "cleo@example.org", "hush"),
    ] {
        let by_email = json!({ "email": email, "password": password });
        let by_name = json!({ "username": login, "password": password });
        let tokens = [
            text(&api.call("POST", "/api/users/login", "", by_email.clone()).await, "/access"),
            text(&api.call("POST", "/api/user/login", "", by_email).await, "/tokens/access"),
            text(&api.call("POST", "/users/login", "", by_name.clone()).await, "/access_token"),
            text(&api.call("POST", "/users/tokens", "", by_name).await, "/token"),
        ];
        for token in tokens {
            assert_eq!(me(&api, &token).await, 200);
            api.call("GET", "/users", &token, Value::Null).await.assert_status(200);
            api.call("POST", &format!("/users/{login}/tokens"), "", json!({ "token": token })).await.assert_status(200);
        }
        portico.log_in(email, password).await;
    }
}

#[tokio::test]
async fn each_dialects_tokens_carry_what_its_clients_read_in_the_order_it_always_had() {
    let portico = Portico::start().await;
    let api = Api::of(&portico);
    let body = json!({ "username": "fay", "email": "fay@example.org", "password": "Abcdef1" });
    let fastapi = text(&api.call("POST", "/users/register", "", body).await, "/access_token");
    let body = json!({ "username": "cleo", "firstname": "C", "lastname": "L", "email": "cleo@example.org", "password": "hush" });
    let clark = text(&api.call("POST", "/users", "", body).await, "/token");
    let (access, refresh) = django(&api).await;
    let all = "token_type exp iat jti sid sub user_id";
    let whole = "username name firstname lastname email organization emailVerified id accessGroups aud iss";
    for (token, own) in [(&access, ""), (&refresh, ""), (&fastapi, "username random_number"), (&clark, whole)] {
        let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
        let payload = String::from_utf8(payload).unwrap();
        let names: Vec<&str> = all.split(' ').chain(own.split_whitespace()).collect();
        assert_eq!(claims(token).as_object().unwrap().len(), names.len(), "{payload}");
        let places: Vec<_> = names.iter().map(|name| payload.find(&format!("\"{name}\":"))).collect();
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{payload}");
    }
    let said = claims(&clark);
    assert_eq!((&said["aud"], &said["iss"]), (&json!("cleo"), &json!("bloomin_onion")));
    assert_eq!((&said["accessGroups"], &said["emailVerified"]), (&json!([]), &json!(false)));
    let number = claims(&fastapi)["random_number"].as_u64().unwrap();
    assert!((10_000..100_000).contains(&number), "{number}");
}

#[tokio::test]
async fn a_client_refreshes_when_its_token_has_run_out() {
    let portico = Portico::start().await;
    let api = Api::of(&portico);
    let (access, refresh) = django(&api).await;
    portico.advance(Duration::from_mins(59));
    assert_eq!(me(&api, &access).await, 200);
    portico.advance(Duration::from_mins(2));
    assert_eq!(me(&api, &access).await, 401);
    let answer = api.call("POST", "/api/users/refresh/", "", json!({ "refresh": refresh })).await;
    answer.assert_status(201);
    assert_eq!(me(&api, &text(&answer, "/access")).await, 200);
    let next = text(&answer, "/refresh");
    api.call("POST", "/api/user/refresh/", "", json!({ "refresh": next })).await.assert_status(200);
}

#[tokio::test]
async fn two_tabs_that_refresh_at_once_get_the_same_pair() {
    let portico = Portico::start().await;
    let api = Api::of(&portico);
    let (_, refresh) = django(&api).await;
    let body = json!({ "refresh": refresh });
    let calls = (0..8).map(|_| api.call("POST", "/api/users/refresh", "", body.clone()));
    let answers = futures_util::future::join_all(calls).await;
    for answer in &answers {
        assert_eq!((answer.status, answer.text()), (201, answers[0].text()));
    }
    assert_eq!(me(&api, &text(&answers[0], "/access")).await, 200);
}

#[tokio::test]
async fn a_refresh_token_that_comes_again_ends_its_family() {
    let portico = Portico::with(&[("PORTICO_REFRESH_GRACE", "0")]).await;
    let api = Api::of(&portico);
    let (_, refresh) = django(&api).await;
    let answer = api.call("POST", "/api/users/refresh", "", json!({ "refresh": refresh })).await;
    let access = text(&answer, "/access");
    assert_eq!(me(&api, &access).await, 200);
    let blacklisted = r#"{"detail":"Token is blacklisted","code":"token_not_valid"}"#;
    assert_answer(&api.call("POST", "/api/user/refresh", "", json!({ "refresh": refresh })).await, 401, blacklisted);
    assert_eq!(me(&api, &access).await, 401);
    let next = text(&answer, "/refresh");
    assert_answer(&api.call("POST", "/api/users/refresh", "", json!({ "refresh": next })).await, 401, blacklisted);
}

#[tokio::test]
async fn ended_tokens_stay_ended_over_a_restart() {
    let mut portico = Portico::start().await;
    let (access, _) = django(&Api::of(&portico)).await;
    let other = json!({ "email": "ada@example.org", "password": "Abcdef12" });
    let kept = text(&Api::of(&portico).call("POST", "/api/users/login", "", other).await, "/access");
    Api::of(&portico).call("POST", "/users/logout", &access, Value::Null).await.assert_status(204);
    portico.restart().await;
    assert_eq!(me(&Api::of(&portico), &access).await, 401);
    assert_eq!(me(&Api::of(&portico), &kept).await, 200);
}

#[tokio::test]
async fn disabling_and_deleting_end_tokens_at_once() {
    let portico = Portico::start().await;
    let api = Api::of(&portico);
    let (access, refresh) = django(&api).await;
    portico.run(&["user", "disable", "ada@example.org"], "").assert_done();
    let inactive = r#"{"detail":"User is inactive","code":"user_inactive"}"#;
    assert_answer(&api.call("GET", "/api/users/me", &format!("JWT {access}"), Value::Null).await, 401, inactive);
    portico.run(&["user", "enable", "ada@example.org"], "").assert_done();
    assert_eq!(me(&api, &access).await, 401);
    api.call("POST", "/api/users/refresh", "", json!({ "refresh": refresh })).await.assert_status(401);
}

#[tokio::test]
async fn forged_tokens_open_nothing() {
    let portico = Portico::start().await;
    let api = Api::of(&portico);
    let (access, _) = django(&api).await;
    let good = claims(&access);
    let hs256 = json!({ "alg": "HS256", "typ": "JWT" });
    assert_eq!(me(&api, &sign(&hs256, &good, KEY)).await, 200);
    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        sign(&hs256, &claims, KEY)
    };
    let without = |name: &str| {
        let mut claims = good.clone();
        claims.as_object_mut().unwrap().remove(name);
        sign(&hs256, &claims, KEY)
    };
    let unknown = "0198a7f2-0000-7000-8000-000000000000";
    let forged = [
        sign(&json!({ "alg": "none", "typ": "JWT" }), &good, KEY),
        format!("{}.", sign(&json!({ "alg": "none" }), &good, KEY).rsplit_once('.').unwrap().0),
        sign(&json!({ "alg": "HS512" }), &good, KEY),
        sign(&json!({ "alg": "RS256" }), &good, KEY),
        sign(&hs256, &good, "another key of thirty-two bytes!"),
        sign(&json!({ "alg": "HS256", "jwk": { "kty": "oct", "k": "eA" } }), &good, "x"),
        access[..access.len() - 4].to_owned(),
        with("exp", json!(1)),
        with("exp", json!("4000000000")),
        with("nbf", json!(4_000_000_000_i64)),
        with("iss", json!("somebody-else")),
        with("token_type", json!("refresh")),
        with("sub", json!(unknown)),
        with("sid", json!(unknown)),
        without("exp"),
        without("jti"),
        without("token_type"),
    ];
    for (index, token) in forged.iter().enumerate() {
        assert_eq!(me(&api, token).await, 401, "forgery {index}");
    }
}

#[tokio::test]
async fn a_token_that_asks_to_be_understood_or_is_for_another_opens_no_dialect() {
    let portico = Portico::start().await;
    let api = Api::of(&portico);
    let body = json!({ "username": "cleo", "firstname": "C", "lastname": "L", "email": "cleo@example.org", "password": "Abcdef12" });
    let clark = claims(&text(&api.call("POST", "/users", "", body).await, "/token"));
    let (django, refresh) = django(&api).await;
    let (django, refresh) = (claims(&django), claims(&refresh));
    let status = async |token: &str, door: &str| match door {
        "django" => me(&api, token).await,
        "fastapi" => api.call("GET", "/users", token, Value::Null).await.status,
        _ => api.call("POST", "/users/cleo/tokens", "", json!({ "token": token })).await.status,
    };
    let plain = json!({ "alg": "HS256", "typ": "JWT" });
    for (door, good) in [("django", &django), ("fastapi", &django), ("clark", &clark)] {
        assert_eq!(status(&sign(&plain, good, KEY), door).await, 200, "{door}");
        for header in [
            json!({ "alg": "HS256", "typ": "JWT", "crit": ["exp"], "exp": 1 }),
            json!({ "alg": "HS256", "crit": [] }),
            json!({ "alg": "HS256", "crit": ["b64"], "b64": true }),
            json!({ "alg": "HS256", "b64": false }),
            json!({ "alg": "HS256", "typ": "dpop+jwt" }),
        ] {
            assert_eq!(status(&sign(&header, good, KEY), door).await, 401, "{door} {header}");
        }
        let mut other = good.clone();
        other["aud"] = "https://posts.example.org".into();
        assert_eq!(status(&sign(&plain, &other, KEY), door).await, 401, "{door}: another's audience");
        assert_eq!(status(&sign(&plain, &refresh, KEY), door).await, 401, "{door}: a refresh token");
    }
    let critical = sign(&json!({ "alg": "HS256", "crit": ["exp"], "exp": 1 }), &refresh, KEY);
    api.call("POST", "/api/users/refresh", "", json!({ "refresh": critical })).await.assert_status(401);
}

#[tokio::test]
async fn tokens_of_the_replaced_services_stay_good_under_their_own_key() {
    let key = "the old service's key";
    let settings =
        [("PORTICO_DJANGO_SECRET", key), ("PORTICO_CLARK_SECRET", "clark's old key"), ("PORTICO_REFRESH_GRACE", "0")];
    let portico = Portico::with(&settings).await;
    let api = Api::of(&portico);
    let (access, _) = django(&api).await;
    let id = claims(&access)["user_id"].clone();
    let now = portico.now().unix_timestamp();
    let old = |kind: &str, jti: &str| {
        let claims = json!({ "token_type": kind, "exp": now + 600, "iat": now + 5, "jti": jti, "user_id": id });
        sign(&json!({ "alg": "HS256", "typ": "JWT" }), &claims, key)
    };
    assert_eq!(me(&api, &old("access", "0123456789abcdef0123456789abcdef")).await, 200);
    // Another dialect does not know the key.
    api.call("GET", "/users", &access, Value::Null).await.assert_status(401);
    let refresh = json!({ "refresh": old("refresh", "fedcba9876543210fedcba9876543210") });
    let answer = api.call("POST", "/api/users/refresh", "", refresh.clone()).await;
    answer.assert_status(201);
    assert_eq!(me(&api, &text(&answer, "/access")).await, 200);
    api.call("POST", "/api/users/refresh", "", refresh).await.assert_status(401);
    assert_eq!(me(&api, &text(&answer, "/access")).await, 401);
}

#[tokio::test]
async fn a_token_of_the_replaced_service_that_names_an_account_does_not_follow_the_name() {
    let portico = Portico::start().await;
    let api = Api::of(&portico);
    portico.member("bob").await;
    let ceo = portico.member("chief").await;
    let now = portico.now().unix_timestamp();
    let said =
        json!({ "username": "chief", "aud": "chief", "iss": "bloomin_onion", "iat": now, "exp": now + 62 * 24 * 3600 });
    let token = format!("Bearer {}", sign(&json!({ "alg": "HS256", "typ": "JWT" }), &said, KEY));
    api.call("GET", "/users", &token, Value::Null).await.assert_status(200);
    let rename = async |person: &Visitor, username: &str| {
        let profile = [("name", "Somebody"), ("username", username), ("bio", ""), ("website", "")];
        person.submit("/account/profile", &profile).await.assert_leads_to("/account/profile");
    };
    rename(&ceo, "retired").await;
    // For so long no other account gets the name.
    portico.advance(Duration::from_secs(31 * 24 * 3600));
    rename(&portico.log_in("bob", PASSWORD).await, "chief").await;
    api.call("GET", "/users", &token, Value::Null).await.assert_status(401);
}

#[tokio::test]
async fn other_services_ask_about_tokens_and_end_them() {
    let key = "the old service's key";
    let settings = [("PORTICO_INTROSPECTION_SECRET", "a secret of services"), ("PORTICO_DJANGO_SECRET", key)];
    let portico = Portico::with(&settings).await;
    let api = Api::of(&portico);
    let (access, refresh) = django(&api).await;
    let form = "application/x-www-form-urlencoded";
    let body = |token: &str| format!("token={token}").into_bytes();
    let answer = api.send("POST", "/oauth/introspect", "", form, &body(&access)).await;
    assert_answer(&answer, 401, r#"{"error":"invalid_client"}"#);
    let basic = format!("Basic {}", base64::engine::general_purpose::STANDARD.encode("posts:a secret of services"));
    for (token, kind) in [(&access, "access"), (&refresh, "refresh")] {
        let answer = api.send("POST", "/oauth/introspect", &basic, form, &body(token)).await;
        assert_eq!(json(&answer)["active"], true);
        assert_eq!(json(&answer)["sub"], claims(&access)["sub"]);
        assert_eq!(json(&answer)["token_use"], kind);
    }
    // What opens no door is no token here either.
    let mut other = claims(&access);
    other["token_type"] = "id".into();
    let other = sign(&json!({ "alg": "HS256", "typ": "JWT" }), &other, key);
    assert_eq!(me(&api, &other).await, 401);
    let answer = api.send("POST", "/oauth/introspect", &basic, form, &body(&other)).await;
    assert_answer(&answer, 200, r#"{"active":false}"#);
    assert_answer(&api.send("POST", "/oauth/revoke", &basic, form, &body(&refresh)).await, 200, "");
    let answer = api.send("POST", "/oauth/introspect", &basic, form, &body(&access)).await;
    assert_answer(&answer, 200, r#"{"active":false}"#);
    assert_eq!(me(&api, &access).await, 401);
}

#[tokio::test]
async fn programs_stand_among_the_devices_and_can_be_logged_out_there() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let api = Api::of(&portico);
    let log_in = json!({ "username": "ada", "password": PASSWORD });
    let token = text(&api.call("POST", "/users/login", "", log_in).await, "/access_token");
    let page = ada.get("/account/security").await;
    let sid = claims(&token)["sid"].as_str().unwrap().to_owned();
    assert!(page.attributes("input[name=session]", "value").contains(&sid), "{}", page.text());
    ada.submit("/account/security/sessions", &[("session", &sid)]).await.assert_leads_to("/account/security");
    api.call("GET", "/users", &token, Value::Null).await.assert_status(401);
}

#[tokio::test]
async fn the_fastapi_dialect_says_of_a_token_without_a_name_that_it_names_no_account() {
    let portico = Portico::start().await;
    let api = Api::of(&portico);
    let hs256 = json!({ "alg": "HS256", "typ": "JWT" });
    let nameless = sign(&hs256, &json!({ "exp": 4_000_000_000u64, "random_number": 12_345 }), KEY);
    let answer = api.call("POST", "/users/logout", &nameless, Value::Null).await;
    assert_answer(&answer, 401, r#"{"detail":"Неверные данные для аутентификации"}"#);
}
