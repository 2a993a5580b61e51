//! What becomes of sessions: expiry, other sites, too many tries, other devices.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::future::join_all;
use hyper::Method;
use serde_json::{Value, json};

use crate::api::{Api, text};
use crate::support::{Answer, PASSWORD, Part, Portico, Visitor, photo};

/// How long a session lasts unless it is used.
const IDLE: Duration = Duration::from_hours(24);

#[tokio::test]
async fn an_expired_session_keeps_what_was_typed_while_one_logs_in_again() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    portico.advance(IDLE);
    let form = [("name", "Ada Lovelace"), ("bio", "Two lines,\r\nboth kept"), ("username", "ada"), ("public", "1")];
    let login = ada.submit("/account/profile", &form).await;
    assert_logged_out(&login, "You were logged out. Log in to go on: what you typed is kept, passwords apart.");
    let is_readable = sealed(&login).windows(4).any(|part| part == b"Love");
    assert!(!is_readable, "who comes to the page that was left reads in its source what was typed");
    let wrong = log_in_again(&ada, &login, "ada", "not her password").await;
    wrong.assert_status(422);
    let back = log_in_again(&ada, &wrong, "ada", PASSWORD).await;
    let page = ada.follow(back.assert_leads_to("/account/profile")).await;
    assert_eq!(page.value("name"), "Ada Lovelace");
    assert_eq!(page.value("bio").trim_start_matches('\n').replace("\r\n", "\n"), "Two lines,\nboth kept");
    assert!(page.is_checked("public"));
    page.assert_flash("Your changes are below, but not saved yet. Check and save again.");
    let again = ada.get("/account/profile").await;
    assert_eq!(again.value("name"), "", "a draft is shown once, and was not saved by itself");
}

#[tokio::test]
async fn an_expired_session_keeps_the_name_beside_a_photo_too() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    portico.advance(IDLE);
    let bytes = photo::jpeg(2_000, 2_000);
    let parts = [Part::File("photo", "me.jpg", &bytes), Part::Text("name", "Ada Lovelace"), Part::Text("do", "save")];
    let login = ada.upload("/welcome", &parts).await;
    let back = log_in_again(&ada, login.assert_status(401), "ada", PASSWORD).await;
    assert_eq!(ada.follow(back.assert_leads_to("/welcome")).await.value("name"), "Ada Lovelace");
}

#[tokio::test]
async fn what_a_stranger_sends_beside_a_photo_is_kept_whole_and_only_so_far() {
    let portico = Portico::start().await;
    let (long, short) = ("x".repeat(20_000), "y".repeat(9_000));
    let parts = [
        Part::Text("name", "Ada Lovelace"),
        Part::Text("long", &long),
        Part::Text("first", &short),
        Part::Text("second", &short),
    ];
    let stranger = portico.visitor();
    let page = stranger.upload("/welcome", &parts).await;
    // Sealed, with the name and one of the three beside it.
    let kept = sealed(page.assert_status(401)).len();
    assert!((9_000..11_000).contains(&kept), "{kept}");
    portico.member("ada").await;
    let back = log_in_again(&stranger, &page, "ada", PASSWORD).await;
    assert_eq!(stranger.follow(back.assert_leads_to("/welcome")).await.value("name"), "Ada Lovelace");
    let page = portico.visitor().upload("/account/delete", &parts).await;
    assert!(page.assert_status(401).attributes("[name=draft]", "value").is_empty(), "no form there has a file");
}

/// The log-in page in place of what was posted, with a message.
#[track_caller]
fn assert_logged_out(page: &Answer, words: &str) {
    page.assert_status(401);
    assert_eq!(page.texts(".flash p"), [words]);
}

/// Sends the log-in form of a page, with all that it carries.
async fn log_in_again(visitor: &Visitor, page: &Answer, login: &str, password: &str) -> Answer {
    let (next, draft) = (page.value("next"), page.value("draft"));
    let fields = [("login", login), ("password", password), ("next", &next), ("draft", &draft)];
    visitor.submit("/login", &fields).await
}

/// What a log-in page carries of another form.
fn sealed(page: &Answer) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(page.value("draft")).unwrap()
}

#[tokio::test]
async fn what_a_stranger_posts_leaves_nothing_behind() {
    let portico = Portico::start().await;
    for path in ["/account/profile", "/account/email", "/reauth", "/admin/users/new"] {
        let stranger = portico.visitor();
        let bio = "x".repeat(10_000);
        stranger.submit(path, &[("name", "Nobody"), ("bio", &bio)]).await;
        assert_eq!(stranger.cookie("portico"), None, "{path}");
    }
    assert_eq!(portico.database().count("sessions").await, 0);
}

#[tokio::test]
async fn no_other_user_is_shown_what_a_user_typed_before_their_session_ended() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    portico.member("eve").await;
    portico.advance(IDLE);
    let login = ada.submit("/account/profile", &[("name", "Ada Lovelace")]).await;
    let back = log_in_again(&ada, &login, "eve", PASSWORD).await;
    let page = ada.follow(back.assert_leads_to("/account/profile")).await;
    assert_eq!(page.value("name"), "");
    assert_eq!(page.value("username"), "eve");
}

#[tokio::test]
async fn a_made_up_draft_is_shown_to_no_user() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    portico.advance(IDLE);
    let login = ada.submit("/account/profile", &[("name", "Ada Lovelace")]).await;
    let mut forged = sealed(&login);
    let middle = forged.len() / 2;
    forged[middle] ^= 1;
    let forged = URL_SAFE_NO_PAD.encode(forged);
    let fields = [("login", "ada"), ("password", PASSWORD), ("next", "/account/profile"), ("draft", &forged)];
    let back = ada.submit("/login", &fields).await;
    assert_eq!(ada.follow(back.assert_leads_to("/account/profile")).await.value("name"), "");
}

#[tokio::test]
async fn a_password_typed_into_an_expired_session_is_kept_nowhere() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    portico.advance(IDLE);
    let form = [("current", PASSWORD), ("new", "eight brave herons")];
    let page = ada.submit("/account/security/password", &form).await;
    assert_logged_out(&page, "Log in to go on.");
    assert!(page.attributes("[name=draft]", "value").is_empty());
    assert!(!page.text().contains(PASSWORD) && !page.text().contains("herons"));
}

#[tokio::test]
async fn a_session_ends_however_much_it_is_used_once_its_last_day_has_come() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    for _ in 0..31 {
        portico.advance(Duration::from_hours(23));
        ada.get("/account").await.assert_status(200);
    }
    portico.advance(Duration::from_hours(23));
    ada.get("/account").await.assert_leads_to("/login?next=%2Faccount");
}

#[tokio::test]
async fn a_session_in_use_lives_on_past_its_first_idle_limit() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    for _ in 0..2 {
        portico.advance(Duration::from_hours(23));
        ada.get("/account").await.assert_status(200);
    }
    portico.advance(IDLE);
    ada.get("/account").await.assert_leads_to("/login?next=%2Faccount");
}

#[tokio::test]
async fn sessions_outlive_a_restart() {
    let mut portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let cookie = ada.cookie("portico").unwrap();
    portico.restart().await;
    let ada = portico.visitor();
    ada.set_cookie("portico", &cookie);
    assert_eq!(ada.get("/account").await.one("h1"), "Hello, ada");
}

#[tokio::test]
async fn forms_sent_by_other_sites_change_nothing() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let twin = portico.url().replace("http://", "https://");
    for header in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("origin", twin.as_str()),
    ] {
        for path in
            ["/logout", "/account/profile", "/account/delete", "/account/security/password", "/login", "/signup"]
        {
            let page = ada.submit_with(path, &[("name", "Mallory")], &[header]).await;
            page.assert_status(403);
            assert_eq!(page.one("h1"), "Nothing was changed");
        }
    }
    assert_eq!(ada.get("/account").await.one("h1"), "Hello, ada");
}

#[tokio::test]
async fn forms_of_our_own_pages_are_taken_from_older_browsers_too() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let form = [("username", "ada"), ("name", "Ada")];
    let page = ada.submit_with("/account/profile", &form, &[("origin", portico.url())]).await;
    page.assert_leads_to("/account/profile");
}

#[tokio::test]
async fn a_link_changes_nothing_that_a_button_changes() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    for path in [
        "/logout",
        "/account/delete?confirm=ada&password=seven+quiet+otters",
        "/account/profile?name=Mallory&username=ada",
        "/account/security/sessions/others",
        "/account/picture?do=remove",
    ] {
        ada.get(path).await;
        ada.ask(Method::HEAD, path, &[], Default::default()).await;
    }
    assert_eq!(ada.get("/account").await.one("h1"), "Hello, ada");
}

#[tokio::test]
async fn the_list_of_devices_names_browsers_and_marks_this_one() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    let form = [("login", "ada"), ("password", PASSWORD)];
    let other = portico.visitor();
    other.submit_with("/login", &form, &[("user-agent", firefox)]).await.assert_leads_to("/account");
    let page = ada.get("/account/security").await;
    let devices = page.texts("[aria-labelledby=devices] .t");
    assert_eq!(devices.len(), 2);
    assert_eq!(devices.iter().filter(|device| device.contains("This device")).count(), 1);
    assert!(devices.contains(&"Firefox on Linux".to_owned()), "{devices:?}");
    assert!(page.texts("[aria-labelledby=devices] .num").iter().all(|address| address == "127.0.0.1"));
}

#[tokio::test]
async fn one_other_device_is_logged_out_and_pressing_twice_is_no_dead_end() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let phone = portico.log_in("ada", PASSWORD).await;
    let laptop = portico.log_in("ada", PASSWORD).await;
    let page = ada.get("/account/security").await;
    let sessions = page.attributes("[name=session]", "value");
    assert_eq!(sessions.len(), 2);
    for _ in 0..2 {
        let answer = ada.submit("/account/security/sessions", &[("session", &sessions[0])]).await;
        ada.follow(answer.assert_leads_to("/account/security")).await.assert_flash("The device is logged out.");
    }
    let mut left = 0;
    for other in [&phone, &laptop] {
        left += i32::from(other.get("/account").await.status == 200);
    }
    assert_eq!(left, 1);
    ada.get("/account").await.assert_status(200);
}

#[tokio::test]
async fn every_other_device_is_logged_out_at_once() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let bob = portico.member("bob").await;
    let phone = portico.log_in("ada", PASSWORD).await;
    let laptop = portico.log_in("ada", PASSWORD).await;
    let answer = ada.submit("/account/security/sessions/others", &[]).await;
    ada.follow(&answer).await.assert_flash("2 devices are logged out.");
    for other in [&phone, &laptop] {
        other.get("/account").await.assert_leads_to("/login?next=%2Faccount");
    }
    bob.get("/account").await.assert_status(200);
}

#[tokio::test]
async fn no_user_ends_another_users_session() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    portico.log_in("ada", PASSWORD).await;
    let sessions = ada.get("/account/security").await.attributes("[name=session]", "value");
    let eve = portico.member("eve").await;
    eve.submit("/account/security/sessions", &[("session", &sessions[0])]).await;
    assert_eq!(ada.get("/account/security").await.attributes("[name=session]", "value"), sessions);
}

#[tokio::test]
async fn changing_the_password_ends_every_other_session_and_gives_this_one_a_new_id() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let phone = portico.log_in("ada", PASSWORD).await;
    let copy = ada.copy();
    let form = [("current", PASSWORD), ("new", "eight brave herons")];
    let answer = ada.submit("/account/security/password", &form).await;
    ada.follow(answer.assert_leads_to("/account/security"))
        .await
        .assert_flash("Your password is changed. Your other devices are logged out.");
    for other in [&phone, &copy] {
        other.get("/account").await.assert_leads_to("/login?next=%2Faccount");
    }
    portico.visitor().submit("/login", &[("login", "ada"), ("password", PASSWORD)]).await.assert_status(422);
    portico.log_in("ada", "eight brave herons").await;
}

#[tokio::test]
async fn setting_the_password_it_already_has_changes_nothing() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let phone = portico.log_in("ada", PASSWORD).await;
    let before = portico.database().text("select password_hash from accounts").await;
    let form = [("current", PASSWORD), ("new", PASSWORD)];
    ada.submit("/account/security/password", &form).await.assert_leads_to("/account/security");
    assert_eq!(portico.database().text("select password_hash from accounts").await, before);
    phone.get("/account").await.assert_status(200);
}

#[tokio::test]
async fn a_password_change_wants_the_current_one_and_an_acceptable_new_one() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    for (current, new, field, words) in [
        ("not hers at all", "eight brave herons", "current", "This password is not right"),
        ("", "eight brave herons", "current", "Enter your password"),
        (PASSWORD, "short", "new", "Your password must be 12 characters or longer"),
        (PASSWORD, "password1234", "new", "This password is in a list of leaked passwords. Choose another"),
    ] {
        let page = ada.submit("/account/security/password", &[("current", current), ("new", new)]).await;
        page.assert_status(422).assert_problem(field, words);
        assert_eq!(page.value("current"), "");
        assert_eq!(page.value("new"), "");
    }
    portico.log_in("ada", PASSWORD).await;
}

#[tokio::test]
async fn disabling_an_account_ends_its_sessions_at_once() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    portico.run(&["user", "disable", "ada"], "").assert_done();
    ada.get("/account").await.assert_leads_to("/login?next=%2Faccount");
}

#[tokio::test]
async fn sessions_and_tokens_that_are_asked_for_together_are_each_answered_for_themselves() {
    const MEMBERS: usize = 12;
    let portico = Portico::with(&[("PORTICO_RATE_LIMITS", "off")]).await;
    let api = Api::of(&portico);
    let mut members = Vec::new();
    for number in 0..MEMBERS {
        let visitor = portico.member(&format!("user{number}")).await;
        let body = json!({ "email": format!("user{number}@example.org"), "password": PASSWORD });
        let token = text(&api.call("POST", "/api/users/login", "", body).await, "/access");
        members.push((visitor, format!("JWT {token}")));
    }
    portico.run(&["user", "disable", "user3"], "").assert_done();
    let asked = (0..20 * MEMBERS).map(|nth| {
        let (number, (visitor, token)) = (nth % MEMBERS, &members[nth % MEMBERS]);
        let api = &api;
        async move {
            let answer = match nth / MEMBERS % 3 {
                0 => visitor.get("/account").await,
                1 => visitor.get("/account/profile").await,
                _ => api.call("GET", "/api/users/me", token, Value::Null).await,
            };
            let name = format!("user{number}");
            match (number, nth / MEMBERS % 3) {
                (3, kind) => assert_eq!(answer.status, if kind == 2 { 401 } else { 303 }),
                (_, 1) => assert_eq!(answer.value("username"), name),
                _ => assert!(answer.text().contains(&format!("{name}@example.org")), "{name}: {}", answer.text()),
            }
        }
    });
    join_all(asked).await;
}
