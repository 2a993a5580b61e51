//! High dynamic range to what a screen without it can show.

use moxcms::{ColorProfile, Matrix3d, TransferCharacteristics};

use super::srgb_transfer;

/// The light of white, in cd/m² (ITU-R BT.2408, section 2.1).
const WHITE: f32 = 203.0;
/// The brightest light, in cd/m², of a file that does not say; of hybrid log-gamma, what its curves are made for.
const PEAK: f32 = 1_000.0;
/// How much of each primary of BT.2020 is brightness.
const BRIGHTNESS: [f32; 3] = [0.2627, 0.678, 0.0593];

/// A tone map: presses light up to a peak into that up to white, as Chromium does, and hardly touches what is dark. It
/// takes the light of PQ or hybrid log-gamma (ITU-R BT.2100).
pub(super) struct ToneMap {
    transfer: TransferCharacteristics,
    /// The brightest light, where white's is 1.
    peak: f32,
    to_bt2020: [[f32; 3]; 3],
    to_srgb: [[f32; 3]; 3],
}

impl ToneMap {
    /// For a profile's primaries; none where its transfer function knows nothing brighter than white.
    pub(super) fn new(transfer: TransferCharacteristics, profile: &ColorProfile, peak: Option<f32>) -> Option<ToneMap> {
        let peak = match transfer {
            TransferCharacteristics::Smpte2084 => peak.filter(|peak| *peak > 0.0).unwrap_or(PEAK),
            TransferCharacteristics::Hlg => PEAK,
            _ => return None,
        };
        let bt2020 = ColorProfile::new_bt2020();
        Some(ToneMap {
            transfer,
            peak: peak / WHITE,
            to_bt2020: single(profile.transform_matrix(&bt2020)),
            to_srgb: single(bt2020.transform_matrix(&ColorProfile::new_srgb())),
        })
    }

    /// The light of each of so many values, white's being 1: of PQ, the screen's; of hybrid log-gamma, the scene's.
    pub(super) fn light(&self, values: usize) -> Vec<f32> {
        let last = (values - 1) as f64;
        let hlg = |value: f64| match value <= 0.5 {
            true => value * value / 3.0,
            false => (((value - 0.559_910_73) / 0.178_832_77).exp() + 0.284_668_92) / 12.0,
        };
        let light = |value: f64| match self.transfer {
            TransferCharacteristics::Hlg => hlg(value),
            transfer => transfer.linearize(value) * 10_000.0 / f64::from(WHITE),
        };
        (0..values).map(|value| light(value as f64 / last) as f32).collect()
    }

    /// The sRGB colour of this much light of the profile's red, green and blue.
    pub(super) fn map(&self, light: [f32; 3]) -> [u8; 3] {
        let mut light = product(&self.to_bt2020, light).map(|light| light.max(0.0));
        if self.transfer == TransferCharacteristics::Hlg {
            // The screen's light of the scene's, at a gamma of 1.2.
            let brightness: f32 = light.iter().zip(BRIGHTNESS).map(|(light, share)| light * share).sum();
            light = light.map(|light| light * brightness.powf(0.2) * PEAK / WHITE);
        }
        let most = light.into_iter().fold(0.0, f32::max);
        if self.peak > 1.0 {
            let scale = (1.0 + most / (self.peak * self.peak)) / (1.0 + most);
            light = light.map(|light| light * scale);
        }
        let curve = srgb_transfer::to_srgb();
        product(&self.to_srgb, light).map(|light| curve[(light.clamp(0.0, 1.0) * 65_535.0).round() as usize])
    }
}

fn product(matrix: &[[f32; 3]; 3], vector: [f32; 3]) -> [f32; 3] {
    matrix.map(|row| row.iter().zip(vector).map(|(factor, value)| factor * value).sum())
}

fn single(matrix: Matrix3d) -> [[f32; 3]; 3] {
    matrix.v.map(|row| row.map(|value| value as f32))
}

#[cfg(test)]
mod tests {
    use super::*;
    use moxcms::{CicpColorPrimaries, CicpProfile, MatrixCoefficients};

    fn map(transfer: TransferCharacteristics, peak: Option<f32>) -> ToneMap {
        let profile = ColorProfile::new_from_cicp(CicpProfile {
            color_primaries: CicpColorPrimaries::Bt2020,
            transfer_characteristics: transfer,
            matrix_coefficients: MatrixCoefficients::Identity,
            full_range: true,
        });
        ToneMap::new(transfer, &profile, peak).unwrap()
    }

    /// The grey of a value of 8 bits.
    fn grey(map: &ToneMap, value: usize) -> u8 {
        let [red, green, blue] = map.map([map.light(256)[value]; 3]);
        assert!(red.abs_diff(green) <= 1 && green.abs_diff(blue) <= 1, "{red} {green} {blue}");
        green
    }

    #[test]
    fn light_up_to_the_peak_comes_out_up_to_white_in_its_order() {
        for transfer in [TransferCharacteristics::Smpte2084, TransferCharacteristics::Hlg] {
            let map = map(transfer, None);
            let greys: Vec<u8> = (0..256).map(|value| grey(&map, value)).collect();
            assert!(greys.is_sorted());
            assert_eq!((greys[0], greys[255]), (0, 255));
        }
        // PQ's value of 1,000 cd/m² is .7518 of its range.
        let map = map(TransferCharacteristics::Smpte2084, None);
        assert!(grey(&map, 192) >= 254 && grey(&map, 180) < 250);
    }

    #[test]
    fn a_picture_no_brighter_than_white_is_left_so() {
        // PQ's value of 203 cd/m² is .5807 of its range.
        let map = map(TransferCharacteristics::Smpte2084, Some(203.0));
        assert!(grey(&map, 148) >= 253, "{}", grey(&map, 148));
    }

    #[test]
    fn other_transfer_functions_need_no_tone_map() {
        let srgb = ColorProfile::new_srgb();
        assert!(ToneMap::new(TransferCharacteristics::Srgb, &srgb, None).is_none());
        assert!(ToneMap::new(TransferCharacteristics::Bt709, &srgb, None).is_none());
    }
}
