"""Why nothing was done, as exceptions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from usagebook._facts import Fault, faults


class Error(Exception):
    """Why nothing was done. The message says what was wrong, where, and what to do."""

    def __init__(
        self,
        message: str,
        *,
        code: str,
        file: str | None = None,
        line: int | None = None,
        record: int | None = None,
        field: str | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        """What was wrong, for programs: `bad_table`, `input_not_found` …"""
        self.file = file
        """The file that it is about; `None` if it is about none, or several."""
        self.line = line
        """The line of the file, from 1."""
        self.record = record
        """The record of the file, from 1."""
        self.field = field
        """The field, column or keyword that was wrong."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (_unpickled, (type(self), self.args, self.__dict__))


class QuestionError(Error, ValueError):
    """The question was wrong, not the data, the disk or the network: a keyword, a name that nobody has, a month that is not there."""


class RejectedError(Error):
    """Records or files cannot be used, and `rejects=` names no file for them."""

    rejected: tuple[Fault, ...] = ()
    """The first of them, at most 1000."""


class OpenWarningsError(Error):
    """A month that is to be closed has warnings that nobody has answered for."""

    warnings: dict[str, int] = {}
    """How many instances each code has."""


class LockedError(Error):
    """Another process writes to the book."""


KINDS: dict[str, type[Error]] = {
    "error": Error,
    "question": QuestionError,
    "rejected": RejectedError,
    "open_warnings": OpenWarningsError,
    "locked": LockedError,
}


def raised(facts: Mapping[str, Any]) -> BaseException:
    """The exception for what the library says."""
    places = {name: facts.get(name) for name in ("file", "line", "record", "field")}
    kind = facts["kind"]
    if kind == "interrupted":
        return KeyboardInterrupt(facts["message"])
    error = KINDS[kind](facts["message"], code=facts["code"], **places)
    if isinstance(error, RejectedError):
        error.rejected = faults(facts["rejected"])
    if isinstance(error, OpenWarningsError):
        error.warnings = dict(facts["warnings"])
    return error


def _unpickled(kind: type[Error], args: tuple[str], facts: dict[str, Any]) -> Error:
    error = kind(*args, code=facts["code"])
    error.__dict__.update(facts)
    return error
