//! Files by the numbers in their names: those that are there tell which are not.

use std::collections::BTreeMap;
use std::ops::Range;

use super::source::{Source, Sources};
use crate::ingest::notes::doing;
use crate::text::grouped;

/// As many gaps as a person reads.
const GAPS_SHOWN_MAX: usize = 5;

/// What the numbers of a dump's files say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Numbering {
    /// This many pages are not there, in words.
    Missing(u64, String),
    /// The numbers are no count of pages, so that it cannot be told whether any are missing; in words.
    Unnumbered(String),
}

/// What the numbers of a dump's files say about pages that are not there. `records` has those of each file.
pub(crate) fn check(sources: &Sources, dump: usize, records: &[u64]) -> Vec<Numbering> {
    let names_where = |is_taken: &dyn Fn(&Source) -> bool, is_folder: bool| {
        let files = sources.files.iter().zip(records).filter(|(source, _)| is_taken(source));
        let names = files.filter_map(|(source, records)| Some((name_of(source)?, *records)));
        names.filter(|(name, _)| name.is_folder == is_folder).collect::<Vec<_>>()
    };
    let mut named = names_where(&|source| source.dump == dump, false);
    if !names_where(&|source| source.dump == dump, true).is_empty() {
        named.extend(names_where(&|_| true, true));
    }
    let mut series: BTreeMap<(String, String), Series> = BTreeMap::new();
    for (name, records) in &named {
        series.entry(name.exact()).or_default().push(name, *records);
    }
    // Pages with the time of their download in their names are one series, too.
    if series.len() > 1 && series.values().all(|series| series.is_named && series.numbers.len() == 1) {
        series = BTreeMap::new();
        for (name, records) in &named {
            series.entry(name.general()).or_default().push(name, *records);
        }
    }
    // Folders of one page each are dumps of their own: the first one tells of all.
    let first_in = |parent: &str| {
        let is_in = |source: &&Source| {
            name_of(source).is_some_and(|name| name.is_folder && name.before.starts_with(parent))
        };
        sources.files.iter().find(is_in).map(|source| source.dump)
    };
    let is_told = |series: &Series, prefix: &str| !series.is_folder || first_in(prefix) == Some(dump);
    let told = series.iter().filter(|((prefix, _), series)| is_told(series, prefix));
    told.filter_map(|((prefix, suffix), series)| {
        let (label, shown) = match prefix.rsplit_once('/').filter(|_| series.is_folder) {
            Some((parent, name)) => (parent, name),
            None => (sources.dumps[dump].label.as_str(), prefix.as_str()),
        };
        series.judge(label, shown, suffix)
    })
    .collect()
}

/// A name, split at the number that counts pages.
struct Name<'a> {
    before: &'a str,
    digits: &'a str,
    after: &'a str,
    count: Count,
    /// The number is in the name of the file's folder: `page=1/data.json`.
    is_folder: bool,
}

/// What a number in a name counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Count {
    Pages,
    /// The records before the page.
    Records,
    /// It is not said.
    #[default]
    Unknown,
}

impl<'a> Name<'a> {
    fn at(text: &'a str, number: Range<usize>, count: Count) -> Self {
        let (before, digits, after) = (&text[..number.start], &text[number.clone()], &text[number.end..]);
        Self { before, digits, after, count, is_folder: false }
    }

    /// The number after "page", else after "offset", else the one before "of" a number, else the last one that is no
    /// time, else the last one.
    fn of(stem: &'a str) -> Option<Self> {
        if let Some(number) = number_after(stem, "page") {
            return Some(Self::at(stem, number, Count::Pages));
        }
        if let Some(number) = number_after(stem, "offset") {
            return Some(Self::at(stem, number, Count::Records));
        }
        let numbers = numbers_in(stem);
        let is_of =
            |number: &&Range<usize>| Self::at(stem, (*number).clone(), Count::Unknown).pages().is_some();
        if let Some(number) = numbers.iter().find(is_of) {
            return Some(Self::at(stem, number.clone(), Count::Unknown));
        }
        let is_no_time = |number: &&Range<usize>| !is_time(&stem[..number.start], &stem[(*number).clone()]);
        let number = numbers.iter().rev().find(is_no_time).or(numbers.last())?.clone();
        Some(Self::at(stem, number, Count::Unknown))
    }

    fn exact(&self) -> (String, String) {
        (self.before.to_owned(), self.after.to_owned())
    }

    /// Without the other numbers in it.
    fn general(&self) -> (String, String) {
        let without = |text: &str| text.chars().filter(|character| !character.is_ascii_digit()).collect();
        (without(self.before), without(self.after))
    }

    /// How many pages there are, as in `page-1-of-3`.
    fn pages(&self) -> Option<u64> {
        let after = self.after.to_ascii_lowercase();
        let rest = after.trim_start_matches(SEPARATORS);
        let rest = rest.strip_prefix("of").or(rest.strip_prefix("von"))?.trim_start_matches(SEPARATORS);
        leading_digits(rest).parse().ok()
    }

    /// How many records a page has at most, as in `offset-0-limit-4`.
    fn page_size(&self) -> Option<u64> {
        let size = |text: &str| {
            let number = ["limit", "page_size", "pagesize", "per_page"]
                .iter()
                .find_map(|word| number_after(text, word));
            number.and_then(|number| text[number].parse().ok())
        };
        size(self.after).or_else(|| size(self.before)).filter(|size| *size > 0)
    }
}

const SEPARATORS: [char; 9] = ['-', '_', '=', ' ', '(', '[', '.', ':', '#'];

/// Whether a file is called a page of a number: `page-0001.json`, `u?page=1&page_size=4`.
pub(crate) fn is_page(name: &str) -> bool {
    number_after(stem(name), "page").is_some()
}

/// A name without its endings; `.1` is none.
fn stem(name: &str) -> &str {
    let is_ending = |ending: &str| {
        ending.starts_with(|first: char| first.is_ascii_alphabetic())
            && ending.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    match name.rsplit_once('.') {
        Some((rest, ending)) if is_ending(ending) && !rest.is_empty() => stem(rest),
        _ => name,
    }
}

/// A file's name, or that of its folder where the file's has no number.
fn name_of(source: &Source) -> Option<Name<'_>> {
    let name = Name::of(stem(source.name()?));
    // Writers of Parquet number their parts, and leave out those without a row.
    let is_parquet = source.name().is_some_and(|name| name.to_ascii_lowercase().ends_with(".parquet"));
    let is_part = |name: &Name| {
        let before = name.before.to_ascii_lowercase();
        let before = before.trim_end_matches(['-', '_', '.']);
        before.ends_with("part") || (is_parquet && before == "data")
    };
    if name.as_ref().is_some_and(|name| name.count != Count::Unknown) {
        return name;
    }
    let (folder, _) = source.label.rsplit_once('/')?;
    let start = folder.rfind('/').map_or(0, |slash| slash + 1);
    let of_folder =
        [("page", Count::Pages), ("offset", Count::Records)].into_iter().find_map(|(word, count)| {
            let number = number_after(&folder[start..], word)?;
            Some(Name {
                is_folder: true,
                ..Name::at(folder, number.start + start..number.end + start, count)
            })
        });
    match (name, of_folder) {
        (None, of_folder) => of_folder,
        (name, _) => name.filter(|name| !is_part(name)),
    }
}

/// The first number after a word; one that begins a date is none.
fn number_after(text: &str, word: &str) -> Option<Range<usize>> {
    let lower = text.to_ascii_lowercase();
    let numbers = lower.match_indices(word).filter_map(|(at, _)| {
        let rest = &lower[at + word.len()..];
        let start = lower.len() - rest.trim_start_matches(SEPARATORS).len();
        let digits = leading_digits(&lower[start..]);
        let is_size =
            ["per_", "per-", "per"].iter().any(|before| lower[..at].ends_with(before)) && word == "page";
        let next =
            lower[start + digits.len()..].strip_prefix(['-', '_']).map(leading_digits).unwrap_or_default();
        let is_date = digits.len() == 4 && next.len() == 2 && is_time("", &format!("{digits}{next}"));
        (!digits.is_empty() && !is_size && !is_date).then(|| start..start + digits.len())
    });
    numbers.into_iter().next()
}

fn leading_digits(text: &str) -> &str {
    &text[..text.bytes().take_while(u8::is_ascii_digit).count()]
}

fn numbers_in(text: &str) -> Vec<Range<usize>> {
    let mut numbers: Vec<Range<usize>> = Vec::new();
    for (at, _) in text.bytes().enumerate().filter(|(_, byte)| byte.is_ascii_digit()) {
        match numbers.last_mut() {
            Some(number) if number.end == at => number.end = at + 1,
            _ => numbers.push(at..at + 1),
        }
    }
    numbers
}

/// Files whose names differ in a number.
#[derive(Default)]
struct Series {
    numbers: Vec<u64>,
    /// How many numbers are days, months or times.
    times: usize,
    /// The records of the largest file.
    page_records: u64,
    count: Count,
    /// How many pages the names say there are.
    pages: Option<u64>,
    /// The records of a page that the names say.
    page_size: Option<u64>,
    /// Whether "page" or "offset" is before the number.
    is_named: bool,
    is_folder: bool,
}

impl Series {
    fn push(&mut self, name: &Name, records: u64) {
        self.times += usize::from(is_time(name.before, name.digits));
        // A number too large to be one is no count of pages, as a time is none.
        self.numbers.push(name.digits.parse().unwrap_or(u64::MAX));
        self.page_records = self.page_records.max(records);
        self.count = name.count;
        self.is_named = name.count != Count::Unknown;
        self.is_folder = name.is_folder;
        self.pages = self.pages.max(name.pages());
        self.page_size = self.page_size.max(name.page_size());
    }

    fn judge(&self, label: &str, prefix: &str, suffix: &str) -> Option<Numbering> {
        if self.times == self.numbers.len() {
            return None;
        }
        let mut numbers = self.numbers.clone();
        numbers.sort_unstable();
        numbers.dedup();
        let step = self.step(&numbers);
        // A page before the first one, and one after the last one, as the names count them.
        let zero = numbers.first() == Some(&0);
        let ends =
            self.pages.filter(|pages| *numbers.last().unwrap_or(&0) <= *pages).map(|pages| match zero {
                true => (0, pages),
                false => (0, pages + 1),
            });
        let with_ends: Vec<u64> = match ends {
            Some((_, end)) if zero => numbers.iter().copied().chain([end]).collect(),
            Some((start, end)) => [start].into_iter().chain(numbers.iter().copied()).chain([end]).collect(),
            None => numbers.clone(),
        };
        let is_gap = |pair: &&[u64]| pair[1].saturating_sub(pair[0]) > step;
        let mut gaps: Vec<(u64, u64)> =
            with_ends.windows(2).filter(is_gap).map(|pair| (pair[0] + step, pair[1] - step)).collect();
        if ends.is_none() && numbers.len() > 1 {
            gaps.splice(..0, self.gap_before(numbers[0], step));
        }
        let count: u64 = gaps.iter().map(|(first, last)| (last - first) / step + 1).sum();
        let (first, last) = (numbers.first()?, numbers.last()?);
        if count == 0 {
            return None;
        }
        let is_offset_without_step = self.count == Count::Records && step == 1;
        if is_offset_without_step
            || (self.count != Count::Pages && count > self.numbers.len() as u64 && step == 1)
        {
            let suffix = if suffix.is_empty() { String::new() } else { format!(" and {suffix:?}") };
            return Some(Numbering::Unnumbered(format!(
                "{label}: the {} files named {prefix:?} and a number{suffix} look unnumbered ({first} to {last}), so missing \
                 pages were not checked.",
                grouped(self.numbers.len() as u64),
            )));
        }
        let are = doing(count, "page", ["is", "are"]);
        let among = match self.pages.filter(|_| ends.is_some()) {
            Some(pages) => format!("the {} that the names count", grouped(pages)),
            None => format!("pages {} to {last}", gaps[0].0.min(*first)),
        };
        let text = format!(
            "{label}: {are} missing among {among} ({}): fetch them, or the dump again.",
            described(&gaps, step)
        );
        Some(Numbering::Missing(count, text))
    }

    /// What is missing before the first of several pages: the portal's first page is 1, its first offset 0.
    fn gap_before(&self, first: u64, step: u64) -> Option<(u64, u64)> {
        match self.count {
            Count::Pages if step == 1 && first > 1 => Some((1, first - 1)),
            Count::Records if step > 1 && first > 0 && first.is_multiple_of(step) => Some((0, first - step)),
            _ => None,
        }
    }

    /// From one page to the next: the records of a page where pages are numbered by the records before them, else 1.
    fn step(&self, numbers: &[u64]) -> u64 {
        let steps = || numbers.windows(2).map(|pair| pair[1] - pair[0]);
        let Some(step) = steps().min().filter(|step| *step > 1) else { return 1 };
        let divides = |size: &u64| *size > 0 && steps().all(|step| step.is_multiple_of(*size));
        if self.count == Count::Records
            && let Some(size) = self.page_size.or(Some(self.page_records)).filter(divides)
        {
            return size;
        }
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
    is_year || is_epoch || is_part_of_year(prefix) || [0, 5, 8, 9, 11].into_iter().any(is_whole_date)
}

/// Whether a week or a quarter of a year is named before its number: `2026-W40`, `2026Q3`.
fn is_part_of_year(prefix: &str) -> bool {
    let prefix = prefix.to_ascii_lowercase();
    let is_year = |text: &str| {
        let digits = text.len() - text.trim_end_matches(|last: char| last.is_ascii_digit()).len();
        digits == 4 && text[text.len() - 4..].parse().is_ok_and(|year: u32| (1990..2100).contains(&year))
    };
    let words = ["week", "kw", "cw", "w", "quarter", "q"];
    words.iter().any(|word| {
        let year = prefix.trim_end_matches(SEPARATORS).strip_suffix(word);
        year.is_some_and(|year| is_year(year.trim_end_matches(SEPARATORS)))
    })
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

    /// What is reported about files of these names, between `|` or spaces, with this many records each.
    fn said(names: &str, records: u64) -> String {
        let folder = tempfile::tempdir().unwrap();
        let separator = if names.contains('|') { '|' } else { ' ' };
        for name in names.split(separator) {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "[]").unwrap();
        }
        let sources = crate::ingest::dumps::source::list(&[folder.path().display().to_string()]).unwrap();
        let said = |numbering: &Numbering| match numbering {
            Numbering::Missing(count, text) => {
                let described = &text[text.rfind('(').unwrap() + 1..text.rfind(')').unwrap()];
                format!("{count} missing: {described}")
            }
            Numbering::Unnumbered(_) => "unnumbered".to_owned(),
        };
        let records = vec![records; sources.files.len()];
        let numberings = (0..sources.dumps.len()).flat_map(|dump| check(&sources, dump, &records));
        numberings.map(|numbering| said(&numbering)).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn the_number_of_a_page_may_be_anywhere_in_its_name() {
        for names in [
            "u?page=1&page_size=4 u?page=3&page_size=4",
            "u?page_size=4&page=1 u?page_size=4&page=3",
            "u@page=1&page_size=4.json u@page=3&page_size=4.json",
            "page1_2026-10.json page3_2026-10.json",
            "2026-10-page1-october.json 2026-10-page3-october.json",
            "page-1-20261031T120000.json page-3-20261031T120005.json",
            "usages (1).json|usages (3).json",
            "page(1).json page(3).json",
            "usages.json usages.json.1 usages.json.3",
            "usage-1-2026-10.json usage-3-2026-10.json",
            "page=1/data.json page=3/data.json",
            "page-1/usages.json page-3/usages.json",
        ] {
            assert_eq!(said(names, 4), "1 missing: 2", "{names}");
            assert_eq!(said(&names.replace('3', "2"), 4), "", "{names}");
        }
    }

    #[test]
    fn names_that_count_their_pages_tell_of_the_last_ones() {
        assert_eq!(said("page-1-of-3.json page-3-of-3.json", 4), "1 missing: 2");
        assert_eq!(said("page-1-of-3.json page-2-of-3.json", 4), "1 missing: 3");
        assert_eq!(said("page2_of_4.json page3_of_4.json", 4), "2 missing: 1, 4");
        assert_eq!(said("page-0-of-2.json page-1-of-2.json", 4), "");
        assert_eq!(said("page-2-of-2.json", 4), "1 missing: 1");
        assert_eq!(said("usage-1-of-5.json usage-2-of-5.json usage-4-of-5.json", 4), "2 missing: 3, 5");
        assert_eq!(said("dump_1_of_2.json dump_2_of_2.json", 4), "");
    }

    #[test]
    fn the_first_page_is_1_and_the_first_offset_0() {
        assert_eq!(said("page-2.json page-3.json", 4), "1 missing: 1");
        assert_eq!(said("page-7.json page-9.json", 4), "7 missing: 1 to 6, 8");
        assert_eq!(said("page-0.json page-1.json", 4), "");
        assert_eq!(said("offset=600.json offset=900.json", 300), "2 missing: 0 to 300 by 300");
        assert_eq!(said("page-3.json", 4), "", "one page was chosen");
        assert_eq!(said("usage-2.json usage-3.json", 4), "", "nobody says that it counts pages");
    }

    #[test]
    fn offsets_tell_of_gaps_by_the_size_of_a_page() {
        assert_eq!(said("offset-0-limit-4.json offset-8-limit-4.json", 4), "1 missing: 4");
        assert_eq!(said("u?limit=4&offset=0 u?limit=4&offset=4", 4), "");
        assert_eq!(said("offset=0.json offset=300.json offset=900.json", 300), "1 missing: 600");
        assert_eq!(said("offset=0.json offset=7.json", 4), "unnumbered");
    }

    #[test]
    fn pages_by_their_numbers() {
        assert_eq!(said("page-1.json page-2.json", 3), "");
        assert_eq!(said("page-1.json page-4.json page-6.json", 3), "3 missing: 2 to 3, 5");
        assert_eq!(said("page-1.json page-900.json", 3), "898 missing: 2 to 899");
        assert_eq!(said("usage_page1.json.gz usage_page3.json.gz", 3), "1 missing: 2");
        assert_eq!(said("oct-1.json oct-2.json oct-4.json nov-1.json nov-2.json", 3), "1 missing: 3");
        assert_eq!(said("customer-17.json customer-9000.json", 3), "unnumbered");
        for parts in [
            "part-00000.parquet part-00007.parquet",
            "part.0.parquet part.2.parquet",
            "data_0.parquet data_2.parquet",
        ] {
            assert_eq!(said(parts, 3), "", "{parts}");
        }
    }

    #[test]
    fn offsets_are_no_numbers_of_pages_but_tell_of_gaps() {
        assert_eq!(said("page-0.json page-300.json", 1), "");
        assert_eq!(said("page-7.json page-14.json page-21.json", 7), "");
        assert_eq!(said("page-0.json page-100.json page-400.json", 100), "2 missing: 200 to 300 by 100");
        assert_eq!(said("page-1.json page-301.json page-601.json", 300), "");
        assert_eq!(said("page-2.json page-4.json", 300), "2 missing: 1, 3");
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
            "usage-2026-W40.json usage-2026-W41.json usage-2026-W44.json",
            "usage-2026-Q1.json usage-2026-Q3.json",
            "usage_2026_KW_40.json usage_2026_KW_44.json",
            "dump-20261031T120000.json dump-20261031T130000.json",
        ] {
            assert_eq!(said(names, 3), "", "{names}");
        }
    }
}
