"""Registers and what follows from them: marks, walk-ins, finishing; letters before a session and after it."""

from app.attendance.services.following_up import (
    chase_register,
    missed_without_letter,
    registers_to_chase,
    send_trainer_list,
    sessions_tomorrow,
    write_to_missed,
)
from app.attendance.services.registers import (
    FOLLOWS,
    Added,
    Disagreement,
    Mark,
    NewPerson,
    add_walk_in,
    finish,
    save_marks,
    save_marks_and_add,
)

__all__ = [
    "FOLLOWS", "Added", "Disagreement", "Mark", "NewPerson", "add_walk_in", "chase_register", "finish", "missed_without_letter",
    "registers_to_chase", "save_marks", "save_marks_and_add", "send_trainer_list", "sessions_tomorrow", "write_to_missed",
]
