//! Files by the numbers in their names: those that are there tell which are not.

use std::collections::BTreeMap;

use super::source::{Source, Sources};
use crate::report::grouped;

/// As many gaps as a person reads.
const GAPS_SHOWN_MAX: usize = 5;

/// What the numbers of a dump's files say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Numbering {
    /// This many pages are not there, in words.
    Missing(u64, String),
    /// The numbers are no count of pages, so that it cannot be told whether any are missing; in words.
    Unnumbered(String),
}

/// What the numbers of a dump's files say about pages that are not there. `records` has those of each file.
pub fn check(sources: &Sources, dump: usize, records: &[u64]) -> Vec<Numbering> {
    let mut series: BTreeMap<&str, Series> = BTreeMap::new();
    for (source, records) in sources.files.iter().zip(records).filter(|(source, _)| source.dump == dump) {
        if let Some((prefix, digits)) = number_of(source) {
            series.entry(prefix).or_default().push(prefix, digits, *records);
        }
    }
    let label = &sources.dumps[dump].label;
    series.iter().filter_map(|(prefix, series)| series.judge(label, prefix)).collect()
}

/// A name without its endings and the digits that it ends in, and these digits.
fn number_of(source: &Source) -> Option<(&str, &str)> {
    let stem = source.name()?.split('.').next()?;
    let prefix = stem.trim_end_matches(|character: char| character.is_ascii_digit());
    let digits = &stem[prefix.len()..];
    // Writers of Parquet number their parts, and leave out those without a row.
    let is_part = prefix.to_ascii_lowercase().trim_end_matches(['-', '_']).ends_with("part");
    (!digits.is_empty() && !is_part).then_some((prefix, digits))
}

/// Files whose names differ in a number.
#[derive(Default)]
struct Series {
    numbers: Vec<u64>,
    /// How many numbers are days, months or times.
    times: usize,
    /// The records of the largest file.
    page_records: u64,
}

impl Series {
    fn push(&mut self, prefix: &str, digits: &str, records: u64) {
        self.times += usize::from(is_time(prefix, digits));
        // A number too large to be one is no count of pages, as a time is none.
        self.numbers.push(digits.parse().unwrap_or(u64::MAX));
        self.page_records = self.page_records.max(records);
    }

    fn judge(&self, label: &str, prefix: &str) -> Option<Numbering> {
        if self.times == self.numbers.len() {
            return None;
        }
        let mut numbers = self.numbers.clone();
        numbers.sort_unstable();
        numbers.dedup();
        let step = self.step(&numbers);
        let is_gap = |pair: &&[u64]| pair[1] - pair[0] > step;
        let gaps: Vec<(u64, u64)> =
            numbers.windows(2).filter(is_gap).map(|pair| (pair[0] + step, pair[1] - step)).collect();
        let count: u64 = gaps.iter().map(|(first, last)| (last - first) / step + 1).sum();
        let (first, last) = (numbers.first()?, numbers.last()?);
        if count == 0 {
            return None;
        }
        let is_page = prefix.to_ascii_lowercase().contains("page");
        if !is_page && count > self.numbers.len() as u64 {
            return Some(Numbering::Unnumbered(format!(
                "{label}: the {} files named {prefix:?} and a number look unnumbered ({first} to {last}), so missing \
                 pages were not checked.",
                grouped(self.numbers.len() as u64),
            )));
        }
        let are = if count == 1 { "1 page is".to_owned() } else { format!("{} pages are", grouped(count)) };
        let text = format!(
            "{label}: {are} missing among pages {first} to {last} ({}): fetch them, or the dump again.",
            described(&gaps, step)
        );
        Some(Numbering::Missing(count, text))
    }

    /// From one page to the next: the records of a page where pages are numbered by the records before them, else 1.
    fn step(&self, numbers: &[u64]) -> u64 {
        let steps = || numbers.windows(2).map(|pair| pair[1] - pair[0]);
        let Some(step) = steps().min().filter(|step| *step > 1) else { return 1 };
        // The first page of the portal is 1, the first offset is 0; page sizes are round.
        let is_offset = step == self.page_records || (numbers[0] == 0 && step % 10 == 0);
        if is_offset && steps().all(|other| other % step == 0) { step } else { 1 }
    }
}

/// Whether a number is a day, a month or a time, alone or with what stands before it: `20261031`, `2026-10-31`.
fn is_time(prefix: &str, digits: &str) -> bool {
    let number = |text: &str| text.parse::<u32>().unwrap_or_default();
    let is_date = |text: &str| {
        let (year, rest) = text.split_at_checked(4).unwrap_or(("", ""));
        let (month, day) = rest.split_at_checked(2).unwrap_or(("", ""));
        (1990..2100).contains(&number(year))
            && (1..=12).contains(&number(month))
            && (day.is_empty() || (day.len() >= 2 && (1..=31).contains(&number(&day[..2]))))
    };
    // With the digits before it: of `2026-10-` or `20261031`, and of a day and a time as `2026-10-31T`.
    let whole = |width: usize| {
        let before: String = prefix.chars().rev().take(width).filter(char::is_ascii_digit).collect();
        before.chars().rev().collect::<String>() + digits
    };
    let is_whole_date = |width: usize| whole(width).len() >= 6 && is_date(&whole(width));
    let is_year = !prefix.to_ascii_lowercase().contains("page")
        && digits.len() == 4
        && (1990..2100).contains(&number(digits));
    // Seconds or milliseconds since 1970.
    let is_epoch = matches!(digits.len(), 10 | 13) && digits.starts_with(['1', '2']);
    is_year || is_epoch || [0, 8, 9, 11].into_iter().any(is_whole_date)
}

/// `3 to 4, 6`
fn described(gaps: &[(u64, u64)], step: u64) -> String {
    let gap = |(first, last): &(u64, u64)| match first == last {
        true => first.to_string(),
        false if step > 1 => format!("{first} to {last} by {step}"),
        false => format!("{first} to {last}"),
    };
    let shown: Vec<String> = gaps.iter().take(GAPS_SHOWN_MAX).map(gap).collect();
    match gaps.len().saturating_sub(GAPS_SHOWN_MAX) {
        0 => shown.join(", "),
        1 => format!("{} and 1 more gap", shown.join(", ")),
        more => format!("{} and {more} more gaps", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said of files of these names, with so many records each.
    fn said(names: &str, records: u64) -> String {
        let folder = tempfile::tempdir().unwrap();
        let names: Vec<&str> = names.split(' ').collect();
        names.iter().for_each(|name| std::fs::write(folder.path().join(name), "[]").unwrap());
        let sources = super::super::source::list(&[folder.path().display().to_string()]).unwrap();
        let said = |numbering: &Numbering| match numbering {
            Numbering::Missing(count, text) => {
                let described = &text[text.find('(').unwrap() + 1..text.find(')').unwrap()];
                format!("{count} missing: {described}")
            }
            Numbering::Unnumbered(_) => "unnumbered".to_owned(),
        };
        let numberings = check(&sources, 0, &vec![records; sources.files.len()]);
        numberings.iter().map(said).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn pages_by_their_numbers() {
        assert_eq!(said("page-1.json page-2.json", 3), "");
        assert_eq!(said("page-1.json page-4.json page-6.json", 3), "3 missing: 2 to 3, 5");
        assert_eq!(said("page-1.json page-900.json", 3), "898 missing: 2 to 899");
        assert_eq!(said("usage_page1.json.gz usage_page3.json.gz", 3), "1 missing: 2");
        assert_eq!(said("oct-1.json oct-2.json oct-4.json nov-1.json nov-2.json", 3), "1 missing: 3");
        assert_eq!(said("customer-17.json customer-9000.json", 3), "unnumbered");
        assert_eq!(said("part-00000.parquet part-00007.parquet", 3), "");
    }

    #[test]
    fn offsets_are_no_numbers_of_pages_but_tell_of_gaps() {
        assert_eq!(said("page-0.json page-300.json", 1), "");
        assert_eq!(said("page-7.json page-14.json page-21.json", 7), "");
        assert_eq!(said("page-0.json page-100.json page-400.json", 100), "2 missing: 200 to 300 by 100");
        assert_eq!(said("page-1.json page-301.json page-601.json", 300), "");
        assert_eq!(said("page-2.json page-4.json", 300), "1 missing: 3");
    }

    #[test]
    fn days_months_and_times_are_no_numbers_of_pages() {
        for names in [
            "page-20261001.json page-20261005.json",
            "page-2026-10-01.json page-2026-10-05.json",
            "usage-2026-08.json usage-2026-10.json",
            "page_202608.json page_202610.json",
            "usage-2024.json usage-2026.json",
            "dump-1793230200.json dump-1793233800.json",
            "dump-20261031T120000.json dump-20261031T130000.json",
        ] {
            assert_eq!(said(names, 3), "", "{names}");
        }
    }
}
