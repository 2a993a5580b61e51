//! Several faults of one body: each dialect tells all of them at once, in the order of the replaced service's fields.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{Portico, photo};

use super::{Api, assert_answer, json, text};

const INVALID_IMAGE: &str = "Upload a valid image. The file you uploaded was either not an image or a corrupted image.";

async fn register(api: &Api, email: &str) -> String {
    let body = json!({ "email": email, "full_name": "Somebody", "password": "Abcdef12" });
    let access = text(&api.call("POST", "/api/users/register", "", body).await, "/access");
    format!("JWT {access}")
}

/// A multipart form with a file.
fn form(fields: &[(&str, &str)], file: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        let part = format!("--x\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    let head = "--x\r\ncontent-disposition: form-data; name=\"profile_pic\"; filename=\"me.jpg\"\r\n\r\n";
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(file);
    body.extend_from_slice(b"\r\n--x--\r\n");
    body
}

const MULTIPART: &str = "multipart/form-data; boundary=x";

#[tokio::test]
async fn a_registration_is_told_of_a_taken_email_with_everything_else() {
    let portico = Portico::start().await;
    let api = Api::of(&portico);
    register(&api, "ada@example.org").await;
    for base in ["/api/users", "/api/user"] {
        let path = format!("{base}/register");
        let rows = [
            (
                json!({ "email": "ada@example.org", "full_name": "", "password": "Abcdef12" }),
                r#"{"email":["Email address already exists."],"full_name":["This field may not be blank."]}"#,
            ),
            (
                json!({ "password": null, "email": " ADA@example.org " }),
                r#"{"email":["Email address already exists."],"full_name":["This field is required."],"password":["This field may not be null."]}"#,
            ),
            (
                json!({ "password": "x", "full_name": "Ada", "profile_pic": "me.jpg", "email": "ada@example.org" }),
                r#"{"email":["Email address already exists."],"profile_pic":["The submitted data was not a file. Check the encoding type on the form."]}"#,
            ),
            // One fault of a field is enough: what is no address is no account's.
            (
                json!({ "email": "ada", "full_name": "", "password": "x" }),
                r#"{"email":["Enter a valid email address."],"full_name":["This field may not be blank."]}"#,
            ),
            (
                json!({ "email": "free@example.org", "full_name": "", "password": "x" }),
                r#"{"full_name":["This field may not be blank."]}"#,
            ),
        ];
        for (body, expected) in rows {
            let answer = api.call("POST", &path, "", body.clone()).await;
            assert_eq!((answer.status, answer.text().as_str()), (400, expected), "{path} {body}");
        }
        let body = form(&[("password", " "), ("email", "ada@example.org")], b"no picture");
        let expected = format!(
            r#"{{"email":["Email address already exists."],"full_name":["This field is required."],"profile_pic":["{INVALID_IMAGE}"],"password":["This field may not be blank."]}}"#
        );
        assert_answer(&api.send("POST", &path, "", MULTIPART, &body).await, 400, &expected);
    }
    assert_eq!(portico.database().count("accounts").await, 1);
}

#[tokio::test]
async fn an_update_is_told_of_a_taken_email_with_everything_else() {
    let portico = Portico::start().await;
    let api = Api::of(&portico);
    let jwt = register(&api, "ada@example.org").await;
    register(&api, "bob@example.org").await;
    let long = "x".repeat(129);
    for base in ["/api/users", "/api/user"] {
        let path = format!("{base}/update");
        let rows = [
            (
                json!({ "password": long, "email": "bob@example.org", "full_name": null }),
                r#"{"email":["user with this email already exists."],"full_name":["This field may not be null."],"password":["Ensure this field has no more than 128 characters."]}"#,
            ),
            // One's own is no other account's.
            (
                json!({ "email": "Ada@example.org", "full_name": "" }),
                r#"{"full_name":["This field may not be blank."]}"#,
            ),
        ];
        for (body, expected) in rows {
            let answer = api.call("PUT", &path, &jwt, body.clone()).await;
            assert_eq!((answer.status, answer.text().as_str()), (400, expected), "{path} {body}");
        }
        let body = form(&[("email", "bob@example.org")], b"no picture");
        let expected =
            format!(r#"{{"email":["user with this email already exists."],"profile_pic":["{INVALID_IMAGE}"]}}"#);
        assert_answer(&api.send("PUT", &path, &jwt, MULTIPART, &body).await, 400, &expected);
    }
    assert_eq!(portico.database().count("events where kind = 'user.updated'").await, 0);
}

#[tokio::test]
async fn where_no_visitor_may_register_no_fault_is_told() {
    let portico = Portico::with(&[("PORTICO_SIGNUP", "closed")]).await;
    let api = Api::of(&portico);
    let denied = r#"{"detail":"You do not have permission to perform this action."}"#;
    for base in ["/api/users", "/api/user"] {
        let answer = api.call("POST", &format!("{base}/register"), "", json!({ "email": "ada@example.org" })).await;
        assert_answer(&answer, 403, denied);
    }
}

#[tokio::test]
async fn other_faults_are_no_way_around_the_limit_of_taken_names() {
    let portico = Portico::start().await;
    let emails: Vec<String> = (0..21).map(|number| format!("person{number}@example.org")).collect();
    let api = Api::of(&portico);
    let tokens = join_all(emails.iter().map(|email| register(&api, email))).await;
    let update = async |email: &str| {
        api.call("PUT", "/api/users/update", &tokens[0], json!({ "email": email, "full_name": "" })).await
    };
    for email in &emails[1..11] {
        assert!(json(update(email).await.assert_status(400)).get("email").is_some(), "{email}");
    }
    for email in ["person11@example.org", "free@example.org"] {
        update(email).await.assert_status(429);
    }
    let ask = async |email: &str| {
        api.call("POST", "/api/user/register", "", json!({ "email": email, "full_name": "" })).await
    };
    for email in &emails[11..] {
        assert!(json(ask(email).await.assert_status(400)).get("email").is_some(), "{email}");
    }
    for email in ["person0@example.org", "free@example.org"] {
        ask(email).await.assert_status(429);
    }
    // What asks for no address is answered as ever.
    ask("").await.assert_status(400);
}

#[tokio::test]
async fn fastapi_tells_faults_in_the_order_of_its_model() {
    let portico = Portico::start().await;
    let api = Api::of(&portico);
    let fields = |answer: &crate::support::Answer| -> Vec<String> {
        let problems = json(answer)["detail"].as_array().unwrap().clone();
        problems.iter().map(|problem| problem["loc"][1].as_str().unwrap().to_owned()).collect()
    };
    let wrong = json!({ "email": "x", "password": "x", "username": "x", "current_password": 7 });
    for body in [json!({ "unknown": 1 }), wrong.clone()] {
        let answer = api.call("POST", "/users/register", "", body).await;
        assert_eq!(fields(answer.assert_status(422)), ["username", "password", "email"]);
    }
    let answer = api.call("POST", "/users/login", "", json!({ "unknown": 1 })).await;
    assert_eq!(fields(answer.assert_status(422)), ["username", "password"]);
    let ada = json!({ "username": "ada", "email": "ada@example.org", "password": "Abcdef1" });
    let token = text(&api.call("POST", "/users/register", "", ada).await, "/access_token");
    let answer = api.call("PUT", "/users", &token, json!({ "unknown": 1 })).await;
    assert_eq!(fields(answer.assert_status(422)), ["password", "email"]);
    let answer = api.call("PUT", "/users", &token, wrong).await;
    assert_eq!(fields(answer.assert_status(422)), ["password", "email", "current_password"]);
}

#[tokio::test]
async fn an_update_with_a_picture_is_one_change() {
    let portico = Portico::start().await;
    let api = Api::of(&portico);
    let jwt = register(&api, "ada@example.org").await;
    register(&api, "bob@example.org").await;
    let send = async |jwt: &str, fields: &[(&str, &str)], picture: &[u8]| {
        api.send("PUT", "/api/users/update", jwt, MULTIPART, &form(fields, picture)).await
    };
    send(&jwt, &[("full_name", "Ada Lovelace")], &photo::jpeg(200, 100)).await.assert_status(200);
    assert_eq!(portico.database().count("events where kind = 'user.updated'").await, 1);
    let first = portico.picture_files();
    // Nothing of it is done where some of it cannot be.
    let taken = send(&jwt, &[("email", "bob@example.org"), ("full_name", "Other")], &photo::jpeg(100, 100)).await;
    assert_answer(&taken, 400, r#"{"email":["user with this email already exists."]}"#);
    let wrong = [("full_name", "Other"), ("current_password", "Abcdef99")];
    let wrong = send(&jwt, &wrong, &photo::jpeg(100, 100)).await;
    assert_answer(&wrong, 400, r#"{"current_password":["Invalid password."]}"#);
    assert_eq!(portico.picture_files(), first);
    let me = api.call("GET", "/api/users/me", &jwt, Value::Null).await;
    assert_eq!(text(&me, "/full_name"), "Ada Lovelace");
    // Another picture, name and password together: one event, and no file of the first picture is left.
    let all = [("full_name", "Ada King"), ("password", "Another-12"), ("current_password", "Abcdef12")];
    let answer = send(&jwt, &all, &photo::jpeg(120, 90)).await;
    assert_ne!(text(answer.assert_status(200), "/profile_pic"), text(&me, "/profile_pic"));
    assert_eq!(portico.database().count("events where kind = 'user.updated'").await, 2);
    assert!(portico.picture_files().iter().all(|file| !first.contains(file)));
    api.call("GET", "/api/users/me", &jwt, Value::Null).await.assert_status(401);
    let login = json!({ "email": "ada@example.org", "password": "Another-12" });
    let jwt = format!("JWT {}", text(&api.call("POST", "/api/users/login", "", login).await, "/access"));
    let removal = json!({ "full_name": "Ada", "profile_pic": null });
    assert_eq!(json(&api.call("PUT", "/api/users/update", &jwt, removal).await)["profile_pic"], Value::Null);
    assert_eq!(portico.database().count("events where kind = 'user.updated'").await, 3);
    assert_eq!(portico.picture_files(), Vec::<std::path::PathBuf>::new());
}
