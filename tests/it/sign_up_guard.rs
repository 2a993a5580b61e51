//! The guard of the sign-up form against programs: what it asks of them, and that no person meets it.

use std::time::Duration;

use sha2::{Digest as _, Sha256};

use crate::support::{Answer, PASSWORD, Portico, Visitor};

const ON: &[(&str, &str)] = &[("PORTICO_SIGNUP_GUARD", "on")];

/// What a sign-up form holds beside what people type.
struct Form {
    mark: String,
    work: String,
}

impl Form {
    fn of(page: &Answer) -> Form {
        Form { mark: page.value("mark"), work: String::new() }
    }

    /// As a browser with JavaScript sends it.
    fn proved(self) -> Form {
        let is_found = |number: &u64| {
            let hash = Sha256::digest(format!("{}.{number}", self.mark));
            hash[0] == 0 && hash[1] < 32
        };
        let work = (0..).find(is_found).expect("there is a number").to_string();
        Form { work, ..self }
    }

    async fn send(&self, visitor: &Visitor, username: &str, more: &[(&str, &str)]) -> Answer {
        let email = format!("{username}@example.org");
        let mut fields = vec![("email", &*email), ("username", username), ("password", PASSWORD), ("mark", &self.mark)];
        fields.push(("work", &self.work));
        fields.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
        fields.extend(more);
        visitor.submit("/signup", &fields).await
    }
}

/// A form that was read for a while.
async fn read(portico: &Portico, visitor: &Visitor) -> Form {
    let page = visitor.get("/signup").await;
    portico.advance(Duration::from_secs(3));
    Form::of(&page)
}

#[track_caller]
fn assert_again(page: &Answer, words: &str) {
    page.assert_status(422).assert_summary(words);
    assert_eq!((page.value("email"), page.value("username")), ("ada@example.org".to_owned(), "ada".to_owned()));
}

#[tokio::test]
async fn a_person_without_javascript_signs_up_and_sees_nothing_of_the_guard() {
    let portico = Portico::with(ON).await;
    let visitor = portico.visitor();
    let page = visitor.get("/signup").await;
    assert_eq!(page.texts("main label").len(), 4, "three fields, and the one that is hidden");
    assert_eq!(page.texts("[aria-hidden=true].vh [tabindex='-1'][autocomplete=off]").len(), 1);
    let form = read(&portico, &visitor).await;
    form.send(&visitor, "ada", &[("remarks", "")]).await.assert_leads_to("/welcome");
}

/// A form that came back in the second it was shown in, and the page that was answered. The two are as far apart as the
/// machine makes them, so it may take more than one.
async fn too_soon(portico: &Portico, visitor: &Visitor) -> Answer {
    for number in 0..20 {
        let name = format!("quick{number}");
        let page = Form::of(&portico.visitor().get("/signup").await).send(visitor, &name, &[]).await;
        if page.status == 422 {
            return page;
        }
    }
    panic!("no form came back within two seconds");
}

#[tokio::test]
async fn a_form_that_comes_back_at_once_is_shown_again_and_passes_a_moment_later() {
    let portico = Portico::with(&[ON[0], ("PORTICO_RATE_LIMITS", "off")]).await;
    let visitor = portico.visitor();
    let page = too_soon(&portico, &visitor).await;
    page.assert_summary("That was quick. Type your password once more and press the button again");
    let name = page.value("username");
    assert_eq!(page.value("email"), format!("{name}@example.org"));
    portico.advance(Duration::from_secs(2));
    Form::of(&page).send(&visitor, &name, &[]).await.assert_leads_to("/welcome");
}

#[tokio::test]
async fn a_form_of_more_than_a_day_or_without_a_mark_of_ours_is_shown_again_renewed() {
    let portico = Portico::with(ON).await;
    let visitor = portico.visitor();
    let old = "This form had been open for long. Type your password once more and press the button again";
    let form = read(&portico, &visitor).await;
    portico.advance(Duration::from_secs(24 * 3600));
    let page = form.send(&visitor, "ada", &[]).await;
    assert_again(&page, old);
    // Who waited for the first one need not wait for this one.
    Form::of(&page).send(&visitor, "ada", &[]).await.assert_leads_to("/welcome");

    let other = portico.visitor();
    let form = read(&portico, &other).await;
    for mark in ["", "1", "1.2.3", &form.mark[1..], &form.mark.replace('.', ""), &format!("{}A", form.mark)] {
        let page = Form { mark: mark.to_owned(), work: String::new() }.send(&other, "bob", &[]).await;
        page.assert_status(422).assert_summary(old);
        assert_eq!(page.value("username"), "bob");
    }
    assert_eq!(portico.database().count("accounts").await, 1);
}

#[tokio::test]
async fn what_fills_in_the_hidden_field_is_stopped_and_a_person_passes_at_the_next_press() {
    let portico = Portico::with(ON).await;
    let visitor = portico.visitor();
    let form = read(&portico, &visitor).await;
    let page = form.send(&visitor, "ada", &[("remarks", "Buy now")]).await;
    assert_again(&page, "A hidden field was filled in. Type your password once more and press the button again");
    assert_eq!(page.texts("[name=remarks]").len(), 0, "what filled it in cannot do so again");
    Form::of(&page).send(&visitor, "ada", &[]).await.assert_leads_to("/welcome");
}

#[tokio::test]
async fn what_is_wrong_in_a_field_is_said_first_and_costs_no_other_wait() {
    let portico = Portico::with(ON).await;
    let visitor = portico.visitor();
    let form = read(&portico, &visitor).await;
    let page = form.send(&visitor, "a", &[]).await;
    page.assert_status(422).assert_problem("username", "Use 3 characters or more");
    Form::of(&page).send(&visitor, "ada", &[]).await.assert_leads_to("/welcome");
}

#[tokio::test]
async fn without_a_proof_of_work_an_address_opens_five_accounts_an_hour_and_with_one_it_goes_on() {
    let portico = Portico::with(ON).await;
    let visitor = portico.visitor();
    for number in 0..5 {
        let form = read(&portico, &visitor).await;
        form.send(&portico.visitor(), &format!("person{number}"), &[]).await.assert_leads_to("/welcome");
    }
    let page = read(&portico, &visitor).await.send(&visitor, "ada", &[]).await;
    page.assert_status(429);
    assert!(page.problems()[0].1.starts_with("Too many accounts were opened from your network. Turn on JavaScript"));
    assert!(page.header("retry-after").parse::<u64>().is_ok_and(|seconds| seconds <= 3600));
    let proved = read(&portico, &visitor).await.proved();
    proved.send(&visitor, "ada", &[]).await.assert_leads_to("/welcome");
    // The work is done for one account.
    proved.send(&portico.visitor(), "bob", &[]).await.assert_status(429);
    portico.advance(Duration::from_secs(3600));
    let bob = portico.visitor();
    read(&portico, &bob).await.send(&bob, "bob", &[]).await.assert_leads_to("/welcome");
}

#[tokio::test]
async fn sign_ups_that_fail_use_up_nothing() {
    let portico = Portico::with(ON).await;
    let visitor = portico.visitor();
    read(&portico, &visitor).await.send(&visitor, "ada", &[]).await.assert_leads_to("/welcome");
    for _ in 0..6 {
        let other = portico.visitor();
        let form = read(&portico, &other).await;
        form.send(&other, "ada", &[("email", "other@example.org")]).await.assert_status(409);
    }
}

#[tokio::test]
async fn both_presses_of_a_double_click_end_logged_in_with_one_account() {
    let portico = Portico::with(ON).await;
    let visitor = portico.visitor();
    for number in 0..4 {
        let form = read(&portico, &visitor).await;
        form.send(&portico.visitor(), &format!("person{number}"), &[]).await.assert_leads_to("/welcome");
    }
    // The fifth without a proof: the second press finds nothing left of what an address has.
    let form = read(&portico, &visitor).await;
    form.send(&visitor, "ada", &[]).await.assert_leads_to("/welcome");
    form.send(&visitor, "ada", &[]).await.assert_leads_to("/welcome");
    assert_eq!(portico.database().count("accounts").await, 5);
}

#[tokio::test]
async fn where_the_guard_is_off_nothing_of_it_is_there() {
    let portico = Portico::with(&[("PORTICO_SIGNUP_GUARD", "off")]).await;
    let page = portico.visitor().get("/signup").await;
    assert_eq!(page.texts("[name=mark], [name=work], [name=remarks]").len(), 0);
    let form = Form { mark: String::new(), work: String::new() };
    form.send(&portico.visitor(), "ada", &[]).await.assert_leads_to("/welcome");
}
