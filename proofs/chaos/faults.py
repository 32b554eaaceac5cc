"""What goes wrong in a chaos run: which part, from when, for how long. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np


class Kind(StrEnum):
    """One thing that goes wrong; its part of the station comes first in its name."""

    DECODER_STOPS = "decoder stops"
    DECODER_LATE = "decoder late"
    DECODER_DOUBLES = "decoder doubles"
    DECODER_SWAPS = "decoder swaps"
    DECODER_RESIZES = "decoder resizes"
    DECODER_DAMAGES = "decoder damages"
    DECODER_RAISES = "decoder raises"
    DETECTOR_STOPS = "detector stops"
    DETECTOR_SLOW = "detector slow"
    DETECTOR_FAILS = "detector fails"
    DETECTOR_RAISES = "detector raises"
    DETECTOR_NAN = "detector says NaN"
    DETECTOR_INSIDE_OUT = "detector says boxes inside out"
    DETECTOR_BLINKS = "detector blinks"
    TELEMETRY_STOPS = "telemetry stops"
    TELEMETRY_JUMPS = "telemetry jumps"
    TELEMETRY_NAN = "telemetry says NaN"
    TELEMETRY_REPEATS = "telemetry repeats"
    TELEMETRY_FUTURE = "telemetry from the future"
    TELEMETRY_OLD = "telemetry an hour old"
    TELEMETRY_HELD = "telemetry comes in a burst"
    TELEMETRY_SWAPS = "telemetry swaps"
    TELEMETRY_NOWHERE = "telemetry at 0, 0"
    TELEMETRY_TWIN = "telemetry of two vehicles"
    TELEMETRY_REVERSED = "telemetry reverses the yaw"
    TELEMETRY_ASIDE = "telemetry counts the yaw from elsewhere"
    TELEMETRY_STUCK = "telemetry turns and the gimbal is stuck"
    TELEMETRY_HIGH = "telemetry doubles the height"
    TELEMETRY_WIDE = "telemetry does not tell the zoom"
    CLOCK_BACK = "clock set back"
    CLOCK_FORTH = "clock set forth"
    CLOCK_NUDGED = "clock nudged"
    PIPE_FULL = "pipe full"
    PIPE_BROKEN = "pipe broken"
    ENCODER_RAISES = "encoder raises"
    WORKER_STOPPED = "worker stopped"
    WORKER_KILLED = "worker killed"
    VIEWER_SLOW = "viewer slow while telemetry stops"


MUST_FILL: Final = frozenset({
    Kind.DECODER_STOPS, Kind.DETECTOR_STOPS, Kind.DETECTOR_FAILS, Kind.TELEMETRY_STOPS, Kind.TELEMETRY_NAN,
    Kind.TELEMETRY_REPEATS, Kind.TELEMETRY_FUTURE, Kind.TELEMETRY_OLD, Kind.TELEMETRY_HELD, Kind.TELEMETRY_NOWHERE,
    Kind.PIPE_FULL, Kind.WORKER_STOPPED,
})  # fmt: skip
"""While these last nothing may be seen; the others may be lived through with sound masks, or end the worker."""

AT_ONCE: Final = frozenset({
    Kind.DECODER_RAISES, Kind.DETECTOR_RAISES, Kind.DETECTOR_NAN, Kind.PIPE_BROKEN, Kind.ENCODER_RAISES,
    Kind.WORKER_KILLED, Kind.CLOCK_BACK, Kind.CLOCK_FORTH,
})  # fmt: skip
"""These end the worker; what viewers saw is gone within a second."""

LIES: Final = frozenset({
    Kind.TELEMETRY_TWIN, Kind.TELEMETRY_REVERSED, Kind.TELEMETRY_ASIDE, Kind.TELEMETRY_STUCK, Kind.TELEMETRY_HIGH,
    Kind.TELEMETRY_WIDE,
})  # fmt: skip
"""Poses that are wrong and say nothing of it: what the picture holds against them is forgiven only after 10 s."""

FIRST_S: Final = 3.2
"""By then the stream is open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong, on the run's own time."""

    kind: Kind
    from_s: float
    until_s: float
    size: float
    """0 to 1: how bad it is, where that has a measure."""

    def at(self, t_s: float) -> bool:
        """Say whether it is at work."""
        return self.from_s <= t_s < self.until_s


@dataclass(frozen=True, slots=True)
class Faults:
    """All that goes wrong in one run; the first is the one that is measured."""

    listed: tuple[Fault, ...]

    @property
    def measured(self) -> Fault:
        """The fault whose fill and recovery are measured."""
        return self.listed[0]

    @property
    def over_s(self) -> float:
        """When the last of them is over."""
        return max(fault.until_s for fault in self.listed)

    def one(self, t_s: float, *kinds: Kind) -> Fault | None:
        """Return the first fault of these kinds that is at work."""
        return next((fault for fault in self.listed if fault.kind in kinds and fault.at(t_s)), None)


def faults_of(rng: np.random.Generator, kind: Kind) -> Faults:
    """Return one fault to be measured, and up to two others before or after it, some of which overlap it."""
    lasts_s = float(rng.uniform(1.2, 1.8))
    first = Fault(kind=kind, from_s=FIRST_S, until_s=FIRST_S + lasts_s, size=float(rng.uniform()))
    others = []
    for _ in range(int(rng.integers(0, 3))):
        other = rng.choice([one for one in Kind if one is not Kind.VIEWER_SLOW and one not in LIES])
        from_s = FIRST_S + float(rng.uniform(-0.5, 2.0))
        until_s = from_s + float(rng.uniform(0.1, 0.6))
        others.append(Fault(kind=Kind(other), from_s=from_s, until_s=until_s, size=float(rng.uniform())))
    return Faults((first, *others))
