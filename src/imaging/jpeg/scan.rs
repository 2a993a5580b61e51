//! The scans: entropy-coded coefficients, sequential or progressive (ITU-T T.81, annexes F and G).

use crate::decode::DecodeOptions;
use crate::error::PictureError;

use super::bits::{Bits, END, HuffmanTable};
use super::header::{Component, Frame, Scan, State};
use super::idct::UNUSED;
use super::plane::{Plane, Unfinished};

/// Reads one scan into the planes, and gives the bytes after it.
pub(super) fn read<'a>(
    bytes: &'a [u8],
    frame: &Frame,
    scan: &Scan,
    state: &mut State,
    planes: &mut [Plane],
    wanted: &DecodeOptions,
) -> Result<&'a [u8], PictureError> {
    for &(_, dc, ac) in &scan.parts {
        state.tables[0][dc].make()?;
        state.tables[1][ac].make()?;
    }
    let mut reader = Reader { bits: Bits::new(bytes), predictions: [0; 4], run: 0 };
    let mut walk = McuIter { frame, scan, restart: state.restart, units: 0 };
    let codes = |class: usize, table: usize| state.tables[class][table].codes();
    if !frame.progressive {
        let tables: Result<Vec<_>, _> =
            scan.parts.iter().map(|&(_, dc, ac)| Ok((codes(0, dc)?, codes(1, ac)?))).collect();
        let tables = tables?;
        walk.blocks(&mut reader, wanted, |reader, part, column, row| {
            let (dc, ac) = tables[part];
            reader.sequential(part, dc, ac, &mut planes[scan.parts[part].0], column, row)
        })?;
    } else if scan.first == 0 && scan.high == 0 {
        let tables: Result<Vec<_>, _> = scan.parts.iter().map(|&(_, dc, _)| codes(0, dc)).collect();
        let tables = tables?;
        walk.blocks(&mut reader, wanted, |reader, part, column, row| {
            let difference = tables[part].difference(&mut reader.bits)?;
            reader.predictions[part] = reader.predictions[part].wrapping_add(difference);
            let value = reader.predictions[part].wrapping_shl(scan.low);
            planes[scan.parts[part].0].unfinished(column, row).set(0, value);
            Ok(())
        })?;
    } else if scan.first == 0 {
        walk.blocks(&mut reader, wanted, |reader, part, column, row| {
            reader.bits.fill();
            if reader.bits.take(1) != 0 {
                planes[scan.parts[part].0].unfinished(column, row).refine(0, 1 << scan.low);
            }
            Ok(())
        })?;
    } else {
        let (component, _, ac) = scan.parts[0];
        let (ac, plane) = (codes(1, ac)?, &mut planes[component]);
        walk.blocks(&mut reader, wanted, |reader, _, column, row| match scan.high {
            0 => reader.first(ac, scan, plane, column, row),
            _ => reader.refine_ac(ac, scan, plane.unfinished(column, row)),
        })?;
    }
    reader.bits.check()?;
    Ok(reader.bits.rest())
}

/// Blocks that a scan visits.
pub(super) fn visits(frame: &Frame, scan: &Scan) -> u64 {
    let walk = McuIter { frame, scan, restart: 0, units: 0 };
    let (across, down, each) = walk.extent();
    u64::from(across) * u64::from(down) * each
}

/// The order of blocks in a scan.
struct McuIter<'a> {
    frame: &'a Frame,
    scan: &'a Scan,
    restart: u32,
    units: u32,
}

impl McuIter<'_> {
    fn part(&self, index: usize) -> &Component {
        &self.frame.components[self.scan.parts[index].0]
    }

    /// Units across and down, and blocks in each: of a single component one, and no padding (A.2.2, A.2.3).
    fn extent(&self) -> (u32, u32, u64) {
        let (across, down) = self.frame.mcu();
        if self.scan.parts.len() == 1 {
            let component = self.part(0);
            let columns = (self.frame.width * component.across).div_ceil(across * 8);
            (columns, (self.frame.height * component.down).div_ceil(down * 8), 1)
        } else {
            let blocks = (0..self.scan.parts.len()).map(|index| self.part(index).across * self.part(index).down);
            (
                self.frame.width.div_ceil(across * 8),
                self.frame.height.div_ceil(down * 8),
                u64::from(blocks.sum::<u32>()),
            )
        }
    }

    fn blocks<'b>(
        &mut self,
        reader: &mut Reader<'b>,
        wanted: &DecodeOptions,
        mut block: impl FnMut(&mut Reader<'b>, usize, usize, usize) -> Result<(), PictureError>,
    ) -> Result<(), PictureError> {
        let (columns, rows, _) = self.extent();
        let alone = self.scan.parts.len() == 1;
        for row in 0..rows as usize {
            for column in 0..columns as usize {
                self.restart(reader)?;
                if alone {
                    block(reader, 0, column, row)?;
                    continue;
                }
                for part in 0..self.scan.parts.len() {
                    let (across, down) = (self.part(part).across as usize, self.part(part).down as usize);
                    for y in 0..down {
                        for x in 0..across {
                            block(reader, part, column * across + x, row * down + y)?;
                        }
                    }
                }
            }
            reader.bits.check()?;
            wanted.check_cancelled()?;
        }
        Ok(())
    }

    #[inline]
    fn restart(&mut self, reader: &mut Reader) -> Result<(), PictureError> {
        if self.restart > 0 {
            if self.units == self.restart {
                reader.bits.restart()?;
                reader.predictions = [0; 4];
                reader.run = 0;
                self.units = 0;
            }
            self.units += 1;
        }
        Ok(())
    }
}

struct Reader<'a> {
    bits: Bits<'a>,
    predictions: [i32; 4],
    /// Blocks still to come in which this scan has nothing new.
    run: u32,
}

impl Reader<'_> {
    #[inline]
    fn sequential(
        &mut self,
        part: usize,
        dc: &HuffmanTable,
        ac: &HuffmanTable,
        plane: &mut Plane,
        column: usize,
        row: usize,
    ) -> Result<(), PictureError> {
        let (slots, scales) = (&plane.layout.slots, &plane.layout.scales);
        let mut block = [0.0; 65];
        self.predictions[part] = self.predictions[part].wrapping_add(dc.difference(&mut self.bits)?);
        block[0] = self.predictions[part] as f32 * scales[0];
        let (mut index, mut flat) = (1, true);
        while index < 64 {
            let (run, value) = ac.coefficient(&mut self.bits)?;
            index += run as usize;
            if index > 63 {
                if run == END {
                    break;
                }
                return Err(PictureError::Damaged);
            }
            let slot = slots[index];
            flat &= slot == UNUSED;
            block[usize::from(slot.min(UNUSED))] = value as f32 * scales[index];
            index += 1;
        }
        plane.put(column, row, &block, flat);
        Ok(())
    }

    #[inline]
    fn first(
        &mut self,
        ac: &HuffmanTable,
        scan: &Scan,
        plane: &mut Plane,
        column: usize,
        row: usize,
    ) -> Result<(), PictureError> {
        if self.run > 0 {
            self.run -= 1;
            return Ok(());
        }
        let mut block = plane.unfinished(column, row);
        let mut index = scan.first;
        while index <= scan.last {
            self.bits.fill();
            let symbol = ac.symbol(&mut self.bits)?;
            let (run, size) = (symbol >> 4, symbol & 15);
            if size == 0 && run < 15 {
                self.run = (1 << run) - 1 + self.bits.take(run);
                break;
            }
            index += run as usize;
            if index > 63 {
                return Err(PictureError::Damaged);
            }
            if size > 0 {
                block.set(index, self.bits.signed(size) << scan.low);
            }
            index += 1;
        }
        Ok(())
    }

    #[inline]
    fn refine_ac(&mut self, ac: &HuffmanTable, scan: &Scan, mut block: Unfinished) -> Result<(), PictureError> {
        let bit = 1i16 << scan.low;
        let mut index = scan.first;
        while self.run == 0 && index <= scan.last {
            self.bits.fill();
            let symbol = ac.symbol(&mut self.bits)?;
            let (mut zeros, size) = (symbol >> 4, symbol & 15);
            let mut value = 0;
            if size > 0 {
                value = if self.bits.take(1) != 0 { i32::from(bit) } else { -i32::from(bit) };
            } else if zeros < 15 {
                self.run = (1 << zeros) + self.bits.take(zeros);
                break;
            }
            while index <= scan.last {
                if *block.seen >> index & 1 != 0 {
                    self.refine_coefficient(&mut block, index, bit);
                } else if zeros == 0 {
                    break;
                } else {
                    zeros -= 1;
                }
                index += 1;
            }
            if value != 0 {
                if index > scan.last {
                    return Err(PictureError::Damaged);
                }
                block.set(index, value);
            }
            index += 1;
        }
        if self.run > 0 {
            self.run -= 1;
            if index <= scan.last {
                let mut left = *block.seen & (u64::MAX >> (63 - scan.last)) & (u64::MAX << index);
                while left != 0 {
                    self.refine_coefficient(&mut block, left.trailing_zeros() as usize, bit);
                    left &= left - 1;
                }
            }
        }
        Ok(())
    }

    #[inline]
    fn refine_coefficient(&mut self, block: &mut Unfinished, index: usize, bit: i16) {
        self.bits.fill();
        if self.bits.take(1) != 0 {
            block.refine(index, bit);
        }
    }
}
