"""Validates files of figures with Frictionless by the descriptors that are written beside them, and sees that it refuses
them once a byte, a column or a key has changed.

    python tests/foreign/data_package.py target/debug/usagebook

Needs frictionless[parquet].
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

import frictionless

ROOT = pathlib.Path(__file__).resolve().parents[2]
REPORT = ["report", str(ROOT / "fixtures/real/complete"), "--as-of", "2026-11-23", "-q"]
PRICES = ["--prices", str(ROOT / "fixtures/prices/rates.toml"), "--unpriced", "zero"]
KINDS = [
    ("default.csv", []),
    ("users.tsv", ["--by", "period,user,component"]),
    ("amounts.csv", ["--by", "period,customer,offering", *PRICES]),
    ("names.csv", ["--by", "customer,resource,component", "--period", "2026-10", "--compare", "previous-month"]),
    ("pivot.csv", ["--by", "period,customer", "--pivot", "period"]),
    ("top.csv", ["--by", "year,customer", "--top", "2"]),
    ("excel.csv", ["--csv-profile", "excel", "--csv-separator", "semicolon", "--csv-decimal", "comma", *PRICES]),
    ("quarter.parquet", ["--by", "quarter,customer", *PRICES]),
    ("wide.parquet", ["--parquet-decimal", "38"]),
    ("lake", ["--partition-by", "period", *PRICES]),
]


def errors(folder):
    frictionless.system.trusted = True
    report = frictionless.validate(str(folder / "datapackage.json"))
    return [(task.place, error.type, error.message[:200]) for task in report.tasks for error in task.errors] + [
        ("package", error.type, error.message) for error in report.errors
    ]


def check(binary, name, options):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        made = [*REPORT, *options, "-o", name, "--data-package", "datapackage.json"]
        subprocess.run([binary, *made], cwd=folder, check=True, capture_output=True)
        assert not errors(folder), (name, errors(folder))
        file = next(folder.glob("**/*.parquet"), folder / name)
        content = file.read_bytes()
        file.write_bytes(content[:-2] + bytes([content[-2] ^ 1, content[-1]]))
        assert any(kind == "hash-count" for _, kind, _ in errors(folder)), (name, errors(folder))
        if file.suffix == ".parquet":
            return
        # A row twice: nothing but its key tells.
        descriptor = json.loads((folder / "datapackage.json").read_text())
        for key in ("bytes", "hash"):
            del descriptor["resources"][0][key]
        (folder / "datapackage.json").write_text(json.dumps(descriptor))
        file.write_bytes(content + content.splitlines(keepends=True)[-1])
        assert any(kind == "primary-key" for _, kind, _ in errors(folder)), (name, errors(folder))


def main(binary):
    for name, options in KINDS:
        check(binary, name, options)
    print(f"{len(KINDS)} descriptors: valid, and every changed file refused")


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]))
