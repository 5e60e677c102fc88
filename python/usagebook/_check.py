"""Checks before figures are sent."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from usagebook import _asked, _facts, _usagebook
from usagebook._asked import AsOf, OnProgress, Path, Paths
from usagebook._facts import Accounting, Notice
from usagebook._frames import Frames


@dataclass(frozen=True)
class Check:
    """What one check found."""

    notice: Notice
    meaning: str
    """What it means for the figures."""
    action: str
    """What to do."""
    examples: tuple[dict[str, Any], ...]
    """Some of what it is about, by the endpoint's fields; figures are texts of decimals."""


@dataclass(frozen=True)
class NotChecked:
    """What could not be looked for."""

    codes: tuple[str, ...]
    reason: str


class Verdict(Frames):
    """What the checks found. As an Arrow stream it is the list to work through, a row for each thing that a warning or note is about."""

    def __init__(self, native: _usagebook.Verdict) -> None:
        super().__init__(native)
        self._native = native
        self._facts: dict[str, Any] = json.loads(native.json())

    @property
    def warnings(self) -> list[Check]:
        """What may make the figures wrong and nobody has answered for; empty if all is well."""
        return [check for check in self.checks if check.notice.is_open]

    @property
    def checks(self) -> list[Check]:
        """All warnings, acknowledged ones too, and notes."""
        return [_check(facts) for facts in self._facts["checks"]]

    @property
    def passed(self) -> list[str]:
        """The codes of what was looked for and not found."""
        return list(self._facts["passed"])

    @property
    def not_checked(self) -> list[NotChecked]:
        """What could not be looked for, and why."""
        return [NotChecked(tuple(each["codes"]), each["reason"]) for each in self._facts["not_checked"]]

    @property
    def accounting(self) -> Accounting:
        """Where every record went that was read."""
        return Accounting(**self._facts["accounting"])

    def save(self, path: Path) -> None:
        """Writes a file, whole or not at all, in the format of its name's end.

        .txt and .json are the verdict; .csv, .tsv, .ndjson, .md, .xlsx, .html and .pdf are the list to work through.

        Raises:
            QuestionError: The name has no format.
            Error: The file cannot be written.
        """
        self._native.save(_asked.text(path))

    def __str__(self) -> str:
        """The verdict that the command prints."""
        return self._native.text()

    def __repr__(self) -> str:
        codes = ", ".join(check.notice.code for check in self.warnings)
        return f"<usagebook.Verdict: {codes or 'no warnings'}>"


def check(
    inputs: Paths | None = None,
    *,
    book: Path | None = None,
    version: str | None = None,
    period: str | None = None,
    as_of: AsOf | None = None,
    fiscal_year_start: int | None = None,
    parents: Paths | None = None,
    invoices: Paths | None = None,
    prices: Path | None = None,
    exchange_rates: Path | None = None,
    currency: str | None = None,
    locale: str | None = None,
    rejects: Path | None = None,
    accept_incomplete: bool = False,
    timezone: str | None = None,
    threads: int | None = None,
    config: Path | None = None,
    progress: OnProgress | None = None,
) -> Verdict:
    """Looks for lost pages, users that do not add up to their parents, missing usage, spikes, months and units that do not fit, and
    quantities and amounts on invoices that are not the usage.

    Args:
        inputs: Files, folders and patterns of dumps; or a `book` instead. Earlier months are the history of a month: give
            them too, and name the month by `period`.
        book: The folder of a book.
        version: The version of the book's months.
        period: The months to check, as for a report; all by default.
        as_of: The day that the data is seen on. A month that is incomplete on it is not compared.
        fiscal_year_start: The month in which fiscal years begin, 1 to 12.
        parents: Dumps of component usages; a book's own by default.
        invoices: Dumps of invoices or invoice items, or a table of them.
        prices: A price list: the list to work through has the amounts at stake, and amounts on invoices are compared too.
        exchange_rates: The rates to convert by; needs `currency`.
        currency: The currency of the invoices.
        locale: How numbers and days are written in your own tables, as `de-DE`.
        rejects: Write records that cannot be used to this NDJSON file; otherwise they are part of the verdict.
        accept_incomplete: Make the warning that a dump is incomplete a note.
        timezone: The zone in which dates are read.
        threads: How many threads read.
        config: A configuration.
        progress: Called with a `Progress`.

    Raises:
        QuestionError: The question was wrong.
        Error: Inputs that cannot be read, a damaged book.
    """
    asked = _asked.records(
        inputs,
        book,
        version=version,
        period=period,
        as_of=as_of,
        fiscal_year_start=fiscal_year_start,
        timezone=timezone,
        threads=threads,
        accept_incomplete=accept_incomplete,
        rejects=rejects,
        config=config,
        filters={},
        prices=_asked.prices(prices, exchange_rates, currency, None, locale),
        parents=parents,
    )
    return Verdict(_usagebook.check(asked, _asked.paths(invoices), _asked.watching(progress)))


def _check(facts: dict[str, Any]) -> Check:
    return Check(_facts.notice(facts), facts["meaning"], facts["action"], tuple(facts["examples"]))
