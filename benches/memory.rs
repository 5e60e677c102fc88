//! What the machine's memory gives: the measure of every other throughput.

use divan::Bencher;
use divan::counter::BytesCount;

use crate::data::is_tested;

/// Far more than the caches hold.
const SIZE: usize = 256 << 20;

/// Bytes copied; as many are read as are written.
#[divan::bench(sample_count = 20)]
fn copy(bencher: Bencher) {
    // Nothing is zero, so that all of it is in memory before the clock runs.
    let size = if is_tested() { 1 << 20 } else { SIZE };
    let source = vec![1_u8; size];
    let mut target = vec![2_u8; size];
    bencher.counter(BytesCount::new(size)).bench_local(|| {
        target.copy_from_slice(divan::black_box(&source));
        divan::black_box(&mut target);
    });
}
