//! Texts that are longer than a field takes: browsers cut off nothing that is pasted, and the answer names the limit.

use crate::support::{PASSWORD, Portico};

#[tokio::test]
async fn no_field_lets_the_browser_cut_off_what_is_pasted() {
    let portico = Portico::start().await;
    let admin = portico.admin("mira").await;
    let user = admin.get("/admin/users").await.attribute("a[href^='/admin/users/0']", "href");
    for path in ["/signup", "/login", "/welcome", "/account/profile", "/account/email", "/account/security", "/reauth"]
        .into_iter()
        .chain(["/admin/users", "/admin/users/new", "/admin/users/invites", "/admin/audit", &user])
    {
        for visitor in [&admin, &portico.visitor()] {
            let page = visitor.get(path).await;
            assert_eq!(page.attributes("[maxlength]", "name"), Vec::<String>::new(), "{path}");
        }
    }
}

#[tokio::test]
async fn a_sign_up_is_told_the_limit_at_the_field_and_keeps_the_whole_text() {
    let portico = Portico::start().await;
    let long_email = format!("{}@{}.org", "a".repeat(60), "b".repeat(200));
    let (long_name, longer_name) = ("n".repeat(43), "n".repeat(1_500));
    for (field, value, words) in [
        ("email", &long_email, "Use 254 characters or fewer"),
        ("username", &long_name, "Use 30 characters or fewer"),
        ("username", &longer_name, "Use 30 characters or fewer"),
    ] {
        let mut form = vec![("email", "ada@example.org"), ("username", "ada"), ("password", PASSWORD)];
        form.retain(|(name, _)| *name != field);
        form.push((field, value));
        let page = portico.visitor().submit("/signup", &form).await;
        page.assert_status(422).assert_problem(field, words);
        assert_eq!(page.value(field), *value);
    }
}

#[tokio::test]
async fn admins_are_told_the_limit_too() {
    let portico = Portico::start().await;
    let admin = portico.admin("mira").await;
    let long_email = format!("{}@{}.org", "a".repeat(60), "b".repeat(200));
    for (field, value, words) in [
        ("name", "n".repeat(81), "Use 80 characters or fewer"),
        ("username", "n".repeat(31), "Use 30 characters or fewer"),
        ("username", "n".repeat(1_500), "Use 30 characters or fewer"),
        ("email", long_email.clone(), "Use 254 characters or fewer"),
    ] {
        let mut form = vec![("name", "Ada"), ("username", "ada"), ("email", "ada@example.org"), ("role", "member")];
        form.push(("way", "link"));
        form.retain(|(name, _)| *name != field);
        form.push((field, &value));
        let page = admin.submit("/admin/users/new", &form).await;
        page.assert_status(422).assert_problem(field, words);
        assert_eq!(page.value(field), value);
    }
    let page = admin.submit("/admin/users/invites", &[("email", &long_email), ("days", "7")]).await;
    page.assert_status(422).assert_problem("email", "Use 254 characters or fewer");
}

#[tokio::test]
async fn a_name_for_a_log_in_may_be_longer_than_any_that_the_pages_give() {
    let portico = Portico::start().await;
    let name = "n".repeat(300);
    let table = format!("username,email\n{name},ada@example.org\n");
    portico.run(&["import", "-", "--from", "csv"], &table).assert_done();
    portico.run(&["user", "set-password", &name], PASSWORD).assert_done();
    portico.log_in(&name, PASSWORD).await;
}
