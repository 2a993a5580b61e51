//! The keys of sentences. Those that stand in templates and in the code as they are, are looked for as the program is
//! compiled: one that no sentence has does not compile, and none is looked for while a page is rendered.

use std::cmp::Ordering;

/// All of them, in order: each has the same index in every language.
pub(super) static KEYS: &[&str] = &include!(concat!(env!("OUT_DIR"), "/keys.rs"));

/// The key of a sentence that there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key(pub(super) usize);

impl Key {
    /// The key of this name, by binary search.
    pub const fn find(name: &str) -> Option<Key> {
        let (mut from, mut to) = (0, KEYS.len());
        while from < to {
            let middle = usize::midpoint(from, to);
            match compare(KEYS[middle].as_bytes(), name.as_bytes()) {
                Ordering::Less => from = middle + 1,
                Ordering::Equal => return Some(Key(middle)),
                Ordering::Greater => to = middle,
            }
        }
        None
    }
}

/// The order of two texts. That of `Ord` is not for constants.
const fn compare(one: &[u8], other: &[u8]) -> Ordering {
    let mut index = 0;
    while index < one.len() && index < other.len() {
        if one[index] != other[index] {
            return if one[index] < other[index] { Ordering::Less } else { Ordering::Greater };
        }
        index += 1;
    }
    if one.len() == other.len() {
        Ordering::Equal
    } else if one.len() < other.len() {
        Ordering::Less
    } else {
        Ordering::Greater
    }
}

/// The key of a sentence, found as the program is compiled.
macro_rules! key {
    ($name:literal) => {
        const {
            match $crate::language::Key::find($name) {
                Some(key) => key,
                None => panic!(concat!("no sentence has the key ", $name)),
            }
        }
    };
}

/// What names a sentence: its key, or a name that is put together as the program runs.
pub trait Named {
    /// The key, if there is a sentence of this name.
    fn key(&self) -> Option<Key>;
    /// The name.
    fn name(&self) -> &str;
}

impl Named for Key {
    fn key(&self) -> Option<Key> {
        Some(*self)
    }

    fn name(&self) -> &str {
        KEYS.get(self.0).copied().unwrap_or_default()
    }
}

impl Named for str {
    fn key(&self) -> Option<Key> {
        Key::find(self)
    }

    fn name(&self) -> &str {
        self
    }
}

impl Named for String {
    fn key(&self) -> Option<Key> {
        Key::find(self)
    }

    fn name(&self) -> &str {
        self
    }
}

impl<T: Named + ?Sized> Named for &T {
    fn key(&self) -> Option<Key> {
        (**self).key()
    }

    fn name(&self) -> &str {
        (**self).name()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_found_at_its_place_and_nothing_else_is() {
        for (index, name) in KEYS.iter().enumerate() {
            assert_eq!(Key::find(name), Some(Key(index)), "{name}");
            for other in [format!("{name}-"), format!("{name}0"), name[..name.len() - 1].to_owned()] {
                assert_eq!(Key::find(&other).is_some(), KEYS.contains(&other.as_str()), "{other}");
            }
        }
        assert_eq!(Key::find(""), None);
        assert_eq!(Key::find("\u{10FFFF}"), None);
    }

    #[test]
    fn a_key_knows_its_name() {
        assert_eq!(key!("nav-profile").name(), "nav-profile");
    }
}
