//! Systems that are no Unix, by the standard library alone.

use std::ffi::OsString;
use std::fs::{DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

/// Handles of a file share its position: one part is read at a time.
static POSITION: Mutex<()> = Mutex::new(());

/// Reads a part of a file without moving a position that others share.
pub fn read_at(file: &File, buffer: &mut [u8], position: u64) -> io::Result<usize> {
    let _turn = POSITION.lock().unwrap_or_else(PoisonError::into_inner);
    let mut file = file;
    file.seek(SeekFrom::Start(position))?;
    file.read(buffer)
}

/// The same until the buffer is full.
pub fn read_exact_at(file: &File, buffer: &mut [u8], position: u64) -> io::Result<()> {
    let _turn = POSITION.lock().unwrap_or_else(PoisonError::into_inner);
    let mut file = file;
    file.seek(SeekFrom::Start(position))?;
    file.read_exact(buffer)
}

/// Such systems have no links that anyone may make.
pub fn symlink(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// What tells a file from all others on this machine; `None` where the system does not tell.
pub fn identity(_: &Metadata) -> Option<(u64, u64)> {
    None
}

/// What something is that is no plain file, for a message.
pub fn kind(metadata: &Metadata) -> &'static str {
    if metadata.is_dir() { "a folder" } else { "a device" }
}

/// The permissions' nine bits; `None` where the system has no such thing.
pub fn mode(_: &Metadata) -> Option<u32> {
    None
}

/// These bits as permissions; `None` where the system has no such thing.
pub fn permissions(_: u32) -> Option<Permissions> {
    None
}

/// Gives files that are created these bits, less the umask.
pub fn create_files_with(_: &mut OpenOptions, _: u32) {}

/// Gives folders that are created these bits, less the umask.
pub fn create_folders_with(_: &mut DirBuilder, _: u32) {}

/// A folder that is held open, so that it can be locked; `None` where the system opens no folders.
pub fn open_folder(_: &Path) -> io::Result<Option<File>> {
    Ok(None)
}

/// Standard input, if it is a plain file.
pub fn stdin_file() -> Option<Metadata> {
    None
}

/// Standard output where it goes into a plain file, as the shell opened it.
pub fn stdout_file() -> Option<Metadata> {
    None
}

/// Whether a process of this machine runs; `None` if nobody can tell.
pub fn is_running(_: u32) -> Option<bool> {
    None
}

/// Whether a file system has no locks.
pub fn is_without_locks(_: &io::Error) -> bool {
    false
}

/// The name of this machine.
pub fn host() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_else(|_| "this machine".to_owned())
}

/// Makes a write beyond the size that the shell allows a file an error of that write, where there is such a limit.
pub fn survive_file_limit() {}

/// Runs a command in this process's place, and gives the status that it ends with.
pub fn become_command(mut command: Command, _: Option<OsString>) -> Option<u8> {
    let code = command.status().ok()?.code().unwrap_or(1);
    Some(u8::try_from(code).unwrap_or(1))
}
