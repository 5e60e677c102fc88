"""Makes records of the endpoint's shape at any size, from a seed, and the exact totals of a right report.

usage: generate.py ROWS FOLDER KIND...     KIND: pages | ndjson | csv | parquet
SEED=n in the environment for another set

FOLDER gets the kinds asked for, `truth.csv` and `records` (how many there are: about 2 % of the rows come a
second time with a later `modified` and another usage, as a second pull brings corrections). Each appears under its
name once it is whole. What is wide is a view over a narrow table, so that memory holds tens of millions of rows.
"""

import os
import pathlib
import sys

import duckdb

RESOURCES = 2000
PARENTS = 24 * RESOURCES * 5
RECORDS_PER_PAGE = 100

COLUMNS = """uuid, "user", username, component_usage, {usage} as usage, measured_unit, description, created,
    {modified} as modified, backend_id, resource_name, resource_uuid, offering_name, offering_uuid, project_name,
    project_uuid, customer_name, customer_uuid, component_type, "date", billing_period"""

TYPED = """select * replace (cast(created as timestamptz) as created, cast(modified as timestamptz) as modified,
    cast("date" as timestamptz) as "date", cast(billing_period as date) as billing_period) from records"""


def main():
    rows, folder, kinds = int(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3:]
    folder.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect()
    connection.execute(f"set preserve_insertion_order = true; set temp_directory = '{folder}/spill'")
    connection.execute("set TimeZone = 'UTC'")
    make_records(connection, rows, int(os.environ.get("SEED", 1)))
    lines = folder / "usages.ndjson"
    is_kept = "ndjson" in kinds or lines.exists()
    if "ndjson" in kinds or ("pages" in kinds and not lines.exists()):
        copy(connection, "select * from records", lines, "format json")
    if "pages" in kinds:
        write_pages(lines, folder)
    if not is_kept:
        lines.unlink(missing_ok=True)
    if "csv" in kinds:
        copy(connection, "select * from records", folder / "usages.csv", "header")
    if "parquet" in kinds:
        copy(connection, TYPED, folder / "usages.parquet", "format parquet, compression zstd")
    write_truth(connection, folder)


def make_records(connection, rows, seed):
    """A parent is one component of one resource in one month, and tells all attributes; k numbers its users."""
    connection.execute(f"""
    create table base as
    with numbered as (
      select i, hash(i + {seed}) h, i % {PARENTS} parent, i // {PARENTS} k from range({rows}) t(i)
    ), placed as (
      select *, (parent % 24)::int p, ((parent // 24) % {RESOURCES})::int resource,
        (parent // (24 * {RESOURCES}))::int component
      from numbered
    ), owned as (
      select *, ((hash(parent + {seed}) + k) % 20000)::int usr, (hash(resource + {seed}) % 600)::int project,
        (hash(resource + 77) % 20)::int offering, make_date(2024 + (p // 12)::int, (p % 12 + 1)::int, 1) first_day
      from placed
    )
    select *, (hash(project) % 80)::int customer from owned
    order by p desc, h  -- newest month first, as the endpoint lists
    """)
    connection.execute(f"""
    create view first as select
      md5('u' || i || 's' || {seed}) uuid,
      case when usr % 9 = 0 then null
        else 'https://portal.example.org/api/marketplace-offering-users/' || md5('ou' || usr) || '/' end "user",
      'user' || lpad(usr::varchar, 5, '0') || '.p' || (usr % 600) username,
      'https://portal.example.org/api/marketplace-component-usages/'
        || md5('cu' || resource || component_type || first_day) || '/' component_usage,
      ((case when h % 20 = 0 then 0 else pow(10, (h % 700) / 100.0) end) * 100)::bigint::decimal(20,2) / 100
        usage_raw,
      list_value('core-hours', 'GPU-hours', 'GB-hours', 'GB-hours', 'count')[component + 1] measured_unit,
      case when h % 50 = 0 then 'late report, see "ticket" ' || (h % 1000) else '' end description,
      {time("first_day + interval (h % 25) day", "h")} created,
      {time("first_day + interval (h % 25 + 2) day", "h")} modified,
      '' backend_id,
      'alloc-' || resource || ' été' resource_name, md5('r' || resource) resource_uuid,
      'Offering ' || offering offering_name, md5('o' || offering) offering_uuid,
      'Project ' || project || ' – Größe' project_name, md5('p' || project) project_uuid,
      'Customer ' || (customer % 76) customer_name, md5('c' || customer) customer_uuid,
      component_type,
      strftime(first_day + interval (hash(parent) % 25) day + interval (hash(parent) % 86400) second,
        '%Y-%m-%dT%H:%M:%S') || 'Z' "date",
      strftime(first_day, '%Y-%m-%d') billing_period,
      hash(md5('u' || i || 's' || {seed})) % 50 = 0 is_corrected
    from (select *, list_value('cpu_hours', 'gpu_hours', 'storage_gb_hours', 'ram_gb_hours', 'floating_ip')
      [component + 1] component_type from base)
    """)
    first = COLUMNS.format(usage="cast(usage_raw as decimal(20,2))", modified="modified")
    again = COLUMNS.format(
        usage="cast(usage_raw * 3 as decimal(20,2))", modified="'2026-01-15T00:00:00.000000Z'")
    connection.execute(f"""create view records as
      select {first} from first union all select {again} from first where is_corrected""")


def time(day, number):
    return (f"strftime({day} + interval ({number} % 86400) second, '%Y-%m-%dT%H:%M:%S') || '.'"
            f" || lpad(({number} % 1000000)::varchar, 6, '0') || 'Z'")


def copy(connection, query, path, options):
    part = path.with_name(path.name + ".part")
    connection.execute(f"copy ({query}) to '{part}' ({options})")
    part.rename(path)


def write_pages(source, folder):
    """JSON arrays, compact, as the endpoint renders them."""
    part = folder / "pages.part"
    part.mkdir(exist_ok=True)
    with open(source, encoding="utf-8", newline="\n") as lines:
        page, number = [], 0
        for line in lines:
            page.append(line.rstrip("\n"))
            if len(page) == RECORDS_PER_PAGE:
                number += 1
                write_page(part, number, page)
                page = []
        if page:
            write_page(part, number + 1, page)
    part.rename(folder / "pages")


def write_page(folder, number, records):
    (folder / f"page-{number:06d}.json").write_text("[" + ",".join(records) + "]", encoding="utf-8")


def write_truth(connection, folder):
    """Follows from how the records were made: a corrected one counts by its correction. No version is looked for."""
    count = connection.execute(
        "select count(*) + count(*) filter (is_corrected) from first").fetchone()[0]
    (folder / "records").write_text(f"{count}\n")
    copy(connection, """
      select billing_period, customer_uuid, project_uuid, offering_uuid, component_type, measured_unit,
        sum(cast(case when is_corrected then usage_raw * 3 else usage_raw end as decimal(20,2))) usage,
        count(*) records, count(distinct username) users
      from first group by all order by all""", folder / "truth.csv", "header")


main()
