//! The form of a profile picture: choosing, cropping and removing it, from its panel on several pages.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use portico_imaging::unsupported::UnsupportedType;
use portico_imaging::{Crop, PictureError, Turn};
use serde::Deserialize;

use crate::app::App;
use crate::error::Error;
use crate::model::picture::{Picture, PictureProblem};
use crate::model::{Account, Actor, Field};
use crate::pictures::set;

use super::forms::Problems;
use super::picture_panel::{PicturePanel, megabytes};
use crate::http::bodies;
use crate::http::conditional;
use crate::http::multipart::{Parts, READ_THROUGH, Unread};
use crate::http::page_error::PageError;

/// What a picture form sent.
#[derive(Default)]
pub(in crate::http) struct Upload {
    /// Which button: `save`, `upload`, `remove`; `preview`, `turn-left`, `turn-right` and `mirror` show how it would look.
    action: String,
    /// The picture that the form was shown with, where it says so.
    version: Option<String>,
    /// The file, when one was chosen, which may be empty.
    pub(crate) photo: Option<Bytes>,
    /// The name of the person, on the page after signing up.
    pub(crate) name: Option<String>,
    /// The sliders, and how the picture is turned.
    pub(crate) crop: Crop,
}

/// Room for the other parts of the form: boundaries, the crop.
pub(super) const ROOM: usize = 64 * 1024;

/// The most bytes that the form may have.
pub(super) fn limit(app: &App) -> usize {
    app.settings().picture_max_bytes.saturating_mul(READ_THROUGH) + ROOM
}

/// The names of the controls of the editor in its form.
pub(super) const CONTROLS: &[&str] = &["do", "version", "z", "x", "y", "turn", "mirror"];

impl FromRequest<App> for Upload {
    type Rejection = PageError;

    async fn from_request(request: Request, app: &App) -> Result<Upload, PageError> {
        let most = app.settings().picture_max_bytes;
        // As much is kept; the form itself may have more, which is read and dropped.
        bodies::keeps(&request, most.saturating_add(ROOM));
        bodies::of_member(&request);
        let mut parts = Parts::of(request).await?;
        let mut upload = Upload::default();
        let (mut zoom, mut x, mut y) = (100, 50, 50);
        let (mut turn, mut mirrored) = (0, false);
        while let Some(part) = parts.next().await? {
            let name = part.name.clone();
            if name == "photo" {
                // Only one is wanted, and only one is kept.
                upload.photo = None;
                let is_named = part.is_named_file();
                let bytes = part.file(most).await?;
                upload.photo = Some(bytes).filter(|bytes| is_named || !bytes.is_empty());
                continue;
            }
            // What is no text ends at its field, as in every form: with a sign that no text may have.
            let text = String::from_utf8_lossy(&part.text().await?).into_owned();
            let number = || text.parse::<f32>().ok().filter(|number| number.is_finite());
            match name.as_str() {
                "do" => upload.action = text,
                "version" => upload.version = Some(text),
                "name" => upload.name = Some(text),
                "z" => zoom = number().map_or(zoom, |number| number.clamp(100.0, 300.0) as u16),
                "x" => x = number().map_or(x, |number| number.clamp(0.0, 100.0) as u8),
                "y" => y = number().map_or(y, |number| number.clamp(0.0, 100.0) as u8),
                "turn" => turn = text.parse().unwrap_or(turn),
                "mirror" => mirrored = text == "1",
                _ => {}
            }
        }
        upload.crop = Crop::clamped(zoom, x, y).with_turn(Turn::new(turn, mirrored));
        Ok(upload)
    }
}

impl Upload {
    /// What is wrong with the file before it is decoded, to be said at its field.
    pub(crate) fn photo_problem(&self, most: usize) -> Option<(StatusCode, Problems)> {
        match self.photo.as_ref()?.len() {
            0 => {
                let problems = Problems::general(key!("problem-photo-empty"), Field::Photo, 0);
                Some((StatusCode::UNPROCESSABLE_ENTITY, problems))
            }
            bytes if bytes > most => Some(too_large(most)),
            _ => None,
        }
    }

    /// Whether the form is of a tab from before another picture came: what it asks for is meant of one that is no longer
    /// there.
    fn is_outdated(&self, panel: &PicturePanel) -> bool {
        let is_of_another = self.version.as_ref().is_some_and(|seen| *seen != panel.version());
        self.photo.is_none() && is_of_another && (panel.has_picture() || self.action != "remove")
    }

    /// The crop that is asked for, and whether only to be looked at.
    fn asked_crop(&self) -> (Crop, bool) {
        match self.action.as_str() {
            "preview" => (self.crop, true),
            "turn-left" => (self.crop.turned_left(), true),
            "turn-right" => (self.crop.turned_right(), true),
            "mirror" => (self.crop.mirrored(), true),
            _ => (self.crop, false),
        }
    }
}

impl From<Unread> for PageError {
    fn from(unread: Unread) -> PageError {
        match unread {
            Unread::TooLarge => PageError::TooLarge,
            Unread::Slow => PageError::Slow,
            Unread::Broken => PageError::BadForm,
        }
    }
}

/// What to say at the field of a form that was not read to its end.
///
/// # Errors
/// What has a page of its own.
pub(crate) fn unread(fault: PageError, most: usize) -> Result<(StatusCode, Problems), PageError> {
    match fault {
        // The whole request was over the limit.
        PageError::TooLarge => Ok(too_large(most)),
        PageError::Slow => {
            let problems = Problems::general(key!("problem-photo-slow"), Field::Photo, 0);
            Ok((StatusCode::REQUEST_TIMEOUT, problems))
        }
        fault => Err(fault),
    }
}

/// What a picture's form has done.
#[derive(Clone, Copy)]
pub(crate) enum Done {
    Removed,
    /// It is there, and how it is cropped was not seen yet.
    Uploaded,
    Saved,
}

/// How a picture's form ended.
pub(crate) enum Ended {
    Done(Done),
    /// The form is to be shown again: to look at a crop, or with what is wrong.
    Again(StatusCode, Problems, PicturePanel),
}

/// Does what a picture's form asks for, to the picture of `account`. `panel` is that of its page.
pub(crate) async fn change(
    app: &App,
    by: &Actor,
    account: &Account,
    panel: PicturePanel,
    upload: Result<Upload, PageError>,
) -> Result<Ended, PageError> {
    let most = app.settings().picture_max_bytes;
    let upload = match upload {
        Ok(upload) => upload,
        // The old picture is still there.
        Err(fault) => {
            let (status, problems) = unread(fault, most)?;
            return Ok(Ended::Again(status, problems, PicturePanel { crop: Crop::default(), ..panel }));
        }
    };
    if upload.is_outdated(&panel) {
        return refused(app, Error::Picture(PictureProblem::Replaced), panel);
    }
    if upload.action == "remove" {
        return match set::remove(app, by, account.id).await {
            Ok(_) => Ok(Ended::Done(Done::Removed)),
            Err(error) => refused(app, error, panel),
        };
    }
    let (crop, is_preview) = upload.asked_crop();
    let panel = PicturePanel { crop, ..panel };
    if let Some((status, problems)) = upload.photo_problem(most) {
        return Ok(Ended::Again(status, problems, panel));
    }
    if is_preview && upload.photo.is_none() && account.picture.is_some() {
        let preview = Some(format!("{}/preview?v={}&{}", panel.place, panel.version(), CropQuery::of(crop)));
        return Ok(Ended::Again(StatusCode::OK, Problems::default(), PicturePanel { preview, ..panel }));
    }
    save(app, by, account, panel, upload).await
}

/// Sets the picture that was uploaded, or crops the one that there is as the panel says.
async fn save(
    app: &App,
    by: &Actor,
    account: &Account,
    panel: PicturePanel,
    upload: Upload,
) -> Result<Ended, PageError> {
    let had_photo = upload.photo.is_some();
    let done = match upload.photo {
        Some(photo) => set::set(app, by, account.id, photo, panel.crop).await,
        None if account.picture.is_some() => set::crop(app, by, account, panel.crop).await,
        None => {
            let problems = Problems::general(key!("problem-photo-missing"), Field::Photo, 0);
            return Ok(Ended::Again(StatusCode::UNPROCESSABLE_ENTITY, problems, panel));
        }
    };
    match done {
        // Without a script the user has not seen the crop yet: the page says where it can be changed.
        Ok(_) if had_photo && upload.action != "save" => Ok(Ended::Done(Done::Uploaded)),
        Ok(_) => Ok(Ended::Done(Done::Saved)),
        Err(error) => refused(app, error, panel),
    }
}

fn refused(app: &App, error: Error, panel: PicturePanel) -> Result<Ended, PageError> {
    let (status, problems) = unusable(app, error)?;
    Ok(Ended::Again(status, problems, panel))
}

/// What to say of a file that is too large.
fn too_large(most: usize) -> (StatusCode, Problems) {
    (StatusCode::PAYLOAD_TOO_LARGE, Problems::general(key!("problem-photo-large"), Field::Photo, megabytes(most)))
}

/// What to say at the form of a file that makes no picture, or that cannot be kept.
///
/// # Errors
/// What has a page of its own.
pub(in crate::http) fn unusable(app: &App, error: Error) -> Result<(StatusCode, Problems), PageError> {
    let problem = match error {
        Error::Picture(problem) => problem,
        Error::StorageUnavailable => {
            let problems = Problems::general(key!("problem-photo-unstored"), Field::Photo, 0);
            return Ok((StatusCode::SERVICE_UNAVAILABLE, problems));
        }
        Error::TooMany(wait) => return Ok(Problems::too_many_changes(Field::Photo, wait)),
        error => return Err(error.into()),
    };
    let (key, number) = match problem {
        PictureProblem::UnsupportedType(UnsupportedType::Heic) => (key!("problem-photo-heic"), 0),
        PictureProblem::UnsupportedType(UnsupportedType::Video) => (key!("problem-photo-video"), 0),
        PictureProblem::UnsupportedType(found) => {
            let problems = Problems::named(key!("problem-photo-type"), Field::Photo, found.name());
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, problems));
        }
        PictureProblem::Replaced => {
            return Ok((StatusCode::CONFLICT, Problems::general(key!("problem-photo-replaced"), Field::Photo, 0)));
        }
        PictureProblem::Unusable(error) => match error {
            PictureError::NotAPicture => (key!("problem-photo-kind"), 0),
            PictureError::Unsupported => (key!("problem-photo-unsupported"), 0),
            PictureError::TooManyPixels { .. } => {
                (key!("problem-photo-pixels"), app.settings().picture_max_pixels / 1_000_000)
            }
            PictureError::TooLong { max } => (key!("problem-photo-long"), u64::from(max)),
            PictureError::Transparent => (key!("problem-photo-transparent"), 0),
            PictureError::TooComplex | PictureError::Damaged | PictureError::Cancelled => {
                (key!("problem-photo-damaged"), 0)
            }
        },
    };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Problems::general(key, Field::Photo, number)))
}

/// A crop to look at, before it is saved.
#[derive(Deserialize)]
pub(crate) struct CropQuery {
    z: u16,
    x: u8,
    y: u8,
    #[serde(default)]
    turn: u16,
    #[serde(default)]
    mirror: u8,
}

impl CropQuery {
    fn of(crop: Crop) -> String {
        let (turn, mirror) = (crop.turn().degrees(), u8::from(crop.turn().is_mirrored()));
        format!("z={}&x={}&y={}&turn={turn}&mirror={mirror}", crop.zoom(), crop.x(), crop.y())
    }

    fn crop(&self) -> Crop {
        Crop::clamped(self.z, self.x, self.y).with_turn(Turn::new(self.turn, self.mirror == 1))
    }
}

/// The picture of `account` in a crop that is not saved.
pub(crate) async fn cropped(
    app: &App,
    by: &Actor,
    account: &Account,
    wanted: &CropQuery,
) -> Result<Response, PageError> {
    let webp = set::preview(app, by, account, wanted.crop()).await?;
    let headers = [(header::CONTENT_TYPE, "image/webp"), (header::CACHE_CONTROL, "private, max-age=600")];
    Ok((headers, webp).into_response())
}

/// The cleaned picture of `account` as it was uploaded.
pub(crate) async fn uncropped(app: &App, account: &Account, headers: &HeaderMap) -> Result<Response, PageError> {
    let Some(Picture { key, .. }) = &account.picture else { return Err(PageError::NotFound) };
    let tag = format!("\"{key}\"");
    let caching = [(header::ETAG, tag.clone()), (header::CACHE_CONTROL, "private, no-cache".to_owned())];
    if conditional::has(headers, &tag) {
        return Ok((StatusCode::NOT_MODIFIED, caching).into_response());
    }
    let file = set::open_working_copy(app, account).await?;
    let told = [(header::CONTENT_TYPE, file.kind.name().to_owned()), (header::CONTENT_LENGTH, file.size.to_string())];
    Ok((caching, told, Body::from_stream(file.bytes)).into_response())
}
