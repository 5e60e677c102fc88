//! How fast each stage is: records in, sums, reports out, and the whole process. README.md beside this tells how to run it.

mod aggregate;
mod data;
mod ingest;
mod memory;
mod process;
mod tokens;
mod usage;
mod write;

fn main() {
    divan::main();
}
