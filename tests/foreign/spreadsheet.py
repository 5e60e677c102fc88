"""Reads CSV written with `--csv-profile excel` back by LibreOffice: codes stay text letter by letter, figures are numbers.

    python tests/foreign/spreadsheet.py target/debug/usagebook

openpyxl and soffice must be there (pip install openpyxl; Debian: libreoffice-calc).
"""

import csv
import io
import json
import pathlib
import subprocess
import sys
import tempfile

import openpyxl

ROOT = pathlib.Path(__file__).resolve().parents[2]
#: What a spreadsheet makes a number, a date, a truth value or a formula of.
CODES = [
    "0042", "1E10", "1e5", "=1+1", "+1+1", "-1+1", "@SUM(1)", "=cmd|'/c calc'!A1", " =1+1", "\t=1+1", "1-2", "3.4", "1/2", "2026-10",
    "Oct-26", "MAR1", "12:30", "1,5", "1.5", "5%", "(5)", "12345678901234567890", "TRUE", "true", "#N/A", "'0042", "007", "1 000",
]
#: Text that needs no guard.
PLAIN = ["Acme", "cost centre", "A0042", "x=1", "Ünïcode", 'quo"te', "semi;colon", "com,ma", "0x10"]
USAGE = ["1.50", "-2.25", "1234567.89"]
#: Separator, decimal mark, and the language whose rules the numbers are read by.
LOCALES = [("comma", "point", 1033), ("semicolon", "comma", 1031), ("semicolon", "comma", 1061)]


def run(*arguments):
    outcome = subprocess.run([COMMAND, *map(str, arguments)], capture_output=True)
    assert outcome.returncode == 0, outcome.stderr.decode()
    return outcome.stdout


def dump(folder):
    """A record for each text, which is its username."""
    record = json.loads((ROOT / "fixtures/formats/page.json").read_text())[0]
    records = []
    for number, text in enumerate(CODES + PLAIN):
        own = {"uuid": f"{number:032x}", "username": text, "usage": USAGE[number % len(USAGE)]}
        records.append({**record, **own})
    path = folder / "dump.json"
    path.write_text(json.dumps(records))
    return path


def opened(text, separator, language, folder):
    """The rows of a CSV file as LibreOffice has them, with its own eyes open for special numbers."""
    path = folder / "report.csv"
    path.write_bytes(text)
    profile = f"-env:UserInstallation=file://{folder}/profile"
    read = f"--infilter=CSV:{ord(separator)},34,76,1,,{language},false,true"
    command = ["soffice", profile, "--headless", read, "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", folder / "opened", path]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    sheet = openpyxl.load_workbook(folder / "opened/report.xlsx").active
    return list(sheet.iter_rows(values_only=True))


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        report = ["report", dump(folder), "--as-of", "2026-11-23", "--by", "user", "--format", "csv"]
        for separator, mark, language in LOCALES:
            character = {"comma": ",", "semicolon": ";"}[separator]
            text = run(*report, "--csv-profile", "excel", "--csv-separator", separator, "--csv-decimal", mark)
            written = list(csv.reader(io.StringIO(text.decode("utf-8-sig")), delimiter=character))
            cells = opened(text, character, language, folder)
            assert list(cells[0]) == written[0], cells[0]
            at = {name: place for place, name in enumerate(written[0])}
            assert len(cells) == len(written) == len(CODES + PLAIN) + 1
            names = set()
            for found, row in zip(cells[1:], written[1:]):
                shown, expected = found[at["username"]], row[at["username"]]
                assert isinstance(shown, str) and shown == expected, (language, shown, expected)
                names.add(expected)
                usage = float(row[at["usage"]].replace(",", "."))
                assert isinstance(found[at["usage"]], (int, float)) and found[at["usage"]] == usage, found
            assert names == {"'" + code for code in CODES} | set(PLAIN), names
        # Without the guard LibreOffice changes most of them, so the comparison can fail.
        bare = {row[0] for row in opened(run(*report), ",", 1033, folder)}
        assert not bare & {"0042", "1E10"}, bare
    print(f"{len(CODES)} codes and {len(PLAIN)} other texts in {len(LOCALES)} ways: text letter by letter")


if __name__ == "__main__":
    COMMAND = pathlib.Path(sys.argv[1]).resolve()
    main()
