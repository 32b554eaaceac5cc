"""The clocks of one simulated vehicle: the host's, the world's, and the vehicle's own, which runs a little wrong."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

BOOTED_BEFORE_S: Final = 40.0
"""A vehicle boots this long before the world begins: two clocks that no station may mix."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BootTime:
    """A vehicle's time since boot as a function of the world's: offset and drift. Pure."""

    booted_before_s: float = BOOTED_BEFORE_S
    """Before the world began."""
    drift_ppm: float = 0.0
    """How much the vehicle's crystal runs fast; recorded flights showed 85."""

    def boot_ns_at(self, world_s: float) -> int:
        """Return nanoseconds since boot at seconds since the world began."""
        return round((world_s + self.booted_before_s) * 1e9 * (1 + self.drift_ppm / 1e6))

    def world_s_of(self, boot_ns: int) -> float:
        """Return seconds since the world began at an instant of the vehicle's clock."""
        return boot_ns / 1e9 / (1 + self.drift_ppm / 1e6) - self.booted_before_s


class WorldClock:
    """The vehicle's clocks, all told from the host's monotonic clock.

    Args:
        epoch_utc_ns: when the world began; the same for all its vehicles.
        boot: the vehicle's own clock.
    """

    def __init__(self, epoch_utc_ns: int, boot: BootTime | None = None) -> None:
        self.epoch_utc_ns = epoch_utc_ns
        self._began_ns = time.monotonic_ns() - (time.time_ns() - epoch_utc_ns)
        self._boot = boot or BootTime()

    def world_s(self) -> float:
        """Return seconds since the world began."""
        return (time.monotonic_ns() - self._began_ns) / 1e9

    def boot_ns(self) -> int:
        """Return nanoseconds since the vehicle booted."""
        return self._boot.boot_ns_at(self.world_s())
