"""When a live picture was taken: arrival less latency, smoothed by the stream's own clock."""

from __future__ import annotations

import time
from collections import deque
from typing import Final

from vision.errors import SourceLostError

WINDOW_NS: Final = 10_000_000_000
SETTLING_NS: Final = 1_500_000_000
"""FFmpeg's probing leaves a backlog that comes out in one burst; frames before this age of the stream are late."""
JUMP_NS: Final = 1_000_000_000
STEP_NS: Final = 50_000_000
"""The machine's UTC was set if it moves so far against a clock that nobody can set; slewing is far slower."""
READ_WITHIN_NS: Final = 1_000_000


def utc_and_steady_ns() -> tuple[int, int]:
    """Return UTC and a clock that nobody can set, read together: a busy machine must not look like a set clock."""
    while True:
        steady_ns = time.monotonic_ns()
        utc_ns = time.time_ns()
        if time.monotonic_ns() - steady_ns < READ_WITHIN_NS:
            return utc_ns, steady_ns


class LiveClock:
    """Maps a stream's time stamps to UTC by the quickest arrival of the last 10 s.

    A frame's capture time is its time stamp plus the least (arrival - stamp) seen, less the calibrated latency:
    jitter only ever delays an arrival, so the least delay is the truest.
    """

    def __init__(self, *, latency_ns: int) -> None:
        """Set the calibrated latency from capture to arrival."""
        self._latency_ns = latency_ns
        self._delays: deque[tuple[int, int]] = deque(maxlen=1024)
        self._first_arrival_ns: int | None = None
        self._utc_less_steady_ns: int | None = None

    def utc_ns(self, *, stamp_ns: int, arrival_utc_ns: int, arrival_steady_ns: int) -> int:
        """Return the capture time of a frame; a jump of the stream's clock starts over.

        Args:
            stamp_ns: Of the frame, on the stream's clock.
            arrival_utc_ns: When it came, by the machine's UTC, which somebody may set.
            arrival_steady_ns: The same by a clock that nobody can set.

        Raises:
            SourceLostError: the machine's UTC was set; poses and looks of before would count as of another time.
        """
        self._refuse_set_clock(arrival_utc_ns - arrival_steady_ns)
        delay_ns = arrival_utc_ns - stamp_ns
        if self._delays and abs(delay_ns - self._delays[-1][1]) > JUMP_NS:
            self._delays.clear()
            self._first_arrival_ns = None
        if self._first_arrival_ns is None:
            self._first_arrival_ns = arrival_utc_ns
        self._delays.append((arrival_utc_ns, delay_ns))
        while self._delays[0][0] < arrival_utc_ns - WINDOW_NS:
            self._delays.popleft()
        return stamp_ns + min(delay for _, delay in self._delays) - self._latency_ns

    def _refuse_set_clock(self, utc_less_steady_ns: int) -> None:
        before_ns = utc_less_steady_ns if self._utc_less_steady_ns is None else self._utc_less_steady_ns
        self._utc_less_steady_ns = utc_less_steady_ns
        if abs(utc_less_steady_ns - before_ns) > STEP_NS:
            set_by_s = (utc_less_steady_ns - before_ns) / 1e9
            raise SourceLostError(f"the machine's clock was set by {set_by_s:+.2f} s; all begins anew")

    def settled(self, arrival_utc_ns: int) -> bool:
        """Say whether the stream has run long enough for its times to be trusted."""
        return self._first_arrival_ns is not None and arrival_utc_ns - self._first_arrival_ns >= SETTLING_NS
