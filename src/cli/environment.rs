//! What the program does not take from its environment: variables that libraries read and may panic at, and the end by a
//! limit on the size of files.
//!
//! The data frame library, the thread pools and the HTTP server's runtime take settings from the environment, and some
//! of them take a setting that is wrong for a fault of the program. None of these settings is this program's.

use std::ffi::{OsStr, OsString};
use std::ops::RangeInclusive;
use std::process::Command;

use usagebook::system;

/// Settings of one library begin in one way.
const PREFIXES: [&str; 2] = ["POLARS_", "TOKIO_"];

/// How many threads there are, and how many bytes their stacks have: the values that work.
const COUNTS: [(&str, RangeInclusive<u64>); 3] =
    [("RAYON_NUM_THREADS", THREADS), ("RAYON_RS_NUM_CPUS", THREADS), ("RUST_MIN_STACK", STACK)];

const THREADS: RangeInclusive<u64> = 1..=1024;

/// From what threads have without the variable to a gibibyte.
const STACK: RangeInclusive<u64> = 2 << 20..=1 << 30;

/// Starts the program again without the variables that a library could panic at, if there are any. Returns an exit code
/// if that has been done.
pub fn settle() -> Option<u8> {
    system::survive_file_limit();
    let hazards: Vec<OsString> =
        std::env::vars_os().filter(|(name, value)| is_hazard(name, value)).map(|(name, _)| name).collect();
    if hazards.is_empty() {
        return None;
    }
    let mut words = std::env::args_os();
    let mut command = Command::new(std::env::current_exe().ok()?);
    let name = words.next();
    command.args(words);
    hazards.iter().for_each(|name| {
        command.env_remove(name);
    });
    system::become_command(command, name)
}

fn is_hazard(name: &OsStr, value: &OsStr) -> bool {
    let Some(name) = name.to_str() else { return false };
    let is_count = |range: &RangeInclusive<u64>| {
        value.to_str().is_some_and(|text| text.parse().is_ok_and(|count| range.contains(&count)))
    };
    PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        || COUNTS.iter().any(|(known, range)| *known == name && !is_count(range))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_of_libraries_are_dropped_and_sensible_counts_kept() {
        let is_hazard = |name: &str, value: &str| is_hazard(OsStr::new(name), OsStr::new(value));
        for (name, value) in [
            ("POLARS_MAX_THREADS", "4"),
            ("POLARS_PANIC_ON_ERR", "1"),
            ("TOKIO_WORKER_THREADS", "0"),
            ("RAYON_NUM_THREADS", "many"),
            ("RAYON_NUM_THREADS", "0"),
            ("RAYON_NUM_THREADS", "1000000000"),
            ("RUST_MIN_STACK", "1"),
            ("RUST_MIN_STACK", "18446744073709551615"),
        ] {
            assert!(is_hazard(name, value), "{name}={value}");
        }
        for (name, value) in
            [("RAYON_NUM_THREADS", "4"), ("RUST_MIN_STACK", "4194304"), ("TZ", "garbage"), ("PATH", "")]
        {
            assert!(!is_hazard(name, value), "{name}={value}");
        }
    }
}
