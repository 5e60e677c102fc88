"""Statements and drafts of bills: a folder with files for each recipient."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from usagebook import _asked, _facts, _usagebook
from usagebook._asked import AsOf, Filters, OnProgress, Path, Paths
from usagebook._facts import Notice

if TYPE_CHECKING:
    from typing_extensions import Unpack


@dataclass(frozen=True)
class Statements:
    """Statements that are on disk."""

    manifest: dict[str, Any]
    """What went in, every file that came out, and what each recipient's comes to: manifest.json of the folder."""
    tie_out: str
    """That the statements add up to the report, in a sentence."""
    notices: tuple[Notice, ...]


@dataclass(frozen=True)
class Bills:
    """Drafts of bills that are on disk."""

    manifest: dict[str, Any]
    """What went in, every file that came out, and what each bill comes to: manifest.json of the folder."""
    without_rate: str | None
    """Which bills lack a rate of VAT that they need; `None` if none does."""
    without_amount: tuple[str, ...]
    """Recipients that have nothing to pay, and no bill."""
    notices: tuple[Notice, ...]


def statements(
    inputs: Paths | None = None,
    *,
    to: Path,
    period: str,
    book: Path | None = None,
    version: str | None = None,
    per: str | None = None,
    by: str | Sequence[str] = (),
    format: str | Sequence[Literal["xlsx", "html", "csv"]] = (),
    users: bool = False,
    as_of: AsOf | None = None,
    fiscal_year_start: int | None = None,
    prices: Path | None = None,
    exchange_rates: Path | None = None,
    currency: str | None = None,
    unpriced: Literal["zero", "omit"] | None = None,
    locale: str | None = None,
    attributes: Paths | None = None,
    basis: Literal["component-usage", "users"] | None = None,
    parents: Paths | None = None,
    pseudonyms: Path | None = None,
    rejects: Path | None = None,
    accept_incomplete: bool = False,
    timezone: str | None = None,
    threads: int | None = None,
    config: Path | None = None,
    group_readable: bool = False,
    progress: OnProgress | None = None,
    **filters: Unpack[Filters],
) -> Statements:
    """Writes a statement for each recipient into a folder, all of them or none. They add up to the report.

    Keywords that a report has mean the same here.

    Args:
        inputs: Files, folders and patterns of dumps; or a `book` instead.
        to: The folder for the statements; it must not be there.
        period: The months, as for a report.
        per: Who gets a statement: `customer`, `project` or a column of your own.
        by: The dimensions of the flat detail.
        format: `xlsx`, `html` and `csv`; all of them by default.
        users: Show single users.
        group_readable: Let the group read what is made.

    Raises:
        QuestionError: The question was wrong, or the folder is there.
        Error: Usage is probably missing, and `accept_incomplete` does not accept that; inputs that cannot be read.
    """
    asked = _asked.records(
        inputs, book, version=version, period=period, as_of=as_of, fiscal_year_start=fiscal_year_start,
        timezone=timezone, threads=threads, accept_incomplete=accept_incomplete, rejects=rejects, config=config,
        filters=filters, prices=_asked.prices(prices, exchange_rates, currency, unpriced, locale),
        attributes=attributes, basis=basis, parents=parents, pseudonyms=pseudonyms,
    )  # fmt: skip
    folder = _folder(to, per, by, format, users, False, group_readable)
    facts = json.loads(_usagebook.statements(asked, folder, _asked.watching(progress)))
    return Statements(facts["manifest"], facts["tie_out"], tuple(_facts.notices(facts["notices"])))


def bills(
    inputs: Paths | None = None,
    *,
    to: Path,
    period: str,
    book: Path | None = None,
    version: str | None = None,
    per: str | None = None,
    format: str | Sequence[str] = (),
    eml: bool = False,
    as_of: AsOf | None = None,
    fiscal_year_start: int | None = None,
    prices: Path | None = None,
    exchange_rates: Path | None = None,
    currency: str | None = None,
    unpriced: Literal["zero", "omit"] | None = None,
    locale: str | None = None,
    attributes: Paths | None = None,
    basis: Literal["component-usage", "users"] | None = None,
    parents: Paths | None = None,
    rejects: Path | None = None,
    accept_incomplete: bool = False,
    timezone: str | None = None,
    threads: int | None = None,
    config: Path | None = None,
    group_readable: bool = False,
    progress: OnProgress | None = None,
    **filters: Unpack[Filters],
) -> Bills:
    """Writes a draft of a bill for each recipient into a folder, all of them or none. Their net totals add up to the report.

    Keywords that a report has mean the same here. The sender is that of the configuration.

    Args:
        inputs: Files, folders and patterns of dumps; or a `book` instead.
        to: The folder for the bills; it must not be there.
        period: The months, as for a report.
        per: Who gets a bill: `customer`, `project` or a column of your own.
        format: `html`, `xlsx` and `csv`; all that this build has by default.
        eml: Also write a draft of an e-mail for each bill.
        attributes: What bills say of their recipients, as address, email and vat_rate.
        group_readable: Let the group read what is made.

    Raises:
        QuestionError: The question was wrong, there are no prices, or the folder is there.
        Error: Usage is probably missing, and `accept_incomplete` does not accept that; amounts without a recipient.
    """
    asked = _asked.records(
        inputs, book, version=version, period=period, as_of=as_of, fiscal_year_start=fiscal_year_start,
        timezone=timezone, threads=threads, accept_incomplete=accept_incomplete, rejects=rejects, config=config,
        filters=filters, prices=_asked.prices(prices, exchange_rates, currency, unpriced, locale),
        attributes=attributes, basis=basis, parents=parents,
    )  # fmt: skip
    folder = _folder(to, per, (), format, False, eml, group_readable)
    facts = json.loads(_usagebook.bills(asked, folder, _asked.watching(progress)))
    return Bills(
        facts["manifest"],
        facts["without_rate"],
        tuple(facts["without_amount"]),
        tuple(_facts.notices(facts["notices"])),
    )


def _folder(
    to: Path,
    per: str | None,
    by: str | Sequence[str],
    format: str | Sequence[str],
    users: bool,
    eml: bool,
    group_readable: bool,
) -> dict[str, object]:
    return {
        "to": _asked.text(to),
        "per": per,
        "by": _asked.words(by) or [],
        "format": _asked.words(format) or [],
        "users": users,
        "eml": eml,
        "group_readable": group_readable,
    }
