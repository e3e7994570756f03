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
WRONG, IN_TROUBLE = 400, 500
OF_THE_ADDRESS = "email_address"
"""With what the words begin where Notify says that an address cannot be right."""


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
            return _not_taken(error, letter)
        except URLError as error:  # no connection, so nothing was given
            return Answer(Outcome.PUT_OFF, f"GOV.UK Notify cannot be reached ({type(error.reason).__name__}).")
        except (OSError, HTTPException, ValueError) as error:
            return Answer(_in_doubt(letter), f"GOV.UK Notify gave no answer ({type(error).__name__}).")
        return Answer(Outcome.SENT, "GOV.UK Notify took it.")

    def _has(self, reference: str) -> bool:
        return bool(self._ask(f"/v2/notifications?reference={quote(reference)}", None)["notifications"])

    def _ask(self, path: str, body: dict[str, Any] | None) -> Any:
        headers = {"Authorization": f"Bearer {_token(self._notify, int(time.time()))}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        with urlopen(Request(self._notify.url + path, data=data, headers=headers), timeout=self._deadline) as response:
            return json.load(response)


def _not_taken(error: HTTPError, letter: Outgoing) -> Answer:
    """Only a wrong address is refused for good; a wrong setting, a limit or trouble on their side may pass, and where their side is in trouble they
    may have the letter all the same."""
    try:
        said = "; ".join(str(one["message"]) for one in json.load(error)["errors"])
    except (OSError, HTTPException, ValueError, KeyError, TypeError):
        said = ""
    words = f"{error.code} {said}"[:500].strip()
    if error.code >= IN_TROUBLE:
        return Answer(_in_doubt(letter), words)
    return Answer(Outcome.REFUSED if error.code == WRONG and said.startswith(OF_THE_ADDRESS) else Outcome.PUT_OFF, words)


def _in_doubt(letter: Outgoing) -> Outcome:
    """A letter that may have arrived is in doubt once. From then on Notify is asked for it before each try, so it can be tried until it is there."""
    return Outcome.PUT_OFF if letter.doubted else Outcome.DOUBTFUL


def _token(notify: Notify, issued_at: int) -> str:
    """The signed statement of who asks (JSON Web Token, HS256: RFC 7519), good for half a minute."""
    parts = ({"typ": "JWT", "alg": "HS256"}, {"iss": notify.service_id, "iat": issued_at})
    signed = b".".join(_base64(json.dumps(part, separators=(",", ":")).encode()) for part in parts)
    return b".".join((signed, _base64(hmac.digest(notify.secret.encode(), signed, hashlib.sha256)))).decode()


def _base64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")
