//! Usernames after a change: kept from others for thirty days, and leading on.

use std::time::Duration;

use serde_json::Value;

use crate::support::photo::jpeg;
use crate::support::{Answer, PASSWORD, Portico, Visitor, user};

const PROFILE: &str = "/account/profile";
const DAY: Duration = Duration::from_secs(24 * 3600);

async fn rename(visitor: &Visitor, username: &str) -> Answer {
    visitor.submit(PROFILE, &[("username", username), ("public", "1")]).await
}

async fn sign_up(portico: &Portico, username: &str) -> Answer {
    let email = format!("{}@example.net", username.to_lowercase());
    portico.visitor().submit("/signup", &[("email", &*email), ("username", username), ("password", PASSWORD)]).await
}

/// The public page of a former username leads to this one.
async fn assert_moved(portico: &Portico, username: &str, to: &str) {
    let answer = portico.visitor().get(&format!("/u/{username}")).await;
    answer.assert_status(302);
    assert_eq!(answer.leads_to(), to);
}

/// Ada, who was called so and is a countess now.
async fn countess(portico: &Portico) -> Visitor {
    let ada = portico.member("ada").await;
    rename(&ada, "countess").await.assert_leads_to(PROFILE);
    ada
}

#[tokio::test]
async fn a_former_username_is_taken_at_every_door_for_thirty_days_and_free_afterwards() {
    let portico = Portico::start().await;
    countess(&portico).await;
    let bob = portico.member("bob").await;
    let taken = "This username is taken. Try ada-2";
    for name in ["ada", "ADA", "Ａｄａ"] {
        let page = sign_up(&portico, name).await;
        assert!(matches!(page.status, 409 | 422), "{name}: {}", page.status);
    }
    sign_up(&portico, "ada").await.assert_status(409).assert_problem("username", taken);
    rename(&bob, "ada").await.assert_status(409).assert_problem("username", taken);
    portico.run(&["user", "rename", "bob", "ada"], "").assert_refused("another account has this username");
    let created = ["user", "create", "--username", "ada", "--email", "new@example.org"];
    portico.run(&created, &format!("{PASSWORD}\n")).assert_refused("another account has this username");
    let record = r#"{"username": "ada", "email": "third@example.org"}"#;
    let done = portico.run(&["import", "-", "--from", "clark"], record);
    assert!(done.out.contains("taken") || done.complaint.contains("taken"), "{done:?}");
    let (code, _) = portico.caller().says("Create", user("ada", PASSWORD, "", "")).await;
    assert_ne!(code, 200);
    assert_eq!(portico.database().count("accounts").await, 2);

    portico.advance(29 * DAY);
    sign_up(&portico, "ada").await.assert_status(409);
    portico.advance(2 * DAY);
    sign_up(&portico, "ada").await.assert_leads_to("/welcome");
}

#[tokio::test]
async fn what_looks_like_a_former_username_is_taken_too() {
    let portico = Portico::start().await;
    let paypal = portico.member("paypal").await;
    rename(&paypal, "other").await.assert_leads_to(PROFILE);
    sign_up(&portico, "paypaI").await.assert_status(409);
    portico.advance(31 * DAY);
    sign_up(&portico, "paypaI").await.assert_leads_to("/welcome");
}

#[tokio::test]
async fn the_user_who_had_it_may_go_back_and_the_other_name_is_kept_for_them_then() {
    let portico = Portico::start().await;
    let ada = countess(&portico).await;
    rename(&ada, "Ada").await.assert_leads_to(PROFILE);
    rename(&ada, "ADA").await.assert_leads_to(PROFILE);
    sign_up(&portico, "countess").await.assert_status(409);
    assert_moved(&portico, "countess", "/u/ADA").await;
    portico.visitor().get("/u/ada").await.assert_status(200);
}

#[tokio::test]
async fn the_public_page_leads_on_from_a_former_username_while_it_is_public() {
    let portico = Portico::start().await;
    let ada = countess(&portico).await;
    assert_moved(&portico, "ada", "/u/countess").await;
    rename(&ada, "lady").await.assert_leads_to(PROFILE);
    for name in ["ada", "ADA", "countess"] {
        assert_moved(&portico, name, "/u/lady").await;
    }
    ada.submit(PROFILE, &[("username", "lady")]).await.assert_leads_to(PROFILE);
    portico.visitor().get("/u/ada").await.assert_status(404);
    ada.submit(PROFILE, &[("username", "lady"), ("public", "1")]).await.assert_leads_to(PROFILE);
    portico.advance(31 * DAY);
    portico.visitor().get("/u/ada").await.assert_status(404);
}

#[tokio::test]
async fn the_picture_is_found_by_a_former_username_as_by_the_present_one() {
    let portico = Portico::start().await;
    let ada = countess(&portico).await;
    ada.set_picture(&jpeg(300, 300)).await;
    let picture = |name: &str| {
        let path = format!("/avatar/@{name}?d=404");
        let visitor = portico.visitor();
        async move { visitor.get(&path).await }
    };
    let (old, new) = (picture("ada").await, picture("countess").await);
    old.assert_status(200);
    assert_eq!((old.header("etag"), &old.body), (new.header("etag"), &new.body));
    portico.run(&["user", "disable", "countess"], "").assert_done();
    picture("ada").await.assert_status(404);
    portico.run(&["user", "enable", "countess"], "").assert_done();
    portico.advance(31 * DAY);
    picture("ada").await.assert_status(404);
}

#[tokio::test]
async fn no_user_logs_in_by_a_former_username() {
    let portico = Portico::start().await;
    countess(&portico).await;
    let form = [("login", "ada"), ("password", PASSWORD)];
    portico.visitor().submit("/login", &form).await.assert_status(422);
    portico.log_in("countess", PASSWORD).await;
}

#[tokio::test]
async fn a_change_by_an_admin_or_the_operator_keeps_the_name_as_well() {
    let portico = Portico::start().await;
    portico.member("ada").await;
    portico.run(&["user", "rename", "ada", "countess"], "").assert_done();
    sign_up(&portico, "ada").await.assert_status(409);
}

#[tokio::test]
async fn a_deleted_account_leaves_its_names_free() {
    let portico = Portico::start().await;
    countess(&portico).await;
    portico.run(&["user", "delete", "countess"], "").assert_done();
    assert_eq!(portico.database().count("former_usernames").await, 0);
    sign_up(&portico, "ada").await.assert_leads_to("/welcome");
}

#[tokio::test]
async fn only_the_last_ten_names_of_an_account_are_kept() {
    let portico = Portico::start().await;
    let ada = portico.member("name-0").await;
    for number in 1..=11 {
        rename(&ada, &format!("name-{number}")).await.assert_leads_to(PROFILE);
        portico.advance(Duration::from_secs(1));
    }
    assert_eq!(portico.database().count("former_usernames").await, 10);
    sign_up(&portico, "name-1").await.assert_status(409);
    sign_up(&portico, "name-0").await.assert_leads_to("/welcome");
}

#[tokio::test]
async fn of_many_users_who_grasp_at_a_name_as_it_is_given_up_none_gets_it() {
    let portico = Portico::with(&[("PORTICO_RATE_LIMITS", "off")]).await;
    let ada = portico.member("ada").await;
    let mut others = Vec::new();
    for number in 0..8 {
        others.push(portico.member(&format!("other{number}")).await);
    }
    let grasp = others.iter().map(|other| async {
        for _ in 0..10 {
            if rename(other, "ada").await.status == 303 {
                return true;
            }
        }
        false
    });
    let (_, grasped) = tokio::join!(rename(&ada, "countess"), futures_util::future::join_all(grasp));
    assert!(!grasped.contains(&true), "{grasped:?}");
    assert_eq!(portico.database().count("accounts where username_key = 'countess'").await, 1);
}

#[tokio::test]
async fn former_usernames_stand_in_the_copy_of_ones_data() {
    use std::io::{Cursor, Read as _};
    let portico = Portico::start().await;
    let ada = countess(&portico).await;
    let answer = ada.submit("/account/data/download", &[]).await;
    let mut zip = zip::ZipArchive::new(Cursor::new(answer.body.clone())).unwrap();
    let mut account = String::new();
    zip.by_name("account.json").unwrap().read_to_string(&mut account).unwrap();
    let account: Value = serde_json::from_str(&account).unwrap();
    assert_eq!(account["former_usernames"][0]["username"], "ada");
    assert!(account["former_usernames"][0]["kept_until"].is_string());
}
