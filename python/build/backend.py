"""How the package is built: by maturin, with the command next to the module.

The command is built with the same dependencies as the module, so that they are compiled once. MATURIN_PEP517_ARGS replaces the
arguments of both builds, as "--profile dev --locked".
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import maturin

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "python" / "usagebook.data" / "scripts"

build_sdist = maturin.build_sdist
get_requires_for_build_wheel = maturin.get_requires_for_build_wheel
get_requires_for_build_sdist = maturin.get_requires_for_build_sdist
get_requires_for_build_editable = maturin.get_requires_for_build_editable


def prepare_metadata_for_build_wheel(*arguments: Any) -> str:
    SCRIPTS.mkdir(parents=True, exist_ok=True)
    return maturin.prepare_metadata_for_build_wheel(*arguments)


prepare_metadata_for_build_editable = prepare_metadata_for_build_wheel


def build_wheel(*arguments: Any) -> str:
    build_command()
    return maturin.build_wheel(*arguments)


def build_editable(*arguments: Any) -> str:
    build_command()
    return maturin.build_editable(*arguments)


def build_command() -> None:
    """Builds the command and puts it where maturin takes scripts from."""
    chosen = shlex.split(os.environ.get("MATURIN_PEP517_ARGS", "--release --locked"))
    # Both packages are named, so that the features of shared dependencies are those of the module's build.
    packages = ["--package", "usagebook", "--package", "usagebook-python", "--bin", "usagebook"]
    line = ["cargo", "build", *packages, *chosen, "--message-format", "json-render-diagnostics"]
    print("+", *line, file=sys.stderr)
    built = subprocess.run(line, cwd=ROOT, check=True, stdout=subprocess.PIPE)
    messages = [json.loads(message) for message in built.stdout.splitlines()]
    (command,) = [message["executable"] for message in messages if message.get("executable")]
    SCRIPTS.mkdir(parents=True, exist_ok=True)
    shutil.copy2(command, SCRIPTS / Path(command).name)
