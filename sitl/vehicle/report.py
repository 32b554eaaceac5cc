"""All that the messages of one instant are made of: truth, clocks and the vehicle's habits. A plain value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from maps.geodesy import geodetic_from_enu
from sitl.world.profile import Profile
from sitl.world.route import FlightInstant
from sitl.world.world import CameraPlan, Home

FIRST_FIX_S: Final = 1.5
"""After boot; until then there is no place and no GPS time."""
UNKNOWN: Final = 2**31 - 1
HOVER_A: Final = 14.0
"""What a small multicopter draws."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a vehicle knows of itself at one instant; its flight is where it believes to be and to look."""

    system_id: int
    home: Home
    camera: CameraPlan
    flight: FlightInstant
    boot_ns: int
    """Since the vehicle booted."""
    utc_us: int
    profile: Profile = field(default_factory=Profile)
    video_uris: tuple[str, ...] = ()
    """Addresses of the camera's streams; a further stream has the last one's."""
    gimbal_owner: tuple[int, int] = (0, 0)
    """System and component id of the station that has the gimbal's control; 0, 0 for nobody."""

    @property
    def has_fix(self) -> bool:
        """Say whether the receiver knows place and time."""
        return self.boot_ns >= FIRST_FIX_S * 1e9

    @property
    def boot_ms(self) -> int:
        """Milliseconds since boot, as a MAVLink counter that wraps."""
        return self.boot_ns // 1_000_000 % 2**32

    @property
    def lat_lon_e7(self) -> tuple[int, int]:
        """WGS 84 degrees, times ten million."""
        return self.lat_lon_e7_of(self.flight.east_m, self.flight.north_m, self.flight.up_m)

    def lat_lon_e7_of(self, east_m: float, north_m: float, up_m: float) -> tuple[int, int]:
        """Return WGS 84 degrees, times ten million, of a place from home."""
        home, (east, north, up) = self.home, (np.array([part]) for part in (east_m, north_m, up_m))
        lat, lon = geodetic_from_enu(home.lat_deg, home.lon_deg, home.alt_amsl_m, east, north, up)
        return round(float(lat[0]) * 1e7), round(float(lon[0]) * 1e7)

    @property
    def alt_amsl_mm(self) -> int:
        """Height above mean sea level."""
        return round((self.home.alt_amsl_m + self.flight.up_m) * 1000)

    @property
    def battery_share(self) -> float:
        """What is left of a battery that was full at boot, 1 to 0; at a steady draw."""
        return max(0.0, 1.0 - self.boot_ns / 1e9 / self.profile.battery_lasts_s)

    @property
    def used_mah(self) -> float:
        """Charge drawn since boot."""
        return HOVER_A * 1000 * self.profile.battery_lasts_s * (1.0 - self.battery_share) / 3600
