"""A month's report in a pipeline, as functions that a scheduler runs one after the other.

    python pipeline.py dumps/ 2026-10 rates.toml out/
"""

from __future__ import annotations

import sys
from decimal import Decimal
from pathlib import Path

import usagebook


def checked_report(dumps: str, period: str, prices: str) -> usagebook.Report:
    """Makes the report, and stops the run if its figures may be wrong."""
    report = usagebook.report(dumps, period=period, prices=prices)
    if report.warnings:
        raise RuntimeError("; ".join(warning.message for warning in report.warnings))
    return report


def written(report: usagebook.Report, folder: Path) -> list[Path]:
    """Writes what people and programs read; each file appears whole, or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / "report.parquet", folder / "report.xlsx"]
    for file in files:
        report.save(file, manifest=folder / f"{file.name}.manifest.json")
    return files


def revenue(report: usagebook.Report) -> dict[str, Decimal]:
    """What the month comes to, by currency."""
    totals = report.manifest["pricing"]["totals"]
    return {total["currency"]: Decimal(total["amount"]) for total in totals}


def main(dumps: str, period: str, prices: str, folder: str) -> None:
    report = checked_report(dumps, period, prices)
    for file in written(report, Path(folder)):
        print(file)
    for currency, amount in revenue(report).items():
        print(currency, amount)


if __name__ == "__main__":
    main(*sys.argv[1:])
