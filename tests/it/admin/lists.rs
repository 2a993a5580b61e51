//! The list of accounts: searching, paging, and doing something to many at once.

use crate::support::{Answer, PASSWORD, Portico};

use super::{let_proofs_age, log_of, page_of, prove};

fn names(page: &Answer) -> Vec<String> {
    page.assert_status(200).texts("tbody th a")
}

#[tokio::test]
async fn people_are_found_by_words_and_filters() {
    let portico = Portico::start().await;
    let admin = portico.admin("mira").await;
    for username in ["ada", "adam", "bob"] {
        portico.member(username).await;
    }
    let path = page_of(&portico, "bob").await;
    admin.submit(&format!("{path}/disable"), &[]).await.assert_status(303);
    let page = admin.get("/admin/users").await;
    assert_eq!(page.texts("tbody tr").len(), 4);
    assert_eq!(page.texts(".tabs a"), ["All 4", "Active 3", "Unconfirmed", "Disabled 1"]);
    assert_eq!(page.texts(".pager > span"), ["4 of 4"]);
    assert_eq!(names(&admin.get("/admin/users?q=ada&sort=name").await), ["ada", "adam"]);
    assert_eq!(names(&admin.get("/admin/users?q=ADAM").await), ["adam"]);
    assert_eq!(names(&admin.get("/admin/users?q=bob%40example.org").await), ["bob"]);
    assert_eq!(names(&admin.get(&format!("/admin/users?q={}", path.rsplit('/').next().unwrap())).await), ["bob"]);
    assert_eq!(names(&admin.get("/admin/users?status=disabled").await), ["bob"]);
    assert_eq!(names(&admin.get("/admin/users?role=admin").await), ["mira"]);
    assert_eq!(names(&admin.get("/admin/users?sort=name").await), ["ada", "adam", "bob", "mira"]);
    assert_eq!(names(&admin.get("/admin/users?sort=-name").await), ["mira", "bob", "adam", "ada"]);
    let page = admin.get("/admin/users?sort=name").await;
    assert_eq!(page.attributes("th", "aria-sort"), ["ascending"]);
    let page = admin.get("/admin/users?q=%3Cnobody%3E").await;
    assert_eq!(page.texts(".empty p")[0], "Nobody matches “<nobody>”.");
    assert_eq!(page.value("q"), "<nobody>");
    for odd in ["?after=x&before=y", "?sort=odd&status=odd&role=odd", "?q=%00%27%25_"] {
        admin.get(&format!("/admin/users{odd}")).await.assert_status(200);
    }
}

#[tokio::test]
async fn the_list_is_read_page_by_page_there_and_back() {
    let portico = Portico::start().await;
    let admin = portico.admin("mira").await;
    let create = |number: usize| format!("user{number:02}@example.org");
    for number in 0..30 {
        portico.run(&["user", "create", "--email", &create(number)], &format!("{PASSWORD}\n")).assert_done();
    }
    let first = admin.get("/admin/users?sort=name").await;
    let path = first.attribute(".pager [rel=next]", "href");
    let second = admin.get(&path).await;
    let mut all = names(&first);
    assert_eq!((all.len(), first.texts(".pager [rel=prev]").len()), (25, 0));
    all.extend(names(&second));
    assert_eq!(all.len(), 31);
    assert_eq!(all.first().unwrap(), "mira");
    assert!(all[1..].is_sorted(), "{all:?}");
    let back = admin.get(&second.attribute(".pager [rel=prev]", "href")).await;
    assert_eq!(names(&back), names(&first));
}

#[tokio::test]
async fn many_are_disabled_after_a_page_with_the_numbers_and_enabled_again() {
    let portico = Portico::start().await;
    let admin = portico.admin("mira").await;
    let mut ids = Vec::new();
    for username in ["ada", "bob", "eve"] {
        portico.member(username).await;
        ids.push(page_of(&portico, username).await.rsplit('/').next().unwrap().to_owned());
    }
    let there = "/admin/users/selected";
    let none_chosen = admin.submit(there, &[("do", "disable"), ("back", "/admin/users?q=a")]).await;
    none_chosen.assert_status(422);
    assert_eq!(none_chosen.texts(".flash p"), ["Choose at least one person first."]);
    assert_eq!(none_chosen.value("q"), "a");
    let root = page_of(&portico, "mira").await.rsplit('/').next().unwrap().to_owned();
    let fields =
        [("id", ids[0].as_str()), ("id", &ids[1]), ("id", &root), ("do", "disable"), ("back", "/admin/users?q=a")];
    let page = admin.submit(there, &fields).await;
    assert_eq!(page.assert_status(200).one("h1"), "Disable 3 accounts?");
    assert_eq!(portico.database().count("accounts where status = 'active'").await, 4);
    let (chosen, back) = (page.value("ids"), page.value("back"));
    let_proofs_age(&portico);
    let fields = [("ids", chosen.as_str()), ("back", &back), ("reason", "Spam")];
    let away = admin.submit("/admin/users/selected/disable", &fields).await;
    let page = prove(&admin, &away).await;
    assert_eq!(page.one("h1"), "Disable 3 accounts?");
    assert_eq!(page.value("reason").trim(), "Spam");
    let fields = [("ids", chosen.as_str()), ("back", &back), ("reason", "Spam")];
    let done = admin.submit("/admin/users/selected/disable", &fields).await;
    let page = admin.follow(done.assert_leads_to("/admin/users?q=a")).await;
    page.assert_flash("2 accounts are disabled. One is left as it was: you cannot do this to the only admin.");
    assert_eq!(portico.database().count("accounts where status = 'active'").await, 2);
    assert_eq!(log_of(&portico, "ada").await.last().unwrap(), "disabled");
    let fields = [("id", ids[0].as_str()), ("id", &ids[1]), ("do", "enable"), ("back", "//evil.example")];
    admin.submit(there, &fields).await.assert_leads_to("/admin/users");
    assert_eq!(portico.database().count("accounts where status = 'active'").await, 4);
}

#[tokio::test]
async fn a_table_for_spreadsheets_holds_no_formulas_and_no_secrets() {
    let portico = Portico::start().await;
    let admin = portico.admin("mira").await;
    let ada = portico.member("ada").await;
    let evil = "=HYPERLINK(\"http://evil.example\",\"x\")";
    ada.submit("/account/profile", &[("username", "ada"), ("name", evil)]).await.assert_status(303);
    for username in ["bob", "eve"] {
        portico.member(username).await;
    }
    let there = "/admin/users/selected";
    let all = admin.submit(there, &[("do", "export-all"), ("back", "/admin/users")]).await;
    all.assert_status(200);
    assert_eq!(all.header("content-type"), "text/csv; charset=utf-8");
    assert!(all.header("content-disposition").starts_with("attachment; filename=\"users-"));
    let text = all.text();
    assert_eq!(text.lines().count(), 5, "{text}");
    assert_eq!(
        text.lines().next().unwrap(),
        "\u{feff}".to_owned() + r#""id","username","email","email_confirmed","name","role","status","joined""#
    );
    assert!(text.contains("\"'=HYPERLINK(\"\"http://evil.example\"\",\"\"x\"\")\""), "{text}");
    assert!(!text.contains("argon2"));
    let found = admin.submit(there, &[("do", "export-all"), ("back", "/admin/users?q=bob")]).await;
    assert_eq!(found.text().lines().count(), 2, "{}", found.text());
    let id = page_of(&portico, "eve").await.rsplit('/').next().unwrap().to_owned();
    let chosen = admin.submit(there, &[("do", "export"), ("id", &id)]).await;
    assert!(chosen.text().lines().nth(1).unwrap().contains(r#","eve","#), "{}", chosen.text());
    let_proofs_age(&portico);
    let away = admin.submit(there, &[("do", "export"), ("id", &id)]).await;
    let page = prove(&admin, &away).await;
    let (ids, act) = (page.value("ids"), page.attribute("[name=do]", "value"));
    let chosen = admin.submit(there, &[("do", &act), ("ids", &ids)]).await;
    assert_eq!(chosen.text().lines().count(), 2);
    assert_eq!(portico.database().count("audit where action = 'exported'").await, 4);
}
