"""How far a withheld entry could be from its value, given all that is printed: the flow of people round the withheld entries.

Moving people round a circle of withheld entries leaves every printed sum as it is. Rows and columns are the nodes of a network and
withheld entries its edges, so the farthest that an entry can move is the largest flow back from its column to its row; and where the
flow is too small, the narrowest cut shows which entries would have to be withheld besides. Flows are whole, as people are.
"""

from collections.abc import Iterable
from typing import NamedTuple

from app.evaluation.rules.statistics.suppression.tables import Entry, Table

Node = tuple[str, int]
NO_LIMIT = 10**18


def needed_width(threshold: int) -> int:
    """How far apart the least and the most that a withheld entry could be must lie; at least three numbers remain possible."""
    return max(threshold - 1, 2)


class Move(NamedTuple):
    """How far an entry can go in one direction, and the nodes on this side of what stops it; none if its own value does."""

    amount: int
    side: frozenset[Node] | None


class Freedom:
    """The network of a table's withheld entries."""

    def __init__(self, table: Table, withheld: Iterable[Entry]) -> None:
        self.table = table
        self.room: dict[Node, dict[Node, int]] = {}
        for entry in withheld:
            self.add(entry)

    def add(self, entry: Entry) -> None:
        """Withhold one more entry."""
        row, col = nodes(entry)
        self.room.setdefault(row, {})[col] = forward(self.table, entry)
        self.room.setdefault(col, {})[row] = backward(self.table, entry)

    def moves(self, entry: Entry, enough: int) -> tuple[Move, Move]:
        """How far a withheld entry can rise and fall, each looked into only as far as it is enough."""
        row, col = nodes(entry)
        ways = ((col, row), (row, col)) if raises_forward(self.table, entry) else ((row, col), (col, row))
        kept = self.room[row].pop(col), self.room[col].pop(row)
        rise = self._flow(*ways[0], enough)
        own = self.table.values[entry] - 1
        fall = Move(own, None) if own == 0 else self._flow(*ways[1], min(own, enough))
        if own < enough and fall.amount == own:
            fall = Move(own, None)
        self.room[row][col], self.room[col][row] = kept
        return rise, fall

    def width(self, entry: Entry, enough: int) -> int:
        """Between the least and the most that the entry could be, or more than enough."""
        rise, fall = self.moves(entry, enough)
        return rise.amount + fall.amount

    def _flow(self, source: Node, sink: Node, enough: int) -> Move:
        """The largest flow, or enough, with the network left as it was."""
        pushed: list[tuple[Node, Node, int]] = []
        amount = 0
        side: frozenset[Node] | None = None
        while amount < enough:
            came_from = self._reached(source, sink)
            if sink not in came_from:
                side = frozenset(came_from)
                break
            path = [sink]
            while path[-1] != source:
                path.append(came_from[path[-1]])
            steps = list(zip(path[1:], path, strict=False))
            most = min(enough - amount, *(self.room[here][there] for here, there in steps))
            self._push(steps, most)
            pushed += [(there, here, most) for here, there in steps]
            amount += most
        for here, there, most in pushed:
            self._push([(here, there)], most)
        return Move(amount, side)

    def _push(self, steps: Iterable[tuple[Node, Node]], most: int) -> None:
        for here, there in steps:
            self.room[here][there] -= most
            self.room[there][here] += most

    def _reached(self, source: Node, sink: Node) -> dict[Node, Node]:
        """From where each node is reached, until the sink is; one way is followed as far as it goes, since a node may have a thousand others."""
        came_from, ways = {source: source}, [(source, iter(self.room.get(source, ())))]
        while ways:
            here, others = ways[-1]
            rooms = self.room.get(here, {})
            if rooms.get(sink, 0) > 0:
                came_from[sink] = here
                return came_from
            there = next((other for other in others if rooms[other] > 0 and other not in came_from), None)
            if there is None:
                ways.pop()
                continue
            came_from[there] = here
            ways.append((there, iter(self.room.get(there, ()))))
        return came_from


def nodes(entry: Entry) -> tuple[Node, Node]:
    """The row and the column of an entry as nodes of the network."""
    return ("row", entry[0]), ("col", entry[1])


def raises_forward(table: Table, entry: Entry) -> bool:
    """Whether flow from its row to its column makes the entry larger: so for cells and the grand total; other totals stand on the other side."""
    return not table.is_margin(entry)


def forward(table: Table, entry: Entry) -> int:
    """How much can flow from its row to its column. An entry can grow without limit, and fall to 1, since zeros are printed."""
    return NO_LIMIT if raises_forward(table, entry) else table.values[entry] - 1


def backward(table: Table, entry: Entry) -> int:
    """How much can flow from its column to its row."""
    return table.values[entry] - 1 if raises_forward(table, entry) else NO_LIMIT
