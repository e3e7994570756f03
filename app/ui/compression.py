"""Sends style and script compressed: they are the largest part of a first visit. Pages are not, as they hold a form's secret token."""

import gzip
from functools import lru_cache

from flask import Request, Response

WORTHWHILE = ("text/css", "text/javascript", "application/javascript", "image/svg+xml")


def compress(request: Request, response: Response) -> None:
    """Compress a static file for a browser that can read it so."""
    if response.status_code != 200 or response.mimetype not in WORTHWHILE or "gzip" not in request.headers.get("Accept-Encoding", ""):
        return
    response.direct_passthrough = False
    opened = response.response
    content = response.get_data()
    if hasattr(opened, "close"):
        opened.close()
    response.set_data(_compressed(content))
    response.headers["Content-Encoding"] = "gzip"
    response.headers.pop("ETag", None)
    response.vary.add("Accept-Encoding")


@lru_cache(maxsize=32)
def _compressed(content: bytes) -> bytes:
    return gzip.compress(content, 9, mtime=0)
