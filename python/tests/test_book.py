"""Books: what is written is what the command reads, and the other way round."""

from __future__ import annotations

import csv
import gzip
import io
import json
import multiprocessing
import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import polars
import pyarrow
import pytest
from conftest import ROOT, assert_same

import usagebook

INPUT = "fixtures/real/complete"
PRICES = "fixtures/prices/rates.toml"

Command = Callable[..., str]


def record() -> dict[str, Any]:
    page = gzip.decompress((ROOT / INPUT / "2026-10" / "page-0001.json.gz").read_bytes())
    first: dict[str, Any] = next(each for each in json.loads(page) if Decimal(str(each["usage"])) > 0)
    return first


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> usagebook.Book:
    """October is closed with prices, and one of its records came late."""
    folder = tmp_path_factory.mktemp("book")
    book = usagebook.Book(folder / "usage.book", new=True)
    book.add(ROOT / INPUT, label="nightly")
    for warning in open_warnings(book, "2026-10"):
        book.acknowledge("2026-10", warning, reason="they are as they are", by_whom="Mari Maasikas")
    prices = ROOT / PRICES
    book.close("2026-10", note="first", by_whom="Mari Maasikas", prices=prices, accept_incomplete=True)
    late = {**record(), "usage": "7.25", "modified": "2026-11-30T10:00:00Z"}
    (folder / "late.ndjson").write_text(json.dumps(late) + "\n")
    book.add(folder / "late.ndjson", pulled_at="2026-11-30T12:00:00Z")
    return book


def open_warnings(book: usagebook.Book, month: str) -> list[str]:
    try:
        book.close(month, accept_incomplete=True, as_of="2001-01-01T00:00:00Z")
    except usagebook.OpenWarningsError as error:
        return list(error.warnings)
    except usagebook.Error:
        return []
    raise AssertionError("nothing is closed before its first delivery")


def test_the_months_are_the_commands(command: Command, book: usagebook.Book) -> None:
    printed = json.loads(command("status", "--book", book.path, "--format", "json"))
    months = book.status()
    assert [month.period for month in months] == [month["period"] for month in printed]
    october, theirs = months[-1], printed[-1]
    assert october.state == theirs["state"]
    assert october.closings[0].digest == theirs["closings"][0]["digest"]
    assert (october.closings[0].note, october.closings[0].by_whom) == ("first", "Mari Maasikas")
    amounts = {total["currency"]: Decimal(total["amount"]) for total in theirs["closings"][0]["money"]["totals"]}
    assert october.closings[0].amounts == amounts
    assert [total.usage for total in october.totals] == [Decimal(total["usage"]) for total in theirs["totals"]]


def test_a_report_of_a_book_is_the_commands(command: Command, book: usagebook.Book) -> None:
    for version in (None, "v1", "now"):
        words = ["--version", version] if version else []
        report = usagebook.report(book=book, period="2026-10", version=version)
        printed = command("report", "--book", book.path, "--period", "2026-10", *words, "--format", "csv")
        assert_same(report.to_arrow().to_pylist(), printed)


def test_a_workbook_of_a_book_is_the_commands(command: Command, book: usagebook.Book, tmp_path: Path) -> None:
    usagebook.report(book=book, period="2026-10").save(tmp_path / "own.xlsx")
    command("report", "--book", book.path, "--period", "2026-10", "-o", tmp_path / "theirs.xlsx")
    assert (tmp_path / "own.xlsx").read_bytes() == (tmp_path / "theirs.xlsx").read_bytes()


def test_what_came_late_is_the_commands(command: Command, book: usagebook.Book) -> None:
    late = book.late()
    assert_same(late.to_arrow().to_pylist(), command("late", "--book", book.path, "--format", "csv"))
    changes = list(late)
    assert changes == late.to_arrow().drop_columns(["billing_period"]).to_pylist()
    assert len(changes) == len(late) > 0
    assert any(isinstance(value, Decimal) for value in changes[0].values())
    assert str(late) == command("late", "--book", book.path)


def test_differences_are_the_commands(command: Command, book: usagebook.Book) -> None:
    words = ["diff", "2026-10", "--book", book.path, "--format", "csv"]
    assert_same(list(book.diff("2026-10", from_="v1")), command(*words, "--from", "v1"))
    amounts = book.diff("2026-10", from_="v1", amounts=True)
    assert_same(list(amounts), command(*words, "--from", "v1", "--amounts"))


def test_records_are_a_stream(command: Command, book: usagebook.Book) -> None:
    records = book.scan("2026-10", version="now")
    printed = command("list", "--book", book.path, "--version", "now", "--all", "--format", "csv")
    listed = [row for row in csv.DictReader(io.StringIO(printed)) if row["billing_period"] == "2026-10-01"]
    assert len(records) == len(listed) == 1513
    schema = pyarrow.table(records).schema
    assert schema.field("usage").type == pyarrow.decimal128(38, 2)
    assert schema.field("modified").type == pyarrow.timestamp("us", tz="UTC")
    assert schema.field("uuid").type == pyarrow.string()
    frame = records.to_polars()
    assert frame.schema["usage"] == polars.Decimal(38, 2)
    october = book.status()[-1]
    found = duckdb.sql("SELECT measured_unit, sum(usage), count(*) FROM records GROUP BY ALL ORDER BY ALL")
    assert found is not None
    assert found.fetchall() == sorted((total.measured_unit, total.usage, total.records) for total in october.totals)
    assert len(book.scan("2026-10", username=str(record()["username"]))) < len(records)


def test_the_same_inputs_again_change_nothing(book: usagebook.Book) -> None:
    again = book.add(ROOT / INPUT)
    assert not again.is_new
    assert again.months == ()


def test_a_new_book_counts_what_it_was_given(tmp_path: Path) -> None:
    book = usagebook.Book(tmp_path / "usage.book", new=True, timezone="Europe/Tallinn")
    seen: list[usagebook.Progress] = []
    added = book.add(INPUT, progress=seen.append)
    assert added.is_new
    assert added.accounting.kept == sum(month.added for month in added.months) == 4536
    assert [month.period for month in added.months] == ["2026-08", "2026-09", "2026-10"]
    assert seen[-1].records == 4536
    assert book.verify().damage == ()


def test_a_month_is_restated(tmp_path: Path, book: usagebook.Book) -> None:
    copy = usagebook.Book(shutil.copytree(book.path, tmp_path / "copy.book", symlinks=True))
    try:
        second = copy.restate("2026-10", note="late usage", accept_incomplete=True)
    except usagebook.OpenWarningsError as error:
        for warning in error.warnings:
            copy.acknowledge("2026-10", warning, reason="they are as they are", by_whom="Mari Maasikas")
        second = copy.restate("2026-10", note="late usage", accept_incomplete=True)
    assert (second.version, second.note) == ("v2", "late usage")
    assert copy.restate("2026-10", note="again", accept_incomplete=True).version == "v2"
    assert len(copy.late()) == 0


def test_damage_is_named(tmp_path: Path) -> None:
    book = usagebook.Book(tmp_path / "usage.book", new=True)
    book.add(INPUT)
    file = max((tmp_path / "usage.book").rglob("*.parquet"), key=lambda path: path.stat().st_size)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.resolve().chmod(0o600)
    file.resolve().write_bytes(content)
    assert book.verify().damage


def test_a_month_whose_bills_are_issued_is_not_drafted_again(command: Command, tmp_path: Path, book: usagebook.Book) -> None:
    copy = shutil.copytree(book.path, tmp_path / "copy.book", symlinks=True)
    drafts = usagebook.bills(book=copy, period="2026-10", to=tmp_path / "drafts", accept_incomplete=True)
    assert drafts.manifest["bills"]
    command("bills", "--book", copy, "--period", "2026-10", "--issue", "--to", tmp_path / "issued")
    with pytest.raises(usagebook.Error) as caught:
        usagebook.bills(book=copy, period="2026-10", to=tmp_path / "again", accept_incomplete=True)
    assert caught.value.code == "not_billed"


class TestErrors:
    def test_a_folder_without_a_book(self, tmp_path: Path) -> None:
        with pytest.raises(usagebook.Error) as caught:
            usagebook.Book(tmp_path / "nowhere")
        assert caught.value.code == "not_a_book"

    def test_a_book_that_is_there(self, book: usagebook.Book) -> None:
        with pytest.raises(usagebook.QuestionError) as caught:
            usagebook.Book(book.path, new=True)
        assert caught.value.code == "book_there"

    def test_a_month_that_is_closed(self, book: usagebook.Book) -> None:
        with pytest.raises(usagebook.Error):
            book.close("2026-10", accept_incomplete=True)

    def test_a_month_that_there_is_not(self, book: usagebook.Book) -> None:
        for wrong in ("2031-01", "october"):
            with pytest.raises(usagebook.QuestionError):
                book.close(wrong)

    def test_a_warning_that_there_is_not(self, book: usagebook.Book) -> None:
        with pytest.raises(usagebook.QuestionError, match="spike"):
            book.acknowledge("2026-10", "nonsense", reason="none", by_whom="Mari Maasikas")

    def test_another_writer(self, tmp_path: Path) -> None:
        path = tmp_path / "usage.book"
        usagebook.Book(path, new=True).add(INPUT)
        context = multiprocessing.get_context("spawn")
        begun, done = context.Event(), context.Event()
        writer = context.Process(target=write_slowly, args=(str(path), begun, done))
        writer.start()
        assert begun.wait(60)
        with pytest.raises(usagebook.LockedError) as caught:
            usagebook.Book(path).add(INPUT, lock_timeout=0)
        done.set()
        writer.join()
        assert caught.value.file


def write_slowly(path: str, begun: Any, done: Any) -> None:
    """Holds the book while its inputs are read."""

    def wait(_: usagebook.Progress) -> None:
        begun.set()
        done.wait(60)

    usagebook.Book(path).add(str(ROOT / INPUT), progress=wait)
