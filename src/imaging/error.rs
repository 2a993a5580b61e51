//! Why a file makes no picture.

use thiserror::Error;

/// Why a file was not taken as a picture.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum PictureError {
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
