"""What the worker does for accounts."""

from datetime import datetime

from app.accounts import services


def forget_ended_sign_ins(now: datetime) -> str:
    """Take away sign-ins and failures that have ended; what was done, for the log."""
    return f"{services.forget_ended_sign_ins(now=now)} rows forgotten"
