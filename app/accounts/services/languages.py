"""In which language somebody would like letters."""

from app.accounts.models import Person
from app.core.db import transaction
from app.mail.rules.languages import Language


def say_language(*, person_id: int, language: Language) -> None:
    """From now on letters to this person are written in this language, where their kind has a wording in it; earlier ones stay as they are."""
    with transaction() as session:
        session.get_one(Person, person_id).language = language
