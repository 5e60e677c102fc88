"""Lets a real disk run full, and a real system fail or kill, while a book is written; it is as before or as after.

    python tests/campaign/disk.py target/debug/usagebook        as root, on Linux, with strace

Not among what every change has to pass: it mounts a small file system, and takes a few minutes.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = ROOT / "fixtures/real/complete"
#: What a commit asks the system for.
CALLS = ["fsync", "rename", "link", "linkat", "symlink", "symlinkat", "mkdir", "unlink", "rmdir", "flock"]
FREE_KB = range(0, 640, 32)
#: Copies of one book under one path look like older copies if their earlier state is remembered, so nothing is remembered.
ENVIRONMENT = {**os.environ, "XDG_STATE_HOME": "/dev/null/none"}


def run(*arguments, prefix=()):
    return subprocess.run([*prefix, COMMAND, *map(str, arguments)], capture_output=True, text=True, env=ENVIRONMENT)


def add(book, month, prefix=()):
    new = () if (book / "book.json").exists() else ("--new",)
    return run("add", *new, PAGES / f"2026-{month}", "--book", book, "--pulled-at", "2026-11-02T08:00:00Z", "-q", prefix=prefix)


def seen(book):
    """All that a reader sees; nothing of it may be damaged."""
    verified = run("verify", "--book", book)
    assert verified.returncode == 0, verified.stderr
    return run("status", "--book", book, "--format", "json").stdout + run("history", "--book", book).stdout


def states(folder):
    """A book before another delivery and after it."""
    book = folder / "start.book"
    assert add(book, "09").returncode == 0
    before = seen(book)
    after = folder / "after.book"
    shutil.copytree(book, after, symlinks=True)
    assert add(after, "10").returncode == 0
    return book, before, seen(after)


def check(book, outcome, before, after, what):
    found = seen(book)
    assert found in (before, after), f"{what}: {outcome.stderr}\n{found}"
    assert outcome.returncode != 0 or found == after, what
    assert add(book, "10").returncode == 0, what
    assert seen(book) == after, what
    assert not list((book / ".book/tmp").iterdir()), what


def check_full_disk(folder, start, before, after):
    refused = 0
    for free in FREE_KB:
        disk = folder / "disk"
        disk.mkdir(exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", disk], check=True)
        try:
            book = disk / "usage.book"
            shutil.copytree(start, book, symlinks=True)
            filler = disk / "filler"
            filler.write_bytes(bytes(max(0, shutil.disk_usage(disk).free - free * 1024)))
            outcome = add(book, "10")
            refused += outcome.returncode != 0
            filler.unlink()
            check(book, outcome, before, after, f"{free} KB free")
        finally:
            subprocess.run(["umount", disk], check=True)
    assert 0 < refused < len(FREE_KB), "some of the disks are too small and some are not"
    print(f"{len(FREE_KB)} small disks, {refused} of them full")


def check_failing_calls(folder, start, before, after):
    rounds = 0
    for call in CALLS:
        for effect in ("error=EIO", "error=ENOSPC", "signal=KILL"):
            number = 1
            while True:
                book = folder / "usage.book"
                shutil.copytree(start, book, symlinks=True)
                log = folder / "strace.log"
                trace = ["strace", "-f", "-qq", "-o", log, "-e", f"trace={call}", "-e", f"inject={call}:{effect}:when={number}"]
                outcome = add(book, "10", prefix=trace)
                is_met = "(INJECTED)" in log.read_text() or "killed by SIGKILL" in log.read_text()
                if is_met:
                    check(book, outcome, before, after, f"{call} {number}: {effect}")
                shutil.rmtree(book)
                if not is_met:
                    break
                number += 1
                rounds += 1
    assert rounds > 50, rounds
    print(f"{rounds} calls that failed or killed")


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        start, before, after = states(folder)
        check_full_disk(folder, start, before, after)
        check_failing_calls(folder, start, before, after)


if __name__ == "__main__":
    COMMAND = str(pathlib.Path(sys.argv[1]).resolve())
    main()
