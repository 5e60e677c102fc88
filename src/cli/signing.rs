//! Signatures of closings, made by OpenSSH's own program.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

/// What keeps a signature of a closing from being one of anything else.
pub const NAMESPACE: &str = "usagebook-closing";

/// The signature of a digest and a line end, in the armour of OpenSSH.
///
/// # Errors
/// No such program, or a key that it cannot sign with.
pub fn sign(key: &Path, digest: &str) -> Result<String> {
    let mut child = Command::new("ssh-keygen")
        .args(["-q", "-Y", "sign", "-n", NAMESPACE, "-f"])
        .arg(key)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("--sign needs the program ssh-keygen of OpenSSH 8.1 or later, which cannot be started; nothing was closed")?;
    let mut stdin = child.stdin.take().context("ssh-keygen takes no input")?;
    // A program that has ended already says why on standard error.
    let _ = stdin.write_all(format!("{digest}\n").as_bytes());
    drop(stdin);
    let output = child.wait_with_output().context("ssh-keygen did not end")?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.trim();
        bail!("{}: ssh-keygen cannot sign with this key ({said}); nothing was closed", key.display());
    }
    String::from_utf8(output.stdout).context("the signature is not text")
}
