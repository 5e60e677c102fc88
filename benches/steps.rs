//! The inner steps of reading: lines to values, texts to numbers.

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use usagebook::ingest::steps::{Numbers, general_lines, plain_lines};
use usagebook::usage::Field;

use crate::usage::Usage;

const RECORDS: usize = 1_000;

/// By a comparison for each key, as the server's own files are read.
#[divan::bench]
fn plain_parser(bencher: Bencher) {
    parse(bencher, plain_lines);
}

/// By serde_json, as everything else is read.
#[divan::bench]
fn general_parser(bencher: Bencher) {
    parse(bencher, general_lines);
}

/// Usernames that are known already.
#[divan::bench]
fn interner(bencher: Bencher) {
    let texts: Vec<String> =
        Usage::many(RECORDS).map(|usage| usage.text(Field::Username).expect("a value")).collect();
    let mut numbers = Numbers::default();
    let mut intern = move || texts.iter().map(|text| numbers.intern(divan::black_box(text.as_bytes()))).max();
    intern();
    bencher.counter(ItemsCount::new(RECORDS)).bench_local(intern);
}

fn parse(bencher: Bencher, parse: fn(&[u8]) -> usize) {
    let lines: String = Usage::many(RECORDS).map(|usage| usage.json() + "\n").collect();
    bencher
        .counter(ItemsCount::new(RECORDS))
        .counter(BytesCount::new(lines.len()))
        .bench_local(|| assert_eq!(parse(divan::black_box(lines.as_bytes())), RECORDS));
}
