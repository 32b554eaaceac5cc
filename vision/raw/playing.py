"""Which frames of a recording are shown, and when, while a replay's clock runs. Pure: times are arguments.

Up to the camera's own speed every frame is shown, later than live. Above it the machine could not look for people in
every frame, so the recording is shown in pieces at its own speed, each beginning where the clock is by then: within a
piece frames, looks and masks are as close to each other as they were live.
"""

from __future__ import annotations

from typing import Final

from flightlink.replay_time import ReplayTime

PIECES_NS: Final = (1_500_000_000, 4_000_000_000)
"""Shortest and longest piece above the camera's own speed, on this machine's clock."""
MOST_BEHIND_NS: Final = 6_000_000_000
"""Recorded time by which the end of a piece may lie behind the clock, where the shortest piece allows it."""
LATE_NS: Final = 400_000_000
"""A frame so long after its time is left out: a machine that is too slow shows fewer frames, not older ones."""
PATIENCE_NS: Final = 2_000_000_000
"""Where the clock was not reached again for so long, a piece begins all the same, behind it."""
SEEK_NS: Final = 3_000_000_000
"""More than this is not decoded on the way to the clock, but left out of the file."""


def piece_ns(speed: float) -> int:
    """Return the length of a piece above the camera's own speed: long, as its beginning is fill, but not far behind."""
    shortest, longest = PIECES_NS
    return round(min(max(MOST_BEHIND_NS / (speed - 1), shortest), longest))


class Playing:
    """The frames of one recording by a replay's clock."""

    def __init__(self, time: ReplayTime) -> None:
        self._time = time
        self._pace = min(1.0, time.speed)
        self._piece: tuple[int, int] | None = None
        """Recorded and real instant from which its frames count."""
        self._begun_ns = 0
        self._left_out_since_ns: int | None = None
        self._seek_ns = SEEK_NS
        self._sought: tuple[int, int] | None = None
        """Where the last seek began and where it wanted to get."""

    def due_ns(self, utc_ns: int, now_ns: int) -> int | None:
        """Return when the frame of a recorded instant is due on the steady clock, None where it is left out."""
        due_ns = self._due_in_piece_ns(utc_ns, now_ns)
        if due_ns is not None and now_ns - due_ns > LATE_NS:
            due_ns = self._late_ns(utc_ns, now_ns)
        if due_ns is not None:
            self._left_out_since_ns = None
            return due_ns
        if self._left_out_since_ns is None:
            self._left_out_since_ns = now_ns
        if now_ns - self._left_out_since_ns < PATIENCE_NS:
            return None
        self._left_out_since_ns = None
        return self._begun(utc_ns, now_ns)

    def _due_in_piece_ns(self, utc_ns: int, now_ns: int) -> int | None:
        if self._piece is not None and self._time.speed > 1 and now_ns - self._begun_ns >= piece_ns(self._time.speed):
            self._piece = None
        if self._piece is None:
            if utc_ns < self._time.video_utc_ns(now_ns):
                return None
            self._begun(utc_ns, self._time.steady_ns(utc_ns + self._time.video_delay_ns))
        anchor_utc_ns, anchor_ns = self._piece or (utc_ns, now_ns)
        return anchor_ns + round((utc_ns - anchor_utc_ns) / self._pace)

    def _begun(self, utc_ns: int, at_ns: int) -> int:
        self._piece, self._begun_ns = (utc_ns, at_ns), at_ns
        return at_ns

    def _late_ns(self, utc_ns: int, now_ns: int) -> int | None:
        """Let a piece slip, which lies behind the clock anyhow; else leave frames out until the clock is reached."""
        self._piece = (utc_ns, now_ns) if self._time.speed > 1 else None
        return now_ns if self._piece is not None else None

    def seek_utc_ns(self, utc_ns: int, now_ns: int) -> int | None:
        """Return where in the recording to go on after a frame that is left out, None to read on.

        Where keyframes are far apart a seek may lead back: then the next one waits until it is worth twice as much.
        """
        if self._sought is not None and utc_ns <= self._sought[0]:
            self._seek_ns, self._sought = 2 * self._seek_ns, None
        goal_ns = self._time.video_utc_ns(now_ns)
        behind_ns = goal_ns - max(utc_ns, self._sought[1] if self._sought else utc_ns)
        if behind_ns <= self._seek_ns:
            return None
        self._sought = utc_ns, goal_ns
        return goal_ns
