//! Entropy-coded bits and the Huffman codes in them (ITU-T T.81, annexes B, C and F).

use crate::error::PictureError;

/// Codes of up to this many bits, together with the number that follows them, are found by one look-up.
const LOOK: u32 = 10;

/// Reads bits up to the next marker. Past it come zeros, which are counted, so that a caller can tell.
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
    /// The next bits, first one highest.
    window: u64,
    /// How many of `window`'s bits count.
    held: u32,
    /// How many of the held bits are not from the file. They are the last ones.
    padding_bits: u32,
}

impl<'a> Bits<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Bits<'a> {
        Bits { bytes, at: 0, window: 0, held: 0, padding_bits: 0 }
    }

    /// Makes at least 32 bits available, enough for the longest code and the longest number after it.
    #[inline]
    pub(super) fn fill(&mut self) {
        if self.held >= 32 {
            return;
        }
        // Eight bytes at once where none is 0xFF, the only byte with a second meaning. Bits that don't fit
        // are read again next time, into the same place.
        if let Some(next) = self.bytes[self.at..].first_chunk::<8>() {
            let next = u64::from_be_bytes(*next);
            let inverted = !next;
            if inverted.wrapping_sub(0x0101_0101_0101_0101) & next & 0x8080_8080_8080_8080 == 0 {
                self.window |= next >> self.held;
                self.at += ((63 - self.held) / 8) as usize;
                self.held |= 56;
                return;
            }
        }
        self.fill_slowly();
    }

    #[cold]
    fn fill_slowly(&mut self) {
        while self.held <= 56 {
            let byte = match self.bytes[self.at..] {
                [0xFF, 0x00, ..] => {
                    self.at += 2;
                    0xFF
                }
                [byte, ..] if byte != 0xFF => {
                    self.at += 1;
                    byte
                }
                _ => {
                    self.padding_bits += 8;
                    0
                }
            };
            // What the quick way left beyond `held` is this same byte's beginning.
            let shift = 56 - self.held;
            self.window = self.window & !(0xFF << shift) | u64::from(byte) << shift;
            self.held += 8;
        }
    }

    #[inline]
    fn skip(&mut self, count: u32) {
        self.window <<= count;
        self.held -= count;
    }

    /// The next `count` bits, 0 to 16, of those that [`fill`](Bits::fill) made available.
    #[inline]
    pub(super) fn take(&mut self, count: u32) -> u32 {
        let value = (self.window >> 32 >> (32 - count)) as u32;
        self.skip(count);
        value
    }

    /// A signed number of `count` bits (F.2.2.1, EXTEND).
    #[inline]
    pub(super) fn signed(&mut self, count: u32) -> i32 {
        extend(self.take(count), count)
    }

    /// Errs when bits were read that the file doesn't have.
    pub(super) fn check(&self) -> Result<(), PictureError> {
        if self.held < self.padding_bits { Err(PictureError::Damaged) } else { Ok(()) }
    }

    /// Steps over a restart marker, which must be what comes next.
    pub(super) fn restart(&mut self) -> Result<(), PictureError> {
        self.check()?;
        let rest = self.rest();
        match rest {
            [0xFF, 0xD0..=0xD7, after @ ..] => {
                *self = Bits::new(after);
                Ok(())
            }
            _ => Err(PictureError::Damaged),
        }
    }

    /// The bytes from the next marker on.
    pub(super) fn rest(&self) -> &'a [u8] {
        // Whole bytes that were held but not used come before the marker, so nothing is lost by not going back.
        next_marker(&self.bytes[self.at..])
    }
}

/// The bytes from the next marker on, or none. What comes before it is passed over, as libjpeg does: cameras leave
/// stray bytes between segments.
pub(super) fn next_marker(mut bytes: &[u8]) -> &[u8] {
    while let Some(next) = bytes.iter().position(|&byte| byte == 0xFF) {
        bytes = &bytes[next..];
        match bytes {
            [0xFF, 0x00, ..] => bytes = &bytes[2..],
            [0xFF, 0xFF, ..] => bytes = &bytes[1..],
            _ => return bytes,
        }
    }
    &[]
}

fn extend(bits: u32, count: u32) -> i32 {
    if count == 0 || bits >> (count - 1) != 0 { bits as i32 } else { bits as i32 - (1 << count) + 1 }
}

/// A Huffman code's table.
pub(super) struct HuffmanTable {
    /// By the next [`LOOK`] bits: number << 16 | run << 8 | length of all; 0 where that isn't enough bits.
    quick: Box<[i32; 1 << LOOK]>,
    /// By the next [`LOOK`] bits: symbol << 8 | length of the code; 0 where the code is longer.
    symbols: Box<[u16; 1 << LOOK]>,
    /// For each length, the code after its last one, as 16 bits; and what to add for the index into `values`.
    limits: [(u32, i32); 17],
    values: Vec<u8>,
}

/// In [`HuffmanTable::coefficient`]'s run: the block ends here.
pub(super) const END: u32 = 64;

impl HuffmanTable {
    /// The table of these counts of codes by length, and their symbols in order.
    pub(super) fn new(counts: &[u8; 16], values: &[u8]) -> Result<HuffmanTable, PictureError> {
        let mut codes = HuffmanTable {
            quick: Box::new([0; 1 << LOOK]),
            symbols: Box::new([0; 1 << LOOK]),
            limits: [(0, 0); 17],
            values: values.to_vec(),
        };
        let (mut code, mut index) = (0u32, 0usize);
        for length in 1..=16u32 {
            let count = usize::from(counts[length as usize - 1]);
            codes.limits[length as usize].1 = index as i32 - code as i32;
            for _ in 0..count {
                let symbol = *values.get(index).ok_or(PictureError::Damaged)?;
                if code >= 1 << length {
                    return Err(PictureError::Damaged);
                }
                if length <= LOOK {
                    codes.enter(code, length, symbol);
                }
                code += 1;
                index += 1;
            }
            codes.limits[length as usize].0 = code << (16 - length);
            code <<= 1;
        }
        Ok(codes)
    }

    fn enter(&mut self, code: u32, length: u32, symbol: u8) {
        let spare = LOOK - length;
        let (run, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
        for tail in 0..1u32 << spare {
            let at = (code << spare | tail) as usize;
            self.symbols[at] = u16::from(symbol) << 8 | length as u16;
            if symbol == 0 {
                self.quick[at] = (END << 8 | length) as i32;
            } else if size > 0 && size <= spare {
                let number = extend(tail >> (spare - size), size);
                self.quick[at] = number << 16 | (run << 8 | (length + size)) as i32;
            }
        }
    }

    /// The next symbol.
    #[inline]
    pub(super) fn symbol(&self, bits: &mut Bits) -> Result<u32, PictureError> {
        let entry = u32::from(self.symbols[(bits.window >> (64 - LOOK)) as usize]);
        if entry != 0 {
            bits.skip(entry & 0xFF);
            return Ok(entry >> 8);
        }
        let next = (bits.window >> 48) as u32;
        for length in LOOK + 1..=16 {
            let (limit, offset) = self.limits[length as usize];
            if next < limit {
                bits.skip(length);
                let index = (next >> (16 - length)) as i32 + offset;
                return self.values.get(index as usize).map(|&symbol| u32::from(symbol)).ok_or(PictureError::Damaged);
            }
        }
        Err(PictureError::Damaged)
    }

    /// The next run of zeros and the number after it, of a sequential picture; a run of [`END`] is the end.
    /// A number of 0 only ever comes with a run of 15, which then stands for 16 zeros.
    #[inline]
    pub(super) fn coefficient(&self, bits: &mut Bits) -> Result<(u32, i32), PictureError> {
        bits.fill();
        let entry = self.quick[(bits.window >> (64 - LOOK)) as usize];
        if entry != 0 {
            bits.skip(entry as u32 & 0x3F);
            return Ok((entry as u32 >> 8 & 0xFF, entry >> 16));
        }
        let symbol = self.symbol(bits)?;
        match (symbol >> 4, symbol & 15) {
            (15, 0) => Ok((15, 0)),
            (_, 0) => Ok((END, 0)),
            (run, size) => Ok((run, bits.signed(size))),
        }
    }

    /// The next difference of two DC values.
    #[inline]
    pub(super) fn difference(&self, bits: &mut Bits) -> Result<i32, PictureError> {
        bits.fill();
        let size = self.symbol(bits)?;
        if size > 15 {
            return Err(PictureError::Damaged);
        }
        Ok(bits.signed(size))
    }
}
