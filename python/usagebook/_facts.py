"""What comes with figures: where records went, what to know of them, and how far work has come."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Accounting:
    """Where every record went. `read` is the sum of those below it, but for the last."""

    read: int
    """Records that the inputs have, in files that could be read; of a book, the rows of its months."""
    kept: int
    """Those that the figures are made of."""
    older_versions: int
    """Those of which the inputs have a newer version."""
    exact_repeats: int
    """Those that are there once more, version by version."""
    rejected: int
    """Those that cannot be used."""
    filtered_out: int
    """Those of other months, or that do not pass the filters."""
    not_opened: int
    """Beside those that were read: records of other months, in parts of files that were not opened."""


@dataclass(frozen=True)
class Acknowledgement:
    """Somebody answers for instances of a warning."""

    code: str
    instances: tuple[str, ...]
    reason: str
    by_whom: str
    time: str
    """When, as 2026-11-02T08:00:00Z."""


@dataclass(frozen=True)
class Notice:
    """One thing noticed about the data."""

    severity: str
    """`warning` if the figures may be wrong, else `note`."""
    code: str
    """As in the reference of warnings and notes: `incomplete`, `partial_period` …"""
    count: int
    """How many records, names, files or months it concerns."""
    message: str
    """One or two sentences: what was seen, what it means, what to do."""
    is_open: bool
    """Whether it is a warning of which nobody answers for every instance."""
    acknowledgements: tuple[Acknowledgement, ...] = ()


@dataclass(frozen=True)
class Fault:
    """A record, or a whole file, that cannot be used."""

    file: str
    record: int | None
    """The record's number in its file, from 1; `None` if the whole file cannot be used."""
    line: int | None
    """The line in which the record begins; `None` in JSON and Parquet."""
    field: str | None
    """The field that is wrong; `None` if the record as a whole is."""
    value: str
    """What was found, shortened."""
    expected: str
    reason: str
    """A code: `bad_value`, `missing_field` …"""


@dataclass(frozen=True)
class Progress:
    """How far the work has come."""

    files: int
    """Files that are read."""
    files_total: int
    bytes: int
    """Bytes that are read, compressed where files are."""
    bytes_total: int
    records: int
    """Records that are read."""
    statements: int = field(default=0)
    """Statements that are on disk."""
    statements_total: int = field(default=0)


def notices(text: str) -> list[Notice]:
    """Notices from JSON."""
    return [notice(each) for each in json.loads(text)]


def notice(facts: dict[str, Any]) -> Notice:
    """A notice from its JSON object."""
    acknowledgements = tuple(
        Acknowledgement(**{**each, "instances": tuple(each["instances"])})
        for each in facts.get("acknowledgements", [])
    )
    known = {name: facts[name] for name in ("severity", "code", "count", "message", "is_open")}
    return Notice(**known, acknowledgements=acknowledgements)


def faults(text: str) -> tuple[Fault, ...]:
    """Rejected records from JSON."""
    names = Fault.__dataclass_fields__
    return tuple(Fault(**{name: each[name] for name in names}) for each in json.loads(text))
