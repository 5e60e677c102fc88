"""What every answer with rows can be turned into."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow


class Stream(Protocol):
    """Rows that the library hands over."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object: ...
    def __len__(self) -> int: ...


class Frames:
    """Rows as an Arrow stream (`__arrow_c_stream__`): polars, pandas, pyarrow and DuckDB take them as they are."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The rows as a stream of Arrow batches, without a copy."""
        return self._stream.__arrow_c_stream__(requested_schema)

    def __len__(self) -> int:
        """The number of rows."""
        return len(self._stream)

    def to_arrow(self) -> pyarrow.Table:
        """The rows as a table of pyarrow, which has to be installed."""
        import pyarrow

        return pyarrow.table(self)

    def to_polars(self) -> polars.DataFrame:
        """The rows as a frame of polars, which has to be installed. Texts are categories, figures are Decimal."""
        import polars

        return polars.DataFrame(self)

    def to_pandas(self) -> pandas.DataFrame:
        """The rows as a frame of pandas, which has to be installed with pyarrow.

        Texts are categories, usage and amounts are `decimal.Decimal`, numbers of records and users are `Int64`.
        """
        import pandas
        import pyarrow

        whole = {pyarrow.int64(): pandas.Int64Dtype()}
        frame: pandas.DataFrame = self.to_arrow().to_pandas(types_mapper=whole.get)
        return frame
