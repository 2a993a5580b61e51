//! From the picture to its steps, each made from the one above it.

use std::sync::atomic::AtomicBool;

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::pixels::{U8x3, U8x4, U16x3, U16x4};
use fast_image_resize::{
    FilterType, IntoImageView, IntoImageViewMut as _, PixelTrait, PixelType, ResizeAlg, ResizeOptions, Resizer,
};

use crate::crop::{STEPS, Square};
use crate::error::PictureError;

use super::decode::check_cancelled;
use super::raster::{Channels, Raster};
use super::srgb_transfer;

/// The square of the raster in each step that has its pixels, largest first. `side` is the length of the
/// square in the pixels of the file, which the raster may have fewer of.
pub(super) fn steps(
    raster: &Raster,
    square: Square,
    side: f64,
    cancelled: &AtomicBool,
    mut each: impl FnMut(u16, &Raster) -> Result<(), PictureError>,
) -> Result<(), PictureError> {
    let mut resizer = Resizer::new();
    let resize: Resize<Image<'_>> = match raster.channels {
        Channels::Rgb => resize::<U16x3, _>,
        Channels::Rgba => resize::<U16x4, _>,
    };
    let (mut source, mut area) = linear_crop(raster, square)?;
    for &step in STEPS.iter().rev() {
        let real = u32::from(step).min(side as u32).max(1);
        if real < u32::from(step) && step != STEPS[0] {
            continue;
        }
        check_cancelled(cancelled)?;
        let mut target = Image::new(real, real, source.pixel_type());
        resize(&mut resizer, &source, &mut target, &lanczos(area))?;
        // What this step was made from goes before the encoders ask for memory of their own.
        source = target;
        resizer.reset_internal_buffers();
        each(step, &encoded(&source))?;
        area = Square { left: 0.0, top: 0.0, side: f64::from(real) };
    }
    Ok(())
}

/// The whole picture with its long side at most `long`.
pub(super) fn fit(raster: Raster, long: u32) -> Result<Raster, PictureError> {
    let longest = raster.width.max(raster.height);
    if longest <= long {
        return Ok(raster);
    }
    let scaled = |side: u32| ((u64::from(side) * u64::from(long) + u64::from(longest) / 2) / u64::from(longest)).max(1);
    let (width, height) = (scaled(raster.width) as u32, scaled(raster.height) as u32);
    let (kind, resize): (_, Resize<ImageRef<'_>>) = match raster.channels {
        Channels::Rgb => (PixelType::U8x3, resize::<U8x3, _>),
        Channels::Rgba => (PixelType::U8x4, resize::<U8x4, _>),
    };
    let source = ImageRef::new(raster.width, raster.height, &raster.pixels, kind).map_err(|_| PictureError::Damaged)?;
    let mut target = Image::new(width, height, kind);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3));
    resize(&mut Resizer::new(), &source, &mut target, &options)?;
    Ok(Raster { width, height, channels: raster.channels, pixels: target.into_vec() })
}

/// [`resize`] of one kind of pixels.
type Resize<Source> = fn(&mut Resizer, &Source, &mut Image<'static>, &ResizeOptions) -> Result<(), PictureError>;

/// Resizes one kind of pixels. [`Resizer::resize`] asks which kind it is when it runs, and so has all of thirteen
/// compiled, which took more time than the rest of this crate.
fn resize<Pixel: PixelTrait, Source: IntoImageView>(
    resizer: &mut Resizer,
    source: &Source,
    target: &mut Image<'static>,
    options: &ResizeOptions,
) -> Result<(), PictureError> {
    let (source, target) = (source.image_view::<Pixel>(), target.image_view_mut::<Pixel>());
    let (Some(source), Some(mut target)) = (source, target) else { return Err(PictureError::Damaged) };
    resizer.resize_typed(&source, &mut target, options).map_err(|_| PictureError::Damaged)
}

fn lanczos(area: Square) -> ResizeOptions {
    ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3))
        .crop(area.left, area.top, area.side, area.side)
}

/// The pixels that the square touches in 16 bits of linear light, and the square within them.
fn linear_crop(raster: &Raster, square: Square) -> Result<(Image<'static>, Square), PictureError> {
    let [left, top] = [square.left, square.top].map(|edge| edge.max(0.0) as u32);
    let right = ((square.left + square.side).ceil() as u32).clamp(left + 1, raster.width);
    let bottom = ((square.top + square.side).ceil() as u32).clamp(top + 1, raster.height);
    let (width, height) = (right - left, bottom - top);
    let side = square.side.min(f64::from(width)).min(f64::from(height));
    let within = Square {
        left: (square.left - f64::from(left)).clamp(0.0, f64::from(width) - side),
        top: (square.top - f64::from(top)).clamp(0.0, f64::from(height) - side),
        side,
    };
    let count = raster.channels.count();
    let table = srgb_transfer::to_linear();
    let rows = raster.pixels.chunks_exact(raster.width as usize * count).skip(top as usize).take(height as usize);
    let mut bytes = Vec::with_capacity(width as usize * height as usize * count * 2);
    for row in rows {
        let row = &row[left as usize * count..][..width as usize * count];
        match raster.channels {
            Channels::Rgb => bytes.extend(row.iter().flat_map(|&value| table[usize::from(value)].to_ne_bytes())),
            Channels::Rgba => {
                let (pixels, _) = row.as_chunks::<4>();
                bytes.extend(pixels.iter().flat_map(|&[red, green, blue, alpha]| {
                    [
                        table[usize::from(red)],
                        table[usize::from(green)],
                        table[usize::from(blue)],
                        u16::from(alpha) * 257,
                    ]
                    .into_iter()
                    .flat_map(u16::to_ne_bytes)
                }));
            }
        }
    }
    let kind = match raster.channels {
        Channels::Rgb => PixelType::U16x3,
        Channels::Rgba => PixelType::U16x4,
    };
    let image = Image::from_vec_u8(width, height, bytes, kind).map_err(|_| PictureError::Damaged)?;
    Ok((image, within))
}

/// Back to 8 bits of sRGB.
fn encoded(image: &Image) -> Raster {
    let curve = srgb_transfer::to_srgb();
    let (values, _) = image.buffer().as_chunks::<2>();
    let value = |bytes: &[u8; 2]| u16::from_ne_bytes(*bytes);
    let (channels, pixels) = match image.pixel_type() {
        PixelType::U16x4 => {
            let (pixels, _) = values.as_chunks::<4>();
            let pixel = |[red, green, blue, alpha]: &[[u8; 2]; 4]| {
                let [red, green, blue] = [red, green, blue].map(|channel| curve[usize::from(value(channel))]);
                [red, green, blue, ((u32::from(value(alpha)) + 128) / 257) as u8]
            };
            (Channels::Rgba, pixels.iter().flat_map(pixel).collect())
        }
        _ => (Channels::Rgb, values.iter().map(|bytes| curve[usize::from(value(bytes))]).collect()),
    };
    Raster { width: image.width(), height: image.height(), channels, pixels }
}
