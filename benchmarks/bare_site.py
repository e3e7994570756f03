"""What the product's speed is held against: a bare Flask application on the same database and server, without sign-in, forms or layout.

`POST /write` writes one row and leads on; `GET /read` sends the statements and draws the template that the file BARE_PAGE holds. Like the
product it reaches its database by Flask-SQLAlchemy, with the same durability, and knows nothing else of it. With BARE_DRIVER the same goes
through the bare driver, each thread with a connection of its own: what no application that uses a library can reach.
"""

import os
import pickle
import sqlite3
import threading
from pathlib import Path
from typing import Any

import psycopg
from flask import Flask, redirect, render_template, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event

URL = os.environ["DATABASE_URL"]
ON_SQLITE = URL.startswith("sqlite")
BY_DRIVER = "BARE_DRIVER" in os.environ
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000", "foreign_keys=ON")
INSERT = "INSERT INTO bare_row (at, words) VALUES (?, ?)" if ON_SQLITE else "INSERT INTO bare_row (at, words) VALUES (%s, %s)"
AT = "2026-01-01T00:00:00"

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = URL
db = SQLAlchemy(app)
kept = threading.local()


class BareRow(db.Model):  # type: ignore[name-defined, misc]
    """The row that a request writes."""

    id = db.Column(db.Integer, primary_key=True)
    at = db.Column(db.Text, nullable=False)
    words = db.Column(db.Text, nullable=False)


if ON_SQLITE:
    with app.app_context():
        @event.listens_for(db.engine, "connect")
        def _durable(connection: Any, _record: Any) -> None:
            for pragma in PRAGMAS:
                connection.execute(f"PRAGMA {pragma}")


def connection() -> Any:
    """This thread's connection of the bare driver; each statement is a transaction of its own."""
    if not hasattr(kept, "connection"):
        if ON_SQLITE:
            kept.connection = sqlite3.connect(URL.removeprefix("sqlite:///"), isolation_level=None)
            for pragma in PRAGMAS:
                kept.connection.execute(f"PRAGMA {pragma}")
        else:
            kept.connection = psycopg.connect(URL.replace("+psycopg", ""), autocommit=True)
    return kept.connection


@app.post("/write")
def write() -> Any:
    """One row, then on to the next page, as after a booking."""
    if BY_DRIVER:
        connection().execute(INSERT, (AT, request.form["words"]))
    else:
        db.session.add(BareRow(at=AT, words=request.form["words"]))
        db.session.commit()
    return redirect("/written")


@app.get("/read")
def read() -> Any:
    """The same statements as the product's page, and a template that makes a page of the same size from the same number of rows."""
    for statement, values in STATEMENTS:
        if BY_DRIVER:
            connection().execute(statement, values).fetchall()
        else:
            db.session.connection().exec_driver_sql(statement, values).fetchall()
    return render_template(TEMPLATE, rows=ROWS)


PAGE = os.environ.get("BARE_PAGE")
STATEMENTS, SOURCE, ROWS = pickle.loads(Path(PAGE).read_bytes()) if PAGE else ([], "", [])
TEMPLATE = app.jinja_env.from_string(SOURCE)
