//! The name beside a password, for password managers: the one that they saved, so that another password replaces theirs.

use serde_json::json;

use crate::api::Api;
use crate::support::{PASSWORD, Portico, Visitor};

/// What stands in the hidden field of every form that has it, on the pages of a user who is logged in.
async fn names(visitor: &Visitor) -> [String; 2] {
    [visitor.get("/account/security").await.value("username"), visitor.get("/reauth").await.value("username")]
}

/// The same after a wrong password, which shows each page again.
async fn names_after_mistakes(visitor: &Visitor) -> [String; 2] {
    let change = [("current", "not this one"), ("new", "short")];
    let reauth = [("password", "not this one")];
    [
        visitor.submit("/account/security/password", &change).await.assert_status(422).value("username"),
        visitor.submit("/reauth", &reauth).await.assert_status(422).value("username"),
    ]
}

/// A link that sets the password of a user, once.
async fn reset_link(portico: &Portico, admin: &Visitor, email: &str) -> String {
    let id = portico.database().id_as_text("id");
    let id = portico.database().text(&format!("select {id} from accounts where email = '{email}'")).await;
    let page = admin.submit(&format!("/admin/users/{id}/password"), &[("minutes", "30")]).await;
    let link = page.assert_status(201).one("#link");
    link[link.find("/password/").unwrap()..].to_owned()
}

#[tokio::test]
async fn after_a_sign_up_it_is_the_username_that_browsers_saved() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    assert_eq!(names(&ada).await, ["ada", "ada"]);
    assert_eq!(names_after_mistakes(&ada).await, ["ada", "ada"]);
}

#[tokio::test]
async fn after_a_log_in_it_is_what_was_typed() {
    let portico = Portico::start().await;
    portico.member("ada").await;
    for typed in ["ada", "ADA", "ada@example.org", "Ada@Example.org"] {
        let browser = portico.log_in(typed, PASSWORD).await;
        assert_eq!(names(&browser).await, [typed, typed]);
        assert_eq!(names_after_mistakes(&browser).await, [typed, typed]);
        // A proof changes the session's id and nothing of it.
        browser.submit("/reauth", &[("password", PASSWORD), ("next", "/account")]).await.assert_leads_to("/account");
        assert_eq!(names(&browser).await, [typed, typed]);
    }
}

#[tokio::test]
async fn what_was_typed_counts_while_it_is_a_name_of_the_account() {
    let portico = Portico::start().await;
    portico.member("ada").await;
    let browser = portico.log_in("ada@example.org", PASSWORD).await;
    let change = [("email", "new@example.org")];
    browser.submit("/account/email/address", &change).await.assert_leads_to("/account/email");
    assert_eq!(names(&browser).await, ["ada", "ada"]);
    let browser = portico.log_in("ada", PASSWORD).await;
    browser.submit("/account/profile", &[("username", "countess")]).await.assert_leads_to("/account/profile");
    assert_eq!(names(&browser).await, ["countess", "countess"]);
}

#[tokio::test]
async fn an_account_without_a_username_goes_by_its_email() {
    let portico = Portico::start().await;
    let admin = portico.admin("mira").await;
    let body = json!({ "email": "bob@example.org", "full_name": "Bob", "password": PASSWORD });
    Api::of(&portico).call("POST", "/api/users/register", "", body).await.assert_status(200);
    let browser = portico.log_in("BOB@example.org", PASSWORD).await;
    assert_eq!(names(&browser).await, ["BOB@example.org", "BOB@example.org"]);
    let link = reset_link(&portico, &admin, "bob@example.org").await;
    assert_eq!(portico.visitor().get(&link).await.value("username"), "bob@example.org");
}

#[tokio::test]
async fn a_password_link_shows_it_too_to_whom_it_is_known() {
    let portico = Portico::start().await;
    let admin = portico.admin("mira").await;
    portico.member("ada").await;
    let link = reset_link(&portico, &admin, "ada@example.org").await;
    let by_email = portico.log_in("ada@example.org", PASSWORD).await;
    for (browser, name) in [(&portico.visitor(), "ada"), (&by_email, "ada@example.org"), (&admin, "ada")] {
        assert_eq!(browser.get(&link).await.value("username"), name);
        let again = browser.submit(&link, &[("password", "short")]).await;
        assert_eq!(again.assert_status(422).value("username"), name);
    }
}
