"""The figures as they are."""

import json
from typing import Any


def as_json(figures: dict[str, Any]) -> bytes:
    """Indented JSON in UTF-8, with a newline at the end."""
    return (json.dumps(figures, ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode()
