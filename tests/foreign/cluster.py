"""Runs the statements that usagebook prints for an engine, and compares what comes out with usagebook's own reports.

    python tests/foreign/cluster.py target/debug/usagebook
    python tests/foreign/cluster.py target/debug/usagebook --batches 30 --engine sc://localhost:15002

Without --engine it is DuckDB, in this process, and mutants of the statements must be caught. With it, Spark or Sail over Spark Connect
(pip install pyspark-client), for as many batches. A batch is several random worlds in one to four dumps, each world with customers, parents
and users of its own, and with every mishap that a portal, a network or a person causes.
"""

import argparse
import decimal
import hashlib
import json
import os
import pathlib
import random
import re
import socket
import subprocess
import sys
import tempfile
import time

import duckdb

ROOT = pathlib.Path(__file__).resolve().parents[2]
AS_OF = ["--as-of", "2026-11-28"]
WORLDS = 10
CODES = [
    "owner_rewritten",
    "unit_rewritten",
    "parent_rewritten",
    "renamed",
    "imprecise_usage",
    "derived_period",
    "zoneless_time",
    "shared_name",
    "shared_username",
]
# What Spark is asked to keep, as the text says.
KEPT = ["summed", "valued", "by_version", "fates", "parents", "names", "cells"]
# What no literal of any engine may stumble over.
HARD_NAMES = [
    "O'Brien & Søns",
    'say "cheese"',
    "C:\\temp\\new",
    "back\\'slash",
    "two\nlines",
    "tab\tand\rreturn",
    "-- no comment",
    "/* none */ either",
    "semi;colon",
    "${user} {x} $1 `tick`",
    "😀 ünïcödé",
    "' OR 1 = 1 --",
    "100 % _ ?",
]


# Worlds


def uuid(*parts):
    return hashlib.md5(repr(parts).encode()).hexdigest()


def spelled(uri_uuid, choice):
    dashed = "-".join([uri_uuid[:8], uri_uuid[8:12], uri_uuid[12:16], uri_uuid[16:20], uri_uuid[20:]])
    return "https://" + [f"x/api/u/{uri_uuid}/", f"x/api/u/{dashed}", f"y.example/u/{uri_uuid.upper()}/", f"x/api/u/{uri_uuid}"][choice]


class World:
    """A small portal whose history is rewritten between dumps."""

    # Whether no record contradicts another one, which would stop a report.
    is_calm = False
    # Whether component usages move to another month, which a book refuses.
    moves_months = True

    USAGES = ["1.50", "2", "-3.25", "0", "12345678901234567.89", "12345678901234567.91", "100.0", "0.01", "900719925474099.31"]
    # Digits that floats keep.
    CALM_USAGES = ["1.50", "2", "-3.25", "0", "1234567890123456.50", "100.0", "0.01"]

    def __init__(self, seed):
        self.seed, self.random = seed, random.Random(seed)
        pick = self.random
        self.parents = [
            {
                "number": number,
                "customer": pick.randrange(3),
                "project": pick.randrange(4),
                "offering": pick.randrange(2),
                "resource": pick.randrange(4),
                "component": pick.choice(["cpu", "gpu"]),
                "unit": pick.choice(["h", "GB"]),
                "period": pick.choice(["2026-08-01", "2026-09-01", "2026-10-01", "2027-01-01"]),
                "date": pick.choice(["2026-10-01T00:00:00Z", "2026-09-30T23:30:00Z", None]),
            }
            for number in range(pick.randrange(2, 7))
        ]
        self.names, self.records = {}, {}

    def rewrite(self):
        pick = self.random
        for parent in self.parents:
            for key, values, chance in [
                ("customer", range(3), 0.15),
                ("resource", range(4), 0.05),
                ("unit", ["h", "GB"], 0.1),
                ("component", ["cpu", "gpu"], 0.05),
                ("period", ["2026-09-01"], 0.05 if self.moves_months else 0),
                ("date", ["2026-10-02T12:00:00Z", "2026-10-01T00:00:00Z", None], 0.1),
            ]:
                if pick.random() < chance:
                    parent[key] = pick.choice(list(values))
        for _ in range(2):
            if pick.random() < 0.4:
                self.names[pick.choice("cpor") + str(pick.randrange(3))] = pick.choice(["renamed", "again", *HARD_NAMES])

    def dump(self):
        pick, rows = self.random, []
        for parent in self.parents:
            for user in range(pick.randrange(1, 5)):
                key = (parent["number"], user)
                if key not in self.records or pick.random() < 0.06:
                    self.records[key] = self.version(uuid(self.seed, key, pick.random()), pick.randrange(5))
                record = self.records[key]
                if pick.random() < 0.25:
                    record = self.records[key] = self.version(record["uuid"], record["modified"] + pick.choice([int(self.is_calm), 1, 1, 1, 1, 1]))
                if pick.random() < 0.1:
                    rows.append((parent, user, record | {"modified": record["modified"] - 1, "usage": "5"}))
                if pick.random() < 0.05:  # An older conflict, which does not matter.
                    rows.append((parent, user, record | {"modified": record["modified"] - 1, "usage": "6"}))
                if pick.random() < 0.03 and not self.is_calm:
                    rows.append((parent, user, record | {"usage": "6.25"}))
                rows += [(parent, user, record)] * (1 + (pick.random() < 0.15) + (pick.random() < 0.03))
                if pick.random() < 0.03 and not self.is_calm:  # Two records of one user in one dump.
                    rows.append((parent, user, record | {"uuid": uuid(self.seed, key, "twin")}))
                if pick.random() < 0.03 and not self.is_calm:  # The same version under another user or parent.
                    rows.append((pick.choice(self.parents), user + pick.randrange(2), record))
                if pick.random() < 0.02:  # One dump shows a parent twice, differently.
                    other = parent | {"unit": "GB", "project": pick.randrange(4), "date": "2026-10-03T00:00:00Z"}
                    shown = {"uuid": uuid(self.seed, key, "other"), "modified": 1, "usage": "4.75"}
                    rows.append((other, user + 5, shown if self.is_calm else self.version(shown["uuid"], 1)))
        return [self.row(*row) for row in rows]

    def version(self, of, modified):
        return {"uuid": of, "modified": modified, "usage": self.random.choice(self.CALM_USAGES if self.is_calm else self.USAGES)}

    def row(self, parent, user, record):
        pick = self.random
        named = lambda kind, number: self.names.get(kind + str(number), f"{kind} {HARD_NAMES[(number + self.seed) % len(HARD_NAMES)]}")
        usage, form = record["usage"], pick.random()
        if form < 0.3 and "e" not in usage:
            usage = json.dumps(usage)
        elif form < 0.6 and "." in usage:
            usage = repr(float(usage))
        fields = {
            "uuid": record["uuid"],
            "user": None,
            "username": f"{'Ann' if user % 2 else 'bob'}{user}.{self.seed % 3}",
            "component_usage": spelled(uuid(self.seed, "parent", parent["number"]), pick.choice([0, 0, 0, 1, 2, 3])),
            "usage": "@usage@",
            "measured_unit": parent["unit"],
            "description": "",
            "created": "2026-08-01T00:00:00Z",
            "modified": f"2026-10-{record['modified'] + 3:02}T10:00:00.5" + ("" if pick.random() < 0.02 else "Z"),
            "backend_id": "",
            "component_type": parent["component"],
            "date": parent["date"],
            "billing_period": parent["period"],
        }
        if parent["date"] and pick.random() < 0.02 and parent["period"] == "2026-10-01" and parent["date"].startswith("2026-10"):
            del fields["billing_period"]
        for kind in ["customer", "project", "offering", "resource"]:
            fields[f"{kind}_name"] = named(kind[0], parent[kind])
            fields[f"{kind}_uuid"] = uuid(self.seed, kind, parent[kind])
        return json.dumps(fields, ensure_ascii=False).replace('"@usage@"', usage)


def write_batch(seed, folder):
    """Dumps of some worlds, some with a time in their index; the folders in the order in which they are named."""
    pick = random.Random(seed)
    worlds = [World(seed * WORLDS + number) for number in range(WORLDS)]
    folders = []
    for number in range(pick.randrange(1, 5)):
        rows = []
        for world in worlds:
            if number:
                world.rewrite()
            rows += world.dump()
        pick.shuffle(rows)
        dump = folder / f"dump {number}"
        dump.mkdir(parents=True)
        cut = pick.randrange(len(rows))
        pages = [rows[:cut], rows[cut:]]
        for page, part in enumerate(pages, 1):
            (dump / f"page-{page:04}.json").write_text("[" + ",\n".join(part) + "]")
        if pick.random() < 0.6:
            hour = pick.randrange(24)
            index = [
                {"url": "https://x/api/marketplace-component-user-usages/?page=1", "X-Result-Count": len(rows), "file": f"page-{page:04}.json", "time": f"2026-11-02T{hour:02}:{number:02}:00Z"}
                for page in [1, 2]
            ]
            (dump / "index.json").write_text(json.dumps(index))
        folders.append(dump)
    return folders


# Engines


def statements(text):
    """Each statement with the name of its result, if it has one."""
    assert text.rstrip().endswith(";")
    for statement in text.split(";")[:-1]:
        result = re.search(r"^-- Result: (\w+)$", statement, re.M)
        yield result and result[1], statement


class Duck:
    name, dialect = "DuckDB", "duckdb"

    def run(self, text):
        results = {}
        with duckdb.connect() as connection:
            connection.execute("SET threads = 1")
            for name, statement in statements(text):
                answer = connection.execute(statement)
                if name:
                    columns = [column[0] for column in answer.description]
                    results[name] = [dict(zip(columns, row)) for row in answer.fetchall()]
        return results

    def value(self, expression):
        return duckdb.sql(f"SELECT {expression}").fetchall()[0][0]


class Connect:
    dialect = "spark"

    def __init__(self, url):
        from pyspark.sql import SparkSession

        host, port = re.fullmatch(r"sc://([^:/]+):(\d+)", url).groups()
        for _ in range(120):
            try:
                socket.create_connection((host, int(port)), timeout=1).close()
                break
            except OSError:
                time.sleep(0.5)
        self.session = SparkSession.builder.remote(url).getOrCreate()
        try:
            self.session.sql("CACHE TABLE one AS SELECT 1 AS one")
            self.name, self.is_spark = "Spark", True
        except Exception:
            self.name, self.is_spark = "Sail", False

    def run(self, text):
        results = {}
        for name, statement in statements(text):
            answer = self.session.sql(statement)
            view = re.search(r"VIEW (\w+) AS", statement)
            if self.is_spark and view and view[1] in KEPT:
                self.session.sql(f"CACHE TABLE {view[1]}")
            if name:
                results[name] = [row.asDict() for row in answer.collect()]
        return results

    def value(self, expression):
        return self.session.sql(f"SELECT {expression}").collect()[0][0]


# Comparison


def usagebook(*arguments, **options):
    return subprocess.run([COMMAND, *map(str, arguments)], capture_output=True, text=True, **options)


def reported(source, question, folder):
    """The report as JSON, and its rejected records by reason."""
    output, rejects = folder / "report.json", folder / "rejects.ndjson"
    for path in [output, rejects]:
        path.unlink(missing_ok=True)
    listed = [] if "--book" in source else ["--rejects", rejects]
    outcome = usagebook("report", *source, *AS_OF, *question, *listed, "--format", "json", "-o", output, "-q")
    assert output.exists(), (source, question, outcome.stderr)
    reasons = [json.loads(line)["reason"] for line in rejects.read_text().splitlines()] if rejects.exists() else []
    return json.loads(output.read_text()), reasons


def printed(source, question, dialect):
    outcome = usagebook("report", *source, *AS_OF, *question, f"--print-sql={dialect}", "-q")
    assert outcome.returncode == 0, (source, question, outcome.stderr)
    return outcome.stdout


def figures(row, keys):
    return tuple(row[key] for key in keys), (decimal.Decimal(row["usage"]), row["records"], row.get("users"))


def differences(report, reasons, results):
    """What of a report and the results of its statements does not agree."""
    wrong = []
    keys = [column["name"] for column in report["columns"] if column["name"] not in ("usage", "records", "users")]
    has_users = any(column["name"] == "users" for column in report["columns"])
    levels = results["levels"]
    if not has_users:
        levels = [row | {"users": None} for row in levels]
    rows = [figures(row, keys) for row in report["rows"]]
    if rows != [figures(row, keys) for row in levels if row["level"] == "rows"]:
        wrong.append("rows")
    mine = dict(figures(row, keys) for row in levels)
    totals = dict(figures(row, keys) for row in report["totals"])
    if any(mine.get(key) != value for key, value in totals.items()) or len(mine) != len(levels):
        wrong.append("totals")
    if any(totals.get(key) != value for key, value in map(lambda row: figures(row, keys), (row for row in levels if row["level"] == "totals")) if not is_alone(key, keys, report)):
        wrong.append("more totals")
    account, expected = results["accounting"][0], report["accounting"]
    for name, value in expected.items():
        if (account["records_read" if name == "read" else name] if name in account or name == "read" else 0) != value:
            wrong.append(name)
    if "rejected" in account:
        for name, reason in [("conflicting_versions", "conflicting_versions"), ("duplicate_keys", "duplicate_key")]:
            if account[name] != reasons.count(reason):
                wrong.append(name)
        parts = ["kept", "filtered_out", "older_versions", "exact_repeats", "rejected"]
        if account["records_read"] != sum(account[name] for name in parts):
            wrong.append("balance")
        counts = {code: 0 for code in CODES}
        for notice in report["notices"]:
            if notice["code"] in counts:
                counts[notice["code"]] += notice["count"]
        found = {row["code"]: row["notices"] for row in results["notices"]}
        wrong += [code for code in CODES if counts[code] != found[code]]
        if sum(row["records"] for row in results["dumps"]) != expected["read"]:
            wrong.append("dumps")
    return wrong


def is_alone(key, keys, report):
    """A total of the only stretch of time, which a report does not repeat."""
    shown = [(name, value) for name, value in zip(keys, key) if value is not None and name != "measured_unit"]
    return len(shown) == 1 and len({row[shown[0][0]] for row in report["rows"]}) == 1


class Case:
    def __init__(self, label, source, question=(), subtotals=None):
        self.label, self.source, self.question, self.subtotals = label, source, list(question), subtotals

    def prepare(self, engine, folder):
        self.report, self.reasons = reported(self.source, self.question, folder)
        self.text = printed(self.source, self.question, engine.dialect)
        if self.subtotals:
            self.expected, _ = reported(self.source, [*self.question, "--by", self.subtotals], folder)
        return self

    def differences(self, engine, text=None):
        results = engine.run(text or self.text)
        wrong = differences(self.report, self.reasons, results)
        if self.subtotals:
            keys = [column["name"] for column in self.expected["columns"] if column["name"] not in ("usage", "records", "users")]
            rows = [figures(row, keys) for row in self.expected["rows"]]
            if rows != [figures(row, keys) for row in results["levels"] if row["level"] == "subtotals"]:
                wrong.append("subtotals")
        return wrong


# Cases


def staged(inputs, folder):
    outcome = usagebook("stage", *inputs, "--to", folder, "-q")
    assert outcome.returncode in (0, 3), (inputs, outcome.stderr)
    return [folder]


def random_question(seed):
    """Dimensions, a period and filters that some records pass."""
    pick = random.Random(seed)
    world = World(seed * WORLDS + pick.randrange(WORLDS))
    owner = world.parents[0]
    time_of = pick.choice([["period"], ["quarter"], ["year"], ["fiscal-year"], []])
    by = time_of + pick.sample(["customer", "project", "offering", "resource", "component", "user"], pick.randrange(1, 4))
    pick.shuffle(by)
    filters = [
        [],
        ["--customer-uuid", uuid(world.seed, "customer", owner["customer"])],
        ["--project-uuid", uuid(world.seed, "project", owner["project"]), "--project-uuid", uuid(world.seed, "project", 0)],
        ["--resource-uuid", uuid(world.seed, "resource", owner["resource"])],
        ["--type", "cpu"],
        ["--username", "ANN", "--username", "b1."],
        ["--date-after", "2026-10-01", "--timezone", "Europe/Tallinn"],
        ["--date-before", "2026-10-01", "--date-before", "2026-09-30", "--timezone", "America/New_York"],
        ["--billing-period-year", "2026", "--billing-period-month", "9", "--billing-period-month", "10"],
        ["--component-usage-billing-period", "2026-10-01"],
        ["--type", "gpu", "--username", "bob", "--billing-period-year", "2026"],
    ]
    period = pick.choice([[], ["--period", "2026-10"], ["--period", "2026-08..2026-09"], ["--period", "last-month"], ["--period", "fy2027"]])
    return ["--by", ",".join(by), *period, *pick.choice(filters), "--fiscal-year-start", str(pick.choice([1, 4, 10]))]


def random_cases(batches, folder):
    for seed in batches:
        base = folder / f"batch {seed}"
        source = staged(write_batch(seed, base), base / "it's staged -- 😀")
        question = random_question(seed)
        yield Case(f"batch {seed}", source, subtotals="period,customer")
        # Months that are derived depend on the zone that the dumps were staged in.
        if "--timezone" in question and usagebook("report", *source, *question, *AS_OF, "--print-sql").returncode:
            question = [word for at, word in enumerate(question) if "--timezone" not in question[max(at - 1, 0) : at + 1]]
        yield Case(f"batch {seed} {' '.join(question)}", source, question)


def fixture_cases(folder):
    real = ROOT / "fixtures/real"
    groups = [
        ("complete", sorted((real / "complete").iterdir())),
        ("default order", sorted((real / "default-order").iterdir())),
        ("all of both", [*sorted((real / "default-order").iterdir()), *sorted((real / "complete").iterdir())]),
        ("numbers", sorted((real / "numbers").glob("*.user-usages.*"))),
        ("usage as text", [real / "string-usage/user-usages-page-0001.json.gz", real / "string-usage/user-usages-page-0221.json.gz"]),
        ("renamed", [real / "renamed/before", real / "renamed/after"]),
        ("renamed, the other way round", [real / "renamed/after", real / "renamed/before"]),
        ("plan switch", [ROOT / "fixtures/plan-switch"]),
        ("broken", [ROOT / "fixtures/broken" / name for name in ["conflicting-versions.json", "duplicate-key.json", "bad-date.json", "conflicting-pages"]]),
    ]
    for number, (label, inputs) in enumerate(groups):
        subtotals = "period,customer" if label == "all of both" else None
        yield Case(label, staged(inputs, folder / f"fixtures {number}"), subtotals=subtotals)
    complete = [folder / "fixtures 0"]
    rows = json.loads(usagebook("report", *complete, *AS_OF, "--by", "project", "--format", "json", "-q").stdout)["rows"]
    names = [name for _, name in {(row["project_uuid"], row["project_name"]) for row in rows}]
    unique = min(one for one in names if names.count(one) == 1)
    yield Case("by a name", complete, ["--project", unique, "--by", "user,component"])
    yield Case("users", complete, ["--by", "period,customer,user", "--period", "2026-10"])
    # Every format is staged by itself: most are of the same records.
    formats = sorted(path for path in (ROOT / "fixtures/formats").iterdir())
    for at in range(0, len(formats), 12):
        yield Case(f"formats {at}", staged(formats[at : at + 12], folder / f"formats {at}"))


def hard_names(engine, folder):
    """A record whose names are all hard, asked for by each of them."""
    rows = []
    for number, name in enumerate(HARD_NAMES):
        world = World(1000 + number)
        world.parents = world.parents[:1]
        world.names = {kind + str(digit): name for kind in "cpor" for digit in range(4)}
        world.parents[0] |= {"component": name.strip(), "unit": name, "period": "2026-10-01", "date": "2026-10-01T00:00:00Z"}
        record = {"uuid": uuid("hard", number), "modified": 1, "usage": "1.25"}
        row = json.loads(world.row(world.parents[0], 0, record))
        rows.append(row | {"username": name, "usage": "1.25"})
    path = folder / "hard.json"
    path.write_text(json.dumps(rows))
    source = staged([path], folder / "hard 'names' \"50 %\"")
    question = lambda option, names: [f"{option}={name}" for name in names] + ["--by", "customer,component,user"]
    wishes = [("--customer", HARD_NAMES), ("--type", HARD_NAMES), ("--username", [name for name in HARD_NAMES if name.isascii()])]
    yield Case("all hard names", source, [word for option, names in wishes for word in question(option, names)[:-2]] + ["--by", "customer,component,user"])
    if engine.dialect == "duckdb":
        for option, names in wishes:
            yield from (Case(name, source, question(option, [name])) for name in names)


def book_cases(folder):
    book = folder / "a book"
    real = ROOT / "fixtures/real"
    for delivery in [real / "renamed/before", *sorted((real / "complete").iterdir()), real / "renamed/after"]:
        new = [] if book.exists() else ["--new"]
        outcome = usagebook("add", *new, delivery, "--book", book, "-q", "--accept-incomplete")
        assert outcome.returncode in (0, 3), outcome.stderr
    source = ["--book", book]
    yield Case("book", source, subtotals="period,customer")
    yield Case("book, a month", source, ["--period", "2026-10", "--by", "customer,user"])
    for month in ["2026-09", "2026-08"]:
        close = ["close", month, "--book", book, "-q", "--accept-incomplete"]
        for code in re.findall(r"(\w+) \(\d+\)", usagebook(*close).stderr):
            usagebook("acknowledge", month, code, "--book", book, "--by-whom", "Test", "--reason", "a test")
        outcome = usagebook(*close)
        assert outcome.returncode in (0, 3) or "is closed" in outcome.stderr, outcome.stderr
    for delivery in [real / "renamed/before", real / "default-order/2026-09"]:
        usagebook("add", delivery, "--book", book, "-q", "--accept-incomplete")
    yield Case("book, closed months", source)
    yield Case("book, v1", source, ["--version", "v1", "--period", "2026-08..2026-09", "--by", "user,offering"])
    yield Case("book, now", source, ["--version", "now", "--by", "quarter,project", "--type", "cpu_hours"])


# Mutants: a statement with a rule left out or turned round. Each must be caught by some case.

MUTANTS = [
    (r"MAX\(modified\) OVER", "MIN(modified) OVER"),
    (r"CAST\(CAST\(v\.usage AS STRING\) AS DOUBLE\)", "v.usage"),
    (r"least <> greatest", "1 = 0"),
    (r"modified = newest AND least", "least"),
    (r"WHEN nth > 1 THEN 'exact_repeat'", ""),
    (r"WHEN modified < newest THEN 'older_version'", ""),
    (r"CASE WHEN is_exact THEN 0 ELSE 1 END, place", "place"),
    (r"place, file, piece, record\)", "place DESC, file DESC, piece DESC, record DESC)"),
    (r"HAVING COUNT\(\*\) > 1\n  \) in_one_dump", "HAVING COUNT(*) > 2\n  ) in_one_dump"),
    (r"ORDER BY MAX\(dump\) DESC", "ORDER BY MAX(dump)"),
    (r"JOIN versions v ON v\.uuid = r\.uuid", "JOIN versions v ON v.uuid = r.uuid AND v.modified < 0"),
    (r"ORDER BY dump DESC, date DESC", "ORDER BY dump, date DESC"),
    (r"date DESC NULLS LAST, billing_period DESC", "date DESC NULLS FIRST, billing_period DESC"),
    (r"project_uuid DESC,", "project_uuid,"),
    (r"ORDER BY dump DESC, name DESC", "ORDER BY dump, name DESC"),
    (r"LOWER\(REPLACE\(", "REPLACE(REPLACE("),
    (r"TRIM\(TRAILING '/' FROM s\.component_usage\)", "s.component_usage"),
    (r"(\d+) AS dump, (\d+) AS place", r"\2 AS dump, \2 AS place"),
    (r"UNION ALL\n  SELECT \d+ AS dump", "UNION\n  SELECT 0 AS dump"),
    (r"COUNT\(\*\) AS users", "SUM(records) AS users"),
    (r"SUM\(usage\) AS usage, COUNT", "MAX(usage) AS usage, COUNT"),
    (r"WHERE f\.fate = 'kept'", "WHERE f.fate <> 'exact_repeat'"),
    (r"THEN l\.fate ELSE b\.fate", "THEN b.fate ELSE b.fate"),
    (r"MIN\(measured_unit\) <> MAX\(measured_unit\)", "MIN(measured_unit) > MAX(measured_unit)"),
]


def survivors(cases, engine):
    for rule, other in MUTANTS:
        applied = 0
        for case in cases:
            text, count = re.subn(rule, other, case.text)
            applied += count
            if count:
                try:
                    if case.differences(engine, text):
                        break
                except duckdb.Error:
                    break
        else:
            yield f"{rule} → {other}" + ("" if applied else " (no such text)")


def main(batches, engine, is_short):
    with tempfile.TemporaryDirectory() as folder:
        folder, bad, kept = pathlib.Path(folder), [], []
        counted = 0
        sources = [random_cases(batches, folder)]
        if not is_short:
            sources += [fixture_cases(folder), book_cases(folder)]
        for cases in sources:
            for case in cases:
                wrong = case.prepare(engine, folder).differences(engine)
                counted += 1
                kept.append(case)
                if wrong:
                    bad.append(f"{case.label}: {', '.join(wrong)}")
        hard = 0
        for case in hard_names(engine, folder):
            wrong, hard = case.prepare(engine, folder).differences(engine), hard + 1
            assert case.report["rows"], case.label
            bad += [f"{case.label}: {', '.join(wrong)}"] if wrong else []
        assert not bad, "\n".join(bad)
        worlds = len(batches) * WORLDS
        print(f"{engine.name}: {counted} reports of {worlds} random worlds and the fixtures, {hard} of hard names: no difference")
        if engine.dialect == "duckdb":
            alive = list(survivors([case for case in kept if case.label.startswith("batch")], engine))
            assert not alive, "not caught:\n" + "\n".join(alive)
            print(f"{len(MUTANTS)} mutants of the statements are caught")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("command", type=pathlib.Path)
    parser.add_argument("--batches", type=int, default=20)
    parser.add_argument("--worlds", type=int, default=WORLDS, help="random worlds in a batch")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--engine", help="sc://host:port; DuckDB without it")
    parser.add_argument("--short", action="store_true", help="random worlds and hard names alone")
    chosen = parser.parse_args()
    COMMAND, WORLDS = chosen.command.resolve(), chosen.worlds
    started = time.time()
    engine = Connect(chosen.engine) if chosen.engine else Duck()
    main(range(chosen.first, chosen.first + chosen.batches), engine, chosen.short)
    print(f"{time.time() - started:.0f} s", file=sys.stderr)
