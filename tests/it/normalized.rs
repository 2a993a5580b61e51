//! Passwords and usernames whose letters some keyboards write as one character and others as two.

use serde_json::json;

use crate::api::Api;
use crate::support::{PASSWORD, Portico, Visitor, user};

/// The same text as one keyboard writes it and as another does.
const COMPOSED: &str = "zw\u{f6}lf gr\u{fc}ne V\u{f6}gel";
const DECOMPOSED: &str = "zwo\u{308}lf gru\u{308}ne Vo\u{308}gel";

async fn log_in(visitor: &Visitor, password: &str) -> u16 {
    visitor.submit("/login", &[("login", "ada"), ("password", password)]).await.status
}

async fn hash(portico: &Portico) -> String {
    portico.database().text("select password_hash from accounts where username = 'ada'").await
}

#[tokio::test]
async fn a_password_is_the_same_however_its_letters_are_composed_at_every_door() {
    let portico = Portico::start().await;
    let api = Api::of(&portico);
    for (set, typed) in [(COMPOSED, DECOMPOSED), (DECOMPOSED, COMPOSED)] {
        portico.member("ada").await;
        portico.run(&["user", "set-password", "ada"], &format!("{set}\n")).assert_done();
        let ada = portico.log_in("ada", typed).await;
        let before = hash(&portico).await;
        for (path, body) in [
            ("/api/users/login", json!({ "email": "ada@example.org", "password": typed })),
            ("/api/user/login", json!({ "email": "ada@example.org", "password": typed })),
            ("/users/login", json!({ "username": "ada", "password": typed })),
            ("/users/tokens", json!({ "username": "ada", "password": typed })),
        ] {
            api.call("POST", path, "", body).await.assert_status(200);
        }
        assert_eq!(portico.caller().says("Verify", user("ada", typed, "", "")).await.0, 200);
        // Setting what it is already, is no change, and ends nothing.
        assert_eq!(portico.caller().says("UpdatePassword", user("ada", typed, "", "")).await.0, 200);
        assert_eq!(hash(&portico).await, before);
        ada.submit("/account/security/password", &[("current", typed), ("new", set)])
            .await
            .assert_leads_to("/account/security");
        assert_eq!(hash(&portico).await, before);
        ada.submit("/reauth", &[("password", typed), ("next", "/account/delete")])
            .await
            .assert_leads_to("/account/delete");
        ada.submit("/account/security/password", &[("current", typed), ("new", PASSWORD)])
            .await
            .assert_leads_to("/account/security");
        ada.submit("/account/security/password", &[("current", PASSWORD), ("new", typed)])
            .await
            .assert_leads_to("/account/security");
        assert_eq!(log_in(&portico.visitor(), set).await, 303);
        ada.submit("/account/delete", &[("confirm", "ada")]).await.assert_leads_to("/goodbye");
    }
    for (name, set, typed) in [("ada", DECOMPOSED, COMPOSED), ("bea", COMPOSED, DECOMPOSED)] {
        let form =
            [("email", format!("{name}@example.org")), ("username", name.to_owned()), ("password", set.to_owned())];
        let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        portico.visitor().submit("/signup", &form).await.assert_leads_to("/welcome");
        portico.log_in(name, typed).await;
    }
    let body = json!({ "email": "cat@example.org", "full_name": "C", "password": DECOMPOSED });
    api.call("POST", "/api/users/register", "", body).await.assert_status(200);
    portico.log_in("cat@example.org", COMPOSED).await;
    assert_eq!(portico.caller().says("Create", user("dan", DECOMPOSED, "D", "D")).await.0, 201);
    portico.log_in("dan", COMPOSED).await;
}

#[tokio::test]
async fn a_password_that_was_hashed_as_it_was_typed_opens_once_more_and_is_hashed_anew() {
    let portico = Portico::start().await;
    portico.member("ada").await;
    for stored in [
        bcrypt::hash_with_salt(DECOMPOSED, 4, [7; 16]).unwrap().to_string(),
        // Argon2id of the decomposed text, with the parameters that this program has always used.
        argon2_of(DECOMPOSED),
    ] {
        portico.database().execute(&format!("update accounts set password_hash = '{stored}'")).await;
        assert_eq!(log_in(&portico.visitor(), COMPOSED).await, 422);
        assert_eq!(hash(&portico).await, stored);
        assert_eq!(log_in(&portico.visitor(), DECOMPOSED).await, 303);
        let renewed = hash(&portico).await;
        assert!(renewed.starts_with("$argon2id$v=19$m=19456,t=2,p=1$") && renewed != stored, "{renewed}");
        for typed in [COMPOSED, DECOMPOSED] {
            assert_eq!(log_in(&portico.visitor(), typed).await, 303);
        }
        assert_eq!(hash(&portico).await, renewed);
    }
}

fn argon2_of(text: &str) -> String {
    use argon2::password_hash::CustomizedPasswordHasher as _;
    let params = argon2::Params::DEFAULT;
    let hash = argon2::Argon2::default().hash_password_customized(text.as_bytes(), &[7; 16], None, None, params);
    hash.unwrap().to_string()
}

#[tokio::test]
async fn a_wrong_password_in_two_spellings_is_one_try() {
    let portico = Portico::start().await;
    portico.member("ada").await;
    let stranger = portico.visitor();
    for _ in 0..10 {
        assert_eq!(log_in(&stranger, DECOMPOSED).await, 422);
    }
    assert_eq!(log_in(&stranger, DECOMPOSED).await, 429);
}

#[tokio::test]
async fn a_username_in_any_script_is_taken_with_its_marks_and_found_in_either_form() {
    let portico = Portico::with(&[("PORTICO_RATE_LIMITS", "off")]).await;
    for (number, name) in ["हिन्दी", "ไทยแลนด์", "தமிழ்", "नवीन", "zoe\u{308}"].into_iter().enumerate()
    {
        let email = format!("person{number}@example.org");
        let form = [("email", email.as_str()), ("username", name), ("password", PASSWORD)];
        portico.visitor().submit("/signup", &form).await.assert_leads_to("/welcome");
        let browser = portico.log_in(name, PASSWORD).await;
        assert!(browser.get("/account").await.one("h1").starts_with("Hello, "), "{name}");
    }
    portico.log_in("zo\u{eb}", PASSWORD).await;
    assert_eq!(portico.database().count("accounts where username = 'zo\u{eb}'").await, 1);
    let form = [("email", "other@example.org"), ("username", "zo\u{eb}"), ("password", PASSWORD)];
    portico.visitor().submit("/signup", &form).await.assert_status(409);
    for stray in ["a_\u{301}da", "1\u{20e3}ada", "\u{301}ada"] {
        let form = [("email", "other@example.org"), ("username", stray), ("password", PASSWORD)];
        portico.visitor().submit("/signup", &form).await.assert_status(422);
    }
}
