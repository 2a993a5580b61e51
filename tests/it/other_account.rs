//! Forms of a page that was shown to another account, in a tab from before.

use crate::support::{PASSWORD, Part, Portico, photo};

#[tokio::test]
async fn a_form_changes_nothing_of_another_account_that_has_logged_in_meanwhile() {
    let portico = Portico::start().await;
    let browser = portico.member("ada").await;
    portico.member("bob").await;
    let pages =
        ["/account/profile", "/account/email", "/account/security", "/account/data", "/account/delete", "/reauth"];
    let mut places = Vec::new();
    for page in pages {
        let of_page = browser.get(page).await.attributes("main form[method=post]", "action");
        assert!(!of_page.is_empty(), "{page}");
        places.extend(of_page);
    }
    browser.submit("/logout", &[]).await;
    browser.submit("/login", &[("login", "bob"), ("password", PASSWORD)]).await.assert_leads_to("/account");
    let before = portico.database().texts("select cast(updated_at as text) from accounts order by id").await;
    for place in places {
        let fields = [("username", "bob"), ("name", "Ada"), ("confirm", "bob"), ("do", "remove"), ("theme", "dark")];
        let page = browser.submit(&place, &fields).await;
        page.assert_status(409);
        assert_eq!(page.one("h1"), "You are logged in as someone else now", "{place}");
        let again = place.split('?').next().unwrap();
        let own = browser.get(again).await.attributes("main form[method=post]", "action");
        assert!(own.iter().all(|own| !own.ends_with(place.split('=').next_back().unwrap())), "{own:?}");
    }
    let page = browser.get("/account/profile").await;
    assert_ne!(page.value("name"), "Ada");
    assert_eq!(portico.database().count("accounts").await, 2);
    assert_eq!(portico.database().texts("select cast(updated_at as text) from accounts order by id").await, before);
}

#[tokio::test]
async fn a_photo_from_a_tab_of_before_is_not_another_accounts_face() {
    let portico = Portico::start().await;
    let browser = portico.member("ada").await;
    portico.member("bob").await;
    let actions = browser.get("/account/profile").await.attributes("main form[enctype]", "action");
    browser.submit("/login", &[]).await;
    browser.submit("/logout", &[]).await;
    browser.submit("/login", &[("login", "bob"), ("password", PASSWORD)]).await.assert_leads_to("/account");
    let bytes = photo::jpeg(64, 64);
    browser.upload(&actions[0], &[Part::File("photo", "me.jpg", &bytes)]).await.assert_status(409);
    assert_eq!(portico.picture_files(), Vec::<std::path::PathBuf>::new());
}

#[tokio::test]
async fn what_was_typed_for_one_account_is_shown_to_no_other() {
    let portico = Portico::start().await;
    let browser = portico.member("ada").await;
    portico.member("bob").await;
    let place = browser.get("/account/profile").await.attribute("main form:not([enctype])", "action");
    // Nothing in the browser says any more whose session it was: the form does.
    let stranger = portico.visitor();
    let page = stranger.submit(&place, &[("username", "ada"), ("name", "Ada Private")]).await;
    page.assert_status(401);
    let (draft, next) = (page.value("draft"), page.value("next"));
    assert_eq!(next, "/account/profile");
    let fields = [("login", "bob"), ("password", PASSWORD), ("draft", &draft), ("next", &next)];
    stranger.submit("/login", &fields).await.assert_leads_to("/account/profile");
    assert_ne!(stranger.get("/account/profile").await.value("name"), "Ada Private");
    let own = portico.visitor();
    let fields = [("login", "ada"), ("password", PASSWORD), ("draft", &draft), ("next", &next)];
    own.submit("/login", &fields).await.assert_leads_to("/account/profile");
    assert_eq!(own.get("/account/profile").await.value("name"), "Ada Private");
}

#[tokio::test]
async fn a_form_of_one_admin_does_nothing_in_the_name_of_another() {
    let portico = Portico::start().await;
    let browser = portico.admin("mira").await;
    portico.member("ada").await;
    let database = portico.database();
    let sql = format!("select {} from accounts where username = 'ada'", database.id_as_text("id"));
    let path = format!("/admin/users/{}", database.text(&sql).await);
    let mut places = Vec::new();
    for page in [path.clone(), format!("{path}/delete"), format!("{path}/disable"), "/admin/users/new".to_owned()] {
        places.extend(browser.get(&page).await.attributes("main form[method=post]", "action"));
    }
    assert!(places.len() >= 4, "{places:?}");
    browser.submit("/logout", &[]).await;
    portico.admin("boss").await;
    browser.submit("/login", &[("login", "boss"), ("password", PASSWORD)]).await.assert_leads_to("/account");
    for place in places {
        let fields = [("confirm", "ada"), ("username", "eve"), ("name", "Eve")];
        browser.submit(&place, &fields).await.assert_status(409);
    }
    assert_eq!(portico.database().count("accounts where status = 'active'").await, 3);
}
