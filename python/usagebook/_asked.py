"""From keywords to what the library is asked."""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias, TypedDict

from usagebook._errors import QuestionError
from usagebook._facts import Progress

Path: TypeAlias = "str | os.PathLike[str]"
Paths: TypeAlias = "Path | Sequence[Path]"
AsOf: TypeAlias = "str | datetime.date | datetime.datetime"
OnProgress: TypeAlias = "Callable[[Progress], object]"


class Filters(TypedDict, total=False):
    """Which records count: any value of a filter that is a list, all filters together."""

    customer: str | Sequence[str]
    """The customer's name; only one customer may have it."""
    customer_uuid: str | Sequence[str]
    project: str | Sequence[str]
    project_uuid: str | Sequence[str]
    offering: str | Sequence[str]
    offering_uuid: str | Sequence[str]
    resource: str | Sequence[str]
    """The resource's URL."""
    resource_uuid: str | Sequence[str]
    type: str | Sequence[str]
    """The component's type, as cpu_hours."""
    username: str | Sequence[str]
    """Part of the username, in any case."""
    date_after: str | datetime.date | Sequence[str]
    """The first day of the records' date."""
    date_before: str | datetime.date | Sequence[str]
    """The last day of the records' date."""
    billing_period_year: int | str | Sequence[str]
    billing_period_month: int | str | Sequence[str]
    component_usage_billing_period: str | datetime.date | Sequence[str]


def wrong(keyword: str, reason: str) -> QuestionError:
    """A keyword that does not go with the others."""
    return QuestionError(reason, code="bad_parameter", field=keyword)


def path(value: Path | None) -> str | None:
    """A path as text."""
    return None if value is None else os.fspath(value)


def text(value: Path) -> str:
    """A path that is there as text."""
    return os.fspath(value)


def paths(values: Paths | None) -> list[str]:
    """Paths as texts."""
    if values is None:
        return []
    if isinstance(values, (str, os.PathLike)):
        return [os.fspath(values)]
    return [os.fspath(value) for value in values]


def words(values: str | Sequence[str] | None) -> list[str] | None:
    """A list of words, of which one may be a list with commas, as the command takes it."""
    if values is None:
        return None
    return values.split(",") if isinstance(values, str) else list(values)


def day(value: AsOf | None) -> str | None:
    """A day or time as text."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, datetime.datetime) and value.tzinfo is None:
        raise wrong("as_of", f"{value!r} is a time without a zone; expected a date, or a time with tzinfo")
    return value.isoformat()


def values_of(given: Mapping[str, object]) -> dict[str, list[str]]:
    """Filters with all their values as texts."""
    known = Filters.__annotations__
    unknown = [name for name in given if name not in known]
    if unknown:
        raise TypeError(f"{unknown[0]!r} is neither a keyword nor a filter; filters are {', '.join(known)}")

    def texts(value: object) -> list[str]:
        if isinstance(value, (list, tuple, set, frozenset)):
            return [text for each in value for text in texts(each)]
        return [value.isoformat() if isinstance(value, datetime.date) else str(value)]

    return {name: texts(value) for name, value in given.items() if value is not None}


def sources(inputs: Paths | None, book: Path | None, version: str | None) -> tuple[list[str], str | None]:
    """Inputs or a book, one of both."""
    listed, folder = paths(inputs), path(book)
    if bool(listed) == bool(folder):
        reason = "name inputs or a book" if not listed else "name inputs or a book, not both"
        raise wrong("inputs", reason)
    if version is not None and folder is None:
        raise wrong("version", "version needs a book: the version is one of a book's months")
    if "-" in listed:
        raise wrong("inputs", 'inputs has "-"; name files or folders')
    return listed, folder


def watching(progress: OnProgress | None) -> Callable[[list[int]], object] | None:
    """The callback that the library calls."""
    return None if progress is None else lambda counts: progress(Progress(*counts))


def prices(
    price_list: Path | None,
    exchange_rates: Path | None,
    currency: str | None,
    unpriced: str | None,
    locale: str | None,
) -> dict[str, str | None]:
    """A price list and what goes with it, which means nothing without it."""
    given = {"currency": currency, "unpriced": unpriced}
    for name, value in given.items():
        if value is not None and price_list is None:
            raise wrong(name, f"{name} needs prices")
    if exchange_rates is not None and currency is None:
        raise wrong("exchange_rates", "exchange_rates needs currency")
    return {
        "prices": path(price_list),
        "exchange_rates": path(exchange_rates),
        "currency": currency,
        "unpriced": unpriced,
        "locale": locale,
    }


def records(
    inputs: Paths | None,
    book: Path | None,
    *,
    version: str | None = None,
    period: str | None = None,
    as_of: AsOf | None = None,
    fiscal_year_start: int | None = None,
    timezone: str | None = None,
    threads: int | None = None,
    accept_incomplete: bool = False,
    rejects: Path | None = None,
    config: Path | None = None,
    filters: Mapping[str, object],
    prices: dict[str, str | None] | None = None,
    attributes: Paths | None = None,
    basis: str | None = None,
    parents: Paths | None = None,
    pseudonyms: Path | None = None,
) -> dict[str, object]:
    """Which records are asked for, and what is joined to them."""
    listed, folder = sources(inputs, book, version)
    return {
        "inputs": listed,
        "book": folder,
        "version": version,
        "period": period,
        "as_of": day(as_of),
        "fiscal_year_start": fiscal_year_start,
        "timezone": timezone,
        "threads": threads,
        "accept_incomplete": accept_incomplete,
        "rejects": path(rejects),
        "config": path(config),
        "filters": values_of(filters),
        "prices": prices or dict.fromkeys(("prices", "exchange_rates", "currency", "unpriced", "locale")),
        "attributes": paths(attributes),
        "basis": basis,
        "parents": paths(parents),
        "pseudonyms": path(pseudonyms),
    }
