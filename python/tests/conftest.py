"""What the tests share: the fixtures of the repository, and the command that is installed with the package."""

from __future__ import annotations

import csv
import io
import os
import subprocess
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import usagebook.__main__ as launcher

ROOT = Path(__file__).resolve().parents[2]

# 1 December 2026, for the command and the module alike.
os.environ["SOURCE_DATE_EPOCH"] = "1796083200"


@pytest.fixture(autouse=True)
def in_the_repository(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Paths of fixtures are relative in messages and manifests; notes of this account stay out of the tests."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture(scope="session")
def command() -> Callable[..., str]:
    """Runs the command; returns what it prints."""
    program = os.environ.get("USAGEBOOK_COMMAND") or str(launcher.command())

    def run(*words: str | Path) -> str:
        line = [program, *map(str, words)]
        done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        assert done.returncode in (0, 3), done.stderr
        return done.stdout

    return run


def as_in_csv(row: dict[str, Any], text: dict[str, str]) -> dict[str, Any]:
    """A row of the command's CSV with the types of a row of ours: decimals are compared as numbers, and nothing is None."""

    def typed(value: Any, text: str) -> Any:
        if isinstance(value, (Decimal, int)):
            return type(value)(text) if text else None
        return value if text == "" and value in ("", None) else text

    return {name: typed(row.get(name), cell) for name, cell in text.items()}


def assert_same(rows: list[dict[str, Any]], printed: str) -> None:
    """Our rows are those of the command's CSV, which says a month once."""
    expected = list(csv.DictReader(io.StringIO(printed)))
    rows = [{name: value for name, value in row.items() if name != "billing_period"} for row in rows]
    assert len(rows) == len(expected)
    assert rows == [as_in_csv(row, text) for row, text in zip(rows, expected)]
