"""`RateRequests`: which messages to ask a vehicle for over one link, again while they stay away. Pure.

An acknowledgement proves nothing (vehicles accept and send nothing), so only the message itself counts. A refusal does
tell something: what is refused is asked for seldom, and anew after a reboot.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flightlink.mavlink.messages import (
    ASKED_ONCE,
    GIMBAL_DEVICE_ATTITUDE_STATUS,
    MOUNT_STATUS,
    MOUNT_STATUS_HZ,
    WANTED_HZ,
)

_S: Final = 1_000_000_000
ASK_AGAIN_NS: Final = 3 * _S
ASK_LATER_NS: Final = 30 * _S
ASK_REFUSED_NS: Final = 60 * _S
LOOK_EVERY_NS: Final = _S // 2
_EAGER_ASKS: Final = 3
"""After so many the vehicle probably cannot; asking slows down but never stops."""
_BURST_ASKS: Final = 2
"""So often all are asked at once; later one at a time, so that an answer says which one it means."""
_ANSWER_NS: Final = _S
_ENOUGH: Final = 0.5
"""Share of the wanted rate below which a message counts as staying away."""
REFUSED: Final = frozenset({2, 3, 4})
"""MAV_RESULT: denied, unsupported, failed."""


@dataclass(slots=True, kw_only=True)
class _Want:
    rate_hz: float
    looked_utc_ns: int | None = None
    """When its rate was last judged."""
    heard: int = 0
    """Since then."""
    asks: int = 0
    """In a row, without the message coming."""
    is_refused: bool = False

    @property
    def wait_ns(self) -> int:
        """How long after the last look it is judged again."""
        if self.is_refused:
            return ASK_REFUSED_NS
        return int(min(ASK_LATER_NS, ASK_AGAIN_NS * 2 ** max(0, self.asks - _EAGER_ASKS + 1)))

    def is_due(self, now_utc_ns: int) -> bool:
        """Judge the rate when it is time to, and return whether to ask."""
        if self.looked_utc_ns is None:
            return True
        elapsed_ns = now_utc_ns - self.looked_utc_ns
        if 0 <= elapsed_ns < (ASK_AGAIN_NS if self.heard else self.wait_ns):
            return False
        is_enough = self.heard >= _ENOUGH * self.rate_hz * elapsed_ns / _S
        if is_enough:
            self.asks, self.heard, self.looked_utc_ns, self.is_refused = 0, 0, now_utc_ns, False
        return not is_enough


class RateRequests:
    """The wants of one vehicle over one link."""

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Begin anew: the vehicle rebooted and has forgotten what it was asked."""
        self._wants = {message_id: _Want(rate_hz=rate_hz) for message_id, rate_hz in WANTED_HZ.items()}
        self._old_gimbal = _Want(rate_hz=MOUNT_STATUS_HZ)
        self._quiet_until_ns: int | None = None
        """Nothing was due a moment ago: no need to look again before."""
        self._asked: tuple[_Want, int] | None = None
        """The single one whose acknowledgement is awaited, and when it was asked for."""

    def hear(self, message_id: int) -> None:
        """Note that a message came."""
        want = self._wants.get(message_id)
        if want is not None:
            want.heard += 1
        elif message_id == MOUNT_STATUS:
            self._old_gimbal.heard += 1

    def acknowledge(self, result: int) -> None:
        """Take the result of a request for an interval: only a refusal of the single one asked for says anything."""
        if self._asked is not None:
            self._asked[0].is_refused = result in REFUSED
            self._asked = None

    def due(self, now_utc_ns: int) -> list[tuple[int, float]]:
        """Return (message id, rate in Hz) to ask for now; each is taken as asked."""
        if self._quiet_until_ns is not None and 0 < self._quiet_until_ns - now_utc_ns <= LOOK_EVERY_NS:
            return []
        due = [(message_id, want) for message_id, want in self._open_wants() if want.is_due(now_utc_ns)]
        if not due:
            self._quiet_until_ns = now_utc_ns + LOOK_EVERY_NS
            return []
        chosen = [(message_id, want) for message_id, want in due if want.asks < _BURST_ASKS and not want.is_refused]
        if not chosen and (self._asked is None or now_utc_ns - self._asked[1] >= _ANSWER_NS):
            chosen = [min(due, key=lambda one: one[1].looked_utc_ns or 0)]
            self._asked = (chosen[0][1], now_utc_ns)
        for _, want in chosen:
            want.looked_utc_ns, want.heard, want.asks = now_utc_ns, 0, want.asks + 1
        return [(message_id, want.rate_hz) for message_id, want in chosen]

    def _open_wants(self) -> list[tuple[int, _Want]]:
        """Return all wants; the gimbal's message of old firmware only where the present one stays away."""
        wants = list(self._wants.items())
        gimbal = self._wants[GIMBAL_DEVICE_ATTITUDE_STATUS]
        is_away = gimbal.is_refused or (gimbal.asks >= _EAGER_ASKS and not gimbal.heard)
        return [*wants, (MOUNT_STATUS, self._old_gimbal)] if is_away else wants

    @property
    def missing(self) -> tuple[int, ...]:
        """Message ids that were asked for several times and stay away, though nobody refused them."""
        return tuple(sorted(number for number, want in self._wants.items() if want.asks > 1 and not want.is_refused))

    @property
    def refused(self) -> tuple[int, ...]:
        """Message ids that the vehicle refused to send."""
        return tuple(sorted(number for number, want in self._wants.items() if want.is_refused))


ASKED_FOR: Final = frozenset({*WANTED_HZ, *ASKED_ONCE, MOUNT_STATUS})
"""All message ids that may appear in a request."""
