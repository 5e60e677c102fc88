//! What differs between operating systems, in one place: links, permissions, processes, positions in files.
//!
//! The feature `portable` builds and tests, on Unix, what other systems get: plain files without modes and links.

/// A kind of file that may have nobody at its other end.
pub const NAMED_PIPE: &str = "a named pipe";

#[cfg(all(unix, not(feature = "portable")))]
mod unix;
#[cfg(all(unix, not(feature = "portable")))]
pub use self::unix::*;

#[cfg(not(all(unix, not(feature = "portable"))))]
mod other;
#[cfg(not(all(unix, not(feature = "portable"))))]
pub use self::other::*;

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::io;

    use super::*;

    #[test]
    fn parts_of_a_file_are_read_wherever_they_are_and_by_several_threads() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("digits");
        let digits: Vec<u8> = (0..10_000).map(|at| (at % 251) as u8).collect();
        fs::write(&path, &digits).unwrap();
        let file = File::open(&path).unwrap();
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let (file, digits) = (&file, &digits);
                scope.spawn(move || {
                    for start in (thread * 7..9_000).step_by(97) {
                        let mut part = [0; 100];
                        read_exact_at(file, &mut part, start as u64).unwrap();
                        assert_eq!(part, digits[start..start + 100]);
                    }
                });
            }
        });
        let mut part = [0; 100];
        assert_eq!(read_at(&file, &mut part, 9_990).unwrap(), 10);
        let error = read_exact_at(&file, &mut part, 9_990).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }

    #[test]
    fn a_file_is_itself_under_every_name_where_the_system_tells() {
        let folder = tempfile::tempdir().unwrap();
        let [one, link, other] = ["one", "link", "other"].map(|name| folder.path().join(name));
        fs::write(&one, "a").unwrap();
        fs::write(&other, "a").unwrap();
        fs::hard_link(&one, &link).unwrap();
        let [one, link, other] = [one, link, other].map(|path| identity(&fs::metadata(path).unwrap()));
        assert_eq!(one, link);
        assert!(one.is_none() || one != other);
    }

    #[test]
    fn this_process_is_never_called_ended() {
        assert_ne!(is_running(std::process::id()), Some(false));
        assert_ne!(host(), "");
    }

    #[test]
    fn a_folder_and_a_file_are_what_they_are() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(kind(&fs::metadata(folder.path()).unwrap()), "a folder");
    }
}
