//! The values that every record has, one by one.

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use usagebook::quantity::Quantity;
use usagebook::text::{parse_uri_uuid, parse_uuid};
use usagebook::usage::Field;

use crate::usage::Usage;

const TOKENS: usize = 1_000;

#[divan::bench]
fn uuid(bencher: Bencher) {
    measure(bencher, Field::Uuid, |token| parse_uuid(token).is_some());
}

#[divan::bench]
fn uuid_of_component_usage(bencher: Bencher) {
    measure(bencher, Field::ComponentUsage, |token| parse_uri_uuid(token).is_some());
}

#[divan::bench]
fn quantity(bencher: Bencher) {
    measure(bencher, Field::Usage, |token| Quantity::parse(token).is_ok());
}

fn measure(bencher: Bencher, field: Field, parse: impl Fn(&[u8]) -> bool) {
    let tokens: Vec<String> = Usage::many(TOKENS).map(|usage| usage.text(field).expect("a value")).collect();
    let bytes: usize = tokens.iter().map(String::len).sum();
    bencher
        .counter(ItemsCount::new(TOKENS))
        .counter(BytesCount::new(bytes))
        .bench_local(|| assert!(tokens.iter().all(|token| parse(divan::black_box(token.as_bytes())))));
}
