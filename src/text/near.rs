//! Which of the names that there are somebody probably meant. Uuids are never guessed.

use std::cmp::Reverse;
use std::collections::BTreeSet;

/// As many names as a message suggests.
const SUGGESTED_MAX: usize = 3;

/// Words of fewer letters say nothing.
const LETTERS_MIN: usize = 3;

/// The names that are near to one, the nearest first; at most three.
///
/// Near is what differs in case, blanks and signs only; in a letter of three or fewer; what has the other in it; and what
/// has a word with it in common.
pub fn near<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let wanted = Folded::new(name);
    let known: BTreeSet<&str> = known.into_iter().filter(|other| !other.trim().is_empty()).collect();
    let ranked = known.into_iter().filter_map(|other| Some((wanted.distance(&Folded::new(other))?, other)));
    let mut ranked: Vec<(Distance, &str)> = ranked.collect();
    ranked.sort();
    ranked.into_iter().take(SUGGESTED_MAX).map(|(_, name)| name.to_owned()).collect()
}

/// The name that differs from one in a few letters only; `None` if none does.
pub fn respelled<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = Folded::new(name);
    let letters = |other: &'a str| match wanted.distance(&Folded::new(other))? {
        Distance::Letters(letters) => Some((letters, other)),
        Distance::Within(_) | Distance::Words(_) => None,
    };
    known.into_iter().filter_map(letters).min().map(|(_, name)| name)
}

/// How far a name is from another one, the nearest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Distance {
    /// By this many letters.
    Letters(usize),
    /// One has the other in it, and more.
    Within(usize),
    /// They have words of this many letters in common.
    Words(Reverse<usize>),
}

/// A name as it is compared.
struct Folded {
    /// In lower case, without blanks and signs.
    letters: String,
    words: BTreeSet<String>,
}

impl Folded {
    fn new(name: &str) -> Self {
        let words = name.to_lowercase();
        let words = words.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
        let words: Vec<String> = words.map(str::to_owned).collect();
        Self { letters: words.concat(), words: words.into_iter().collect() }
    }

    fn distance(&self, other: &Self) -> Option<Distance> {
        let length = |text: &str| text.chars().count();
        let (own, others) = (length(&self.letters), length(&other.letters));
        let letters = strsim::damerau_levenshtein(&self.letters, &other.letters);
        if letters == 0 || letters * LETTERS_MIN <= own.min(others) {
            return Some(Distance::Letters(letters));
        }
        let is_within = own.min(others) >= LETTERS_MIN
            && (self.letters.contains(&other.letters) || other.letters.contains(&self.letters));
        if is_within {
            return Some(Distance::Within(own.abs_diff(others)));
        }
        let common = self.words.intersection(&other.words).map(|word| length(word));
        let common: usize = common.filter(|letters| *letters >= LETTERS_MIN).sum();
        (common > 0).then_some(Distance::Words(Reverse(common)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPES: [&str; 5] = ["cpu_hours", "gpu_hours", "storage", "ram", "llm.tokens"];

    #[test]
    fn case_blanks_and_signs_make_no_difference() {
        assert_eq!(near("CPU hours", TYPES)[0], "cpu_hours");
        assert_eq!(near("LLM-Tokens", TYPES), ["llm.tokens"]);
    }

    #[test]
    fn a_letter_too_many_too_few_or_exchanged_is_near() {
        for name in ["storag", "storages", "sotrage", "storace"] {
            assert_eq!(near(name, TYPES), ["storage"], "{name}");
        }
        assert_eq!(near("cpu_hour", TYPES), ["cpu_hours", "gpu_hours"], "the nearest comes first");
    }

    #[test]
    fn a_word_in_common_is_near() {
        assert_eq!(near("CPU time", TYPES), ["cpu_hours"]);
        assert_eq!(near("Tartu", ["Tartu Ülikool", "Helsinki"]), ["Tartu Ülikool"]);
    }

    #[test]
    fn a_name_in_another_spelling_differs_in_letters_alone() {
        assert_eq!(respelled("gpu hour", TYPES), Some("gpu_hours"));
        assert_eq!(respelled("CPU time", TYPES), None);
    }

    #[test]
    fn nothing_else_is_near() {
        assert_eq!(near("network", TYPES), [""; 0]);
        assert_eq!(near("x", TYPES), [""; 0]);
        assert_eq!(near("", TYPES), [""; 0]);
        assert_eq!(near("国立計算科学研究所", ["気象シミュレーション"]), [""; 0]);
    }
}
