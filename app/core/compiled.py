"""What the statements that are constants of their modules were compiled to, found by the statement itself.

SQLAlchemy finds it by all that the statement is made of, and hashes that anew at each sending: every column, and every member of every enum.
For a booking that is a fourteenth of all that is reckoned.
"""

from typing import Any

MOST = 1000
"""So many are kept; then it begins anew, as statements that are made for one request come here too."""


class Compiled(dict[Any, Any]):
    """A cache for the execution option `compiled_cache`: its keys hold the dialect, what the statement is made of, and how it is sent."""

    def __init__(self) -> None:
        super().__init__()
        self._same: dict[Any, tuple[Any, Any]] = {}

    def get(self, key: Any, default: Any = None) -> Any:
        """What was compiled: at once for a statement that came before, else by what it is made of."""
        made_of = key[1]
        here = (id(made_of), key[0], *key[2:])
        there = self._same.get(here)
        if there is not None and there[0] is made_of:
            return there[1]
        found = super().get(key, default)
        if found is not None:
            self._keep(here, made_of, found)
        return found

    def _keep(self, here: Any, made_of: Any, found: Any) -> None:
        if len(self._same) >= MOST or len(self) >= MOST:
            self._same.clear()
            self.clear()
        self._same[here] = (made_of, found)  # holding `made_of`, so that its id stays its own
