//! What admins do to an account: disabling, deleting, roles, devices; each behind a page of its own and a recent proof.

use crate::support::{Answer, PASSWORD, Portico};

use super::{form_of, let_proofs_age, log_of, page_of, prove, save};

/// Where a form is sent to, apart from whose page it stands on.
fn place_of_form(page: &Answer, selector: &str) -> String {
    page.attribute(selector, "action").split('?').next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn disabling_ends_everything_at_once_and_enabling_lets_in_again() {
    let portico = Portico::start().await;
    let admin = portico.admin("mira").await;
    let ada = portico.member("ada").await;
    let path = page_of(&portico, "ada").await;
    let page = admin.get(&format!("{path}/disable")).await;
    assert_eq!(page.one("h1"), "Disable ada?");
    assert!(page.texts(".ticks li").contains(&"1 device is logged out.".to_owned()));
    let done = admin.submit(&format!("{path}/disable"), &[("reason", "Spam")]).await;
    let page = admin.follow(done.assert_leads_to(&path)).await;
    page.assert_flash("ada is disabled.");
    assert_eq!(page.texts(".head .badge")[0], "Disabled");
    assert!(page.texts(".log li").iter().any(|line| line.contains("Spam")), "{:?}", page.texts(".log li"));
    ada.get("/account").await.assert_leads_to("/login?next=%2Faccount");
    let refused = portico.visitor().submit("/login", &[("login", "ada"), ("password", PASSWORD)]).await;
    refused.assert_status(422).assert_summary("This account is disabled");
    // By a second press nothing more is done.
    admin.submit(&format!("{path}/disable"), &[]).await.assert_leads_to(&path);
    let done = admin.submit(&format!("{path}/enable"), &[]).await;
    admin.follow(done.assert_leads_to(&path)).await.assert_flash("ada is enabled.");
    portico.log_in("ada", PASSWORD).await;
    let log = log_of(&portico, "ada").await;
    assert_eq!(log.iter().filter(|action| *action == "disabled").count(), 1);
    assert_eq!(log.iter().filter(|action| *action == "enabled").count(), 1);
}

#[tokio::test]
async fn deleting_wants_the_name_typed_and_leaves_nothing() {
    let portico = Portico::start().await;
    let admin = portico.admin("mira").await;
    let ada = portico.member("ada").await;
    let path = page_of(&portico, "ada").await;
    let there = format!("{path}/delete");
    let page = admin.submit(&there, &[("confirm", "bob")]).await;
    page.assert_status(422).assert_problem("confirm", "Type ada to confirm");
    assert_eq!(page.value("confirm"), "bob");
    let done = admin.submit(&there, &[("confirm", " ADA ")]).await;
    admin.follow(done.assert_leads_to("/admin/users")).await.assert_flash("The account is deleted.");
    ada.get("/account").await.assert_status(303);
    admin.get(&path).await.assert_status(404);
    assert_eq!(portico.database().count("accounts").await, 1);
    assert_eq!(portico.database().count("events where kind = 'user.deleted'").await, 1);
}

#[tokio::test]
async fn nothing_is_done_to_the_only_admin() {
    let portico = Portico::start().await;
    let admin = portico.admin("mira").await;
    let path = page_of(&portico, "mira").await;
    let words = "You cannot do this to the only admin";
    let form = form_of(&admin, &path).await;
    let page = save(&admin, &path, &form, &[("role", "member")]).await;
    page.assert_status(409).assert_summary(words);
    let page = admin.submit(&format!("{path}/disable"), &[("reason", "Tired")]).await;
    page.assert_status(409).assert_summary(words);
    assert_eq!(page.value("reason").trim(), "Tired");
    let page = admin.submit(&format!("{path}/delete"), &[("confirm", "mira")]).await;
    page.assert_status(409).assert_summary(words);
    assert_eq!(portico.database().count("accounts where is_admin and status = 'active'").await, 1);
}

#[tokio::test]
async fn an_admin_may_leave_while_another_stays() {
    let portico = Portico::start().await;
    for (username, act) in [("ada", "role"), ("bob", "disable"), ("eve", "delete")] {
        let admin = portico.admin(username).await;
        let path = page_of(&portico, username).await;
        if act == "role" {
            portico.admin("mira").await;
            let form = form_of(&admin, &path).await;
            save(&admin, &path, &form, &[("role", "member")]).await.assert_leads_to("/account");
        } else {
            let page = admin.get(&format!("{path}/{act}")).await;
            assert_eq!(page.texts(".flash p"), ["This is your own account."]);
            let to = if act == "disable" { "/login" } else { "/goodbye" };
            admin.submit(&format!("{path}/{act}"), &[("confirm", username)]).await.assert_leads_to(to);
        }
        admin.get("/admin/users").await.assert_status(404);
    }
    assert_eq!(portico.database().count("accounts where is_admin and status = 'active'").await, 1);
}

#[tokio::test]
async fn of_two_admins_who_demote_each_other_at_once_one_stays() {
    let portico = Portico::start().await;
    let (root, grace) = (portico.admin("mira").await, portico.admin("grace").await);
    let (roots, graces) = (page_of(&portico, "mira").await, page_of(&portico, "grace").await);
    let (form_of_grace, form_of_root) = (form_of(&root, &graces).await, form_of(&grace, &roots).await);
    let (first, second) = tokio::join!(
        save(&root, &graces, &form_of_grace, &[("role", "member")]),
        save(&grace, &roots, &form_of_root, &[("role", "member")]),
    );
    for answer in [&first, &second] {
        assert!(matches!(answer.status, 303 | 403 | 404 | 409), "{}", answer.status);
    }
    assert_eq!(portico.database().count("accounts where is_admin").await, 1);
}

#[tokio::test]
async fn risky_acts_want_a_recent_proof_and_lead_back_to_themselves() {
    let portico = Portico::start().await;
    let admin = portico.admin("mira").await;
    portico.member("ada").await;
    let path = page_of(&portico, "ada").await;
    for act in ["disable", "delete", "password", "devices/end"] {
        let there = format!("{path}/{act}");
        let_proofs_age(&portico);
        let away = admin.get(&there).await;
        let page = prove(&admin, &away).await;
        assert_eq!(place_of_form(&page, "main form"), there);
        let_proofs_age(&portico);
        let away = admin.submit(&there, &[("reason", "typed before"), ("confirm", "ada")]).await;
        let page = prove(&admin, &away).await;
        if act == "disable" {
            assert_eq!(page.value("reason").trim(), "typed before");
        }
    }
    let_proofs_age(&portico);
    let away = admin.submit("/admin/users/invites", &[("email", "eve@example.org"), ("minutes", "1440")]).await;
    let page = prove(&admin, &away).await;
    assert_eq!(page.value("email"), "eve@example.org");
    assert_eq!(page.attribute("[name=minutes][checked]", "value"), "1440");
    assert_eq!(portico.database().count("invites").await, 0);
    admin.submit("/admin/users/invites", &[("minutes", "1440")]).await.assert_status(201);
    let withdraw = admin.get("/admin/users/invites").await.attribute(".items a", "href");
    let_proofs_age(&portico);
    let away = admin.submit(&withdraw, &[]).await;
    let page = prove(&admin, &away).await;
    assert_eq!(place_of_form(&page, "main form"), withdraw);
    assert_eq!(portico.database().count("invites").await, 1);
    admin.submit(&withdraw, &[]).await.assert_status(303);
    let_proofs_age(&portico);
    let away = admin.submit("/admin/users/new", &[("username", "bob"), ("name", "Bob")]).await;
    let page = prove(&admin, &away).await;
    assert_eq!((page.value("username"), page.value("name")), ("bob".to_owned(), "Bob".to_owned()));
    assert_eq!(portico.database().count("accounts where status = 'active'").await, 2);
    assert_eq!(portico.database().count("links where purpose = 'password'").await, 0);
    portico.log_in("ada", PASSWORD).await;
    // A wrong password proves nothing.
    let_proofs_age(&portico);
    let there = format!("{path}/delete");
    admin.submit("/reauth", &[("password", "not hers at all"), ("next", &there)]).await.assert_status(422);
    assert!(admin.get(&there).await.leads_to().starts_with("/reauth"));
}

#[tokio::test]
async fn enabling_and_the_audit_log_want_a_recent_proof_as_well() {
    let portico = Portico::start().await;
    let admin = portico.admin("mira").await;
    portico.member("ada").await;
    let path = page_of(&portico, "ada").await;
    admin.submit(&format!("{path}/disable"), &[]).await.assert_status(303);
    let disabled = "accounts where status = 'disabled'";
    let_proofs_age(&portico);
    let away = admin.submit(&format!("{path}/enable"), &[]).await;
    let page = prove(&admin, &away).await;
    assert_eq!(place_of_form(&page, "form[action*='/enable']"), format!("{path}/enable"));
    assert_eq!(portico.database().count(disabled).await, 1);
    let_proofs_age(&portico);
    let id = path.rsplit('/').next().unwrap();
    let chosen = [("id", id), ("do", "enable"), ("back", "/admin/users?status=disabled")];
    let away = admin.submit("/admin/users/selected", &chosen).await;
    let page = prove(&admin, &away).await;
    assert_eq!(page.one("h1"), "Enable 1 account?");
    assert_eq!(portico.database().count(disabled).await, 1);
    let (ids, back) = (page.value("ids"), page.value("back"));
    let done = admin.submit("/admin/users/selected", &[("ids", &ids), ("do", "enable"), ("back", &back)]).await;
    done.assert_leads_to("/admin/users?status=disabled");
    assert_eq!(portico.database().count(disabled).await, 0);
    let_proofs_age(&portico);
    let away = admin.get("/admin/audit.csv?whom=ada").await;
    assert_eq!(away.leads_to(), "/reauth?next=%2Fadmin%2Faudit%3Fwhom%3Dada");
    assert_eq!(portico.database().count("audit where action = 'exported'").await, 0);
}

#[tokio::test]
async fn devices_are_ended_one_by_one_or_all() {
    let portico = Portico::start().await;
    let admin = portico.admin("mira").await;
    let ada = portico.member("ada").await;
    let phone = portico.log_in("ada", PASSWORD).await;
    let path = page_of(&portico, "ada").await;
    let page = admin.get(&format!("{path}/devices")).await;
    let sessions = page.attributes("[name=session]", "value");
    assert_eq!(sessions.len(), 2);
    let there = format!("{path}/devices");
    admin.submit(&there, &[("session", &sessions[0])]).await.assert_leads_to(&there);
    let out = [ada.get("/account").await.status, phone.get("/account").await.status];
    assert_eq!(out.iter().filter(|status| **status == 303).count(), 1, "{out:?}");
    let done = admin.submit(&format!("{there}/end"), &[]).await;
    admin.follow(done.assert_leads_to(&path)).await.assert_flash("1 device is logged out.");
    assert_eq!([ada.get("/account").await.status, phone.get("/account").await.status], [303, 303]);
    // An admin's own: the device in use stays.
    let own = page_of(&portico, "mira").await;
    let laptop = portico.log_in("mira", PASSWORD).await;
    admin.submit(&format!("{own}/devices/end"), &[]).await.assert_leads_to(&own);
    laptop.get("/account").await.assert_status(303);
    admin.get("/admin/users").await.assert_status(200);
    assert!(log_of(&portico, "ada").await.contains(&"devices-ended".to_owned()));
}
