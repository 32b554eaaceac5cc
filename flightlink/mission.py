"""`Mission`: where, when and how sharply people may be looked at. The sealed worker enforces it on the ground."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from flightlink.errors import MissionError

DEFAULT_PUBLISHED_PX_PER_M: Final = 20.0
HARD_CEILING_PX_PER_M: Final = 40.0
MOST_RAISED_M: Final = 100.0


class RedactionLevel(StrEnum):
    """How much is masked; nothing below `floor` exists."""

    STRICT = "strict"
    """Whole persons masked, luma only."""
    FLOOR = "floor"
    """Heads and faces masked, colour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mission:
    """Area, time window, altitude band, px/m and level: what the gate enforces."""

    area: tuple[tuple[float, float], ...]
    """Corners (lon_deg, lat_deg) of a simple polygon, not closed."""
    starts_utc_ns: int
    ends_utc_ns: int
    min_agl_m: float
    max_agl_m: float
    purpose: str
    published_px_per_m: float = DEFAULT_PUBLISHED_PX_PER_M
    level: RedactionLevel = RedactionLevel.STRICT
    raised_m: float = 0.0
    """People may stand so many metres above the ground, on stands and balconies; may only add to what always holds."""

    def __post_init__(self) -> None:
        """Refuse a mission that could not be enforced."""
        if len(self.area) < 3:
            raise MissionError(f"the area has {len(self.area)} corners, it needs at least 3")
        if self.ends_utc_ns <= self.starts_utc_ns:
            raise MissionError("ends_utc is not after starts_utc")
        if not 0 <= self.min_agl_m < self.max_agl_m:
            raise MissionError(f"altitude band {self.min_agl_m} to {self.max_agl_m} m over ground is empty or negative")
        if not 0 < self.published_px_per_m <= HARD_CEILING_PX_PER_M:
            raise MissionError(
                f"published_px_per_m is {self.published_px_per_m}, it must be above 0 and at most "
                f"{HARD_CEILING_PX_PER_M:.0f}"
            )

        if not 0 <= self.raised_m <= MOST_RAISED_M:
            raise MissionError(f"raised_m is {self.raised_m}, it must be between 0 and {MOST_RAISED_M:.0f} m")

    def refusal_at(self, utc_ns: int) -> str | None:
        """Say why nothing may be looked at now, or return None inside the time window."""
        if utc_ns < self.starts_utc_ns:
            return "mission_not_started"
        return "mission_ended" if utc_ns >= self.ends_utc_ns else None
