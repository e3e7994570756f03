"""What carries letters away: one interface, behind it a mail server or GOV.UK Notify. None of them knows the database."""

from typing import Protocol

from app.mail.rules.outgoing import Answer, Outgoing


class Unreachable(Exception):
    """Nobody answers, or will not let us in. The message is what was said."""


class Sender(Protocol):
    """Carries letters, one after the other."""

    headers: str
    """The lines that say who writes, for letters that have not been tried before."""

    def ready(self) -> None:
        """Open what has to be open before a letter can leave; nothing when it is open.

        Raises:
            Unreachable: nobody answers.
        """

    def send(self, letter: Outgoing) -> Answer:
        """Try to hand over this letter. Never raises for what the other side does."""

    def close(self) -> None:
        """Let go of what is open."""
