//! Logging in and out.

use std::time::Duration;

use cookie::SameSite;
use futures_util::future::join_all;
use portico::app::App;
use portico::authenticated::Authenticated;
use portico::error;
use portico::http::dialects;
use portico::logins;
use portico::logins::session::Browser;
use portico::lookup;
use portico::model::Client;
use portico::model::audit::{Action, Entry};
use portico::model::password::Password;
use portico::model::{Account, Actor, Door};
use portico::store;
use portico::tokens::{self, Device};

use crate::support::{Answer, PASSWORD, Portico, Visitor, app};

async fn try_log_in(visitor: &Visitor, login: &str, password: &str) -> Answer {
    visitor.submit("/login", &[("login", login), ("password", password)]).await
}

#[tokio::test]
async fn people_log_in_by_username_or_email_in_any_letter_case() {
    let portico = Portico::start().await;
    portico.member("Ada").await;
    for login in ["Ada", "ada", "ADA", "Ada@example.org", "ADA@EXAMPLE.ORG", " ada "] {
        let visitor = portico.log_in(login, PASSWORD).await;
        assert_eq!(visitor.get("/account").await.one("h1"), "Hello, Ada");
    }
}

#[tokio::test]
async fn an_unknown_name_and_a_wrong_password_are_answered_alike() {
    let portico = Portico::start().await;
    portico.member("quentin").await;
    let wrong = try_log_in(&portico.visitor(), "quentin", "not his password").await;
    let unknown = try_log_in(&portico.visitor(), "zephyr", "not his password").await;
    wrong.assert_status(422);
    unknown.assert_status(422);
    // What a passkey is to answer is another for each page.
    let said = |answer: &Answer, name: &str| {
        let text = answer.text().replace(name, "…");
        let (before, rest) = text.split_once("challenge&#34;:&#34;").expect("a challenge");
        format!("{before}{}", rest.split_once("&#34;").expect("its end").1)
    };
    assert_eq!(said(&wrong, "quentin"), said(&unknown, "zephyr"));
    let names = |answer: &Answer| {
        let mut names: Vec<_> = answer.headers.keys().map(ToString::to_string).collect();
        names.sort();
        names
    };
    assert_eq!(names(&wrong), names(&unknown));
}

#[tokio::test]
async fn a_wrong_password_keeps_the_name_and_never_sends_the_password_back() {
    let portico = Portico::start().await;
    portico.member("ada").await;
    let page = try_log_in(&portico.visitor(), "ada", "not her password").await;
    page.assert_status(422);
    assert_eq!(page.value("login"), "ada");
    assert_eq!(page.value("password"), "");
    assert!(!page.text().contains("not her password"));
}

#[tokio::test]
async fn an_empty_form_says_what_is_missing() {
    let portico = Portico::start().await;
    let page = try_log_in(&portico.visitor(), " ", "").await;
    page.assert_status(422);
    let words: Vec<_> = page.problems().into_iter().map(|(_, words)| words).collect();
    assert_eq!(words, ["Enter your email or username", "Enter your password"]);
}

#[tokio::test]
async fn a_disabled_account_is_told_so_only_after_the_right_password() {
    let portico = Portico::start().await;
    portico.member("ada").await;
    portico.run(&["user", "disable", "ada"], "").assert_done();
    let wrong = try_log_in(&portico.visitor(), "ada", "not her password").await;
    wrong.assert_status(422).assert_summary("Email or password is not right. Try again");
    let right = try_log_in(&portico.visitor(), "ada", PASSWORD).await;
    right.assert_status(422).assert_summary("This account is disabled");
}

#[tokio::test]
async fn a_disabled_person_is_told_whom_to_write_to() {
    let portico = Portico::with(&[("PORTICO_SUPPORT_EMAIL", "help@example.org")]).await;
    portico.member("ada").await;
    portico.run(&["user", "disable", "ada"], "").assert_done();
    let page = try_log_in(&portico.visitor(), "ada", PASSWORD).await;
    page.assert_summary("This account is disabled. Write to help@example.org");
}

#[tokio::test]
async fn the_log_in_page_says_where_to_write_where_there_is_an_address() {
    let portico = Portico::with(&[("PORTICO_SUPPORT_EMAIL", "help@example.org")]).await;
    let page = portico.visitor().get("/login").await;
    assert!(page.texts("main p").contains(&"Cannot log in? Write to help@example.org".to_owned()), "{}", page.text());
    assert!(page.attributes("main a", "href").contains(&"mailto:help@example.org".to_owned()));
    let page = Portico::start().await.visitor().get("/login").await;
    assert!(!page.text().contains("mailto:"));
}

#[tokio::test]
async fn a_password_manager_finds_the_page_to_change_the_password() {
    let portico = Portico::start().await;
    let answer = portico.member("ada").await.get("/.well-known/change-password").await;
    answer.assert_status(303).assert_leads_to("/account/security#password");
}

#[tokio::test]
async fn an_address_with_slashes_too_many_leads_to_the_one_without() {
    let portico = Portico::start().await;
    let visitor = portico.visitor();
    for (odd, tidy) in [("/login/", "/login"), ("//login", "/login"), ("/login///?next=%2Fx%2F", "/login?next=%2Fx%2F")]
    {
        let answer = visitor.get(odd).await;
        answer.assert_status(308);
        assert_eq!(answer.header("location"), tidy, "{odd}");
    }
    for odd in ["//evil.example/", "/\\evil.example/", "/admin/users/"] {
        let answer = visitor.get(odd).await;
        assert!(!answer.header("location").contains("evil") && answer.status == 404, "{odd}: {}", answer.status);
    }
    visitor.submit("/login/", &[("login", "ada"), ("password", PASSWORD)]).await.assert_status(404);
}

#[tokio::test]
async fn strangers_are_led_to_the_log_in_page_and_back() {
    let portico = Portico::start().await;
    portico.member("ada").await;
    let visitor = portico.visitor();
    let away = visitor.get("/account/security?x=1").await;
    away.assert_leads_to("/login?next=%2Faccount%2Fsecurity%3Fx%3D1");
    let page = visitor.follow(&away).await;
    page.assert_flash("Log in to go on.");
    let next = page.value("next");
    let answer = visitor.submit("/login", &[("login", "ada"), ("password", PASSWORD), ("next", &next)]).await;
    answer.assert_leads_to("/account/security?x=1");
}

#[tokio::test]
async fn the_way_on_never_leads_to_another_site() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    for next in ["//evil.example", "/\\evil.example", "https://evil.example", "/\t/evil.example", "javascript:alert(1)"]
    {
        let form = [("login", "ada"), ("password", PASSWORD), ("next", next)];
        portico.visitor().submit("/login", &form).await.assert_leads_to("/account");
        let encoded: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
        ada.get(&format!("/login?next={encoded}")).await.assert_leads_to("/account");
        ada.get(&format!("/language/en?next={encoded}")).await.assert_leads_to("/");
        ada.submit("/reauth", &[("password", PASSWORD), ("next", next)]).await.assert_leads_to("/account");
    }
}

#[tokio::test]
async fn the_session_cookie_is_out_of_reach_of_scripts_and_other_sites() {
    let portico = Portico::start().await;
    portico.member("ada").await;
    let answer = try_log_in(&portico.visitor(), "ada", PASSWORD).await;
    let cookie = answer.cookie("portico");
    assert_eq!(cookie.http_only(), Some(true));
    assert_eq!(cookie.same_site(), Some(SameSite::Lax));
    assert_eq!(cookie.path(), Some("/"));
    assert_eq!(cookie.domain(), None);
    assert_eq!(cookie.max_age(), None, "it ends with the browser");
    assert!(cookie.value().len() >= 22, "128 bits or more");
}

#[tokio::test]
async fn staying_logged_in_outlives_the_browser() {
    let portico = Portico::start().await;
    portico.member("ada").await;
    let visitor = portico.visitor();
    let form = [("login", "ada"), ("password", PASSWORD), ("remember", "1")];
    let answer = visitor.submit("/login", &form).await;
    let age = answer.cookie("portico").max_age().expect("a Max-Age");
    assert!(age.whole_days() >= 30, "{age}");
}

#[tokio::test]
async fn behind_https_cookies_are_bound_to_the_host_and_browsers_stay_on_https() {
    let portico = Portico::with(&[("PORTICO_PUBLIC_URL", "https://accounts.example.org")]).await;
    portico.member("ada").await;
    let answer = try_log_in(&portico.visitor(), "ada", PASSWORD).await;
    let cookie = answer.cookie("__Host-portico");
    assert_eq!(cookie.secure(), Some(true));
    assert_eq!(cookie.path(), Some("/"));
    assert_eq!(cookie.domain(), None);
    for line in answer.headers.get_all("set-cookie") {
        assert!(line.to_str().unwrap().contains("Secure"), "{line:?}");
    }
    let visitor = portico.visitor();
    let link = visitor.get("/language/ru?next=/login").await;
    let flash = visitor.submit("/logout", &[]).await;
    for (answer, name) in [(&answer, "device"), (&link, "language"), (&flash, "flash")] {
        let cookie = answer.cookie(&format!("__Host-portico-{name}"));
        assert_eq!((cookie.secure(), cookie.path(), cookie.domain()), (Some(true), Some("/"), None), "{name}");
    }
    // One without the prefix may be a sister site's.
    let planted = [("cookie", "portico-language=ru; portico-theme=dark; portico-flash=flash-logged-out.0")];
    let page = portico.visitor().get_with("/login", &planted).await;
    assert_eq!((page.attribute("html", "lang"), page.texts(".flash p")), ("en".to_owned(), Vec::new()));
    assert_eq!(answer.header("strict-transport-security"), "max-age=31536000");
}

#[tokio::test]
async fn logging_in_gives_a_new_session_and_a_planted_one_is_worth_nothing() {
    let portico = Portico::start().await;
    portico.member("ada").await;
    // A user's own session, put into another browser.
    let visitor = portico.member("eve").await;
    let before = visitor.cookie("portico").expect("a session");
    let thief = visitor.copy();
    try_log_in(&visitor, "ada", PASSWORD).await.assert_leads_to("/account");
    assert_ne!(visitor.cookie("portico").unwrap(), before);
    assert_eq!(visitor.get("/account").await.one("h1"), "Hello, ada");
    thief.get("/account").await.assert_leads_to("/login?next=%2Faccount");
}

#[tokio::test]
async fn a_made_up_session_id_is_never_adopted() {
    let portico = Portico::start().await;
    portico.member("ada").await;
    let visitor = portico.visitor();
    visitor.set_cookie("portico", "AAAAAAAAAAAAAAAAAAAAAA");
    try_log_in(&visitor, "ada", PASSWORD).await.assert_leads_to("/account");
    assert_ne!(visitor.cookie("portico").unwrap(), "AAAAAAAAAAAAAAAAAAAAAA");
}

#[tokio::test]
async fn the_database_holds_no_cookie_that_opens_a_session() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let cookie = ada.cookie("portico").unwrap();
    let rows = portico.database().texts("select data || device || address from sessions").await;
    assert!(rows.iter().all(|row| !row.contains(&cookie)));
}

#[tokio::test]
async fn logging_out_ends_the_session_for_copies_of_its_cookie_too() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let copy = ada.copy();
    assert_eq!(ada.get("/logout").await.one("h1"), "Log out?");
    let answer = ada.submit("/logout", &[]).await;
    answer.assert_leads_to("/login");
    ada.follow(&answer).await.assert_flash("You are logged out.");
    for visitor in [&ada, &copy] {
        visitor.get("/account").await.assert_leads_to("/login?next=%2Faccount");
    }
}

#[tokio::test]
async fn logging_out_twice_is_no_dead_end() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    for _ in 0..2 {
        ada.submit("/logout", &[]).await.assert_leads_to("/login");
    }
    ada.get("/logout").await.assert_leads_to("/login");
}

#[tokio::test]
async fn a_message_is_shown_once() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    ada.submit("/logout", &[]).await;
    // What a script asks for, nobody sees.
    let unseen = ada.get_with("/login", &[("sec-fetch-dest", "empty")]).await;
    assert!(unseen.assert_status(200).texts(".flash").is_empty());
    ada.get("/login").await.assert_flash("You are logged out.");
    assert!(ada.get("/login").await.texts(".flash").is_empty());
}

/// A user who has given the password. Until their log-in is stored it may be changed elsewhere, which ends them all.
async fn authenticated(app: &App, name: &str) -> Authenticated {
    let client = Client { address: [127, 0, 0, 1].into(), device: None };
    let password = Password::typed(PASSWORD.to_owned()).unwrap();
    logins::authenticate(app, name, &password, client, Door::Dialect("django")).await.unwrap()
}

/// A program's log-in, behind the password.
async fn tokens(app: &App, who: &Authenticated) -> Result<tokens::Grant, tokens::Error> {
    let device = Device { dialect: dialects()[0], agent: "curl".to_owned(), address: [127, 0, 0, 1].into() };
    tokens::issue::issue(app, who, &device).await
}

/// A browser's log-in, behind the password.
async fn session(app: &App, who: &Authenticated) -> Result<logins::session::Session, error::Error> {
    let browser = Browser { agent: String::new(), address: [127, 0, 0, 1].into(), remember: false };
    logins::session::start(app, who, &browser, "{}".to_owned()).await
}

/// The row of a browser's session of this id.
async fn session_of(app: &App, account: &Account, id: u8) -> sqlx::Result<bool> {
    let now = app.now();
    let session = store::sessions::Session {
        id: vec![id; 32],
        account_id: account.id,
        generation: account.generation,
        handle: vec![id; 32],
        data: "{}".to_owned(),
        device: String::new(),
        address: "127.0.0.1".to_owned(),
        amr: "pwd".to_owned(),
        authenticated_at: now,
        remembered: false,
        created_at: now,
        seen_at: now,
        expires_at: now + Duration::from_secs(60),
        ends_at: now + Duration::from_secs(60),
    };
    let entry = Entry {
        created_at: now,
        action: Action::LoggedIn,
        actor: Actor::account(account.id, Door::Pages, None),
        subject: Some(account.id),
        detail: serde_json::Map::new(),
    };
    store::sessions::start(app.db(), &session, &entry).await
}

const TOLD: &str = "audit where action = 'logged-in'";

#[tokio::test]
async fn of_log_ins_that_come_together_each_is_its_own() {
    let portico = Portico::start().await;
    let app = app(&portico).await;
    let mut people = Vec::new();
    for number in 0..20 {
        let name = format!("person{number}");
        portico.member(&name).await;
        people.push(authenticated(&app, &name).await);
    }
    let before = portico.database().count(TOLD).await;
    let changed = "update accounts set generation = generation + 1 where username = 'person3'";
    portico.database().execute(changed).await;
    let granted = join_all(people.iter().map(|person| tokens(&app, person))).await;
    let refused: Vec<_> = (0..20).filter(|number| granted[*number].is_err()).collect();
    assert_eq!(refused, [3]);
    assert_eq!(portico.database().count("token_families").await, 19);
    assert_eq!(portico.database().count(TOLD).await, before + 19);
    for (person, grant) in people.iter().zip(granted).filter(|(_, grant)| grant.is_ok()) {
        let token = format!("JWT {}", grant.unwrap().access);
        let me = portico.visitor().get_with("/api/users/me", &[("authorization", &token)]).await;
        assert!(me.text().contains(&format!("\"{}\"", person.account().email().unwrap())), "{}", me.text());
    }
}

#[tokio::test]
async fn a_log_in_that_cannot_be_stored_takes_no_other_with_it() {
    let portico = Portico::start().await;
    portico.member("ada").await;
    let app = app(&portico).await;
    let ada = lookup::by_username(&app, "ada").await.unwrap().unwrap();
    let (before, told) = (portico.database().count("sessions").await, portico.database().count(TOLD).await);
    let stored = join_all([1, 2, 2, 3].map(|id| session_of(&app, &ada, id))).await;
    let failed: Vec<_> = (0..4).filter(|at| stored[*at].is_err()).collect();
    assert!(failed == [1] || failed == [2], "{stored:?}");
    assert_eq!(portico.database().count("sessions").await, before + 3);
    assert_eq!(portico.database().count(TOLD).await, told + 3);
}

#[tokio::test]
async fn a_log_in_with_a_password_that_was_changed_meanwhile_is_none() {
    let portico = Portico::start().await;
    portico.member("ada").await;
    let app = app(&portico).await;
    let ada = authenticated(&app, "ada").await;
    let before = portico.database().count(TOLD).await;
    portico.database().execute("delete from sessions").await;
    portico.database().execute("update accounts set generation = generation + 1").await;
    let refused = tokens(&app, &ada).await.unwrap_err();
    assert!(matches!(refused, tokens::Error::Account(error::Error::Credentials(_))), "{refused:?}");
    let refused = session(&app, &ada).await.unwrap_err();
    assert!(matches!(refused, error::Error::Credentials(_)), "{refused:?}");
    for (rows, count) in [("sessions", 0), ("token_families", 0), (TOLD, before)] {
        assert_eq!(portico.database().count(rows).await, count, "{rows}");
    }
    // The connection that was refused is none the worse.
    portico.log_in("ada", PASSWORD).await.get("/account").await.assert_status(200);
}

#[tokio::test]
async fn no_token_tells_of_a_role_that_was_taken_away_meanwhile() {
    let portico = Portico::start().await;
    portico.admin("ada").await;
    let app = app(&portico).await;
    let admin = authenticated(&app, "ada").await;
    portico.database().execute("update accounts set is_admin = false").await;
    assert!(tokens(&app, &admin).await.is_err());
    assert_eq!(portico.database().count("token_families").await, 0);
    tokens(&app, &authenticated(&app, "ada").await).await.unwrap();
}
