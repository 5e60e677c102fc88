"""What the comparison ran on, and with which versions."""

import os
import pathlib
import platform
import subprocess

#: Above it somebody else is at work too, and the figures are noise.
LOAD_MAX = 0.5


def processor():
    for line in lines_of("/proc/cpuinfo"):
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def memory_bytes():
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def description():
    return (f"{processor()}, {os.cpu_count()} cores, {memory_bytes() / 2**30:.0f} GiB of memory, "
            f"{platform.system()} {platform.release()}")


def load():
    return os.getloadavg()[0]


def versions(python, binary):
    """Of usagebook, with its commit, and of each peer."""
    code = ("import importlib.metadata as m, platform\n"
            "print(', '.join(f'{n} {m.version(n)}' for n in ('duckdb', 'chdb', 'polars')),"
            " 'on Python', platform.python_version())")
    return f"{output_of([binary, '--version'])} ({commit()}); {output_of([python, '-c', code])}"


def commit():
    root = pathlib.Path(__file__).parent
    try:
        name = output_of(["git", "-C", root, "rev-parse", "--short", "HEAD"])
        changed = output_of(["git", "-C", root, "status", "--porcelain", "--untracked-files=no"])
    except (OSError, subprocess.CalledProcessError):
        return "no commit"
    return f"commit {name}{' with changes' if changed else ''}"


def output_of(command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def lines_of(path):
    try:
        return pathlib.Path(path).read_text().splitlines()
    except OSError:
        return []
