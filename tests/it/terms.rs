//! Consent to the host application's terms of use: asked of people who open an account, and kept.

use std::io::{Cursor, Read as _};

use serde_json::{Value, json};
use zip::ZipArchive;

use crate::support::{Answer, PASSWORD, Portico, Visitor};

const TERMS: &[(&str, &str)] = &[
    ("PORTICO_TERMS_URL", "https://example.org/terms?a=1&b=2"),
    ("PORTICO_TERMS_VERSION", "2026-05"),
    ("PORTICO_PRIVACY_URL", "https://example.org/privacy"),
];

async fn sign_up(visitor: &Visitor, path: &str, username: &str, agreed: bool) -> Answer {
    let email = format!("{username}@example.org");
    let mut form = vec![("email", &*email), ("username", username), ("password", PASSWORD)];
    form.extend(agreed.then_some(("terms", "1")));
    visitor.submit(path, &form).await
}

async fn kept(portico: &Portico, username: &str) -> String {
    let sql = format!("select coalesce(terms_version, 'none') from accounts where username = '{username}'");
    portico.database().text(&sql).await
}

async fn export(portico: &Portico) -> Value {
    serde_json::from_str(portico.run(&["export"], "").assert_done().out.trim()).unwrap()
}

#[tokio::test]
async fn a_visitor_who_signs_up_agrees_to_the_terms_and_is_told_so_where_they_do_not() {
    let portico = Portico::with(TERMS).await;
    let visitor = portico.visitor();
    let page = visitor.get("/signup").await;
    let links = page.attributes(".check a", "href");
    assert_eq!(links, ["https://example.org/terms?a=1&b=2", "https://example.org/privacy"]);
    assert_eq!(page.attributes("#terms", "type"), ["checkbox"]);
    let page = sign_up(&visitor, "/signup", "ada", false).await;
    page.assert_status(422).assert_problem("terms", "Agree to the terms to open an account");
    assert!(!page.is_checked("terms"));
    let page = sign_up(&visitor, "/signup", "x", true).await;
    page.assert_status(422);
    assert!(page.is_checked("terms"), "what was ticked stays so");
    assert_eq!(portico.database().count("accounts").await, 0);
    sign_up(&visitor, "/signup", "ada", true).await.assert_leads_to("/welcome");
    assert_eq!(kept(&portico, "ada").await, "2026-05");
}

#[tokio::test]
async fn where_there_are_no_terms_there_is_no_question() {
    let portico = Portico::with(&[("PORTICO_PRIVACY_URL", "https://example.org/privacy")]).await;
    assert_eq!(portico.visitor().get("/signup").await.texts("#terms").len(), 0);
    portico.member("ada").await;
    assert_eq!(kept(&portico, "ada").await, "none");
}

#[tokio::test]
async fn the_first_admin_and_the_invited_agree_too_and_programs_are_not_asked() {
    let portico = Portico::with(TERMS).await;
    let log = portico.logged("/setup/").await;
    let rest = log.split("/setup/").nth(1).unwrap();
    let setup = format!("/setup/{}", rest.split(['"', ' ']).next().unwrap());
    let admin = portico.visitor();
    sign_up(&admin, &setup, "mira", false).await.assert_problem("terms", "Agree to the terms to open an account");
    sign_up(&admin, &setup, "mira", true).await.assert_leads_to("/welcome");
    assert_eq!(kept(&portico, "mira").await, "2026-05");
    let page = admin.submit("/admin/users/invites", &[("email", ""), ("minutes", "10080")]).await;
    let link = page.one("#link");
    let link = &link[link.find("/invite/").unwrap()..];
    let ada = portico.visitor();
    sign_up(&ada, link, "ada", false).await.assert_problem("terms", "Agree to the terms to open an account");
    sign_up(&ada, link, "ada", true).await.assert_leads_to("/welcome");
    assert_eq!(kept(&portico, "ada").await, "2026-05");
    let program = portico.visitor();
    let body = json!({"username": "robot", "email": "robot@example.org", "password": "Abcdef12"}).to_string();
    let headers = [("content-type", "application/json")];
    program.ask(hyper::Method::POST, "/users/register", &headers, body.into()).await.assert_status(200);
    assert_eq!(kept(&portico, "robot").await, "none");
}

#[tokio::test]
async fn version_and_time_stand_in_the_copy_of_ones_data_the_audit_log_the_admins_page_and_exports() {
    let portico = Portico::with(TERMS).await;
    let ada = portico.visitor();
    sign_up(&ada, "/signup", "ada", true).await.assert_leads_to("/welcome");
    let sql = "select detail from audit where action = 'signed-up'";
    let detail: Value = serde_json::from_str(&portico.database().text(sql).await).unwrap();
    assert_eq!(detail["after"]["terms"], "2026-05");
    let answer = ada.submit("/account/data/download", &[]).await;
    let mut zip = ZipArchive::new(Cursor::new(answer.body.clone())).unwrap();
    let mut account = String::new();
    zip.by_name("account.json").unwrap().read_to_string(&mut account).unwrap();
    let account: Value = serde_json::from_str(&account).unwrap();
    assert_eq!((&account["terms_version"], &account["terms_agreed_at"]), (&json!("2026-05"), &account["created_at"]));

    portico.run(&["user", "promote", "ada"], "").assert_done();
    let page = ada.get(&format!("/admin/users/{}", account["id"].as_str().unwrap())).await;
    assert!(page.texts(".facts dd").iter().any(|fact| fact.starts_with("Version 2026-05, ")), "{}", page.text());

    let record = export(&portico).await;
    assert_eq!(record["terms_version"], "2026-05");
    let other = Portico::start().await;
    other.run(&["import", "-", "--from", "portico"], &record.to_string()).assert_done();
    let again = export(&other).await;
    assert_eq!((&again["terms_version"], &again["terms_at"]), (&record["terms_version"], &record["terms_at"]));
}
