"""Puts the rooms together: settings, database, signing in, pages, commands."""

import hashlib
import logging
from datetime import datetime
from functools import cache
from pathlib import Path

from flask import Flask, Response, current_app, request, url_for
from flask_login import LoginManager, current_user
from flask_wtf.csrf import CSRFProtect
from jinja2 import StrictUndefined
from sqlalchemy.exc import OperationalError
from werkzeug.middleware.proxy_fix import ProxyFix

from app import wiring
from app.accounts import access, queries, services
from app.catalogue.rules import place_shown
from app.core import clock
from app.core.db import db, engine_options, prepare_engine
from app.core.settings import Settings, from_environment
from app.ui import compression, drawing, error_pages, filters, inputs, navigation, widgets
from app.ui.dispatch import SAFE_METHODS, Site
from app.ui.headers import HEADERS

log = logging.getLogger(__name__)

MEBIBYTE = 1024 * 1024


def create_app(settings: Settings | None = None) -> Flask:
    """The whole product, for these settings or for those of the environment.

    Raises:
        SettingsError: a setting is missing or cannot work.
    """
    settings = settings or from_environment()
    app = Site("app", static_folder="ui/static", template_folder="ui/templates")
    app.extensions["settings"] = settings
    access.anyone(app.view_functions["static"])
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(settings.database_url),
        SESSION_COOKIE_NAME="__Host-session" if settings.secure else "session",
        SESSION_COOKIE_SECURE=settings.secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=10 * MEBIBYTE,
        MAX_FORM_MEMORY_SIZE=500_000,
        MAX_FORM_PARTS=1000,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=settings.secure,
        PREFERRED_URL_SCHEME="https" if settings.secure else "http",
    )
    settings.instance.mkdir(parents=True, exist_ok=True)
    _database(app)
    _signing_in(app)
    _pages(app, settings)
    wiring.register(app)
    return app


def _database(app: Flask) -> None:
    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)


def _signing_in(app: Flask) -> None:
    manager = LoginManager(app)
    manager.session_protection = None

    @manager.user_loader
    def _load(secret: str) -> queries.Visitor | None:
        now = clock.now()
        visitor = queries.visitor(secret, now)
        if visitor is not None and (now - visitor.last_seen_at).total_seconds() > 60:
            _note_seen(secret, now)
        return visitor

    app.before_request(access.guard)
    CSRFProtect(app)


def _note_seen(secret: str, now: datetime) -> None:
    """Keep the sign-in alive; when the database is busy the next page does it."""
    try:
        services.note_seen(secret=secret, now=now)
    except OperationalError as error:
        log.warning("not noted that somebody was seen: %s", type(error).__name__)


def _pages(app: Flask, settings: Settings) -> None:
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(filters.FILTERS)
    app.jinja_env.globals.update(
        settings=settings, error_summary=widgets.error_summary, time_span=filters.time_span, static=_static, navigation=_navigation,
        place_shown=place_shown, drawn=drawing.drawn,
    )
    error_pages.register(app)
    inputs.register(app)
    app.after_request(_with_headers)
    if settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.trusted_proxies, x_proto=settings.trusted_proxies)  # type: ignore[method-assign]


def _navigation() -> tuple[navigation.Link, ...]:
    roles = current_user.roles if current_user.is_authenticated else ()
    return navigation.links_for(role.value for role in roles)


def _static(name: str) -> str:
    return url_for("static", filename=name, v=_fingerprint(name))


@cache
def _fingerprint(name: str) -> str:
    return hashlib.sha256((Path(__file__).parent / "ui" / "static" / name).read_bytes()).hexdigest()[:12]


def _with_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    settings: Settings = current_app.extensions["settings"]
    if settings.secure:
        response.headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
    if request.endpoint == "static":
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if "v" in request.args else "no-cache"
        compression.compress(request, response)
        return response
    response.headers["Cache-Control"] = "no-store" if response.cache_control.no_store or _is_private(response) else "no-cache"
    response.vary.add("Cookie")
    return response


def _is_private(response: Response) -> bool:
    """Whether the answer is for one person only. While the database is away nobody is asked who it is."""
    return request.method not in SAFE_METHODS or response.status_code == 503 or bool(current_user.is_authenticated)
