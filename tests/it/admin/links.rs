//! Links that set a password once, and accounts opened for others.

use std::time::Duration;

use crate::support::{Answer, PASSWORD, Portico, Visitor};

use super::{log_of, page_of};

const NEW: &str = "eleven purple kettles";

/// The path of the link that a page shows once.
#[track_caller]
fn link(page: &Answer) -> String {
    page.assert_status(201);
    let link = page.one("#link");
    assert!(link.starts_with("http"), "{link}");
    let (_, path) = link.split_once("//").unwrap();
    path[path.find('/').unwrap()..].to_owned()
}

async fn make(admin: &Visitor, path: &str, minutes: &str) -> String {
    link(&admin.submit(&format!("{path}/password"), &[("minutes", minutes)]).await)
}

#[track_caller]
fn assert_bad(page: &Answer) {
    page.assert_status(404);
    assert_eq!(page.one("h1"), "This link is no longer good");
}

#[tokio::test]
async fn a_link_sets_the_password_once_and_ends_everything_before() {
    let portico = Portico::start().await;
    let admin = portico.admin("mira").await;
    let ada = portico.member("ada").await;
    let path = page_of(&portico, "ada").await;
    let link = make(&admin, &path, "30").await;
    let visitor = portico.visitor();
    let page = visitor.get(&link).await;
    page.assert_status(200);
    assert_eq!(page.header("referrer-policy"), "same-origin");
    assert_eq!(page.header("cache-control"), "no-store");
    // Opening it changes nothing.
    ada.get("/account").await.assert_status(200);
    visitor.submit(&link, &[("password", "short")]).await.assert_status(422);
    let done = visitor.submit(&link, &[("password", NEW)]).await;
    visitor
        .follow(done.assert_leads_to("/login"))
        .await
        .assert_flash("Your password is changed. Log in with the new one.");
    ada.get("/account").await.assert_status(303);
    visitor.submit("/login", &[("login", "ada"), ("password", PASSWORD)]).await.assert_status(422);
    portico.log_in("ada", NEW).await;
    assert_bad(&visitor.get(&link).await);
    assert_bad(&visitor.submit(&link, &[("password", PASSWORD)]).await);
    portico.log_in("ada", NEW).await;
    let log = log_of(&portico, "ada").await;
    assert!(log.contains(&"password-link-made".to_owned()) && log.contains(&"password-changed".to_owned()), "{log:?}");
    let kept = portico.database().count("links where purpose = 'password' and ended_as is null").await;
    assert_eq!(kept, 0, "what is kept of a link that was used is that it was");
}

#[tokio::test]
async fn of_two_who_use_a_link_at_once_one_sets_the_password() {
    let portico = Portico::start().await;
    let admin = portico.admin("mira").await;
    portico.member("ada").await;
    let link = make(&admin, &page_of(&portico, "ada").await, "30").await;
    let (first, second) = (portico.visitor(), portico.visitor());
    let (one, other) =
        tokio::join!(first.submit(&link, &[("password", NEW)]), second.submit(&link, &[("password", NEW)]));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 404]);
}

#[tokio::test]
async fn a_link_is_good_for_a_while_and_only_the_last_one() {
    let portico = Portico::start().await;
    let admin = portico.admin("mira").await;
    portico.member("ada").await;
    let path = page_of(&portico, "ada").await;
    let first = make(&admin, &path, "30").await;
    let second = make(&admin, &path, "1440").await;
    assert_bad(&portico.visitor().get(&first).await);
    portico.advance(Duration::from_mins(1_430));
    portico.visitor().get(&second).await.assert_status(200);
    portico.advance(Duration::from_mins(10));
    assert_bad(&portico.visitor().get(&second).await);
    assert_bad(&portico.visitor().submit(&second, &[("password", NEW)]).await);
    assert_bad(&portico.visitor().get("/password/reset/no-such-token").await);
    assert_bad(&portico.visitor().get("/invite/no-such-token").await);
    portico.log_in("ada", PASSWORD).await;
}

#[tokio::test]
async fn a_link_dies_with_the_right_to_use_it() {
    let portico = Portico::start().await;
    let admin = portico.admin("mira").await;
    let ada = portico.member("ada").await;
    let path = page_of(&portico, "ada").await;
    let link = make(&admin, &path, "30").await;
    admin.submit(&format!("{path}/disable"), &[]).await.assert_status(303);
    assert_bad(&portico.visitor().submit(&link, &[("password", NEW)]).await);
    admin.submit(&format!("{path}/password"), &[("minutes", "30")]).await.assert_leads_to(&path);
    admin.submit(&format!("{path}/enable"), &[]).await.assert_status(303);
    assert_bad(&portico.visitor().get(&link).await);
    drop(ada);
    let ada = portico.log_in("ada", PASSWORD).await;
    let link = make(&admin, &path, "30").await;
    let change = [("current", PASSWORD), ("new", "nine quick lanterns")];
    ada.submit("/account/security/password", &change).await.assert_status(303);
    assert_bad(&portico.visitor().get(&link).await);
    let link = make(&admin, &path, "30").await;
    admin.submit(&format!("{path}/delete"), &[("confirm", "ada")]).await.assert_status(303);
    assert_bad(&portico.visitor().get(&link).await);
}

#[tokio::test]
async fn an_account_is_opened_for_a_user_by_link_or_with_a_password() {
    let portico = Portico::with(&[("PORTICO_SIGNUP", "closed")]).await;
    portico
        .run(
            &["user", "create", "--username", "mira", "--email", "mira@example.org", "--admin"],
            &format!("{PASSWORD}\n"),
        )
        .assert_done();
    let admin = portico.log_in("mira", PASSWORD).await;
    let there = "/admin/users/new";
    let page = admin.submit(there, &[("name", "Ada"), ("username", "ada"), ("role", "member"), ("way", "link")]).await;
    let link = link(&page);
    let visitor = portico.visitor();
    // No log-in is possible before the password is set.
    visitor.submit("/login", &[("login", "ada"), ("password", NEW)]).await.assert_status(422);
    visitor.submit(&link, &[("password", NEW)]).await.assert_leads_to("/login");
    portico.log_in("ada", NEW).await.get("/admin/users").await.assert_status(404);
    let fields = [("email", "grace@example.org"), ("role", "admin"), ("way", "password"), ("password", NEW)];
    let done = admin.submit(there, &fields).await;
    done.assert_status(303);
    admin.follow(&done).await.assert_flash("grace@example.org can log in now.");
    portico.log_in("grace@example.org", NEW).await.get("/admin/users").await.assert_status(200);
    let page = admin.submit(there, &[("username", "ADA"), ("way", "link")]).await;
    page.assert_status(409).assert_problem("username", "This username is taken. Try ADA-2");
    let page = admin.submit(there, &[("way", "link")]).await;
    page.assert_status(422).assert_problem("username", "Enter a username");
    let page = admin.submit(there, &[("username", "bob"), ("way", "password"), ("password", "short")]).await;
    page.assert_status(422).assert_problem("password", "Your password must be 12 characters or longer");
    assert_eq!(log_of(&portico, "ada").await[0], "created");
}
