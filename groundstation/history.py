"""The published maps of the last hours, in memory only, compressed, bounded in number and in bytes."""

from __future__ import annotations

import json
import zlib
from bisect import bisect_left
from collections import deque
from typing import Any, Final

from groundstation.instants import NS_PER_S

KEPT_S: Final = 4 * 3600
INTERVAL_S: Final = 10
MAX_BYTES: Final = 64 * 1024 * 1024
MAX_MAPS_AT_ONCE: Final = 360


class DensityHistory:
    """One published map every `INTERVAL_S` over the last `KEPT_S`; when full, the oldest is dropped."""

    def __init__(self) -> None:
        self._times_ns: deque[int] = deque()
        self._packed: deque[bytes] = deque()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._times_ns)

    def put(self, utc_ns: int, document: dict[str, Any]) -> None:
        """Keep the document, unless the last one kept is younger than the interval; later ones are of a wrong clock."""
        while self._times_ns and self._times_ns[-1] > utc_ns:
            self._times_ns.pop()
            self._bytes -= len(self._packed.pop())
        if self._times_ns and utc_ns - self._times_ns[-1] < INTERVAL_S * NS_PER_S:
            return
        packed = zlib.compress(json.dumps(document, allow_nan=False, separators=(",", ":")).encode(), level=6)
        self._times_ns.append(utc_ns)
        self._packed.append(packed)
        self._bytes += len(packed)
        self._drop_oldest(utc_ns)

    def _drop_oldest(self, utc_ns: int) -> None:
        while self._times_ns and (utc_ns - self._times_ns[0] > KEPT_S * NS_PER_S or self._bytes > MAX_BYTES):
            self._times_ns.popleft()
            self._bytes -= len(self._packed.popleft())

    def between(self, from_utc_ns: int, to_utc_ns: int, *, step_s: float) -> list[dict[str, Any]]:
        """Return the maps of a half-open span of time in order, the first of each step.

        Args:
            from_utc_ns: start, included.
            to_utc_ns: end, excluded.
            step_s: least distance in time between two of them.
        """
        maps: list[dict[str, Any]] = []
        due_ns = from_utc_ns
        for place in range(bisect_left(self._times_ns, from_utc_ns), bisect_left(self._times_ns, to_utc_ns)):
            if self._times_ns[place] >= due_ns and len(maps) < MAX_MAPS_AT_ONCE:
                maps.append(json.loads(zlib.decompress(self._packed[place])))
                due_ns = self._times_ns[place] + round(step_s * NS_PER_S)
        return maps
