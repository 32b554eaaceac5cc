"""Loss and rate of one sender over one link, from its sequence numbers. Never from a radio's own status.

What is missing is what the numbers promise and what did not come: a late frame fills its gap, a doubled one fills none.
"""

from __future__ import annotations

from collections import deque
from typing import Final

WINDOW_NS: Final = 10_000_000_000
_BUCKET_NS: Final = 1_000_000_000
LATE: Final = 32
"""A number up to this far behind the newest is late or doubled, not a gap of nearly 256."""
_SILENCE_NS: Final = 1_000_000_000
"""After a longer silence nothing comes late any more, and the numbers may have gone round unseen."""

_HEARD_NS: Final = 3_000_000_000


class LossMeter:
    """Counts frames and the gaps between their numbers for one (system id, component id).

    Args:
        late: numbers up to this far behind the newest are late ones; the more links, the more of them.
    """

    def __init__(self, late: int = LATE) -> None:
        self._late = late
        self._mask = (1 << (late + 1)) - 1
        self._newest: int | None = None
        self._seen = 0
        """Bit n is set when the number n behind the newest came."""
        self._last_ns = 0
        self._buckets: deque[list[int]] = deque()
        """Start of the second, frames, numbers that came, numbers that were promised."""

    def count(self, sequence: int, received_utc_ns: int) -> None:
        """Take the next frame's number."""
        buckets = self._buckets
        bucket = buckets[-1] if buckets else None
        if bucket is None or not 0 <= received_utc_ns - bucket[0] < _BUCKET_NS:
            bucket = self._bucket(received_utc_ns)
        bucket[1] += 1
        step = 1 if self._newest is None else (sequence - self._newest) & 255
        silence_ns = received_utc_ns - self._last_ns
        self._last_ns = received_utc_ns
        if step == 1 and silence_ns < _SILENCE_NS:
            self._newest, self._seen = sequence, (self._seen << 1 | 1) & self._mask
            bucket[2] += 1
            bucket[3] += 1
        else:
            self._count_uneven(bucket, sequence, step, silence_ns)

    def _count_uneven(self, bucket: list[int], sequence: int, step: int, silence_ns: int) -> None:
        behind = 256 - step if step else 0
        if silence_ns < _SILENCE_NS and behind <= self._late and self._newest is not None:
            is_new = not self._seen >> behind & 1
            self._seen |= 1 << behind
            bucket[2] += is_new
            return
        if silence_ns >= _SILENCE_NS and self._newest is not None:
            step += self._rounds(step, silence_ns)
        self._newest, self._seen = sequence, (self._seen << step | 1) & self._mask
        bucket[2] += step > 0
        bucket[3] += step

    def _rounds(self, step: int, silence_ns: int) -> int:
        """Return by how much more the numbers went on in a silence: whole rounds of 256, at the rate before it."""
        expected = self.frames_per_s(self._last_ns - silence_ns) * silence_ns / 1e9
        return max(0, round((expected - step) / 256)) * 256

    def is_heard(self, now_utc_ns: int) -> bool:
        """Return whether a frame came lately: a link that fell silent says nothing of the present."""
        return abs(now_utc_ns - self._last_ns) < _HEARD_NS

    def restart(self) -> None:
        """Forget the numbers, because the sender rebooted and began anew."""
        self._newest, self._seen = None, 0
        self._buckets.clear()

    def loss_share(self, now_utc_ns: int) -> float | None:
        """Return the share of the promised numbers that did not come in the window, None when nothing came."""
        _, _, came, promised = self._sums(now_utc_ns)
        return max(0.0, 1 - came / promised) if promised else None

    def frames_per_s(self, now_utc_ns: int) -> float:
        """Return the rate over the window, or over what of it has passed since the first frame."""
        first_ns, frames, _, _ = self._sums(now_utc_ns)
        return frames / max(1.0, (now_utc_ns - first_ns) / 1e9)

    def _bucket(self, received_utc_ns: int) -> list[int]:
        start_ns = received_utc_ns // _BUCKET_NS * _BUCKET_NS
        if self._buckets and start_ns < self._buckets[-1][0] - _BUCKET_NS:
            self._buckets.clear()  # the clock was set back
        if not self._buckets or start_ns > self._buckets[-1][0]:
            self._buckets.append([start_ns, 0, 0, 0])
        while self._buckets[-1][0] - self._buckets[0][0] > WINDOW_NS:
            self._buckets.popleft()
        return self._buckets[-1]

    def _sums(self, now_utc_ns: int) -> tuple[int, int, int, int]:
        recent = [bucket for bucket in self._buckets if bucket[0] >= now_utc_ns - WINDOW_NS]
        if not recent:
            return now_utc_ns, 0, 0, 0
        frames, came, promised = (sum(bucket[part] for bucket in recent) for part in (1, 2, 3))
        return recent[0][0], frames, came, promised
