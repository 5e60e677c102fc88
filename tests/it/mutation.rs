//! Inputs damaged at random, from a seed: whatever comes in, nothing panics and every record is accounted for.
//!
//! `USAGEBOOK_MUTATION_SECONDS` says how long each format is tried (2 by default), `USAGEBOOK_MUTATION_SEED` where
//! the random numbers begin. A failure leaves its input in the temporary folder and names it.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use usagebook::ingest::{Progress, read};

use crate::frames::request;
use crate::records::Dumps;

/// A small generator of random numbers (SplitMix64): the same seed, the same numbers, on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        value ^ (value >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }
}

/// What damages more than single bytes do.
const TOKENS: [&[u8]; 24] = [
    b"\"",
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"\n",
    b"\r",
    b";",
    b"\t",
    b"null",
    b"1e400",
    b"-",
    b"\\ud800",
    b"\\u0000",
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b"NaN",
    b"99999999999999999999",
    b"{\"uuid\"",
    b"\"usage\":",
];

/// One to six changes: a bit, a byte, a cut, a repeat, a token, the end.
fn mutate(seed: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=random.below(6) {
        let at = random.below(bytes.len());
        let end = (at + random.below(64)).min(bytes.len());
        match random.below(8) {
            0 if !bytes.is_empty() => bytes[at] ^= 1 << random.below(8),
            1 if !bytes.is_empty() => bytes[at] = random.next() as u8,
            2 => drop(bytes.drain(at..end)),
            3 => {
                let part = bytes[at..end].to_vec();
                let place = random.below(bytes.len() + 1);
                bytes.splice(place..place, part);
            }
            4 | 5 => {
                let token = TOKENS[random.below(TOKENS.len())];
                bytes.splice(at..at, token.iter().copied());
            }
            6 => bytes.truncate(at),
            _ => {
                let other = random.below(bytes.len());
                if !bytes.is_empty() {
                    bytes.swap(at, other);
                }
            }
        }
    }
    bytes
}

fn variable(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is no number")))
}

/// Reads damaged copies of files until the time is over; `name` is what each is called in its folder.
fn survive(files: &[&str], name: &str) {
    let seeds: Vec<Vec<u8>> = files.iter().map(|file| fs::read(file).expect("a fixture")).collect();
    let folder = Dumps::new();
    folder.write("page-0001.json", fs::read("fixtures/formats/page.json").expect("a fixture"));
    let seed = variable("USAGEBOOK_MUTATION_SEED", 1);
    let mut random = Random(seed);
    let end = Instant::now() + Duration::from_secs(variable("USAGEBOOK_MUTATION_SECONDS", 2));
    let mut rounds = 0_u64;
    while rounds < 20 || Instant::now() < end {
        let bytes = mutate(&seeds[random.below(seeds.len())], &mut random);
        let path = folder.write(name, &bytes);
        let mut request = request(&[folder.text()]);
        request.reading.keeps_details = rounds.is_multiple_of(2);
        let outcome = catch_unwind(AssertUnwindSafe(|| match read(&request, &Progress::default().into()) {
            Ok(intake) => {
                intake.accounting.is_balanced()
                    && intake.faults.first().iter().all(|fault| !fault.expected.is_empty())
            }
            Err(error) => !error.to_string().is_empty(),
        }));
        if !matches!(outcome, Ok(true)) {
            let kept = std::env::temp_dir().join(format!("usagebook-mutation-{seed}-{rounds}-{name}"));
            fs::copy(&path, &kept).expect("the input can be kept");
            panic!("round {rounds} of seed {seed} failed; its input is {}", kept.display());
        }
        rounds += 1;
    }
    eprintln!("{name}: {rounds} rounds");
}

#[test]
fn damaged_pages_are_survived() {
    let files = ["page.json", "pretty.json", "envelope.json", "escaped.json"]
        .map(|name| format!("fixtures/formats/{name}"));
    survive(&files.each_ref().map(String::as_str), "page-0002.json");
}

#[test]
fn damaged_lines_are_survived() {
    survive(&["fixtures/formats/lines.ndjson"], "page-0002.ndjson");
}

#[test]
fn damaged_tables_are_survived() {
    let files = ["comma.csv", "bom-semicolon.csv", "tab.tsv"].map(|name| format!("fixtures/formats/{name}"));
    survive(&files.each_ref().map(String::as_str), "page-0002.csv");
}

#[test]
fn damaged_parquet_is_survived() {
    let files = ["text.parquet", "typed.parquet", "float.parquet", "wide.parquet"]
        .map(|name| format!("fixtures/formats/{name}"));
    survive(&files.each_ref().map(String::as_str), "page-0002.parquet");
}

#[test]
fn damaged_packing_is_survived() {
    let files =
        ["page.json.gz", "comma.csv.gz", "lines.ndjson.zst"].map(|name| format!("fixtures/formats/{name}"));
    survive(&files.each_ref().map(String::as_str), "page-0002.json.gz");
}

#[test]
fn a_damaged_index_is_survived() {
    survive(&["fixtures/real/default-order/2026-08/index.json"], "index.json");
}
