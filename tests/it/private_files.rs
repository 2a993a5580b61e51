//! What Portico keeps on its machine is its owner's alone.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::support::{Database, Done, Portico, command, photo};

fn mode(path: &Path) -> u32 {
    std::fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// Every file and folder below a folder that others may read, write or enter.
fn open_to_others(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut open = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if mode(&path) & 0o077 != 0 {
            open.push((path.clone(), format!("{:o}", mode(&path))));
        }
        if path.is_dir() {
            open.extend(open_to_others(&path));
        }
    }
    open
}

#[tokio::test]
async fn no_other_user_of_the_machine_can_read_what_it_keeps() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    ada.set_picture(&photo::jpeg(300, 300)).await.assert_status(303);
    portico.run(&["export", "--output", "everybody.jsonl", "--pictures", "faces"], "").assert_done();
    assert!(portico.folder().join("everybody.jsonl").exists());
    assert_eq!(open_to_others(portico.folder()), []);
}

#[tokio::test]
async fn a_first_start_makes_private_folders() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = command();
    first.env_remove("SECRET_KEY").current_dir(folder.path()).args(["user", "create", "--username", "ada"]);
    Done::of(first, "seven quiet otters\n").assert_done();
    assert_eq!(open_to_others(folder.path()), []);
    // And those of an older one are closed.
    for place in ["data", "data/portico.db", "data/secret.key"] {
        set_mode(&folder.path().join(place), 0o755);
    }
    let mut next = command();
    next.env_remove("SECRET_KEY").current_dir(folder.path()).args(["user", "list"]);
    Done::of(next, "").assert_done();
    assert_eq!(open_to_others(folder.path()), []);
}

#[test]
fn the_doctor_tells_of_a_database_file_that_others_can_read_before_it_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let mut command = command();
        command.env_remove("SECRET_KEY").current_dir(folder.path()).args(arguments);
        Done::of(command, "seven quiet otters\n")
    };
    run(&["user", "create", "--username", "ada"]).assert_done();
    set_mode(&folder.path().join("data"), 0o755);
    set_mode(&folder.path().join("data/portico.db"), 0o644);
    let told = run(&["doctor"]);
    assert!(told.out.contains("WRONG files") && told.out.contains("portico.db"), "{told:?}");
}

#[tokio::test]
async fn the_doctor_finds_what_others_can_reach_and_closes_it() {
    let portico = Portico::start().await;
    let media = portico.media();
    set_mode(&media, 0o755);
    let told = portico.run(&["doctor"], "");
    assert_ne!(told.code, 0);
    let place = media.display().to_string();
    assert!(told.out.contains(&format!("WRONG files: other users of this machine can reach {place}")), "{}", told.out);
    portico.run(&["doctor", "--fix"], "").assert_done();
    assert_eq!(mode(&media), 0o700);
    portico.run(&["doctor"], "").assert_done();
}

#[tokio::test]
async fn the_files_of_an_older_installation_are_closed_at_the_next_start() {
    let mut portico = Portico::start().await;
    let Database::Sqlite(url) = portico.database().clone() else { return };
    let file = PathBuf::from(url.trim_start_matches("sqlite:").trim_start_matches("//"));
    portico.kill();
    set_mode(&file, 0o644);
    portico.restart().await;
    assert_eq!(mode(&file), 0o600);
    assert_eq!(open_to_others(portico.folder()), []);
}
