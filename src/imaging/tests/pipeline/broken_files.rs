//! Files broken at random, which the stories about uploads try, too.

/// How many broken files to try; a longer run is a matter of setting it.
pub fn rounds(usual: usize) -> usize {
    std::env::var("PICTURE_MUTATIONS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(usual)
}

/// Broken files without end, made from those of a folder, each with the name of the picture it was: the same ones on
/// every machine.
pub fn broken_files(pictures: &str) -> impl Iterator<Item = (String, Vec<u8>)> + use<> {
    let mut chance = Chance(2026);
    seeds(pictures).into_iter().cycle().map(move |(name, mut bytes)| {
        chance.mutate(&mut bytes);
        (name, bytes)
    })
}

/// The files of a folder by name, sorted.
pub fn seeds(pictures: &str) -> Vec<(String, Vec<u8>)> {
    let mut seeds: Vec<_> = std::fs::read_dir(pictures)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read(path).unwrap()))
        .collect();
    seeds.sort();
    seeds
}

/// Steele, Lea and Flood's SplitMix64: the same numbers on every machine.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((value ^ (value >> 31)) % most.max(1) as u64) as usize
    }

    fn mutate(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..=self.below(4) {
            // Headers are short, and most of what can go wrong is decided there.
            let reach = if self.below(2) == 0 { bytes.len().min(200) } else { bytes.len() };
            let at = self.below(reach);
            match self.below(6) {
                0 => bytes[at] ^= 1 << self.below(8),
                1 => bytes[at] = [0, 1, 0x7F, 0x80, 0xFE, 0xFF][self.below(6)],
                2 => bytes[at] = self.below(256) as u8,
                3 => bytes.truncate(at + 1),
                4 => {
                    let end = (at + 1 + self.below(40)).min(bytes.len());
                    let part = bytes[at..end].to_vec();
                    let to = self.below(bytes.len());
                    bytes.splice(to..to, part);
                }
                _ => {
                    let end = (at + 1 + self.below(20)).min(bytes.len());
                    bytes.drain(at..end);
                    if bytes.is_empty() {
                        bytes.push(0);
                    }
                }
            }
        }
    }
}
