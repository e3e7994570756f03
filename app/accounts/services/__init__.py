"""What may be done with accounts, people and agencies. Each act is one transaction."""

from app.accounts.services.addresses import AFTER_ADDRESSES, AFTER_MANAGERS
from app.accounts.services.by_letter import (
    ask_for_new_password,
    ask_for_sign_in,
    ask_to_change_address,
    confirm_address,
    has_password,
    reset_password,
    sign_in_by_code,
    sign_in_by_link,
)
from app.accounts.services.keeping import (
    AN_ADMINISTRATOR,
    AROUND_AGENCIES,
    WHEN_CLOSED,
    add_account,
    forget_ended_sign_ins,
    note_seen,
    person_at,
    save_agency,
    save_partnership,
    save_person,
    say_somebody_left,
    say_where_somebody_works,
    set_roles,
    sign_in,
    sign_out,
)
from app.accounts.services.languages import say_language
from app.accounts.services.tries import Limits, count_try, within

__all__ = [
    "AFTER_ADDRESSES", "AFTER_MANAGERS", "AN_ADMINISTRATOR", "AROUND_AGENCIES", "WHEN_CLOSED", "Limits", "add_account", "ask_for_new_password",
    "ask_for_sign_in", "ask_to_change_address", "confirm_address", "count_try", "forget_ended_sign_ins", "has_password", "note_seen", "person_at",
    "reset_password", "save_agency", "save_partnership", "save_person", "say_language", "say_somebody_left", "say_where_somebody_works",
    "set_roles", "sign_in", "sign_in_by_code", "sign_in_by_link", "sign_out", "within",
]
