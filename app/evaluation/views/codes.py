"""The address on a session's last slide and sheets, and a code to scan, drawn as a picture that stands in the page."""

import io

from flask import url_for
from markupsafe import Markup

from app.catalogue.models import CourseSession
from app.evaluation.rules import links
from app.mail.office import office


def slide_address(session: CourseSession) -> str:
    """Where the code leads: it ends in a word that cannot be made up, without which anonymous questions do not open."""
    word = links.slide_word(office().link_key, session.id)
    return office().public_url + url_for("evaluation.from_code", ref=session.ref, token=word)


def drawn_code(address: str) -> Markup:
    """A picture that leads to the address when it is scanned."""
    import segno  # noqa: PLC0415  (only who makes a slide or a sheet needs it)

    out = io.BytesIO()
    segno.make(address, error="m").save(out, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=3)
    return Markup(out.getvalue().decode().replace("<svg ", '<svg role="img" aria-label="A code to scan; the address stands below it" ', 1))
