"""Why a folder cannot be imported: every bad row at once."""

from collections.abc import Sequence

from app.core.problems import Problem


class BadProgramme(Exception):
    """The folder cannot be imported as it is; nothing was changed. `problems` has every bad row, in the order of the files."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(problems)
        self.problems = list(problems)

    @property
    def sentence(self) -> str:
        """How many there are, for the end of the list."""
        count = len(self.problems)
        return f"{count:,} {'value needs' if count == 1 else 'values need'} a change. Nothing was imported."
