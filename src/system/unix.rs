//! Unix.

use std::ffi::OsString;
use std::fs::{DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::{DirBuilderExt, FileExt, FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use super::NAMED_PIPE;
use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};

/// Reads a part of a file without moving a position that others share.
pub fn read_at(file: &File, buffer: &mut [u8], position: u64) -> io::Result<usize> {
    FileExt::read_at(file, buffer, position)
}

/// The same until the buffer is full.
pub fn read_exact_at(file: &File, buffer: &mut [u8], position: u64) -> io::Result<()> {
    FileExt::read_exact_at(file, buffer, position)
}

/// Makes a link that points to `target`.
pub fn symlink(target: &Path, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, link)
}

/// What tells a file from all others on this machine; `None` where the system does not tell.
pub fn identity(metadata: &Metadata) -> Option<(u64, u64)> {
    Some((metadata.dev(), metadata.ino()))
}

/// What something is that is no plain file, for a message.
pub fn kind(metadata: &Metadata) -> &'static str {
    let kind = metadata.file_type();
    match () {
        () if kind.is_fifo() => NAMED_PIPE,
        () if kind.is_socket() => "a socket",
        () if kind.is_dir() => "a folder",
        () => "a device",
    }
}

/// The permissions' nine bits; `None` where the system has no such thing.
pub fn mode(metadata: &Metadata) -> Option<u32> {
    Some(metadata.permissions().mode() & 0o777)
}

/// These bits as permissions; `None` where the system has no such thing.
pub fn permissions(mode: u32) -> Option<Permissions> {
    Some(Permissions::from_mode(mode))
}

/// Gives files that are created these bits, less the umask.
pub fn create_files_with(options: &mut OpenOptions, mode: u32) {
    options.mode(mode);
}

/// Gives folders that are created these bits, less the umask.
pub fn create_folders_with(builder: &mut DirBuilder, mode: u32) {
    builder.mode(mode);
}

/// A folder that is held open, so that it can be locked; `None` where the system opens no folders.
pub fn open_folder(path: &Path) -> io::Result<Option<File>> {
    File::open(path).map(Some)
}

/// Standard input, if it is a plain file.
pub fn stdin_file() -> Option<Metadata> {
    plain_file(io::stdin().as_fd())
}

/// Standard output where it goes into a plain file, as the shell opened it.
pub fn stdout_file() -> Option<Metadata> {
    plain_file(io::stdout().as_fd())
}

fn plain_file(handle: BorrowedFd<'_>) -> Option<Metadata> {
    let file = File::from(handle.try_clone_to_owned().ok()?);
    file.metadata().ok().filter(Metadata::is_file)
}

/// Whether a process of this machine runs; `None` if nobody can tell.
pub fn is_running(process: u32) -> Option<bool> {
    match test_kill_process(Pid::from_raw(i32::try_from(process).ok()?)?) {
        Ok(()) | Err(Errno::PERM) => Some(true),
        Err(Errno::SRCH) => Some(false),
        Err(_) => None,
    }
}

/// Whether a file system has no locks.
pub fn is_without_locks(error: &io::Error) -> bool {
    error.raw_os_error() == Some(Errno::NOLCK.raw_os_error())
}

/// The name of this machine.
pub fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// Makes a write beyond the size that the shell allows a file (`ulimit -f`) an error of that write, not the end of the
/// program.
pub fn survive_file_limit() {
    // A signal that is handled does not end the program. Nobody asks whether it came, and if it cannot be handled,
    // the program ends as it always did.
    let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, std::sync::Arc::default());
}

/// Lets a command, by the name that this program was called by, take this process's place. It returns only if that
/// fails.
pub fn become_command(mut command: Command, name: Option<OsString>) -> Option<u8> {
    name.iter().for_each(|name| {
        command.arg0(name);
    });
    let _ = command.exec();
    None
}
