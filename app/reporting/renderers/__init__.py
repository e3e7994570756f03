"""How figures are written: each renderer takes the figures of a report and gives the bytes of a file."""

from app.reporting.renderers.as_json import as_json

RENDERERS = {"json": as_json}
