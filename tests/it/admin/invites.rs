//! Invitations: made, used, run out, withdrawn.

use std::time::Duration;

use crate::support::{Answer, PASSWORD, Portico, Visitor};

const THERE: &str = "/admin/users/invites";

async fn closed() -> (Portico, Visitor) {
    let portico = Portico::with(&[("PORTICO_SIGNUP", "closed")]).await;
    let user = ["user", "create", "--username", "mira", "--email", "mira@example.org", "--admin"];
    portico.run(&user, &format!("{PASSWORD}\n")).assert_done();
    let admin = portico.log_in("mira", PASSWORD).await;
    (portico, admin)
}

async fn invite(admin: &Visitor, email: &str) -> String {
    let page = admin.submit(THERE, &[("email", email), ("minutes", "10080")]).await;
    page.assert_status(201);
    let link = page.one("#link");
    link[link.find("/invite/").unwrap()..].to_owned()
}

#[track_caller]
fn assert_bad(page: &Answer) {
    page.assert_status(404);
    assert_eq!(page.one("h1"), "This link is no longer good");
}

fn form<'f>(username: &'f str, email: &'f str) -> [(&'static str, &'f str); 3] {
    [("email", email), ("username", username), ("password", PASSWORD)]
}

#[tokio::test]
async fn an_invited_visitor_opens_an_account_though_no_other_may_and_only_once() {
    let (portico, admin) = closed().await;
    let link = invite(&admin, "ada@example.org").await;
    let visitor = portico.visitor();
    visitor.submit("/signup", &form("bob", "bob@example.org")).await.assert_status(403);
    let page = visitor.get(&link).await;
    page.assert_status(200);
    assert_eq!(page.value("email"), "ada@example.org");
    assert_eq!(page.header("referrer-policy"), "same-origin");
    let page = visitor.submit(&link, &form("mira", "ada@example.org")).await;
    page.assert_status(409).assert_problem("username", "This username is taken. Try mira-2");
    visitor.submit(&link, &form("ada", "ada@example.org")).await.assert_leads_to("/welcome");
    visitor.get("/account").await.assert_status(200);
    visitor.get("/admin/users").await.assert_status(404);
    assert_bad(&portico.visitor().get(&link).await);
    assert_bad(&portico.visitor().submit(&link, &form("eve", "eve@example.org")).await);
    // Pressed twice by the same person, it ends logged in both times.
    portico.visitor().submit(&link, &form("ada", "ada@example.org")).await.assert_leads_to("/welcome");
    assert_eq!(portico.database().count("accounts").await, 2);
    assert_eq!(admin.get(THERE).await.texts(".items li").len(), 0);
}

#[tokio::test]
async fn of_two_who_use_one_invitation_at_once_one_gets_an_account() {
    let (portico, admin) = closed().await;
    let link = invite(&admin, "").await;
    let (one, other) = (portico.visitor(), portico.visitor());
    let (ada, bob) = (form("ada", "ada@example.org"), form("bob", "bob@example.org"));
    let (first, second) = tokio::join!(one.submit(&link, &ada), other.submit(&link, &bob));
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 404]);
    assert_eq!(portico.database().count("accounts").await, 2);
}

#[tokio::test]
async fn an_invitation_is_listed_and_withdrawn_or_runs_out() {
    let (portico, admin) = closed().await;
    let (first, second) = (invite(&admin, "ada@example.org").await, invite(&admin, "").await);
    let page = admin.get(THERE).await;
    assert_eq!(page.texts(".items .t"), ["Anybody with the link", "ada@example.org"]);
    assert!(page.texts(".items .m")[0].starts_with("By mira, works until "), "{:?}", page.texts(".items .m"));
    assert!(!page.text().contains(&first[8..]), "a link is shown once");
    let withdraw = page.attributes(".items a", "href").pop().unwrap();
    admin.get(&withdraw).await.assert_status(200);
    let done = admin.submit(&withdraw, &[]).await;
    admin.follow(done.assert_leads_to(THERE)).await.assert_flash("The invitation is withdrawn.");
    assert_bad(&portico.visitor().submit(&first, &form("ada", "ada@example.org")).await);
    portico.advance(Duration::from_mins(10_080));
    let admin = portico.log_in("mira", PASSWORD).await;
    assert_bad(&portico.visitor().submit(&second, &form("ada", "ada@example.org")).await);
    assert_eq!(admin.get(THERE).await.texts(".items li").len(), 0);
    let actions =
        portico.database().texts("select action from audit where action like 'invite%' order by sequence").await;
    assert_eq!(actions, ["invited", "invited", "invite-withdrawn"]);
    admin
        .submit(THERE, &[("email", "nobody")])
        .await
        .assert_status(422)
        .assert_problem("email", "Enter an email like name@example.com");
}
