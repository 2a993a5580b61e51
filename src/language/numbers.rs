//! Numbers as people write them.

use super::{Language, Words};

impl Words {
    /// A number, its digits in groups of three.
    pub fn number(&self, number: u64) -> String {
        let between = match self.language() {
            Language::English => ',',
            // A space that does not break.
            Language::Russian => '\u{a0}',
        };
        let digits = number.to_string();
        let mut grouped = String::new();
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                grouped.push(between);
            }
            grouped.push(digit);
        }
        grouped
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_stand_in_groups_of_three() {
        let words = Language::English.words();
        assert_eq!([0, 999, 1_284, 1_000_000].map(|number| words.number(number)), ["0", "999", "1,284", "1,000,000"]);
        assert_eq!(Language::Russian.words().number(1_284), "1\u{a0}284");
    }
}
