"""What the worker says of itself: counts of frames and causes, never anything of a picture."""

from __future__ import annotations

from collections import Counter as Causes
from collections import deque
from collections.abc import Callable
from statistics import median
from typing import Any, Final

from vision.gate import Released
from vision.pose_choice import Placed
from vision.sharpness import Sight, sharpness_of
from vision.wire import WorkerHealth

RATE_WINDOW_NS: Final = 2_000_000_000


class Tally:
    """Sums over a worker's life, and rates over the last two seconds."""

    def __init__(
        self,
        *,
        cap_px_per_m: float | None,
        raised_m: float = 0.0,
        detector_missing_because: str = "",
        guests: Callable[[], dict[str, str]] = dict,
    ) -> None:
        self._guests = guests
        self._cap_px_per_m, self._raised_m = cap_px_per_m, raised_m
        self._detector_missing_because = detector_missing_because
        self._causes: Causes[str] = Causes()
        self._out_times_ns: deque[int] = deque(maxlen=256)
        self._count_times_ns: deque[int] = deque(maxlen=256)
        self._latencies_ns: deque[int] = deque(maxlen=64)
        self._masked = 0.0
        self._gate = "no_picture_yet"
        self._count_gate = ""
        self._placed: Placed | None = None
        self._sight: Sight | None = None
        self.frames_in = 0
        self.frames_out = 0
        self.unbounded = 0

    def took(self) -> None:
        """Note a frame that came in."""
        self.frames_in += 1

    def place(self, placed: Placed | None) -> None:
        """Note where and when the last live picture was taken; called by the thread that decodes."""
        self._placed = placed

    def sees(self, sight: Sight | None) -> None:
        """Note from where the newest picture was taken."""
        self._sight = sight

    def count_gate(self, cause: str) -> None:
        """Note why people may not be counted now; empty when they may."""
        self._count_gate = cause

    def counted(self, now_ns: int) -> None:
        """Note a count per cell that went out."""
        self._count_times_ns.append(now_ns)

    def released(self, released: Released, *, bounded: bool, now_ns: int, came_in_ns: int) -> None:
        """Note a picture that went out, open or closed."""
        self._gate = released.closed_because or "open"
        self._out_times_ns.append(now_ns)
        self._latencies_ns.append(now_ns - came_in_ns)
        if released.closed_because:
            self._causes[released.closed_because] += 1
        else:
            self.frames_out += 1
            self.unbounded += not bounded
            self._masked += released.masked_share

    def filled(self, cause: str) -> None:
        """Note a fill that went out where no picture came."""
        self._gate = cause

    def health(self, utc_ns: int, now_ns: int) -> WorkerHealth:
        """Return the state of now; `now_ns` is of the clock that `released` and `counted` were told."""
        return WorkerHealth(
            utc_ns=utc_ns,
            frames_in=self.frames_in,
            frames_out=self.frames_out,
            frames_withheld=sum(self._causes.values()),
            withheld_because=dict(self._causes),
            gate=self._gate,
            fps=_rate_hz(self._out_times_ns, now_ns),
            latency_ms=median(self._latencies_ns) / 1e6 if self._latencies_ns else None,
            masked_share=self._masked / self.frames_out if self.frames_out else 0.0,
            cap_px_per_m=None if self.unbounded or not self.frames_out else self._cap_px_per_m,
            count_rate_hz=_rate_hz(self._count_times_ns, now_ns),
            counts_withheld_because=self._count_gate,
            detector_missing_because=self._detector_missing_because,
            guest_detectors=self._guests(),
            **_placed_part(self._placed),
            **self._sharpness_part(),
        )

    def _sharpness_part(self) -> dict[str, Any]:
        if self._sight is None or self._cap_px_per_m is None:
            return {}
        sharpness = sharpness_of(self._sight, cap_px_per_m=self._cap_px_per_m, raised_m=self._raised_m)
        return {} if sharpness is None else sharpness._asdict()


def _placed_part(placed: Placed | None) -> dict[str, Any]:
    if placed is None:
        return {}
    return {
        "pose_from": placed.pose_from.value,
        "video_pose_refused": placed.video_refused,
        "time_from": placed.time.source.value,
        "time_error_ms": placed.time.error_ms,
    }


def _rate_hz(times_ns: deque[int], now_ns: int) -> float:
    recent = sum(1 for time_ns in times_ns if time_ns > now_ns - RATE_WINDOW_NS)
    return recent / (RATE_WINDOW_NS / 1e9)
