//! Services inside the network: the six RPCs, word for word as the replaced service answered.

use portico::grpc::proto::{Response, ResponseWithUser, User};

use crate::support::{PASSWORD, Portico, python, user};

const TAKEN: (i32, &str) = (409, "That username is taken. Please choose a different one.");
const WRONG: (i32, &str) = (401, "Incorrect username or password.");
const BROKEN: (i32, &str) = (500, "An internal server error has occurred.");
const NO_ACCOUNT: (i32, &str) = (404, "User with this username not found.");

#[track_caller]
fn same(said: (i32, String), expected: (i32, &str)) {
    assert_eq!((said.0, said.1.as_str()), expected);
}

#[tokio::test]
async fn an_account_lives_its_life_by_grpc() {
    let portico = Portico::start().await;
    let caller = portico.caller();
    same(caller.says("IsExist", user("ada", "", "", "")).await, (404, "An account with this username not found."));
    let mut ada = user("ada", "countess", "Ada", "Lovelace");
    // No admin is made this way.
    ada.admin = true;
    let made: ResponseWithUser = caller.call("Create", ada.clone()).await.unwrap();
    let status = Response { code: 201, message: "User account has been created successfully.".into() };
    assert_eq!(made.status, Some(status));
    assert_eq!(made.user, Some(user("ada", "", "Ada", "Lovelace")));
    same(caller.says("Create", ada).await, TAKEN);
    same(caller.says("IsExist", user("ada", "", "", "")).await, (200, "An account with this username already exists."));
    let info: ResponseWithUser = caller.call("Info", user("ADA", "", "", "")).await.unwrap();
    assert_eq!(info.status.unwrap().message, "User with this username exists.");
    assert_eq!(info.user, Some(user("ada", "", "Ada", "Lovelace")));

    let verified = caller.says("Verify", user("ada", "countess", "", "")).await;
    same(verified, (200, "Username and password are correct."));
    same(caller.says("Verify", user("ada", "Countess", "", "")).await, WRONG);
    same(caller.says("Verify", user("nobody", "countess", "", "")).await, WRONG);

    let mut change = user("ada", "", "Augusta Ada", "King");
    change.admin = true;
    let changed: ResponseWithUser = caller.call("UpdateUserData", change.clone()).await.unwrap();
    assert_eq!(changed.status.unwrap().message, "User data has been successfully updated.");
    assert_eq!(changed.user, Some(change));
    same(
        caller.says("UpdatePassword", user("ada", "another", "", "")).await,
        (200, "User password has been successfully updated."),
    );
    same(caller.says("Verify", user("ada", "countess", "", "")).await, WRONG);
    assert_eq!(caller.says("Verify", user("ada", "another", "", "")).await.0, 200);
    let kinds = portico.database().texts("select kind from events order by sequence").await;
    assert_eq!(kinds, ["user.created", "user.updated", "user.updated"], "each change is announced once");
}

#[tokio::test]
async fn what_is_missing_is_named() {
    let portico = Portico::start().await;
    let caller = portico.caller();
    let both = (422, "Username and password parameters are required.");
    for (rpc, request, expected) in [
        ("IsExist", user("", "", "", ""), (422, "Username parameter is missing.")),
        ("Info", user("", "", "", ""), (422, "Username parameter is required.")),
        ("Verify", user("ada", "", "", ""), both),
        ("Verify", user("", "x", "", ""), both),
        ("UpdatePassword", user("ada", "", "", ""), both),
        ("UpdatePassword", user("nobody", "x", "", ""), NO_ACCOUNT),
        ("Info", user("nobody", "", "", ""), NO_ACCOUNT),
        ("UpdateUserData", user("nobody", "", "A", "B"), NO_ACCOUNT),
        (
            "UpdateUserData",
            user("ada", "", "A", ""),
            (422, "Username, first name, last name, admin parameters are required."),
        ),
        (
            "Create",
            user("ada", "x", "A", ""),
            (422, "First name, last name, username and password parameters are required."),
        ),
        ("Create", user("ada", "nul\0", "A", "B"), BROKEN),
        ("Verify", user("ada", "nul\0", "", ""), BROKEN),
    ] {
        same(caller.says(rpc, request).await, expected);
    }
    assert_eq!(portico.database().count("accounts").await, 0);
}

#[tokio::test]
async fn almost_any_name_will_do_inside() {
    let portico = Portico::start().await;
    let caller = portico.caller();
    for name in [" ", "admin", "scheduling_service", "имя ☕ с пробелами", &"long".repeat(100)] {
        assert_eq!(caller.says("Create", user(name, "x", " ", " ")).await.0, 201, "{name:?}");
        assert_eq!(caller.says("Verify", user(name, "x", "", "")).await.0, 200, "{name:?}");
    }
    for bad in ["a\0b", &"x".repeat(1_001)] {
        assert_eq!(caller.says("Create", user(bad, "x", "A", "B")).await.0, 422);
        assert_eq!(caller.says("Info", user(bad, "", "", "")).await.0, 404);
        assert_eq!(caller.says("Verify", user(bad, "x", "", "")).await.0, 401);
    }
}

#[tokio::test]
async fn accounts_of_other_doors_are_the_same_accounts() {
    let portico = Portico::start().await;
    portico.member("grace").await;
    portico.run(&["user", "create", "--email", "mail@example.org"], PASSWORD).assert_done();
    let caller = portico.caller();
    assert_eq!(caller.says("Verify", user("grace", PASSWORD, "", "")).await.0, 200);
    // Without a username the e-mail is the name; with one it is not.
    let verified: ResponseWithUser = caller.call("Verify", user("mail@example.org", PASSWORD, "", "")).await.unwrap();
    assert_eq!(verified.user.unwrap().username, "mail@example.org");
    same(caller.says("Create", user("mail@example.org", "x", "A", "B")).await, TAKEN);
    assert_eq!(caller.says("Info", user("grace@example.org", "", "", "")).await.0, 404);

    assert_eq!(caller.says("Create", user("ada", PASSWORD, "Ada", "Lovelace")).await.0, 201);
    let ada = portico.log_in("ada", PASSWORD).await;
    assert_eq!(ada.get("/account/profile").await.value("name"), "Ada Lovelace");
    assert_eq!(caller.says("UpdatePassword", user("ada", "six brave penguins", "", "")).await.0, 200);
    ada.get("/account").await.assert_status(303);
    portico.run(&["user", "disable", "ada"], "").assert_done();
    same(caller.says("Verify", user("ada", "six brave penguins", "", "")).await, WRONG);
}

#[tokio::test]
async fn sign_ups_may_be_closed_to_all_but_services() {
    let portico = Portico::with(&[("PORTICO_SIGNUP", "closed")]).await;
    assert_eq!(portico.caller().says("Create", user("ada", "x", "A", "B")).await.0, 201);
}

#[tokio::test]
async fn the_only_admin_stays_one() {
    let portico = Portico::start().await;
    portico.run(&["user", "create", "--username", "root-of-all", "--admin"], PASSWORD).assert_done();
    let demotion = user("root-of-all", "", "A", "B");
    same(portico.caller().says("UpdateUserData", demotion).await, (403, "This is the only admin."));
    assert_eq!(portico.database().text("select full_name from accounts").await, "");
}

#[tokio::test]
async fn of_many_at_once_one_gets_the_name() {
    let portico = Portico::start().await;
    let caller = portico.caller();
    let tries = (0..8).map(|_| caller.says("Create", user("ada", "x", "A", "B")));
    let mut codes: Vec<i32> = futures_util::future::join_all(tries).await.into_iter().map(|(code, _)| code).collect();
    codes.sort_unstable();
    assert_eq!(codes, [201, 409, 409, 409, 409, 409, 409, 409]);
    assert_eq!(portico.database().count("events").await, 1);
}

#[tokio::test]
async fn guessing_by_grpc_is_slowed_down_and_counts_against_the_account_alone() {
    let portico = Portico::start().await;
    let caller = portico.caller();
    portico.member("ada").await;
    portico.member("grace").await;
    for _ in 0..15 {
        let tries = (0..2).map(|_| caller.says("Verify", user("ada", "wrong", "", "")));
        for (code, _) in futures_util::future::join_all(tries).await {
            assert_eq!(code, 401);
        }
    }
    let figures = portico.internal().get("/metrics").await.text();
    assert!(figures.contains("portico_limits_slowed_total 10"), "{figures}");
    assert_eq!(caller.says("Verify", user("ada", PASSWORD, "", "")).await.0, 200);
    assert_eq!(caller.says("Verify", user("grace", PASSWORD, "", "")).await.0, 200);
    let figures = portico.internal().get("/metrics").await.text();
    assert!(
        figures.contains("portico_limits_slowed_total 11"),
        "the gateway's other people are not held up: {figures}"
    );
}

#[tokio::test]
async fn a_stub_of_the_replaced_service_finds_everything_as_it_was() {
    let portico = Portico::start().await;
    let target = portico.internal_url().trim_start_matches("http://");
    let said = python("users.py", &[target]);
    assert!(said.ends_with("all as it was\n"), "{said}");
    let created = portico.database().count("events where kind = 'user.created'").await;
    assert_eq!(created, portico.database().count("accounts").await);
}

#[tokio::test]
async fn answers_are_counted_by_name_and_code() {
    let portico = Portico::start().await;
    let caller = portico.caller();
    let _: Response = caller.call("IsExist", User::default()).await.unwrap();
    let figures = portico.internal().get("/metrics").await.text();
    assert!(figures.contains(r#"portico_grpc_answers_total{code="422",rpc="IsExist"} 1"#), "{figures}");
}
