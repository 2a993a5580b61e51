//! One component's pixels, and until all scans are read, its coefficients.

use super::header::{Component, Frame};
use super::idct::{Block, Layout, UNUSED};

/// The blocks of a component, each becoming `layout.size` pixels square.
pub(super) struct Plane {
    pub(super) layout: Layout,
    /// Blocks across and down, whole units of the picture.
    pub(super) across: usize,
    pub(super) down: usize,
    /// Pixels across and down that belong to the picture.
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) stride: usize,
    pub(super) pixels: Vec<u8>,
    /// Progressive only: of each block, the coefficients that this size uses, in the order of [`Block`].
    coefficients: Vec<i16>,
    /// Progressive only: of each block, which coefficients are not zero, by zigzag index. This is all that
    /// later scans need to know of those that this size doesn't use.
    seen: Vec<u64>,
}

/// A block of a progressive picture.
pub(super) struct Unfinished<'a> {
    pub(super) seen: &'a mut u64,
    coefficients: &'a mut [i16],
    slots: &'a [u8; 64],
}

/// The pixels that each block of a component becomes where the finest one's become `luma` pixels: more of
/// them for a coarser component, which then needs no enlarging.
pub(super) fn size(frame: &Frame, component: &Component, luma: u32) -> u32 {
    let (across, down) = frame.mcu();
    let most = (luma * across / component.across).min(luma * down / component.down);
    [8, 4, 2].into_iter().find(|&size| size <= most).unwrap_or(1)
}

/// Blocks across and down, in whole units.
pub(super) fn blocks(frame: &Frame, component: &Component) -> (u32, u32) {
    let (across, down) = frame.mcu();
    (frame.width.div_ceil(across * 8) * component.across, frame.height.div_ceil(down * 8) * component.down)
}

/// Bytes that [`Plane::new`] allocates.
pub(super) fn cost(frame: &Frame, component: &Component, luma: u32) -> u64 {
    let size = u64::from(size(frame, component, luma));
    let (across, down) = blocks(frame, component);
    let each = size * size + if frame.progressive { size * size * 2 + 8 } else { 0 };
    u64::from(across) * u64::from(down) * each
}

impl Plane {
    pub(super) fn new(frame: &Frame, component: &Component, luma: u32) -> Plane {
        let size = size(frame, component, luma);
        let (across, down) = blocks(frame, component);
        let (unit_across, unit_down) = frame.mcu();
        let count = across as usize * down as usize;
        let area = (size * size) as usize;
        Plane {
            layout: Layout::new(size as usize, &[0; 64]),
            across: across as usize,
            down: down as usize,
            width: (frame.width * component.across * size).div_ceil(unit_across * 8) as usize,
            height: (frame.height * component.down * size).div_ceil(unit_down * 8) as usize,
            stride: (across * size) as usize,
            pixels: vec![0; count * area],
            coefficients: if frame.progressive { vec![0; count * area] } else { Vec::new() },
            seen: if frame.progressive { vec![0; count] } else { Vec::new() },
        }
    }

    /// Says what the coefficients are to be multiplied by. Needed before the first of them.
    pub(super) fn quantize(&mut self, quantization: &[u16; 64]) {
        self.layout = Layout::new(self.layout.size, quantization);
    }

    /// Writes a block's pixels.
    #[inline]
    pub(super) fn put(&mut self, column: usize, row: usize, block: &Block, flat: bool) {
        let at = (row * self.stride + column) * self.layout.size;
        self.layout.write(block, flat, &mut self.pixels, at, self.stride);
    }

    #[inline]
    pub(super) fn unfinished(&mut self, column: usize, row: usize) -> Unfinished<'_> {
        let index = row * self.across + column;
        let area = self.layout.size * self.layout.size;
        Unfinished {
            seen: &mut self.seen[index],
            coefficients: &mut self.coefficients[index * area..][..area],
            slots: &self.layout.slots,
        }
    }

    /// Turns the gathered coefficients of one row of blocks into pixels.
    pub(super) fn finish(&mut self, row: usize) {
        let area = self.layout.size * self.layout.size;
        let mut scales = [0.0; 65];
        for (&slot, &scale) in self.layout.slots.iter().zip(&self.layout.scales) {
            scales[usize::from(slot)] = scale;
        }
        let mut block = [0.0; 65];
        for column in 0..self.across {
            let index = row * self.across + column;
            let coefficients = &self.coefficients[index * area..][..area];
            for ((value, coefficient), scale) in block.iter_mut().zip(coefficients).zip(&scales) {
                *value = f32::from(*coefficient) * scale;
            }
            self.put(column, row, &block, self.seen[index] == 0);
        }
    }
}

impl Unfinished<'_> {
    /// Sets the coefficient of a zigzag index.
    #[inline]
    pub(super) fn set(&mut self, index: usize, value: i32) {
        if index > 0 {
            *self.seen |= 1 << index;
        }
        if let Some(coefficient) = self.coefficients.get_mut(usize::from(self.slots[index])) {
            *coefficient = value as i16;
        }
    }

    /// Moves a coefficient that isn't zero further from it, or sets a bit of the first one.
    #[inline]
    pub(super) fn refine(&mut self, index: usize, bit: i16) {
        let slot = self.slots[index];
        if slot == UNUSED {
            return;
        }
        if let Some(coefficient) = self.coefficients.get_mut(usize::from(slot)) {
            let away = if index > 0 && *coefficient < 0 { bit.wrapping_neg() } else { bit };
            *coefficient = coefficient.wrapping_add(away);
        }
    }
}
