//! Confirming the address at sign-up: by a link anywhere, or by a code in the browser that signed up.

use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use hyper::Method;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::support::photo::jpeg;
use crate::support::{Answer, PASSWORD, Portico, Visitor, mails_to};

const OPTIONAL: &[(&str, &str)] = &[("SMTP_URL", "folder:mails")];
const REQUIRED: &[(&str, &str)] = &[("SMTP_URL", "folder:mails"), ("PORTICO_EMAIL_CONFIRM", "required")];
const ADA: &str = "ada@example.org";
const OTHER: &str = "nine loud herons";

/// The path of the link in a mail.
fn link(mail: &str) -> String {
    let (_, rest) = mail.split_once("/email/confirm/").expect("a link");
    format!("/email/confirm/{}", rest.split_whitespace().next().unwrap())
}

/// The code in a mail's subject, with its space.
fn code(mail: &str) -> String {
    let (_, subject) = mail.split_once("Subject: ").unwrap();
    subject[..7].to_owned()
}

async fn sign_up(visitor: &Visitor, username: &str, email: &str) -> Answer {
    visitor.submit("/signup", &[("email", email), ("username", username), ("password", PASSWORD)]).await
}

async fn mailed_link(portico: &Portico, email: &str) -> String {
    link(&mails_to(portico, email, 1).await[0])
}

async fn confirmed(portico: &Portico) -> i64 {
    portico.database().count("accounts where email_verified_at is not null").await
}

/// A code that is another one.
fn another(code: &str) -> String {
    let last = if code.ends_with('0') { '1' } else { '0' };
    format!("{}{last}", &code[..6])
}

#[tokio::test]
async fn opening_a_link_changes_nothing_however_often_and_the_button_confirms_once() {
    let portico = Portico::with(OPTIONAL).await;
    let ada = portico.member("ada").await;
    assert!(ada.get("/account").await.gist().contains("Confirm ada@example.org"));
    let link = mailed_link(&portico, ADA).await;
    for _ in 0..50 {
        portico.visitor().get(&link).await.assert_status(200);
        ada.ask(Method::HEAD, &link, &[], Bytes::new()).await.assert_status(200);
    }
    assert_eq!(confirmed(&portico).await, 0);
    let events = portico.database().count("events where kind = 'user.updated'").await;
    ada.follow(ada.submit(&link, &[]).await.assert_leads_to("/account")).await.assert_flash("Your email is confirmed.");
    assert_eq!(confirmed(&portico).await, 1);
    assert_eq!(portico.database().count("events where kind = 'user.updated'").await, events + 1);
    assert_eq!(portico.database().count("audit where action = 'email-changed'").await, 1);
    let again = ada.submit(&link, &[]).await;
    assert!(again.assert_status(404).gist().contains("This link was used."), "{}", again.gist());
}

#[tokio::test]
async fn of_many_presses_at_once_one_confirms() {
    let portico = Portico::with(OPTIONAL).await;
    let ada = portico.member("ada").await;
    let link = mailed_link(&portico, ADA).await;
    let answers = join_all((0..6).map(|_| ada.submit(&link, &[]))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 303).count(), 1);
    assert_eq!(portico.database().count("audit where action = 'email-changed'").await, 1);
}

#[tokio::test]
async fn elsewhere_the_password_of_the_sign_up_confirms_and_no_other() {
    let portico = Portico::with(OPTIONAL).await;
    let ada = portico.member("ada").await;
    let link = mailed_link(&portico, ADA).await;
    let phone = portico.visitor();
    phone.submit(&link, &[]).await.assert_status(422);
    let wrong = phone.submit(&link, &[("password", OTHER)]).await;
    wrong.assert_status(422).assert_problem("password", "This password is not right");
    assert_eq!(confirmed(&portico).await, 0);
    phone.submit(&link, &[("password", PASSWORD)]).await.assert_leads_to("/login");
    assert_eq!(confirmed(&portico).await, 1);
    ada.get("/account").await.assert_status(200);
}

#[tokio::test]
async fn who_reads_the_mail_claims_an_account_that_another_person_opened() {
    let portico = Portico::with(OPTIONAL).await;
    let squatter = portico.member("ada").await;
    let link = mailed_link(&portico, ADA).await;
    let owner = portico.visitor();
    owner.submit(&link, &[("new", "short")]).await.assert_status(422);
    owner.submit(&link, &[("new", OTHER)]).await.assert_leads_to("/login");
    assert_eq!(confirmed(&portico).await, 1);
    squatter.get("/account").await.assert_status(303);
    let old = [("login", ADA), ("password", PASSWORD)];
    squatter.submit("/login", &old).await.assert_status(422);
    portico.log_in(ADA, OTHER).await;
}

#[tokio::test]
async fn a_link_confirms_no_other_address_than_its_own() {
    let portico = Portico::with(OPTIONAL).await;
    let ada = portico.member("ada").await;
    let link = mailed_link(&portico, ADA).await;
    portico.database().execute("update accounts set email = 'x@y.example', email_key = 'x@y.example'").await;
    let answer = ada.submit(&link, &[]).await;
    assert!(answer.assert_status(404).gist().contains("A newer one replaced this link."), "{}", answer.gist());
    assert_eq!(confirmed(&portico).await, 0);
}

#[tokio::test]
async fn a_link_that_has_run_out_says_so_and_gives_a_new_one() {
    let portico = Portico::with(OPTIONAL).await;
    portico.member("ada").await;
    let old = mailed_link(&portico, ADA).await;
    portico.advance(Duration::from_secs(25 * 3600));
    let visitor = portico.visitor();
    let page = visitor.get(&old).await;
    assert!(page.assert_status(404).gist().contains("This link has run out."), "{}", page.gist());
    visitor.submit(&page.attribute("main form", "action"), &[]).await.assert_leads_to("/login");
    let new = link(&mails_to(&portico, ADA, 2).await[1]);
    assert_ne!(new, old);
    visitor.submit(&new, &[("new", OTHER)]).await.assert_leads_to("/login");
    assert_eq!(confirmed(&portico).await, 1);
}

#[tokio::test]
async fn the_banner_sends_the_same_link_again_but_not_at_once() {
    let portico = Portico::with(OPTIONAL).await;
    let ada = portico.member("ada").await;
    mails_to(&portico, ADA, 1).await;
    ada.submit("/account/email/confirm", &[]).await.assert_leads_to("/account");
    assert_eq!(portico.database().count("mails").await, 1);
    portico.advance(Duration::from_secs(61));
    ada.submit("/account/email/confirm", &[]).await.assert_leads_to("/account");
    let mails = mails_to(&portico, ADA, 2).await;
    assert_eq!(link(&mails[0]), link(&mails[1]));
    ada.submit(&link(&mails[0]), &[]).await.assert_leads_to("/account");
    assert!(!ada.get("/account").await.gist().contains("Send it again"));
}

#[tokio::test]
async fn no_account_is_found_by_an_address_that_is_not_confirmed() {
    let portico = Portico::with(OPTIONAL).await;
    let ada = portico.member("ada").await;
    ada.set_picture(&jpeg(64, 64)).await;
    let profile = [("name", "Ada"), ("username", "ada"), ("public", "1"), ("findable", "1")];
    ada.submit("/account/profile", &profile).await.assert_leads_to("/account/profile");
    let hash = Sha256::digest(ADA).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let face = format!("/avatar/{hash}?d=404");
    portico.visitor().get(&face).await.assert_status(404);
    ada.submit(&mailed_link(&portico, ADA).await, &[]).await.assert_leads_to("/account");
    portico.visitor().get(&face).await.assert_status(200);
}

#[tokio::test]
async fn a_new_password_by_mail_confirms_the_address() {
    let portico = Portico::with(OPTIONAL).await;
    portico.member("ada").await;
    mails_to(&portico, ADA, 1).await;
    portico.advance(Duration::from_secs(61));
    portico.visitor().submit("/password/forgot", &[("email", ADA)]).await.assert_status(200);
    let mail = mails_to(&portico, ADA, 2).await.pop().unwrap();
    let (_, rest) = mail.split_once("/password/reset/").unwrap();
    let reset = format!("/password/reset/{}", rest.split_whitespace().next().unwrap());
    portico.visitor().submit(&reset, &[("password", OTHER)]).await.assert_leads_to("/login");
    assert_eq!(confirmed(&portico).await, 1);
}

#[tokio::test]
async fn accounts_that_others_open_are_asked_for_nothing() {
    let portico = Portico::with(OPTIONAL).await;
    let add = ["user", "create", "--username", "bob", "--email", "bob@example.org", "--name", "Bob"];
    portico.run(&add, PASSWORD).assert_done();
    assert_eq!(portico.database().count("mails").await, 0);
}

#[tokio::test]
async fn where_it_is_required_there_is_no_account_before_the_code() {
    let portico = Portico::with(REQUIRED).await;
    let ada = portico.visitor();
    sign_up(&ada, "ada", ADA).await.assert_leads_to("/signup/sent");
    let page = ada.get("/signup/sent").await;
    assert!(page.assert_status(200).gist().contains(ADA));
    assert_eq!(page.attribute("#code", "autocomplete"), "one-time-code");
    let mail = &mails_to(&portico, ADA, 1).await[0];
    assert_eq!(portico.database().count("accounts").await, 0);
    assert_eq!(portico.database().count("events").await, 0);
    portico.visitor().get("/signup/sent").await.assert_leads_to("/signup");
    let spaced = code(mail).replace(' ', " - ");
    ada.submit("/signup/sent", &[("code", &spaced)]).await.assert_leads_to("/welcome");
    ada.get("/account").await.assert_status(200);
    assert_eq!(confirmed(&portico).await, 1);
    assert_eq!(portico.database().count("events where kind = 'user.created'").await, 1);
    let used = portico.visitor().get(&link(mail)).await;
    assert!(used.assert_status(404).gist().contains("This link was used."));
}

#[tokio::test]
async fn a_known_address_is_answered_as_an_unknown_one() {
    let portico = Portico::with(REQUIRED).await;
    let ada = portico.visitor();
    sign_up(&ada, "ada", ADA).await.assert_leads_to("/signup/sent");
    ada.submit(&mailed_link(&portico, ADA).await, &[]).await.assert_leads_to("/welcome");
    portico.advance(Duration::from_secs(61));
    let mut pages = Vec::new();
    for (name, address) in [("bob", ADA), ("eve", "eve@example.org")] {
        let visitor = portico.visitor();
        let answer = sign_up(&visitor, name, address).await;
        answer.assert_leads_to("/signup/sent");
        let page = visitor.get("/signup/sent").await.text().replace(address, "");
        pages.push((answer.body.clone(), answer.headers.len(), page));
    }
    assert_eq!(pages[0], pages[1]);
    let mails = mails_to(&portico, ADA, 2).await;
    assert!(mails[1].contains("You have an account at Portico already"), "{}", mails[1]);
    assert!(!mails[1].contains("/email/confirm/"));
    mails_to(&portico, "eve@example.org", 1).await;
}

#[tokio::test]
async fn after_five_wrong_codes_the_link_still_works() {
    let portico = Portico::with(REQUIRED).await;
    let ada = portico.visitor();
    sign_up(&ada, "ada", ADA).await.assert_leads_to("/signup/sent");
    let mail = &mails_to(&portico, ADA, 1).await[0];
    let wrong = another(&code(mail));
    for _ in 0..5 {
        let answer = ada.submit("/signup/sent", &[("code", &wrong)]).await;
        answer.assert_status(422).assert_problem("code", "This is not the code of the message");
    }
    ada.submit("/signup/sent", &[("code", &code(mail))]).await.assert_status(429);
    assert_eq!(portico.database().count("accounts").await, 0);
    ada.submit(&link(mail), &[]).await.assert_leads_to("/welcome");
}

#[tokio::test]
async fn many_codes_at_once_are_five_tries() {
    let portico = Portico::with(REQUIRED).await;
    let ada = portico.visitor();
    sign_up(&ada, "ada", ADA).await.assert_leads_to("/signup/sent");
    let wrong = another(&code(&mails_to(&portico, ADA, 1).await[0]));
    let fields = [("code", wrong.as_str())];
    let answers = join_all((0..12).map(|_| ada.submit("/signup/sent", &fields))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 422).count(), 5);
    assert_eq!(answers.iter().filter(|answer| answer.status == 429).count(), 7);
}

#[tokio::test]
async fn a_link_opened_elsewhere_takes_the_password_that_was_chosen() {
    let portico = Portico::with(REQUIRED).await;
    sign_up(&portico.visitor(), "ada", ADA).await.assert_leads_to("/signup/sent");
    let link = mailed_link(&portico, ADA).await;
    let phone = portico.visitor();
    phone.get(&link).await.assert_status(200);
    phone.submit(&link, &[]).await.assert_status(422);
    phone.submit(&link, &[("password", OTHER)]).await.assert_status(422);
    assert_eq!(portico.database().count("accounts").await, 0);
    phone.submit(&link, &[("password", PASSWORD)]).await.assert_leads_to("/login");
    portico.log_in(ADA, PASSWORD).await;
}

#[tokio::test]
async fn a_link_opened_elsewhere_takes_another_password_and_the_first_is_none() {
    let portico = Portico::with(REQUIRED).await;
    let squatter = portico.visitor();
    sign_up(&squatter, "ada", ADA).await.assert_leads_to("/signup/sent");
    let link = mailed_link(&portico, ADA).await;
    portico.visitor().submit(&link, &[("new", OTHER)]).await.assert_leads_to("/login");
    portico.log_in(ADA, OTHER).await;
    let old = [("login", ADA), ("password", PASSWORD)];
    portico.visitor().submit("/login", &old).await.assert_status(422);
    squatter.get("/signup/sent").await.assert_leads_to("/login");
}

#[tokio::test]
async fn of_many_confirmations_at_once_one_opens_the_account() {
    let portico = Portico::with(REQUIRED).await;
    let ada = portico.visitor();
    sign_up(&ada, "ada", ADA).await.assert_leads_to("/signup/sent");
    let link = mailed_link(&portico, ADA).await;
    let fields = [("password", PASSWORD)];
    let visitors: Vec<Visitor> = (0..5).map(|_| portico.visitor()).collect();
    let answers = join_all(visitors.iter().map(|visitor| visitor.submit(&link, &fields))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 303).count(), 1);
    assert_eq!(portico.database().count("accounts").await, 1);
    assert_eq!(portico.database().count("events").await, 1);
}

#[tokio::test]
async fn once_one_is_confirmed_all_else_that_waits_with_the_address_ends() {
    let portico = Portico::with(REQUIRED).await;
    let (first, second) = (portico.visitor(), portico.visitor());
    sign_up(&first, "ada", ADA).await.assert_leads_to("/signup/sent");
    mails_to(&portico, ADA, 1).await;
    portico.advance(Duration::from_secs(61));
    sign_up(&second, "ada", ADA).await.assert_leads_to("/signup/sent");
    let mails = mails_to(&portico, ADA, 2).await;
    assert_ne!(link(&mails[0]), link(&mails[1]));
    second.submit("/signup/sent", &[("code", &code(&mails[1]))]).await.assert_leads_to("/welcome");
    let dead = first.submit(&link(&mails[0]), &[]).await;
    assert!(dead.assert_status(404).gist().contains("A newer one replaced this link."), "{}", dead.gist());
    assert_eq!(portico.database().count("pending_sign_ups").await, 0);
}

#[tokio::test]
async fn a_username_that_is_taken_meanwhile_is_asked_for_again() {
    let portico = Portico::with(REQUIRED).await;
    let (ada, bob) = (portico.visitor(), portico.visitor());
    sign_up(&ada, "countess", ADA).await.assert_leads_to("/signup/sent");
    sign_up(&bob, "countess", "bob@example.org").await.assert_leads_to("/signup/sent");
    let [hers, his] = [ADA, "bob@example.org"].map(|address| mails_to(&portico, address, 1));
    let (hers, his) = (hers.await.remove(0), his.await.remove(0));
    ada.submit("/signup/sent", &[("code", &code(&hers))]).await.assert_leads_to("/welcome");
    let late = bob.submit(&link(&his), &[]).await;
    assert_eq!(late.assert_status(409).value("username"), "countess");
    bob.submit(&link(&his), &[("username", "baron")]).await.assert_leads_to("/welcome");
    assert_eq!(
        portico.database().texts("select username from accounts order by username").await,
        ["baron", "countess"]
    );
}

#[tokio::test]
async fn another_address_ends_the_link_to_the_one_before() {
    let portico = Portico::with(REQUIRED).await;
    let ada = portico.visitor();
    sign_up(&ada, "ada", "adda@example.org").await.assert_leads_to("/signup/sent");
    let old = mailed_link(&portico, "adda@example.org").await;
    let form = ada.get("/signup?again=1").await;
    assert_eq!((form.value("email"), form.value("username")), ("adda@example.org".to_owned(), "ada".to_owned()));
    sign_up(&ada, "ada", ADA).await.assert_leads_to("/signup/sent");
    let stranger = portico.visitor();
    stranger.submit(&old, &[("new", OTHER)]).await.assert_status(404);
    ada.submit(&mailed_link(&portico, ADA).await, &[]).await.assert_leads_to("/welcome");
}

#[tokio::test]
async fn a_sign_up_that_has_run_out_is_gone() {
    let portico = Portico::with(REQUIRED).await;
    let ada = portico.visitor();
    sign_up(&ada, "ada", ADA).await.assert_leads_to("/signup/sent");
    let link = mailed_link(&portico, ADA).await;
    portico.advance(Duration::from_secs(25 * 3600));
    let dead = portico.visitor().get(&link).await;
    assert!(dead.assert_status(404).gist().contains("This link has run out."), "{}", dead.gist());
    ada.get("/signup/sent").await.assert_status(303);
}

#[tokio::test]
async fn every_door_that_registers_sends_the_link_and_opens_no_account() {
    let portico = Portico::with(REQUIRED).await;
    let post = async |path: &str, body: Value| {
        let json = [("content-type", "application/json")];
        portico.visitor().ask(Method::POST, path, &json, body.to_string().into()).await
    };
    let told = |email: &str| format!("We sent a link to {email}. Open it, then log in.");
    let body = json!({ "email": ADA, "full_name": "Ada King", "password": PASSWORD });
    let django = post("/api/users/register", body).await;
    assert_eq!(django.assert_status(400).text(), json!({ "email": [told(ADA)] }).to_string());
    let body = json!({ "username": "bob", "email": "bob@example.org", "password": "Abcdef1" });
    let fastapi = post("/users/register", body).await;
    let answer: Value = serde_json::from_str(&fastapi.assert_status(422).text()).unwrap();
    assert_eq!(answer["detail"][0]["loc"], json!(["body", "email"]));
    assert_eq!(answer["detail"][0]["msg"], told("bob@example.org"));
    let body = json!({ "username": "eve", "email": "eve@example.org", "password": PASSWORD });
    let clark = post("/users", body).await;
    assert_eq!(clark.assert_status(400).text(), told("eve@example.org"));
    assert_eq!(portico.database().count("accounts").await, 0);
    let link = mailed_link(&portico, ADA).await;
    portico.visitor().submit(&link, &[("password", PASSWORD)]).await.assert_leads_to("/login");
    let log_in = json!({ "email": ADA, "password": PASSWORD });
    post("/api/users/login", log_in).await.assert_status(200);
}
