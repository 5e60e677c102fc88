"""`python -m usagebook`: the command that this package has installed."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path


def command() -> Path:
    """The command of this installation.

    Raises:
        FileNotFoundError: No folder of scripts has it.
    """
    name = "usagebook" + (sysconfig.get_config_var("EXE") or "")
    schemes = [sysconfig.get_default_scheme(), sysconfig.get_preferred_scheme("user")]
    folders = [Path(sysconfig.get_path("scripts", scheme)) for scheme in schemes]
    found = next((folder / name for folder in folders if (folder / name).is_file()), None)
    if found is None:
        raise FileNotFoundError(f"{name} is in none of {', '.join(map(str, folders))}; install the package anew")
    return found


def main() -> None:
    """Becomes the command, with its arguments and its exit status."""
    line = [str(command()), *sys.argv[1:]]
    if os.name == "posix":
        os.execv(line[0], line)
    sys.exit(subprocess.call(line))


if __name__ == "__main__":
    main()
