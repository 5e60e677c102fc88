"""Reports: every figure is the command's, and no library of frames loses a digit of it."""

from __future__ import annotations

import csv
import gzip
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pandas
import polars
import pyarrow
import pytest
from conftest import ROOT, assert_same

import usagebook

INPUT = "fixtures/real/complete"
PRICES = "fixtures/prices/rates.toml"
AS_OF = "2026-11-23"

Command = Callable[..., str]


def october(**keywords: Any) -> usagebook.Report:
    return usagebook.report(INPUT, period="2026-10", as_of=AS_OF, **keywords)


def rows(report: usagebook.Report) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = report.to_arrow().to_pylist()
    return listed


QUESTIONS: list[tuple[dict[str, Any], list[str]]] = [
    ({}, []),
    ({"by": ["customer", "component"]}, ["--by", "customer,component"]),
    ({"by": "user,resource"}, ["--by", "user,resource"]),
    ({"prices": PRICES}, ["--prices", PRICES]),
    (
        {"prices": PRICES, "currency": "EUR", "exchange_rates": "fixtures/prices/exchange-rates.csv"},
        ["--prices", PRICES, "--currency", "EUR", "--exchange-rates", "fixtures/prices/exchange-rates.csv"],
    ),
    ({"compare": "previous-month"}, ["--compare", "previous-month"]),
    ({"top": 3}, ["--top", "3"]),
    ({"customer": "Tartu Ülikool"}, ["--customer", "Tartu Ülikool"]),
    ({"type": ["cpu_hours", "storage"]}, ["--type", "cpu_hours", "--type", "storage"]),
    (
        {"parents": "fixtures/real/component-usages", "basis": "component-usage"},
        ["--parents", "fixtures/real/component-usages", "--basis", "component-usage"],
    ),
]


@pytest.mark.parametrize(("keywords", "flags"), QUESTIONS, ids=[" ".join(flags) or "all" for _, flags in QUESTIONS])
def test_every_figure_is_the_commands(command: Command, keywords: dict[str, Any], flags: list[str]) -> None:
    printed = command("report", INPUT, "--period", "2026-10", "--as-of", AS_OF, "--format", "csv", *flags)
    assert printed.count("\n") > 3
    assert_same(rows(october(**keywords)), printed)


def test_periods_across_are_the_commands(command: Command) -> None:
    words = ["--by", "period,component", "--pivot", "period", "--as-of", AS_OF, "--format", "csv"]
    report = usagebook.report(INPUT, by=["period", "component"], pivot="period", as_of=AS_OF)
    assert_same(rows(report), command("report", INPUT, *words))


@pytest.mark.parametrize("name", ["r.csv", "r.tsv", "r.json", "r.ndjson", "r.md", "r.txt", "r.parquet", "r.xlsx", "r.html"])
def test_a_file_is_the_commands_byte_for_byte(command: Command, tmp_path: Path, name: str) -> None:
    own, theirs = tmp_path / f"own-{name}", tmp_path / f"theirs-{name}"
    october(prices=PRICES).save(own)
    command("report", INPUT, "--period", "2026-10", "--as-of", AS_OF, "--prices", PRICES, "-o", theirs)
    assert own.read_bytes() == theirs.read_bytes()


def test_the_manifest_is_the_commands(command: Command, tmp_path: Path) -> None:
    own, theirs, csv_file = tmp_path / "own.json", tmp_path / "theirs.json", tmp_path / "r.csv"
    report = october(prices=PRICES)
    report.save(csv_file, manifest=own)
    words = ["--period", "2026-10", "--as-of", AS_OF, "--prices", PRICES, "-o", csv_file, "--manifest", theirs]
    command("report", INPUT, *words)
    assert own.read_bytes() == theirs.read_bytes()
    written = json.loads(own.read_text())
    assert {**report.manifest, "outputs": written["outputs"]} == written


def test_polars_takes_every_decimal() -> None:
    report = october(prices=PRICES)
    frame = report.to_polars()
    assert (frame.schema["usage"], frame.schema["amount"]) == (polars.Decimal(38, 2), polars.Decimal(38, 3))
    assert frame.schema["billing_period"] == polars.Date
    assert frame["usage"].to_list() == [row["usage"] for row in rows(report)]
    assert polars.DataFrame(report).equals(frame)


def test_pandas_takes_every_decimal() -> None:
    report = october(prices=PRICES)
    frame = report.to_pandas()
    assert {type(value) for value in frame["usage"].dropna()} == {Decimal}
    assert [None if pandas.isna(value) else value for value in frame["usage"]] == [row["usage"] for row in rows(report)]
    assert (str(frame["records"].dtype), str(frame["customer_name"].dtype)) == ("Int64", "category")


def test_pyarrow_and_duckdb_take_every_decimal() -> None:
    report = october(prices=PRICES)
    schema = report.to_arrow().schema
    assert schema.field("usage").type == pyarrow.decimal128(38, 2)
    assert schema.field("customer_name").type == pyarrow.dictionary(pyarrow.int32(), pyarrow.string())
    assert schema.field("billing_period").type == pyarrow.date32()
    found = duckdb.sql("SELECT currency, sum(amount), any_value(typeof(amount)) FROM report WHERE amount IS NOT NULL GROUP BY 1")
    assert found is not None
    sums = {currency: (amount, kind) for currency, amount, kind in found.fetchall()}
    totals = {total["currency"]: Decimal(total["amount"]) for total in report.manifest["pricing"]["totals"]}
    assert sums == {currency: (amount, "DECIMAL(38,3)") for currency, amount in totals.items()}


def test_a_stream_can_be_taken_again_and_outlives_its_report() -> None:
    report = october()
    first = pyarrow.table(report)
    second = pyarrow.table(report)
    del report
    assert first.equals(second)


def test_records_are_accounted_for() -> None:
    accounting = october().accounting
    assert accounting.read == 4536
    parts = [accounting.kept, accounting.older_versions, accounting.exact_repeats, accounting.rejected, accounting.filtered_out]
    assert accounting.read == sum(parts)


def test_warnings_have_a_code_and_a_sentence(tmp_path: Path) -> None:
    report = usagebook.report(INPUT, period="2027-01", as_of="2027-02-10")
    assert [warning.code for warning in report.warnings] == ["empty_period"]
    assert report.warnings[0].message.endswith(".")
    assert "1 warning" in repr(report)
    assert "Warning" in report._repr_html_()


def test_a_report_shows_itself(command: Command) -> None:
    report = october(by="customer")
    printed = command("report", INPUT, "--period", "2026-10", "--as-of", AS_OF, "--by", "customer")
    assert str(report) == printed
    assert repr(report).startswith("<usagebook.Report of 2026-10: ")
    assert len(report) == len(rows(report))


def record(**changes: Any) -> dict[str, Any]:
    page = json.loads(gzip.decompress((ROOT / INPUT / "2026-10" / "page-0001.json.gz").read_bytes()))
    return {**page[0], **changes}


def test_a_hostile_name_is_harmless_in_a_notebook(tmp_path: Path) -> None:
    name = '<script>alert("1")</script>&\u202e'
    (tmp_path / "page.json").write_text(json.dumps([record(customer_name=name)]))
    page = usagebook.report(tmp_path, by="customer")._repr_html_()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "\u202e" not in page


class TestErrors:
    def test_an_input_that_is_not_there(self) -> None:
        with pytest.raises(usagebook.Error, match="not found") as caught:
            usagebook.report("nowhere/")
        assert (caught.value.code, caught.value.file) == ("input_not_found", "nowhere/")

    def test_a_rejected_record(self, tmp_path: Path) -> None:
        (tmp_path / "page.json").write_text(json.dumps([record(), record(usage="12,5")]))
        with pytest.raises(usagebook.RejectedError, match="rejects=") as caught:
            usagebook.report(tmp_path)
        error = caught.value
        assert (error.file, error.record, error.field) == (str(tmp_path / "page.json"), 2, "usage")
        assert [fault.reason for fault in error.rejected] == ["bad_value"]
        report = usagebook.report(tmp_path, rejects=tmp_path.parent / "rejects.ndjson")
        assert [warning.code for warning in report.warnings] == ["rejected"]
        assert (tmp_path.parent / "rejects.ndjson").read_text().count("\n") == 1

    def test_a_price_list_with_a_mistake_names_its_line(self, tmp_path: Path) -> None:
        prices = tmp_path / "rates.toml"
        prices.write_text(Path(PRICES).read_text() + "\nnonsense = 1\n")
        with pytest.raises(usagebook.Error) as caught:
            october(prices=prices)
        assert caught.value.file == str(prices)
        assert caught.value.line

    @pytest.mark.parametrize(
        "keywords",
        [
            {"by": "customers"},
            {"period": "2026-13"},
            {"customer_uuid": "x"},
            {"compare": "yesterday"},
            {"basis": "guess"},
            {"timezone": "Mars/Olympus"},
            {"currency": "EUR"},
            {"as_of": "soon"},
            {"top": 0},
            {"fiscal_year_start": 13},
            {"version": "v1"},
            {"pivot": "period", "by": "customer"},
        ],
        ids=str,
    )
    def test_a_question_that_means_nothing(self, keywords: dict[str, Any]) -> None:
        with pytest.raises(usagebook.QuestionError):
            usagebook.report(INPUT, **keywords)

    def test_no_inputs_or_both(self) -> None:
        wrongs: list[dict[str, Any]] = [{}, {"inputs": INPUT, "book": "usage.book"}, {"inputs": "-"}]
        for wrong in wrongs:
            with pytest.raises(ValueError):
                usagebook.report(**wrong)

    def test_a_filter_that_there_is_not(self) -> None:
        with pytest.raises(TypeError, match="customr"):
            usagebook.report(INPUT, customr="x")  # type: ignore[call-arg]

    def test_a_format_that_there_is_not(self, tmp_path: Path) -> None:
        with pytest.raises(usagebook.QuestionError, match="xlsx"):
            october().save(tmp_path / "report.doc")

    def test_a_choice_that_would_do_nothing(self, tmp_path: Path) -> None:
        choices: list[tuple[str, dict[str, Any]]] = [
            ("r.json", {"totals": True}),
            ("r.csv", {"users": True}),
            ("r.csv", {"parquet_decimal": 18}),
        ]
        for name, choice in choices:
            with pytest.raises(usagebook.QuestionError):
                october().save(tmp_path / name, **choice)
        assert list(tmp_path.iterdir()) == []

    def test_an_input_is_never_written_over(self, tmp_path: Path) -> None:
        page = tmp_path / "page.json"
        page.write_text(json.dumps([record()]))
        with pytest.raises(usagebook.Error):
            usagebook.report(page).save(page)

    def test_a_folder_that_is_missing(self, tmp_path: Path) -> None:
        with pytest.raises(usagebook.Error) as caught:
            october().save(tmp_path / "missing" / "r.csv")
        assert caught.value.code == "unwritable"

    def test_no_workbook_of_inputs_that_changed(self, tmp_path: Path) -> None:
        page = tmp_path / "page.json"
        page.write_text(json.dumps([record()]))
        report = usagebook.report(page)
        page.write_text(json.dumps([record(customer_name="Another")]))
        with pytest.raises(usagebook.Error) as caught:
            report.save(tmp_path / "r.xlsx")
        assert caught.value.code == "input_changed"
        assert not (tmp_path / "r.xlsx").exists()

    def test_errors_travel_between_processes(self) -> None:
        import pickle

        with pytest.raises(usagebook.QuestionError) as caught:
            usagebook.report(INPUT, by="customers")
        again = pickle.loads(pickle.dumps(caught.value))
        assert (type(again), str(again), again.code) == (type(caught.value), str(caught.value), caught.value.code)


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """More records than are read in a moment: one block of lines, many times over."""
    block = gzip.compress((json.dumps(record()) + "\n").encode() * 2000)
    file = tmp_path_factory.mktemp("large") / "records.ndjson.gz"
    file.write_bytes(block * 1500)
    return file


def test_progress_is_told_and_ends_with_all_of_it() -> None:
    seen: list[usagebook.Progress] = []
    october(progress=seen.append)
    assert (seen[-1].records, seen[-1].files) == (4536, seen[-1].files_total)


def test_what_progress_raises_stops_the_work(large: Path) -> None:
    def enough(_: usagebook.Progress) -> None:
        raise LookupError("enough")

    begun = time.monotonic()
    with pytest.raises(LookupError, match="enough"):
        usagebook.report(large, progress=enough)
    assert time.monotonic() - begun < 10


def test_ctrl_c_stops_the_work(large: Path, tmp_path: Path) -> None:
    program = (
        "import sys, usagebook\n"
        "try: usagebook.report(sys.argv[1], progress=lambda p: print('reading', flush=True))\n"
        "except KeyboardInterrupt: print('stopped')\n"
    )
    process = subprocess.Popen([sys.executable, "-c", program, large], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "reading\n"
    process.send_signal(signal.SIGINT)
    printed, _ = process.communicate(timeout=20)
    assert printed.splitlines()[-1] == "stopped"


def test_other_threads_run_meanwhile(large: Path) -> None:
    ticks = 0
    is_done = threading.Event()

    def tick() -> None:
        nonlocal ticks
        while not is_done.wait(0.01):
            ticks += 1

    def enough(progress: usagebook.Progress) -> None:
        if ticks > 20:
            raise LookupError

    thread = threading.Thread(target=tick)
    thread.start()
    with pytest.raises(LookupError):
        usagebook.report(large, progress=enough)
    is_done.set()
    thread.join()


def test_the_command_and_the_module_are_one_version(command: Command) -> None:
    assert command("--version") == f"usagebook {usagebook.__version__}\n"


def test_csv_for_spreadsheets_is_the_commands(command: Command, tmp_path: Path) -> None:
    own, theirs = tmp_path / "own.csv", tmp_path / "theirs.csv"
    october().save(own, totals=True, csv_profile="excel", csv_separator="semicolon", csv_decimal="comma")
    choices = ["--totals", "--csv-profile", "excel", "--csv-separator", "semicolon", "--csv-decimal", "comma"]
    command("report", INPUT, "--period", "2026-10", "--as-of", AS_OF, "-o", theirs, *choices)
    assert own.read_bytes() == theirs.read_bytes()
    assert list(csv.reader(own.open(encoding="utf-8-sig"), delimiter=";"))
