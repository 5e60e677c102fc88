"""The data of a row, made where it is not there yet."""

import pathlib
import shutil
import subprocess

HERE = pathlib.Path(__file__).parent

FILES = {"pages": "pages", "ndjson": "usages.ndjson", "csv": "usages.csv", "parquet": "usages.parquet",
         "pages-gzip": "pages-gzip", "pages-zstd": "pages-zstd", "ndjson-gzip": "usages.ndjson.gz",
         "ndjson-zstd": "usages.ndjson.zst"}

#: What a record takes on disk, in bytes, with room to spare; `spill` is what the generator itself may need.
BYTES = {"pages": 900, "ndjson": 900, "csv": 600, "parquet": 80, "pages-gzip": 300, "pages-zstd": 300,
         "ndjson-gzip": 300, "ndjson-zstd": 300, "spill": 150}


class Data:
    """The records of one size, in all the forms that were asked for so far."""

    def __init__(self, folder, rows, python):
        self.folder = folder / str(rows)
        self.rows = rows
        self.python = python

    def path(self, form):
        return self.folder / FILES[form]

    @property
    def truth(self):
        return self.folder / "truth.csv"

    @property
    def records(self):
        return int((self.folder / "records").read_text())

    def make(self, forms):
        """Makes the forms that are missing: the plain ones in one run of the generator, then what is compressed."""
        missing = [form for form in dict.fromkeys(forms) if not self.path(form).exists()]
        plain = [form.partition("-")[0] for form in missing]
        plain = [form for form in dict.fromkeys(plain) if not self.path(form).exists()]
        self._check_space([*missing, *plain])
        if plain or not self.truth.exists():
            self._run("generate.py", str(self.rows), str(self.folder), *plain)
        for form in missing:
            source, _, method = form.partition("-")
            if method:
                self._run("compress.py", method, str(self.path(source)), str(self.path(form)))

    def _check_space(self, forms):
        if not forms:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        needed = self.rows * sum(BYTES[form] for form in {*forms, "spill"})
        free = shutil.disk_usage(self.folder).free
        if needed > free:
            raise SystemExit(f"{self.folder}: {needed / 1e9:.1f} GB are needed, {free / 1e9:.1f} GB are free")

    def _run(self, script, *arguments):
        print(f"{script} {' '.join(arguments)}", flush=True)
        subprocess.run([self.python, HERE / script, *arguments], check=True)
