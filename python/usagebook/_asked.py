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


def path(value: Path | None) -> str | None:
    """A path as text."""
    return None if value is None else os.fspath(value)


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


def as_of(value: AsOf | None) -> str | None:
    """A day or time as text."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, datetime.datetime) and value.tzinfo is None:
        raise QuestionError(
            f"as_of is {value!r}, a time without a zone; expected a date, or a time with tzinfo",
            code="bad_parameter",
            field="as_of",
        )
    return value.isoformat()


def filters(given: Mapping[str, object]) -> dict[str, list[str]]:
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
        raise QuestionError(reason, code="bad_parameter", field="inputs")
    if version is not None and folder is None:
        raise QuestionError("version needs a book: the version is one of a book's months", code="bad_parameter", field="version")
    if "-" in listed:
        raise QuestionError('inputs has "-"; name files or folders', code="bad_parameter", field="inputs")
    return listed, folder


def watching(progress: OnProgress | None) -> Callable[[tuple[int, int, int, int, int, int, int]], object] | None:
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
            raise QuestionError(f"{name} needs prices", code="bad_parameter", field=name)
    if exchange_rates is not None and currency is None:
        raise QuestionError("exchange_rates needs currency", code="bad_parameter", field="exchange_rates")
    return {
        "prices": path(price_list),
        "exchange_rates": path(exchange_rates),
        "currency": currency,
        "unpriced": unpriced,
        "locale": locale,
    }
