//! Shrinking by a whole number while rows arrive, so that a large picture never stands in memory at full size.

use super::raster::{Channels, Raster};
use super::srgb_transfer;

/// Gathers rows of pixels and keeps the average of each `by` × `by` square of them: in linear light, since
/// that is how brightness adds up, and weighted by opacity, so that what is transparent lends no colour.
pub(super) struct Shrink {
    width: u32,
    height: u32,
    by: u32,
    columns: usize,
    /// Sums of the cells of one row, or of all rows where they come out of order.
    sums: Vec<[u32; 4]>,
    scattered: bool,
    raster: Raster,
}

/// The most that `by` may be: 65,535 of light × 255 of opacity × 8 × 8 pixels still fits 32 bits.
pub(super) const MAX_FACTOR: u32 = 8;

impl Shrink {
    /// Bytes that a picture's sums take where its pixels come in any order.
    pub(super) fn scattered_sums(width: u32, height: u32, by: u32) -> u64 {
        let cells = u64::from(width.div_ceil(by)) * u64::from(height.div_ceil(by));
        if by == 1 { 0 } else { cells * size_of::<[u32; 4]>() as u64 }
    }

    /// For a picture of this size whose rows come from top to bottom.
    pub(super) fn rows(width: u32, height: u32, by: u32, channels: Channels) -> Shrink {
        Shrink::new(width, height, by, channels, false)
    }

    /// For a picture of this size whose pixels come in any order, each once.
    pub(super) fn scattered(width: u32, height: u32, by: u32, channels: Channels) -> Shrink {
        Shrink::new(width, height, by, channels, true)
    }

    fn new(width: u32, height: u32, by: u32, channels: Channels, scattered: bool) -> Shrink {
        let by = by.clamp(1, MAX_FACTOR);
        let (columns, lines) = (width.div_ceil(by), height.div_ceil(by));
        let cells = columns as usize * if scattered { lines as usize } else { 1 };
        let pixels = vec![0; columns as usize * lines as usize * channels.count()];
        Shrink {
            width,
            height,
            by,
            columns: columns as usize,
            sums: if by == 1 { Vec::new() } else { vec![[0; 4]; cells] },
            scattered,
            raster: Raster { width: columns, height: lines, channels, pixels },
        }
    }

    /// Takes pixels of row `y`, the first in column `left` and each `step` columns after the one before.
    /// What would lie outside the picture is left out.
    pub(super) fn take(&mut self, y: u32, left: u32, step: u32, pixels: impl Iterator<Item = [u8; 4]>) {
        if y >= self.height || left >= self.width {
            return;
        }
        let places = (left..self.width).step_by(step.max(1) as usize);
        if self.by == 1 {
            self.copy(y, places.zip(pixels));
            return;
        }
        let linear = srgb_transfer::to_linear();
        let row = if self.scattered { (y / self.by) as usize * self.columns } else { 0 };
        for (x, [red, green, blue, alpha]) in places.zip(pixels) {
            let sum = &mut self.sums[row + (x / self.by) as usize];
            let weight = u32::from(alpha);
            sum[0] += u32::from(linear[usize::from(red)]) * weight;
            sum[1] += u32::from(linear[usize::from(green)]) * weight;
            sum[2] += u32::from(linear[usize::from(blue)]) * weight;
            sum[3] += weight;
        }
    }

    fn copy(&mut self, y: u32, pixels: impl Iterator<Item = (u32, [u8; 4])>) {
        let count = self.raster.channels.count();
        let start = y as usize * self.columns * count;
        let row = &mut self.raster.pixels[start..start + self.columns * count];
        for (x, pixel) in pixels {
            let at = x as usize * count;
            row[at..at + count].copy_from_slice(&pixel[..count]);
        }
    }

    /// Says that row `y` is whole. Needed after each row, but where rows come out of order.
    pub(super) fn end_row(&mut self, y: u32) {
        if self.by > 1 && !self.scattered && ((y + 1).is_multiple_of(self.by) || y + 1 == self.height) {
            self.settle(y / self.by, 0);
            self.sums.fill([0; 4]);
        }
    }

    /// The shrunk picture.
    pub(super) fn finish(mut self) -> Raster {
        if self.by > 1 && self.scattered {
            for line in 0..self.raster.height {
                self.settle(line, line as usize * self.columns);
            }
        }
        self.raster
    }

    /// Turns the sums from `first` on into the pixels of one line.
    fn settle(&mut self, line: u32, first: usize) {
        let count = self.raster.channels.count();
        let curve = srgb_transfer::to_srgb();
        let start = line as usize * self.columns * count;
        let deep = (self.height - line * self.by).min(self.by);
        for (column, pixel) in self.raster.pixels[start..][..self.columns * count].chunks_exact_mut(count).enumerate() {
            let [red, green, blue, weight] = self.sums[first + column];
            let wide = (self.width - column as u32 * self.by).min(self.by);
            for (channel, sum) in pixel.iter_mut().zip([red, green, blue]) {
                *channel = curve[(sum / weight.max(1)) as usize];
            }
            if let Some(alpha) = pixel.get_mut(3) {
                *alpha = ((weight + wide * deep / 2) / (wide * deep)) as u8;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkerboard_averages_in_linear_light() {
        let mut shrink = Shrink::rows(3, 3, 2, Channels::Rgb);
        for y in 0..3 {
            shrink.take(y, 0, 1, (0..3).map(|x| if (x + y) % 2 == 0 { [255; 4] } else { [0, 0, 0, 255] }));
            shrink.end_row(y);
        }
        let greys: Vec<u8> = shrink.finish().pixels.into_iter().step_by(3).collect();
        assert_eq!(greys, [188, 188, 188, 255]);
    }

    #[test]
    fn transparent_pixels_lend_no_colour() {
        let mut shrink = Shrink::scattered(2, 2, 2, Channels::Rgba);
        shrink.take(1, 1, 2, std::iter::once([200, 100, 50, 255]));
        shrink.take(0, 0, 2, std::iter::once([255, 255, 255, 0]));
        assert_eq!(shrink.finish().pixels, [200, 100, 50, 64]);
    }
}
