"""Who looks at what, written down: when a consultation begins and when it ended, not each update of it.

What is asked for again within a minute by the same person at the same place is one consultation, however often; a
socket holds it as long as it is open. So a page that reconnects, and a program that asks each second, are two lines.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from groundstation.audit import Actor, Audit, Plain, acting
from groundstation.errors import NotKeptError
from groundstation.instants import NS_PER_S, text_from_utc_ns
from groundstation.logs import event

CONSULTED: Final = "consulted"
REFUSED: Final = "refused"
GAP_S: Final = 60
"""So long without being asked for, it has ended."""
MOST_OPEN: Final = 1024
MORE: Final = "more"
"""In place of what is looked at, when more is open than is told apart."""
_LOG: Final = logging.getLogger(__name__)


class Key(NamedTuple):
    """What is one consultation: somebody, and what they look at."""

    what: str
    """`consulted`, or `refused` for what was asked for in vain."""
    actor: Actor
    of: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Open:
    since_ns: int
    seen_ns: int
    times: int = 0
    holds: int = 0
    """Sockets that are open."""


class Consultations:
    """What is being looked at.

    Args:
        audit: told of beginnings and ends.
        clock: UTC now in nanoseconds.
    """

    def __init__(self, audit: Audit, *, clock: Callable[[], int]) -> None:
        self._audit, self._clock = audit, clock
        self._open: dict[Key, _Open] = {}

    def note(self, key: Key) -> Key:
        """Note that something is looked at, before it is shown; returns the key under which it is written down.

        Raises:
            NotKeptError: it cannot be written down; then it must not be shown.
        """
        now_ns = self._clock()
        if key not in self._open and len(self._open) >= MOST_OPEN:
            key = Key(key.what, replace(key.actor, who=None, role=None, address=None), MORE)
        known = self._open.get(key)
        if known is None:
            with acting(key.actor):
                self._audit.record(key.what, utc_ns=now_ns, step="begun", of=key.of)
            known = _Open(since_ns=now_ns, seen_ns=now_ns)
        self._open[key] = replace(known, seen_ns=now_ns, times=known.times + 1)
        return key

    @contextmanager
    def held(self, key: Key) -> Iterator[None]:
        """Note that something is looked at for as long as the block lasts.

        Raises:
            NotKeptError: it cannot be written down; then it must not be shown.
        """
        key = self.note(key)
        self._hold(key, 1)
        try:
            yield
        finally:
            self._hold(key, -1)

    def _hold(self, key: Key, more: int) -> None:
        if (known := self._open.get(key)) is not None:
            self._open[key] = replace(known, holds=known.holds + more, seen_ns=self._clock())

    def record(self, what: str, **values: Plain) -> None:
        """Write one line down at once.

        Raises:
            NotKeptError: it cannot be written down; then it must not be done.
        """
        self._audit.record(what, utc_ns=self._clock(), **values)

    def sweep(self) -> None:
        """Write down what has ended; called every few seconds."""
        oldest_ns = self._clock() - GAP_S * NS_PER_S
        self._end([key for key, one in self._open.items() if not one.holds and one.seen_ns <= oldest_ns])

    def end_all(self) -> None:
        """Write down that all has ended: the station stops."""
        self._end(list(self._open))

    def _end(self, keys: list[Key]) -> None:
        for key in keys:
            one = self._open[key]
            until_ns = self._clock() if one.holds else one.seen_ns
            span = {"since_utc": text_from_utc_ns(one.since_ns), "until_utc": text_from_utc_ns(until_ns)}
            try:
                with acting(key.actor):
                    self._audit.record(key.what, utc_ns=self._clock(), step="ended", of=key.of, times=one.times, **span)
            except NotKeptError as error:  # it stays open, and is tried again
                event(_LOG, "audit_incomplete", level=logging.ERROR, deed=key.what, step="ended", why=error)
                return
            del self._open[key]
