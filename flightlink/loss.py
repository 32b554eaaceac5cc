"""Loss and rate of one sender from its sequence numbers, over a sliding window. Never from a radio's own status."""

from __future__ import annotations

from collections import deque
from typing import Final

WINDOW_NS: Final = 10_000_000_000
_BUCKET_NS: Final = 1_000_000_000
_REORDER: Final = 16
"""A number up to this far behind the newest is late or doubled, not a gap of nearly 256."""


class LossMeter:
    """Counts frames and the gaps between their numbers for one (system id, component id)."""

    def __init__(self) -> None:
        self._newest: int | None = None
        self._buckets: deque[list[int]] = deque()
        """Start of the second, frames, lost."""

    def count(self, sequence: int, received_utc_ns: int) -> None:
        """Take the next frame's number."""
        lost = 0
        step = (sequence - self._newest) % 256 if self._newest is not None else 1
        if 0 < step <= 256 - _REORDER:
            lost, self._newest = step - 1, sequence
        self._bucket(received_utc_ns)[1] += 1
        self._bucket(received_utc_ns)[2] += lost

    def restart(self) -> None:
        """Forget the numbers, because the sender rebooted and began anew."""
        self._newest = None
        self._buckets.clear()

    def loss_share(self, now_utc_ns: int) -> float | None:
        """Return lost / (lost + received) in the window, None when nothing came."""
        _, frames, lost = self._sums(now_utc_ns)
        return lost / (lost + frames) if frames else None

    def frames_per_s(self, now_utc_ns: int) -> float:
        """Return the rate over the window, or over what of it has passed since the first frame."""
        first_ns, frames, _ = self._sums(now_utc_ns)
        return frames / max(1.0, (now_utc_ns - first_ns) / 1e9)

    def _bucket(self, received_utc_ns: int) -> list[int]:
        start_ns = received_utc_ns // _BUCKET_NS * _BUCKET_NS
        if not self._buckets or start_ns > self._buckets[-1][0]:
            self._buckets.append([start_ns, 0, 0])
        while self._buckets[-1][0] - self._buckets[0][0] > WINDOW_NS:
            self._buckets.popleft()
        return self._buckets[-1]

    def _sums(self, now_utc_ns: int) -> tuple[int, int, int]:
        recent = [bucket for bucket in self._buckets if bucket[0] >= now_utc_ns - WINDOW_NS]
        if not recent:
            return now_utc_ns, 0, 0
        return recent[0][0], sum(bucket[1] for bucket in recent), sum(bucket[2] for bucket in recent)
