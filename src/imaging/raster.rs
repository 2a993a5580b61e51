//! Decoded pixels, between a decoder and an encoder.

/// An sRGB picture of 8 bits a channel, rows from top to bottom without padding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Raster {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) channels: Channels,
    pub(super) pixels: Vec<u8>,
}

/// What the bytes of one pixel mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Channels {
    /// Red, green, blue.
    Rgb,
    /// Red, green, blue and straight (not premultiplied) opacity.
    Rgba,
}

impl Channels {
    pub(super) fn count(self) -> usize {
        match self {
            Channels::Rgb => 3,
            Channels::Rgba => 4,
        }
    }
}

impl Raster {
    /// The same picture without its opacity where every pixel is opaque anyway.
    pub(super) fn without_idle_alpha(self) -> Raster {
        let (pixels, _) = self.pixels.as_chunks::<4>();
        if self.channels == Channels::Rgb || pixels.iter().any(|pixel| pixel[3] != 255) {
            return self;
        }
        let pixels = pixels.iter().flat_map(|&[red, green, blue, _]| [red, green, blue]).collect();
        Raster { pixels, channels: Channels::Rgb, ..self }
    }

    /// Whether any pixel is not wholly transparent.
    pub(super) fn shows_something(&self) -> bool {
        let (pixels, _) = self.pixels.as_chunks::<4>();
        self.channels == Channels::Rgb || pixels.iter().any(|pixel| pixel[3] != 0)
    }

    /// The same picture laid on white, for formats without opacity.
    pub(super) fn on_white(&self) -> Vec<u8> {
        let (pixels, _) = self.pixels.as_chunks::<4>();
        let over = |value: u8, alpha: u8| {
            let sum = u32::from(value) * u32::from(alpha) + 255 * (255 - u32::from(alpha));
            ((sum + 127) / 255) as u8
        };
        pixels
            .iter()
            .flat_map(|&[red, green, blue, alpha]| [over(red, alpha), over(green, alpha), over(blue, alpha)])
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opacity_is_dropped_only_when_it_says_nothing() {
        let raster = |alpha| Raster { width: 1, height: 1, channels: Channels::Rgba, pixels: vec![1, 2, 3, alpha] };
        assert_eq!(raster(255).without_idle_alpha().pixels, [1, 2, 3]);
        assert_eq!(raster(254).without_idle_alpha().pixels, [1, 2, 3, 254]);
    }

    #[test]
    fn the_transparent_parts_turn_white() {
        let pixels = vec![0, 0, 0, 0, 10, 20, 30, 255, 0, 0, 0, 128];
        let raster = Raster { width: 3, height: 1, channels: Channels::Rgba, pixels };
        assert_eq!(raster.on_white(), [255, 255, 255, 10, 20, 30, 127, 127, 127]);
    }
}
