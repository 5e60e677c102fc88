"""Compares a report with the truth, row by row: verify.py TRUTH OUTPUT [PERIOD]

Columns are found by name, so that names beside the uuids do no harm, and rows by their key, so that order does not
count. Usage is compared as exact decimals. Exits with 1 and the first differences where there are any.
"""

import csv
import decimal
import sys

KEY = ["customer_uuid", "project_uuid", "offering_uuid", "component_type", "measured_unit"]


def main():
    truth_path, output_path, *period = sys.argv[1:]
    truth, output = rows(truth_path), rows(output_path)
    if period:
        truth = {key: figures for key, figures in truth.items() if key[0] == period[0]}
    differences = [key for key in truth.keys() | output.keys() if truth.get(key) != output.get(key)]
    for key in sorted(differences)[:5]:
        print(f"{key}: expected {truth.get(key)}, found {output.get(key)}", file=sys.stderr)
    if differences or not truth:
        sys.exit(f"{output_path}: {len(differences):,} of {len(truth):,} rows differ from the truth")


def rows(path):
    found = {}
    with open(path, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            month = (row.get("period") or row["billing_period"])[:7]
            key = (month, *(row[name] for name in KEY))
            if key in found:
                sys.exit(f"{path}: {key} stands there twice")
            found[key] = (decimal.Decimal(row["usage"]), int(row["records"]), int(row["users"]))
    return found


main()
