"""Measures how long it takes to close a month with prices and to issue its bills, and the most memory that it takes.

    python3 benches/bills/measure.py target/release/usagebook [CUSTOMERS] [FORMATS]

The records are those of benches/statements/make.py for October 2026: each customer has twelve lines. Without FORMATS the bills are
PDF, which needs a build with the feature bill.
"""

import gzip
import os
import pathlib
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "benches/statements"))

import make  # noqa: E402

PRICES = """
[[price]]
component_type = "cpu_hours"
measured_unit = "core-hours"
currency = "EUR"
tiers = [{ up_to = 1000, unit_price = "0.08" }, { unit_price = "0.065" }]

[[price]]
component_type = "gpu_hours"
measured_unit = "GPU-hours"
currency = "EUR"
unit_price = "0.75"

[[price]]
component_type = "storage"
measured_unit = "GB"
currency = "EUR"
unit_price = "0.0125"

[[price]]
component_type = "ram"
measured_unit = "GB"
currency = "EUR"
unit_price = "0.002"
"""


def measured(what, program, *arguments):
    """Runs the command, and prints its seconds and the peak of its memory."""
    start = time.monotonic()
    child = os.spawnv(os.P_NOWAIT, program, [program, *map(str, arguments)])
    _, status, usage = os.wait4(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0, arguments
    print(f"{what}: {time.monotonic() - start:.1f} s, {usage.ru_maxrss // 1024} MB", flush=True)


def main():
    program = str(pathlib.Path(sys.argv[1]).resolve())
    customers = int(sys.argv[2]) if len(sys.argv) > 2 else 2000
    formats = sys.argv[3] if len(sys.argv) > 3 else "pdf"
    make.MONTHS = ["2026-10"]
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        dump, book = folder / "october.ndjson.gz", folder / "usage.book"
        with gzip.GzipFile(dump, "wb", compresslevel=1, mtime=0) as out:
            for customer in range(customers):
                out.write("".join(make.records(customer)).encode())
        (folder / "prices.toml").write_text(PRICES)
        measured("add", program, "add", "--new", dump, "--book", book, "--pulled-at", "2026-11-02T08:00:00Z", "-q")
        measured("close", program, "close", "2026-10", "--book", book, "--prices", folder / "prices.toml", "-q")
        issue = ["bills", "--book", book, "--period", "2026-10", "--issue", "--format", formats, "-q"]
        measured(f"{customers} bills issued", program, *issue, "--to", folder / "bills")
        measured("the same again", program, *issue, "--to", folder / "again")
        measured("verify", program, "verify", "--book", book)
        count = len(list((folder / "bills").glob(f"*.{formats.split(',')[0]}")))
        assert count == customers, count
        stored = sum(file.stat().st_size for file in (book / ".book/files").iterdir())
        manifest = max((book / ".book/generations").glob("*/manifest.json"), key=lambda path: path.stat().st_mtime)
        print(f"the book has {stored / 1e6:.1f} MB, its manifest {manifest.stat().st_size / 1e3:.0f} kB")


main()
