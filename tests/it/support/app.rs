//! The use cases by themselves, on a story's database: for what no door shows as exactly.

use portico::app::App;
use portico::clock::Clock;
use portico::config::{MediaUrl, Secret};
use portico::http::{dialect_names, dialects};
use portico::media::Media;
use portico::store::Db;

use super::Portico;

/// Another instance of the program's inside, beside the one that runs.
pub async fn app(portico: &Portico) -> App {
    let key = "for these stories only: 32 bytes or more";
    let environment = [("DATABASE_URL", portico.database().url()), ("SECRET_KEY", key)];
    let environment = environment.into_iter().map(|(name, value)| (name.into(), value.into()));
    let (settings, _) =
        portico::config::load(Vec::new(), environment, None, &dialect_names()).expect("the settings are right");
    let db = Db::open(&settings).await.expect("the database opens");
    let media = Media::open(&MediaUrl::Folder(portico.folder().join("other-media")), None).await.expect("a folder");
    let url = portico.url().parse().unwrap();
    App::new(settings, Secret::new(key), url, db, media, dialects(), Clock::default()).expect("the parts fit")
}
