"""Exact, provable monthly reports from dumps of Waldur's component user usages.

>>> import usagebook
>>> report = usagebook.report("dumps/", period="2026-10", by=["customer", "component"])  # doctest: +SKIP
>>> report.to_polars()  # doctest: +SKIP

Keywords are named as the flags of the command `usagebook`, whose pages describe each of them in full. No figure is ever a float:
usage is a decimal of two places, an amount one of three.
"""

from usagebook._asked import Filters
from usagebook._book import Added, AddedMonth, Book, Closing, Month, Records, Rows, Total, Verification
from usagebook._check import Check, NotChecked, Verdict, check
from usagebook._errors import Error, LockedError, OpenWarningsError, QuestionError, RejectedError
from usagebook._facts import Accounting, Acknowledgement, Fault, Notice, Progress
from usagebook._folders import Bills, Statements, bills, statements
from usagebook._pull import Pulled, PulledList, PullProgress, pull
from usagebook._report import Report, report
from usagebook._usagebook import __version__

__all__ = [
    "Accounting",
    "Acknowledgement",
    "Added",
    "AddedMonth",
    "Bills",
    "Book",
    "Check",
    "Closing",
    "Error",
    "Fault",
    "Filters",
    "LockedError",
    "Month",
    "NotChecked",
    "Notice",
    "OpenWarningsError",
    "Progress",
    "PullProgress",
    "Pulled",
    "PulledList",
    "QuestionError",
    "Records",
    "RejectedError",
    "Report",
    "Rows",
    "Statements",
    "Total",
    "Verdict",
    "Verification",
    "__version__",
    "bills",
    "check",
    "pull",
    "report",
    "statements",
]

# As people name them, in messages and tracebacks.
for _name in __all__:
    if isinstance(globals()[_name], type):
        globals()[_name].__module__ = __name__
del _name
