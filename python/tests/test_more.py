"""Checks, downloads, statements and bills: what the command does."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, assert_same

import usagebook
import usagebook.__main__ as launcher

INPUT = "fixtures/real/complete"
PARENTS = "fixtures/real/component-usages"
PRICES = "fixtures/prices/rates.toml"
OCTOBER: dict[str, Any] = {"period": "2026-10", "as_of": "2026-11-23"}
FLAGS = ["--period", "2026-10", "--as-of", "2026-11-23"]

Command = Callable[..., str]


class TestChecks:
    def test_the_verdict_is_the_commands(self, command: Command, tmp_path: Path) -> None:
        verdict = usagebook.check(INPUT, parents=PARENTS, **OCTOBER)
        words = ["check", INPUT, *FLAGS, "--parents", PARENTS]
        assert str(verdict) == command(*words)
        for name in ("v.json", "v.txt", "v.csv", "v.xlsx", "v.html"):
            own, theirs = tmp_path / f"own-{name}", tmp_path / f"theirs-{name}"
            verdict.save(own)
            command(*words, "-o", theirs)
            assert own.read_bytes() == theirs.read_bytes(), name

    def test_each_warning_says_what_it_means_and_what_to_do(self) -> None:
        verdict = usagebook.check(INPUT, parents=PARENTS, **OCTOBER)
        assert verdict.checks
        for check in verdict.checks:
            assert check.notice.code
            assert check.meaning.endswith(".")
            assert check.action.endswith(".")
        assert verdict.passed
        assert verdict.not_checked[0].reason
        assert verdict.accounting.read == 4536
        assert repr(verdict).startswith("<usagebook.Verdict: ")

    def test_the_rows_are_the_list_to_work_through(self, command: Command) -> None:
        verdict = usagebook.check(INPUT, parents=PARENTS, **OCTOBER)
        printed = command("check", INPUT, *FLAGS, "--parents", PARENTS, "--format", "csv")
        assert_same(verdict.to_arrow().to_pylist(), printed)

    def test_amounts_at_stake_are_the_commands(self, command: Command) -> None:
        verdict = usagebook.check(INPUT, parents=PARENTS, prices=PRICES, **OCTOBER)
        words = [*FLAGS, "--parents", PARENTS, "--prices", PRICES, "--format", "csv"]
        assert_same(verdict.to_arrow().to_pylist(), command("check", INPUT, *words))


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


class TestFolders:
    def test_statements_are_the_commands(self, command: Command, tmp_path: Path) -> None:
        own, theirs = tmp_path / "own", tmp_path / "theirs"
        seen: list[usagebook.Progress] = []
        made = usagebook.statements(INPUT, to=own, prices=PRICES, progress=seen.append, **OCTOBER)
        command("statements", INPUT, *FLAGS, "--prices", PRICES, "--to", theirs)
        assert files(own) == files(theirs)
        assert made.manifest == json.loads((own / "manifest.json").read_text())
        assert "add up to the report" in made.tie_out
        assert seen[-1].statements == seen[-1].statements_total > 3

    def test_bills_are_the_commands(self, command: Command, tmp_path: Path) -> None:
        own, theirs = tmp_path / "own", tmp_path / "theirs"
        made = usagebook.bills(INPUT, to=own, prices=PRICES, format=["csv", "html"], **OCTOBER)
        words = ["--prices", PRICES, "--format", "csv,html", "--to", theirs]
        command("bills", INPUT, *FLAGS, *words)
        assert files(own) == files(theirs)
        assert made.manifest["amounts"]

    def test_a_folder_that_is_there_stays(self, tmp_path: Path) -> None:
        (tmp_path / "own").mkdir()
        (tmp_path / "own" / "file").touch()
        with pytest.raises(usagebook.Error):
            usagebook.statements(INPUT, to=tmp_path / "own", **OCTOBER)
        assert list(files(tmp_path / "own")) == ["file"]

    def test_choices_that_there_are_not(self, tmp_path: Path) -> None:
        wrongs: list[dict[str, Any]] = [{"per": "component"}, {"format": ["doc"]}, {"by": "nothing"}]
        for wrong in wrongs:
            with pytest.raises(usagebook.QuestionError):
                usagebook.statements(INPUT, to=tmp_path / "own", **OCTOBER, **wrong)
        with pytest.raises(usagebook.QuestionError):
            usagebook.bills(INPUT, to=tmp_path / "own", **OCTOBER)
        assert not (tmp_path / "own").exists()

    def test_what_stops_the_work_leaves_no_folder(self, tmp_path: Path) -> None:
        def enough(progress: usagebook.Progress) -> None:
            raise LookupError

        with pytest.raises(LookupError):
            usagebook.statements(INPUT, to=tmp_path / "own", progress=enough, **OCTOBER)
        assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def portal() -> Iterator[str]:
    """A portal that serves the fixtures."""
    program = os.environ.get("USAGEBOOK_COMMAND") or str(launcher.command())
    line = [program, "serve", INPUT, "--listen", "127.0.0.1:0"]
    server = subprocess.Popen(line, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    assert server.stderr is not None
    address = next(found[0] for text in server.stderr if (found := re.search(r"http://[0-9.:]+", text)))
    yield address
    server.terminate()
    server.wait()


class TestPull:
    def test_a_download_is_whole_and_has_every_record(self, portal: str, tmp_path: Path) -> None:
        seen: list[usagebook.PullProgress] = []
        pulled = usagebook.pull(portal, to=tmp_path / "dump", period="2026-10", progress=seen.append)
        assert pulled.is_sound
        assert pulled.lists[0].is_whole
        assert pulled.lists[0].records == seen[-1].records == 1513
        theirs = usagebook.report(INPUT, **OCTOBER).to_arrow()
        assert usagebook.report(tmp_path / "dump", **OCTOBER).to_arrow().to_pylist() == theirs.to_pylist()

    def test_a_folder_is_taken_once(self, portal: str, tmp_path: Path) -> None:
        usagebook.pull(portal, to=tmp_path / "dump", period="2026-09")
        with pytest.raises(usagebook.QuestionError):
            usagebook.pull(portal, to=tmp_path / "dump", period="2026-09")
        again = usagebook.pull(portal, to=tmp_path / "dump", period="2026-09", resume=True)
        assert again.is_sound

    def test_a_token_is_never_repeated(self, portal: str, tmp_path: Path) -> None:
        with pytest.raises(usagebook.QuestionError) as caught:
            usagebook.pull(portal, to=tmp_path / "dump", token="secret word")
        assert "secret" not in str(caught.value)

    def test_what_stops_the_work_can_be_resumed(self, portal: str, tmp_path: Path) -> None:
        def enough(progress: usagebook.PullProgress) -> None:
            raise LookupError

        with pytest.raises(LookupError):
            usagebook.pull(portal, to=tmp_path / "dump", jobs=1, rate=5, progress=enough)
        assert usagebook.pull(portal, to=tmp_path / "dump", jobs=1, rate=1000, resume=True).is_sound

    @pytest.mark.parametrize("keywords", [{"jobs": 0}, {"rate": 0}, {"period": "never"}], ids=str)
    def test_values_that_are_none(self, portal: str, tmp_path: Path, keywords: dict[str, Any]) -> None:
        with pytest.raises(usagebook.QuestionError):
            usagebook.pull(portal, to=tmp_path / "dump", **keywords)
