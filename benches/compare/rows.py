"""The rows of the comparison: what is read, by whom, and what is aimed at."""

from dataclasses import dataclass, field

MILLION = 1_000_000
MEGABYTE = 1_000_000

#: Rows of the generator; about 2 % more records come out.
USUAL = 2 * MILLION
LARGE = 20 * MILLION
#: Exactly 100 records with their corrections.
SMALL = 98
GROWTH = [MILLION * factor for factor in (1, 2, 4, 8, 16)]

MONTH = "2025-10"


@dataclass(frozen=True)
class Aim:
    """Times as fast as the opponent, or times as frugal; the work is not done below the floor."""

    opponent: str
    times: float
    floor: float = 0
    #: Where memory is bounded in itself too.
    bytes_max: int = 0


@dataclass(frozen=True)
class Row:
    name: str
    work: str
    rows: int
    #: What of the generated data is read: pages, ndjson, csv, parquet, or a compressed form of those.
    form: str
    peers: tuple = ()
    speed: Aim | None = None
    memory: Aim | None = None
    #: One month of the 24.
    period: str | None = None
    #: The same work by usagebook without `--period`, at most that part of its time.
    part_of_whole: float | None = None
    seconds_max: float | None = None
    #: Only where it is asked for.
    is_extra: bool = field(default=False)

    @property
    def kind(self):
        """What peers call the format."""
        return self.form if self.form in ("csv", "parquet") else "json"


THIRD = Aim("duckdb", 3, bytes_max=350 * MEGABYTE)
QUARTER = Aim("duckdb", 4, bytes_max=2000 * MEGABYTE)

ROWS = [
    Row("pages", "page files of 100 records", USUAL, "pages", ("duckdb", "chdb", "polars"),
        Aim("chdb", 5, floor=3), THIRD),
    Row("ndjson", "the same as one NDJSON file", USUAL, "ndjson", ("duckdb", "chdb", "polars"),
        Aim("duckdb", 3, floor=2), THIRD),
    Row("pages-gzip", "the same, gzip pages", USUAL, "pages-gzip", ("duckdb",), Aim("duckdb", 3), THIRD),
    Row("pages-zstd", "the same, zstd pages", USUAL, "pages-zstd", ("duckdb",), Aim("duckdb", 3), THIRD),
    Row("ndjson-gzip", "the same, one gzip NDJSON file", USUAL, "ndjson-gzip", ("duckdb",), None, THIRD),
    Row("csv", "the same as one CSV file", USUAL, "csv", ("duckdb",), Aim("duckdb", 2)),
    Row("parquet", "the same as one Parquet file", USUAL, "parquet", ("duckdb", "chdb", "polars"),
        Aim("duckdb", 2), THIRD),
    Row("month", f"one month ({MONTH}) of the pile of pages", USUAL, "pages", period=MONTH, part_of_whole=0.7),
    Row("small", "100 records, the whole process", SMALL, "ndjson", seconds_max=0.020),
    Row("large", "one Parquet file, ten times the records", LARGE, "parquet", ("duckdb",), Aim("duckdb", 3),
        QUARTER, is_extra=True),
    Row("large-month", f"one month ({MONTH}) of it", LARGE, "parquet", ("duckdb",), period=MONTH, is_extra=True),
]
