//! Pages by the numbers in their names: those that are there tell which are not.

use super::source::Sources;
use crate::report::grouped;

/// As many gaps as a person reads.
const GAPS_SHOWN_MAX: usize = 5;

/// How many pages of a dump lie missing between the pages that are there, in words.
pub fn missing(sources: &Sources, dump: usize) -> Option<(u64, String)> {
    let files = sources.files.iter().filter(|file| file.dump == dump);
    let mut numbers: Vec<u64> = files.filter_map(|file| file.page_number()).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let is_gap = |pair: &&[u64]| pair[1] - pair[0] > 1;
    let gaps: Vec<(u64, u64)> =
        numbers.windows(2).filter(is_gap).map(|pair| (pair[0] + 1, pair[1] - 1)).collect();
    let count: u64 = gaps.iter().map(|(first, last)| last - first + 1).sum();
    let (first, last) = (numbers.first()?, numbers.last()?);
    (count > 0).then(|| {
        let text = format!(
            "{}: {} missing among pages {first} to {last}: {}. Fetch them, or the dump again.",
            sources.dumps[dump].label,
            if count == 1 { "1 page is".to_owned() } else { format!("{} pages are", grouped(count)) },
            described(&gaps),
        );
        (count, text)
    })
}

/// `3 to 4, 6`
fn described(gaps: &[(u64, u64)]) -> String {
    let gap = |(first, last): &(u64, u64)| match first == last {
        true => first.to_string(),
        false => format!("{first} to {last}"),
    };
    let shown: Vec<String> = gaps.iter().take(GAPS_SHOWN_MAX).map(gap).collect();
    match gaps.len().saturating_sub(GAPS_SHOWN_MAX) {
        0 => shown.join(", "),
        1 => format!("{} and 1 more gap", shown.join(", ")),
        more => format!("{} and {more} more gaps", shown.join(", ")),
    }
}
