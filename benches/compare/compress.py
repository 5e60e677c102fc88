"""Compresses a file, or every file of a folder: compress.py gzip|zstd SOURCE TARGET

gzip at its fastest level, zstd at its usual one. The target appears under its name once it is whole.
"""

import gzip
import pathlib
import shutil
import sys

import pyarrow

ENDINGS = {"gzip": ".gz", "zstd": ".zst"}


def main():
    method, source, target = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    part = target.with_name(target.name + ".part")
    if source.is_dir():
        part.mkdir(exist_ok=True)
        for path in sorted(source.iterdir()):
            (part / (path.name + ENDINGS[method])).write_bytes(compressed(method, path.read_bytes()))
    else:
        with open(source, "rb") as plain, stream(method, part) as packed:
            shutil.copyfileobj(plain, packed, 1 << 20)
    part.rename(target)


def compressed(method, data):
    if method == "gzip":
        return gzip.compress(data, 1, mtime=0)
    return pyarrow.Codec("zstd").compress(data, asbytes=True)


def stream(method, path):
    if method == "gzip":
        return gzip.open(path, "wb", 1)
    return pyarrow.CompressedOutputStream(str(path), "zstd")


main()
