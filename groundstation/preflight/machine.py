"""Points about this machine and its mission: disk, clock, weights, mission. Pure."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from flightlink.geodesy import distance_m
from flightlink.mission import Mission
from flightlink.pose import CameraPose, PoseRefusal
from flightlink.vehicle.state import VehicleState
from groundstation.health import MissionState, mission_state
from groundstation.instants import NS_PER_S, text_from_utc_ns, utc_ns_from_text
from groundstation.preflight.points import STATION, Point

MADE_UTC_NS: Final = utc_ns_from_text("2026-11-01T00:00:00Z")
"""No clock that is right is before this station was made."""
LEAST_FREE_BYTES: Final = 1_000_000_000
JUMPED_S: Final = 0.2
OFF_BY_S: Final = 2.0
"""SYSTEM_TIME may be most of a second behind the satellites; a clock that is further off is wrong."""
CLOCK_SPAN_NS: Final = 60 * NS_PER_S
FAR_M: Final = 5_000.0
HUGE_M2: Final = 25e6
_METRES_PER_DEG: Final = 111_320.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A folder that the station writes to."""

    path: str
    free_bytes: int
    fault: str
    """Why nothing can be written; empty when it can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What was read of this machine."""

    folders: tuple[Folder, ...]
    weights: Mapping[str, bool]
    """Detector -> whether its file is there with the pinned hash."""
    clock_in_step: bool
    """Whether a time service says that it keeps the clock; False where that cannot be read."""


class ClockWatch:
    """Compares the clock with one that nobody sets, over the last minute."""

    def __init__(self) -> None:
        self._offsets_ns: deque[tuple[int, int]] = deque(maxlen=240)
        """(monotonic, UTC minus monotonic)."""

    def note(self, utc_ns: int, monotonic_ns: int) -> None:
        """Take both clocks at one instant."""
        self._offsets_ns.append((monotonic_ns, utc_ns - monotonic_ns))
        while self._offsets_ns[0][0] < monotonic_ns - CLOCK_SPAN_NS:
            self._offsets_ns.popleft()

    @property
    def jump_s(self) -> float:
        """The largest step of the clock between two looks."""
        steps = (abs(after - before) for (_, before), (_, after) in pairwise(self._offsets_ns))
        return max(steps, default=0) / NS_PER_S


def machine_points(machine: Machine) -> Iterator[Point]:
    """Yield the points of disk and weights."""
    for folder in machine.folders:
        free_gb = f"{folder.free_bytes / 1e9:.1f}"
        if folder.fault:
            yield Point(point="disk", about=STATION, word="disk_closed", values=(folder.path, folder.fault))
        elif folder.free_bytes < LEAST_FREE_BYTES:
            least_gb = f"{LEAST_FREE_BYTES / 1e9:.0f}"
            yield Point(point="disk", about=STATION, word="disk_full", values=(free_gb, folder.path, least_gb))
        else:
            yield Point(point="disk", about=STATION, word="disk_fine", values=(free_gb, folder.path))
    missing = [name for name, in_place in sorted(machine.weights.items()) if not in_place]
    for name in missing:
        yield Point(point="weights", about=STATION, word="weights_wrong", values=(name,))
    if not missing:
        yield Point(point="weights", about=STATION, word="weights_fine", values=(str(len(machine.weights)),))


def clock_point(utc_ns: int, *, jump_s: float, in_step: bool, vehicles: Mapping[int, VehicleState]) -> Point:
    """Return the point of the clock."""
    now = text_from_utc_ns(utc_ns)
    off = {number: state.gps_minus_station_s for number, state in vehicles.items()}
    worst = max(off, key=lambda number: abs(off[number] or 0.0), default=None)
    worst_s = 0.0 if worst is None else off[worst] or 0.0
    if utc_ns < MADE_UTC_NS:
        return Point(point="clock", about=STATION, word="clock_before_build", values=(now,))
    if jump_s > JUMPED_S:
        return Point(point="clock", about=STATION, word="clock_jumped", values=(f"{jump_s:.1f}",))
    if abs(worst_s) > OFF_BY_S:
        return Point(point="clock", about=STATION, word="clock_off", values=(str(worst), f"{worst_s:+.1f}"))
    return Point(point="clock", about=STATION, word="clock_in_step" if in_step else "clock_fine", values=(now,))


def mission_points(mission: Mission, utc_ns: int, vehicles: Mapping[int, VehicleState]) -> Iterator[Point]:
    """Yield the points of a mission: its time, its area, and whether the vehicles are anywhere near."""
    area = area_m2(mission)
    match mission_state(mission, utc_ns):
        case MissionState.NOT_STARTED:
            starts = text_from_utc_ns(mission.starts_utc_ns)
            yield Point(point="mission", about=STATION, word="mission_not_started", values=(starts,))
        case MissionState.ENDED:
            ends = text_from_utc_ns(mission.ends_utc_ns)
            yield Point(point="mission", about=STATION, word="mission_ended", values=(ends,))
        case MissionState.RUNNING if area <= HUGE_M2:
            heights = f"{mission.min_agl_m:g}", f"{mission.max_agl_m:g}"
            values = (text_from_utc_ns(mission.ends_utc_ns), f"{area:.0f}", *heights)
            yield Point(point="mission", about=STATION, word="mission_runs", values=values)
    if area > HUGE_M2:
        yield Point(point="mission", about=STATION, word="mission_huge", values=(f"{area / 1e6:.0f}",))
    yield from _far_vehicles(mission, vehicles)


def _far_vehicles(mission: Mission, vehicles: Mapping[int, VehicleState]) -> Iterator[Point]:
    for number, state in sorted(vehicles.items()):
        if state.lat_deg is not None and state.lon_deg is not None:
            away_km = _far_km(mission, state.lat_deg, state.lon_deg)
            if away_km is not None:
                yield Point(point="mission", about=STATION, word="mission_far", values=(str(number), away_km))


def far_camera_points(mission: Mission, name: str, pose: CameraPose | PoseRefusal) -> Iterator[Point]:
    """Yield that a camera which no vehicle carries is nowhere near the mission's area, where that is so."""
    away_km = _far_km(mission, pose.lat_deg, pose.lon_deg) if isinstance(pose, CameraPose) else None
    if away_km is not None:
        yield Point(point="mission", about=name, word="mission_camera_far", values=(away_km,))


def _far_km(mission: Mission, lat_deg: float, lon_deg: float) -> str | None:
    """Return how far a place is from the area in km; None where it is near enough."""
    middle_lon_deg, middle_lat_deg = _middle(mission)
    away_m = distance_m(middle_lat_deg, middle_lon_deg, lat_deg, lon_deg)
    return f"{away_m / 1000:.0f}" if away_m > FAR_M + math.sqrt(area_m2(mission)) else None


def _middle(mission: Mission) -> tuple[float, float]:
    lons, lats = zip(*mission.area, strict=True)
    return (min(lons) + max(lons)) / 2, (min(lats) + max(lats)) / 2


def area_m2(mission: Mission) -> float:
    """Return the area of the mission to a hundredth, on a sphere about its middle (shoelace formula)."""
    _, middle_deg = _middle(mission)
    across = _METRES_PER_DEG * math.cos(math.radians(middle_deg))
    corners = [(lon * across, lat * _METRES_PER_DEG) for lon, lat in (*mission.area, mission.area[0])]
    return abs(sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairwise(corners))) / 2
