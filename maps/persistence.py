"""What must hold for some time before it is told, and stay away for some time before it is over. Pure state."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Generic, TypeVar

Key = TypeVar("Key")


@dataclass(slots=True)
class _Held:
    since_ns: int
    last_ns: int
    told: bool = False


class Persistence(Generic[Key]):
    """Remembers since when each key holds; asked once an instant, in order of time; a clock set back ends what held.

    Before it is told one instant without it is enough to forget a key; afterwards it ends after `ends_ns` without it.
    """

    def __init__(self, *, persists_ns: int, ends_ns: int) -> None:
        self._persists_ns, self._ends_ns = persists_ns, ends_ns
        self._held: dict[Key, _Held] = {}

    def __contains__(self, key: Key) -> bool:
        """Say whether a key is remembered, told or not."""
        return key in self._held

    def take(self, now_ns: int, keys: Collection[Key]) -> dict[Key, int]:
        """Take in what holds at an instant and return what is to be told, with the instant since when it holds."""
        for key in keys:
            self._held.setdefault(key, _Held(since_ns=now_ns, last_ns=now_ns)).last_ns = now_ns
        for key, held in list(self._held.items()):
            if abs(now_ns - held.last_ns) > (self._ends_ns if held.told else 0):
                del self._held[key]
            elif now_ns - held.since_ns >= self._persists_ns:
                held.told = True
        return {key: held.since_ns for key, held in self._held.items() if held.told}
