"""Checked rows wait on disk until all files are found good, so that a million of them need no memory."""

import pickle
import tempfile
from collections.abc import Iterator
from typing import Any

BATCH = 5_000


class Waiting:
    """Rows in the order in which they came. The file has no name and goes with this object: what is in it is personal."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 (it lives as long as this object)
        self._batch: list[dict[str, Any]] = []
        self.count = 0

    def add(self, row: dict[str, Any]) -> None:
        """Put a row at the end."""
        self._batch.append(row)
        self.count += 1
        if len(self._batch) == BATCH:
            self._write()

    def batches(self) -> Iterator[list[dict[str, Any]]]:
        """All rows, some thousand at a time; may be asked for once more."""
        self._write()
        self._file.seek(0)
        while True:
            try:
                yield pickle.load(self._file)
            except EOFError:
                return

    def all(self) -> list[dict[str, Any]]:
        """All rows at once, where they are few by nature."""
        return [row for batch in self.batches() for row in batch]

    def close(self) -> None:
        """Let the file go."""
        self._file.close()

    def _write(self) -> None:
        if self._batch:
            pickle.dump(self._batch, self._file, protocol=pickle.HIGHEST_PROTOCOL)
            self._batch = []
