"""What people were told is done, written down and synced before anything else happens, to be held against the database afterwards."""

import json
import os
from pathlib import Path


class Ledger:
    """Acts that were acknowledged. Each survives whatever happens to this process."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.path = path

    def note(self, **act: object) -> None:
        """Write down that this was acknowledged."""
        os.write(self._file, json.dumps(act).encode() + b"\n")
        os.fsync(self._file)

    def acts(self) -> list[dict[str, object]]:
        """All of them, in their order."""
        return [json.loads(line) for line in self.path.read_text().splitlines()]

    def close(self) -> None:
        """Nothing more is coming."""
        os.close(self._file)
