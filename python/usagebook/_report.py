"""Reports of usage and amounts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from usagebook import _asked, _facts, _usagebook
from usagebook._asked import AsOf, Filters, OnProgress, Path, Paths
from usagebook._facts import Accounting, Notice
from usagebook._frames import Frames

if TYPE_CHECKING:
    from typing_extensions import Unpack


class Report(Frames):
    """Usage by group and unit, made by [`report`][usagebook.report].

    It is an Arrow stream (`__arrow_c_stream__`): polars, pandas, pyarrow and DuckDB take it as it is.

    | columns | type |
    |---|---|
    | `billing_period` | date32, the first day of the month |
    | names, uuids, units, currencies | dictionary of text |
    | `usage`, changes, percentages | decimal128(38, 2) |
    | `amount` and other money | decimal128(38, 3) |
    | numbers of records and users | int64 |

    A value that there is not is null; it is never 0.
    """

    def __init__(self, native: _usagebook.Report) -> None:
        super().__init__(native)
        self._native = native

    @property
    def columns(self) -> list[str]:
        """The names of the columns, in their order."""
        return self._native.columns()

    @property
    def warnings(self) -> list[Notice]:
        """What may make the figures wrong and nobody has answered for; empty if all is well."""
        return [notice for notice in self.notices if notice.is_open]

    @property
    def notices(self) -> list[Notice]:
        """All warnings, acknowledged ones too, and notes."""
        return _facts.notices(self._native.notices())

    @property
    def accounting(self) -> Accounting:
        """Where every record went that was read."""
        return Accounting(**json.loads(self._native.accounting()))

    @property
    def manifest(self) -> dict[str, Any]:
        """What went in, with the SHA-256 of every file, what came out by month and unit, and how sure it is.

        It is what `usagebook report --manifest` writes, without outputs. Figures are texts of decimals.
        """
        manifest: dict[str, Any] = json.loads(self._native.manifest())
        return manifest

    def save(
        self,
        path: Path,
        *,
        manifest: Path | None = None,
        users: bool = False,
        totals: bool = False,
        csv_profile: Literal["pipeline", "excel"] | None = None,
        csv_separator: Literal["comma", "semicolon"] | None = None,
        csv_decimal: Literal["point", "comma"] | None = None,
        parquet_decimal: Literal[18, 38] | None = None,
        progress: OnProgress | None = None,
    ) -> None:
        """Writes a file, whole or not at all, in the format of its name's end.

        .txt, .csv, .tsv, .json, .ndjson, .md and .parquet have the rows. .xlsx, .html and .pdf are the finance pack, for which the
        inputs are read once more; if one of them has changed since the report was made, nothing is written.

        Args:
            path: The file. An existing one is replaced.
            manifest: Also write what went in and came out to this JSON file.
            users: Add single users to .xlsx, .html and .pdf.
            totals: Add rows of totals to .csv, .tsv and .ndjson.
            csv_profile: `excel` for spreadsheets in the language of the reader.
            csv_separator: Between the cells of .csv.
            csv_decimal: In the figures of .csv and .tsv.
            parquet_decimal: How many digits usage has in .parquet.
            progress: Called with a `Progress` about twenty times a second.

        Raises:
            QuestionError: The name has no format, or a choice does not go with it.
            Error: The file cannot be written.
        """
        asked = {
            "path": _asked.path(path),
            "manifest": _asked.path(manifest),
            "users": users,
            "totals": totals,
            "csv_profile": csv_profile,
            "csv_separator": csv_separator,
            "csv_decimal": csv_decimal,
            "parquet_decimal": parquet_decimal,
        }
        self._native.save(asked, _asked.watching(progress))

    def __repr__(self) -> str:
        warnings = len(self.warnings)
        notes = {0: "no warnings", 1: "1 warning"}.get(warnings, f"{warnings} warnings")
        rows = "1 row" if len(self) == 1 else f"{len(self)} rows"
        period = self._native.period() or "all periods"
        return f"<usagebook.Report of {period}: {rows}, {notes}; columns {', '.join(self.columns)}>"

    def __str__(self) -> str:
        """The table that the command prints."""
        return self._native.text()

    def _repr_html_(self) -> str:
        """The first rows, for notebooks; names in the data are escaped."""
        return self._native.html()


def report(
    inputs: Paths | None = None,
    *,
    book: Path | None = None,
    version: str | None = None,
    period: str | None = None,
    by: str | Sequence[str] | None = None,
    compare: Literal["previous-month", "previous-year", "like-for-like"] | None = None,
    pivot: Literal["period"] | None = None,
    top: int | None = None,
    as_of: AsOf | None = None,
    fiscal_year_start: int | None = None,
    prices: Path | None = None,
    exchange_rates: Path | None = None,
    currency: str | None = None,
    unpriced: Literal["zero", "omit"] | None = None,
    locale: str | None = None,
    attributes: Paths | None = None,
    budget: Path | None = None,
    basis: Literal["component-usage", "users"] | None = None,
    parents: Paths | None = None,
    pseudonyms: Path | None = None,
    rejects: Path | None = None,
    accept_incomplete: bool = False,
    timezone: str | None = None,
    threads: int | None = None,
    config: Path | None = None,
    progress: OnProgress | None = None,
    **filters: Unpack[Filters],
) -> Report:
    """Adds usage up, and what it costs if there are prices.

    Python's lock is released meanwhile, and Ctrl-C stops the work.

    Args:
        inputs: Files, folders (read with all folders in them) and patterns of dumps; or a `book` instead.
        book: The folder of a book.
        version: The version of the book's months: `v1`, `now` or the id of a delivery. By default a closed month is as it was
            closed last.
        period: The months: `2026-10`, `2026-07..2026-10`, `2026-Q3`, `2026`, `fy2026` or `last-month`; all by default. A
            relative one depends on `as_of`.
        by: The dimensions to group by, in the order of the columns: `period` (or `quarter`, `year`, `fiscal-year`),
            `customer`, `project`, `offering`, `resource`, `component`, `user`, and the columns of `attributes`. By default
            period, customer, project, offering and component. The unit is always part of the group.
        compare: An earlier period to compare usage with.
        pivot: `period` gives each month a column instead of a row.
        top: Keep this many rows for each month and unit, and add up the rest as "Others".
        as_of: The day that the data is seen on: a date, or a time with its zone. By default the time of the dump's index or of
            the book's latest delivery, else this machine's date.
        fiscal_year_start: The month in which fiscal years begin, 1 to 12.
        prices: A price list, TOML or a table; adds amounts. Months of a book that were closed with prices have their own.
        exchange_rates: The rates to convert by; needs `currency`.
        currency: The currency that amounts are converted to, a code of ISO 4217.
        unpriced: What becomes of usage without a price; an error by default.
        locale: How numbers and days are written in your own tables, as `de-DE`.
        attributes: Tables of your own with columns to group by.
        budget: A table of budgets to compare with, month by month.
        basis: What figures are made of. By default component usages if there are prices and every month has them, else the
            users' records.
        parents: Dumps of component usages.
        pseudonyms: A file with a key, by which usernames become pseudonyms.
        rejects: Go on without records that cannot be used, and write them to this NDJSON file.
        accept_incomplete: Make the warning that a dump is incomplete a note.
        timezone: The zone in which dates are read, an IANA name; UTC by default, or the book's own.
        threads: How many threads read; one for each core by default.
        config: A configuration. Unlike the command, none of the working folder is read by itself.
        progress: Called with a `Progress` about twenty times a second, and once at the end. What it raises stops the work.
        **filters: Which records count: `customer`, `project_uuid`, `type`, `username` and so on; see
            [`Filters`][usagebook.Filters]. A list lets any of its values pass.

    Raises:
        QuestionError: The question was wrong: an unknown dimension, a name that nobody has, a contradiction.
        RejectedError: Records cannot be used, and there is no file for them.
        Error: Inputs that cannot be read, usage without a price, a damaged book.
        KeyboardInterrupt: Ctrl-C.
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
        filters=filters,
        prices=_asked.prices(prices, exchange_rates, currency, unpriced, locale),
        attributes=attributes,
        basis=basis,
        parents=parents,
        pseudonyms=pseudonyms,
    )
    layout = {
        "by": _asked.words(by),
        "compare": compare,
        "pivot": pivot,
        "top": top,
        "budget": _asked.path(budget),
    }
    return Report(_usagebook.report(asked, layout, _asked.watching(progress)))
