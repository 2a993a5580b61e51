//! Signing up with a passkey in place of a password, in every way in which addresses are confirmed, and what accounts
//! without a password meet.

use std::time::Duration;

use serde_json::{Value, json};

use crate::api::Api;
use crate::support::{Answer, MAIL, PASSWORD, Passkey, Portico, Visitor, asked, begin, mail, mails_to, user};

const REQUIRED: [(&str, &str); 2] = [MAIL, ("PORTICO_EMAIL_CONFIRM", "required")];
const ADA: &str = "ada@example.org";
const FORM: [(&str, &str); 2] = [("email", ADA), ("username", "ada")];
const OTHER: &str = "nine loud herons";
const REFUSED: &str = "What your browser made cannot be used here. Try again";

/// The form of the sign-up page with what a browser has made.
fn with(made: &str) -> [(&str, &str); 3] {
    [FORM[0], FORM[1], ("passkey", made)]
}

/// That a user is logged in and shown their recovery codes, which they get.
#[track_caller]
fn assert_opened(page: &Answer) -> Vec<String> {
    page.assert_status(200);
    assert_eq!(page.one("h1"), "Save your recovery codes");
    let codes: Vec<String> = page.one("#code-list").split_whitespace().map(str::to_owned).collect();
    assert_eq!(codes.len(), 10);
    codes
}

/// An account that was opened with a passkey.
async fn member(portico: &Portico, username: &str) -> (Visitor, Passkey) {
    let (visitor, mut passkey) = (portico.visitor(), Passkey::new(portico));
    assert_opened(&passkey.sign_up(&visitor, username).await);
    (visitor, passkey)
}

/// Proves on a page with a passkey.
async fn prove(visitor: &Visitor, path: &str, passkey: &Passkey, more: &[(&str, &str)]) -> Answer {
    let page = visitor.get(path).await;
    let answer = passkey.get(&asked(&page));
    let action = page.attribute("[data-passkey]", "data-action");
    let fields: Vec<(&str, &str)> = more.iter().copied().chain([("passkey", answer.as_str())]).collect();
    visitor.submit(&action, &fields).await
}

/// The path of the link in a mail.
fn link(mail: &str) -> String {
    let (_, rest) = mail.split_once("/email/confirm/").expect("a link");
    format!("/email/confirm/{}", rest.split_whitespace().next().unwrap())
}

async fn count(portico: &Portico, what: &str) -> i64 {
    portico.database().count(what).await
}

#[tokio::test]
async fn a_passkey_opens_an_account_that_has_no_password() {
    let portico = Portico::start().await;
    let visitor = portico.visitor();
    let page = visitor.get("/signup").await;
    assert_eq!(page.attributes("[data-passkey=sign-up][hidden]", "data-rp"), ["localhost"]);
    let options = visitor.submit("/signup/passkey/options", &FORM).await;
    let asked: Value = serde_json::from_str(&options.text()).unwrap();
    let selection = json!({"residentKey": "required", "requireResidentKey": true, "userVerification": "required"});
    assert_eq!(asked["authenticatorSelection"], selection);
    assert_eq!(asked["user"]["name"], json!("ada"));
    // Nothing is kept of what was asked.
    assert_eq!(count(&portico, "spent_challenges").await + count(&portico, "passkey_users").await, 0);
    let mut passkey = Passkey::new(&portico);
    let made = passkey.create(&asked);
    assert_eq!(passkey.handle.len(), 32);
    assert_opened(&visitor.submit("/signup/passkey", &with(&made)).await);
    assert_eq!(visitor.get("/account").await.one("h1"), "Hello, ada");
    assert_eq!(portico.database().text("select amr from sessions").await, "pop user mfa");
    assert_eq!(count(&portico, "accounts where password_hash is null and two_factor").await, 1);
    passkey.log_in(&portico.visitor()).await.assert_leads_to("/account");
    // One event, which tells of the factor, and a line in the log for each thing.
    let bodies = portico.database().texts("select body from events").await;
    assert_eq!(bodies.len(), 1);
    assert_eq!(serde_json::from_str::<Value>(&bodies[0]).unwrap()["two_factor"], json!(true));
    let acts = portico.database().texts("select action from audit order by sequence").await;
    assert_eq!(acts[..4], ["signed-up", "factor-added", "two-factor-on", "recovery-codes-made"]);
}

#[tokio::test]
async fn no_passkey_is_made_for_an_account_that_there_cannot_be() {
    let portico =
        Portico::with(&[("PORTICO_TERMS_URL", "https://example.org/terms"), ("PORTICO_BRAND_NAME", "Acme")]).await;
    let visitor = portico.visitor();
    let agreed = ("terms", "1");
    portico.visitor().submit("/signup", &[FORM[0], FORM[1], ("password", PASSWORD), agreed]).await;
    for (email, username, terms, field, status) in [
        ("ada", "bob", agreed, "email", 422),
        ("bob@example.org", "b", agreed, "username", 422),
        ("bob@example.org", "bob", ("terms", ""), "terms", 422),
        ("bob@example.org", "Admin", agreed, "username", 422),
        ("bob@example.org", "acme", agreed, "username", 409),
        ("bob@example.org", "Ada", agreed, "username", 409),
        (ADA, "bob", agreed, "email", 409),
    ] {
        let fields = [("email", email), ("username", username), terms];
        let options = visitor.submit("/signup/passkey/options", &fields).await;
        assert_eq!((options.status, options.text()), (status, String::new()), "{fields:?}");
        // The form, sent without one, says why in the words that the password's has.
        let page = visitor.submit("/signup/passkey", &fields).await;
        let same = visitor.submit("/signup", &[fields[0], fields[1], fields[2], ("password", PASSWORD)]).await;
        assert_eq!((page.status, page.problems()), (status, same.problems()), "{fields:?}");
        assert_eq!(page.problems()[0].0, field);
    }
    let closed = Portico::with(&[("PORTICO_SIGNUP", "closed")]).await;
    closed.visitor().submit("/signup/passkey/options", &FORM).await.assert_status(403);
    closed.visitor().submit("/signup/passkey", &FORM).await.assert_status(403);
}

#[tokio::test]
async fn what_was_made_is_good_in_its_browser_in_time_and_for_one_account() {
    let portico = Portico::start().await;
    let (visitor, mut passkey) = (portico.visitor(), Passkey::new(&portico));
    let made = passkey.make(&visitor, &FORM).await;
    let thief = portico.visitor();
    thief.get("/login").await;
    thief.submit("/signup/passkey", &with(&made)).await.assert_status(422).assert_summary(REFUSED);
    // What was made stays in the form while something else is wrong with it.
    let page = visitor.submit("/signup/passkey", &[("email", "ada"), FORM[1], ("passkey", &made)]).await;
    page.assert_status(422).assert_problem("email", "Enter an email like name@example.com");
    assert_eq!(page.value("passkey"), made);
    assert_opened(&visitor.submit("/signup/passkey", &with(&made)).await);
    let again = [("email", "bob@example.org"), ("username", "bob"), ("passkey", made.as_str())];
    visitor.submit("/signup/passkey", &again).await.assert_status(422).assert_summary(REFUSED);
    // Nor does another passkey get an account by the same challenge.
    let options: Value =
        serde_json::from_str(&visitor.submit("/signup/passkey/options", &again[..2]).await.text()).unwrap();
    let (one, two) = (Passkey::new(&portico).create(&options), Passkey::new(&portico).create(&options));
    let bob = [again[0], again[1], ("passkey", one.as_str())];
    assert_opened(&visitor.submit("/signup/passkey", &bob).await);
    let eve = [("email", "eve@example.org"), ("username", "eve"), ("passkey", two.as_str())];
    visitor.submit("/signup/passkey", &eve).await.assert_status(422).assert_summary(REFUSED);
    // It verifies who made it.
    let mut weak = Passkey::new(&portico);
    weak.user_verified = false;
    let made = weak.make(&visitor, &eve[..2]).await;
    let fields = [eve[0], eve[1], ("passkey", made.as_str())];
    visitor.submit("/signup/passkey", &fields).await.assert_status(422).assert_summary(REFUSED);
    let made = Passkey::new(&portico).make(&visitor, &eve[..2]).await;
    portico.advance(Duration::from_secs(601));
    let fields = [eve[0], eve[1], ("passkey", made.as_str())];
    visitor.submit("/signup/passkey", &fields).await.assert_status(422).assert_summary("That took too long. Try again");
    assert_eq!(count(&portico, "accounts").await, 2);
}

#[tokio::test]
async fn a_second_press_of_the_button_is_the_same_person() {
    let portico = Portico::start().await;
    let (visitor, mut passkey) = (portico.visitor(), Passkey::new(&portico));
    let made = passkey.make(&visitor, &FORM).await;
    let lost = visitor.copy();
    assert_opened(&lost.submit("/signup/passkey", &with(&made)).await);
    visitor.submit("/signup/passkey", &with(&made)).await.assert_leads_to("/welcome");
    assert_eq!(visitor.get("/account").await.one("h1"), "Hello, ada");
    // A passkey that others have made for these names opens nothing.
    let stranger = portico.visitor();
    let other = Passkey::new(&portico).make(&stranger, &[("email", "eve@example.org"), ("username", "eve")]).await;
    stranger.submit("/signup/passkey", &with(&other)).await.assert_status(409);
}

#[tokio::test]
async fn the_guard_and_the_limits_hold_as_with_a_password() {
    let portico = Portico::with(&[("PORTICO_SIGNUP_GUARD", "on")]).await;
    let visitor = portico.visitor();
    let mark = visitor.get("/signup").await.value("mark");
    portico.advance(Duration::from_secs(3));
    let mut opened = 0;
    for number in 0..6 {
        let (email, name) = (format!("user{number}@example.org"), format!("user{number}"));
        let form = [("email", email.as_str()), ("username", &name), ("mark", &mark), ("work", "")];
        let made = Passkey::new(&portico).make(&visitor, &form).await;
        let fields: Vec<_> = form.into_iter().chain([("passkey", made.as_str())]).collect();
        match visitor.copy().submit("/signup/passkey", &fields).await.status {
            200 => opened += 1,
            status => assert_eq!((status, number), (429, 5)),
        }
    }
    assert_eq!(opened, 5);
    let unmarked = visitor.submit("/signup/passkey/options", &FORM).await;
    unmarked.assert_status(422);
    let page = visitor.submit("/signup/passkey", &FORM).await;
    page.assert_status(422)
        .assert_summary("This was quick, or the form had been open for long. Press the button again");
}

#[tokio::test]
async fn doors_that_ask_for_a_password_refuse_such_an_account_as_one_with_another() {
    let portico = Portico::start().await;
    member(&portico, "ada").await;
    portico.member("bob").await;
    let api = Api::of(&portico);
    for (path, field) in [("/api/users/login", "email"), ("/users/login", "username"), ("/users/tokens", "username")] {
        let name = |who: &str| if field == "email" { format!("{who}@example.org") } else { who.to_owned() };
        let mut answers = Vec::new();
        for who in ["ada", "bob"] {
            let answer = api.call("POST", path, "", json!({ field: name(who), "password": OTHER })).await;
            answers.push((answer.status, answer.text()));
        }
        assert!(answers[0].0 >= 400);
        assert_eq!(answers[0], answers[1], "{path}");
    }
    let verified = portico.caller().says("Verify", user("ada", OTHER, "", "")).await;
    assert_eq!(verified, (401, "Incorrect username or password.".to_owned()));
    let page = portico.visitor().submit("/login", &[("login", "ada"), ("password", OTHER)]).await;
    page.assert_status(422).assert_summary("Email or password is not right. Try again");
}

#[tokio::test]
async fn it_proves_who_it_is_by_the_passkey_and_gets_a_password_later() {
    let portico = Portico::start().await;
    let (ada, passkey) = member(&portico, "ada").await;
    let elsewhere = portico.visitor();
    passkey.log_in(&elsewhere).await.assert_leads_to("/account");
    // The last way to log in stays.
    let one = ada.get("/account/security/passkeys").await.attribute(".items a", "href");
    ada.submit(&format!("{one}/remove"), &[]).await;
    assert_eq!(count(&portico, "passkeys").await, 1);

    portico.advance(Duration::from_secs(601));
    let page = ada.get("/account/security").await;
    assert_eq!(page.texts("input[type=password]").len(), 0);
    let add = page.attribute("section[aria-labelledby=password] a", "href");
    let first = ada.get(&add).await;
    let reauth = first.leads_to().to_owned();
    let page = ada.get(&reauth).await;
    assert_eq!((page.texts("input[type=password]").len(), page.texts("[name=second_factor]").len()), (0, 0));
    ada.submit("/reauth", &[("password", OTHER), ("next", &add)]).await.assert_status(422);
    // Nor does the form by itself do it.
    ada.submit(&add, &[("new", OTHER)]).await.assert_leads_to(&reauth);
    prove(&ada, &reauth, &passkey, &[("next", &add)]).await.assert_leads_to(&add);
    ada.submit(&add, &[("new", "short")]).await.assert_status(422);
    let done = ada.submit(&add, &[("new", OTHER)]).await;
    ada.follow(done.assert_leads_to("/account/security"))
        .await
        .assert_flash("Your password is added. Your other devices are logged out.");
    elsewhere.get("/account").await.assert_leads_to("/login?next=%2Faccount");
    // It asks for the passkey then, as with any account that has one; and there are two ways to log in.
    begin(&portico, "ada", OTHER).await;
    ada.get(&add).await.assert_leads_to("/account/security");
    ada.submit(&format!("{one}/remove"), &[]).await.assert_leads_to("/account/security/passkeys");
    assert_eq!(count(&portico, "passkeys").await, 0);
    portico.log_in("ada", OTHER).await;
}

#[tokio::test]
async fn its_address_changes_and_it_is_deleted_after_a_proof() {
    let portico = Portico::start().await;
    let (ada, passkey) = member(&portico, "ada").await;
    portico.advance(Duration::from_secs(601));
    let first = ada.submit("/account/email/address", &[("email", "new@example.org")]).await;
    let proved = prove(&ada, first.leads_to(), &passkey, &[("next", "/account/email")]).await;
    proved.assert_leads_to("/account/email");
    ada.submit("/account/email/address", &[("email", "new@example.org")]).await.assert_leads_to("/account/email");
    assert_eq!(portico.database().text("select email from accounts").await, "new@example.org");
    ada.submit("/account/data/download", &[]).await.assert_status(200);
    ada.submit("/account/delete", &[("confirm", "ada")]).await.assert_leads_to("/goodbye");
    assert_eq!(count(&portico, "passkeys").await + count(&portico, "passkey_users").await, 0);
}

#[tokio::test]
async fn where_the_address_is_confirmed_first_the_passkey_waits_and_the_code_opens_the_account_here() {
    let portico = Portico::with(&REQUIRED).await;
    let (visitor, mut passkey) = (portico.visitor(), Passkey::new(&portico));
    passkey.sign_up(&visitor, "ada").await.assert_leads_to("/signup/sent");
    assert_eq!(count(&portico, "accounts").await + count(&portico, "passkeys").await, 0);
    passkey.log_in(&portico.visitor()).await.assert_status(422);
    let mail = &mails_to(&portico, ADA, 1).await[0];
    let (_, subject) = mail.split_once("Subject: ").unwrap();
    assert_opened(&visitor.submit("/signup/sent", &[("code", &subject[..7])]).await);
    assert_eq!(count(&portico, "accounts where email_verified_at is not null and two_factor").await, 1);
    assert_eq!(portico.database().text("select amr from sessions").await, "pop user mfa");
    passkey.log_in(&portico.visitor()).await.assert_leads_to("/account");
    // A user who has an account is told so by mail alone.
    let stranger = portico.visitor();
    let mut other = Passkey::new(&portico);
    let made = other.make(&stranger, &[FORM[0], ("username", "eve")]).await;
    let fields = [FORM[0], ("username", "eve"), ("passkey", made.as_str())];
    stranger.submit("/signup/passkey", &fields).await.assert_leads_to("/signup/sent");
}

#[tokio::test]
async fn its_link_opens_the_account_here_or_elsewhere_by_the_same_passkey() {
    let portico = Portico::with(&REQUIRED).await;
    let (here, mut passkey) = (portico.visitor(), Passkey::new(&portico));
    passkey.sign_up(&here, "ada").await.assert_leads_to("/signup/sent");
    let link = link(&mails_to(&portico, ADA, 1).await[0]);
    assert_eq!(here.get(&link).await.texts("[data-passkey]").len(), 0);
    let elsewhere = portico.visitor();
    let page = elsewhere.get(&link).await;
    assert_eq!(page.texts("#password").len(), 0);
    assert_eq!(asked(&page)["allowCredentials"].as_array().unwrap().len(), 1);
    // No password was chosen: none is right.
    elsewhere.submit(&link, &[("password", PASSWORD)]).await.assert_status(422);
    let mut forged = Passkey::new(&portico);
    (forged.id, forged.handle) = (passkey.id.clone(), passkey.handle.clone());
    let wrong = "This passkey was not taken. Try again, or use another way";
    prove(&elsewhere, &link, &forged, &[]).await.assert_status(422).assert_summary(wrong);
    passkey.user_verified = false;
    prove(&elsewhere, &link, &passkey, &[]).await.assert_status(422).assert_summary(wrong);
    passkey.user_verified = true;
    passkey.counter = 3;
    assert_opened(&prove(&elsewhere, &link, &passkey, &[]).await);
    assert_eq!(elsewhere.get("/account").await.one("h1"), "Hello, ada");
    assert_eq!(portico.database().text("select cast(counter as text) from passkeys").await, "3");
    here.get(&link).await.assert_status(404);
}

#[tokio::test]
async fn who_reads_the_mail_gets_no_account_that_another_persons_passkey_opens() {
    let portico = Portico::with(&REQUIRED).await;
    let (squatter, mut passkey) = (portico.visitor(), Passkey::new(&portico));
    passkey.sign_up(&squatter, "ada").await.assert_leads_to("/signup/sent");
    let link = link(&mails_to(&portico, ADA, 1).await[0]);
    let owner = portico.visitor();
    owner.submit(&link, &[]).await.assert_status(422);
    owner.submit(&link, &[("new", OTHER)]).await.assert_leads_to("/login");
    assert_eq!(count(&portico, "passkeys").await, 0);
    assert_eq!(count(&portico, "accounts where not two_factor").await, 1);
    passkey.log_in(&squatter).await.assert_status(422);
    portico.log_in(ADA, OTHER).await;
}

#[tokio::test]
async fn while_the_address_is_unconfirmed_its_owner_claims_the_account_by_each_link() {
    for by_reset in [false, true] {
        let portico = Portico::with(&[MAIL]).await;
        let (squatter, passkey) = member(&portico, "ada").await;
        let confirm = link(&mails_to(&portico, ADA, 1).await[0]);
        let owner = portico.visitor();
        if by_reset {
            portico.advance(Duration::from_secs(120));
            owner.submit("/password/forgot", &[("email", ADA)]).await;
            let reset = mail(&portico, "password-reset").await.path("/password/reset/");
            assert_eq!(owner.get(&reset).await.texts("[name=second_factor], [data-passkey]").len(), 0);
            owner.submit(&reset, &[("password", OTHER)]).await.assert_leads_to("/login");
        } else {
            owner.submit(&confirm, &[("new", OTHER)]).await.assert_leads_to("/login");
        }
        assert_eq!(count(&portico, "passkeys").await + count(&portico, "recovery_codes").await, 0);
        assert_eq!(count(&portico, "audit where action in ('factor-removed', 'two-factor-off')").await, 2);
        squatter.get("/account").await.assert_status(303);
        passkey.log_in(&portico.visitor()).await.assert_status(422);
        portico.log_in(ADA, OTHER).await;
    }
}

#[tokio::test]
async fn elsewhere_the_passkey_of_the_sign_up_confirms_the_account_that_there_is() {
    let portico = Portico::with(&[MAIL]).await;
    let (_, passkey) = member(&portico, "ada").await;
    let link = link(&mails_to(&portico, ADA, 1).await[0]);
    let phone = portico.visitor();
    let other = Passkey::new(&portico);
    prove(&phone, &link, &other, &[]).await.assert_status(422);
    prove(&phone, &link, &passkey, &[]).await.assert_leads_to("/login");
    assert_eq!(count(&portico, "accounts where email_verified_at is not null and two_factor").await, 1);
    // From now on the mailbox alone is not enough.
    portico.advance(Duration::from_secs(120));
    phone.submit("/password/forgot", &[("email", ADA)]).await;
    let reset = mail(&portico, "password-reset").await.path("/password/reset/");
    phone.submit(&reset, &[("password", OTHER)]).await.assert_status(422);
    assert_eq!(count(&portico, "passkeys").await, 1);
}

#[tokio::test]
async fn a_recovery_code_beside_a_mailed_link_leads_back_in() {
    let portico = Portico::with(&[MAIL, ("PORTICO_EMAIL_CONFIRM", "off")]).await;
    let (visitor, mut passkey) = (portico.visitor(), Passkey::new(&portico));
    let codes = assert_opened(&passkey.sign_up(&visitor, "ada").await);
    visitor.submit("/password/forgot", &[("email", ADA)]).await;
    let reset = mail(&portico, "password-reset").await.path("/password/reset/");
    let person = portico.visitor();
    person.submit(&reset, &[("password", OTHER)]).await.assert_status(422);
    let fields = [("password", OTHER), ("second_factor", codes[0].as_str())];
    person.submit(&reset, &fields).await.assert_leads_to("/login");
    begin(&portico, "ada", OTHER).await;
    passkey.log_in(&person).await.assert_leads_to("/account");
}
