"""The report as one page that stands alone: style and drawings inside, to send or to print."""

from pathlib import Path
from typing import Any

from flask import current_app, render_template
from markupsafe import escape

from app.core.settings import ROOT, Settings
from app.reporting.reports.annual_document import annual_document
from app.reporting.reports.document import Chart, Document, Figures, Funnel, Heading, Points, Quote, Sentence, Table, Terms

STYLE = ROOT / "app" / "ui" / "static" / "uplift.css"
KINDS = {Heading: "heading", Sentence: "sentence", Figures: "figures", Table: "table", Chart: "chart", Funnel: "funnel", Terms: "terms",
         Points: "points", Quote: "quote"}


def as_html(figures: dict[str, Any]) -> bytes:
    """The whole page, without any address to load from."""
    settings: Settings = current_app.extensions["settings"]
    document = annual_document(figures, organisation=settings.organisation)
    body = render_template("reporting/alone.html", document=document, kind=kind, rows_link=None)
    style = f"<style>{Path(STYLE).read_text(encoding='utf-8')}{_printed(document)}</style>"
    title = f"<title>{escape(document.title)}, {escape(document.whose)}</title>"
    head = f'<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">{title}{style}</head>'
    return f'<!doctype html>\n<html lang="en-GB">{head}<body>{body}</body></html>\n'.encode()


def _printed(document: Document) -> str:
    """What makes it a document on paper: its title and period at the foot of every page, and the page's number."""
    foot = f"{document.title}. {document.dates}"
    return (
        "main { padding: 0 16px; } @page { size: A4; margin: 16mm 16mm 18mm; "
        f'@bottom-left {{ content: "{foot}"; font: 9pt sans-serif; }} @bottom-right {{ content: counter(page); font: 9pt sans-serif; }} }}'
    )


def kind(block: object) -> str:
    """The name by which a template tells blocks apart."""
    return KINDS[type(block)]  # type: ignore[index]
