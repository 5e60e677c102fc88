//! What can be typed about who can read what is created.

use clap::Args;
use usagebook::files::access::Access;

/// Permissions of new files that hold what is nobody else's business.
#[derive(Args, Clone, Copy, Debug, Default)]
pub struct AccessArguments {
    /// Let the group read what only its owner could read: new books, pulls, statements, rejected records
    ///
    /// Files get mode 0640 instead of 0600, and folders 0750 instead of 0700. Reports follow the umask, and existing
    /// files keep their mode.
    #[arg(long, help_heading = "Permissions")]
    pub group_readable: bool,
}

impl AccessArguments {
    /// Who can read what is not for all.
    pub fn private(self) -> Access {
        if self.group_readable { Access::Group } else { Access::Private }
    }
}
