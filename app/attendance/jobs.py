"""What the worker does about registers."""

from datetime import datetime

from app.attendance import services
from app.core.each import each


def send_trainer_lists(now: datetime) -> str:
    """To each trainer of tomorrow: who comes."""
    return f"{each(services.sessions_tomorrow(now), lambda number: services.send_trainer_list(session_id=number, now=now))} lists written"


def chase_registers(now: datetime) -> str:
    """To each trainer whose register is missing the morning after."""
    return f"{each(services.registers_to_chase(now), lambda number: services.chase_register(session_id=number, now=now))} trainers asked"


def follow_up_no_shows(now: datetime) -> str:
    """To each person who did not come: what happened?"""
    return f"{each(services.missed_without_letter(now), lambda number: services.write_to_missed(booking_id=number, now=now))} people asked"
