"""`BootClock`: a sender's time since boot on the station's clock, from TIMESYNC, else from the quickest arrivals.

SYSTEM_TIME (GPS) is not used for this: it may be most of a second behind the clock that stamps the frames.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

_S: Final = 1_000_000_000
WINDOW_NS: Final = 20 * _S
"""Samples kept: a clock that drifts 85 ppm moves 1.7 ms in it."""
_BUCKET_NS: Final = _S // 2
SETTLE_NS: Final = _S // 2
"""After a restart the first arrivals may be late ones; before this has passed there is no time."""
SILENCE_NS: Final = 2 * _S
"""After a longer silence the sender may have rebooted: begin anew."""
_STEP_NS: Final = _S // 2
_STEP_FOR_NS: Final = 3 * _S
_CONTRADICTS_NS: Final = _S // 20
"""Two round trips tell one clock's offset within half of each; what is further apart by this means that it stepped."""
_BACK_NS: Final = _S
_BACK_TIMES: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Exchange:
    """One TIMESYNC round trip."""

    received_utc_ns: int
    offset_ns: int
    """Station's clock minus time since boot, half-way."""
    round_trip_ns: int


class BootClock:
    """Maps the time since boot of one component to the station's UTC; notices when it rebooted."""

    def __init__(self) -> None:
        self._forget()
        self._times_back = 0
        self.reboots = 0
        """How often the sender's time since boot began anew."""

    def _forget(self) -> None:
        self._first_received_ns: int | None = None
        self._last_received_ns = 0
        self._newest_boot_ns = 0
        self._quickest: deque[tuple[int, int]] = deque()
        """(bucket, smallest of arrival minus boot time in it)."""
        self._smallest_ns = 0
        """Of all buckets."""
        self._exchanges: deque[_Exchange] = deque()
        self._best_exchange: _Exchange | None = None
        """The quickest of them."""
        self._contradicted = False
        """Whether the exchanges say that the clock stepped since the last message."""

    @property
    def offset_ns(self) -> int | None:
        """UTC minus time since boot, or None before the clock has settled."""
        best = self._best_exchange
        if best is not None:
            return best.offset_ns
        if self._first_received_ns is None or self._last_received_ns - self._first_received_ns < SETTLE_NS:
            return None
        return self._smallest_ns

    def utc_ns(self, boot_ns: int) -> int | None:
        """Return the station's UTC of a time since boot."""
        offset_ns = self.offset_ns
        return None if offset_ns is None else boot_ns + offset_ns

    def boot_ns(self, utc_ns: int) -> int | None:
        """Return the time since boot at an instant of the station's UTC."""
        offset_ns = self.offset_ns
        return None if offset_ns is None else utc_ns - offset_ns

    def take(self, boot_ns: int, received_utc_ns: int) -> tuple[bool, bool]:
        """Take one stamped message; return (the stamp may be used, the clock began anew)."""
        if self._first_received_ns is None:
            self._learn(boot_ns, received_utc_ns)
            return True, False
        is_back = boot_ns < self._newest_boot_ns - _BACK_NS
        self._times_back = self._times_back + 1 if is_back else 0
        silent = received_utc_ns - self._last_received_ns > SILENCE_NS
        contradicted = self._contradicted or self._is_from_the_future(boot_ns, received_utc_ns)
        stepped = contradicted or self._has_stepped(boot_ns, received_utc_ns)
        restarted = silent or self._times_back >= _BACK_TIMES or stepped
        if restarted:
            self.reboots += is_back
            newest = self._exchanges[-1] if self._contradicted else None
            self._forget()
            self._times_back = 0
            self._exchanges.extend([newest] if newest else [])
            self._best_exchange = newest
        elif is_back:
            return False, False
        self._learn(boot_ns, received_utc_ns)
        return True, restarted

    def take_exchange(self, *, sent_utc_ns: int, boot_ns: int, received_utc_ns: int) -> None:
        """Take one answer to our TIMESYNC: offset = (sent + received) / 2 - boot."""
        offset_ns = (sent_utc_ns + received_utc_ns) // 2 - boot_ns
        round_trip_ns = received_utc_ns - sent_utc_ns
        if self._contradicts(offset_ns, round_trip_ns):
            self._contradicted = True
            self._exchanges.clear()
            self._best_exchange = None
        exchange = _Exchange(received_utc_ns=received_utc_ns, offset_ns=offset_ns, round_trip_ns=round_trip_ns)
        self._exchanges.append(exchange)
        if self._best_exchange is None or round_trip_ns < self._best_exchange.round_trip_ns:
            self._best_exchange = exchange
        self._drop_old_exchanges(received_utc_ns)

    def _contradicts(self, offset_ns: int, round_trip_ns: int) -> bool:
        best = self._best_exchange
        if best is None:
            return False
        return abs(best.offset_ns - offset_ns) > (best.round_trip_ns + round_trip_ns) // 2 + _CONTRADICTS_NS

    @property
    def round_trip_ms(self) -> float | None:
        """Quickest round trip in the window; the clock's error is at most half of it."""
        best = self._best_exchange
        return None if best is None else best.round_trip_ns / 1e6

    def _learn(self, boot_ns: int, received_utc_ns: int) -> None:
        if self._first_received_ns is None:
            self._first_received_ns = received_utc_ns
        self._last_received_ns = received_utc_ns
        self._newest_boot_ns = max(self._newest_boot_ns, boot_ns)
        self._add_quickest(received_utc_ns // _BUCKET_NS, received_utc_ns - boot_ns)
        self._drop_old_exchanges(received_utc_ns)

    def _add_quickest(self, bucket: int, offset_ns: int) -> None:
        if self._quickest and self._quickest[-1][0] >= bucket:
            last, smallest_ns = self._quickest.pop()
            self._quickest.append((last, min(smallest_ns, offset_ns)))
            self._smallest_ns = min(self._smallest_ns, offset_ns)
            return
        self._quickest.append((bucket, offset_ns))
        while self._quickest[-1][0] - self._quickest[0][0] > WINDOW_NS // _BUCKET_NS:
            self._quickest.popleft()
        self._smallest_ns = min(smallest_ns for _, smallest_ns in self._quickest)

    def _drop_old_exchanges(self, now_utc_ns: int) -> None:
        if not self._exchanges or now_utc_ns - self._exchanges[0].received_utc_ns <= WINDOW_NS:
            return
        while self._exchanges and now_utc_ns - self._exchanges[0].received_utc_ns > WINDOW_NS:
            self._exchanges.popleft()
        self._best_exchange = min(self._exchanges, key=lambda exchange: exchange.round_trip_ns, default=None)

    def _is_from_the_future(self, boot_ns: int, received_utc_ns: int) -> bool:
        """Return whether a message came before it was sent, by the exchanges: the clock stepped forwards."""
        best = self._best_exchange
        if best is None:
            return False
        return received_utc_ns - boot_ns < best.offset_ns - best.round_trip_ns // 2 - _CONTRADICTS_NS

    def _has_stepped(self, boot_ns: int, received_utc_ns: int) -> bool:
        """Return whether everything of the last seconds came later than the older past allows: a reboot not seen."""
        limit_ns = self._smallest_ns + _STEP_NS
        if received_utc_ns - boot_ns <= limit_ns:
            return False
        recent_from = (received_utc_ns - _STEP_FOR_NS) // _BUCKET_NS
        recent = [offset_ns for bucket, offset_ns in self._quickest if bucket >= recent_from]
        return len(recent) >= _STEP_FOR_NS // _BUCKET_NS and min(recent) > limit_ns
