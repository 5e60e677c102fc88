"""Compares reports that an engine adds up with those that usagebook adds up itself, byte for byte and in every format.

    python tests/foreign/engine.py target/debug/usagebook --engine sc://localhost:15002

The engine is Sail or Spark over Spark Connect, and the command is built with the feature cluster. The random worlds are those of cluster.py,
without records that contradict each other, because a report over an engine refuses those. Some batches have them, to see that it does.
Books are of the same worlds: four deliveries each, months that are closed once or twice in between, and changes after that.
"""

import argparse
import pathlib
import random
import re
import sys
import tempfile
import time

import cluster
from cluster import ROOT, World, random_question, usagebook, write_batch

AS_OF = ["--as-of", "2026-11-28"]
FORMATS = ["txt", "csv", "json", "parquet", "xlsx", "html", "md", "ndjson", "tsv"]


def both(source, question, folder, suffix, engine):
    """The report as it is written here and over the engine: bytes, exit status and what is said."""
    results = []
    for name, more in [("here", []), ("there", ["--engine", engine])]:
        output = folder / name / f"report.{suffix}"
        output.parent.mkdir(exist_ok=True)
        output.unlink(missing_ok=True)
        outcome = usagebook("report", *source, *AS_OF, *question, "-o", output, *more, "-q", cwd=folder)
        stderr = outcome.stderr.replace(f"/{name}/", "/")
        results.append((output.read_bytes() if output.exists() else None, outcome.returncode, stderr))
    return results


def options(seed, folder):
    """A question of cluster.py and more options, drawn at random."""
    pick = random.Random(seed)
    question = random_question(seed)
    by = question[1].split(",")
    has_time = any(one in by for one in ["period", "quarter", "year", "fiscal-year"])
    more = []
    if pick.random() < 0.3:
        more += ["--compare", pick.choice(["previous-year", "previous-month"])]
    elif pick.random() < 0.3 and has_time:
        more += ["--pivot", "period"]
    if pick.random() < 0.2 and "--pivot" not in more:
        more += ["--top", str(pick.randrange(1, 4))]
    if pick.random() < 0.3:
        world = World(seed * cluster.WORLDS)
        rows = [f"{cluster.uuid(world.seed, 'customer', number)},dept {number}" for number in range(2)]
        path = folder / "departments.csv"
        path.write_text("\n".join(["customer_uuid,department", *rows]) + "\n")
        more += ["--attributes", path]
        if pick.random() < 0.5:
            question[1] += ",department"
    if pick.random() < 0.2 and "--username" not in question:
        key = folder / "secret.key"
        key.write_text("k" * 64)
        key.chmod(0o600)
        more += ["--pseudonyms", key]
    return question + more


def batches(numbers, folder, engine):
    wrong, counted, refused = [], 0, 0
    for seed in numbers:
        World.is_calm = seed % 5 != 4
        base = folder / f"batch {seed}"
        dumps = write_batch(seed, base)
        staged = base / "it's staged -- 😀"
        outcome = usagebook("stage", *dumps, "--to", staged, "-q")
        assert outcome.returncode in (0, 3), outcome.stderr
        pick = random.Random(seed)
        questions = [["--by", "period,customer"]] + [options(seed * 7 + number, base) for number in range(QUESTIONS)]
        for question in questions:
            suffix = pick.choice(FORMATS)
            here, there = both([staged], question, base, suffix, engine)
            counted += 1
            if World.is_calm and here[0] is None and there[0] is None and here[1] == there[1] == 2:
                refused += 1
            elif not World.is_calm and here[0] is None and "rejected" in here[2]:
                refused += 1
                if there[0] is not None or there[1] != 1 or "contradict each other" not in there[2]:
                    wrong.append(f"batch {seed} {question}: not refused: {there[1:]}")
            elif here != there:
                wrong.append(f"batch {seed} {question} {suffix}: {here[1:]} {there[1:]} {'' if here[0] == there[0] else 'other bytes'}")
                if KEEP:
                    (KEEP / f"{len(wrong)} here.{suffix}").write_bytes(here[0] or b"")
                    (KEEP / f"{len(wrong)} there.{suffix}").write_bytes(there[0] or b"")
    return wrong, counted, refused


# With one that needs more digits than most months of a book have.
WIDE_USAGES = [*World.CALM_USAGES, "1e+18"]


def close(book, month, again):
    """Closes a month, or publishes it again, whatever is known of it. Returns whether there is a new version."""
    how = ["restate", month, "--note", "a test"] if again else ["close", month]
    command = [*how, "--book", book, "--by-whom", "Test", "-q", "--accept-incomplete"]
    for code in re.findall(r"(\w+) \(\d+\)", usagebook(*command).stderr):
        usagebook("acknowledge", month, code, "--book", book, "--by-whom", "Test", "--reason", "a test")
    return usagebook(*command).returncode in (0, 3)


def write_book(seed, base):
    """A book of some worlds, and which versions of months there are."""
    pick, book, closed = random.Random(seed), base / "it's a book -- 😀", 0
    World.is_calm, World.moves_months = True, False
    worlds = [World(seed * cluster.WORLDS + number) for number in range(cluster.WORLDS)]
    for number in range(4):
        World.CALM_USAGES = WIDE_USAGES if number == 2 else WIDE_USAGES[:-1]
        dump = base / f"delivery {number}.json"
        rows = []
        for world in worlds:
            if number:
                world.rewrite()
            rows += world.dump()
        dump.write_text("[" + ",\n".join(rows) + "]")
        new = [] if number else ["--new"]
        complete = ["--complete", pick.choice(["2026-09", "2026-10"]), "--retire-up-to", "1000", "--accept-incomplete"]
        outcome = usagebook("add", *new, dump, "--book", book, "--pulled-at", f"2026-11-2{number + 1}T00:00:00Z", *complete, "-q")
        assert outcome.returncode in (0, 3), outcome.stderr
        if number in (0, 2):
            for month in ["2026-08", "2026-09"] if number == 0 else ["2026-09", "2026-10"]:
                closed += close(book, month, again=number == 2 and month == "2026-09")
    World.moves_months, World.CALM_USAGES = True, WIDE_USAGES[:-1]
    return book, closed


def books(numbers, folder, engine):
    """Reports of books: as they are, now, as they were closed, and as a delivery left them, which is refused."""
    wrong, counted, refused, closings = [], 0, 0, 0
    for seed in numbers:
        base = folder / f"book {seed}"
        base.mkdir()
        book, closed = write_book(seed, base)
        closings += closed
        pick = random.Random(seed)
        versions = [[], [], ["--version", "now"], ["--version", "v1", "--period", "2026-08..2026-09"], ["--version", "v2", "--period", "2026-09"]]
        for number in range(QUESTIONS + 1):
            version = pick.choice(versions)
            question = ["--by", "period,customer"] if number == 0 else options(seed * 7 + number, base)
            if "--period" in version and "--period" in question:
                at = question.index("--period")
                del question[at : at + 2]
            if "--timezone" in question:
                at = question.index("--timezone")
                del question[at : at + 2]
            suffix = pick.choice(FORMATS)
            here, there = both(["--book", book, *version], question, base, suffix, engine)
            counted += 1
            refused += here[0] is None and there[0] is None
            if here != there:
                wrong.append(f"book {seed} {version} {question} {suffix}: {here[1:]} {there[1:]} {'' if here[0] == there[0] else 'other bytes'}")
                if KEEP:
                    (KEEP / f"b{len(wrong)} here.{suffix}").write_bytes(here[0] or b"")
                    (KEEP / f"b{len(wrong)} there.{suffix}").write_bytes(there[0] or b"")
    assert closings >= len(numbers), "too few closed months"
    return wrong, counted, refused


def fixtures(folder, engine):
    """Real pages: lossy months, renamed projects, prices, budgets."""
    real, wrong, counted = ROOT / "fixtures/real", [], 0
    complete = sorted((real / "complete").iterdir())
    october = ["--period", "2026-10"]
    prices = ["--prices", ROOT / "fixtures/prices/rates.toml"]
    cases = [
        (complete, october, FORMATS),
        (complete, [*october, "--compare", "previous-month", "--by", "customer,component"], ["csv", "xlsx"]),
        (complete, [*october, *prices], ["csv", "json", "xlsx", "html"]),
        (complete, [*october, "--by", "user", "--top", "5"], ["txt"]),
        (complete, [*october, "--by", "customer,component", "--budget", ROOT / "fixtures/join/budget.csv"], ["csv", "json", "html"]),
        (complete, [*october, *prices, "--by", "customer", "--budget", ROOT / "fixtures/join/budget-money.csv"], ["csv", "xlsx"]),
        (sorted((real / "default-order").iterdir()), ["--by", "period,project"], ["txt", "json", "html"]),
        ([real / "renamed/before", real / "renamed/after"], [], ["json", "parquet"]),
        ([real / "renamed/after", real / "renamed/before"], [], ["json"]),
        ([ROOT / "fixtures/plan-switch"], [], ["csv"]),
    ]
    for number, (dumps, question, suffixes) in enumerate(cases):
        staged = folder / f"fixtures {number}"
        outcome = usagebook("stage", *dumps, "--to", staged, "-q")
        assert outcome.returncode in (0, 3), outcome.stderr
        for suffix in suffixes:
            here, there = both([staged], question, folder, suffix, engine)
            counted += 1
            if here != there:
                wrong.append(f"fixtures {number} {question} {suffix}: {here[1:]} {there[1:]} {'' if here[0] == there[0] else 'other bytes'}")
                if KEEP:
                    (KEEP / f"f{len(wrong)} here.{suffix}").write_bytes(here[0] or b"")
                    (KEEP / f"f{len(wrong)} there.{suffix}").write_bytes(there[0] or b"")
    return wrong, counted


def files(folder):
    """The files below a folder, by name."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def commands(folder, engine):
    """The other commands that take an engine, on real pages and on a book of them: everything that they write and say."""
    real, prices = ROOT / "fixtures/real", ["--prices", ROOT / "fixtures/prices/rates.toml"]
    dumps = sorted((real / "complete").iterdir())
    staged, book = folder / "for commands", folder / "book for commands"
    assert usagebook("stage", *dumps, "--parents", real / "component-usages/2026-10", "--to", staged, "-q").returncode in (0, 3)
    for dump in dumps:
        new = [] if book.exists() else ["--new"]
        assert usagebook("add", *new, dump, "--book", book, "-q", "--accept-incomplete").returncode in (0, 3)
    period = ["--period", "2026-10", *AS_OF]
    lines = [
        ["check", *period, "--format", "json", "-o", "check.json"],
        ["statements", *period, "--to", "statements", *prices],
        ["statements", *period, "--to", "by project", "--per", "project", "--users"],
        ["bills", *period, "--to", "bills", *prices],
    ]
    wrong, counted = [], 0
    for source in [[staged, "--accept-incomplete"], ["--book", book]]:
        for command, *line in lines:
            results = []
            for more in [[], ["--engine", engine]]:
                with tempfile.TemporaryDirectory() as place:
                    outcome = usagebook(command, *source, *line, *more, "-q", cwd=place)
                    results.append((files(pathlib.Path(place)), outcome.returncode, outcome.stderr))
            counted += 1
            here, there = results
            assert here[0], (command, here[2])
            if here != there:
                names = [name for name in here[0].keys() | there[0].keys() if here[0].get(name) != there[0].get(name)]
                wrong.append(f"{command} {line} of {source}: {here[1:]} {there[1:]} {names}")
    return wrong, counted


def main(numbers, engine, is_short, kept):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        wrong, counted, refused = batches(numbers, folder, engine)
        of_books = books(numbers[:BOOKS], folder, engine)
        wrong, counted, refused = wrong + of_books[0], counted + of_books[1], refused + of_books[2]
        if not is_short:
            for cases in [fixtures, commands]:
                more, reports = cases(folder, engine)
                wrong, counted = wrong + more, counted + reports
        assert not wrong, "\n".join(map(str, wrong))
        if kept:
            left = [path for path in kept.rglob("*") if path.is_file()]
            assert not left, f"kept after the reports: {left}"
        print(f"{counted} reports over {engine} have the same bytes as those made here, or are refused ({refused})")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("command", type=pathlib.Path)
    parser.add_argument("--engine", required=True, help="sc://host:port")
    parser.add_argument("--batches", type=int, default=10)
    parser.add_argument("--books", type=int, default=10, help="in how many batches there is a book, too")
    parser.add_argument("--questions", type=int, default=3, help="random questions of each batch")
    parser.add_argument("--worlds", type=int, default=4, help="random worlds in a batch")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--short", action="store_true", help="random worlds alone")
    parser.add_argument("--keep", type=pathlib.Path, help="a folder for reports that differ")
    parser.add_argument("--kept", type=pathlib.Path, help="where the engine keeps rows of sessions: nothing may be left there")
    chosen = parser.parse_args()
    cluster.COMMAND, cluster.WORLDS = chosen.command.resolve(), chosen.worlds
    QUESTIONS, KEEP, BOOKS = chosen.questions, chosen.keep, chosen.books
    started = time.time()
    main(range(chosen.first, chosen.first + chosen.batches), chosen.engine, chosen.short, chosen.kept)
    print(f"{time.time() - started:.0f} s", file=sys.stderr)
