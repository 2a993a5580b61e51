//! The fast engine against the `argon2` crate, over random inputs of every kind.

use crate::worker_pool::WorkerState as _;

use super::*;
use crate::passwords::engine::Engine;

/// SplitMix64: inputs that are random and the same each time.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn between(&mut self, least: u32, most: u32) -> u32 {
        least + u32::try_from(self.next() % u64::from(most - least + 1)).unwrap()
    }

    fn bytes(&mut self, least: u32, most: u32) -> Vec<u8> {
        (0..self.between(least, most)).map(|_| self.next().to_le_bytes()[0]).collect()
    }

    fn recipe(&mut self) -> Argon2Params {
        let lanes = self.between(1, 4);
        let data = argon2::AssociatedData::new(&self.bytes(0, 32)).unwrap();
        let params = argon2::ParamsBuilder::new()
            .m_cost(self.between(8 * lanes, 8 * lanes + 160))
            .t_cost(self.between(1, 4))
            .p_cost(lanes)
            .data(data)
            .build()
            .unwrap();
        let algorithms = [Algorithm::Argon2d, Algorithm::Argon2i, Algorithm::Argon2id];
        let versions = [Version::V0x10, Version::V0x13];
        Argon2Params {
            algorithm: algorithms[self.between(0, 2) as usize],
            version: versions[self.between(0, 1) as usize],
            params,
        }
    }
}

fn agree(fast: &mut argon2_rust::Hasher, recipe: &Argon2Params, chance: &mut Chance, lengths: (u32, u32)) {
    let password = chance.bytes(0, 300);
    let salt = chance.bytes(8, 64);
    let length = chance.between(lengths.0, lengths.1) as usize;
    let (mut ours, mut theirs) = (vec![0; length], vec![1; length]);
    derive_fast(fast, recipe, &password, &salt, &mut ours).unwrap();
    derive_slow(recipe, &password, &salt, &mut theirs).unwrap();
    assert_eq!(ours, theirs, "{:?} {:?}", recipe.algorithm, recipe.params);
}

#[test]
fn it_agrees_with_the_argon2_crate_over_ten_thousand_small_inputs() {
    let mut fast = fast_hasher();
    let mut chance = Chance(1815);
    for _ in 0..10_000 {
        let recipe = chance.recipe();
        agree(&mut fast, &recipe, &mut chance, (4, 140));
    }
}

#[test]
fn it_agrees_with_the_argon2_crate_at_full_size() {
    let mut fast = fast_hasher();
    let mut chance = Chance(1843);
    for _ in 0..50 {
        agree(&mut fast, &Argon2Params::CURRENT, &mut chance, (32, 32));
    }
}

#[test]
fn the_known_tag_is_that_of_the_argon2_crate() {
    let (password, salt, known) = KNOWN;
    let mut tag = [0; 32];
    derive_slow(&Argon2Params::CURRENT, password, salt, &mut tag).unwrap();
    assert_eq!(tag, known);
}

#[test]
fn the_self_check_passes_here_and_the_engine_is_the_fast_one() {
    assert!(self_check(&mut fast_hasher()));
    assert!(Engine::new().fast.is_some());
}

#[test]
fn without_the_fast_engine_the_answers_are_the_same() {
    let (password, salt, known) = KNOWN;
    let mut tag = [0; 32];
    let mut engine = Engine { fast: None };
    engine.derive(&Argon2Params::CURRENT, password, salt, &mut tag).unwrap();
    assert_eq!(tag, known);
    assert!(!engine.keeps_memory());
}

#[test]
fn memory_is_kept_until_it_is_released() {
    let mut engine = Engine::new();
    let mut tag = [0; 32];
    engine.derive(&Argon2Params::CURRENT, b"password", b"sixteen bytes it", &mut tag).unwrap();
    assert!(engine.keeps_memory());
    engine.release_memory();
    assert!(!engine.keeps_memory());
}

#[test]
fn impossible_input_is_an_error() {
    let mut engine = Engine::new();
    let derived = engine.derive(&Argon2Params::CURRENT, b"password", b"short", &mut [0; 32]);
    assert_eq!(derived, Err(argon2::Error::SaltTooShort));
}
