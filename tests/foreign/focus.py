"""Has focus-validator, the FinOps Foundation's own, judge data sets of FOCUS 1.2 that usagebook writes.

    python tests/foreign/focus.py target/debug/usagebook target/focus-validator/bin/focus-validator

The command is run on fixtures/real, in both formats. The validator ends with 0 whatever it finds and says what failed
in a JUnit file; that is read here, and files that are broken on purpose show that it is. It passes over what it asks of
rows whose ChargeClass is not "Correction" where ChargeClass is null, so that is checked here. Two of its rules are not the
specification's: strings may hold ASCII only where FOCUS says Unicode, and an empty InvoiceId fails the one of two
alternatives that does not hold. So the pages are judged twice: with names in ASCII, where all must pass, and as they
are, where nothing but the rule of ASCII may fail.
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
    print("focus-validator: all well")


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
