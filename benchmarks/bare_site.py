"""What the product's speed is held against: a bare Flask application, without sign-in, forms or layout, on the same database and server.

`POST /write` writes one row and leads on; `GET /read` sends the statements and draws the template that the file BARE_PAGE holds.
The statements go through the bare driver, each thread with a connection of its own, with the product's durability.
"""

import os
import pickle
import sqlite3
import threading
from pathlib import Path
from typing import Any

import psycopg
from flask import Flask, redirect, render_template, request

URL = os.environ["DATABASE_URL"]
ON_SQLITE = URL.startswith("sqlite")
INSERT = "INSERT INTO bare_row (at, words) VALUES (?, ?)" if ON_SQLITE else "INSERT INTO bare_row (at, words) VALUES (%s, %s)"

app = Flask(__name__)
kept = threading.local()


def connection() -> Any:
    """This thread's connection; each statement is a transaction of its own."""
    if not hasattr(kept, "connection"):
        if ON_SQLITE:
            kept.connection = sqlite3.connect(URL.removeprefix("sqlite:///"), isolation_level=None)
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000", "foreign_keys=ON"):
                kept.connection.execute(f"PRAGMA {pragma}")
        else:
            kept.connection = psycopg.connect(URL.replace("+psycopg", ""), autocommit=True)
    return kept.connection


@app.post("/write")
def write() -> Any:
    """One row, then on to the next page, as after a booking."""
    connection().execute(INSERT, ("2026-01-01T00:00:00", request.form["words"]))
    return redirect("/written")


@app.get("/read")
def read() -> Any:
    """The same statements as the product's page, and a template that makes a page of the same size from the same number of rows."""
    for statement, values in STATEMENTS:
        connection().execute(statement, values).fetchall()
    return render_template(TEMPLATE, rows=ROWS)


PAGE = os.environ.get("BARE_PAGE")
STATEMENTS, SOURCE, ROWS = pickle.loads(Path(PAGE).read_bytes()) if PAGE else ([], "", [])
TEMPLATE = app.jinja_env.from_string(SOURCE)
