//! How fast each stage is: values, records in, sums, reports out, the start of the process. See README.md.

mod aggregate;
mod book;
mod data;
mod differences;
mod ingest;
mod memory;
mod price;
mod process;
mod steps;
mod tokens;
mod usage;
mod write;

fn main() {
    divan::main();
}
