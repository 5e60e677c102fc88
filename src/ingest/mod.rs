//! Bytes to records.

pub mod collector;
pub mod csv;
pub mod interner;
pub mod parents;
pub mod parquet;
pub mod raw;
pub mod token;

/// How the endpoint writes a uuid: 32 hex digits, lower case.
fn uuid_hex(uuid: u128) -> [u8; 32] {
    let mut hex = [0; 32];
    for (at, digit) in hex.iter_mut().enumerate() {
        *digit = b"0123456789abcdef"[(uuid >> (124 - 4 * at)) as usize & 15];
    }
    hex
}
