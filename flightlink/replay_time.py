"""`ReplayTime`: the one clock of a replay, by which the station and every sealed worker read a recording. Plain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

LEAST_SPEED: Final = 0.25
MOST_SPEED: Final = 10.0

_BRACKET_NS: Final = 300_000_000
"""Recorded: a pose is known once readings on both sides of it have come, a few a second."""
_PASSING_NS: Final = 200_000_000
"""Of this machine: until a pose has passed from the link to the worker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayTime:
    """Recorded time as a function of this machine's steady clock, which all its processes share."""

    starts_utc_ns: int
    """Recorded instant at which the replay begins."""
    starts_steady_ns: int
    """When it does, on the clock that nobody can set (`time.monotonic_ns`)."""
    speed: float
    """Recorded seconds in a second."""

    def utc_ns(self, steady_ns: int) -> int:
        """Return the recorded instant of now."""
        return self.starts_utc_ns + round((steady_ns - self.starts_steady_ns) * self.speed)

    def steady_ns(self, utc_ns: int) -> int:
        """Return when a recorded instant comes."""
        return self.starts_steady_ns + round((utc_ns - self.starts_utc_ns) / self.speed)

    @property
    def video_delay_ns(self) -> int:
        """By how much recorded time the picture follows telemetry, so that its pose is there before it."""
        return _BRACKET_NS + round(_PASSING_NS * self.speed)

    def video_utc_ns(self, steady_ns: int) -> int:
        """Return the recorded instant whose picture is due now."""
        return self.utc_ns(steady_ns) - self.video_delay_ns
