"""When a live picture was taken: arrival less latency, smoothed by the stream's own clock."""

from __future__ import annotations

from collections import deque
from typing import Final

WINDOW_NS: Final = 10_000_000_000
SETTLING_NS: Final = 1_500_000_000
"""FFmpeg's probing leaves a backlog that comes out in one burst; frames before this age of the stream are late."""
JUMP_NS: Final = 1_000_000_000


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

    def utc_ns(self, *, stamp_ns: int, arrival_utc_ns: int) -> int:
        """Return the capture time of a frame; a jump of the stream's or the machine's clock starts over."""
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

    def settled(self, arrival_utc_ns: int) -> bool:
        """Say whether the stream has run long enough for its times to be trusted."""
        return self._first_arrival_ns is not None and arrival_utc_ns - self._first_arrival_ns >= SETTLING_NS
