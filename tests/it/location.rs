//! Where a person says they are: an optional text of the profile, and every place that a profile goes to.

use std::io::{Cursor, Read as _};

use serde_json::Value;
use zip::ZipArchive;

use crate::support::{Portico, Visitor};

const PROFILE: &str = "/account/profile";
const PLACE: &str = "Нижний Новгород, по-волжски <b>&amp;";

async fn save(visitor: &Visitor, place: &str) -> crate::support::Answer {
    visitor.submit(PROFILE, &[("username", "ada"), ("location", place), ("public", "1")]).await
}

#[tokio::test]
async fn a_location_is_kept_as_it_was_typed_and_shown_on_the_public_profile() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    assert_eq!(ada.get(PROFILE).await.value("location"), "");
    save(&ada, "").await.assert_leads_to(PROFILE);
    assert_eq!(portico.visitor().get("/u/ada").await.texts(".notes li").len(), 1, "the month alone");
    save(&ada, &format!(" {PLACE} ")).await.assert_leads_to(PROFILE);
    assert_eq!(ada.get(PROFILE).await.value("location"), PLACE);
    let notes = portico.visitor().get("/u/ada").await.texts(".notes li");
    assert_eq!((notes.len(), notes[0].as_str()), (2, PLACE));
}

#[tokio::test]
async fn a_location_of_more_than_sixty_characters_or_one_line_is_refused_with_what_was_typed() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    save(&ada, &"я".repeat(60)).await.assert_leads_to(PROFILE);
    let long = "я".repeat(61);
    let page = save(&ada, &long).await;
    page.assert_status(422).assert_problem("location", "Use 60 characters or fewer");
    assert_eq!(page.value("location"), long);
    save(&ada, "two\nlines").await.assert_status(422).assert_problem("location", "Use ordinary letters and signs");
    save(&ada, "a\0b").await.assert_status(422);
}

#[tokio::test]
async fn a_location_is_told_in_the_history_and_is_in_the_copy_of_ones_data() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    save(&ada, "London").await.assert_leads_to(PROFILE);
    save(&ada, PLACE).await.assert_leads_to(PROFILE);
    let sql = "select detail from audit where action = 'profile-changed' order by sequence desc limit 1";
    let detail: Value = serde_json::from_str(&portico.database().text(sql).await).unwrap();
    assert_eq!((&detail["before"]["location"], &detail["after"]["location"]), (&"London".into(), &PLACE.into()));
    let history = ada.get("/account/security/history").await.text();
    assert!(history.contains("Location"), "{history}");
    let answer = ada.submit("/account/data/download", &[]).await;
    answer.assert_status(200);
    let mut zip = ZipArchive::new(Cursor::new(answer.body.clone())).unwrap();
    let mut account = String::new();
    zip.by_name("account.json").unwrap().read_to_string(&mut account).unwrap();
    let account: Value = serde_json::from_str(&account).unwrap();
    assert_eq!(account["location"], PLACE);
}

#[tokio::test]
async fn a_location_goes_along_with_an_export_and_one_from_before_locations_comes_in_without() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    save(&ada, PLACE).await.assert_leads_to(PROFILE);
    let exported = portico.run(&["export"], "").assert_done().out.clone();
    let mut record: Value = serde_json::from_str(exported.trim()).unwrap();
    assert_eq!(record["location"], PLACE);
    let place = |portico: &Portico| {
        let visitor = portico.visitor();
        async move { visitor.get("/u/ada").await.texts(".notes li").len() }
    };
    let same = Portico::start().await;
    same.run(&["import", "-", "--from", "portico"], &exported).assert_done();
    assert_eq!(place(&same).await, 2);
    record.as_object_mut().unwrap().remove("location");
    let older = Portico::start().await;
    older.run(&["import", "-", "--from", "portico"], &record.to_string()).assert_done();
    assert_eq!(place(&older).await, 1);
}
