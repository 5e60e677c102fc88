"""Runs commands in turn and takes the time and the peak memory of each.

This process stays small and reads no results itself: what the kernel reports as a child's peak includes the memory
of the process that started it.
"""

import hashlib
import os
import pathlib
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field

HERE = pathlib.Path(__file__).parent


@dataclass
class Contender:
    """A command that writes its report to `output`, and what its runs took."""

    name: str
    command: list
    output: pathlib.Path
    #: Gives what is wrong with an output, or nothing.
    verify: object
    seconds: list = field(default_factory=list)
    #: Of all cores together: what stays the same where others are at work too.
    cpu_seconds: list = field(default_factory=list)
    peaks: list = field(default_factory=list)
    fault: str | None = None

    @property
    def median(self):
        return statistics.median(self.seconds)

    @property
    def median_cpu(self):
        return statistics.median(self.cpu_seconds)

    @property
    def peak(self):
        """In bytes, of the run that took most."""
        return max(self.peaks)


def alternate(contenders, runs):
    """Runs each in turn, the other way round every second time, and verifies every output."""
    for number in range(runs):
        for contender in contenders if number % 2 == 0 else reversed(contenders):
            if not contender.fault:
                run(contender)


def run(contender):
    contender.output.unlink(missing_ok=True)
    log = contender.output.with_suffix(".log")
    with open(log, "wb") as errors:
        start = time.perf_counter()
        process = subprocess.Popen(contender.command, stdout=errors, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    print(f"  {contender.name:10} {seconds:8.3f} s {peak / 1e6:8.0f} MB", flush=True)
    if process.returncode != 0:
        lines = log.read_text(errors="replace").strip().splitlines()
        contender.fault = f"exit {process.returncode}: {lines[-1] if lines else 'nothing on standard error'}"
    else:
        contender.fault = contender.verify(contender.output)
    if contender.fault:
        print(f"  {contender.name}: {contender.fault}", file=sys.stderr, flush=True)
        return
    contender.seconds.append(seconds)
    contender.cpu_seconds.append(usage.ru_utime + usage.ru_stime)
    contender.peaks.append(peak)


class Verifier:
    """Compares outputs with the truth, in a process of its own; bytes that were right once are right again."""

    def __init__(self, truth, period):
        self.truth, self.period = truth, [period] if period else []
        self.right = set()

    def __call__(self, output):
        digest = digest_of(output)
        if digest in self.right:
            return None
        command = [sys.executable, HERE / "verify.py", self.truth, output, *self.period]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            return done.stderr.strip()
        self.right.add(digest)
        return None


def digest_of(path):
    digest = hashlib.sha256()
    for block in blocks(path):
        digest.update(block)
    return digest.digest()


def read_once(path):
    """Reads a file, or all of a folder, and gives the bytes, seconds and files. Warms the page cache."""
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    start = time.perf_counter()
    size = sum(len(block) for file in files for block in blocks(file))
    return size, time.perf_counter() - start, len(files)


def blocks(path):
    buffer = memoryview(bytearray(1 << 20))
    with open(path, "rb", buffering=0) as file:
        while length := file.readinto(buffer):
            yield buffer[:length]
