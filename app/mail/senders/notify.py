"""Hands letters to GOV.UK Notify, for bodies that may use it. It takes plain text only: no calendar entry goes with a letter."""

import base64
import hashlib
import hmac
import json
import time
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

from app.core.post import Notify
from app.mail.rules.outgoing import Answer, Outcome, Outgoing

DEADLINE = 60.0


class NotifySender:
    """Sends each letter with one request, under the letter's reference. Keeps nothing open."""

    headers = "Notify: "

    def __init__(self, notify: Notify, *, deadline: float = DEADLINE) -> None:
        self._notify, self._deadline = notify, deadline

    def ready(self) -> None:
        """Nothing has to be open."""

    def close(self) -> None:
        """Nothing is open."""

    def send(self, letter: Outgoing) -> Answer:
        """Try to hand over this letter. One that is in doubt is asked for first: Notify knows it by its reference."""
        try:
            if letter.doubted and self._has(letter.ref):
                return Answer(Outcome.SENT, "GOV.UK Notify has it.")
        except (OSError, HTTPException, ValueError) as error:
            return Answer(Outcome.PUT_OFF, f"GOV.UK Notify could not be asked about it ({type(error).__name__}).")
        try:
            self._ask("/v2/notifications/email", {
                "email_address": letter.address, "template_id": self._notify.template_id, "reference": letter.ref,
                "personalisation": {"subject": letter.subject, "body": letter.text},
            })
        except HTTPError as error:
            return _refused(error)
        except URLError as error:  # no connection, so nothing was given
            return Answer(Outcome.PUT_OFF, f"GOV.UK Notify cannot be reached ({type(error.reason).__name__}).")
        except (OSError, HTTPException, ValueError) as error:
            return Answer(Outcome.DOUBTFUL, f"GOV.UK Notify gave no answer ({type(error).__name__}).")
        return Answer(Outcome.SENT, "GOV.UK Notify took it.")

    def _has(self, reference: str) -> bool:
        return bool(self._ask(f"/v2/notifications?reference={quote(reference)}", None)["notifications"])

    def _ask(self, path: str, body: dict[str, Any] | None) -> Any:
        headers = {"Authorization": f"Bearer {_token(self._notify, int(time.time()))}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        with urlopen(Request(self._notify.url + path, data=data, headers=headers), timeout=self._deadline) as response:
            return json.load(response)


def _refused(error: HTTPError) -> Answer:
    """A wrong address is refused for good; a wrong key, a limit or trouble on their side may pass."""
    try:
        said = "; ".join(str(one["message"]) for one in json.load(error)["errors"])
    except (ValueError, KeyError, TypeError):
        said = ""
    about_this_letter = error.code == 400 and "team-only" not in said
    return Answer(Outcome.REFUSED if about_this_letter else Outcome.PUT_OFF, f"{error.code} {said}"[:500].strip())


def _token(notify: Notify, issued_at: int) -> str:
    """The signed statement of who asks (JSON Web Token, HS256: RFC 7519), good for half a minute."""
    parts = ({"typ": "JWT", "alg": "HS256"}, {"iss": notify.service_id, "iat": issued_at})
    signed = b".".join(_base64(json.dumps(part, separators=(",", ":")).encode()) for part in parts)
    return b".".join((signed, _base64(hmac.digest(notify.secret.encode(), signed, hashlib.sha256)))).decode()


def _base64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")
