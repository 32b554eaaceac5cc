"""What goes wrong in a simulated world, when and how badly: plain values, the same for every source.

A fault befalls the link (loss, delay, ...), what the vehicle says (its receiver or its clock jumps, ...), the video, or
the truth behind it all (a gimbal no longer turns, a lens zooms unseen). It begins and ends on the world's time.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class FaultKind(StrEnum):
    """What goes wrong."""

    LOSS = "loss"
    """A share of the datagrams of the telemetry is lost, both ways."""
    DELAY = "delay"
    """Each datagram takes longer, by a gamma distribution of `mean_s` and `spread_s`; order is kept."""
    REORDER = "reorder"
    """A share of the datagrams is held back for `by_s`, so that later ones overtake them."""
    DUPLICATE = "duplicate"
    """A share of the datagrams comes twice, the second one `by_s` later."""
    LINK_LOSS = "link_loss"
    """Silence, both ways."""
    GPS_GLITCH = "gps_glitch"
    """The receiver's place is off by `east_m` and `north_m`, with a good fix and small errors stated: it knows nothing.

    The aim of the gimbal is not touched by it.
    """
    RESTART = "restart"
    """The autopilot reboots: silent while the fault lasts, then time since boot and sequence numbers begin at 0, all
    message intervals are forgotten, and place and GPS time are 0 until `fix_after_s` after the boot."""
    CLOCK_JUMP = "clock_jump"
    """The clock since boot is off by `by_s`, forwards or backwards, in stamps and TIMESYNC alike."""
    BATTERY_FAILURE = "battery_failure"
    """The battery says `percent`, with the voltage of that."""
    GIMBAL_STUCK = "gimbal_stuck"
    """The gimbal no longer turns against the airframe, and goes on reporting the attitude it was told to have.

    That is what a servo mount does, which has no encoder: it reports its demand. A gimbal with encoders would report
    the truth, which harms nobody. Here the telemetry stays fair and wrong, and only the picture shows it.
    """
    ZOOM_UNREPORTED = "zoom_unreported"
    """The true focal length is `factor` times the one that the camera goes on reporting."""
    YAW_FLAGS = "yaw_flags"
    """The gimbal claims the other frame for its yaw: vehicle for earth and earth for vehicle."""
    SECOND_VEHICLE = "second_vehicle"
    """Another autopilot's `uid2` answers under the same system id, every other time."""
    TWIN = "twin"
    """Another vehicle flies under the same system id, `east_m` and `north_m` away: every other place is that one's."""
    COMPASS = "compass"
    """The heading is off by `by_deg`, and with it a yaw of the gimbal that is told from north; its aim stays."""
    HEIGHT = "height"
    """Heights over home are told `factor` times too large: wrong units, a barometer behind a blocked port."""
    UNKNOWN_VALUES = "unknown_values"
    """Places are INT32_MAX and angles NaN: "unknown" as MAVLink says it."""
    TIMESYNC_SILENT = "timesync_silent"
    """Questions for the time get no answer."""
    LINK_HELD = "link_held"
    """Nothing arrives while the fault lasts, and all of it at once when it is over: a buffer on the way that filled."""
    VIDEO_LOSS = "video_loss"
    """A share of the video's datagrams is lost."""
    VIDEO_DELAY = "video_delay"
    """The video takes longer, by `mean_s` and `spread_s`; order is kept."""
    VIDEO_STALL = "video_stall"
    """No video at all."""


VIDEO_KINDS = frozenset({FaultKind.VIDEO_LOSS, FaultKind.VIDEO_DELAY, FaultKind.VIDEO_STALL})
TRUTH_KINDS = frozenset({FaultKind.GIMBAL_STUCK, FaultKind.ZOOM_UNREPORTED})
"""Of these no message tells."""
MOST_FAULTS = 256
"""Of one world, those on command included; one more is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault; which figures count depends on its kind."""

    kind: FaultKind
    vehicle: str | None = None
    """Name of the vehicle, None for all."""
    from_s: float = 0.0
    """Since the world began."""
    lasts_s: float = math.inf
    share: float = 0.0
    """Of the datagrams, 0 to 1."""
    mean_s: float = 0.0
    spread_s: float = 0.0
    """Standard deviation."""
    by_s: float = 0.0
    east_m: float = 0.0
    north_m: float = 0.0
    percent: float = 0.0
    factor: float = 1.0
    fix_after_s: float = 0.0
    by_deg: float = 0.0

    @property
    def until_s(self) -> float:
        """End, on the world's time."""
        return self.from_s + self.lasts_s

    def is_on(self, t_s: float) -> bool:
        """Say whether it is at work at seconds since the world began."""
        return self.from_s <= t_s < self.until_s


class FaultBoard:
    """The faults of one vehicle as they are known now: the world's, and those that a tester adds while it flies.

    Args:
        faults: of the whole world.
        vehicle: whose faults count.
        seed: of the world; the same seed gives the same fate.
    """

    def __init__(self, faults: tuple[Fault, ...], *, vehicle: str, seed: int) -> None:
        self.vehicle = vehicle
        self.seed = seed
        self._faults = tuple(fault for fault in faults if self.concerns(fault))

    def concerns(self, fault: Fault) -> bool:
        """Say whether a fault is this vehicle's."""
        return fault.vehicle in {None, self.vehicle}

    @property
    def faults(self) -> tuple[Fault, ...]:
        """All, past and coming ones too; a fault keeps its number."""
        return self._faults

    def add(self, fault: Fault) -> bool:
        """Add one; False where there is no more room."""
        if len(self._faults) >= MOST_FAULTS:
            return False
        self._faults = (*self._faults, fault)
        return True

    def on(self, kind: FaultKind, t_s: float) -> Iterator[Fault]:
        """Yield the faults of a kind that are at work."""
        return (fault for fault in self._faults if fault.kind is kind and fault.is_on(t_s))

    def is_on(self, kind: FaultKind, t_s: float) -> bool:
        """Say whether any fault of a kind is at work."""
        return any(True for _ in self.on(kind, t_s))
