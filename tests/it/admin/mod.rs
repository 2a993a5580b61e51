//! The admins' pages, as admins and other visitors meet them.

mod acts;
mod edit;
mod invites;
mod links;
mod lists;

use std::time::Duration;

use bytes::Bytes;
use hyper::Method;

use crate::support::{Answer, PASSWORD, Portico, Visitor};

/// The address of a user's page, by their username.
async fn page_of(portico: &Portico, username: &str) -> String {
    let id = portico.database().id_as_text("id");
    let id = portico.database().text(&format!("select {id} from accounts where username = '{username}'")).await;
    format!("/admin/users/{id}")
}

/// What the form of a user's page sends when nothing is touched.
async fn form_of(admin: &Visitor, path: &str) -> Vec<(String, String)> {
    fields_of(&admin.get(path).await)
}

/// The same of a page at hand.
fn fields_of(page: &Answer) -> Vec<(String, String)> {
    let mut form: Vec<(String, String)> = Vec::new();
    for field in [
        "revision",
        "seen",
        "name",
        "username",
        "email",
        "role",
        "pronouns",
        "organization",
        "bio",
        "location",
        "website",
        "language",
        "time_zone",
        "note",
    ] {
        form.push((field.to_owned(), page.value(field).trim_start_matches('\n').to_owned()));
    }
    for field in ["email_confirmed", "public", "findable"] {
        if page.is_checked(field) {
            form.push((field.to_owned(), "1".to_owned()));
        }
    }
    form
}

/// Sends such a form with some fields changed.
async fn save(admin: &Visitor, path: &str, form: &[(String, String)], changes: &[(&str, &str)]) -> Answer {
    let kept = form.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let mut fields: Vec<(&str, &str)> =
        kept.filter(|(name, _)| !changes.iter().any(|(other, _)| other == name)).collect();
    fields.extend_from_slice(changes);
    admin.submit(path, &fields).await
}

/// Lets ten minutes pass, after which no session has a recent login any more.
fn let_proofs_age(portico: &Portico) {
    portico.advance(Duration::from_mins(10));
}

/// Proves who the admin is, as the page that an answer leads to asks for, and goes on to where it leads.
async fn prove(admin: &Visitor, away: &Answer) -> Answer {
    assert!(away.leads_to().starts_with("/reauth?next=%2Fadmin%2Fusers"), "{}", away.leads_to());
    let page = admin.follow(away).await;
    let next = page.value("next");
    let done = admin.submit("/reauth", &[("password", PASSWORD), ("next", &next)]).await;
    admin.follow(&done).await
}

/// The actions that the audit log tells of an account, the oldest first.
async fn log_of(portico: &Portico, username: &str) -> Vec<String> {
    let sql = format!(
        "select action from audit where subject_id = (select id from accounts where username = '{username}') \
         order by sequence"
    );
    portico.database().texts(&sql).await
}

#[tokio::test]
async fn a_client_that_is_no_admin_finds_nothing_by_any_path_and_method() {
    let portico = Portico::start().await;
    let admin = portico.admin("mira").await;
    let root = page_of(&portico, "mira").await;
    admin.get(&root).await.assert_status(200);
    let (mut paths, below) =
        (Vec::new(), ["", "/picture", "/picture/original", "/password", "/devices", "/devices/end"]);
    paths.extend(below.iter().chain(&["/disable", "/enable", "/delete"]).map(|path| format!("{root}{path}")));
    let others = ["/admin", "/admin/", "/admin/users", "/admin/users?q=a", "/admin/users/new", "/admin/users/invites"];
    let more =
        ["/admin/users/selected", "/admin/users/selected/disable", "/admin/audit", "/admin/status", "/admin/x/y"];
    paths.extend(others.iter().chain(&more).map(|path| (*path).to_owned()));
    for visitor in [portico.visitor(), portico.member("ada").await] {
        for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS] {
            let nothing = visitor.ask(method.clone(), "/nothing", &[], Bytes::new()).await;
            for path in &paths {
                let form = [("content-type", "application/x-www-form-urlencoded")];
                let answer = visitor.ask(method.clone(), path, &form, Bytes::from_static(b"role=admin")).await;
                assert_eq!(answer.status, 404, "{method} {path}");
                assert_eq!(answer.header("allow"), "", "{method} {path}");
                assert_eq!(answer.texts("h1"), nothing.texts("h1"), "{method} {path}");
                assert_eq!(answer.texts("main"), nothing.texts("main"), "{method} {path}");
            }
        }
    }
    assert_eq!(portico.database().count("accounts where is_admin").await, 1);
    assert_eq!(portico.database().count("accounts").await, 2);
}

#[tokio::test]
async fn a_token_of_an_admin_opens_none_of_it() {
    let portico = Portico::start().await;
    portico.admin("mira").await;
    let body = format!("{{\"email\":\"mira@example.org\",\"password\":\"{PASSWORD}\"}}");
    let json = [("content-type", "application/json")];
    let answer = portico.visitor().ask(Method::POST, "/api/users/login/", &json, body.into()).await;
    let tokens: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    let token = tokens["access"].as_str().expect("an access token");
    for scheme in ["JWT", "Bearer"] {
        let value = format!("{scheme} {token}");
        portico.visitor().get_with("/admin/users", &[("authorization", &value)]).await.assert_status(404);
    }
}

#[tokio::test]
async fn admins_find_their_pages_in_the_bar_above_and_no_other_user_does() {
    let portico = Portico::start().await;
    let admin = portico.admin("mira").await;
    let page = admin.get("/account").await;
    assert_eq!(page.texts(".top nav a"), ["Account", "Admin"]);
    let page = admin.get("/admin").await;
    assert_eq!(page.one(".top nav a[aria-current]"), "Admin");
    for path in ["/admin/nothing", "/admin/users/ada", "/admin/users/00000000-0000-0000-0000-000000000000", "/admin/"] {
        admin.get(path).await.assert_status(404);
    }
    let page = portico.member("ada").await.get("/account").await;
    assert_eq!(page.texts(".top nav a"), ["Account"]);
}

#[tokio::test]
async fn an_admin_who_is_one_no_more_is_out_at_once() {
    let portico = Portico::start().await;
    let (first, second) = (portico.admin("mira").await, portico.admin("grace").await);
    let path = page_of(&portico, "grace").await;
    let form = form_of(&first, &path).await;
    save(&first, &path, &form, &[("role", "member")]).await.assert_leads_to(&path);
    second.get("/admin/users").await.assert_status(404);
    assert_eq!(log_of(&portico, "grace").await.last().unwrap(), "demoted");
}
