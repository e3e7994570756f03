"""Checking a certificate: what it says, and whether it still stands, for whoever has its code and nobody else. Nobody keeps a copy of the page."""

from flask import abort, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.access import anyone
from app.accounts.rules import network_of
from app.certificates.forms import CodeForm
from app.certificates.models import Certificate, CertificateEnd
from app.certificates.queries import showing
from app.certificates.renderers import facts
from app.certificates.renderers.as_pdf import CERTIFICATE, SignMissing, as_pdf
from app.certificates.services import checking
from app.certificates.views import blueprint
from app.core import clock
from app.core.errors import Refused
from app.mail.office import office
from app.mail.rules.links import FoundLink

PRIVATE = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}
NONE = "No certificate has this code. Check each letter: there is no o, l or i in a code, and no 0 or 1."


@blueprint.route("/certificates", methods=["GET", "POST"])
@anyone
def check() -> ResponseReturnValue:
    """Type the code of a certificate."""
    form = CodeForm()
    if form.validate_on_submit():
        try:
            found = checking.check(code=form.code.data, network=network_of(request.remote_addr), now=clock.now())
        except Refused as no:
            form.refuse(no, "code")
        else:
            if found is not None:
                return redirect(url_for("certificates.certificate", certificate_code=found.code), 303)
            form.refuse(NONE, "code")
    return render_template("certificates/check.html", form=form)


def _checked(certificate_code: str) -> Certificate:
    try:
        found = checking.check(code=certificate_code, network=network_of(request.remote_addr), now=clock.now())
    except Refused:
        abort(429)
    return found or abort(404)


@blueprint.route("/certificates/<certificate_code>")
@anyone
def certificate(certificate_code: str) -> ResponseReturnValue:
    """What the certificate says, and whether it stands."""
    return certificate_page(_checked(certificate_code))


def certificate_page(found: Certificate, *, sign_missing: bool = False) -> ResponseReturnValue:
    """The page of a certificate, for whoever has shown its code or its letter."""
    later = None if found.stands else showing.standing(found.booking_id)
    response = make_response(render_template(
        "certificates/certificate.html", certificate=found, lines=facts.certificate_lines(found), later=later, sign_missing=sign_missing,
        replaced=found.ended_as is CertificateEnd.REPLACED,
    ))
    response.headers.update(PRIVATE)
    return response


@blueprint.route("/certificates/<certificate_code>/pdf")
@anyone
def printed(certificate_code: str) -> ResponseReturnValue:
    """The certificate as it was issued. One that no longer stands is not given out again."""
    found = _checked(certificate_code)
    if not found.stands:
        return redirect(url_for("certificates.certificate", certificate_code=found.code))
    try:
        pdf = as_pdf(CERTIFICATE, facts.of_certificate(found, organisation=office().house.organisation, check_at=address(found)),
                     timestamp=int(found.issued_at.timestamp()))
    except SignMissing:
        return certificate_page(found, sign_missing=True)
    return pdf, 200, pdf_headers(f"certificate-{found.serial}.pdf")


def address(found: Certificate) -> str:
    """The address that is printed on a certificate."""
    return f"{office().public_url}/certificates/{found.code}"


def pdf_headers(name: str) -> dict[str, str]:
    """The headers with which a PDF is sent as a file of this name."""
    return {**PRIVATE, "Content-Type": "application/pdf", "Content-Disposition": f'attachment; filename="{name}"'}


def from_letter(link: FoundLink) -> ResponseReturnValue:
    """A link in a letter about a certificate. It opens the certificate's page, and says there what became of it."""
    number = link.subject.partition(":")[2]
    found = showing.numbered(int(number)) if link.live and number.isdigit() else None
    if found is None:
        return render_template("certificates/ended.html", sentence=link.sentence or "This certificate is not here any more.")
    return certificate_page(found)


ANSWERS = {"certificate": from_letter}
"""Which page answers a link of a purpose; the room of places, which all links lead to, stands below."""
