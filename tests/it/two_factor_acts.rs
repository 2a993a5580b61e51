//! What an account with a second factor is asked for before an act that counts: a browser that is trusted at log-ins,
//! and the password alone, are trusted with none of them.

use std::time::Duration;

use serde_json::Value;

use crate::account::setup_link;
use crate::support::{Authenticator, PASSWORD, Portico, Visitor, begin, verify};

/// A browser that is logged in by the password alone, since it is trusted with the account.
async fn trusted(portico: &Portico, app: &Authenticator, login: &str) -> Visitor {
    let visitor = begin(portico, login, PASSWORD).await;
    let fields = [("second_factor", app.code(portico, 0)), ("trust", "1".to_owned())];
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    visitor.submit("/login/verify", &fields).await.assert_leads_to("/account");
    visitor.submit("/logout", &[]).await;
    visitor.submit("/login", &[("login", login), ("password", PASSWORD)]).await.assert_leads_to("/account");
    portico.advance(Duration::from_secs(60));
    visitor
}

/// Proves it is their owner, by password and code, and goes where that leads.
async fn proved(portico: &Portico, visitor: &Visitor, app: &Authenticator, next: &str) {
    let alone = visitor.submit("/reauth", &[("next", next), ("password", PASSWORD)]).await;
    alone.assert_status(422).assert_problem("second_factor", "Enter a code");
    let code = app.code(portico, 0);
    let proof = [("next", next), ("password", PASSWORD), ("second_factor", &code)];
    visitor.submit("/reauth", &proof).await.assert_leads_to(next);
}

/// The admins' page about an account.
fn page_of(portico: &Portico, username: &str) -> String {
    let shown: Value = serde_json::from_str(&portico.run(&["user", "show", username], "").assert_done().out).unwrap();
    format!("/admin/users/{}", shown["id"].as_str().unwrap())
}

/// An act: the page that is shown after the proof, where it is sent, and what with.
type Act = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

const OWN: [Act; 9] = [
    ("/account/email/address", "/account/email/address", &[("email", "ada.king@example.org")]),
    ("/account/data", "/account/data/download", &[]),
    ("/account/delete", "/account/delete", &[("confirm", "ada")]),
    ("/account/app-passwords", "/account/app-passwords", &[("label", "Mail"), ("expires", "90")]),
    ("/account/security/two-factor/app", "/account/security/two-factor/app", &[("second_factor", "123456")]),
    ("/account/security/two-factor", "/account/security/two-factor/recovery", &[]),
    ("/account/security/passkeys/add", "/account/security/passkeys/add", &[("name", "Phone"), ("passkey", "{}")]),
    ("/account/security/passkeys/add-key", "/account/security/passkeys/add-key", &[("passkey", "{}")]),
    ("/account/security", "/account/security/password", &[("current", PASSWORD), ("new", "eleven loud herons")]),
];

#[tokio::test]
async fn each_act_of_a_users_own_asks_for_both_factors() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let app = Authenticator::turn_on(&portico, &ada).await;
    let visitor = trusted(&portico, &app, "ada").await;
    let before = portico.database().text("select generation || ' ' || email from accounts").await;
    for (next, path, fields) in OWN {
        let asked = visitor.submit(path, fields).await;
        let reauth = url::form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish();
        asked.assert_leads_to(&format!("/reauth?{reauth}"));
    }
    assert_eq!(portico.database().text("select generation || ' ' || email from accounts").await, before);
    assert_eq!(portico.database().count("app_passwords").await, 0);
    proved(&portico, &visitor, &app, "/account/security").await;
    let changed = visitor.submit("/account/security/password", &[("current", PASSWORD), ("new", "eleven loud herons")]);
    changed.await.assert_leads_to("/account/security");
}

#[tokio::test]
async fn the_page_asks_for_both_factors_before_a_password_is_typed() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let app = Authenticator::turn_on(&portico, &ada).await;
    let visitor = trusted(&portico, &app, "ada").await;
    let page = visitor.get("/account/security").await;
    assert!(page.attributes("#new", "name").is_empty());
    assert!(page.attributes("main a", "href").contains(&"/reauth?next=%2Faccount%2Fsecurity".to_owned()));
    proved(&portico, &visitor, &app, "/account/security").await;
    assert_eq!(visitor.get("/account/security").await.attribute("#new", "name"), "new");
}

#[tokio::test]
async fn each_act_of_an_admin_asks_for_both_factors() {
    let portico = Portico::start().await;
    let mira = portico.admin("mira").await;
    let bob = portico.member("bob").await;
    let app = Authenticator::turn_on(&portico, &mira).await;
    Authenticator::turn_on(&portico, &bob).await;
    let visitor = trusted(&portico, &app, "mira").await;
    let page = page_of(&portico, "bob");
    for (path, fields) in [
        ("", &[("username", "bob"), ("role", "admin")][..]),
        ("/password", &[("do", "link")]),
        ("/disable", &[("reason", "Left")]),
        ("/delete", &[("confirm", "bob")]),
        ("/two-factor", &[("reason", "Lost")]),
        ("/devices/end", &[]),
    ] {
        let asked = visitor.submit(&format!("{page}{path}"), fields).await;
        assert!(asked.leads_to().starts_with("/reauth?"), "{path}: {} {}", asked.status, asked.leads_to());
    }
    for path in ["/admin/users/new", "/admin/users/invites"] {
        let asked = visitor.submit(path, &[("email", "new@example.org"), ("username", "new")]).await;
        assert!(asked.leads_to().starts_with("/reauth?"), "{path}: {} {}", asked.status, asked.leads_to());
    }
    let asked = visitor.get("/admin/audit.csv").await;
    assert!(asked.leads_to().starts_with("/reauth?"), "{}", asked.status);
    assert_eq!(portico.database().count("accounts where two_factor and status = 'active'").await, 2);
}

#[tokio::test]
async fn the_right_password_once_more_leads_no_further_than_the_second_step() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let app = Authenticator::turn_on(&portico, &ada).await;
    let visitor = portico.visitor();
    let log_in = [("login", "ada"), ("password", PASSWORD)];
    // The button is pressed twice.
    for _ in 0..2 {
        visitor.submit("/login", &log_in).await.assert_leads_to("/login/verify");
    }
    visitor.get("/account").await.assert_leads_to("/login?next=%2Faccount");
    verify(&visitor, &app.code(&portico, 0)).await.assert_leads_to("/account");
    visitor.get("/account").await.assert_status(200);
}

#[tokio::test]
async fn a_setup_link_needs_both_factors_of_an_account_that_is_there() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let app = Authenticator::turn_on(&portico, &ada).await;
    let link = setup_link(&portico).await;
    let visitor = begin(&portico, "ada", PASSWORD).await;
    visitor.submit(&link, &[]).await;
    assert_eq!(portico.database().count("accounts where is_admin").await, 0);
    verify(&visitor, &app.code(&portico, 0)).await.assert_leads_to("/account");
    visitor.submit(&link, &[]).await.assert_leads_to("/account");
    assert_eq!(portico.database().count("accounts where is_admin").await, 1);
}

#[tokio::test]
async fn a_password_set_at_the_command_line_leaves_the_factors() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let app = Authenticator::turn_on(&portico, &ada).await;
    portico.run(&["user", "set-password", "ada"], "nineteen calm badgers").assert_done();
    let visitor = begin(&portico, "ada", "nineteen calm badgers").await;
    verify(&visitor, &app.code(&portico, 0)).await.assert_leads_to("/account");
}

#[tokio::test]
async fn an_admins_link_for_another_password_asks_for_the_second_factor() {
    let portico = Portico::start().await;
    let mira = portico.admin("mira").await;
    let ada = portico.member("ada").await;
    let app = Authenticator::turn_on(&portico, &ada).await;
    let page = format!("{}/password", page_of(&portico, "ada"));
    let link = mira.submit(&page, &[]).await.one("#link");
    let link = &link[link.find("/password/reset/").unwrap()..];
    let visitor = portico.visitor();
    let alone = visitor.submit(link, &[("password", "nineteen calm badgers")]).await;
    alone.assert_status(422).assert_problem("second_factor", "Enter a code");
    let code = app.code(&portico, 0);
    let both = [("password", "nineteen calm badgers"), ("second_factor", code.as_str())];
    visitor.submit(link, &both).await.assert_status(303);
    begin(&portico, "ada", "nineteen calm badgers").await;
}
