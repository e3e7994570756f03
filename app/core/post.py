"""How letters leave this installation: the mail server or GOV.UK Notify, whose name they bear, and the secret with which they come back."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.headerregistry import Address
from urllib.parse import SplitResult, unquote, urlsplit

from app.core.addresses import work_address
from app.core.errors import Refused, SettingsError

PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}
NOTIFY = "https://api.notifications.service.gov.uk"
FROM = re.compile(r"([^<>]*)<([^<>]*)>")
KEY = re.compile(r"[A-Za-z0-9_ -]+-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")


@dataclass(frozen=True)
class MailServer:
    """A mail server. `scheme` is smtp (in the clear), smtps (TLS from the first byte) or smtp+starttls (TLS or nothing)."""

    scheme: str
    host: str
    port: int
    user: str = ""
    password: str = ""


@dataclass(frozen=True)
class Notify:
    """GOV.UK Notify: its address, the two halves of the key, and the template that holds ((subject)) and ((body))."""

    url: str
    service_id: str
    secret: str
    template_id: str


@dataclass(frozen=True)
class Post:
    """How letters leave. Without `server` and `notify` they are kept here; `sender` is the line From."""

    server: MailServer | None = None
    notify: Notify | None = None
    sender: str = ""
    bounce_secret: str = ""

    @property
    def leaves(self) -> bool:
        """Whether letters leave this installation."""
        return self.server is not None or self.notify is not None


KEPT_HERE = Post()
"""Letters do not leave."""


def post_from(environ: Mapping[str, str]) -> Post:
    """Read and check the settings of letters.

    Raises:
        SettingsError: naming the variable, what is wrong with it and what would be right.
    """
    server, notify = _server(environ.get("SMTP_URL", "")), _notify(environ)
    if server and notify:
        raise SettingsError("SMTP_URL and NOTIFY_API_KEY are both set; letters leave by one of them, so take the other away")
    return Post(server, notify, _sender(environ.get("MAIL_FROM", ""), needed=server is not None), _bounce_secret(environ))


def _server(url: str) -> MailServer | None:
    if not url:
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = SplitResult("", "", "", "", ""), None
    if parts.scheme not in PORTS or not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
        raise SettingsError(
            "SMTP_URL cannot be read; write it like smtp://mail.example.org, smtps://user:password@mail.example.org "
            "or smtp+starttls://user:password@mail.example.org:587, with odd characters of the password percent-encoded"
        )
    if bool(parts.username) != bool(parts.password):
        raise SettingsError("SMTP_URL has a user without a password, or a password without a user; give both or neither")
    return MailServer(parts.scheme, parts.hostname, port or PORTS[parts.scheme], unquote(parts.username or ""), unquote(parts.password or ""))


def _sender(text: str, *, needed: bool) -> str:
    if not text:
        if needed:
            raise SettingsError("MAIL_FROM is missing; with SMTP_URL it must be set, such as Training team <training@example.org>")
        return ""
    found = FROM.fullmatch(text.strip())
    name, address = (found.group(1).strip('" '), found.group(2)) if found else ("", text)
    try:
        if any(ord(letter) < 32 for letter in text):
            raise Refused("a control character")
        return str(Address(name, addr_spec=work_address(address)))
    except (Refused, ValueError, IndexError):
        raise SettingsError(f"MAIL_FROM is {text!r}; it must be an address such as Training team <training@example.org>") from None


def _notify(environ: Mapping[str, str]) -> Notify | None:
    key = environ.get("NOTIFY_API_KEY", "")
    if not key:
        return None
    found, template = KEY.fullmatch(key), environ.get("NOTIFY_TEMPLATE_ID", "")
    if found is None:
        raise SettingsError("NOTIFY_API_KEY cannot be read; it is a name and two long codes, as GOV.UK Notify shows it once")
    if not template:
        raise SettingsError("NOTIFY_TEMPLATE_ID is missing; it names the template at GOV.UK Notify that holds ((subject)) and ((body))")
    url = (environ.get("NOTIFY_URL") or NOTIFY).rstrip("/")
    if not url.startswith(("https://", "http://")):
        raise SettingsError(f"NOTIFY_URL is {url!r}; it must begin with https://")
    return Notify(url, found.group(1), found.group(2), template)


def _bounce_secret(environ: Mapping[str, str]) -> str:
    secret = environ.get("BOUNCE_SECRET", "")
    if secret and len(secret) < 32:
        raise SettingsError("BOUNCE_SECRET is too short; it must be at least 32 characters that nobody can guess")
    return secret
