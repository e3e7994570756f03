"""An upload on a page: one ZIP of the folder, or its CSV files, taken in as if it were the folder."""

import io
import lzma
import tempfile
import zipfile
import zlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path, PurePosixPath

from app.core.db import transaction
from app.core.errors import Refused
from app.imports.models import ImportRun
from app.imports.rules.files import FILES
from app.imports.rules.problems import BadProgramme
from app.imports.services.importing import import_programme

NAMES = {file.name for file in FILES}
MOST_BYTES = 200 * 1024 * 1024
"""What a ZIP may hold once it is unpacked: far more than a year needs, far less than a disk."""

Upload = tuple[str, bytes]


def import_upload(uploads: Sequence[Upload], *, by_account_id: int, now: datetime, notify: bool = False) -> ImportRun:
    """Take the files in, or keep the list of what to put right; either way the run that shows it. With `notify` people are told.

    Raises:
        Refused: it is no ZIP and none of the files, or holds too much.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _unpack(uploads, folder)
        run = ImportRun(at=now, by_id=by_account_id, file_name=", ".join(given for given, _content in uploads)[:200], counts={}, problems=[])
        try:
            summary = import_programme(folder, now=now, notify=notify)
            run.counts = {file: [counts.added, counts.changed, counts.as_they_were] for file, counts in summary.files.items()}
        except BadProgramme as bad:
            run.problems = [
                {"file": one.file, "line": one.line, "column": one.column, "sentence": one.sentence} for one in bad.problems
            ]
    with transaction() as session:
        session.add(run)
    return run


def _unpack(uploads: Sequence[Upload], folder: Path) -> None:
    for name, content in uploads:
        if zipfile.is_zipfile(io.BytesIO(content)):
            _unpack_zip(content, folder)
        else:
            _keep(folder, name, content)
    if not any(folder.iterdir()):
        raise Refused(f"None of the files of a programme is in it. They are called {', '.join(file.name for file in FILES)}.")


def _unpack_zip(content: bytes, folder: Path) -> None:
    """Members by their last name only, so that none lands elsewhere; and no more than is promised."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            wanted = [member for member in packed.infolist() if PurePosixPath(member.filename).name in NAMES]
            if sum(member.file_size for member in wanted) > MOST_BYTES:
                raise Refused("Unpacked, this would be more than 200 MB. Use the command import-programme for a folder of that size.")
            for member in wanted:
                with packed.open(member) as opened:
                    _keep(folder, member.filename, opened.read(member.file_size + 1))
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, RuntimeError, NotImplementedError, OSError):
        raise Refused("The ZIP cannot be opened; it may be damaged or have a password. Make it again, or choose the CSV files.") from None


def _keep(folder: Path, name: str, content: bytes) -> None:
    plain = PurePosixPath(name.replace("\\", "/")).name
    if plain in NAMES:
        (folder / plain).write_bytes(content)
