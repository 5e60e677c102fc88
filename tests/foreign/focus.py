"""Has focus-validator, the FinOps Foundation's own, judge data sets of FOCUS 1.2 that usagebook writes, and
focus-data-toolkit, which has the model of FOCUS 1.4, those of FOCUS 1.4.

    python tests/foreign/focus.py target/debug/usagebook target/focus-validator/bin/focus-validator

focus-toolkit is expected in the same folder as focus-validator.

FOCUS 1.2: the command is run on fixtures/real, in both formats. The validator ends with 0 whatever it finds and says what failed
in a JUnit file; that is read here, and files that are broken on purpose show that it is. It passes over what it asks of
rows whose ChargeClass is not "Correction" where ChargeClass is null, so that is checked here. Two of its rules are not the
specification's: strings may hold ASCII only where FOCUS says Unicode, and an empty InvoiceId fails the one of two
alternatives that does not hold. So the pages are judged twice: with names in ASCII, where all must pass, and as they
are, where nothing but the rule of ASCII may fail.

FOCUS 1.4: a month is closed, billed, changed, restated and billed again. Both versions of it, in both formats, their billing
periods and the details of their invoices have to pass, alone and together; the second version has to be the first one with
corrections; what rows with an InvoiceId come to has to be what the register of issued documents says, in FOCUS 1.2 as well;
broken files have to fail.
"""

import csv
import decimal
import gzip
import json
import pathlib
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = ROOT / "fixtures/real/complete"
RATES = ROOT / "fixtures/prices/rates.toml"
CUSTOMERS = ROOT / "fixtures/bills/customers.csv"
EXCHANGE = ["--currency", "EUR", "--exchange-rates", ROOT / "fixtures/prices/exchange-rates.csv"]
CONFIGURATION = """
organisation = "Example Computing"
[focus.service_subcategory]
"Cloud VM" = "Virtual Machines"
"HPC partition B, legacy" = "Other (Compute)"
"""
VERSION = "1.2.0.1"
# What nobody sells here; all else is applied, the stricter the better.
UNSUPPORTED = {"CAPACITY_RESERVATION_SUPPORTED", "COMMITMENT_DISCOUNT_SUPPORTED"}
# "MUST NOT be null where there is an invoice", which the validator takes to be always; its alternative passes.
NOT_TAKEN = {"InvoiceId-C-005-C"}


def main():
    model = json.loads((rules() / f"model-{VERSION}.json").read_text())
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        ascii_pages = folder / "ascii"
        for page in PAGES.rglob("*.json.gz"):
            copy = ascii_pages / page.relative_to(PAGES).with_suffix("")
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(json.dumps(in_ascii(json.loads(gzip.decompress(page.read_bytes())))))
        rates, real = folder / "rates.toml", folder / "usagebook.toml"
        rates.write_text(in_ascii(RATES.read_text()))
        real.write_text(CONFIGURATION)
        tags = folder / "centres.csv"
        tags.write_text("customer_name,cost_centre\nTartu ?likool,4711\n")
        every_way = [[], EXCHANGE, ["--period", "2026-10", "--attributes", tags], ["--username", "a"]]
        for number, flags in enumerate(every_way):
            for ending in ["csv", "parquet"]:
                path = folder / f"{number}.{ending}"
                written(path, ascii_pages, rates, real, *flags)
                if ending == "csv":
                    check_products(path)
                    check_services(path, model)
                failed = judged(path, model, folder)
                assert failed == NOT_TAKEN, (path.name, flags, sorted(failed))
        check_unicode(model, real, folder)
        check_broken(folder / "0.csv", model, folder)
        check_restated(folder, real)
    print("focus-validator and focus-toolkit: all well")


def check_restated(folder, configuration):
    """FOCUS 1.4 of a month that is closed twice."""
    book, month = folder / "restated.book", "2026-10"
    listed = ran("list", PAGES / month, "--all", "--format", "ndjson", "-q").stdout.splitlines()
    records = [json.loads(line) for line in listed]
    add(book, folder / "first.ndjson", records, "2026-11-02T08:00:00Z")
    close(book, "close", "--prices", RATES, "--attributes", CUSTOMERS, "--note", "invoices", "--by-whom", "Mari")
    issue(book, folder / "issued-v1", "2026-11-05")
    other = next(record for record in records if record["customer_uuid"] != records[0]["customer_uuid"])
    moved = {name: other[name] for name in ("customer_uuid", "customer_name")}
    for number, record in enumerate(records):
        if record["project_uuid"] == records[0]["project_uuid"]:
            record.update(moved)
        if number % 50 == 7:
            record.update(usage=record["usage"] + 12.25, modified="2026-11-20T09:00:00Z")
    del records[100:110]
    add(book, folder / "later.ndjson", records, "2026-11-23T08:00:00Z")
    close(book, "restate", "--note", "late", "--by-whom", "Mari")
    issue(book, folder / "issued-v2", "2026-11-24")
    for ending in ["csv", "parquet"]:
        for version in ["v1", "v2"]:
            costs, periods, invoices = (folder / f"{name}-{version}.{ending}" for name in ("costs", "periods", "invoices"))
            outcome = ran(
                "report", "--book", book, "--period", month, "--version", version, "--config", configuration,
                "--format", f"focus-{ending}", "--focus-version", "1.4", "-o", costs, "--focus-billing-periods", periods,
                "--focus-invoice-details", invoices,
            )  # fmt: skip
            ties = [line for line in outcome.stderr.splitlines() if line.startswith("BilledCost of ")]
            assert ties and all("equal to the report's amount" in line for line in ties), outcome.stderr
            print(f"{costs.name}: {'; '.join(ties)}")
            supported = ["--supports", "SupportsUnitPricing", "--supports", "SupportsMultiplePricingCategories"]
            accepted("validate", "--dataset", "cost-and-usage", *supported, costs)
            accepted("validate", "--dataset", "billing-period", periods)
            accepted("validate", "--dataset", "invoice-detail", invoices)
            bundle = ["--cost-and-usage", costs, "--billing-period", periods, "--invoice-detail", invoices]
            accepted("validate-bundle", *bundle)
    check_corrections(*(read(folder / f"costs-{version}.csv") for version in ("v1", "v2")))
    for version in ["v1", "v2"]:
        check_invoices(*(read(folder / f"{name}-{version}.csv") for name in ("costs", "invoices")), folder / f"issued-{version}")
    check_invoices_of_1_2(book, configuration, folder, read(folder / "issued-v2/register.csv"))
    periods = read(folder / "periods-v2.csv")
    assert [(row["BillingPeriodStart"], row["BillingPeriodStatus"]) for row in periods] == [("2026-10-01T00:00:00Z", "Closed")]
    costs, invoices = (read(folder / f"{name}-v2.csv") for name in ("costs", "invoices"))
    for dataset, rows, column, value in [
        ("cost-and-usage", costs, "HostProviderName", None),
        ("cost-and-usage", costs, "ChargeClass", "Original"),
        ("cost-and-usage", costs, "ContractedCost", "123.00"),
        ("cost-and-usage", costs, "ProviderName", "Example Computing"),
        ("billing-period", periods, "BillingPeriodStatus", "Ajar"),
        ("invoice-detail", invoices, "InvoiceIssueStatus", "Sent"),
        ("invoice-detail", invoices, "ReferenceInvoiceId", ""),
    ]:
        changed = [{**rows[0], column: value}, *rows[1:]]
        if value is None:
            changed = [{name: cell for name, cell in row.items() if name != column} for row in rows]
        broken = folder / "broken.csv"
        with open(broken, "w", newline="") as file:
            names = dict.fromkeys(name for row in changed for name in row)
            writer = csv.DictWriter(file, list(names), restval="")
            writer.writeheader()
            writer.writerows(changed)
        assert not toolkit("validate", "--dataset", dataset, broken), (column, value)
    fewer = folder / "fewer.csv"
    fewer.write_text("".join((folder / "invoices-v2.csv").read_text().splitlines(keepends=True)[:-2]))
    assert not toolkit("validate-bundle", "--cost-and-usage", folder / "costs-v2.csv", "--invoice-detail", fewer)
    elsewhere = folder / "elsewhere.csv"
    elsewhere.write_text((folder / "periods-v2.csv").read_text().replace("2026-1", "2025-1"))
    assert not toolkit("validate-bundle", "--cost-and-usage", folder / "costs-v2.csv", "--billing-period", elsewhere)


def check_invoices(costs, details, issued):
    """Details come to the totals of the documents, and rows to the details that they name. Documents without VAT come to what the rows do."""
    register = read(issued / "register.csv")
    totals = sums(register, ["number", "currency"], "total")
    assert sums(details, ["InvoiceId", "BillingCurrency"], "BilledCost") == totals and len(totals) > 5
    assert sums([row for row in details if row["ChargeCategory"] != "Tax"], ["InvoiceId", "BillingCurrency"], "BilledCost") == sums(
        register, ["number", "currency"], "net"
    )
    named = [row for row in costs if row["InvoiceDetailId"]]
    assert all(bool(row["InvoiceId"]) == bool(row["InvoiceDetailId"]) for row in costs)
    not_zero = [row for row in costs if not row["InvoiceId"] and decimal.Decimal(row["BilledCost"])]
    left = {key for key, sum in sums(not_zero, ["BillingAccountId", "BillingCurrency"], "BilledCost").items() if sum}
    assert not left, left
    usage = {key: sum for key, sum in sums(details, ["InvoiceDetailId"], "BilledCost").items() if "/Tax/" not in key[0]}
    assert sums(named, ["InvoiceDetailId"], "BilledCost") == usage
    corrects = {row["number"]: row["corrects"].split()[0] for row in register if row["corrects"]}
    assert all(row["ReferenceInvoiceId"] == corrects.get(row["InvoiceId"], row["InvoiceId"]) for row in details)
    print(f"{len(details)} details of {len(totals)} documents and currencies, {len(corrects)} of which correct others")


def check_invoices_of_1_2(book, configuration, folder, register):
    """The rows of the last version name the document that has them as they are: the bill, or the note that charged them anew."""
    path = folder / "costs-1.2.csv"
    ran(
        "report", "--book", book, "--period", "2026-10", "--config", configuration, "--format", "focus-csv",
        "--focus-version", "1.2", "-o", path,
    )  # fmt: skip
    rows = read(path)
    kinds = {row["number"]: row["kind"] for row in register}
    found = {kinds[row["InvoiceId"]] for row in rows if row["InvoiceId"]}
    assert {"bill", "debit_note"} <= found, found
    assert all(row["InvoiceId"] for row in rows if decimal.Decimal(row["BilledCost"]))


def sums(rows, keys, column):
    found = {}
    for row in rows:
        key = tuple(row[name] for name in keys)
        found[key] = found.get(key, 0) + decimal.Decimal(row[column])
    return found


def issue(book, to, date):
    ran("bills", "--book", book, "--period", "2026-10", "--issue", "--as-of", date, "--format", "csv", "--to", to, "-q")


def check_corrections(first, second):
    """The second version is the first one, with rows that correct it; what they come to is what the last one charges."""
    assert second[: len(first)] == first and all(row["ChargeClass"] == "" for row in first)
    corrections = second[len(first) :]
    assert {row["ChargeClass"] for row in corrections} == {"Correction"}
    assert {row["x_ClosingVersion"] for row in corrections} == {"v2"}
    assert len(first) > len(corrections) > 20, (len(first), len(corrections))
    standing = {}
    for row in second:
        key = (row["x_ComponentUsageId"], row["ChargeDescription"] if not row["x_ComponentUsageId"] else "", row["BillingAccountId"])
        quantity, cost = (decimal.Decimal(row[name] or 0) for name in ("PricingQuantity", "BilledCost"))
        before = standing.get(key, (0, 0))
        standing[key] = (before[0] + quantity, before[1] + cost)
    # A component usage that moved is the new customer's alone; nothing of the old one's is left.
    left = [key[0] for key, (quantity, cost) in standing.items() if key[0] and (quantity, cost) != (0, 0)]
    assert len(left) == len(set(left))


def add(book, path, records, time):
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    new = [] if pathlib.Path(book).exists() else ["--new"]
    ran("add", *new, path, "--book", book, "--complete", "2026-10", "--pulled-at", time, "-q")


def close(book, command, *flags):
    """Closes October, after an answer for everything that the checks warn of."""
    found = ran("check", "--book", book, "--period", "2026-10", "--format", "json", "-q").stdout
    codes = {check["code"] for check in json.loads(found)["checks"] if check["severity"] == "warning"}
    for code in sorted(codes):
        ran("acknowledge", "2026-10", code, "--book", book, "--by-whom", "Mari", "--reason", "as it is")
    ran(command, "2026-10", "--book", book, *flags)


def ran(*words):
    outcome = subprocess.run([COMMAND, *words], capture_output=True, text=True)
    assert outcome.returncode in (0, 3), (words, outcome.stderr)
    return outcome


def read(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def toolkit(*words):
    outcome = subprocess.run([pathlib.Path(VALIDATOR).with_name("focus-toolkit"), *words], capture_output=True, text=True)
    toolkit.said = outcome.stdout + outcome.stderr
    return outcome.returncode == 0


def accepted(*words):
    assert toolkit(*words), (words, toolkit.said)


def in_ascii(value):
    if isinstance(value, list):
        return [in_ascii(item) for item in value]
    if isinstance(value, dict):
        return {key: in_ascii(item) for key, item in value.items()}
    return "".join(letter if letter.isascii() else "?" for letter in value) if isinstance(value, str) else value


def written(path, pages, rates, configuration, *flags):
    command = [COMMAND, "report", pages, "--as-of", "2026-11-23", "--config", configuration, "--prices", rates]
    command += ["--format", f"focus-{path.suffix[1:]}", "-o", path, *flags]
    outcome = subprocess.run(command, capture_output=True, text=True)
    assert outcome.returncode == 0, outcome.stderr
    ties = [line for line in outcome.stderr.splitlines() if line.startswith("BilledCost of ")]
    assert ties and all("equal to the report's amount" in line for line in ties), outcome.stderr
    print(f"{path.name}: {'; '.join(ties)}")


def judged(path, model, folder):
    """The rules that failed, those aside that only sum up others."""
    criteria = ",".join(sorted(set(model["ApplicabilityCriteria"]) - UNSUPPORTED))
    report = folder / "report.xml"
    report.unlink(missing_ok=True)
    command = [VALIDATOR, "--data-file", path, "--validate-version", VERSION, "--block-download"]
    command += ["--applicability-criteria", criteria, "--output-type", "unittest", "--output-destination", report]
    # It looks for its table of currencies below the working folder.
    outcome = subprocess.run(command, capture_output=True, text=True, cwd=rules().parents[1])
    assert outcome.returncode == 0 and report.exists(), outcome.stdout + outcome.stderr
    cases = list(xml.etree.ElementTree.parse(report).iter("testcase"))
    failed = {case.get("name").split(" :: ")[0] for case in cases if case.find("failure") is not None or case.find("error") is not None}
    passed = [case for case in cases if len(case) == 0]
    assert len(passed) > 200, f"{path.name}: only {len(passed)} rules were looked at"
    return {rule for rule in failed if model["ModelRules"][rule]["Function"] != "Composite"}


def check_products(path):
    """Usage has unit prices that make its costs; the validator asks that only of rows whose ChargeClass is not null."""
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            for kind in ["List", "Contracted"]:
                price, quantity, cost = (row[name] for name in (f"{kind}UnitPrice", "PricingQuantity", f"{kind}Cost"))
                if row["ChargeCategory"] == "Usage":
                    product = decimal.Decimal(price) * decimal.Decimal(quantity)
                    assert decimal.Decimal(price) >= 0 and abs(product - decimal.Decimal(cost)) < decimal.Decimal("1e-12"), row
                else:
                    assert price == quantity == "" and cost == row["BilledCost"] == row["EffectiveCost"], row


def check_services(path, model):
    """Every subcategory is the specification's, and stands under its category: rules that the validator leaves out."""
    pairs = model["ModelRules"]["ServiceSubcategory-C-004-M"]["ValidationCriteria"]["Requirement"]["Items"]
    allowed = [{item["ColumnName"]: item["Value"] for item in pair["Items"]} for pair in pairs]
    with open(path, newline="") as file:
        found = {(row["ServiceCategory"], row["ServiceSubcategory"]) for row in csv.DictReader(file)}
    assert len(found) == 3, found
    for category, subcategory in found:
        assert {"ServiceCategory": category, "ServiceSubcategory": subcategory} in allowed, (category, subcategory)


def check_unicode(model, configuration, folder):
    for ending in ["csv", "parquet"]:
        path = folder / f"unicode.{ending}"
        written(path, PAGES, RATES, configuration)
        failed = judged(path, model, folder) - NOT_TAKEN
        functions = {model["ModelRules"][rule]["ValidationCriteria"]["Requirement"]["CheckFunction"] for rule in failed}
        assert functions == {"FormatString"}, sorted(failed)


def check_broken(path, model, folder):
    """Breaks one thing at a time, which the validator has to find."""
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    assert {"Usage", "Credit"} == {row["ChargeCategory"] for row in rows}
    for column, value, rule in [
        ("BilledCost", "much", "BilledCost-C-001-M"),
        ("ListCost", "", "ListCost-C-003-M"),
        ("ServiceCategory", "Storage", "ServiceName-C-005-C"),
        ("ServiceSubcategory", "Object Storage", "ServiceName-C-008-C"),
        ("ChargeCategory", "Fee", "ConsumedQuantity-C-004-C"),
        ("Tags", "{", "Tags-C-001-M"),
        ("BillingAccountId", None, "CostAndUsage-D-024-M"),
    ]:
        broken = folder / "broken.csv"
        with open(broken, "w", newline="") as file:
            names = [name for name in rows[0] if value is not None or name != column]
            writer = csv.DictWriter(file, names, extrasaction="ignore")
            writer.writeheader()
            writer.writerows([{**rows[0], column: value}, *rows[1:]])
        failed = judged(broken, model, folder)
        assert rule in failed, (column, value, rule, sorted(failed))


def rules():
    """The folder of the validator's rules, beside its interpreter."""
    found = list(pathlib.Path(VALIDATOR).absolute().parents[1].glob("lib/python3*/site-packages/focus_validator/rules"))
    assert found, f"{VALIDATOR}: no focus_validator beside it"
    return found[0]


if __name__ == "__main__":
    COMMAND, VALIDATOR = (str(pathlib.Path(path).absolute()) for path in sys.argv[1:])
    main()
