"""Which frames of a recording are shown, and when, while a replay's clock runs. Pure: times are arguments.

Up to the camera's own speed every frame is shown, later than live. Above it the machine could not look for people in
every frame, so the recording is shown in pieces at its own speed, each beginning where the clock is by then: within a
piece frames, looks and masks are as close to each other as they were live.
"""

from __future__ import annotations

from typing import Final

from flightlink.replay_time import ReplayTime

PIECE_NS: Final = 1_500_000_000
"""Length of a piece, on this machine's clock."""
LATE_NS: Final = 400_000_000
"""A frame so long after its time is left out: a machine that is too slow shows fewer frames, not older ones."""
SEEK_NS: Final = 3_000_000_000
"""More than this is not decoded on the way to the clock, but left out of the file."""


class Playing:
    """The frames of one recording by a replay's clock."""

    def __init__(self, time: ReplayTime) -> None:
        self._time = time
        self._piece: tuple[int, int] | None = None
        self._sought_utc_ns = 0

    def due_ns(self, utc_ns: int, now_ns: int) -> int | None:
        """Return when the frame of a recorded instant is due on the steady clock, None where it is left out."""
        if self._time.speed > 1:
            due_ns = self._due_in_piece_ns(utc_ns, now_ns)
        else:
            due_ns = self._time.steady_ns(utc_ns + self._time.video_delay_ns)
        return None if due_ns is None or now_ns - due_ns > LATE_NS else due_ns

    def _due_in_piece_ns(self, utc_ns: int, now_ns: int) -> int | None:
        if self._piece is not None and now_ns - self._piece[1] >= PIECE_NS:
            self._piece = None
        if self._piece is None:
            if utc_ns < self._time.video_utc_ns(now_ns):
                return None
            self._piece = utc_ns, self._time.steady_ns(utc_ns + self._time.video_delay_ns)
        begun_utc_ns, begun_ns = self._piece
        return begun_ns + utc_ns - begun_utc_ns

    def seek_utc_ns(self, utc_ns: int, now_ns: int) -> int | None:
        """Return where in the recording to go on after a frame that is left out, None to read on."""
        wanted_ns = self._time.video_utc_ns(now_ns)
        if wanted_ns - max(utc_ns, self._sought_utc_ns) <= SEEK_NS:
            return None
        self._sought_utc_ns = wanted_ns
        return wanted_ns
