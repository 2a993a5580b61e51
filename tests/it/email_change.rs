//! Changing one's own e-mail where mail is sent: confirmed by the new address, stopped or taken back from the old one.

use std::time::Duration;

use hyper::Method;
use portico::accounts;
use serde_json::{Value, json};

use crate::api::{Api, text};
use crate::support::{Answer, MAIL, PASSWORD, Portico, Visitor, app, mail, mail_count, mails};

const PAGE: &str = "/account/email";
const SENT: &str = "We sent a link to the new address. Your email changes when you open it.";
const OTHER: &str = "eight loud badgers";

async fn portico() -> Portico {
    Portico::with(&[MAIL]).await
}

async fn ask(visitor: &Visitor, email: &str) -> Answer {
    visitor.submit("/account/email/address", &[("email", email)]).await
}

/// What each account has for an e-mail.
async fn emails(portico: &Portico) -> Vec<String> {
    portico.database().texts("select email from accounts order by email").await
}

async fn confirm(portico: &Portico, number: usize) -> Answer {
    let path = mails(portico, "email-change", number).await.last().unwrap().path("/email/change/");
    portico.visitor().submit(&path, &[]).await
}

/// Confirms the address of a person who has just signed up.
async fn confirm_own(portico: &Portico, person: &Visitor) {
    let path = mail(portico, "confirm-email").await.path("/email/confirm/");
    assert_eq!(person.submit(&path, &[]).await.status, 303);
}

#[tokio::test]
async fn an_address_that_was_never_confirmed_takes_nothing_back() {
    let portico = portico().await;
    let squatter = portico.member("ada").await;
    ask(&squatter, "new@example.org").await.assert_leads_to(PAGE);
    confirm(&portico, 1).await.assert_leads_to("/login");
    assert_eq!(mail(&portico, "email-replaced").await.to, "ada@example.org");
    assert_eq!(mail_count(&portico, "email-changed").await, 0);
    assert_eq!(portico.database().count("email_undos").await, 0);
}

#[tokio::test]
async fn nothing_changes_before_the_new_address_confirms_however_often_its_link_is_opened() {
    let portico = portico().await;
    let ada = portico.member("ada").await;
    let phone = portico.log_in("ada@example.org", PASSWORD).await;
    let page = ada.follow(ask(&ada, "new@example.org").await.assert_leads_to(PAGE)).await;
    page.assert_flash(SENT);
    assert!(page.gist().contains("Waits for new@example.org"), "{}", page.gist());
    let link = mail(&portico, "email-change").await;
    assert_eq!(link.to, "new@example.org");
    let path = link.path("/email/change/");
    let stranger = portico.visitor();
    for _ in 0..25 {
        stranger.get(&path).await.assert_status(200);
        stranger.ask(Method::HEAD, &path, &[], "".into()).await.assert_status(200);
    }
    assert_eq!(stranger.get(&path).await.texts("main button"), ["Confirm new@example.org"]);
    assert_eq!(emails(&portico).await, ["ada@example.org"]);
    stranger.submit(&path, &[]).await.assert_leads_to("/login");
    assert_eq!(emails(&portico).await, ["new@example.org"]);
    assert_eq!(portico.database().count("accounts where email_verified_at is not null").await, 1);
    // The browser that asked stays, others are out.
    ada.get(PAGE).await.assert_status(200);
    phone.get(PAGE).await.assert_leads_to("/login?next=%2Faccount%2Femail");
    let dead = stranger.get(&path).await;
    dead.assert_status(404);
    assert!(dead.gist().contains("This link was used."), "{}", dead.gist());
    let events = portico.database().texts("select body from events where kind = 'user.updated'").await;
    assert_eq!(events.len(), 1);
    assert_eq!(serde_json::from_str::<Value>(&events[0]).unwrap()["email"], "new@example.org");
    assert_eq!(mail(&portico, "email-change-done").await.to, "new@example.org");
    assert_eq!(mail(&portico, "email-replaced").await.to, "ada@example.org");
}

#[tokio::test]
async fn of_two_who_confirm_at_once_one_does() {
    let portico = portico().await;
    let ada = portico.member("ada").await;
    ask(&ada, "new@example.org").await.assert_leads_to(PAGE);
    let path = mail(&portico, "email-change").await.path("/email/change/");
    let (one, other) = (portico.visitor(), portico.visitor());
    let (one, other) = tokio::join!(one.submit(&path, &[]), other.submit(&path, &[]));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 404]);
    assert_eq!(portico.database().count("audit where action = 'email-changed'").await, 1);
}

#[tokio::test]
async fn the_old_address_stops_a_change_and_the_client_that_asked_is_logged_out() {
    let portico = portico().await;
    let ada = portico.member("ada").await;
    let thief = portico.log_in("ada@example.org", PASSWORD).await;
    ask(&thief, "thief@example.org").await.assert_leads_to(PAGE);
    let told = mail(&portico, "email-change-asked").await;
    assert_eq!(told.to, "ada@example.org");
    assert!(!told.text.contains("thief@"), "an unconfirmed address is told nothing that was typed");
    let path = told.path("/email/stop/");
    let stranger = portico.visitor();
    for _ in 0..3 {
        assert_eq!(stranger.get(&path).await.texts("main button"), ["Keep ada@example.org"]);
    }
    thief.get(PAGE).await.assert_status(200);
    stranger.submit(&path, &[]).await.assert_leads_to("/login");
    thief.get(PAGE).await.assert_leads_to("/login?next=%2Faccount%2Femail");
    ada.get(PAGE).await.assert_status(200);
    confirm(&portico, 1).await.assert_status(404);
    assert_eq!(emails(&portico).await, ["ada@example.org"]);
    stranger.submit(&path, &[]).await.assert_status(404);
}

#[tokio::test]
async fn the_old_address_takes_a_change_back_with_the_password_of_that_time() {
    let portico = portico().await;
    let ada = portico.member("ada").await;
    confirm_own(&portico, &ada).await;
    let thief = portico.log_in("ada@example.org", PASSWORD).await;
    ask(&thief, "thief@example.org").await.assert_leads_to(PAGE);
    confirm(&portico, 1).await.assert_leads_to("/login");
    let changed = [("current", PASSWORD), ("new", OTHER)];
    thief.submit("/account/security/password", &changed).await.assert_leads_to("/account/security");
    ask(&thief, "later@example.org").await.assert_leads_to(PAGE);
    confirm(&portico, 2).await.assert_leads_to("/login");
    let told = mails(&portico, "email-changed", 2).await;
    assert_eq!([&*told[0].to, &*told[1].to], ["ada@example.org", "thief@example.org"]);
    let (path, later) = (told[0].path("/email/undo/"), told[1].path("/email/undo/"));
    let ada = portico.visitor();
    ada.get(&path).await.assert_status(200);
    for (password, words) in [("", "Enter your password"), (OTHER, "That is not your password")] {
        let page = ada.submit(&path, &[("password", password)]).await;
        page.assert_status(422);
        assert_eq!(page.problems().len(), 1, "{words}: {}", page.gist());
    }
    assert_eq!(emails(&portico).await, ["later@example.org"]);
    let on = ada.submit(&path, &[("password", PASSWORD)]).await;
    assert!(on.leads_to().starts_with("/password/reset/"), "{}", on.leads_to());
    assert_eq!(emails(&portico).await, ["ada@example.org"]);
    assert_eq!(portico.database().count("accounts where email_verified_at is not null").await, 1);
    thief.get(PAGE).await.assert_leads_to("/login?next=%2Faccount%2Femail");
    // No client comes in by the password that the thief knows, nor takes the address back again.
    let old = [("login", "ada"), ("password", OTHER)];
    portico.visitor().submit("/login", &old).await.assert_status(422);
    portico.visitor().submit(&later, &[("password", OTHER)]).await.assert_status(404);
    portico.visitor().submit(&path, &[("password", PASSWORD)]).await.assert_status(404);
    ada.submit(on.leads_to(), &[("password", "nine calm herons")]).await.assert_leads_to("/login");
    portico.log_in("ada@example.org", "nine calm herons").await;
}

#[tokio::test]
async fn a_change_that_waits_ends_with_a_new_password_a_newer_change_and_after_two_hours() {
    let portico = portico().await;
    let squatter = portico.member("ada").await;
    // A client that asked for it before the owner took the account over gets nothing by it.
    ask(&squatter, "squatter@example.org").await.assert_leads_to(PAGE);
    let first = mail(&portico, "email-change").await.path("/email/change/");
    portico.run(&["user", "set-password", "ada"], OTHER).assert_done();
    portico.visitor().submit(&first, &[]).await.assert_status(404);
    let ada = portico.log_in("ada", OTHER).await;
    ask(&ada, "one@example.org").await.assert_leads_to(PAGE);
    ask(&ada, "two@example.org").await.assert_leads_to(PAGE);
    let links = mails(&portico, "email-change", 3).await;
    let one = links.iter().find(|mail| mail.to == "one@example.org").map(|mail| mail.path("/email/change/"));
    if let Some(one) = one {
        let dead = portico.visitor().get(&one).await;
        dead.assert_status(404);
        assert!(dead.gist().contains("A newer one replaced this link."), "{}", dead.gist());
    }
    portico.advance(Duration::from_hours(2));
    let two = links.iter().find(|mail| mail.to == "two@example.org").unwrap().path("/email/change/");
    let dead = portico.visitor().submit(&two, &[]).await;
    dead.assert_status(404);
    assert!(dead.gist().contains("This link has run out."), "{}", dead.gist());
    assert_eq!(emails(&portico).await, ["ada@example.org"]);
}

#[tokio::test]
async fn an_address_that_has_an_account_is_answered_like_any_other_and_its_owner_is_told() {
    let portico = portico().await;
    let (ada, _bob) = (portico.member("ada").await, portico.member("bob").await);
    let bea = portico.member("bea").await;
    // Bob's address was mailed to at his sign-up.
    portico.advance(Duration::from_mins(2));
    let taken = ada.follow(ask(&ada, "bob@example.org").await.assert_leads_to(PAGE)).await;
    let free = bea.follow(ask(&bea, "bib@example.org").await.assert_leads_to(PAGE)).await;
    let plain = |page: &Answer, email: &str| page.one("section:has([name=email])").replace(email, "");
    assert_eq!(plain(&taken, "bob@example.org"), plain(&free, "bib@example.org"));
    let told = mails(&portico, "email-change", 2).await;
    let bobs = told.iter().find(|mail| mail.to == "bob@example.org").unwrap();
    assert!(bobs.text.contains("You have an account"), "{}", bobs.text);
    assert!(!bobs.text.contains("/email/change/") && !bobs.text.contains("ada"), "{}", bobs.text);
    assert_eq!(emails(&portico).await, ["ada@example.org", "bea@example.org", "bob@example.org"]);
}

#[tokio::test]
async fn of_two_accounts_that_wait_for_one_address_one_gets_it() {
    let portico = portico().await;
    let (ada, bob) = (portico.member("ada").await, portico.member("bob").await);
    ask(&ada, "one@example.org").await.assert_leads_to(PAGE);
    let first = mail(&portico, "email-change").await.path("/email/change/");
    portico.advance(Duration::from_mins(2));
    ask(&bob, "One@example.org").await.assert_leads_to(PAGE);
    let second = mails(&portico, "email-change", 2).await[1].path("/email/change/");
    portico.visitor().submit(&first, &[]).await.assert_leads_to("/login");
    portico.visitor().submit(&second, &[]).await.assert_status(404);
    assert_eq!(emails(&portico).await, ["bob@example.org", "one@example.org"]);
}

#[tokio::test]
async fn asked_again_it_is_the_same_link_and_keeping_the_present_address_ends_it() {
    let portico = portico().await;
    let ada = portico.member("ada").await;
    ask(&ada, "new@example.org").await.assert_leads_to(PAGE);
    mails(&portico, "email-change", 1).await;
    portico.advance(Duration::from_mins(2));
    ask(&ada, "new@example.org").await.assert_leads_to(PAGE);
    let links = mails(&portico, "email-change", 2).await;
    assert_eq!(links[0].path("/email/change/"), links[1].path("/email/change/"));
    assert_eq!(mail_count(&portico, "email-change-asked").await, 1);
    ask(&ada, "ada@example.org").await.assert_leads_to(PAGE);
    portico.visitor().submit(&links[0].path("/email/change/"), &[]).await.assert_status(404);
    assert_eq!(emails(&portico).await, ["ada@example.org"]);
}

#[tokio::test]
async fn where_addresses_are_not_confirmed_it_changes_at_once_and_the_old_address_can_take_it_back() {
    let portico = Portico::with(&[MAIL, ("PORTICO_EMAIL_CONFIRM", "off")]).await;
    let ada = portico.member("ada").await;
    ask(&ada, "new@example.org").await.assert_leads_to(PAGE);
    assert_eq!(emails(&portico).await, ["new@example.org"]);
    let told = mail(&portico, "email-changed").await;
    assert_eq!(told.to, "ada@example.org");
    let on = portico.visitor().submit(&told.path("/email/undo/"), &[("password", PASSWORD)]).await;
    assert!(on.leads_to().starts_with("/password/reset/"), "{}", on.gist());
    assert_eq!(emails(&portico).await, ["ada@example.org"]);
}

/// The `Authorization` of a program that logs in.
async fn jwt(api: &Api, email: &str, password: &str) -> String {
    let answer = api.call("POST", "/api/users/login", "", json!({ "email": email, "password": password })).await;
    format!("JWT {}", text(&answer, "/access"))
}

#[tokio::test]
async fn a_password_that_a_program_has_set_takes_no_change_back_but_the_one_before_it() {
    let portico = portico().await;
    let ada = portico.member("ada").await;
    confirm_own(&portico, &ada).await;
    let thief = Api::of(&portico);
    for (known, set) in [(PASSWORD, OTHER), (OTHER, "nine calm herons")] {
        let token = jwt(&thief, "ada@example.org", known).await;
        thief.call("PUT", "/api/users/update", &token, json!({ "password": set })).await.assert_status(200);
    }
    // Nor does proving the program's own on the page.
    let page = portico.log_in("ada@example.org", "nine calm herons").await;
    let changed = [("current", "nine calm herons"), ("new", "ten calm herons")];
    page.submit("/account/security/password", &changed).await.assert_leads_to("/account/security");
    let token = jwt(&thief, "ada@example.org", "ten calm herons").await;
    let change = json!({ "email": "thief@example.org" });
    thief.call("PUT", "/api/users/update", &token, change).await.assert_status(200);
    let path = mail(&portico, "email-changed").await.path("/email/undo/");
    let ada = portico.visitor();
    for password in [OTHER, "nine calm herons", "ten calm herons"] {
        ada.submit(&path, &[("password", password)]).await.assert_status(422);
    }
    let on = ada.submit(&path, &[("password", PASSWORD)]).await;
    assert!(on.leads_to().starts_with("/password/reset/"), "{}", on.gist());
    assert_eq!(emails(&portico).await, ["ada@example.org"]);
    // The password that its owner sets is the one that counts from now on.
    ada.submit(on.leads_to(), &[("password", OTHER)]).await.assert_leads_to("/login");
    assert_eq!(portico.database().count("former_passwords").await, 0);
}

#[tokio::test]
async fn the_password_before_a_programs_own_is_kept_for_a_week() {
    let portico = portico().await;
    let ada = portico.member("ada").await;
    confirm_own(&portico, &ada).await;
    let (api, program) = (Api::of(&portico), app(&portico).await);
    // The sweep below goes by the machine's clock.
    portico.turn_back(Duration::from_secs(7 * 24 * 3600));
    let token = jwt(&api, "ada@example.org", PASSWORD).await;
    api.call("PUT", "/api/users/update", &token, json!({ "password": OTHER })).await.assert_status(200);
    assert_eq!(portico.database().count("former_passwords").await, 1);
    accounts::expire::expire(&program).await.unwrap();
    assert_eq!(portico.database().count("former_passwords").await, 0);
}

#[tokio::test]
async fn where_it_is_required_an_address_that_a_dialect_gives_waits_to_be_confirmed() {
    let portico = Portico::with(&[MAIL, ("PORTICO_EMAIL_CONFIRM", "required")]).await;
    let create = ["user", "create", "--username", "ada", "--email", "ada@example.org"];
    portico.run(&create, &format!("{PASSWORD}\n")).assert_done();
    portico.run(&["user", "create", "--email", "bob@example.org"], &format!("{PASSWORD}\n")).assert_done();
    let api = Api::of(&portico);
    let token = jwt(&api, "ada@example.org", PASSWORD).await;
    // Whether another account has it, no answer tells.
    for (number, email) in [(1, "bob@example.org"), (2, "new@example.org")] {
        let answer = api.call("PUT", "/api/users/update", &token, json!({ "email": email, "full_name": "Ada" })).await;
        assert_eq!(
            [text(&answer, "/email"), text(&answer, "/full_name")],
            ["ada@example.org", "Ada"].map(str::to_owned)
        );
        assert_eq!(mails(&portico, "email-change", number).await.last().unwrap().to, email);
    }
    confirm(&portico, 2).await.assert_leads_to("/login");
    assert_eq!(emails(&portico).await, ["bob@example.org", "new@example.org"]);
    let log_in = json!({ "username": "ada", "password": PASSWORD });
    let token = text(&api.call("POST", "/users/login", "", log_in).await, "/access_token");
    let both = json!({ "email": "newer@example.org", "password": "Abcdef1" });
    let answer = api.call("PUT", "/users", &token, both).await;
    assert_eq!(text(&answer, "/data/email"), "new@example.org");
    confirm(&portico, 3).await.assert_leads_to("/login");
    portico.log_in("newer@example.org", "Abcdef1").await;
    // Who stops what a program has asked for logs out all programs.
    let token = jwt(&api, "newer@example.org", "Abcdef1").await;
    let change = json!({ "email": "thief@example.org" });
    api.call("PUT", "/api/users/update", &token, change).await.assert_status(200);
    let path = mails(&portico, "email-change-asked", 4).await.last().unwrap().path("/email/stop/");
    portico.visitor().submit(&path, &[]).await.assert_leads_to("/login");
    api.call("GET", "/api/users/me", &token, Value::Null).await.assert_status(401);
}
