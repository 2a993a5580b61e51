//! Profile pictures: what can be wrong with one, how it is cropped, and the sizes it comes in.

use thiserror::Error;
use url::Url;

/// The sides, in pixels, that a picture is stored in. A step exists only where the crop has that many
/// pixels; the smallest always does, at the crop's own size when that is less.
pub const STEPS: [u16; 5] = [64, 128, 256, 512, 1024];

/// Why a file was not taken as a picture.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum PictureProblem {
    /// The bytes are not a JPEG, PNG, WebP or GIF, whatever the file is called.
    #[error("not a JPEG, PNG, WebP or GIF picture")]
    NotAPicture,
    /// A picture of a known type in a form that no browser shows either, such as lossless JPEG.
    #[error("a form of its type that is not supported")]
    Unsupported,
    /// Width times height is over the limit.
    #[error("more than {max} pixels")]
    TooManyPixels {
        /// The most pixels a picture may have.
        max: u64,
    },
    /// One side is over the limit, however few pixels that makes.
    #[error("a side of more than {max} pixels")]
    TooLong {
        /// The most pixels a side may have.
        max: u32,
    },
    /// The file takes more work or memory to decode than its picture can be worth.
    #[error("more work to decode than its picture is worth")]
    TooComplex,
    /// The file ends too early, or its insides contradict each other.
    #[error("damaged or incomplete")]
    Damaged,
    /// Every pixel is transparent, in each of the frames that were looked at.
    #[error("transparent all over")]
    Transparent,
    /// The caller asked to stop.
    #[error("cancelled")]
    Cancelled,
}

/// The square that a person chose to show, in the terms of the editor's three sliders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crop {
    zoom: u16,
    x: u8,
    y: u8,
}

/// A square in the pixels of an upright picture; its edges may fall between pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Square {
    /// Distance from the picture's left edge.
    pub left: f64,
    /// Distance from the picture's top edge.
    pub top: f64,
    /// Length of the sides, at least 1.
    pub side: f64,
}

impl Crop {
    /// A crop of these slider positions, each moved to the nearest that the slider has:
    /// `zoom` 100 to 300 percent, `x` and `y` 0 to 100 percent of the way across and down.
    pub fn clamped(zoom: u16, x: u8, y: u8) -> Crop {
        Crop { zoom: zoom.clamp(100, 300), x: x.min(100), y: y.min(100) }
    }

    /// Percent by which the picture is enlarged within the square, 100 to 300.
    pub fn zoom(self) -> u16 {
        self.zoom
    }

    /// Percent of the way across, 0 to 100.
    pub fn x(self) -> u8 {
        self.x
    }

    /// Percent of the way down, 0 to 100.
    pub fn y(self) -> u8 {
        self.y
    }

    /// Where the square lies in an upright picture of this size, by the formula the editor's style sheet shows.
    pub fn square(self, width: u32, height: u32) -> Square {
        let (width, height) = (f64::from(width), f64::from(height));
        let side = (width.min(height) * 100.0 / f64::from(self.zoom)).max(1.0);
        Square {
            left: (width - side) * f64::from(self.x) / 100.0,
            top: (height - side) * f64::from(self.y) / 100.0,
            side,
        }
    }
}

/// A stored profile picture: its files are named after its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Unguessable, made from the content and a random part: another picture never has it.
    pub key: String,
    /// The largest step there is, in pixels.
    pub largest: u16,
    /// The square that was cut out of the working copy.
    pub crop: Crop,
}

impl Picture {
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

impl Default for Crop {
    /// The largest square in the middle.
    fn default() -> Crop {
        Crop { zoom: 100, x: 50, y: 50 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_crop_is_the_largest_square_in_the_middle() {
        let square = Crop::default().square(4000, 3000);
        assert_eq!(square, Square { left: 500.0, top: 0.0, side: 3000.0 });
    }

    #[test]
    fn zoom_and_position_follow_the_editors_formula() {
        let square = Crop::clamped(200, 100, 25).square(300, 400);
        assert_eq!(square, Square { left: 150.0, top: 62.5, side: 150.0 });
    }

    #[test]
    fn sliders_beyond_their_ends_are_moved_to_them() {
        assert_eq!(Crop::clamped(0, 255, 101), Crop::clamped(100, 100, 100));
        assert_eq!(Crop::clamped(9000, 0, 0).zoom(), 300);
    }

    #[test]
    fn a_square_never_has_less_than_a_pixel_and_stays_inside() {
        for (width, height) in [(1, 1), (1, 50_000), (50_000, 1), (2, 3)] {
            for zoom in [100, 101, 300] {
                let square = Crop::clamped(zoom, 100, 100).square(width, height);
                assert!(square.side >= 1.0);
                assert!(square.left + square.side <= f64::from(width));
                assert!(square.top + square.side <= f64::from(height));
            }
        }
    }
}
