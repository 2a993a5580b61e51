//! A person's face on a page.

use std::borrow::Borrow;

use crate::model::picture::Picture;
use crate::model::{Account, Name};

/// A person's face on a page: the picture, or initials on a hue of their own.
pub(crate) struct Face {
    /// Up to two letters.
    pub(crate) initials: String,
    /// The class of the hue, the same for an account for ever.
    pub(crate) hue: String,
    picture: Option<Picture>,
}

impl Face {
    /// The face of an account.
    pub(crate) fn of(account: &Account) -> Face {
        Face {
            initials: Name::initials(account.shown_name()),
            hue: format!("h{}", account.id.hue()),
            picture: account.picture.clone(),
        }
    }

    /// The address of the picture in at least so many pixels, if there is one.
    pub(crate) fn path(&self, pixels: impl Borrow<u16>) -> Option<String> {
        self.picture.as_ref().map(|picture| picture.path(*pixels.borrow()))
    }
}
