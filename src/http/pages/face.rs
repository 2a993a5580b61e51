//! A person's face on a page.

use std::borrow::Borrow;

use crate::model::picture::Picture;
use crate::model::{Account, Name};

/// A person's face on a page: the picture, or initials on a hue of their own.
pub(crate) struct Face {
    /// Up to two letters.
    pub(crate) initials: String,
    /// The class of the hue, the same for an account for ever.
    pub(crate) hue: &'static str,
    picture: Option<Picture>,
}

/// The classes of the hues, in their order.
const HUES: [&str; 8] = ["h1", "h2", "h3", "h4", "h5", "h6", "h7", "h8"];

impl Face {
    /// The face of an account.
    pub(crate) fn of(account: &Account) -> Face {
        Face {
            initials: Name::initials(account.shown_name()),
            hue: HUES[usize::from(account.id.hue() - 1)],
            picture: account.picture.clone(),
        }
    }

    /// The address of the picture in at least so many pixels, if there is one.
    pub(crate) fn path(&self, pixels: impl Borrow<u16>) -> Option<String> {
        self.picture.as_ref().map(|picture| picture.path(*pixels.borrow()))
    }
}
