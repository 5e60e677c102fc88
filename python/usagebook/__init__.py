"""Exact, provable monthly reports from dumps of Waldur's component user usages.

>>> import usagebook
>>> report = usagebook.report("dumps/", period="2026-10", by=["customer", "component"])  # doctest: +SKIP
>>> report.to_polars()  # doctest: +SKIP

Keywords are named as the flags of the command `usagebook`, whose pages describe each of them in full. No figure is ever a float:
usage is a decimal of two places, an amount one of three.
"""

from usagebook._errors import Error, LockedError, OpenWarningsError, QuestionError, RejectedError
from usagebook._asked import Filters
from usagebook._facts import Accounting, Acknowledgement, Fault, Notice, Progress
from usagebook._report import Report, report
from usagebook._usagebook import __version__

__all__ = [
    "Accounting",
    "Acknowledgement",
    "Error",
    "Fault",
    "Filters",
    "LockedError",
    "Notice",
    "OpenWarningsError",
    "Progress",
    "QuestionError",
    "RejectedError",
    "Report",
    "__version__",
    "report",
]

# As people name them, in messages and tracebacks.
for _name in __all__:
    if isinstance(globals()[_name], type):
        globals()[_name].__module__ = __name__
del _name
