//! What people are told by mail of what is done to their account, and links that admins send.

use crate::support::{MAIL, PASSWORD, Portico, Visitor, mail, mail_count, mails};

async fn place(admin: &Visitor, name: &str) -> String {
    admin.get(&format!("/admin/users?q={name}")).await.attribute("a[href^='/admin/users/0']", "href")
}

#[tokio::test]
async fn each_thing_that_an_admin_does_to_an_account_is_told_once() {
    let portico = Portico::with(&[MAIL]).await;
    let (admin, _ada) = (portico.admin("mira").await, portico.member("ada").await);
    let place = place(&admin, "ada").await;
    let page = admin.get(&format!("{place}/disable")).await;
    assert!(page.is_checked("tell") && !page.is_checked("tell_reason"));
    let form = [("reason", "Too loud"), ("tell", "1"), ("tell_reason", "1")];
    admin.submit(&format!("{place}/disable"), &form).await.assert_leads_to(&place);
    admin.submit(&format!("{place}/enable"), &[]).await.assert_leads_to(&place);
    portico.run(&["user", "promote", "ada"], "").assert_done();
    portico.run(&["user", "demote", "ada"], "").assert_done();
    let disabled = mail(&portico, "account-disabled").await;
    assert!(!disabled.text.contains("loud"), "an unconfirmed address is told nothing that was typed");
    for purpose in ["account-disabled", "account-enabled", "role-taken"] {
        assert_eq!(mail(&portico, purpose).await.to, "ada@example.org", "{purpose}");
    }
    let given = mails(&portico, "role-given", 2).await;
    assert_eq!([&*given[0].to, &*given[1].to], ["mira@example.org", "ada@example.org"]);
    assert!(admin.get(&format!("{place}/delete")).await.is_checked("tell"));
    let form = [("confirm", "ada"), ("tell", "1")];
    admin.submit(&format!("{place}/delete"), &form).await.assert_leads_to("/admin/users");
    assert_eq!(mail(&portico, "account-deleted").await.to, "ada@example.org");
}

#[tokio::test]
async fn a_reason_goes_along_to_a_confirmed_address_where_the_admin_says_so() {
    let portico = Portico::with(&[MAIL]).await;
    let (admin, _ada) = (portico.admin("mira").await, portico.member("ada").await);
    let place = place(&admin, "ada").await;
    let revision = admin.get(&place).await.value("revision");
    let (revision, email) = (("revision", revision.as_str()), ("email", "ada@example.org"));
    let confirmed = [revision, ("username", "ada"), email, ("role", "member"), ("email_confirmed", "1")];
    admin.submit(&place, &confirmed).await.assert_leads_to(&place);
    let form = [("reason", "Too loud"), ("tell", "1"), ("tell_reason", "1")];
    admin.submit(&format!("{place}/disable"), &form).await.assert_leads_to(&place);
    assert!(mail(&portico, "account-disabled").await.text.contains("The reason given: Too loud"));
}

#[tokio::test]
async fn no_user_is_told_where_the_box_is_not_ticked() {
    let portico = Portico::with(&[MAIL]).await;
    let (admin, _ada) = (portico.admin("mira").await, portico.member("ada").await);
    let place = place(&admin, "ada").await;
    admin.submit(&format!("{place}/disable"), &[]).await.assert_leads_to(&place);
    admin.submit(&format!("{place}/delete"), &[("confirm", "ada")]).await.assert_leads_to("/admin/users");
    assert_eq!(mail_count(&portico, "account-disabled").await + mail_count(&portico, "account-deleted").await, 0);
}

#[tokio::test]
async fn many_who_are_disabled_at_once_are_told_as_the_admin_ticks() {
    let portico = Portico::with(&[MAIL]).await;
    let admin = portico.admin("mira").await;
    for name in ["ada", "bob", "eve"] {
        portico.member(name).await;
    }
    let id = async |name: &str| place(&admin, name).await.rsplit('/').next().unwrap().to_owned();
    let (ada, bob) = (id("ada").await, id("bob").await);
    let page = admin.submit("/admin/users/selected", &[("id", &ada), ("id", &bob), ("do", "disable")]).await;
    assert!(page.is_checked("tell") && !page.is_checked("tell_reason"));
    let both = format!("{ada},{bob}");
    let form = [("ids", both.as_str()), ("reason", "Too loud"), ("tell", "1")];
    admin.submit("/admin/users/selected/disable", &form).await.assert_leads_to("/admin/users");
    assert_eq!(mails(&portico, "account-disabled", 2).await.len(), 2);
    // What was ticked outlives a proof that is asked for meanwhile.
    portico.advance(std::time::Duration::from_mins(11));
    let eve = id("eve").await;
    let form = [("ids", eve.as_str()), ("reason", "Too loud")];
    let away = admin.submit("/admin/users/selected/disable", &form).await;
    let next = admin.follow(&away).await.value("next");
    let back = admin.submit("/reauth", &[("password", PASSWORD), ("next", &next)]).await;
    let page = admin.follow(&back).await;
    assert!(page.value("reason").contains("loud") && !page.is_checked("tell"), "{}", page.gist());
    admin.submit("/admin/users/selected/disable", &form).await.assert_leads_to("/admin/users");
    assert_eq!(portico.database().count("accounts where status = 'disabled'").await, 3);
    assert_eq!(mail_count(&portico, "account-disabled").await, 2);
}

#[tokio::test]
async fn an_address_that_an_admin_changes_is_told_so() {
    let portico = Portico::with(&[MAIL]).await;
    let (admin, _ada) = (portico.admin("mira").await, portico.member("ada").await);
    let place = place(&admin, "ada").await;
    let revision = admin.get(&place).await.value("revision");
    let form = [("revision", revision.as_str()), ("username", "ada"), ("email", "new@example.org"), ("role", "member")];
    admin.submit(&place, &form).await.assert_leads_to(&place);
    assert_eq!(mail(&portico, "email-replaced").await.to, "ada@example.org");
}

#[tokio::test]
async fn a_log_in_with_a_new_browser_is_told_unless_the_person_wants_no_such_mail() {
    let portico = Portico::with(&[MAIL]).await;
    let ada = portico.member("ada").await;
    assert_eq!(mail_count(&portico, "new-device").await, 0);
    ada.submit("/logout", &[]).await;
    let again = [("login", "ada"), ("password", PASSWORD)];
    ada.submit("/login", &again).await.assert_leads_to("/account");
    assert_eq!(mail_count(&portico, "new-device").await, 0);
    let firefox = ("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0");
    let headers = [firefox, ("sec-fetch-site", "same-origin")];
    portico.visitor().submit_with("/login", &again, &headers).await.assert_leads_to("/account");
    let told = mail(&portico, "new-device").await;
    let words = told.text.replace(portico.url(), "");
    assert!(words.contains("Firefox") && !words.contains("127.0.0.1"), "{words}");
    portico.advance(std::time::Duration::from_mins(9));
    let page = ada.get("/account/security").await;
    assert!(page.is_checked("devices"));
    ada.submit("/account/security/notices", &[]).await.assert_leads_to("/account/security");
    assert!(!ada.get("/account/security").await.is_checked("devices"));
    portico.advance(std::time::Duration::from_mins(9));
    portico.log_in("ada", PASSWORD).await;
    assert_eq!(mail_count(&portico, "new-device").await, 1);
}

#[tokio::test]
async fn an_admin_sends_a_password_link_that_stands_nowhere_else() {
    let portico = Portico::with(&[MAIL]).await;
    let (admin, _ada) = (portico.admin("mira").await, portico.member("ada").await);
    let place = place(&admin, "ada").await;
    let answer = admin.submit(&format!("{place}/password"), &[("minutes", "30"), ("send", "1")]).await;
    answer.assert_leads_to(&place);
    let sent = mail(&portico, "password-link").await;
    assert_eq!(sent.to, "ada@example.org");
    let path = sent.path("/password/reset/");
    portico.visitor().submit(&path, &[("password", "eight loud badgers")]).await.assert_leads_to("/login");
    portico.log_in("ada", "eight loud badgers").await;
}

#[tokio::test]
async fn an_admin_sends_the_link_of_a_new_account_and_an_invitation() {
    let portico = Portico::with(&[MAIL]).await;
    let admin = portico.admin("mira").await;
    let form = [("username", "bob"), ("email", "bob@example.org"), ("role", "member"), ("way", "link"), ("send", "1")];
    let made = admin.submit("/admin/users/new", &form).await;
    assert!(made.leads_to().starts_with("/admin/users/"), "{}", made.gist());
    assert_eq!(mail(&portico, "password-link").await.to, "bob@example.org");
    let no_address = admin.submit("/admin/users/invites", &[("send", "1")]).await;
    no_address.assert_status(422).assert_problem("email", "Enter your email");
    let form = [("email", "eve@example.org"), ("send", "1")];
    admin.submit("/admin/users/invites", &form).await.assert_leads_to("/admin/users/invites");
    let sent = mail(&portico, "invitation").await;
    assert_eq!(sent.to, "eve@example.org");
    let eve = portico.visitor();
    let path = sent.path("/invite/");
    assert_eq!(eve.get(&path).await.value("email"), "eve@example.org");
    let form = [("email", "eve@example.org"), ("username", "eve"), ("password", PASSWORD)];
    eve.submit(&path, &form).await.assert_leads_to("/welcome");
    // Who opens the link reads the mail of that address.
    let confirmed = "accounts where username = 'eve' and email_verified_at is not null";
    assert_eq!(portico.database().count(confirmed).await, 1);
}

#[tokio::test]
async fn an_invitation_confirms_no_address_but_the_one_that_it_was_mailed_to() {
    let portico = Portico::with(&[MAIL]).await;
    let admin = portico.admin("mira").await;
    let form = [("email", "eve@example.org"), ("send", "1")];
    admin.submit("/admin/users/invites", &form).await.assert_leads_to("/admin/users/invites");
    let mailed = mail(&portico, "invitation").await.path("/invite/");
    let form = [("email", "bob@example.org"), ("minutes", "10080")];
    let link = admin.submit("/admin/users/invites", &form).await.assert_status(201).one("#link");
    let shown = format!("/invite/{}", link.rsplit('/').next().unwrap());
    for (path, username, email) in [(mailed, "eve", "other@example.org"), (shown, "bob", "bob@example.org")] {
        let form = [("email", email), ("username", username), ("password", PASSWORD)];
        portico.visitor().submit(&path, &form).await.assert_leads_to("/welcome");
    }
    assert_eq!(portico.database().count("accounts where email_verified_at is not null").await, 0);
}

#[tokio::test]
async fn notices_are_in_the_language_of_the_page_that_the_account_was_opened_on() {
    let portico = Portico::with(&[MAIL]).await;
    let visitor = portico.visitor();
    let form = [("email", "ada@example.org"), ("username", "ada"), ("password", PASSWORD)];
    let russian = [("accept-language", "ru")];
    visitor.submit_with("/signup", &form, &russian).await.assert_leads_to("/welcome");
    let change = [("current", PASSWORD), ("new", "eleven loud herons")];
    visitor.submit_with("/account/security/password", &change, &russian).await.assert_leads_to("/account/security");
    let told = mail(&portico, "password-changed").await;
    assert!(told.text.contains("Пароль вашей учётной записи"), "{}", told.text);
}
