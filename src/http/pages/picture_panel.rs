//! The panel of a profile picture: the picture there is, and the editor of the square cut out of it.

use std::sync::OnceLock;

use askama::Template;
use askama::filters::Safe;
use portico_imaging::Crop;

use crate::app::App;
use crate::model::picture::Picture;
use crate::model::{Account, Language};

use super::context::PageContext;

/// What the form of a person's own picture is sent to.
pub(super) const OWN: &str = "/account/picture";

/// What the panel shows.
#[derive(Default)]
pub(crate) struct PicturePanel {
    /// The picture there is.
    pub(super) picture: Option<Picture>,
    /// The sliders.
    pub(crate) crop: Crop,
    /// The largest upload, in megabytes, for the hint.
    pub(crate) megabytes: u64,
    /// The same in bytes, for the check before sending.
    pub(crate) bytes: usize,
    /// Where the square is that the user wants to see before it is saved.
    pub(crate) preview: Option<String>,
    /// What the form posts to; the original and the preview are below it.
    pub(crate) place: String,
}

impl PicturePanel {
    pub(crate) fn of(app: &App, account: &Account) -> PicturePanel {
        let bytes = app.settings().picture_max_bytes;
        PicturePanel {
            picture: account.picture.clone(),
            crop: account.picture.as_ref().map(|picture| picture.crop).unwrap_or_default(),
            megabytes: megabytes(bytes),
            bytes,
            preview: None,
            place: OWN.to_owned(),
        }
    }

    /// The same, in another place.
    pub(crate) fn at(self, place: String) -> PicturePanel {
        PicturePanel { place, ..self }
    }

    /// Whether there is a picture to crop.
    pub(crate) fn has_picture(&self) -> bool {
        self.picture.is_some()
    }

    /// Which picture is shown: another when it changes, nothing when there is none.
    pub(crate) fn version(&self) -> &str {
        self.picture.as_ref().map(Picture::version).unwrap_or_default()
    }

    /// The address of the square, as it is wanted or else as it is saved, in at least so many pixels.
    pub(crate) fn square(&self, pixels: u16) -> Option<String> {
        self.preview.clone().or_else(|| Some(self.picture.as_ref()?.path(pixels)))
    }
}

/// The editor of a picture: stage, previews, sliders.
#[derive(Template)]
#[template(
    source = r#"{% import "parts/picture.html" as pictures %}{% call pictures::editor(shell, panel) %}{% endcall %}"#,
    ext = "html"
)]
struct Editor<'a> {
    shell: &'a PageContext,
    panel: &'a PicturePanel,
}

/// The editor as it is before there is a picture, for the script to show when one is chosen. All that differs is the
/// language, so it is rendered once for each.
pub(crate) fn blank_editor(shell: &PageContext) -> Safe<&'static str> {
    static EDITORS: [OnceLock<String>; Language::ALL.len()] = [const { OnceLock::new() }; _];
    // Into a string nothing fails.
    let render = || Editor { shell, panel: &PicturePanel::default() }.render().unwrap_or_default();
    Safe(EDITORS[shell.words.language() as usize].get_or_init(render))
}

/// As the hint and messages tell it.
pub(super) fn megabytes(bytes: usize) -> u64 {
    (bytes / 1_000_000) as u64
}
