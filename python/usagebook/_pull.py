"""Dumps from the portal."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from usagebook import _asked, _usagebook
from usagebook._asked import Path


@dataclass(frozen=True)
class PullProgress:
    """How far a download has come."""

    records: int
    """Different records that are downloaded."""
    records_total: int
    """As the portal counts them."""
    slices: int
    slices_total: int
    pages: int
    requests: int
    retries: int
    """Requests that were sent once more."""


OnPullProgress: TypeAlias = "Callable[[PullProgress], object]"


@dataclass(frozen=True)
class PulledList:
    """What came of one list of the portal."""

    folder: str
    """Below the folder of the download; empty for the records themselves."""
    is_whole: bool
    """Whether nothing that the portal had at the start is missing."""
    is_empty_for_rights: bool
    """Whether it is empty, perhaps because the token sees nothing."""
    message: str
    """The verdict in a sentence: `whole: 4,536 records`."""
    records: int
    missing: int
    """How many records are known to be missing."""
    contradictions: tuple[str, ...]
    """What was seen under several owners, because it was moved meanwhile."""
    seen_as: str | None
    """How much of the portal the token shows; `None` if the portal does not say."""


@dataclass(frozen=True)
class Pulled:
    """What came of a download."""

    lists: tuple[PulledList, ...]
    """The records first, then the other lists."""
    is_sound: bool
    """Whether every list is whole, and nothing about it is in doubt."""


def pull(
    url: str,
    *,
    to: Path,
    token: str | None = None,
    token_file: Path | None = None,
    period: str | Sequence[str] = (),
    parents: bool = False,
    invoices: bool = False,
    attributes: bool = False,
    resume: bool = False,
    jobs: int = 2,
    rate: int | None = None,
    ca_file: Path | None = None,
    group_readable: bool = False,
    progress: OnPullProgress | None = None,
) -> Pulled:
    """Downloads a dump from the portal, and proves that it is complete or says what is missing.

    Args:
        url: The portal's address, as `https://portal.example.org`.
        to: The folder for the pages.
        token: A login token or a personal access token; by default that of `token_file`, else the environment's WALDUR_TOKEN.
        token_file: The file with the token.
        period: The months to download; all by default.
        parents: Download the component usages too, into the folder component-usages.
        invoices: Download the invoices too, into the folder invoices.
        attributes: Download customers, projects and offering users too.
        resume: Continue an interrupted download.
        jobs: How many requests are sent at the same time, 1 to 64.
        rate: The largest number of requests in a second.
        ca_file: The certificates (PEM) to trust, and no others.
        group_readable: Let the group read what is made.
        progress: Called with a `PullProgress` about twenty times a second, and once at the end.

    Raises:
        QuestionError: The folder has another download, or a value is none.
        Error: The portal did not answer, or the disk is full. What was downloaded is kept for `resume`.
        KeyboardInterrupt: Ctrl-C; what was downloaded is kept.
    """
    if token is not None and token_file is not None:
        raise _asked.wrong("token", "name a token or a token_file, not both")
    asked = {
        "url": url,
        "to": _asked.text(to),
        "token": token,
        "token_file": _asked.path(token_file),
        "period": _asked.words(period) or [],
        "parents": parents,
        "invoices": invoices,
        "attributes": attributes,
        "resume": resume,
        "jobs": jobs,
        "rate": rate,
        "ca_file": _asked.path(ca_file),
        "group_readable": group_readable,
    }
    told = None if progress is None else lambda counts: progress(PullProgress(*counts))
    facts = json.loads(_usagebook.pull(asked, told))
    return Pulled(tuple(_list(each) for each in facts["lists"]), facts["is_sound"])


def _list(facts: dict[str, Any]) -> PulledList:
    verdict = facts["verdict"]
    return PulledList(
        folder=facts["folder"],
        is_whole=facts["is_whole"],
        is_empty_for_rights=facts["is_empty_for_rights"],
        message=facts["message"],
        records=verdict["records"],
        missing=verdict["missing"],
        contradictions=tuple(verdict.get("contradictions", [])),
        seen_as=facts["seen_as"],
    )
