"""Prints certificates and records as PDF/UA with Typst. Run as a program of its own (facts in as JSON, PDF out), because the library is large
and a web process should not keep it.

Facts reach the document as data only, so nothing in a name can act as markup. The same facts always give the same bytes.
"""

import io
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.core.settings import ROOT
from app.core.texts import all_readable

HERE = Path(__file__).parent
CERTIFICATE, RECORD = "certificate", "record"
NO_SIGN = 3
"""How the program ends when its typefaces lack a sign."""


class SignMissing(Exception):
    """A name or title has a sign that none of the typefaces has: the page itself must do."""


def as_pdf(kind: str, facts: Mapping[str, Any], *, timestamp: int) -> bytes:
    """The document of this kind (`CERTIFICATE`, `RECORD`) with these facts, dated `timestamp` (seconds since 1970).

    Raises:
        SignMissing: a sign in the facts cannot be printed.
        RuntimeError: the document could not be made.
    """
    given = json.dumps({"kind": kind, "facts": all_readable(facts), "timestamp": timestamp}).encode()
    done = subprocess.run([sys.executable, "-m", __name__], input=given, capture_output=True, cwd=ROOT, check=False, timeout=30)
    if done.returncode == NO_SIGN:
        raise SignMissing
    if done.returncode:
        raise RuntimeError(f"the document could not be printed: {done.stderr.decode(errors='replace').strip()[-500:]}")
    return done.stdout


def _print(kind: str, facts: dict[str, Any], timestamp: int) -> bytes:
    import segno  # noqa: PLC0415  (needed in the program only)
    import typst  # noqa: PLC0415  (85 MB, and needed in the program only)

    if "check_at" in facts:
        drawn = io.BytesIO()
        segno.make(facts["check_at"], error="m", micro=False).save(drawn, kind="svg", border=4, xmldecl=False)
        facts["qr"] = drawn.getvalue().decode()
    # the program's own typefaces, never those of the machine: the same bytes everywhere
    return bytes(typst.compile(
        str(HERE / f"{kind}.typ"), root=str(HERE), sys_inputs={"facts": json.dumps(facts)}, pdf_standards="ua-1", timestamp=timestamp,
        ignore_system_fonts=True, font_paths=[],
    ))


def _run() -> int:
    given = json.load(sys.stdin)
    try:
        sys.stdout.buffer.write(_print(**given))
    except RuntimeError as error:
        sys.stderr.write(str(error))
        return NO_SIGN if "could not be displayed" in str(error) else 1
    return 0


if __name__ == "__main__":
    sys.exit(_run())
