"""How an annual report is written: each renderer takes the figures and gives the bytes of a file."""

from app.reporting.renderers.as_csv import as_csv
from app.reporting.renderers.as_docx import as_docx
from app.reporting.renderers.as_html import as_html
from app.reporting.renderers.as_json import as_json

RENDERERS = {"json": as_json, "html": as_html, "docx": as_docx, "csv": as_csv}
