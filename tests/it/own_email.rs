//! Changing one's own e-mail.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{Answer, PASSWORD, Portico, Visitor};

const PAGE: &str = "/account/email";

async fn change(visitor: &Visitor, email: &str) -> Answer {
    visitor.submit("/account/email/address", &[("email", email)]).await
}

/// What each account has for an e-mail.
async fn emails(portico: &Portico) -> Vec<String> {
    portico.database().texts("select email from accounts order by email").await
}

#[tokio::test]
async fn another_email_is_logged_in_with_at_once_and_no_session_ends() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let phone = portico.log_in("ada@example.org", PASSWORD).await;
    assert_eq!(ada.get(PAGE).await.value("email"), "ada@example.org");
    let answer = change(&ada, " Ada@New.example.org ").await;
    let page = ada.follow(answer.assert_leads_to(PAGE)).await;
    page.assert_flash("Your email is changed.");
    assert_eq!(page.value("email"), "Ada@New.example.org");
    portico.log_in("ada@new.example.org", PASSWORD).await;
    let old = [("login", "ada@example.org"), ("password", PASSWORD)];
    portico.visitor().submit("/login", &old).await.assert_status(422);
    phone.get("/account").await.assert_status(200);
    let told = portico.database().texts("select detail from audit where action = 'email-changed'").await;
    let told: Vec<Value> = told.iter().map(|text| serde_json::from_str(text).unwrap()).collect();
    assert_eq!(
        told,
        [json!({ "before": { "email": "ada@example.org" }, "after": { "email": "Ada@New.example.org" } })]
    );
    let events = portico.database().texts("select body from events where kind = 'user.updated'").await;
    assert_eq!(events.len(), 1);
    assert_eq!(serde_json::from_str::<Value>(&events[0]).unwrap()["email"], "Ada@New.example.org");
}

#[tokio::test]
async fn another_email_is_not_confirmed_and_saving_the_same_one_changes_nothing() {
    let portico = Portico::start().await;
    let (admin, ada) = (portico.admin("mira").await, portico.member("ada").await);
    let place = admin.get("/admin/users?q=ada").await.attribute("a[href^='/admin/users/0']", "href");
    let revision = admin.get(&place).await.value("revision");
    let form = [("revision", revision.as_str()), ("username", "ada"), ("email", "ada@example.org"), ("role", "member")];
    let form: Vec<_> = form.into_iter().chain([("email_confirmed", "1")]).collect();
    admin.submit(&place, &form).await.assert_leads_to(&place);
    let announced = portico.database().count("events where kind = 'user.updated'").await;
    change(&ada, "ada@example.org").await.assert_leads_to(PAGE);
    assert_eq!(portico.database().count("accounts where email_verified_at is not null").await, 1);
    assert_eq!(portico.database().count("events where kind = 'user.updated'").await, announced);
    change(&ada, "new@example.org").await.assert_leads_to(PAGE);
    assert_eq!(portico.database().count("accounts where email_verified_at is not null").await, 0);
}

#[tokio::test]
async fn what_is_no_email_is_told_at_the_field_and_what_was_typed_stays() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let long = format!("{}@{}.org", "a".repeat(60), "b".repeat(200));
    for (typed, words) in [
        ("", "Enter your email"),
        ("ada", "Enter an email like name@example.com"),
        ("ada@localhost", "Enter an email like name@example.com"),
        (&long, "Use 254 characters or fewer"),
    ] {
        let page = change(&ada, typed).await;
        page.assert_status(422).assert_problem("email", words);
        assert_eq!(page.value("email"), typed);
    }
    assert_eq!(emails(&portico).await, ["ada@example.org"]);
}

#[tokio::test]
async fn an_email_that_another_account_has_is_told_so_and_not_without_end() {
    let portico = Portico::start().await;
    let names: Vec<String> = (0..11).map(|number| format!("person{number}")).collect();
    join_all(names.iter().map(|name| portico.member(name))).await;
    let ada = portico.member("ada").await;
    for name in &names[..10] {
        let typed = format!("{}@Example.org", name.to_uppercase());
        let page = change(&ada, &typed).await;
        page.assert_status(409).assert_summary("Another account has this email");
        assert_eq!(page.value("email"), typed);
    }
    for typed in ["person10@example.org", "quite-new@example.org"] {
        let page = change(&ada, typed).await;
        page.assert_status(429);
        assert!(page.header("retry-after").parse::<u64>().unwrap() > 60);
        assert_eq!(page.value("email"), typed);
    }
    assert_eq!(portico.database().count("accounts where email = 'ada@example.org'").await, 1);
}

#[tokio::test]
async fn two_who_want_one_email_at_once_do_not_both_get_it() {
    let portico = Portico::start().await;
    let (ada, bob) = (portico.member("ada").await, portico.member("bob").await);
    let (one, other) = tokio::join!(change(&ada, "one@example.org"), change(&bob, "ONE@example.org"));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 409]);
}

#[tokio::test]
async fn it_wants_a_recent_proof_and_keeps_what_was_typed_meanwhile() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    portico.advance(Duration::from_mins(10));
    let away = change(&ada, "new@example.org").await;
    away.assert_leads_to("/reauth?next=%2Faccount%2Femail%2Faddress");
    assert_eq!(emails(&portico).await, ["ada@example.org"]);
    let proof = [("password", PASSWORD), ("next", "/account/email/address")];
    let back = ada.submit("/reauth", &proof).await;
    let on = ada.follow(back.assert_leads_to("/account/email/address")).await;
    let page = ada.follow(on.assert_leads_to(PAGE)).await;
    assert_eq!(page.value("email"), "new@example.org");
    change(&ada, &page.value("email")).await.assert_leads_to(PAGE);
    assert_eq!(emails(&portico).await, ["new@example.org"]);
}

#[tokio::test]
async fn who_was_logged_out_meanwhile_finds_what_they_typed_after_logging_in() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    portico.database().execute("delete from sessions").await;
    let login = change(&ada, "new@example.org").await;
    login.assert_status(401);
    let (next, draft) = (login.value("next"), login.value("draft"));
    let fields = [("login", "ada"), ("password", PASSWORD), ("next", &next), ("draft", &draft)];
    let back = ada.submit("/login", &fields).await;
    let on = ada.follow(&back).await;
    assert_eq!(ada.follow(on.assert_leads_to(PAGE)).await.value("email"), "new@example.org");
    assert_eq!(emails(&portico).await, ["ada@example.org"]);
}

#[tokio::test]
async fn the_page_says_who_sees_the_email_in_both_languages() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let page = ada.get(PAGE).await;
    assert!(page.one("section:has([name=email])").contains("Other people do not see it."), "{}", page.gist());
    assert_eq!(page.one("section:has([name=email]) button"), "Change email");
    assert_eq!(page.attribute("label[for=email] ~ input", "id"), "email");
    ada.get("/language/ru").await;
    assert_eq!(ada.get(PAGE).await.one("section:has([name=email]) button"), "Сменить почту");
}
