"""Runs the SQL of the guide to BI tools in DuckDB, on the files that the guide's commands write.

    python tests/foreign/bi.py target/debug/usagebook

Below each query stands what it answers, as a Markdown table.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

import duckdb

ROOT = pathlib.Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "guides" / "bi.md"


def commands(text):
    for block in re.findall(r"```console\n(.*?)```", text, re.S):
        yield from (line[2:] for line in block.splitlines() if line.startswith("$ "))


def queries(text):
    """Each query with the table below it."""
    for query, table in re.findall(r"```sql\n(.*?)```\n\n((?:\|[^\n]*\n)+)", text, re.S):
        lines = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in table.splitlines()]
        yield query, [lines[0], *lines[2:]]


def main(binary):
    text = GUIDE.read_text()
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "fixtures").symlink_to(ROOT / "fixtures")
        environment = os.environ | {"PATH": f"{binary.parent}:{os.environ['PATH']}"}
        for command in commands(text):
            subprocess.run(command, shell=True, cwd=folder, env=environment, check=True, capture_output=True)
        os.chdir(folder)
        count = 0
        for query, expected in queries(text):
            answer = duckdb.sql(query)
            found = [answer.columns, *([str(cell) for cell in row] for row in answer.fetchall())]
            assert found == expected, f"{query}\n{found}\n{expected}"
            count += 1
        os.chdir(ROOT)
    assert count, "the guide has no query"
    print(f"{count} queries of the guide answer what stands below them")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve())
