"""Whoever acts, as a history keeps them: by the name that people read, and by number, as two people may have the same name."""


class Actor(str):
    """The name of somebody who acts, that knows which person it is. Wherever a name is enough it is one."""

    __slots__ = ("person_id",)
    person_id: int

    def __new__(cls, name: str, person_id: int) -> "Actor":
        """The name of the person with this number."""
        made = super().__new__(cls, name)
        made.person_id = person_id
        return made

    def __getnewargs__(self) -> tuple[str, int]:  # type: ignore[override]
        """What a copy is made of."""
        return str(self), self.person_id


def number_of(by: str) -> int | None:
    """Which person acts; none where it is no person (the time, an import), or only a name is known."""
    return by.person_id if isinstance(by, Actor) else None
