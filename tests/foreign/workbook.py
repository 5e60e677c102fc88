"""Opens workbooks of usagebook with openpyxl and LibreOffice: types, table, names, and formulas calculated anew.

    python tests/foreign/workbook.py target/debug/usagebook

The command is run on fixtures/real; openpyxl and soffice must be there (pip install openpyxl pdfplumber; Debian: libreoffice-calc).
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
import pdfplumber

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
        assert setup.orientation == "landscape" and int(setup.paperSize) == 9, sheet.title
        if sheet.sheet_properties.pageSetUpPr and sheet.sheet_properties.pageSetUpPr.fitToPage:
            assert setup.fitToWidth in (None, 1) and setup.fitToHeight == 0, sheet.title
        else:
            # Of 11 points that is 8; what is too wide goes on to more pages.
            assert (setup.scale or 100) >= 73, (sheet.title, setup.scale)
        assert "&P" in (sheet.oddFooter.right.text or "") + (sheet.oddFooter.center.text or ""), sheet.title
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
    ties = {row[0]: row[1:8] for row in book["Checks"].iter_rows(values_only=True) if row[0] in ("EUR", "USD")}
    for total in totals:
        verdict, *figures = ties.pop(total["currency"])
        assert verdict == "adds up" and {decimal.Decimal(str(figure)) for figure in figures} == {decimal.Decimal(total["amount"])}
    assert not ties and len(totals) == 2


def half_up(part, whole):
    """Part of whole in per cent, two places, halves away from zero."""
    return (decimal.Decimal(100) * part / whole).quantize(decimal.Decimal("0.01"), decimal.ROUND_HALF_UP)


def check_money_first(book):
    """The sheet Amounts, added up anew: from the detail, and from a report of the month before."""
    assert book.sheetnames[:3] == ["Cover", "Amounts", "Amounts by month"], book.sheetnames
    header, *lines = book["Detail"].iter_rows(values_only=True)
    place = {name: at for at, name in enumerate(header)}
    now, before = {}, {}
    for line in lines:
        if line[place["amount"]] not in (None, ""):
            key = line[place["customer_uuid"]], line[place["currency"]]
            now[key] = now.get(key, 0) + decimal.Decimal(str(line[place["amount"]]))
    september = ["report", INPUT, "--as-of", "2026-11-23", "--period", "2026-09", "--by", "customer", "--format", "csv", *PRICES]
    outcome = subprocess.run([COMMAND, *september], capture_output=True, check=True)
    for line in csv.DictReader(io.StringIO(outcome.stdout.decode())):
        if line["amount"]:
            key = line["customer_uuid"], line["currency"]
            before[key] = before.get(key, 0) + decimal.Decimal(line["amount"])
    rows = list(book["Amounts"].iter_rows(min_row=5, values_only=True))
    at = {name: at for at, name in enumerate(rows[0])}
    number = lambda row, name: None if row[at[name]] is None else decimal.Decimal(str(row[at[name]])).quantize(decimal.Decimal("0.001"))
    seen, totals = set(), {}
    for row in rows[1:]:
        if row[0] is None or row[at["Currency"]] is None:
            break
        if row[0] == "Total":
            totals[row[at["Currency"]]] = row
            continue
        key = row[at["Customer UUID"]], row[at["Currency"]]
        seen.add(key)
        assert number(row, "October 2026") == now.get(key) and number(row, "September 2026") == before.get(key), row
        change = now.get(key, 0) - before.get(key, 0)
        assert number(row, "Change") == change, row
        percent = half_up(change, abs(before[key])) if before.get(key) else None
        found = row[at["Change %"]]
        assert (found is None) == (percent is None) and (found is None or abs(decimal.Decimal(str(found)) * 100 - percent) < decimal.Decimal("0.001")), row
        whole = sum(amount for (_, currency), amount in now.items() if currency == key[1])
        if key in now:
            assert abs(decimal.Decimal(str(row[at["Share"]])) * 100 - half_up(now[key], whole)) < decimal.Decimal("0.001"), row
    assert seen == set(now) | set(before), seen ^ (set(now) | set(before))
    for currency, row in totals.items():
        assert number(row, "October 2026") == sum(amount for (_, own), amount in now.items() if own == currency), row
        cell = book.defined_names[f"Amount_{currency}"].attr_text.split("!")[1].replace("$", "")
        assert decimal.Decimal(str(book["Cover"][cell].value)) == number(row, "October 2026"), currency
    assert set(totals) == {"EUR", "USD"}


def check_paper(folder):
    """As LibreOffice prints it: no letter of less than 8 points."""
    path = folder / "paper.xlsx"
    command = ["report", INPUT, "--as-of", "2026-11-23", "--period", "2026-10", *PRICES, "-o", path]
    subprocess.run([COMMAND, *command], check=True, capture_output=True)
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", folder, path]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    with pdfplumber.open(folder / "paper.pdf") as document:
        sizes = {(round(char["size"], 1)) for page in document.pages for char in page.chars}
        assert min(sizes) >= 7.9, sorted(sizes)[:5]
        return len(document.pages)


def check_budget(key, marked):
    """The sheet of budgets: their rows are numbers, totals are those of the rows, and a rule marks what is over."""

    def check_rows(book):
        sheet = book["Budget"]
        rows = list(sheet.iter_rows(values_only=True))
        place = {name: at for at, name in enumerate(rows[4])}
        # What the organisation knows of customers comes after the figures.
        assert list(place)[:2] == ["Period", "Customer"] and place["Cost centre"] > place["Has budget"], place
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
    expected = {f"Usage in {unit if len(unit) < 60 else unit[:59] + '…'} by component" for unit in HOSTILE}
    assert titles == expected, titles ^ expected
    calculated(path, folder)
    return len(titles)


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        usage = check(folder, "usage", ["--users"], check_detail)
        amounts = check(folder, "amounts", ["--users", *PRICES], check_amounts)
        october = folder / "october.xlsx"
        command = ["report", INPUT, "--as-of", "2026-11-23", "--period", "2026-10", *PRICES, "-o", october]
        subprocess.run([COMMAND, *command], check=True, capture_output=True)
        check_money_first(openpyxl.load_workbook(october, data_only=True))
        pages = check_paper(folder)
        own = ["--attributes", JOIN / "customers.csv", "--budget"]
        check(folder, "budget", [*own, JOIN / "budget.csv"], check_budget("Unit", 2))
        titles = check_hostile(folder)
        check(folder, "money", [*own, JOIN / "budget-money.csv", *PRICES], check_budget("Currency", 2))
    print(f"amounts by customer added up anew; {pages} pages in 8 points or more")
    print(f"{titles} titles of charts are text")
    versions = f"openpyxl {openpyxl.__version__} and LibreOffice"
    print(f"{usage} formulas of usage and {amounts} with amounts the same in {versions}")


if __name__ == "__main__":
    COMMAND = str(pathlib.Path(sys.argv[1]).resolve())
    main()
