"""`RateRequests`: which messages to ask a vehicle for, again and again while they stay away. Pure.

An acknowledgement proves nothing (vehicles accept and send nothing), so only the message itself counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flightlink.messages import AUTOPILOT_VERSION, WANTED_HZ

_S: Final = 1_000_000_000
ASK_AGAIN_NS: Final = 3 * _S
ASK_AGAIN_LATER_NS: Final = 30 * _S
_EAGER_ASKS: Final = 5
"""After so many the vehicle probably cannot; asking slows down but never stops."""
_ENOUGH: Final = 0.5
"""Share of the wanted rate below which a message counts as staying away."""
VERSION_EVERY_NS: Final = 20 * _S
"""The autopilot's own number is asked for again, to notice a second vehicle under the same system id."""


@dataclass(slots=True, kw_only=True)
class _Want:
    rate_hz: float
    looked_utc_ns: int | None = None
    """When its rate was last judged."""
    heard: int = 0
    """Since then."""
    asks: int = 0
    """In a row, without the message coming."""

    def is_due(self, now_utc_ns: int) -> bool:
        """Judge the rate when it is time to, and return whether to ask."""
        if self.looked_utc_ns is None:
            return True
        wait_ns = ASK_AGAIN_NS if self.asks < _EAGER_ASKS else ASK_AGAIN_LATER_NS
        elapsed_ns = now_utc_ns - self.looked_utc_ns
        if elapsed_ns < wait_ns:
            return False
        is_enough = self.heard >= _ENOUGH * self.rate_hz * elapsed_ns / _S
        if is_enough:
            self.asks, self.heard, self.looked_utc_ns = 0, 0, now_utc_ns
        return not is_enough


class RateRequests:
    """The wants of one vehicle."""

    def __init__(self) -> None:
        self._wants = {message_id: _Want(rate_hz=rate_hz) for message_id, rate_hz in WANTED_HZ.items()}
        self._version_asked_utc_ns: int | None = None

    def hear(self, message_id: int) -> None:
        """Note that a message came."""
        want = self._wants.get(message_id)
        if want is not None:
            want.heard += 1

    def due(self, now_utc_ns: int) -> list[tuple[int, float]]:
        """Return (message id, rate in Hz) to ask for now; each is taken as asked."""
        due = [(message_id, want) for message_id, want in self._wants.items() if want.is_due(now_utc_ns)]
        for _, want in due:
            want.looked_utc_ns, want.heard, want.asks = now_utc_ns, 0, want.asks + 1
        return [(message_id, want.rate_hz) for message_id, want in due]

    def version_is_due(self, now_utc_ns: int) -> bool:
        """Return whether to ask for AUTOPILOT_VERSION now; taken as asked."""
        asked_ns = self._version_asked_utc_ns
        is_due = asked_ns is None or now_utc_ns - asked_ns >= VERSION_EVERY_NS
        if is_due:
            self._version_asked_utc_ns = now_utc_ns
        return is_due


ASKED_FOR: Final = frozenset({*WANTED_HZ, AUTOPILOT_VERSION})
"""All message ids that may appear in a request."""
