"""The same report by what a user would pick instead.

usage: peers.py ENGINE KIND INPUT OUTPUT [PERIOD]     ENGINE: duckdb | chdb | polars; KIND: json | csv | parquet
CSV is for duckdb only; so is PERIOD, that month alone (2025-10). THREADS=n in the environment.

The newest `modified` of each uuid counts; then for each billing period, customer, project, offering, component type
and unit: exact sum of usage, records, distinct usernames. As CSV, ordered by the key.
"""

import glob
import os
import sys

KEY = ["billing_period", "customer_uuid", "project_uuid", "offering_uuid", "component_type", "measured_unit"]
KEYS = ", ".join(KEY)
THREADS = int(os.environ.get("THREADS") or os.cpu_count())


def main():
    engine, kind, source, output, *period = sys.argv[1:]
    if os.path.isdir(source):
        source = os.path.join(source, "*.json*")
    report = {"duckdb": with_duckdb, "chdb": with_chdb, "polars": with_polars}[engine]
    report(kind, source, output, *period)


def with_duckdb(kind, source, output, period=None):
    import duckdb

    types = {"uuid": "VARCHAR", "username": "VARCHAR", "usage": "DECIMAL(20,2)", "modified": "TIMESTAMPTZ",
             **{key: "VARCHAR" for key in KEY}, "billing_period": "DATE"}
    if kind == "json":
        table = f"read_json('{source}', columns = {types})"
    elif kind == "csv":
        few = {key: types[key] for key in ("usage", "modified", "billing_period")}
        table = f"read_csv('{source}', header = true, types = {few})"
    else:
        table = f"read_parquet('{source}')"
    where = f"where billing_period = '{period}-01'" if period else ""
    connection = duckdb.connect()
    connection.execute(f"set threads = {THREADS}")
    connection.execute(f"""copy (
      with latest as (
        select {KEYS}, arg_max(usage, modified) usage, arg_max(username, modified) username
        from (select * from {table} {where}) group by uuid, {KEYS})
      select {KEYS}, sum(usage) usage, count(*) records, count(distinct username) users
      from latest group by all order by {KEYS}) to '{output}' (header)""")


def with_chdb(kind, source, output):
    import chdb

    if kind == "json":
        texts = ", ".join(f"{name} String" for name in ["uuid", "username", "modified", *KEY])
        table = f"file('{source}', 'JSONEachRow', '{texts}, usage Decimal(20,2)')"
    else:
        table = f"file('{source}', 'Parquet')"
    chdb.query(f"""
      select {KEYS}, sum(u) usage, count() records, uniqExact(n) users from
        (select {KEYS}, argMax(usage, modified) u, argMax(username, modified) n from {table} group by uuid, {KEYS})
      group by {KEYS} order by {KEYS}
      into outfile '{output}' truncate format CSVWithNames settings max_threads = {THREADS}""")


def with_polars(kind, source, output):
    os.environ["POLARS_MAX_THREADS"] = str(THREADS)
    import polars as pl

    if kind == "json":
        texts = {name: pl.String for name in ["uuid", "username", "usage", "modified", *KEY]}
        if "*" in source:
            pages = (pl.read_json(path, schema=texts).lazy() for path in sorted(glob.glob(source)))
            records = pl.concat(pages)
        else:
            records = pl.scan_ndjson(source, schema=texts)
        records = records.with_columns(pl.col("usage").cast(pl.Decimal(38, 2)))
    else:
        records = pl.scan_parquet(source).select(["uuid", "username", "usage", "modified", *KEY])
    latest = records.sort("modified", descending=True).unique("uuid", keep="first")
    users = pl.col("username").n_unique().alias("users")
    report = latest.group_by(KEY).agg(pl.col("usage").sum(), pl.len().alias("records"), users).sort(KEY)
    report.collect(engine="streaming").write_csv(output)


main()
