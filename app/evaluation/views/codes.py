"""A code to scan, drawn as a picture that stands in the page."""

import io

from markupsafe import Markup


def drawn_code(address: str) -> Markup:
    """A picture that leads to the address when it is scanned."""
    import segno  # noqa: PLC0415  (only who makes a slide or a sheet needs it)

    out = io.BytesIO()
    segno.make(address, error="m").save(out, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=3)
    return Markup(out.getvalue().decode().replace("<svg ", '<svg role="img" aria-label="A code to scan; the address stands below it" ', 1))
