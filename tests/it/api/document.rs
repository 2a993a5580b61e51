//! The OpenAPI document, and the page that shows it.

use serde_json::{Value, json};

use crate::support::Portico;

use super::{Api, json};

#[tokio::test]
async fn every_documented_call_is_there_and_answers_as_documented() {
    let portico = Portico::start().await;
    let api = Api::of(&portico);
    let answer = api.call("GET", "/openapi.json", "", Value::Null).await;
    assert_eq!(answer.header("content-type"), "application/json");
    let document = json(&answer);
    assert_eq!(document["openapi"], "3.1.0");
    let text = document.to_string();
    for reference in text.split("\"$ref\":\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(document.pointer(reference).is_some(), "{reference}");
    }
    let mut calls = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, call) in methods.as_object().unwrap() {
            let known = call["responses"].as_object().unwrap();
            for slash in ["", "/"] {
                // JWKS has an address of its own, and a file is no folder.
                if slash == "/"
                    && (path.starts_with("/.well-known") || path.starts_with("/oauth") || path.contains("{file}"))
                {
                    continue;
                }
                let filled = path.replace("{id}", "0198a7f2-0000-7000-8000-000000000000");
                let filled = filled.replace("{username}", "nobody").replace("{file}", "nothing.jpg") + slash;
                let answer = api.call(&method.to_uppercase(), &filled, "", Value::Null).await;
                assert!(known.contains_key(&answer.status.to_string()), "{method} {filled}: {}", answer.status);
            }
            calls += 1;
        }
    }
    assert_eq!(calls, 29);
}

#[tokio::test]
async fn it_says_of_every_log_in_that_it_may_take_a_token() {
    let portico = Portico::start().await;
    let document = json(&Api::of(&portico).call("GET", "/openapi.json", "", Value::Null).await);
    for (path, lock) in [
        ("/api/users/login", "django"),
        ("/api/user/login", "django"),
        ("/users/login", "fastapi"),
        ("/users/tokens", "clark"),
    ] {
        assert_eq!(document["paths"][path]["post"]["security"], json!([{}, { lock: [] }]), "{path}");
    }
}

#[tokio::test]
async fn the_page_loads_nothing_from_elsewhere_and_runs_no_inline_script() {
    let portico = Portico::start().await;
    let visitor = portico.visitor();
    let page = visitor.get("/docs").await;
    page.assert_status(200);
    let policy = page.header("content-security-policy").to_owned();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    assert_eq!(page.texts("style, script:not([src]), [style], [onload]"), Vec::<String>::new());
    for (selector, name) in [("[src]", "src"), ("link", "href")] {
        for path in page.attributes(selector, name) {
            visitor.get(&path).await.assert_status(200);
        }
    }
}
