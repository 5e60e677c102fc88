"""One row at a time: who takes part, by which command, and what came out."""

from dataclasses import dataclass

from data import Data
from measure import HERE, Contender, Verifier, alternate, read_once
from rows import Row
from table import size_text

#: The first day after all data, so that no month is partial whatever the date.
AS_OF = "2026-06-01"

#: Runs of what takes milliseconds.
SHORT_RUNS = 25


@dataclass
class Result:
    row: Row
    records: int
    files: int
    size: int
    read_seconds: float
    contenders: list

    def contender(self, name):
        return next((one for one in self.contenders if one.name == name), None)

    @property
    def work(self):
        files = f" in {self.files:,} files" if self.files > 1 else ""
        return f"{self.row.work} ({self.records:,} records{files}, {size_text(self.size)})"


class Contest:
    """Measures rows, one after the other."""

    def __init__(self, options, python, binary):
        self.options, self.python, self.binary = options, str(python), str(binary)
        self.peers = options.peers.split(",") if options.peers else None
        self.outputs = options.data / "outputs"
        self.outputs.mkdir(exist_ok=True)

    def measure(self, row):
        data = Data(self.options.data, row.rows, self.python)
        source = data.path(row.form)
        print(f"{row.name}: {row.work}", flush=True)
        read_once(source)
        size, read_seconds, files = read_once(source)
        contenders = [self._own("usagebook", row.name, source, data, row.period)]
        if row.part_of_whole:
            contenders.append(self._own("whole", row.name, source, data, None))
        contenders += [self._peer(name, row, source, data) for name in row.peers if self._takes_part(name)]
        alternate(contenders, max(self.options.runs, SHORT_RUNS) if row.seconds_max else self.options.runs)
        return Result(row, data.records, files, size, read_seconds, contenders)

    def grow(self, size, form):
        """How many records, and what they took usagebook."""
        data = Data(self.options.data, size, self.python)
        print(f"growth: {data.records:,} records", flush=True)
        read_once(data.path(form))
        contender = self._own("usagebook", f"growth-{size}", data.path(form), data, None)
        alternate([contender], self.options.runs)
        return data.records, contender

    def _takes_part(self, name):
        return self.peers is None or name in self.peers

    def _own(self, name, row_name, source, data, period):
        output = self.outputs / f"{row_name}-{name}.csv"
        command = [self.binary, "report", str(source), "--quiet", "--as-of", AS_OF, "--output", str(output)]
        command += ["--period", period] if period else []
        return Contender(name, command, output, Verifier(data.truth, period))

    def _peer(self, name, row, source, data):
        output = self.outputs / f"{row.name}-{name}.csv"
        command = [self.python, str(HERE / "peers.py"), name, row.kind, str(source), str(output)]
        command += [row.period] if row.period else []
        return Contender(name, command, output, Verifier(data.truth, row.period))
