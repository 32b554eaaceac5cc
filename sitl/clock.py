"""The clocks of one simulated vehicle, all told from the host's monotonic clock."""

from __future__ import annotations

import time
from typing import Final

BOOTED_BEFORE_S: Final = 40.0
"""The vehicle booted this long before the world began: two clocks that no station may mix."""


class WorldClock:
    """The vehicle's clocks, all told from the host's monotonic clock.

    Args:
        epoch_utc_ns: when the world began; the same for all its vehicles.
    """

    def __init__(self, epoch_utc_ns: int) -> None:
        self._began_ns = time.monotonic_ns() - (time.time_ns() - epoch_utc_ns)
        self._epoch_utc_ns = epoch_utc_ns

    def world_s(self) -> float:
        """Return seconds since the world began."""
        return (time.monotonic_ns() - self._began_ns) / 1e9

    def boot_ns(self) -> int:
        """Return nanoseconds since the vehicle booted."""
        return time.monotonic_ns() - self._began_ns + round(BOOTED_BEFORE_S * 1e9)

    def world_s_of(self, boot_ns: int) -> float:
        """Return seconds since the world began at an instant of the vehicle's clock."""
        return boot_ns / 1e9 - BOOTED_BEFORE_S

    def utc_us_of(self, boot_ns: int) -> int:
        """Return UTC at an instant of the vehicle's clock."""
        return round(self._epoch_utc_ns / 1e3 + 1e6 * self.world_s_of(boot_ns))
