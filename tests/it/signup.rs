//! Signing up.

use crate::support::{PASSWORD, Portico, Visitor};

fn form<'a>(email: &'a str, username: &'a str, password: &'a str) -> [(&'a str, &'a str); 3] {
    [("email", email), ("username", username), ("password", password)]
}

async fn sign_up(visitor: &Visitor, email: &str, username: &str, password: &str) -> crate::support::Answer {
    visitor.submit("/signup", &form(email, username, password)).await
}

#[tokio::test]
async fn a_stranger_signs_up_and_is_logged_in_on_the_next_page() {
    let portico = Portico::start().await;
    let visitor = portico.visitor();
    visitor.get("/signup").await.assert_status(200);
    let answer = sign_up(&visitor, "Ada@Example.org", "Ada", PASSWORD).await;
    answer.assert_leads_to("/welcome");
    let welcome = visitor.follow(&answer).await;
    welcome.assert_status(200);
    assert_eq!(welcome.one("h1"), "Welcome, Ada");
    assert_eq!(visitor.get("/account").await.one("h1"), "Hello, Ada");
}

#[tokio::test]
async fn a_new_account_is_announced_once_with_what_was_typed() {
    let portico = Portico::start().await;
    sign_up(&portico.visitor(), "Ada@Example.org", "Ada", PASSWORD).await.assert_leads_to("/welcome");
    let bodies = portico.database().texts("select body from events where kind = 'user.created'").await;
    assert_eq!(bodies.len(), 1);
    let body: serde_json::Value = serde_json::from_str(&bodies[0]).unwrap();
    assert_eq!(body["email"], "Ada@Example.org");
    assert_eq!(body["username"], "Ada");
    assert_eq!(body["profile_pic"], serde_json::Value::Null);
}

#[tokio::test]
async fn the_password_is_kept_as_argon2id_with_the_promised_costs() {
    let portico = Portico::start().await;
    portico.member("ada").await;
    let hash = portico.database().text("select password_hash from accounts").await;
    assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
}

#[tokio::test]
async fn an_empty_form_names_every_field_at_once() {
    let portico = Portico::start().await;
    let page = sign_up(&portico.visitor(), "", "", "").await;
    page.assert_status(422);
    let problems = page.problems();
    let problems: Vec<_> = problems.iter().map(|(field, words)| (field.as_str(), words.as_str())).collect();
    assert_eq!(
        problems,
        [("email", "Enter your email"), ("username", "Enter a username"), ("password", "Enter a password")]
    );
    assert!(page.one("title").starts_with("Error: "));
}

#[tokio::test]
async fn what_cannot_be_taken_is_explained_beside_its_field_and_the_rest_is_kept() {
    let portico = Portico::start().await;
    let visitor = portico.visitor();
    let long = "a".repeat(31);
    for (email, username, password, field, words) in [
        ("ada", "ada", PASSWORD, "email", "Enter an email like name@example.com"),
        ("ada@localhost", "ada", PASSWORD, "email", "Enter an email like name@example.com"),
        ("ada@example.org", "ad", PASSWORD, "username", "Use 3 characters or more"),
        ("ada@example.org", &long, PASSWORD, "username", "Use 30 characters or fewer"),
        ("ada@example.org", "a da", PASSWORD, "username", "Use only letters, numbers, dots, dashes and underscores"),
        (
            "ada@example.org",
            "Admin",
            PASSWORD,
            "username",
            "This username is kept for the site’s own use. Choose another",
        ),
        (
            "ada@example.org",
            "tokens",
            PASSWORD,
            "username",
            "This username is kept for the site’s own use. Choose another",
        ),
        ("ada@example.org", "ada", "short", "password", "Your password must be 12 characters or longer"),
        (
            "ada@example.org",
            "ada",
            "password1234",
            "password",
            "This password is in a list of leaked passwords. Choose another",
        ),
    ] {
        let page = sign_up(&visitor, email, username, password).await;
        page.assert_status(422);
        page.assert_problem(field, words);
        assert_eq!(page.value("email"), email);
        assert_eq!(page.value("username"), username);
        assert_eq!(page.value("password"), "", "a password is never sent back");
    }
    assert_eq!(portico.database().count("accounts").await, 0);
}

#[tokio::test]
async fn a_password_made_of_the_persons_own_names_is_refused() {
    let portico = Portico::start().await;
    let page = sign_up(&portico.visitor(), "ada@example.org", "ada-lovelace", "ada-lovelace1").await;
    page.assert_status(422);
    assert_eq!(page.problems()[0].0, "password");
}

#[tokio::test]
async fn passwords_keep_their_spaces_and_may_be_long_and_of_any_script() {
    let portico = Portico::start().await;
    for (username, password) in [
        ("ada", "  spaces at both ends  ".to_owned()),
        ("boris", "тихая вода и берега".to_owned()),
        ("clara", "long ".repeat(200)),
    ] {
        let email = format!("{username}@example.org");
        sign_up(&portico.visitor(), &email, username, &password).await.assert_leads_to("/welcome");
        let trimmed = [("login", username), ("password", password.trim())];
        if password.trim() != password {
            portico.visitor().submit("/login", &trimmed).await.assert_status(422);
        }
        portico.log_in(username, &password).await;
    }
    let page = sign_up(&portico.visitor(), "dora@example.org", "dora", &"x".repeat(1025)).await;
    page.assert_problem("password", "Your password must be 1024 bytes or shorter");
}

#[tokio::test]
async fn a_taken_username_is_explained_beside_its_field_with_one_that_is_free() {
    let portico = Portico::start().await;
    portico.member("ada").await;
    portico.member("ada-2").await;
    let page = sign_up(&portico.visitor(), "other@example.org", "ADA", PASSWORD).await;
    page.assert_status(409);
    page.assert_problem("username", "This username is taken. Try ADA-3");
    assert_eq!(page.value("email"), "other@example.org");
    assert_eq!(page.value("username"), "ADA");
}

#[tokio::test]
async fn a_username_in_other_letter_case_or_width_is_the_same_name() {
    let portico = Portico::start().await;
    portico.member("ada").await;
    for twin in ["ADA", "Ａｄａ"] {
        let page = sign_up(&portico.visitor(), "other@example.org", twin, PASSWORD).await;
        assert!(matches!(page.status, 409 | 422), "{twin}: {}", page.status);
    }
    assert_eq!(portico.database().count("accounts").await, 1);
}

#[tokio::test]
async fn a_taken_email_leads_to_logging_in() {
    let portico = Portico::start().await;
    portico.member("ada").await;
    let page = sign_up(&portico.visitor(), "ADA@EXAMPLE.ORG", "other", PASSWORD).await;
    page.assert_status(409);
    page.assert_problem("email", "This email has an account already. Log in with it");
}

#[tokio::test]
async fn pressing_the_button_twice_ends_in_the_one_account() {
    let portico = Portico::start().await;
    let visitor = portico.member("ada").await;
    let again = sign_up(&visitor, "ada@example.org", "ada", PASSWORD).await;
    again.assert_leads_to("/welcome");
    assert_eq!(visitor.follow(&again).await.status, 200);
    assert_eq!(portico.database().count("accounts").await, 1);
}

#[tokio::test]
async fn both_presses_of_a_double_click_end_logged_in() {
    let portico = Portico::start().await;
    let visitor = portico.visitor();
    let (first, second) = tokio::join!(
        sign_up(&visitor, "ada@example.org", "ada", PASSWORD),
        sign_up(&visitor, "ada@example.org", "ada", PASSWORD),
    );
    first.assert_leads_to("/welcome");
    second.assert_leads_to("/welcome");
    visitor.get("/account").await.assert_status(200);
    assert_eq!(portico.database().count("accounts").await, 1);
}

#[tokio::test]
async fn a_second_press_with_another_password_opens_nothing() {
    let portico = Portico::start().await;
    portico.member("ada").await;
    let stranger = portico.visitor();
    sign_up(&stranger, "ada@example.org", "ada", "some other words").await.assert_status(409);
    stranger.get("/account").await.assert_leads_to("/login?next=%2Faccount");
}

#[tokio::test]
async fn of_64_sign_ups_at_once_for_one_username_one_wins() {
    let portico = Portico::start().await;
    let tries: Vec<_> = (0..64)
        .map(|number| {
            let visitor = portico.visitor();
            tokio::spawn(async move {
                let email = format!("person{number}@example.org");
                sign_up(&visitor, &email, if number % 2 == 0 { "ada" } else { "ADA" }, PASSWORD).await.status
            })
        })
        .collect();
    let mut statuses = Vec::new();
    for one in tries {
        statuses.push(one.await.unwrap());
    }
    let count = |status: u16| statuses.iter().filter(|seen| **seen == status).count();
    assert_eq!((count(303), count(409)), (1, 63), "{statuses:?}");
    assert_eq!(portico.database().count("accounts").await, 1);
    assert_eq!(portico.database().count("events").await, 1);
}

#[tokio::test]
async fn where_sign_up_is_closed_the_page_says_so_and_takes_nothing() {
    let portico = Portico::with(&[("PORTICO_SIGNUP", "closed")]).await;
    let visitor = portico.visitor();
    let page = visitor.get("/signup").await;
    page.assert_status(403);
    assert!(page.text().contains("New accounts are by invitation only."));
    sign_up(&visitor, "ada@example.org", "ada", PASSWORD).await.assert_status(403);
    assert_eq!(portico.database().count("accounts").await, 0);
    assert_eq!(visitor.get("/").await.attributes("main a", "href"), ["/login"]);
}

#[tokio::test]
async fn a_logged_in_user_needs_no_sign_up_page() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    ada.get("/signup").await.assert_leads_to("/account");
    ada.get("/").await.assert_leads_to("/account");
}

#[tokio::test]
async fn one_address_makes_only_so_many_accounts() {
    let portico = Portico::start().await;
    let visitor = portico.visitor();
    let mut refused = None;
    for number in 0..62 {
        let name = format!("person{number}");
        let page = sign_up(&visitor, &format!("{name}@example.org"), &name, PASSWORD).await;
        if page.status == 429 {
            refused = Some(page);
            break;
        }
        page.assert_leads_to("/welcome");
    }
    let page = refused.expect("the limit is reached");
    assert_eq!(portico.database().count("accounts").await, 60);
    assert!(page.header("retry-after").parse::<u64>().unwrap() > 60);
}
