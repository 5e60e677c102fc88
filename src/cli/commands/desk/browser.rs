//! Opens a browser, with no secret among the arguments of a process, which every account of the machine can see.

use std::io::Write as _;
use std::process::{Command, Stdio};

use tempfile::{Builder, NamedTempFile};

/// What opens a file with the program that the user has for it.
const OPENER: (&str, &[&str]) = if cfg!(target_os = "macos") {
    ("open", &[])
} else if cfg!(windows) {
    ("rundll32", &["url.dll,FileProtocolHandler"])
} else {
    ("xdg-open", &[])
};

/// Opens a page, readable by this account alone, that leads to an address. `None` if that cannot be done: the address is on
/// the terminal.
pub fn open(address: &str) -> Option<NamedTempFile> {
    let mut page = Builder::new().prefix("usagebook-desk-").suffix(".html").tempfile().ok()?;
    write!(
        page,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta http-equiv=\"refresh\" content=\"0; url={address}\">\n<title>The desk</title>\n\
         <p><a href=\"{address}\">Open the desk</a></p>\n</html>\n"
    )
    .ok()?;
    page.flush().ok()?;
    let (program, arguments) = OPENER;
    let mut command = Command::new(program);
    command.args(arguments).arg(page.path()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().ok()?;
    // Nobody waits for a browser, and no process that has ended is left behind.
    std::thread::spawn(move || child.wait());
    Some(page)
}
