"""Books: months that are kept, closed and restated."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from usagebook import _asked, _facts, _usagebook
from usagebook._asked import AsOf, Filters, OnProgress, Path, Paths
from usagebook._facts import Accounting, Acknowledgement, Notice
from usagebook._frames import Frames

if TYPE_CHECKING:
    from typing_extensions import Unpack

LOCK_TIMEOUT = 10
"""For how many seconds another writer is waited for."""


@dataclass(frozen=True)
class Total:
    """Usage of one unit."""

    measured_unit: str
    usage: Decimal
    """Two decimal places."""
    records: int


@dataclass(frozen=True)
class Closing:
    """A version of a month, which never changes."""

    version: str
    """`v1`, `v2` and so on."""
    cut_off: str
    """Deliveries up to this time are in it, as 2026-11-02T08:00:00Z."""
    note: str
    by_whom: str
    records: int
    totals: tuple[Total, ...]
    digest: str
    """The SHA-256 of its records."""
    closing_digest: str
    """What the next closing names, and a signature is of."""
    amounts: dict[str, Decimal]
    """What it amounts to by currency, three decimal places; empty if it was closed without prices."""


@dataclass(frozen=True)
class Month:
    """A month of a book, as it is now."""

    period: str
    """2026-10."""
    state: str
    """`OPEN`, or the closed version and how many records changed since."""
    records: int
    totals: tuple[Total, ...]
    last_delivery: str | None
    """Its time; `None` if all deliveries are retracted."""
    complete: str
    """What proves that it is complete: `proved`, `stated`, `unproved` …"""
    late_changes: int
    """How many records differ from the latest closing."""
    closings: tuple[Closing, ...]


@dataclass(frozen=True)
class AddedMonth:
    """What a delivery did to a month."""

    period: str
    added: int
    changed: int
    unchanged: int
    retired: int
    """Records that the month had and the complete delivery does not have."""
    is_complete: bool
    evidence: str
    state: str
    """The month's state afterwards."""
    late: int
    """How many records differ from the closed version that did not before."""


@dataclass(frozen=True)
class Added:
    """What a delivery did to a book."""

    delivery: str
    """Its id."""
    time: str
    is_new: bool
    """Whether the book did not have it yet; otherwise nothing was changed."""
    months: tuple[AddedMonth, ...]
    notices: tuple[Notice, ...]
    accounting: Accounting


@dataclass(frozen=True)
class Verification:
    """What was proved of a book."""

    files: int
    bytes: int
    damage: tuple[tuple[str, str], ...]
    """Each damaged file, and what is wrong with it; empty if all is well."""
    foreign: tuple[str, ...]
    """Files in the book's folder that are not its own."""


class Rows(Frames):
    """Rows of changes, as the command prints them: an Arrow stream, and an iterator of dictionaries."""

    def __init__(self, native: _usagebook.Rows) -> None:
        super().__init__(native)
        self._rows = native

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Each row by the names of its columns; figures are `Decimal` or `int`, and nothing is `None`."""
        decimals = {name for name, is_decimal in self._rows.kinds() if is_decimal}
        for line in self._rows.lines().splitlines():
            row = json.loads(line)
            yield {
                name: Decimal(value) if name in decimals and value is not None else value
                for name, value in row.items()
                if name in self.columns
            }

    @property
    def columns(self) -> list[str]:
        """The names of the columns, in their order."""
        return [name for name, _ in self._rows.kinds()]

    @property
    def notices(self) -> list[Notice]:
        """Warnings and notes."""
        return _facts.notices(self._rows.notices())

    def __str__(self) -> str:
        """The table that the command prints."""
        return self._rows.text()

    def __repr__(self) -> str:
        return f"<usagebook.Rows: {len(self)} rows; columns {', '.join(self.columns)}>"


class Records(Frames):
    """Single records, an Arrow stream: one row a record, with the fields of the endpoint.

    | columns | type |
    |---|---|
    | `usage` | decimal128(38, 2) |
    | `created`, `modified`, `date` | timestamp in microseconds, UTC |
    | `billing_period` | date32 |
    | `uuid` | text |
    | all others, and `period` | dictionary of text |
    """

    def __init__(self, native: _usagebook.Records) -> None:
        super().__init__(native)
        self._records = native

    @property
    def notices(self) -> list[Notice]:
        """Warnings and notes."""
        return _facts.notices(self._records.notices())

    def __repr__(self) -> str:
        return f"<usagebook.Records: {len(self)} records>"


class Book:
    """A book: the folder in which months are kept, each with all its deliveries and closed versions.

    Nothing of the book is kept in memory: each call sees the book as it is then. A change is one commit, and one process can write
    at a time.
    """

    def __init__(self, path: Path, *, new: bool = False, timezone: str | None = None) -> None:
        """Opens a book, or says where a new one will be.

        Args:
            path: The book's folder.
            new: Make the book with the first `add`; its folder must be empty or not there.
            timezone: The zone in which days of a new book are read, an IANA name; UTC by default.

        Raises:
            QuestionError: There is a book already, and `new` asks for another.
            Error: The folder has no book, or the book is damaged.
        """
        self.path = path
        """The book's folder."""
        self._new, self._timezone = new, timezone
        _usagebook.is_book(_asked.text(path), new)

    def __repr__(self) -> str:
        return f"usagebook.Book({_asked.text(self.path)!r})"

    def __fspath__(self) -> str:
        return _asked.text(self.path)

    def status(self) -> list[Month]:
        """The months in their order: state, records, totals, whether they are complete, and closings."""
        return [_month(facts) for facts in json.loads(_usagebook.status(_asked.text(self.path)))]

    def add(
        self,
        inputs: Paths,
        *,
        complete: str | Sequence[str] = (),
        customer: str | Sequence[str] = (),
        pulled_at: str | datetime.datetime | None = None,
        accept_future: bool = False,
        accept_incomplete: bool = False,
        retire_up_to: int | None = None,
        parents: Paths | None = None,
        label: str | None = None,
        rejects: Path | None = None,
        threads: int | None = None,
        lock_timeout: int = LOCK_TIMEOUT,
        group_readable: bool = False,
        progress: OnProgress | None = None,
    ) -> Added:
        """Adds inputs. The same inputs again change nothing, and the order in which you add deliveries does not matter.

        Args:
            inputs: Files, folders and patterns of dumps.
            complete: Months of which the inputs have every record, so that records that they lack are retired.
            customer: The uuids of the customers that the inputs are complete for; of all by default.
            pulled_at: When the inputs were downloaded; by default the time of the dump's index, else now.
            accept_future: Take a delivery whose time is after this machine's clock.
            accept_incomplete: Take inputs as complete that are known not to be.
            retire_up_to: How many records of a month may be retired; a tenth of them by default.
            parents: Dumps of component usages that come with it.
            label: A label for the history.
            rejects: Go on without records that cannot be used, and write them to this NDJSON file.
            threads: How many threads read.
            lock_timeout: For how many seconds another writer is waited for.
            group_readable: Let the group read what is made.
            progress: Called with a `Progress`.

        Raises:
            RejectedError: Records cannot be used, and there is no file for them.
            LockedError: Another process writes to the book.
            Error: The inputs cannot be read, or a month would lose more records than it may.
        """
        asked = {
            "inputs": _asked.paths(inputs),
            "new": self._new,
            "timezone": self._timezone,
            "complete": _asked.words(complete) or [],
            "customer": _asked.words(customer) or [],
            "pulled_at": _asked.day(pulled_at),
            "accept_future": accept_future,
            "accept_incomplete": accept_incomplete,
            "retire_up_to": retire_up_to,
            "parents": _asked.paths(parents),
            "label": label,
            "rejects": _asked.path(rejects),
            "threads": threads,
        }
        writer = self._writer(lock_timeout, group_readable)
        facts = json.loads(_usagebook.add(writer, asked, _asked.watching(progress)))
        self._new = False
        return Added(
            delivery=facts["delivery"],
            time=facts["time"],
            is_new=facts["is_new"],
            months=tuple(AddedMonth(**month) for month in facts["months"]),
            notices=tuple(_facts.notices(facts["notices"])),
            accounting=Accounting(**facts["accounting"]),
        )

    def close(
        self,
        month: str,
        *,
        note: str = "",
        as_of: str | datetime.datetime | None = None,
        by_whom: str = "",
        accept_incomplete: bool = False,
        prices: Path | None = None,
        exchange_rates: Path | None = None,
        currency: str | None = None,
        unpriced: Literal["zero", "omit"] | None = None,
        locale: str | None = None,
        basis: Literal["component-usage", "users"] | None = None,
        attributes: Paths | None = None,
        lock_timeout: int = LOCK_TIMEOUT,
        group_readable: bool = False,
        progress: OnProgress | None = None,
    ) -> Closing:
        """Makes version 1 of a month, which never changes again.

        Args:
            month: As `2026-10`.
            note: Your own words, kept with the version.
            as_of: Deliveries up to this time are in it; all by default.
            by_whom: Who closes it.
            accept_incomplete: Close a month that is not over, or that lacks records.
            prices: The price list that the version keeps, with its amounts.
            exchange_rates: The rates to convert by; needs `currency`.
            currency: The currency that amounts are converted to.
            unpriced: What becomes of usage without a price; an error by default.
            locale: How numbers and days are written in your own tables, as `de-DE`.
            basis: What usage and amounts are made of.
            attributes: Tables of your own, whose columns the version keeps.
            lock_timeout: For how many seconds another writer is waited for.
            group_readable: Let the group read what is made.
            progress: Called with a `Progress`.

        Raises:
            OpenWarningsError: The month has warnings that nobody has answered for; see `acknowledge`.
            LockedError: Another process writes to the book.
            Error: The month is closed, not over, or known to be incomplete.
        """
        return self._closed(
            False, month, note, as_of, by_whom, accept_incomplete,
            _asked.prices(prices, exchange_rates, currency, unpriced, locale),
            basis, attributes, self._writer(lock_timeout, group_readable), progress,
        )  # fmt: skip

    def restate(
        self,
        month: str,
        *,
        note: str,
        as_of: str | datetime.datetime | None = None,
        by_whom: str = "",
        accept_incomplete: bool = False,
        prices: Path | None = None,
        exchange_rates: Path | None = None,
        currency: str | None = None,
        unpriced: Literal["zero", "omit"] | None = None,
        locale: str | None = None,
        basis: Literal["component-usage", "users"] | None = None,
        attributes: Paths | None = None,
        lock_timeout: int = LOCK_TIMEOUT,
        group_readable: bool = False,
        progress: OnProgress | None = None,
    ) -> Closing:
        """Makes the next version of a closed month. If nothing differs, no version is made, and the latest one is returned.

        The keywords are those of `close`; prices and attributes are those of the latest version by default.
        """
        return self._closed(
            True, month, note, as_of, by_whom, accept_incomplete,
            _asked.prices(prices, exchange_rates, currency, unpriced, locale),
            basis, attributes, self._writer(lock_timeout, group_readable), progress,
        )  # fmt: skip

    def _closed(
        self,
        restates: bool,
        month: str,
        note: str,
        as_of: str | datetime.datetime | None,
        by_whom: str,
        accept_incomplete: bool,
        prices: dict[str, str | None],
        basis: str | None,
        attributes: Paths | None,
        writer: dict[str, object],
        progress: OnProgress | None,
    ) -> Closing:
        asked = {
            "month": month,
            "as_of": _asked.day(as_of),
            "note": note,
            "by_whom": by_whom,
            "accept_incomplete": accept_incomplete,
            "prices": prices,
            "basis": basis,
            "attributes": _asked.paths(attributes),
        }
        number, _, _ = _usagebook.close(writer, asked, restates, _asked.watching(progress))
        closings = {closing.version: closing for each in self.status() if each.period == month for closing in each.closings}
        return closings[f"v{number}"]

    def acknowledge(
        self,
        month: str,
        code: str,
        *,
        reason: str,
        by_whom: str,
        example: str | Sequence[str] = (),
        as_of: str | datetime.datetime | None = None,
        invoices: Paths | None = None,
        locale: str | None = None,
        lock_timeout: int = LOCK_TIMEOUT,
        group_readable: bool = False,
    ) -> Acknowledgement:
        """Answers for a warning about a month, so that the month can be closed.

        Args:
            month: As `2026-10`.
            code: The warning's code, as `spike`.
            reason: Why the figures are right.
            by_whom: Who says so.
            example: The first digits of ids or uuids, for these examples alone; for all that are open by default.
            as_of: The cut-off of the closing that it is for.
            invoices: Dumps of invoices, for warnings that need them.
            locale: How tables of invoices are written, as `de-DE`.
            lock_timeout: For how many seconds another writer is waited for.
            group_readable: Let the group read what is made.

        Raises:
            Error: The month has no such warning that is open.
        """
        asked = {
            "month": month,
            "code": code,
            "reason": reason,
            "by_whom": by_whom,
            "example": _asked.words(example) or [],
            "as_of": _asked.day(as_of),
            "invoices": _asked.paths(invoices),
            "locale": locale,
        }
        facts = json.loads(_usagebook.acknowledge(self._writer(lock_timeout, group_readable), asked))
        return Acknowledgement(**{**facts, "instances": tuple(facts["instances"])})

    def late(
        self,
        *,
        amounts: bool = False,
        prices: Path | None = None,
        exchange_rates: Path | None = None,
        currency: str | None = None,
        unpriced: Literal["zero", "omit"] | None = None,
        locale: str | None = None,
        progress: OnProgress | None = None,
    ) -> Rows:
        """What changed in months after they were closed, record by record.

        Args:
            amounts: Compare amounts instead, by the prices that the months were closed with.
            prices: A price list for months that were closed without prices; compares amounts.
            exchange_rates: The rates to convert by; needs `currency`.
            currency: The currency that amounts are converted to.
            unpriced: What becomes of usage without a price; an error by default.
            locale: How numbers and days are written in your own tables, as `de-DE`.
            progress: Called with a `Progress`.
        """
        chosen = _asked.prices(prices, exchange_rates, currency, unpriced, locale)
        return Rows(_usagebook.late(_asked.text(self.path), amounts, chosen, _asked.watching(progress)))

    def diff(
        self,
        month: str,
        *,
        from_: str | None = None,
        to: str = "now",
        amounts: bool = False,
        prices: Path | None = None,
        exchange_rates: Path | None = None,
        currency: str | None = None,
        unpriced: Literal["zero", "omit"] | None = None,
        locale: str | None = None,
        progress: OnProgress | None = None,
    ) -> Rows:
        """How a month differs between two of its states, record by record.

        Args:
            month: As `2026-10`.
            from_: The earlier state: `v1`, `now` or the id of a delivery; the latest closed version by default.
            to: The later state.
            amounts: Compare amounts instead.
            prices: A price list for states without prices; compares amounts.
            exchange_rates: The rates to convert by; needs `currency`.
            currency: The currency that amounts are converted to.
            unpriced: What becomes of usage without a price; an error by default.
            locale: How numbers and days are written in your own tables, as `de-DE`.
            progress: Called with a `Progress`.

        Raises:
            QuestionError: The month does not have a state.
        """
        chosen = _asked.prices(prices, exchange_rates, currency, unpriced, locale)
        asked = (_asked.text(self.path), month, from_, to, amounts, chosen)
        return Rows(_usagebook.diff(*asked, _asked.watching(progress)))

    def verify(self, *, progress: OnProgress | None = None) -> Verification:
        """Compares every byte of the book with its checksum, and every figure with the records."""
        facts = json.loads(_usagebook.verify(_asked.text(self.path), _asked.watching(progress)))
        damage = tuple((path, reason) for path, reason in facts["damage"])
        return Verification(facts["files"], facts["bytes"], damage, tuple(facts["foreign"]))

    def scan(
        self,
        period: str | None = None,
        *,
        version: str | None = None,
        as_of: AsOf | None = None,
        pseudonyms: Path | None = None,
        progress: OnProgress | None = None,
        **filters: Unpack[Filters],
    ) -> Records:
        """Single records, for questions of your own.

        Args:
            period: The months, as for a report; all by default.
            version: `v1`, `now` or the id of a delivery. By default a closed month is as it was closed last.
            as_of: The day that `last-month` depends on.
            pseudonyms: A file with a key, by which usernames become pseudonyms.
            progress: Called with a `Progress`.
            **filters: Which records; as for a report.
        """
        asked = _asked.records(
            None, self.path, version=version, period=period, as_of=as_of, pseudonyms=pseudonyms, filters=filters
        )
        return Records(_usagebook.scan(asked, _asked.watching(progress)))

    def _writer(self, lock_timeout: int, group_readable: bool) -> dict[str, object]:
        return {"book": _asked.text(self.path), "lock_timeout": lock_timeout, "group_readable": group_readable}


def _month(facts: dict[str, Any]) -> Month:
    return Month(
        period=facts["period"],
        state=facts["state"],
        records=facts["records"],
        totals=_totals(facts["totals"]),
        last_delivery=facts["last_delivery"],
        complete=facts["complete"],
        late_changes=facts["late_changes"],
        closings=tuple(_closing(each) for each in facts["closings"]),
    )


def _closing(facts: dict[str, Any]) -> Closing:
    money = facts["money"] or {"totals": []}
    return Closing(
        version=facts["version"],
        cut_off=facts["cut_off"],
        note=facts["note"],
        by_whom=facts["by_whom"],
        records=facts["records"],
        totals=_totals(facts["totals"]),
        digest=facts["digest"],
        closing_digest=facts["closing_digest"],
        amounts={total["currency"]: Decimal(total["amount"]) for total in money["totals"]},
    )


def _totals(totals: list[dict[str, Any]]) -> tuple[Total, ...]:
    return tuple(Total(each["measured_unit"], Decimal(each["usage"]), each["records"]) for each in totals)
