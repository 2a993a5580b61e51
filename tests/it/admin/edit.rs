//! Editing an account: every field, two admins at once, and what only admins can change.

use bytes::Bytes;
use hyper::Method;

use crate::support::{Answer, PASSWORD, Part, Portico, photo};

use super::{fields_of, form_of, let_proofs_age, log_of, page_of, prove, save};

#[tokio::test]
async fn every_field_of_an_account_can_be_edited() {
    let portico = Portico::start().await;
    let admin = portico.admin("mira").await;
    let ada = portico.member("ada").await;
    let path = page_of(&portico, "ada").await;
    let form = form_of(&admin, &path).await;
    let changes = [
        ("name", "Ада Лавлейс"),
        ("username", "lovelace"),
        ("pronouns", "she/her"),
        ("organization", "Analytical Engines & Co"),
        ("bio", "Line one\nline two"),
        ("location", "Лондон"),
        ("website", "https://ada.example.org"),
        ("public", "1"),
        ("findable", "1"),
        ("email_confirmed", "1"),
        ("language", "ru"),
        ("time_zone", "Europe/London"),
        ("note", "Asked for a second account."),
    ];
    let done = save(&admin, &path, &form, &changes).await;
    let page = admin.follow(done.assert_leads_to(&path)).await;
    page.assert_flash("Changes to Ада Лавлейс are saved.");
    for (field, value) in changes {
        match field {
            "public" | "findable" | "email_confirmed" => assert!(page.is_checked(field), "{field}"),
            _ => assert_eq!(page.value(field).trim_start_matches('\n'), value, "{field}"),
        }
    }
    assert_eq!(ada.get("/account").await.attribute("html", "lang"), "ru");
    let public = portico.visitor().get("/u/lovelace").await;
    assert_eq!(public.one("h1"), "Ада Лавлейс");
    assert!(!public.text().contains("second account"), "a note for admins is for admins");
    let log = log_of(&portico, "lovelace").await;
    for action in ["username-changed", "email-changed", "profile-changed", "preferences-changed", "note-changed"] {
        assert!(log.contains(&action.to_owned()), "{action} in {log:?}");
    }
}

#[tokio::test]
async fn a_new_address_is_not_confirmed_until_an_admin_says_so() {
    let portico = Portico::start().await;
    let admin = portico.admin("mira").await;
    portico.member("ada").await;
    let path = page_of(&portico, "ada").await;
    let form = form_of(&admin, &path).await;
    save(&admin, &path, &form, &[("email_confirmed", "1")]).await.assert_leads_to(&path);
    let form = form_of(&admin, &path).await;
    save(&admin, &path, &form, &[("email", "new@example.org")]).await.assert_leads_to(&path);
    let page = admin.get(&path).await;
    assert_eq!(page.value("email"), "new@example.org");
    assert!(!page.is_checked("email_confirmed"));
    portico.log_in("new@example.org", PASSWORD).await;
}

#[tokio::test]
async fn saying_that_an_address_is_confirmed_wants_a_recent_proof() {
    let portico = Portico::start().await;
    let admin = portico.admin("mira").await;
    portico.member("ada").await;
    let path = page_of(&portico, "ada").await;
    let form = form_of(&admin, &path).await;
    let_proofs_age(&portico);
    let away = save(&admin, &path, &form, &[("email_confirmed", "1")]).await;
    assert!(away.leads_to().starts_with("/reauth"), "{}", away.leads_to());
    assert_eq!(portico.database().count("accounts where email_verified_at is not null").await, 0);
}

#[tokio::test]
async fn what_cannot_be_saved_is_explained_and_everything_typed_is_kept() {
    let portico = Portico::start().await;
    let admin = portico.admin("mira").await;
    portico.member("ada").await;
    portico.member("bob").await;
    let path = page_of(&portico, "ada").await;
    let form = form_of(&admin, &path).await;
    let page = save(&admin, &path, &form, &[("website", "nowhere"), ("name", "Ada L")]).await;
    page.assert_status(422).assert_problem("website", "Enter a full address, like https://example.com");
    assert_eq!(page.value("name"), "Ada L");
    let page = save(&admin, &path, &form, &[("username", "BOB"), ("note", "mine")]).await;
    page.assert_status(409).assert_problem("username", "This username is taken. Try BOB-2");
    assert_eq!(page.value("note").trim_start_matches('\n'), "mine");
    let page = save(&admin, &path, &form, &[("email", "bob@example.org")]).await;
    page.assert_status(409).assert_summary("Another account has this email");
    let page = save(&admin, &path, &form, &[("username", ""), ("email", "")]).await;
    page.assert_status(422);
    let page = save(&admin, &path, &form, &[("note", &"n".repeat(1001))]).await;
    page.assert_status(422).assert_problem("note", "Use 1000 characters or fewer");
    let page = save(&admin, &path, &form, &[("role", "emperor")]).await;
    page.assert_status(422);
}

#[tokio::test]
async fn of_two_admins_at_once_neither_undoes_what_the_other_did() {
    let portico = Portico::start().await;
    let (root, grace) = (portico.admin("mira").await, portico.admin("grace").await);
    portico.member("ada").await;
    let path = page_of(&portico, "ada").await;
    let (roots, graces) = (form_of(&root, &path).await, form_of(&grace, &path).await);
    save(&root, &path, &roots, &[("name", "Ada of Root"), ("note", "by root")]).await.assert_leads_to(&path);
    // Pressed twice, it is saved once and no conflict with oneself.
    save(&root, &path, &roots, &[("name", "Ada of Root"), ("note", "by root")]).await.assert_leads_to(&path);
    let page = save(&grace, &path, &graces, &[("name", "Ada of Grace"), ("pronouns", "she/her")]).await;
    page.assert_status(409);
    let sentence = "mira changed this account while you were editing. Check and save again.";
    assert_eq!(page.texts(".flash p"), [sentence]);
    assert_eq!(page.value("name"), "Ada of Grace");
    assert_eq!(page.value("pronouns"), "she/her");
    assert_eq!(page.one("#name-now"), "Saved now: Ada of Root");
    assert_eq!(page.one("#note-now"), "Saved now: by root");
    assert_eq!(page.one("#pronouns-now"), "Saved now: nothing");
    assert_eq!(page.texts("#username-now"), Vec::<String>::new());
    assert_eq!(portico.database().text("select full_name from accounts where username = 'ada'").await, "Ada of Root");
    let again = [("revision".to_owned(), page.value("revision"))];
    let form: Vec<_> = graces.iter().filter(|(name, _)| name != "revision").cloned().chain(again).collect();
    let both = [("name", "Ada of Grace"), ("pronouns", "she/her"), ("note", "by root")];
    save(&grace, &path, &form, &both).await.assert_leads_to(&path);
    let page = root.get(&path).await;
    assert_eq!((page.value("name"), page.value("note").trim().to_owned()), ("Ada of Grace".into(), "by root".into()));
}

#[tokio::test]
async fn saving_again_after_a_conflict_writes_what_one_changed_oneself_and_nothing_else() {
    let portico = Portico::start().await;
    let (root, grace) = (portico.admin("mira").await, portico.admin("grace").await);
    portico.member("ada").await;
    let path = page_of(&portico, "ada").await;
    let form = form_of(&root, &path).await;
    save(&root, &path, &form, &[("bio", "One\nTwo"), ("findable", "1")]).await.assert_leads_to(&path);

    let (roots, graces) = (form_of(&root, &path).await, form_of(&grace, &path).await);
    let by_root = [("name", "Ada of Root"), ("note", "by root"), ("public", "1"), ("email", "root@example.org")];
    save(&root, &path, &roots, &by_root).await.assert_leads_to(&path);
    save(&grace, &path, &graces, &[("pronouns", "she/her"), ("location", "London")]).await.assert_status(409);
    let page = save(&grace, &path, &graces, &[("pronouns", "she/her"), ("location", "London")]).await;
    assert_eq!(page.value("name"), "Ada of Root");
    assert_eq!(page.one("#name-now"), "Saved now: Ada of Root");
    assert_eq!(page.value("pronouns"), "she/her");

    // Another admin saves once more before they do.
    let meanwhile = form_of(&root, &path).await;
    save(&root, &path, &meanwhile, &[("website", "https://ada.example.org")]).await.assert_leads_to(&path);
    let page = save(&grace, &path, &fields_of(&page), &[]).await;
    page.assert_status(409);
    save(&grace, &path, &fields_of(&page), &[]).await.assert_leads_to(&path);

    let page = root.get(&path).await;
    for (field, value) in [
        ("name", "Ada of Root"),
        ("note", "by root"),
        ("email", "root@example.org"),
        ("website", "https://ada.example.org"),
        ("pronouns", "she/her"),
        ("location", "London"),
        ("bio", "One\nTwo"),
    ] {
        assert_eq!(page.value(field).trim(), value, "{field}");
    }
    assert!(page.is_checked("public") && page.is_checked("findable"));
}

#[tokio::test]
async fn a_change_by_the_person_is_a_conflict_too() {
    let portico = Portico::start().await;
    let root = portico.admin("mira").await;
    let ada = portico.member("ada").await;
    let path = page_of(&portico, "ada").await;
    let form = form_of(&root, &path).await;
    ada.submit("/account/profile", &[("username", "ada"), ("name", "Ada herself")]).await.assert_status(303);
    let page = save(&root, &path, &form, &[("bio", "by root")]).await;
    page.assert_status(409);
    assert_eq!(page.one("#name-now"), "Saved now: Ada herself");
}

#[tokio::test]
async fn a_new_address_or_role_wants_a_recent_proof_and_loses_nothing_of_what_was_typed() {
    let portico = Portico::start().await;
    let admin = portico.admin("mira").await;
    portico.member("ada").await;
    let path = page_of(&portico, "ada").await;
    let form = form_of(&admin, &path).await;
    let_proofs_age(&portico);
    save(&admin, &path, &form, &[("name", "Ada L")]).await.assert_leads_to(&path);
    let form = form_of(&admin, &path).await;
    for change in [("email", "new@example.org"), ("username", "lovelace"), ("role", "admin")] {
        let_proofs_age(&portico);
        let away = save(&admin, &path, &form, &[change, ("bio", "typed before")]).await;
        let page = prove(&admin, &away).await;
        assert_eq!(page.value(change.0), change.1);
        assert_eq!(page.value("bio").trim(), "typed before");
        assert_eq!(page.texts(".flash p"), ["Your changes are below, but not saved yet. Check and save again."]);
        assert_eq!(portico.database().count("accounts where is_admin or email = 'new@example.org'").await, 1);
    }
    let form = form_of(&admin, &path).await;
    save(&admin, &path, &form, &[("role", "admin")]).await.assert_leads_to(&path);
    assert_eq!(portico.database().count("accounts where is_admin").await, 2);
}

#[tokio::test]
async fn no_user_makes_themselves_more_than_they_are() {
    let portico = Portico::start().await;
    portico.admin("mira").await;
    let extra = [("is_admin", "1"), ("role", "admin"), ("status", "active"), ("note", "mine"), ("revision", "9")];
    let visitor = portico.visitor();
    let mut fields = vec![("email", "ada@example.org"), ("username", "ada"), ("password", PASSWORD)];
    fields.extend_from_slice(&extra);
    visitor.submit("/signup", &fields).await.assert_status(303);
    let mut fields = vec![("username", "ada"), ("name", "Ada")];
    fields.extend_from_slice(&extra);
    visitor.submit("/account/profile", &fields).await.assert_status(303);
    let mut fields = vec![("language", "en"), ("time_zone", ""), ("theme", "dark")];
    fields.extend_from_slice(&extra);
    visitor.submit("/account/email", &fields).await.assert_status(303);
    let json = |body: serde_json::Value| Bytes::from(body.to_string());
    let login = json(serde_json::json!({"email": "ada@example.org", "password": PASSWORD}));
    let kind = ("content-type", "application/json");
    let answer = portico.visitor().ask(Method::POST, "/api/users/login/", &[kind], login).await;
    let tokens: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    let (token, id) = (tokens["access"].as_str().unwrap(), tokens["id"].as_str().unwrap());
    let more = serde_json::json!({
        "full_name": "Ada L", "name": "Ada L", "firstname": "Ada", "lastname": "L", "email": "ada@example.org",
        "password": PASSWORD, "username": "ada", "is_admin": true, "is_staff": true, "is_superuser": true,
        "status": "disabled", "note": "mine", "role": "admin", "revision": 9,
    });
    for path in [format!("/api/users/{id}/"), format!("/api/user/{id}/"), "/users".into(), "/users/ada".into()] {
        for method in [Method::PUT, Method::PATCH, Method::POST] {
            for scheme in ["JWT", "Bearer"] {
                let authorization = format!("{scheme} {token}");
                let headers = [kind, ("authorization", authorization.as_str())];
                let answer = portico.visitor().ask(method.clone(), &path, &headers, json(more.clone())).await;
                assert!(answer.status < 500, "{method} {path}: {}", answer.status);
            }
        }
    }
    assert_eq!(portico.database().count("accounts where is_admin").await, 1);
    assert_eq!(portico.database().count("accounts where note is not null or status <> 'active'").await, 0);
}

#[tokio::test]
async fn a_note_is_seen_by_admins_alone_but_is_part_of_the_copy_of_ones_data() {
    let portico = Portico::start().await;
    let admin = portico.admin("mira").await;
    let ada = portico.member("ada").await;
    let path = page_of(&portico, "ada").await;
    let form = form_of(&admin, &path).await;
    save(&admin, &path, &form, &[("note", "Owes us a lamp.")]).await.assert_leads_to(&path);
    for page in ["/account", "/account/profile", "/account/security", "/account/security/history"] {
        let text = ada.get(page).await.text();
        assert!(!text.contains("a lamp") && !text.contains("Note for admins"), "{page}");
    }
    let answer = ada.submit("/account/data/download", &[]).await;
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(answer.body.clone())).unwrap();
    let account: serde_json::Value = serde_json::from_reader(zip.by_name("account.json").unwrap()).unwrap();
    assert_eq!(account["note_by_admins"], "Owes us a lamp.");
}

/// Sends the picture's form of a user's page.
async fn picture(admin: &crate::support::Visitor, path: &str, parts: &[Part<'_>]) -> Answer {
    admin.upload(&format!("{path}/picture"), parts).await
}

#[tokio::test]
async fn a_picture_is_replaced_cropped_and_removed_as_its_owner_would() {
    let portico = Portico::start().await;
    let admin = portico.admin("mira").await;
    let ada = portico.member("ada").await;
    let path = page_of(&portico, "ada").await;
    let photo = photo::jpeg(300, 200);
    let done = picture(&admin, &path, &[Part::File("photo", "a.jpg", &photo), Part::Text("do", "upload")]).await;
    let page = admin.follow(done.assert_leads_to(&path)).await;
    page.assert_flash("The picture of ada is saved. You can still move it below.");
    let original = page.attribute("form[data-picture]", "data-original");
    admin.get(&original).await.assert_status(200);
    ada.get(&original).await.assert_status(404);
    assert!(!ada.get("/account").await.attributes(".av img", "src").is_empty());
    let crop = [Part::Text("z", "200"), Part::Text("x", "0"), Part::Text("y", "0"), Part::Text("do", "preview")];
    let page = picture(&admin, &path, &crop).await;
    page.assert_status(200);
    let preview = page.attribute(".stage img", "src");
    assert!(preview.starts_with(&format!("{path}/picture/preview")), "{preview}");
    admin.get(&preview).await.assert_status(200);
    let page = picture(&admin, &path, &[Part::File("photo", "a.txt", b"no picture"), Part::Text("do", "save")]).await;
    page.assert_status(422).assert_summary("This file is not a JPEG, PNG, WebP or GIF image");
    picture(&admin, &path, &[Part::Text("do", "remove")]).await.assert_leads_to(&path);
    assert_eq!(portico.picture_files(), Vec::<std::path::PathBuf>::new());
    let log = log_of(&portico, "ada").await;
    assert!(log.contains(&"picture-set".to_owned()) && log.contains(&"picture-removed".to_owned()), "{log:?}");
}
