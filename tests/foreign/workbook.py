"""Opens workbooks of usagebook with openpyxl and LibreOffice: types, table, names, and formulas calculated anew.

    python tests/foreign/workbook.py target/debug/usagebook

The command is run on fixtures/real; openpyxl and soffice must be there (pip install openpyxl; Debian: libreoffice-calc).
"""

import csv
import datetime
import decimal
import io
import json
import math
import pathlib
import re
import subprocess
import sys
import tempfile
import unicodedata
import zipfile

import openpyxl

ROOT = pathlib.Path(__file__).resolve().parents[2]
INPUT = ROOT / "fixtures/real/complete"
ARGUMENTS = ["report", INPUT, "--as-of", "2026-10-20", "--period", "2026-09..2026-10"]
JOIN = ROOT / "fixtures/join"
PRICES = ["--prices", ROOT / "fixtures/prices/rates.toml"]
TEXT = {"customer_uuid", "customer_name", "project_uuid", "project_name", "offering_uuid", "offering_name", "component_type", "measured_unit"}


def run(*arguments):
    outcome = subprocess.run([COMMAND, *ARGUMENTS, *arguments], capture_output=True)
    # 3: the comparison with an earlier period is left out.
    assert outcome.returncode in (0, 3), outcome.stderr.decode()
    return outcome.stdout.decode()


def shown(text):
    """As a cell shows a name: what acts is spelled out, and nothing is blank."""
    return "".join(f"\\u{{{ord(character):x}}}" if unicodedata.category(character) == "Cc" else character for character in text) or "(none)"


def check_detail(book):
    sheet = book["Detail"]
    table = sheet.tables["tblDetail"]
    assert table.ref == sheet.dimensions == table.autoFilter.ref, (table.ref, sheet.dimensions)
    rows = list(sheet.iter_rows(values_only=True))
    header = rows[0]
    assert [column.name for column in table.tableColumns] == list(header)
    assert None not in {cell for row in rows for cell in row}, "a blank cell"
    expected = list(csv.DictReader(io.StringIO(run("--format", "csv"))))
    assert len(rows) - 1 == len(expected)
    for row, line in zip(rows[1:], expected):
        row = dict(zip(header, row))
        assert isinstance(row["period"], datetime.datetime) and row["period"].strftime("%Y-%m") == line["period"]
        assert all(isinstance(row[name], str) and row[name] == shown(line[name]) for name in TEXT), row
        assert all(isinstance(row[name], int) and row[name] == int(line[name]) for name in ("records", "users"))
        digits = len(line["usage"].strip("-0").replace(".", "").rstrip("0"))
        assert isinstance(row["usage"], str if digits > 15 else (int, float)), row
        assert decimal.Decimal(str(row["usage"])) == decimal.Decimal(line["usage"]), row
    return len(expected)


def check_form(path):
    """What holds of every sheet; gives the cells that are formulas, with the results that the file has."""
    formulas, results = openpyxl.load_workbook(path), openpyxl.load_workbook(path, data_only=True)
    cells = {}
    for sheet in formulas:
        assert not sheet.merged_cells.ranges, sheet.title
        setup = sheet.page_setup
        assert setup.orientation == "landscape" and sheet.sheet_properties.pageSetUpPr.fitToPage, sheet.title
        assert setup.fitToWidth in (None, 1) and setup.fitToHeight == 0, sheet.title
        assert "&P" in sheet.oddFooter.right.text + sheet.oddFooter.center.text, sheet.title
        if sheet.title not in ("Cover", "Checks"):
            assert sheet.freeze_panes and sheet.print_title_rows, sheet.title
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    value = results[sheet.title][cell.coordinate].value
                    assert value is not None, (sheet.title, cell.coordinate)
                    cells[sheet.title, cell.coordinate] = value
    assert len(cells) > 200, len(cells)
    names = set(formulas.defined_names)
    assert {"As_Of", "Tie_Out", "Records_Kept", "Summary_usage"} <= names, names
    assert results["Cover"][formulas.defined_names["Tie_Out"].attr_text.split("!")[1].replace("$", "")].value == "adds up"
    return results, cells


def without_results(path, bare):
    """The same workbook, but no formula has a result: whoever opens it has to calculate."""
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(bare, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            if name.startswith("xl/worksheets/sheet"):
                content, count = re.subn(rb"(</f>)<v>[^<]*</v>", rb"\1", content)
            target.writestr(name, content)


def calculated(bare, folder):
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = ["soffice", profile, "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", folder / "calculated", bare]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return openpyxl.load_workbook(folder / "calculated" / bare.name, data_only=True)


def check_formulas(cells, book):
    for (sheet, coordinate), written in cells.items():
        found = book[sheet][coordinate].value
        if isinstance(written, (int, float)):
            assert isinstance(found, (int, float)), (sheet, coordinate, written, found)
            assert math.isclose(found, written, rel_tol=1e-14, abs_tol=1e-9), (sheet, coordinate, written, found)
        else:
            assert found == written, (sheet, coordinate, written, found)


def check_amounts(book):
    """Every amount of the detail, and that the sheets come to the amounts that the manifest of the same run has."""
    rows = list(book["Detail"].iter_rows(values_only=True))
    place = {name: at for at, name in enumerate(rows[0])}
    expected = list(csv.DictReader(io.StringIO(run("--format", "csv", *PRICES))))
    assert len(rows) - 1 == len(expected)
    for row, line in zip(rows[1:], expected):
        assert (row[place["currency"]], row[place["charge_category"]]) == (line["currency"], line["charge_category"]), line
        assert (row[place["charge_description"]] or "") == line["charge_description"], line
        assert isinstance(row[place["amount"]], (int, float)), row
        assert decimal.Decimal(str(row[place["amount"]])) == decimal.Decimal(line["amount"]), line
    totals = json.loads(run("--format", "json", *PRICES))["pricing"]["totals"]
    ties = {row[0]: row[1:7] for row in book["Checks"].iter_rows(values_only=True) if row[0] in ("EUR", "USD")}
    for total in totals:
        verdict, *figures = ties.pop(total["currency"])
        assert verdict == "adds up" and {decimal.Decimal(str(figure)) for figure in figures} == {decimal.Decimal(total["amount"])}
    assert not ties and len(totals) == 2


def check_budget(key, marked):
    """The sheet of budgets: their rows are numbers, totals are those of the rows, and a rule marks what is over."""

    def check_rows(book):
        sheet = book["Budget"]
        rows = list(sheet.iter_rows(values_only=True))
        place = {name: at for at, name in enumerate(rows[4])}
        assert list(place)[:4] == ["Period", "Customer", "Cost centre", "Invoice address"], place
        first = [row[0] for row in rows].index("Total 2026-09")
        lines, totals = rows[5:first], [row for row in rows[first:] if row[0] == "Total"]
        budgets = [row for row in lines if row[place["Budget"]] is not None]
        assert all(isinstance(row[place["Remaining"]], (int, float)) for row in budgets)
        over = [row for row in budgets if row[place["Over budget"]] == "yes"]
        assert len(over) == marked and all(row[place["Remaining"]] < 0 for row in over), over
        planned = {}
        for row in budgets:
            planned[row[place[key]]] = planned.get(row[place[key]], 0) + row[place["Budget"]]
        of_totals = {row[place[key]]: row[place["Budget"]] for row in totals if row[place["Budget"]] is not None}
        assert of_totals == planned, (of_totals, planned)
        rules = [rule for ranges in sheet.conditional_formatting for rule in ranges.rules]
        assert len(rules) == 1 and rules[0].formula[0].endswith('="yes"'), rules

    return check_rows


def check(folder, name, arguments, check_rows):
    path = folder / f"{name}.xlsx"
    run("-o", path, *arguments)
    book, cells = check_form(path)
    check_rows(book)
    bare = folder / f"{name}-bare.xlsx"
    without_results(path, bare)
    check_formulas(cells, calculated(bare, folder))
    return len(cells)


HOSTILE = ["x!A1", "it's on sale!B2", "Sheet1!$A$1:$B$2", "=(A1)", "=tblDetail[usage]", "[Book]Sheet!A1", "&P", "_x0041_", "<b>", "h" * 300]


def check_hostile(folder):
    """Units that spell references, formulas, codes and escapes are the text of charts and cells, and LibreOffice opens them."""
    record = json.loads((ROOT / "fixtures/formats/page.json").read_text())[0]
    records = [
        record | {"uuid": f"{at:032x}", "measured_unit": unit, "component_usage": f"https://x/api/marketplace-component-usages/{at:032x}/"}
        for at, unit in enumerate(HOSTILE, 1)
    ]
    dump, path = folder / "hostile.json", folder / "hostile.xlsx"
    dump.write_text(json.dumps(records))
    outcome = subprocess.run([COMMAND, "report", dump, "--as-of", "2026-11-23", "-o", path], capture_output=True)
    assert outcome.returncode in (0, 3), outcome.stderr.decode()
    book = openpyxl.load_workbook(path)
    header, *rows = book["Detail"].iter_rows(values_only=True)
    units = {row[header.index("measured_unit")] for row in rows}
    assert units == set(HOSTILE), units ^ set(HOSTILE)
    titles = {
        "".join(run.t for paragraph in chart.title.tx.rich.p for run in paragraph.r or [])
        for chart in book["Trend"]._charts
        if not chart.title.tx.strRef
    }
    expected = {f"Usage in {unit if len(unit) < 60 else unit[:59] + '…'} by component." for unit in HOSTILE}
    assert titles == expected, titles ^ expected
    calculated(path, folder)
    return len(titles)


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        usage = check(folder, "usage", ["--users"], check_detail)
        amounts = check(folder, "amounts", ["--users", *PRICES], check_amounts)
        own = ["--attributes", JOIN / "customers.csv", "--budget"]
        check(folder, "budget", [*own, JOIN / "budget.csv"], check_budget("Unit", 2))
        titles = check_hostile(folder)
        check(folder, "money", [*own, JOIN / "budget-money.csv", *PRICES], check_budget("Currency", 2))
    print(f"{titles} titles of charts are text")
    versions = f"openpyxl {openpyxl.__version__} and LibreOffice"
    print(f"{usage} formulas of usage and {amounts} with amounts the same in {versions}")


if __name__ == "__main__":
    COMMAND = str(pathlib.Path(sys.argv[1]).resolve())
    main()
