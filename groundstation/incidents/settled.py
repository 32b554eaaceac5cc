"""What keeps the incident log short: a state counts when it has held, and changes of a kind are bounded."""

from __future__ import annotations

from collections import deque
from typing import Final

from groundstation.instants import NS_PER_S

MOST_IN_A_WINDOW: Final = 30
"""Entries of one kind; what is more is counted and told when there is room again."""
WINDOW_NS: Final = 600 * NS_PER_S


class Settled:
    """States by name, each told once it has held for some seconds and is another than was told before.

    Args:
        hold_s: so long.
    """

    def __init__(self, hold_s: float) -> None:
        self._hold_ns = round(hold_s * NS_PER_S)
        self._held: dict[str, tuple[str, int]] = {}
        self._told: dict[str, str] = {}

    def take(self, name: str, state: str, utc_ns: int) -> tuple[str | None] | None:
        """Take in a state; return the one that was told before in a tuple where this one is to be told, else None."""
        held, since_ns = self._held.get(name, ("", 0))
        if held != state or utc_ns < since_ns:
            self._held[name] = state, utc_ns
            since_ns = utc_ns
        before = self._told.get(name)
        if before == state or utc_ns - since_ns < self._hold_ns:
            return None
        self._told[name] = state
        return (before,)


class Room:
    """How many entries of a kind may still be written; a bound, so that a flicker fills no disk and hides no entry."""

    def __init__(self) -> None:
        self._written: dict[str, deque[int]] = {}
        self._left_out: dict[str, int] = {}

    def takes(self, kind: str, utc_ns: int) -> bool:
        """Say whether an entry is to be written; one that is not is counted."""
        written = self._in_window(kind, utc_ns)
        if len(written) >= MOST_IN_A_WINDOW:
            self._left_out[kind] = self._left_out.get(kind, 0) + 1
            return False
        written.append(utc_ns)
        return True

    def left_out(self, utc_ns: int) -> dict[str, int]:
        """Return how many of each kind were left out, where there is room again; each is told once."""
        ready = {
            kind: count
            for kind, count in self._left_out.items()
            if len(self._in_window(kind, utc_ns)) < MOST_IN_A_WINDOW
        }
        for kind in ready:
            del self._left_out[kind]
        return ready

    def _in_window(self, kind: str, utc_ns: int) -> deque[int]:
        written = self._written.setdefault(kind, deque(maxlen=MOST_IN_A_WINDOW))
        while written and not 0 <= utc_ns - written[0] < WINDOW_NS:  # also after the clock was set back
            written.popleft()
        return written
