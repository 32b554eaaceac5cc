"""`Timeline`: bounded samples in order of time, and what lies around an instant. Pure; the sealed worker has it too."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import Generic, TypeVar

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Around(Generic[Value]):
    """The samples that tell a value at an instant."""

    before: Value
    after: Value
    """Later than `before`, or the same sample where only one is near."""
    share: float
    """Where the instant lies: 0 at before, 1 at after; outside of 0 to 1 beside the samples."""
    distance_ns: int
    """From the instant to the nearest sample."""

    @property
    def nearest(self) -> Value:
        """The sample nearest to the instant."""
        return self.before if self.share < 0.5 else self.after

    @property
    def is_held(self) -> bool:
        """Whether the instant lies beside the samples, not between or on one."""
        return self.distance_ns > 0 and not 0 < self.share < 1


class Timeline(Generic[Value]):
    """Samples in order of time; bounded in number and span, the oldest is dropped.

    Args:
        capacity: greatest number of samples kept.
        span_ns: samples older than the newest by more than this are dropped; None keeps them.
    """

    def __init__(self, *, capacity: int, span_ns: int | None = None) -> None:
        self._capacity = capacity
        self._span_ns = span_ns
        self._times_ns: list[int] = []
        self._values: list[Value] = []

    def __len__(self) -> int:
        return len(self._values)

    @property
    def newest(self) -> Value | None:
        """The latest sample in time."""
        return self._values[-1] if self._values else None

    @property
    def newest_ns(self) -> int | None:
        """The time of the latest sample."""
        return self._times_ns[-1] if self._times_ns else None

    def clear(self) -> None:
        """Forget all samples."""
        self._times_ns.clear()
        self._values.clear()

    def add(self, time_ns: int, value: Value) -> None:
        """Insert a sample in its place in time; one of the same instant replaces the earlier one."""
        place = bisect_left(self._times_ns, time_ns)
        if place < len(self._times_ns) and self._times_ns[place] == time_ns:
            self._values[place] = value
            return
        self._times_ns.insert(place, time_ns)
        self._values.insert(place, value)
        self._drop_oldest()

    def _drop_oldest(self) -> None:
        surplus = len(self._values) - self._capacity
        if self._span_ns is not None:
            surplus = max(surplus, bisect_left(self._times_ns, self._times_ns[-1] - self._span_ns))
        if surplus > 0:
            del self._times_ns[:surplus], self._values[:surplus]

    def distance_ns(self, time_ns: int) -> int | None:
        """Return how far the nearest sample is; None when there is none."""
        return abs(self._times_ns[self._nearest(time_ns)] - time_ns) if self._times_ns else None

    def around(self, time_ns: int, *, max_age_ns: float) -> Around[Value] | None:
        """Return the samples around an instant, or None where the nearest is further than `max_age_ns`.

        Between two samples at most twice `max_age_ns` apart both are given; else the nearest one with its neighbour on
        the far side, from which a motion can be carried on, or alone where that neighbour too is far from it.
        """
        if not self._times_ns:
            return None
        nearest = self._nearest(time_ns)
        distance_ns = abs(self._times_ns[nearest] - time_ns)
        if distance_ns == 0:
            return self._pair(nearest, nearest, time_ns)
        first = nearest if self._times_ns[nearest] < time_ns else nearest - 1
        if self._is_near(first, first + 1, max_age_ns):
            return self._pair(first, first + 1, time_ns)
        if distance_ns > max_age_ns:
            return None
        first = nearest - 1 if self._times_ns[nearest] < time_ns else nearest
        is_pair = self._is_near(first, first + 1, max_age_ns)
        return self._pair(first, first + 1, time_ns) if is_pair else self._pair(nearest, nearest, time_ns)

    def _nearest(self, time_ns: int) -> int:
        after = bisect_left(self._times_ns, time_ns)
        near = [place for place in (after - 1, after) if 0 <= place < len(self._times_ns)]
        return min(near, key=lambda place: abs(self._times_ns[place] - time_ns))

    def _is_near(self, first: int, second: int, max_age_ns: float) -> bool:
        if first < 0 or second >= len(self._times_ns):
            return False
        return self._times_ns[second] - self._times_ns[first] <= 2 * max_age_ns

    def _pair(self, first: int, second: int, time_ns: int) -> Around[Value]:
        start_ns, end_ns = self._times_ns[first], self._times_ns[second]
        share = (time_ns - start_ns) / (end_ns - start_ns) if second > first else 0.0
        distance_ns = min(abs(time_ns - start_ns), abs(time_ns - end_ns))
        return Around(before=self._values[first], after=self._values[second], share=share, distance_ns=distance_ns)
