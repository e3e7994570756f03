"""What an installation may set, read once from the environment; a setting that cannot work stops the start with its name."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from app.core.errors import SettingsError
from app.core.post import KEPT_HERE, Post, post_from

__all__ = ["ROOT", "Settings", "SettingsError", "from_environment"]

ROOT = Path(__file__).resolve().parents[2]
THREADS = 4
"""How many requests one web process answers at the same time."""


@dataclass(frozen=True)
class Settings:
    """One installation. `instance` is the folder that holds what it keeps for itself."""

    database_url: str
    secret_key: str
    public_url: str
    instance: Path
    service_name: str = "Multi-agency training"
    organisation: str = "Safeguarding Children Partnerships"
    contact_email: str = ""
    trusted_proxies: int = 0
    demo: bool = False
    post: Post = KEPT_HERE
    report_rounded: bool = False
    """Whether reports for publication have rounded numbers, and not small ones withheld."""

    @property
    def secure(self) -> bool:
        """Whether people reach the site over https."""
        return self.public_url.startswith("https:")


def from_environment(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read and check every setting.

    Raises:
        SettingsError: naming the variable, what is wrong with it and what would be right.
    """
    instance = Path(environ.get("INSTANCE_PATH") or ROOT / "instance")
    public_url = _public_url(environ)
    return Settings(
        database_url=_database_url(environ, instance),
        secret_key=_secret_key(environ, instance, public_url),
        public_url=public_url,
        instance=instance,
        service_name=environ.get("SERVICE_NAME") or Settings.service_name,
        organisation=environ.get("ORGANISATION") or Settings.organisation,
        contact_email=_contact_email(environ),
        trusted_proxies=_whole_number(environ, "TRUSTED_PROXIES"),
        demo=environ.get("UPLIFT_DEMO") == "1",
        post=post_from(environ),
        report_rounded=_yes_or_no(environ, "REPORT_ROUNDED"),
    )


def _public_url(environ: Mapping[str, str]) -> str:
    url = (environ.get("PUBLIC_URL") or "http://127.0.0.1:5000").rstrip("/")
    try:
        parts = urlsplit(url)
        port_is_number = parts.port is None or parts.port > 0
    except ValueError:
        parts, port_is_number = urlsplit(""), False
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_is_number or parts.query or parts.fragment:
        raise SettingsError(
            f"PUBLIC_URL is {url!r}; it must be the address at which people reach the site, such as https://training.example.org"
        )
    return url


def _database_url(environ: Mapping[str, str], instance: Path) -> str:
    url = environ.get("DATABASE_URL") or f"sqlite:///{instance / 'uplift.sqlite3'}"
    scheme, found, _rest = url.partition("://")
    if scheme in ("postgresql", "postgres"):
        scheme = "postgresql+psycopg"
    if not found or scheme not in ("sqlite", "postgresql+psycopg"):
        raise SettingsError(
            "DATABASE_URL must begin with sqlite:/// or postgresql://, "
            "for instance postgresql://uplift:password@localhost/uplift"
        )
    return scheme + url[url.index("://"):]


def _secret_key(environ: Mapping[str, str], instance: Path, public_url: str) -> str:
    key = environ.get("SECRET_KEY", "")
    if key:
        if len(key) < 32:
            raise SettingsError("SECRET_KEY is too short; it must be at least 32 characters that nobody can guess")
        return key
    if public_url.startswith("https:"):
        raise SettingsError(
            "SECRET_KEY is missing; with an https: PUBLIC_URL it must be set, to at least 32 characters that nobody can guess"
        )
    return _kept_secret_key(instance / "secret-key")


def _kept_secret_key(path: Path) -> str:
    if path.exists():
        return path.read_text(encoding="ascii").strip()
    path.parent.mkdir(parents=True, exist_ok=True)
    made = secrets.token_urlsafe(48)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:  # another process made it in this moment
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(made)
    return made


def _contact_email(environ: Mapping[str, str]) -> str:
    address = environ.get("CONTACT_EMAIL", "")
    if address and "@" not in address:
        raise SettingsError(f"CONTACT_EMAIL is {address!r}; it must be the e-mail address of the training team")
    return address


def _yes_or_no(environ: Mapping[str, str], name: str) -> bool:
    text = environ.get(name) or "0"
    if text not in ("0", "1"):
        raise SettingsError(f"{name} is {text!r}; it must be 1, or 0 or nothing")
    return text == "1"


def _whole_number(environ: Mapping[str, str], name: str) -> int:
    text = environ.get(name, "0")
    if not text.isascii() or not text.isdigit() or int(text) > 10:
        raise SettingsError(f"{name} is {text!r}; it must be a whole number from 0 to 10")
    return int(text)
