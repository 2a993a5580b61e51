//! One's data, deleting the account, and the first admin.

use std::io::{Cursor, Read as _};
use std::time::{Duration, Instant};

use serde_json::Value;
use zip::ZipArchive;

use crate::support::{Answer, PASSWORD, Portico, Visitor, photo};

async fn delete(visitor: &Visitor, confirm: &str) -> Answer {
    visitor.submit("/account/delete", &[("confirm", confirm)]).await
}

fn unzip(answer: &Answer) -> Vec<(String, Vec<u8>)> {
    answer.assert_status(200);
    assert_eq!(answer.header("content-type"), "application/zip");
    let mut zip = ZipArchive::new(Cursor::new(answer.body.clone())).expect("a zip");
    (0..zip.len())
        .map(|number| {
            let mut file = zip.by_index(number).unwrap();
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).unwrap();
            (file.name().unwrap().into_owned(), bytes)
        })
        .collect()
}

#[tokio::test]
async fn the_copy_of_ones_data_holds_the_account_the_devices_and_every_picture() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    ada.submit("/account/profile", &[("username", "ada"), ("name", "Ada Lovelace"), ("bio", "Числа")]).await;
    ada.set_picture(&photo::jpeg(300, 200)).await.assert_status(303);
    let answer = ada.submit("/account/data/download", &[]).await;
    assert!(answer.header("content-disposition").starts_with("attachment; filename="));
    let files = unzip(&answer);
    let file = |name: &str| &files.iter().find(|(known, _)| known == name).expect(name).1;
    let account: Value = serde_json::from_slice(file("account.json")).unwrap();
    assert_eq!(account["username"], "ada");
    assert_eq!(account["email"], "ada@example.org");
    assert_eq!(account["bio"], "Числа");
    let devices: Value = serde_json::from_slice(file("devices.json")).unwrap();
    assert_eq!(devices.as_array().unwrap().len(), 1);
    assert_eq!(devices[0]["address"], "127.0.0.1");
    let history: Value = serde_json::from_slice(file("history.json")).unwrap();
    let actions: Vec<_> = history.as_array().unwrap().iter().map(|row| row["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["picture-set", "profile-changed", "logged-in", "signed-up"]);
    assert_eq!((&history[1]["by"], &history[1]["address"]), (&"yourself".into(), &"127.0.0.1".into()));
    let pictures = files.iter().filter(|(name, _)| name.starts_with("pictures/"));
    for (_, bytes) in pictures.clone() {
        photo::decode(bytes);
    }
    assert_eq!(pictures.count(), portico.picture_files().len());
    let all = String::from_utf8_lossy(&answer.body).into_owned();
    assert!(!all.contains("argon2"), "the hash is nobody's business");
}

#[tokio::test]
async fn a_stranger_who_finds_the_browser_open_has_to_prove_that_the_data_is_theirs() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    portico.advance(Duration::from_mins(10));
    let away = ada.submit("/account/data/download", &[]).await;
    away.assert_leads_to("/reauth?next=%2Faccount%2Fdata");
    let page = ada.follow(&away).await;
    let next = page.value("next");
    let wrong = ada.submit("/reauth", &[("password", "not hers at all"), ("next", &next)]).await;
    wrong.assert_status(422).assert_problem("password", "This password is not right");
    let right = ada.submit("/reauth", &[("password", PASSWORD), ("next", &next)]).await;
    right.assert_leads_to("/account/data");
    unzip(&ada.submit("/account/data/download", &[]).await);
}

#[tokio::test]
async fn deleting_an_account_removes_everything_of_it_and_tells_the_others() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let phone = portico.log_in("ada", PASSWORD).await;
    ada.set_picture(&photo::jpeg(300, 200)).await.assert_status(303);
    let path = ada.get("/account").await.attribute(".av img", "src");
    assert!(!portico.picture_files().is_empty());
    let answer = delete(&ada, "ada").await;
    let goodbye = ada.follow(answer.assert_leads_to("/goodbye")).await;
    assert_eq!(goodbye.one("h1"), "Your account is deleted.");
    assert_eq!(portico.database().count("accounts").await, 0);
    assert_eq!(portico.database().count("sessions").await, 0);
    assert_eq!(portico.picture_files(), Vec::<std::path::PathBuf>::new());
    portico.visitor().get(&path).await.assert_status(404);
    phone.get("/account").await.assert_leads_to("/login?next=%2Faccount");
    let body = portico.database().text("select body from events where kind = 'user.deleted'").await;
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body.as_object().unwrap().keys().collect::<Vec<_>>(), ["id"], "the id, and nothing personal");
    portico.visitor().submit("/login", &[("login", "ada"), ("password", PASSWORD)]).await.assert_status(422);
    portico.member("ada").await;
}

#[tokio::test]
async fn deleting_wants_the_name_typed() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let page = delete(&ada, "bob").await;
    page.assert_status(422).assert_problem("confirm", "Type ada to confirm");
    assert_eq!(page.value("confirm"), "bob");
    delete(&ada, "").await.assert_status(422).assert_problem("confirm", "Type ada to confirm");
    assert_eq!(portico.database().count("accounts").await, 1);
    delete(&ada, " ADA ").await.assert_leads_to("/goodbye");
}

#[tokio::test]
async fn deleting_wants_a_recent_log_in_on_a_page_of_its_own() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    portico.advance(Duration::from_mins(10));
    delete(&ada, "ada").await.assert_leads_to("/reauth?next=%2Faccount%2Fdelete");
    let away = ada.get("/account/delete").await;
    away.assert_leads_to("/reauth?next=%2Faccount%2Fdelete");
    let page = ada.follow(&away).await;
    let wrong = ada.submit("/reauth", &[("password", "not hers at all"), ("next", &page.value("next"))]).await;
    wrong.assert_status(422).assert_problem("password", "This password is not right");
    assert_eq!(portico.database().count("accounts").await, 1);
    ada.submit("/reauth", &[("password", PASSWORD), ("next", &page.value("next"))])
        .await
        .assert_leads_to("/account/delete");
    let page = ada.get("/account/delete").await;
    // A browser that has saved the password fills in both, where they stand together.
    assert_eq!(page.texts("main [type=password]"), Vec::<String>::new());
    assert_eq!(page.one("main label[for=confirm]"), "Type your username, ada");
    delete(&ada, "ada").await.assert_leads_to("/goodbye");
}

#[tokio::test]
async fn deleting_twice_by_a_double_click_is_no_error() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let tab = ada.clone();
    let (first, second) = tokio::join!(delete(&ada, "ada"), delete(&tab, "ada"));
    for answer in [&first, &second] {
        assert!(answer.status < 500, "{}", answer.text());
    }
    assert_eq!(portico.database().count("accounts").await, 0);
    assert_eq!(portico.database().count("events where kind = 'user.deleted'").await, 1);
}

#[tokio::test]
async fn the_only_admin_cannot_leave_without_another() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    portico.run(&["user", "promote", "ada"], "").assert_done();
    let page = delete(&ada, "ada").await;
    page.assert_status(409).assert_summary("You are the only admin. Make someone else an admin first");
    portico.member("bob").await;
    portico.run(&["user", "promote", "bob"], "").assert_done();
    delete(&ada, "ada").await.assert_leads_to("/goodbye");
}

#[tokio::test]
async fn where_people_may_not_delete_themselves_there_is_no_such_page() {
    let portico = Portico::with(&[("PORTICO_SELF_DELETE", "off")]).await;
    let ada = portico.member("ada").await;
    ada.get("/account/delete").await.assert_status(404);
    delete(&ada, "ada").await.assert_status(404);
    let links = ada.get("/account").await.attributes("a", "href");
    assert!(!links.iter().any(|link| link.contains("delete")), "{links:?}");
}

/// The link that the log carries while there is no admin.
pub async fn setup_link(portico: &Portico) -> String {
    setup_link_since(portico, 0).await
}

/// The same in what it has logged from there on.
async fn setup_link_since(portico: &Portico, from: usize) -> String {
    let start = Instant::now();
    loop {
        let log = portico.log()[from..].to_owned();
        if let Some(rest) = log.split("/setup/").nth(1) {
            return format!("/setup/{}", rest.split(['"', ' ']).next().unwrap());
        }
        assert!(start.elapsed() < Duration::from_secs(10), "no link in the log:\n{log}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn the_link_in_the_log_makes_the_first_admin_once() {
    let portico = Portico::start().await;
    let link = setup_link(&portico).await;
    let visitor = portico.visitor();
    assert_eq!(visitor.get(&link).await.one("h1"), "Create the first admin");
    let form = [("email", "root@example.org"), ("username", "grace"), ("password", PASSWORD)];
    visitor.submit(&link, &form).await.assert_leads_to("/welcome");
    assert_eq!(portico.database().count("accounts where is_admin").await, 1);
    let second = portico.visitor();
    second.get(&link).await.assert_status(404);
    let form = [("email", "eve@example.org"), ("username", "eve"), ("password", PASSWORD)];
    second.submit(&link, &form).await.assert_status(404);
    assert_eq!(portico.database().count("accounts").await, 1);
}

#[tokio::test]
async fn of_two_who_use_the_link_at_once_one_becomes_the_admin() {
    let portico = Portico::start().await;
    let link = setup_link(&portico).await;
    let (first, second) = (portico.visitor(), portico.visitor());
    let ada = [("email", "ada@example.org"), ("username", "ada"), ("password", PASSWORD)];
    let bob = [("email", "bob@example.org"), ("username", "bob"), ("password", PASSWORD)];
    let (first, second) = tokio::join!(first.submit(&link, &ada), second.submit(&link, &bob));
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 404]);
    assert_eq!(portico.database().count("accounts").await, 1);
}

#[tokio::test]
async fn a_logged_in_user_may_use_the_link_for_their_own_account() {
    let portico = Portico::start().await;
    let link = setup_link(&portico).await;
    let ada = portico.member("ada").await;
    let answer = ada.submit(&link, &[]).await;
    ada.follow(answer.assert_leads_to("/account")).await.assert_flash("You are the first admin.");
    assert_eq!(portico.database().count("accounts where is_admin").await, 1);
    ada.submit(&link, &[]).await.assert_status(404);
}

#[tokio::test]
async fn once_there_is_an_admin_the_log_carries_no_link() {
    let mut portico = Portico::start().await;
    let old = setup_link(&portico).await;
    portico.member("ada").await;
    portico.run(&["user", "promote", "ada"], "").assert_done();
    portico.visitor().get(&old).await.assert_status(404);
    let seen = portico.log().len();
    portico.restart().await;
    assert!(!portico.log()[seen..].contains("/setup/"));
}

#[tokio::test]
async fn every_start_without_an_admin_shows_the_same_link_until_it_has_run_out() {
    let mut portico = Portico::start().await;
    let first = setup_link(&portico).await;
    let seen = portico.log().len();
    portico.restart().await;
    assert_eq!(setup_link_since(&portico, seen).await, first);
    let twin = portico.twin().await;
    assert_eq!(setup_link(&twin).await, first);
    drop(twin);
    assert_eq!(portico.database().count("links").await, 1);
    portico.advance(Duration::from_hours(24));
    portico.visitor().get(&first).await.assert_status(404);
    let seen = portico.log().len();
    portico.restart().await;
    let second = setup_link_since(&portico, seen).await;
    assert_ne!(second, first);
    portico.visitor().get(&first).await.assert_status(404);
    portico.visitor().get(&second).await.assert_status(200);
    assert_eq!(portico.database().count("links").await, 1);
}

#[tokio::test]
async fn an_admin_made_by_any_door_leaves_no_link() {
    let create = ["user", "create", "--username", "grace", "--email", "grace@example.org", "--admin"];
    for arguments in [&["user", "promote", "ada"][..], &create] {
        let portico = Portico::start().await;
        setup_link(&portico).await;
        portico.member("ada").await;
        assert_eq!(portico.database().count("links").await, 1);
        portico.run(arguments, &format!("{PASSWORD}\n")).assert_done();
        assert_eq!(portico.database().count("links").await, 0, "{arguments:?}");
    }
}

#[tokio::test]
async fn the_link_works_even_where_sign_up_is_closed() {
    let portico = Portico::with(&[("PORTICO_SIGNUP", "closed")]).await;
    let link = setup_link(&portico).await;
    let form = [("email", "root@example.org"), ("username", "grace"), ("password", PASSWORD)];
    portico.visitor().submit(&link, &form).await.assert_leads_to("/welcome");
}

#[tokio::test]
async fn a_made_up_link_is_a_page_that_does_not_exist() {
    let portico = Portico::start().await;
    portico.visitor().get("/setup/0123456789abcdef").await.assert_status(404);
    portico.visitor().get("/setup/%00").await.assert_status(404);
}
