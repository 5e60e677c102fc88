"""Reads the Parquet of usagebook with DuckDB and pyarrow: types, metadata, and totals against CSV and the truth.

    python tests/foreign/check.py target/debug/usagebook

The command is run on fixtures/real; both readers must be there (pip install duckdb pyarrow).
"""

import csv
import datetime
import decimal
import gzip
import io
import json
import pathlib
import subprocess
import sys
import tempfile

import duckdb
import pyarrow
import pyarrow.dataset
import pyarrow.parquet

ROOT = pathlib.Path(__file__).resolve().parents[2]
INPUT = ROOT / "fixtures/real/complete"
AS_OF = "2026-11-23"
KEYS = ["period", "customer_uuid", "project_uuid", "offering_uuid", "component_type", "measured_unit"]
TYPES = {
    "billing_period": pyarrow.date32(),
    "period": pyarrow.string(),
    "customer_uuid": pyarrow.string(),
    "customer_name": pyarrow.string(),
    "project_uuid": pyarrow.string(),
    "project_name": pyarrow.string(),
    "offering_uuid": pyarrow.string(),
    "offering_name": pyarrow.string(),
    "component_type": pyarrow.string(),
    "measured_unit": pyarrow.string(),
    "usage": pyarrow.decimal128(18, 2),
    "records": pyarrow.int64(),
    "users": pyarrow.int64(),
}
ENCODINGS = {"PLAIN", "RLE", "RLE_DICTIONARY", "PLAIN_DICTIONARY", "BIT_PACKED"}


def run(*arguments):
    outcome = subprocess.run([COMMAND, "report", INPUT, "--as-of", AS_OF, *arguments], capture_output=True)
    assert outcome.returncode == 0, outcome.stderr.decode()
    return outcome.stdout.decode()


def figures(rows):
    """Key to usage, records and users."""
    table = {}
    for row in rows:
        key = tuple(str(row[name]) for name in KEYS)
        assert key not in table, key
        table[key] = (decimal.Decimal(row["usage"]), int(row["records"]), int(row["users"]))
    return table


def truth():
    with gzip.open(ROOT / "fixtures/real/truth/monthly_totals.csv.gz", "rt", newline="") as file:
        rows = [
            row | {
                "period": row["billing_period"][:7],
                "usage": row["usage_sum_of_floats"],
                "records": row["row_count"],
                "users": row["username_count"],
            }
            for row in csv.DictReader(file)
        ]
    return figures(rows)


def check_file(path, expected):
    file = pyarrow.parquet.ParquetFile(path)
    schema = file.schema_arrow
    assert {field.name: field.type for field in schema} == TYPES, schema
    metadata = file.metadata
    for group in range(metadata.num_row_groups):
        for column in range(metadata.num_columns):
            chunk = metadata.row_group(group).column(column)
            assert chunk.compression == "SNAPPY", chunk.compression
            assert set(chunk.encodings) <= ENCODINGS, chunk.encodings
    entries = {key.decode(): value.decode() for key, value in metadata.metadata.items()}
    assert entries["usagebook.schema_version"] == "2", entries
    assert json.loads(entries["usagebook.totals"]), entries
    rows = file.read().to_pylist()
    assert figures(rows) == expected
    assert all(row["billing_period"] == datetime.date.fromisoformat(row["period"] + "-01") for row in rows)
    query = duckdb.sql(f"SELECT * FROM read_parquet('{path}')")
    types = dict(zip(query.columns, map(str, query.types)))
    assert (types["usage"], types["billing_period"], types["records"]) == ("DECIMAL(18,2)", "DATE", "BIGINT"), types
    assert figures([dict(zip(query.columns, row)) for row in query.fetchall()]) == expected


def check_partitions(folder, expected):
    files = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    assert files == [f"period=2026-{month}/usage.parquet" for month in ("08", "09", "10")], files
    query = duckdb.sql(f"SELECT * FROM read_parquet('{folder}/*/*.parquet', hive_partitioning = true, hive_types = {{'period': VARCHAR}})")
    assert figures([dict(zip(query.columns, row)) for row in query.fetchall()]) == expected
    partitioning = pyarrow.dataset.partitioning(pyarrow.schema([("period", pyarrow.string())]), flavor="hive")
    dataset = pyarrow.dataset.dataset(folder, format="parquet", partitioning=partitioning)
    assert figures(dataset.to_table().to_pylist()) == expected
    one_month = dataset.to_table(filter=pyarrow.dataset.field("period") == "2026-09").to_pylist()
    assert figures(one_month) == {key: value for key, value in expected.items() if key[0] == "2026-09"}


def check_attributes(folder, expected):
    """Columns of the user's own and budgets are text and decimals to both readers, and move no usage."""
    join = ROOT / "fixtures/join"
    with open(join / "customers.csv", newline="") as file:
        centres = {row["customer_uuid"]: row["cost_centre"] or None for row in csv.DictReader(file)}
    path = folder / "attributes.parquet"
    run("--attributes", join / "customers.csv", "--attributes", join / "projects-excel.csv", "-o", path)
    table = pyarrow.parquet.read_table(path)
    own = ["cost_centre", "invoice_address", "pi", "grant"]
    assert [name for name in table.schema.names if name not in TYPES] == own, table.schema
    assert all(table.schema.field(name).type == pyarrow.string() for name in own), table.schema
    rows = table.to_pylist()
    assert figures(rows) == expected
    assert all(row["cost_centre"] == centres.get(row["customer_uuid"]) for row in rows)
    names = {row["pi"] for row in rows}
    assert names == {None, "Kask", 'Zeile; mit "Semikolon"'}, names
    by_centre = {}
    for row in rows:
        key = (row["cost_centre"] or "", row["measured_unit"])
        by_centre[key] = by_centre.get(key, 0) + row["usage"]
    path = folder / "centres.parquet"
    run("--attributes", join / "customers.csv", "--by", "cost_centre", "-o", path)
    query = f"SELECT cost_centre, measured_unit, usage FROM read_parquet('{path}')"
    assert {(centre, unit): usage for centre, unit, usage in duckdb.sql(query).fetchall()} == by_centre
    path = folder / "budget.parquet"
    run("--budget", join / "budget.csv", "--by", "period,customer,component", "-o", path)
    query = duckdb.sql(f"SELECT budget, remaining, used_percent, over_budget, usage FROM read_parquet('{path}') WHERE budget IS NOT NULL")
    assert list(map(str, query.types)) == ["DECIMAL(18,2)"] * 3 + ["VARCHAR", "DECIMAL(18,2)"], query.types
    budgets = query.fetchall()
    with open(join / "budget.csv", newline="") as file:
        assert sum(row[0] for row in budgets) == sum(decimal.Decimal(row["budget"]) for row in csv.DictReader(file))
    assert all(budget - remaining == usage for budget, remaining, _, _, usage in budgets), budgets
    assert all((over == "yes") == (remaining < 0) for _, remaining, _, over, _ in budgets), budgets


def check_reading(folder):
    """A Parquet file that DuckDB wrote from our own listing is read as the pages are."""
    listing = folder / "listing.csv"
    listing.write_bytes(subprocess.run([COMMAND, "list", INPUT, "--all", "--format", "csv"], capture_output=True).stdout)
    written = folder / "duckdb.parquet"
    duckdb.sql(
        f"COPY (SELECT * REPLACE (usage::DECIMAL(20, 2) AS usage) FROM read_csv('{listing}', all_varchar = true, nullstr = 'nothing is null')) "
        f"TO '{written}' (FORMAT parquet, COMPRESSION zstd)"
    )
    outcome = subprocess.run([COMMAND, "report", written, "--as-of", AS_OF, "--format", "csv"], capture_output=True)
    assert outcome.returncode == 0, outcome.stderr.decode()
    assert outcome.stdout.decode() == run("--format", "csv")


def check_book(folder, expected):
    """The months of a book, record by record, are what both readers add up to the truth."""
    book = folder / "usage.book"
    outcome = subprocess.run(
        [COMMAND, "add", "--new", INPUT, "--book", book, "--pulled-at", "2026-11-02T08:00:00Z"], capture_output=True
    )
    assert outcome.returncode == 0, outcome.stderr.decode()
    months = book / "months"
    files = sorted(path for path in months.rglob("*") if path.is_file())
    assert [path.parent.name for path in files] == ["period=2026-08", "period=2026-09", "period=2026-10"], files
    query = f"""SELECT period, customer_uuid, project_uuid, offering_uuid, component_type, measured_unit,
        sum(usage) AS usage, count(*) AS records, count(DISTINCT username) AS users
        FROM read_parquet('{months}/*/*.parquet', hive_partitioning = true, hive_types = {{'period': VARCHAR}})
        GROUP BY ALL"""
    result = duckdb.sql(query)
    assert figures([dict(zip(result.columns, row)) for row in result.fetchall()]) == expected
    partitioning = pyarrow.dataset.partitioning(pyarrow.schema([("period", pyarrow.string())]), flavor="hive")
    dataset = pyarrow.dataset.dataset(months, format="parquet", partitioning=partitioning)
    assert dataset.schema.field("usage").type == pyarrow.decimal128(18, 2), dataset.schema
    assert dataset.schema.field("modified").type == pyarrow.timestamp("us", tz="UTC"), dataset.schema
    groups = {}
    for row in dataset.to_table().to_pylist():
        assert row["billing_period"] == datetime.date.fromisoformat(row["period"] + "-01")
        usage, users, records = groups.setdefault(tuple(row[name] for name in KEYS), ([], set(), []))
        usage.append(row["usage"])
        users.add(row["username"])
        records.append(row["uuid"])
    assert {key: (sum(usage), len(records), len(users)) for key, (usage, users, records) in groups.items()} == expected
    one_month = dataset.to_table(filter=pyarrow.dataset.field("period") == "2026-09")
    assert one_month.num_rows == sum(records for key, (_, records, _) in expected.items() if key[0] == "2026-09")
    # A book is read as any dump is: its months are records.
    outcome = subprocess.run([COMMAND, "report", *files, "--as-of", AS_OF, "--format", "csv"], capture_output=True)
    assert outcome.stdout.decode() == run("--format", "csv")


def main():
    expected = truth()
    assert figures(csv.DictReader(io.StringIO(run("--format", "csv")))) == expected
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        run("-o", folder / "report.parquet")
        check_file(folder / "report.parquet", expected)
        run("--partition-by", "period", "-o", folder / "lake")
        check_partitions(folder / "lake", expected)
        check_attributes(folder, expected)
        check_reading(folder)
        check_book(folder, expected)
    print(f"{len(expected)} rows the same in CSV, Parquet, partitions, a book, DuckDB {duckdb.__version__}, pyarrow {pyarrow.__version__}")


if __name__ == "__main__":
    COMMAND = str(pathlib.Path(sys.argv[1]).resolve())
    main()
