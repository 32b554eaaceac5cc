"""How often a password may be tried: a few times for a name, from an address, then one waits."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

WINDOW_S: Final = 300.0
MOST_A_PAIR: Final = 10
"""Of one name from one address."""
MOST_AN_ADDRESS: Final = 30
MOST_A_NAME: Final = 100
"""From everywhere; many more than of a pair, or one machine could keep somebody out of the station by their name."""
MOST_KEYS: Final = 2048


class Attempts:
    """Attempts that have not succeeded, by name or address, within the last five minutes.

    Args:
        most: so many, and the next one waits.
        steady_s: a clock that nobody sets, in seconds.
    """

    def __init__(self, most: int, *, steady_s: Callable[[], float]) -> None:
        self._most, self._steady_s = most, steady_s
        self._taken: OrderedDict[str, list[float]] = OrderedDict()

    def wait_s(self, key: str) -> float:
        """Return how long a name or an address has to wait; 0 where it may try."""
        taken = self._recent(key)
        return 0.0 if len(taken) < self._most else taken[-self._most] + WINDOW_S - self._steady_s()

    def take(self, key: str) -> None:
        """Count an attempt, before it is made: many at once must not slip through."""
        taken = [*self._recent(key), self._steady_s()][-self._most :]
        self._taken[key] = taken
        self._taken.move_to_end(key)
        while len(self._taken) > MOST_KEYS:
            self._taken.popitem(last=False)

    def give_back(self, key: str) -> None:
        """Forget the newest attempt: it has succeeded."""
        if taken := self._taken.get(key):
            taken.pop()

    def _recent(self, key: str) -> list[float]:
        oldest_s = self._steady_s() - WINDOW_S
        return [at_s for at_s in self._taken.get(key, []) if at_s > oldest_s]
