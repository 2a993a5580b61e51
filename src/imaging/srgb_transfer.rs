//! sRGB's curve, both ways, as tables: averages of pixels are only right in linear light.

use std::sync::LazyLock;

static TO_LINEAR: LazyLock<[u16; 256]> = LazyLock::new(|| {
    std::array::from_fn(|value| {
        let encoded = value as f64 / 255.0;
        let linear = if encoded <= 0.04045 { encoded / 12.92 } else { ((encoded + 0.055) / 1.055).powf(2.4) };
        (linear * 65535.0).round() as u16
    })
});

static TO_SRGB: LazyLock<Vec<u8>> = LazyLock::new(|| {
    (0..=u16::MAX)
        .map(|value| {
            let linear = f64::from(value) / 65535.0;
            let encoded = if linear <= 0.0031308 { linear * 12.92 } else { 1.055 * linear.powf(1.0 / 2.4) - 0.055 };
            (encoded * 255.0).round() as u8
        })
        .collect()
});

/// Linear light, 0 to 65,535, of each of sRGB's 256 values.
pub(super) fn to_linear() -> &'static [u16; 256] {
    &TO_LINEAR
}

/// sRGB's value nearest to each of the 65,536 of linear light.
pub(super) fn to_srgb() -> &'static [u8] {
    &TO_SRGB
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back_changes_nothing() {
        for value in 0..=255u8 {
            assert_eq!(to_srgb()[usize::from(to_linear()[usize::from(value)])], value);
        }
    }
}
