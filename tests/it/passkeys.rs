//! Passkeys and security keys: adding them, logging in by them alone, and what is refused.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Answer, MAIL, PASSWORD, Passkey, Portico, Visitor, asked, begin, mail, mail_count};

const PAGE: &str = "/account/security/passkeys";
const REFUSED: &str = "This passkey does not log you in here. Try again, or use your password";

/// Where the page about a user's only passkey is.
async fn only(user: &Visitor) -> String {
    let page = user.get(PAGE).await;
    page.attribute(".items a", "href")
}

fn assert_refused(answer: &Answer) {
    answer.assert_status(422).assert_summary(REFUSED);
}

#[tokio::test]
async fn a_passkey_is_added_and_logs_in_by_itself() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let elsewhere = portico.log_in("ada", PASSWORD).await;
    let mut passkey = Passkey::new(&portico);
    let made = passkey.add_as(&ada, " My phone ", "add").await;
    made.assert_status(200).assert_flash("Your passkey is added.");
    assert_eq!(made.one("#code-list").split_whitespace().count(), 10);
    // It is a factor: the password alone logs in no more, and what it had opened has ended.
    elsewhere.get("/account").await.assert_leads_to("/login?next=%2Faccount");
    begin(&portico, "ada", PASSWORD).await;
    assert_eq!(ada.get(PAGE).await.texts(".items bdi"), ["My phone"]);

    let visitor = portico.visitor();
    passkey.counter = 1;
    let page = visitor.get("/login?next=%2Faccount%2Fprofile").await;
    assert_eq!(asked(&page)["rpId"], json!("localhost"));
    assert_eq!(asked(&page)["allowCredentials"], json!([]));
    assert_eq!(asked(&page)["userVerification"], json!("required"));
    assert_eq!(page.attribute("#login", "autocomplete"), "username webauthn");
    let fields = [("passkey", passkey.get(&asked(&page))), ("next", "/account/profile".to_owned())];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    visitor.submit("/login/passkey", &fields).await.assert_leads_to("/account/profile");
    visitor.get("/account/profile").await.assert_status(200);
    let amr = "select amr from sessions order by authenticated_at desc limit 1";
    assert_eq!(portico.database().text(amr).await, "pop user mfa");
    // A whole proof: nothing asks for another one.
    visitor.get("/account/delete").await.assert_status(200);
}

#[tokio::test]
async fn the_challenge_of_the_log_in_page_is_kept_nowhere() {
    let portico = Portico::start().await;
    portico.member("ada").await;
    let rows = async || {
        let mut rows = Vec::new();
        for table in ["sessions", "spent_challenges", "login_steps", "audit", "passkey_users"] {
            rows.push((table, portico.database().count(table).await));
        }
        rows
    };
    let before = rows().await;
    let visitor = portico.visitor();
    let first = asked(&visitor.get("/login").await)["challenge"].clone();
    assert_ne!(asked(&visitor.get("/login").await)["challenge"], first);
    assert_ne!(asked(&portico.visitor().get("/login").await)["challenge"], first);
    assert_eq!(rows().await, before);
}

#[tokio::test]
async fn a_browser_is_asked_for_what_passkeys_and_security_keys_are() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let first = Passkey::add(&portico, &ada).await;
    let passkey = asked(&ada.get(&format!("{PAGE}/add")).await);
    let selection = json!({"residentKey": "required", "requireResidentKey": true, "userVerification": "required"});
    assert_eq!(passkey["authenticatorSelection"], selection);
    assert_eq!(passkey["attestation"], json!("none"));
    assert_eq!(passkey["excludeCredentials"].as_array().unwrap().len(), 1);
    assert_eq!(passkey["user"]["name"], json!("ada"));
    // Nothing about the person, and the same for each of their passkeys.
    assert_eq!(first.handle.len(), 32);
    let mut second = Passkey::new(&portico);
    second.create(&passkey);
    assert_eq!(second.handle, first.handle);
    let key = asked(&ada.get(&format!("{PAGE}/add-key")).await);
    let selection = json!({"residentKey": "discouraged", "requireResidentKey": false, "userVerification": "preferred"});
    assert_eq!(key["authenticatorSelection"], selection);
    assert_eq!(key["hints"], json!(["security-key"]));
}

#[tokio::test]
async fn a_challenge_is_answered_once_in_time_and_in_the_browser_that_it_was_given_to() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let passkey = Passkey::add(&portico, &ada).await;
    let visitor = portico.visitor();
    let answer = passkey.get(&asked(&visitor.get("/login").await));
    // Looking at the page, and what is wrong, leave nothing behind: a challenge is spent by its right answer alone.
    assert_eq!(portico.database().count("spent_challenges").await, 1);
    let thief = portico.visitor();
    thief.get("/login").await;
    assert_refused(&thief.submit("/login/passkey", &[("passkey", &answer)]).await);
    assert_eq!(portico.database().count("spent_challenges").await, 1);
    visitor.submit("/login/passkey", &[("passkey", &answer)]).await.assert_leads_to("/account");
    visitor.submit("/logout", &[]).await;
    assert_refused(&visitor.submit("/login/passkey", &[("passkey", &answer)]).await);
    // A page that has been open for long asks for another one.
    let page = visitor.get("/login").await;
    portico.advance(Duration::from_secs(601));
    let late = visitor.submit("/login/passkey", &[("passkey", &passkey.get(&asked(&page)))]).await;
    late.assert_status(422).assert_summary("That took too long. Try again");
    let renewed: Value = serde_json::from_str(&visitor.get("/login/passkey").await.text()).unwrap();
    let answer = passkey.get(&renewed);
    visitor.submit("/login/passkey", &[("passkey", &answer)]).await.assert_leads_to("/account");
}

#[tokio::test]
async fn an_answer_that_is_not_right_is_refused_in_the_same_words_whatever_is_wrong() {
    let portico = Portico::start().await;
    let (ada, eve) = (portico.member("ada").await, portico.member("eve").await);
    let mut passkey = Passkey::add(&portico, &ada).await;
    let eves = Passkey::add(&portico, &eve).await;
    let visitor = portico.visitor();

    let origin = std::mem::replace(&mut passkey.origin, "http://localhost:1".to_owned());
    assert_refused(&passkey.log_in(&visitor).await);
    passkey.origin = origin;
    passkey.user_verified = false;
    assert_refused(&passkey.log_in(&visitor).await);
    passkey.user_verified = true;
    // Another account's user.
    let handle = std::mem::replace(&mut passkey.handle, eves.handle.clone());
    assert_refused(&passkey.log_in(&visitor).await);
    passkey.handle = handle;
    // Another key's signature.
    let mut forged = Passkey::new(&portico);
    (forged.id, forged.handle) = (passkey.id.clone(), passkey.handle.clone());
    assert_refused(&forged.log_in(&visitor).await);
    // No account's: only then an authenticator is told so.
    let mut unknown = Passkey::new(&portico);
    unknown.handle = passkey.handle.clone();
    let page = unknown.log_in(&visitor).await;
    assert_refused(&page);
    assert!(page.attribute("[data-signal]", "data-signal").contains("signalUnknownCredential"));
    assert_eq!(forged.log_in(&visitor).await.attributes("[data-signal]", "data-signal"), Vec::<String>::new());
    for text in ["", "{}", "null", "no JSON"] {
        assert_refused(&visitor.submit("/login/passkey", &[("passkey", text)]).await);
    }
    passkey.log_in(&visitor).await.assert_leads_to("/account");

    portico.database().execute("update accounts set status = 'disabled' where username = 'ada'").await;
    assert_refused(&passkey.log_in(&portico.visitor()).await);
    eves.log_in(&portico.visitor()).await.assert_leads_to("/account");
}

#[tokio::test]
async fn a_counter_that_went_back_is_refused_noted_and_told() {
    let portico = Portico::with(&[MAIL, ("PORTICO_EMAIL_CONFIRM", "off")]).await;
    let ada = portico.member("ada").await;
    let mut passkey = Passkey::add(&portico, &ada).await;
    passkey.counter = 7;
    passkey.log_in(&portico.visitor()).await.assert_leads_to("/account");
    assert_eq!(mail_count(&portico, "passkey-refused").await, 0);
    for counter in [7, 6, 0] {
        passkey.counter = counter;
        assert_refused(&passkey.log_in(&portico.visitor()).await);
    }
    let told = "audit where action = 'passkey-refused'";
    assert_eq!(portico.database().count(told).await, 3);
    mail(&portico, "passkey-refused").await;
    passkey.counter = 8;
    passkey.log_in(&portico.visitor()).await.assert_leads_to("/account");
}

#[tokio::test]
async fn a_passkey_is_renamed_and_removed() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let passkey = Passkey::add(&portico, &ada).await;
    let one = only(&ada).await;
    ada.submit(&one, &[("name", "Old phone")]).await.assert_leads_to(PAGE);
    let page = ada.get(PAGE).await;
    assert_eq!(page.texts(".items bdi"), ["Old phone"]);
    assert!(page.attribute("[data-signal]", "data-signal").contains("allAcceptedCredentialIds"));
    // No other user's hands reach it.
    let eve = portico.member("eve").await;
    eve.submit(&one, &[("name", "Mine")]).await;
    eve.submit(&format!("{one}/remove"), &[]).await;
    assert_eq!(ada.get(PAGE).await.texts(".items bdi"), ["Old phone"]);
    // A recent proof is asked for.
    portico.advance(Duration::from_secs(601));
    let asked = ada.submit(&format!("{one}/remove"), &[]).await;
    assert!(asked.leads_to().starts_with("/reauth?"), "{}", asked.leads_to());
    let ada = portico.visitor();
    passkey.log_in(&ada).await.assert_leads_to("/account");
    ada.submit(&format!("{one}/remove"), &[]).await.assert_leads_to(PAGE);
    assert_eq!(ada.get(PAGE).await.texts(".items bdi"), Vec::<String>::new());
    assert_refused(&passkey.log_in(&portico.visitor()).await);
    // With the last factor the password is enough again.
    portico.log_in("ada", PASSWORD).await.get("/account").await.assert_status(200);
    let acts = "select action from audit where action like 'factor-%' order by sequence";
    assert_eq!(portico.database().texts(acts).await, ["factor-added", "factor-renamed", "factor-removed"]);
}

#[tokio::test]
async fn the_only_way_to_log_in_cannot_be_removed() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    Passkey::add(&portico, &ada).await;
    portico.database().execute("update accounts set password_hash = null where username = 'ada'").await;
    let one = only(&ada).await;
    let refused = ada.submit(&format!("{one}/remove"), &[]).await;
    ada.follow(&refused)
        .await
        .assert_flash("This passkey is your only way to log in. Set a password or add another one first.");
    assert_eq!(only(&ada).await, one);
    // A second step is no log-in.
    let mut key = Passkey::new(&portico);
    key.user_verified = false;
    key.add_as(&ada, "Key", "add-key").await.assert_leads_to(PAGE);
    ada.submit(&format!("{one}/remove"), &[]).await;
    assert_eq!(ada.get(PAGE).await.texts(".items bdi").len(), 2);
}

#[tokio::test]
async fn what_a_browser_has_made_is_looked_at_before_it_is_added() {
    let portico = Portico::start().await;
    let (ada, eve) = (portico.member("ada").await, portico.member("eve").await);
    let mut passkey = Passkey::add(&portico, &ada).await;
    let wrong = "What your browser made cannot be used here. Try again";
    // Another account's passkey, and one whose challenge was another account's.
    passkey.add_as(&eve, "Mine", "add").await.assert_status(422).assert_summary(wrong);
    let mut other = Passkey::new(&portico);
    let made = other.create(&asked(&ada.get(&format!("{PAGE}/add")).await));
    eve.submit(&format!("{PAGE}/add"), &[("passkey", &made)]).await.assert_status(422).assert_summary(wrong);
    // A passkey has to verify its user, a security key need not.
    other.user_verified = false;
    other.add_as(&eve, "Mine", "add").await.assert_status(422).assert_summary(wrong);
    let path = format!("{PAGE}/add-key");
    let page = eve.get(&path).await;
    let made = other.create(&asked(&page));
    eve.submit(&path, &[("passkey", &made)]).await.assert_status(200);
    assert_eq!(eve.get(PAGE).await.texts(".items .badge"), ["After the password"]);
    // What was made once is not taken twice.
    eve.submit(&path, &[("passkey", &made)]).await.assert_status(422).assert_summary(wrong);
    assert_refused(&other.log_in(&portico.visitor()).await);
    let page = ada.get(&format!("{PAGE}/add")).await;
    portico.advance(Duration::from_secs(601));
    let late = Passkey::new(&portico).create(&asked(&page));
    ada.submit("/reauth", &[("password", PASSWORD)]).await;
    let answer = ada.submit(&format!("{PAGE}/add"), &[("passkey", &late)]).await;
    assert!(answer.status == 422 || answer.leads_to().starts_with("/reauth?"));
}

#[tokio::test]
async fn there_are_none_where_browsers_make_none() {
    let portico = Portico::with(&[("PORTICO_PUBLIC_URL", "http://192.0.2.7")]).await;
    let page = portico.visitor().get("/login").await;
    assert_eq!(page.attributes("[data-passkey]", "data-rp"), Vec::<String>::new());
    assert_eq!(page.attribute("#login", "autocomplete"), "username");
    portico.visitor().submit("/login/passkey", &[("passkey", "{}")]).await.assert_status(404);
    portico.visitor().get("/login/passkey").await.assert_status(404);
}

#[tokio::test]
async fn passkeys_are_made_for_the_domain_and_used_by_the_origins_that_are_set() {
    let settings = [
        ("PORTICO_PUBLIC_URL", "https://accounts.example.org"),
        ("PORTICO_PASSKEY_DOMAIN", "example.org"),
        ("PORTICO_PASSKEY_ORIGINS", "https://app.example.com, https://example.net:8443"),
    ];
    let portico = Portico::with(&settings).await;
    let visitor = portico.visitor();
    assert_eq!(asked(&visitor.get("/login").await)["rpId"], json!("example.org"));
    let told: Value = serde_json::from_str(&visitor.get("/.well-known/webauthn").await.text()).unwrap();
    assert_eq!(told, json!({"origins": ["https://app.example.com", "https://example.net:8443"]}));
    let plain = Portico::start().await;
    plain.visitor().get("/.well-known/webauthn").await.assert_status(404);
}

#[tokio::test]
async fn a_security_key_is_a_second_step_and_a_passkey_a_proof() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let mut key = Passkey::new(&portico);
    key.user_verified = false;
    key.add_as(&ada, "Key", "add-key").await.assert_status(200);
    let eves = Passkey::add(&portico, &portico.member("eve").await).await;
    // After the password, in the browser with that step, and once.
    let visitor = begin(&portico, "ada", PASSWORD).await;
    let page = visitor.get("/login/verify").await;
    assert_eq!(asked(&page)["allowCredentials"].as_array().unwrap().len(), 1);
    let answer = key.get(&asked(&page));
    let other = begin(&portico, "ada", PASSWORD).await;
    let wrong = "This passkey was not taken. Try again, or use another way";
    other.submit("/login/verify/passkey", &[("passkey", &answer)]).await.assert_status(422).assert_summary(wrong);
    let foreign = eves.get(&asked(&page));
    visitor.submit("/login/verify/passkey", &[("passkey", &foreign)]).await.assert_status(422).assert_summary(wrong);
    visitor.submit("/login/verify/passkey", &[("passkey", &answer)]).await.assert_leads_to("/account");
    let amr = "select amr from sessions order by authenticated_at desc, created_at desc limit 1";
    portico.advance(Duration::from_secs(601));
    visitor.get("/account/delete").await.assert_leads_to("/reauth?next=%2Faccount%2Fdelete");
    // A key that has never verified its user is asked for no proof, until it has beside the password.
    let path = "/reauth?next=%2Faccount%2Fdelete";
    assert!(!visitor.get(path).await.text().contains("data-passkey"));
    key.user_verified = true;
    let other = begin(&portico, "ada", PASSWORD).await;
    let answer = key.get(&asked(&other.get("/login/verify").await));
    other.submit("/login/verify/passkey", &[("passkey", &answer)]).await.assert_leads_to("/account");
    portico.advance(Duration::from_secs(1));
    let page = visitor.get(path).await;
    key.user_verified = false;
    let answer = key.get(&asked(&page));
    visitor.submit("/reauth/passkey", &[("passkey", &answer)]).await.assert_status(422).assert_summary(wrong);
    key.user_verified = true;
    let answer = key.get(&asked(&page));
    let fields = [("passkey", answer.as_str()), ("next", "/account/delete")];
    visitor.submit("/reauth/passkey", &fields).await.assert_leads_to("/account/delete");
    visitor.get("/account/delete").await.assert_status(200);
    assert_eq!(portico.database().text(amr).await, "pop user mfa");
}

#[tokio::test]
async fn beside_a_link_that_sets_a_password_a_passkey_is_the_second_factor() {
    let portico = Portico::with(&[MAIL, ("PORTICO_EMAIL_CONFIRM", "off")]).await;
    let ada = portico.member("ada").await;
    let mut passkey = Passkey::add(&portico, &ada).await;
    let eves = Passkey::add(&portico, &portico.member("eve").await).await;
    let visitor = portico.visitor();
    visitor.submit("/password/forgot", &[("email", "ada@example.org")]).await;
    let link = mail(&portico, "password-reset").await.path("/password/reset/");
    let page = visitor.get(&link).await;
    assert_eq!(asked(&page)["allowCredentials"].as_array().unwrap().len(), 1);
    let action = page.attribute("[data-passkey]", "data-action");
    let new = ("password", "nine loud herons");
    let wrong = "This passkey was not taken. Try again, or use another way";
    // Looked at together with the new password: what is wrong with that spends nothing.
    let answer = passkey.get(&asked(&page));
    visitor.submit(&action, &[("password", "short"), ("passkey", &answer)]).await.assert_status(422);
    for bad in ["", "{}", &eves.get(&asked(&page))] {
        visitor.submit(&action, &[new, ("passkey", bad)]).await.assert_status(422).assert_summary(wrong);
    }
    // What was asked beside another link, or at a log-in.
    let other = portico.visitor();
    let elsewhere = passkey.get(&asked(&other.get("/login").await));
    visitor.submit(&action, &[new, ("passkey", &elsewhere)]).await.assert_status(422).assert_summary(wrong);
    // A key that verifies no user is enough beside it.
    passkey.user_verified = false;
    let renewed: Value = serde_json::from_str(&visitor.get(&action).await.text()).unwrap();
    visitor.submit(&action, &[new, ("passkey", &passkey.get(&renewed))]).await.assert_leads_to("/login");
    ada.get("/account").await.assert_leads_to("/login?next=%2Faccount");
    begin(&portico, "ada", new.1).await;
    visitor.submit(&action, &[new, ("passkey", &answer)]).await.assert_status(404);
}

#[tokio::test]
async fn a_passkey_of_before_takes_a_change_of_the_address_back() {
    let portico = Portico::with(&[MAIL, ("PORTICO_EMAIL_CONFIRM", "off")]).await;
    let ada = portico.member("ada").await;
    let passkey = Passkey::add(&portico, &ada).await;
    ada.submit("/account/email/address", &[("email", "new@example.org")]).await.assert_leads_to("/account/email");
    let link = mail(&portico, "email-changed").await.path("/email/undo/");
    portico.advance(Duration::from_secs(60));
    // A thief who changed it may have added one of their own since.
    let thief = Passkey::add_another(&portico, &ada).await;
    let visitor = portico.visitor();
    let page = visitor.get(&link).await;
    let action = page.attribute("[data-passkey]", "data-action");
    let wrong = "This passkey was not taken. Try again, or use another way";
    let answer = thief.get(&asked(&page));
    visitor.submit(&action, &[("passkey", &answer)]).await.assert_status(422).assert_summary(wrong);
    let page = visitor.get(&link).await;
    let undone = visitor.submit(&action, &[("passkey", &passkey.get(&asked(&page)))]).await;
    assert!(undone.leads_to().starts_with("/password/reset/"), "{}", undone.leads_to());
    assert_eq!(portico.database().text("select email from accounts").await, "ada@example.org");
    ada.get("/account").await.assert_leads_to("/login?next=%2Faccount");
}

#[tokio::test]
async fn after_a_log_in_and_another_name_authenticators_are_told_what_there_is() {
    let told = "/account/security/passkeys/signals";
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    assert_eq!(ada.get("/account").await.texts("[data-signals]").len(), 0);
    let passkey = Passkey::add(&portico, &ada).await;
    let visitor = portico.visitor();
    passkey.log_in(&visitor).await.assert_leads_to("/account");
    assert_eq!(visitor.get("/account").await.attribute("[data-signals]", "data-signals"), told);
    let signals: Value = serde_json::from_str(&visitor.get(told).await.text()).unwrap();
    let accepted = &signals["signalAllAcceptedCredentials"];
    assert_eq!(
        (&accepted["rpId"], accepted["allAcceptedCredentialIds"].as_array().unwrap().len()),
        (&json!("localhost"), 1)
    );
    assert_eq!(signals["signalCurrentUserDetails"]["displayName"], json!("ada"));
    // Once, and again when the name is another.
    assert_eq!(visitor.get("/account").await.texts("[data-signals]").len(), 0);
    let fields = [("name", "Ada Lovelace"), ("username", "ada")];
    visitor.submit("/account/profile", &fields).await.assert_leads_to("/account/profile");
    assert_eq!(visitor.get("/account/profile").await.texts("[data-signals]").len(), 1);
    let signals: Value = serde_json::from_str(&visitor.get(told).await.text()).unwrap();
    assert_eq!(signals["signalCurrentUserDetails"]["displayName"], json!("Ada Lovelace"));
    visitor.submit("/account/email/address", &[("email", "new@example.org")]).await.assert_leads_to("/account/email");
    assert_eq!(visitor.get("/account").await.texts("[data-signals]").len(), 1);
    // After the password and a second step, too; strangers are told nothing.
    let begun = begin(&portico, "ada", PASSWORD).await;
    let answer = passkey.get(&asked(&begun.get("/login/verify").await));
    begun.submit("/login/verify/passkey", &[("passkey", &answer)]).await.assert_leads_to("/account");
    assert_eq!(begun.get("/account").await.texts("[data-signals]").len(), 1);
    begun.submit("/logout", &[]).await;
    assert_eq!(begun.get("/login").await.texts("[data-signals]").len(), 0);
    portico.visitor().get(told).await.assert_status(303);
    // An account with another factor has nothing to tell.
    let bob = portico.member("bob").await;
    assert_eq!(bob.get(told).await.text(), "{}");
}

#[tokio::test]
async fn a_passkey_is_offered_to_who_has_none_and_never_made_unasked() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let page = ada.get("/account").await;
    assert_eq!(page.attributes("[data-passkey-offer][hidden]", "data-rp"), ["localhost"]);
    assert_eq!(page.attributes("[data-passkey-offer] a", "href"), ["/account/security/passkeys/add"]);
    Passkey::add(&portico, &ada).await;
    assert_eq!(ada.get("/account").await.texts("[data-passkey-offer]").len(), 0);
    let unconfirmed = Portico::with(&[MAIL]).await;
    let bob = unconfirmed.member("bob").await;
    assert_eq!(bob.get("/account").await.texts("[data-passkey-offer]").len(), 0);
}

#[tokio::test]
async fn a_security_key_logs_in_alone_only_once_it_has_verified_its_user_beside_the_password() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let mut key = Passkey::new(&portico);
    key.user_verified = false;
    key.add_as(&ada, "Key", "add-key").await.assert_status(200);
    // Its finder has given it a PIN.
    key.user_verified = true;
    for _ in 0..2 {
        assert_refused(&key.log_in(&portico.visitor()).await);
    }
    let visitor = begin(&portico, "ada", PASSWORD).await;
    let answer = key.get(&asked(&visitor.get("/login/verify").await));
    visitor.submit("/login/verify/passkey", &[("passkey", &answer)]).await.assert_leads_to("/account");
    key.log_in(&portico.visitor()).await.assert_leads_to("/account");
}

#[tokio::test]
async fn proofs_and_log_ins_by_a_passkey_are_counted_before_they_leave_anything() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let passkey = Passkey::add(&portico, &ada).await;
    let spent = async || portico.database().count("spent_challenges").await;
    let before = spent().await;
    let mut last = 0;
    for _ in 0..61 {
        let answer = passkey.get(&asked(&ada.get("/reauth").await));
        last = ada.submit("/reauth/passkey", &[("passkey", &answer)]).await.status;
    }
    assert_eq!((last, spent().await - before), (429, 60));
    for _ in 0..61 {
        last = passkey.log_in(&portico.visitor()).await.status;
    }
    assert_eq!((last, spent().await - before), (429, 120));
}
