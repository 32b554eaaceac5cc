"""A bounded queue of pictures for one receiver: a slow one loses pictures, and begins again at a keyframe. Pure."""

from __future__ import annotations

from collections import deque

from sitl.video.rtp import RtpUnit


class UnitQueue:
    """Holds what a receiver has not taken yet.

    A receiver begins at a keyframe. When the queue is full, all before its newest keyframe is dropped; without one
    everything is, and nothing more comes in until the next keyframe: what is taken can always be decoded.

    Args:
        limit: greatest number of pictures held.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._units: deque[RtpUnit] = deque(maxlen=limit)
        self._needs_keyframe = True
        self.dropped = 0

    def put(self, unit: RtpUnit) -> None:
        """Add the newest picture."""
        if len(self._units) == self._limit:
            self._drop_to_keyframe(unit)
        if self._needs_keyframe and not unit.is_keyframe:
            self.dropped += 1
            return
        self._needs_keyframe = False
        self._units.append(unit)

    def take(self) -> RtpUnit | None:
        """Return the oldest picture, or None."""
        return self._units.popleft() if self._units else None

    def _drop_to_keyframe(self, unit: RtpUnit) -> None:
        kept = [at for at, held in enumerate(self._units) if held.is_keyframe and at > 0]
        drops = kept[-1] if kept and not unit.is_keyframe else len(self._units)
        self.dropped += drops
        for _ in range(drops):
            self._units.popleft()
        self._needs_keyframe = not self._units
