//! Use cases: setting, cropping, removing and showing profile pictures, and sweeping up after them.

pub mod avatar;
pub mod former;
pub mod set;
pub mod sweep;

use portico_imaging::{Rendition, STEPS};

use crate::model::picture::Picture;

/// The name of the working copy among a picture's files; `/media` never serves it.
pub const WORKING_COPY: &str = "original";

/// The name of a rendition's file.
fn file(step: u16, extension: &str) -> String {
    format!("{step}.{extension}")
}

/// The largest step there is.
fn largest(renditions: &[Rendition]) -> u16 {
    renditions.iter().map(|rendition| rendition.step).max().unwrap_or_default()
}

/// The names of a picture's renditions.
pub fn files(picture: &Picture) -> impl Iterator<Item = String> {
    let steps = STEPS.into_iter().filter(|step| *step <= picture.largest);
    steps.flat_map(|step| [file(step, "webp"), file(step, "jpg")])
}
