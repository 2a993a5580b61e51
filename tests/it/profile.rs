//! Editing what other people see, and how the pages look to oneself.

use crate::support::{Portico, Visitor};

const PROFILE: &str = "/account/profile";

async fn save(visitor: &Visitor, fields: &[(&str, &str)]) -> crate::support::Answer {
    let mut form = vec![("username", "ada")];
    form.retain(|(name, _)| !fields.iter().any(|(other, _)| other == name));
    form.extend_from_slice(fields);
    visitor.submit(PROFILE, &form).await
}

#[tokio::test]
async fn a_profile_in_any_script_is_kept_as_it_was_typed() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let fields = [
        ("name", "Ада Лавлейс 李雷 ‎عادة"),
        ("pronouns", "she/her · она"),
        ("bio", "Zeile 1\nстрока 2 👩‍👩‍👧‍👦 <b>&amp;"),
        ("website", "https://пример.example/путь?q=1"),
        ("public", "1"),
    ];
    let answer = save(&ada, &fields).await;
    let page = ada.follow(answer.assert_leads_to(PROFILE)).await;
    page.assert_flash("Your profile is saved.");
    for (name, value) in &fields[..4] {
        assert_eq!(page.value(name).trim_start_matches('\n'), *value, "{name}");
    }
    assert!(page.is_checked("public"));
    let public = portico.visitor().get("/u/ada").await;
    assert_eq!(public.one("h1"), fields[0].1);
    assert!(public.one(".bio").contains("<b>&amp;"), "markup is text");
}

#[tokio::test]
async fn an_emoji_counts_as_one_character() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let family = "👩‍👩‍👧‍👦";
    save(&ada, &[("name", &family.repeat(80))]).await.assert_leads_to(PROFILE);
    let page = save(&ada, &[("name", &family.repeat(81))]).await;
    page.assert_status(422).assert_problem("name", "Use 80 characters or fewer");
    save(&ada, &[("bio", &"👋🏽".repeat(280))]).await.assert_leads_to(PROFILE);
}

#[tokio::test]
async fn what_cannot_be_saved_is_explained_beside_its_field_and_everything_typed_is_kept() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let (long_name, long_bio, long_site) =
        ("n".repeat(81), "b".repeat(281), format!("https://e.org/{}", "x".repeat(200)));
    for (field, value, words) in [
        ("name", long_name.as_str(), "Use 80 characters or fewer"),
        ("name", "two\nlines", "Use ordinary letters and signs"),
        ("pronouns", "1234567890123456789012345678901", "Use 30 characters or fewer"),
        ("bio", &long_bio, "Use 280 characters or fewer"),
        ("bio", "a\u{7}bell", "Use ordinary letters and signs"),
        ("website", "example.org", "Enter a full address, like https://example.com"),
        ("website", "javascript:alert(1)", "Enter a full address, like https://example.com"),
        ("website", &long_site, "Use 200 characters or fewer"),
        ("username", "a", "Use 3 characters or more"),
        ("username", "", "Enter a username"),
        ("username", "login", "This username is kept for the site’s own use. Choose another"),
    ] {
        let page = save(&ada, &[(field, value), ("public", "1")]).await;
        page.assert_status(422).assert_problem(field, words);
        if !value.contains(char::is_control) {
            assert_eq!(page.value(field).trim_start_matches('\n'), value);
        }
        assert!(page.is_checked("public"));
    }
    assert_eq!(portico.database().count("events where kind = 'user.updated'").await, 0);
}

#[tokio::test]
async fn a_text_with_a_nul_is_refused_and_breaks_nothing() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    for field in ["name", "pronouns", "bio", "website", "username"] {
        save(&ada, &[(field, "a\0bc")]).await.assert_status(422);
    }
    let stranger = portico.visitor();
    stranger.submit("/login", &[("login", "a\0da"), ("password", "wh\0tever it is")]).await.assert_status(422);
    stranger.get("/u/a%00da").await.assert_status(404);
    let form = [("email", "a\0@example.org"), ("username", "a\0da"), ("password", "wh\0tever it is")];
    stranger.submit("/signup", &form).await.assert_status(422);
}

#[tokio::test]
async fn a_username_taken_meanwhile_is_a_conflict_with_one_that_is_free() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    portico.member("grace").await;
    let page = save(&ada, &[("username", "Grace"), ("bio", "kept")]).await;
    page.assert_status(409).assert_problem("username", "This username is taken. Try Grace-2");
    assert_eq!(page.value("bio").trim(), "kept");
}

#[tokio::test]
async fn letter_case_of_ones_own_username_can_be_changed() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    save(&ada, &[("username", "AdA")]).await.assert_leads_to(PROFILE);
    assert_eq!(ada.get(PROFILE).await.value("username"), "AdA");
}

#[tokio::test]
async fn saving_twice_is_saving_once() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    for _ in 0..2 {
        save(&ada, &[("name", "Ada Lovelace")]).await.assert_leads_to(PROFILE);
    }
    assert_eq!(portico.database().count("events where kind = 'user.updated'").await, 1);
}

#[tokio::test]
async fn a_form_sent_from_two_tabs_leaves_the_last_one() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let tab = ada.clone();
    save(&ada, &[("name", "First")]).await.assert_leads_to(PROFILE);
    save(&tab, &[("name", "Second")]).await.assert_leads_to(PROFILE);
    assert_eq!(ada.get(PROFILE).await.value("name"), "Second");
}

#[tokio::test]
async fn fields_that_no_page_shows_change_nothing() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    save(&ada, &[("is_admin", "1"), ("status", "disabled"), ("email", "mallory@example.org"), ("id", "x")])
        .await
        .assert_leads_to(PROFILE);
    let same = "accounts where not is_admin and status = 'active' and email = 'ada@example.org'";
    assert_eq!(portico.database().count(same).await, 1);
}

#[tokio::test]
async fn a_name_splits_at_its_first_space_for_the_services_that_ask_for_two() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    save(&ada, &[("name", "Ada King Lovelace")]).await;
    let body = portico.database().text("select body from events where kind = 'user.updated'").await;
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!((&body["first_name"], &body["last_name"]), (&"Ada".into(), &"King Lovelace".into()));
    assert_eq!(body["full_name"], "Ada King Lovelace");
}

#[tokio::test]
async fn a_profile_is_hidden_until_its_person_switches_it_on() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let stranger = portico.visitor();
    stranger.get("/u/ada").await.assert_status(404);
    save(&ada, &[("name", "Ada Lovelace"), ("public", "1")]).await;
    for path in ["/u/ada", "/u/ADA"] {
        let page = stranger.get(path).await;
        page.assert_status(200);
        assert_eq!(page.one("h1"), "Ada Lovelace");
        assert!(!page.text().contains("example.org"), "an e-mail is nobody else's");
    }
    assert_eq!(ada.get("/u/ada").await.attributes("main a.btn", "href"), [PROFILE]);
    save(&ada, &[("name", "Ada Lovelace")]).await;
    stranger.get("/u/ada").await.assert_status(404);
}

#[tokio::test]
async fn hidden_disabled_and_missing_people_are_answered_alike() {
    let portico = Portico::start().await;
    portico.member("quentin").await;
    let zelda = portico.member("zelda").await;
    zelda.submit(PROFILE, &[("username", "zelda"), ("public", "1")]).await.assert_leads_to(PROFILE);
    portico.run(&["user", "disable", "zelda"], "").assert_done();
    let stranger = portico.visitor();
    let missing = stranger.get("/u/nobody").await;
    missing.assert_status(404);
    for name in ["quentin", "zelda"] {
        let hidden = stranger.get(&format!("/u/{name}")).await;
        hidden.assert_status(404);
        assert_eq!(hidden.text().replace(name, "…"), missing.text().replace("nobody", "…"));
    }
}

#[tokio::test]
async fn the_language_follows_the_browser_until_a_visitor_chooses() {
    let portico = Portico::start().await;
    let visitor = portico.visitor();
    let russian = [("accept-language", "ru-RU,ru;q=0.9,en;q=0.5")];
    assert_eq!(visitor.get("/login").await.attribute("html", "lang"), "en");
    assert_eq!(visitor.get_with("/login", &russian).await.attribute("html", "lang"), "ru");
    assert_eq!(visitor.get_with("/nowhere", &russian).await.attribute("html", "lang"), "ru");
    visitor.get("/language/en?next=/login").await.assert_leads_to("/login");
    assert_eq!(visitor.get_with("/login", &russian).await.attribute("html", "lang"), "en");
}

#[tokio::test]
async fn the_site_has_a_language_for_those_whose_browser_asks_for_none_of_ours() {
    let portico = Portico::with(&[("PORTICO_LANGUAGE", "ru")]).await;
    let language = async |header: &str| {
        let page = portico.visitor().get_with("/login", &[("accept-language", header)]).await;
        page.attribute("html", "lang")
    };
    assert_eq!(language("fr").await, "ru");
    assert_eq!(language("fr, en;q=0.2").await, "en");
    assert_eq!(language("ru;q=0, en;q=0").await, "ru");
}

#[tokio::test]
async fn the_page_of_a_fault_is_in_the_language_and_theme_of_who_asked() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    ada.submit("/account/email", &[("language", "ru"), ("time_zone", ""), ("theme", "dark")]).await.assert_status(303);
    // Another browser, which knows nothing but the session.
    let other = portico.log_in("ada", crate::support::PASSWORD).await;
    let page = other.get("/nothing").await;
    page.assert_status(404);
    assert_eq!((page.attribute("html", "lang"), page.attribute("html", "data-theme")), ("ru".into(), "dark".into()));
    assert_eq!(portico.visitor().get("/nothing").await.attribute("html", "lang"), "en");
}

#[tokio::test]
async fn every_page_has_a_link_to_its_other_language() {
    let portico = Portico::start().await;
    let visitor = portico.visitor();
    let page = visitor.get("/login?next=%2Faccount%2Fsecurity&also=a+b%26%2B%D1%8F").await;
    let link = page.attribute("footer a[lang=ru]", "href");
    let there = visitor.get(&link).await;
    assert_eq!(there.leads_to(), "/login?next=%2Faccount%2Fsecurity&also=a+b%26%2B%D1%8F");
    assert_eq!(visitor.follow(&there).await.attribute("html", "lang"), "ru");
    visitor.get("/language/xx").await.assert_status(404);
}

#[tokio::test]
async fn preferences_are_remembered_with_the_account() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let form = [("language", "ru"), ("time_zone", "Asia/Tokyo"), ("theme", "dark")];
    ada.submit("/account/email", &form).await.assert_leads_to("/account/email");
    let elsewhere = portico.log_in("ada", crate::support::PASSWORD).await;
    let page = elsewhere.get("/account/email").await;
    assert_eq!(page.attribute("html", "lang"), "ru");
    assert_eq!(page.attribute("html", "data-theme"), "dark");
    assert_eq!(page.value("time_zone"), "Asia/Tokyo");
}

#[tokio::test]
async fn a_link_changes_the_language_of_one_browser_and_nothing_of_the_account() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let form = [("language", "ru"), ("time_zone", ""), ("theme", "system")];
    ada.submit("/account/email", &form).await.assert_leads_to("/account/email");
    let elsewhere = portico.log_in("ada", crate::support::PASSWORD).await;
    let (rows, events) = (portico.database().count("audit").await, portico.database().count("events").await);
    let evil = [("sec-fetch-site", "cross-site"), ("referer", "https://evil.example/")];
    // No user has followed it yet.
    elsewhere.ask(hyper::Method::HEAD, "/language/en", &[], Default::default()).await;
    elsewhere.get_with("/language/en", &[("sec-purpose", "prefetch;prerender")]).await.assert_status(303);
    assert_eq!(elsewhere.get("/account").await.attribute("html", "lang"), "ru");
    elsewhere.get_with("/language/en?next=/account", &evil).await.assert_leads_to("/account");
    assert_eq!(elsewhere.get("/account").await.attribute("html", "lang"), "en", "a link means what it says");
    assert_eq!(ada.get("/account").await.attribute("html", "lang"), "ru");
    assert_eq!(portico.database().count("accounts where language = 'ru'").await, 1);
    assert_eq!(portico.database().count("audit").await, rows);
    assert_eq!(portico.database().count("events").await, events);
    // What is saved afterwards, anywhere, counts again.
    let form = [("language", "en"), ("time_zone", ""), ("theme", "system")];
    elsewhere.submit("/account/email", &form).await.assert_status(303);
    ada.submit("/account/email", &[("language", "ru"), ("time_zone", ""), ("theme", "system")])
        .await
        .assert_status(303);
    assert_eq!(elsewhere.get("/account").await.attribute("html", "lang"), "ru");
}

#[tokio::test]
async fn what_was_picked_in_a_browser_before_gives_way_to_the_choice_of_the_user_who_logs_in() {
    let portico = Portico::start().await;
    let shared = portico.visitor();
    for (name, saved, link) in [("ada", "en", "ru"), ("bob", "en", "ru")] {
        let person = portico.member(name).await;
        let form = [("language", saved), ("time_zone", ""), ("theme", "system")];
        person.submit("/account/email", &form).await.assert_status(303);
        let log_in = [("login", name), ("password", crate::support::PASSWORD)];
        shared.submit("/login", &log_in).await.assert_leads_to("/account");
        assert_eq!(shared.get("/account").await.attribute("html", "lang"), saved, "{name}");
        shared.get(&format!("/language/{link}")).await.assert_status(303);
        assert_eq!(shared.get("/account").await.attribute("html", "lang"), link, "{name}");
        shared.submit("/logout", &[]).await.assert_status(303);
        assert_eq!(shared.get("/login").await.attribute("html", "lang"), link, "{name}");
    }
}

#[tokio::test]
async fn preferences_that_are_on_no_list_are_refused() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    for (field, value) in [("language", "xx"), ("time_zone", "Mars/Olympus"), ("theme", "plaid")] {
        let mut form = vec![("language", ""), ("time_zone", ""), ("theme", "system")];
        form.retain(|(name, _)| *name != field);
        form.push((field, value));
        let page = ada.submit("/account/email", &form).await;
        page.assert_status(422);
        assert_eq!(page.problems(), [(field.to_owned(), "Choose one of the list".to_owned())]);
    }
}

#[tokio::test]
async fn russian_counts_devices_by_its_own_rules() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    for _ in 0..4 {
        portico.log_in("ada", crate::support::PASSWORD).await;
    }
    ada.get("/language/ru").await;
    let page = ada.get("/account").await;
    assert!(page.text().contains("5 устройствах"), "{}", page.one("main"));
}
