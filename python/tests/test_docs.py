"""The guide for Python: its code runs as it stands, and prints what the page shows."""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

GUIDE = ROOT / "docs" / "guides" / "python.md"
# Writes what is printed today into the page.
BLESSES = "USAGEBOOK_BLESS" in os.environ
PIPELINE = ROOT / "docs" / "guides" / "pipeline.py"


def test_the_guide_prints_what_it_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "fixtures").symlink_to(ROOT / "fixtures")
    monkeypatch.chdir(tmp_path)
    text = GUIDE.read_text()
    blocks = re.findall(r"^```python\n(.*?)^```\n(\n```text\n(.*?)^```)?", text, re.DOTALL | re.MULTILINE)
    assert len(blocks) > 5
    names: dict[str, object] = {"__name__": "guide"}
    for code, has_text, shown in blocks:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, str(GUIDE), "exec"), names)
        if BLESSES:
            text = text.replace(f"{code}```\n\n```text\n{shown}```", f"{code}```\n\n```text\n{printed.getvalue()}```")
        else:
            assert not has_text or printed.getvalue() == shown, code
    if BLESSES:
        GUIDE.write_text(text)


def test_the_pipeline_runs(tmp_path: Path) -> None:
    words = ["fixtures/real/complete", "2026-10", "fixtures/prices/rates.toml", str(tmp_path / "out")]
    done = subprocess.run([sys.executable, PIPELINE, *words], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-2:] == ["EUR 29887.01", "USD 4759412.26"]
    assert len(list((tmp_path / "out").iterdir())) == 4


def test_the_pipeline_stops_if_figures_may_be_wrong(tmp_path: Path) -> None:
    words = ["fixtures/real/complete", "2027-01", "fixtures/prices/rates.toml", str(tmp_path / "out")]
    done = subprocess.run([sys.executable, PIPELINE, *words], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert "RuntimeError" in done.stderr
    assert not (tmp_path / "out").exists()
