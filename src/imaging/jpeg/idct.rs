//! From coefficients to pixels, at full size or at a half, a quarter or an eighth of it.
//!
//! The smaller sizes are the inverse transforms of 4, 2 and 1 points over the lowest coefficients: the
//! picture shrinks by what is as good as an ideal filter, and most of the work is never done.

/// Coefficient `k` of the file, in zigzag order, is at row and column `ZIGZAG[k] / 8` and `% 8`.
const ZIGZAG: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21,
    28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54,
    47, 55, 62, 63,
];

/// Where [`Layout::slots`] puts coefficients that this size doesn't use.
pub(super) const UNUSED: u8 = 64;

/// The dequantized coefficients of a block, and a last place for those that aren't used.
pub(super) type Block = [f32; 65];

/// How the blocks of one component become pixels.
pub(super) struct Layout {
    /// Pixels across and down: 8, 4, 2 or 1.
    pub(super) size: usize,
    /// By zigzag index: the place in a [`Block`], column by column.
    pub(super) slots: [u8; 64],
    /// By zigzag index: what the transform wants the coefficient multiplied by.
    pub(super) scales: [f32; 64],
}

impl Layout {
    pub(super) fn new(size: usize, quantization: &[u16; 64]) -> Layout {
        let mut layout = Layout { size, slots: [UNUSED; 64], scales: [0.0; 64] };
        for (index, &place) in ZIGZAG.iter().enumerate() {
            let (row, column) = (usize::from(place / 8), usize::from(place % 8));
            if row < size && column < size {
                layout.slots[index] = (column * size + row) as u8;
                layout.scales[index] = f32::from(quantization[index]) * weight(size, row) * weight(size, column);
            }
        }
        layout
    }

    /// Writes the block's pixels to the rows of `plane`, `stride` apart, from `at` on.
    #[inline]
    pub(super) fn write(&self, block: &Block, flat: bool, plane: &mut [u8], at: usize, stride: usize) {
        if flat {
            let value = to_byte(block[0]);
            for row in plane[at..].chunks_mut(stride).take(self.size) {
                row[..self.size].fill(value);
            }
            return;
        }
        match self.size {
            8 => eight(block, &mut plane[at..], stride),
            4 => four(block, &mut plane[at..], stride),
            2 => {
                let [a, b, c, d] = [block[0], block[1], block[2], block[3]];
                plane[at..at + 2].copy_from_slice(&[to_byte(a + b + c + d), to_byte(a + b - c - d)]);
                plane[at + stride..at + stride + 2].copy_from_slice(&[to_byte(a - b + c - d), to_byte(a - b - c + d)]);
            }
            _ => plane[at] = to_byte(block[0]),
        }
    }
}

/// The part of the transform that can be done once, for all blocks, of a row or column.
fn weight(size: usize, frequency: usize) -> f32 {
    use std::f64::consts::{FRAC_1_SQRT_2, PI};
    let base = 1.0 / 8f64.sqrt();
    let weight = match (size, frequency) {
        (_, 0) => base,
        // Arai, Agui and Nakajima's factors.
        (8, _) => base * (frequency as f64 * PI / 16.0).cos() * std::f64::consts::SQRT_2,
        (4, 2) | (2, _) => 0.5 * FRAC_1_SQRT_2,
        _ => 0.5,
    };
    weight as f32
}

/// Adding this leaves a small number, rounded, in the lowest bits; much quicker than a checked conversion.
const ROUND: f32 = 12_582_912.0;

#[inline]
fn to_byte(value: f32) -> u8 {
    ((value + 128.0).clamp(0.0, 255.0) + ROUND).to_bits() as u8
}

type Lane<const SIZE: usize> = [f32; SIZE];

#[inline]
fn add<const SIZE: usize>(a: Lane<SIZE>, b: Lane<SIZE>) -> Lane<SIZE> {
    std::array::from_fn(|index| a[index] + b[index])
}

#[inline]
fn sub<const SIZE: usize>(a: Lane<SIZE>, b: Lane<SIZE>) -> Lane<SIZE> {
    std::array::from_fn(|index| a[index] - b[index])
}

#[inline]
fn mul<const SIZE: usize>(a: Lane<SIZE>, by: f32) -> Lane<SIZE> {
    a.map(|value| value * by)
}

#[inline]
fn transposed<const SIZE: usize>(lanes: [Lane<SIZE>; SIZE]) -> [Lane<SIZE>; SIZE] {
    std::array::from_fn(|row| std::array::from_fn(|column| lanes[column][row]))
}

#[inline]
fn lanes<const SIZE: usize>(block: &Block) -> [Lane<SIZE>; SIZE] {
    std::array::from_fn(|row| std::array::from_fn(|column| block[row * SIZE + column]))
}

#[inline]
fn put<const SIZE: usize>(lanes: [Lane<SIZE>; SIZE], plane: &mut [u8], stride: usize) {
    for (row, lane) in plane.chunks_mut(stride).zip(lanes) {
        row[..SIZE].copy_from_slice(&lane.map(to_byte));
    }
}

fn eight(block: &Block, plane: &mut [u8], stride: usize) {
    put(eight_points(transposed(eight_points(lanes::<8>(block)))), plane, stride);
}

fn four(block: &Block, plane: &mut [u8], stride: usize) {
    put(four_points(transposed(four_points(lanes::<4>(block)))), plane, stride);
}

#[inline]
fn four_points([x0, x1, x2, x3]: [Lane<4>; 4]) -> [Lane<4>; 4] {
    const LONG: f32 = 0.923_879_5;
    const SHORT: f32 = 0.382_683_43;
    let (outer, inner) = (add(x0, x2), sub(x0, x2));
    let (odd_outer, odd_inner) = (add(mul(x1, LONG), mul(x3, SHORT)), sub(mul(x1, SHORT), mul(x3, LONG)));
    [add(outer, odd_outer), add(inner, odd_inner), sub(inner, odd_inner), sub(outer, odd_outer)]
}

/// Eight points by Arai, Agui and Nakajima's five multiplications.
#[inline]
fn eight_points(x: [Lane<8>; 8]) -> [Lane<8>; 8] {
    const ROOT: f32 = std::f32::consts::SQRT_2;
    let (sum, difference) = (add(x[0], x[4]), sub(x[0], x[4]));
    let pair = add(x[2], x[6]);
    let turned = sub(mul(sub(x[2], x[6]), ROOT), pair);
    let even = [add(sum, pair), add(difference, turned), sub(difference, turned), sub(sum, pair)];

    let (z13, z10) = (add(x[5], x[3]), sub(x[5], x[3]));
    let (z11, z12) = (add(x[1], x[7]), sub(x[1], x[7]));
    let odd0 = add(z11, z13);
    let z5 = mul(add(z10, z12), 1.847_759);
    let odd1 = sub(sub(z5, mul(z10, 2.613_126)), odd0);
    let odd2 = sub(mul(sub(z11, z13), ROOT), odd1);
    let odd3 = sub(sub(z5, mul(z12, 1.082_392_2)), odd2);
    [
        add(even[0], odd0),
        add(even[1], odd1),
        add(even[2], odd2),
        add(even[3], odd3),
        sub(even[3], odd3),
        sub(even[2], odd2),
        sub(even[1], odd1),
        sub(even[0], odd0),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition (T.81, A.3.3), or its reduced forms.
    fn by_definition(size: usize, coefficients: &[f32; 64]) -> Vec<f32> {
        let base = |u: usize| if u == 0 { 1.0 / 8f32.sqrt() } else { 0.5 };
        let angle =
            |n: usize, u: usize| ((2 * n + 1) as f32 * u as f32 * std::f32::consts::PI / (2 * size) as f32).cos();
        let mut pixels = Vec::new();
        for y in 0..size {
            for x in 0..size {
                let mut sum = 128.0;
                for (index, &place) in ZIGZAG.iter().enumerate() {
                    let (v, u) = (usize::from(place / 8), usize::from(place % 8));
                    if v < size && u < size {
                        sum += coefficients[index] * base(u) * base(v) * angle(x, u) * angle(y, v);
                    }
                }
                pixels.push(sum);
            }
        }
        pixels
    }

    #[test]
    fn every_size_agrees_with_the_definition() {
        let coefficients: [f32; 64] = std::array::from_fn(|k| (k as f32 * 7.3).sin() * 120.0 / (1.0 + k as f32 / 4.0));
        for size in [1, 2, 4, 8] {
            let layout = Layout::new(size, &[1; 64]);
            let mut block = [0.0; 65];
            for k in 0..64 {
                block[usize::from(layout.slots[k])] = coefficients[k] * layout.scales[k];
            }
            let mut plane = vec![0; size * size];
            layout.write(&block, false, &mut plane, 0, size);
            for (pixel, expected) in plane.iter().zip(by_definition(size, &coefficients)) {
                assert!((f32::from(*pixel) - expected.clamp(0.0, 255.0)).abs() < 0.51, "{size}: {pixel} {expected}");
            }
        }
    }
}
