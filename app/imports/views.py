"""Imports by upload: choose the files, then read what became of them."""

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.access import access
from app.accounts.rules import Role
from app.core import clock
from app.core.errors import Refused
from app.core.pages import Page
from app.imports import queries
from app.imports.forms import UploadForm
from app.imports.services import import_upload
from app.ui.addresses import pages

blueprint = Blueprint("imports", __name__, template_folder="templates")

SIZE, MOST_PAGES = 20, 100_000
PROBLEMS_SHOWN = 200


@blueprint.route("/desk/imports", methods=["GET", "POST"])
@access(Role.COORDINATOR)
def imports() -> ResponseReturnValue:
    """Upload a year; and the uploads so far."""
    form = UploadForm()
    if form.validate_on_submit():
        uploads = [(file.filename or "", file.read()) for file in form.files.data or () if getattr(file, "filename", "")]
        try:
            if not uploads:
                raise Refused("Choose the ZIP of the folder, or its CSV files.")
            run = import_upload(uploads, by_account_id=current_user.account_id, now=clock.now(), notify=form.notify.data)
        except Refused as no:
            form.refuse(no, "files")
        else:
            return redirect(url_for("imports.show", ref=run.ref))
    wanted = min(max(1, request.args.get("page", 1, type=int)), MOST_PAGES)
    runs, total = queries.runs(wanted, SIZE)
    return render_template("imports/imports.html", form=form, runs=runs, resting=queries.resting(clock.now()),
                           page=Page.at(wanted, size=SIZE, total=total), page_link=pages())


@blueprint.route("/desk/imports/<ref>")
@access(Role.COORDINATOR)
def show(ref: str) -> ResponseReturnValue:
    """What became of an upload: what was added and changed, or every row to put right."""
    run = queries.run(ref) or abort(404)
    return render_template("imports/show.html", run=run, resting=queries.resting(clock.now()), shown=run.problems[:PROBLEMS_SHOWN])


@blueprint.route("/desk/imports/<ref>/problems.txt")
@access(Role.COORDINATOR)
def problems(ref: str) -> ResponseReturnValue:
    """Every row to put right, as text."""
    run = queries.run(ref) or abort(404)
    lines = [f"{one['file']}:{one['line']}: {one['column']}: {one['sentence']}" for one in run.problems]
    return "\n".join(lines) + "\n", 200, {
        "Content-Type": "text/plain; charset=utf-8", "Content-Disposition": f'attachment; filename="to-put-right-{run.ref}.txt"',
    }
