"""Validates every kind of JSON document that is written against docs/reference/usagebook.schema.json, and checks that the
schema refuses documents that lack a key, have one more, or have a number where an exact one is text.

    python tests/foreign/schemas.py target/debug/usagebook

Needs jsonschema.
"""

import copy
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "docs/reference/usagebook.schema.json").read_text())
REAL = ROOT / "fixtures/real"
COMPLETE = [str(REAL / "complete"), "--as-of", "2026-11-23", "-q"]
PRICES = ["--prices", str(ROOT / "fixtures/prices/rates.toml"), "--unpriced", "zero"]
OCTOBER = ["--period", "2026-10"]
JSON = ["--format", "json"]


class Command:
    def __init__(self, binary, folder):
        self.binary, self.folder = binary, folder

    def run(self, *arguments):
        """What a command prints; warnings are no failure."""
        made = subprocess.run([self.binary, *arguments], cwd=self.folder, capture_output=True, text=True)
        assert made.returncode in (0, 3), f"{arguments}: {made.stderr}"
        return made.stdout

    def json(self, *arguments):
        return json.loads(self.run(*arguments, *JSON))

    def manifest(self, *arguments):
        self.run(*arguments, "--format", "csv", "--manifest", "manifest.json")
        return json.loads((self.folder / "manifest.json").read_text())

    def folder_manifest(self, name, *arguments):
        self.run(*arguments, *OCTOBER, *PRICES, "--to", name, "--format", "csv")
        return json.loads((self.folder / name / "manifest.json").read_text())

    def index(self):
        """The index of a dump that is pulled from the real months."""
        line = [self.binary, "serve", str(REAL / "complete/2026-10"), "--listen", "127.0.0.1:0", "-q"]
        with subprocess.Popen(line, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as served:
            try:
                address = next(filter(None, (re.search(r"http://[\d.:]+", line) for line in served.stderr)))
                self.run("pull", "--url", address[0], "--to", "pulled", *OCTOBER, "-q")
            finally:
                served.terminate()
        return json.loads((self.folder / "pulled/index.json").read_text())


def documents(command):
    """All documents with the names of their kinds."""
    report = ["report", *COMPLETE]
    for arguments in (
        [],
        [*OCTOBER, "--by", "customer,component", "--compare", "previous-month", *PRICES],
        [*OCTOBER, "--by", "customer", "--top", "3"],
        ["--period", "2026-Q4", "--by", "period,component", "--pivot", "period"],
        ["--by", "user,quarter", "--type", "cores"],
        ["--period", "2026-Q4", "--by", "customer", "--compare", "like-for-like"],
        ["--period", "2020-01"],
        [*OCTOBER, "--by", "customer", "--parents", str(REAL / "component-usages"), *PRICES],
    ):
        yield "report", command.json(*report, *arguments)
    yield "manifest", command.manifest(*report, *OCTOBER, "--by", "user", "--type", "cores")
    yield "manifest", command.manifest(*report, *OCTOBER, *PRICES)
    yield "statements_manifest", command.folder_manifest("statements", "statements", *COMPLETE)
    yield "bills_manifest", command.folder_manifest("bills", "bills", *COMPLETE, "--per", "customer")
    yield "check", command.json("check", *COMPLETE, *OCTOBER)
    yield "check", command.json("check", str(REAL / "default-order/2026-10"), "--as-of", "2026-11-23")
    yield "index", command.index()

    book = ["--book", "usage.book"]
    add = ["add", *book, "-q", "--pulled-at"]
    complete = [word for month in ("08", "09", "10") for word in ("--complete", f"2026-{month}")]
    command.run(*add, "2026-11-02T08:00:00Z", "--new", str(REAL / "complete"), *complete)
    close = ["--accept-incomplete", "--by-whom", "Mari Maasikas", *book]
    command.run("close", "2026-10", *PRICES, *close)
    command.run("close", "2026-09", *close)
    command.run(*add, "2026-11-20T08:00:00Z", str(REAL / "renamed/after"), "--label", "after the renaming")
    yield "late", command.json("late", *book)
    yield "late", command.json("late", *PRICES, *book)
    yield "diff", command.json("diff", "2026-09", *book)
    yield "diff", command.json("diff", "2026-10", "--amounts", *book)
    yield "explain", command.json("explain", *OCTOBER, "--type", "cores", *book)
    of_book = ["report", *book, *OCTOBER, "--by", "customer", "--as-of", "2026-11-23", "-q"]
    yield "report", command.json(*of_book)
    yield "manifest", command.manifest(*of_book)
    yield "status", command.json("status", *book)
    yield "history", command.json("history", *book)


def validator(kind):
    entry = {"$schema": SCHEMA["$schema"], "$defs": SCHEMA["$defs"], "$ref": f"#/$defs/{kind}"}
    return jsonschema.Draft202012Validator(entry, format_checker=jsonschema.FormatChecker())


def check(kind, document):
    valid = validator(kind)
    for wrong in valid.iter_errors(document):
        raise SystemExit(f"{kind}: {'/'.join(map(str, wrong.absolute_path))}: {wrong.message[:300]}")
    for name, changed in changes(document):
        assert not valid.is_valid(changed), f"{kind}: {name} passes"


def changes(document):
    """The document without a key that it always has, with one more, and with rounded figures."""
    at = document[0] if isinstance(document, list) else document
    for key in ("tool", "period", "id", "request"):
        if key in at:
            changed = copy.deepcopy(document)
            del (changed[0] if isinstance(document, list) else changed)[key]
            yield f"no {key}", changed
    changed = copy.deepcopy(document)
    (changed[0] if isinstance(document, list) else changed)["more"] = 1
    yield "a key more", changed
    changed = copy.deepcopy(document)
    if rounded(changed):
        yield "a rounded figure", changed


def rounded(value):
    """Whether an exact figure in the document was replaced by a number."""
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        if key in ("usage", "amount", "net") and isinstance(inner, str):
            value[key] = float(inner) + 0.5
            return True
        if isinstance(inner, (dict, list)) and rounded(inner):
            return True
    return False


def main(binary):
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    kinds = {}
    with tempfile.TemporaryDirectory() as folder:
        for kind, document in documents(Command(binary, pathlib.Path(folder))):
            check(kind, document)
            kinds[kind] = kinds.get(kind, 0) + 1
    referred = set(re.findall(r"#/\$defs/(\w+)", json.dumps(SCHEMA)))
    unchecked = set(SCHEMA["$defs"]) - referred - set(kinds)
    assert not unchecked, f"no document of {unchecked}"
    print(f"{sum(kinds.values())} documents of {len(kinds)} kinds: valid, and refused once they are changed")


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]))
