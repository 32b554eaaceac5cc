"""`Channel`: the last ten seconds of one kind of reading from one component, in that component's own time."""

from __future__ import annotations

from typing import Final, Generic, TypeVar

from flightlink.pose import PoseRefusal
from flightlink.timeline import Around, Timeline
from flightlink.track import MAX_AGE_MS
from flightlink.vehicle.boot_clock import BootClock

Value = TypeVar("Value")

SPAN_NS: Final = 10_000_000_000
_CAPACITY: Final = 2048
_MAX_AGE_NS: Final = MAX_AGE_MS * 1e6


class Channel(Generic[Value]):
    """Readings of one kind; the component that sends them first keeps the channel until it falls silent.

    Args:
        name: what the readings are, for the refusal's detail.
        missing_cause: the refusal's cause while there are none.
    """

    def __init__(self, *, name: str, missing_cause: str) -> None:
        self._name = name
        self._missing_cause = missing_cause
        self._timeline: Timeline[Value | PoseRefusal] = Timeline(capacity=_CAPACITY, span_ns=SPAN_NS)
        self._clock: BootClock | None = None
        self._received_utc_ns = 0

    @property
    def was_heard(self) -> bool:
        """Whether any reading ever came."""
        return self._clock is not None

    @property
    def newest(self) -> Value | None:
        """The latest reading, None where it is a refusal or missing."""
        newest = self._timeline.newest
        return None if isinstance(newest, PoseRefusal) else newest

    def newest_utc_ns(self) -> int | None:
        """Return when the latest reading was taken, on the station's clock."""
        newest_ns = self._timeline.newest_ns
        return None if newest_ns is None or self._clock is None else self._clock.utc_ns(newest_ns)

    def add(self, clock: BootClock, *, boot_ns: int, received_utc_ns: int, value: Value | PoseRefusal) -> None:
        """Take one reading, or the reason why the message held none."""
        if self._clock is not clock:
            if self._clock is not None and received_utc_ns - self._received_utc_ns <= SPAN_NS:
                return
            self._timeline.clear()
            self._clock = clock
        self._received_utc_ns = received_utc_ns
        self._timeline.add(boot_ns, value)

    def forget(self, clock: BootClock) -> None:
        """Drop the readings of a component whose clock began anew."""
        if self._clock is clock:
            self._timeline.clear()

    def at(self, utc_ns: int) -> Around[Value] | PoseRefusal:
        """Return the readings around an instant, or why they do not tell."""
        if self._clock is None or not len(self._timeline):
            return PoseRefusal(cause=self._missing_cause, detail=f"no {self._name} has come from the vehicle")
        boot_ns = self._clock.boot_ns(utc_ns)
        if boot_ns is None:
            return PoseRefusal(
                cause="no_clock", detail="the vehicle's clock is not known yet; this takes half a second"
            )
        around = self._timeline.around(boot_ns, max_age_ns=_MAX_AGE_NS)
        return self._stale(boot_ns) if around is None else _readable(around)

    def _stale(self, boot_ns: int) -> PoseRefusal:
        distance_s = (self._timeline.distance_ns(boot_ns) or 0) / 1e9
        where = "old" if boot_ns > (self._timeline.newest_ns or 0) else "away"
        detail = f"{self._name} {distance_s:.2f} s {where}, the limit is {MAX_AGE_MS / 1000:.2f} s"
        return PoseRefusal(cause="stale_pose", detail=detail)


def _readable(around: Around[Value | PoseRefusal]) -> Around[Value] | PoseRefusal:
    """Return the samples, or the refusal that one of them is: a reading next to a bad one is not trusted."""
    before, after = around.before, around.after
    if isinstance(before, PoseRefusal):
        return before
    if isinstance(after, PoseRefusal):
        return after
    return Around(before=before, after=after, share=around.share, distance_ns=around.distance_ns)
