//! Profile pictures: what an account keeps of one, and why one is not taken.

use portico_imaging::unsupported::UnsupportedType;
use portico_imaging::{Crop, PictureError, STEPS};
use thiserror::Error;
use url::Url;

/// Why a picture was not taken.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum PictureProblem {
    /// The bytes make no picture.
    #[error(transparent)]
    Unusable(#[from] PictureError),
    /// The bytes are of a type that is known and not taken.
    #[error("{} is not supported", .0.name())]
    UnsupportedType(UnsupportedType),
    /// The picture that was to be cropped is no longer the account's.
    #[error("another picture has taken its place")]
    Replaced,
}

/// A stored profile picture: its files are named after its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Unguessable, made from the content and a random part: another picture never has it.
    pub key: String,
    /// The largest step there is, in pixels.
    pub largest: u16,
    /// The square that was cut out of the working copy, which is turned already.
    pub crop: Crop,
}

impl Picture {
    /// Tells this picture from those before and after it, without giving its key away.
    pub fn version(&self) -> &str {
        self.key.get(..8).unwrap_or(&self.key)
    }

    /// The path of the picture at a step that is at least `size` pixels, or the largest there is.
    pub fn path(&self, size: u16) -> String {
        format!("/media/{}/{}.webp", self.key, self.step(size))
    }

    /// The picture's absolute address, in a size that suits a profile. Its last part alone names the file, for clients
    /// that keep no more of it.
    pub fn url(&self, base: &Url) -> String {
        let path = format!("/media/{}-{}.jpg", self.key, self.step(512));
        base.join(&path).map_or(path, String::from)
    }

    /// The smallest stored step of at least `size` pixels.
    pub fn step(&self, size: u16) -> u16 {
        STEPS.into_iter().find(|step| *step >= size).unwrap_or(STEPS[STEPS.len() - 1]).min(self.largest)
    }
}
